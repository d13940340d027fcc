"""U1: how different municipalities are in one field and year. All functions work down the columns of a matrix.

values: units x columns, NaN where a unit has no positive figure. weights: one weight a unit (inhabitants), or None.
Each returns one number a column, NaN where fewer than two units have a figure.
"""

import numpy as np


def _weighted(values: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Weights per cell: zero where the value is missing, summing to one down each column."""
    base = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    cells = np.where(np.isfinite(values), base[:, None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return cells / cells.sum(axis=0)


def _enough(values: np.ndarray, result: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values).sum(axis=0) >= 2, result, np.nan)


def _moments(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation; unweighted with n - 1, weighted as a population."""
    share = _weighted(values, weights)
    filled = np.where(np.isfinite(values), values, 0.0)
    mean = (share * filled).sum(axis=0)
    squares = (share * np.where(np.isfinite(values), values - mean, 0.0) ** 2).sum(axis=0)
    n = np.isfinite(values).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = n / (n - 1) if weights is None else 1.0
        return mean, np.sqrt(squares * factor)


def cv(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Coefficient of variation, standard deviation over mean."""
    mean, sd = _moments(values, weights)
    return _enough(values, sd / mean)


def sd_log(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Standard deviation of the natural logarithm; values must be positive or NaN."""
    return _enough(values, _moments(np.log(values), weights)[1])


def gini(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Gini coefficient: half the relative mean absolute difference over all ordered pairs, a unit with itself included."""
    share = _weighted(values, weights)
    order = np.argsort(np.where(np.isfinite(values), values, np.inf), axis=0, kind="stable")
    sorted_values = np.take_along_axis(np.where(np.isfinite(values), values, 0.0), order, axis=0)
    sorted_share = np.take_along_axis(share, order, axis=0)
    cumulative = np.cumsum(sorted_share, axis=0) - sorted_share / 2  # mid-rank of each unit
    mean = (sorted_share * sorted_values).sum(axis=0)
    found = 2 * (sorted_share * sorted_values * (cumulative - 0.5)).sum(axis=0) / mean
    return _enough(values, np.maximum(found, 0.0))  # equal values: rounding alone would go below


def _quantile(values: np.ndarray, share: np.ndarray, level: float) -> np.ndarray:
    """Quantile by linear interpolation between mid-ranks, column by column."""
    result = np.full(values.shape[1], np.nan)
    for column in range(values.shape[1]):
        present = np.isfinite(values[:, column])
        if present.sum() < 2:
            continue
        order = np.argsort(values[present, column], kind="stable")
        mass = share[present, column][order]
        result[column] = np.interp(level, np.cumsum(mass) - mass / 2, values[present, column][order])
    return result


def p90_p10(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Ratio of the 90th to the 10th percentile (Hazen: linear between mid-ranks)."""
    share = _weighted(values, weights)
    return _enough(values, _quantile(values, share, 0.9) / _quantile(values, share, 0.1))


MEASURES = {"cv": cv, "sd_log": sd_log, "gini": gini, "p90_p10": p90_p10}
