"""Slopes for many reweightings of municipalities at once."""

import numpy as np


def slope_draws(outcome: np.ndarray, design: np.ndarray, units: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Least-squares coefficients where municipality g counts counts[b, g] times: draws x k.

    outcome: n; design: n x k, columns of similar scale; units: integer codes per row; counts: draws x G.
    A draw without variation in a column gives the least-norm solution.
    """
    matrix = np.column_stack([design, outcome])
    upper, lower = np.triu_indices(matrix.shape[1])
    products = matrix[:, upper] * matrix[:, lower]
    sums = np.column_stack([np.bincount(units, column, minlength=counts.shape[1]) for column in products.T])
    full = np.empty((len(counts), matrix.shape[1], matrix.shape[1]))
    full[:, upper, lower] = full[:, lower, upper] = counts @ sums
    values, vectors = np.linalg.eigh(full[:, :-1, :-1])
    small = values <= 1e-10 * np.abs(values).max(axis=1, keepdims=True)
    inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, values))
    turned = np.swapaxes(vectors, 1, 2) @ full[:, :-1, -1:]
    return (vectors @ (inverse[:, :, None] * turned))[:, :, 0]
