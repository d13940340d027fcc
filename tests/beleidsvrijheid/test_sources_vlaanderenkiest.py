"""Elections as published on vlaanderenkiest.be, and as the publisher's table of lists."""

import json
import zipfile

import numpy as np
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.ballots import election_zip
from beleidsvrijheid.sources import vlaanderenkiest

from .small_country import REFERENCE, SOURCES, write

SOURCE = SOURCES["election_results"]


def election(path, lists, results, others=()):
    with zipfile.ZipFile(path, "w") as archive:
        for nis, content in lists.items():
            archive.writestr(f"gemeente/{nis}/entiteitLijsten.json", json.dumps(content))
        for nis, content in results.items():
            archive.writestr(f"gemeente/{nis}/entiteitUitslag.json", json.dumps(content))
        for name, text in others:
            archive.writestr(name, text)
    return path


def outcome(lists, nis="95010", **other):
    return {nis: {"G": {nis: {"us": lists, "os": 40} | other}}}


LISTS = {
    "95010": {"G": {"12": {"nr": 1, "nm": "OPEN VLD", "kl": "", "lg": 0}, "-3": {"nr": 2, "nm": "Samen", "nl": 1}}}
}
VOTES = {"12": {"sc": 600, "zs": 10}, "-3": {"sc": 400, "zs": 7}}
RESULTS = outcome(VOTES, gb="10/10")
CLEVE = {"95003": {"G": {"1": {"nm": "Samen"}}}}


def parsed(*paths):
    return vlaanderenkiest.parse(list(paths), SOURCE, REFERENCE)


def test_an_election_is_on_the_units_of_the_year_that_follows(tmp_path):
    result = parsed(election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS))
    assert result.table[["nis", "party", "votes", "seats", "year", "vintage"]].values.tolist() == [
        ["95010", "OPEN VLD", 600.0, 10.0, 2018, 300],
        ["95010", "Samen", 400.0, 7.0, 2018, 300],
    ]
    counts = {row["check"]: (row["n_checked"], row["n_failed"]) for row in result.checks}
    assert counts["municipalities with results"] == (2, 1)  # Cleve is not in the archive


def test_counts_may_have_separators_and_seats_may_be_absent(tmp_path):
    lists = {"12": {"sc": "12.600", "zs": "10"}, "-3": {"sc": "4 400"}}
    result = parsed(election(tmp_path / "verkiezingen2018.zip", LISTS, outcome(lists)))
    assert result.table["votes"].tolist() == [12600.0, 4400.0]
    assert result.table["seats"].isna().tolist() == [False, True]


def test_a_municipality_counted_in_part_is_left_out_by_name(tmp_path):
    lists, results = LISTS | CLEVE, RESULTS | outcome({"1": {"sc": 5, "zs": 1}}, "95003", gb="300/308")
    result = parsed(election(tmp_path / "verkiezingen2018.zip", lists, results))
    assert set(result.table["nis"]) == {"95010"}
    left = next(row for row in result.checks if row["check"] == "municipalities counted in part")
    assert (left["nis"], left["reason"]) == ("95003", "300 of 308 stations counted: left out")


def test_other_members_and_silent_lists_are_counted(tmp_path):
    others = [("gemeente/overzicht.json", "{}"), ("gemeente/95010/12/uitslag.json", "{}")]
    results = outcome({"12": {"sc": 600, "zs": 17}})
    result = parsed(election(tmp_path / "verkiezingen2018.zip", LISTS, results, others))
    counts = {row["check"]: row["n_failed"] for row in result.checks}
    assert counts["members of the zip left aside"] == 2 and counts["lists without a result"] == 1


def test_the_simulated_archive_parses_to_the_votes_that_were_cast(tmp_path):
    votes = np.array([[600, 0, 300, 0, 0, 0, 0, 100, 0], [0, 40, 0, 0, 0, 0, 0, 0, 9]])
    seats = np.array([[10, 0, 5, 0, 0, 0, 0, 2, 0], [0, 7, 0, 0, 0, 0, 0, 0, 0]])
    path = tmp_path / "verkiezingen2018.zip"
    path.write_bytes(election_zip(2018, np.array(["95010", "95003"]), votes, seats))
    table = parsed(path).table
    assert table[["nis", "party", "votes", "seats"]].values.tolist() == [
        ["95003", "Dorpslijst", 9, 0],
        ["95003", "N-VA", 40, 7],
        ["95010", "CD&V", 600, 10],
        ["95010", "Gemeentebelangen", 100, 2],
        ["95010", "Open Vld", 300, 5],
    ]


# The table of lists

TABLE = """type,datum,NIS,kieskring,mandaten,"ingeschreven
kiezers",lijstnr,lijst,stemcijfer,verkregen zetels
CG,14/10/2018,95010,Aalhout,17,1200,1,OPEN VLD,600,10
CG,14/10/2018,95010,Aalhout,17,1200,2,Samen,400,7
CG,14/10/2018,95003,Cleve,7,300,1,Samen,150,6
"""


def test_the_table_of_lists_holds_votes_and_seats(tmp_path):
    again = TABLE + "CG,16/06/2019,95003,Cleve,7,300,1,Samen,160,7\n"
    result = parsed(write(tmp_path / "lijsten2018.csv", again))
    assert result.table[["nis", "party", "votes", "seats", "year", "vintage"]].values.tolist() == [
        ["95003", "Samen", 160.0, 7.0, 2018, 300],
        ["95010", "OPEN VLD", 600.0, 10.0, 2018, 300],
        ["95010", "Samen", 400.0, 7.0, 2018, 300],
    ]
    counts = {row["check"]: row["n_failed"] for row in result.checks}
    assert counts["rows of a ballot that was held again dropped"] == 1
    assert counts["seats = size of the council"] == 0
    first = parsed(write(tmp_path / "lijsten2018.csv", TABLE))
    cases = [(row["nis"], row["value"], row["expected"]) for row in first.checks if "nis" in row]
    assert cases == [("95003", 6, 7)]


BAD_TABLES = {
    "no votes": (("stemcijfer", "stemmen"), "lijsten2018.csv: column 'stemcijfer' is missing; needed: datum"),
    "negative": (("600,10", "-600,10"), "lijsten2018.csv: row 2: stemcijfer '-600' is not a whole number of 0 or more"),
    "half a seat": (("600,10", "600,9.5"), "lijsten2018.csv: row 2: verkregen zetels '9.5' is not a whole number"),
    "not a number": (("600,10", "veel,10"), "lijsten2018.csv: stemcijfer: row 2: 'veel' is not a number"),
    "not a date": (("CG,14/10/2018,95003", "CG,14.10.2018,95003"), "lijsten2018.csv: row 4: '14.10.2018' is not a date"),
    "two elections": (("CG,14/10/2018,95003", "CG,14/10/2012,95003"), "row 4: 2012-10-14 is not of the election of 2018-10-14"),
    "unknown code": (("95003", "95004"), "lijsten2018.csv: '95004' is no municipality among the 300 that voted"),
    "cut off": ((",Samen,150,6\n", ",Sam"), "lijsten2018.csv: row 4 has 8 cells where the first row has 10"),
    "HTML": ((TABLE, "<html><body>404</body></html>"), "lijsten2018.csv: this is a web page"),
    "no rows": ((TABLE[TABLE.index("CG,") :], ""), "lijsten2018.csv: no rows below the header"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_of_lists_is_refused_by_place(tmp_path, change, message):
    with pytest.raises(StudyError, match=message):
        parsed(write(tmp_path / "lijsten2018.csv", TABLE.replace(*change)))


# Archives that are refused


def one_list(**entry):
    return outcome({"12": {"sc": 600, "zs": 10} | entry})


BAD = {
    "name": ("uitslag.zip", LISTS, RESULTS, "name the archive of an election verkiezingenYYYY.zip"),
    "no pairs": ("verkiezingen2018.zip", LISTS, {}, "verkiezingen2018.zip: .* do not pair up .95010"),
    "nothing": ("verkiezingen2018.zip", {}, {}, "verkiezingen2018.zip: .* do not pair up .none found"),
    "half a pair": ("verkiezingen2018.zip", LISTS | CLEVE, RESULTS, "do not pair up .95003"),
    "no results": ("verkiezingen2018.zip", LISTS, {"95010": {"G": {}}}, "gemeente/95010: key '95010' is missing"),
    "lists as text": ("verkiezingen2018.zip", {"95010": {"G": "x"}}, RESULTS, "gemeente/95010: key .* is missing"),
    "nameless": ("verkiezingen2018.zip", LISTS, outcome({"9": {"sc": 1}}), "gemeente/95010: list '9' of the results has no name"),
    "no votes": ("verkiezingen2018.zip", LISTS, outcome({"12": {"zs": 1}}), r"gemeente/95010: list '12' has no votes \(sc\)"),
    "negative": ("verkiezingen2018.zip", LISTS, one_list(sc=-5), r"list '12': votes \(sc\): -5 is not a whole number"),
    "half a seat": ("verkiezingen2018.zip", LISTS, one_list(zs=9.5), r"list '12': seats \(zs\): 9.5 is not a whole number"),
    "decimals": ("verkiezingen2018.zip", LISTS, one_list(sc="1.5"), r"votes \(sc\): '1.5' is not a whole number"),
    "true": ("verkiezingen2018.zip", LISTS, one_list(zs=True), r"seats \(zs\): True is not a whole number"),
    "stations": ("verkiezingen2018.zip", LISTS, outcome(VOTES, gb="alle"), "gemeente/95010: gb 'alle' is not counted/total"),
    "none complete": ("verkiezingen2018.zip", LISTS, outcome(VOTES, gb="1/2"), "no municipality has a complete result"),
    "unknown code": ("verkiezingen2012.zip", LISTS, RESULTS, "verkiezingen2012.zip: '95010' is no municipality among the 308"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "lists", "results", "message"), BAD.values(), ids=BAD)
def test_an_election_is_refused_by_place(tmp_path, name, lists, results, message):
    with pytest.raises(StudyError, match=message):
        parsed(election(tmp_path / name, lists, results))


@pytest.mark.parametrize("member", ["../gemeente/95010/entiteitLijsten.json", "/etc/passwd", "..\\x.json", "C:/x.json"])
def test_a_member_that_points_outside_is_refused(tmp_path, member):
    with pytest.raises(StudyError, match="verkiezingen2018.zip: .* points outside the archive"):
        parsed(election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS, [(member, "{}")]))


def test_members_that_are_no_json_or_too_large_are_refused(tmp_path):
    path = tmp_path / "verkiezingen2018.zip"
    with pytest.raises(StudyError, match="gemeente/95003/entiteitLijsten.json: line 1: not JSON"):
        parsed(election(path, LISTS, RESULTS, [("gemeente/95003/entiteitLijsten.json", "<html>")]))
    with pytest.raises(StudyError, match="gemeente/95003/entiteitLijsten.json: not JSON .*nested without end"):
        parsed(election(path, LISTS, RESULTS, [("gemeente/95003/entiteitLijsten.json", "[" * 100_000)]))
    with pytest.raises(StudyError, match="gemeente/95003/entiteitLijsten.json is larger than 2000000 bytes"):
        parsed(election(path, LISTS, RESULTS, [("gemeente/95003/entiteitLijsten.json", " " * 2_000_001)]))


def test_one_election_in_two_files_is_refused(tmp_path):
    first = election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS)
    with pytest.raises(
        StudyError, match=r"lijsten2018.csv, verkiezingen2018.zip: both hold the election of 2018; keep one"
    ):
        parsed(write(tmp_path / "lijsten2018.csv", TABLE), first)


def test_a_broken_archive_is_refused(tmp_path):
    with pytest.raises(StudyError, match="not a readable zip"):
        parsed(write(tmp_path / "verkiezingen2018.zip", "no zip"))
    path = election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StudyError, match="verkiezingen2018.zip: not a readable zip"):
        parsed(path)
