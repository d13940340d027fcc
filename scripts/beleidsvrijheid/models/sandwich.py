"""Slopes and their standard errors for many outcomes on one design at once: diagnostics, draws, simulated power.

The formulas are those of models.linear (checked against it): a diagnostic refits hundreds of times, and a library
call per refit would take minutes.
"""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rank import centred_scaled
from beleidsvrijheid.models.solver import EXTENDED, least_squares

HETEROSKEDASTIC = ("HC0", "HC1", "HC2", "HC3")
ALLOWED = (*HETEROSKEDASTIC, "nonrobust", "cluster")
_FITTED_EXACTLY = 1e-10
SINGULAR = 1e-7  # below this errors in double precision keep fewer than seven digits (NIST's Filip)
NEARLY_COLLINEAR = 0.1  # smallest part of its own that a column may have before slopes are worked out more precisely


@dataclass(frozen=True)
class Design:
    """One design: what slopes and standard errors of any outcome on it need.

    basis: N x r, orthonormal, spans regressors and constant. rows: k x N, slope j of an outcome y is rows[j] @ y, in
    the units of the regressors. leverage: N. starts: where each cluster begins (rows sorted by cluster). df: of t.
    n_coefficients counts the constant and effects that are not nested in clusters. precise: rows in extended precision, where
    columns are near combinations of others and a product in double precision would lose the digits of a slope.
    """

    basis: np.ndarray
    rows: np.ndarray
    leverage: np.ndarray
    covariance: str
    starts: np.ndarray
    n_coefficients: int
    df: float
    precise: np.ndarray | None = None

    def residuals(self, outcomes: np.ndarray) -> np.ndarray:
        """Residuals of outcomes (..., N) on the design."""
        return outcomes - (outcomes @ self.basis) @ self.basis.T

    def slopes(self, outcomes: np.ndarray) -> np.ndarray:
        """Slopes (..., k) of outcomes (..., N)."""
        return outcomes @ self.rows.T if self.precise is None else (outcomes @ self.precise.T).astype(float)

    @property
    def cluster_factor(self) -> float:
        """G/(G-1) x (N-1)/(N-K), see models.linear.CLUSTERED_CONVENTION."""
        n, groups = self.basis.shape[0], len(self.starts)
        return groups / (groups - 1) * (n - 1) / (n - self.n_coefficients)

    def errors(self, residuals: np.ndarray, columns: np.ndarray | list[int] | None = None) -> np.ndarray:
        """Standard errors (..., k or the columns asked for) from residuals (..., N)."""
        rows = self.rows if columns is None else self.rows[columns]
        n = self.basis.shape[0]
        if self.covariance == "cluster":
            scores = [np.add.reduceat(residuals * row, self.starts, axis=-1) for row in rows]
            return np.sqrt(self.cluster_factor * np.stack([(score**2).sum(axis=-1) for score in scores], axis=-1))
        squares = residuals**2
        if self.covariance == "nonrobust":
            return np.sqrt(squares.sum(axis=-1, keepdims=True) / (n - self.n_coefficients) * (rows**2).sum(axis=1))
        return np.sqrt((squares * self._weights()) @ (rows**2).T)

    def _weights(self) -> np.ndarray:
        n = self.basis.shape[0]
        return hc_weights(self.covariance, self.leverage, n, self.n_coefficients)


def hc_weights(covariance: str, leverage: np.ndarray, n: int, k: int) -> np.ndarray:
    """What each squared residual counts in HC0-HC3 (MacKinnon & White 1985, 10.1016/0304-4076(85)90158-7).

    A row that is fitted exactly (leverage 1) has a residual of zero and counts nothing.
    """
    free = 1 - leverage
    exact = free < _FITTED_EXACTLY
    free = np.where(exact, 1.0, free)
    weight = {
        "HC0": np.ones_like(free),
        "HC1": np.full_like(free, n / (n - k)),
        "HC2": 1 / free,
        "HC3": 1 / free**2,
    }[covariance]
    return np.where(exact, 0.0, weight)


def heteroskedastic_matrix(
    covariance: str, influence: np.ndarray, residuals: np.ndarray, leverage: np.ndarray, k: int
) -> np.ndarray:
    """HC0-HC3 of all slopes, p x p. influence: p x n, rows of (X'X)^-1 X'. residuals, leverage: n. k: coefficients, effects."""
    scores = influence * (residuals * np.sqrt(hc_weights(covariance, leverage, len(residuals), k)))
    return scores @ scores.T


def clustered_matrix(scores: np.ndarray, groups: np.ndarray, factor: float) -> np.ndarray:
    """Clustered one way, or two ways by inclusion and exclusion (Cameron, Gelbach & Miller 2011, 10.1198/jbes.2010.07136).

    scores: p x n, influence times residual. groups: n x 1 or n x 2, integer codes from 0. factor: (N-1)/(N-K); G/(G-1) of
    each grouping is put on here.
    """
    parts = [(groups[:, place], 1) for place in range(groups.shape[1])]
    if len(parts) == 2:
        both = np.unique(
            groups[:, 0].astype(np.int64) * (int(groups[:, 1].max()) + 1) + groups[:, 1], return_inverse=True
        )
        parts.append((both[1], -1))
    total = np.zeros((len(scores), len(scores)))
    for labels, sign in parts:
        sums = np.stack([np.bincount(labels, row) for row in scores])
        count = len(np.unique(labels))
        total += sign * factor * count / (count - 1) * (sums @ sums.T)
    return total


def year_sums_matrix(scores: np.ndarray, years: np.ndarray, bandwidth: int) -> np.ndarray:
    """Driscoll & Kraay (1998, 10.1162/003465398557825): Bartlett-weighted autocovariances of the scores' sums per year.

    scores: p x n. years: n, integer codes 0..T-1, one after another.
    """
    sums = np.stack([np.bincount(years, row) for row in scores])
    total = sums @ sums.T
    for lag in range(1, bandwidth + 1):
        products = sums[:, lag:] @ sums[:, :-lag].T
        total += (1 - lag / (bandwidth + 1)) * (products + products.T)
    return total


def make_design(
    regressors: np.ndarray,
    covariance: str,
    units: np.ndarray | None = None,
    more: np.ndarray | None = None,
    has_constant: bool = True,
) -> Design:
    """A design from regressors (N x k, no constant). units: sorted integer codes, for "cluster".

    more: further columns to control for of which no slope is wanted (year effects). has_constant: False where
    municipality effects are already out of every column; they are nested in the clusters and not counted. Raises
    StudyError on another covariance or clusters that are not sorted, Refusal on a singular or saturated design.
    """
    if covariance not in ALLOWED:
        raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(ALLOWED)}")
    n, k = regressors.shape
    units = np.arange(n) if units is None else units
    if (np.diff(units) < 0).any():
        raise StudyError("the rows of a design must be sorted by cluster")
    scaled, _, scale = centred_scaled(np.asarray(regressors, float).astype(EXTENDED))
    others = [] if more is None else [more]
    exact = np.column_stack([scaled, *others, *([np.ones(n)] if has_constant else [])])
    matrix, rank = exact.astype(float), exact.shape[1]
    if n <= rank:
        raise Refusal(f"{n} rows for {rank} coefficients")
    basis, upper = np.linalg.qr(matrix)
    diagonal = np.abs(np.diag(upper))
    if diagonal.min() <= SINGULAR * diagonal.max():
        raise Refusal("no slope can be told apart: the design is singular")
    rows, precise = np.linalg.solve(upper, basis.T)[:k] / scale[:, None].astype(float), None
    if diagonal.min() <= NEARLY_COLLINEAR * diagonal.max():
        solution = least_squares(exact, np.ones(n))
        precise = (solution.bread @ exact.T)[:k] / scale[:, None]
        rows = precise.astype(float)
    starts = np.flatnonzero(np.diff(units, prepend=units[0] - 1))
    clustered = covariance == "cluster"
    df = len(starts) - 1 if clustered else n - rank
    leverage = (basis**2).sum(axis=1)
    return Design(basis, rows, leverage, covariance, starts, rank + (not has_constant), float(df), precise)


def two_sided_p(statistic: np.ndarray, df: float) -> np.ndarray:
    """p of t with df degrees of freedom."""
    from scipy.special import stdtr

    return 2 * stdtr(min(df, 1e10), -np.abs(statistic))
