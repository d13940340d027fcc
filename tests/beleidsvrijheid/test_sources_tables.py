"""Plain tables, our own schema, and the check of every parsed table."""

import re
import zipfile

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.parties import harmonise
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table, read_workbook
from beleidsvrijheid.sources.schemas import validated
from beleidsvrijheid.sources.tables import parse_table

from .small_country import NO_ALIASES, REFERENCE, SOURCES, UNITS, book, write


def test_a_plain_table_must_fit_a_layout(tmp_path):
    with pytest.raises(StudyError, match="fits no known layout; needed: votes: year, nis, party, votes"):
        parse_table(write(tmp_path / "v.csv", "jaar,nis\n2014,95001\n"), SOURCES["flemish_parliament_votes"], REFERENCE)


def test_a_council_whose_seats_do_not_add_up_is_left_out_by_name(tmp_path):
    text = "nis_2019,partij,zetels,raad_totaal\n95010,x,10,17\n95010,y,7,17\n95003,x,9,11\n"
    parsed = parse(SOURCES["council_seats"], [write(tmp_path / "s.csv", text)], REFERENCE)
    assert parsed.table["nis"].tolist() == ["95010", "95010"] and set(parsed.table["year"]) == {2018}
    case = [row for row in parsed.checks if row.get("nis")]
    assert [(row["nis"], row["value"], row["expected"]) for row in case] == [("95003", 9.0, 11.0)]


def test_the_list_of_one_year_takes_its_year_from_the_name(tmp_path):
    path = write(tmp_path / "population_2018.csv", 'NIS_code,inhabitants\n95001,"14,304"\n95002,14 293\n95003,7\n')
    table = parse_table(path, SOURCES["population"], REFERENCE).table
    assert table["population"].tolist() == [14304, 14293, 7] and set(table["year"]) == {2018}


TIDY = {
    "staff": "nis,year,employer,vte\n95001,2018,municipality,10.5\n",
    "population": "nis,year,population\n95001,2018,100\n",
    "cpi": "year,index\n2015,100\n",
    "bbc_accounts_by_field_operating": "nis,report_year,year,code,spending_eur\n95010,2014,2014,0740,12.5\n",
    "belfius_clusters": "nis,cluster\n95001,V1\n",
    "mandates": "nis,vintage,term,person,function,party,start,end\n95010,300,2019,p1,mayor,x,2019-01-01,\n",
    "gemeentefonds": "nis,year,stream,amount_eur\n95001,2016,s,1\n",
    "election_results": "nis,vintage,year,party,votes,seats\n95010,300,2018,x,10,2\n",
    "college_spells": "nis,spells,days\n95010,2,800\n",
}


@pytest.mark.parametrize("source", TIDY)
def test_a_tidy_file_of_our_own_schema_is_a_source_too(tmp_path, source):
    parsed = parse(SOURCES[source], [write(tmp_path / "tidy.csv", TIDY[source])], REFERENCE)
    assert len(validated(parsed.table, SOURCES[source])) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nis,jaar,population\n", "column 'jaar' is not known; allowed for population: nis, vintage, year, population"),
        ("nis,year,population\n95001,2018,1.234,5\n", "row 2 has 4 cells"),
        ("nis,year,population\n95001,2018,veel\n", "'veel' is not a number in format 'plain'"),
    ],
)
def test_a_tidy_file_is_refused_by_column_and_row(tmp_path, text, message):
    with pytest.raises(StudyError, match=message):
        parse(SOURCES["population"], [write(tmp_path / "tidy.csv", text)], REFERENCE)


ACCOUNTS, PLANS = "bbc_accounts_by_field_operating", "bbc_plans_by_account_investment"
FINANCE, BALLOT = "nis,report_year,year,code,spending_eur,spending_per_inhabitant\n", "nis,year,party,votes,seats\n"
MANDATE, AREA = TIDY["mandates"], "nis,vintage,area_km2,geometry\n95001,308,1,"
# Source, text of its tidy.csv, what the refusal says.
BAD_TIDY = {
    "a header only": ("population", "nis,year,population\n", "population: tidy.csv: no rows, only a header"),
    "a number": ("population", "nis,year,population\n95001,2018,5\n\n95002,2018,veel\n", "population: row 4: 'veel'"),
    "a blank year": ("population", "nis,year,population\n95001,2018,5\n95002,,7\n", "year: row 3: '' is not a whole"),
    "half a year": ("population", "nis,year,population\n95001,2014.7,5\n", "year: row 2: '2014.7' is not a whole"),
    "an endless year": ("population", "nis,year,population\n95001,1e400,5\n", "year: row 2: '1e400' is not a number"),
    "a blank vintage": ("population", "nis,vintage,year,population\n95001,,2018,5\n", "vintage: row 2: '' is not"),
    "no vintage": ("mandates", MANDATE.replace("vintage,", "").replace("300,", ""), "column 'vintage' is missing"),
    "a field with its name": (ACCOUNTS, FINANCE + "95010,2014,2014,0740 Sport,1,1\n", "'0740 Sport' fails the code of one field"),
    "a field of three digits": (ACCOUNTS, FINANCE + "95010,2014,2014,740,1,1\n", "'740' fails the code of one field"),
    "no field": (ACCOUNTS, FINANCE + "95010,2014,2014,,1,1\n", "column 'code': '' fails the code of one field"),
    "an account with its name": (PLANS, FINANCE + "95010,2014,2014,214-0 Plan,1,1\n", "fails the code of one account"),
    "two reports of a year": (
        ACCOUNTS,
        FINANCE + "95010,2014,2014,0740,1,1\n95010,2015,2014,0740,1,1\n",
        "tidy.csv: .*2014 stands under .*2014 and 2015",
    ),
    "an employer": ("staff", "nis,year,employer,vte\n95001,2018,gemeente,5\n", r"'gemeente' fails isin\(\['municipality'"),
    "a function": ("mandates", MANDATE.replace("mayor", "burgemeester"), r"'burgemeester' fails isin\(\['mayor', 'alde"),
    "an end before the start": ("mandates", MANDATE[:-1] + "2018-05-01\n", "'end': 2018-05-01 is before start 2019-01-01"),
    "a mandate twice": ("mandates", MANDATE + MANDATE.splitlines()[1] + "\n", "person p1.* whole row\\) occurs twice"),
    "a date for ever": ("mandates", MANDATE[:-1] + "9999-12-31\n", "tidy.csv: end: row 2: '9999-12-31' is not a date"),
    "a date of long ago": ("mandates", MANDATE.replace("2019-01-01", "1019-01-01"), "start: row 2: '1019-01-01' is not"),
    "a Belgian date": ("mandates", MANDATE.replace("2019-01-01", "01/01/2019"), "start: row 2: '01/01/2019' is not a date"),
    "a tax": ("tax_rates", "nis,year,tax,rate\n95001,2018,APB,9\n", r"'APB' fails isin\(\['apb', 'opcentiemen'\]\)"),
    "a cluster": ("belfius_clusters", "nis,cluster\n95001,V77\n", "column 'cluster': 'V77' fails isin"),
    "a geometry": ("geometry", AREA + "x\n", "column 'geometry': 'x' fails a polygon in GeoJSON"),
    "a point": ("geometry", AREA + '"{""type"":""Point"",""coordinates"":[4,51]}"\n', "fails a polygon in GeoJSON"),
    "a blank stream": ("gemeentefonds", "nis,year,stream,amount_eur\n95001,2016,,1\n", "column 'stream': '' fails not blank"),
    "a list twice": ("election_results", BALLOT + "95001,2018,x,10,2\n95001,2018,x,10,2\n", "whole row.* occurs twice"),
    "an open quote": ("election_results", BALLOT + '95001,2018,"x,10,2\n' + "95002,2018,y,10,2\n" * 9_000, "not readable as CSV"),
    "an open quote at the end": ("belfius_clusters", 'nis,cluster\n95001,V1\n95002,"V2\n', "row 3: not readable as CSV"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TIDY)
def test_a_bad_tidy_file_is_refused_by_file_and_place(tmp_path, case):
    source, text, message = BAD_TIDY[case]
    with pytest.raises(StudyError, match=message) as refusal:
        parsed = parse(SOURCES[source], [write(tmp_path / "tidy.csv", text)], REFERENCE)
        validated(parsed.table, SOURCES[source], "tidy.csv")
    assert "tidy.csv" in str(refusal.value)


def test_two_lists_of_one_name_may_stand_side_by_side(tmp_path):
    path = write(tmp_path / "tidy.csv", BALLOT + "95001,2018,Andere,10,0\n95001,2018,Andere,12,0\n")
    parsed = parse(SOURCES["election_results"], [path], REFERENCE)
    assert len(validated(parsed.table, SOURCES["election_results"])) == 2


def test_totals_of_a_tidy_file_are_held_against_the_population(tmp_path):
    people = pd.DataFrame({"nis": ["95010", "95003"], "year": 2014, "population": [1000.0, 500.0]})
    rows = "95010,2014,2014,0740,12000,12\n\n95003,2014,2014,0740,60000,12\n"
    parsed = parse(
        SOURCES[ACCOUNTS], [write(tmp_path / "tidy.csv", FINANCE + rows)], Reference(UNITS, NO_ALIASES, people)
    )
    found = [row for row in parsed.checks if row["check"] == "total = per inhabitant x population"]
    assert [(row["n_checked"], row["n_failed"]) for row in found] == [(2, 1), (1, 1)]
    assert (found[1]["nis"], found[1]["value"], found[1]["expected"]) == ("95003", 60_000, 6_000)
    assert found[1]["reason"].startswith("row 4: ")


def test_duplicate_headers_and_short_rows_are_refused(tmp_path):
    with pytest.raises(StudyError, match="column 'a' occurs twice"):
        read_table(write(tmp_path / "t.csv", "a,a\n1,2\n"))
    with pytest.raises(StudyError, match="row 3 has 1 cells where the first row has 2"):
        read_table(write(tmp_path / "t.csv", "a,b\n1,2\n1\n"))
    with pytest.raises(StudyError, match="row 5 has 1 cells where the first row has 2"):
        read_table(write(tmp_path / "t.csv", '\na,b\n"1",2\n\n1\n'))


@pytest.mark.parametrize("quote", ["", '"'])
def test_rows_keep_their_number_after_blank_ones(tmp_path, quote):
    table = read_table(write(tmp_path / "t.csv", f"a,b\n1,{quote}2{quote}\n\n,\n3,4\n"))
    assert (table.index + 2).tolist() == [2, 5] and table["b"].tolist() == ["2", "4"]


BAD_CELLS = {
    "an error": ("#N/A", r"w\.xlsx: sheet 'A & B': cell B3: the error #N/A, which would read as blank"),
    "a formula": ("=1+1", r"w\.xlsx: sheet 'A & B': cell B3: a formula without a stored value"),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_cell_that_only_looks_blank_is_refused_by_sheet_and_cell(tmp_path, case):
    text, message = BAD_CELLS[case]
    path = book(tmp_path / "w.xlsx", {"first": [["x"]], "A & B": [["a", "b"], [1, 2], [3, text]]})
    with pytest.raises(StudyError, match=message):
        read_workbook(path)


def test_a_formula_with_its_value_and_one_that_gives_no_text_are_read(tmp_path):
    path = book(tmp_path / "w.xlsx", {"A": [["a", "b"], ["=1+1", "=1+2"]]})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # The library writes an empty value in one of several ways.
    sheet = re.sub(rb"<f>1\+1</f><v\s*(/>|></v>)", b"<f>1+1</f><v>2</v>", members["xl/worksheets/sheet1.xml"])
    sheet = re.sub(rb'<c r="B2"><f>1\+2</f><v\s*(/>|></v>)', b'<c r="B2" t="str"><f>1+2</f><v></v>', sheet)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, content)
    assert read_workbook(path) == {"A": [["a", "b"], [2.0, ""]]}


def test_what_is_no_workbook_is_refused_by_name(tmp_path):
    with pytest.raises(StudyError, match="w.xlsx: not readable as an xlsx workbook"):
        read_workbook(write(tmp_path / "w.xlsx", "no zip"))
    whole = book(tmp_path / "cut.xlsx", {"A": [["a"] * 50] * 50}).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StudyError, match="cut.xlsx: not readable as an xlsx workbook"):
        read_workbook(tmp_path / "cut.xlsx")


def test_a_parsed_table_is_checked_with_its_place():
    table = pd.DataFrame({"nis": ["95001", "9500"], "vintage": 308, "year": 2018, "population": [1.0, -2.0]})
    with pytest.raises(
        StudyError, match="population: t.csv: row vintage 308, nis 9500, year 2018: column 'nis': '9500'"
    ):
        validated(table, SOURCES["population"], "t.csv")


def test_party_labels_are_one_party():
    aliases = pd.DataFrame({"alias": ["openvld", "spa", "vb"], "party": ["openvld", "vooruit", "vlaamsbelang"]})
    labels = pd.Series(["OPEN VLD", "Open Vld", "sp.a", "VB", "Lijst van de Burgemeester"])
    assert harmonise(labels, aliases).tolist() == [
        "openvld", "openvld", "vooruit", "vlaamsbelang", "lijstvandeburgemeester",
    ]  # fmt: skip


def test_a_garbled_cell_is_refused_where_it_is_read_and_nowhere_else(tmp_path):
    text = "nis_2019,partij,zetels,raad_totaal,opmerking\n95010,x,10,17,coÃ¶peratie\n95010,y,7,17,\n"
    path = write(tmp_path / "s.csv", text)
    assert parse_table(path, SOURCES["council_seats"], REFERENCE).table["party"].tolist() == ["x", "y"]
    write(path, text.replace("95010,y", "95010,Ã©Ã©n"))
    with pytest.raises(StudyError, match="s.csv: partij: row 3: 'Ã©Ã©n' was saved in the wrong encoding"):
        parse_table(path, SOURCES["council_seats"], REFERENCE)
