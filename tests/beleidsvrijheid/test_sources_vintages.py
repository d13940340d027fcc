"""On which geography a file is, told by its codes."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.vintages import fitting, vintage_by_codes

# A place that stands alone, a merger of 2019 and one of 2025 of which the largest part keeps its code.
UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003", "95004", "95005"],
        "nis_300": ["95001", "95102", "95102", "95004", "95005"],
        "nis_285": ["95001", "95102", "95102", "95004", "95004"],
    }
)


def vintages(*rows):
    table = pd.DataFrame(rows, columns=["nis", "year"]).assign(row=range(2, len(rows) + 2))
    return vintage_by_codes(table, UNITS, "t.xlsx").tolist()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("95002", 2010), ("95002", 2024)], [308, 308]),  # recast on the past
        ([("95102", 2010), ("95005", 2024)], [300, 300]),  # the two codes together are of one geography
        ([("95002", 2018), ("95102", 2019)], [308, 300]),  # each year on its own
        ([("95004", 2018), ("95004", 2020), ("95004", 2026)], [308, 300, 285]),  # of all: the one in force
        ([("95005", 2026)], [300]),  # not of the one in force: the nearest
        ([("95102", 2010)], [300]),
    ],
)
def test_the_codes_tell(rows, expected):
    assert vintages(*rows) == expected


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("95002", 2018), ("95003", 2018), ("95102", 2018)], r"t.xlsx: 2018: NIS code 95102 \(row 4\).*300 or 285"),
        ([("95001", 2018), ("11001", 2018)], r"11001 \(row 3\) is none of the 308.*no geography has it"),
    ],
)
def test_codes_of_two_geographies_are_refused(rows, message):
    with pytest.raises(StudyError, match=message):
        vintages(*rows)


def test_fitting_is_finest_first():
    assert fitting({"95001"}, UNITS) == [308, 300, 285] and fitting({"95002", "95102"}, UNITS) == []
