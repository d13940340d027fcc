"""Indicators that a researcher brings: tidy files of nis, indicator and value, where they have them year and beleidsveld."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, vintage_of_year
from beleidsvrijheid.sources.reading import Parsed, Reference, check, number_column, read_table
from beleidsvrijheid.sources.schemas import YEARS

COLUMNS = ("nis", "indicator", "value")
OPTIONAL = ("year", "beleidsveld")


def read_own(path: Path) -> pd.DataFrame:
    """Every cell of one file as text: nis, indicator, value, year, beleidsveld (empty where the file has no such column).

    Row n of the file is index n - 2. Raises StudyError on a column that is missing or not known.
    """
    table = read_table(path)
    for name in COLUMNS:
        if name not in table:
            raise StudyError(f"{path.name}: column {name!r} is missing; needed: {', '.join(COLUMNS)}")
    unknown = [name for name in table if name not in (*COLUMNS, *OPTIONAL)]
    if unknown:
        allowed = ", ".join((*COLUMNS, *OPTIONAL))
        raise StudyError(f"{path.name}: column {unknown[0]!r} is not known; allowed: {allowed}")
    lacking = {name: "" for name in OPTIONAL if name not in table}
    return table.assign(**lacking)[[*COLUMNS, *OPTIONAL]].apply(lambda cells: cells.str.strip())


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, year (missing where the file has none), beleidsveld, indicator, aggregate, value.

    source.options["indicators"]: id -> geography, aggregate and categorical, as the configuration has them. A row with an
    empty value is absent, and counted. Raises StudyError naming file and row of a code, a year or a number that is none,
    and of an indicator that has a year in some rows only.
    """
    declared = source.options.get("indicators", {})
    tables, checks, notes = [], [], {}
    for path in paths:
        table = _typed(read_own(path), declared, path.name)
        given = table["value"].notna()
        checks.append(check("rows read", len(table), 0, "our own schema", kind="rows", file=path.name))
        lost = int((~given).sum())
        checks.append(check("rows without a value", len(table), lost, "left out", kind="rows", file=path.name))
        notes[path.name] = {"layout": "tidy", "rows": len(table), "indicators": sorted(set(table["indicator"]))}
        _refuse_unknown(table, reference, path.name)
        tables.append(table[given])
    together = pd.concat(tables, ignore_index=True)
    _refuse_half_dated(together, declared)
    return Parsed(together, checks, notes)


def _typed(cells: pd.DataFrame, declared: Mapping[str, Any], name: str) -> pd.DataFrame:
    rows = cells.index + 2
    unknown = ~cells["indicator"].isin(list(declared))
    if unknown.any():
        raise undeclared(cells.loc[unknown, "indicator"].iloc[0], name)
    for column, pattern, words in (
        ("nis", r"\d{5}", "a NIS code of five digits"),
        ("year", r"((19|20)\d{2})?", f"a year from {YEARS[0]} to {YEARS[1]}"),
    ):
        wrong = ~cells[column].str.fullmatch(pattern).astype(bool)
        if wrong.any():
            at = int(wrong.to_numpy().argmax())
            raise StudyError(f"{name}: row {rows[at]}: {cells[column].iloc[at]!r} is not {words}; correct it")
    texts = cells["value"].set_axis(rows)
    years = pd.to_numeric(cells["year"].where(cells["year"] != "")).astype("Int64")
    typed = cells.assign(value=number_column(texts, ["plain"], f"{name}: value").to_numpy(), year=years)
    typed["aggregate"] = typed["indicator"].map({one: entry["aggregate"] for one, entry in declared.items()})
    geography = typed["indicator"].map({one: entry["geography"] for one, entry in declared.items()})
    return typed.assign(vintage=_vintages(geography, years, typed, name))


def _vintages(geography: pd.Series, years: pd.Series, table: pd.DataFrame, name: str) -> pd.Series:
    """The vintage of every row's code: that of its indicator, or of its year."""
    by_year = geography == "year"
    undated = by_year & years.isna()
    if undated.any():
        one = table.loc[undated, "indicator"].iloc[0]
        raise StudyError(
            f"{name}: row {undated.idxmax() + 2}: {one} has geography: year and this row has no year; write one, or say "
            f"in config.yaml, own_indicators.{one}.geography, which municipalities the codes are of"
        )
    vintages = geography.mask(by_year, years.fillna(YEARS[0]).astype(int).map(vintage_of_year))
    return vintages.astype(int)


def undeclared(indicator: str, name: str) -> StudyError:
    """The refusal of an indicator that stands in a file only."""
    return StudyError(
        f"config.yaml: own_indicators: {name} has the indicator {indicator!r}, which is not declared; add it with label, "
        "unit, geography and aggregate, or take its rows out of the file"
    )


def _refuse_unknown(table: pd.DataFrame, reference: Reference, name: str) -> None:
    for vintage in VINTAGES:
        known = table["nis"].isin(reference.units[f"nis_{vintage}"])
        wrong = (table["vintage"] == vintage) & ~known
        if wrong.any():
            at = wrong.idxmax()
            nis, one = table.at[at, "nis"], table.at[at, "indicator"]
            raise StudyError(
                f"{name}: row {at + 2}: {nis!r} is no municipality among the {vintage} ({int(wrong.sum())} such rows); "
                f"correct the code, or config.yaml, own_indicators.{one}.geography"
            )


def _refuse_half_dated(table: pd.DataFrame, declared: Mapping[str, Any]) -> None:
    for one, rows in table.groupby("indicator", sort=True):
        dated = rows["year"].notna()
        if dated.any() and not dated.all():
            raise StudyError(
                f"own_indicators: {one} has a year in {int(dated.sum())} of its {len(rows)} rows; give all rows one, or "
                "none, or make it two indicators"
            )
        if dated.any() and declared[one]["categorical"]:
            raise StudyError(
                f"own_indicators: {one} is categorical and has years; a category has one value per municipality: take the "
                "column year out, or drop `categorical`"
            )
