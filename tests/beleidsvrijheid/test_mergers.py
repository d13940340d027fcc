"""Simulated mergers: what adds up adds up to the cent, what cannot is taken from the largest part, segments do not add up."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml
from scipy.stats import spearmanr

import simulate_mergers as script
from beleidsvrijheid import merger_draws as draws
from beleidsvrijheid import merger_results as results
from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.configuration import Merger
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel
from beleidsvrijheid.mergers import (
    indicators_of_merges,
    merge_municipalities,
    merged_2019,
    merged_codes,
)
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.sources.reading import read_table

ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
CODES = read_table(ROOT / "workflow/tables/policy_fields.csv")
SEGMENTS = draws.read_segments(read_table(ROOT / "workflow/tables/inhabitant_segments.csv"))
A, B, C, D = "95001", "95002", "95003", "95004"
NIS = [A, B, C, D]
PEOPLE = {A: 30_000.0, B: 12_000.0, C: 12_000.0, D: 8_000.0}
UNITS = pd.DataFrame(
    {
        "nis_308": [A, B, C, D], "nis_300": [A, B, C, D], "nis_285": [A, B, C, D],
        "naam_308": list("ABCD"), "naam_300": list("ABCD"), "naam_285": list("ABCD"),
        "province_308": ["1", "2", "2", "2"], "province_285": ["1", "2", "2", "2"],
    }
)  # fmt: skip
CONFIG = {
    "geography": {"vintage": 285, "mixed_clusters": "keep"},
    "period": {
        "spending": {"report": "accounts", "section": "operating"},
        "pre": {"years": [2014, 2015], "plan": None}, "post": {"years": [2020, 2023], "plan": None}, "within": None, "drop": [],
    },
    "sectors": {
        "reform_year": 2016, "reformed": ["074", "075"], "comparison": ["034"], "operational": ["030"],
        "leisure": ["074", "075"], "minimum_municipalities": 10,
    },
    "baskets": ["all_stable", "reformed"], "deflator": {"base_year": 2015}, "outliers": {},
}  # fmt: skip
SETTINGS = {"vintage": 285, "seed": 7, "confidence": 0.95, "data_source": "simulated"}


def square(number: int) -> str:
    return shapely.to_geojson(shapely.box(number, 0, number + 1, 1))


def finance() -> pd.DataFrame:
    """Cents per municipality, year and code; D has no sport, C no youth in 2020."""
    rng, rows = np.random.default_rng(3), []
    for nis in NIS:
        for year in (2014, 2015, 2020, 2021, 2022, 2023):
            for code in ("0340", "0740", "0750"):
                if (nis, code) != (D, "0740") and (nis, code, year) != (C, "0750", 2020):
                    rows.append((nis, year, year, code, round(float(rng.uniform(1e5, 1e7)), 2)))
    return pd.DataFrame(rows, columns=["nis", "report_year", "year", "code", "spending_eur"])


def country() -> dict[str, pd.DataFrame]:
    """Harmonised tables of four municipalities in a row."""
    years = list(range(2014, 2024))
    index = [(nis, year) for nis in NIS for year in years]
    people = pd.DataFrame(index, columns=["nis", "year"]).assign(population=[PEOPLE[nis] for nis, _ in index])
    income = pd.DataFrame(index, columns=["nis", "year"]).assign(
        taxable_income_eur=np.arange(40.0) + 0.25, residents=5.0
    )
    income.loc[(income["nis"] == B) & (income["year"] == 2015), "taxable_income_eur"] = np.nan
    boards = [(*key, employer) for key in index for employer in ("municipality", "ocmw")]
    staff = pd.DataFrame(boards, columns=["nis", "year", "employer"]).assign(vte=1.5)
    return {
        "population": people,
        "bbc_accounts_by_field_operating": finance(),
        "income": income,
        "staff": staff[~((staff["nis"] == B) & (staff["year"] == 2014))].reset_index(drop=True),
        "belfius_clusters": pd.DataFrame(
            {"vintage": 308, "cluster": ["V1", "V1", "V2", "V3"], "nis": NIS, "is_mixed": [False, True, False, False]}
        ),
        "centre_function": pd.DataFrame(
            {
                "vintage": 285,
                "year": 2025,
                "class_number": [2.0, 1.0, 3.0, 4.0],
                "class_label": list("abcd"),
                "nis": NIS,
            }
        ),
        "geometry": pd.DataFrame({"nis": NIS, "area_km2": 1.0, "geometry": [square(n) for n in range(4)]}),
        "cpi": pd.DataFrame({"year": years, "index": 100.0}),
        "plan_actions": pd.DataFrame({"nis": [A], "vintage": 285, "action": "x"}),
    }


def merged(merges, tables=None, units=UNITS):
    return merge_municipalities(country() if tables is None else tables, units, merges, SOURCES, 285)


SUMS = {
    "population": (["nis", "year"], "population"),
    "bbc_accounts_by_field_operating": (["nis", "year", "code"], "spending_eur"),
    "staff": (["nis", "year", "employer"], "vte"),
    "geometry": (["nis"], "area_km2"),
}


def test_no_merge_changes_nothing():
    tables, units, ledger = merged([])
    for name, table in country().items():
        pd.testing.assert_frame_equal(tables[name], table)
    pd.testing.assert_frame_equal(units, UNITS)
    assert ledger.empty


def test_totals_are_equal_to_the_cent_and_others_are_untouched():
    before, (tables, _, _) = country(), merged([[B, A]])
    for name in ("population", "bbc_accounts_by_field_operating"):
        keys, value = SUMS[name]
        keys = keys[1:]
        own = (before[name].groupby(keys)[value].sum() * 100).round().astype(int)
        new = (tables[name].groupby(keys)[value].sum() * 100).round().astype(int)
        pd.testing.assert_series_equal(own, new)
    for name, table in tables.items():
        others = [frame[frame["nis"].isin([C, D])] for frame in (before[name], table) if "nis" in frame]
        for one, two in zip(others[:1], others[1:], strict=True):
            pd.testing.assert_frame_equal(one.reset_index(drop=True), two.reset_index(drop=True))


def test_merging_then_adding_is_adding_then_merging():
    at_once, units_once, _ = merged([[A, B, C]])
    first, units, _ = merged([[A, B]])
    second, units, _ = merged([[A, C]], first, units)
    for name, (keys, value) in SUMS.items():
        one, two = (tables[name].set_index(keys)[value].sort_index() for tables in (at_once, second))
        assert (one * 100).round().equals((two * 100).round()), name
    pd.testing.assert_frame_equal(units.drop(columns="naam_285"), units_once.drop(columns="naam_285"))


def test_the_order_of_merges_does_not_matter():
    first, second = merged([[A, B], [C, D]]), merged([[D, C], [B, A]])
    for name, table in first[0].items():
        pd.testing.assert_frame_equal(table, second[0][name])
    pd.testing.assert_frame_equal(first[1], second[1])


def test_a_sum_of_which_a_part_is_lacking_or_hidden_is_absent():
    tables, _, ledger = merged([[A, B]])
    staff = tables["staff"].query("employer == 'ocmw'").set_index(["nis", "year"])
    income = tables["income"].set_index(["nis", "year"])
    assert (A, 2014) not in staff.index and staff.at[(A, 2015), "vte"] == 3.0
    assert np.isnan(income.at[(A, 2015), "taxable_income_eur"]) and income.at[(A, 2014), "taxable_income_eur"] == 10.5
    assert income.at[(A, 2015), "residents"] == 10.0
    assert (ledger["source"].eq("staff") & ledger["step"].eq("incomplete mergers")).any()


def test_what_cannot_be_added_comes_from_the_largest_part():
    tables, units, _ = merged([[B, A], [C, D]])
    clusters = tables["belfius_clusters"].set_index("nis")
    assert clusters["cluster"].to_dict() == {A: "V1", C: "V2"}
    # B was mixed already although its cluster is that of A; the parts C and D differ.
    assert clusters["is_mixed"].to_dict() == {A: True, C: True}
    assert tables["centre_function"].set_index("nis")["class_number"].to_dict() == {A: 2.0, C: 3.0}
    assert tables["centre_function"]["vintage"].eq(285).all()
    assert units.set_index("nis_308")["nis_285"].to_dict() == {A: A, B: A, C: C, D: C}
    assert units.set_index("nis_308").loc[B, ["naam_285", "province_285"]].tolist() == ["A-B", "1"]
    assert "plan_actions" not in tables


def test_on_a_tie_the_lower_code_gives_its_name():
    assert merged_codes([[C, B]], pd.Series(PEOPLE)) == {B: B, C: B}
    assert merged_codes([[C, B]], pd.Series(PEOPLE | {C: 12_001.0})) == {B: C, C: C}


def test_shapes_are_united():
    shapes = merged([[A, B]])[0]["geometry"].set_index("nis")
    union = shapely.from_geojson(shapes.at[A, "geometry"])
    assert shapes.at[A, "area_km2"] == 2.0 and union.area == 2.0 and union.equals(shapely.box(0, 0, 2, 1))


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([[A, B], [B, C]], "'95002' is in merge 1 and in merge 2; merges may not overlap"),
        ([[A, "95099"]], "merge 1: '95099' is not one of the 285 municipalities"),
        ([[A, B], [C]], "merge 2 .95003.: name two or more"),
        ([[A, A]], "each once"),
    ],
)
def test_bad_merges_are_refused_by_name(merges, message):
    with pytest.raises(StudyError, match=message):
        merged(merges)


def test_a_part_without_inhabitants_is_refused():
    tables = country()
    tables["population"] = tables["population"][tables["population"]["nis"] != B]
    with pytest.raises(StudyError, match="population: no figure for 95002"):
        merged([[A, B]], tables)


def test_all_indicators_are_recomputed_on_the_merged_country():
    tables = country()
    inputs = Inputs(tables, UNITS, CODES, CONFIG)
    changed = indicators_of_merges(build_panel(inputs), inputs, [[A, B]], SOURCES, build_panel)
    assert set(changed["nis"]) == {A, B} and set(changed["unit"]) == {A}
    own = changed.set_index(["indicator", "beleidsveld", "period", "nis"]).sort_index()
    # U5 by hand: sums of the parts per period, shares of fields, half the absolute shift.
    spent = tables["bbc_accounts_by_field_operating"].query("nis in ['95001', '95002']")
    pre, post = (spent[spent["year"].isin(years)].groupby("code")["spending_eur"].sum() for years in
                 ((2014, 2015), (2020, 2021, 2022, 2023)))  # fmt: skip
    shares = pre / pre.sum(), post / post.sum()
    assert shares[0].sum() == pytest.approx(1, abs=1e-15)
    found = own.loc[("portfolio_shift", "all_stable", "pre_post")]
    assert found["after"].tolist() == pytest.approx([0.5 * np.abs(shares[1] - shares[0]).sum()] * 2, rel=1e-12)
    assert found["before"].nunique() == 2 and not np.isclose(found["before"].mean(), found["after"].iloc[0])
    people = own.loc[("log_population", "", "pre")]
    assert np.exp(people["after"]).tolist() == pytest.approx([42_000.0] * 2)
    assert own.loc[("is_mixed", "", ""), "after"].tolist() == [1.0, 1.0]


def test_used_freedom_of_a_merged_country_is_that_of_its_sums():
    """Building indicators of merged tables equals building them of a country that never was apart."""
    tables = country()
    together = {A: A, B: A, C: C, D: D}
    joined = dict(tables)
    for name in ("population", "bbc_accounts_by_field_operating"):
        keys, value = SUMS[name]
        own = tables[name].assign(nis=tables[name]["nis"].map(together))
        groups = [*keys, "report_year"] if name.startswith("bbc") else keys
        joined[name] = own.groupby(groups, as_index=False)[value].sum()
    joined["belfius_clusters"] = merged([[A, B]])[0]["belfius_clusters"]
    simulated, units, _ = merged([[A, B]])
    one, two = (build_panel(Inputs(own, units, CODES, CONFIG)) for own in (simulated, joined))
    for indicator in ("portfolio_shift", "aitchison_shift", "own_change", "breadth", "real_spending"):
        rows = [panel[panel["indicator"] == indicator].reset_index(drop=True) for panel in (one, two)]
        assert len(rows[0]) and set(rows[0]["nis"]) == {A, C, D}, indicator
        pd.testing.assert_frame_equal(*rows)


# M2: shares of a sum and segments


def test_shares_of_a_sum_are_proof_against_mergers_and_segments_are_not():
    people = np.array([60.0, 25.0, 15.0])
    groups = draws.named_groups(list("abc"), [["b", "c"]])
    exact = draws.share_change(people, draws.summed(people, groups), groups)
    assert exact["before"].tolist() == exact["after"].tolist() == [0.4] and exact["largest_deviation"].tolist() == [0]
    rule = draws.Segments(np.array([0.0, 20.0, 50.0]), np.array([1.0, 2.0, 3.0]), True, np.inf)
    # 60 x 3 + 25 x 2 + 15 x 1 = 245; after: 60 x 3 + 40 x 2 = 260.
    change = draws.segment_change(people, rule, groups)
    assert (change["before"][0], change["after"][0], change["difference"][0]) == (245, 260, 15)
    shares = draws.share_change(rule.amounts(people), rule.amounts(draws.summed(people, groups)), groups)
    assert shares["before"][0] == pytest.approx(65 / 245) and shares["after"][0] == pytest.approx(80 / 260)
    assert shares["largest_deviation"][0] == pytest.approx(80 / 260 - 65 / 245)


def real_people(real_data, year, vintage):
    path = real_data / f"population/population_{year}_nis{vintage}.csv"
    table = pd.read_csv(path, dtype=str)
    return table.set_index("NIS_code")["inhabitants"].str.replace(r"\D", "", regex=True).astype(float).sort_index()


@pytest.mark.real
def test_antwerpen_and_borsbeek(real_data):
    people = real_people(real_data, 2020, 2019)
    antwerp, borsbeek = people["11002"], people["11007"]
    assert (antwerp, borsbeek) == (529_247, 10_949)
    groups = draws.named_groups(list(people.index), [["11007", "11002"]])
    found = results.merger_statistics({"population": people}, None, SEGMENTS, groups, 0.95).set_index(
        ["statistic", "basis"]
    )
    found = found[found["draw"].notna()]
    share = found.loc[("additive_shares", "population")]
    assert share["largest_deviation"] == 0 and share["after"] == pytest.approx((antwerp + borsbeek) / people.sum())
    # EUR 500 an inhabitant for Antwerpen, nothing below 20,000: without a maximum Borsbeek's inhabitants are worth 500 each
    # after the merger. With it the total stays: Antwerpen had the EUR 50 million that this merger was given (VVSG 2021).
    assert found.loc[("segment_total", "debt_takeover_without_maximum"), "difference"] == 500 * borsbeek
    assert found.loc[("segment_total", "debt_takeover"), "difference"] == 0
    assert SEGMENTS["debt_takeover"].amounts(np.array([antwerp + borsbeek]))[0] == 50_000_000
    assert found.loc[("segment_total", "council_seats"), "difference"] == 55 - (55 + 21)
    assert merged_codes([["11007", "11002"]], people) == {"11002": "11002", "11007": "11002"}


@pytest.mark.real
def test_the_segments_of_council_seats_are_those_of_the_councils_of_2018(real_data):
    people = real_people(real_data, 2018, 2018)
    crosswalk = pd.read_csv(real_data / "nis/crosswalk_308_300_285.csv", dtype=str).set_index("nis_2018")["nis_2019"]
    people = people.groupby(crosswalk).sum()
    seats = pd.read_csv(real_data / "elections/council_2018_seats_nis2019.csv", dtype={"nis_2019": str})
    seats = seats.groupby("nis_2019")["raad_totaal"].first().reindex(people.index)
    assert len(seats) == 300
    assert (SEGMENTS["council_seats"].amounts(people.to_numpy()) == seats.to_numpy()).all()


def test_a_segment_begins_with_its_first_inhabitant():
    people = np.array([0.0, 999, 1000, 299_999, 300_000])
    assert SEGMENTS["council_seats"].amounts(people).tolist() == [0, 7, 9, 53, 55]
    people = np.array([19_999.0, 20_000, 24_999, 25_000, 100_000, 100_001])
    amounts = [0, 4e6, 24_999 * 200, 7.5e6, 5e7, 5e7]
    assert SEGMENTS["debt_takeover"].amounts(people).tolist() == amounts
    assert SEGMENTS["debt_takeover_without_maximum"].amounts(people)[-1] == 50_000_500


@pytest.mark.parametrize("starts", [["10", "20"], ["0", "20", "20"], ["0", "30", "20"]])
def test_segments_that_do_not_ascend_from_zero_are_refused(starts):
    table = pd.DataFrame({"from_inhabitants": starts}).assign(rule="x", rate="1", per_inhabitant="true", maximum="")
    with pytest.raises(StudyError, match=r"inhabitant_segments\.csv: x: .*begin at 0 and ascend"):
        draws.read_segments(table)


# M3: ranks


def test_rank_correlations_are_those_of_scipy():
    rng = np.random.default_rng(1)
    before, after = rng.integers(1, 9, 60).astype(float), rng.integers(1, 9, (5, 60)).astype(float)
    expected = [spearmanr(before, row).statistic for row in after]
    assert draws.rank_correlations(before, after) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(draws.rank_correlations(before, np.ones((1, 60)))).all()


def test_the_parts_that_give_a_merged_unit_its_class():
    people, classes = np.array([10.0, 30.0, 30.0, 5.0]), np.array([1.0, 4.0, 2.0, 3.0])
    groups = draws.named_groups(list("abcd"), [["a", "b"], ["c", "d"]])
    assert draws.of_largest_part(classes, people, groups).tolist() == [[4, 4, 2, 2]]
    assert draws.of_best_part(classes, groups).tolist() == [[1, 1, 2, 2]]
    tie = draws.named_groups(list("abcd"), [["b", "c"]])
    assert draws.of_largest_part(classes, people, tie).tolist() == [[1, 4, 4, 3]]


def test_inhabitants_in_as_many_classes_are_as_full_as_those_of_the_centre_function():
    people, classes = np.array([50.0, 40, 30, 20, 10]), np.array([1.0, 2, 2, 3, 3])
    thresholds, own = draws.in_classes(people, classes)
    assert thresholds.tolist() == [30, 50] and own.tolist() == [2, 1, 1, 0, 0]


def test_rank_stability_by_hand():
    # Four municipalities; the last two, 20 and 11, become 31: bigger than the second (30), smaller than the first (40).
    people, classes = np.array([40.0, 30, 20, 11]), np.array([1.0, 2, 3, 4])
    groups = draws.named_groups(list("abcd"), [["c", "d"]])
    found = draws.rank_stability(people, classes, groups)["centre_function_largest"]
    # Ranks of inhabitants before 4 3 2 1, after 4 1 2.5 2.5: r = 1.5 / sqrt(5 x 4.5). Classes before 1 2 3 4, after 1 2 3.5 3.5.
    assert found["before"][0] == pytest.approx(1.5 / np.sqrt(5 * 4.5))
    assert found["after"][0] == pytest.approx(4.5 / np.sqrt(5 * 4.5))
    assert found["difference"][0] == pytest.approx(3 / np.sqrt(5 * 4.5))


# Draws


def chain(n):
    return np.array([(one, one + 1) for one in range(n - 1)])


def test_drawn_mergers_are_disjoint_neighbours_and_the_same_for_a_seed():
    groups = draws.drawn_groups(30, chain(30), 8, 50, np.random.default_rng(5), "mergers.x")
    sizes = draws.summed(np.ones(30), groups)
    assert ((sizes == 2).sum(axis=1) == 8).all() and (sizes <= 2).all()
    rows, members = np.nonzero(groups != np.arange(30))
    assert (members - groups[rows, members] == 1).all()
    again = draws.drawn_groups(30, chain(30), 8, 50, np.random.default_rng(5), "mergers.x")
    assert (groups == again).all() and len(np.unique(groups, axis=0)) == 50


def test_more_pairs_than_there_can_be_are_refused():
    with pytest.raises(StudyError, match=r"mergers\.x\.random\.sets: 3 pairs .*cannot be formed .a draw found 2"):
        draws.drawn_groups(4, chain(4), 3, 1, np.random.default_rng(2), "mergers.x")


def test_neighbours_are_counted_once_and_unknown_ones_left_out():
    near = pd.DataFrame({"nis": [A, B, B, A, "99999"], "neighbour": [B, A, C, A, A]})
    assert draws.neighbouring_pairs(NIS, near).tolist() == [[0, 1], [1, 2]]


def neighbours():
    return pd.DataFrame({"nis": NIS[:-1], "neighbour": NIS[1:]})


def drawn(**more):
    return {"merges": [], "random": {"sets": 1, "draws": 40, "neighbours": True} | more}


def test_the_statistics_of_draws_have_a_mean_and_an_interval():
    found = results.simulate_mergers(
        country(), drawn(), neighbours(), SEGMENTS, SETTINGS, "x", np.random.default_rng(7)
    )
    assert found.reason == "" and list(found.statistics) == results.COLUMNS
    # In the last year B has its figure of income; general grants have no source here.
    assert set(found.statistics.query("statistic == 'additive_shares'")["basis"]) == {"population", "taxable_income"}
    assert found.statistics.query("statistic == 'additive_shares'")["largest_deviation"].eq(0).all()
    ranks = found.statistics[found.statistics["basis"] == "centre_function_largest"]
    each, overall = ranks[ranks["draw"].notna()], ranks[ranks["draw"].isna()].iloc[0]
    assert len(each) == 40 and overall["difference"] == pytest.approx(each["difference"].mean())
    assert overall["ci_low"] == pytest.approx(np.quantile(each["difference"], 0.025))
    rows = results.merger_estimates(found.statistics).set_index(["equation", "term"])
    assert rows.loc[("rank_stability", "centre_function_largest"), "ci_high"] == overall["ci_high"]
    assert rows.loc[("additive_shares", "population"), ["estimate", "ci_low", "ci_high"]].tolist() == [0, 0, 0]
    again = results.simulate_mergers(
        country(), drawn(), neighbours(), SEGMENTS, SETTINGS, "x", np.random.default_rng(7)
    )
    pd.testing.assert_frame_equal(found.statistics, again.statistics)


def test_what_lacks_a_source_says_so():
    tables = country()
    tables["income"].loc[lambda rows: rows["year"] == 2023, "taxable_income_eur"] = np.nan
    del tables["centre_function"]
    found = results.simulate_mergers(
        tables, drawn(neighbours=False), None, SEGMENTS, SETTINGS, "x", np.random.default_rng(7)
    )
    assert found.warnings == [results.NO_BASE.format(base="taxable_income", year=2023), results.NO_CLASSES]
    assert "rank_stability" not in set(found.statistics["statistic"])
    tables = country()
    tables["centre_function"] = tables["centre_function"].iloc[1:]
    found = results.simulate_mergers(tables, drawn(), neighbours(), SEGMENTS, SETTINGS, "x", np.random.default_rng(7))
    assert found.warnings == [results.CLASSES_LACK.format(n=1)]
    with pytest.raises(StudyError, match=r"config\.yaml: mergers\.x: merge 1: '95099'"):
        results.simulate_mergers(
            tables, {"merges": [[A, "95099"]]}, None, SEGMENTS, SETTINGS, "x", np.random.default_rng(7)
        )


def test_two_hundred_draws_of_ten_mergers_are_fast():
    rng = np.random.default_rng(1)
    nis = [str(code) for code in range(10_000, 10_285)]
    people = pd.Series(rng.lognormal(9.6, 0.8, 285), nis)
    begun = time.perf_counter()
    groups = draws.drawn_groups(285, chain(285), 10, 200, rng, "mergers.x")
    classes = pd.Series(rng.integers(1, 10, 285).astype(float), nis)
    found = results.merger_statistics({"population": people}, classes, SEGMENTS, groups, 0.95)
    assert time.perf_counter() - begun < 5  # takes 0.1 s; ten are allowed
    assert (found["draw"].notna()).sum() == 200 * (1 + 2 * len(SEGMENTS) + 3)
    seats = found[(found["statistic"] == "segment_total") & (found["basis"] == "council_seats")]
    ends = np.quantile(seats["difference"].iloc[:-1], [0.025, 0.975])
    assert seats.iloc[-1][["ci_low", "ci_high"]].tolist() == pytest.approx(ends.tolist())
    rows = results.merger_estimates(found).set_index(["equation", "term"])
    assert rows.loc[("segment_total", "council_seats"), ["ci_low", "ci_high"]].tolist() == pytest.approx(ends.tolist())
    shares = rows.loc[("segment_shares", "council_seats"), ["estimate", "ci_low", "ci_high"]]
    largest = found.query("statistic == 'segment_shares' and basis == 'council_seats'")["largest_deviation"].max()
    assert shares.tolist() == [largest] * 3 and largest > 0


# The script


def run_script(tmp_path, merger, with_neighbours=True):
    paths = {}
    for name, table in country().items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    UNITS.to_parquet(tmp_path / "units.parquet")
    neighbours().to_parquet(tmp_path / "near.parquet")
    if merger["merges"]:
        build_panel(Inputs(country(), UNITS, CODES, CONFIG)).to_parquet(tmp_path / "panel.parquet")
    inputs = {
        "tables": [str(tmp_path / f"{name}.parquet") for name in country()],
        "neighbours": str(tmp_path / "near.parquet") if with_neighbours else [],
        "panel": str(tmp_path / "panel.parquet"), "units": str(tmp_path / "units.parquet"),
        "codes": str(ROOT / "workflow/tables/policy_fields.csv"),
        "facilities": str(ROOT / "workflow/tables/facility_municipalities.csv"),
        "segments": str(ROOT / "workflow/tables/inhabitant_segments.csv"), "sources": str(ROOT / "workflow/sources.yaml"),
    }  # fmt: skip
    paths = {name: str(tmp_path / f"out.{name}") for name in ("draws", "estimates", "fits", "indicators")}
    script.main(inputs, merger, "x", CONFIG, SETTINGS, paths)
    return paths


def test_a_refusal_is_a_status_and_headers(tmp_path):
    paths = run_script(tmp_path, drawn(), with_neighbours=False)
    record = yaml.safe_load(Path(paths["fits"]).read_text(encoding="utf-8"))
    assert record["status"] == "refused" and record["reason"] == results.NO_NEIGHBOURS
    for kind in ("draws", "estimates", "indicators"):
        lines = Path(paths[kind]).read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2 and lines[1].strip(",") == SIMULATED


def test_named_merges_show_every_indicator(tmp_path):
    paths = run_script(tmp_path, {"merges": [[A, B]], "random": None})
    record = yaml.safe_load(Path(paths["fits"]).read_text(encoding="utf-8"))
    assert (record["status"], record["draws"], record["covariance"]) == ("estimated", 1, results.ONE_DRAW)
    shown = pd.read_csv(paths["indicators"], dtype={"nis": str, "unit": str})
    assert {"portfolio_shift", "log_population", "belfius_cluster", "is_facility"} <= set(shown["indicator"])
    assert shown["data_source"].eq(SIMULATED).all()


@pytest.mark.parametrize("given", [{}, {"merges": [["95001", "95002"]], "random": {"sets": 1, "draws": 1}}])
def test_an_entry_either_names_or_draws(given):
    with pytest.raises(ValueError, match="give either `merges`"):
        Merger.model_validate({"label": {"nl": "x", "en": "x"}, **given})


# The wave of 2019


def test_the_wave_of_2019_on_each_geography():
    units = pd.DataFrame(
        {
            "nis_308": ["1", "2", "3", "4", "5"],
            "nis_300": ["12", "12", "3", "4", "5"],
            "nis_285": ["12", "12", "34", "34", "12"],
        }
    )
    expected = {
        308: {"1": 1, "2": 1, "3": 0, "4": 0, "5": 0},
        300: {"12": 1, "3": 0, "4": 0, "5": 0},
        285: {"12": 1, "34": 0},
    }
    for vintage, values in expected.items():
        assert merged_2019(units, vintage).set_index("nis")["value"].to_dict() == values


@pytest.mark.real
def test_fifteen_municipalities_merged_into_seven_in_2019(real_data):
    crosswalk = pd.read_csv(real_data / "nis/crosswalk_308_300_285.csv", dtype=str)
    units = crosswalk.rename(columns={"nis_2018": "nis_308", "nis_2019": "nis_300", "nis_2025": "nis_285"})
    assert [merged_2019(units, vintage)["value"].sum() for vintage in (308, 300, 285)] == [15, 7, 7]


def test_a_rule_of_one_segment_is_read():
    table = pd.DataFrame({"from_inhabitants": ["0"], "rate": ["2"], "per_inhabitant": ["true"], "maximum": ["50"]})
    rule = draws.read_segments(table.assign(rule="x"))["x"]
    assert rule.amounts(np.array([10.0, 20, 40])).tolist() == [20, 40, 50]
