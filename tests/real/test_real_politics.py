"""Lists of candidates of two elections as they were; skipped with a reason where the figures are absent."""

from pathlib import Path

import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.sources.municipalities import parse as parse_municipalities
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.sources.schemas import validated

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
SOURCE = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))["election_lists"]


@pytest.fixture(scope="module")
def parsed(real_data):
    units = parse_municipalities(real_data / "nis/crosswalk_308_300_285.csv", ROOT / "workflow/tables/mergers.csv")
    reference = Reference(units, read_table(ROOT / "workflow/tables/municipality_aliases.csv"))
    return parse(SOURCE, [real_data / f"elections/lists_{year}.csv" for year in (2018, 2024)], reference)


def test_lists_per_election(parsed):
    table = validated(parsed.table, SOURCE)
    by_year = table.groupby(["year", "vintage"])
    assert by_year.size().to_dict() == {(2018, 300): 1624, (2024, 285): 1451}
    # Two municipalities had one list only in 2024 and no vote; they are not in this file.
    assert by_year["nis"].nunique().to_dict() == {(2018, 300): 300, (2024, 285): 283}
    assert by_year["candidates"].count().to_dict() == {(2018, 300): 0, (2024, 285): 1451}
    assert table["candidates"].sum() == 33430
    assert {row["n_failed"] for row in parsed.checks} == {0}
