"""What the primary specification predicts for a municipality that does not exist, and the interval of that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.sample import Sample, build_sample, named_predictors
from beleidsvrijheid.models.sandwich import Design, hc_weights, make_design
from beleidsvrijheid.models.task import parts

# Keys of a specification that change its columns or rows in ways this page does not follow.
NOT_FOLLOWED = ("transform", "transforms", "weights", "interactions", "splines", "interact_with", "effects")
AGREEMENT = 1e-6
_CONSTANT = "const"


@dataclass(frozen=True)
class Model:
    """A least-squares fit as predictions need it.

    terms: k columns. means, slopes: (k,). level: the prediction at the means. covariance: (k + 1, k + 1) of slopes and
    level. residual_variance: sum of squared residuals / (n - k - 1). df: of t. ranges: raw predictor -> smallest and largest
    value of the sample; categories: predictor -> values in the sample, the reference first.
    """

    terms: list[str]
    means: np.ndarray
    slopes: np.ndarray
    level: float
    covariance: np.ndarray
    residual_variance: float
    df: float
    n_obs: int
    ranges: dict[str, list[float]]
    categories: dict[str, list[float]]


def refusal(specification: Mapping[str, Any]) -> str:
    """Which part of a specification the page cannot follow; empty where it can."""
    if specification["estimator"] != "ols":
        return f"estimator: {specification['estimator']}"
    kind = specification["covariance"]["type"]
    if kind not in ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"):
        return f"covariance: {kind}"
    used = [key for key in NOT_FOLLOWED if specification.get(key) not in (None, "none", [], {})]
    return used[0] if used else ""


def fit_model(panel: pd.DataFrame, specification: Mapping[str, Any], settings: Mapping[str, Any]) -> Model:
    """The specification fitted again on its own sample, with what the result files leave out.

    panel: see sample.build_sample. settings: exclusions, categorical. Raises Refusal as the estimation does.
    """
    panel = panel[panel["indicator"].isin([specification["outcome"], *named_predictors(specification)])]
    sample = build_sample(panel, specification, settings["exclusions"], settings["categorical"])
    outcome, regressors = parts(sample)
    design = make_design(regressors.to_numpy(float), specification["covariance"]["type"])
    slopes, residuals = design.slopes(outcome), design.residuals(outcome)
    n = len(outcome)
    return Model(
        terms=list(regressors.columns),
        means=regressors.mean().to_numpy(),
        slopes=slopes,
        level=float(outcome.mean()),
        covariance=_covariance(design, residuals),
        residual_variance=float(residuals @ residuals / (n - design.n_coefficients)),
        df=design.df,
        n_obs=n,
        **_seen(panel, sample, specification, settings["categorical"]),
    )


def _covariance(design: Design, residuals: np.ndarray) -> np.ndarray:
    """Of the slopes and of the level at the means, by the specification's own rule (as Design.errors)."""
    n = len(residuals)
    rows = np.vstack([design.rows, np.full(n, 1 / n)])
    squares = residuals**2
    if design.covariance == "cluster":  # one row per municipality: each is its own cluster
        squares = squares * design.cluster_factor
    elif design.covariance == "nonrobust":
        squares = np.full(n, squares.sum() / (n - design.n_coefficients))
    else:
        squares = squares * hc_weights(design.covariance, design.leverage, n, design.n_coefficients)
    return (rows * squares) @ rows.T


def _seen(panel: pd.DataFrame, sample: Sample, specification, categorical) -> dict[str, dict[str, list[float]]]:
    """Ranges and categories of the raw predictors over the rows of the sample."""
    static = panel[(panel["level"] == "municipality") & panel["year"].isna() & panel["nis"].isin(sample.frame["nis"])]
    field, ranges, categories = specification.get("beleidsveld") or "", {}, {}
    for name in named_predictors(specification):
        own = static[static["indicator"] == name]
        own = own[own["beleidsveld"] == (field if (own["beleidsveld"] == field).any() else "")]
        if name in categorical:
            dummies = {column.partition("=")[2] for column in sample.regressors if column.startswith(f"{name}=")}
            levels = sorted(own["value"].unique())
            categories[name] = sorted(levels, key=lambda level, known=dummies: (f"{level:g}" in known, level))
        else:
            ranges[name] = [float(own["value"].min()), float(own["value"].max())]
    return {"ranges": ranges, "categories": categories}


def check_agreement(model: Model, estimates: pd.DataFrame, name: str) -> None:
    """Raise StudyError unless slopes, constant and standard errors are those of results/estimates.

    estimates: columns term, estimate, std_error.
    """
    own = coefficients(model)
    told = estimates.set_index("term").reindex(own.index)[["estimate", "std_error"]]
    scale = own["std_error"].to_numpy()[:, None]
    gap = np.abs(own.to_numpy() - told.to_numpy(float)) / scale
    if len(estimates) != len(own) or not (gap < AGREEMENT).all():
        worst = own.index[np.nanargmax(np.nan_to_num(gap, nan=np.inf).max(axis=1))]
        raise StudyError(
            f"results/estimates/{name}.csv: {worst}: the model fitted again for the explorer gives "
            f"{own.loc[worst, 'estimate']:.10g}, the file {told.loc[worst, 'estimate']}; delete the file and run again"
        )


def coefficients(model: Model) -> pd.DataFrame:
    """Estimate and standard error of every slope and of the constant, by term."""
    at_zero = np.append(-model.means, 1.0)
    constant = model.level - model.means @ model.slopes
    errors = np.sqrt(np.append(np.diag(model.covariance)[:-1], at_zero @ model.covariance @ at_zero))
    table = {"estimate": np.append(model.slopes, constant), "std_error": errors}
    return pd.DataFrame(table, index=[*model.terms, _CONSTANT])


def predict(model: Model, values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Point and ends of the prediction interval of one new municipality. values: (k,) of the columns `terms`.

    Half-width: t x square root of (variance of the estimated mean there + residual variance).
    """
    from scipy.special import stdtrit

    moved = np.append(values - model.means, 1.0)
    point = model.level + moved[:-1] @ model.slopes
    variance = moved @ model.covariance @ moved + model.residual_variance
    half = stdtrit(model.df, 0.5 + confidence / 2) * np.sqrt(variance)
    return float(point), float(point - half), float(point + half)


def interval_quantile(estimates: pd.DataFrame) -> float:
    """The quantile of t that the intervals of results/estimates are made with: half an interval over its standard error."""
    widest = estimates.loc[estimates["std_error"].idxmax()]
    return float((widest["ci_high"] - widest["ci_low"]) / 2 / widest["std_error"])


def model_content(model: Model, confidence: float, quantile: float) -> dict[str, Any]:
    """The model as the browser needs it, numbers as they are. quantile: of t with the model's df, at the confidence."""
    return {
        "terms": model.terms,
        "means": model.means.tolist(),
        "slopes": model.slopes.tolist(),
        "level": model.level,
        "covariance": model.covariance.tolist(),
        "residual_variance": model.residual_variance,
        "df": model.df,
        "n_obs": model.n_obs,
        "quantile": quantile,
        "confidence": confidence,
        "ranges": model.ranges,
        "categories": model.categories,
    }
