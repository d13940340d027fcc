"""Quantile regression with a municipality bootstrap of slopes and of their difference (scale as a ceiling).

The solver is the interior-point method of Portnoy & Koenker (1997, 10.1214/ss/1030037960), run for all
bootstrap draws at once; the end point is then moved to the exact vertex through as many rows as there are
coefficients. models.second_estimate holds the reported quantiles against statsmodels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import bias_corrected_interval, bootstrap_p, inference_table
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.joint_tests import equal_slopes_rows
from beleidsvrijheid.models.rank import back_transform, centred_scaled
from beleidsvrijheid.models.resampling import Bootstrap
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

COVARIANCE = (
    "bootstrap over municipalities, joint over quantiles, {draws} draws; "
    "bias-corrected (BC) intervals and the p-values that agree with them"
)
_STEP, _GAP, _ITERATIONS = 0.9995, 1e-9, 60


def estimate_quantile(task: Task) -> Estimation:
    """Quantile regressions of one specification."""
    sample = task.sample()
    outcome, regressors = parts(sample)
    with ledger_kept(sample.ledger):
        quantiles = _check(task.specification["quantiles"], *regressors.shape)
        solved = _solve(outcome, regressors, quantiles, task.bootstrap)
    fit = _fit(outcome, regressors, quantiles, solved, task.confidence)
    tests = tests_of_bootstrapped(fit, "quantile", set(sample.block_columns))
    rows = equal_slopes_rows(
        regressors.columns, np.array(solved.points), np.array(solved.drawn), sample.block_columns, task.alpha
    )
    return finished(sample, fit, inference_table([*tests.to_dict("records"), *rows]))


@dataclass(frozen=True)
class _Solved:
    """Per quantile: coefficients (constant last) of the sample and of every draw (draws x k)."""

    points: list[np.ndarray]
    drawn: list[np.ndarray]


def quantile_regression(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    quantiles: Sequence[float],
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> Fit:
    """Equations quantile_q per quantile, and the difference between the highest and the lowest.

    outcome: n values, one row per municipality; regressors: n x k without constant. The difference row tests
    equal slopes from the same draws. Raises StudyError for a quantile outside 0-1, Refusal without spare
    rows.
    """
    quantiles = _check(quantiles, *regressors.shape)
    solved = _solve(outcome, regressors, quantiles, Bootstrap(draws, rng))
    return _fit(outcome, regressors, quantiles, solved, confidence)


def _solve(outcome, regressors, quantiles, bootstrap: Bootstrap) -> _Solved:
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(scaled))])
    back = back_transform(mean, scale)
    points = [back @ solve_quantile(outcome, design, quantile)[0] for quantile in quantiles]

    def slopes_of(counts: np.ndarray) -> np.ndarray:
        return np.hstack([solve_quantile(outcome, design, quantile, counts) @ back.T for quantile in quantiles])

    (drawn,) = bootstrap.drawn(len(outcome), slopes_of)
    return _Solved(points, np.hsplit(drawn, len(quantiles)))


def _fit(outcome, regressors, quantiles, solved: _Solved, confidence: float) -> Fit:
    tables = _tables(quantiles, solved.points, solved.drawn, outcome, regressors, confidence)
    return Fit(
        coefficients=pd.concat(tables, ignore_index=True),
        n_obs=len(outcome),
        n_units=len(outcome),
        n_clusters=len(outcome),
        covariance=COVARIANCE.format(draws=len(solved.drawn[0])),
    )


def _tables(quantiles, points, drawn, outcome, regressors, confidence) -> list[pd.DataFrame]:
    equations = [f"quantile_{quantile:g}" for quantile in quantiles]
    if len(quantiles) > 1:
        equations.append(f"quantile_{quantiles[-1]:g}-{quantiles[0]:g}")
        points, drawn = [*points, points[-1] - points[0]], [*drawn, drawn[-1] - drawn[0]]
    parts = zip(equations, points, drawn, strict=True)
    return [_table(*part, outcome, regressors, confidence) for part in parts]


def _check(quantiles: Sequence[float], n: int, k: int) -> list[float]:
    for quantile in quantiles:
        if not isinstance(quantile, float) or not 0 < quantile < 1:
            raise StudyError(f"quantiles: {quantile!r}; allowed: numbers between 0 and 1, such as 0.5")
    if n <= k + 1:
        raise Refusal(f"{n} rows for {k + 1} coefficients")
    return sorted(quantiles)


def _table(equation, point, drawn, outcome, regressors, confidence) -> pd.DataFrame:
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)
    terms = [*regressors.columns, "const"]
    errors = drawn.std(axis=0, ddof=1)
    table = coefficient_table(terms, point, errors, np.inf, confidence, sd_x, outcome.std(ddof=1), equation)
    low, high = bias_corrected_interval(point, drawn, confidence)
    return table.assign(ci_low=low, ci_high=high, p_value=bootstrap_p(point, drawn, 0.0))


def check_loss(residuals: np.ndarray, quantile: float) -> np.ndarray:
    """The loss a quantile regression minimises, element by element."""
    return residuals * (quantile - (residuals < 0))


def solve_quantile(
    outcome: np.ndarray, design: np.ndarray, quantile: float, counts: np.ndarray | None = None
) -> np.ndarray:
    """Coefficients of a quantile regression for every row of counts: draws x k.

    outcome: n; design: n x k with its constant, columns of similar scale; counts: draws x n, how often each
    row counts.
    """
    counts = np.ones((1, len(outcome))) if counts is None else counts
    centre, spread = np.median(outcome), outcome.std() or 1.0
    y = (outcome - centre) / spread
    slopes = _vertex(y, design, quantile, counts, _interior(y, design, quantile, counts)) * spread
    constant = np.linalg.lstsq(design, np.ones(len(y)), rcond=None)[0]
    return slopes + centre * constant


def _interior(y: np.ndarray, design: np.ndarray, quantile: float, counts: np.ndarray) -> np.ndarray:
    """Interior-point coefficients, draws x k. As in the paper: x primal, s slack, z and w dual slacks."""
    upper, lower = np.triu_indices(design.shape[1])
    pairs = design[:, upper] * design[:, lower]
    cost = -counts * y
    state = _start(cost, design, pairs, counts, quantile)
    result = np.array(state["dual"])
    active = np.arange(len(counts))
    target = (1 - quantile) * counts @ design
    for _ in range(_ITERATIONS):
        state = _advance(state, design, pairs, counts[active])
        result[active] = state["dual"]
        gap = (cost[active] * state["x"]).sum(axis=1) - (state["dual"] * target[active]).sum(axis=1)
        open_ = gap + state["w"].sum(axis=1) > _GAP * len(y)
        if not open_.any():
            break
        active, state = active[open_], {name: values[open_] for name, values in state.items()}
    return -result


def _start(cost, design, pairs, counts, quantile) -> dict[str, np.ndarray]:
    dual = _weighted_solve(pairs, counts**2, (counts * cost) @ design)
    rest = cost - counts * (dual @ design.T)
    rest = np.where(np.abs(rest) < 1e-6, 0.001, rest)
    z = np.maximum(rest, 0) + 1e-3
    x = np.full_like(cost, 1 - quantile)
    return {"x": x, "s": 1 - x, "z": z, "w": z - rest, "dual": dual}


def _weighted_solve(pairs: np.ndarray, weights: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve (X' diag(weights) X) b = right for every row; pairs: products of columns, upper triangle."""
    k = right.shape[1]
    upper, lower = np.triu_indices(k)
    matrix = np.empty((len(weights), k, k))
    matrix[:, upper, lower] = matrix[:, lower, upper] = weights @ pairs
    matrix += 1e-14 * np.trace(matrix, axis1=1, axis2=2)[:, None, None] * np.eye(k)
    return np.linalg.solve(matrix, right[:, :, None])[:, :, 0]


def _advance(state, design, pairs, counts) -> dict[str, np.ndarray]:
    """One predictor-corrector step of Mehrotra's kind for all draws."""
    x, s, z, w = (state[name] for name in "xszw")
    q, rest = 1 / (z / x + w / s), z - w
    weights = counts**2 * q

    def direction(extra: np.ndarray, dual_z: np.ndarray, dual_w: np.ndarray) -> dict[str, np.ndarray]:
        dual = _weighted_solve(pairs, weights, (counts * q * (rest + extra)) @ design)
        dx = q * (counts * (dual @ design.T) - rest - extra)
        step = {"x": dx, "s": -dx, "z": dual_z - z - z * dx / x, "w": dual_w - w + w * dx / s, "dual": dual}
        return step

    step = direction(np.zeros_like(x), np.zeros_like(x), np.zeros_like(x))
    primal, duals = _lengths(state, step)
    mu = (z * x + w * s).sum(axis=1)
    after = (z + duals * step["z"]) * (x + primal * step["x"]) + (w + duals * step["w"]) * (s + primal * step["s"])
    mu = (mu * (after.sum(axis=1) / mu) ** 3 / (2 * x.shape[1]))[:, None]
    cross_x, cross_s = step["x"] * step["z"], step["s"] * step["w"]
    step = direction(cross_x / x - cross_s / s - mu * (1 / x - 1 / s), (mu - cross_x) / x, (mu - cross_s) / s)
    primal, duals = _lengths(state, step)
    lengths = {"x": primal, "s": primal, "z": duals, "w": duals, "dual": duals}
    return {name: state[name] + lengths[name] * step[name] for name in state}


def _lengths(state, step) -> tuple[np.ndarray, np.ndarray]:
    """How far primal and dual variables can go before one of them turns negative."""

    def longest(name: str) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(step[name] < 0, -state[name] / step[name], np.inf)
        return room.min(axis=1, keepdims=True)

    primal = np.minimum(_STEP * np.minimum(longest("x"), longest("s")), 1)
    return primal, np.minimum(_STEP * np.minimum(longest("z"), longest("w")), 1)


def _vertex(y, design, quantile, counts, slopes) -> np.ndarray:
    """The exact solution: through the k rows with the smallest residuals, where that lowers the loss."""
    k = design.shape[1]
    distance = np.where(counts > 0, np.abs(y - slopes @ design.T), np.inf)
    rows = np.sort(np.argpartition(distance, k - 1, axis=1)[:, :k], axis=1)
    usable = np.abs(np.linalg.det(design[rows])) > 1e-10
    exact = slopes.copy()
    exact[usable] = np.linalg.solve(design[rows[usable]], y[rows[usable]][:, :, None])[:, :, 0]
    losses = [(counts * check_loss(y - b @ design.T, quantile)).sum(axis=1) for b in (exact, slopes)]
    better = losses[0] <= losses[1] * (1 + 1e-12) + 1e-12
    return np.where(better[:, None], exact, slopes)
