"""Plain tables, our own schema, and the check of every parsed table."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.parties import harmonise
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import read_table
from beleidsvrijheid.sources.schemas import validated
from beleidsvrijheid.sources.tables import parse_table

from .small_country import REFERENCE, SOURCES, write


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


def test_duplicate_headers_and_short_rows_are_refused(tmp_path):
    with pytest.raises(StudyError, match="column 'a' occurs twice"):
        read_table(write(tmp_path / "t.csv", "a,a\n1,2\n"))
    with pytest.raises(StudyError, match="row 3 has 1 cells where the first row has 2"):
        read_table(write(tmp_path / "t.csv", "a,b\n1,2\n1\n"))


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
