"""The share of municipalities at or above a threshold."""

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Estimation, Fit, Refusal
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

COVARIANCE = "Wilson score interval; statistic and p-value test the share against one half (score test)"


def estimate_share(task: Task) -> Estimation:
    """The share of municipalities of one specification."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        fit = share(parts(sample)[0], task.specification.get("threshold"), task.confidence)
    return finished(sample, fit, inference_table(not_least_squares("share")))


def share(outcome: np.ndarray, threshold: float, confidence: float = 0.95) -> Fit:
    """Proportion with outcome >= threshold, Wilson (1927) interval: equation mean, term share.

    outcome: n finite values. Raises StudyError where the threshold is not a number, Refusal without a value.
    """
    from scipy.special import ndtr, ndtri

    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not np.isfinite(threshold):
        raise StudyError(f"threshold: {threshold!r}; allowed: a number in the unit of the outcome")
    n = len(outcome)
    if n == 0:
        raise Refusal("no municipality has a value")
    p, z = float(np.mean(np.asarray(outcome) >= threshold)), ndtri(0.5 + confidence / 2)
    centre, half = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = np.array([centre - half, centre + half]) / (1 + z**2 / n)
    statistic = (p - 0.5) / np.sqrt(0.25 / n)
    row = dict.fromkeys(COEFFICIENT_COLUMNS, np.nan) | {"equation": "mean", "term": "share", "block": ""}
    row |= {"estimate": p, "std_error": np.sqrt(p * (1 - p) / n), "statistic": statistic}
    row |= {"p_value": 2 * ndtr(-abs(statistic)), "ci_low": max(low, 0.0), "ci_high": min(high, 1.0)}
    return Fit(pd.DataFrame([row], columns=COEFFICIENT_COLUMNS), n_obs=n, n_units=n, covariance=COVARIANCE)
