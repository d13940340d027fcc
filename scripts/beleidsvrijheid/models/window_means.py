"""Mean of a yearly indicator over windows of years, one row per municipality."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import Ledger, exclude, in_panel, values_of
from beleidsvrijheid.models.shapes import transformed

TOTAL = "total"  # its yearly rows say which years a municipality reported
WITHOUT_ZERO = (
    "log_",
    "yearly_change",
)  # outcomes of which 0 is a figure of its own and not what an absent field spent


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
        raise StudyError(
            f"outcome {outcome!r} has no yearly values for {field or 'no field'}, this estimator wants them"
        )
    years = sorted({year for window in windows.values() for year in window})
    units = sorted(panel.loc[panel["level"] == "municipality", "nis"].unique())
    wide = rows.pivot(index="nis", columns="year", values="value").reindex(index=units, columns=years)
    totals = values_of(panel, outcome, TOTAL, yearly=True)
    if totals.empty or outcome.startswith(WITHOUT_ZERO):
        means = {name: wide[list(window)].mean(axis=1, skipna=False) for name, window in windows.items()}
    else:
        reported = totals.pivot(index="nis", columns="year", values="value").reindex(index=units, columns=years).notna()
        means = {
            name: wide[list(window)].sum(axis=1) / reported[list(window)].sum(axis=1).replace(0, np.nan)
            for name, window in windows.items()
        }
    return pd.DataFrame(means).rename_axis("nis").reset_index().rename_axis(columns=None)


def frame_sha256(frame: pd.DataFrame) -> str:
    """Hash of the rows in their order, numbers at ten significant digits."""
    from hashlib import sha256

    return sha256(frame.to_csv(index=False, float_format="%.10g").encode()).hexdigest()
