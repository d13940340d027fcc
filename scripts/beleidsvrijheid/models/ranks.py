"""Ranks and correlations of many resamples at once."""

import numpy as np


def weighted_ranks(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mid-rank of every row where row i occurs counts[b, i] times: draws x n; ties share their mean rank.

    values: n finite; counts: draws x n. The rank of a row that does not occur means nothing.
    """
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    together = np.add.reduceat(counts[:, order], starts, axis=1)
    return (np.cumsum(together, axis=1) - (together - 1) / 2)[:, group]


def weighted_correlations(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlation matrices, draws x k x k. values: n x k, or draws x n x k where the values differ by draw."""
    weights = counts / counts.sum(axis=1, keepdims=True)
    if values.ndim == 2:
        centred = values - values.mean(axis=0)
        upper, lower = np.triu_indices(values.shape[1])
        means = weights @ centred
        products = weights @ (centred[:, upper] * centred[:, lower]) - means[:, upper] * means[:, lower]
        covariance = np.empty((len(counts), values.shape[1], values.shape[1]))
        covariance[:, upper, lower] = covariance[:, lower, upper] = products
    else:
        centred = values - np.einsum("bn,bnk->bk", weights, values)[:, None, :]
        covariance = np.swapaxes(centred * weights[:, :, None], 1, 2) @ centred
    spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return covariance / (spread[:, :, None] * spread[:, None, :])


def partial_correlations(matrices: np.ndarray, first: int, second: int, given: list[int]) -> np.ndarray:
    """Correlation of two variables with the variables `given` taken out of both: one value per matrix.

    matrices: draws x k x k correlations. NaN where a draw leaves no variation.
    """
    if not given:
        return matrices[:, first, second]
    places = [first, second, *given]
    own = matrices[:, places][:, :, places]
    usable = np.isfinite(own).all(axis=(1, 2))
    values = np.full(len(matrices), np.nan)
    usable[usable] = np.linalg.eigvalsh(own[usable]).min(axis=1) > 1e-10
    inverse = np.linalg.inv(own[usable])
    values[usable] = -inverse[:, 0, 1] / np.sqrt(inverse[:, 0, 0] * inverse[:, 1, 1])
    return values
