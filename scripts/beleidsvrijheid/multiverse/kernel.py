"""Many least-squares specifications at once: estimate and standard error of one coefficient each.

Effects are taken out of every column once, cross-products are made once, the cells' normal equations are solved
together (Frisch & Waugh 1933, 10.2307/1907330), and sums of scores per cluster are matrix products of sums of the
columns' cross-products per cluster: no cell touches the rows. Where digits would be lost (columns near combinations of
others, a near-perfect fit) a cell goes through the rows with one refinement, beyond that through models.solver.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.absorption import BLOCK, FAST, Absorbed, absorb
from beleidsvrijheid.models.linear import CANCELLED, PERFECT_FIT
from beleidsvrijheid.models.precision import lost_digits
from beleidsvrijheid.models.rank import independent_columns
from beleidsvrijheid.models.solver import EXTENDED, least_squares
from beleidsvrijheid.multiverse.covariance import (
    ALLOWED,
    HETEROSKEDASTIC,
    Kind,
    Sums,
    autocovariances,
    heteroskedastic,
    kind_of,
    small_sample,
)

CHUNK = 256
# Condition numbers (of the correlation matrix of the regressors) up to which a route keeps ten digits.
POOLED_CONDITION = 1e4
QR_CONDITION = 1e6
POOLED_RESIDUAL = 1e-4  # share of the outcome's variation left over
LEVERAGE_ONE = 1e-10
NEGATIVE = "the variance of the coefficient is not positive, which two-way clustering can give"
CANCELS = "the scores cancel within every cluster, so the clustered error is zero"
ESTIMATE_COLUMNS = [
    "status",
    "reason",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "standardised",
    "n_coefficients",
    "r2",
    "condition",
]


@dataclass(frozen=True)
class Universe:
    """Rows that some cells share, sorted by unit, then time.

    values: N x m, every column any of its cells uses, natural units, none missing. names: m. units: N codes of the
    municipality, 0..G-1, sorted. times: N codes of the year, 0..T-1 (zeros in a cross-section). groups: N codes of what
    is permuted as a whole: the units, or codes among all fields of the study. municipalities: G positions of the units
    among all municipalities of the study. effects: of municipality, year; none: a constant. weights: N, above 0.
    """

    values: np.ndarray
    names: tuple[str, ...]
    units: np.ndarray
    times: np.ndarray
    groups: np.ndarray
    municipalities: np.ndarray
    effects: tuple[str, ...] = ()
    weights: np.ndarray | None = None


@dataclass(frozen=True)
class Cell:
    """A specification as column numbers of `values`. by: municipality, year or both, for a clustered covariance."""

    outcome: int
    focal: int
    others: tuple[int, ...]
    covariance: str
    by: tuple[str, ...] = ()
    bandwidth: int | None = None


@dataclass(frozen=True)
class Solved:
    """Cells solved on an absorbed universe, on columns of length 1.

    rows: m x S, r = columns @ rows gives each focal coefficient. residual: m x S, e = columns @ residual. estimate: S,
    on columns of length 1. condition: S. reasons: why a cell is refused, empty where it is not.
    """

    universe: Universe
    absorbed: Absorbed
    cells: Sequence[Cell]
    products: np.ndarray
    rows: np.ndarray
    residual: np.ndarray
    condition: np.ndarray
    reasons: list[str] = field(default_factory=list)

    @cached_property
    def extended(self) -> np.ndarray:
        """The columns in extended precision, for cells that lose many digits: N x m."""
        universe = self.universe
        given = universe.values, universe.units, universe.times, universe.effects, universe.weights
        return absorb(*given, precision=EXTENDED).columns

    @cached_property
    def outcome(self) -> np.ndarray:
        """Column of each cell's outcome."""
        return np.array([cell.outcome for cell in self.cells], np.intp)

    @cached_property
    def focal(self) -> np.ndarray:
        """Column of each cell's focal regressor."""
        return np.array([cell.focal for cell in self.cells], np.intp)

    @cached_property
    def kinds(self) -> dict[Kind, np.ndarray]:
        """Cells of each covariance."""
        found: dict[tuple, list[int]] = {}
        for place, cell in enumerate(self.cells):
            found.setdefault((cell.covariance, cell.by, cell.bandwidth), []).append(place)
        kinds: dict[Kind, list[int]] = {}
        for key, places in found.items():
            kinds.setdefault(kind_of(*key), []).extend(places)
        return {kind: np.array(places) for kind, places in kinds.items()}

    @cached_property
    def groups(self) -> dict[str, int]:
        """Numbers of clusters."""
        return n_groups(self.universe)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Number of regressors."""
        return np.array([1 + len(cell.others) for cell in self.cells])

    @property
    def is_open(self) -> np.ndarray:
        """Cells that are not refused."""
        return np.array([not reason for reason in self.reasons], bool)

    @property
    def estimates(self) -> np.ndarray:
        """Coefficients of the focal columns of length 1."""
        return -self.residual[self.focal, np.arange(len(self.cells))]


def check_universe(universe: Universe, cells: Sequence[Cell]) -> None:
    """Raise StudyError where rows are not sorted, a figure is missing or a cell asks for what does not exist."""
    order = universe.units.astype(np.int64) * (int(universe.times.max(initial=0)) + 1) + universe.times
    if len(universe.units) == 0 or (np.diff(order) < 0).any():
        raise StudyError("a universe has rows, sorted by unit and then by time; sort them first")
    if not np.isfinite(universe.values).all():
        raise StudyError("a universe has no missing figures; drop those rows first")
    if universe.weights is not None and not (universe.weights > 0).all():
        raise StudyError("weights: a weight is not above 0; leave such rows out of the sample")
    for covariance, by, bandwidth in {(cell.covariance, cell.by, cell.bandwidth) for cell in cells}:
        if covariance not in ALLOWED:
            raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(ALLOWED)}")
        if set(by) - {"municipality", "year"}:
            raise StudyError(f"covariance.by: {', '.join(by)}; allowed: municipality, year")
        years = len(np.unique(universe.times))
        if covariance == "driscoll_kraay" and not (isinstance(bandwidth, int) and 0 <= bandwidth < years):
            raise StudyError(f"covariance.bandwidth: {bandwidth!r}; allowed: whole numbers from 0 to {years - 1}")


def estimate_cells(universe: Universe, cells: Sequence[Cell], chunk: int = CHUNK) -> pd.DataFrame:
    """One row per cell, ESTIMATE_COLUMNS, in the order of `cells`.

    estimate, std_error: natural units of the columns. df: of t, by the conventions of models.panel_covariance. standardised:
    estimate x sd(x) / sd(y), n - 1. n_coefficients: with the constant and all effects. r2: after effects are out.
    status: estimated or refused, then `reason` says why. chunk: cells at once, for memory. Raises StudyError on input
    that no data could make right.
    """
    return measure(solve(universe, cells, chunk), chunk)


# Solving


def solve(universe: Universe, cells: Sequence[Cell], chunk: int = CHUNK) -> Solved:
    """Coefficients of every cell."""
    check_universe(universe, cells)
    absorbed = absorb(universe.values, universe.units, universe.times, universe.effects, universe.weights)
    m, count = universe.values.shape[1], len(cells)
    products = absorbed.columns.T @ absorbed.columns
    rows, residual = np.zeros((m, count)), np.zeros((m, count))
    solved = Solved(universe, absorbed, list(cells), products, rows, residual, np.full(count, np.nan), [""] * count)
    _refuse_absorbed(solved)
    _refuse_saturated(solved)
    # Cells of about the same size together: systems are padded to the largest among them.
    order = np.argsort(solved.sizes, kind="stable")
    order = order[solved.is_open[order]]
    for first in range(0, len(order), chunk):
        _solve_chunk(solved, order[first : first + chunk])
    return solved


def _refuse_absorbed(solved: Solved) -> None:
    effects = " and ".join(solved.universe.effects)
    why = f"once {effects} effects are taken out" if effects else "in these rows"
    _refuse_where(solved, solved.absorbed.is_absorbed, f"does not vary {why}")
    _refuse_where(solved, lost_digits(solved.universe.values), "varies in too few digits that a float holds")


def _refuse_where(solved: Solved, is_unfit: np.ndarray, why: str) -> None:
    """Refuse cells with a column (of m) that is unfit."""
    unfit = set(np.flatnonzero(is_unfit))
    for place, cell in enumerate(solved.cells if unfit else ()):
        names = [solved.universe.names[column] for column in _columns(cell) if column in unfit]
        if names and not solved.reasons[place]:
            solved.reasons[place] = f"{why}: {', '.join(names)}"


def _refuse_saturated(solved: Solved) -> None:
    n, effects = solved.absorbed.n, effects_rank(solved)
    for place in np.flatnonzero((solved.sizes + effects >= n) & solved.is_open):
        solved.reasons[place] = f"{n} rows for {solved.sizes[place] + effects} coefficients and fixed effects"
    for kind, places in solved.kinds.items():
        few = [name for name in kind.by if solved.groups[name] < 2]
        for place in places if few else ():
            told = f"clustered by {few[0]}: {solved.groups[few[0]]} clusters, at least 2 are needed"
            solved.reasons[place] = solved.reasons[place] or told


def effects_rank(solved: Solved) -> int:
    """Number of effects, or the constant."""
    return solved.absorbed.projection.unit_rank + solved.absorbed.projection.slot_rank


def n_groups(universe: Universe) -> dict[str, int]:
    """Clusters: municipalities, years, and both together."""
    new = (np.diff(universe.units, prepend=-1) != 0) | (np.diff(universe.times, prepend=-1) != 0)
    years = np.count_nonzero(np.bincount(universe.times))
    return {"municipality": int(universe.units[-1]) + 1, "year": years, "both": int(new.sum())}


def _columns(cell: Cell) -> tuple[int, ...]:
    return (cell.outcome, cell.focal, *cell.others)


def _solve_chunk(solved: Solved, places: np.ndarray) -> None:
    columns, used = _regressors(solved, places)
    m, outcome = len(solved.products), solved.outcome[places]
    padded = np.zeros((m + 1, m + 1))
    padded[:m, :m] = solved.products
    systems = padded[columns[:, None], columns[None]]
    systems += np.eye(len(columns))[:, :, None] * ~used
    inverse = inverses(systems)
    solved.condition[places] = np.abs(systems).sum(axis=0).max(axis=0) * np.abs(inverse).sum(axis=0).max(axis=0)
    slopes = np.einsum("jks,ks->js", inverse, padded[columns, outcome])
    rows, residual = np.zeros((m + 1, len(places))), np.zeros((m + 1, len(places)))
    np.put_along_axis(rows, columns, inverse[0] * used, axis=0)
    np.put_along_axis(residual, columns, -slopes * used, axis=0)
    residual[outcome, np.arange(len(places))] += 1
    solved.rows[:, places], solved.residual[:, places] = rows[:m], residual[:m]
    _improve(solved, places, columns, inverse, used)


def _regressors(solved: Solved, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Column numbers, longest cell x S, focal first, m where a cell has fewer; True where it has not."""
    sizes, m = solved.sizes[places], len(solved.products)
    columns = np.full((sizes.max(), len(places)), m, np.intp)
    columns[0] = solved.focal[places]
    lists = chain.from_iterable(solved.cells[place].others for place in places)
    used = np.arange(len(columns))[:, None] < sizes
    columns.T[used.T & (np.arange(len(columns)) > 0)] = np.fromiter(lists, np.intp, sizes.sum() - len(places))
    return columns, used


def inverses(systems: np.ndarray) -> np.ndarray:
    """Inverses of positive definite systems, k x k x S, all at once by Gauss-Jordan.

    A library call would stop at the first singular one; here its condition number is huge and it goes to QR.
    """
    work = systems.copy()
    for j in range(len(work)):
        pivot = np.maximum(work[j, j], 1e-15)
        row, column = work[j] / pivot, work[:, j].copy()
        work -= column[:, None] * row
        work[j], work[:, j] = row, -column / pivot
        work[j, j] = 1 / pivot
    return work


def _improve(solved: Solved, places, columns, inverse, used) -> None:
    """One refinement by the rows where the normal equations lose digits; QR where they may lose them all."""
    condition = solved.condition[places]
    poor = ~(condition <= QR_CONDITION)
    near = np.flatnonzero((condition > POOLED_CONDITION) & ~poor)
    parts = min(len(near), 1 + len(near) * solved.absorbed.n // BLOCK)
    for block in np.array_split(near, parts) if parts else []:
        _refine(solved, places[block], columns[:, block], inverse[:, :, block], used[:, block])
    for place in places[poor]:
        _solve_by_qr(solved, place)


def _refine(solved: Solved, places, columns, inverse, used) -> None:
    data, here = solved.absorbed.columns, np.arange(len(places))
    for matrix, wanted in ((solved.rows, 1.0), (solved.residual, 0.0)):
        gap = -(data.T @ (data @ matrix[:, places]))
        gap[columns[0], here] += wanted
        gap = np.vstack([gap, np.zeros(len(places))])
        step = np.einsum("jks,ks->js", inverse, np.take_along_axis(gap, columns, axis=0)) * used
        moved = np.zeros((len(data.T) + 1, len(places)))
        np.put_along_axis(moved, columns, step, axis=0)
        matrix[:, places] += moved[:-1]


def _solve_by_qr(solved: Solved, place: int) -> None:
    cell, data = solved.cells[place], solved.absorbed.columns
    columns = [*cell.others, cell.focal]
    design = data[:, columns]
    free = independent_columns(design)
    if not free.all():
        names = [solved.universe.names[column] for column, kept in zip(columns, free, strict=True) if not kept]
        solved.reasons[place] = f"combinations of the other columns: {', '.join(names)}"
        return
    solution = least_squares(solved.extended[:, columns], solved.extended[:, cell.outcome])
    solved.rows[:, place] = solved.residual[:, place] = 0.0
    solved.rows[columns, place] = solution.bread[:, -1]
    solved.residual[columns, place] = -solution.slopes
    solved.residual[cell.outcome, place] += 1


# Standard errors


def measure(solved: Solved, chunk: int = CHUNK) -> pd.DataFrame:
    """Estimates with their standard errors, see estimate_cells. Adds reasons for refusal to `solved`."""
    left = np.einsum("ms,ms->s", solved.residual, solved.products @ solved.residual)
    variance, df = np.full(len(left), np.nan), np.full(len(left), np.nan)
    pooled: dict[str, np.ndarray] = {}
    for kind, members in solved.kinds.items():
        for places, by_rows in _routes(solved, kind, members[solved.is_open[members]], left, chunk):
            sums = sums_by_rows(solved, kind, places) if by_rows else _sums_pooled(solved, kind, places, pooled)
            if by_rows:
                left[places] = sums.residual
            variance[places], df[places] = _variance(solved, kind, places, sums, left[places])
    _refuse_degenerate(solved, variance, left)
    return _table(solved, variance, df, left)


def _routes(solved: Solved, kind: Kind, places: np.ndarray, left: np.ndarray, chunk: int):
    """Chunks of cells, and whether they need the rows."""
    safe = (solved.condition[places] <= POOLED_CONDITION) & (left[places] >= POOLED_RESIDUAL)
    m, clusters = len(solved.products), max((solved.groups[name] for name, _ in kind.parts), default=0)
    # Products of all pairs of columns per cluster against two passes over the rows.
    dear = m * m * clusters > 4 * solved.absorbed.n * (m + 10)
    safe &= not (kind.needs_rows or dear or is_cross_section(solved))
    for group, by_rows in ((places[safe], False), (places[~safe], True)):
        for first in range(0, len(group), chunk):
            yield group[first : first + chunk], by_rows


def is_cross_section(solved: Solved) -> bool:
    """One row a unit and no effects: the leverage of every row is looked at, as single specifications do."""
    return len(solved.absorbed.starts) == solved.absorbed.n and not solved.universe.effects


def pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The two columns of each product of two, once each."""
    return np.triu_indices(count)


def paired(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Coefficients (pairs x S) of the products of columns in (columns @ first) * (columns @ second), both m x S."""
    one, two = pairs(len(first))
    result = first[one] * second[two]
    result += first[two] * second[one]
    result[one == two] /= 2
    return result


def products_by_group(columns: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sums over the rows of each group of the products of two columns; groups x pairs. Rows sorted by group."""
    m, sizes = columns.shape[1], np.diff(starts, append=len(columns))
    one, two = pairs(m)
    result = np.empty((len(starts), len(one)))
    for size in np.unique(sizes):
        groups = np.flatnonzero(sizes == size)
        step = max(1, FAST // (m * max(size, m)))
        for first in range(0, len(groups), step):
            some = groups[first : first + step]
            block = columns[starts[some][:, None] + np.arange(size)]
            result[some] = (np.swapaxes(block, 1, 2) @ block)[:, one, two]
    return result


def _pooled_products(solved: Solved, grouping: str) -> np.ndarray:
    columns, times = solved.absorbed.columns, solved.universe.times
    if grouping == "municipality":
        return products_by_group(columns, solved.absorbed.starts)
    order = np.argsort(times, kind="stable")
    return products_by_group(columns[order], np.flatnonzero(np.diff(times[order], prepend=-1)))


def _sums_pooled(solved: Solved, kind: Kind, places: np.ndarray, pooled: dict[str, np.ndarray]) -> Sums:
    """Sums of scores from the columns' products per cluster."""
    sums, coefficients = Sums(), None
    for grouping, _ in kind.parts:
        if grouping not in pooled:
            pooled[grouping] = _pooled_products(solved, grouping)
        if coefficients is None:
            coefficients = paired(solved.rows[:, places], solved.residual[:, places])
        step = max(1, FAST // len(places))
        for first in range(0, len(pooled[grouping]), step):
            scores = pooled[grouping][first : first + step] @ coefficients
            if kind.name == "driscoll_kraay":
                sums.series = scores if sums.series is None else np.vstack([sums.series, scores])
            else:
                sums.add(grouping, scores)
    return sums


def sums_by_rows(solved: Solved, kind: Kind, places: np.ndarray) -> Sums:
    """Sums of scores, and of squared residuals, block by block of whole municipalities."""
    sums, universe = Sums(residual=np.zeros(len(places)), exact=np.zeros(len(places), int)), solved.universe
    rows, residual = solved.rows[:, places], solved.residual[:, places]
    leverage = _Leverage(solved, places) if kind.name in ("HC2", "HC3") or is_cross_section(solved) else None
    total = solved.sizes[places] + effects_rank(solved)
    for block in _blocks(solved, len(places)):
        columns = solved.absorbed.columns[block]
        e = columns @ residual
        products = (columns @ rows) * e
        sums.residual += np.einsum("ns,ns->s", e, e)
        own = None if leverage is None else leverage.of(block, columns)
        if own is not None:
            sums.exact += leverage.fitted_exactly(block, own)
        if kind.name in HETEROSKEDASTIC:
            meat = heteroskedastic(kind.name, products, own, solved.absorbed.n, total)
            sums.meat["row"] = sums.meat.get("row", 0.0) + meat
        _add_clusters(sums, kind, universe, block, products)
    sums.close_years()
    return sums


def _add_clusters(sums: Sums, kind: Kind, universe: Universe, block: slice, products: np.ndarray) -> None:
    units, times = universe.units[block], universe.times[block]
    for grouping, _ in kind.parts:
        if grouping == "year":
            years = np.arange(int(universe.times.max()) + 1)
            sums.add_years((years[:, None] == times).astype(float) @ products)
            continue
        new = np.diff(units, prepend=-1) != 0
        if grouping == "both":
            new |= np.diff(times, prepend=-1) != 0
        sums.add(grouping, sums_by_group(products, np.flatnonzero(new)))


def sums_by_group(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sums of the rows of each group; groups of one size are summed without a loop over them."""
    sizes = np.diff(starts, append=len(values))
    if (sizes == sizes[0]).all():
        return values if sizes[0] == 1 else values.reshape(len(starts), sizes[0], -1).sum(axis=1)
    return np.add.reduceat(values, starts, axis=0)


def _blocks(solved: Solved, count: int):
    """Slices of rows that hold whole units, small enough for a fast memory."""
    starts, step = solved.absorbed.starts, max(1, FAST // max(count, 1))
    ends, first = np.append(starts[1:], solved.absorbed.n), 0
    while first < solved.absorbed.n:
        place = max(np.searchsorted(ends, first + step, side="right") - 1, np.searchsorted(ends, first, side="right"))
        yield slice(first, int(ends[place]))
        first = int(ends[place])


class _Leverage:
    """Leverage of rows in many cells: that of the effects, and a quadratic form of the columns."""

    def __init__(self, solved: Solved, places: np.ndarray):
        self.effects = solved.absorbed.projection.leverage()
        self.bases, m = {}, len(solved.products)
        matrices = np.zeros((m, m, len(places)))
        for number, place in enumerate(places):
            columns = [solved.cells[place].focal, *solved.cells[place].others]
            if solved.condition[place] > POOLED_CONDITION:
                self.bases[number] = np.linalg.qr(solved.absorbed.columns[:, columns])[0]
            else:
                matrices[np.ix_(columns, columns, [number])] = np.linalg.inv(solved.products[np.ix_(columns, columns)])[
                    :, :, None
                ]
        one, two = pairs(m)
        self.coefficients = matrices[one, two] * np.where(one == two, 1.0, 2.0)[:, None]

    def of(self, block: slice, columns: np.ndarray) -> np.ndarray:
        """Rows x S."""
        one, two = pairs(columns.shape[1])
        result = (columns[:, one] * columns[:, two]) @ self.coefficients
        for number, basis in self.bases.items():
            result[:, number] = (basis[block] ** 2).sum(axis=1)
        return result + self.effects[block, None]

    def fitted_exactly(self, block: slice, leverage: np.ndarray) -> np.ndarray:
        """Rows with leverage 1 that the effects alone do not fit."""
        free = self.effects[block, None] < 1 - LEVERAGE_ONE
        return ((leverage > 1 - LEVERAGE_ONE) & free).sum(axis=0)


def counted(solved: Solved, kind: Kind, places: np.ndarray) -> np.ndarray:
    """Coefficients with the constant and the effects that are not nested in the clusters."""
    projection, effects = solved.absorbed.projection, solved.universe.effects
    result = solved.sizes[places] + 1
    if "municipality" in effects and "municipality" not in kind.by:
        result = result + projection.unit_rank - 1
    if "year" in effects and "year" not in kind.by:
        result = result + projection.slot_rank - ("municipality" not in effects)
    return result


def clustered_factors(solved: Solved) -> np.ndarray:
    """Small-sample factor of each cell's variance, S, where it is clustered one way or Driscoll-Kraay; else 1."""
    result, total = np.ones(len(solved.cells)), solved.sizes + effects_rank(solved)
    for kind, places in solved.kinds.items():
        known = counted(solved, kind, places), total[places]
        factors, _ = small_sample(kind, solved.absorbed.n, solved.groups, *known)
        if len(factors) == 1:
            result[places] = next(iter(factors.values()))
    return result


def _variance(solved: Solved, kind: Kind, places: np.ndarray, sums: Sums, left: np.ndarray):
    """Variances of focal slopes of columns of length 1, and degrees of freedom."""
    n, total = solved.absorbed.n, solved.sizes[places] + effects_rank(solved)
    factors, df = small_sample(kind, n, solved.groups, counted(solved, kind, places), total)
    if np.any(sums.exact):
        for place, rows in zip(places, sums.exact, strict=True):
            if rows:
                names = ", ".join(solved.universe.names[column] for column in _columns(solved.cells[place])[1:])
                solved.reasons[place] = f"{rows} rows are fitted exactly (leverage 1) by {names}"
    if kind.name == "nonrobust":
        return left / (n - total) * solved.rows[solved.focal[places], places], df
    if kind.name in HETEROSKEDASTIC:
        return sums.meat["row"], df
    if kind.name == "driscoll_kraay":
        return factors["year"] * autocovariances(sums.series, kind.bandwidth), df
    return sum(sign * factors[grouping] * sums.meat[grouping] for grouping, sign in kind.parts), df


def _refuse_degenerate(solved: Solved, variance: np.ndarray, left: np.ndarray) -> None:
    # Of about the size of a homoskedastic variance, unless scores cancel within every cluster.
    least = CANCELLED * left * np.abs(solved.rows[solved.focal, np.arange(len(left))])
    for place in np.flatnonzero(solved.is_open & ((left <= PERFECT_FIT) | ~(variance > least))):
        names = ", ".join(solved.universe.names[column] for column in _columns(solved.cells[place])[1:])
        if left[place] <= PERFECT_FIT:
            solved.reasons[place] = f"the outcome is an exact combination of these columns: {names}"
        else:
            solved.reasons[place] = CANCELS if abs(variance[place]) <= least[place] else NEGATIVE


def _table(solved: Solved, variance: np.ndarray, df: np.ndarray, left: np.ndarray) -> pd.DataFrame:
    from scipy.special import stdtr

    absorbed, here = solved.absorbed, solved.is_open
    y, x = solved.outcome, solved.focal
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = absorbed.lengths[y] / absorbed.lengths[x]
        error = np.sqrt(variance)
        statistic = np.where(here, solved.estimates / error, np.nan)
        estimate = np.where(here, solved.estimates * scale, np.nan)
        standardised = estimate * absorbed.spread[x] / absorbed.spread[y]
    columns = [np.where(here, "estimated", "refused"), solved.reasons, estimate, np.where(here, error * scale, np.nan)]
    columns += [statistic, np.where(here, df, np.nan), 2 * stdtr(df, -np.abs(statistic)), standardised]
    columns += [solved.sizes + effects_rank(solved), np.where(here, 1 - left, np.nan), solved.condition]
    return pd.DataFrame(dict(zip(ESTIMATE_COLUMNS, columns, strict=True)))


# What draws of many cells start from


def explicit_columns(solved: Solved, explicit: bool) -> np.ndarray:
    """Columns, with those of years or the constant behind them where draws do not stay free of these."""
    if not explicit or not solved.absorbed.projection.slot_rank:
        return solved.absorbed.columns
    return np.hstack([solved.absorbed.columns, solved.absorbed.projection.slot_columns()])


def reduced_residual(solved: Solved) -> np.ndarray:
    """Combinations of columns that are the residuals of each cell without its focal column; m x S."""
    here = np.arange(len(solved.cells))
    size = solved.rows[solved.focal, here]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(solved.residual + solved.estimates / size * solved.rows)


def slope_matrix(solved: Solved, place: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a cell, focal first, and the inverse of their cross-products; explicit columns are orthonormal."""
    cell, m = solved.cells[place], len(solved.products)
    own = [cell.focal, *cell.others]
    inverse, poor = np.eye(len(own) + width - m), solved.condition[place] > POOLED_CONDITION
    if not solved.reasons[place]:
        root = np.linalg.inv(np.linalg.qr(solved.absorbed.columns[:, own], mode="r")) if poor else None
        inverse[: len(own), : len(own)] = root @ root.T if poor else np.linalg.inv(solved.products[np.ix_(own, own)])
    return np.array([*own, *range(m, width)]), inverse


def standardising(solved: Solved) -> np.ndarray:
    """From slopes of columns of length 1 to standardised ones; S."""
    absorbed, y, x = solved.absorbed, solved.outcome, solved.focal
    with np.errstate(invalid="ignore", divide="ignore"):
        return absorbed.lengths[y] / absorbed.lengths[x] * absorbed.spread[x] / absorbed.spread[y]


def cross_products(first: np.ndarray, second: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sums over the rows of each group of products of a column of `first` and one of `second`: groups x m x k."""
    sizes = np.diff(starts, append=len(first))
    result = np.empty((len(starts), first.shape[1], second.shape[1]))
    for size in np.unique(sizes):
        groups = np.flatnonzero(sizes == size)
        step = max(1, BLOCK // (max(first.shape[1], second.shape[1]) * max(size, first.shape[1])))
        for begin in range(0, len(groups), step):
            some = groups[begin : begin + step]
            rows = starts[some][:, None] + np.arange(size)
            result[some] = np.swapaxes(first[rows], 1, 2) @ second[rows]
    return result
