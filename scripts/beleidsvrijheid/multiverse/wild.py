"""Wild cluster draws of every cell at once, the null imposed, the same weight per municipality in every cell.

Cameron, Gelbach & Miller (2008, 10.1162/rest.90.3.414), WCR, by the sums per cluster of models.wild_bootstrap: residuals
without the focal column times one weight a municipality. Municipality effects stay out of every draw; years and the
constant do not, and are columns that each draw estimates again.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.absorption import BLOCK
from beleidsvrijheid.models.wild_bootstrap import TIE, drawn_scores
from beleidsvrijheid.multiverse.covariance import kind_of
from beleidsvrijheid.multiverse.kernel import (
    Cell,
    Solved,
    Universe,
    clustered_factors,
    cross_products,
    explicit_columns,
    measure,
    reduced_residual,
    slope_matrix,
    solve,
    standardising,
)
from beleidsvrijheid.multiverse.permutation import CELLS_AT_ONCE, CLUSTERED_NOTE, Drawn, clustered_by_unit

WILD = "wild_cluster"


def wild_cells(universe: Universe, cells: Sequence[Cell], weights: np.ndarray, threads: int = 1) -> Drawn:
    """Draws of t clustered by municipality. weights: B x all municipalities of the study, see cluster_weights.

    A cell with another covariance has a note. The results do not depend on `threads`.
    """
    if universe.municipalities.max() >= weights.shape[1]:
        raise StudyError(f"wild bootstrap: weights of {weights.shape[1]} municipalities, the universe has others")
    tested, notes = [], []
    for cell in cells:
        own = kind_of(cell.covariance, cell.by, cell.bandwidth)
        notes.append("" if own.is_clustered and own.by == ("municipality",) else CLUSTERED_NOTE)
        tested.append(clustered_by_unit(cell))
    solved = solve(universe, tested)
    table = measure(solved)
    work = _Work(solved, weights[:, universe.municipalities])
    shape = len(weights), len(cells)
    statistics, slopes = np.full(shape, np.nan), np.full(shape, np.nan)
    open_cells = np.flatnonzero(solved.is_open)
    parts = [open_cells[first : first + CELLS_AT_ONCE] for first in range(0, len(open_cells), CELLS_AT_ONCE)]
    with ThreadPoolExecutor(threads) as pool:
        for places, (t, slope) in zip(parts, pool.map(work.statistics, parts), strict=True):
            statistics[:, places], slopes[:, places] = t, slope
    values = slopes * standardising(solved)
    return Drawn(table["statistic"].to_numpy(), table["df"].to_numpy(), statistics, values, notes, solved.reasons)


def wild_p(statistic: np.ndarray, drawn: np.ndarray, enumerated: bool = False) -> np.ndarray:
    """Two-sided p per cell, as models.wild_bootstrap: of cells with covariance wild_cluster. statistic: S; drawn: B x S.

    enumerated: the draws are all there are (see cluster_weights), so that p is a share.
    """
    above = (np.abs(drawn) > np.abs(statistic) * (1 + TIE) + TIE).sum(axis=0)
    p = above / len(drawn) if enumerated else (above + 1) / (len(drawn) + 1)
    return np.where(np.isfinite(statistic), p, np.nan)


class _Work:
    """What the draws of all cells of a universe share. weights: B x units."""

    def __init__(self, solved: Solved, weights: np.ndarray):
        self.solved, self.weights = solved, weights
        columns = explicit_columns(solved, True)
        self.width, self.factors, self.reduced = columns.shape[1], clustered_factors(solved), reduced_residual(solved)
        self.products = cross_products(columns, solved.absorbed.columns, solved.absorbed.starts)

    def statistics(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """t and slopes of some cells, B x cells each."""
        found = [self._cell(place) for place in places]
        return tuple(np.column_stack(parts) for parts in zip(*found, strict=True))

    def _cell(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        columns, inverse = slope_matrix(self.solved, place, self.width)
        row = self.solved.rows[:, place]
        pulled, spanned = self.products @ self.reduced[:, place], self.products @ row
        scores = pulled[:, : len(row)] @ row
        pulled, spanned = pulled[:, columns], spanned[:, columns] @ inverse
        squares, step = np.empty(len(self.weights)), max(1, BLOCK // len(scores))
        for first in range(0, len(squares), step):
            left = drawn_scores(self.weights[first : first + step], scores, pulled, spanned)
            squares[first : first + step] = np.einsum("bg,bg->b", left, left)
        slopes = self.weights @ scores
        return slopes / np.sqrt(self.factors[place] * squares), slopes
