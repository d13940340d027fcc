"""Lists at municipal elections: number, name and how many candidates; never who they are.

Three layouts: the workbook of 2018 with a row per candidate, the Turtle of 2024 (lblod/app-lokaal-mandatenbeheer), and
tables in the layouts of the catalogue. The Turtle names a municipality by the address of its council only; which council
is whose says a second file, the answer to workflow/queries/gemeenteraden.sparql, or the Turtle itself where it does.
"""

import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources import list_graph
from beleidsvrijheid.sources.ballot_days import of_last_ballot
from beleidsvrijheid.sources.reading import (
    Parsed,
    Reference,
    check,
    number_column,
    read_table,
    read_workbook,
    sheet_table,
)
from beleidsvrijheid.sources.sparql import read_bindings
from beleidsvrijheid.sources.tables import choose_layout

SHEET = "kandidaten"
# ASSUME the sheet has the header that the publisher's own converter reads (lblod/kieslijsten-converter); the columns whose
# position is known from elsewhere (kieskring the fourth, lijst the tenth) agree with it.
_SHEET_COLUMNS = {"datum": "date", "kieskring": "name", "lijstnr": "list_number", "lijst": "party"}
_FIRST_ROWS = 10  # the header is the third row, below two of notes
_COLUMNS = ["nis", "vintage", "year", "list_number", "party", "candidates"]
_KEYS = ["nis", "list_number"]


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Lists: nis, vintage, year, list_number, party, candidates (empty where not given).

    An election is on the units of the year that follows it. Raises StudyError naming file, row and list.
    """
    kinds = {suffix: [path for path in paths if path.suffix == suffix] for suffix in (".xlsx", ".csv", ".ttl", ".json")}
    found = [_from_workbook(path, reference) for path in kinds[".xlsx"]]
    found += [_from_table(path, source) for path in kinds[".csv"]]
    if kinds[".ttl"]:
        found.append(_from_graph(kinds[".ttl"], kinds[".json"], reference))
    parts, checks, years = [], [], {}
    for table, rows, name in found:
        year = int(table["year"].iloc[0])
        if year in years:
            raise StudyError(f"{years[year]}, {name}: both hold the lists of {year}; keep one")
        years[year] = name
        parts.append(_checked(table, reference, name))
        checks += [row | {"file": name} for row in rows]
    if not parts:
        raise StudyError(
            f"{source.id}: {', '.join(path.name for path in paths)}: no file with lists; needed: {source.place}"
        )
    lists = pd.concat(parts, ignore_index=True).sort_values(["year", *_KEYS], ignore_index=True)
    return Parsed(lists[_COLUMNS], checks, {path.name: {} for path in paths})


def _checked(table: pd.DataFrame, reference: Reference, name: str) -> pd.DataFrame:
    """One row per list, codes of the vintage, numbers and names given. table also has row: where it stands in the file."""
    units = set(reference.units[f"nis_{table['vintage'].iloc[0]}"])
    number = table["list_number"]
    faults = [
        (~table["nis"].isin(units), "nis", f"is no municipality among the {len(units)}; correct its code"),
        (~((number >= 1) & (number % 1 == 0)), "list_number", "is not a whole number of 1 or more"),
        (table["party"] == "", "party", "is empty; a list has a name"),
        (table.duplicated(_KEYS), "list_number", "is there twice in this municipality; keep one"),
    ]
    for fault, column, message in faults:
        if fault.any():
            row = table[fault].iloc[0]
            value = f"{row[column]:g}" if isinstance(row[column], float) else repr(row[column])
            raise StudyError(f"{name}: {row['row']} (municipality {row['nis']}): {column} {value} {message}")
    return table


# The workbook of 2018


def _from_workbook(path: Path, reference: Reference) -> tuple[pd.DataFrame, list[dict[str, Any]], str]:
    sheets = read_workbook(path)
    if SHEET not in sheets:
        raise StudyError(f"{path.name}: no sheet {SHEET!r}; it has: {', '.join(sheets)}")
    rows = [[_flat(cell) for cell in row] for row in sheets[SHEET]]
    top = next((at for at, row in enumerate(rows[:_FIRST_ROWS]) if set(_SHEET_COLUMNS) <= set(row)), 0)
    where = f"{path.name}: sheet {SHEET}"
    table = sheet_table(rows[top:], _SHEET_COLUMNS, where)[list(_SHEET_COLUMNS)].rename(columns=_SHEET_COLUMNS)
    table = table.astype(str).assign(row=table.index + top + 2)
    table["list_number"] = number_column(table["list_number"].set_axis(table["row"]), ["plain"], where).to_numpy()
    blank = table["list_number"].isna()
    if blank.any():
        raise StudyError(
            f"{where}: row {table.loc[blank, 'row'].iloc[0]}: lijstnr is empty ({int(blank.sum())} such rows); fill it in"
        )
    # ASSUME the municipalities of an election are those of the first of January that follows, which is by its main day.
    year = int(table["date"].str.extract(r"(\d{4})", expand=False).mode().get(0, 0))
    index = reference.names(vintage_of_year(year + 1))
    codes = {name: index.code(name, where) for name in table["name"].unique()}
    kept, year, steps = of_last_ballot(table.assign(nis=table["name"].map(codes)), where)
    lists = (
        kept.groupby([*_KEYS, "party"], sort=True).agg(candidates=("row", "size"), row=("row", "first")).reset_index()
    )
    reason = f"{len(lists)} lists; names of candidates are not read on"
    steps.append(check("candidates counted", len(kept), 0, reason, kind="rows"))
    lists = lists.assign(row="row " + lists["row"].astype(str), candidates=lists["candidates"].astype(float))
    return lists.assign(year=year, vintage=vintage_of_year(year + 1)), steps, where


def _flat(cell: Any) -> str:
    """A cell as text: dates as 2018-10-14, whole numbers without a point, breaks in headers as blanks."""
    if isinstance(cell, datetime.date):
        return f"{cell:%Y-%m-%d}"
    return f"{cell:.15g}" if isinstance(cell, float) else " ".join(str(cell).split())


# Tables in the layouts of the catalogue


def _from_table(path: Path, source: Source) -> tuple[pd.DataFrame, list[dict[str, Any]], str]:
    raw = read_table(path)
    layout = choose_layout(list(raw.columns), source, path.name)
    table = raw[list(layout.columns)].rename(columns=layout.columns).assign(row=raw.index + 2)
    for column in ("list_number", "candidates"):
        texts = table[column] if column in table else pd.Series("", index=table.index)
        table[column] = number_column(texts.set_axis(table["row"]), ["plain"], f"{path.name}: {column}").to_numpy()
    kept, year, steps = of_last_ballot(table.assign(party=table["party"].str.strip()), path.name)
    steps.append(check("rows read", len(raw), 0, f"layout {layout.id}", kind="rows"))
    vintage = vintage_of_year(year + 1) if layout.geography in (None, "year") else int(layout.geography)
    kept = kept.assign(row="row " + kept["row"].astype(str), year=year, vintage=vintage)
    return kept, steps, path.name


# The Turtle of 2024


def _from_graph(
    paths: list[Path], answers: list[Path], reference: Reference
) -> tuple[pd.DataFrame, list[dict[str, Any]], str]:
    name = ", ".join(path.name for path in paths)
    found = list_graph.read(paths)
    stated = [read_bindings(path, ["orgaanInTijd", "gemeente", "nisUri"]) for path in answers]
    councils = pd.concat([found.councils, *(table.set_axis(found.councils.columns, axis=1) for table in stated)])
    councils = councils[councils["council"].isin(set(found.lists["council"]))].drop_duplicates()
    lists = found.lists.assign(nis="", row="list " + found.lists["list"].str.rsplit("/", n=1).str[-1])
    # The day tells the vintage, so it is looked at before there are codes.
    kept, year, steps = of_last_ballot(lists.assign(nis=lists["council"]), name)
    codes = _council_codes(councils, year, reference, name)
    unknown = kept[~kept["council"].isin(set(codes))]
    if len(unknown):
        raise StudyError(
            f"{name}: {unknown['council'].nunique()} councils have no municipality ({unknown['council'].iloc[0]} for one); "
            "put the answer to workflow/queries/gemeenteraden.sparql beside it as gemeenteraden.json"
        )
    steps += found.checks
    numbers = number_column(kept["list_number"].set_axis(kept["row"]), ["plain"], f"{name}: lijstnr").to_numpy()
    kept = kept.assign(nis=kept["council"].map(codes), list_number=numbers)
    return kept.assign(year=year, vintage=vintage_of_year(year + 1)), steps, name


def _council_codes(councils: pd.DataFrame, year: int, reference: Reference, name: str) -> dict[str, str]:
    """Code of every council: by its address where the vintage has that code, else by its name."""
    vintage = vintage_of_year(year + 1)
    units, index = set(reference.units[f"nis_{vintage}"]), reference.names(vintage)
    codes: dict[str, str] = {}
    for council, unit, address in councils.itertuples(index=False):
        stated = address.rsplit("/", 1)[-1]
        code = stated if stated in units else index.code(unit, name)
        if codes.setdefault(council, code) != code:
            raise StudyError(
                f"{name}: council {council} is both {codes[council]} and {code}; correct gemeenteraden.json"
            )
    return codes
