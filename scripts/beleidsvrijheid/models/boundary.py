"""Local linear regression at the boundary of a regressor, with robust bias correction.

Estimate of m(0) = E[Y | D -> 0], D >= 0, Epanechnikov kernel. The bias is estimated by a local quadratic at the same
bandwidth, so the corrected estimate is that of the quadratic and its standard error counts the correction (Calonico,
Cattaneo & Farrell 2018, 10.1080/01621459.2017.1285776). Variances from three nearest neighbours. The bandwidth
minimises the estimated mean square error by direct plug-in with three pilot bandwidths (Calonico, Cattaneo & Titiunik
2014, 10.3982/ECTA11757; 2019, 10.18637/jss.v091.i08).
"""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.models.fit import Refusal

NEIGHBOURS = 3
# Distinct values that every window holds at least, and with fewer than which there is no estimate.
DISTINCT = 21
PILOT = 2.34  # rule-of-thumb constant of the Epanechnikov kernel
# Penalty on the estimated bias, against bandwidths that explode where it happens to be zero (Imbens & Kalyanaraman 2012).
PENALTY = 3.0


@dataclass(frozen=True)
class BoundaryFit:
    """m(0): conventional and bias-corrected estimate, the standard error of the latter, the bandwidth, rows within it."""

    estimate: float
    corrected: float
    std_error: float
    bandwidth: float
    n_within: int


@dataclass(frozen=True)
class _Local:
    """Polynomial fitted near zero: weights (coefficient x row) and where they apply."""

    weights: np.ndarray
    rows: np.ndarray

    def coefficient(self, order: int, outcome: np.ndarray) -> float:
        return float(self.weights[order] @ outcome[self.rows])

    def variance(self, order: int, outcome: np.ndarray, distance: np.ndarray) -> float:
        return float(self.weights[order] ** 2 @ neighbour_variance(distance[self.rows], outcome[self.rows]))


def boundary_fit(outcome: np.ndarray, distance: np.ndarray, bandwidth: float | None = None) -> BoundaryFit:
    """m(0) from n outcomes and distances to the boundary (n, not negative).

    bandwidth: in units of distance; None for `boundary_bandwidth`. Raises Refusal with fewer than 21 distinct values.
    """
    outcome, distance = np.asarray(outcome, float), np.asarray(distance, float)
    if bandwidth is None:
        bandwidth = boundary_bandwidth(outcome, distance)
    line, curve = _local(distance, bandwidth, 1), _local(distance, bandwidth, 2)
    return BoundaryFit(
        estimate=line.coefficient(0, outcome),
        corrected=curve.coefficient(0, outcome),
        std_error=float(np.sqrt(curve.variance(0, outcome, distance))),
        bandwidth=float(bandwidth),
        n_within=int(line.rows.sum()),
    )


def boundary_bandwidth(outcome: np.ndarray, distance: np.ndarray) -> float:
    """Bandwidth that minimises the estimated mean square error of the local linear estimate of m(0).

    Pilots in turn: c for variances (rule of thumb), d for the third derivative, b for the second. Raises Refusal
    with fewer than 21 distinct distances.
    """
    found = np.unique(distance)
    if len(found) < DISTINCT:
        raise Refusal(f"{len(found)} distinct doses, fewer than {DISTINCT}")
    least = found[DISTINCT - 1] * (1 + 1e-9)
    quartiles = np.percentile(distance, [25, 75])
    spreads = [distance.std(ddof=1), (quartiles[1] - quartiles[0]) / 1.349]
    c = max(least, PILOT * min(spread for spread in spreads if spread > 0) * len(distance) ** -0.2)
    d = max(least, _optimal(outcome, distance, 3, 3, c, np.ptp(found), 0.0))
    b = max(least, _optimal(outcome, distance, 2, 2, c, d, PENALTY))
    return max(least, _optimal(outcome, distance, 1, 0, c, b, PENALTY))


def _optimal(outcome, distance, degree: int, order: int, wide: float, narrow: float, penalty: float) -> float:
    """Bandwidth for coefficient `order` of a polynomial of `degree`: bias^2 h^(2 degree + 2) + variance / (n h^(2 order + 1)).

    wide: pilot for the variance; narrow: pilot for the next coefficient, which makes the bias.
    """
    own, next_one = _local(distance, wide, degree), _local(distance, narrow, degree + 1)
    variance = wide ** (2 * order + 1) * own.variance(order, outcome, distance)
    constant = wide**order * own.coefficient(order, (distance / wide) ** (degree + 1))
    squared = next_one.coefficient(degree + 1, outcome) ** 2
    squared += penalty * next_one.variance(degree + 1, outcome, distance)
    bias = 2 * (degree + 1 - order) * constant**2 * squared
    if bias == 0:
        raise Refusal("the outcome has no curvature and no noise near the boundary: no bandwidth can be chosen")
    return float(((2 * order + 1) * variance / bias) ** (1 / (2 * degree + 3)))


def _local(distance: np.ndarray, bandwidth: float, degree: int) -> _Local:
    position = distance / bandwidth
    rows = position < 1
    near = position[rows]
    if len(np.unique(near)) <= degree:
        raise Refusal(f"{len(np.unique(near))} distinct doses near the boundary for a polynomial of degree {degree}")
    root = np.sqrt(1 - near**2)
    basis, upper = np.linalg.qr(near[:, None] ** np.arange(degree + 1) * root[:, None])
    weights = np.linalg.solve(upper, basis.T * root)
    return _Local(weights / bandwidth ** np.arange(degree + 1)[:, None], rows)


def neighbour_variance(position: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Squared deviation from the mean of the three nearest others (more where distances tie), times J / (J + 1)."""
    apart = np.abs(position[:, None] - position)
    np.fill_diagonal(apart, np.inf)
    reach = np.partition(apart, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1]
    near = apart <= reach[:, None]
    count = near.sum(axis=1)
    return count / (count + 1) * (outcome - near @ outcome / count) ** 2
