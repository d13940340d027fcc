"""Fiscal income: text, zip or workbook, its geography told by its codes, hidden figures missing, zero kept as zero."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.harmonise import harmonise
from beleidsvrijheid.sources.reader import parse

from . import simulated_statbel
from .small_country import NO_ALIASES, SOURCES, Reference, book, write

# Codes of three geographies that all differ: two merge in 2019, two in 2025.
UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003", "95004"],
        "nis_300": ["95010", "95010", "95003", "95004"],
        "nis_285": ["95010", "95010", "95020", "95020"],
    }
)
REFERENCE = Reference(UNITS, NO_ALIASES)
HEADER = (
    "CD_YEAR|CD_MUNTY_REFNIS|MS_NBR_NON_ZERO_INC|MS_TOT_NET_TAXABLE_INC|MS_TOT_STATE_TAXES|MS_TOT_MUNICIP_TAXES|"
    "MS_TOT_SUBURBS_TAXES|MS_TOT_TAXES|MS_TOT_RESIDENTS|TX_MUNTY_DESCR_NL|CD_RGN_REFNIS"
)
ROWS = """2018|95003|50|1000.5|200|20.25|0|220.25|90|Cleve|02000
2018|95004|60|2000|400|0|0|400|100|Dorne|02000
2018|95010|70|3000|600|60|0|*|*|Aalhout|02000
2018|62093|80|4000|800|80|5|885|150|Liège|03000
2017|95003|49|900|180|18|0|198|89|Cleve|02000
2017|95004|59|1900|380|38|0|418|99|Dorne|02000
2017|95001|20||100|10|0|110|40|Aalbeke|02000
2017|95002|30|600|120|12|0|133|50|Berkhout|02000
"""


def text(path, rows=ROWS, header=HEADER, encoding="utf-8-sig"):
    content = f"{header}\n{rows}".replace("\n", "\r\n").encode(encoding)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("TF_PSNL_INC_TAX_MUNTY.txt", content)
    else:
        path.write_bytes(content)
    return path


def workbook(path):
    """As the publisher's workbook: codes and figures are numbers, what is hidden is text, what is empty is empty."""

    def native(cell):
        return (float(cell) if "." in cell else int(cell)) if cell.replace(".", "").isdigit() else cell or None

    lines = [line.split("|") for line in ROWS.splitlines()]
    return book(
        path, {"Toelichting": [["tekst"]], "Data": [HEADER.split("|"), *([native(c) for c in r] for r in lines)]}
    )


def income(*paths, reference=REFERENCE):
    return parse(SOURCES["income"], list(paths), reference)


@pytest.mark.parametrize("form", ["txt", "zip", "csv", "xlsx"])
def test_figures_as_printed_on_the_geography_of_their_codes(tmp_path, form):
    path = tmp_path / f"TF_PSNL_INC_TAX_MUNTY.{form}"
    parsed = income(workbook(path) if form == "xlsx" else text(path))
    rows = [tuple(row) for row in parsed.table.fillna(-1).itertuples(index=False)]
    assert rows == [
        ("95001", 308, 2017, 20, -1, 10, 110, 40),
        ("95002", 308, 2017, 30, 600, 12, 133, 50),
        ("95003", 308, 2017, 49, 900, 18, 198, 89),
        ("95004", 308, 2017, 59, 1900, 38, 418, 99),
        ("95003", 300, 2018, 50, 1000.5, 20.25, 220.25, 90),
        ("95004", 300, 2018, 60, 2000, 0, 400, 100),
        ("95010", 300, 2018, 70, 3000, 60, -1, -1),
    ]
    account = {(row["check"], row["reason"].split(":")[0]): row for row in parsed.checks if "nis" not in row}
    outside = account["rows outside Flanders dropped", "municipalities of other regions"]
    assert (outside["n_checked"], outside["n_failed"]) == (8, 1)
    missing = {name: row for (check, name), row in account.items() if check == "figures missing"}
    assert [missing[name]["n_failed"] for name in missing] == [0, 1, 0, 1, 1]
    assert "1 suppressed by the publisher (*), 0 empty" in missing["MS_TOT_TAXES"]["reason"]
    assert "0 suppressed by the publisher (*), 1 empty" in missing["MS_TOT_NET_TAXABLE_INC"]["reason"]
    wrong = [row for row in parsed.checks if row["check"].startswith("total tax")]
    assert [(row["n_checked"], row["n_failed"]) for row in wrong] == [(6, 1), (1, 1)]
    assert (wrong[1]["nis"], wrong[1]["year"], wrong[1]["value"]) == ("95002", 2017, 133)


def test_a_release_cast_back_on_the_newest_municipalities(tmp_path):
    rows = "2010|95010|1|2|3|4|0|7|8|A|02000\n2010|95020|1|2|3|4|0|7|8|B|02000\n"
    assert set(income(text(tmp_path / "TF_PSNL_INC_TAX_MUNTY.txt", rows)).table["vintage"]) == {285}


def test_a_hidden_figure_of_a_part_is_missing_for_the_merged_unit(tmp_path):
    table = income(text(tmp_path / "TF_PSNL_INC_TAX_MUNTY.txt")).table
    people = pd.DataFrame({"nis": [], "vintage": [], "year": [], "population": []})
    merged, _ = harmonise(table, SOURCES["income"], UNITS, people, 285, NO_ALIASES)
    rows = merged.sort_values(["year", "nis"])[["nis", "year", "taxable_income_eur", "municipal_tax_eur", "residents"]]
    assert [tuple(row) for row in rows.fillna(-1).itertuples(index=False)] == [
        ("95010", 2017, -1, 22, 90),
        ("95020", 2017, 2800, 56, 188),
        ("95010", 2018, 3000, 60, -1),
        ("95020", 2018, 3000.5, 20.25, 190),
    ]


def changed(old, new):
    assert old in ROWS
    return ROWS.replace(old, new, 1)


BAD = {
    "wrong delimiter": (ROWS.replace("|", ";"), HEADER.replace("|", ";"), r"row 1: column 'CD_YEAR' is missing"),
    "missing column": (ROWS, HEADER.replace("MS_TOT_RES", "MS_RES"), r"row 1: column 'MS_TOT_RESIDENTS' is missing"),
    "header only": ("", HEADER, r"no row below the header"),
    "text number": (changed("|2000|", "|veel|"), HEADER, r"MS_TOT_NET_TAXABLE_INC: row 3: 'veel' is not a number"),
    "Dutch decimals": (changed("1000.5", "1000,5"), HEADER, r"MS_TOT_NET_TAXABLE_INC: row 2: '1000,5' is not a number"),
    "negative": (changed("|20.25|", "|-20.25|"), HEADER, r"row 2: MS_TOT_MUNICIP_TAXES: '-20\.25' is negative"),
    "year": (changed("2018|95003", "18|95003"), HEADER, r"row 2: CD_YEAR: '18' is not a year"),
    "code": (changed("2018|95004", "2018|9a004"), HEADER, r"row 3: CD_MUNTY_REFNIS: '9a004' is not a code"),
    "unknown code": (
        changed("2018|95004", "2018|95099"),
        HEADER,
        r"row 3: CD_MUNTY_REFNIS: '95099' is in region 02000",
    ),
    "two geographies": (
        ROWS + "2018|95001|1|2|3|4|0|7|8|Aalbeke|02000\n",
        HEADER,
        r"2018: codes of several geographies in one year \(95010 is none of the 308, 95001 is none of the 300, 95001",
    ),
    "undecided": (
        "2018|95003|1|2|3|4|0|7|8|Cleve|02000\n",
        HEADER,
        r"2018: its 1 codes exist among the 308, 300 municipalities alike; the rows that would tell are missing",
    ),
    "nothing Flemish": ("2018|62093|1|2|3|4|0|7|8|L|03000\n", HEADER, r"none of the 1 rows is a Flemish municipality"),
    "row twice": (ROWS + ROWS[: ROWS.index("\n") + 1], HEADER, r"95003 has two rows for 2018"),
    "short row": (changed("|Dorne|02000", ""), HEADER, r"Row #3: Expected 11 columns, got 9"),
    "mark in the middle": (changed("2018|62093", "\ufeff2018|62093"), HEADER, r"row 5: a byte-order mark inside"),
    "garbled": (changed("Liège", "LiÃ¨ge"), HEADER, r"row 5: 'Ã¨' is a character that was saved in the wrong encoding"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_texts_are_refused_by_file_and_place(tmp_path, case):
    rows, header, message = BAD[case]
    with pytest.raises(StudyError, match=message) as refused:
        income(text(tmp_path / "TF_PSNL_INC_TAX_MUNTY.txt", rows, header))
    assert "TF_PSNL_INC_TAX_MUNTY.txt" in str(refused.value) and "\n" not in str(refused.value)


def test_an_income_year_in_two_files_is_refused(tmp_path):
    first, second = text(tmp_path / "TF_PSNL_INC_TAX_MUNTY.txt"), text(tmp_path / "TF_PSNL_INC_TAX_MUNTY_2.zip")
    with pytest.raises(StudyError, match=r"MUNTY\.txt, TF_PSNL_INC_TAX_MUNTY_2\.zip: 95003 has two rows for 2018"):
        income(first, second)


def test_a_workbook_without_the_data_is_refused(tmp_path):
    path = book(tmp_path / "TF_PSNL_INC_TAX_MUNTY.xlsx", {"Toelichting": [["tekst"]]})
    with pytest.raises(StudyError, match=r"TAX_MUNTY\.xlsx: no sheet with CD_MUNTY_REFNIS .*\(sheets: Toelichting\)"):
        income(path)


def test_an_extract_on_the_municipalities_of_2018(tmp_path):
    header = "inkomstenjaar,nis_2018,MS_NBR_NON_ZERO_INC,MS_TOT_NET_TAXABLE_INC,MS_TOT_MUNICIP_TAXES,MS_TOT_RESIDENTS"
    path = write(tmp_path / "income.csv", header + "\n2013,95001,20,500.5,0,40\n")
    parsed = income(path).table
    assert parsed.to_dict("records") == [
        {
            **{"nis": "95001", "vintage": 308, "year": 2013, "returns": 20.0, "taxable_income_eur": 500.5},
            **{"municipal_tax_eur": 0.0, "residents": 40.0},
        }
    ]


def test_the_simulated_income_is_consistent_with_the_country(tmp_path):
    path = simulated_statbel.write_files(tmp_path)["income/TF_PSNL_INC_TAX_MUNTY.zip"]
    units = simulated_statbel.units()
    parsed = income(path, reference=Reference(units, NO_ALIASES))
    table = parsed.table
    assert len(table) == 300 * 15 and set(table["vintage"]) == {300} and set(table["year"]) == set(range(2009, 2024))
    places, register, _ = simulated_statbel.drawn()
    code = pd.Series(register.nis_2018.astype(str)).map(units.set_index("nis_308")["nis_300"])
    people = pd.DataFrame(places.country.population, columns=range(2009, 2026)).groupby(code).sum()
    following = [people.at[nis, year + 1] for nis, year in zip(table["nis"], table["year"], strict=True)]
    assert table["residents"].tolist() == following
    untaxed = table[table["municipal_tax_eur"] == 0]
    assert len(untaxed) == 3 * 15 and untaxed["nis"].nunique() == 3
    hidden = table[table["total_tax_eur"].isna()]
    assert hidden["nis"].nunique() == 1 and hidden["year"].tolist() == list(range(2009, 2024, 2))
    each = table["taxable_income_eur"] / table["residents"]
    assert 16_000 < each.median() < 26_000 and np.corrcoef(table["year"], np.log(each))[0, 1] > 0.3
    totals = [row for row in parsed.checks if row["check"].startswith("total tax")]
    assert [(row["n_checked"], row["n_failed"]) for row in totals] == [(4492, 0)]


def test_the_simulated_text_has_the_columns_of_the_publisher(tmp_path, real_data):
    path = simulated_statbel.write_files(tmp_path)["income/TF_PSNL_INC_TAX_MUNTY.zip"]
    with zipfile.ZipFile(path) as archive:
        simulated = archive.read("TF_PSNL_INC_TAX_MUNTY.txt").split(b"\r\n")[0]
    real = (real_data / "income/TF_PSNL_INC_TAX_MUNTY.txt").read_bytes().split(b"\r\n")[0]
    assert simulated == real
