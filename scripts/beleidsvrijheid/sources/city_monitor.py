"""Gemeente-Stadsmonitor: workbooks of a hundred tabs, one indicator each, which the figures on staff come in as well."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import (
    Parsed,
    Reference,
    check,
    header_text,
    nis_cells,
    number_cells,
    placed_table,
    read_workbook,
    year_cells,
)
from beleidsvrijheid.sources.vintages import check_names, vintage_by_codes

KEY_COLUMNS = ["Gemeente", "NIS-code", "Indicator", "Jaar"]
INDICATOR_ID = re.compile(r"[A-Z]{2}(_[A-Z])?_\d+\w*")
# ASSUME marks of the publisher for figures that are hidden or unknown, as in Provincies in Cijfers.
ABSENT = ("x", "?", "-", "-99996", "-99997", "-99998", "-99999")
_LOOKS_NUMERIC = re.compile(r"[+-]?[\d.,\s]*\d[\d.,\s]*%?")


@dataclass(frozen=True)
class Tab:
    """One indicator: rows with nis, name, year, indicator (its wording), row (its number), and a column of numbers for each of
    `values`.

    described: columns of words, such as a province, which hold no figures.
    """

    name: str
    where: str
    rows: pd.DataFrame
    values: list[str]
    described: list[str]


def read_tabs(path: Path, is_wanted: Callable[[str], bool]) -> tuple[list[Tab], list[str]]:
    """The indicator tabs of a workbook and the names of the other tabs.

    is_wanted: tabs that must have the columns of an indicator, by name; others are left out where they lack them. Raises
    StudyError naming tab, row, column and cell of what is no code, year or number.
    """
    tabs, others = [], []
    for name, rows in read_workbook(path).items():
        header = {header_text(cell) for row in rows[:10] for cell in row}
        if is_wanted(name) or header.issuperset(KEY_COLUMNS):
            tabs.append(_tab(name, rows, f"{path.name}: tab {name!r}"))
        else:
            others.append(name)
    return tabs, others


def _tab(name: str, rows: list[list], where: str) -> Tab:
    table = placed_table(rows, KEY_COLUMNS, where)
    columns = [column for column in table if column not in KEY_COLUMNS]
    described = [column for column in columns if _is_words(table[column])]
    values = [column for column in columns if column not in described]
    if not values:
        raise StudyError(f"{where}: no column of figures beside {', '.join(KEY_COLUMNS)}; download the workbook again")
    numbers = {column: number_cells(table[column], f"{where}: {column}", ABSENT) for column in values}
    keys = {
        "nis": nis_cells(table["NIS-code"], f"{where}: NIS-code"),
        "name": table["Gemeente"].astype(str).str.strip(),
        "year": year_cells(table["Jaar"], f"{where}: Jaar"),
        "indicator": table["Indicator"].astype(str).str.strip(),
        "row": table.index,
    }
    return Tab(name, where, pd.DataFrame(keys | numbers, index=table.index), values, described)


def _is_words(cells: pd.Series) -> bool:
    """Whether a column holds words only; text that looks like a number makes it a column of figures, to be refused there."""
    present = cells[(cells != "") & ~cells.isin(ABSENT)]
    return len(present) > 0 and all(
        isinstance(cell, str) and not _LOOKS_NUMERIC.fullmatch(cell.strip()) for cell in present
    )


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, year, indicator, value. The indicator is the id of the tab, with its wording and the name of the column
    of figures where the tab has several. A 0 is kept: in tabs of the survey it may mean that there is no figure."""
    parts, names, checks, notes, origin = [], [], [], {}, {}
    for path in paths:
        tabs, others = read_tabs(path, lambda name: INDICATOR_ID.fullmatch(name) is not None)
        if not tabs:
            raise StudyError(
                f"{path.name}: no tab has the columns {', '.join(KEY_COLUMNS)} (tabs: {', '.join(others)}); download again"
            )
        checks += [_account_of_tabs(tabs, others, path.name), _account_of_names(tabs, path.name)]
        for tab in tabs:
            if tab.name in origin:
                raise StudyError(
                    f"{tab.where}: indicator {tab.name} is also in {origin[tab.name]}; keep one of the two"
                )
            origin[tab.name] = path.name
            dated = tab.rows.assign(vintage=vintage_by_codes(tab.rows, reference.units, tab.where))
            part, account = _indicators(tab, dated)
            parts.append(part)
            names.append(printed_names(tab, dated["vintage"]))
            checks.append(account | {"file": path.name})
        notes[path.name] = {"indicators": [tab.name for tab in tabs], "tabs_left_out": others}
    table = pd.concat(parts, ignore_index=True).sort_values(["indicator", "year", "nis"], ignore_index=True)
    return Parsed(table, [*checks, check_names(pd.concat(names), reference), _zeros(table)], notes)


def printed_names(tab: Tab, vintage: pd.Series) -> pd.DataFrame:
    """The codes of a tab with the names beside them, as `check_names` wants them."""
    places = f"{tab.where}: row " + tab.rows["row"].astype(str)
    return tab.rows[["nis", "name"]].assign(vintage=vintage, place=places)


def _account_of_tabs(tabs: list[Tab], others: list[str], file: str) -> dict:
    reason = f"tabs without the columns of an indicator: {', '.join(others) or 'none'}"
    return check("tabs read", len(tabs) + len(others), len(others), reason, kind="rows", file=file)


def _account_of_names(tabs: list[Tab], file: str) -> dict:
    """Tabs whose name is no indicator id: their figures stand under a name that nothing else in the study has."""
    odd = [tab.name for tab in tabs if INDICATOR_ID.fullmatch(tab.name) is None]
    reason = f"tabs of figures named otherwise, as they may be after an edit: {', '.join(map(repr, odd)) or 'none'}"
    return check("tabs named by an indicator id", len(tabs), len(odd), reason, file=file)


def _indicators(tab: Tab, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict]:
    wordings = rows["indicator"].nunique() > 1
    long = rows.melt(["nis", "vintage", "year", "indicator", "row"], tab.values, "column", "value")
    parts = [pd.Series(tab.name, long.index)]
    parts += [long["indicator"]] if wordings else []
    parts += [long["column"]] if len(tab.values) > 1 else []
    long["indicator"] = parts[0].str.cat(parts[1:], sep=": ")
    twice = long.duplicated(["nis", "year", "indicator"])
    if twice.any():
        case = long[twice].iloc[0]
        raise StudyError(
            f"{tab.where}: row {case['row']}: {case['nis']} has two figures for {case['year']} ({case['indicator']}); keep one"
        )
    present = long["value"].notna()
    reason = "cells without a figure"
    if tab.described:
        reason += f"; columns of words left out: {', '.join(tab.described)}"
    counted = check("figures read", len(long), int((~present).sum()), reason, kind="rows", code=tab.name)
    return long.loc[present, ["nis", "vintage", "year", "indicator", "value"]], counted


def _zeros(table: pd.DataFrame) -> dict:
    zeros = int((table["value"] == 0).sum())
    return check("figures that are 0", len(table), 0, f"{zeros} kept; in a survey 0 may mean that there is no figure")
