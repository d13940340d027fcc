"""Least squares with every digit the data hold: QR in double precision, made exact in extended precision.

R of a Householder QR turns the columns W = X R^-1 into nearly orthonormal ones, whose cross-products lose nothing; W, the
products and the residuals are made in numpy's longdouble (80 bits on x86; where it is 64 bits the digits are those of a
plain QR). The idea is CholeskyQR with a preconditioner (Fukaya et al. 2020, 10.1137/18M1218212).
"""

from dataclasses import dataclass

import numpy as np

EXTENDED = np.longdouble
# Columns whose part of their own is smaller than this share of their length cannot be told from the others.
SINGULAR = 1e-13
_REFINEMENTS = 3


@dataclass(frozen=True)
class Solution:
    """slopes: k, and bread (X'X)^-1: k x k, both extended. influence: k x n, rows of (X'X)^-1 X'. residuals, leverage: n."""

    slopes: np.ndarray
    bread: np.ndarray
    influence: np.ndarray
    residuals: np.ndarray
    leverage: np.ndarray


def least_squares(design: np.ndarray, outcome: np.ndarray) -> Solution | list[int]:
    """The solution, or the positions of columns that are combinations of those before them.

    design: n x k, extended or double, n > k; outcome: n.
    """
    design, outcome = np.asarray(design, EXTENDED), np.asarray(outcome, EXTENDED)
    lengths = np.sqrt((design**2).sum(axis=0))
    columns = design / np.where(lengths > 0, lengths, 1.0)
    upper = np.linalg.qr(columns.astype(float), mode="r")
    singular = np.flatnonzero(np.abs(np.diag(upper)) <= SINGULAR)
    if len(singular):
        return singular.tolist()
    inverse = _inverse_of_triangle(upper.astype(EXTENDED))
    basis = columns @ inverse
    products = _inverse_near_identity(basis.T @ basis)
    parts, residuals = np.zeros(len(upper), EXTENDED), outcome
    for _ in range(_REFINEMENTS):
        parts = parts + products @ (basis.T @ residuals)
        residuals = outcome - basis @ parts
    back = inverse / lengths[:, None]
    influence = back @ products @ basis.T
    leverage = ((basis @ products) * basis).sum(axis=1)
    return Solution(
        back @ parts, back @ products @ back.T, influence.astype(float), residuals.astype(float), leverage.astype(float)
    )


def _inverse_of_triangle(upper: np.ndarray) -> np.ndarray:
    """Inverse of an upper triangular matrix, column by column; numpy's own is in double precision only."""
    k = len(upper)
    inverse = np.zeros_like(upper)
    for j in range(k):
        inverse[j, j] = 1 / upper[j, j]
        inverse[:j, j] = -(inverse[:j, :j] @ upper[:j, j]) * inverse[j, j]
    return inverse


def _inverse_near_identity(matrix: np.ndarray) -> np.ndarray:
    """Newton's iteration (Schulz 1933); the error squares with each step."""
    identity = np.eye(len(matrix), dtype=EXTENDED)
    inverse = identity
    for _ in range(_REFINEMENTS + 3):
        inverse = inverse @ (2 * identity - matrix @ inverse)
    return inverse
