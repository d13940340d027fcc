"""Parsers of registers on real files: boundaries, centre function, clusters, names; skipped with a reason where these are absent.

What the parsers compute is stated, and never a row.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import normalised
from beleidsvrijheid.sources import municipalities, tax_rates
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.sources.schemas import validated

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
ALIASES = read_table(ROOT / "workflow/tables/municipality_aliases.csv")
MERGERS = ROOT / "workflow/tables/mergers.csv"


@pytest.fixture(scope="module")
def reference(real_data):
    return Reference(municipalities.parse(real_data / "nis/crosswalk_308_300_285.csv", MERGERS), ALIASES)


@pytest.fixture(scope="module")
def register(real_data):
    """The official list of codes, every release of it, with Dutch and French names."""
    table = pd.read_csv(real_data / "nis/TU_COM_REFNIS.txt", sep="|", dtype=str, encoding="utf-8-sig")
    return table[(table["LVL_REFNIS"] == "4") & (table["DT_VLDT_END"] == "31/12/9999")]


@pytest.mark.parametrize(("year", "vintage"), [(2018, 308), (2019, 300), (2025, 285)])
def test_boundaries(real_data, reference, year, vintage):
    parsed = parse(SOURCES["geometry"], [real_data / f"geometry/vl_gemeenten_{year}.geojson"], reference)
    table = validated(parsed.table, SOURCES["geometry"])
    assert len(table) == vintage and set(table["vintage"]) == {vintage}
    failed = {row["check"]: row["n_failed"] for row in parsed.checks}
    assert failed == {
        "features read": 0,
        "every municipality exactly once": 0,
        "polygons valid": 0,
        "names agree with codes": 0,
    }
    assert next(row for row in parsed.checks if row["check"] == "names agree with codes")["n_checked"] == vintage
    assert table["area_km2"].sum() == pytest.approx(13_600, rel=0.01)


def test_area_against_the_cadastre(real_data, reference):
    table = parse(SOURCES["geometry"], [real_data / "geometry/vl_gemeenten_2018.geojson"], reference).table
    cadastre = pd.read_csv(real_data / "population/area_2015_nis2018.csv", dtype={"nis_2018": str})
    both = table.merge(cadastre, left_on="nis", right_on="nis_2018", validate="one_to_one")
    share = (both["area_km2"] / both["km2_cadastral_2015"] - 1).abs().set_axis(both["nis"])
    assert len(both) == 308
    # Beaches, and the water of the Scheldt, have no cadastral area: nine places on the coast and one on the river differ by
    # up to 14.6 %, the others by 2.7 % at most.
    by_the_water = share[share > 0.03]
    assert len(by_the_water) == 10 and by_the_water.max() == pytest.approx(0.146, abs=5e-4)
    assert share.drop(by_the_water.index).max() == pytest.approx(0.027, abs=5e-4)
    assert both["area_km2"].sum() / both["km2_cadastral_2015"].sum() == pytest.approx(1.008, abs=5e-4)


def test_three_geographies_in_one_go(real_data, reference):
    paths = sorted((real_data / "geometry").glob("*.geojson"))
    table = parse(SOURCES["geometry"], paths, reference).table
    assert table.groupby("vintage").size().to_dict() == {285: 285, 300: 300, 308: 308}
    totals = table.groupby("vintage")["area_km2"].sum()
    assert totals.max() / totals.min() - 1 < 1e-3


def test_centre_function(real_data, reference):
    source = SOURCES["centre_function"]
    parsed = parse(source, [real_data / "typology/uitrustingsgraad_nis2025.xlsx"], reference)
    table = validated(parsed.table, source)
    assert len(table) == 285 and set(table["year"]) == {2025}
    assert table["class_number"].value_counts().sort_index().astype(int).tolist() == [
        13,
        13,
        19,
        58,
        37,
        26,
        41,
        39,
        39,
    ]
    assert {row["n_failed"] for row in parsed.checks} == {0}


def test_clusters(real_data, reference):
    source = SOURCES["belfius_clusters"]
    table = parse(source, [real_data / "typology/belfius_2018.csv"], reference).table
    counts = table["cluster"].value_counts()
    expected = [10, 14, 37, 30, 30, 22, 17, 28, 13, 18, 11, 32, 11, 14, 13, 8]
    assert [counts[f"V{number}"] for number in range(1, 17)] == expected and len(table) == 308


def printed_lists(table, labels):
    """The composition as the PDF has it, from the transcription: names as printed, the coastal cluster as V15 again."""
    label = labels.set_index("cluster")
    for cluster, rows in table.groupby("cluster", sort=False):
        yield f"{label.at[cluster, 'printed_as']}  {label.at[cluster, 'label_nl']}"
        yield from ("    ".join(rows["name_printed"].iloc[at : at + 4]) for at in range(0, len(rows), 4))


def test_clusters_from_printed_names(real_data, reference, tmp_path):
    source = SOURCES["belfius_clusters"]
    transcription = shutil.copy(real_data / "typology/belfius_2018.csv", tmp_path)
    labels = pd.read_csv(real_data / "typology/belfius_2018_labels.csv", dtype=str)
    text = tmp_path / "belfius_2018.txt"
    text.write_text("\n".join(printed_lists(pd.read_csv(transcription, dtype=str), labels)), encoding="utf-8")
    with pytest.raises(StudyError, match="'V15 Kustgemeenten' is V15 a second time with another label"):
        parse(source, [text], reference)
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(
        "nis_2018,column,printed,corrected,reason\n,heading,V15 Kustgemeenten,V16,misprint\n", encoding="utf-8"
    )
    parsed = parse(source, [Path(transcription), text, corrections], reference)
    agreed = next(row for row in parsed.checks if row["check"] == "text and transcription agree")
    assert (agreed["n_checked"], agreed["n_failed"], len(parsed.table)) == (308, 0, 308)


def test_every_alias_is_another_spelling_of_one_municipality(real_data, reference):
    names = {normalised(name) for vintage in (308, 300, 285) for name in reference.units[f"naam_{vintage}"]}
    assert len(ALIASES) == ALIASES["alias"].map(normalised).nunique() == 41
    assert set(ALIASES["name"].map(normalised)) <= names
    assert not set(ALIASES["alias"].map(normalised)) & names
    assert (ALIASES["reason"] != "").all()


def test_aliases_hold_on_the_official_list_of_codes(real_data):
    units = municipalities.read(real_data / "nis/TU_COM_REFNIS.txt", MERGERS).table
    for vintage, count in ((308, 41), (300, 41), (285, 38)):  # three of them went into mergers with a new name
        index = Reference(units, ALIASES).names(vintage)
        held = [alias for alias in ALIASES["alias"] if normalised(alias) in index.full]
        assert len(held) == count
        assert {index.code(alias, "aliases") for alias in held} <= set(units[f"nis_{vintage}"])


def test_french_names_of_the_federal_lists_are_known(real_data, reference, register):
    """All communes of the country by their French names: the Flemish ones are found, the others are outside."""
    names = register["TX_REFNIS_FR"].str.replace(r"\s*\(.*\)", "", regex=True).str.upper()
    flemish = set(reference.units["nis_300"])
    index, ambiguous = reference.names(300), SOURCES["tax_rates"].options["ambiguous"]
    with pytest.raises(StudyError, match=r"1 of the 300 municipalities.*46021.*write the Dutch name"):
        tax_rates.match_names(names, index, ambiguous, "list")
    sint_niklaas = register["CD_REFNIS"] == "46021"
    found = tax_rates.match_names(names.where(~sint_niklaas, "SINT-NIKLAAS"), index, ambiguous, "list")
    inside = register["CD_REFNIS"].isin(flemish)
    assert (len(register), int(inside.sum()), int((found == "").sum())) == (581, 300, 281)
    assert found[inside].tolist() == register.loc[inside, "CD_REFNIS"].tolist()
