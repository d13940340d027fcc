"""What every parsed table is checked for, whatever its publisher: keys, codes, complete years, plausible figures.

What would make figures wrong (a key twice, a code that its vintage does not have) is refused. What is only odd (a year
without figures, a municipality without a row, a figure out of range) is counted and listed, and the figure kept.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import check

LISTED = 20  # municipalities named one by one; more are only counted


@dataclass(frozen=True)
class Range:
    """Figures that are plausible for a Flemish municipality, in the unit of the column; `where`: column and value."""

    column: str
    low: float
    high: float
    where: tuple[str, str] | None = None


# ASSUME bounds are wide on purpose: a figure outside is looked at by a person, never changed.
PLAUSIBLE: dict[str, list[Range]] = {
    "finance": [Range("spending_per_inhabitant", -2_000, 10_000), Range("receipts_per_inhabitant", -2_000, 10_000)],
    "actions": [Range("spending_per_inhabitant", -1_000, 10_000)],
    "debt": [Range("debt_per_inhabitant", 0, 20_000)],
    "population": [Range("population", 50, 600_000)],
    "income": [Range("residents", 50, 600_000), Range("returns", 30, 500_000)],
    "staff": [Range("vte", 0.1, 12_000)],
    "classes": [Range("class_number", 1, 9)],
    "votes": [Range("votes", 0, 400_000), Range("seats", 0, 55)],
    "lists": [Range("candidates", 1, 60), Range("list_number", 1, 99)],
    "streams": [Range("amount_eur", 0, 1_000_000_000)],
    "rates": [Range("rate", 0, 10, ("tax", "apb")), Range("rate", 100, 4_000, ("tax", "opcentiemen"))],
    "prices": [Range("index", 50, 250)],
    "shapes": [Range("area_km2", 0.5, 300)],
    "spells": [Range("spells", 1, 60), Range("days", 1, 2_300)],
}
# Tables in which not every municipality has a row, by their nature.
SPARSE = {"actions", "mandates", "streams", "survey"}


def standard_checks(table: pd.DataFrame, source: Source, units: pd.DataFrame, files: str) -> list[dict[str, Any]]:
    """Rows of data_quality.csv on a validated table (keys are unique by then). files: names, for messages.

    Raises StudyError on a code that does not exist in its vintage.
    """
    keys = check("keys unique", len(table), 0, "refused otherwise")
    rows = [keys, *_codes(table, source, units, files)]
    if "year" in table:
        rows += _years(table)
        for flow, own in [] if source.table in SPARSE or "nis" not in table else _flows(table):
            rows += _municipalities(own, units, flow)
    return rows + _ranges(table, source)


def _codes(table: pd.DataFrame, source: Source, units: pd.DataFrame, files: str) -> list[dict[str, Any]]:
    if "nis" not in table:
        return []
    pairs = table[["nis", "vintage"]].drop_duplicates()
    known = {vintage: set(units[f"nis_{vintage}"]) for vintage in (308, 300, 285)}
    unknown = [(nis, vintage) for nis, vintage in pairs.itertuples(index=False) if nis not in known[vintage]]
    if unknown:
        nis, vintage = sorted(unknown)[0]
        raise StudyError(
            f"{source.id}: {files}: column nis: {nis!r} is no municipality among the {vintage} ({len(unknown)} such codes); "
            "correct the code, or the geography that workflow/sources.yaml declares for this source"
        )
    return [check("NIS valid for its vintage", len(pairs), 0, "refused otherwise")]


def _years(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Years without any row between the first and the last; elections and other sparse series have their own rhythm."""
    years = np.unique(table["year"].to_numpy())
    steps = np.diff(years)
    if len(steps) and steps.min() > 1:
        return [check("years complete", len(years), 0, f"not a yearly series: {', '.join(map(str, years))}")]
    span = range(int(years[0]), int(years[-1]) + 1) if len(years) else range(0)
    holes = [year for year in span if year not in set(years)]
    reason = f"no row at all for {', '.join(map(str, holes))}" if holes else f"{span[0]} to {span[-1]}" if span else ""
    summary = check("years complete", len(span), len(holes), reason)
    return [summary, *(check("years complete", 1, 1, "no row in this year", year=year) for year in holes)]


def _flows(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Spending apart from receipts, which may come in files of their own; other tables as they are."""
    flows = []
    for flow in ("spending", "receipts"):
        columns = [name for name in (f"{flow}_eur", f"{flow}_per_inhabitant") if name in table]
        own = table[table[columns].notna().any(axis=1)] if columns else table[:0]
        flows += [(f" ({flow})", own)] if len(own) else []
    return flows or [("", table)]


def _municipalities(table: pd.DataFrame, units: pd.DataFrame, flow: str) -> list[dict[str, Any]]:
    """Per year and vintage, the municipalities without a row: one summary row, and one per year that lacks some."""
    present = table[["year", "vintage", "nis"]].drop_duplicates()
    name, wanted, lacking, rows = f"municipalities complete{flow}", 0, 0, []
    for (year, vintage), own in present.groupby(["year", "vintage"], sort=True):
        every = set(units[f"nis_{vintage}"])
        absent = sorted(every - set(own["nis"]))
        wanted, lacking = wanted + len(every), lacking + len(absent)
        if absent:
            more = f" and {len(absent) - LISTED} more" if len(absent) > LISTED else ""
            reason = f"of the {vintage}: {', '.join(absent[:LISTED])}{more} without a row"
            rows.append(check(name, len(every), len(absent), reason, year=int(year)))
    return [check(name, wanted, lacking, "municipality-years with a row, over the years at hand"), *rows]


def _ranges(table: pd.DataFrame, source: Source) -> list[dict[str, Any]]:
    rows = []
    for bounds in PLAUSIBLE.get(source.table, []):
        if bounds.column not in table or table[bounds.column].isna().all():
            continue
        chosen = table if bounds.where is None else table[table[bounds.where[0]] == bounds.where[1]]
        values = chosen[bounds.column].dropna()
        outside = values[(values < bounds.low) | (values > bounds.high)]
        name = f"{bounds.column} plausible" + (f" ({bounds.where[1]})" if bounds.where else "")
        expected = f"{bounds.low:g} to {bounds.high:g}"
        rows.append(check(name, len(values), len(outside), f"between {expected}; kept as printed"))
        for at, value in outside.items():
            place = {key: table.at[at, key] for key in ("nis", "year", "code") if key in table}
            rows.append(check(name, 1, 1, f"outside {expected}; kept as printed", value=value, **place))
    return rows


def failing(checks: list[dict[str, Any]]) -> list[str]:
    """One sentence per check that did not hold everywhere, for the log: the summaries, not the single cases."""
    return [
        f"{row['check']}: {row['n_failed']} of {row['n_checked']} ({row['reason']})"
        for row in checks
        if row["kind"] == "check" and row["n_failed"] and "nis" not in row and "year" not in row
    ]
