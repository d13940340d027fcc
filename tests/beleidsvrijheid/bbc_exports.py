"""Small BBC exports in all six layouts, to read as they are and to spoil in tests."""

import copy

import openpyxl
import pandas as pd

from beleidsvrijheid.sources import bbc, bbc_actions
from beleidsvrijheid.sources.reading import Parsed, Reference

from .small_country import NO_ALIASES, SOURCES

NIS = ["95001", "95002", "95003", "95004"]
NAMES = ["Aalbeke", "Berkhout", "Cleve (Noord)", "Cleve (Zuid)"]
UNITS = pd.DataFrame(
    {f"nis_{vintage}": NIS for vintage in (308, 300, 285)} | {f"naam_{vintage}": NAMES for vintage in (308, 300, 285)}
)
YEARS = range(2014, 2028)
PEOPLE = dict(zip(NIS, (10_000.0, 2_500.0, 8_000.0, 4_000.0), strict=True))
POPULATION = pd.DataFrame(
    [{"nis": nis, "year": year, "population": people} for nis, people in PEOPLE.items() for year in YEARS]
)
REFERENCE = Reference(UNITS, NO_ALIASES, POPULATION)
BY_FIELD = SOURCES["bbc_accounts_by_field_operating"]
BY_ACCOUNT = SOURCES["bbc_accounts_by_account_investment"]
PLANS = SOURCES["bbc_plans_by_field_investment"]

# Layout A: accounts by field.
WIDE = """Type rapport;Jaarrekening;Jaarrekening;Jaarrekening;Jaarrekening
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
RECEIPTS = WIDE.replace("Uitgave", "Ontvangst").replace("688.120;68,81;-12.345;-1,23", "40.000;4,00;;")
FOOTER = (
    "Toegepaste filters: \n [Type bestuur] is Gemeente en OCMW of District\n"
    " [Opgenomen (1)] I Investeringsverrichtingen (Niveau 1) + I.1 Investeringsuitgaven (Niveau 2)\n"
    " [Type rapport] is Jaarrekening\n [Niveau 7] is 210 a, 211 b,\n212 c of 214 d\n [Status rapport] is Origineel\n"
    " [Opgenomen (1)] 1) Budget. boekhouding (Value4) + Uitgave per inwoner (WaardeNaarKeuze)"
)
# Layout B: plans by field, the filters above the table.
TIDY = [
    ["Toegepaste filters: \n [Type rapport] is Meerjarenplan\n [Status rapport] is Origineel", *[None] * 8],
    [None] * 9,
    ["NIS-code", "Type rapport", "Rapportjaar", "Boekjaar", "BV_domein", "BV_subdomein", "Beleidsveld", "Uitgave",
     "Uitgave per inwoner"],
    ["95001", "Meerjarenplan", 2020, 2020, "7 Vrije tijd", "074 Sport", "0740 Sport", 688120, 68.81],
    ["95001", "Meerjarenplan", 2020, 2021, "7 Vrije tijd", "074 Sport", "0740 Sport", 500000.5, 50.0],
    ["95002", "Meerjarenplan", 2020, 2020, "7 Vrije tijd", "074 Sport", "0740-00 Sport", -25000, -10],
    ["95002", "Meerjarenplan", 2020, "Total", None, None, None, -25000, -10],
]  # fmt: skip
# Layout C: accounts by account, per inhabitant, the filters below.
BOARDS = [
    ["Boekjaar", 2014, 2014],
    ["Alg. rekening", "REK214-0 Plannen en studies", "REK230/4 Installaties"],
    ["Gemeente en OCMW Aalbeke", 3.5, None],
    ["Gemeente en OCMW Berkhout", 1.25, -2.0],
    [None, None, None],
    [FOOTER, None, None],
]
# Layout D: accounts by account, boards across.
ACROSS = [
    ["Bestuur", None, None, None, "Gemeente en OCMW Aalbeke", "Gemeente en OCMW Berkhout", "Total"],
    ["Type rapport", "Rapportjaar", "Boekjaar", "Alg. rekening", *["Uitgave per inwoner"] * 3],
    ["Jaarrekening", "Total", None, None, 4.5, 2.0, 4.0],
    ["Jaarrekening", 2014, "Total", None, 3.5, 2.0, 3.2],
    ["Jaarrekening", 2014, 2014, "REK214-0 Plannen en studies", 3.5, None, 3.5],
    ["Jaarrekening", 2014, 2014, "REK664 Subsidies", None, 2.0, 2.0],
    ["Jaarrekening", 2015, 2015, "REK664 Subsidies", 1.0, 0.0, 0.8],
    ["Total", None, None, None, 4.5, 2.0, 4.0],
    [None] * 7,
    [FOOTER, *[None] * 6],
]
# Layout D as the publisher prints it: subtotals at every level, which over several years are means per year.
FIELDS_ACROSS = [
    ["Bestuur", *[None] * 5, "Gemeente en OCMW Aalbeke", "Gemeente en OCMW Berkhout", "Total"],
    ["Type rapport", "Rapportjaar", "Boekjaar", "BV_domein", "BV_subdomein", "Beleidsveld", *["Uitgave per inwoner"] * 3],
    ["Jaarrekening", "Total", *[None] * 4, 4.0, 2.0, 3.6],
    ["Jaarrekening", 2014, 2014, "Total", None, None, 6.0, 2.0, 5.2],
    ["Jaarrekening", 2014, 2014, "7 Cultuur en vrije tijd", "Total", None, 6.0, 2.0, 5.2],
    ["Jaarrekening", 2014, 2014, "7 Cultuur en vrije tijd", "074 Sport", "0740 Sport", 3.5, None, 3.5],
    ["Jaarrekening", 2014, 2014, "7 Cultuur en vrije tijd", "075 Jeugd", "0750 Jeugd", 2.5, 2.0, 2.4],
    ["Jaarrekening", 2015, 2015, "7 Cultuur en vrije tijd", "075 Jeugd", "0750 Jeugd", 2.0, None, 2.0],
    ["Total", *[None] * 5, 4.0, 2.0, 3.6],
    [None] * 9,
    [FOOTER, *[None] * 8],
]  # fmt: skip
# Layout E: debt.
TERRITORY = """Type rapport;;Jaarrekening;Jaarrekening;Jaarrekening;Jaarrekening
Status rapport;;Origineel;Origineel;Origineel;Origineel
Boekjaar;;2014;2014;2015;2015
Grondgebied;Bestuur;Financiële schuld;Financiële schuld per inwoner;Financiële schuld;Financiële schuld per inwoner
Aalbeke;OCMW + Gemeente;9.000.000;900,00;8.500.000;850,00
Aalbeke;AGB Aalbeke;1.000.000;100,00;;
Aalbeke;Total;10.000.000;1.000,00;8.500.000;850,00
Berkhout;OCMW + Gemeente;1.000.000;400,00;;
Berkhout;Total;1.000.000;400,00;;
Total;;11.000.000;880,00;8.500.000;850,00
Toegepaste filters:
 [Type rapport] is Jaarrekening
 [Status rapport] is Origineel
"""
# Layout F: actions of the plan of 2026.
ACTIONS_HEADER = (
    "Bestuur;Beleidsdoelst. totaaloverzicht;Actieplan totaaloverzicht;Actie totaaloverzicht;"
    "2026,Uitgave;2026,Uitgave per inwoner;2027,Uitgave;2027,Uitgave per inwoner"
)
ACTIONS = f"""{ACTIONS_HEADER}
Gemeente en OCMW Aalbeke;"Code: BD000001
Korte omschrijving: Doel; een
Lange omschrijving: Een doel";"Code: AP000001
Korte omschrijving: Plan
Lange omschrijving: Een ""plan""
met twee regels";"Code: AC000001
Korte omschrijving: Een nieuwe
sporthal
Lange omschrijving: ";688.120;68,81;;
Gemeente en OCMW Berkhout;"Code: BD000001
Korte omschrijving: Doel
Lange omschrijving: x";"Code: AP000001
Korte omschrijving: Plan
Lange omschrijving: x";"Code: AC000002
Korte omschrijving: Fietspad
Lange omschrijving: x";25.000;10,00;-5.000;-2,00
Gemeente en OCMW Berkhout;;;;3.000;1,20;;
District Berkhout;;;;1.000;;;
Total;;;;716.120;;-5.000;
"""


def save_book(path, rows, sheet="Export"):
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def save_text(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def changed(rows, *cells):
    """Rows of a workbook with cells replaced: (row, column, value), both from 1."""
    rows = copy.deepcopy(rows)
    for row, column, value in cells:
        rows[row - 1][column - 1] = value
    return rows


def parse_text(folder, text, source=BY_FIELD, name="export.csv", reference=REFERENCE) -> Parsed:
    return bbc.parse([save_text(folder / name, text)], source, reference)


def parse_rows(folder, rows, source=BY_ACCOUNT, name="export.xlsx", reference=REFERENCE) -> Parsed:
    return bbc.parse([save_book(folder / name, rows)], source, reference)


def parse_debt(folder, text, name="schuld.csv") -> Parsed:
    return bbc.parse_debt([save_text(folder / name, text)], SOURCES["debt"], REFERENCE)


def parse_actions(folder, text, name="acties 2026.csv") -> Parsed:
    return bbc_actions.parse([save_text(folder / name, text)], SOURCES["plan_actions"], REFERENCE)


def failing(parsed: Parsed) -> list[dict]:
    """Checks that do not hold, without the account of rows."""
    return [row for row in parsed.checks if row["kind"] == "check" and row["n_failed"]]


def dropped(parsed: Parsed) -> dict[str, int]:
    """What was left out, by the name of the count."""
    counts: dict[str, int] = {}
    for row in parsed.checks:
        if row["kind"] == "rows":
            counts[row["check"]] = counts.get(row["check"], 0) + row["n_failed"]
    return counts
