"""Grants per stream, and their sums against the published totals; refused by row."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.registers import grants_workbook
from beleidsvrijheid.sources import gemeentefonds
from beleidsvrijheid.sources.reading import read_table, read_workbook

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, book

SOURCE = SOURCES["gemeentefonds"]
HEADER = ["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]
ROW = [95001, "Aalbeke", 2016, "sectorale subsidies", 12.5]
TOTALS = read_table(Path(__file__).parents[2] / "workflow/tables/grant_totals.csv")


def parse(folder, *rows):
    return gemeentefonds.parse(book(folder / "g.xlsx", {"Export": [HEADER, *rows]}), SOURCE, REFERENCE)


def test_grants_per_stream(tmp_path):
    parsed = parse(tmp_path, ROW, [*ROW[:3], "Elia", None], ["", "Totaal", "", "", 12.5], ["Toegepaste filters: alle"])
    assert parsed.table[["nis", "vintage", "year", "stream", "amount_eur"]].values.tolist() == [
        ["95001", 308, 2016, "sectorale subsidies", 12.5]
    ]
    rows, amounts, names = parsed.checks
    assert (names["check"], names["n_checked"], names["n_failed"]) == ("names agree with codes", 1, 0)
    assert (rows["n_checked"], rows["n_failed"]) == (4, 2) and "Totaal, Toegepaste filters: alle" in rows["reason"]
    assert (amounts["n_checked"], amounts["n_failed"]) == (2, 1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW, "row 3: 95001 2016 sectorale subsidies occurs twice"),
        ([95002, "B", 2016, "x", "1.000"], "Bedrag: row 3: '1.000' is text where a number is expected"),
        ([95002, "B", "rj 2016", "x", 1], "Jaar: row 3: 'rj 2016' is not a year"),
        (["9500", "B", 2016, "x", 1], "NIS-code: row 3: '9500' is not a NIS code"),
        ([95001.5, "B", 2016, "x", 1], "NIS-code: row 3: 95001.5 is not a NIS code"),
        ([95002, "B", 2016, " ", 1], "row 3: no stream"),
        (
            [95002, "Gemeente Cleve", 2016, "x", 1],
            "row 3: NIS code 95002 is 'Berkhout', but .* 'Gemeente Cleve', which is 95003",
        ),
    ],
)
def test_refused_by_row(tmp_path, row, message):
    with pytest.raises(StudyError, match=rf"g.xlsx: sheet 'Export'.*{message}"):
        parse(tmp_path, ROW, row)


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ({"Blad1": [HEADER, ROW]}, "sheet 'Export': column 'NIS-code' is missing; the header has: nothing"),
        ({"Export": [[*HEADER[:4], "EUR"], ROW]}, "column 'Bedrag' is missing"),
    ],
)
def test_refused_by_sheet(tmp_path, sheets, message):
    with pytest.raises(StudyError, match=message):
        gemeentefonds.parse(book(tmp_path / "g.xlsx", sheets), SOURCE, REFERENCE)


def test_sums_are_compared_with_published_totals_and_nothing_is_adjusted():
    streams = pd.DataFrame(
        [("a", 2016, 600.0), ("a", 2016, 399.5), ("a", 2017, 900.0), ("b", 2016, 5.0)],
        columns=["stream", "year", "amount_eur"],
    )
    published = pd.DataFrame(
        [("a", "2016", "1"), ("a", "2017", "1"), ("a", "2018", "1")], columns=["stream", "year", "total_eur_thousand"]
    )
    rows = gemeentefonds.compare_with_published(streams, published)
    assert [(row["code"], row["year"], row["n_checked"], row["n_failed"]) for row in rows] == [
        ("a", 2016, 1, 0),
        ("a", 2017, 1, 1),
        ("a", 2018, 1, 1),
        ("b", 2016, 0, 0),
    ]
    assert rows[1]["reason"].startswith("difference -100.00 EUR (-10.000%)") and rows[1]["value"] == 900
    assert "not in the export" in rows[2]["reason"] and "no published total" in rows[3]["reason"]


def test_the_table_of_totals():
    assert list(TOTALS) == ["stream", "year", "total_eur_thousand"] and len(TOTALS) == 33
    assert not TOTALS.duplicated(["stream", "year"]).any()
    per_year = TOTALS.astype({"total_eur_thousand": int}).groupby("year")["total_eur_thousand"].sum()
    assert (per_year["2014"], per_year["2016"], per_year["2020"]) == (2_329_693, 2_950_850, 3_662_694)


def test_the_simulated_grants_add_up(tmp_path):
    places, register, reference = simulated()
    (path,) = write_files(tmp_path, [("g.xlsx", grants_workbook(places, register, np.random.default_rng(1)))])
    parsed = gemeentefonds.parse(path, SOURCE, replace(reference, grant_totals=TOTALS))
    table, rows = parsed.table, [row for row in parsed.checks if row["check"].startswith("grants add up")]
    assert len(rows) == 33 and sum(row["n_failed"] for row in rows) == 0
    assert set(table["nis"]) == set(register.nis_2018)


def test_codes_that_slid_against_the_names_are_refused(tmp_path):
    places, register, reference = simulated()
    (path,) = write_files(tmp_path, [("g.xlsx", grants_workbook(places, register, np.random.default_rng(1)))])
    rows = read_workbook(path)["Export"]
    at = next(number for number, row in enumerate(rows) if row[0] == "NIS-code")
    codes = sorted({str(row[0]) for row in rows[at + 1 :] if str(row[0])[:1].isdigit()})
    slid = dict(zip(codes, codes[-1:] + codes[:-1], strict=True))
    for row in rows[at + 1 :]:
        row[0] = slid.get(str(row[0]), row[0])
    with pytest.raises(StudyError, match=r"g.xlsx: sheet 'Export': row \d+: NIS code \d+ is .*slid apart"):
        gemeentefonds.parse(book(path, {"Export": rows}), SOURCE, reference)
