"""What statsmodels and linearmodels make of the specifications we estimate: their numbers, by our conventions."""

from collections.abc import Mapping, Sequence
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd

from beleidsvrijheid.models.rank import back_transform, centred_scaled, codes

STATSMODELS, LINEARMODELS = "statsmodels", "linearmodels"


def library_ols(
    outcome: np.ndarray, regressors: pd.DataFrame, covariance: str, weights: np.ndarray | None = None
) -> np.ndarray:
    """Slopes and standard errors (k x 2) of a cross-section by statsmodels. Arguments as models.linear.ols; a row is a cluster."""
    from statsmodels.regression.linear_model import OLS, WLS

    scaled, _, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(scaled))])
    model = OLS(outcome, design) if weights is None else WLS(outcome, design, weights=weights)
    options: dict[str, Any] = {"cov_type": covariance}
    if covariance in ("cluster", "wild_cluster"):
        groups = {"use_correction": True, "df_correction": True, "groups": np.arange(len(outcome))}
        options = {"cov_type": "cluster", "cov_kwds": groups}
    result = model.fit(use_t=True, **options)
    return np.column_stack([result.params[:-1], result.bse[:-1]]) / scale[:, None]


def library_panel(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    frame: pd.DataFrame,
    effects: Sequence[str],
    covariance: Mapping[str, Any],
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Slopes and standard errors (k x 2) of a panel by linearmodels; NaN errors where it has not that covariance (HC0-HC3).

    frame: nis and year of each row. covariance: of the specification.
    """
    from linearmodels.panel.model import PanelOLS

    scaled, _, scale = centred_scaled(regressors.to_numpy(float))
    index = pd.MultiIndex.from_arrays([codes(frame["nis"]), codes(frame["year"])], names=["unit", "year"])
    design = pd.DataFrame(scaled, index, [f"x{i}" for i in range(scaled.shape[1])]).assign(const=1.0)
    # Its weighted route loses digits of an outcome with a large mean; slopes do not depend on it.
    y = pd.Series(outcome - np.mean(outcome), index, name="y")
    heavy = None if weights is None else pd.Series(weights, index, name="weights")
    absorbed = {"entity_effects": "municipality" in effects, "time_effects": "year" in effects}
    options, factor = _options(frame, effects, covariance, scaled.shape[1] + 1)
    result = PanelOLS(y, design, weights=heavy, **absorbed).fit(auto_df=False, **options)
    errors = np.sqrt(np.maximum(np.diag(result.cov.to_numpy())[:-1] * factor, 0.0))
    return np.column_stack([result.params.to_numpy()[:-1], np.where(errors > 0, errors, np.nan)]) / scale[:, None]


def _options(frame: pd.DataFrame, effects, covariance: Mapping[str, Any], k: int) -> tuple[dict[str, Any], float]:
    """Options of the fit, and the factor that brings its covariance to our convention."""
    kind, by, n = covariance["type"], covariance.get("by") or ["municipality"], len(frame)
    if kind in ("cluster", "wild_cluster"):
        nested = ["municipality"] if kind == "wild_cluster" else [by] if isinstance(by, str) else by
        sizes = {"municipality": frame["nis"].nunique(), "year": frame["year"].nunique()}
        free = sum(sizes[effect] - 1 for effect in effects if effect not in nested)
        options = {"cov_type": "clustered", "cluster_entity": True, "cluster_time": "year" in nested}
        # Without count_effects it divides by N - k; effects not nested in the clusters are counted here.
        return options | {"group_debias": True, "debiased": True, "count_effects": False}, (n - k) / (n - k - free)
    if kind == "driscoll_kraay":
        options = {"cov_type": "kernel", "kernel": "bartlett", "bandwidth": covariance["bandwidth"]}
        return options | {"debiased": True, "count_effects": True}, 1.0
    options = {"cov_type": "unadjusted", "debiased": True, "count_effects": True}
    return options, 1.0 if kind == "nonrobust" else np.nan


def library_quantile(outcome: np.ndarray, regressors: pd.DataFrame, quantile: float) -> np.ndarray:
    """Slopes and constant (k + 1) of a quantile regression by statsmodels, which may stop short of the minimum."""
    from statsmodels.regression.quantile_regression import IterationLimitWarning, QuantReg

    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(scaled))])
    with catch_warnings():
        simplefilter("ignore", IterationLimitWarning)
        result = QuantReg(outcome, design).fit(q=quantile, max_iter=5000, vcov="iid")
    return back_transform(mean, scale) @ np.asarray(result.params)
