"""A yearly indicator over windows of years: which windows go together, the rows in them, and means."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.models.sample import Ledger, exclude, in_panel
from beleidsvrijheid.models.shapes import transformed

WINDOWS = ("pre", "post")
BASES = ("yearly", "window_means")
TOTAL = "total"  # its yearly rows say which years a municipality reported
# Outcomes of which 0 is a figure of its own and not what an absent field spent.
WITHOUT_ZERO = frozenset({"log_spending", "log_real_spending", "log_own_effort", "yearly_change"})


def check_windows(windows: Mapping[str, Sequence[int]], basis: str) -> list[int]:
    """Years of pre and post together, sorted. basis: yearly, or window_means, for which both must be as long.

    Raises StudyError on another basis, a window without years or a year in both.
    """
    if basis not in BASES:
        raise StudyError(f"dispersion: {basis!r}; allowed: {', '.join(BASES)}")
    for name in WINDOWS:
        if not windows.get(name):
            raise StudyError(f"period: {name}: no years given; this estimator needs a window before and one after")
    both = sorted(set(windows["pre"]) & set(windows["post"]))
    if both:
        raise StudyError(f"period: {both[0]} is in both windows; allowed: windows without a common year")
    if basis == "window_means" and len(windows["pre"]) != len(windows["post"]):
        raise StudyError(
            f"dispersion: window_means needs windows of equal length; pre has {len(windows['pre'])} years and post "
            f"{len(windows['post'])}; use yearly"
        )
    return sorted({*windows["pre"], *windows["post"]})


def yearly_rows(panel: pd.DataFrame, outcome: str, years: Sequence[int], ledger: Ledger) -> pd.DataFrame:
    """Municipal rows of every field and year: nis, beleidsveld, year, value.

    Raises Refusal, with the ledger so far, where the panel lacks the outcome or one of `years`; StudyError on an
    outcome that is not yearly and on two values of one municipality, field and year.
    """
    in_panel(panel, [outcome])
    wanted = (panel["indicator"] == outcome) & (panel["level"] == "municipality") & panel["year"].notna()
    rows = panel.loc[wanted, ["nis", "beleidsveld", "year", "value"]].astype({"year": "int64"})
    if rows.empty:
        raise StudyError(f"outcome {outcome!r} has no yearly values per municipality in the panel")
    absent = sorted(set(years) - set(rows["year"]))
    if absent:
        ledger.start(0, f"municipalities x {outcome}")
        raise Refusal(f"no {outcome} in {absent[0]}", ledger.frame())
    twice = rows.duplicated(["nis", "beleidsveld", "year"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise StudyError(f"panel: {outcome} twice for nis {row['nis']}, {row['beleidsveld']}, {row['year']}")
    return rows


def by_year(rows: pd.DataFrame, nis: Sequence[str], years: Sequence[int]) -> np.ndarray:
    """Values of one field, municipalities x years; missing where there is no row. rows: nis, year, value."""
    return rows.pivot(index="nis", columns="year", values="value").reindex(index=nis, columns=years).to_numpy(float)


def reporters(outcome: str, totals: pd.DataFrame, nis: Sequence[str], years: Sequence[int]) -> np.ndarray | None:
    """Which years a municipality reported, municipalities x years; None where an absent field says nothing.

    totals: rows nis, year, value of the field `total`. That is so without such rows, and of logarithms and changes.
    """
    if totals.empty or outcome in WITHOUT_ZERO:
        return None
    return np.isfinite(by_year(totals, nis, years))


def reported_mean(values: np.ndarray, reported: np.ndarray | None, window: np.ndarray) -> np.ndarray:
    """Mean over the years of a window, the last axis of `values` and of the mask `window`.

    reported: see reporters, axes as values: a year with report counts, with 0 for an absent field, and one without does
    not; missing where a municipality never reported. None: every year of the window must be there.
    """
    if reported is None:
        return values[..., window].mean(axis=-1)
    years = reported[..., window].sum(axis=-1)
    return np.where(years > 0, np.nansum(values[..., window], axis=-1) / np.maximum(years, 1), np.nan)


def window_means(
    panel: pd.DataFrame,
    specification: Mapping[str, Any],
    windows: Mapping[str, Sequence[int]],
    exclusions: Mapping[str, Sequence[str]],
    ledger: Ledger,
) -> pd.DataFrame:
    """Columns nis and one per window: the mean of the outcome over its years, on the scale of `transform`.

    specification: outcome, beleidsveld, transform, sample.exclude. Where the panel has the outcome for the field
    `total`, a municipality that reported in a year counts with 0 for an absent field, and years without report do not
    count. Elsewhere, and of logarithms and changes, every year of a window must be there. Only municipalities with all
    windows stay. Raises StudyError on an outcome that is not yearly, Refusal on one that the panel does not have and where
    nothing is left.
    """
    outcome, field = specification["outcome"], specification.get("beleidsveld") or ""
    frame = _means(panel, outcome, field, windows)
    ledger.start(len(frame), f"municipalities x {outcome} {field}".rstrip())
    frame = exclude(frame, specification, exclusions, ledger)
    complete = frame[list(windows)].notna().all(axis=1)
    frame = ledger.keep(frame, complete, "missing outcome", "no value of the outcome")
    for name in windows:
        frame = transformed(frame, specification.get("transform"), ledger, name)
    if frame.empty:
        raise Refusal(f"no row of {outcome} is left (see the sample ledger)", ledger.frame())
    return frame


def _means(panel, outcome: str, field: str, windows: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    in_panel(panel, [outcome])
    rows = values_of(panel, outcome, field, yearly=True)
    if rows.empty:
        _no_rows(panel, outcome, field)
    years = sorted({year for window in windows.values() for year in window})
    nis = sorted(panel.loc[panel["level"] == "municipality", "nis"].unique())
    reported = reporters(outcome, values_of(panel, outcome, TOTAL, yearly=True), nis, years)
    values = by_year(rows, nis, years)
    means = {name: reported_mean(values, reported, np.isin(years, window)) for name, window in windows.items()}
    return pd.DataFrame({"nis": nis} | means)


def _no_rows(panel: pd.DataFrame, outcome: str, field: str) -> None:
    """Refusal where other fields have the outcome by year: no municipality has it in this one. Else a mistake."""
    municipal = (panel["indicator"] == outcome) & (panel["level"] == "municipality")
    if not panel.loc[municipal, "year"].notna().any():
        raise StudyError(
            f"outcome {outcome!r} has no yearly values for {field or 'no field'}, this estimator wants them"
        )
    ledger = Ledger()
    ledger.start(0, f"municipalities x {outcome} {field}".rstrip())
    raise Refusal(f"no municipality has {outcome} for {field or 'no field'}", ledger.frame())
