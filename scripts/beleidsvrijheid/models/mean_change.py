"""F6 and pre-trends: the mean of an outcome over municipalities, and whether it is as good as zero."""

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import MINIMUM_POWER, UNDERPOWERED, equivalence, inference_table
from beleidsvrijheid.models.estimate_rows import estimate_row, estimates_table, inference_row
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import MDE_ALPHA, POWER, Estimation, Fit, Refusal
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

COVARIANCE = "mean over municipalities, t with N-1 degrees of freedom; equivalence and non-inferiority at the threshold"


def mean_change(outcome: np.ndarray, confidence: float) -> Fit:
    """Equation mean, terms mean (t interval; standardised: in standard deviations) and median (order statistics).

    outcome: n finite values. mde: smallest mean found with power .8 by a two-sided 5 % test. The interval of the median
    is exact and therefore at least as wide as asked for (binomial; NaN where n is too small). Raises Refusal with fewer
    than three values or without variation.
    """
    from scipy.special import bdtr, stdtr, stdtrit

    outcome = np.sort(np.asarray(outcome, float))
    n = len(outcome)
    if n < 3:
        raise Refusal(f"{n} municipalities have a value; a mean with an interval needs three")
    mean, spread = outcome.mean(), outcome.std(ddof=1)
    if spread <= 1e-12 * np.abs(outcome).max():
        raise Refusal("the outcome has the same value in every row")
    error, half = spread / np.sqrt(n), stdtrit(n - 1, 0.5 + confidence / 2)
    detectable = (stdtrit(n - 1, 1 - MDE_ALPHA / 2) + stdtrit(n - 1, POWER)) * error
    found = {"std_error": error, "statistic": mean / error, "p_value": 2 * stdtr(n - 1, -abs(mean / error))}
    ends = {"ci_low": mean - half * error, "ci_high": mean + half * error}
    rows = [estimate_row("mean", "mean", mean, standardised=mean / spread, mde=detectable, **found, **ends)]
    below = bdtr(np.arange(n // 2), n, 0.5)  # P(at most k values below the median)
    k = int((below <= (1 - confidence) / 2).sum())
    ends = {"ci_low": outcome[k - 1], "ci_high": outcome[n - k]} if k else {}
    rows.append(estimate_row("mean", "median", np.median(outcome), **ends))
    return Fit(estimates_table(rows), n, n, COVARIANCE, df=n - 1.0)


def mean_tests(fit: Fit, threshold: float, alpha: float) -> list[dict[str, object]]:
    """Equivalence, |mean| < |threshold|, and non-inferiority, mean > -|threshold|, with their power at a mean of 0.

    threshold: in the unit of the outcome, such as ln .95; its sign does not matter. Raises StudyError on another.
    """
    from scipy.special import stdtr, stdtrit

    number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if not number or not np.isfinite(threshold) or threshold == 0:
        raise StudyError(f"threshold: {threshold!r}; allowed: a number other than 0 in the unit of the outcome")
    bound, row = abs(float(threshold)), fit.coefficients.set_index("term").loc["mean"]
    rows = [equivalence("mean", row["estimate"], row["std_error"], fit.df, bound, alpha)]
    statistic = (row["estimate"] + bound) / row["std_error"]
    power = float(stdtr(fit.df, bound / row["std_error"] - stdtrit(fit.df, 1 - alpha)))
    p_value = float(stdtr(fit.df, -statistic))
    verdict = "not smaller than -bound" if p_value < alpha else "may be smaller than -bound"
    if p_value >= alpha and power < MINIMUM_POWER:
        verdict = UNDERPOWERED
    critical = float(stdtrit(fit.df, 1 - alpha) * row["std_error"] - bound)  # the smallest mean that passes
    values = {
        "statistic": float(statistic),
        "critical": critical,
        "p_value": p_value,
        "power": power,
        "verdict": verdict,
    }
    return [*rows, inference_row("non_inferiority", "mean", bound=-bound, estimate=float(row["estimate"]), **values)]


def estimate_mean_change(task: Task) -> Estimation:
    """The mean of one outcome against the key `threshold`."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        fit = mean_change(parts(sample)[0], task.confidence)
    rows = mean_tests(fit, task.specification.get("threshold"), task.alpha)
    other = not_least_squares("mean_change", ["r2_non_inferiority"])
    return finished(sample, fit, inference_table([*other, *rows]))
