"""The parsers of Statbel on real files; skipped with a reason where these are absent. Counts may be stated, rows may not."""

from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.sources import municipalities
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
MERGERS = ROOT / "workflow/tables/mergers.csv"


@pytest.fixture(scope="module")
def register(real_data):
    return municipalities.read(real_data / "nis/TU_COM_REFNIS.txt", MERGERS)


@pytest.fixture(scope="module")
def reference(register):
    return Reference(register.table, read_table(ROOT / "workflow/tables/municipality_aliases.csv"))


def counts(parsed):
    """{check: (checked, failed)} of the summaries, figures by their column."""
    summaries = [row for row in parsed.checks if "nis" not in row]
    return {
        row["reason"].split(":")[0] if row["check"] == "figures missing" else row["check"]: (
            row["n_checked"],
            row["n_failed"],
        )
        for row in summaries
    }


def test_the_register_is_the_crosswalk_but_for_brackets(register, real_data):
    units = register.table
    crosswalk = municipalities.parse(real_data / "nis/crosswalk_308_300_285.csv", MERGERS)
    assert [units[f"nis_{vintage}"].nunique() for vintage in (308, 300, 285)] == [308, 300, 285]
    same = ["nis_308", "nis_300", "nis_285", "province_308", "province_285"]
    pd.testing.assert_frame_equal(units[same], crosswalk[same])
    # The register tells eleven homonyms apart by a bracket that the crosswalk lacks; three of them merged in 2025.
    for vintage, n_bracketed in ((308, 11), (300, 11), (285, 8)):
        names = units[f"naam_{vintage}"]
        assert names.str.contains(" (", regex=False).sum() == n_bracketed
        assert names.str.replace(r" \(.*\)", "", regex=True).equals(crosswalk[f"naam_{vintage}"])
    assert (units["province_308"] != units["province_285"]).sum() == 1
    found = counts(register)
    assert found["rows read"] == (2769, 0) and found["rows left out"] == (2769, 2769 - 308 - 7)
    assert "from the table of mergers" in register.checks[-1]["reason"]  # this copy ends before 2025


@pytest.mark.parametrize("vintage", [308, 300, 285])
def test_bare_names_find_their_municipality(reference, vintage):
    names = reference.names(vintage)
    pairs = reference.units[[f"nis_{vintage}", f"naam_{vintage}"]].drop_duplicates()
    bare = pairs[f"naam_{vintage}"].str.replace(r" \(.*\)", "", regex=True)
    assert [names.code(name.upper(), "test") for name in bare] == pairs[f"nis_{vintage}"].tolist()


def test_income_of_nine_years_on_the_municipalities_of_2018(reference, real_data):
    parsed = parse(SOURCES["income"], [real_data / "income/TF_PSNL_INC_TAX_MUNTY.txt"], reference)
    assert len(parsed.table) == 308 * 9 and set(parsed.table["vintage"]) == {308}
    assert sorted(parsed.table["year"].unique()) == list(range(2005, 2014))
    found = counts(parsed)
    assert found["rows read"] == (5301, 0) and found["rows outside Flanders dropped"] == (5301, 2529)
    assert found["total tax = state + municipal + agglomeration"] == (2772, 0)
    assert parsed.table.notna().all().all()
    untaxed = parsed.table[parsed.table["municipal_tax_eur"] == 0]
    assert untaxed.groupby("nis").size().sort_values().tolist() == [7, 9, 9]


def test_the_extract_gives_the_same_figures(reference, real_data):
    full = parse(SOURCES["income"], [real_data / "income/TF_PSNL_INC_TAX_MUNTY.txt"], reference).table
    extract = parse(SOURCES["income"], [real_data / "income/income_apb_2005_2013_nis2018.csv"], reference).table
    assert len(extract) == 2772
    pd.testing.assert_frame_equal(extract, full.drop(columns="total_tax_eur"))


def test_residents_are_the_inhabitants_of_the_first_of_january_after(reference, real_data):
    income = parse(SOURCES["income"], [real_data / "income/TF_PSNL_INC_TAX_MUNTY.txt"], reference).table
    people = parse(SOURCES["population"], [real_data / "population/population_2009_2015_nis2018.csv"], reference).table
    both = income.assign(year=income["year"] + 1).merge(people, on=["nis", "vintage", "year"])
    assert len(both) == 308 * 6  # income years 2008 to 2013
    ratio = both["residents"] / both["population"]
    assert (ratio == 1).mean() > 0.88 and ratio.between(0.98, 1.02).all()


def test_population_and_prices(reference, real_data):
    paths = sorted((real_data / "population").glob("population_2*_nis20*.csv"))
    parsed = parse(SOURCES["population"], paths, reference)
    assert len(paths) == 5 and len(parsed.table) == 7909
    found = counts(parsed)
    assert found["rows outside the municipalities dropped"] == (8752, 843)
    assert found["rows without a figure dropped"] == (7909, 0)
    assert parsed.table.groupby("vintage")["year"].nunique().to_dict() == {285: 17, 300: 2, 308: 8}
    prices = parse(SOURCES["cpi"], [real_data / "codes/cpi.json"], reference)
    assert len(prices.table) == 15 and prices.table["year"].tolist() == list(range(2011, 2026))
