"""Variance of the focal coefficient of many cells, from the two columns that it needs of each.

With r the row of (X'X)^-1 X' that gives the focal coefficient and e the residuals, both N x S (a column a cell): HC is
sum w (r e)^2 (White 1980, 10.2307/1912934; MacKinnon & White 1985, 10.1016/0304-4076(85)90158-7), clustered the sum of
squares of sums of r e per cluster (Liang & Zeger 1986, 10.1093/biomet/73.1.13), two-way the sum of both less that of
their intersection (Cameron, Gelbach & Miller 2011, 10.1198/jbes.2010.07136), Driscoll & Kraay (1998,
10.1162/003465398557825) the Bartlett-weighted autocovariances of sums of r e per year.
"""

from dataclasses import dataclass, field

import numpy as np

from beleidsvrijheid.models.sandwich import HETEROSKEDASTIC

CLUSTERED = ("cluster", "wild_cluster")
ALLOWED = ("nonrobust", *HETEROSKEDASTIC, *CLUSTERED, "driscoll_kraay")
_EXACT = 1e-10


@dataclass(frozen=True)
class Kind:
    """What the cells of one covariance have in common. by: sorted, of municipality, year."""

    name: str
    by: tuple[str, ...] = ()
    bandwidth: int | None = None

    @property
    def is_clustered(self) -> bool:
        """One- or two-way."""
        return self.name in CLUSTERED

    @property
    def needs_rows(self) -> bool:
        """Whether sums per cluster of the columns' products are not enough."""
        return self.name in HETEROSKEDASTIC or len(self.by) == 2

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Groupings whose sums are squared, with their signs; () is a row."""
        if self.name == "driscoll_kraay":
            return (("year", 1),)
        signed = tuple((name, 1) for name in self.by)
        return (*signed, ("both", -1)) if len(self.by) == 2 else signed


def kind_of(covariance: str, by: tuple[str, ...], bandwidth: int | None) -> Kind:
    """The kind of a cell; a clustered one without `by` is by municipality."""
    if covariance in CLUSTERED:
        return Kind(covariance, tuple(sorted(by)) or ("municipality",))
    return Kind(covariance, (), bandwidth if covariance == "driscoll_kraay" else None)


@dataclass
class Sums:
    """Sums of products over groups, gathered block by block. meat: per grouping; series: T x S, sums per year."""

    meat: dict[str, np.ndarray] = field(default_factory=dict)
    series: np.ndarray | None = None
    residual: np.ndarray | float = 0.0
    exact: np.ndarray | int = 0

    def add(self, name: str, scores: np.ndarray) -> None:
        """Add squares of finished sums (groups x S)."""
        self.meat[name] = self.meat.get(name, 0.0) + np.einsum("gs,gs->s", scores, scores)

    def add_years(self, sums: np.ndarray) -> None:
        """Add sums per year (T x S) of a part of the rows."""
        self.series = sums if self.series is None else self.series + sums

    def close_years(self) -> None:
        """Square the sums per year."""
        if self.series is not None:
            self.add("year", self.series)


def autocovariances(series: np.ndarray, bandwidth: int) -> np.ndarray:
    """Bartlett-weighted sum of the autocovariances of series (T x S, or T x ... in general)."""
    total = (series**2).sum(axis=0)
    for lag in range(1, bandwidth + 1):
        total = total + 2 * (1 - lag / (bandwidth + 1)) * (series[lag:] * series[:-lag]).sum(axis=0)
    return total


def heteroskedastic(name: str, products: np.ndarray, leverage: np.ndarray, n: int, k: np.ndarray) -> np.ndarray:
    """Sum of w (r e)^2, see models.sandwich.hc_weights. products: r e, rows x S; leverage: the same; k: S, coefficients
    and effects. A row that is fitted exactly counts nothing."""
    if name in ("HC0", "HC1"):
        return (n / (n - k) if name == "HC1" else 1.0) * np.einsum("ns,ns->s", products, products)
    free = 1 - leverage
    free[free < _EXACT] = np.inf
    root = products / (np.sqrt(free) if name == "HC2" else free)
    return np.einsum("ns,ns->s", root, root)


def small_sample(kind: Kind, n: int, n_groups: dict[str, int], counted: np.ndarray, all_k: np.ndarray):
    """Factor per grouping (S each) and the degrees of freedom of t (S), by the conventions of models.panel_covariance.

    n_groups: of municipality, year, both. counted: coefficients and the effects not nested in the clusters; all_k: all.
    """
    if kind.is_clustered:
        common = (n - 1) / (n - counted)
        sizes = {name: n_groups[name] for name, _ in kind.parts}
        factors = {name: size / max(size - 1, 1) * common for name, size in sizes.items()}
        return factors, np.full(len(counted), min(sizes[name] for name in kind.by) - 1.0)
    if kind.name == "driscoll_kraay":
        return {"year": n / (n - all_k)}, np.full(len(all_k), n_groups["year"] - 1.0)
    return {}, n - all_k.astype(float)
