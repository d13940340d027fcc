"""Statbel: population per municipality (workbook, one sheet per year) and the consumer price index (JSON view)."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check, nis_text, read_text, read_workbook
from beleidsvrijheid.sources.tables import parse_table

_CODE_HEADERS = {"nis code", "nis-code", "niscode", "refnis", "refnis code"}
_TOTAL_HEADERS = {"total", "totaal"}


def parse_population(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Inhabitants on 1 January: nis, vintage, year, population. Rows outside the list of municipalities are counted."""
    parts = [_workbook(path) if path.suffix == ".xlsx" else parse_table(path, source, reference) for path in paths]
    table = pd.concat([part.table for part in parts], ignore_index=True)
    known = pd.concat(
        [
            pd.DataFrame({"nis": reference.units[f"nis_{vintage}"].unique(), "vintage": vintage})
            for vintage in (308, 300, 285)
        ]
    )
    inside = table.merge(known, on=["nis", "vintage"], how="left", indicator=True, validate="m:1")["_merge"] == "both"
    outside = table[~inside.to_numpy()]
    table = table[inside.to_numpy()].dropna(subset=["population"])
    twice = table.duplicated(["vintage", "nis", "year"])
    if twice.any():
        case = table[twice].iloc[0]
        raise StudyError(f"population: {case['nis']} has two figures for {case['year']}; keep one file per year")
    names = ", ".join(sorted(outside["nis"].unique())[:8])
    checks = [row for part in parts for row in part.checks]
    checks.append(
        check(
            "rows outside the municipalities dropped",
            len(inside),
            len(outside),
            f"aggregates and other regions: {names}",
            kind="rows",
        )
    )
    table = table.astype({"population": float}).sort_values(["year", "nis"], ignore_index=True)
    return Parsed(
        table[["nis", "vintage", "year", "population"]],
        checks,
        {k: v for p in parts for k, v in p.notes.items()},
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
