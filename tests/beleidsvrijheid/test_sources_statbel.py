"""Statbel: population and prices, read as printed, refused by file and place."""

import json
import zipfile
from datetime import date

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import statbel
from beleidsvrijheid.sources.reading import read_workbook

from . import simulated_statbel
from .small_country import NO_ALIASES, REFERENCE, SOURCES, Reference, book, write

HEADER = ["NIS code", "Naam", "Mannen", "Vrouwen", "Totaal"]
COLUMNS = "CD_REFNIS|TX_DESCR_NL|TX_DESCR_FR|CD_SEX|CD_AGE|MS_POPULATION"
# Two municipalities of 2019, one elsewhere, people without a place.
ROWS = """95010|Aalhout|Aalhout|F|30|3
95010|Aalhout|Aalhout|M|71|4
62093|Saint-Nicolas|Liège, l’étranger|F|30|9
95003|Cleve|Clève|F|30|5
99999|Onbekend|Indéterminé|M|30|2
95003|Cleve|Clève|M|30|0
"""


def structure(path, rows=ROWS, header=COLUMNS, encoding="utf-8"):
    content = f"{header}\n{rows}".replace("\n", "\r\n").encode(encoding)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(path.with_suffix(".txt").name, content)
    else:
        path.write_bytes(content)
    return path


def population(*paths, reference=REFERENCE):
    return statbel.parse_population(list(paths), SOURCES["population"], reference)


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
    account = {row["check"]: row for row in parsed.checks if "year" not in row}
    dropped = account["rows outside the municipalities dropped"]
    assert dropped["n_failed"] == 2 and "62093" in dropped["reason"]
    assert (
        account["tabs read"]["reason"].endswith("'Bevolking in YYYY': Toelichting")
        and account["tabs read"]["n_failed"] == 1
    )
    region = [row for row in parsed.checks if row["check"] == "municipalities add up to the region (02000)"]
    assert [(row.get("year"), row["n_failed"], row.get("value"), row.get("expected")) for row in region] == [
        (None, 1, None, None),
        (2018, 1, 7, 10),
    ]


def workbook(path, *rows, header=HEADER):
    return book(path, {"Bevolking in 2018": [["titel"], header, *rows]})


AALBEKE, CLEVE = ["95001", "Aalbeke", 3, 4, 7], ["95003", "Cleve", 2, 2, 4]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([AALBEKE, [*CLEVE[:4], 40]], r"row 4: 95003: 2 men and 2 women are not the total 40 \(1 such rows\)"),
        ([[*AALBEKE[:4], 4], [*CLEVE[:4], 7]], r"row 3: 95001: 3 men and 4 women are not the total 4 \(2 such rows\)"),
        ([AALBEKE, [*CLEVE[:4], date(2018, 1, 1)]], "Totaal: row 4: .* is text where a number is expected"),
        ([AALBEKE, ["95003", "Cleve", "twee", 2, 4]], "Mannen: row 4: 'twee' is text where a number is expected"),
        (
            [["95003", *AALBEKE[1:]], ["95001", *CLEVE[1:]]],
            r"row 3: NIS code 95003 is 'Cleve', but the name beside it is 'Aalbeke', which is 95001 \(2 such rows\)",
        ),
    ],
)
def test_a_bad_workbook_is_refused_by_sheet_and_row(tmp_path, rows, message):
    with pytest.raises(StudyError, match=rf"^B\.xlsx: sheet 'Bevolking in 2018': {message}"):
        population(workbook(tmp_path / "B.xlsx", *rows))


def test_a_row_whose_code_is_none_is_counted_and_named(tmp_path):
    parsed = population(workbook(tmp_path / "B.xlsx", AALBEKE, ["95003*", *CLEVE[1:]], ["* voorlopig"], CLEVE[:4]))
    assert parsed.table["nis"].tolist() == ["95001"]
    account = {row["check"]: row for row in parsed.checks}
    assert (
        account["rows with a NIS code"]["n_failed"] == 2 and account["rows without a figure dropped"]["n_failed"] == 1
    )
    assert account["rows with a NIS code"]["reason"].startswith(
        "rows without one: sheet 'Bevolking in 2018' row 4 ('95003*')"
    )


def test_without_men_women_and_names_the_total_is_enough(tmp_path):
    parsed = population(workbook(tmp_path / "B.xlsx", ["95001", 7], ["02000", 7], header=["NIS code", "Total"]))
    assert parsed.table["population"].tolist() == [7]
    account = {row["check"]: (row["n_checked"], row["n_failed"]) for row in parsed.checks}
    assert account["names agree with codes"] == (0, 0)
    assert account["municipalities add up to the region (02000)"] == (1, 0)


def test_population_as_text_is_refused(tmp_path):
    path = book(tmp_path / "B.xlsx", {"Bevolking in 2018": [HEADER, ["95001", "Aalbeke", 3, 4, "1.234"]]})
    with pytest.raises(StudyError, match=r"B\.xlsx: sheet 'Bevolking in 2018': Totaal: row 2: '1\.234' is text"):
        statbel.parse_population([path], SOURCES["population"], REFERENCE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("name", ["TF_SOC_POP_STRUCT_2022.zip", "TF_SOC_POP_STRUCT_2022.txt"])
def test_structure_is_added_up_on_the_geography_of_its_year(tmp_path, name, encoding):
    parsed = population(structure(tmp_path / name, encoding=encoding))
    assert parsed.table.values.tolist() == [["95003", 300, 2022, 5.0], ["95010", 300, 2022, 7.0]]
    account = {row["check"]: row for row in parsed.checks}
    assert (account["rows read"]["n_checked"], account["rows read"]["n_failed"]) == (6, 0)
    nowhere = account["rows without a place dropped"]
    assert nowhere["n_failed"] == 1 and nowhere["reason"].startswith("2 inhabitants without a place")
    assert "62093" in account["rows outside the municipalities dropped"]["reason"]
    assert ("encoding" in account) == (encoding == "cp1252")
    assert parsed.notes[name]["encoding"] == ("cp1252" if encoding == "cp1252" else "utf-8")


def test_structure_of_older_years_names_its_column_differently_and_has_the_year(tmp_path):
    rows = "".join(f"2018|{line}\n" for line in ("95001|7", "95002|8", "95003|9"))
    path = structure(tmp_path / "TF_SOC_POP_STRUCT_2018.zip", rows, "CD_YEAR|CD_MUNTY_REFNIS|MS_POPULATION")
    assert population(path).table["population"].tolist() == [7, 8, 9]


def changed(old, new):
    assert old in ROWS
    return ROWS.replace(old, new, 1)


YEARLY = ROWS.replace("\n", "|2022\n")
BAD = {
    "wrong delimiter": (ROWS.replace("|", ";"), COLUMNS.replace("|", ";"), r"row 1: column 'MS_POPULATION' is missing"),
    "no code": (ROWS, COLUMNS.replace("CD_REFNIS", "NIS"), r"row 1: column 'CD_REFNIS' is missing"),
    "column twice": (ROWS, COLUMNS.replace("CD_AGE", "MS_POPULATION"), r"'MS_POPULATION' occurs twice"),
    "header only": ("", COLUMNS, r"no row below the header"),
    "text number": (changed("|F|30|3", "|F|30|drie"), COLUMNS, r"row 2: MS_POPULATION: 'drie' is not a whole number"),
    "thousands": (changed("|F|30|5", "|F|30|1.234"), COLUMNS, r"row 5: MS_POPULATION: '1\.234' is not a whole number"),
    "no number": (changed("|F|30|5", "|F|30|"), COLUMNS, r"row 5: MS_POPULATION: '' is not a whole number"),
    "negative": (changed("|M|71|4", "|M|71|-4"), COLUMNS, r"row 3: MS_POPULATION: '-4' is not a whole number"),
    "code": (changed("95003", "9503"), COLUMNS, r"row 5: CD_REFNIS: '9503' is not a NIS code"),
    "short row": (changed("|M|71|4", "|M"), COLUMNS, r"Row #3: Expected 6 columns, got 4"),
    "other year": (
        YEARLY.replace("|2022", "|2021", 1),
        COLUMNS + "|CD_YEAR",
        r"row 2: CD_YEAR: '2021' where .* says 2022",
    ),
    "mark in the middle": (changed("62093", "\ufeff62093"), COLUMNS, r"row 4: a byte-order mark inside"),
    "garbled": (
        changed("Liège", "LiÃ¨ge"),
        COLUMNS,
        r"row 4: 'Ã¨' is a character that was saved in the wrong encoding",
    ),
    "garbled apostrophe": (changed("l’é", "lâ€™e"), COLUMNS, r"row 4: 'â€' is a character that was saved"),
    "lost character": (changed("Liège", "Li\ufffdge"), COLUMNS, r"row 4: '\ufffd' is a character that was saved"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_structures_are_refused_by_file_and_row(tmp_path, case):
    rows, header, message = BAD[case]
    with pytest.raises(StudyError, match=message) as refused:
        population(structure(tmp_path / "TF_SOC_POP_STRUCT_2022.zip", rows, header))
    assert str(refused.value).startswith("TF_SOC_POP_STRUCT_2022.zip: TF_SOC_POP_STRUCT_2022.txt: ")
    assert "\n" not in str(refused.value)


def test_half_of_a_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "TF_SOC_POP_STRUCT_2022.txt"
    path.write_bytes((COLUMNS + "\n" + ROWS).encode("utf-8") + "95003|Cleve|Clève|M|31|0\n".encode("cp1252"))
    with pytest.raises(StudyError, match=r"STRUCT_2022\.txt: row 4: 'Ã¨' is a character that was saved"):
        population(path)


def test_a_structure_without_a_year_in_its_name_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"TF_SOC_POP_STRUCT\.txt: no year in the name"):
        population(structure(tmp_path / "TF_SOC_POP_STRUCT.txt"))


def test_a_year_in_two_files_is_refused(tmp_path):
    text = structure(tmp_path / "TF_SOC_POP_STRUCT_2022.txt")
    again = book(tmp_path / "B.xlsx", {"Bevolking in 2022": [HEADER, ["95010", "Aalhout", 3, 4, 7]]})
    with pytest.raises(StudyError, match=r"B\.xlsx, TF_SOC_POP_STRUCT_2022\.txt: 95010 has two figures for 2022"):
        population(again, text)


def test_the_simulated_population_is_that_of_the_country(tmp_path):
    files = simulated_statbel.write_files(tmp_path)
    units = simulated_statbel.units()
    names = ("population/Bevolking_per_gemeente.xlsx", "population/TF_SOC_POP_STRUCT_2022.zip")
    assert "Bevolking in 2022" not in read_workbook(files[names[0]])
    parsed = population(*(files[name] for name in names), reference=Reference(units, NO_ALIASES))
    places, register, _ = simulated_statbel.drawn()
    drawn = pd.DataFrame(places.country.population, columns=range(2009, 2026)).assign(nis=register.nis_2018.astype(str))
    for year, vintage in ((2018, 308), (2021, 300), (2022, 300), (2023, 300), (2025, 285)):
        code = drawn["nis"].map(units.set_index("nis_308", drop=False)[f"nis_{vintage}"])
        printed = parsed.table[parsed.table["year"] == year].set_index("nis")["population"]
        assert printed.to_dict() == drawn[year].groupby(code).sum().to_dict() and len(printed) == vintage
    account = {row["check"]: row for row in parsed.checks}
    assert account["rows without a place dropped"]["reason"].startswith("37 inhabitants")
    assert account["encoding"]["reason"].startswith("not UTF-8, read as cp1252")


def test_prices_repeat_only_when_equal(tmp_path):
    facts = [{"Jaar": "2015", "Consumptieprijsindex": 100.9}] * 2 + [{"Jaar": "2014", "Consumptieprijsindex": 100.3}]
    path = write(tmp_path / "cpi.json", json.dumps({"facts": facts}))
    assert statbel.parse_prices(path, SOURCES["cpi"], REFERENCE).table.values.tolist() == [[2014, 100.3], [2015, 100.9]]
    facts[0] = {"Jaar": "2015", "Consumptieprijsindex": 99}
    with pytest.raises(StudyError, match="2015 has two different indices"):
        statbel.parse_prices(write(tmp_path / "cpi.json", json.dumps({"facts": facts})), SOURCES["cpi"], REFERENCE)


FACT = {"Jaar": "2015", "Basisjaar": "2013 = 100", "Consumptieprijsindex": 100.9}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"facts": []}), "the list of facts is empty"),
        (
            json.dumps({"facts": [FACT, FACT | {"Jaar": "2016", "Basisjaar": "2004 = 100"}]}),
            "Basisjaar: 2004 = 100 and 2013 = 100 are two scales; save the view of one base year",
        ),
        ("[" * 100_000, r"not JSON \(values nested without end\)"),
    ],
)
def test_prices_that_are_not_one_scale_are_refused(tmp_path, text, message):
    with pytest.raises(StudyError, match=f"^cpi.json: {message}"):
        statbel.parse_prices(write(tmp_path / "cpi.json", text), SOURCES["cpi"], REFERENCE)
    one = write(tmp_path / "one.json", json.dumps({"facts": [FACT, FACT | {"Jaar": "2016"}]}))
    assert len(statbel.parse_prices(one, SOURCES["cpi"], REFERENCE).table) == 2
