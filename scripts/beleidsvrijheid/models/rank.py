"""Which columns of a design can be told apart, with or without fixed effects taken out."""

import numpy as np
import pandas as pd

# Columns whose part of their own is smaller than this share of their variation are combinations of others.
TOLERANCE = 1e-8


def centred_scaled(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns centred and divided by their standard deviation (1 where constant); the means; the scales."""
    mean = matrix.mean(axis=0)
    centred = matrix - mean
    mean = mean + centred.mean(axis=0)  # a second pass keeps the digits of a column with a large offset
    centred = matrix - mean
    scale = centred.std(axis=0)
    scale = np.where(is_constant(matrix) | (scale == 0), 1.0, scale)
    return centred / scale, mean, scale


def back_transform(mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Matrix from coefficients on centred, scaled columns (constant last) to those on the given columns."""
    back = np.diag(np.append(1 / scale, 1.0))
    back[-1, :-1] = -mean / scale
    return back


def is_constant(matrix: np.ndarray) -> np.ndarray:
    """Columns that vary by no more than rounding."""
    if not len(matrix):
        return np.ones(matrix.shape[1], bool)
    size = np.abs(matrix).max(axis=0)
    return np.ptp(matrix, axis=0) <= 8 * np.finfo(float).eps * size


def within(matrix: np.ndarray, units: np.ndarray, years: np.ndarray, effects: list[str]) -> np.ndarray:
    """Residuals of the columns on the fixed effects in `effects` (municipality, year); exact, also when
    unbalanced.

    matrix: rows x columns; units, years: integer codes per row. Without effects: centred by the grand mean.
    """
    matrix = np.asarray(matrix, float)
    absorb = _demeaner(units) if "municipality" in effects else _demeaner(np.zeros(len(matrix), int))
    result = absorb(absorb(matrix))
    if "year" in effects:
        dummies = absorb((years[:, None] == np.unique(years)[1:]).astype(float))
        result = result - dummies @ np.linalg.lstsq(dummies, result, rcond=1e-12)[0]
    return result


def _demeaner(groups: np.ndarray):
    counts = np.bincount(groups)

    def demean(matrix: np.ndarray) -> np.ndarray:
        sums = np.column_stack([np.bincount(groups, column) for column in matrix.T]) if matrix.size else matrix[:0]
        return matrix - (sums / counts[:, None])[groups] if matrix.size else matrix

    return demean


def independent_columns(matrix: np.ndarray) -> np.ndarray:
    """True for each column that is not a combination of the columns before it (centred columns expected).

    Scaled QR by Gram-Schmidt with one repetition; order decides which of two equal columns stays: the first.
    """
    basis = np.empty((len(matrix), 0))
    keep = np.zeros(matrix.shape[1], bool)
    for position, column in enumerate(matrix.T):
        size = np.linalg.norm(column)
        if size == 0:
            continue
        rest = column / size
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        if np.linalg.norm(rest) > TOLERANCE:
            keep[position] = True
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return keep


def absorbed_columns(matrix: np.ndarray, units: np.ndarray, years: np.ndarray, effects: list[str]) -> np.ndarray:
    """True for each column that the fixed effects explain altogether (without effects: a constant column)."""
    before = np.linalg.norm(matrix - matrix.mean(axis=0), axis=0)
    after = np.linalg.norm(within(matrix, units, years, effects), axis=0)
    return is_constant(matrix) | (after <= TOLERANCE * before)


def codes(values: pd.Series) -> np.ndarray:
    """Integer codes 0..G-1 in sorted order."""
    return np.unique(values.to_numpy(), return_inverse=True)[1]
