"""Covariances of panel least squares: clustered one and two ways, Driscoll-Kraay, heteroskedasticity-robust, homoskedastic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sandwich import HETEROSKEDASTIC, clustered_matrix, heteroskedastic_matrix, year_sums_matrix
from beleidsvrijheid.models.solver import Solution

CLUSTERED_CONVENTION = (
    "clustered standard errors: sandwich x G/(G-1) x (N-1)/(N-K), G clusters, K coefficients with the "
    "constant and the fixed effects not nested in the clusters; nested fixed effects are not counted; "
    "t with G-1 degrees of freedom (the rule of fixest, reghdfe and Stata)"
)
TWO_WAY_CONVENTION = (
    "two-way clustered standard errors: V(municipality) + V(year) - V(municipality and year), each sandwich x G/(G-1) x "
    "(N-1)/(N-K) with its own G (Cameron, Gelbach & Miller 2011); fixed effects nested in either cluster are not counted in K; "
    "t with the smaller G-1 degrees of freedom"
)
KERNEL_CONVENTION = (
    "Driscoll-Kraay standard errors: scores summed by year, autocovariances with weights 1 - lag/(bandwidth + 1), x N/(N-K), "
    "K coefficients with the constant and all fixed effects; t with T-1 degrees of freedom, T years"
)
FEW_CLUSTERS = 20
NOT_DEFINITE = "the two-way covariance is not positive semi-definite: a variance below zero gives no standard error"


@dataclass(frozen=True)
class PanelRows:
    """Where the rows of a panel belong: units and years (n), effects (of municipality, year), weights (n) or None."""

    units: pd.Series
    years: pd.Series
    effects: Sequence[str]
    weights: np.ndarray | None = None

    @property
    def n_units(self) -> int:
        """Municipalities."""
        return int(self.units.nunique())

    @property
    def n_years(self) -> int:
        """Years."""
        return int(self.years.nunique())

    def counted(self, effect: str) -> int:
        """Coefficients that a fixed effect adds to the constant; 0 where the model has it not."""
        return {"municipality": self.n_units, "year": self.n_years}[effect] - 1 if effect in self.effects else 0


@dataclass(frozen=True)
class Covariance:
    """Of least squares. counted: its coefficients, with the effects that the type counts. df: of t. groups: clusters."""

    kind: str
    counted: int
    df: float
    words: str
    convention: str = ""
    n_clusters: int | None = None
    groups: tuple[str, ...] = ()
    bandwidth: int = 0
    warnings: tuple[str, ...] = ()

    def matrix(self, solution: Solution, labels: Mapping[str, np.ndarray], own_leverage: np.ndarray) -> np.ndarray:
        """Covariance of the slopes, k x k, in the units of the solved columns.

        labels: codes 0..G-1 per row of what `groups` names, and of year for Driscoll-Kraay. own_leverage: of absorbed effects.
        """
        n, scores = len(solution.residuals), solution.influence * solution.residuals
        if self.groups:
            groups = np.column_stack([labels[name] for name in self.groups])
            return clustered_matrix(scores, groups, (n - 1) / (n - self.counted))
        if self.kind == "driscoll_kraay":
            return n / (n - self.counted) * year_sums_matrix(scores, labels["year"], self.bandwidth)
        if self.kind in HETEROSKEDASTIC:
            leverage = solution.leverage + own_leverage
            return heteroskedastic_matrix(self.kind, solution.influence, solution.residuals, leverage, self.counted)
        return float(solution.residuals @ solution.residuals) / (n - self.counted) * solution.bread


def panel_covariance(covariance: str, by: Sequence[str], bandwidth: int | None, rows: PanelRows, k: int) -> Covariance:
    """How one type is computed. k: coefficients with the constant, without effects.

    Raises StudyError on another type or cluster, Refusal where the bandwidth is not below the number of years.
    """
    counted = k + rows.counted("municipality") + rows.counted("year")
    df = len(rows.units) - counted
    if covariance in ("cluster", "wild_cluster"):
        return _clustered(list(by) if covariance == "cluster" else ["municipality"], rows, k)
    if covariance == "driscoll_kraay":
        return _driscoll_kraay(bandwidth, rows, counted)
    if covariance in HETEROSKEDASTIC:
        dummies = "; as least squares with a dummy for every fixed effect" if rows.effects else ""
        return Covariance(covariance, counted, df, f"heteroskedasticity-robust, {covariance}{dummies}")
    if covariance == "nonrobust":
        return Covariance(covariance, counted, df, "homoskedastic")
    allowed = ("cluster", "nonrobust", *HETEROSKEDASTIC, "driscoll_kraay", "wild_cluster")
    raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(allowed)}")


def _clustered(by: list[str], rows: PanelRows, k: int) -> Covariance:
    sizes = {"municipality": rows.n_units, "year": rows.n_years}
    if not by or not set(by) <= set(sizes) or by == ["year"]:
        raise StudyError(f"covariance.by: {by!r}; allowed: municipality, or [municipality, year]")
    counted = k + sum(rows.counted(effect) for effect in rows.effects if effect not in by)
    if len(by) == 1:
        words = f"clustered by municipality, {rows.n_units} clusters"
        told = (words, CLUSTERED_CONVENTION, rows.n_units)
        return Covariance("cluster", counted, rows.n_units - 1, *told, groups=("municipality",))
    fewest = min(sizes[name] for name in by)
    words = f"two-way clustered by municipality and year, {rows.n_units} and {rows.n_years} clusters"
    few = [f"{size} clusters of {name}: with fewer than {FEW_CLUSTERS} the tests reject too often" for name, size in
           sizes.items() if size < FEW_CLUSTERS]  # fmt: skip
    told = (words, TWO_WAY_CONVENTION, fewest)
    return Covariance("cluster", counted, fewest - 1, *told, groups=tuple(sizes), warnings=tuple(few))


def _driscoll_kraay(bandwidth: int | None, rows: PanelRows, counted: int) -> Covariance:
    if bandwidth is None:
        raise StudyError(
            "covariance.type 'driscoll_kraay' needs a bandwidth in years; next step: add covariance.bandwidth"
        )
    if bandwidth >= rows.n_years:
        raise Refusal(f"Driscoll-Kraay: a bandwidth of {bandwidth} years needs more than {rows.n_years} years")
    words = f"Driscoll-Kraay, bandwidth {bandwidth} years, {rows.n_years} years"
    df = rows.n_years - 1
    return Covariance("driscoll_kraay", counted, df, words, KERNEL_CONVENTION, bandwidth=bandwidth)


def is_definite(matrix: np.ndarray) -> bool:
    """Whether a covariance matrix has no negative eigenvalue beyond rounding."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    values = np.linalg.eigvalsh(matrix / np.outer(scale, scale))
    return bool(values.min(initial=0.0) >= -1e-10 * max(values.max(initial=0.0), 1.0))
