"""BBC exports: the layout is recognised from the file, files are joined, and what is spoiled never passes silently."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import bbc
from beleidsvrijheid.sources.bbc_export import code_of, holds_field, parse_footer, split_filters
from beleidsvrijheid.sources.bbc_totals import OF_BOARDS, OF_DETAILS
from beleidsvrijheid.sources.reading import Reference

from .bbc_exports import (
    ACROSS,
    ACTIONS,
    BOARDS,
    BY_ACCOUNT,
    BY_FIELD,
    FIELDS_ACROSS,
    FOOTER,
    NO_ALIASES,
    PLANS,
    RECEIPTS,
    REFERENCE,
    SOURCES,
    TERRITORY,
    TIDY,
    UNITS,
    WIDE,
    changed,
    dropped,
    failing,
    parse_actions,
    parse_debt,
    parse_rows,
    parse_text,
    save_book,
    save_text,
)

NAME = "total = per inhabitant x population"
INVESTED = SOURCES["bbc_accounts_by_field_investment"]


def test_the_layout_is_recognised_from_the_file_not_from_its_name(tmp_path):
    text = save_text(tmp_path / "export.xlsx.txt", WIDE)
    book = save_book(tmp_path / "book.xlsx", BOARDS)
    wrong = book.rename(tmp_path / "export.csv")
    assert len(bbc.parse([text], BY_FIELD, REFERENCE).table) == 3
    assert len(bbc.parse([wrong], BY_ACCOUNT, REFERENCE).table) == 3


def test_every_layout_gives_the_columns_of_finance(tmp_path):
    expected = ["nis", "vintage", "report_year", "year", "code", "spending_eur", "spending_per_inhabitant"]
    for parsed in (parse_text(tmp_path, WIDE), parse_rows(tmp_path, TIDY, PLANS), parse_rows(tmp_path, BOARDS)):
        assert list(parsed.table.columns) == expected
        assert parsed.table.equals(parsed.table.sort_values(expected[:5], ignore_index=True))
        assert set(parsed.table["vintage"]) == {285}


def test_receipts_in_a_second_file_join_the_rows_of_spending(tmp_path):
    paths = [save_text(tmp_path / "uitgaven.csv", WIDE), save_text(tmp_path / "ontvangsten.csv", RECEIPTS)]
    table = bbc.parse(paths, BY_FIELD, REFERENCE).table.set_index(["nis", "code"])
    assert table.loc[("95001", "0740"), ["spending_eur", "receipts_eur"]].tolist() == [688120, 40000]
    assert np.isnan(table.at[("95001", "0750"), "receipts_eur"])
    assert table["receipts_per_inhabitant"].count() == 2 and len(table) == 3


def test_spending_and_receipts_may_stand_in_one_file(tmp_path):
    text = WIDE.replace("Uitgave;Uitgave per inwoner\n", "Ontvangst;Ontvangst per inwoner\n")
    text = text.replace("0750  Jeugd", "0740 Sport").replace("075 Jeugd", "074 Sport")
    table = parse_text(tmp_path, text).table.set_index(["nis", "code"])
    assert table.loc[("95001", "0740")].tolist()[3:] == [688120, 68.81, -12345, -1.23]


def test_receipts_alone_leave_spending_empty(tmp_path):
    table = parse_text(tmp_path, RECEIPTS).table
    assert table["spending_eur"].isna().all() and table["receipts_eur"].tolist() == [40000, 25000]


def test_a_measure_given_twice_is_refused_with_both_places(tmp_path):
    paths = [save_text(tmp_path / "a.csv", RECEIPTS), save_text(tmp_path / "b.csv", RECEIPTS)]
    with pytest.raises(StudyError, match="stands in more than one place") as refusal:
        bbc.parse(paths, BY_FIELD, REFERENCE)
    assert "b.csv: row 9 (95001), column 2 (Ontvangst, 2014, 0740)" in str(refusal.value)
    assert "a.csv: row 9" in str(refusal.value)


def test_a_year_under_two_reports_is_refused(tmp_path):
    later = WIDE.replace("Rapportjaar;2014;2014;2014;2014", "Rapportjaar;2015;2015;2015;2015")
    paths = [save_text(tmp_path / "a.csv", WIDE), save_text(tmp_path / "b.csv", later)]
    with pytest.raises(StudyError, match="stands under Rapportjaar .* 2014 and 2015; figures would double") as refusal:
        bbc.parse(paths, BY_FIELD, REFERENCE)
    assert str(refusal.value).startswith("a.csv: column 2 and b.csv: column 2: Boekjaar (year) 2014 ")
    rows = [["2015" if cell == 2014 and at == 1 else cell for at, cell in enumerate(row)] for row in ACROSS]
    paths = [save_book(tmp_path / "a.xlsx", BOARDS), save_book(tmp_path / "d.xlsx", rows)]
    with pytest.raises(StudyError, match=r"^a.xlsx: column 2 and d.xlsx: row 5: Boekjaar \(year\) 2014 "):
        bbc.parse(paths, BY_ACCOUNT, REFERENCE)


def test_layouts_of_one_source_may_be_mixed(tmp_path):
    later = [[2015 if cell == 2014 else cell for cell in row] for row in BOARDS]
    paths = [save_book(tmp_path / "a.xlsx", ACROSS[:5] + ACROSS[9:]), save_book(tmp_path / "b.xlsx", later)]
    table = bbc.parse(paths, BY_ACCOUNT, REFERENCE).table
    assert table.groupby("year").size().to_dict() == {2014: 1, 2015: 3}


@pytest.mark.parametrize(
    ("label", "view", "code"),
    [
        ("0740 Sport", "field", "0740"),
        ("0030-00 Financiële aangelegenheden", "field", "0030"),
        ("REK214-0 Plannen en studies", "account", "214-0"),
        ("REK7401/4  Andere", "account", "7401/4"),
        ("664 Toegestane", "account", "664"),
    ],
)
def test_codes_at_the_start_of_labels(label, view, code):
    assert code_of(label, view, "file") == code


@pytest.mark.parametrize("label", ["Sport", "", "074 Sport", "07400 Sport", "0 Algemeen"])
def test_no_code_of_a_field(label):
    with pytest.raises(StudyError, match="does not begin with the code of a policy field"):
        code_of(label, "field", "file")


def test_filters_are_read_wrapped_quoted_and_above(tmp_path):
    assert parse_footer(FOOTER)["Niveau 7"] == "210 a, 211 b, 212 c of 214 d"
    quoted = '"' + FOOTER.replace("\n", "\r\n") + '";;;;\n'
    for text in (WIDE + FOOTER + "\n", WIDE + quoted, FOOTER + "\n\n" + WIDE):
        table, filters = split_filters(text)
        assert filters["Status rapport"] == "Origineel" and "Toegepaste" not in table
        assert [line for line in table.splitlines() if line] == WIDE.splitlines()


# What is kept as printed: exactly one check that does not hold, and it names the place.

HOLE = WIDE.replace("Boekjaar;2014;2014;2014;2014", "Boekjaar;2014;2014;2016;2016").replace(
    "Rapportjaar;2014;2014;2014;2014", "Rapportjaar;2014;2014;2016;2016"
)
KEPT = {
    "A: one wrong decimal": (parse_text, WIDE.replace("688.120;", "68.812;"), "row 9 (95001), column 2 (Uitgave, 2014, 0740)"),
    "A: a total ten times too large": (parse_text, WIDE.replace("25.000;", "250.000;"), "row 10 (95002), column 2"),
    "A: no total of the municipalities": (
        parse_text, WIDE + "Total;713.120;57,05;-12.350;-1,23\n", "row 11 (Total), column 4 (Uitgave, 2014, 0750)"),
    "A: receipts, one wrong decimal": (parse_text, RECEIPTS.replace("40.000;", "4.000;"), "column 2 (Ontvangst, 2014, 0740)"),
    "A: a year that is missing": (parse_text, HOLE, "2015"),
    "B: one wrong decimal": (
        lambda folder, rows: parse_rows(folder, rows, PLANS),
        changed(TIDY, (5, 8, 5000005)),
        "row 5 (95001), column 8 (Uitgave, 2021, 0740)",
    ),
    "B: a year that is missing": (
        lambda folder, rows: parse_rows(folder, rows, PLANS), changed(TIDY, (5, 4, 2022)), "2021"),
    "C: a year that is missing": (parse_rows, changed(BOARDS, (1, 3, 2016)), "2015"),
    "D: a detail a hundred times too large": (
        lambda folder, rows: parse_rows(folder, rows, INVESTED),
        changed(FIELDS_ACROSS, (6, 7, 350.0)),
        "row 5, column 7 (Uitgave per inwoner): the details do not add up",
    ),
    "D: a year that is missing": (parse_rows, changed(ACROSS, (7, 2, 2016), (7, 3, 2016)), "2015"),
    "E: one wrong decimal": (parse_debt, TERRITORY.replace(";9.000.000;", ";90.000.000;"), "row 5 (95001), column 3"),
    "E: a year that is missing": (
        parse_debt, TERRITORY.replace("2015;2015", "2017;2017"), "2015"),
    "E: a territory without the level kept": (
        parse_debt, TERRITORY.replace("Berkhout;OCMW + Gemeente", "Berkhout;AGB"), "Berkhout"),
    "F: one wrong decimal": (parse_actions, ACTIONS.replace(";688.120;", ";68.812;"), "line 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_what_is_odd_is_kept_and_counted_once(tmp_path, case):
    parse, content, place = KEPT[case]
    rows = failing(parse(tmp_path, content))
    assert len({row["check"] for row in rows}) == 1
    assert sum(row["n_failed"] for row in rows if "nis" not in row and "year" not in row) >= 1
    assert any(place in f"{row['reason']} {row.get('year')}" for row in rows)
    assert all(row["file"] for row in rows if "nis" in row or "year" in row)


# What would make figures wrong: one message that names file and place.


def book(source=BY_ACCOUNT):
    return lambda folder, rows: parse_rows(folder, rows, source, "bad.xlsx")


def text(folder, content):
    return parse_text(folder, content, name="bad.csv")


def debt(folder, content):
    return parse_debt(folder, content, "bad.csv")


def actions(folder, content):
    return parse_actions(folder, content, "bad 2026.csv")


def wide(old, new):
    assert old in WIDE
    return WIDE.replace(old, new, 1)


def territory(old, new):
    assert old in TERRITORY
    return TERRITORY.replace(old, new, 1)


def action(old, new):
    assert old in ACTIONS
    return ACTIONS.replace(old, new, 1)


BAD = {
    # Layout A
    "A: two statuses": (
        text,
        wide("Origineel;Origineel\n", "Origineel;Herziening\n"),
        "Status rapport: 2 different values",
    ),
    "A: two kinds of report": (
        text,
        wide("Jaarrekening;Jaarrekening\n", "Jaarrekening;Meerjarenplan\n"),
        "Type rapport: 2 different",
    ),
    "A: another kind of report": (text, WIDE.replace("Jaarrekening", "Meerjarenplan"), "needs 'Jaarrekening'"),
    "A: a municipality twice": (
        text,
        wide("95002;25.000", "95001;25.000"),
        r"row 10: municipality 95001 .* occurs twice, first at row 9",
    ),
    "A: grouping of another country": (
        text,
        wide("688.120", "688,120.5"),
        r"row 9 \(95001\), column 2 \(Uitgave, 2014, 0740\): '688,120.5' is not a number in format 'nl'",
    ),
    "A: a point for a decimal": (
        text,
        wide("68,81", "68.81"),
        r"column 3 \(Uitgave per inwoner, 2014, 0740\): '68.81' is not a number",
    ),
    "A: a word for a figure": (text, wide("25.000", "NA"), r"row 10 \(95002\), column 2 .*: 'NA' is not a number"),
    "A: no row of years": (
        text,
        WIDE.replace("Boekjaar;2014;2014;2014;2014\n", ""),
        "metadata row 'Boekjaar' is missing",
    ),
    "A: a renamed row": (
        text,
        wide("Boekjaar;", "Jaar;"),
        "row 4: metadata row 'Jaar' is not known; known: .*Boekjaar",
    ),
    "A: no report year": (
        text,
        WIDE.replace("Rapportjaar;2014;2014;2014;2014\n", ""),
        "metadata row 'Rapportjaar' is missing",
    ),
    "A: a renamed key": (text, wide("NIS-code;Uitgave", "NIS;Uitgave"), "no row that begins with 'NIS-code'"),
    "A: a renamed measure": (
        text,
        wide("Uitgave per inwoner\n", "Bedrag\n"),
        "measure 'Bedrag' is not known; allowed: Uitgave",
    ),
    "A: a column twice": (
        text,
        WIDE.replace("0750  Jeugd", "0740 Sport").replace("075 Jeugd", "074 Sport"),
        "column 4: Uitgave of 0740 in 2014 .* stands in two columns",
    ),
    "A: a field without code": (
        text,
        WIDE.replace("0740 Sport;0740 Sport", "Sport;Sport"),
        "column 2: 'Sport' does not begin with the code",
    ),
    "A: a field left blank": (
        text,
        WIDE.replace("0740 Sport;0740 Sport", ";"),
        "column 2: '' does not begin with the code",
    ),
    "A: a code of four digits": (text, wide("95001;688", "9501;688"), "row 9: '9501' is not a NIS code of five digits"),
    "A: a sum with a code": (text, wide("95001;688", "02000;688"), "row 9: '02000' is no municipality among the 285"),
    "A: a sum with a name": (
        text,
        wide("95001;688", "Vlaams Gewest;688"),
        "'Vlaams Gewest' is not a NIS code of five digits, a subtotal",
    ),
    "A: cut off": (text, wide(";25.000;10,00;;", ";25.000;10,00;"), "row 10 has 4 cells where the first row has 5"),
    "A: no year": (text, wide("Boekjaar;2014", "Boekjaar;14"), "column 2: Boekjaar: '14' is not a year"),
    "A: several statuses in the footer": (
        text,
        WIDE + FOOTER.replace("is Origineel", "is Origineel of Herziening").replace("Investering", ""),
        "several at once double the figures",
    ),
    "A: of another section": (text, WIDE + FOOTER, "is of the section investment where this source needs operating"),
    "A: a web page": (text, "<!DOCTYPE html><title>Onderhoud</title>", "a web page, not data"),
    "A: nothing": (text, "\n", "the file is empty"),
    "A: only subtotals": (
        text,
        WIDE.replace("0740 Sport", "Total").replace("0750  Jeugd", "Total"),
        "every column is a subtotal",
    ),
    "A: the row of fields one column on": (
        text,
        WIDE.replace("Beleidsveld;0740 Sport;0740 Sport;0750  Jeugd", "Beleidsveld;0730 Kunst;0740 Sport;0740 Sport"),
        "column 2: Beleidsveld '0730 Kunst' does not belong to BV_subdomein '074 Sport'",
    ),
    "A: a field of another domain": (
        text,
        WIDE.replace("7 Cultuur en vrije tijd\n", "8 Leren en onderwijs\n").replace("BV_subdomein", "Niveau 4"),
        "column 5: Beleidsveld '0750  Jeugd' does not belong to BV_domein '8 Leren en onderwijs'",
    ),
    # Layout B
    "B: a field of another domain": (
        book(PLANS),
        changed(TIDY, (5, 7, "0610 Gebiedsontwikkeling")),
        "row 5: Beleidsveld '0610 Gebiedsontwikkeling' does not belong to BV_domein '7 Vrije tijd'",
    ),
    "B: a renamed column": (
        book(PLANS),
        changed(TIDY, (3, 8, "Uitgaven")),
        "row 3, column 8: column 'Uitgaven' is not known",
    ),
    "B: a column missing": (book(PLANS), [row[:6] + row[7:] for row in TIDY], "column 'Beleidsveld' is missing"),
    "B: a column twice": (book(PLANS), changed(TIDY, (3, 9, "Uitgave")), "column 'Uitgave' occurs twice"),
    "B: text for a figure": (
        book(PLANS),
        changed(TIDY, (4, 8, "688.120")),
        r"row 4 \(95001\), column 8 .*'688.120' is text where a number",
    ),
    "B: a row twice": (
        book(PLANS),
        [*TIDY[:4], TIDY[3], *TIDY[4:]],
        "rows 4 and 5: the same board, year and code twice",
    ),
    "B: two kinds of report": (book(PLANS), changed(TIDY, (4, 2, "Jaarrekening")), "Type rapport: 2 different values"),
    "B: a year outside the plan": (
        book(PLANS),
        changed(TIDY, (5, 4, 2028)),
        "row 5: Boekjaar 2028 lies outside the plan of 2020",
    ),
    "B: a year before the plan": (
        book(PLANS),
        changed(TIDY, (5, 4, 2019)),
        "row 5: Boekjaar 2019 lies outside the plan of 2020",
    ),
    "B: two statuses": (
        book(PLANS),
        changed(TIDY, (1, 1, TIDY[0][0] + " of Herziening")),
        r"\[Status rapport\] is 'Origineel of Herziening'",
    ),
    "B: an unknown municipality": (book(PLANS), changed(TIDY, (4, 1, "95009")), "row 4: '95009' is no municipality"),
    # Layout C
    "C: two statuses": (
        book(),
        changed(BOARDS, (6, 1, FOOTER.replace("is Origineel", "is Origineel of Herziening"))),
        "several at once double the figures",
    ),
    "C: a plan": (
        book(),
        changed(BOARDS, (6, 1, FOOTER.replace("is Jaarrekening", "is Meerjarenplan"))),
        "needs 'Jaarrekening'",
    ),
    "C: no footer": (book(), BOARDS[:5], r"the footer does not say \[Status rapport\]"),
    "C: of another section": (
        book(SOURCES["bbc_accounts_by_account_operating"]),
        BOARDS,
        "section investment where this source needs operating",
    ),
    "C: nothing says what the figures are": (
        book(),
        changed(BOARDS, (6, 1, FOOTER.replace("+ Uitgave per inwoner", ""))),
        "neither a row of measures nor the footer says",
    ),
    "C: text for a figure": (
        book(),
        changed(BOARDS, (3, 2, "25.000")),
        r"row 3 \(95001\), column 2 .*'25.000' is text",
    ),
    "C: an unknown name": (
        book(),
        changed(BOARDS, (4, 1, "Gemeente en OCMW Berkhoud")),
        "row 4: no municipality named .* nearest: berkhout",
    ),
    "C: a homonym": (
        book(),
        changed(BOARDS, (4, 1, "Gemeente en OCMW Cleve")),
        r"row 4: the name .*Cleve' is borne by 2 municipalities \(95003, 95004\)",
    ),
    "C: a board twice": (
        book(),
        changed(BOARDS, (4, 1, "Gemeente en OCMW Aalbeke")),
        "row 4: municipality 95001 .* occurs twice, first at row 3",
    ),
    "C: an account twice": (
        book(),
        changed(BOARDS, (2, 3, "REK214-0 Plannen")),
        "column 3: .* of 214-0 in 2014 .* stands in two columns",
    ),
    "C: no such sheet": (lambda folder, rows: parse_two_sheets(folder, rows), BOARDS, "no sheet 'Export'"),
    # Layout D
    "D: a field of another domain": (
        book(INVESTED),
        changed(FIELDS_ACROSS, (6, 5, "074 Sport"), (6, 6, "0750 Jeugd")),
        "row 6: Beleidsveld '0750 Jeugd' does not belong to BV_subdomein '074 Sport'",
    ),
    "D: a board twice": (
        book(),
        changed(ACROSS, (1, 6, "Gemeente en OCMW Aalbeke")),
        "row 1, column 6: municipality 95001 .* occurs twice",
    ),
    "D: a homonym": (
        book(),
        changed(ACROSS, (1, 6, "Gemeente en OCMW Cleve")),
        "row 1, column 6: the name .* is borne by 2 municipalities",
    ),
    "D: a renamed row of labels": (
        book(),
        changed(ACROSS, (2, 2, "Rapport")),
        "row 2, column 2: column 'Rapport' is not known",
    ),
    "D: a renamed measure": (book(), changed(ACROSS, (2, 5, "Uitgaven")), "'Uitgaven' is not known"),
    "D: a row of labels twice": (book(), changed(ACROSS, (2, 1, "Boekjaar")), "column 'Boekjaar' occurs twice"),
    "D: a row twice": (
        book(),
        [*ACROSS[:5], ACROSS[4], *ACROSS[5:]],
        "row 6: the same year and code as an earlier row",
    ),
    "D: no status": (
        book(),
        changed(ACROSS, (10, 1, FOOTER.replace("[Status rapport]", "[Status]"))),
        r"does not say \[Status rapport\]",
    ),
    "D: text for a figure": (book(), changed(ACROSS, (5, 5, "3,5")), r"row 5 \(95001\), column 5 .*'3,5' is text"),
    "D: two kinds of report": (book(), changed(ACROSS, (5, 1, "Meerjarenplan")), "Type rapport: 2 different values"),
    "D: no account": (book(), changed(ACROSS, (5, 4, None)), "row 5: '' does not begin with the code of an account"),
    # Layout E
    "E: two levels and no choice": (
        lambda folder, content: parse_text(folder, content, name="bad.csv"),
        "",
        "several levels of Bestuur hold the whole",
    ),
    "E: no whole board": (
        debt,
        TERRITORY.replace("OCMW + Gemeente", "OCMW").replace(";Total;", ";Gemeente;"),
        "no level of Bestuur holds the whole municipality",
    ),
    "E: a territory twice": (
        debt,
        territory("Berkhout;OCMW", "Aalbeke;OCMW"),
        "row 8: municipality 95001 .* occurs twice",
    ),
    "E: two statuses": (
        debt,
        territory("Origineel;Origineel\n", "Origineel;Voorlopig\n"),
        "Status rapport: 2 different values",
    ),
    "E: a renamed measure": (
        debt,
        TERRITORY.replace("Financiële schuld;", "Schuld;"),
        "measure 'Schuld' is not known; allowed: Financiële schuld",
    ),
    "E: no total": (
        debt,
        "\n".join(";".join(line.split(";")[:2] + line.split(";")[3:4]) for line in TERRITORY.splitlines()[:6]),
        "measure 'Financiële schuld' is missing",
    ),
    "E: a homonym": (debt, TERRITORY.replace("Berkhout", "Cleve"), "row 8: the name 'Cleve' is borne by 2"),
    "E: a point for a decimal": (debt, territory("900,00", "900.0"), "'900.0' is not a number in format 'nl'"),
    "E: a year twice": (debt, territory("2015;2015", "2014;2014"), "stands in two columns"),
    # Layout F
    "F: a renamed column": (
        actions,
        action("2026,Uitgave per inwoner", "2026,Per hoofd"),
        "column 6: '2026,Per hoofd' is not known",
    ),
    "F: a level missing": (
        actions,
        action("Actieplan totaaloverzicht", "Actieplan"),
        "column 'Actieplan totaaloverzicht' is missing",
    ),
    "F: a year outside the plan": (
        actions,
        ACTIONS.replace("2027,", "2025,"),
        "'2025,Uitgave' lies outside the plan of 2026",
    ),
    "F: a text without code": (
        actions,
        action("Code: AC000001", "AC000001"),
        r"line 2 \(95001\), column 4: the text 'AC000001' has no line 'Code",
    ),
    "F: an action twice": (
        actions,
        action("AC000002", "AC000001").replace("OCMW Berkhout", "OCMW Aalbeke"),
        "action 'AC000001' of 95001 in 2026 .* more than one row",
    ),
    "F: another decimal point": (
        actions,
        action("688.120;", "688120.5;"),
        r"line 2, column 5 \(2026\): '688120.5' is not a number",
    ),
    "F: a homonym": (actions, action("OCMW Aalbeke", "OCMW Cleve"), "line 2: the name .* is borne by 2"),
    "F: nothing but filters": (actions, FOOTER.replace("is Jaarrekening", "is Meerjarenplan"), "no table in this file"),
    "F: cut off": (actions, ACTIONS[:-7] + "\n", "cells where the first row has 8"),
    "F: among figures by field": (text, ACTIONS, "a list of actions, .* data/raw/plan_actions/"),
}


def parse_two_sheets(folder, rows):
    import openpyxl

    path = save_book(folder / "bad.xlsx", rows, "Blad1")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Blad2")
    book.save(path)
    return bbc.parse([path], BY_ACCOUNT, REFERENCE)


def finance_by_territory() -> str:
    """Layout E with figures by field, two levels of Bestuur."""
    lines = WIDE.splitlines()
    header = [line.replace(";", ";;", 1) for line in lines[:7]]
    key = lines[7].replace("NIS-code;", "Grondgebied;Bestuur;")
    rows = [f"Aalbeke;{board};688.120;68,81;;" for board in ("OCMW + Gemeente", "Total")]
    return "\n".join([*header, key, *rows]) + "\n"


@pytest.mark.parametrize("case", BAD)
def test_what_would_make_figures_wrong_is_refused_by_name(tmp_path, case):
    parse, content, message = BAD[case]
    with pytest.raises(StudyError, match=message) as refusal:
        parse(tmp_path, content or finance_by_territory())
    said = str(refusal.value)
    assert "bad" in said and "\n" not in said.replace("\\n", "")


def test_one_message_per_kind_of_spoiling_covers_all_layouts():
    layouts = [case[0] for case in [*BAD, *KEPT]]
    assert {layout: layouts.count(layout) >= 7 for layout in "ABCDEF"} == dict.fromkeys("ABCDEF", True)


def test_subtotals_and_districts_are_dropped_in_rows_and_columns(tmp_path):
    lines = WIDE.splitlines()
    extra = [
        "Jaarrekening",
        "2014",
        "Origineel",
        "2014",
        "7 Cultuur en vrije tijd",
        "Total",
        "",
        "Uitgave",
        "675.775",
        "25.000",
    ]
    lines = [f"{line};{cell}" for line, cell in zip(lines, extra, strict=True)]
    lines.insert(9, "Totaal;688.120;68,81;-12.345;-1,23;675.775")
    lines += ["District Aalbeke;1;0,10;;;1", "Total;713.120;57,05;-12.345;-1,23;700.775"]
    parsed = parse_text(tmp_path, "\n".join(lines))
    assert len(parsed.table) == 3 and not failing(parsed)
    assert dropped(parsed) == {"subtotal rows dropped": 2, "district rows dropped": 1, "subtotal columns dropped": 1}


def test_internal_flows_are_counted_and_kept(tmp_path):
    rows = changed(BOARDS, (2, 3, "REK6190 Facturering tussen gemeente en OCMW"))
    source = SOURCES["bbc_accounts_by_account_investment"]
    parsed = parse_rows(tmp_path, rows, source)
    assert [(row["check"], row["n_failed"]) for row in failing(parsed)] == [("no internal flows", 1)]
    assert "6190" in set(parsed.table["code"])


def test_two_formats_are_decided_by_the_population_or_refused(tmp_path):
    numbers = BY_FIELD.numbers | {"spending_eur": ["nl", "plain"]}
    either = BY_FIELD.model_copy(update={"numbers": numbers})
    table = parse_text(tmp_path, WIDE, either).table.set_index(["nis", "code"])
    assert table.at[("95002", "0740"), "spending_eur"] == 25000
    with pytest.raises(StudyError, match="'25.000' fits the formats nl, plain with different values"):
        parse_text(tmp_path, WIDE.replace("25.000;10,00", "25.000;"), either)


def test_the_wild_bug_cannot_happen(tmp_path):
    """A reader that guesses types takes 688.120 for 688.12; here thousands are thousands, with or without population."""
    for reference in (REFERENCE, Reference(UNITS, NO_ALIASES)):
        table = parse_text(tmp_path, WIDE, reference=reference).table
        assert sorted(table["spending_eur"]) == [-12345, 25000, 688120]
    guessed = pd.read_csv(tmp_path / "export.csv", sep=";", skiprows=7)
    assert guessed["Uitgave"].max() == pytest.approx(688.12)  # what happens elsewhere


def test_a_row_of_totals_is_compared_with_the_municipalities(tmp_path):
    """Tolerance 1 EUR for each municipality with a figure: two in column 2, one in column 4."""
    counts = {}
    for name, totals in {"ok": "713.122;57,05;-12.346;-1,23", "off": "713.123;57,05;-12.347;-1,23"}.items():
        parsed = parse_text(tmp_path, WIDE + f"Total;{totals}\n")
        rows = [row for row in parsed.checks if row["check"] == OF_BOARDS]
        counts[name] = [(row["n_checked"], row["n_failed"]) for row in rows]
        assert sorted(parsed.table["spending_eur"]) == [-12345, 25000, 688120]
    assert counts == {"ok": [(2, 0)], "off": [(2, 2), (1, 1), (1, 1)]}
    assert [row["expected"] for row in rows[1:]] == [713120, -12345]


def test_totals_that_are_no_number_are_counted_not_refused(tmp_path):
    (row,) = failing(parse_text(tmp_path, WIDE + "Total;n.v.t.;;;\n"))
    assert row["check"] == OF_BOARDS and "row 11 (Total), column 2" in row["reason"] and "'n.v.t.'" in row["reason"]


def test_columns_of_totals_are_compared_with_their_details(tmp_path):
    """Per inhabitant: half a cent for each of two details and for the total; totals over several years are left alone."""
    lines = WIDE.splitlines()
    year = ["Jaarrekening", "2014", "Origineel", "2014", "Total", "", "", "Uitgave per inwoner", "67,59", "10,02"]
    all_years = [*year[:3], "Total", *year[4:8], "1,00", "1,00"]
    lines = [";".join(cells) for cells in zip(lines, year, all_years, strict=True)]
    summary, case = failing(parse_text(tmp_path, "\n".join(lines)))
    assert (summary["check"], summary["n_checked"], summary["n_failed"]) == (OF_DETAILS, 2, 1)
    assert "2 totals over several years not compared" in summary["reason"]
    assert case["reason"].startswith("row 10 (95002), column 6:") and case["year"] == 2014
    assert (case["value"], case["expected"]) == (10.02, 10.0)


@pytest.mark.parametrize(
    ("label", "inside", "outside"),
    [
        ("7 Cultuur en vrije tijd", "0740 0705 0790", "0840 0670"),
        ("0 Algemene financiering", "0010 0090", "0100"),
        ("00 Algemene financiering", "0010 0090", "0100 0740"),
        ("02 Zich verplaatsen en mobiliteit", "0200 0290", "0300 0020"),
        ("074 Sport", "0740 0749", "0750 0730"),
        ("038/9 Overige", "0380 0381 0390", "0370 0480"),
        ("042/4 Openbare orde", "0420 0430 0440", "0410 0450 0520"),
        ("087/8", "0870 0889", "0860 0890"),
        ("Vrije tijd", "0740 0100", ""),
        ("", "0740 0100", ""),
        ("3D-printen", "0740 0100", ""),
    ],
)
def test_which_fields_a_domain_or_subdomain_holds(label, inside, outside):
    assert [holds_field(label, code) for code in inside.split()] == [True] * len(inside.split())
    assert [holds_field(label, code) for code in outside.split()] == [False] * len(outside.split())


def test_without_rows_of_domains_there_is_nothing_to_compare(tmp_path):
    bare = "\n".join(line for line in WIDE.splitlines() if not line.startswith("BV_"))
    pd.testing.assert_frame_equal(parse_text(tmp_path, bare).table, parse_text(tmp_path, WIDE).table)


# A table in our own schema is checked as an export is.

OWN = pd.DataFrame(
    {
        "nis": ["95001", "95002", "95001"], "vintage": 285, "report_year": [2014, 2014, 2015], "year": [2014, 2014, 2015],
        "code": ["0740", "0740", "0750"], "spending_eur": [688120.0, 25000.0, np.nan],
        "spending_per_inhabitant": [68.81, 10.0, 3.0],
    }
)  # fmt: skip


def test_a_table_of_our_own_that_holds_has_one_row_in_the_account():
    (row,) = bbc.check_frame(OWN, BY_FIELD, REFERENCE, "own.csv")
    assert (row["check"], row["n_checked"], row["n_failed"], row["file"]) == (NAME, 2, 0, "own.csv")
    assert bbc.check_frame(OWN.drop(columns="spending_eur"), BY_FIELD, REFERENCE, "own.csv") == []
    assert bbc.check_frame(OWN, BY_FIELD, Reference(UNITS, NO_ALIASES), "own.csv") == []


def test_a_wrong_total_in_a_table_of_our_own_is_counted_with_its_row():
    table = OWN.assign(spending_eur=[68812.0, 25000.0, np.nan]).iloc[::-1]
    summary, case = bbc.check_frame(table, BY_FIELD, REFERENCE, "own.csv")
    assert (summary["n_checked"], summary["n_failed"]) == (2, 1)
    assert case["reason"].startswith("row 2: ") and (case["nis"], case["code"], case["year"]) == ("95001", "0740", 2014)
    assert (case["value"], case["expected"]) == (68812.0, pytest.approx(688100.0))


def test_receipts_debt_and_actions_of_our_own_are_compared_too():
    receipts = OWN.rename(columns=lambda name: name.replace("spending", "receipts"))
    (row,) = bbc.check_frame(receipts, BY_FIELD, REFERENCE, "own.csv")
    assert row["check"] == NAME + " (receipts)"
    debt = OWN.drop(columns=["report_year", "code"]).rename(columns=lambda name: name.replace("spending", "debt"))
    assert [row["n_failed"] for row in bbc.check_frame(debt, SOURCES["debt"], REFERENCE, "own.csv")] == [0]
    actions = OWN.rename(columns={"code": "action"}).assign(spending_eur=1.0)
    rows = bbc.check_frame(actions, SOURCES["plan_actions"], REFERENCE, "own.csv")
    assert [row.get("code") for row in rows] == [None, "0740", "0740", "0750"]


@pytest.mark.parametrize(
    ("source", "changes", "message"),
    [
        (
            BY_FIELD,
            {"report_year": [2014, 2015, 2015]},
            r"^own.csv: Boekjaar \(year\) 2014 stands under .* 2014 and 2015",
        ),
        (PLANS, {"year": [2014, 2013, 2015]}, "^own.csv: row 3: column 'year': 2013 lies outside the plan of 2014"),
        (PLANS, {"year": [2014, 2022, 2015]}, "^own.csv: row 3: column 'year': 2022 lies outside the plan of 2014"),
    ],
)
def test_years_of_our_own_that_would_double_or_mislead_are_refused(source, changes, message):
    with pytest.raises(StudyError, match=message):
        bbc.check_frame(OWN.assign(**changes), source, REFERENCE, "own.csv")
