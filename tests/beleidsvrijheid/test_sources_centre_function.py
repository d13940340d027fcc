"""Centre function in nine classes; refused by sheet and row."""

import numpy as np
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.publications import publication_files
from beleidsvrijheid.sources import centre_function

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, book

SOURCE = SOURCES["centre_function"]
HEADER = ["gemeente", "Name gemeente", "uitrustingsgraad", "Name uitrustingsgraad"]
AALHOUT, CLEVE = [95010, "Aalhout", "a0", "steden"], ["95003", "Cleve", "c3", "zwak"]


def parse(path):
    return centre_function.parse(path, SOURCE, REFERENCE)


def test_classes_are_numbered_in_the_order_of_the_catalogue(tmp_path):
    parsed = parse(book(tmp_path / "uitrustingsgraad_nis2025.xlsx", {"Blad1": [HEADER, AALHOUT, CLEVE]}))
    columns = ["nis", "vintage", "year", "class_number", "class_label"]
    assert parsed.table[columns].values.tolist() == [
        ["95003", 285, 2025, 9.0, "zwak"],
        ["95010", 285, 2025, 1.0, "steden"],
    ]
    lacking = parse(book(tmp_path / "uitrustingsgraad_nis2025.xlsx", {"Blad1": [HEADER, CLEVE]}))
    once = next(row for row in lacking.checks if row["check"] == "every municipality exactly once")
    assert (once["n_checked"], once["n_failed"]) == (2, 1) and once["reason"].endswith("95010")


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("u.xlsx", [HEADER, CLEVE], "u.xlsx: this layout has no year column; put the year in the file's name"),
        ("u2025.xlsx", [HEADER[:3], CLEVE[:3]], "column 'Name uitrustingsgraad' is missing"),
        (
            "u2025.xlsx",
            [HEADER, [*CLEVE[:2], "d0", "x"]],
            "sheet 'Blad1': row 2: uitrustingsgraad 'd0' is not one of a0",
        ),
        (
            "u2025.xlsx",
            [HEADER, AALHOUT, [*CLEVE[:2], "a0", "stad"]],
            "row 3: class a0 is called 'stad' here and 'steden'",
        ),
        (
            "u2025.xlsx",
            [HEADER, [95003, *AALHOUT[1:]], ["95010", *CLEVE[1:]]],
            r"row 2: NIS code 95003 is 'Cleve', but the name beside it is 'Aalhout', which is 95010 \(2 such rows\)",
        ),
        ("u2025.xlsx", [HEADER, CLEVE, CLEVE], "row 3: 95003 occurs twice"),
        ("u2025.xlsx", [HEADER, ["95001", *CLEVE[1:]]], "row 2: 95001 is not one of the 285"),
        ("u2025.xlsx", [HEADER, ["Cleve", *CLEVE[1:]]], "gemeente: row 2: 'Cleve' is not a NIS code"),
    ],
)
def test_refused_by_place(tmp_path, name, rows, message):
    with pytest.raises(StudyError, match=message):
        parse(book(tmp_path / name, {"Blad1": rows}))


def test_the_simulated_classes(tmp_path):
    places, register, reference = simulated()
    files = dict(publication_files(places.country, register, np.random.default_rng(1)))
    name = "centre_function/uitrustingsgraad_nis2025.xlsx"
    (path,) = write_files(tmp_path, [(name, files[name])])
    table = centre_function.parse(path, SOURCE, reference).table.set_index("nis")
    cities = places.country.cluster[places.country.main_part] == 15
    assert set(table.index[table["class_number"] == 1]) == set(register.nis_2025[cities])
    assert sorted(table["class_number"].unique()) == list(range(1, 10)) and len(table) == 285
