"""Which municipalities border each other, and whether residuals of neighbours are alike (Moran's I).

Moran (1950), Biometrika 37, 17-23; moments under randomisation and of least-squares residuals: Cliff & Ord (1981),
Spatial processes, pp. 42-46 and 200-206.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Refusal

# ASSUME: borders drawn at most this far apart are the same border. In the publishers' own shapes every distance from 0 to
# 10 m gives the same pairs (828, 804 and 758 for 308, 300 and 285 municipalities); 25 m joins one or two more
# (tests/real/test_real.py).
SNAP_METRES = 10.0
METRES_PER_DEGREE = 111_320.0
NEIGHBOUR_COLUMNS = ["nis", "neighbour"]


@dataclass(frozen=True)
class Moran:
    """Moran's I with its expectation and variance under no autocorrelation, z, one-sided permutation p (alike).

    n: municipalities; n_islands: those among them without a neighbour, whose weights are zero.
    """

    statistic: float
    expectation: float
    variance: float
    z: float
    p_value: float
    n: int
    n_islands: int


def queen_neighbours(nis: list[str], geometry: list[str], snap_metres: float = SNAP_METRES) -> pd.DataFrame:
    """Pairs that share a border or a corner (queen contiguity), both ways: columns nis, neighbour, sorted.

    geometry: GeoJSON polygons in degrees, one per nis. Polygons at most `snap_metres` apart touch, so that borders
    drawn by different hands still meet.
    """
    import shapely

    shapes = np.array(shapely.from_geojson(list(geometry)), object)
    middle = np.nanmean(shapely.bounds(shapes)[:, [1, 3]])
    metres = METRES_PER_DEGREE * np.array([np.cos(np.radians(middle)), 1.0])
    shapes = shapely.transform(shapes, lambda points: points * metres)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=snap_metres)
    codes = np.asarray(nis, str)
    pairs = pd.DataFrame({"nis": codes[left], "neighbour": codes[right]}, dtype="str")[left != right]
    return pairs.sort_values(NEIGHBOUR_COLUMNS, ignore_index=True)


def weight_matrix(nis: np.ndarray, neighbours: pd.DataFrame) -> np.ndarray:
    """Row-standardised weights, n x n, among the municipalities `nis`; a row of zeros for one without a neighbour.

    Raises Refusal where fewer than three have one.
    """
    codes = pd.Index(nis)
    pairs = neighbours[neighbours["nis"].isin(codes) & neighbours["neighbour"].isin(codes)]
    matrix = np.zeros((len(codes), len(codes)))
    matrix[codes.get_indexer(pairs["nis"]), codes.get_indexer(pairs["neighbour"])] = 1.0
    count = matrix.sum(axis=1, keepdims=True)
    if (count > 0).sum() < 3:
        raise Refusal(f"{int((count > 0).sum())} municipalities border another one of the sample, fewer than 3")
    return matrix / np.maximum(count, 1.0)


def moran(values: np.ndarray, weights: np.ndarray, draws: int, rng: np.random.Generator) -> Moran:
    """Moran's I of values (n) with weights (n x n, any scale, zero diagonal); variance under randomisation."""
    z, n = values - values.mean(), len(values)
    if not (z**2).sum() > 0:
        raise Refusal("Moran's I: the values are all the same")
    total = weights.sum()
    both = weights + weights.T
    s1, s2 = (both**2).sum() / 2, (both.sum(axis=1) ** 2).sum()
    kurtosis = n * (z**4).sum() / (z**2).sum() ** 2
    expectation = -1 / (n - 1)
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * total**2)
    second = kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6 * total**2)
    variance = (first - second) / ((n - 1) * (n - 2) * (n - 3) * total**2) - expectation**2
    return _with_permutations(z, weights, expectation, variance, draws, rng)


def residual_moran(
    residuals: np.ndarray,
    regressors: np.ndarray,
    weights: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> Moran:
    """Moran's I of least-squares residuals (n), moments by Cliff & Ord; p by permuting the residuals.

    regressors: n x k without constant. Residuals are correlated by construction: expectation and variance allow for
    it (normal theory), the permutation does not.
    """
    n = len(residuals)
    basis = np.linalg.qr(np.column_stack([np.ones(n), regressors]))[0]
    left = weights - basis @ (basis.T @ weights)
    maker = left - (left @ basis) @ basis.T  # M W M
    df, scale = n - basis.shape[1], n / weights.sum()
    if df < 1:
        raise Refusal(f"{n} rows for {basis.shape[1]} coefficients")
    trace = np.trace(maker)
    expectation = scale * trace / df
    squares = (maker * maker.T).sum() + (maker**2).sum() + trace**2
    variance = scale**2 * squares / (df * (df + 2)) - expectation**2
    return _with_permutations(residuals - residuals.mean(), weights, expectation, variance, draws, rng)


def _with_permutations(z, weights, expectation, variance, draws, rng) -> Moran:
    scale = len(z) / weights.sum() / (z**2).sum()
    statistic = float(scale * (z @ weights @ z))
    drawn = rng.permuted(np.broadcast_to(z, (draws, len(z))), axis=1)
    permuted = scale * ((drawn @ weights) * drawn).sum(axis=1)
    p_value = (1 + (permuted >= statistic).sum()) / (draws + 1)
    score = (statistic - expectation) / np.sqrt(variance)
    n_islands = int((weights.sum(axis=1) == 0).sum())
    return Moran(statistic, float(expectation), float(variance), float(score), float(p_value), len(z), n_islands)
