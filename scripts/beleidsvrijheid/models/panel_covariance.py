"""Covariances of panel least squares beyond one-way clusters: which linearmodels has them, and those it has not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rank import codes
from beleidsvrijheid.models.sandwich import HETEROSKEDASTIC, hc_weights

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

    @property
    def root(self) -> np.ndarray:
        """Square root of the weights, n x 1."""
        return np.ones((len(self.units), 1)) if self.weights is None else np.sqrt(self.weights)[:, None]


@dataclass(frozen=True)
class PanelCovariance:
    """Of a panel model. options: for linearmodels' fit. factor: on its covariance. df: of t. own: HC0-HC3, made here."""

    options: dict[str, Any]
    factor: float
    df: float
    words: str
    convention: str = ""
    n_clusters: int | None = None
    own: str = ""
    warnings: tuple[str, ...] = ()


def panel_covariance(
    covariance: str, by: Sequence[str], bandwidth: int | None, rows: PanelRows, k: int
) -> PanelCovariance:
    """How one type is computed. k: coefficients with the constant, without effects.

    Raises StudyError on another type or cluster, Refusal where the bandwidth is not below the number of years.
    """
    counted = k + rows.counted("municipality") + rows.counted("year")
    n = len(rows.units)
    if covariance in ("cluster", "wild_cluster"):
        return _clustered(list(by) if covariance == "cluster" else ["municipality"], rows, k)
    if covariance == "driscoll_kraay":
        return _driscoll_kraay(bandwidth, rows)
    if covariance in HETEROSKEDASTIC:
        dummies = "; as least squares with a dummy for every fixed effect" if rows.effects else ""
        words = f"heteroskedasticity-robust, {covariance}{dummies}"
        return PanelCovariance(_HOMOSKEDASTIC, 1.0, n - counted, words, own=covariance)
    if covariance == "nonrobust":
        return PanelCovariance(_HOMOSKEDASTIC, 1.0, n - counted, "homoskedastic")
    allowed = ("cluster", "nonrobust", *HETEROSKEDASTIC, "driscoll_kraay", "wild_cluster")
    raise StudyError(f"covariance.type: {covariance!r}; allowed: {', '.join(allowed)}")


_HOMOSKEDASTIC = {"cov_type": "unadjusted", "debiased": True, "count_effects": True}


def _clustered(by: list[str], rows: PanelRows, k: int) -> PanelCovariance:
    sizes = {"municipality": rows.n_units, "year": rows.n_years}
    if not by or not set(by) <= set(sizes) or by == ["year"]:
        raise StudyError(f"covariance.by: {by!r}; allowed: municipality, or [municipality, year]")
    n, free = len(rows.units), sum(rows.counted(effect) for effect in rows.effects if effect not in by)
    options = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True, "debiased": True}
    # Without count_effects the library divides by N - k; effects not nested in the clusters are counted here.
    factor = (n - k) / (n - k - free)
    if len(by) == 1:
        words = f"clustered by municipality, {rows.n_units} clusters"
        options |= {"count_effects": False}
        return PanelCovariance(options, factor, rows.n_units - 1, words, CLUSTERED_CONVENTION, rows.n_units)
    fewest = min(sizes[name] for name in by)
    words = f"two-way clustered by municipality and year, {rows.n_units} and {rows.n_years} clusters"
    few = [f"{size} clusters of {name}: with fewer than {FEW_CLUSTERS} the tests reject too often" for name, size in
           sizes.items() if size < FEW_CLUSTERS]  # fmt: skip
    options |= {"count_effects": False, "cluster_time": True}
    return PanelCovariance(options, factor, fewest - 1, words, TWO_WAY_CONVENTION, fewest, warnings=tuple(few))


def _driscoll_kraay(bandwidth: int | None, rows: PanelRows) -> PanelCovariance:
    if bandwidth is None:
        raise StudyError(
            "covariance.type 'driscoll_kraay' needs a bandwidth in years; next step: add covariance.bandwidth"
        )
    if bandwidth >= rows.n_years:
        raise Refusal(f"Driscoll-Kraay: a bandwidth of {bandwidth} years needs more than {rows.n_years} years")
    words = f"Driscoll-Kraay, bandwidth {bandwidth} years, {rows.n_years} years"
    options = {
        "cov_type": "kernel",
        "kernel": "bartlett",
        "bandwidth": bandwidth,
        "debiased": True,
        "count_effects": True,
    }
    return PanelCovariance(options, 1.0, rows.n_years - 1, words, KERNEL_CONVENTION)


def robust_covariance(scaled: np.ndarray, residuals: np.ndarray, rows: PanelRows, kind: str) -> np.ndarray:
    """HC0-HC3 of least squares with a dummy for every fixed effect, without making those of municipalities.

    scaled: n x k, columns of similar scale. residuals: n, unweighted. Returns (k + 1) x (k + 1), the constant last; zero
    for the constant where effects are absorbed. With weights the rows are those times the root of the weight.
    """
    constant = np.empty((len(scaled), 0)) if rows.effects else np.ones((len(scaled), 1))
    years = codes(rows.years)
    dummies = (years[:, None] == np.unique(years)[1:]).astype(float) if "year" in rows.effects else constant[:, :0]
    matrix = np.column_stack([scaled, constant, dummies, *([np.ones(len(scaled))] if rows.effects == ["year"] else [])])
    matrix, own = _absorbed(matrix, rows)
    basis = np.linalg.qr(matrix)[0]
    n, k = scaled.shape[0], scaled.shape[1] + constant.shape[1]
    others = matrix[:, k:]
    left = matrix[:, :k]
    if others.shape[1]:
        spanned = np.linalg.qr(others)[0]
        left = left - spanned @ (spanned.T @ left)
    leverage = (basis**2).sum(axis=1) + own
    counted = scaled.shape[1] + 1 + rows.counted("municipality") + rows.counted("year")
    weights = hc_weights(kind, leverage, n, counted)
    influence = np.linalg.solve(left.T @ left, left.T)
    scores = influence * (rows.root[:, 0] * residuals * np.sqrt(weights))
    full = np.zeros((scaled.shape[1] + 1, scaled.shape[1] + 1))
    full[:k, :k] = scores @ scores.T
    return full


def _absorbed(matrix: np.ndarray, rows: PanelRows) -> tuple[np.ndarray, np.ndarray]:
    """Columns without municipality effects, times the root of the weight; leverage of those effects per row."""
    root = rows.root
    if "municipality" not in rows.effects:
        return root * matrix, np.zeros(len(matrix))
    units, weights = codes(rows.units), root[:, 0] ** 2
    totals = np.bincount(units, weights)
    means = np.column_stack([np.bincount(units, weights * column) for column in matrix.T]) / totals[:, None]
    return root * (matrix - means[units]), weights / totals[units]


def is_definite(matrix: np.ndarray) -> bool:
    """Whether a covariance matrix has no negative eigenvalue beyond rounding."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    values = np.linalg.eigvalsh(matrix / np.outer(scale, scale))
    return bool(values.min(initial=0.0) >= -1e-10 * max(values.max(initial=0.0), 1.0))
