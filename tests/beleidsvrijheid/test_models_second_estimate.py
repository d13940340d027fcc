"""The second estimate: agrees with the libraries on every covariance, and stops the run where it does not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.second_estimate import AGREES, second_estimate

NAMES = ["a", "b", "c"]


def cross_section(n=80, offset=0.0):
    rng = np.random.default_rng(5)
    regressors = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 1e4, 1e-4] + offset, columns=NAMES)
    frame = pd.DataFrame({"nis": [f"{code:05d}" for code in range(n)]})
    return rng.normal(size=n) + regressors["a"].to_numpy(), regressors, frame, rng.uniform(0.5, 2, n)


def panel(units=30, years=6):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"nis": np.repeat([f"{code:05d}" for code in range(units)], years)})
    frame["year"] = np.tile(np.arange(2014, 2014 + years), units)
    frame = frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)
    regressors = pd.DataFrame(rng.normal(size=(len(frame), 3)), columns=NAMES)
    weights = frame["nis"].map(dict(zip(frame["nis"].unique(), rng.uniform(0.5, 2, units), strict=True))).to_numpy()
    return rng.normal(size=len(frame)) + regressors["b"].to_numpy(), regressors, frame, weights / weights.mean()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("covariance", ["nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster", "wild_cluster"])
def test_a_cross_section_is_the_same_twice(covariance, weighted):
    outcome, regressors, frame, weights = cross_section()
    weights = weights / weights.mean() if weighted else None
    fit = ols(outcome, regressors, covariance, frame["nis"].rename("municipality"), weights=weights)
    told = {"type": covariance} | ({"by": "municipality"} if "cluster" in covariance else {})
    assert second_estimate(fit, outcome, regressors, frame, told, (), weights) == AGREES


def test_an_offset_of_a_thousand_million_comes_out_the_same():
    outcome, regressors, frame, _ = cross_section()
    moved = regressors[["a"]] + 1e9
    fit = ols(outcome, moved, "HC3")
    assert second_estimate(fit, outcome, moved, frame, {"type": "HC3"}) == AGREES


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("year",), ("municipality", "year")])
@pytest.mark.parametrize(
    "covariance",
    [
        {"type": "cluster", "by": "municipality"},
        {"type": "cluster", "by": ["municipality", "year"]},
        {"type": "driscoll_kraay", "bandwidth": 2},
        {"type": "HC1"},
        {"type": "nonrobust"},
        {"type": "wild_cluster", "by": "municipality"},
    ],
    ids=lambda one: "-".join(str(value) for value in one.values()),
)
def test_a_panel_is_the_same_twice(covariance, effects, weighted):
    outcome, regressors, frame, weights = panel()
    weights = weights if weighted else None
    by = covariance.get("by", ())
    by = (by,) if isinstance(by, str) else by
    options = (covariance["type"], 0.95, weights, by, covariance.get("bandwidth"))
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects, *options)
    assert second_estimate(fit, outcome, regressors, frame, covariance, effects, weights) == AGREES


@pytest.mark.parametrize(("column", "words"), [("estimate", "b: coefficient"), ("std_error", "b: standard error")])
def test_a_number_that_differs_stops_the_run_by_name(column, words):
    outcome, regressors, frame, _ = cross_section()
    fit = ols(outcome, regressors, "HC3")
    wrong = fit.coefficients.copy()
    wrong.loc[1, column] += 1e-6 * wrong.loc[1, "std_error"]
    with pytest.raises(StudyError, match=f"^{words} .* by the library, .* by the second solver; .*make setup"):
        second_estimate(replace(fit, coefficients=wrong), outcome, regressors, frame, {"type": "HC3"})
    with pytest.raises(StudyError, match="^a: standard error"):
        second_estimate(fit, outcome, regressors, frame, {"type": "HC2"})


def test_what_the_second_solver_refuses_is_told():
    outcome, regressors, frame, _ = cross_section()
    fit = ols(outcome, regressors, "HC3")
    twice = regressors.assign(c=regressors["a"])
    assert second_estimate(fit, outcome, twice, frame, {"type": "HC3"}).startswith(
        "a second solver did not estimate a: "
    )
