"""The share of municipalities at or above a threshold."""

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.estimate_rows import estimate_row, estimates_table
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

COVARIANCE = "Wilson score interval; statistic and p-value test the share against one half (score test)"


def estimate_share(task: Task) -> Estimation:
    """The share of municipalities of one specification."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        fit = share(parts(sample)[0], task.specification.get("threshold"), task.confidence)
    return finished(sample, fit, inference_table(not_least_squares("share")))


def share(outcome: np.ndarray, threshold: float, confidence: float) -> Fit:
    """Proportion with outcome >= threshold, Wilson (1927) interval: equation mean, term share.

    outcome: n finite values. Raises StudyError where the threshold is not a number, Refusal without a value.
    """
    from scipy.special import ndtr

    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not np.isfinite(threshold):
        raise StudyError(f"threshold: {threshold!r}; allowed: a number in the unit of the outcome")
    n = len(outcome)
    if n == 0:
        raise Refusal("no municipality has a value")
    p = float(np.mean(np.asarray(outcome) >= threshold))
    low, high = wilson(np.array(p), n, confidence)
    statistic = (p - 0.5) / np.sqrt(0.25 / n)
    found = {"std_error": np.sqrt(p * (1 - p) / n), "statistic": statistic, "p_value": 2 * ndtr(-abs(statistic))}
    row = estimate_row("mean", "share", p, ci_low=float(low), ci_high=float(high), **found)
    return Fit(estimates_table([row]), n_obs=n, n_units=n, covariance=COVARIANCE)


def wilson(share: np.ndarray, n: int, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson interval (1927) of a share; it ends at 0 or 1 where the share does."""
    from scipy.special import ndtri

    z = ndtri(0.5 + confidence / 2)
    centre, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    return np.where(share == 0, 0.0, low), np.where(share == 1, 1.0, high)
