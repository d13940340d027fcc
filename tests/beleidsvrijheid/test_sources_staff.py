"""Staff: two employers from tabs and from OData answers; refused by file and place."""

import json

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.parameters import YEARS
from beleidsvrijheid.simulation.registers import on_year, staff_files
from beleidsvrijheid.sources import staff

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, book, write

HEADER = ["Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde"]
SOURCE = SOURCES["staff"]


def tabs(path, municipality=(), ocmw=()):
    return book(path, {"VTE_gemeente": [HEADER, *municipality], "VTE_ocmw": [HEADER, *ocmw]})


def odata(path, *rows, **members):
    """(period, code, value) as an answer."""
    names = ("Period", "ExternalCode", "ValueString")
    content = {"value": [dict(zip(names, row, strict=True)) for row in rows]} | members
    return write(path, json.dumps(content))


def both(folder, **changed):
    """A good answer for each employer, with the rows of one replaced."""
    rows = {"9101": [("2018", "gemeente2018_95001", "10.5")], "9102": [("2018", "gemeente2018_95001", "4,5")]}
    return [odata(folder / f"{name}_gemeente2018.json", *own) for name, own in (rows | changed).items()]


def test_staff_of_two_employers(tmp_path):
    path = tabs(
        tmp_path / "p.xlsx",
        [["Aalbeke", "95001", "x", 2018, 10.5], ["Cleve", "95003", "x", 2018, None]],
        [["Aalbeke", 95001, "x", 2018, 4]],
    )
    parsed = staff.parse([path], SOURCE, REFERENCE)
    assert parsed.table[["nis", "employer", "vte", "vintage"]].values.tolist() == [
        ["95001", "municipality", 10.5, 308],
        ["95001", "ocmw", 4.0, 308],
    ]  # an empty cell is absent
    counted = {row["code"]: (row["n_checked"], row["n_failed"]) for row in parsed.checks if "code" in row}
    assert counted == {"VTE_gemeente": (2, 1), "VTE_ocmw": (1, 0)}


def test_the_geo_level_is_the_geography_of_every_year(tmp_path):
    first = odata(
        tmp_path / "9101_gemeente.json",
        ("2012", "gemeente_95010", "1234,5"),
        ("2012", "gemeente_95003", "-99997"),
        ("2013", "gemeente_95003", "x"),
        ("2013", "gemeente_95010", None),
        ("2013", "gemeente_99992", "3,5"),
        ("2014", "gemeente_95010", "0,25"),
    )
    second = odata(
        tmp_path / "9102_gemeente2018.json",
        ("2012", "gemeente2018_95002", "7.125"),
        ("2013", "gemeente2018_95002", "7.5"),
    )
    parsed = staff.parse([first, second], SOURCE, REFERENCE)
    assert parsed.table[["nis", "vintage", "year", "employer", "vte"]].values.tolist() == [
        ["95002", 308, 2012, "ocmw", 7.125],
        ["95010", 285, 2012, "municipality", 1234.5],
        ["95002", 308, 2013, "ocmw", 7.5],
        ["95010", 285, 2014, "municipality", 0.25],
    ]
    counted = {(row["file"][:4], row["check"]): row["n_failed"] for row in parsed.checks}
    assert counted["9101", "municipality unknown"] == 1 and counted["9101", "figures hidden or missing"] == 3
    assert [parsed.notes[path.name]["number_format"] for path in (first, second)] == ["nl", "plain"]


def test_workbook_and_answers_together(tmp_path):
    path = tabs(tmp_path / "p.xlsx", [["Aalbeke", "95001", "x", 2017, 9]], [["Aalbeke", "95001", "x", 2017, 3]])
    table = staff.parse([path, *both(tmp_path)], SOURCE, REFERENCE).table
    assert table[["year", "vte"]].values.tolist() == [[2017, 9], [2017, 3], [2018, 10.5], [2018, 4.5]]


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ({"VTE_gemeente": [HEADER]}, "p.xlsx: needs a tab ending in _gemeente and one ending in _ocmw"),
        (
            {"Toelichting": [["Bron"]]},
            "p.xlsx: no tab on staff, whose name would end in _gemeente or _ocmw; found: Toelichting",
        ),
        ({"VTE_gemeente": [["Gemeente"]], "VTE_ocmw": [HEADER]}, "tab 'VTE_gemeente': column 'NIS-code' is missing"),
        (
            {"VTE_gemeente": [HEADER, ["A", "95001", "x", 2018, "1,5"]], "VTE_ocmw": [HEADER]},
            "Waarde: row 2: '1,5' is text",
        ),
        ({"VTE_gemeente": [HEADER, ["A", "9500", "x", 2018, 1]]}, "NIS-code: row 2: '9500' is not a NIS code"),
        ({"VTE_gemeente": [HEADER, ["A", "95001", "x", "'18", 1]]}, 'Jaar: row 2: "\'18" is not a year'),
        (
            {"VTE_gemeente": [HEADER, ["A", "95001", "x", 2018, 1], ["B", "95010", "x", 2018, 1]]},
            r"2018: NIS code 95010 \(row 3\) is none of the 308 municipalities.*one of the 300 or 285",
        ),
        (
            {
                "VTE_gemeente": [HEADER, ["Aalbeke", "95001", "x", 2018, 1]],
                "VTE_ocmw": [HEADER, ["Aalbeke", "95002", "x", 2018, None]],
            },
            r"tab 'VTE_ocmw': row 2: NIS code 95002 is 'Berkhout', but the name beside it is 'Aalbeke', which is 95001",
        ),
        ({"VTE_gemeente": [[*HEADER[:4], "VTE"], ["A", "95001", "x", 2018, 1]]}, "column 'Waarde' is missing"),
        (
            {"VTE_gemeente": [[*HEADER, "Waarde"], ["A", "95001", "x", 2018, 1, 2]]},
            "'Waarde' occurs twice in the header",
        ),
        (
            {
                "VTE_gemeente": [HEADER, *[["A", "95001", "x", 2018, 1]] * 2],
                "VTE_ocmw": [HEADER, ["A", "95001", "x", 2018, 1]],
            },
            r"p.xlsx: 95001 has two figures for 2018 \(municipality\)",
        ),
    ],
)
def test_a_workbook_is_refused_by_place(tmp_path, sheets, message):
    with pytest.raises(StudyError, match=message):
        staff.parse([book(tmp_path / "p.xlsx", sheets)], SOURCE, REFERENCE)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("2018", "gemeente2018_95010", "1")], "value 1: ExternalCode 'gemeente2018_95010' is not one of the 308"),
        (
            [("2018", "gemeente_95010", "1")],
            "value 1: ExternalCode 'gemeente_95010' is not a municipality of geo level",
        ),
        ([("2018Q2", "gemeente2018_95001", "1")], "value 1: Period '2018Q2' is not a year"),
        ([("2018", "gemeente2018_95001", "1 VTE")], "value: row 1: '1 VTE' is not a number"),
        (
            [("2018", "gemeente2018_95001", "1.234"), ("2018", "gemeente2018_95002", "2.500")],
            "row 1: '1.234' is 1.234 in format plain and 1234 in nl",
        ),
        (
            [("2018", "gemeente2018_95001", "1.5"), ("2018", "gemeente2018_95002", "2,5")],
            "'1.5' is not a number in format 'nl'",
        ),
        ([("2018", "gemeente2018_95001", "1")] * 2, "9102_gemeente2018.json: 95001 has two figures for 2018"),
        ([], "9102_gemeente2018.json: no list of figures under 'value'"),
    ],
)
def test_an_answer_is_refused_by_place(tmp_path, rows, message):
    with pytest.raises(StudyError, match=message):
        staff.parse(both(tmp_path, **{"9102": rows}), SOURCE, REFERENCE)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("9103_gemeente.json", "{}", "9103_gemeente.json: the name must be VARIABLE_LEVEL.json"),
        ("9101_provincie.json", "{}", "LEVEL one of gemeente, gemeente2024, gemeente2018"),
        ("9101_gemeente.json", '{"value": [', "9101_gemeente.json: line 1: not JSON"),
        ("9101_gemeente.json", '{"value": [{"Period": "2018"}]}', "value 1: 'ExternalCode' is missing"),
        ("9101_gemeente.json", '{"value": [7], "@odata.nextLink": "u"}', "one page of several"),
        ("9101_gemeente.json", "<html>401</html>", "a web page, not data"),
        ("9101_gemeente.json", "[" * 100_000, "9101_gemeente.json: not JSON .*nested without end"),
    ],
)
def test_a_file_that_is_no_answer_is_refused(tmp_path, name, text, message):
    with pytest.raises(StudyError, match=message):
        staff.parse([write(tmp_path / name, text)], SOURCE, REFERENCE)


def test_one_figure_and_one_geography_per_employer_and_year(tmp_path):
    same = tabs(tmp_path / "p.xlsx", [["Aalbeke", "95001", "x", 2018, 1]])
    with pytest.raises(StudyError, match=r"p.xlsx and 9101_gemeente2018.json: 95001 has two figures for 2018"):
        staff.parse([same, *both(tmp_path)], SOURCE, REFERENCE)
    recast = odata(tmp_path / "9101_gemeente.json", ("2018", "gemeente_95010", "12.5"))
    with pytest.raises(StudyError, match=r"2018 \(municipality\) is on 285 and 308 municipalities"):
        staff.parse([*both(tmp_path), recast], SOURCE, REFERENCE)


def test_the_simulated_staff_come_back(tmp_path):
    places, register, reference = simulated()
    files, gaps = staff_files(places, register, np.random.default_rng(1))
    assert sorted(files) == sorted(SOURCE.simulated)
    table = staff.parse(write_files(tmp_path, files.items()), SOURCE, reference).table
    absent = {(gap["nis"], gap["year"]) for gap in gaps}
    assert len(table) == 2 * (308 * 10 + 300 * 6 + 285 - len(absent))
    assert not absent & set(zip(table["nis"], table["year"], strict=True))
    totals = table.groupby(["year", "nis"])["vte"].sum()
    for column, year in enumerate(YEARS):
        nis = register.on_year(year)[0].astype(str)
        expected = pd.Series(on_year(places.staff[:, column], places.country, year), nis).drop(
            [code for code, gone in absent if gone == year]
        )
        pd.testing.assert_series_equal(
            totals[year].sort_index(), expected.sort_index(), atol=0.011, rtol=0, check_names=False
        )
