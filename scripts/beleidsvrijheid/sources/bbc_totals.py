"""Printed totals of BBC exports against the figures they add up; they are compared before they are dropped."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.sources.bbc_export import EURO_ROUNDING, PER_INHABITANT_ROUNDING, SUBTOTALS, Figures
from beleidsvrijheid.sources.reading import check

OF_DETAILS = "printed total = sum of its details"
OF_BOARDS = "printed total = sum over municipalities"
# EUR per municipality: each figure is rounded to whole euros, and so is the total.
PER_BOARD = 1.0

Place = Callable[[int, int], str]


def unit_of(measures: pd.Series) -> np.ndarray:
    """How far a printed figure of each measure may be from what was rounded, in its own unit."""
    return np.where(measures.astype(str).str.endswith("_eur"), EURO_ROUNDING, PER_INHABITANT_ROUNDING)


def depth_of(lines: pd.DataFrame) -> np.ndarray:
    """(L,) position of the first dimension of a line that says Total; the number of dimensions where none does."""
    marked = np.column_stack([lines[name].str.casefold().isin(SUBTOTALS) for name in lines])
    return np.where(marked.any(axis=1), marked.argmax(axis=1), lines.shape[1])


def check_details(
    lines: pd.DataFrame, values: np.ndarray, unit: np.ndarray, place: Place, file: str
) -> list[dict[str, Any]]:
    """Totals within one year against the details that share all dimensions printed before the word Total.

    lines: L rows of the dimensions, as texts in the order of the file. values: (L, M), NaN where blank; unit: rounding of
    a figure, of a shape that broadcasts to (L, M). place: where in the file a line and column of values stand. Returns a
    summary and one row per total that fails; nothing where the file has no totals. Totals over several years are not
    compared: per inhabitant, the publisher prints their mean. A total without any detail fails, unless it is zero.
    """
    depth, n_dimensions = depth_of(lines), lines.shape[1]
    if (depth == n_dimensions).all() or "Boekjaar" not in lines:
        return []
    comparable = (depth < n_dimensions) & (depth > list(lines).index("Boekjaar"))
    expected, n_parts = _sums(lines, values, depth, comparable)
    # One rounding per detail and one of the total; the small part is for adding up in floating point.
    off = np.abs(values - expected) > unit * (n_parts + 1) + 1e-6
    compared = comparable[:, None] & ~np.isnan(values)
    n_open = int(np.count_nonzero(~np.isnan(values[depth < n_dimensions]))) - int(np.count_nonzero(compared))
    reason = (
        "tolerance 0.005 EUR per inhabitant, or 0.5 EUR, per detail and for the total; "
        f"{n_open} totals over several years not compared; all figures kept as printed"
    )
    rows = [check(OF_DETAILS, int(np.count_nonzero(compared)), int(np.count_nonzero(off)), reason, file=file)]
    for line, column in np.argwhere(off):
        reason = f"{place(line, column)}: the details do not add up to this total; all are kept as printed"
        case = {"file": file, "value": values[line, column], "expected": expected[line, column]}
        rows.append(check(OF_DETAILS, 1, 1, reason, **case, **_year(lines["Boekjaar"].iloc[line])))
    return rows


def _sums(
    lines: pd.DataFrame, values: np.ndarray, depth: np.ndarray, comparable: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the details of each comparable total add up to, and how many there are; (L, M), NaN for other lines."""
    expected, n_parts = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    details = depth == lines.shape[1]
    for at in np.unique(depth[comparable]):
        group = lines.groupby(list(lines.columns[:at]), sort=False).ngroup().to_numpy()
        own = np.flatnonzero(depth == at)
        parts = pd.DataFrame(values[details]).groupby(group[details])
        expected[own] = parts.sum().reindex(group[own], fill_value=0).to_numpy()
        n_parts[own] = parts.count().reindex(group[own], fill_value=0).to_numpy()
    return expected, n_parts


def _year(text: str) -> dict[str, int]:
    return {"year": int(text)} if text.isdecimal() else {}


def check_boards(block: Figures, totals: Figures, n_districts: int) -> list[dict[str, Any]]:
    """Totals over all boards against the sum over municipalities, for figures in EUR.

    block: (R, C) of municipalities; totals: the T rows (or columns) named Total, of the same C columns. With districts,
    or with several totals, which boards a total adds up is not known, so nothing is compared; per inhabitant neither,
    as a total divides by the inhabitants of the boards that have a figure.
    """
    euros = np.flatnonzero(block.columns["measure"].str.endswith("_eur"))
    if not len(totals.values) or not len(euros):
        return []
    if n_districts or len(totals.values) > 1:
        reason = f"not compared: {len(totals.values)} totals, {n_districts} districts"
        return [check(OF_BOARDS, 0, 0, reason, file=block.file)]
    printed, own = totals.values[0, euros], block.values[:, euros]
    expected, n_boards = np.nansum(own, axis=0), np.count_nonzero(~np.isnan(own), axis=0)
    off = np.abs(printed - expected) > PER_BOARD * np.maximum(n_boards, 1)
    reason = "tolerance 1 EUR per municipality; figures kept as printed"
    n_compared = int(np.count_nonzero(~np.isnan(printed)))
    rows = [check(OF_BOARDS, n_compared, int(np.count_nonzero(off)), reason, file=block.file)]
    for at in np.flatnonzero(off):
        where = totals.place(0, int(euros[at])).removeprefix(f"{block.file}: ")
        reason = f"{where}: the municipalities do not add up to this total; all are kept as printed"
        case = {"file": block.file, "year": int(block.columns["year"].iloc[euros[at]])}
        rows.append(check(OF_BOARDS, 1, 1, reason, **case, value=printed[at], expected=expected[at]))
    return rows
