"""Staff: two employers, refused by tab and place."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import staff

from .small_country import REFERENCE, SOURCES, book

STAFF_HEADER = ["Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde"]


def test_staff_of_two_employers(tmp_path):
    tabs = {
        "VTE_gemeente": [STAFF_HEADER, ["Aalbeke", "95001", "x", 2018, 10.5], ["Cleve", "95003", "x", 2018, None]],
        "VTE_ocmw": [STAFF_HEADER, ["Aalbeke", 95001, "x", 2018, 4]],
    }
    table = staff.parse(book(tmp_path / "p.xlsx", tabs), SOURCES["staff"], REFERENCE).table
    assert table[["nis", "employer", "vte", "vintage"]].values.tolist() == [
        ["95001", "municipality", 10.5, 308],
        ["95001", "ocmw", 4.0, 308],
    ]  # an empty cell is absent


@pytest.mark.parametrize(
    ("tabs", "message"),
    [
        ({"VTE_gemeente": [STAFF_HEADER]}, "needs a tab ending in _gemeente and one ending in _ocmw"),
        ({"VTE_gemeente": [["Gemeente"]], "VTE_ocmw": [STAFF_HEADER]}, "column 'NIS-code' is missing"),
        (
            {"VTE_gemeente": [STAFF_HEADER, ["A", "95001", "x", 2018, "1,5"]], "VTE_ocmw": [STAFF_HEADER]},
            "'1,5' is text",
        ),
        (
            {
                "VTE_gemeente": [STAFF_HEADER, *[["A", "95001", "x", 2018, 1]] * 2],
                "VTE_ocmw": [STAFF_HEADER, ["A", "95001", "x", 2018, 1]],
            },
            "has two figures for 2018",
        ),
    ],
)
def test_staff_refuses_by_place(tmp_path, tabs, message):
    with pytest.raises(StudyError, match=message):
        staff.parse(book(tmp_path / "p.xlsx", tabs), SOURCES["staff"], REFERENCE)
