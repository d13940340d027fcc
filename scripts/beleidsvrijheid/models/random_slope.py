"""K1: do municipalities differ in how they changed? A random intercept and a random slope of Post (claim F3).

y_it = x_it'b + u0_i + u1_i Post_it + e_it; (u0, u1) normal with a free covariance, e normal, by maximum likelihood. Each
municipality enters through 2 x 2 sums, so that a fit takes milliseconds and a variance of zero is an ordinary answer.
The errors e are taken as independent over years: a municipality that drifts slowly also looks like one that changed at
the reform. The correlation of residuals of successive years is reported, and the same model with false dates (`windows`)
shows how much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.estimate_rows import estimate_row, estimates_table, inference_row, rows_sha256
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.rank import centred_scaled, codes, independent_columns
from beleidsvrijheid.models.sample import LEDGER_COLUMNS, Ledger, Sample, fields_of
from beleidsvrijheid.models.task import Task, finished, ledger_kept

TERMS = ("intercept_variance", "covariance", "post_variance", "residual_variance")
COVARIANCE = (
    "random intercept and slope by maximum likelihood; profile likelihood intervals; likelihood-ratio test of the slope "
    "variance against a half-and-half mixture of chi-squared 1 and 2"
)
DRIFT = "residuals of successive years go together ({:.2f}): slow drift also counts as a change at the reform here"
MIXTURE = "mixture of chi-squared 1 and 2"
_NEWTON_STEPS = 3  # after the search for a maximum


@dataclass(frozen=True)
class _Sums:
    """Cross products of D = (fixed columns, y) and Z = (1, slope), units with the same Z'Z taken together.

    zz: pattern x 2 x 2; many: units per pattern; between: sum over its units of (Z'D) (Z'D)', pattern x 2 x 2 x D x D;
    total: D'D; n: rows.
    """

    zz: np.ndarray
    many: np.ndarray
    between: np.ndarray
    total: np.ndarray
    n: int


@dataclass(frozen=True)
class RandomSlope:
    """variances, intervals: by TERMS. statistic, p_value: likelihood ratio of the slope. fixed, fixed_covariance: of b."""

    variances: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    statistic: float
    p_value: float
    log_likelihood: float
    fixed: np.ndarray
    fixed_covariance: np.ndarray


def random_slope(
    outcome: np.ndarray, fixed: np.ndarray, slope: np.ndarray, units: np.ndarray, confidence: float | None = 0.95
) -> RandomSlope:
    """Maximum likelihood of y = fixed b + u0 + u1 slope + e with (u0, u1) by unit (Laird & Ware 1982, 10.2307/2529876).

    outcome: n; fixed: n x p with its constant; slope: n; units: codes 0..G-1; confidence: None for no intervals. The
    slope test is at the boundary of the parameter space: chi-squared with 1 and 2 degrees of freedom, half each (Self &
    Liang 1987, 10.2307/2289471; Stram & Lee 1994, 10.2307/2533455). Intervals invert the likelihood ratio, those of
    variances cut at 0. Raises Refusal where the fixed columns are dependent, the slope does not vary within units, or
    nothing is left to explain.
    """
    from scipy.special import chdtrc

    _check(outcome, fixed, slope, units)
    spread, scale = outcome.std(), slope.std()
    # Least squares first: the sums are of what is left, so that a large mean costs no digits.
    first = np.linalg.lstsq(fixed, outcome, rcond=None)[0]
    sums = _sums((outcome - fixed @ first) / spread, fixed, slope / scale, units)
    full, none = _maximise(sums, _free), _maximise(sums, _no_slope)
    statistic = max(0.0, 2 * (full[0] - none[0]))
    p_value = 0.5 * (chdtrc(1, statistic) + chdtrc(2, statistic)) if statistic > 0 else 1.0
    units_of = dict(zip(TERMS, spread**2 / np.array([1, scale, scale**2, 1]), strict=True))
    values = dict(zip(TERMS, _variances(full[1]), strict=True))
    ends = {term: _interval(sums, term, values[term], full, confidence) for term in TERMS if confidence}
    *_, left, fixed_b = _parts(sums, full[1])
    return RandomSlope(
        {term: values[term] * units_of[term] for term in TERMS},
        {term: (low * units_of[term], high * units_of[term]) for term, (low, high) in ends.items()},
        statistic,
        float(p_value),
        full[0] - len(outcome) * np.log(spread),
        first + fixed_b * spread,
        np.exp(2 * full[1][0]) * np.linalg.inv(left[:-1, :-1]) * spread**2,
    )


def residual_autocorrelation(
    residuals: np.ndarray, units: np.ndarray, slope: np.ndarray, years: np.ndarray
) -> tuple[float, int]:
    """Correlation of residuals of successive years within a unit before or after, and the number of pairs.

    Means of a unit before and after are taken out, which alone makes residuals go against each other; that is allowed
    for. Only spans of three years and more say anything; NaN and 0 without one.
    """
    order = np.lexsort((years, slope, units))
    cells = np.unique(np.column_stack([units, slope])[order], axis=0, return_inverse=True)[1].ravel()
    size = np.bincount(cells)
    left = residuals[order] - (np.bincount(cells, residuals[order]) / size)[cells]
    long = size[cells] >= 3
    paired = np.flatnonzero((np.diff(cells) == 0) & (np.diff(years[order]) == 1) & long[1:])
    if not len(paired):
        return np.nan, 0
    variance = (left[long] ** 2).sum() / (size[size >= 3] - 1).sum()
    products = left[paired] * left[paired + 1] + variance / size[cells[paired]]
    return float(products.mean() / variance), len(paired)


def _check(outcome, fixed, slope, units) -> None:
    if not independent_columns(fixed).all():
        raise Refusal("the fixed columns of the random-slope model are combinations of each other")
    n_units = units.max() + 1
    moves = np.zeros(n_units, bool)
    moves[units[slope != slope[np.unique(units, return_index=True)[1]][units]]] = True
    if moves.sum() < 3:
        raise Refusal(f"{int(moves.sum())} municipalities have years before and after; a random slope needs more")
    if len(outcome) <= fixed.shape[1] + n_units + moves.sum():
        raise Refusal(f"{len(outcome)} rows for {n_units} intercepts and {int(moves.sum())} slopes")
    left = outcome - fixed @ np.linalg.lstsq(fixed, outcome, rcond=None)[0]
    if (left**2).sum() <= 1e-20 * (outcome**2).sum():
        raise Refusal("the outcome is an exact combination of the fixed columns")


def _sums(outcome, fixed, slope, units) -> _Sums:
    design, data = np.column_stack([np.ones(len(outcome)), slope]), np.column_stack([fixed, outcome])

    def per_unit(columns: np.ndarray) -> np.ndarray:
        sums = [[np.bincount(units, z * column) for column in columns.T] for z in design.T]
        return np.moveaxis(np.array(sums), 2, 0)

    zz, pattern, many = np.unique(per_unit(design), axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(pattern.ravel(), kind="stable")
    zd = per_unit(data)[order]
    products = zd[:, :, None, :, None] * zd[:, None, :, None, :]
    between = np.add.reduceat(products, np.concatenate([[0], np.cumsum(many)[:-1]]), axis=0)
    return _Sums(zz, many, between, data.T @ data, len(outcome))


def _variances(values: np.ndarray) -> np.ndarray:
    """TERMS from (ln sigma, a, b, c): covariance [[a, 0], [b, c]] [[a, 0], [b, c]]'."""
    log_sigma, a, b, c = values
    return np.array([a * a, a * b, b * b + c * c, np.exp(2 * log_sigma)])


def _parts(sums: _Sums, values: np.ndarray):
    """A = (Psi^-1 + Z'Z)^-1 and |I + Psi Z'Z| by pattern; D'V^-1 D with V relative to sigma^2; fixed coefficients."""
    log_sigma, a, b, c = values
    root = np.array([[a, 0.0], [b, c]]) * np.exp(-log_sigma)
    inner = np.eye(2) + root.T @ sums.zz @ root
    inverse = root @ np.linalg.inv(inner) @ root.T
    size = inner[:, 0, 0] * inner[:, 1, 1] - inner[:, 0, 1] * inner[:, 1, 0]
    left = sums.total - np.tensordot(inverse, sums.between, axes=3)
    return inverse, size, left, np.linalg.solve(left[:-1, :-1], left[:-1, -1])


def _log_likelihood(sums: _Sums, values: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood with b at its best for these (ln sigma, a, b, c), and its gradient."""
    log_sigma, a, b, c = values
    inverse, size, left, fixed_b = _parts(sums, values)
    rest = np.append(-fixed_b, 1.0)
    squares, variance = rest @ left @ rest, np.exp(2 * log_sigma)
    log_det = sums.many @ np.log(size)
    value = -0.5 * (sums.n * np.log(2 * np.pi) + 2 * sums.n * log_sigma + log_det + squares / variance)
    shrink = np.eye(2) - sums.zz @ inverse  # Z'V^-1 = shrink Z'
    scores = shrink @ (sums.between @ rest @ rest) @ np.swapaxes(shrink, 1, 2)  # Z'V^-1 r r'V^-1 Z
    spread = np.tensordot(sums.many, shrink @ sums.zz, axes=1)
    by_psi = 0.5 * (scores.sum(axis=0) / variance - spread) / variance  # by the covariance of (u0, u1)
    root = np.array([[a, 0.0], [b, c]])
    by_root = 2 * by_psi @ root
    by_sigma = -sums.n + squares / variance - 2 * np.trace(by_psi @ root @ root.T)
    return float(value), np.array([by_sigma, by_root[0, 0], by_root[1, 0], by_root[1, 1]])


def _free(free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return free, np.eye(4)


def _no_slope(free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array([free[0], free[1], 0.0, 0.0]), np.eye(4)[:, :2]


# One quantity held at `value`: the four parameters from those left free, and their derivatives.
def _hold_intercept(free, value):
    return np.array([free[0], np.sqrt(value), free[1], free[2]]), np.eye(4)[:, [0, 2, 3]]


def _hold_covariance(free, value):
    log_sigma, a, c = free
    lift = np.eye(4)[:, [0, 1, 3]]
    lift[2, 1] = -value / a**2
    return np.array([log_sigma, a, value / a, c]), lift


def _hold_slope(free, value):
    log_sigma, a, angle = free
    b, c = np.sqrt(value) * np.array([np.cos(angle), np.sin(angle)])
    lift = np.zeros((4, 3))
    lift[0, 0] = lift[1, 1] = 1
    lift[2:, 2] = -c, b
    return np.array([log_sigma, a, b, c]), lift


def _hold_residual(free, value):
    return np.array([0.5 * np.log(value), *free]), np.eye(4)[:, 1:]


_HOLD = dict(zip(TERMS, (_hold_intercept, _hold_covariance, _hold_slope, _hold_residual), strict=True))


def _left_free(term: str, at: np.ndarray) -> np.ndarray:
    """Where the search starts when `term` is held: near the best fit, off c = 0, where the gradient by c is always 0."""
    log_sigma, a, b, c = at
    c = max(c, 0.1 * (abs(a) + abs(b)))
    starts = (log_sigma, b, c), (log_sigma, a, c), (log_sigma, a, np.arctan2(c, b)), (a, b, c)
    return np.array(dict(zip(TERMS, starts, strict=True))[term])


def _start(sums: _Sums) -> np.ndarray:
    """Half the variation between municipalities, half within, a small slope."""
    x, y = sums.total[:-1, :-1], sums.total[:-1, -1]
    size = np.sqrt(max((sums.total[-1, -1] - y @ np.linalg.solve(x, y)) / sums.n, 1e-12) / 2)
    return np.array([np.log(size), size, 0.1 * size, 0.5 * size])


def _maximise(sums: _Sums, lift, start: np.ndarray | None = None, tolerance=1e-9) -> tuple[float, np.ndarray]:
    """Largest log-likelihood over the free parameters of `lift`, and all four parameters there."""
    from scipy.optimize import minimize

    def negative(free: np.ndarray) -> tuple[float, np.ndarray]:
        values, derivative = lift(free)
        if abs(values[0]) > 40 or not np.isfinite(values).all():
            return 1e12, np.zeros(len(free))
        value, gradient = _log_likelihood(sums, values)
        return -value / sums.n, -(gradient @ derivative) / sums.n

    if start is None:
        start = _start(sums)[: lift(np.ones(4))[1].shape[1]]
    best = minimize(negative, start, jac=True, method="BFGS", options={"gtol": tolerance, "maxiter": 500})
    top, lowest = _polished(negative, best.x, best.fun)
    values = lift(top)[0]
    signs = np.where(values[1] < 0, -1.0, 1.0), np.where(values[3] < 0, -1.0, 1.0)  # (a, b) and c: only products matter
    return -lowest * sums.n, values * np.array([1.0, signs[0], signs[0], signs[1]])


def _polished(negative, at: np.ndarray, value: float) -> tuple[np.ndarray, float]:
    """A few Newton steps on the gradient: a search by values alone is right to half the digits, and which half differs
    with the processor.
    """
    slope = negative(at)[1]
    for _ in range(_NEWTON_STEPS):
        moves = np.diag(1e-5 * np.maximum(np.abs(at), 1e-2))
        curve = np.array([(negative(at + move)[1] - negative(at - move)[1]) / (2 * move.sum()) for move in moves])
        further = at - np.linalg.lstsq((curve + curve.T) / 2, slope, rcond=1e-9)[0]
        reached, after = negative(further)
        if reached > value + 1e-9 or np.abs(after).max() >= np.abs(slope).max():
            break
        at, value, slope = further, reached, after
    return at, value


def _interval(sums: _Sums, term: str, value: float, full, confidence: float) -> tuple[float, float]:
    """Where the root of twice the drop of the profile log-likelihood reaches the normal quantile."""
    from scipy.special import chdtri

    (best, at), limit = full, np.sqrt(chdtri(1, 1 - confidence))
    free = [_left_free(term, at)]  # each search starts where the one before it ended

    def beyond(held: float) -> float:
        reached, values = _maximise(sums, partial(_HOLD[term], value=held), free[0], 1e-6)
        free[0] = _left_free(term, values)
        return np.sqrt(max(2 * (best - reached), 0.0)) - limit

    if term == "covariance":
        if at[1] ** 2 < 1e-8:
            return np.nan, np.nan
        step = np.sqrt(2 * _variances(at)[0] * max(_variances(at)[2], 1e-6) / sums.many.sum()) + 1e-9
        return _root(beyond, value, -step), _root(beyond, value, step)
    # On the log scale a variance's root is nearly a straight line; its standard error there is about sqrt(2 / units).
    start, step = np.log(max(value, 1e-10)), 2 * np.sqrt(2 / sums.many.sum())
    above = _root(lambda log_held: beyond(np.exp(log_held)), start, step)
    free[0] = _left_free(term, at)
    if value < 1e-9 or (term != "residual_variance" and beyond(1e-9) <= 0):
        return 0.0, float(np.exp(above))
    free[0] = _left_free(term, at)
    return float(np.exp(_root(lambda log_held: beyond(np.exp(log_held)), start, -step))), float(np.exp(above))


def _root(beyond, inner: float, step: float) -> float:
    """Root of `beyond`, negative at `inner`, in the direction of `step`: steps that double, then Brent."""
    from scipy.optimize import brentq

    for power in range(40):
        outer = inner + step * 2**power
        if beyond(outer) > 0:
            return float(brentq(beyond, *sorted((inner, outer)), xtol=1e-11 * abs(step), rtol=1e-12))
        inner = outer
    return float(np.sign(step) * np.inf)


def estimate_random_slope(task: Task) -> Estimation:
    """K1 for one outcome, equation "random", or field by field (key `fields`), equation the field's code."""
    fields = fields_of(task.specification, task.settings["groups"])
    if not fields:
        return _of_one(task, "random")
    done = {}
    for code in fields:
        own = replace(task, specification={**task.specification, "beleidsveld": code, "fields": []})
        try:
            done[code] = _of_one(own, code)
        except Refusal as refusal:
            ledger = Ledger().frame() if refusal.ledger is None else refusal.ledger
            done[code] = Estimation(None, ledger, "", f"{code}: {refusal.reason}")
    return _joined(done)


def _joined(done: dict[str, Estimation]) -> Estimation:
    """One estimation of several fields; those that cannot carry the model leave a warning."""
    ledger = pd.concat([one.ledger for one in done.values()])  # each opens with a start that names its field
    kept = [one for one in done.values() if one.fit is not None]
    refused = [one.reason for one in done.values() if one.fit is None]
    if not kept:
        raise Refusal("; ".join(refused), ledger)
    fit = Fit(
        coefficients=pd.concat([one.fit.coefficients for one in kept], ignore_index=True),
        n_obs=sum(one.fit.n_obs for one in kept),
        n_units=max(one.fit.n_units for one in kept),
        covariance=COVARIANCE,
        warnings=[f"{code}: {text}" for code, one in done.items() if one.fit for text in one.fit.warnings] + refused,
    )
    tests = pd.concat([one.inference for one in kept], ignore_index=True).drop_duplicates(ignore_index=True)
    hashes = pd.DataFrame({"field": list(done), "sample": [one.sample_sha256 for one in done.values()]})
    return Estimation(fit, ledger.reset_index(drop=True), rows_sha256(hashes), "", tests)


def _of_one(task: Task, equation: str) -> Estimation:
    sample = in_windows(task.sample(), task.windows)
    with ledger_kept(sample.ledger):
        frame = sample.frame
        years, names = frame["year"].to_numpy(), sample.regressors
        scaled, _, scale = centred_scaled(frame[names].to_numpy(float))
        fixed = np.column_stack([np.ones(len(frame)), years[:, None] == np.unique(years)[1:], scaled])
        slope = np.isin(years, task.windows["post"]).astype(float)
        outcome = frame[sample.outcome].to_numpy(float)
        result = random_slope(outcome, fixed, slope, codes(frame["nis"]), task.confidence)
        rows, warnings = _variance_rows(result, equation), []
        drift, pairs = residual_autocorrelation(outcome - fixed @ result.fixed, codes(frame["nis"]), slope, years)
        if pairs:
            rows.append(estimate_row(equation, "residual_autocorrelation", drift, std_error=1 / np.sqrt(pairs)))
            warnings = [DRIFT.format(drift)] if drift > 2 / np.sqrt(pairs) else []
        table = estimates_table(rows)
        if names:
            k = len(names)
            errors = np.sqrt(np.diag(result.fixed_covariance)[-k:]) / scale
            spread = frame[names].to_numpy(float).std(axis=0, ddof=1), outcome.std(ddof=1)
            shown = result.fixed[-k:] / scale, errors, np.inf, task.confidence, *spread
            table = pd.concat([table, coefficient_table(names, *shown)], ignore_index=True)
    fit = Fit(
        table, len(frame), frame["nis"].nunique(), COVARIANCE, log_likelihood=result.log_likelihood, warnings=warnings
    )
    row = _slope_test(result, "post_variance" if equation == "random" else f"{equation}:post_variance")
    return finished(sample, fit, inference_table([*not_least_squares("random_slope"), row]))


def _variance_rows(result: RandomSlope, equation: str) -> list[dict[str, object]]:
    rows = []
    for term in ("post_variance", "intercept_variance", "covariance", "residual_variance"):
        low, high = result.intervals[term]
        row = estimate_row(equation, term, result.variances[term], ci_low=low, ci_high=high)
        if term == "post_variance":
            row |= {"statistic": result.statistic, "p_value": result.p_value}
        rows.append(row)
    return rows


def _slope_test(result: RandomSlope, term: str) -> dict[str, object]:
    values = {"bound": 0.0, "estimate": result.variances["post_variance"], "verdict": MIXTURE}
    return inference_row("likelihood_ratio", term, statistic=result.statistic, p_value=result.p_value, **values)


def in_windows(sample: Sample, windows: Mapping[str, Sequence[int]]) -> Sample:
    """The rows of the years before and after. Raises Refusal where a window has none."""
    years = sample.frame["year"]
    for name in ("pre", "post"):
        if not years.isin(list(windows[name])).any():
            raise Refusal(f"no year of the {name} window has a value", sample.ledger)
    kept = years.isin([*windows["pre"], *windows["post"]]).to_numpy()
    row = ["windows", len(kept), int(kept.sum()), "years before and after"]
    ledger = pd.concat([sample.ledger, pd.DataFrame([row], columns=LEDGER_COLUMNS)], ignore_index=True)
    return replace(sample, frame=sample.frame[kept].reset_index(drop=True), ledger=ledger)
