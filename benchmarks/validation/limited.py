"""Tests that can say "small" at the edge of what they call small, necessary conditions, and neighbours."""

import numpy as np
import pandas as pd

from beleidsvrijheid.diagnostics.spatial import moran, residual_moran
from beleidsvrijheid.inference import equivalence, r2_non_inferiority
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.necessity import CEILINGS, observed_scope, permutation_p, permuted_effects
from validation.case import Case, Found, tested

N, DRAWS = 285, 199


def _equivalence(rng: np.random.Generator) -> dict[str, Found]:
    """The standardised coefficient is exactly at the bound: .2 of the outcome's standard deviation, then .1."""
    found = {}
    for bound in (0.2, 0.1):
        x = pd.DataFrame({"x": rng.normal(size=N)})
        outcome = bound * x["x"].to_numpy() + np.sqrt(1 - bound**2) * rng.normal(size=N)
        fit = ols(outcome, x, "HC3")
        row, spread = fit.coefficients.iloc[0], x["x"].std() / outcome.std(ddof=1)
        test = equivalence("x", row["standardised"], row["std_error"] * spread, fit.df, bound, 0.05)
        found[f"bound {bound}"] = tested(test["p_value"])
    return found


K, RHO2 = 6, 0.10


def _r2_p(regressors: np.ndarray, rng: np.random.Generator) -> float:
    basis = np.linalg.qr(regressors - regressors.mean(axis=0))[0]
    # The sample variance of the signal is that of its population where the regressors are fixed.
    outcome = regressors.sum(axis=1) * np.sqrt(RHO2 / K) + np.sqrt(1 - RHO2) * rng.normal(size=len(regressors))
    left = outcome - outcome.mean()
    r2 = float(((basis.T @ left) ** 2).sum() / (left**2).sum())
    return r2_non_inferiority(r2, len(regressors), K, RHO2, 0.05).p_value


def _fixed_columns() -> np.ndarray:
    """N x K, centred, orthogonal, each of variance 1 with divisor N."""
    raw = np.random.default_rng(20_261_122).normal(size=(N, K))
    return np.linalg.qr(raw - raw.mean(axis=0))[0] * np.sqrt(N)


FIXED = _fixed_columns()


def _r2(rng: np.random.Generator) -> dict[str, Found]:
    return {"columns fixed": tested(_r2_p(FIXED, rng)), "columns drawn": tested(_r2_p(rng.normal(size=(N, K)), rng))}


def _necessity(rng: np.random.Generator) -> dict[str, Found]:
    """A skewed condition and an outcome that have nothing to do with each other."""
    x, y = rng.gamma(2.0, size=N), rng.normal(size=N)
    scope = observed_scope(x, y)
    effects = permuted_effects(x, y[None], scope)
    observed = {("x", kind): float(effects[kind][0]) for kind in CEILINGS}
    p_values = permutation_p({"x": x}, y, {"x": scope}, observed, DRAWS, rng)
    return {kind: tested(p_values["x", kind]) for kind in CEILINGS}


ROWS, COLUMNS = 15, 19


def _neighbour_weights() -> np.ndarray:
    """Queen contiguity of a chessboard of 15 x 19 municipalities, row-standardised."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    near = (np.abs(row[:, None] - row) <= 1) & (np.abs(column[:, None] - column) <= 1)
    np.fill_diagonal(near, False)
    return near / near.sum(axis=1, keepdims=True)


WEIGHTS = _neighbour_weights()


def _moran(rng: np.random.Generator) -> dict[str, Found]:
    """Skewed values, and residuals of a regression on columns that are themselves alike among neighbours."""
    columns, values = (WEIGHTS @ rng.normal(size=(N, 3))) * 3, rng.gamma(2.0, size=N)
    basis = np.linalg.qr(np.column_stack([np.ones(N), columns]))[0]
    residuals = values - basis @ (basis.T @ values)
    tests = {"values": moran(values, WEIGHTS, DRAWS, rng)}
    tests["residuals"] = residual_moran(residuals, columns, WEIGHTS, DRAWS, rng)
    return {name: tested(test.p_value) for name, test in tests.items()}


CASES = [
    Case(
        "equivalence of a coefficient (TOST)",
        "N = 285, HC3, the truth at the bound",
        {},
        _equivalence,
        tests=("bound 0.2", "bound 0.1"),
    ),
    Case(
        "R2 non-inferiority",
        "N = 285, six columns, rho2 at the bound of .10",
        {},
        _r2,
        tests=("columns fixed", "columns drawn"),
    ),
    Case("necessary condition, permutation", "N = 285, B = 199", {}, _necessity, tests=tuple(CEILINGS)),
    Case("Moran's I, permutation", "15 x 19 neighbours, B = 199", {}, _moran, tests=("values", "residuals")),
]
