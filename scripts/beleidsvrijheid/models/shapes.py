"""Shapes of outcome and regressors: logarithms, restricted cubic splines, interactions and squares."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError

TRANSFORMS = ("none", "log", "log1p")
INTERACTION = "interaction"


def transformed(frame: pd.DataFrame, transform: str | None, ledger: Any, column: str = "outcome") -> pd.DataFrame:
    """The column on the wanted scale; rows without a logarithm are dropped and written in the ledger.

    transform: one of TRANSFORMS; log keeps positive values, log1p values of zero and more (a negative booking is no
    small amount). Raises StudyError on another name.
    """
    if transform in (None, "none"):
        return frame
    if transform not in TRANSFORMS:
        raise StudyError(f"transform: {transform!r}; allowed: {', '.join(TRANSFORMS)}")
    values = frame[column].to_numpy(float)
    kept, why = (values > 0, "zero or negative, no logarithm") if transform == "log" else (values >= 0, "negative")
    frame = ledger.keep(frame, kept, "not positive", why)
    function = np.log if transform == "log" else np.log1p
    return frame.assign(**{column: function(frame[column].to_numpy(float))})


def restricted_cubic_spline(values: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Non-linear columns of a restricted cubic spline, n x (number of knots - 2); with `values` itself, the basis.

    Cubic between the knots, linear outside them: the truncated power basis of Devlin & Weeks (1986), divided by the
    square of the distance between the outer knots as in R's Hmisc::rcspline.eval, norm = 2 (Harrell 2015, section
    2.4.5, 10.1007/978-3-319-19425-7). knots: at least three, increasing.
    """
    knots = np.asarray(knots, float)
    first, *_, before, last = knots

    def cube(knot: float) -> np.ndarray:
        return np.maximum(np.asarray(values, float) - knot, 0.0) ** 3

    columns = [
        cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.column_stack(columns) / (last - first) ** 2


def restricted_cubic_slopes(value: float, knots: Sequence[float]) -> np.ndarray:
    """Derivatives of the columns of `restricted_cubic_spline` at one value: number of knots - 2."""
    knots = np.asarray(knots, float)
    before, last = knots[-2:]
    own, inner, outer = (3 * np.maximum(value - k, 0.0) ** 2 for k in (knots[:-2], before, last))
    gap = last - before
    return (own - inner * (last - knots[:-2]) / gap + outer * (before - knots[:-2]) / gap) / (last - knots[0]) ** 2


def check_shapes(specification: Mapping[str, Any], predictors: Sequence[str], categorical: Sequence[str]) -> None:
    """Raise StudyError on splines or interactions that do not fit the predictors."""
    allowed = ", ".join(sorted(predictors))
    for name, knots in (specification.get("splines") or {}).items():
        if name not in predictors or name in categorical:
            raise StudyError(f"splines: {name!r}; allowed: a predictor that is no category, of {allowed}")
        rising = all(a < b for a, b in zip(knots, knots[1:], strict=False))
        if len(knots) < 3 or not rising or not np.isfinite(np.asarray(knots, float)).all():
            raise StudyError(f"splines.{name}: {list(knots)}; allowed: at least three increasing numbers")
    pairs = [tuple(pair) for pair in specification.get("interactions") or []]
    for pair in pairs:
        if len(pair) != 2 or not set(pair) <= set(predictors):
            raise StudyError(f"interactions: {list(pair)}; allowed: two of {allowed}")
        if pair[0] == pair[1] and (pair[0] in categorical or pair[0] in (specification.get("splines") or {})):
            raise StudyError(f"interactions: {list(pair)}: the square of a category or spline has no meaning")
        if sum(set(pair) == set(other) for other in pairs) > 1:
            raise StudyError(f"interactions: {list(pair)} is named twice; name it once")


def add_splines(frame, columns: dict[str, list[str]], splines: Mapping[str, Sequence[float]], ledger: Any):
    """Columns x~1, x~2, ... behind x, the (transformed) predictor; the frame and the columns per predictor."""
    columns = dict(columns)
    for name, knots in splines.items():
        base = columns[name][0]
        basis = restricted_cubic_spline(frame[base].to_numpy(float), knots)
        names = [f"{base}~{i + 1}" for i in range(basis.shape[1])]
        frame = frame.assign(**dict(zip(names, basis.T, strict=True)))
        columns[name] = [*columns[name], *names]
        ledger.note(
            len(frame), "spline", f"{name}: restricted cubic spline, knots {', '.join(f'{k:g}' for k in knots)}"
        )
    return frame, columns


def add_interactions(frame, columns: Mapping[str, list[str]], pairs: Sequence[Sequence[str]], ledger: Any):
    """Products of centred columns, so that main effects hold at the average; the frame and the names "a:b"."""
    made: dict[str, np.ndarray] = {}
    for first, second in pairs:
        for a in columns[first]:
            for b in columns[second]:
                made[f"{a}:{b}"] = ((frame[a] - frame[a].mean()) * (frame[b] - frame[b].mean())).to_numpy(float)
        ledger.note(len(frame), "interactions", f"{first} x {second}, both centred at their sample mean")
    return frame.assign(**made), list(made)
