"""Grants per stream."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import gemeentefonds

from .small_country import REFERENCE, SOURCES, book


def test_grants_per_stream(tmp_path):
    header = ["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]
    rows = [header, [95001, "Aalbeke", 2016, "sectorale subsidies", 12.5]]
    table = gemeentefonds.parse(book(tmp_path / "g.xlsx", {"Export": rows}), SOURCES["gemeentefonds"], REFERENCE).table
    assert table[["nis", "stream", "amount_eur"]].values.tolist() == [["95001", "sectorale subsidies", 12.5]]
    with pytest.raises(StudyError, match="occurs twice"):
        gemeentefonds.parse(
            book(tmp_path / "g.xlsx", {"Export": [*rows, rows[1]]}), SOURCES["gemeentefonds"], REFERENCE
        )
