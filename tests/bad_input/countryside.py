"""The simulated country's raw files, made once for all tests, and one way to read a source with a file of it spoilt."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.harmonise import population_on
from beleidsvrijheid.simulation.release import Tables, release
from beleidsvrijheid.sources import municipalities
from beleidsvrijheid.sources.checks import failing, standard_checks
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference, read_table
from beleidsvrijheid.sources.schemas import validated

from .. import workers

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "workflow/tables"
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
LONGEST_ROWS = 400  # of a list of persons; more make a test slow and no other message
LEFT_OUT = ("2024-list-person-links.ttl",)  # a source is read without it as well
# Workbooks of which so many rows and sheets are kept, for the same reason.
SHORTENED = [
    ("population/Bevolking_per_gemeente.xlsx", 319, 2),
    ("staff/personeel lokale besturen.xlsx", 250, 3),
    ("election_lists/resultaten_verkiezing_gemeenteraad_20181014.xlsx", 120, 1),
    ("gemeentefonds/algemene financieringssubsidies.xlsx", 320, 2),
    ("tax_rates/aanslagvoeten 2008-2022.xlsx", 60, 2),
]


def make(folder: Path) -> None:
    """Every publisher's file of the tiny study."""
    config = yaml.safe_load((ROOT / "tests/study/config.yaml").read_text(encoding="utf-8"))
    names = ("policy_fields", "stable_fields", "domains")
    tables = Tables(*(pd.read_csv(TABLES / f"{name}.csv", dtype=str, keep_default_na=False) for name in names))
    for name, content in release(config["simulation"], config["seed"], tables, threads=1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, rows, sheets in SHORTENED:
        shorten(folder / name, rows, sheets)
    persons = folder / "mandates/mandaten.csv"
    persons.write_text("\n".join(persons.read_text(encoding="utf-8").splitlines()[:LONGEST_ROWS]) + "\n", "utf-8")
    lists = folder / "election_lists/2024-lijsten-gemeentes.ttl"
    lists.write_text("\n\n".join(lists.read_text(encoding="utf-8").split("\n\n")[:LONGEST_ROWS]) + "\n", "utf-8")


def shorten(path: Path, rows: int, sheets: int) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[sheets:]:
        book.remove(sheet)
    for sheet in book.worksheets:
        sheet.delete_rows(rows + 1, sheet.max_row)
    book.save(path)


@cache
def raw() -> Path:
    return workers.made_once("raw_files", make)


@cache
def reference(geography: int | None = None) -> Reference:
    """What parsers look things up in; with the population where euros are held against it."""
    units = municipalities.read(raw() / "municipalities/TU_COM_REFNIS.zip", raw() / "municipalities/mergers.csv").table
    aliases = read_table(TABLES / "municipality_aliases.csv")
    if geography is None:
        return Reference(units, aliases)
    people = population_on(read("population", files_of("population"), Reference(units, aliases))[0], units, geography)
    return Reference(units, aliases, people)


def reference_of(source: str) -> Reference:
    entry = SOURCES[source]
    return reference(int(entry.geography) if entry.table in ("finance", "actions", "debt") else None)


def files_of(source: str) -> list[Path]:
    return [raw() / source / name for name in SOURCES[source].simulated]


def read(source: str, paths: list[Path], known: Reference) -> tuple[pd.DataFrame, list[str]]:
    """The table of a source as its rule makes it; the checks that did not hold, and the rows that were left out."""
    entry = SOURCES[source]
    if source == "municipalities":
        mergers = next((path for path in paths if path.name == "mergers.csv"), raw() / "municipalities/mergers.csv")
        parsed = municipalities.read(municipalities.choose(paths), mergers)
        return parsed.table, told(parsed.checks)
    parsed = parse(entry, paths, known)
    names = ", ".join(path.name for path in paths)
    table = validated(parsed.table, entry, names)
    return table, told([*parsed.checks, *standard_checks(table, entry, known.units, names)])


def told(checks: list[dict]) -> list[str]:
    """Sentences of what did not hold and of rows that were left out, as data_quality.csv has them."""
    rows = [one for one in checks if one["kind"] == "rows" and one["n_failed"]]
    return [*failing(checks), *(f"{one['check']}: {one['n_failed']} ({one['reason']})" for one in rows)]


@dataclass(frozen=True)
class Plain:
    """A source unspoilt: which of its files are read, its table, its failing checks."""

    paths: tuple[Path, ...]
    table: pd.DataFrame
    failed: tuple[str, ...]


@cache
def plain(source: str, alone: str | None) -> Plain:
    """alone: the one file that is read; None for all of the source."""
    paths = [path for path in files_of(source) if alone in (None, path.name) and path.name not in LEFT_OUT]
    table, failed = read(source, paths, reference_of(source))
    return Plain(tuple(paths), table, tuple(failed))


def spoilt(source: str, file: str, change, alone: bool = True) -> tuple[str, str]:
    """What becomes of a source with one of its files changed. Raises what its parser raises."""
    before = plain(source, file if alone else None)
    content = (raw() / source / file).read_bytes()
    changed = change(content)
    assert changed != content, "the case does not change the file"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file)
        path.write_bytes(changed)
        paths = [path if one.name == file else one for one in before.paths]
        table, failed = read(source, paths, reference_of(source))
    if table.equals(before.table):
        return "inert", "read as the unspoilt file"
    new = [one for one in failed if one not in before.failed]
    if new:
        return "counted", "; ".join(new)
    return "silent", "another table, without a word"
