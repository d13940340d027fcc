"""The simulated country: layouts, codes, sums, the same bytes twice, the planted effects."""

import csv
import io
import json
import re
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import truth
from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import COVARIATES, block_columns, shapley_shares
from beleidsvrijheid.simulation.parameters import (
    BLOCKS,
    CLUSTER_COUNTS,
    COMPARISON,
    OPERATIONAL,
    REFORMED,
    SIMULATED,
    build_world,
)
from beleidsvrijheid.simulation.politics import allocate, council_size
from beleidsvrijheid.simulation.release import FILES, Tables, release
from beleidsvrijheid.simulation.spending import SCALE, Planted, draw_amplitude
from beleidsvrijheid.sources import municipalities

SETTINGS = {
    "dispersion_effect": 0.25,
    "ceiling": 0.45,
    "staff_interaction": 0.0,
    "block_shares": {"capacity": 0.05, "scale": 0.03, "politics": 0.02},
}
NULL = {"dispersion_effect": 0.0, "ceiling": 0.0, "staff_interaction": 0.0, "block_shares": dict.fromkeys(BLOCKS, 0.0)}
SEED, N_SMALL, N_LARGE = 20160101, 3_000, 18_000
REAL_PREFIXES = {f"{number:02d}" for number in range(10, 94)}


@pytest.fixture(scope="session")
def tables(project_root) -> Tables:
    folder = project_root / "workflow" / "tables"
    names = ("policy_fields", "stable_fields", "domains")
    return Tables(*(pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in names))


@pytest.fixture(scope="session")
def files(tables) -> dict[str, bytes]:
    return dict(release(SETTINGS, SEED, tables, N_SMALL))


@pytest.fixture(scope="session")
def world(tables):
    return build_world(tables.stable_fields)


@pytest.fixture(scope="session")
def values_of(world):
    @cache
    def compute(is_null: bool) -> dict:
        planted = Planted.from_settings(NULL if is_null else SETTINGS)
        large = truth.draw_large(world, planted, N_LARGE)
        return truth.describe_truth(large, world, planted)["population"]

    return compute


@pytest.fixture(scope="session")
def units(files, tmp_path_factory) -> pd.DataFrame:
    """The register as it is parsed, a vintage named for its year."""
    folder = tmp_path_factory.mktemp("register")
    for name in ("TU_COM_REFNIS.zip", "mergers.csv"):
        (folder / name).write_bytes(files[f"municipalities/{name}"])
    table = municipalities.parse(folder / "TU_COM_REFNIS.zip", folder / "mergers.csv")
    kinds = {"nis": "nis", "naam": "naam", "province": "prov"}
    years = {308: 2018, 300: 2019, 285: 2025}
    return table.rename(columns={f"{a}_{v}": f"{b}_{year}" for a, b in kinds.items() for v, year in years.items()})


@pytest.fixture(scope="session")
def truth_json(files) -> dict:
    return json.loads(files["truth.json"])


def wide(content: bytes) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Metadata rows and municipal rows of layout A."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8")), delimiter=";"))
    start = next(number for number, row in enumerate(rows) if row[0] == "NIS-code")
    return {row[0]: row[1:] for row in rows[: start + 1]}, {row[0]: row[1:] for row in rows[start + 1 :]}


def yearly_totals(content: bytes) -> pd.Series:
    """Whole euros per (nis, year)."""
    metadata, body = wide(content)
    parts = {}
    for nis, row in body.items():
        if nis == "Total":
            continue
        for year, measure, cell in zip(metadata["Boekjaar"], metadata["NIS-code"], row, strict=True):
            if measure == "Uitgave" and cell:
                parts[nis, int(year)] = parts.get((nis, int(year)), 0) + int(cell.replace(".", ""))
    return pd.Series(parts)


def sheets(content: bytes) -> dict[str, list[tuple]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_every_file_is_written_and_no_other(files):
    assert set(files) == set(FILES)
    assert SIMULATED in files["README.md"].decode()


def test_same_seed_gives_same_bytes(files, tables):
    again = dict(release(SETTINGS, SEED, tables, N_SMALL))
    assert [name for name in FILES if again[name] != files[name]] == []


def test_three_geographies_with_unique_codes_and_names(units):
    for year, count in (("2018", 308), ("2019", 300), ("2025", 285)):
        pairs = units[[f"nis_{year}", f"naam_{year}"]].drop_duplicates()
        assert len(pairs) == pairs[f"nis_{year}"].nunique() == pairs[f"naam_{year}"].nunique() == count
    codes = pd.concat([units["nis_2018"], units["nis_2019"], units["nis_2025"]])
    assert codes.str.fullmatch(r"9[5-9]\d{3}").all()
    assert units["prov_2018"].nunique() == 5
    assert (units["prov_2018"] != units["prov_2025"]).sum() == 1


def test_no_real_prefix_or_name(files, units, real_data):
    codes = set(pd.concat([units["nis_2018"], units["nis_2019"], units["nis_2025"]]).str[:2])
    assert not codes & REAL_PREFIXES
    real = pd.read_csv(real_data / "nis" / "TU_COM_REFNIS.txt", sep="|", dtype=str, encoding="utf-8-sig")
    taken = {name.casefold().split(" (")[0] for name in real["TX_REFNIS_NL"].dropna()}
    invented = {name.casefold().split(" (")[0] for name in pd.concat([units["naam_2018"], units["naam_2025"]])}
    assert not invented & taken
    assert not set(codes) & set(real["CD_REFNIS"].dropna().str[:2])


def test_merger_waves_are_as_in_reality(files, units):
    mergers = pd.read_csv(io.BytesIO(files["municipalities/mergers.csv"]), dtype=str)
    counted = mergers.groupby("valid_from").agg(old=("nis_old", "count"), new=("nis_new", "nunique"))
    assert counted.loc["2019-01-01"].tolist() == [15, 7]
    assert counted.loc["2025-01-01"].tolist() == [28, 13]
    second = mergers[mergers["valid_from"] == "2025-01-01"]
    assert (second["nis_old"] == second["nis_new"]).sum() == 2
    changed = units[units["nis_2018"] != units["nis_2019"]]
    assert set(changed["nis_2018"]) <= set(mergers["nis_old"])


def test_homonyms_carry_their_province(files, units):
    bracketed = units.loc[units["naam_2018"].str.contains(r"\("), "naam_2018"]
    bare = bracketed.str.split(" (", regex=False).str[0]
    assert len(bracketed) == 3 and bare.duplicated().sum() == 1
    abroad = [
        row
        for row in sheets(files["population/Bevolking_per_gemeente.xlsx"])["Bevolking in 2014"][2:]
        if row[0] >= "94"
    ]
    outside = [row[1].split(" (")[0] for row in abroad if row[0].startswith("94")]
    assert len(outside) == 2 and len(set(outside) & set(bare)) == 1


def test_clusters_have_the_real_counts_and_one_misprint(files, truth_json):
    clusters = pd.read_csv(io.BytesIO(files["belfius_clusters/belfius_2018.csv"]), dtype=str).set_index("nis_2018")
    correction = pd.read_csv(io.BytesIO(files["belfius_clusters/corrections.csv"]), dtype=str).iloc[0]
    assert clusters.at[correction["nis_2018"], "cluster"] == correction["printed"] == "V61"
    clusters.at[correction["nis_2018"], "cluster"] = correction["corrected"]
    counts = clusters["cluster"].value_counts()
    assert [counts[f"V{number}"] for number in range(1, 17)] == list(CLUSTER_COUNTS)
    assert sum(unit["is_mixed"] for unit in truth_json["units"].values()) >= 1


def test_population_is_on_the_geography_of_its_year(files):
    book = sheets(files["population/Bevolking_per_gemeente.xlsx"])
    assert list(book) == [f"Bevolking in {year}" for year in range(2009, 2026) if year != 2022]
    for year, count in ((2018, 308), (2024, 300), (2025, 285)):
        rows = [row for row in book[f"Bevolking in {year}"][2:] if not row[0].endswith("000")]
        inside = [row for row in rows if row[0] >= "95"]
        assert len(inside) == count and len(rows) == count + 2
        assert all(row[2] + row[3] == row[4] for row in rows)
    people = [row[4] for row in book["Bevolking in 2014"][2:] if row[0] >= "95" and not row[0].endswith("000")]
    assert min(people) < 120 and max(people) > 450_000


@pytest.mark.parametrize("section", ["operating", "investment"])
def test_fields_and_accounts_of_the_plans_add_up(files, section):
    word = {"operating": "exploitatie", "investment": "investeringen"}[section]
    for year in (2014, 2020):
        fields = yearly_totals(files[f"bbc_plans_by_field_{section}/mjp bv {word} {year}.csv"])
        accounts = yearly_totals(files[f"bbc_plans_by_account_{section}/mjp rek {word} {year}.csv"])
        assert len(fields) == 285 * 6
        assert (fields == accounts.reindex(fields.index)).all()


def test_accounts_differ_from_fields_only_where_the_truth_says(files, truth_json):
    folder = "bbc_accounts_by_field_operating/jr bv exploitatie"
    fields = pd.concat([yearly_totals(files[f"{folder} {years}.csv"]) for years in ("2014-2019", "2020-2025")])
    accounts = yearly_totals(files["bbc_accounts_by_account_operating/jr rek exploitatie 2014-2025.csv"])
    off = (fields / accounts - 1).abs() > 0.001
    assert {tuple(pair) for pair in truth_json["mismatched_totals"]["operating"]} == set(off.index[off])
    assert 0.005 < off.mean() < 0.04


def test_codes_follow_the_regime_and_cells_the_layout(files, tables):
    fields = tables.policy_fields.set_index("code")
    for years, regime in (("2014-2019", "regime_2014"), ("2020-2025", "regime_2020")):
        metadata, body = wide(files[f"bbc_accounts_by_field_operating/jr bv exploitatie {years}.csv"])
        assert list(metadata) == (
            ["Type rapport", "Status rapport", "Rapportjaar", "Boekjaar"]
            + ["BV_domein", "BV_subdomein", "Beleidsveld", "NIS-code"]
        )
        codes = {label.split(" ")[0] for label in metadata["Beleidsveld"]}
        assert (fields.loc[sorted(codes), regime] == "1").all()
        assert metadata["Rapportjaar"] == metadata["Boekjaar"]
        assert list(body)[-1] == "Total" and len(body) == 286
        cells = [cell for row in body.values() for cell in row if cell]
        assert all(re.fullmatch(r"-?\d{1,3}(\.\d{3})*(,\d\d)?", cell) for cell in cells)
        assert "0" not in cells and any(cell.startswith("-") for cell in cells)


def test_per_inhabitant_is_the_amount_over_inhabitants_of_the_year(files):
    book = sheets(files["population/Bevolking_per_gemeente.xlsx"])
    people = {row[0]: row[4] for row in book["Bevolking in 2025"][2:]}
    metadata, body = wide(files["bbc_plans_by_field_operating/mjp bv exploitatie 2020.csv"])
    missing = checked = 0
    for nis, row in body.items():
        pairs = zip(metadata["Boekjaar"][::2], row[::2], row[1::2], strict=True)
        for year, amount, rate in pairs:
            if year != "2025" or not amount:
                continue
            checked += 1
            missing += not rate
            if rate:
                value = float(rate.replace(".", "").replace(",", "."))
                assert abs(value - int(amount.replace(".", "")) / people[nis]) <= 0.00501
    assert 0.004 < missing / checked < 0.03


def test_rare_fields_are_rare(files, tables):
    metadata, body = wide(files["bbc_accounts_by_field_operating/jr bv exploitatie 2020-2025.csv"])
    stable = tables.policy_fields.set_index("code")["stable_code"]
    spenders: dict[str, set[str]] = {}
    for nis, row in body.items():
        for label, cell in zip(metadata["Beleidsveld"], row, strict=True):
            if cell and nis != "Total":
                spenders.setdefault(stable[label.split(" ")[0]], set()).add(nis)
    assert all(20 <= len(spenders[code]) <= 90 for code in ("016", "0902", "086"))
    assert all(len(spenders[code]) > 270 for code in ("070", "074", "075"))


def test_layout_c_has_boards_blanks_and_a_footer(files):
    name = "bbc_accounts_by_account_investment/jaarrekening investeringen per rekening 2014-2025.xlsx"
    rows = sheets(files[name])["Export"]
    assert rows[0][:2] == ("Boekjaar", 2014) and rows[1][0] == "Alg. rekening"
    assert all(row[0].startswith("Gemeente en OCMW ") for row in rows[2:287])
    assert not any(rows[287]) and len(rows) == 289
    assert rows[288][0].startswith("Toegepaste filters") and SIMULATED in rows[288][0]
    values = [value for row in rows[2:287] for value in row[1:]]
    assert None in values and 0 not in values and min(value for value in values if value is not None) < 0


def test_staff_gaps_are_absent_rows(files, truth_json):
    book = sheets(files["staff/personeel lokale besturen.xlsx"])
    assert list(book)[:2] == ["VTE_gemeente", "VTE_ocmw"]
    assert book["VTE_gemeente"][0] == ("Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde")
    found = {(row[1], row[3]) for row in book["VTE_ocmw"][1:]}
    gaps = {(gap["nis"], gap["year"]) for gap in truth_json["staff_gaps"]}
    assert len(gaps) == 5 and len({nis for nis, _ in gaps}) == 2 and not gaps & found
    answers = {name: json.loads(files[f"staff/9102_{name}.json"])["value"] for name in ("gemeente2018", "gemeente")}
    known = [row for rows in answers.values() for row in rows if not row["ExternalCode"].endswith("_99991")]
    hidden = {(row["ExternalCode"][-5:], int(row["Period"])) for row in known if row["ValueString"] == "-99997"}
    assert hidden == {gap for gap in gaps if gap[1] in (2017, 2018, 2025)}
    assert {row["Period"] for row in known} == {"2017", "2018", "2025"}
    assert not {2017, 2018, 2025} & {year for _, year in found}
    assert len(found) + len(known) - len(hidden) == 308 * 10 + 300 * 6 + 285 - 5


def test_elections_are_on_the_geography_they_elect_for(files):
    for year, count in ((2012, 308), (2018, 300), (2024, 285)):
        with zipfile.ZipFile(io.BytesIO(files[f"election_results/verkiezingen{year}.zip"])) as archive:
            names = archive.namelist()
            assert len(names) == 2 * count
            nis = names[0].split("/")[1]
            lists = json.loads(archive.read(f"gemeente/{nis}/entiteitLijsten.json"))["G"]
            result = json.loads(archive.read(f"gemeente/{nis}/entiteitUitslag.json"))["G"][nis]
        assert set(lists) == set(result["us"]) and result["gb"] == "10/10"
        assert sum(entry["zs"] for entry in result["us"].values()) % 2 == 1


def test_mandates_are_versioned_and_mayors_stand_twice(files):
    table = pd.read_csv(io.BytesIO(files["mandates/mandaten.csv"]), dtype=str, keep_default_na=False)
    assert list(table.columns[:3]) == ["mandataris", "start", "eind"] and len(table.columns) == 28
    mayors = table[table["bestuursfunctieLabel"] == "Burgemeester"]
    assert (mayors.groupby("mandataris").size() == 2).all()
    assert "2018-12-31T23:00:00Z" in set(table["start"])
    assert table["achternaam"].str.fullmatch(r"\d{5}").all() and (table["voornaam"] == "Persoon").all()
    aldermen = table[table["bestuursfunctieLabel"] == "Schepen"]
    keys = ["persoon", "bestuursPeriodeStart", "bestuurseenheidLabel"]
    assert (aldermen.groupby(keys).size() > 1).mean() > 0.05
    boards = mayors.groupby("bestuursPeriodeStart")["bestuurseenheidLabel"].nunique()
    assert boards.tolist() == [300, 285]


def test_mandates_of_the_first_term_come_as_the_endpoint_answers(files):
    document = json.loads(files["mandates/burgemeesters_schepenen.json"])
    bindings = document["results"]["bindings"]
    assert {name for binding in bindings for name in binding} <= set(document["head"]["vars"])
    assert {binding["periodeStart"]["value"] for binding in bindings} == {"2012-12-31T23:00:00Z"}
    assert len({binding["bestuurseenheid"]["value"] for binding in bindings}) == 308
    export = pd.read_csv(io.BytesIO(files["mandates/mandaten.csv"]), dtype=str)
    assert not set(export["mandataris"]) & {binding["mandataris"]["value"] for binding in bindings}


def test_one_unit_bears_the_name_of_its_later_merger(files, units):
    table = pd.read_csv(io.BytesIO(files["mandates/mandaten.csv"]), dtype=str)
    labels = table.groupby("bestuursPeriodeStart")["bestuurseenheidLabel"].unique().iloc[0]
    later = set(labels) - set(units["naam_2019"])
    assert len(later) == 1 and later <= set(units["naam_2025"])


def test_reform_stream_is_frozen_and_adds_up(files):
    rows = sheets(files["gemeentefonds/algemene financieringssubsidies.xlsx"])["Export"]
    table = pd.DataFrame(rows[1:], columns=rows[0])
    sector = table[table["Stroom"] == "sectorale subsidies"].pivot(index="NIS-code", columns="Jaar", values="Bedrag")
    assert list(sector.columns) == [2016, 2017, 2018, 2019, 2020] and len(sector) == 308
    np.testing.assert_allclose(sector.sum(), [130391e3, 130390e3, 131010e3, 131010e3, 131010e3], atol=3)
    shares = sector / sector.sum()
    np.testing.assert_allclose(shares[2020], shares[2016], rtol=1e-4)
    assert table.loc[table["Stroom"] == "centrumsteden", "NIS-code"].nunique() == 13


def test_large_draw_has_the_planted_ratio_in_reformed_fields_only(values_of):
    ratios = values_of(False)["dispersion"]
    assert [ratios[code]["sd_log_ratio"] for code in REFORMED] == pytest.approx([np.exp(0.25)] * 10, rel=0.03)
    assert [ratios[code]["sd_log_ratio"] for code in COMPARISON] == pytest.approx([1.0] * 8, rel=0.03)


def test_null_is_null(values_of):
    values = values_of(True)
    assert all(abs(ratio["sd_log_ratio"] - 1) < 0.03 for ratio in values["dispersion"].values())
    for name, outcome in values["outcomes"].items():
        assert outcome["r2_without_controls"]["total_r2"] < 0.004, name
        assert outcome["r2_after_controls"]["total_r2"] < 0.004, name
        # Breadth grows with scale, which over all fields leaves a trace even where nothing is planted.
        limit = 0.12 if name == "portfolio_shift_all_stable" else 0.06
        assert abs(outcome["quantile_slope_difference"]) < limit * outcome["sd"], name


def test_planted_shares_and_ceiling_show(values_of):
    values = values_of(False)
    shift = values["outcomes"]["portfolio_shift_domains"]
    shares = shift["r2_without_controls"]
    assert shares["capacity"] > shares["scale"] > 0.003 and shares["capacity"] > shares["politics"] > 0.003
    assert shares["total_r2"] < 0.10
    assert shift["quantile_slope_difference"] > 0.3 * shift["sd"]
    assert values["outcomes"]["own_change_operational"]["r2_without_controls"]["total_r2"] < 0.004
    assert values["budget_kept_share"] == pytest.approx(0.70, abs=0.02)
    assert values["vte_per_1000_slope_on_log_population"] > 0.5
    assert values["breadth_slope_on_log_population"] > 1


def test_blocks_explain_their_planted_shares_of_the_amplitude():
    planted = Planted.from_settings(SETTINGS | {"ceiling": 0.0})
    places = truth.draw_population(30_000)
    calibration = truth.calibrate_amplitude(places.covariates, planted)
    kept = np.exp(places.covariates[:, SCALE]) >= 1000
    amplitude = draw_amplitude(places.covariates, calibration, planted, np.random.default_rng(1))
    shares = truth.block_attribution(np.log(amplitude)[kept], places.covariates[kept], None)
    for block, share in SETTINGS["block_shares"].items():
        assert shares[block] == pytest.approx(share, abs=0.006)


def test_mean_amplitude_does_not_follow_the_ceiling():
    planted = Planted.from_settings(NULL | {"ceiling": 0.45})
    places = truth.draw_population(30_000)
    calibration = truth.calibrate_amplitude(places.covariates, planted)
    amplitude = draw_amplitude(places.covariates, calibration, planted, np.random.default_rng(1))
    scale = (places.covariates[:, SCALE] - calibration.centre[SCALE]) / calibration.spread[SCALE]
    low, high = np.abs(scale + 1) < 0.3, np.abs(scale - 1) < 0.3
    assert amplitude[high].mean() == pytest.approx(amplitude[low].mean(), rel=0.03)
    assert amplitude[high].std() > 1.7 * amplitude[low].std()


def test_shapley_agrees_with_the_attribution_of_the_library():
    from beleidsvrijheid.attribution import shapley, subset_r2

    rng = np.random.default_rng(3)
    data = rng.normal(size=(400, len(COVARIATES))) @ rng.normal(size=(len(COVARIATES),) * 2)
    outcome = data @ rng.normal(size=len(COVARIATES)) + 5 * rng.normal(size=400)
    columns = np.column_stack([data, outcome])
    moments = np.cov(columns, rowvar=False)
    ours = shapley_shares(moments[:-1, :-1], moments[:-1, -1], moments[-1, -1], block_columns())
    theirs = shapley(subset_r2(moments[None], block_columns()), 3)[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_quantile_slope_agrees_with_statsmodels():
    from statsmodels.regression.quantile_regression import QuantReg

    rng = np.random.default_rng(4)
    x = rng.normal(9.6, 0.8, 3_000)
    y = 0.1 * x + np.exp(0.3 * (x - 9.6)) * rng.normal(size=3_000)
    for quantile in (0.1, 0.5, 0.9):
        expected = QuantReg(y, np.column_stack([np.ones_like(x), x])).fit(q=quantile).params[1]
        assert truth.quantile_slope(y, x, quantile) == pytest.approx(expected, abs=0.01)


def test_a_country_of_many_keeps_the_proportions():
    country = draw_country(4, np.random.default_rng(5))
    assert (len(country.cluster), len(country.main_2019), country.n_units) == (4 * 308, 4 * 300, 4 * 285)
    assert np.bincount(country.cluster)[1:].tolist() == [4 * count for count in CLUSTER_COUNTS]
    assert country.unit_population.sum() == country.population.sum()


def test_councils_by_size_and_highest_quotients():
    assert council_size(np.array([90, 999, 1000, 520_000])).tolist() == [7, 7, 9, 55]
    votes = np.array([[100.0, 80.0, 30.0]])
    assert allocate(votes, np.array([8]), 1.0).tolist() == [[4, 3, 1]]  # D'Hondt, a textbook case


def test_operational_fields_are_no_reformed_fields(world):
    assert not set(OPERATIONAL) & set(REFORMED)
    assert world.is_reformed.sum() == 10 and world.is_operational.sum() == 5


def test_wrong_shares_are_refused():
    with pytest.raises(StudyError, match="simulation.block_shares"):
        Planted.from_settings(SETTINGS | {"block_shares": {"capacity": 0.9, "scale": 0.2, "politics": 0.1}})


def test_unknown_field_is_refused(tables):
    changed = tables.stable_fields.replace({"stable_code": {"070": "07x"}})
    with pytest.raises(StudyError, match="07x"):
        build_world(changed)
