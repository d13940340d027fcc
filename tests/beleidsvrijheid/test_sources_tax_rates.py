"""Tax rates: the national list by name, the Flemish lists by code or name; refused by sheet and row."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import NameIndex
from beleidsvrijheid.simulation.publications import publication_files
from beleidsvrijheid.sources import tax_rates
from beleidsvrijheid.sources.reading import Reference
from beleidsvrijheid.sources.schemas import validated

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, UNITS, book

SOURCE = SOURCES["tax_rates"]
DAY = date(2024, 7, 1)
HEADER = ["VILLE OU COMMUNE", "Taux (%)"]
LONG = ["Gemeente", "NIS-code", "Jaar", "APB", "Opcentiemen"]
ALIASES = pd.DataFrame({"alias": ["Clèves"], "name": ["Cleve"], "reason": ["French"]})


def parse(*paths, aliases=ALIASES):
    return tax_rates.parse(list(paths), SOURCE, Reference(UNITS, aliases))


def national(folder, *rows, year=2024, header=HEADER):
    title = [["Taxe communale"], []]
    return book(folder / f"taux-taxe-communale-{year}.xlsx", {"Liste communes": [*title, header, *rows]})


def test_the_national_list_by_name(tmp_path):
    parsed = parse(national(tmp_path, ["AALHOUT", 7.5], ["CLEVES", "0,0 %"], ["NAMUR", 8], ["LIEGE", 8.5]))
    assert parsed.table.values.tolist() == [["95003", 300, 2024, "apb", 0.0], ["95010", 300, 2024, "apb", 7.5]]
    read = next(row for row in parsed.checks if row["check"] == "communes read")
    assert (read["n_checked"], read["n_failed"]) == (4, 2)
    assert next(row for row in parsed.checks if row["check"] == "APB of 0 %")["reason"].startswith("1 rates of 0 %")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["AALHOUT", 7]], r"1 of the 300 municipalities are not in the list: 95003 cleve \(nearest: none\)"),
        ([["AALHOUT", 7], ["CLEEVE", 7]], r"95003 cleve \(nearest: CLEEVE\).*municipality_aliases.csv"),
        ([["AALHOUT", 7], ["CLEVE", 7], ["CLEVES", 6]], r"row 5 \('CLEVE'\) and row 6 \('CLEVES'\) are both 95003"),
        ([["AALHOUT", 7], ["CLEVE", None]], "row 5: 'CLEVE' has no rate"),
        ([["AALHOUT", 7], ["CLEVE", DAY]], r"Taux \(%\): row 5: .* is text where a number is expected"),
        ([["AALHOUT", 7], ["CLEVE", "zeven"]], r"Taux \(%\): row 5: 'zeven' is not a number"),
        (
            [["AALHOUT", 0.07], ["CLEVE", 0.08]],
            "communale-2024.xlsx: the highest APB is 0.08 %: these look like shares",
        ),
    ],
)
def test_a_national_list_is_refused_by_row(tmp_path, rows, message):
    with pytest.raises(StudyError, match=message):
        parse(national(tmp_path, *rows))


def test_the_year_is_in_the_name_of_the_file(tmp_path):
    with pytest.raises(StudyError, match="put the year in the file's name"):
        parse(national(tmp_path, ["AALHOUT", 7], ["CLEVE", 7], year="nieuw"))


def test_a_place_outside_is_never_a_homonym_inside():
    units = UNITS.assign(naam_300=["Ham (Noord)", "Ham (Noord)", "Cleve"])
    index = NameIndex.of(units, 300, ALIASES)

    def matched(*names):
        return tax_rates.match_names(pd.Series(names), index, ["Kleef"], "list").tolist()

    assert matched("HAM (NOORD)", "HAM (ZUID)", "CLEVE") == ["95010", "", "95003"]
    assert matched("HAM", "CLEVES", "LIEGE", "KLEEF") == ["95010", "95003", "", ""]
    with pytest.raises(StudyError, match=r"row 0 \('HAM'\) and row 1 \('HAM \(ZUID\)'\) are both 95010"):
        matched("HAM", "HAM (ZUID)", "CLEVE")
    # A name shared with a place outside is not taken for the municipality, even where it is an alias.
    aliases = pd.DataFrame({"alias": ["Kleef"], "name": ["Cleve"], "reason": [""]})
    shared = NameIndex.of(units, 300, aliases)
    with pytest.raises(StudyError, match=r"95003.*'KLEEF' may be here or elsewhere: write the Dutch name"):
        tax_rates.match_names(pd.Series(["HAM", "KLEEF"]), shared, ["Kleef"], "list")


def test_a_long_list_by_code(tmp_path):
    rows = [LONG, ["Aalbeke", 95001, 2017, 7, 1500], ["Cleve", "95003", 2017, "6.5", None], ["Bron: x", "", "", "", ""]]
    parsed = parse(book(tmp_path / "a 2008-2022.xlsx", {"Blad1": rows, "Uitleg": [["Tekst"]]}))
    assert parsed.table.values.tolist() == [
        ["95001", 308, 2017, "apb", 7.0],
        ["95003", 308, 2017, "apb", 6.5],
        ["95001", 308, 2017, "opcentiemen", 1500.0],
    ]
    counted = {row["check"]: (row["n_checked"], row["n_failed"]) for row in parsed.checks if row["kind"] == "rows"}
    assert counted == {"rows read": (3, 1), "general rates": (3, 0), "sheets read": (2, 1)}
    note = next(row for row in parsed.checks if row["check"] == "opcentiemen before and from 2018")
    assert "1.588" in note["reason"] and note["reason"].startswith("1 rates before 2018 and 0")


def test_years_in_the_header_the_sheet_or_the_file(tmp_path):
    wide = [["Gemeente", 2018, 2019], ["Cleve", 7, 8]]
    table = parse(book(tmp_path / "w.xlsx", {"Tarief APB": wide})).table
    assert table.values.tolist() == [["95003", 308, 2018, "apb", 7.0], ["95003", 300, 2019, "apb", 8.0]]
    sheets = {"2018": [["NIS-code", "APB"], [95001, 7]], "2019": [["NIS-code", "APB"], [95010, 7]]}
    table = parse(book(tmp_path / "w.xlsx", sheets)).table
    assert table[["nis", "year", "vintage"]].values.tolist() == [["95001", 2018, 308], ["95010", 2019, 300]]
    table = parse(book(tmp_path / "o 2026.xlsx", {"x": [["Gemeente", "Opcentiemen"], ["Gemeente Cleve", 900]]})).table
    assert table.values.tolist() == [["95003", 285, 2026, "opcentiemen", 900.0]]


def test_of_several_rates_the_general_one(tmp_path):
    header = ["NIS-code", "Gemeente", "Tarief", "Opcentiemen"]
    rows = [["95010", "Aalhout", "Algemeen", 900], ["95010", "Aalhout", "Bedrijven", 1200], ["95003", "Cleve", "", 800]]
    parsed = parse(book(tmp_path / "o 2025.xlsx", {"x": [header, *rows]}))
    assert parsed.table[["nis", "rate"]].values.tolist() == [["95003", 800.0], ["95010", 900.0]]
    assert next(row for row in parsed.checks if row["check"] == "general rates")["n_failed"] == 1
    message = (
        r"sheet 'x': 95010 has 2 rates of opcentiemen for 2025: 900 \(row 2\), 1200 \(row 3\); mark the general one"
    )
    for mark in ("Bedrijven", "Algemeen"):  # none marked, and both
        doubtful = [[*row[:2], mark, row[3]] for row in rows]
        with pytest.raises(StudyError, match=message):
            parse(book(tmp_path / "o 2025.xlsx", {"x": [header, *doubtful]}))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["Gemeente", "Bedrag"], ["Cleve", 7]], r"o 2025.xlsx: no sheet has the columns of tax rates \(sheets: x\)"),
        ([["Gemeente", "APB"], ["Kleve", 7]], "sheet 'x': row 2: no municipality named 'Kleve' among the 285"),
        ([["Gemeente", "APB"], ["Cleve", "hoog"]], "sheet 'x': APB: row 2: 'hoog' is not a number"),
        ([["NIS-code", "APB"], ["9500", 7]], "NIS-code: row 2: '9500' is not a NIS code"),
        ([["Gemeente", "APB"], ["Cleve", DAY]], "sheet 'x': APB: row 2: .* is text where a number is expected"),
        (
            [LONG, ["Cleve", 95001, 2017, 7, 8], ["Aalbeke", 95002, 2017, 7, 8]],
            r"sheet 'x': row 2: NIS code 95001 is 'Aalbeke', but the name beside it is 'Cleve', which is 95003 \(4 such",
        ),
        ([LONG, ["Cleve", 95003, "nu", 7, 8]], "Jaar: row 2: 'nu' is not a year"),
        ([LONG, ["A", 95001, 2018, 7, 8], ["B", 95010, 2018, 7, 8]], "2018: NIS code 95010 .row 3. is none of the 308"),
        ([LONG, ["C", 95003, 2018, 7, 8], ["C", 95003, 2018, 7, 8]], r"95003 has 2 rates of apb for 2018: 7 \(row 2\)"),
        ([["Gemeente", "APB", "APB"], ["Cleve", 7, 8]], "column 'APB' occurs twice"),
    ],
)
def test_a_flemish_list_is_refused_by_row(tmp_path, rows, message):
    with pytest.raises(StudyError, match=message):
        parse(book(tmp_path / "o 2025.xlsx", {"x": rows}))


def test_one_rate_per_tax_and_year_over_all_files(tmp_path):
    one = national(tmp_path, ["AALHOUT", 7.5], ["CLEVE", 7])
    other = book(tmp_path / "a.xlsx", {"x": [LONG, ["Cleve", 95003, 2024, 7, 8]]})
    with pytest.raises(StudyError, match="communale-2024.xlsx and a.xlsx: 95003 has two rates of apb for 2024"):
        parse(one, other)
    recast = book(tmp_path / "b.xlsx", {"x": [LONG, ["Aalbeke", 95001, 2024, 7, 8]]})
    with pytest.raises(StudyError, match="a.xlsx and b.xlsx: apb of 2024 is on two geographies|two geographies"):
        parse(one, recast)


def test_the_simulated_rates_come_back(tmp_path):
    places, register, reference = simulated()
    country = places.country
    files = [
        (name, content)
        for name, content in publication_files(country, register, np.random.default_rng(1))
        if name.startswith("tax_rates/")
    ]
    paths = write_files(tmp_path, files)
    assert [path.name for path in paths] == SOURCE.simulated
    parsed = tax_rates.parse(paths, SOURCE, reference)
    table = validated(parsed.table, SOURCE)
    assert len(table) == 2 * (308 * 11 + 300 * 4) + 300 + 2 * 285
    outside = [row["n_failed"] for row in parsed.checks if row["check"] == "communes read"]
    assert outside == [5, 5]
    apb = table[table["tax"] == "apb"].set_index(["year", "nis"])["rate"]
    part = dict(zip(register.nis_2018, range(308), strict=True))
    first = apb[2010]
    largest = pd.Series(register.nis_2018[country.main_part], register.nis_2025)
    assert (apb[2025] == first[largest[apb[2025].index]].to_numpy()).all() and len(part) == 308
    surtax = table[table["tax"] == "opcentiemen"].set_index(["year", "nis"])["rate"]
    ratio = surtax[2017] / surtax[2018]
    assert ratio.between(1.586, 1.590).all() and int((first == 0).sum()) == 3
    assert len(surtax[2025]) == 285 and REFERENCE is not reference
