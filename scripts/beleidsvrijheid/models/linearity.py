"""Is the expectation of an outcome given one regressor a polynomial of a given order? Two tests.

Order 1 is a line; order 0 mean independence, the non-parametric pre-trend test of de Chaisemartin, Ciccia,
D'Haultfoeuille & Knau (2025, arXiv:2405.04465).
"""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.models.fit import Refusal


@dataclass(frozen=True)
class LinearityTest:
    """statistic; p_value. critical: the value that the statistic must exceed at level alpha."""

    statistic: float
    critical: float
    p_value: float


def stute_test(
    outcome: np.ndarray, regressor: np.ndarray, order: int, draws: int, rng: np.random.Generator, alpha: float
) -> LinearityTest:
    """Stute (1997, 10.1214/aos/1031833666): mean square of n^-1/2 times the cumulated residuals, sorted by the regressor.

    Wild bootstrap with Mammen's two points (Stute, Gonzalez Manteiga & Presedo Quindimil 1998,
    10.1080/01621459.1998.10474096); p = (1 + number of draws as large) / (draws + 1). Equal regressors enter together.
    Raises Refusal with too few distinct regressors.
    """
    ranked, basis, last = _sorted(outcome, regressor, order)
    residuals = ranked - basis @ (basis.T @ ranked)
    high = (1 + np.sqrt(5)) / 2
    signs = np.where(rng.random((draws, len(ranked))) < (np.sqrt(5) - 1) / (2 * np.sqrt(5)), high, 1 - high)
    drawn = residuals * signs
    drawn -= drawn @ basis @ basis.T
    observed, simulated = _cumulated(residuals[None], last)[0], _cumulated(drawn, last)
    p_value = (1 + int((simulated >= observed).sum())) / (draws + 1)
    return LinearityTest(float(observed), float(np.quantile(simulated, 1 - alpha)), p_value)


def yatchew_test(outcome: np.ndarray, regressor: np.ndarray, order: int, alpha: float) -> LinearityTest:
    """Yatchew (1997, 10.1016/S0165-1765(97)00218-8), heteroskedasticity-robust form of de Chaisemartin et al. (2025).

    Residual variance of the polynomial against that of differences of neighbours; one-sided, standard normal.
    """
    from scipy.special import ndtr, ndtri

    ranked, basis, _ = _sorted(outcome, regressor, order)
    residuals, n = ranked - basis @ (basis.T @ ranked), len(ranked)
    surplus = ((residuals**2).sum() - (np.diff(ranked) ** 2).sum() / 2) / (n - 1)
    scale = np.sqrt((residuals[1:] ** 2 * residuals[:-1] ** 2).sum() / (n - 1))
    statistic = float(np.sqrt(n) * surplus / scale)
    return LinearityTest(statistic, float(ndtri(1 - alpha)), float(ndtr(-statistic)))


def _sorted(outcome, regressor, order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome sorted by the regressor, orthonormal polynomial, and per row the last row with the same regressor."""
    outcome, regressor = np.asarray(outcome, float), np.asarray(regressor, float)
    distinct = len(np.unique(regressor))
    if distinct <= order + 1:
        raise Refusal(f"{distinct} distinct values cannot show a departure from a polynomial of order {order}")
    place = np.argsort(regressor, kind="stable")
    x = regressor[place]
    scaled = (x - x.mean()) / (x.std() or 1.0)
    basis = np.linalg.qr(scaled[:, None] ** np.arange(order + 1))[0]
    return outcome[place], basis, np.searchsorted(x, x, side="right") - 1


def _cumulated(residuals: np.ndarray, last: np.ndarray) -> np.ndarray:
    return (np.cumsum(residuals, axis=1)[:, last] ** 2).sum(axis=1) / residuals.shape[1] ** 2
