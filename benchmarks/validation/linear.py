"""Least squares, panels, quantiles, shares, R2 and its parts."""

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import attribute, drawn_r2, drawn_shares, panel_r2, residual_r2
from beleidsvrijheid.inference import draw_counts, r2_interval
from beleidsvrijheid.models.evidence import r2_bootstrap_row
from beleidsvrijheid.models.joint_tests import equal_slopes_rows, lind_mehlum, wald
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.quantile import quantile_regression, solve_quantile
from beleidsvrijheid.models.random_effects import random_effects
from beleidsvrijheid.models.resampling import Bootstrap
from beleidsvrijheid.models.share import share
from validation.case import Case, Found, from_table, tested

N, YEARS, DRAWS = 285, 6, 299
QUARTILE = np.log(3)  # of the logistic distribution
SLOPES = {"planted": ("mean", "planted"), "nothing": ("mean", "nothing")}


def _regressors(rng: np.random.Generator, n: int = N) -> pd.DataFrame:
    return pd.DataFrame(
        {"planted": rng.normal(size=n), "nothing": rng.normal(size=n), "skewed": rng.gamma(2.0, size=n)}
    )


def _ols(rng: np.random.Generator) -> dict[str, Found]:
    x = _regressors(rng)
    errors = rng.normal(size=N) * np.exp(0.5 * x["planted"])  # larger where the regressor is: HC3 has work to do
    outcome = 0.3 * x["planted"] + 0.2 * x["skewed"] + errors
    return from_table(ols(outcome.to_numpy(), x, "HC3").coefficients, SLOPES)


def _panel(rng: np.random.Generator) -> dict[str, Found]:
    units, years = np.repeat(np.arange(N), YEARS), np.tile(np.arange(YEARS), N)
    names = ["planted", "nothing", *(f"nothing {i}" for i in range(2, 6))]
    x = pd.DataFrame({name: rng.normal(size=N)[units] + rng.normal(size=len(units)) for name in names})
    path = np.cumsum(rng.normal(size=(N, YEARS)), axis=1).ravel()  # errors that remember
    outcome = 0.3 * x["planted"] + rng.normal(size=N)[units] + 0.5 * years + path
    fit = panel_ols(outcome.to_numpy(), x, pd.Series(units), pd.Series(years), ["municipality", "year"])
    places = slice(1, len(names))
    test = wald(fit.coefficients["estimate"].to_numpy()[places], fit.covariance_matrix[places, places], fit.df, 0.05)
    return from_table(fit.coefficients, SLOPES) | {"joint Wald of five": tested(test.p_value)}


def _random_effects(rng: np.random.Generator) -> dict[str, Found]:
    units, years = np.repeat(np.arange(N), YEARS), np.tile(np.arange(YEARS), N)
    x = pd.DataFrame({name: rng.normal(size=N)[units] + rng.normal(size=len(units)) for name in ("planted", "nothing")})
    own = rng.normal(size=N)[units]  # not related to the regressors: where it is, the Mundlak test says so
    outcome = 0.3 * x["planted"] + own + rng.normal(size=len(units))
    fit = random_effects(outcome.to_numpy(), x, pd.Series(units), pd.Series(years), confidence=0.95)
    return from_table(fit.coefficients, SLOPES)


def _quantile(rng: np.random.Generator) -> dict[str, Found]:
    """Spread grows with one regressor: its slopes differ by quantile, exactly so for logistic errors times 1 + x / 2."""
    n, draws = 80, 299
    x = pd.DataFrame({"planted": rng.uniform(0, 2, n)})
    outcome = 0.2 * x["planted"].to_numpy() + (1 + x["planted"].to_numpy() / 2) * rng.logistic(size=n)
    fit = quantile_regression(outcome, x, [0.5, 0.75], draws, 0.95, rng)
    names = {"median": "quantile_0.5", "third quartile": "quantile_0.75", "difference": "quantile_0.75-0.5"}
    return from_table(fit.coefficients, {name: (equation, "planted") for name, equation in names.items()})


OUTER = {"tenth": "quantile_0.1", "ninetieth": "quantile_0.9", "difference": "quantile_0.9-0.1"}
OUTER_TERMS = {
    f"{name}, {term}": (equation, term) for term in ("planted", "nothing") for name, equation in OUTER.items()
}
OUTER_TRUTH = dict.fromkeys(OUTER_TERMS, 0.0)
OUTER_TRUTH |= {f"{name}, planted": 0.2 + sign * np.log(9) / 2 for name, sign in (("tenth", -1), ("ninetieth", 1))}
OUTER_TRUTH |= {"difference, planted": np.log(9)}  # of the logistic distribution


def _outer_quantiles(rng: np.random.Generator) -> dict[str, Found]:
    """Claim S2's own steps: slopes at .1 and .9, and their difference; a column that moves nothing beside one that does."""
    x = pd.DataFrame({"planted": rng.uniform(0, 2, N), "nothing": rng.normal(size=N)})
    outcome = 0.2 * x["planted"].to_numpy() + (1 + x["planted"].to_numpy() / 2) * rng.logistic(size=N)
    return from_table(quantile_regression(outcome, x, [0.1, 0.9], DRAWS, 0.95, rng).coefficients, OUTER_TERMS)


U_RANGE = np.array(
    [0.0, 2.0]
)  # of the regressor, fixed; a quadratic b1 x + b2 x^2 has slopes b1 and b1 + 4 b2 at its ends
U_EDGES = {
    "turns at the low end": (0.0, 1.0),
    "turns at the high end": (-4.0, 1.0),
    "inverse, at the low end": (0.0, -1.0),
}
U_EDGES |= {"flat": (0.0, 0.0)}


def _u_shape(rng: np.random.Generator) -> dict[str, Found]:
    """Curves that turn just at an end of the range are no U, at the edge of the null; a flat line lies on both edges."""
    values, found = np.linspace(*U_RANGE, N), {}
    x = pd.DataFrame({"x": values, "x:x": (values - values.mean()) ** 2})
    derivatives = [np.array([1.0, 2 * (end - values.mean())]) for end in U_RANGE]
    for name, slopes in U_EDGES.items():
        outcome = slopes[0] * values + slopes[1] * values**2 + rng.normal(size=N) * (0.5 + values / 2)
        fit = ols(outcome, x, "HC3")
        estimates, covariance = fit.coefficients["estimate"].to_numpy()[:2], fit.covariance_matrix[:2, :2]
        shape = "inverse_u_shape" if name.startswith("inverse") else "u_shape"
        found[name] = tested(lind_mehlum(estimates, covariance, *derivatives, fit.df).p_value[shape])
    return found


def _equal_slopes(rng: np.random.Generator) -> dict[str, Found]:
    """One line with errors that do not depend on the regressors, by estimate_quantile's own steps."""
    n, draws = 80, 149
    design = np.column_stack([rng.normal(size=(n, 1)), np.ones(n)])
    outcome, counts = 0.2 * design[:, 0] + rng.logistic(size=n), draw_counts(n, draws, rng)
    quantiles = (0.1, 0.5, 0.9)
    points = np.array([solve_quantile(outcome, design, quantile)[0] for quantile in quantiles])
    drawn = np.array([solve_quantile(outcome, design, quantile, counts) for quantile in quantiles])
    (row,) = equal_slopes_rows(["x", "const"], points, drawn, ["x"], 0.05)
    return {"equal slopes": tested(row["p_value"])}


def _share(rng: np.random.Generator) -> dict[str, Found]:
    return from_table(share((rng.random(N) < 0.7).astype(float), 0.5, 0.95).coefficients, {"share": ("mean", "share")})


def _blocks(rng: np.random.Generator, rho2: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    blocks = {name: rng.normal(size=(N, size)) for name, size in (("a", 4), ("b", 1), ("c", 5))}
    signal = np.sqrt(0.5 * rho2) * blocks["a"].mean(axis=1) * 2 + np.sqrt(0.5 * rho2) * blocks["b"][:, 0]
    return signal + rng.normal(size=N) * np.sqrt(1 - rho2), blocks


def _r2(rng: np.random.Generator) -> dict[str, Found]:
    outcome, blocks = _blocks(rng, 0.05)
    r2, n, k, _ = residual_r2(outcome, blocks, np.empty((N, 0)))
    (drawn,) = Bootstrap(DRAWS, rng).drawn(N, drawn_shares(outcome, blocks, np.empty((N, 0))))
    parts = attribute(outcome, blocks, np.empty((N, 0)), np.arange(N) % 10, drawn, 0.95).set_index("block")
    found = {"rho2": Found(r2, *r2_interval(r2, n, k, 0.95))}
    return found | {f"share {name}": Found(*row) for name, row in parts[["r2_share", "ci_low", "ci_high"]].iterrows()}


def _panel_r2(rng: np.random.Generator) -> dict[str, Found]:
    """rho2 of two columns within municipalities whose errors are independent; the true value is exact."""
    units = np.repeat(np.arange(N), YEARS)
    x = rng.normal(size=(len(units), 2))
    outcome = x.sum(axis=1) * np.sqrt(0.05 / 2) + rng.normal(size=len(units)) * np.sqrt(0.95)
    explained = (outcome, {"a": x}, np.empty((len(units), 0)))
    (r2s,) = Bootstrap(DRAWS, rng).drawn(N, drawn_r2(*explained, units))
    r2, low, high, drawn = panel_r2(*explained, r2s, 0.95)
    return {
        "rho2": Found(r2, low, high),
        "smaller than .05": tested(r2_bootstrap_row(r2, drawn, 0.05, 0.05)["p_value"]),
    }


CASES = [
    Case("ols, HC3", "N = 285, errors spread with the regressor", {"planted": 0.3, "nothing": 0.0}, _ols, ("nothing",)),
    Case(
        "panel_ols, two-way effects, clustered",
        "285 x 6, random-walk errors",
        {"planted": 0.3, "nothing": 0.0},
        _panel,
        ("nothing",),
        tests=("joint Wald of five",),
    ),
    Case(
        "random_effects, clustered",
        "285 x 6, effects not related to the regressors",
        {"planted": 0.3, "nothing": 0.0},
        _random_effects,
        ("nothing",),
    ),
    Case(
        "quantile, bootstrap",
        "N = 80, spread grows, B = 299",
        {"median": 0.2, "third quartile": 0.2 + QUARTILE / 2, "difference": QUARTILE / 2},
        _quantile,
    ),
    Case(
        "quantile, outer quantiles (S2)",
        "N = 285, spread grows, B = 299",
        OUTER_TRUTH,
        _outer_quantiles,
        tuple(name for name, value in OUTER_TRUTH.items() if value == 0),
    ),
    Case(
        "U shape, Lind & Mehlum (S4)",
        "N = 285, a quadratic, errors spread with the column, HC3",
        {},
        _u_shape,
        tests=tuple(U_EDGES),
    ),
    Case("quantile, equal slopes", "N = 80, at .1, .5, .9, B = 149", {}, _equal_slopes, tests=("equal slopes",)),
    Case("share, Wilson", "N = 285, share .7", {"share": 0.7}, _share, kind="share"),
    Case(
        "R2 and Shapley parts",
        "N = 285, blocks of 4, 1, 5 columns",
        {"rho2": 0.05, "share a": 0.025, "share b": 0.025, "share c": 0.0},
        _r2,
        kind="share",
    ),
    Case(
        "R2 of a panel, bootstrap",
        "285 x 6, two columns",
        {"rho2": 0.05},
        _panel_r2,
        kind="share",
        tests=("smaller than .05",),
    ),
]
