"""K4: how much of a figure is its own past? Correlations over lags, and a first-order autoregression (claim P2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts, inference_table
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.ranks import weighted_ranks
from beleidsvrijheid.models.task import Task, finished, ledger_kept

COVARIANCE = (
    "year means taken out; bootstrap over municipalities with all their years, {draws} draws; "
    "bias-corrected (BC) intervals; within: half-panel jackknife"
)
EXPLOSIVE = (
    "within: ar1 is {:.3g}, not below 1: municipalities on trends of their own, for which the correction is not made"
)
SHORTEST = 4  # transitions a half-panel jackknife needs: two in each half


@dataclass(frozen=True)
class Autocorrelation:
    """Per term (equation, name): the estimate and its draws. left_out: municipalities without every year."""

    terms: dict[tuple[str, str], np.ndarray]
    left_out: int
    warnings: list[str]


def autocorrelation(values: np.ndarray, lags: Sequence[int], counts: np.ndarray) -> Autocorrelation:
    """Correlations of y_t with y_t-lag, and the AR(1) coefficient pooled and within municipalities.

    values: municipalities x consecutive years, NaN where missing; lags: in years; counts: resamples x municipalities,
    the first row of ones. Year means are taken out everywhere, anew in every resample. Terms: level: lag_L, rank_lag_L
    (ranks within the year), ar1; within (only municipalities with every year): ar1_uncorrected, which municipality effects
    bias downwards (Nickell 1981, 10.2307/1911408), and ar1, twice that less the mean of the two half panels (Dhaene &
    Jochmans 2015, 10.1093/restud/rdv007; with an odd number of transitions the mean over both ways to halve). Raises
    Refusal for a lag that no municipality spans.
    """
    terms: dict[tuple[str, str], np.ndarray] = {}
    for lag in lags:
        now, then = _lagged(values, lag)
        products = _moments(now, then, counts)
        terms["level", f"lag_{lag}"] = _correlation(*products)
        terms["level", f"rank_lag_{lag}"] = _rank_correlation(now, then, counts)
    xx, _, xy = _moments(*_lagged(values, 1), counts)
    terms["level", "ar1"] = xy / xx
    whole, warnings = np.isfinite(values).all(axis=1), []
    if values.shape[1] - 1 < SHORTEST or whole.sum() < 3:
        warnings = [
            f"within: {int(whole.sum())} municipalities with every year, {values.shape[1]} years; not estimated"
        ]
    else:
        full, corrected = _half_panel(values[whole], counts[:, whole])
        terms["within", "ar1_uncorrected"], terms["within", "ar1"] = full, corrected
        if corrected[0] >= 1:
            warnings = [EXPLOSIVE.format(corrected[0])]
    return Autocorrelation(terms, int((~whole).sum()), warnings)


def _lagged(values: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Now and `lag` years before, municipalities x years; both NaN where either is missing."""
    if lag >= values.shape[1]:
        raise Refusal(f"lag {lag}: only {values.shape[1]} consecutive years")
    now, then = values[:, lag:], values[:, :-lag]
    both = np.isfinite(now) & np.isfinite(then)
    if not (both.sum(axis=0) >= 3).any():
        raise Refusal(f"lag {lag}: fewer than three municipalities have both years")
    return np.where(both, now, np.nan), np.where(both, then, np.nan)


def _moments(now: np.ndarray, then: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums over years of squares of then, of now, and products, each about its year mean: one value a resample."""
    mask = np.isfinite(now).astype(float)
    centre = np.nanmean(now), np.nanmean(then)
    y, x = (np.where(mask > 0, part - mean, 0.0) for part, mean in zip((now, then), centre, strict=True))
    n, sum_y, sum_x = counts @ mask, counts @ y, counts @ x
    n = np.maximum(n, 1)

    def about_mean(product: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (counts @ product - first * second / n).sum(axis=1)

    return about_mean(x * x, sum_x, sum_x), about_mean(y * y, sum_y, sum_y), about_mean(x * y, sum_x, sum_y)


def _correlation(xx: np.ndarray, yy: np.ndarray, xy: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return xy / np.sqrt(xx * yy)


def _rank_correlation(now: np.ndarray, then: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlation of ranks within the year, ranked anew in every resample; years weigh by their squares."""
    totals = np.zeros((3, len(counts)))
    for column in range(now.shape[1]):
        rows = np.isfinite(now[:, column])
        if rows.sum() < 3:
            continue
        weights = counts[:, rows]
        n = np.maximum(weights.sum(axis=1, keepdims=True), 1)
        y, x = (weighted_ranks(part[rows, column], weights) / n for part in (now, then))
        y, x = (part - (weights * part).sum(axis=1, keepdims=True) / n for part in (y, x))
        totals += [(weights * x * x).sum(axis=1), (weights * y * y).sum(axis=1), (weights * x * y).sum(axis=1)]
    return _correlation(*totals)


def _within(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """AR(1) coefficient with municipality and year effects, balanced."""
    now, then = values[:, 1:], values[:, :-1]
    now, then = (part - part.mean(axis=1, keepdims=True) for part in (now, then))
    xx, _, xy = _moments(now, then, counts)
    return xy / xx


def _half_panel(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    full, transitions = _within(values, counts), values.shape[1] - 1
    cuts = {transitions // 2, transitions - transitions // 2}
    halves = [(_within(values[:, : cut + 1], counts) + _within(values[:, cut:], counts)) / 2 for cut in cuts]
    return full, 2 * full - np.mean(halves, axis=0)


def estimate_autocorrelation(task: Task) -> Estimation:
    """K4 of one yearly outcome over the key `lags`."""
    lags = list(dict.fromkeys(task.specification.get("lags") or []))
    if not lags or any(isinstance(lag, bool) or not isinstance(lag, int) or lag < 1 for lag in lags):
        raise StudyError(f"lags: {lags}; allowed: whole numbers of years, such as [1, 5]")
    sample = task.sample()
    with ledger_kept(sample.ledger):
        wide = _consecutive(sample.frame.pivot(index="nis", columns="year", values=sample.outcome))
        counts = np.vstack([np.ones(len(wide)), draw_counts(len(wide), task.draws, task.rng)])
        found = autocorrelation(wide.to_numpy(float), lags, counts)
    rows = [
        bootstrapped_row(equation, term, drawn[0], drawn[1:], task.confidence, 0.0)
        for (equation, term), drawn in found.terms.items()
    ]
    covariance = COVARIANCE.format(draws=task.draws)
    n_obs = int(np.isfinite(wide.to_numpy()).sum())
    fit = Fit(estimates_table(rows), n_obs, len(wide), covariance, len(wide), warnings=found.warnings)
    if found.left_out and ("within", "ar1") in found.terms:
        fit.warnings.append(f"within: {found.left_out} municipalities without a value in every year are left out")
    return finished(sample, fit, inference_table(not_least_squares("autocorrelation")))


def _consecutive(wide: pd.DataFrame) -> pd.DataFrame:
    """Every year from the first to the last, missing ones as columns without a figure."""
    return wide.sort_index().reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
