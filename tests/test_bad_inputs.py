"""Bad raw files of the real size: every file of the simulated country, spoilt in one way, through the parser and the checks.

Nothing passes silently: a refusal that names the file, or a check that counts what failed. Nothing ends in a traceback: any
other exception than StudyError fails the test.
"""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.harmonise import population_on
from beleidsvrijheid.sources import municipalities
from beleidsvrijheid.sources.checks import failing, standard_checks
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.sources.schemas import validated

from .bad_input.mutations import members, workbook

ROOT = Path(__file__).resolve().parent.parent
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
SIMULATED = {name: source for name, source in SOURCES.items() if source.simulated}
HTML = b"<!doctype html><html><title>Onderhoud</title><body>Even geduld</body></html>"


@pytest.fixture(scope="module")
def attempt(finished_study, tmp_path_factory):
    """Read a source with one of its files spoilt: attempt(source, name, change) -> refusal or None, failing checks."""
    folder = finished_study.folder / "data"
    units = pd.read_parquet(folder / "processed/units.parquet")
    people = population_on(pd.read_parquet(folder / "processed/parsed/population.parquet"), units, 285)
    reference = Reference(units, read_table(ROOT / "workflow/tables/municipality_aliases.csv"), people)

    def run(name, spoilt, change):
        source = SOURCES[name]
        place = tmp_path_factory.mktemp("raw") / name
        shutil.copytree(folder / "raw/simulated" / name, place)
        content = (place / spoilt).read_bytes()
        changed = change(content)
        assert changed != content, "the case does not change the file"
        (place / spoilt).write_bytes(changed)
        return _read(source, [place / one for one in source.simulated], reference, place)

    return run


def _read(source, paths, reference, place):
    try:
        if source.id == "municipalities":
            municipalities.parse(municipalities.choose(paths), place / "mergers.csv")
            return None, []
        parsed = parse(source, paths, reference)
        table = validated(parsed.table, source, "files")
        return None, failing([*parsed.checks, *standard_checks(table, source, reference.units, "files")])
    except StudyError as refusal:
        return str(refusal), []


# Every first file of every source: what a broken download or a careless hand leaves.


def first_files():
    return [(name, source.simulated[0]) for name, source in SIMULATED.items()]


@pytest.mark.parametrize(("name", "file"), first_files(), ids=lambda value: str(value))
@pytest.mark.parametrize("content", [b"", HTML], ids=["empty", "html"])
def test_a_file_that_is_none_is_refused_by_name(attempt, name, file, content):
    refusal, _ = attempt(name, file, lambda _: content)
    assert refusal is not None and file in refusal
    assert "\n" not in refusal.strip() and len(refusal) < 700


@pytest.mark.parametrize(("name", "file"), first_files(), ids=lambda value: str(value))
def test_a_cut_file_is_refused_or_counted(attempt, name, file):
    """Cut in the middle. Where that is between two cells, what is left may be well formed: municipalities are missing."""
    refusal, failed = attempt(name, file, lambda content: content[: len(content) // 2])
    assert file in refusal if refusal else any(one.startswith("municipalities complete") for one in failed), failed


# BBC exports, at 285 municipalities and six years.

EXPORT = "jr bv exploitatie 2014-2019.csv"
OPERATING = "bbc_accounts_by_field_operating"
DEBT = "financiele schuld.csv"


def lines(change):
    """A change of the lines of a text file."""

    def run(content):
        rows = content.decode("utf-8").splitlines()
        changed = change(rows)
        return ("\n".join(rows if changed is None else changed) + "\n").encode("utf-8")

    return run


def header_of(rows):
    return next(number for number, row in enumerate(rows) if row.startswith("NIS-code"))


def cell(row, column, text):
    """Lines with one cell of the figures replaced; row counts from the first municipality."""

    def run(rows):
        at = header_of(rows) + 1 + row
        cells = rows[at].split(";")
        cells[column] = text(cells[column]) if callable(text) else text
        rows[at] = ";".join(cells)

    return lines(run)


def metadata(label, change):
    def run(rows):
        at = next(number for number, row in enumerate(rows) if row.startswith(label + ";"))
        rows[at] = change(rows[at])

    return lines(run)


def without_year(year):
    def run(rows):
        years = next(row for row in rows if row.startswith("Boekjaar;")).split(";")
        kept = [number for number, one in enumerate(years) if one != year]
        return [";".join(cells[number] for number in kept) for cells in (row.split(";") for row in rows)]

    return lines(run)


def one_status_more(row):
    return row[: row.rfind(";")] + ";Herziening"


def another_type(row):
    return row[: row.rfind(";")] + ";Meerjarenplan"


def of_plans(row):
    return row.replace("Jaarrekening", "Meerjarenplan")


def without_code(row):
    return re.sub(r";\d{4} ", ";Sport ", row, count=1)


first_again = lines(lambda rows: [*rows, rows[header_of(rows) + 3]])
one_less = lines(lambda rows: rows[: header_of(rows) + 3] + rows[header_of(rows) + 4 :])
cell_less = lines(lambda rows: [*rows[:-2], rows[-2].rsplit(";", 1)[0], rows[-1]])
ten_times = cell(4, 1, lambda text: text.replace(".", "", 1) + "0")
decimal_point = cell(4, 2, lambda text: text.replace(",", "."))
as_latin = lambda content: content.decode().replace("Algemene", "Algemëne").encode("latin-1")  # noqa: E731
PLACE = r"row \d+ \(\d{5}\), column 3 \(Uitgave per inwoner, 2014, \d{4}\): '[\d.]+' is not a number"
BAD_EXPORTS = {
    "one wrong decimal": (ten_times, "check", "total = per inhabitant x population: 1 of"),
    "a decimal point": (decimal_point, "refusal", PLACE),
    "a text for a figure": (cell(4, 1, "n.v.t."), "refusal", r"Uitgave.*'n\.v\.t\.'"),
    "a municipality twice": (first_again, "refusal", "occurs twice"),
    "a missing year": (without_year("2016"), "check", "years of an export without a hole: 1 of 6"),
    "a municipality less": (one_less, "check", r"municipalities complete \(spending\): 6 of"),
    "two report statuses": (
        metadata("Status rapport", one_status_more),
        "refusal",
        "Status rapport.*2 different values",
    ),
    "two report types": (metadata("Type rapport", another_type), "refusal", "Type rapport.*2 different values"),
    "a plan for accounts": (metadata("Type rapport", of_plans), "refusal", "Type rapport.*'Meerjarenplan'"),
    "a renamed row": (
        metadata("Boekjaar", lambda row: row.replace("Boekjaar", "Jaar", 1)),
        "refusal",
        "row 'Jaar' is not known",
    ),
    "a renamed measure": (
        metadata("NIS-code", lambda row: row.replace("Uitgave;", "Bedrag;", 1)),
        "refusal",
        "'Bedrag'",
    ),
    "a year that is none": (metadata("Boekjaar", lambda row: row.replace("2014", "20I4", 1)), "refusal", "'20I4'"),
    "an unknown code": (cell(4, 0, "99999"), "refusal", "'99999'"),
    "a code of four digits": (cell(4, 0, "9500"), "refusal", "'9500'"),
    "a name for a code": (cell(4, 0, "Alverbeke"), "refusal", "'Alverbeke'"),
    "a field without code": (
        metadata("Beleidsveld", without_code),
        "refusal",
        "'Sport .*' does not begin with the code",
    ),
    "a cell too few": (cell_less, "refusal", r"row \d+ has \d+ cells"),
    "another delimiter": (lambda content: content.replace(b";", b","), "refusal", "NIS-code"),
    "latin-1": (as_latin, "refusal", "not UTF-8"),
    "utf-16": (lambda content: content.decode().encode("utf-16"), "refusal", "not UTF-8"),
}


@pytest.mark.parametrize("case", BAD_EXPORTS)
def test_a_bad_export_gives_one_clear_message(attempt, case):
    change, kind, message = BAD_EXPORTS[case]
    refusal, failed = attempt(OPERATING, EXPORT, change)
    if kind == "refusal":
        assert refusal is not None, failed
        assert EXPORT in refusal and re.search(message, refusal), refusal
    else:
        assert refusal is None, refusal
        assert any(re.search(message, sentence) for sentence in failed), failed


@pytest.mark.parametrize("row", ["Total", "Totaal", "District Alverbeke-Noord"])
def test_subtotal_and_district_rows_are_left_out_and_counted(finished_study, tmp_path, row):
    folder = finished_study.folder / "data"
    units = pd.read_parquet(folder / "processed/units.parquet")
    reference = Reference(units, read_table(ROOT / "workflow/tables/municipality_aliases.csv"))
    raw = folder / "raw/simulated" / OPERATING / EXPORT
    plain = parse(SOURCES[OPERATING], [raw], reference)
    text = raw.read_text(encoding="utf-8").splitlines()
    at = header_of(text) + 3
    added = [*text[:at], ";".join([row, *text[at].split(";")[1:]]), *text[at:]]
    path = tmp_path / EXPORT
    path.write_text("\n".join(added) + "\n", encoding="utf-8")
    parsed = parse(SOURCES[OPERATING], [path], reference)
    pd.testing.assert_frame_equal(parsed.table, plain.table)
    kind = "district" if row.startswith("District") else "subtotal"

    def dropped(result):
        return sum(one["n_failed"] for one in result.checks if one["check"] == f"{kind} rows dropped")

    assert dropped(parsed) == dropped(plain) + 1


# Other layouts.


def replaced(old, new, count=1):
    def run(content):
        assert old.encode() in content, f"{old!r} is not in the file"
        return content.replace(old.encode(), new.encode(), count)

    return run


def set_cell(sheet, place, value):
    def run(book):
        chosen = book[sheet] if isinstance(sheet, str) else book.worksheets[sheet]
        chosen[place] = value

    return workbook(run)


@workbook
def renamed_tabs(book):
    for number, sheet in enumerate(book.worksheets):
        sheet.title = f"Blad{number}"


def in_members(old, new):
    """A text replaced in every member of a zip."""
    return members(lambda inside: {name: text.replace(old, new) for name, text in inside.items()})


def renamed_members(change):
    return members(lambda inside: {change(name): text for name, text in inside.items()})


def with_member(name, text):
    return members(lambda inside: inside | {name: text})


def text_for_a_debt(content):
    return re.sub(rb"(;OCMW \+ Gemeente;)[\d.]+;", rb"\1veel;", content, count=1)


without_results = members(lambda inside: {name: text for name, text in inside.items() if "Uitslag" not in name})
cut_members = members(lambda inside: {name: text[:-3] for name, text in inside.items()})
without_first_row = workbook(lambda book: book.worksheets[0].delete_rows(1))

PEOPLE, INCOMES, REGISTER = "Bevolking_per_gemeente.xlsx", "TF_PSNL_INC_TAX_MUNTY.zip", "TU_COM_REFNIS.zip"
BALLOT, TURTLE, QUERY = "verkiezingen2018.zip", "2024-lijsten-gemeentes.ttl", "burgemeesters_schepenen.json"
STAFF, GRANTS, RATES = (
    "personeel lokale besturen.xlsx",
    "algemene financieringssubsidies.xlsx",
    "taux-taxe-communale-2024.xlsx",
)
CLUSTERS, SHAPES, ACTIONS, CLASSES = (
    "belfius_2018.txt",
    "RefgemG100_2025.geojson",
    "acties 2020.csv",
    "uitrustingsgraad_nis2025.xlsx",
)
INDEX, BOARD, NUMBER = '"Consumptieprijsindex": ', "Gemeente en OCMW ", "<http://data.vlaanderen.be/ns/mandaat#lijstnr"
BAD_FILES = {
    "population: text": ("population", PEOPLE, set_cell(0, "E9", "veel")),
    "population: tabs renamed": ("population", PEOPLE, renamed_tabs),
    "income: delimiter": ("income", INCOMES, in_members(b"|", b";")),
    "income: two texts": ("income", INCOMES, with_member("more.txt", b"a|b\n1|2\n")),
    "income: out of its folder": ("income", INCOMES, renamed_members(lambda name: f"../{name}")),
    "municipalities: dates": ("municipalities", REGISTER, in_members(b"31/12/9999", b"9999-12-31")),
    "elections: no results": ("election_results", BALLOT, without_results),
    "elections: not JSON": ("election_results", BALLOT, cut_members),
    "elections: out of its folder": ("election_results", BALLOT, with_member("../evil.json", b"{}")),
    "elections: other names": (
        "election_results",
        BALLOT,
        renamed_members(lambda name: name.replace("gemeente", "commune")),
    ),
    "mandates: a column renamed": ("mandates", "mandaten.csv", replaced("bestuursfunctieLabel", "functie")),
    "mandates: a date": ("mandates", "mandaten.csv", replaced("2018-12-31T23:00:00Z", "1 januari 2019")),
    "mandates: no bindings": ("mandates", QUERY, replaced('"bindings"', '"rows"')),
    "lists: an address cut": ("election_lists", TURTLE, replaced(f"{NUMBER}>", NUMBER)),
    "staff: tabs renamed": ("staff", STAFF, renamed_tabs),
    "belfius: unknown cluster": ("belfius_clusters", CLUSTERS, replaced("V1 ", "V77 ")),
    "belfius: unknown name": ("belfius_clusters", CLUSTERS, replaced("BROMMEGEM", "BROMMEGEN")),
    "grants: a column renamed": ("gemeentefonds", GRANTS, set_cell("Export", "E1", "Euro")),
    "grants: text": ("gemeentefonds", GRANTS, set_cell("Export", "E5", "veel")),
    "taxes: unknown name": ("tax_rates", RATES, set_cell(0, "A6", "NERGENSHUIZEN")),
    "prices: two base years": ("cpi", "cpi.json", replaced(f"{INDEX}100.0", f"{INDEX}77.7")),
    "prices: no facts": ("cpi", "cpi.json", replaced('"facts"', '"feiten"')),
    "geometry: no features": ("geometry", SHAPES, replaced('"features"', '"shapes"')),
    "geometry: a code twice": ("geometry", SHAPES, replaced("95001", "95002")),
    "actions: a column renamed": ("plan_actions", ACTIONS, replaced("Actie totaaloverzicht", "Acties")),
    "actions: unknown board": ("plan_actions", ACTIONS, replaced(f"{BOARD}Alverbeke", f"{BOARD}Nergens")),
    "debt: a text": ("debt", DEBT, text_for_a_debt),
    "centre function: no header": ("centre_function", CLASSES, without_first_row),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gives_one_clear_message(attempt, case):
    name, file, change = BAD_FILES[case]
    refusal, failed = attempt(name, file, change)
    assert refusal is not None, failed
    assert file in refusal and len(refusal) < 700, refusal


# The same figures in our own schema: what a researcher who fills tidy.csv by hand gets wrong.


@pytest.fixture(scope="module")
def tidy_attempt(finished_study, tmp_path_factory):
    """Read a parsed table, changed, from a tidy.csv: tidy_attempt(source, change) -> refusal or None, failing checks, table."""
    folder = finished_study.folder / "data/processed"
    units = pd.read_parquet(folder / "units.parquet")
    people = population_on(pd.read_parquet(folder / "parsed/population.parquet"), units, 285)
    reference = Reference(units, read_table(ROOT / "workflow/tables/municipality_aliases.csv"), people)

    def run(name, change=lambda table: table):
        table = change(pd.read_parquet(folder / f"parsed/{name}.parquet"))
        path = tmp_path_factory.mktemp("tidy") / "tidy.csv"
        table.to_csv(path, index=False, date_format="%Y-%m-%d")
        refusal, failed = _read(SOURCES[name], [path], reference, path.parent)
        return refusal, failed, table

    return run


FIELDS, ACCOUNT_PLANS = "bbc_accounts_by_field_financing", "bbc_plans_by_account_financing"


@pytest.mark.parametrize(
    "name",
    [FIELDS, ACCOUNT_PLANS, *(name for name, one in SIMULATED.items() if one.table not in ("finance", "units"))],
)
def test_every_parsed_table_is_a_tidy_file(tidy_attempt, finished_study, name):
    refusal, failed, table = tidy_attempt(name)
    assert refusal is None, refusal
    checked = standard_checks(
        table, SOURCES[name], pd.read_parquet(finished_study.folder / "data/processed/units.parquet"), ""
    )
    assert [one for one in failed if not one.startswith("total = ")] == failing(checked)


def assigned(**values):
    """Other values in the first rows, as many as are given."""

    def run(table):
        changed = table.astype(dict.fromkeys(values, object))
        for name, value in values.items():
            changed.loc[changed.index[0], name] = value
        return changed

    return run


def of_plan(table):
    """Thirty municipalities without a figure in the first year of the plan, which an older plan still covers."""
    older = table[table["year"] == 2020].assign(report_year=2014)
    lost = table["nis"].isin(sorted(set(table["nis"]))[:30]) & (table["year"] == 2020)
    return pd.concat([older, table[~lost]])


BAD_TIDY = {
    "finance: totals x10": (FIELDS, lambda table: table.assign(spending_eur=table["spending_eur"] * 10), "check",
                            "^total = per inhabitant x population: "),
    "finance: two reports": (FIELDS, lambda table: pd.concat([table, table.assign(report_year=2026)]), "refusal", "2014.* 2026"),
    "finance: code as a number": (FIELDS, lambda table: table.assign(code=table["code"].str.lstrip("0")), "refusal",
                                  "column 'code'"),
    "finance: no rows": (FIELDS, lambda table: table[:0], "refusal", "no rows"),
    "plan: thirty municipalities": (ACCOUNT_PLANS, of_plan, "check", r"municipalities complete \(spending\): 30 of 1995 "),
    "population: half a year": ("population", assigned(year="2014.7"), "refusal", "year: row 2: '2014.7'"),
    "staff: Dutch": ("staff", assigned(employer="gemeente"), "refusal", "'gemeente' fails"),
    "staff: no ocmw": ("staff", lambda table: table[~((table["employer"] == "ocmw") & (table["year"] > 2023))], "check",
                       r"years complete: 2 of \d+ \(no row at all for 2024 \(ocmw\), 2025 \(ocmw\)"),
    "staff: x10": ("staff", lambda table: table.assign(vte=table["vte"] * 10), "check", "median vte plausible"),
    "mandates: Dutch": ("mandates", assigned(function="burgemeester"), "refusal", "'burgemeester' fails"),
    "mandates: twice": ("mandates", lambda table: pd.concat([table, table]), "refusal", "occurs twice"),
    "mandates: backwards": ("mandates", assigned(end=pd.Timestamp("1999-01-01")), "refusal", "is before start"),
    "mandates: for ever": ("mandates", assigned(end="9999-12-31"), "refusal", "end: row 2: '9999-12-31'"),
    "votes: twice": ("election_results", lambda table: pd.concat([table, table[:1]]), "refusal", "occurs twice"),
    "votes: seats": ("election_results", assigned(seats=90.0), "check", "seats of a council plausible: 1 of"),
    "taxes: capitals": ("tax_rates", lambda table: table.assign(tax=table["tax"].str.upper()), "refusal", "'APB' fails"),
    "taxes: x10": ("tax_rates", lambda table: table.assign(rate=table["rate"] * 10), "check", r"rate plausible \(apb\)"),
    "clusters: V77": ("belfius_clusters", assigned(cluster="V77"), "refusal", "'V77' fails"),
    "geometry: x": ("geometry", assigned(geometry="x"), "refusal", "'x' fails a polygon"),
    "debt: total": ("debt", lambda table: table.assign(debt_eur=table["debt_eur"] / 10), "check", "total = per inhabitant"),
    "income: thousands": ("income", lambda table: table.assign(taxable_income_eur=table["taxable_income_eur"] / 1000), "check",
                          "taxable_income_eur per residents plausible"),
    "grants: negative": ("gemeentefonds", lambda table: table.assign(amount_eur=-table["amount_eur"]), "check",
                         "amount_eur plausible"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TIDY)
def test_a_bad_tidy_file_gives_one_clear_message(tidy_attempt, case):
    name, change, kind, message = BAD_TIDY[case]
    refusal, failed, _ = tidy_attempt(name, change)
    if kind == "refusal":
        assert refusal is not None, failed
        assert re.search(message, refusal) and len(refusal) < 700, refusal
    else:
        assert refusal is None, refusal
        assert any(re.search(message, sentence) for sentence in failed), failed


def test_there_are_enough_cases():
    assert 3 * len(first_files()) + len(BAD_EXPORTS) + len(BAD_FILES) >= 40
