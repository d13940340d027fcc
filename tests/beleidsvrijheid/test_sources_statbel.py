"""Statbel: population and prices, read as printed, refused by file and place."""

import json

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import statbel

from .small_country import REFERENCE, SOURCES, book, write

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
    parsed = statbel.parse_population([path], SOURCES["population"], REFERENCE)
    rows = parsed.table[["nis", "vintage", "year", "population"]].values.tolist()
    assert rows == [["95001", 308, 2018, 7.0], ["95010", 300, 2019, 8.0]]
    dropped = [row for row in parsed.checks if row["check"].startswith("rows outside")][0]
    assert dropped["n_failed"] == 2 and "62093" in dropped["reason"]


def test_population_as_text_is_refused(tmp_path):
    path = book(tmp_path / "B.xlsx", {"Bevolking in 2018": [HEADER, ["95001", "Aalbeke", 3, 4, "1.234"]]})
    with pytest.raises(StudyError, match=r"B\.xlsx: sheet 'Bevolking in 2018': row 95001: '1\.234' is text"):
        statbel.parse_population([path], SOURCES["population"], REFERENCE)


def test_prices_repeat_only_when_equal(tmp_path):
    facts = [{"Jaar": "2015", "Consumptieprijsindex": 100.9}] * 2 + [{"Jaar": "2014", "Consumptieprijsindex": 100.3}]
    path = write(tmp_path / "cpi.json", json.dumps({"facts": facts}))
    assert statbel.parse_prices(path, SOURCES["cpi"], REFERENCE).table.values.tolist() == [[2014, 100.3], [2015, 100.9]]
    facts[0] = {"Jaar": "2015", "Consumptieprijsindex": 99}
    with pytest.raises(StudyError, match="2015 has two different indices"):
        statbel.parse_prices(write(tmp_path / "cpi.json", json.dumps({"facts": facts})), SOURCES["cpi"], REFERENCE)
