"""Heterogeneous adoption: the slope, and the tests that come before it."""

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import coefficient_table
from beleidsvrijheid.models.heterogeneous_adoption import adoption_slope, quasi_untreated_test
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.linearity import stute_test, yatchew_test
from validation.case import Case, Found, from_table, tested

N, DRAWS = 285, 199
# The estimand holds for these doses, so they are drawn once: EUR per inhabitant, many small ones and some large.
DOSE = 20 * np.random.default_rng(20_261_122).beta(1.0, 2.0, N)


def _effect(dose: np.ndarray) -> np.ndarray:
    return 0.05 * dose + 0.002 * dose**2


SLOPE = float(_effect(DOSE).mean() / DOSE.mean())


def _changes(rng: np.random.Generator) -> np.ndarray:
    return 1 + (0.3 + 0.01 * DOSE) * rng.normal(size=N)


def _slope(rng: np.random.Generator) -> dict[str, Found]:
    noise = _changes(rng)
    found = {}
    for name, change in (("curved", noise + _effect(DOSE)), ("nothing", noise)):
        slope = adoption_slope(change, DOSE)
        options = np.array([slope.corrected]), np.array([slope.std_error]), np.inf, 0.95, np.ones(1), 1.0
        own = from_table(coefficient_table([name], *options), {name: ("mean", name)})[name]
        found[name] = own._replace(estimate=slope.slope)
    return found


def _twfe(rng: np.random.Generator) -> dict[str, Found]:
    change = _changes(rng) + 0.05 * DOSE
    return from_table(ols(change, pd.DataFrame({"slope": DOSE}), "HC3").coefficients, {"slope": ("mean", "slope")})


def _linearity(rng: np.random.Generator) -> dict[str, Found]:
    noise, found = _changes(rng), {}
    for order, change in ((0, noise), (1, noise + 0.05 * DOSE)):
        found[f"Stute, order {order}"] = tested(stute_test(change, DOSE, order, DRAWS, rng, 0.05).p_value)
        found[f"Yatchew, order {order}"] = tested(yatchew_test(change, DOSE, order, 0.05).p_value)
    return found


def _quasi_untreated(rng: np.random.Generator) -> dict[str, Found]:
    return {"support reaches zero": tested(quasi_untreated_test(20 * rng.beta(1.0, 2.0, N), 0.05).p_value)}


LINEARITY = tuple(f"{name}, order {order}" for order in (0, 1) for name in ("Stute", "Yatchew"))
CASES = [
    Case(
        "heterogeneous_adoption (E7), boundary slope",
        "N = 285, fixed doses, spread grows with the dose",
        {"curved": SLOPE, "nothing": 0.0},
        _slope,
        ("nothing",),
    ),
    Case("heterogeneous_adoption (E7), two-way slope", "N = 285, the effect a line", {"slope": 0.05}, _twfe),
    Case("linearity in the dose", "N = 285, spread grows, B = 199", {}, _linearity, tests=LINEARITY),
    Case("quasi-untreated group", "N = 285 doses from zero on", {}, _quasi_untreated, tests=("support reaches zero",)),
]
