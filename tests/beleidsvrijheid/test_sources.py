"""The other publishers' layouts: read as printed, refused by file and place."""

import json
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.parties import harmonise
from beleidsvrijheid.sources import (
    belfius,
    gemeentefonds,
    mandatendatabank,
    municipalities,
    staff,
    statbel,
    vlaanderenkiest,
)
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import read_table
from beleidsvrijheid.sources.schemas import validated
from beleidsvrijheid.sources.tables import parse_table

ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003"],
        "nis_300": ["95010", "95010", "95003"],
        "nis_285": ["95010", "95010", "95003"],
        "naam_308": ["Aalbeke", "Berkhout", "Cleve"],
        "naam_300": ["Aalhout", "Aalhout", "Cleve"],
        "naam_285": ["Aalhout", "Aalhout", "Cleve"],
    }
)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def book(path, sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


HEADER = ["NIS code", "Naam", "Mannen", "Vrouwen", "Totaal"]


def test_population_per_year_on_its_own_geography(tmp_path):
    path = book(
        tmp_path / "Bevolking.xlsx",
        {
            "Bevolking in 2018": [["titel"], HEADER, ["02000", "Vlaams Gewest", 5, 5, 10], [95001, "Aalbeke", 3, 4, 7]],
            "Bevolking in 2019": [["titel"], HEADER, ["95010", "Aalhout", 3, 5, 8], ["62093", "Elders", 1, 1, 2]],
            "Toelichting": [["tekst"]],
        },
    )
    parsed = statbel.parse_population([path], SOURCES["population"], UNITS)
    rows = parsed.table[["nis", "vintage", "year", "population"]].values.tolist()
    assert rows == [["95001", 308, 2018, 7.0], ["95010", 300, 2019, 8.0]]
    dropped = [row for row in parsed.checks if row["check"].startswith("rows outside")][0]
    assert dropped["n_failed"] == 2 and "62093" in dropped["reason"]


def test_population_as_text_is_refused(tmp_path):
    path = book(tmp_path / "B.xlsx", {"Bevolking in 2018": [HEADER, ["95001", "Aalbeke", 3, 4, "1.234"]]})
    with pytest.raises(StudyError, match=r"B\.xlsx: sheet 'Bevolking in 2018': row 95001: '1\.234' is text"):
        statbel.parse_population([path], SOURCES["population"], UNITS)


def test_prices_repeat_only_when_equal(tmp_path):
    facts = [{"Jaar": "2015", "Consumptieprijsindex": 100.9}] * 2 + [{"Jaar": "2014", "Consumptieprijsindex": 100.3}]
    path = write(tmp_path / "cpi.json", json.dumps({"facts": facts}))
    assert statbel.parse_prices(path).table.values.tolist() == [[2014, 100.3], [2015, 100.9]]
    facts[0] = {"Jaar": "2015", "Consumptieprijsindex": 99}
    with pytest.raises(StudyError, match="2015 has two different indices"):
        statbel.parse_prices(write(tmp_path / "cpi.json", json.dumps({"facts": facts})))


STAFF_HEADER = ["Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde"]


def test_staff_of_two_employers(tmp_path):
    tabs = {
        "VTE_gemeente": [STAFF_HEADER, ["Aalbeke", "95001", "x", 2018, 10.5], ["Cleve", "95003", "x", 2018, None]],
        "VTE_ocmw": [STAFF_HEADER, ["Aalbeke", 95001, "x", 2018, 4]],
    }
    table = staff.parse(book(tmp_path / "p.xlsx", tabs), SOURCES["staff"]).table
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
        staff.parse(book(tmp_path / "p.xlsx", tabs), SOURCES["staff"])


def test_a_misprinted_cluster_needs_a_reviewed_correction(tmp_path):
    path = write(tmp_path / "belfius.csv", "nis_2018,cluster\n95001,V1\n95002,V61\n")
    with pytest.raises(StudyError, match="95002: cluster 'V61' does not exist"):
        belfius.parse(path, None, SOURCES["belfius_clusters"])
    header = "nis_2018,column,printed,corrected,reason\n"
    corrections = write(tmp_path / "corrections.csv", header + "95002,cluster,V61,V16,misprint\n")
    parsed = belfius.parse(path, corrections, SOURCES["belfius_clusters"])
    assert parsed.table["cluster"].tolist() == ["V1", "V16"]
    stale = write(tmp_path / "corrections.csv", header + "95001,cluster,V61,V16,misprint\n")
    with pytest.raises(StudyError, match="95001: the source does not print 'V61'"):
        belfius.parse(path, stale, SOURCES["belfius_clusters"])


def test_families_follow_the_clusters():
    assert belfius.family(pd.Series([1, 5, 6, 8, 9, 12, 13, 14, 15, 16])).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 6]


def election(path, lists, results):
    with zipfile.ZipFile(path, "w") as archive:
        for nis, content in lists.items():
            archive.writestr(f"gemeente/{nis}/entiteitLijsten.json", json.dumps(content))
        for nis, content in results.items():
            archive.writestr(f"gemeente/{nis}/entiteitUitslag.json", json.dumps(content))
    return path


LISTS = {"95010": {"G": {"12": {"nr": 1, "nm": "OPEN VLD"}, "-3": {"nr": 2, "nm": "Samen"}}}}
RESULTS = {"95010": {"G": {"95010": {"us": {"12": {"sc": 600, "zs": 10}, "-3": {"sc": 400, "zs": 7}}, "os": {}}}}}


def test_an_election_is_on_the_units_of_the_year_that_follows(tmp_path):
    parsed = vlaanderenkiest.parse([election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS)])
    assert parsed.table[["nis", "party", "votes", "seats", "year", "vintage"]].values.tolist() == [
        ["95010", "OPEN VLD", 600.0, 10.0, 2018, 300],
        ["95010", "Samen", 400.0, 7.0, 2018, 300],
    ]


@pytest.mark.parametrize(
    ("name", "lists", "results", "message"),
    [
        ("uitslag.zip", LISTS, RESULTS, "name the archive of an election verkiezingenYYYY.zip"),
        ("verkiezingen2018.zip", LISTS, {}, "do not pair up"),
        ("verkiezingen2018.zip", LISTS, {"95010": {"G": {}}}, "gemeente/95010: key '95010' is missing"),
    ],
)
def test_an_election_is_refused_by_place(tmp_path, name, lists, results, message):
    with pytest.raises(StudyError, match=message):
        vlaanderenkiest.parse([election(tmp_path / name, lists, results)])


def test_a_broken_archive_is_refused(tmp_path):
    with pytest.raises(StudyError, match="not a readable zip"):
        vlaanderenkiest.parse([write(tmp_path / "verkiezingen2018.zip", "no zip")])


MANDATES = """persoon,start,eind,bestuursfunctieLabel,bestuursPeriodeStart,bestuurseenheidLabel,fractieNaam,bestuursorgaan
http://p/1,2018-12-31T23:00:00Z,2021-05-31T22:00:00Z,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,burgemeester
http://p/1,2018-12-31T23:00:00Z,2021-05-31T22:00:00Z,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,college
http://p/1,2021-06-01T22:00:00Z,,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,college
http://p/2,2018-12-31T23:00:00Z,,Gemeenteraadslid,2018-12-31T23:00:00Z,Aalhout,Samen,raad
"""


def test_mandates_become_spells_in_brussels_time(tmp_path):
    parsed = mandatendatabank.parse(write(tmp_path / "mandaten.csv", MANDATES), UNITS)
    assert len(parsed.table) == 1
    spell = parsed.table.iloc[0]
    assert (spell["nis"], spell["vintage"], spell["person"], spell["function"]) == ("95010", 300, "1", "mayor")
    assert spell["start"] == pd.Timestamp("2019-01-01") and pd.isna(spell["end"])
    counts = {row["check"]: row["n_failed"] for row in parsed.checks}
    assert counts["records of a second organ dropped"] == 1 and counts["records of other mandates dropped"] == 1


def test_a_gap_between_records_keeps_two_spells(tmp_path):
    text = MANDATES.replace("2021-06-01T22:00:00Z", "2021-09-01T22:00:00Z")
    assert len(mandatendatabank.parse(write(tmp_path / "mandaten.csv", text), UNITS).table) == 2


def test_mandates_refuse_unknown_names_and_dates(tmp_path):
    with pytest.raises(StudyError, match="no municipality named 'Aalhoud' among the 300; nearest: aalhout"):
        mandatendatabank.parse(write(tmp_path / "m.csv", MANDATES.replace("Aalhout", "Aalhoud")), UNITS)
    with pytest.raises(StudyError, match="not ISO 8601"):
        mandatendatabank.parse(write(tmp_path / "m.csv", MANDATES.replace("2021-05-31T22:00:00Z", "31/5/2021")), UNITS)


def test_grants_per_stream(tmp_path):
    header = ["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]
    rows = [header, [95001, "Aalbeke", 2016, "sectorale subsidies", 12.5]]
    table = gemeentefonds.parse(book(tmp_path / "g.xlsx", {"Export": rows}), SOURCES["gemeentefonds"]).table
    assert table[["nis", "stream", "amount_eur"]].values.tolist() == [["95001", "sectorale subsidies", 12.5]]
    with pytest.raises(StudyError, match="occurs twice"):
        gemeentefonds.parse(book(tmp_path / "g.xlsx", {"Export": [*rows, rows[1]]}), SOURCES["gemeentefonds"])


def test_municipalities_must_agree_with_the_mergers(tmp_path):
    columns = "nis_2018,naam_2018,nis_2019,naam_2019,nis_2025,naam_2025,prov_2018,prov_2025\n"
    path = write(tmp_path / "g.csv", columns + "95001,A,95010,AB,95010,AB,1,1\n95002,B,95010,AB,95010,AB,1,1\n")
    mergers = write(
        tmp_path / "m.csv",
        "valid_from,nis_old,name_old,nis_new,name_new\n2019-01-01,95001,A,95010,AB\n2019-01-01,95002,B,95010,AB\n",
    )
    assert municipalities.parse(path, mergers)["nis_285"].tolist() == ["95010", "95010"]
    empty = write(tmp_path / "m.csv", "valid_from,nis_old,name_old,nis_new,name_new\n")
    with pytest.raises(StudyError, match="95001 becomes 95010 on 2019-01-01"):
        municipalities.parse(path, empty)


def test_a_plain_table_must_fit_a_layout(tmp_path):
    with pytest.raises(StudyError, match="fits no known layout; needed: votes: year, nis, party, votes"):
        parse_table(write(tmp_path / "v.csv", "jaar,nis\n2014,95001\n"), SOURCES["flemish_parliament_votes"])


def test_a_council_whose_seats_do_not_add_up_is_left_out_by_name(tmp_path):
    text = "nis_2019,partij,zetels,raad_totaal\n95010,x,10,17\n95010,y,7,17\n95003,x,9,11\n"
    parsed = parse(SOURCES["council_seats"], [write(tmp_path / "s.csv", text)], UNITS, None)
    assert parsed.table["nis"].tolist() == ["95010", "95010"] and set(parsed.table["year"]) == {2018}
    case = [row for row in parsed.checks if row.get("nis")]
    assert [(row["nis"], row["value"], row["expected"]) for row in case] == [("95003", 9.0, 11.0)]


def test_the_list_of_one_year_takes_its_year_from_the_name(tmp_path):
    path = write(tmp_path / "population_2018.csv", 'NIS_code,inhabitants\n95001,"14,304"\n95002,14 293\n95003,7\n')
    table = parse_table(path, SOURCES["population"]).table
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
    parsed = parse(SOURCES[source], [write(tmp_path / "tidy.csv", TIDY[source])], UNITS, None)
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
        parse(SOURCES["population"], [write(tmp_path / "tidy.csv", text)], UNITS, None)


def test_duplicate_headers_and_short_rows_are_refused(tmp_path):
    with pytest.raises(StudyError, match="column 'a' occurs twice"):
        read_table(write(tmp_path / "t.csv", "a,a\n1,2\n"))
    with pytest.raises(StudyError, match="row 3 has 1 cells where the first row has 2"):
        read_table(write(tmp_path / "t.csv", "a,b\n1,2\n1\n"))


def test_a_parsed_table_is_checked_with_its_place():
    table = pd.DataFrame({"nis": ["95001", "9500"], "vintage": 308, "year": 2018, "population": [1.0, -2.0]})
    with pytest.raises(StudyError, match="population: row 1, column 'nis': '9500'"):
        validated(table, SOURCES["population"])


def test_party_labels_are_one_party():
    aliases = pd.DataFrame({"alias": ["openvld", "spa", "vb"], "party": ["openvld", "vooruit", "vlaamsbelang"]})
    labels = pd.Series(["OPEN VLD", "Open Vld", "sp.a", "VB", "Lijst van de Burgemeester"])
    assert harmonise(labels, aliases).tolist() == [
        "openvld", "openvld", "vooruit", "vlaamsbelang", "lijstvandeburgemeester",
    ]  # fmt: skip
