"""Every least-squares specification is estimated a second time, by other code than the first, and must come out the same.

The first is a library (statsmodels, linearmodels), the second the solver of the multiverse: own demeaning, own
normal equations, own covariances. A library that changed, or that breaks on these columns, stops the run here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Fit
from beleidsvrijheid.models.rank import codes
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells

TOLERANCE = 1e-7
AGREES = f"a second solver gives the same coefficients and standard errors (relative difference below {TOLERANCE:g})"
REFUSED = "a second solver did not estimate {term}: {reason}"


def second_estimate(
    fit: Fit,
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    frame: pd.DataFrame,
    covariance: dict[str, Any],
    effects: Sequence[str] = (),
    weights: np.ndarray | None = None,
) -> str:
    """That the slopes of `fit` and their standard errors are those of the second solver, in words.

    outcome: n values. regressors: n x k, no constant. frame: nis, and year in a panel, sorted by these. covariance: of the
    specification. Coefficients may differ by TOLERANCE of themselves or their standard error, whichever is larger. Raises
    StudyError naming the first column that differs.
    """
    by = covariance.get("by") or ()
    table = estimate_cells(
        _universe(outcome, regressors, frame, effects, weights),
        _cells(regressors.shape[1], covariance, (by,) if isinstance(by, str) else tuple(by)),
    )
    first = fit.coefficients.set_index("term").loc[list(regressors.columns), ["estimate", "std_error"]].to_numpy(float)
    second = table[["estimate", "std_error"]].to_numpy(float)
    refused = np.flatnonzero(table["status"] != "estimated")
    if len(refused):
        place = refused[0]
        return REFUSED.format(term=regressors.columns[place], reason=table["reason"].iloc[place])
    scale = np.column_stack([np.fmax(np.abs(first[:, 0]), first[:, 1]), first[:, 1]])
    differs = np.abs(first - second) > TOLERANCE * np.nan_to_num(scale)
    differs |= np.isnan(first) != np.isnan(second)
    if differs.any():
        row, column = (int(place[0]) for place in np.nonzero(differs))
        raise StudyError(
            f"{regressors.columns[row]}: {('coefficient', 'standard error')[column]} {first[row, column]!r} by the library, "
            f"{second[row, column]!r} by the second solver; no number of this specification can be trusted: "
            "set up the locked versions again (make setup) and report it where that does not help"
        )
    return AGREES


def _universe(outcome, regressors: pd.DataFrame, frame: pd.DataFrame, effects, weights) -> Universe:
    units = codes(frame["nis"])
    times = codes(frame["year"]) if "year" in frame else np.zeros(len(frame), int)
    values = np.column_stack([outcome, regressors.to_numpy(float)])
    names = ("outcome", *regressors.columns)
    return Universe(values, names, units, times, units, np.unique(units), tuple(effects), weights)


def _cells(k: int, covariance: dict[str, Any], by: tuple[str, ...]) -> list[Cell]:
    every = range(1, k + 1)
    bandwidth = covariance.get("bandwidth")
    return [
        Cell(0, focal, tuple(one for one in every if one != focal), covariance["type"], by, bandwidth)
        for focal in every
    ]
