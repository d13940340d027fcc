"""Random slopes, a common factor, a hurdle, memory, correlations and means."""

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.autocorrelation import autocorrelation
from beleidsvrijheid.models.common_factor import TERMS, common_factor
from beleidsvrijheid.models.correlation import KINDS, correlation_equivalence, correlations
from beleidsvrijheid.models.estimate_rows import bootstrapped_row
from beleidsvrijheid.models.hurdle import AMOUNT, ANY, cycle_permutation, hurdle, years_since_election
from beleidsvrijheid.models.joint_tests import wald
from beleidsvrijheid.models.mean_change import mean_change, mean_tests
from beleidsvrijheid.models.random_slope import random_slope
from validation.case import Case, Found, from_row, from_table, tested

N = 285
VARIANCES = {"intercept_variance": 0.25, "covariance": 0.06, "post_variance": 0.09, "residual_variance": 0.04}


def _slope_data(rng: np.random.Generator, n: int, spread: float) -> tuple[np.ndarray, ...]:
    units, years = np.repeat(np.arange(n), 6), np.tile(np.arange(6), n)
    post, both = (years >= 2).astype(float), rng.normal(size=(n, 2))
    intercept, slope = 0.5 * both[:, 0], spread * (0.4 * both[:, 0] + np.sqrt(1 - 0.4**2) * both[:, 1])
    outcome = 4 + 0.05 * years + intercept[units] + slope[units] * post + rng.normal(0, 0.2, len(units))
    return outcome, np.column_stack([np.ones(len(units)), years[:, None] == np.arange(1, 6)]).astype(float), post, units


def _random_slope(rng: np.random.Generator) -> dict[str, Found]:
    found = random_slope(*_slope_data(rng, 100, 0.3))
    return {name: Found(found.variances[name], *found.intervals[name]) for name in VARIANCES}


def _no_slope(rng: np.random.Generator) -> dict[str, Found]:
    return {"slope variance": tested(random_slope(*_slope_data(rng, 150, 0.0), None).p_value)}


FACTOR_FIELDS, LOADING = 6, 0.5
FACTOR = [(1 + (FACTOR_FIELDS - 1) * LOADING**2) / FACTOR_FIELDS, LOADING**2]
FACTOR = dict(zip(TERMS, [*FACTOR, FACTOR_FIELDS * LOADING**2 / (1 + (FACTOR_FIELDS - 1) * LOADING**2)], strict=True))


def _field_values(rng: np.random.Generator, n: int, loading: float) -> np.ndarray:
    fresh = rng.normal(size=(n, FACTOR_FIELDS))
    values = loading * rng.normal(size=(n, 1)) + np.sqrt(1 - loading**2) * fresh
    return np.where(rng.random(values.shape) < 0.1, np.nan, values)


def _factor(rng: np.random.Generator) -> dict[str, Found]:
    found = common_factor(_field_values(rng, 150, LOADING), 199, rng)
    none = common_factor(_field_values(rng, 150, 0.0), 99, rng)
    columns = zip(TERMS, found.estimate, found.drawn.T, strict=True)
    shares = {term: from_row(bootstrapped_row("", term, value, drawn, 0.95)) for term, value, drawn in columns}
    return shares | {f"no {term}": tested(p) for term, p in zip(TERMS, none.p_value, strict=True)}


HURDLE_TERMS = {f"{part} {name}": (part, name) for part in (ANY, AMOUNT) for name in ("planted", "nothing")}
HURDLE_TRUTH = {f"{ANY} planted": 0.8, f"{ANY} nothing": 0.0, f"{AMOUNT} planted": 0.6, f"{AMOUNT} nothing": 0.0}


def _hurdle(rng: np.random.Generator) -> dict[str, Found]:
    """Years of a municipality depend on each other in both parts, with the logit exact for each row by itself."""
    from scipy.special import expit, ndtr

    n, years = 150, 5
    units = np.repeat(np.arange(n), years)
    names = ["planted", "nothing", "nothing more"]
    x = pd.DataFrame(rng.normal(size=(n, 3))[units] + 0.5 * rng.normal(size=(len(units), 3)), columns=names)
    shared = np.sqrt(0.5) * (rng.normal(size=(n, 2))[units] + rng.normal(size=(len(units), 2)))
    some = ndtr(shared[:, 0]) < expit(-0.3 + 0.8 * x["planted"])
    amount = np.exp(2 + 0.6 * x["planted"] + 0.7 * shared[:, 1])
    nis = pd.Series(np.char.zfill(units.astype(str), 5))
    fit, covariances = hurdle(np.where(some, amount, 0.0), x, nis, 0.95)
    found = from_table(fit.coefficients, HURDLE_TERMS)
    for part, (matrix, df) in covariances.items():
        own = fit.coefficients.query("equation == @part")["estimate"].to_numpy()
        found[f"{part} joint"] = tested(wald(own[1:3], matrix[1:3, 1:3], df, 0.05).p_value)
    return found


CYCLE_YEARS = np.arange(2014, 2024)  # of the default study (I1)
CYCLES = {"years independent": 0.0, "years remember, .5": 0.5}


def _cycle(rng: np.random.Generator) -> dict[str, Found]:
    """Years that all municipalities share rise along a line and have shocks, but no place in the election cycle."""
    since, found = years_since_election(CYCLE_YEARS, [2012, 2018]), {}
    for name, memory in CYCLES.items():
        shocks = rng.normal(size=len(CYCLE_YEARS))
        for year in range(1, len(shocks)):
            shocks[year] = memory * shocks[year - 1] + np.sqrt(1 - memory**2) * shocks[year]
        yearly = 0.3 * (CYCLE_YEARS - CYCLE_YEARS[0]) + shocks
        found[name] = tested(cycle_permutation(yearly, CYCLE_YEARS, since, 199, rng)[1])
    return found


MEMORY, YEARS = 0.5, 10
LEVEL = {"lag_1": MEMORY, "lag_2": MEMORY**2, "rank_lag_1": 6 / np.pi * np.arcsin(MEMORY / 2), "ar1": MEMORY}


def _memory(rng: np.random.Generator, n: int, effects: float) -> np.ndarray:
    """Stationary first-order autoregressions of variance 1 beside effects of municipality and year."""
    path = rng.normal(size=(n, YEARS))
    for year in range(1, YEARS):
        path[:, year] = MEMORY * path[:, year - 1] + np.sqrt(1 - MEMORY**2) * path[:, year]
    return path + effects * rng.normal(size=(n, 1)) + rng.normal(size=YEARS)


def _autocorrelation(rng: np.random.Generator) -> dict[str, Found]:
    few, all_of = (np.vstack([np.ones(n), draw_counts(n, draws, rng)]) for n, draws in ((80, 499), (N, 199)))
    level = autocorrelation(_memory(rng, 80, 0.0), [1, 2], few).terms
    within = autocorrelation(_memory(rng, N, 1.0), [1], all_of).terms["within", "ar1"]
    shown = {name: level["level", name] for name in LEVEL} | {"ar1 within": within}
    return {name: from_row(bootstrapped_row("", name, v[0], v[1:], 0.95, 0.0)) for name, v in shown.items()}


RHO, BOUND = 0.3, 0.2
PEARSON = {"pearson": RHO, "spearman": 6 / np.pi * np.arcsin(RHO / 2)}
# Outcome and indicator go with the control (correlation root .5) and not otherwise. Ranks do not take that out to the last
# bit: Spearman's correlations are 6 / pi asin(r / 2), and their partial one is .012.
RANKED = 6 / np.pi * np.arcsin(np.array([0.5, np.sqrt(0.5)]) / 2)
CONTROLLED = {"pearson, controlled": 0.0, "spearman, controlled": (RANKED[0] - RANKED[1] ** 2) / (1 - RANKED[1] ** 2)}


def _pair(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    first, second = rng.normal(size=(2, n))
    return np.stack([first, rho * first + np.sqrt(1 - rho**2) * second])


def _correlation(rng: np.random.Generator) -> dict[str, Found]:
    n, draws = 150, 499
    control, first, second = rng.normal(size=(3, n))
    through, outcome = np.sqrt(0.5) * (control + first), np.sqrt(0.5) * (control + second)
    fit = correlations(outcome, pd.DataFrame({"x": through}), pd.DataFrame({"control": control}), draws, 0.95, rng)
    found = from_table(fit.coefficients, {f"{kind}, controlled": (kind, "x") for kind in KINDS})
    outcome, own = _pair(rng, n, RHO)
    plain = correlations(outcome, pd.DataFrame({"x": own}), pd.DataFrame(index=range(n)), draws, 0.95, rng)
    found |= from_table(plain.coefficients, {kind: (kind, "x") for kind in KINDS})
    value = float(np.corrcoef(_pair(rng, N, BOUND))[0, 1])
    row = correlation_equivalence("x", value, N, 0, "pearson", BOUND, 0.05)
    return found | {"equivalence at its bound": tested(row["p_value"])}


MEAN = np.log(0.95)


def _mean(rng: np.random.Generator) -> dict[str, Found]:
    """Changes of ln spending: skewed, with a mean of zero, and of plus and minus the threshold."""
    from scipy.special import gammaincinv

    noise = 0.2 * (rng.gamma(4.0, size=N) - 4) / 2
    median = 0.2 * (float(gammaincinv(4.0, 0.5)) - 4) / 2
    table = mean_change(noise, 0.95).coefficients
    found = from_table(table, {name: ("mean", name) for name in ("mean", "median")})
    found["median"] = Found(*(value - median for value in found["median"][:3]))
    above, below = (mean_tests(mean_change(noise + shift, 0.95), MEAN, 0.05) for shift in (-MEAN, MEAN))
    found |= {f"equivalence, {name}": tested(rows[0]["p_value"]) for name, rows in (("+", above), ("-", below))}
    return found | {"non-inferiority": tested(below[1]["p_value"])}


CASES = [
    Case("random_slope (K1)", "100 x 6 years", VARIANCES, _random_slope),
    Case(
        "random_slope (K1), on the boundary",
        "150 x 6 years, no slope variance",
        {},
        _no_slope,
        tests=("slope variance",),
    ),
    Case(
        "common_factor (K2)",
        "N = 150, 6 fields, 10 % missing, B = 199; 99 permutations",
        FACTOR,
        _factor,
        kind="share",
        tests=tuple(f"no {term}" for term in TERMS),
    ),
    Case(
        "hurdle (K3)",
        "150 x 5 years, years of a municipality dependent",
        HURDLE_TRUTH,
        _hurdle,
        (f"{ANY} nothing", f"{AMOUNT} nothing"),
        tests=(f"{ANY} joint", f"{AMOUNT} joint"),
    ),
    Case("hurdle, election cycle permuted (K3)", "10 years, a trend, B = 199", {}, _cycle, tests=tuple(CYCLES)),
    Case(
        "autocorrelation (K4)",
        "80 x 10 years, B = 499; within: 285 x 10, effects of municipalities, B = 199",
        LEVEL | {"ar1 within": MEMORY},
        _autocorrelation,
    ),
    Case(
        "correlation (F1)",
        "N = 150, B = 499; equivalence: N = 285",
        PEARSON | CONTROLLED,
        _correlation,
        ("pearson, controlled",),
        tests=("equivalence at its bound",),
    ),
    Case(
        "mean_change (F6)",
        "N = 285, skewed, threshold ln .95; the median less its true value",
        {"mean": 0.0, "median": 0.0},
        _mean,
        ("mean",),
        tests=("equivalence, +", "equivalence, -", "non-inferiority"),
    ),
]
