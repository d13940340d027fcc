"""Elections as published on vlaanderenkiest.be."""

import json
import zipfile

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import vlaanderenkiest

from .small_country import REFERENCE, SOURCES, write


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
    parsed = vlaanderenkiest.parse(
        [election(tmp_path / "verkiezingen2018.zip", LISTS, RESULTS)], SOURCES["election_results"], REFERENCE
    )
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
        vlaanderenkiest.parse([election(tmp_path / name, lists, results)], SOURCES["election_results"], REFERENCE)


def test_a_broken_archive_is_refused(tmp_path):
    with pytest.raises(StudyError, match="not a readable zip"):
        vlaanderenkiest.parse(
            [write(tmp_path / "verkiezingen2018.zip", "no zip")], SOURCES["election_results"], REFERENCE
        )
