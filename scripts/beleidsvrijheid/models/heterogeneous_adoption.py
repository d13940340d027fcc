"""E7: a reform that reaches everybody at once, some more than others (heterogeneous adoption, no untreated unit).

De Chaisemartin, Ciccia, D'Haultfoeuille & Knau (2025, arXiv:2405.04465): the weighted average slope is
(mean change - m(0)) / mean dose, where m(0) is the change that municipalities with a dose near zero show, a local
linear boundary estimate. As in their did_had: Epanechnikov kernel, MSE-optimal plug-in bandwidth, robust bias-corrected
interval; the sampling error of the two means is not counted. That 95 % interval covered 93.3 % and rejected a true null
in 6.7 % (make validate): a little too often. Not as in did_had: one change, of window means. Steps before the estimate:
is there a quasi-untreated group, do the changes before the reform depend on the dose, is the change linear in the dose
(then the two-way fixed effects slope is the same estimand, more precise)?
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.boundary import boundary_fit
from beleidsvrijheid.models.estimate_rows import estimate_row, estimates_table, inference_row, rows_sha256
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import MDE_ALPHA, POWER, Estimation, Fit, Refusal
from beleidsvrijheid.models.linear import COVARIANCES, ols
from beleidsvrijheid.models.linearity import LinearityTest, stute_test, yatchew_test
from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.models.sample import Ledger, in_panel
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.window_means import window_means

TWFE_COVARIANCE = "HC3"
COVARIANCE = (
    "had_slope: local linear at dose 0, Epanechnikov kernel, bandwidth of least estimated mean square error, robust "
    "bias-corrected standard error, interval and p-value around the corrected slope; "
    f"twfe_slope: {COVARIANCES[TWFE_COVARIANCE]}"
)
QUASI = "quasi_untreated"
# ASSUME a lowest dose under a tenth of the mean is near enough to zero to say nothing.
FAR = 0.1
WHEN = {"mean": "post", "pre_trend": "pre"}


@dataclass(frozen=True)
class AdoptionSlope:
    """slope: conventional estimate. corrected: less its estimated bias, centre of the interval. std_error: of the corrected.

    bandwidth: in units of the dose; n_within: municipalities with a smaller dose.
    """

    slope: float
    corrected: float
    std_error: float
    bandwidth: float
    n_within: int


def adoption_slope(change: np.ndarray, dose: np.ndarray, bandwidth: float | None = None) -> AdoptionSlope:
    """Weighted average slope from n changes of the outcome and n doses, not negative.

    Raises Refusal on a negative dose and on doses that cannot carry a boundary estimate.
    """
    change, dose = np.asarray(change, float), np.asarray(dose, float)
    if dose.min() < 0:
        raise Refusal(f"{int((dose < 0).sum())} municipalities with a negative dose: the boundary is at zero")
    edge = boundary_fit(change, dose, bandwidth)
    mean = dose.mean()
    return AdoptionSlope(
        slope=(change.mean() - edge.estimate) / mean,
        corrected=(change.mean() - edge.corrected) / mean,
        std_error=edge.std_error / mean,
        bandwidth=edge.bandwidth,
        n_within=edge.n_within,
    )


def quasi_untreated_test(dose: np.ndarray, alpha: float) -> LinearityTest:
    """Is the support of the dose bounded by zero? T = D(1) / (D(2) - D(1)), lowest and next; rejects if T > 1/alpha - 1.

    p = 1 / (1 + T). A municipality with dose zero is untreated: T = 0. Raises Refusal where the lowest two tie above 0.
    """
    low, following = np.sort(np.asarray(dose, float))[:2]
    if low == 0:
        return LinearityTest(0.0, 1 / alpha - 1, 1.0)
    if low == following:
        raise Refusal("the two lowest doses are equal: no test of a quasi-untreated group")
    statistic = low / (following - low)
    return LinearityTest(float(statistic), 1 / alpha - 1, float(1 / (1 + statistic)))


def estimate_heterogeneous_adoption(task: Task) -> Estimation:
    """Slope of the change of a yearly outcome (window means, on the scale of `transform`) on `dose`.

    Equation `mean`: had_slope, twfe_slope. Equation `pre_trend`: the same on the change between the first and last year
    before the reform, where the window before has two years.
    """
    ledger = Ledger()
    frame = _sample(task, ledger)
    try:
        return _estimation(task, frame, ledger)
    except Refusal as refusal:
        raise Refusal(refusal.reason, ledger.frame()) from refusal


def _sample(task: Task, ledger: Ledger) -> pd.DataFrame:
    """Columns nis, pre, post, first and last (year before, where there are two), dose."""
    windows, name = dict(task.windows), task.specification["dose"]
    if len(windows["pre"]) > 1:
        windows |= {"first": [min(windows["pre"])], "last": [max(windows["pre"])]}
    in_panel(task.panel, [name])
    doses = values_of(task.panel, name, "", yearly=False).rename(columns={"value": "dose"})
    if doses.empty:
        raise StudyError(f"dose: {name!r} has no value per municipality; allowed: an indicator of level municipality")
    frame = window_means(task.panel, task.specification, windows, task.excluded(), ledger)
    frame = frame.merge(doses, on="nis", how="left", validate="1:1")
    frame = ledger.keep(frame, frame["dose"].notna(), "missing predictor", name)
    task.enough(len(frame), ledger.frame())
    return frame


def _estimation(task: Task, frame: pd.DataFrame, ledger: Ledger) -> Estimation:
    dose = frame["dose"].to_numpy(float)
    changes = {"mean": (frame["post"] - frame["pre"]).to_numpy(float)}
    if "first" in frame:
        changes["pre_trend"] = (frame["last"] - frame["first"]).to_numpy(float)
    rows, tests = [], not_least_squares("heterogeneous_adoption")
    tests.append(_quasi_row(task.specification["dose"], dose, task.alpha))
    for equation, change in changes.items():
        order = 1 if equation == "mean" else 0
        tests += _linearity_rows(equation, change, dose, order, task)
        slope = adoption_slope(change, dose)
        reason = f"{WHEN[equation]}: bandwidth {slope.bandwidth:.4g}, {slope.n_within} municipalities within"
        ledger.note(len(frame), "bandwidth", reason)
        rows += [_slope_row(equation, slope, change, dose, task.confidence)]
        rows += [_twfe_row(equation, change, dose, task.confidence)]
    fit = Fit(estimates_table(rows), len(frame), len(frame), COVARIANCE, warnings=_warnings(frame))
    return Estimation(fit, ledger.frame(), rows_sha256(frame), "", inference_table(tests))


def _warnings(frame: pd.DataFrame) -> list[str]:
    warnings = [] if "first" in frame else ["one year before the reform: no pre-trend can be estimated"]
    lowest = frame["dose"].min() / frame["dose"].mean()
    if lowest > FAR:
        warnings.append(f"the lowest dose is {lowest:.0%} of the mean dose: had_slope extrapolates to zero")
    return warnings


def _slope_row(equation: str, slope: AdoptionSlope, change, dose, confidence: float) -> dict[str, object]:
    from scipy.special import ndtr, ndtri

    statistic, half = slope.corrected / slope.std_error, ndtri(0.5 + confidence / 2) * slope.std_error
    return estimate_row(
        equation,
        "had_slope",
        slope.slope,
        block="dose",
        std_error=slope.std_error,
        statistic=statistic,
        p_value=float(2 * ndtr(-abs(statistic))),
        ci_low=slope.corrected - half,
        ci_high=slope.corrected + half,
        standardised=slope.slope * dose.std(ddof=1) / change.std(ddof=1),
        mde=float(ndtri(1 - MDE_ALPHA / 2) + ndtri(POWER)) * slope.std_error,
    )


def _twfe_row(equation: str, change, dose, confidence: float) -> dict[str, object]:
    """With two periods, the two-way fixed effects slope is least squares of the change on the dose."""
    table = ols(change, pd.DataFrame({"twfe_slope": dose}), TWFE_COVARIANCE, confidence=confidence).coefficients
    return dict(table.iloc[0]) | {"equation": equation, "block": "dose"}


def _quasi_row(name: str, dose: np.ndarray, alpha: float) -> dict[str, object]:
    test, untreated = quasi_untreated_test(dose, alpha), int((dose == 0).sum())
    verdict = "no quasi-untreated group" if test.p_value < alpha else "quasi-untreated group not rejected"
    if untreated:
        verdict = f"{untreated} municipalities have dose zero"
    values = {"statistic": test.statistic, "critical": test.critical, "p_value": test.p_value}
    return inference_row(QUASI, name, estimate=float(dose.min()), bound=0.0, verdict=verdict, **values)


def _linearity_rows(equation: str, change, dose, order: int, task: Task) -> list[dict[str, object]]:
    found = {
        "stute": stute_test(change, dose, order, task.draws, task.rng, task.alpha),
        "yatchew": yatchew_test(change, dose, order, task.alpha),
    }
    null = "linear in the dose" if order else "independent of the dose"
    rows = []
    for name, test in found.items():
        verdict = f"{'not ' if test.p_value < task.alpha else ''}{null}"
        values = {"statistic": test.statistic, "critical": test.critical, "p_value": test.p_value}
        rows.append(inference_row(name, equation, verdict=verdict, **values))
    return rows
