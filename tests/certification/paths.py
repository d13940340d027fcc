"""Every path by which the library gives least-squares numbers, as one call each, and what the oracle says of the same model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.sandwich import make_design
from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells

from .exact import Exact
from .sets import Problem

HETEROSKEDASTIC = ("HC0", "HC1", "HC2", "HC3")
BANDWIDTH = 3
Numbers = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Kind:
    """A covariance. by: clusters, of municipality, year; empty for those of the problem."""

    name: str
    by: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.name, *(["two-way"] if len(self.by) == 2 else [])])


NONROBUST, CLUSTER, TWO_WAY = Kind("nonrobust"), Kind("cluster"), Kind("cluster", ("municipality", "year"))
DRISCOLL_KRAAY = Kind("driscoll_kraay")
ROBUST = tuple(Kind(name) for name in HETEROSKEDASTIC)


def by_ols(problem: Problem, kind: Kind) -> Numbers:
    """models.linear.ols, a constant at the end."""
    groups = {"group": problem.groups} if len(kind.by) < 2 else {"unit": problem.units, "year": problem.years}
    clusters = pd.DataFrame(groups) if kind.name == "cluster" else None
    fit = ols(problem.outcome, problem.regressors, kind.name, clusters, weights=problem.weights)
    return _table(fit.coefficients)


def by_panel(effects: Sequence[str]) -> Callable[[Problem, Kind], Numbers]:
    """models.linear.panel_ols."""

    def numbers(problem: Problem, kind: Kind) -> Numbers:
        fit = panel_ols(
            problem.outcome,
            problem.regressors,
            pd.Series(problem.units),
            pd.Series(problem.years),
            effects,
            kind.name,
            weights=problem.weights,
            by=kind.by or ("municipality",),
            bandwidth=BANDWIDTH if kind.name == "driscoll_kraay" else None,
        )
        return _table(fit.coefficients)

    return numbers


def by_kernel(effects: Sequence[str]) -> Callable[[Problem, Kind], Numbers]:
    """multiverse.kernel.estimate_cells, every regressor focal once; a refusal ends it as a single estimate's does."""

    def numbers(problem: Problem, kind: Kind) -> Numbers:
        k = problem.regressors.shape[1]
        values = np.column_stack([problem.outcome, problem.regressors])
        names, units = ("outcome", *problem.regressors.columns), problem.units
        universe = Universe(
            values, names, units, problem.years, units, np.unique(units), tuple(effects), problem.weights
        )
        by = (kind.by or ("municipality",)) if kind.name == "cluster" else ()
        bandwidth = BANDWIDTH if kind.name == "driscoll_kraay" else None
        others = [tuple(one for one in range(1, k + 1) if one != focal) for focal in range(1, k + 1)]
        cells = [Cell(0, at + 1, rest, kind.name, by, bandwidth) for at, rest in enumerate(others)]
        table = estimate_cells(universe, cells)
        for reason in table.loc[table["status"] != "estimated", "reason"]:
            raise Refused(reason)
        pairs = zip(names[1:], table["estimate"], table["std_error"], strict=True)
        return {name: (float(b), float(se)) for name, b, se in pairs}

    return numbers


def by_design(problem: Problem, kind: Kind) -> Numbers:
    """models.sandwich.make_design, which refits a specification many times."""
    clusters = problem.groups if kind.name == "cluster" else None
    design = make_design(problem.regressors.to_numpy(), kind.name, clusters)
    errors = design.errors(design.residuals(problem.outcome))
    pairs = zip(problem.regressors.columns, design.slopes(problem.outcome), errors, strict=True)
    return {name: (float(b), float(se)) for name, b, se in pairs}


def by_wild(problem: Problem, kind: Kind) -> Numbers:
    """models.wild_bootstrap: the coefficient and its clustered error, before any draw."""
    design = np.column_stack([problem.regressors, np.ones(len(problem.outcome))])
    rng, columns = np.random.default_rng(1), range(problem.regressors.shape[1])
    tests = wild_cluster_p(problem.outcome, design, problem.groups, columns, "rademacher", 2, rng)
    pairs = zip(problem.regressors.columns, tests, strict=True)
    return {name: (test.estimate, test.std_error) for name, test in pairs}


class Refused(Exception):
    """A cell of the multiverse that says why it has no number."""


def _table(table: pd.DataFrame) -> Numbers:
    return {row.term: (float(row.estimate), float(row.std_error)) for row in table.itertuples()}


@dataclass(frozen=True)
class Path:
    """estimate: the call. kinds: covariances it has. effects: taken out. weights: whether it takes them."""

    name: str
    estimate: Callable[[Problem, Kind], Numbers]
    kinds: tuple[Kind, ...]
    effects: tuple[str, ...] = ()
    weights: bool = True

    @property
    def needs_panel(self) -> bool:
        """Whether it says something only of several rows a municipality."""
        return bool(self.effects)


_PANEL = (NONROBUST, *ROBUST, CLUSTER, TWO_WAY, DRISCOLL_KRAAY)
_EFFECTS = {"pooled": (), "municipality effects": ("municipality",), "both effects": ("municipality", "year")}
PATHS = [
    Path("ols", by_ols, (NONROBUST, *ROBUST, CLUSTER, TWO_WAY)),
    *(Path(f"panel_ols, {name}", by_panel(effects), _PANEL, effects) for name, effects in _EFFECTS.items()),
    *(Path(f"multiverse, {name}", by_kernel(effects), _PANEL, effects) for name, effects in _EFFECTS.items()),
    Path("refits", by_design, (NONROBUST, *ROBUST, CLUSTER), weights=False),
    Path("wild bootstrap", by_wild, (CLUSTER,), weights=False),
]


def applies(path: Path, problem: Problem, kind: Kind) -> bool:
    """Whether this covariance of this path means something on this set."""
    if problem.weights is not None and not path.weights:
        return False
    if path.needs_panel and not problem.is_panel:
        return False
    if path.name == "refits" and problem.r2 == 1:
        return False  # what they refit was estimated by ols or panel_ols, which refuse a perfect fit
    of_panel = path.name.startswith(("panel_ols", "multiverse"))
    if kind in (TWO_WAY, DRISCOLL_KRAAY) or (of_panel and kind == CLUSTER):
        # The two municipalities of a doubled set are too few to cluster by; its years go with the regressors.
        return problem.is_panel and len(np.unique(problem.units)) > 2
    if "year" in path.effects:
        return len(np.unique(problem.units)) > 2
    return True


@cache
def _oracle(name: str, effects: tuple[str, ...], problem: "Hashed") -> Exact:
    one = problem.problem
    dummies = []
    for effect, codes in (("municipality", one.units), ("year", one.years)):
        if effect in effects:
            dummies += [(codes == code).astype(float) for code in np.unique(codes)[1:]]
    columns = [*one.regressors.to_numpy().T, np.ones(len(one.outcome)), *dummies]
    return Exact(one.outcome, columns, one.weights)


class Hashed:
    """A problem as a key: by its name."""

    def __init__(self, problem: Problem):
        self.problem = problem

    def __hash__(self) -> int:
        return hash(self.problem.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hashed) and other.problem.name == self.problem.name


def oracle(path: Path, problem: Problem) -> Exact:
    """The model of this path, effects as dummies: regressors, the constant, then effects."""
    return _oracle(problem.name, path.effects, Hashed(problem))


def exact_numbers(path: Path, problem: Problem, kind: Kind) -> dict[str, tuple]:
    """Term -> coefficient and standard error by the oracle, with the conventions that the project states."""
    model, k = oracle(path, problem), problem.regressors.shape[1]
    by = kind.by or ("municipality",)
    groups, counted = (), None
    if kind.name == "cluster":
        own = {"municipality": problem.units, "year": problem.years}
        is_ols = path.name in ("ols", "refits", "wild bootstrap")
        groups = (problem.groups,) if is_ols and len(kind.by) < 2 else tuple(own[name] for name in by)
        free = [name for name in path.effects if name not in by]
        counted = k + 1 + sum(len(np.unique(own[name])) - 1 for name in free)
    if kind.name == "driscoll_kraay":
        groups = (problem.years,)
    how = {"groups": groups, "counted": counted, "bandwidth": BANDWIDTH}
    terms = [*problem.regressors.columns, *(["const"] if not path.effects else [])]
    return {term: (model.coefficients[place], model.error(place, kind.name, **how)) for place, term in enumerate(terms)}
