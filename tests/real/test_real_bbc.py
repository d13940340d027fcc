"""BBC exports as published (layouts A and C) through the parsers of the pipeline; skipped where the figures are absent.

Counts only: how many rows, municipalities, years and filled cells, and what does not hold. No figure is quoted.
"""

from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.harmonise import population_on
from beleidsvrijheid.sources.municipalities import parse as parse_municipalities
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
FILES = {
    "bbc_plans_by_field_investment": "mjp bv *.csv",
    "bbc_plans_by_account_investment": "mjp rek *.csv",
    "bbc_accounts_by_account_investment": "*.xlsx",
}
NAME = "total = per inhabitant x population"


@pytest.fixture(scope="module")
def parsed(real_data):
    units = parse_municipalities(real_data / "nis/crosswalk_308_300_285.csv", ROOT / "workflow/tables/mergers.csv")
    names = read_table(ROOT / "workflow/tables/municipality_aliases.csv")
    paths = sorted((real_data / "population").glob("population_2*_nis20*.csv"))
    people = population_on(parse(SOURCES["population"], paths, Reference(units, names)).table, units, 285)
    reference = Reference(units, names, people)
    return {
        source: parse(SOURCES[source], sorted((real_data / "bbc").glob(pattern)), reference)
        for source, pattern in FILES.items()
    }


@pytest.mark.parametrize(
    ("source", "n_rows", "n_codes", "years", "n_totals", "n_rates"),
    [
        ("bbc_plans_by_field_investment", 92242, 145, (2014, 2027), 92242, 91126),
        ("bbc_plans_by_account_investment", 67519, 114, (2014, 2027), 67519, 66642),
        ("bbc_accounts_by_account_investment", 55742, 115, (2014, 2024), 0, 55742),
    ],
)
def test_rows_codes_years_and_filled_cells(parsed, source, n_rows, n_codes, years, n_totals, n_rates):
    table = parsed[source].table
    found = (len(table), table["code"].nunique(), (table["year"].min(), table["year"].max()))
    assert found == (n_rows, n_codes, years)
    assert table["nis"].nunique() == 285
    assert (table["spending_eur"].count(), table["spending_per_inhabitant"].count()) == (n_totals, n_rates)
    assert "receipts_eur" not in table


@pytest.mark.parametrize(
    ("source", "n_files", "n_checked", "n_failed"),
    [("bbc_plans_by_field_investment", 2, 83982, 787), ("bbc_plans_by_account_investment", 2, 61146, 579)],
)
def test_what_does_not_hold(parsed, source, n_files, n_checked, n_failed):
    """Rebuilt from a tidy extract, so some cells without a figure per inhabitant cannot be checked; none is refused."""
    checks = pd.DataFrame(parsed[source].checks)
    summary = checks[(checks["check"] == NAME) & checks["nis"].isna()].iloc[0]
    assert (summary["n_checked"], summary["n_failed"]) == (n_checked, n_failed)
    cases = checks[(checks["check"] == NAME) & checks["nis"].notna()]
    assert len(cases) == n_failed and cases["file"].nunique() == n_files
    assert cases["reason"].str.match(r"row \d+ \(\d{5}\), column \d+ \(Uitgave, 20\d\d, \S+\)").all()
    others = checks[(checks["kind"] == "check") & (checks["n_failed"] > 0) & (checks["check"] != NAME)]
    assert len(others) == 0


def test_the_workbook_holds_in_every_check_and_says_its_filters(parsed):
    own = parsed["bbc_accounts_by_account_investment"]
    assert [row for row in own.checks if row["kind"] == "check" and row["n_failed"]] == []
    assert [row["n_failed"] for row in own.checks if row["kind"] == "rows"] == [0, 0, 0]
    notes = next(iter(own.notes.values()))
    assert notes["rows"] == 285 and notes["filters"]["Status rapport"] == "Origineel"
    assert notes["filters"]["Niveau 7"].count(",") > 20
    assert (own.table["spending_per_inhabitant"] < 0).sum() > 0  # corrections are kept


@pytest.mark.parametrize("name", ["mjp bv 2014.csv", "mjp bv 2020.csv"])
@pytest.mark.parametrize("label", ["BV_domein", "BV_subdomein", "Beleidsveld"])
def test_a_row_of_labels_that_slides_by_a_field_is_refused(real_data, tmp_path, name, label):
    """As published, every field stands under its own domain and subdomain, or the tests above would not pass."""
    lines = (real_data / "bbc" / name).read_text(encoding="utf-8-sig").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith(label + ";"))
    cells = lines[at].rstrip("\r").split(";")
    lines[at] = ";".join([cells[0], cells[1], cells[2], *cells[1:-2]])
    (tmp_path / name).write_text("\n".join(lines[: at + 8]), encoding="utf-8")
    units = parse_municipalities(real_data / "nis/crosswalk_308_300_285.csv", ROOT / "workflow/tables/mergers.csv")
    names = read_table(ROOT / "workflow/tables/municipality_aliases.csv")
    with pytest.raises(StudyError, match=rf"{name}: column \d+: Beleidsveld .* does not belong to BV_"):
        parse(SOURCES["bbc_plans_by_field_investment"], [tmp_path / name], Reference(units, names))
