"""What a result owes to a single municipality: every slope and standard error without each row, in one pass.

Exact leave-one-out formulas, no refits: Belsley, Kuh & Welsch (1980), Regression Diagnostics, pp. 13-17.
"""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sandwich import Design, hc_weights, two_sided_p

_ALONE = 1e-8


@dataclass(frozen=True)
class LeaveOneOut:
    """Slopes, standard errors and p-values without each row: n x k; df of their t."""

    slopes: np.ndarray
    errors: np.ndarray
    p_values: np.ndarray
    df: float


def leave_one_out(outcome: np.ndarray, design: Design) -> LeaveOneOut:
    """Every slope of the design without each of its n rows, with the design's own covariance.

    One row per municipality ("cluster" is then HC1 with n - 2 degrees of freedom). Raises Refusal where a row is
    the only one of its kind: without it a slope does not exist.
    """
    n, basis = len(outcome), design.basis
    hat = basis @ basis.T
    free = 1 - design.leverage
    if free.min() < _ALONE:
        raise Refusal("a municipality is the only one of its kind (leverage 1): no slope without it")
    residuals = design.residuals(outcome)
    pull = hat / free  # column i: what leaving out row i adds, per unit of its residual
    slopes = design.slopes(outcome) - (design.rows * (residuals / free)).T
    left = (residuals[:, None] + pull * residuals).T  # row i: residuals of all rows when i is out
    leverage = (design.leverage[:, None] + hat * pull).T
    np.fill_diagonal(left, 0.0)
    k = design.n_coefficients
    df = n - 2.0 if design.covariance == "cluster" else n - 1.0 - k
    if df <= 0:
        raise Refusal(f"{n - 1} rows for {k} coefficients")
    errors = np.sqrt(_variances(design, left, leverage, pull, n - 1, k))
    return LeaveOneOut(slopes, errors, two_sided_p(slopes / errors, df), df)


def _variances(design: Design, left, leverage, pull, n: int, k: int) -> np.ndarray:
    """n x k variances of the slopes; the rows of the reduced design are rows[:, l] + rows[:, i] h_il / (1 - h_ii)."""
    kind = design.covariance
    if kind == "nonrobust":
        spread = (left**2).sum(axis=1) / (n - k)
        size = (design.rows**2).sum(axis=1)[None, :] + (design.rows**2 / (1 - design.leverage)).T
        return spread[:, None] * size
    weights = left**2 * hc_weights("HC1" if kind == "cluster" else kind, leverage, n, k)
    np.fill_diagonal(weights, 0.0)
    variances = np.empty((len(left), len(design.rows)))
    for j, row in enumerate(design.rows):
        reduced = row[None, :] + row[:, None] * pull.T
        variances[:, j] = (weights * reduced**2).sum(axis=1)
    return variances
