"""Least squares: one row per municipality (statsmodels) and panels with fixed effects (linearmodels).

Regressors are centred by their grand mean and scaled before either library sees them, and the results are
mapped back: a column with a large constant offset gives linearmodels a wrong slope without a word.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Fit, Refusal, coefficient_table
from beleidsvrijheid.models.rank import centred_scaled, codes

CLUSTERED_CONVENTION = (
    "clustered standard errors: sandwich x G/(G-1) x (N-1)/(N-K), G clusters, K coefficients with the "
    "constant and the fixed effects not nested in the clusters; nested fixed effects are not counted; "
    "t with G-1 degrees of freedom (the rule of fixest, reghdfe and Stata)"
)
COVARIANCES = {
    "nonrobust": "homoskedastic",
    "HC0": "heteroskedasticity-robust, HC0",
    "HC1": "heteroskedasticity-robust, HC1",
    "HC2": "heteroskedasticity-robust, HC2",
    "HC3": "heteroskedasticity-robust, HC3",
    "cluster": "clustered by {by}, {n} clusters",
}
PERFECT_FIT = 1e-12


def ols(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    covariance: str,
    clusters: pd.DataFrame | pd.Series | None = None,
    confidence: float = 0.95,
) -> Fit:
    """Least squares with a constant (term `const`, last).

    outcome: n values. regressors: n x k, no constant. covariance: a key of COVARIANCES; clusters: for
    "cluster", one column, or two for two-way clustering (then t with the smaller G - 1). Raises StudyError
    on another covariance, on a leverage of 1 and on a perfect fit.
    """
    from statsmodels.regression.linear_model import OLS

    _check_covariance(covariance, COVARIANCES)
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(scaled))])
    _check_design(outcome, design, regressors)
    names, groups = _cluster_codes(clusters) if covariance == "cluster" else ("", None)
    options = {"cov_kwds": {"groups": groups.squeeze()}} if groups is not None else {}
    result = OLS(np.asarray(outcome, float), design).fit(cov_type=covariance, use_t=True, **options)
    if result.ssr <= PERFECT_FIT * result.centered_tss:
        raise StudyError(
            "the outcome is an exact combination of these columns; remove one: " + ", ".join(regressors.columns)
        )
    clusters_n = None if groups is None else min(len(np.unique(column)) for column in groups.T)
    back = _back_transform(mean, scale)
    return _linear_fit(result, np.asarray(outcome, float), regressors, back, clusters_n, names, covariance, confidence)


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
) -> Fit:
    """Panel least squares: pooled (no effects), one-way or two-way within; clustered by municipality.

    outcome, regressors, units, years: one row per municipality-year. effects: of municipality, year.
    covariance: "cluster" or "nonrobust". The constant is reported only without effects. r2 is that of the
    model after the effects are taken out; the information criterion counts the effects. Raises StudyError on
    another covariance, Refusal without a degree of freedom.
    """
    _check_covariance(covariance, ("cluster", "nonrobust"))
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    n, k = scaled.shape[0], scaled.shape[1] + 1
    year_effects = (years.nunique() - 1) * ("year" in effects)
    counted = k + year_effects + (units.nunique() - 1) * ("municipality" in effects)
    if n <= counted:
        raise Refusal(f"{n} rows for {counted} coefficients and fixed effects")
    model = _panel_model(outcome, scaled, units, years, effects)
    if covariance == "cluster":
        kind = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True, "count_effects": False}
        # Without count_effects the library divides by N - k; year effects are not nested in municipalities.
        factor = (n - k) / (n - k - year_effects)
    else:
        kind, factor = {"cov_type": "unadjusted", "debiased": True, "count_effects": True}, 1.0
    result, moved = model.fit(auto_df=False, **kind), (mean, scale)
    return _panel_fit(result, factor, outcome, regressors, moved, units, effects, covariance, counted, confidence)


def _panel_model(outcome, scaled, units, years, effects):
    from linearmodels.panel.model import PanelOLS

    index = pd.MultiIndex.from_arrays([codes(units), codes(years)], names=["unit", "year"])
    design = pd.DataFrame(scaled, index, [f"x{i}" for i in range(scaled.shape[1])]).assign(const=1.0)
    wanted = {"entity_effects": "municipality" in effects, "time_effects": "year" in effects}
    return PanelOLS(pd.Series(np.asarray(outcome, float), index, name="y"), design, **wanted)


def _panel_fit(result, factor, outcome, regressors, moved, units, effects, covariance, counted, confidence) -> Fit:
    back = _back_transform(*moved)
    matrix = back @ (factor * result.cov.to_numpy()) @ back.T
    n, n_units, clustered = len(regressors), units.nunique(), covariance == "cluster"
    df = n_units - 1 if clustered else n - counted
    shown = slice(None) if not effects else slice(0, -1)
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)
    table = coefficient_table(
        [*regressors.columns, "const"][shown],
        (back @ result.params.to_numpy())[shown],
        np.sqrt(np.diag(matrix))[shown],
        df,
        confidence,
        sd_x[shown],
        np.std(outcome, ddof=1),
    )
    return Fit(
        coefficients=table,
        n_obs=n,
        n_units=n_units,
        n_clusters=n_units if clustered else None,
        covariance=COVARIANCES[covariance].format(by="municipality", n=n_units),
        clustered_convention=CLUSTERED_CONVENTION if clustered else "",
        r2=result.rsquared,
        r2_adjusted=1 - (1 - result.rsquared) * (n - (counted - regressors.shape[1])) / (n - counted),
        log_likelihood=result.loglik,
        aic=2 * counted - 2 * result.loglik,
        residuals=result.resids.to_numpy(),
        covariance_matrix=matrix[shown, shown],
        df=df,
    )


def _check_covariance(covariance: str, allowed) -> None:
    if covariance not in allowed:
        raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(allowed)}")


def _check_design(outcome: np.ndarray, design: np.ndarray, regressors: pd.DataFrame) -> None:
    n, k = design.shape
    if n <= k:
        raise Refusal(f"{n} rows for {k} coefficients")
    if np.ptp(outcome) == 0:
        raise Refusal("the outcome has the same value in every row")
    leverage = (np.linalg.qr(design)[0] ** 2).sum(axis=1)
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


def _back_transform(mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Matrix from coefficients on centred, scaled columns (constant last) to those on the given columns."""
    back = np.diag(np.append(1 / scale, 1.0))
    back[-1, :-1] = -mean / scale
    return back
