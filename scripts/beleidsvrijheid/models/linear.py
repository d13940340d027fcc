"""Least squares: one row per municipality (statsmodels) and panels with fixed effects (linearmodels).

Regressors are centred by their grand mean and scaled before either library sees them, and the results are
mapped back: a column with a large constant offset gives linearmodels a wrong slope without a word.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Fit, Refusal, coefficient_table
from beleidsvrijheid.models.panel_covariance import (
    CLUSTERED_CONVENTION,
    NOT_DEFINITE,
    TWO_WAY_CONVENTION,
    PanelCovariance,
    PanelRows,
    is_definite,
    panel_covariance,
    robust_covariance,
)
from beleidsvrijheid.models.rank import back_transform, centred_scaled, codes

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
_CLUSTER_OPTIONS = {"use_correction": True, "df_correction": True}


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
    r2 is then weighted. Raises StudyError on another covariance and on a perfect fit, Refusal on a leverage of 1.
    """
    from statsmodels.regression.linear_model import OLS, WLS

    _check_covariance(covariance, COVARIANCES)
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design, y = np.column_stack([scaled, np.ones(len(scaled))]), np.asarray(outcome, float)
    _check_design(y, design, regressors, weights)
    clustered = covariance in ("cluster", "wild_cluster")
    names, groups = _cluster_codes(clusters) if clustered else ("", None)
    options = {"cov_kwds": _CLUSTER_OPTIONS | {"groups": groups.squeeze()}} if groups is not None else {}
    model = OLS(y, design) if weights is None else WLS(y, design, weights=weights)
    result = model.fit(cov_type="cluster" if clustered else covariance, use_t=True, **options)
    if result.ssr <= PERFECT_FIT * result.centered_tss:
        raise StudyError(
            "the outcome is an exact combination of these columns; remove one: " + ", ".join(regressors.columns)
        )
    clusters_n = None if groups is None else min(len(np.unique(column)) for column in groups.T)
    back = back_transform(mean, scale)
    return _linear_fit(result, y, regressors, back, clusters_n, names, covariance, confidence)


def _linear_fit(result, outcome, regressors, back, n_clusters, names, covariance, confidence) -> Fit:
    matrix = back @ np.asarray(result.cov_params()) @ back.T
    df = n_clusters - 1 if n_clusters else result.df_resid
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)
    table = coefficient_table(
        [*regressors.columns, "const"],
        back @ np.asarray(result.params),
        np.sqrt(np.diag(matrix)),
        df,
        confidence,
        sd_x,
        outcome.std(ddof=1),
    )
    return Fit(
        coefficients=table,
        n_obs=len(outcome),
        n_units=len(outcome),
        n_clusters=n_clusters,
        covariance=COVARIANCES[covariance].format(by=names, n=n_clusters),
        clustered_convention=CLUSTERED_CONVENTION if n_clusters else "",
        r2=result.rsquared,
        r2_adjusted=result.rsquared_adj,
        log_likelihood=result.llf,
        aic=result.aic,
        residuals=np.asarray(result.resid),
        covariance_matrix=matrix,
        df=df,
    )


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
    Raises StudyError on another covariance, Refusal without a degree of freedom.
    """
    rows = PanelRows(units, years, list(effects), weights)
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    n, k = scaled.shape[0], scaled.shape[1] + 1
    counted = k + rows.counted("year") + rows.counted("municipality")
    kind = panel_covariance(covariance, by, bandwidth, rows, k)
    if n <= counted:
        raise Refusal(f"{n} rows for {counted} coefficients and fixed effects")
    # The library's weighted route loses digits of an outcome with a large mean; the constant takes it back below.
    shift = float(np.mean(outcome)) if weights is not None else 0.0
    result = _panel_model(np.asarray(outcome, float) - shift, scaled, rows).fit(auto_df=False, **kind.options)
    matrix = kind.factor * result.cov.to_numpy()
    if kind.own:
        matrix = robust_covariance(scaled, result.resids.to_numpy(), rows, kind.own)
    params = result.params.to_numpy() + np.append(np.zeros(k - 1), shift)
    return _panel_fit(result, params, matrix, kind, outcome, regressors, (mean, scale), rows, counted, confidence)


def _panel_model(outcome, scaled, rows: PanelRows):
    from linearmodels.panel.model import PanelOLS

    index = pd.MultiIndex.from_arrays([codes(rows.units), codes(rows.years)], names=["unit", "year"])
    design = pd.DataFrame(scaled, index, [f"x{i}" for i in range(scaled.shape[1])]).assign(const=1.0)
    wanted = {"entity_effects": "municipality" in rows.effects, "time_effects": "year" in rows.effects}
    weights = None if rows.weights is None else pd.Series(rows.weights, index, name="weights")
    return PanelOLS(pd.Series(np.asarray(outcome, float), index, name="y"), design, weights=weights, **wanted)


def _panel_fit(
    result, params, matrix, kind: PanelCovariance, outcome, regressors, moved, rows: PanelRows, counted, confidence
) -> Fit:
    back = back_transform(*moved)
    matrix, n = back @ matrix @ back.T, len(regressors)
    shown = slice(None) if not rows.effects else slice(0, -1)
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)
    variances = np.diag(matrix)[shown]
    table = coefficient_table(
        [*regressors.columns, "const"][shown],
        (back @ params)[shown],
        np.sqrt(np.where(variances > 0, variances, np.nan)),
        kind.df,
        confidence,
        sd_x[shown],
        np.std(outcome, ddof=1),
    )
    definite = kind.convention != TWO_WAY_CONVENTION or is_definite(matrix[shown, shown])
    return Fit(
        coefficients=table,
        n_obs=n,
        n_units=rows.n_units,
        n_clusters=kind.n_clusters,
        covariance=kind.words,
        clustered_convention=kind.convention,
        r2=result.rsquared,
        r2_adjusted=1 - (1 - result.rsquared) * (n - (counted - regressors.shape[1])) / (n - counted),
        log_likelihood=result.loglik,
        aic=2 * counted - 2 * result.loglik,
        warnings=[*kind.warnings, *([] if definite else [NOT_DEFINITE])],
        residuals=result.resids.to_numpy(),
        covariance_matrix=matrix[shown, shown],
        df=kind.df,
    )


def _check_covariance(covariance: str, allowed) -> None:
    if covariance not in allowed:
        raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(allowed)}")


def _check_design(outcome: np.ndarray, design: np.ndarray, regressors: pd.DataFrame, weights=None) -> None:
    n, k = design.shape
    if n <= k:
        raise Refusal(f"{n} rows for {k} coefficients")
    if np.ptp(outcome) == 0:
        raise Refusal("the outcome has the same value in every row")
    weighted = design if weights is None else np.sqrt(weights)[:, None] * design
    leverage = (np.linalg.qr(weighted)[0] ** 2).sum(axis=1)
    if leverage.max() > 1 - 1e-10:
        row = regressors.index[int(leverage.argmax())]
        raise Refusal(
            f"row {row} is the only one of its kind and is fitted exactly (leverage 1); "
            f"next step: exclude it or drop a column of {', '.join(regressors.columns)}"
        )


def _cluster_codes(clusters: pd.DataFrame | pd.Series | None) -> tuple[str, np.ndarray]:
    if clusters is None:
        raise StudyError("covariance.type 'cluster' needs clusters; next step: add covariance.by")
    table = pd.DataFrame(clusters)
    return " and ".join(map(str, table.columns)), np.column_stack([codes(table[name]) for name in table])
