"""BBC exports: layouts A and C read as printed, and refused by name when they would double or distort figures."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import bbc
from beleidsvrijheid.sources.reading import Reference

SOURCES = read_sources((Path(__file__).parents[2] / "workflow/sources.yaml").read_text(encoding="utf-8"))
BY_FIELD = SOURCES["bbc_accounts_by_field_operating"]
BY_ACCOUNT = SOURCES["bbc_accounts_by_account_investment"]
UNITS = pd.DataFrame({f"nis_{v}": ["95001", "95002"] for v in (308, 300, 285)}).assign(
    naam_308=["Aalbeke", "Berkhout"], naam_300=["Aalbeke", "Berkhout"], naam_285=["Aalbeke", "Berkhout"]
)
POPULATION = pd.DataFrame({"nis": ["95001", "95002"], "year": 2014, "population": [10000.0, 2500.0]})
NO_ALIASES = pd.DataFrame({"alias": [], "name": [], "reason": []}, dtype=str)
REFERENCE = Reference(UNITS, NO_ALIASES, POPULATION)
EXPORT = """Type rapport;Jaarrekening;Jaarrekening;Jaarrekening;Jaarrekening
Rapportjaar;2014;2014;2014;2014
Status rapport;Origineel;Origineel;Origineel;Origineel
Boekjaar;2014;2014;2014;2014
BV_domein;7 Cultuur en vrije tijd;7 Cultuur en vrije tijd;7 Cultuur en vrije tijd;7 Cultuur en vrije tijd
BV_subdomein;074 Sport;074 Sport;075 Jeugd;075 Jeugd
Beleidsveld;0740 Sport;0740 Sport;0750  Jeugd;0750  Jeugd
NIS-code;Uitgave;Uitgave per inwoner;Uitgave;Uitgave per inwoner
95001;688.120;68,81;-12.345;-1,23
95002;25.000;10,00;;
"""


def write(tmp_path, text, name="jr bv.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def parse(tmp_path, text, source=BY_FIELD, population=POPULATION):
    return bbc.parse([write(tmp_path, text)], source, Reference(UNITS, NO_ALIASES, population))


def test_figures_are_read_as_printed(tmp_path):
    table = parse(tmp_path, EXPORT).table.set_index(["nis", "code"])
    assert table.at[("95001", "0740"), "spending_eur"] == 688120
    assert table.at[("95001", "0750"), "spending_eur"] == -12345  # corrections keep their sign
    assert table.at[("95002", "0740"), "spending_per_inhabitant"] == 10
    assert ("95002", "0750") not in table.index  # absent is not zero
    assert set(table["vintage"]) == {285} and set(table["year"]) == {2014}


def test_totals_are_checked_against_the_population_and_never_adjusted(tmp_path):
    wrong = EXPORT.replace("25.000;10,00", "250.000;10,00")
    parsed = parse(tmp_path, wrong)
    failed = [row for row in parsed.checks if row.get("nis")]
    assert [(row["nis"], row["value"], row["expected"]) for row in failed] == [("95002", 250000.0, 25000.0)]
    assert parsed.table.set_index(["nis", "code"]).at[("95002", "0740"), "spending_eur"] == 250000


def test_subtotals_and_districts_are_dropped_and_counted(tmp_path):
    text = EXPORT + "Total;713.120;57,05;-12.345;-1,23\nDistrict Ekeren;1;0,10;;\n"
    parsed = parse(tmp_path, text)
    counts = {row["check"]: row["n_failed"] for row in parsed.checks if row["kind"] == "rows"}
    assert counts["subtotal rows dropped"] == 1 and counts["district rows dropped"] == 1
    assert len(parsed.table) == 3


def test_subtotal_columns_are_dropped(tmp_path):
    lines = EXPORT.splitlines()
    extra = ["Jaarrekening", "2014", "Origineel", "2014", "Total", "Total", "Total", "Uitgave", "675.775", "25.000"]
    text = "\n".join(f"{line};{cell}" for line, cell in zip(lines, extra, strict=True))
    parsed = parse(tmp_path, text)
    assert len(parsed.table) == 3
    assert {row["check"]: row["n_failed"] for row in parsed.checks}["subtotal columns dropped"] == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Origineel;Origineel\n", "Origineel;Herziening\n", "Status rapport: 2 different values"),
        ("Jaarrekening;Jaarrekening\n", "Jaarrekening;Meerjarenplan\n", "Type rapport: 2 different values"),
        ("Jaarrekening", "Meerjarenplan", "needs 'Jaarrekening'"),
        ("95002;25.000", "95001;25.000", "95001 occurs twice"),
        ("688.120", "688,120.5", "is not a number in format 'nl'"),
        ("688.120", "6881.20", "is not a number in format 'nl'"),
        ("Boekjaar;", "Jaar;", "metadata row 'Boekjaar' is missing"),
        ("NIS-code;Uitgave", "NIS;Uitgave", "no row that begins with 'NIS-code'"),
        ("0750  Jeugd;0750  Jeugd", "0740 Sport;0740 Sport", "stands in two columns"),
        ("0740 Sport;0740 Sport", "Sport;Sport", "does not begin with a code"),
        ("95001;688", "9501;688", "is not a NIS code of five digits"),
        ("Uitgave per inwoner\n", "Bedrag\n", "measure 'Bedrag' is not known"),
        (";25.000;10,00;;", ";25.000;10,00;", "has 4 cells where the first row has 5"),
        ("Boekjaar;2014", "Boekjaar;14", "is not a year"),
    ],
)
def test_what_would_distort_is_refused_by_name(tmp_path, old, new, message):
    text = EXPORT.replace(old, new) if old == "Jaarrekening" else EXPORT.replace(old, new, 1)
    with pytest.raises(StudyError, match=message) as refusal:
        parse(tmp_path, text)
    assert "jr bv.csv" in str(refusal.value)


def test_the_same_export_twice_is_refused(tmp_path):
    paths = [write(tmp_path, EXPORT, "a.csv"), write(tmp_path, EXPORT, "b.csv")]
    with pytest.raises(StudyError, match="stands in more than one place"):
        bbc.parse(paths, BY_FIELD, REFERENCE)


def test_a_web_page_and_another_encoding_are_refused(tmp_path):
    with pytest.raises(StudyError, match="a web page, not data"):
        parse(tmp_path, "<!DOCTYPE html><title>Onderhoud</title>")
    path = tmp_path / "latin.csv"
    path.write_bytes(EXPORT.replace("Sport", "Financiële").encode("latin-1"))
    with pytest.raises(StudyError, match="is not UTF-8"):
        bbc.parse([path], BY_FIELD, REFERENCE)


def test_two_formats_are_decided_by_the_population_or_refused(tmp_path):
    either = BY_FIELD.model_copy(
        update={"numbers": {"spending_eur": ["nl", "plain"], "spending_per_inhabitant": ["nl"]}}
    )
    table = parse(tmp_path, EXPORT, either).table.set_index(["nis", "code"])
    assert table.at[("95002", "0740"), "spending_eur"] == 25000
    with pytest.raises(StudyError, match="'25.000' fits the formats nl, plain with different values"):
        parse(tmp_path, EXPORT.replace("25.000;10,00", "25.000;"), either)


def workbook(tmp_path, footer, cell=1.25, name="Gemeente en OCMW Berkhout"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Export"
    sheet.append(["Boekjaar", 2014, 2014])
    sheet.append(["Alg. rekening", "REK214-0 Plannen en studies", "REK664 Toegestane investeringssubsidies"])
    sheet.append(["Gemeente en OCMW Aalbeke", 3.5, None])
    sheet.append([name, cell, -2.0])
    sheet.append([None])
    sheet.append([footer])
    path = tmp_path / "jaarrekening.xlsx"
    book.save(path)
    return path


FOOTER = (
    "Toegepaste filters: \n [Type rapport] is Jaarrekening\n [Niveau 7] is 210 a, 211 b\n [Status rapport] is Origineel"
)


def test_layout_c_is_read_by_name_and_its_footer_kept(tmp_path):
    parsed = bbc.parse([workbook(tmp_path, FOOTER)], BY_ACCOUNT, REFERENCE)
    table = parsed.table.set_index(["nis", "code"])["spending_per_inhabitant"]
    assert table.to_dict() == {("95001", "214-0"): 3.5, ("95002", "214-0"): 1.25, ("95002", "664"): -2.0}
    assert parsed.notes["jaarrekening.xlsx"]["filters"]["Niveau 7"] == "210 a, 211 b"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"footer": FOOTER.replace("Origineel", "Origineel of Herziening")}, "several at once double the figures"),
        ({"footer": FOOTER.replace("Jaarrekening", "Meerjarenplan")}, "needs 'Jaarrekening'"),
        ({"footer": ""}, "the footer does not say"),
        ({"footer": FOOTER, "cell": "25.000"}, "is text where a number is expected"),
        ({"footer": FOOTER, "name": "Gemeente en OCMW Berkhoud"}, "nearest: berkhout"),
        ({"footer": FOOTER, "name": "Gemeente en OCMW Aalbeke"}, "a board occurs twice"),
    ],
)
def test_layout_c_refuses_by_name(tmp_path, changes, message):
    with pytest.raises(StudyError, match=message):
        bbc.parse([workbook(tmp_path, **changes)], BY_ACCOUNT, REFERENCE)
