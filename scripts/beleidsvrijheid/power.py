"""What the tests of limited explanation could have found: power by simulation on a specification's own design.

Regressors stay as they are; errors are the specification's residuals, freed from leverage and drawn again, so that their
shape stays but not their heteroskedasticity. The analytic curve beside it assumes normal errors.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import r2_non_inferiority
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rank import centred_scaled, independent_columns
from beleidsvrijheid.models.sandwich import Design, make_design
from beleidsvrijheid.models.share import wilson
from beleidsvrijheid.models.task import Task, parts

POWER_COLUMNS = [
    "specification",
    "test",
    "term",
    "bound",
    "true_value",
    "power",
    "simulations",
    "mc_low",
    "mc_high",
    "analytic",
    "alpha",
    "note",
]


def drawn_errors(outcome: np.ndarray, design: Design, simulations: int, rng: np.random.Generator) -> np.ndarray:
    """simulations x n errors of mean 0 and variance 1: leverage-adjusted residuals, drawn with replacement."""
    free = np.maximum(1 - design.leverage, 1e-10)
    pool = design.residuals(outcome) / np.sqrt(free)
    pool = pool - pool.mean()
    pool = pool / pool.std()
    return pool[rng.integers(0, len(pool), size=(simulations, len(pool)))]


def simulated_r2(
    outcome: np.ndarray, blocks: np.ndarray, controls: np.ndarray, grid: Sequence[float], errors: np.ndarray
) -> tuple[np.ndarray, int, int]:
    """R2 of the blocks after controls in each simulated sample, per true rho2: grid x simulations; n, K.

    outcome: N, its fitted part gives the direction of the signal; blocks: N x K; controls: N x c; errors: B x N with
    variance 1. True rho2 is the signal's share of the variance left by the controls. n: N less the controls' rank.
    """
    ones, controls = np.ones((len(outcome), 1)), centred_scaled(controls)[0]
    controls = controls[:, independent_columns(controls)]
    scaled, n_controls = np.column_stack([controls, centred_scaled(blocks)[0]]), controls.shape[1]
    basis = np.linalg.qr(np.column_stack([ones, scaled]))[0]
    outer, inner = basis[:, : 1 + n_controls], basis[:, 1 + n_controls :]
    signal = inner @ (inner.T @ outcome)
    n = len(outcome) - n_controls
    signal = signal / np.sqrt((signal**2).mean())
    left = errors - (errors @ outer) @ outer.T
    along = errors @ inner  # B x K
    per_direction, size, cross = inner.T @ signal, (left**2).sum(axis=1), left @ signal
    r2 = []
    for rho2 in grid:
        # n counts the rows that the controls leave, so that n rho2 / (1 - rho2) is the test's own noncentrality.
        a, c = np.sqrt(rho2 * n / len(outcome)), np.sqrt(1 - rho2)
        explained = ((a * per_direction + c * along) ** 2).sum(axis=1)
        r2.append(explained / (a**2 * (signal**2).sum() + 2 * a * c * cross + c**2 * size))
    return np.array(r2), n, inner.shape[1]


def r2_power(
    r2: np.ndarray, n: int, k: int, grid: Sequence[float], bounds: Sequence[float], alpha: float
) -> pd.DataFrame:
    """Share of simulations that call R2 smaller than each bound, and the noncentral F beside it.

    r2: grid x simulations. Columns test, term, bound, true_value, power, analytic.
    """
    from scipy.special import fdtr, ncfdtr

    rows = []
    for bound in bounds:
        critical = r2_non_inferiority(0.5 * bound, n, k, bound, alpha).critical
        value = (critical / k) / ((1 - critical) / (n - k - 1))
        for rho2, drawn in zip(grid, r2, strict=True):
            shift = n * rho2 / (1 - rho2)
            exact = ncfdtr(k, n - k - 1, shift, value) if shift else fdtr(k, n - k - 1, value)
            rows.append(("r2_non_inferiority", "blocks", bound, rho2, float((drawn < critical).mean()), float(exact)))
    return pd.DataFrame(rows, columns=["test", "term", "bound", "true_value", "power", "analytic"])


def coefficient_power(
    outcome: np.ndarray,
    design: Design,
    regressors: np.ndarray,
    place: int,
    grid: Sequence[float],
    bounds: Sequence[float],
    alpha: float,
    errors: np.ndarray,
) -> pd.DataFrame:
    """Equivalence test per bound and plain two-sided t-test of one slope, as its true standardised value runs.

    regressors: N x k, as in design; place: which column. Other slopes stay at their estimates; the errors' variance
    makes the outcome's 1, and a value that leaves none for them has no power. errors: B x N with variance 1. Columns
    test, bound, true_value, power, analytic.
    """
    scale = regressors.std(axis=0, ddof=1)
    centred = (regressors - regressors.mean(axis=0)) / scale
    slopes = design.slopes(outcome) * scale / outcome.std(ddof=1)
    slopes[place] = 0.0
    rest, own = centred @ slopes, centred[:, place]
    unit_slope = errors @ design.rows[place] * scale[place]
    unit_error = design.errors(design.residuals(errors), [place])[:, 0] * scale[place]
    moved = errors - errors.mean(axis=1, keepdims=True)
    size, with_rest, with_own = (moved**2).sum(axis=1), moved @ rest, moved @ own
    frames = []
    for value in grid:
        signal = rest + value * own
        noise = 1 - signal.var(ddof=1)
        if noise <= 0:
            frames.append(_coefficient_rows(value, bounds, None))
            continue
        c = np.sqrt(noise)
        spread = (signal**2).sum() + 2 * c * (with_rest + value * with_own) + c**2 * size
        spread = np.sqrt(spread / (len(outcome) - 1))
        drawn = (value + c * unit_slope) / spread, c * unit_error / spread
        middle = c * np.sqrt((unit_error**2).mean())
        frames.append(_coefficient_rows(value, bounds, (*drawn, middle, design.df, alpha)))
    return pd.concat(frames, ignore_index=True)


def _coefficient_rows(value: float, bounds: Sequence[float], drawn: tuple | None) -> pd.DataFrame:
    """Power at one true value; drawn: estimates, errors (B each), a typical error, df, alpha; None: no such sample."""
    from scipy.special import nctdtr, stdtr, stdtrit

    columns = ["test", "bound", "true_value", "power", "analytic"]
    if drawn is None:
        tests = [("equivalence", bound) for bound in bounds] + [("t_test", np.nan)]
        return pd.DataFrame([(*test, value, np.nan, np.nan) for test in tests], columns=columns)
    estimates, errors, middle, df, alpha = drawn
    df = min(df, 1e10)
    one_sided, two_sided = stdtrit(df, 1 - alpha), stdtrit(df, 1 - alpha / 2)
    rows = []
    for bound in bounds:
        found = (bound - np.abs(estimates)) / errors > one_sided
        edge = bound - one_sided * middle
        exact = stdtr(df, (edge - value) / middle) - stdtr(df, (-edge - value) / middle) if edge > 0 else 0.0
        rows.append(("equivalence", bound, value, float(found.mean()), float(exact)))
    shift = value / middle
    exact = 1 - nctdtr(df, shift, two_sided) + nctdtr(df, shift, -two_sided)
    rows.append(("t_test", np.nan, value, float((np.abs(estimates / errors) > two_sided).mean()), float(exact)))
    return pd.DataFrame(rows, columns=columns)


def simulate_power(task: Task, run: dict[str, Any]) -> pd.DataFrame:
    """Power of the three tests of an `ols` specification: columns POWER_COLUMNS.

    run: simulations, r2_grid, coefficient_grid, terms (empty: every block column). A specification that the data
    cannot carry is one row with the reason. Raises StudyError on another estimator or a term it does not have.
    """
    if task.specification["estimator"] != "ols":
        raise StudyError(f"{task.name}: power: estimator {task.specification['estimator']!r}; allowed: ols")
    task.redrawn("power")
    try:
        table = _simulate(task, run)
    except Refusal as refusal:
        table = pd.DataFrame([{"note": refusal.reason}])
    table = table.assign(specification=task.name).reindex(columns=POWER_COLUMNS)
    return table.assign(**{name: table[name].astype(object).fillna("") for name in ("test", "term", "note")})


def _simulate(task: Task, run: dict[str, Any]) -> pd.DataFrame:
    sample = task.sample()
    outcome, regressors = parts(sample)
    terms = [term for term in sample.block_columns if not run["terms"] or term in run["terms"]]
    unknown = [term for term in run["terms"] if term not in sample.block_columns]
    if unknown:
        allowed = ", ".join(sample.block_columns)
        raise StudyError(f"{task.name}: power: terms: {unknown[0]!r}; allowed: {allowed}")
    bounds, simulations = task.settings["equivalence"], run["simulations"]
    design = make_design(regressors.to_numpy(float), task.specification["covariance"]["type"])
    errors = drawn_errors(outcome, design, simulations, task.rng)
    blocks, controls = (regressors[names].to_numpy(float) for names in (sample.block_columns, sample.controls))
    drawn, n, k = simulated_r2(outcome, blocks, controls, run["r2_grid"], errors)
    frames = [r2_power(drawn, n, k, run["r2_grid"], bounds["r2_bounds"], task.alpha)]
    for term in terms:
        place = regressors.columns.get_loc(term)
        grid, limits = run["coefficient_grid"], bounds["coefficient_bounds"]
        values = regressors.to_numpy(float)
        one = coefficient_power(outcome, design, values, place, grid, limits, task.alpha, errors)
        frames.append(one.assign(term=term))
    table = pd.concat(frames, ignore_index=True)
    low, high = wilson(table["power"].to_numpy(float), simulations, task.confidence)
    return table.assign(simulations=simulations, mc_low=low, mc_high=high, alpha=task.alpha)
