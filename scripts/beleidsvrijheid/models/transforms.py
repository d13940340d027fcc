"""Transforms of predictors and outcomes from a fixed list, applied in order, every row they cost written down."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError

LOGARITHMS = {"log": np.log, "log1p": np.log1p}
OVER_TIME = ("difference", "lag")
STANDARDISE = "standardise"
ALLOWED = "log, log1p, difference, {lag: years}, standardise"
NOT_POSITIVE = {"log": "zero or negative, no logarithm", "log1p": "negative"}


def lag_of(step: Any) -> int:
    """Years between the two values that a step needs; 0 for one within a year."""
    return int(step["lag"]) if isinstance(step, Mapping) else int(step in OVER_TIME)


def step_name(step: Any, inner: str) -> str:
    """Name of a column after one step: log(x), lag1(x), standardised(x)."""
    if isinstance(step, Mapping) or step == "lag":
        return f"lag{lag_of(step)}({inner})"
    return f"standardised({inner})" if step == STANDARDISE else f"{step}({inner})"


def column_name(name: str, transforms: Mapping[str, Sequence[Any]] | None) -> str:
    """Column of a predictor: its id, or the id inside the names of its transforms."""
    for step in (transforms or {}).get(name) or []:
        name = step_name(step, name)
    return name


def check_transforms(
    transforms: Mapping[str, Sequence[Any]], predictors: Sequence[str], categorical: Sequence[str], yearly: bool
) -> None:
    """Raise StudyError on transforms that do not fit the predictors. yearly: predictors have a value for each year."""
    for name, steps in transforms.items():
        if name not in predictors or name in categorical:
            allowed = ", ".join(sorted(set(predictors) - set(categorical)))
            raise StudyError(f"transforms: {name!r}; allowed: a predictor that is no category, of {allowed}")
        for step in steps:
            known = isinstance(step, Mapping) and list(step) == ["lag"] and lag_of(step) > 0
            if not (known or step in (*LOGARITHMS, "difference", STANDARDISE)):
                raise StudyError(f"transforms.{name}: {step!r}; allowed: {ALLOWED}")
            if lag_of(step) and not yearly:
                raise StudyError(f"transforms.{name}: {step!r} needs a value for each year: `predictors: yearly`")
        if STANDARDISE in steps[:-1]:
            raise StudyError(f"transforms.{name}: standardise comes last: it is over the rows of the sample")


def stage_columns(name: str, steps: Sequence[Any]) -> list[str]:
    """Columns of a frame that hold a series after each of its steps but standardising, the first as it is."""
    return [f"{name}@{number}" for number in range(1 + sum(step != STANDARDISE for step in steps))]


def with_stages(rows: pd.DataFrame, name: str, steps: Sequence[Any]) -> pd.DataFrame:
    """Rows (nis, value, and year where values are yearly) with `stage_columns` in place of value.

    Steps over time look at the value of years earlier wherever the panel has one, in the sample or not. Standardising is
    left out: it is over the rows that remain.
    """
    table = _all_years(rows, steps)
    values = table["value"].to_numpy(float)
    columns = {}
    for column, step in zip(stage_columns(name, steps), [None, *(s for s in steps if s != STANDARDISE)], strict=True):
        values = values if step is None else _stepped(table, values, step)
        columns[column] = values
    return table.drop(columns="value").assign(**columns)


def _all_years(rows: pd.DataFrame, steps: Sequence[Any]) -> pd.DataFrame:
    """Yearly rows with one for each year that a lag reaches, so that it shows where its own year has no value."""
    reach = sum(lag_of(step) for step in steps)
    if not reach:
        return rows
    years = range(int(rows["year"].min()), int(rows["year"].max()) + reach + 1)
    full = pd.MultiIndex.from_product([sorted(rows["nis"].unique()), years], names=["nis", "year"])
    return rows.set_index(["nis", "year"]).reindex(full).reset_index()


def _stepped(table: pd.DataFrame, values: np.ndarray, step: Any) -> np.ndarray:
    if not lag_of(step):
        usable = values > 0 if step == "log" else values >= 0
        return LOGARITHMS[step](np.where(usable, values, np.nan))
    index = pd.MultiIndex.from_frame(table[["nis", "year"]])
    wanted = pd.MultiIndex.from_arrays([table["nis"], table["year"] - lag_of(step)])
    places = index.get_indexer(wanted)
    earlier = np.where(places >= 0, values[places], np.nan)
    return values - earlier if step == "difference" else earlier


def drop_lost(
    frame: pd.DataFrame, name: str, steps: Sequence[Any], step: str, reason: str, ledger: Any, shown: str = ""
) -> pd.DataFrame:
    """Frame with the last of `stage_columns` under its name; rows without it go, each under the stage that lost it.

    step, reason: how the ledger names rows that had no value to begin with. shown: name instead of that of the columns.
    """
    columns, done = stage_columns(name, steps), [one for one in steps if one != STANDARDISE]
    known, last = np.isfinite(frame[columns].to_numpy(float)), len(columns) - 1
    # The stage after the last known value; 0 where there never was one.
    lost = np.where(known.any(axis=1), last + 1 - known[:, ::-1].argmax(axis=1), 0)
    frame, lost, inner = ledger.keep(frame, lost != 0, step, reason), lost[lost != 0], shown or name
    for number, one in enumerate(done, start=1):
        inner = step_name(one, inner)
        frame = ledger.keep(frame, lost != number, "transform", f"{inner}: {_lost_by(one)}")
        lost = lost[lost != number]
    return frame.drop(columns=columns[:-1]).rename(columns={columns[-1]: inner})


def _lost_by(step: Any) -> str:
    years = lag_of(step)
    if not years:
        return NOT_POSITIVE[step]
    return f"no value {years} years earlier" if years > 1 else "no value a year earlier"


def standardise(frame: pd.DataFrame, column: str, ledger: Any, shown: str = "") -> pd.DataFrame:
    """The column with mean 0 and standard deviation 1 (n - 1) over the rows of the frame; constant: only centred.

    shown: name in the ledger instead of that of the column.
    """
    values = frame[column].astype(float)
    spread = values.std()
    ledger.note(len(frame), "transform", f"{shown or column}: standardised over {len(frame)} rows")
    return frame.assign(**{column: (values - values.mean()) / (spread if spread > 0 else 1.0)})
