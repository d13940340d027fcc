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
from beleidsvrijheid.sources.schemas import key_of

LISTED = 20  # municipalities named one by one; more are only counted


@dataclass(frozen=True)
class Range:
    """Figures that are plausible for a Flemish municipality, in the unit of the column, or per unit of column `per`.

    where: a column and the pattern of the texts that the range is for; label: what the name of the check adds for them.
    """

    column: str
    low: float
    high: float
    where: tuple[str, str] | None = None
    label: str = ""
    per: str | None = None

    @property
    def name(self) -> str:
        return (
            f"{self.column}{f' per {self.per}' if self.per else ''} plausible{f' ({self.label})' if self.label else ''}"
        )


# ASSUME bounds are wide on purpose: a figure outside is looked at by a person, never changed.
PLAUSIBLE: dict[str, list[Range]] = {
    "finance": [Range("spending_per_inhabitant", -2_000, 10_000), Range("receipts_per_inhabitant", -2_000, 10_000)],
    "actions": [Range("spending_per_inhabitant", -1_000, 10_000)],
    "debt": [Range("debt_per_inhabitant", 0, 20_000), Range("debt_eur", 0, 10_000_000_000)],
    "population": [Range("population", 50, 600_000)],
    "ages": [Range("population", 5, 400_000)],
    "income": [Range("residents", 50, 600_000), Range("returns", 30, 500_000),
               Range("taxable_income_eur", 0, 20_000_000_000), Range("municipal_tax_eur", 0, 1_000_000_000),
               Range("total_tax_eur", 0, 6_000_000_000), Range("taxable_income_eur", 5_000, 80_000, per="residents")],
    "staff": [Range("vte", 0.1, 12_000)],
    "classes": [Range("class_number", 1, 9)],
    "votes": [Range("votes", 0, 400_000), Range("seats", 0, 55)],
    "lists": [Range("candidates", 1, 60), Range("list_number", 1, 99)],
    "streams": [Range("amount_eur", 0, 1_000_000_000)],
    "rates": [Range("rate", 0, 10, ("tax", "apb"), "apb"), Range("rate", 250, 3_000, ("tax", "opcentiemen"), "opcentiemen")],
    "prices": [Range("index", 50, 250)],
    "shapes": [Range("area_km2", 0.5, 300)],
    "spells": [Range("spells", 1, 60), Range("days", 1, 2_300)],
    "survey": [Range("value", 0, 100, ("indicator", r".*\(%\).*"), "%")],
}  # fmt: skip
SEATS = (7, 55)  # of a council, always odd: article 5 of the Decreet lokaal bestuur
# ASSUME staff of half of the municipalities is between these, for either employer; a wrong unit or mark moves all by 10.
MIDDLE_VTE, ENOUGH = (20, 400), 20
# ASSUME no employer is this many times its own usual size; an OCMW that becomes part of the municipality shrinks, slowly.
JUMPS = (1 / 50, 8)
# Kind -> the column by which a table is several series, each with its own years and municipalities.
SERIES = {"finance": "report_year", "staff": "employer", "rates": "tax", "streams": "stream", "survey": "indicator",
          "own": "indicator"}  # fmt: skip
# Series that run as long as the table does; others (a plan, a grant) have a first and a last year of their own.
PARALLEL = {"staff", "rates"}
# ASSUME a grant that nine in ten municipalities have in its fullest year is meant for all.
FOR_ALL = 0.9
# Tables in which not every municipality has a row, by their nature.
SPARSE = {"actions", "mandates", "survey", "own"}


def standard_checks(table: pd.DataFrame, source: Source, units: pd.DataFrame, files: str) -> list[dict[str, Any]]:
    """Rows of data_quality.csv on a validated table (keys are unique by then). files: names, for messages.

    Raises StudyError on a code that does not exist in its vintage.
    """
    keys = key_of(source.table)
    what = check("keys unique", len(table), 0, f"{', '.join(keys)}; refused otherwise") if keys else check(
        "rows unique", len(table), 0, "whole rows; refused otherwise")  # fmt: skip
    rows = [what, *_codes(table, source, units, files)]
    if "year" in table and table["year"].notna().any():
        rows += _years(table.dropna(subset=["year"]).astype({"year": int}), source)
        for flow, own in [] if source.table in SPARSE or "nis" not in table else _flows(table):
            rows += _municipalities(own, units, flow, source)
    rows += _councils(table) if source.table == "votes" and "seats" in table else []
    rows += [*_middle(table), *_jumps(table)] if source.table == "staff" else []
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


def _series(table: pd.DataFrame, source: Source) -> pd.Series:
    """Which series a row is of, as text; one without a name where the table is a single one.

    Accounts are one series, for a year stands in one report only.
    """
    column = SERIES.get(source.table)
    if column is None or source.options.get("report") == "Jaarrekening":
        return pd.Series("", index=table.index)
    return ("plan " if column == "report_year" else "") + table[column].astype(str)


def _years(table: pd.DataFrame, source: Source) -> list[dict[str, Any]]:
    """Years without any row between the first and the last; elections and other sparse series have their own rhythm."""
    years = np.unique(table["year"].to_numpy())
    steps = np.diff(years)
    if len(steps) and steps.min() > 1:
        return [check("years complete", len(years), 0, f"not a yearly series: {', '.join(map(str, years))}")]
    wanted, holes = 0, []
    for series, own in table["year"].groupby(_series(table, source), sort=True):
        first, last = (years[0], years[-1]) if source.table in PARALLEL else (own.min(), own.max())
        present = set(own)
        if min(np.diff(sorted(present)), default=1) > 1:  # a survey has its own rhythm
            wanted += len(present)
            continue
        wanted += int(last - first) + 1
        holes += [(series, year) for year in range(int(first), int(last) + 1) if year not in present]
    lacking = ", ".join(f"{year}{f' ({series})' if series else ''}" for series, year in holes[:LISTED])
    more = f" and {len(holes) - LISTED} more" if len(holes) > LISTED else ""
    reason = f"no row at all for {lacking}{more}" if holes else f"{years[0]} to {years[-1]}"
    summary = check("years complete", wanted, len(holes), reason)
    cases = [
        check("years complete", 1, 1, "no row in this year" + (f" ({series})" if series else ""), year=year)
        for series, year in holes
    ]
    return [summary, *cases]


def _flows(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Spending apart from receipts, which may come in files of their own; other tables as they are."""
    flows = []
    for flow in ("spending", "receipts"):
        columns = [name for name in (f"{flow}_eur", f"{flow}_per_inhabitant") if name in table]
        own = table[table[columns].notna().any(axis=1)] if columns else table[:0]
        flows += [(f" ({flow})", own)] if len(own) else []
    return flows or [("", table)]


def _municipalities(table: pd.DataFrame, units: pd.DataFrame, flow: str, source: Source) -> list[dict[str, Any]]:
    """Per series, year and vintage the municipalities without a row: a summary row, and one per group that lacks some."""
    present = table[["year", "vintage", "nis"]].assign(series=_series(table, source)).drop_duplicates()
    if source.table == "streams":
        present = present[present["series"].isin(_for_all(present, units))]
    name, wanted, lacking, rows = f"municipalities complete{flow}", 0, 0, []
    for (series, year, vintage), own in present.groupby(["series", "year", "vintage"], sort=True):
        every = set(units[f"nis_{vintage}"])
        absent = sorted(every - set(own["nis"]))
        wanted, lacking = wanted + len(every), lacking + len(absent)
        if absent:
            more = f" and {len(absent) - LISTED} more" if len(absent) > LISTED else ""
            reason = f"of the {vintage}: {', '.join(absent[:LISTED])}{more} without a row"
            reason = f"{series}: {reason}" if series else reason
            rows.append(check(name, len(every), len(absent), reason, year=int(year)))
    return [check(name, wanted, lacking, "municipality-years with a row, over the years at hand"), *rows]


def _for_all(present: pd.DataFrame, units: pd.DataFrame) -> set[str]:
    """Series that (nearly) every municipality has in some year."""
    counts = present.groupby(["series", "year", "vintage"], sort=True).size().reset_index(name="count")
    every = counts["vintage"].map({vintage: units[f"nis_{vintage}"].nunique() for vintage in (308, 300, 285)})
    return set(counts.loc[counts["count"] >= FOR_ALL * every, "series"])


def _ranges(table: pd.DataFrame, source: Source) -> list[dict[str, Any]]:
    rows = []
    for bounds in PLAUSIBLE.get(source.table, []):
        needed = [bounds.column, *filter(None, [bounds.per])]
        if any(name not in table or table[name].isna().all() for name in needed):
            continue
        chosen = table if bounds.where is None else table[table[bounds.where[0]].str.fullmatch(bounds.where[1])]
        if chosen.empty:
            continue
        values = (chosen[bounds.column] / chosen[bounds.per] if bounds.per else chosen[bounds.column]).dropna()
        outside = values[(values < bounds.low) | (values > bounds.high)]
        rows += _listed(bounds.name, len(values), outside, table, f"{bounds.low:g} to {bounds.high:g}")
    return rows


def _listed(name: str, n_checked: int, outside: pd.Series, table: pd.DataFrame, bounds: str) -> list[dict[str, Any]]:
    """A summary row and one per figure outside; outside: values by their row in `table`."""
    rows = [check(name, n_checked, len(outside), f"between {bounds}; kept as printed")]
    for at, value in outside.items():
        place = {key: table.at[at, key] for key in ("nis", "year", "code") if key in table}
        text = next((f" ({table.at[at, key]})" for key in ("employer", "stream", "indicator") if key in table), "")
        rows.append(check(name, 1, 1, f"outside {bounds}{text}; kept as printed", value=value, **place))
    return rows


def _councils(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Seats of a council in sum: an odd number within the bounds of the decree."""
    sums = table.groupby(["nis", "year"], sort=True)["seats"].sum(min_count=1).dropna().reset_index(name="seats")
    wrong = sums.loc[~(sums["seats"].between(*SEATS) & (sums["seats"] % 2 == 1)), "seats"]
    bounds = f"{SEATS[0]} to {SEATS[1]} and odd"
    return _listed("seats of a council plausible", len(sums), wrong, sums, bounds) if len(sums) else []


def _middle(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The median of the municipalities, per employer and year with enough of them: a wrong unit or mark shows there."""
    groups = table.groupby(["employer", "year"], sort=True)["vte"].agg(["median", "size"]).reset_index()
    groups = groups[groups["size"] >= ENOUGH]
    wrong = groups.loc[~groups["median"].between(*MIDDLE_VTE), "median"]
    bounds = f"{MIDDLE_VTE[0]} to {MIDDLE_VTE[1]}"
    return _listed("median vte plausible", len(groups), wrong, groups, bounds) if len(groups) else []


def _jumps(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Staff against the median of the same municipality and employer over the years: a wrong mark in one cell shows there."""
    usual = table.groupby(["nis", "vintage", "employer"])["vte"].transform("median")
    ratio = (table["vte"] / usual.where(usual > 0)).dropna()
    jumps = ratio[~ratio.between(*JUMPS)]
    bounds = f"{JUMPS[0]:g} to {JUMPS[1]:g} times its median over the years"
    return _listed("vte against its other years", len(ratio), jumps, table, bounds)


def failing(checks: list[dict[str, Any]]) -> list[str]:
    """One sentence per check that did not hold everywhere, for the log: the summaries, not the single cases."""
    return [
        f"{row['check']}: {row['n_failed']} of {row['n_checked']} ({row['reason']})"
        for row in checks
        if row["kind"] == "check" and row["n_failed"] and "nis" not in row and "year" not in row
    ]
