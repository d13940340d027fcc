"""Least squares and quantile regressions of a study, estimated again by statsmodels and linearmodels.

What is compared is what was published: the files of estimates against what other people's code makes of the same rows. All
specifications go through one job, because the libraries take longer to import than to estimate.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.library import LINEARMODELS, STATSMODELS, library_ols, library_panel, library_quantile
from beleidsvrijheid.models.quantile import check_loss
from beleidsvrijheid.models.task import Task, parts

TOLERANCE = 1e-7
PUBLISHED_DIGITS = 10
COLUMNS = ["specification", "estimator", "software", "coefficients", "digits_estimate", "digits_std_error", "status"]
# estimate_same: standard errors are not compared, linearmodels has none of that type.
SAME, NO_ERRORS, LOSS, REFUSED = "same", "estimate_same", "no_lower_loss", "refused"
ESTIMATORS = {"ols": STATSMODELS, "panel_ols": LINEARMODELS, "quantile": STATSMODELS}


def second_estimate(task: Task, estimates: pd.DataFrame) -> dict[str, object]:
    """One row of COLUMNS: what the library says of a specification with an estimator of ESTIMATORS.

    estimates: COEFFICIENT_COLUMNS as published. digits: whole digits that agree in every coefficient, at most those
    published. Coefficients may differ by TOLERANCE of themselves or their standard error, whichever is larger; the loss of a
    quantile regression may be that much above the library's. Raises StudyError naming the first term that differs.
    """
    estimator = task.specification["estimator"]
    row = {"specification": task.name, "estimator": estimator, "software": ESTIMATORS[estimator]}
    row |= {"coefficients": len(estimates), "digits_estimate": np.nan, "digits_std_error": np.nan, "status": REFUSED}
    if estimates.empty:
        return row
    compare = _quantile if estimator == "quantile" else _slopes
    return row | compare(task, estimates)


def _slopes(task: Task, estimates: pd.DataFrame) -> dict[str, object]:
    sample, covariance = task.sample(), task.specification["covariance"]
    outcome, regressors = parts(sample)
    if task.specification["estimator"] == "ols":
        library = library_ols(outcome, regressors, covariance["type"], sample.weights)
    else:
        effects = task.specification.get("effects") or []
        library = library_panel(outcome, regressors, sample.frame, effects, covariance, sample.weights)
    own = estimates.set_index("term").loc[list(regressors.columns), ["estimate", "std_error"]].to_numpy(float)
    return compare_slopes(task.name, list(regressors.columns), own, library)


def compare_slopes(name: str, terms: list[str], own: np.ndarray, library: np.ndarray) -> dict[str, object]:
    """digits_estimate, digits_std_error and status of slopes and standard errors (k x 2). Raises StudyError, see above."""
    scale = np.column_stack([np.fmax(np.abs(library[:, 0]), own[:, 1]), library[:, 1]])
    gap = np.abs(own - library) / scale
    no_errors = np.isnan(library[:, 1]) & ~np.isnan(own[:, 1])
    differs = ~(gap <= TOLERANCE) & ~np.isnan(scale)
    differs[:, 1] |= np.isnan(own[:, 1]) & ~np.isnan(library[:, 1])
    if differs.any():
        row, column = (int(place[0]) for place in np.nonzero(differs))
        raise StudyError(
            f"{name}: {terms[row]}: {('coefficient', 'standard error')[column]} {own[row, column]:.10g}, another library "
            f"finds {library[row, column]:.10g}; no number of this specification can be trusted: "
            "set up the locked versions again (make setup) and report it where that does not help"
        )
    return {
        "digits_estimate": _digits(gap[:, 0]),
        "digits_std_error": np.nan if no_errors.all() else _digits(gap[:, 1]),
        "status": NO_ERRORS if no_errors.all() else SAME,
    }


def _quantile(task: Task, estimates: pd.DataFrame) -> dict[str, object]:
    outcome, regressors = parts(task.sample())
    design = np.column_stack([regressors.to_numpy(float), np.ones(len(outcome))])
    for quantile in task.specification["quantiles"]:
        own = estimates[estimates["equation"] == f"quantile_{quantile:g}"].set_index("term")["estimate"]
        slopes = own.loc[[*regressors.columns, "const"]].to_numpy(float)
        check_quantile(task.name, quantile, outcome, design, slopes, library_quantile(outcome, regressors, quantile))
    return {"status": LOSS}


def check_quantile(
    name: str, quantile: float, outcome: np.ndarray, design: np.ndarray, own: np.ndarray, library: np.ndarray
) -> None:
    """Raise StudyError where the library's coefficients have a lower loss; the reverse is usual, it stops early."""
    losses = [check_loss(outcome - design @ slopes, quantile).sum() for slopes in (own, library)]
    if losses[0] > losses[1] * (1 + TOLERANCE):
        raise StudyError(
            f"{name}: quantile_{quantile:g}: loss {losses[0]:.10g}, statsmodels finds {losses[1]:.10g}; no number of this "
            "specification can be trusted: set up the locked versions again (make setup) and report it where that does not help"
        )


def _digits(gaps: np.ndarray) -> int:
    largest = float(np.nanmax(gaps, initial=0.0))
    return PUBLISHED_DIGITS if largest == 0 else min(PUBLISHED_DIGITS, math.floor(-math.log10(largest)))


def second_estimates(tasks: Mapping[str, Task], estimates: Mapping[str, Any]) -> pd.DataFrame:
    """COLUMNS, a row per specification. estimates: its published table."""
    rows = [second_estimate(task, estimates[name]) for name, task in tasks.items()]
    return pd.DataFrame(rows, columns=COLUMNS)
