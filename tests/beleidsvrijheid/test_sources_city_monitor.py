"""Gemeente-Stadsmonitor: tabs as indicators, told apart from the others; refused by tab and row."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.publications import publication_files
from beleidsvrijheid.sources import city_monitor
from beleidsvrijheid.sources.schemas import validated

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, book

SOURCE = SOURCES["city_monitor"]
KEY = ["Gemeente", "NIS-code", "Indicator", "Jaar"]
COVER = {"Inhoud": [["Thema", "Tabblad"], ["Bestuur", "DE_05"]]}


def parse(folder, sheets):
    return city_monitor.parse([book(folder / "gsm.xlsx", sheets)], SOURCE, REFERENCE)


def test_a_tab_is_an_indicator_and_a_column_a_part_of_it(tmp_path):
    sheets = COVER | {
        "DE_05": [
            [*KEY, "Waarde"],
            ["Aalbeke", "95001", "Vertrouwen", 2017, 0],
            ["Cleve", 95003, "Vertrouwen", 2017, None],
        ],
        "LO_S_13": [
            [*KEY, "Provincie", "Eens", "Oneens"],
            ["Aalhout", "95010", "Trots", 2017, "Noord", 61.5, "x"],
            ["Aalhout", "95010", "Trots", 2020, "Noord", 60, 40],
        ],
    }
    parsed = parse(tmp_path, sheets)
    assert parsed.table[["nis", "vintage", "year", "indicator", "value"]].values.tolist() == [
        ["95001", 308, 2017, "DE_05", 0.0],
        ["95010", 300, 2017, "LO_S_13: Eens", 61.5],  # recast on a later geography, told by the code
        ["95010", 300, 2020, "LO_S_13: Eens", 60.0],
        ["95010", 300, 2020, "LO_S_13: Oneens", 40.0],
    ]
    counted = {row["check"]: row for row in parsed.checks if "code" not in row}
    assert counted["tabs read"]["n_failed"] == 1 and counted["tabs read"]["reason"].endswith(": Inhoud")
    assert counted["figures that are 0"]["reason"].startswith("1 kept")
    per_tab = {
        row["code"]: (row["n_checked"], row["n_failed"], row["reason"]) for row in parsed.checks if "code" in row
    }
    assert per_tab["DE_05"][:2] == (2, 1) and per_tab["LO_S_13"][:2] == (4, 1)
    assert per_tab["LO_S_13"][2].endswith("columns of words left out: Provincie")


def test_codes_of_no_merger_take_the_geography_of_the_year(tmp_path):
    rows = [[*KEY, "Waarde"], *(["Cleve", "95003", "x", year, 1] for year in (2018, 2024, 2025))]
    assert parse(tmp_path, {"DE_05": rows}).table["vintage"].tolist() == [308, 300, 285]


def test_several_wordings_in_one_tab_are_several_indicators(tmp_path):
    rows = [[*KEY, "Waarde"], *(["Cleve", "95003", words, 2018, 1] for words in ("man", "vrouw"))]
    assert parse(tmp_path, {"DE_05": rows}).table["indicator"].tolist() == ["DE_05: man", "DE_05: vrouw"]


GOOD = ["Aalbeke", "95001", "x", 2017, 5]


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        (COVER, r"gsm.xlsx: no tab has the columns .* \(tabs: Inhoud\)"),
        ({"DE_05": [["Gemeente", "NIS-code", "Indicator"], GOOD[:3]]}, "tab 'DE_05': column 'Jaar' is missing"),
        ({"DE_05": [KEY, GOOD[:4]]}, "tab 'DE_05': no column of figures"),
        ({"DE_05": [[*KEY, "Waarde"], GOOD, ["B", "95002", "x", 2017, "7,5"]]}, "Waarde: row 3: '7,5' is text"),
        ({"DE_05": [[*KEY, "Waarde"], [*GOOD[:4], "12 %"]]}, "Waarde: row 2: '12 %' is text"),
        ({"DE_05": [[*KEY, "Waarde"], [*GOOD[:4], True]]}, "Waarde: row 2: True is text"),
        ({"DE_05": [[*KEY, "Waarde"], ["A", 95001.5, "x", 2017, 1]]}, "NIS-code: row 2: 95001.5 is not a NIS code"),
        ({"DE_05": [[*KEY, "Waarde"], ["A", "95001", "x", 17, 1]]}, "Jaar: row 2: 17.0 is not a year"),
        ({"DE_05": [[*KEY, "Waarde"], GOOD, GOOD]}, r"row 3: 95001 has two figures for 2017 \(DE_05\)"),
        ({"DE_05": [[*KEY, "Waarde"], GOOD, ["B", "95010", "x", 2017, 1]]}, "95010 .row 3. is none of the 308"),
        ({"DE_05": [[*KEY, "Waarde"], ["B", "11001", "x", 2017, 1]]}, "11001 .row 2. .*no geography has it"),
        (
            {"DE_05": [[*KEY, "Waarde"], GOOD, ["Cleve", "95002", "x", 2017, 1]]},
            r"gsm.xlsx: tab 'DE_05': row 3: NIS code 95002 is 'Berkhout', but the name beside it is 'Cleve', which is 95003",
        ),
        ({"DE_05": [[*KEY, "Waarde", None], [*GOOD, 3]]}, "column 6 has figures and no header"),
        ({"DE_05": [[*KEY, "A", "A"], [*GOOD, 3]]}, "column 'A' occurs twice in the header"),
    ],
)
def test_refused_by_place(tmp_path, sheets, message):
    with pytest.raises(StudyError, match=message):
        parse(tmp_path, sheets)


def test_an_indicator_in_two_workbooks_is_refused(tmp_path):
    paths = [book(tmp_path / name, {"DE_05": [[*KEY, "Waarde"], GOOD]}) for name in ("a.xlsx", "b.xlsx")]
    with pytest.raises(StudyError, match="b.xlsx: tab 'DE_05': indicator DE_05 is also in a.xlsx"):
        city_monitor.parse(paths, SOURCE, REFERENCE)


def test_the_simulated_workbook(tmp_path):
    places, register, reference = simulated()
    files = dict(publication_files(places.country, register, np.random.default_rng(1)))
    paths = write_files(tmp_path, [("gsm.xlsx", files["city_monitor/gemeente-stadsmonitor.xlsx"])])
    table = validated(city_monitor.parse(paths, SOURCE, reference).table, SOURCE)
    assert sorted(table["indicator"].unique()) == [
        "DE_05",
        "LO_03",
        "WE_36: (Helemaal) eens",
        "WE_36: (Helemaal) oneens",
    ]
    vintages = table.groupby(["indicator", "year"])["vintage"].agg(lambda own: own.unique().tolist()).to_dict()
    assert vintages["LO_03", 2023] == [285] and vintages["DE_05", 2017] == [308] and vintages["DE_05", 2023] == [300]
    agree = table[table["indicator"] == "WE_36: (Helemaal) eens"].set_index(["nis", "year"])["value"]
    trust = table[table["indicator"] == "DE_05"].set_index(["nis", "year"])["value"]
    pd.testing.assert_series_equal((agree - 12).clip(lower=0), trust, check_names=False)
