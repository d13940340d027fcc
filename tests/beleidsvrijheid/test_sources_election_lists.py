"""Lists of an election: a workbook of candidates, linked data, plain tables."""

import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import candidates
from beleidsvrijheid.sources import election_lists

from .small_country import REFERENCE, SOURCES, book, write

SOURCE = SOURCES["election_lists"]
COLUMNS = ["nis", "vintage", "year", "list_number", "party", "candidates"]


def parsed(*paths):
    return election_lists.parse(list(paths), SOURCE, REFERENCE)


def lists(*paths):
    table = parsed(*paths).table
    assert list(table.columns) == COLUMNS
    return table.drop(columns="vintage").values.tolist()


def counts(result):
    return {row["check"]: row["n_failed"] for row in result.checks}


# The workbook of 2018

HEADER = ["type", "datum", "NIS", "kieskring", "mandaten", "a", "b", "c", "lijstnr", "lijst"]
FIRST, AGAIN = date(2018, 10, 14), date(2019, 6, 16)


def candidate(name="Aalhout", number=1, party="Samen", day=FIRST):
    return ["CG", day, "", name, 17, "", "", "", number, party]


def workbook(path, *rows, sheet="kandidaten", header=HEADER):
    return book(path, {"toelichting": [["x"]], sheet: [["GESIMULEERDE DATA"], ["noot"], header, *rows]})


def test_candidates_are_counted_per_list(tmp_path):
    rows = [candidate(), candidate(), candidate(number=2, party="OPEN VLD"), candidate("Cleve", 10, "Samen")]
    assert lists(workbook(tmp_path / "r.xlsx", *rows)) == [
        ["95003", 2018, 10.0, "Samen", 1.0],
        ["95010", 2018, 1.0, "Samen", 2.0],
        ["95010", 2018, 2.0, "OPEN VLD", 1.0],
    ]


def test_a_ballot_that_was_held_again_does_not_double_its_lists(tmp_path):
    rows = [candidate(), candidate(), candidate("Cleve"), candidate("Cleve"), candidate("Cleve", day=AGAIN)]
    path = workbook(tmp_path / "r.xlsx", *rows)
    assert [row[-1] for row in lists(path)] == [1.0, 2.0]
    assert counts(parsed(path))["rows of a ballot that was held again dropped"] == 2


BAD_WORKBOOKS = {
    "sheet": ([candidate()], {"sheet": "lijsten"}, "r.xlsx: no sheet 'kandidaten'; it has: toelichting, lijsten"),
    "header": ([candidate()], {"header": [*HEADER[:3], "plaats"]}, "r.xlsx: sheet kandidaten: column 'datum' is missing"),
    "name": ([candidate("Aalhoud")], {}, "r.xlsx: sheet kandidaten: no municipality named 'Aalhoud' among the 300; nearest: aal"),
    "number": ([candidate(number="een")], {}, "r.xlsx: sheet kandidaten: row 4: 'een' is not a number"),
    "blank": ([candidate(), candidate("Cleve", number="")], {}, r"sheet kandidaten: row 5: lijstnr is empty \(1 such rows\)"),
    "zero": ([candidate(number=0)], {}, r"sheet kandidaten: row 4 \(municipality 95010\): list_number 0 is not a whole"),
    "two lists, one number": (
        [candidate(), candidate(party="Anders")], {}, r"row 4 \(municipality 95010\): list_number 1 is there twice",
    ),
    "nameless": ([candidate(), candidate(number=2, party="")], {}, r"row 5 \(municipality 95010\): party '' is empty"),
    "date": ([candidate(), candidate(day="vandaag")], {}, "sheet kandidaten: row 5: 'vandaag' is not a date"),
    "other election": ([candidate(), candidate(), candidate("Cleve", day=date(2012, 10, 14))], {}, "row 6: 2012-10-14 is not of"),
    "no rows": ([], {}, "sheet kandidaten: no rows below the header"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "other", "message"), BAD_WORKBOOKS.values(), ids=BAD_WORKBOOKS)
def test_a_workbook_is_refused_by_place(tmp_path, rows, other, message):
    with pytest.raises(StudyError, match=message):
        parsed(workbook(tmp_path / "r.xlsx", *rows, **other))


# Linked data

PREFIXES = """@prefix mandaat: <http://data.vlaanderen.be/ns/mandaat#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <http://e/> .
"""
TYPE = "<http://data.vlaanderen.be/id/concept/KandidatenlijstLijsttype/95de36e5-8c7a-4308-af7b-75afbd943dd2>"
ELECTION = (
    'e:v{0} a mandaat:RechtstreekseVerkiezing; mandaat:datum "2024-10-13"^^xsd:date; mandaat:steltSamen e:raad{0} .\n'
)
LIST = (
    "e:l{0}-{1} a mandaat:Kandidatenlijst; mandaat:behoortTot e:v{0}; mandaat:lijsttype {3}; "
    'mandaat:lijstnr "{1}"; skos:prefLabel "{2}" .\n'
)
TURTLE = (
    PREFIXES + ELECTION.format(1) + ELECTION.format(2) + LIST.format(1, 1, "Vooruit", TYPE)
    + LIST.format(1, 12, "Samen", TYPE) + LIST.format(2, 8, "Samen", TYPE)
)  # fmt: skip


def councils(path, rows):
    names = ["orgaanInTijd", "periodeStart", "bestuurseenheid", "gemeente", "nisUri"]
    bindings = [
        {
            key: {"type": "uri", "value": text}
            for key, text in zip(("orgaanInTijd", "gemeente", "nisUri"), row, strict=False)
        }
        for row in rows
    ]
    return write(path, json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}))


COUNCILS = [
    ("http://e/raad1", "Aalhout"),
    ("http://e/raad2", "Cleve nu", "http://vocab.belgif.be/auth/refnis2025/95003"),
]


def graph(tmp_path, text=TURTLE, rows=COUNCILS):
    return write(tmp_path / "lijsten.ttl", text), councils(tmp_path / "gemeenteraden.json", rows)


def test_linked_data_gives_lists_by_the_council_they_stand_for(tmp_path):
    links = write(
        tmp_path / "links.ttl",
        PREFIXES + "e:l1-1 mandaat:heeftKandidaat e:p1 , e:p2 . e:l9-9 mandaat:heeftKandidaat e:p3 .",
    )
    result = parsed(*graph(tmp_path), links)
    assert result.table.fillna(-1).drop(columns="vintage").values.tolist() == [
        ["95003", 2024, 8.0, "Samen", -1],
        ["95010", 2024, 1.0, "Vooruit", 2.0],
        ["95010", 2024, 12.0, "Samen", -1],
    ]
    assert set(result.table["vintage"]) == {285}


def test_lists_for_districts_are_counted_and_dropped(tmp_path):
    district = LIST.format(2, 9, "Wijk", "<http://data.vlaanderen.be/id/concept/KandidatenlijstLijsttype/x>")
    result = parsed(*graph(tmp_path, TURTLE + district))
    assert len(result.table) == 3 and counts(result)["lists of other elections dropped"] == 1


def test_the_files_may_name_the_municipality_themselves(tmp_path):
    text = """@prefix besluit: <http://data.vlaanderen.be/ns/besluit#> .
    e:raad1 mandaat:isTijdspecialisatieVan e:o1 . e:o1 besluit:bestuurt e:u1 . e:u1 skos:prefLabel "Aalhout" .
    e:raad2 mandaat:isTijdspecialisatieVan e:o2 . e:o2 besluit:bestuurt e:u2 . e:u2 skos:prefLabel "Cleve" ;
      besluit:werkingsgebied e:w2 . e:w2 skos:exactMatch <http://vocab.belgif.be/auth/refnis2025/95003> .
    """
    path = write(tmp_path / "lijsten.ttl", TURTLE + text)
    assert [row[0] for row in lists(path)] == ["95003", "95010", "95010"]


BAD_GRAPHS = {
    "syntax": (TURTLE + "dit is geen turtle", COUNCILS, "lijsten.ttl: line 10: not Turtle; download it again"),
    "no prefix": (TURTLE + "\nx:y a x:z .", COUNCILS, "lijsten.ttl: line 11: not Turtle"),
    "cut off": (TURTLE[:-5].rstrip('" .'), COUNCILS, "lijsten.ttl: .*download it again"),
    "cut after a value": (TURTLE.rstrip(" .\n"), COUNCILS, "lijsten.ttl: not Turtle, or cut off within a statement"),
    "HTML": ("<!DOCTYPE html>", COUNCILS, "lijsten.ttl: this is a web page"),
    "no lists": (PREFIXES + ELECTION.format(1), COUNCILS, "lijsten.ttl: no lists for municipal councils"),
    "unknown council": (TURTLE, COUNCILS[:1], r"lijsten.ttl: 1 councils have no municipality \(http://e/raad2 for one\); put"),
    "unknown name": (TURTLE, [COUNCILS[0], ("http://e/raad2", "Kleef")], "no municipality named 'Kleef' among the 285"),
    "two municipalities": (TURTLE, [*COUNCILS, ("http://e/raad1", "Cleve")], "council http://e/raad1 is both 95010 and 95003"),
    "number twice": (
        TURTLE + LIST.format(2, 8, "Anders", TYPE).replace("e:l2-8", "e:lx"), COUNCILS, r"95003\): list_number 8 is there twice",
    ),
    "two names": (TURTLE + 'e:l1-1 skos:prefLabel "Anders" .', COUNCILS, "http://e/l1-1 has 2 values of .*prefLabel"),
    "no election": (TURTLE + LIST.format(3, 1, "Los", TYPE), COUNCILS, "http://e/v3 has 0 values of .*steltSamen"),
    "number": (TURTLE.replace('"12"', '"twaalf"'), COUNCILS, "lijsten.ttl: lijstnr: at list l1-12: 'twaalf' is not a number"),
    "date": (TURTLE.replace("2024-10-13", "13-10-2024"), COUNCILS, "lijsten.ttl: .*'13-10-2024' is not a date"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rows", "message"), BAD_GRAPHS.values(), ids=BAD_GRAPHS)
def test_linked_data_is_refused_by_place(tmp_path, text, rows, message):
    with pytest.raises(StudyError, match=message):
        parsed(*graph(tmp_path, text, rows))


# Plain tables

LISTS_2024 = """datum,nis_2025,gemeente,lijstnr,lijst,n_kandidaten
2024-10-13,95010,Aalhout,1,Vooruit,17
2024-10-13,95010,Aalhout,2,Samen,9
2024-10-13,95003,Cleve,1,Samen,7
"""
LISTS_2018 = "datum,nis_2019,gemeente,lijstnr,lijst\n2018-10-14,95010,Aalhout,1,sp.a\n2018-10-14,95003,Cleve,3,Samen\n"
PUBLISHER = 'type,datum,NIS,lijstnr,lijst,"aantal\nkandidaten"\nCG,14/10/2018,95010,1,sp.a,17\n'


def test_tables_of_two_elections_side_by_side(tmp_path):
    paths = write(tmp_path / "lists_2018.csv", LISTS_2018), write(tmp_path / "lists_2024.csv", LISTS_2024)
    table = parsed(*paths).table
    assert table.groupby(["year", "vintage"]).size().to_dict() == {(2018, 300): 2, (2024, 285): 3}
    assert table["candidates"].fillna(-1).tolist() == [-1, -1, 7, 17, 9]


def test_the_publishers_own_table_of_lists(tmp_path):
    assert lists(write(tmp_path / "lijsten2018.csv", PUBLISHER)) == [["95010", 2018, 1.0, "sp.a", 17.0]]


BAD_TABLES = {
    "layout": (("nis_2025", "nis"), "l.csv: the header .* fits no known layout; needed: lists_2024"),
    "code": (("95003", "95004"), r"l.csv: row 4 \(municipality 95004\): nis '95004' is no municipality among the 2"),
    "twice": (("95010,Aalhout,2", "95010,Aalhout,1"), r"l.csv: row 3 \(municipality 95010\): list_number 1 is there twice"),
    "number": ((",2,Samen", ",II,Samen"), "l.csv: list_number: row 3: 'II' is not a number"),
    "half": ((",2,Samen", ",2.5,Samen"), r"l.csv: row 3 \(municipality 95010\): list_number 2.5 is not a whole number"),
    "nameless": ((",2,Samen", ",2, "), r"l.csv: row 3 \(municipality 95010\): party '' is empty"),
    "date": (("2024-10-13,95003", "13 oktober,95003"), "l.csv: row 4: '13 oktober' is not a date as 14/10/2018 or 2018-10-14"),
    "cut off": ((",Samen,7\n", ""), "l.csv: row 4 has 4 cells where the first row has 6"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_is_refused_by_place(tmp_path, change, message):
    with pytest.raises(StudyError, match=message):
        parsed(write(tmp_path / "l.csv", LISTS_2024.replace(*change)))


def test_one_election_in_two_files_and_no_lists_at_all_are_refused(tmp_path):
    table = write(tmp_path / "lists_2024.csv", LISTS_2024)
    with pytest.raises(StudyError, match="lists_2024.csv, lijsten.ttl: both hold the lists of 2024; keep one"):
        parsed(table, *graph(tmp_path))
    with pytest.raises(
        StudyError, match="election_lists: gemeenteraden.json: no file with lists; needed: data/raw/election_lists"
    ):
        parsed(tmp_path / "gemeenteraden.json")


# What the simulation writes


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    """The simulated files of two municipalities: Aalhout with the lists 0, 2 and 7, Cleve with 1 and 8."""
    monkeypatch.setattr(candidates, "AGAIN", 0)
    codes, names = np.array(["95010", "95003"]), np.array(["Aalhout", "Cleve"])
    register = SimpleNamespace(nis_2019=codes, name_2019=names, nis_2025=codes, name_2025=names)
    votes = np.array([[600, 0, 300, 0, 0, 0, 0, 100, 0], [0, 40, 0, 0, 0, 0, 0, 0, 9]])
    files = candidates.list_files(register, votes, votes, votes // 10, np.random.default_rng(1))
    for name, content in files:
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in SOURCE.simulated]


def test_the_simulated_files_parse_to_who_stood(simulated):
    result = parsed(*simulated)
    names = result.table.groupby(["year", "nis"])["party"].apply(list).to_dict()
    assert names == {
        (2018, "95010"): ["CD&V", "Open Vld", "Gemeentebelangen Aalhout"],
        (2018, "95003"): ["N-VA", "Dorpslijst Cleve"],
        (2024, "95010"): ["CD&V", "Open Vld", "Gemeentebelangen Aalhout"],
        (2024, "95003"): ["N-VA", "Dorpslijst Cleve"],
    }
    assert result.table["list_number"].tolist() == [1, 2, 1, 2, 3] * 2
    drawn = np.random.default_rng(1)
    sizes = [drawn.integers(candidates.FEWEST, candidates.MOST + 1, (2, 9)) for _ in range(2)]
    expected = [
        float(size[unit, slot]) for size in sizes for unit, slots in ((1, (1, 8)), (0, (0, 2, 7))) for slot in slots
    ]
    assert result.table["candidates"].tolist() == expected
    again = sum(sizes[0][1, slot] for slot in (1, 8))
    assert counts(result)["rows of a ballot that was held again dropped"] in (again, 0)
    first = next(row for row in result.checks if "held again" in row["check"])
    assert first["n_failed"] == again


def test_every_simulated_file_that_can_says_so(simulated):
    for path in simulated:
        if path.suffix == ".ttl":
            assert path.read_text(encoding="utf-8").startswith("# SIMULATED DATA / GESIMULEERDE DATA")
        if path.suffix == ".xlsx":
            assert (
                pd.read_excel(path, header=None, engine="openpyxl")
                .iat[0, 0]
                .startswith("SIMULATED DATA / GESIMULEERDE DATA")
            )
