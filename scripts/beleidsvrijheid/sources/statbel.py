"""Statbel: population per municipality (a workbook, or one text per year) and the consumer price index (JSON view)."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check, nis_text, read_text, read_workbook
from beleidsvrijheid.sources.statbel_structure import is_structure, parse_structure
from beleidsvrijheid.sources.tables import parse_table

_CODE_HEADERS = {"nis code", "nis-code", "niscode", "refnis", "refnis code"}
_TOTAL_HEADERS = {"total", "totaal"}


def parse_population(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Inhabitants on 1 January: nis, vintage, year, population. Rows outside the list of municipalities are counted.

    paths: the workbook with a sheet per year, texts by age and sex (one per year), tables in a layout of the catalogue.
    Raises StudyError naming file and place; a year in two files is refused.
    """
    parts = [_part(path, source, reference) for path in paths]
    table = pd.concat(
        [part.table.assign(file=path.name) for part, path in zip(parts, paths, strict=True)], ignore_index=True
    )
    inside = _inside(table, reference)
    names = ", ".join(sorted(table.loc[~inside, "nis"].unique())[:8])
    reason = f"aggregates and other regions: {names}"
    own = table[inside]
    kept = own.dropna(subset=["population"])
    _refuse_twice(kept)
    checks = [
        *(row for part in parts for row in part.checks),
        check("rows outside the municipalities dropped", len(table), int((~inside).sum()), reason, kind="rows"),
        check("rows without a figure dropped", len(own), len(own) - len(kept), "empty cells", kind="rows"),
    ]
    kept = kept.astype({"population": float}).sort_values(["year", "nis"], ignore_index=True)
    notes = {name: note for part in parts for name, note in part.notes.items()}
    return Parsed(kept[["nis", "vintage", "year", "population"]], checks, notes)


def _part(path: Path, source: Source, reference: Reference) -> Parsed:
    if is_structure(path):
        return parse_structure(path)
    return _workbook(path) if path.suffix == ".xlsx" else parse_table(path, source, reference)


def _inside(table: pd.DataFrame, reference: Reference) -> pd.Series:
    """Whether each code is a municipality of the vintage of its row."""
    known = {vintage: set(reference.units[f"nis_{vintage}"]) for vintage in VINTAGES}
    pairs = zip(table["nis"], table["vintage"], strict=True)
    return pd.Series([nis in known[vintage] for nis, vintage in pairs], index=table.index, dtype=bool)


def _refuse_twice(table: pd.DataFrame) -> None:
    keys = ["vintage", "nis", "year"]
    twice = table[table.duplicated(keys, keep=False)].sort_values(keys, kind="stable")
    if len(twice):
        case = twice.iloc[0]
        files = twice.loc[(twice[keys] == case[keys]).all(axis=1), "file"].unique()
        raise StudyError(
            f"population: {', '.join(files)}: {case['nis']} has two figures for {case['year']}; keep one file per year"
        )


def _workbook(path: Path) -> Parsed:
    tables = []
    for sheet, rows in read_workbook(path).items():
        match = re.fullmatch(r"Bevolking in (\d{4})", sheet.strip())
        if match:
            tables.append(_sheet(rows, int(match[1]), f"{path.name}: sheet {sheet!r}"))
    if not tables:
        raise StudyError(f"{path.name}: no sheet named 'Bevolking in YYYY'")
    years = sorted(int(table["year"].iloc[0]) for table in tables)
    return Parsed(pd.concat(tables, ignore_index=True), [], {path.name: {"years": years}})


def _sheet(rows: list[list[Any]], year: int, where: str) -> pd.DataFrame:
    lowered = [[str(cell).strip().casefold() for cell in row] for row in rows[:6]]
    start = next((n for n, row in enumerate(lowered) if set(row) & _CODE_HEADERS and set(row) & _TOTAL_HEADERS), None)
    if start is None:
        raise StudyError(f"{where}: no header row with a NIS code and a total in the first six rows")
    header = lowered[start]
    code = next(n for n, cell in enumerate(header) if cell in _CODE_HEADERS)
    total = next(n for n, cell in enumerate(header) if cell in _TOTAL_HEADERS)
    body = [row for row in rows[start + 1 :] if re.fullmatch(r"\d{4,5}(\.0)?", str(row[code]).strip())]
    texts = [row for row in body if isinstance(row[total], str) and row[total].strip()]
    if texts:
        raise StudyError(f"{where}: row {texts[0][code]}: {texts[0][total]!r} is text where a number is expected")
    nis = nis_text(pd.Series([row[code] for row in body], dtype=object)).str.zfill(5)
    population = pd.to_numeric(pd.Series([row[total] for row in body], dtype=object).replace("", None))
    return pd.DataFrame({"nis": nis, "vintage": vintage_of_year(year), "year": year, "population": population})


def parse_prices(path: Path, source: Source, reference: Reference) -> Parsed:
    """Consumer price index per year: year, index. Repeated years must agree."""
    try:
        facts = json.loads(read_text(path))["facts"]
        table = pd.DataFrame(
            {
                "year": [int(fact["Jaar"]) for fact in facts],
                "index": [float(fact["Consumptieprijsindex"]) for fact in facts],
            }
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise StudyError(
            f"{path.name}: not the JSON view Jaar, Consumptieprijsindex ({problem}); save it again"
        ) from None
    spread = table.groupby("year")["index"].nunique()
    if (spread > 1).any():
        raise StudyError(f"{path.name}: {spread.index[spread > 1][0]} has two different indices; keep one base year")
    distinct = table.drop_duplicates("year").sort_values("year", ignore_index=True)
    repeated = check(
        "repeated years",
        len(table),
        len(table) - len(distinct),
        "same index printed twice",
        kind="rows",
        file=path.name,
    )
    return Parsed(
        distinct,
        [repeated],
        {path.name: {"years": [int(distinct["year"].min()), int(distinct["year"].max())]}},
    )
