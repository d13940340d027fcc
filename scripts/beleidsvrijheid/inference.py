"""Tests that can say "small": intervals and non-inferiority of R2, equivalence of coefficients; bootstrap
intervals.

R2 inference is least-squares, normal-theory: it inverts the noncentral F. With N rows, K tested columns and
population rho2, the noncentrality is N rho2 / (1 - rho2) (Campbell & Lakens 2021, 10.1111/bmsp.12201).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

INFERENCE_COLUMNS = [
    "test",
    "term",
    "bound",
    "estimate",
    "statistic",
    "critical",
    "p_value",
    "power",
    "verdict",
]
UNDERPOWERED = "undetermined (underpowered)"
NOT_APPLICABLE = "not applicable"
MINIMUM_POWER = 0.5
_ROUNDING = 1e-11  # of the largest: what two ways to the same number differ by


@dataclass(frozen=True)
class NonInferiority:
    """Test of rho2 >= bound against rho2 < bound. critical: largest R2 that rejects. power: at rho2 = 0."""

    statistic: float
    p_value: float
    critical: float
    power: float
    verdict: str


def root_of(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a monotone function is zero, by bisection to the last digit. Raises ValueError where both ends have one sign.

    scipy's brentq takes fewer steps and, to import, as long as all the rest of a specification.
    """
    is_below = function(low) < 0
    if is_below == (function(high) < 0):
        raise ValueError(f"no root between {low:g} and {high:g}")
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if (function(middle) < 0) == is_below else (low, middle)
    return low


def _f_statistic(r2: float, n: int, k: int) -> float:
    return (r2 / k) / ((1 - r2) / (n - k - 1))


def _noncentral_f(value: float, n: int, k: int, rho2: float) -> float:
    """P(F <= value); the central distribution at rho2 = 0."""
    from scipy.special import fdtr, ncfdtr

    noncentrality = n * rho2 / (1 - rho2)
    if noncentrality == 0:
        return float(fdtr(k, n - k - 1, value))
    # ncfdtr gives NaN where the probability underflows (checked: only below 1e-70), so that is a zero.
    return float(np.nan_to_num(ncfdtr(k, n - k - 1, noncentrality, value)))


def r2_interval(r2: float, n: int, k: int, confidence: float) -> tuple[float, float]:
    """Interval of the population R2 by inverting the noncentral F; ends are 0 where no positive value fits.

    r2: of k columns on n rows (n already reduced by the rank of controls). Raises ValueError unless n > k +
    1.
    """
    if n <= k + 1:
        raise ValueError(f"n = {n} rows cannot carry k = {k} columns")
    observed, tail = _f_statistic(min(r2, 1 - 1e-12), n, k), (1 - confidence) / 2

    def bound(level: float) -> float:
        if _noncentral_f(observed, n, k, 0.0) <= level:
            return 0.0
        return root_of(lambda rho2: _noncentral_f(observed, n, k, rho2) - level, 0.0, 1 - 1e-9)

    return bound(1 - tail), bound(tail)


def r2_non_inferiority(r2: float, n: int, k: int, bound: float, alpha: float) -> NonInferiority:
    """Is population R2 smaller than `bound`? p = P(F(k, n-k-1, nc = n bound / (1 - bound)) <= F
    observed).

    The verdict is "smaller than bound", "not smaller than bound", or underpowered where power at rho2 = 0 is
    below .5.
    """
    observed = _f_statistic(r2, n, k)
    critical = root_of(lambda value: _noncentral_f(_f_statistic(value, n, k), n, k, bound) - alpha, 1e-12, 1 - 1e-9)
    p_value = _noncentral_f(observed, n, k, bound)
    power = _noncentral_f(_f_statistic(critical, n, k), n, k, 0.0)
    verdict = _verdict(p_value < alpha, power, "smaller than bound", "not smaller than bound")
    return NonInferiority(observed, p_value, critical, power, verdict)


def _verdict(rejects: bool, power: float, yes: str, no: str) -> str:
    if rejects:
        return yes
    return UNDERPOWERED if power < MINIMUM_POWER else no


def equivalence(
    term: str, estimate: float, std_error: float, df: float, bound: float, alpha: float
) -> dict[str, object]:
    """Two one-sided tests of |standardised coefficient| < bound; one row of INFERENCE_COLUMNS.

    estimate, std_error: standardised. statistic: t of the nearer bound. critical: largest |estimate| that
    would be called equivalent. power: chance of that when the coefficient is zero.
    """
    from scipy.special import stdtr, stdtrit

    df = min(df, 1e10)
    nearer = (bound - abs(estimate)) / std_error
    p_value = float(stdtr(df, -nearer))
    critical = bound - stdtrit(df, 1 - alpha) * std_error
    power = max(0.0, 2 * float(stdtr(df, critical / std_error)) - 1)
    verdict = "equivalent" if p_value < alpha else "not equivalent"
    if power < MINIMUM_POWER:
        verdict = UNDERPOWERED  # even where it rejects: the study's rule, set beforehand
    values = ["equivalence", term, bound, estimate, nearer, max(critical, 0.0), p_value, power, verdict]
    return dict(zip(INFERENCE_COLUMNS, values, strict=True))


def not_applicable(test: str, reason: str) -> dict[str, object]:
    """The row of a test that this estimator does not have, with the reason where the term would be."""
    return dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {
        "test": test,
        "term": reason,
        "verdict": NOT_APPLICABLE,
    }


def inference_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of tests as published."""
    return pd.DataFrame(rows, columns=INFERENCE_COLUMNS)


def draw_counts(n_units: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each unit is drawn, with replacement: draws x n_units, each row sums to n_units."""
    return rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=draws).astype(float)


def _share_below(draws: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Share of draws below a value, ties counted half, kept off 0 and 1.

    What differs by rounding only is a tie: a draw can give the estimate itself (quantile slopes do), and the last digit,
    which hangs on the processor, must not decide on which side of it that draw lies.
    """
    n = np.isfinite(draws).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ties = np.abs(draws - value) <= _ROUNDING * np.maximum(
            np.nanmax(np.abs(draws), axis=0, initial=0), np.abs(value)
        )
        below = ((draws < value) & ~ties).sum(axis=0) + 0.5 * ties.sum(axis=0)
        return np.clip(below / n, 1 / (n + 1), n / (n + 1))


def bias_corrected_interval(
    estimate: np.ndarray, draws: np.ndarray, confidence: float, jackknife: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected bootstrap interval, BC; with jackknife values, accelerated as well, BCa (Efron 1987).

    estimate: m values; draws: B x m; jackknife: leave-one-unit-out values, G x m. Returns lower and upper, m
    each.
    """
    from scipy.special import ndtr, ndtri

    estimate = np.atleast_1d(np.asarray(estimate, float))
    draws = np.asarray(draws, float).reshape(len(draws), -1)
    shift = ndtri(_share_below(draws, estimate))
    speed = np.zeros_like(shift) if jackknife is None else _acceleration(jackknife)
    ends = []
    for level in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = shift + ndtri(level)
        adjusted = ndtr(shift + z / (1 - speed * z))
        ends.append(np.array([_quantile(d, a) for d, a in zip(draws.T, np.atleast_1d(adjusted), strict=True)]))
    return ends[0], ends[1]


def _quantile(draws: np.ndarray, level: float) -> float:
    draws = draws[np.isfinite(draws)]
    return float(np.quantile(draws, level)) if len(draws) and np.isfinite(level) else np.nan


def _acceleration(jackknife: np.ndarray) -> np.ndarray:
    centred = jackknife.mean(axis=0) - jackknife
    with np.errstate(invalid="ignore", divide="ignore"):
        speed = (centred**3).sum(axis=0) / (6 * (centred**2).sum(axis=0) ** 1.5)
    return np.nan_to_num(speed)


def bootstrap_p(estimate: np.ndarray, draws: np.ndarray, null: np.ndarray | float) -> np.ndarray:
    """Two-sided p that agrees with the BC interval: the level at which that interval just leaves out `null`.

    Never below 2 / (B + 1): a bootstrap cannot say more.
    """
    from scipy.special import ndtr, ndtri

    z = ndtri(_share_below(draws, null)) - 2 * ndtri(_share_below(draws, estimate))
    floor = 2 / (np.isfinite(draws).sum(axis=0) + 1)
    return np.clip(2 * ndtr(-np.abs(z)), floor, 1.0)
