"""One specification from panel to results: the estimator it names, and what is recorded of the fit."""

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import INTERVAL_COVERAGE, INTERVAL_METHOD
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import COVARIANCES_OF
from beleidsvrijheid.models.autocorrelation import estimate_autocorrelation
from beleidsvrijheid.models.common_factor import estimate_common_factor
from beleidsvrijheid.models.correlation import estimate_correlation
from beleidsvrijheid.models.dispersion import estimate_dispersion_change, estimate_dispersion_ratio
from beleidsvrijheid.models.dispersion_by_group import estimate_dispersion_by_group
from beleidsvrijheid.models.event_study import estimate_event_study
from beleidsvrijheid.models.field_ols import estimate_field_ols
from beleidsvrijheid.models.field_permutation import estimate_field_permutation
from beleidsvrijheid.models.fit import Estimation, Refusal
from beleidsvrijheid.models.heterogeneous_adoption import estimate_heterogeneous_adoption
from beleidsvrijheid.models.hurdle import estimate_hurdle
from beleidsvrijheid.models.inequality import estimate_inequality
from beleidsvrijheid.models.least_squares import estimate_ols, estimate_panel_ols
from beleidsvrijheid.models.location_scale import estimate_location_scale
from beleidsvrijheid.models.mean_change import estimate_mean_change
from beleidsvrijheid.models.period_coefficients import estimate_period_coefficients
from beleidsvrijheid.models.published_value import estimate_published_value
from beleidsvrijheid.models.quantile import estimate_quantile
from beleidsvrijheid.models.random_effects import estimate_random_effects
from beleidsvrijheid.models.random_slope import estimate_random_slope
from beleidsvrijheid.models.resampling import Drawn
from beleidsvrijheid.models.rif import estimate_rif
from beleidsvrijheid.models.sample import LEDGER_COLUMNS
from beleidsvrijheid.models.share import estimate_share
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.outputs import data_source_label

FIT_KEYS = [
    "covariance",
    "clustered_convention",
    "n_obs",
    "n_units",
    "n_clusters",
    "r2",
    "r2_adjusted",
    "r2_cv",
    "log_likelihood",
    "aic",
]
# One function per name in estimators.ESTIMATORS.
RUN: dict[str, Callable[[Task], Estimation]] = {
    "ols": estimate_ols,
    "panel_ols": estimate_panel_ols,
    "random_effects": estimate_random_effects,
    "quantile": estimate_quantile,
    "dispersion_change": estimate_dispersion_change,
    "dispersion_ratio": estimate_dispersion_ratio,
    "share": estimate_share,
    "published_value": estimate_published_value,
    "autocorrelation": estimate_autocorrelation,
    "common_factor": estimate_common_factor,
    "correlation": estimate_correlation,
    "dispersion_by_group": estimate_dispersion_by_group,
    "event_study": estimate_event_study,
    "field_ols": estimate_field_ols,
    "field_permutation": estimate_field_permutation,
    "heterogeneous_adoption": estimate_heterogeneous_adoption,
    "hurdle": estimate_hurdle,
    "inequality": estimate_inequality,
    "location_scale": estimate_location_scale,
    "mean_change": estimate_mean_change,
    "period_coefficients": estimate_period_coefficients,
    "random_slope": estimate_random_slope,
    "rif": estimate_rif,
}


def fit_record(estimation: Estimation, specification: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What fits/{specification}.json holds; a refused specification has null where there is no number."""
    fit = estimation.fit
    return {key: getattr(fit, key, None) for key in FIT_KEYS} | {
        "status": "refused" if fit is None else "estimated",
        "reason": estimation.reason,
        "warnings": [] if fit is None else list(fit.warnings),
        "estimator": specification["estimator"],
        "outcome": specification["outcome"],
        "beleidsveld": specification.get("beleidsveld") or "",
        "seed": settings["seed"],
        "sample_sha256": estimation.sample_sha256,
        "residual_r2": estimation.residual_r2,
        "attribution_interval": "" if estimation.attribution.empty else f"{INTERVAL_METHOD}; {INTERVAL_COVERAGE}",
        "data_source": data_source_label(settings["data_source"]),
    }


def generator(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one specification: its own stream of the study's one seed."""
    return np.random.default_rng([seed, crc32(name.encode())])


def estimate(
    panel: pd.DataFrame,
    specification: Mapping[str, Any],
    settings: Mapping[str, Any],
    name: str,
    made: pd.DataFrame | None = None,
) -> Estimation:
    """Estimate one resolved specification.

    panel: see sample.build_sample. settings: equivalence, inference, seed, exclusions, windows, groups,
    categorical, minimum_municipalities. name: the specification's id, for messages and its random stream. made: bootstrap
    draws that `draw` made, all batches in order; None: they are made here.
    Raises StudyError, its message opening with the specification's key; data that cannot carry it give a
    refusal.
    """
    task = Task(panel, specification, settings, generator(settings["seed"], name), name, made=made)
    try:
        return RUN[_estimator(specification)](task)
    except Refusal as refusal:
        ledger = refusal.ledger if refusal.ledger is not None else pd.DataFrame(columns=LEDGER_COLUMNS)
        return Estimation(fit=None, ledger=ledger, reason=refusal.reason)
    except StudyError as mistake:
        raise StudyError(f"config.yaml: specifications.{name}: {mistake}") from mistake


def draw(
    panel: pd.DataFrame,
    specification: Mapping[str, Any],
    settings: Mapping[str, Any],
    name: str,
    batch: tuple[int, int],
) -> pd.DataFrame:
    """One batch of the bootstrap draws of a specification, a row for each: what `estimate` would make of them itself.

    batch: first draw and the one after the last. No rows where the specification is refused. Raises as `estimate` does.
    """
    task = Task(panel, specification, settings, generator(settings["seed"], name), name, batch)
    try:
        RUN[_estimator(specification)](task)
    except Drawn as drawn:
        return drawn.draws
    except Refusal:
        return pd.DataFrame()  # `estimate` says why
    except StudyError as mistake:
        raise StudyError(f"config.yaml: specifications.{name}: {mistake}") from mistake
    raise ValueError(f"{name}: no draws in batches of estimator {specification['estimator']}")


def _estimator(specification: Mapping[str, Any]) -> str:
    estimator = specification.get("estimator")
    if estimator not in COVARIANCES_OF:
        raise StudyError(f"estimator: {estimator!r}; allowed: {', '.join(COVARIANCES_OF)}")
    covariance = (specification.get("covariance") or {}).get("type")
    if covariance not in COVARIANCES_OF[estimator]:
        allowed = ", ".join(COVARIANCES_OF[estimator])
        raise StudyError(f"covariance.type: {covariance!r} with estimator {estimator}; allowed: {allowed}")
    return estimator
