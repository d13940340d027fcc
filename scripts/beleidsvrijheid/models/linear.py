"""Least squares: one row per municipality, and panels with fixed effects; the solver keeps every digit (models.solver).

Regressors are centred by their grand mean and scaled before they are solved for, and the results are mapped back: a
column with a large constant offset costs no digit. models.second_estimate holds all of it against other software.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.absorption import absorb
from beleidsvrijheid.models.fit import Fit, Refusal, coefficient_table
from beleidsvrijheid.models.panel_covariance import (
    CLUSTERED_CONVENTION,
    NOT_DEFINITE,
    TWO_WAY_CONVENTION,
    Covariance,
    PanelRows,
    is_definite,
    panel_covariance,
)
from beleidsvrijheid.models.precision import check_digits
from beleidsvrijheid.models.rank import back_transform, centred_scaled, codes
from beleidsvrijheid.models.solver import EXTENDED, Solution, least_squares

COVARIANCES = {
    "nonrobust": "homoskedastic",
    "HC0": "heteroskedasticity-robust, HC0",
    "HC1": "heteroskedasticity-robust, HC1",
    "HC2": "heteroskedasticity-robust, HC2",
    "HC3": "heteroskedasticity-robust, HC3",
    "cluster": "clustered by {by}, {n} clusters",
    "wild_cluster": "clustered by {by}, {n} clusters",
}
PERFECT_FIT = 1e-12
LEVERAGE_ONE = 1e-10
CANCELLED = 1e-20  # share of its sum over rows that a clustered variance has where only rounding is left


def ols(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    covariance: str,
    clusters: pd.DataFrame | pd.Series | None = None,
    confidence: float = 0.95,
    weights: np.ndarray | None = None,
) -> Fit:
    """Least squares with a constant (term `const`, last).

    outcome: n values. regressors: n x k, no constant. covariance: a key of COVARIANCES; clusters: for "cluster" and
    "wild_cluster" (the same matrix: its p-values come from models.wild_table), one column, or two for two-way clustering
    (then t with the smaller G - 1). weights: n analytic weights above 0 with mean 1, the variance of a row is sigma2 / w;
    r2 is then weighted. Raises StudyError on another covariance and on a perfect fit, Refusal on a leverage of 1, on
    columns that are combinations of others and on columns whose digits a float does not hold.
    """
    y, k = np.asarray(outcome, float), regressors.shape[1] + 1
    kind, labels = _cross_section_covariance(covariance, clusters, len(y), k)
    _check_rows(y, k)
    check_digits(y, regressors)
    solved = _with_constant(y, regressors, weights)
    _check_leverage(solved.solution.leverage, regressors)
    _check_perfect_fit(solved, regressors)
    fit = _fit(solved, kind, labels, y, regressors, confidence)
    return replace(fit, n_units=len(y), **_measures(solved, k, k - 1, weights))


def panel_ols(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    units: pd.Series,
    years: pd.Series,
    effects: Sequence[str],
    covariance: str = "cluster",
    confidence: float = 0.95,
    weights: np.ndarray | None = None,
    by: Sequence[str] = ("municipality",),
    bandwidth: int | None = None,
) -> Fit:
    """Panel least squares: pooled (no effects), one-way or two-way within.

    outcome, regressors, units, years: one row per municipality-year. effects: of municipality, year. covariance: cluster,
    with `by` municipality or both (two-way), driscoll_kraay, with `bandwidth` in years, HC0-HC3, nonrobust, or wild_cluster
    (the matrix of cluster: its p-values come from models.wild_table). weights: as for `ols`. The constant is reported only
    without effects. r2 is that of the model after the effects are taken out; the information criterion counts the effects.
    Raises StudyError on another covariance and on a perfect fit, Refusal without a degree of freedom, a column's own
    variation or its digits.
    """
    rows, y = PanelRows(units, years, list(effects), weights), np.asarray(outcome, float)
    k = regressors.shape[1] + 1
    counted = k + rows.counted("year") + rows.counted("municipality")
    kind = panel_covariance(covariance, by, bandwidth, rows, k)
    if len(y) <= counted:
        raise Refusal(f"{len(y)} rows for {counted} coefficients and fixed effects")
    check_digits(y, regressors)
    solved = _without_effects(y, regressors, rows) if effects else _with_constant(y, regressors, weights)
    _check_perfect_fit(solved, regressors)
    labels = {"municipality": codes(units), "year": codes(years)}
    fit = _fit(solved, kind, labels, y, regressors, confidence)
    definite = kind.convention != TWO_WAY_CONVENTION or is_definite(fit.covariance_matrix)
    warnings = [*kind.warnings, *([] if definite else [NOT_DEFINITE])]
    return replace(fit, n_units=rows.n_units, warnings=warnings, **_measures(solved, counted, k - 1, weights))


@dataclass(frozen=True)
class _Solved:
    """A solution on moved columns. back: moves the slopes back. root: of the weights, n. total: variation of the outcome, in
    the same rows. own: leverage of what was taken out of the columns before, n."""

    solution: Solution
    back: np.ndarray
    root: np.ndarray
    total: float
    own: np.ndarray

    @property
    def left(self) -> float:
        """Sum of squared residuals."""
        return float(self.solution.residuals @ self.solution.residuals)


def _with_constant(outcome: np.ndarray, regressors: pd.DataFrame, weights: np.ndarray | None) -> _Solved:
    """Solved on centred, scaled columns and a constant, rows times root weight."""
    root = _root(outcome, weights)
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float).astype(EXTENDED))
    design = np.column_stack([scaled, np.ones(len(scaled), EXTENDED)])
    y = outcome.astype(EXTENDED)  # times the root in double precision, a large mean would cost digits
    solution = _solution(design * root[:, None], y * root, regressors)
    total = float((((y - np.average(outcome, weights=weights)) * root) ** 2).sum())
    return _Solved(solution, back_transform(mean, scale), root, total, np.zeros(len(root)))


def _without_effects(outcome: np.ndarray, regressors: pd.DataFrame, rows: PanelRows) -> _Solved:
    """Solved on columns without their effects, of length 1, rows times root weight."""
    units = codes(rows.units)
    order = np.argsort(units, kind="stable")
    values = np.column_stack([outcome, regressors.to_numpy(float)])[order]
    weights = None if rows.weights is None else rows.weights[order]
    absorbed = absorb(values, units[order], codes(rows.years)[order], rows.effects, weights, EXTENDED)
    gone = [name for name, is_gone in zip(regressors.columns, absorbed.is_absorbed[1:], strict=True) if is_gone]
    if gone:
        raise Refusal(f"does not vary once {' and '.join(rows.effects)} effects are taken out: {', '.join(gone)}")
    given = np.argsort(order)
    columns, lengths = absorbed.columns[given], absorbed.lengths
    solution = _solution(columns[:, 1:], columns[:, 0] * lengths[0], regressors)
    own = absorbed.projection.leverage()[given]
    return _Solved(solution, np.diag(1 / lengths[1:]), _root(outcome, rows.weights), float(lengths[0] ** 2), own)


def _root(outcome: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return np.ones(len(outcome)) if weights is None else np.sqrt(weights)


def _solution(design: np.ndarray, outcome: np.ndarray, regressors: pd.DataFrame) -> Solution:
    solution = least_squares(design, outcome)
    if isinstance(solution, list):
        names = [*regressors.columns, "const"]
        raise Refusal("combinations of the other columns: " + ", ".join(names[place] for place in solution))
    return solution


def _fit(solved: _Solved, kind: Covariance, labels, outcome, regressors: pd.DataFrame, confidence: float) -> Fit:
    """The fit in natural units, but for what it explains. labels: codes of what may be clusters, n each."""
    back, terms = solved.back, [*regressors.columns, "const"][: len(solved.back)]
    moved = kind.matrix(solved.solution, labels, solved.own)
    _check_scores(moved, solved.solution, kind, terms)
    matrix = (back @ moved @ back.T).astype(float)
    variances = np.diag(matrix)
    errors = np.sqrt(np.where(variances > 0, variances, np.nan))
    slopes = (back @ solved.solution.slopes).astype(float)
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)[: len(back)]
    return Fit(
        coefficients=coefficient_table(terms, slopes, errors, kind.df, confidence, sd_x, outcome.std(ddof=1)),
        n_obs=len(outcome),
        n_units=len(outcome),
        n_clusters=kind.n_clusters,
        covariance=kind.words,
        clustered_convention=kind.convention,
        residuals=solved.solution.residuals / solved.root,
        covariance_matrix=matrix,
        df=kind.df,
    )


def _measures(solved: _Solved, counted: int, slopes: int, weights: np.ndarray | None) -> dict[str, float]:
    """r2, its adjusted form, log likelihood of normal errors with variance sigma2 / w, and Akaike's criterion.

    counted: coefficients with the constant and all effects. slopes: without these.
    """
    n, r2 = len(solved.root), 1 - solved.left / solved.total
    jacobian = 0.0 if weights is None else 0.5 * float(np.log(weights).sum())
    likelihood = -0.5 * n * (np.log(2 * np.pi) + np.log(solved.left / n) + 1) + jacobian
    adjusted = 1 - (1 - r2) * (n - counted + slopes) / (n - counted)
    return {"r2": r2, "r2_adjusted": adjusted, "log_likelihood": likelihood, "aic": 2 * counted - 2 * likelihood}


def _cross_section_covariance(covariance: str, clusters: pd.DataFrame | pd.Series | None, n: int, k: int):
    """How one type is computed for one row a municipality, and the codes of its clusters."""
    if covariance not in COVARIANCES:
        raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(COVARIANCES)}")
    if covariance not in ("cluster", "wild_cluster"):
        return Covariance(covariance, k, n - k, COVARIANCES[covariance]), {}
    if clusters is None:
        raise StudyError("covariance.type 'cluster' needs clusters; next step: add covariance.by")
    table = pd.DataFrame(clusters)
    labels = {str(name): codes(table[name]) for name in table}
    fewest = min(len(np.unique(column)) for column in labels.values())
    words = COVARIANCES[covariance].format(by=" and ".join(labels), n=fewest)
    return Covariance("cluster", k, fewest - 1, words, CLUSTERED_CONVENTION, fewest, tuple(labels)), labels


def _check_rows(outcome: np.ndarray, k: int) -> None:
    if len(outcome) <= k:
        raise Refusal(f"{len(outcome)} rows for {k} coefficients")
    if np.ptp(outcome) == 0:
        raise Refusal("the outcome has the same value in every row")


def _check_perfect_fit(solved: _Solved, regressors: pd.DataFrame) -> None:
    if solved.left <= PERFECT_FIT * solved.total:
        raise StudyError(
            "the outcome is an exact combination of these columns; remove one: " + ", ".join(regressors.columns)
        )


def _check_scores(matrix: np.ndarray, solution: Solution, kind: Covariance, terms: Sequence[str]) -> None:
    """Where columns tell the clusters apart, scores cancel in each: what is left of the variance is rounding."""
    if kind.n_clusters is None:
        return
    by_row = ((solution.influence * solution.residuals) ** 2).sum(axis=1)
    names = [term for term, lost in zip(terms, np.abs(np.diag(matrix)) <= CANCELLED * by_row, strict=True) if lost]
    if names:
        raise Refusal(f"the scores cancel within every cluster, so a clustered error is zero: {', '.join(names)}")


def _check_leverage(leverage: np.ndarray, regressors: pd.DataFrame) -> None:
    if leverage.max() > 1 - LEVERAGE_ONE:
        row = regressors.index[int(leverage.argmax())]
        raise Refusal(
            f"row {row} is the only one of its kind and is fitted exactly (leverage 1); "
            f"next step: exclude it or drop a column of {', '.join(regressors.columns)}"
        )
