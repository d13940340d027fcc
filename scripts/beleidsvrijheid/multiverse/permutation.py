"""Freedman-Lane permutations of every cell at once, the same draw for all.

Residuals of the outcome on the model without the focal column are permuted as whole histories of a group (municipality
or field), put back on the fit, and the full model is fitted again (Freedman & Lane 1983, 10.2307/1391660; Winkler et al.
2014, 10.1016/j.neuroimage.2014.01.060). Within strata, and only between groups with the same rows. No draw fits a
model: with r, the row that gives the focal slope, and u, the residuals, the scores of a draw are r_g' u_pi(g), read
from a table of all pairs of groups, less what the columns explain of the permuted residuals.

Permuting within groups that have the same rows keeps every sum over units per year, and the mean of a unit is that of
the history it receives: permuted residuals stay free of unweighted effects. Weights break this (a year then weighs
other units' residuals), so weighted cells keep explicit columns for years, or for the constant. With weights the rows
times root weight are permuted: those are what the weights say is exchangeable.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sandwich import HETEROSKEDASTIC, hc_weights
from beleidsvrijheid.multiverse.covariance import Kind, autocovariances, kind_of
from beleidsvrijheid.multiverse.kernel import (
    Cell,
    Solved,
    Universe,
    clustered_factors,
    cross_products,
    effects_rank,
    explicit_columns,
    measure,
    n_groups,
    reduced_residual,
    slope_matrix,
    solve,
    standardising,
)

FREEDMAN_LANE = "freedman_lane"
CELLS_AT_ONCE = 16  # of one task of a thread; fixed, so that any number of threads makes the same sums
DRAWS_AT_ONCE = 8
TABLE_SIZE = 2**18  # pairs held at once
TABLE_GAIN = 2
CLUSTERED_NOTE = "tested by t clustered by municipality"


@dataclass(frozen=True)
class Drawn:
    """Statistics of cells and of draws of them under the null. S cells, B draws.

    statistic, df: observed t of what is drawn, S. statistics: t per draw, B x S; standardised: focal slopes x sd(x) /
    sd(y), B x S. Refused cells are NaN, with a reason. notes: where the t drawn is not that of the cell's own
    covariance. movable: groups that change place; None where every cluster has a weight.
    """

    statistic: np.ndarray
    df: np.ndarray
    statistics: np.ndarray
    standardised: np.ndarray
    notes: list[str]
    reasons: list[str]
    movable: int | None = None


def draw_keys(draws: int, n_groups: int, rng: np.random.Generator) -> np.ndarray:
    """One key per draw and group of the whole study; a sample orders its own groups by them."""
    return rng.random((draws, n_groups))


def permute_cells(
    universe: Universe,
    cells: Sequence[Cell],
    keys: np.ndarray,
    strata: np.ndarray | None = None,
    threads: int = 1,
) -> Drawn:
    """Draws of every cell. keys: B x all groups of the study (see draw_keys); strata: codes of all groups, or None.

    Groups are columns of `keys`: positions among all municipalities where groups are units, else universe.groups
    itself. The results do not depend on `threads`. Raises Refusal where no two groups can change places.
    """
    donors, movable = exchange(universe, keys, strata)
    tested, notes = tested_cells(universe, cells)
    solved = solve(universe, tested)
    table = measure(solved)
    work = _Work(solved, donors)
    shape = len(keys), len(cells)
    statistics, slopes = np.full(shape, np.nan), np.full(shape, np.nan)
    tasks = _tasks(work)
    with ThreadPoolExecutor(threads) as pool:
        for places, (t, slope), draws in pool.map(lambda task: (task[0], task[1](), task[2]), tasks):
            statistics[draws, places], slopes[draws, places] = t, slope
    standardised = slopes * standardising(solved)
    return Drawn(
        table["statistic"].to_numpy(), table["df"].to_numpy(), statistics, standardised, notes, solved.reasons, movable
    )


def tested_cells(universe: Universe, cells: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    """Cells with the covariance whose t is drawn, and a note where that is another than their own.

    Two-way and heteroskedasticity-robust errors in a panel need every row in every draw; weights within municipality
    effects change the length of permuted residuals.
    """
    panel = len(universe.units) > n_groups(universe)["municipality"]
    tested, notes = [], []
    for cell in cells:
        kind = kind_of(cell.covariance, cell.by, cell.bandwidth)
        rows = kind.name in HETEROSKEDASTIC and (panel or bool(universe.effects))
        length = kind.name == "nonrobust" and universe.weights is not None and "municipality" in universe.effects
        changed = rows or length or len(kind.by) == 2
        tested.append(clustered_by_unit(cell) if changed else cell)
        notes.append(CLUSTERED_NOTE if changed else "")
    return tested, notes


def clustered_by_unit(cell: Cell) -> Cell:
    """The cell with errors clustered by municipality."""
    return replace(cell, covariance="cluster", by=("municipality",), bandwidth=None)


# Who may change place with whom


def exchange(universe: Universe, keys: np.ndarray, strata: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Whose history each group receives in each draw (B x groups), and how many groups can move at all.

    The order of the keys is read as cycles: samples that share most of their groups then share most of each draw. Read as an
    order, every group behind one that is missing would move, cells on nearly the same sample would be permuted almost
    independently, and joint tests would reject a true null far too often (see docs/validation.md).
    """
    codes, groups = np.unique(universe.groups, return_inverse=True)
    by_unit = np.array_equal(groups, universe.units)
    positions = universe.municipalities if by_unit else codes
    if positions.max() >= keys.shape[1] or (strata is not None and len(strata) != keys.shape[1]):
        raise StudyError(f"permutation: keys and strata are of {keys.shape[1]} groups, the universe has others")
    own = np.zeros(len(positions), int) if strata is None else np.asarray(strata)[positions]
    classes = _classes(universe, groups, own, by_unit)
    donors = np.tile(np.arange(len(positions)), (len(keys), 1))
    sizes = np.bincount(classes)
    for one in np.flatnonzero(sizes > 1):
        members = np.flatnonzero(classes == one)
        order = np.argsort(keys[:, positions[members]], axis=1, kind="stable")
        donors[:, members] = members[cycles_of(order)]
    movable = int(sizes[sizes > 1].sum())
    if not movable:
        what = "municipalities" if by_unit else "fields"
        raise Refusal(f"permutation: no two {what} of one stratum have the same rows, so that none can change place")
    return donors, movable


def cycles_of(order: np.ndarray) -> np.ndarray:
    """The permutation whose cycles stand in `order` (B x m, of 0..m-1), each from its largest member, these ascending.

    Every order is one permutation and every permutation one order (Foata's bijection; Stanley 2012, Enumerative
    Combinatorics 1, proposition 1.3.1), so drawn orders are drawn permutations. Who is taken out of the order leaves its
    cycle: his donor goes to his receiver, and little else changes.
    """
    leader = np.maximum.accumulate(order, axis=1)
    following = np.pad(order[:, 1:], ((0, 0), (0, 1)), constant_values=order.shape[1])
    result = np.empty_like(order)
    np.put_along_axis(result, order, np.where(following > leader, leader, following), axis=1)
    return result


def _classes(universe: Universe, groups: np.ndarray, strata: np.ndarray, by_unit: bool) -> np.ndarray:
    """Code per group of its stratum and rows: same years (of the same municipalities, where fields are permuted)."""
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups))
    found: dict[tuple, int] = {}
    result = np.empty(len(ends), int)
    for group, rows in enumerate(np.split(order, ends[:-1])):
        units = b"" if by_unit else universe.units[rows].tobytes()
        key = strata[group], universe.times[rows].tobytes(), units
        result[group] = found.setdefault(key, len(found))
    return result


class Moves:
    """Rows whose residuals rows receive, from who receives whose history. groups: codes per row."""

    def __init__(self, groups: np.ndarray):
        self.order = np.argsort(groups, kind="stable")
        sizes = np.bincount(groups)
        self.starts, self.own = np.cumsum(sizes) - sizes, groups[self.order]
        self.offset = np.arange(len(groups)) - self.starts[self.own]

    def rows(self, donors: np.ndarray) -> np.ndarray:
        """Row per row. donors: per group, each of the same number of rows."""
        result = np.empty(len(self.order), np.intp)
        result[self.order] = self.order[self.starts[donors][self.own] + self.offset]
        return result


# Draws


class _Work:
    """What the draws of all cells of a universe share."""

    def __init__(self, solved: Solved, donors: np.ndarray):
        self.solved, self.donors = solved, donors
        universe = solved.universe
        groups = np.unique(universe.groups, return_inverse=True)[1]
        self.by_unit, self.moves = np.array_equal(groups, universe.units), Moves(groups)
        self.columns = explicit_columns(solved, universe.weights is not None)
        self.rows, self.reduced, self.factors = solved.rows, reduced_residual(solved), clustered_factors(solved)
        self.inverses = [slope_matrix(solved, place, self.columns.shape[1]) for place in range(len(solved.cells))]
        self.cross = np.empty((len(donors), self.columns.shape[1], len(solved.products)))
        for draw, own in enumerate(donors):
            moved = solved.absorbed.columns[self.moves.rows(own)]
            np.matmul(self.columns.T, moved, out=self.cross[draw])

    def kind(self, place: int) -> Kind:
        """Covariance of a cell."""
        cell = self.solved.cells[place]
        return kind_of(cell.covariance, cell.by, cell.bandwidth)

    def refitted(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Cross-products of the columns with permuted residuals, and the slopes on them; both B x k."""
        columns, inverse = self.inverses[place]
        pulled = (self.cross @ self.reduced[:, place])[:, columns]
        return pulled, pulled @ inverse


def _tasks(work: _Work):
    """(cells, what to do, draws) for the threads."""
    routes: dict[str, list[int]] = {"length": [], "table": [], "products": [], "year": []}
    for place in np.flatnonzero(work.solved.is_open):
        kind = work.kind(place)
        if kind.name == "nonrobust":
            routes["length"].append(place)
        elif kind.name == "driscoll_kraay" or kind.by == ("year",):
            routes["year"].append(place)
        else:
            routes["table" if work.by_unit and _table_is_cheaper(work) else "products"].append(place)
    for route, function in (("length", lambda places: _by_length(work, places)), ("table", None)):
        function = function or (_Table(work).statistics if routes[route] else None)
        for places in _parts(routes[route], CELLS_AT_ONCE):
            yield places, (lambda f=function, p=places: f(p)), slice(None)
    for route in ("products", "year"):
        if not routes[route]:
            continue
        places, shared = np.array(routes[route]), _Products(work, routes[route], route == "year")
        for first in range(0, len(work.donors), DRAWS_AT_ONCE):
            draws = range(first, min(first + DRAWS_AT_ONCE, len(work.donors)))
            yield places, (lambda d=draws, s=shared: s.statistics(d)), np.array(draws)[:, None]


def _table_is_cheaper(work: _Work) -> bool:
    """A table of pairs costs units squared once, sums of products cost units in every draw."""
    return len(work.solved.absorbed.columns) <= TABLE_GAIN * len(work.donors) * work.columns.shape[1] ** 2


def _parts(places: list[int], size: int):
    return [np.array(places[first : first + size]) for first in range(0, len(places), size)]


def _by_length(work: _Work, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """t with one error variance: permuted residuals keep their length, so their cross-products are enough."""
    solved, t, slopes = work.solved, [], []
    for place in places:
        pulled, slope = work.refitted(place)
        reduced = work.reduced[:, place]
        left = reduced @ solved.products @ reduced - (pulled * slope).sum(axis=1)
        df = solved.absorbed.n - solved.sizes[place] - effects_rank(solved)
        size = solved.rows[solved.cells[place].focal, place]
        t.append(slope[:, 0] / np.sqrt(left / df * size))
        slopes.append(slope[:, 0])
    return np.column_stack(t), np.column_stack(slopes)


class _Table:
    """t clustered by unit: r_g' u_h for all pairs of units, read where the draw puts h at g; some g at a time."""

    def __init__(self, work: _Work):
        self.work, self.columns = work, _grid(work.solved, work.columns)

    def statistics(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """t and slopes, draws x cells."""
        work, columns = self.work, self.work.solved.absorbed.columns
        r, u = (
            np.ascontiguousarray(np.moveaxis(_grid(work.solved, columns @ matrix[:, places]), 2, 0))
            for matrix in (work.rows, work.reduced)
        )
        slopes = [work.refitted(place)[1] for place in places]
        weights = [_unit_weights(work, place) for place in places]
        n, variances = work.donors.shape[1], np.zeros((len(places), len(work.donors)))
        step = max(1, min(n, TABLE_SIZE // n))
        for first in range(0, n, step):
            some = slice(first, first + step)
            where = work.donors[:, some] + np.arange(len(r[0, some])) * n
            scores = np.empty(where.shape)
            for number, place in enumerate(places):
                spanned = np.einsum("gl,glk->gk", r[number, some], self.columns[some][:, :, work.inverses[place][0]])
                np.take(r[number, some] @ u[number].T, where, out=scores, mode="clip")
                scores -= slopes[number] @ spanned.T
                variances[number] += _squares(scores, weights[number], some)
        slope = np.column_stack([own[:, 0] for own in slopes])
        return slope / np.sqrt(variances.T), slope


def _unit_weights(work: _Work, place: int) -> float | np.ndarray:
    """What a squared score of a unit counts: one figure, or one a unit."""
    kind = work.kind(place)
    return row_weights(work.solved, place, kind.name) if kind.name in HETEROSKEDASTIC else work.factors[place]


def _squares(scores: np.ndarray, weights: float | np.ndarray, some: slice) -> np.ndarray:
    if np.ndim(weights):
        return scores**2 @ weights[some]
    return weights * np.einsum("bg,bg->b", scores, scores)


def row_weights(solved: Solved, place: int, name: str) -> np.ndarray:
    """What a squared score of one row counts in HC0-HC3, for a cross-section."""
    cell = solved.cells[place]
    basis = np.linalg.qr(solved.absorbed.columns[:, [cell.focal, *cell.others]])[0]
    leverage = (basis**2).sum(axis=1) + solved.absorbed.projection.leverage()
    return hc_weights(name, leverage, solved.absorbed.n, int(solved.sizes[place]) + effects_rank(solved))


def _grid(solved: Solved, values: np.ndarray) -> np.ndarray:
    """Rows (N x k) of each unit beside each other, units x most rows x k, zeros behind the last."""
    starts = solved.absorbed.starts
    sizes = np.diff(starts, append=len(values))
    if len(np.unique(sizes)) == 1:
        return values.reshape(len(starts), sizes[0], -1)
    result = np.zeros((len(starts), sizes.max(), values.shape[1]))
    result[np.repeat(np.arange(len(starts)), sizes), np.arange(len(values)) - np.repeat(starts, sizes)] = values
    return result


class _Products:
    """t from sums per cluster of products of columns with permuted columns: no table, cost linear in the units.

    For clusters by unit where there are too many pairs or fields move, and for sums per year.
    """

    def __init__(self, work: _Work, places: list[int], by_year: bool):
        self.work, self.places, self.by_year = work, np.array(places), by_year
        universe, solved = work.solved.universe, work.solved
        self.order = np.argsort(universe.times, kind="stable") if by_year else np.arange(len(universe.units))
        codes = universe.times[self.order] if by_year else universe.units
        self.starts = np.flatnonzero(np.diff(codes, prepend=-1))
        self.columns = solved.absorbed.columns[self.order]
        width = work.columns.shape[1]
        self.expanded = cross_products(self.columns, work.columns[self.order], self.starts).reshape(
            len(self.starts), -1
        )
        self.rows, self.reduced = work.rows[:, places], work.reduced[:, places]
        self.fixed = (self.rows[:, None] * self.reduced[None]).reshape(-1, len(places))
        self.inverses = np.zeros((len(places), width, width))
        for number, place in enumerate(places):
            columns, inverse = work.inverses[place]
            self.inverses[number][np.ix_(columns, columns)] = inverse
        self.focal = solved.focal[places]
        self.factors = work.factors[places]

    def statistics(self, draws: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """t and slopes of some draws, draws x cells."""
        t, slopes = [], []
        for draw in draws:
            moved = self.work.moves.rows(self.work.donors[draw])[self.order]
            pulled = self.work.cross[draw] @ self.reduced
            slope = np.einsum("skj,js->ks", self.inverses, pulled)
            taken = cross_products(self.columns, self.work.solved.absorbed.columns[moved], self.starts)
            scores = taken.reshape(len(self.starts), -1) @ self.fixed
            scores -= self.expanded @ (self.rows[:, None] * slope[None]).reshape(-1, len(self.places))
            slopes.append(slope[self.focal, np.arange(len(self.places))])
            t.append(slopes[-1] / np.sqrt(self._variances(scores)))
        return np.array(t), np.array(slopes)

    def _variances(self, scores: np.ndarray) -> np.ndarray:
        result = self.factors * np.einsum("gs,gs->s", scores, scores)
        for number, place in enumerate(self.places):
            kind = self.work.kind(place)
            if kind.name == "driscoll_kraay":
                result[number] = self.factors[number] * autocovariances(scores[:, number], kind.bandwidth)
            elif kind.name in HETEROSKEDASTIC:
                result[number] = scores[:, number] ** 2 @ row_weights(self.work.solved, place, kind.name)
        return result
