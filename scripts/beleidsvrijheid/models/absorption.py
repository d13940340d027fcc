"""Columns of a universe with its fixed effects taken out: once, for every cell that uses them.

Municipality effects go by demeaning, year effects by the exact projection on year dummies that were demeaned
themselves, so that unbalanced panels are right too (Wansbeek & Kapteyn 1989, 10.1016/0304-4076(89)90010-5). Only sums
per municipality and per year are made, no dummies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from beleidsvrijheid.models.rank import TOLERANCE

# Numbers of one pass: BLOCK bounds what is held besides the columns themselves (16 MB a copy), FAST fits a processor's
# own memory.
BLOCK, FAST = 2**21, 2**17
_ZERO = 1e-10  # eigenvalues below this share of the largest: dummies that the others explain


@dataclass(frozen=True)
class Absorbed:
    """Columns without effects, each of length 1 (zero where the effects explain it all), rows times root weight.

    columns: N x m. lengths: of the columns without effects in natural units, so natural slope = slope of these columns
    x lengths[y] / lengths[x]. spread: standard deviation with n - 1, natural units. is_absorbed: m. starts: first row of
    each unit.
    """

    columns: np.ndarray
    lengths: np.ndarray
    spread: np.ndarray
    is_absorbed: np.ndarray
    starts: np.ndarray
    projection: "Projection"

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.columns)


@dataclass(frozen=True)
class Projection:
    """What taking the effects out of a column needs.

    slots: the year of each row, or zero where only a constant is taken out; counts: weight of each unit in each slot,
    G x T; totals: of each unit, None without municipality effects; inverse: generalised, of the slots' cross-products;
    roots: T x rank, scaled eigenvectors, from which orthonormal columns of the slots are made.
    """

    units: np.ndarray
    starts: np.ndarray
    slots: np.ndarray
    weights: np.ndarray | None
    counts: np.ndarray
    totals: np.ndarray | None
    inverse: np.ndarray
    roots: np.ndarray

    @property
    def unit_rank(self) -> int:
        """Number of municipality effects."""
        return 0 if self.totals is None else len(self.starts)

    @property
    def slot_rank(self) -> int:
        """Number of year effects beside those, or the constant."""
        return self.roots.shape[1]

    @cached_property
    def sizes(self) -> np.ndarray:
        """Rows of each unit."""
        return np.diff(self.starts, append=len(self.slots))

    def residuals(self, columns: np.ndarray) -> np.ndarray:
        """Columns (k x N, natural scale) without effects, in place; twice, which keeps the digits."""
        for _ in range(2):
            weighted = columns if self.weights is None else columns * self.weights
            if self.slot_rank:
                sums = np.stack([self._slot_sums(row) for row in weighted])
            if self.totals is not None:
                means = np.add.reduceat(weighted, self.starts, axis=1) / self.totals
                columns -= np.repeat(means, self.sizes, axis=1)
            if self.slot_rank:
                slopes = (sums if self.totals is None else sums - means @ self.counts) @ self.inverse
                columns -= slopes[:, self.slots]
            if self.slot_rank and self.totals is not None:
                columns += np.repeat(slopes @ self.counts.T / self.totals, self.sizes, axis=1)
        return columns

    def _slot_sums(self, row: np.ndarray) -> np.ndarray:
        """Sums per slot; bincount has no extended precision."""
        if row.dtype == float:
            return np.bincount(self.slots, row, len(self.inverse))
        sums = np.zeros(len(self.inverse), row.dtype)
        np.add.at(sums, self.slots, row)
        return sums

    def slot_columns(self) -> np.ndarray:
        """Orthonormal columns that span the slots once municipality effects are out; N x rank, rows x root weight."""
        columns = self.roots[self.slots]
        if self.totals is not None:
            columns = columns - (self.counts @ self.roots / self.totals[:, None])[self.units]
        return columns if self.weights is None else columns * np.sqrt(self.weights)[:, None]

    def leverage(self) -> np.ndarray:
        """Leverage of the effects alone, per row."""
        result = (self.slot_columns() ** 2).sum(axis=1)
        if self.totals is None:
            return result
        return result + (1.0 if self.weights is None else self.weights) / self.totals[self.units]


def project(units: np.ndarray, times: np.ndarray, effects: Sequence[str], weights: np.ndarray | None) -> Projection:
    """The projection of `effects`, of municipality and year; neither: a constant. units: sorted codes 0..G-1."""
    starts = np.flatnonzero(np.diff(units, prepend=-1))
    by_unit, by_year = "municipality" in effects, "year" in effects
    slots = times if by_year else np.zeros(len(times), np.intp)
    n_slots = int(slots.max()) + 1
    counts = np.bincount(units * n_slots + slots, weights, len(starts) * n_slots).reshape(-1, n_slots).astype(float)
    totals = counts.sum(axis=1) if by_unit else None
    products = np.diag(counts.sum(axis=0))
    if by_unit:
        products = products - counts.T @ (counts / totals[:, None]) if by_year else np.zeros((1, 1))
    values, vectors = np.linalg.eigh(products)
    kept = values > _ZERO * max(values.max(), 1e-300)
    roots = vectors[:, kept] / np.sqrt(values[kept])
    return Projection(units, starts, slots, weights, counts, totals, roots @ roots.T, roots)


def absorb(
    values: np.ndarray,
    units: np.ndarray,
    times: np.ndarray,
    effects: Sequence[str],
    weights: np.ndarray | None = None,
    precision: type = float,
) -> Absorbed:
    """Take the effects out of the columns of `values` (N x m, rows sorted by unit).

    units, times: integer codes per row from 0. weights: N, positive. precision: of the columns and their lengths; in
    models.solver.EXTENDED what a column loses to its effects costs no digit of the solution, at ten times the time.
    """
    n, m = values.shape
    projection = project(units, times, effects, weights)
    columns, width = np.empty((n, m), precision), max(1, FAST // n)
    lengths, spread, is_absorbed = np.empty(m, precision), np.empty(m), np.empty(m, bool)
    for first in range(0, m, width):
        part = slice(first, first + width)
        made = _absorb_block(values[:, part], projection, precision)
        columns[:, part], lengths[part], spread[part], is_absorbed[part] = made
    return Absorbed(columns, lengths, spread, is_absorbed, projection.starts, projection)


def _absorb_block(values: np.ndarray, projection: Projection, precision: type):
    """Columns of `values` as rows of their own while they are worked on: whole passes over one column are fast.

    Nothing is centred by its grand mean before: a unit's figures less their own mean are exact, however large both are.
    """
    rows = np.array(values.T, precision, order="C")
    is_flat = np.ptp(rows, axis=1) <= 8 * np.finfo(float).eps * np.maximum(rows.max(axis=1), -rows.min(axis=1))
    root = None if projection.weights is None else np.sqrt(projection.weights)
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("kn,kn->k", centred, centred) / max(len(values) - 1, 1))
    before = spread * np.sqrt(len(values)) if root is None else np.linalg.norm(centred * root, axis=1)
    rows = projection.residuals(rows)
    if root is not None:
        rows *= root
    length = np.sqrt(np.einsum("kn,kn->k", rows, rows))
    is_absorbed = (length <= TOLERANCE * before) | is_flat
    rows /= np.where(length > 0, length, 1.0)[:, None]
    rows[is_absorbed] = 0.0
    return rows.T, length, spread, is_absorbed
