"""The second estimate: confirms what is published, says what it cannot compare, and stops the run where numbers differ."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.estimation import estimate, generator
from beleidsvrijheid.models.second_estimate import (
    COLUMNS,
    LOSS,
    NO_ERRORS,
    REFUSED,
    SAME,
    compare_slopes,
    second_estimates,
)
from beleidsvrijheid.models.task import Task

from .small_panel import SETTINGS, rows

CLUSTER = {"type": "cluster", "by": "municipality"}
CROSS = {"estimator": "ols", "outcome": "shift", "blocks": {"scale": ["size", "grade"]}, "covariance": {"type": "HC3"}}
YEARLY = {"estimator": "panel_ols", "outcome": "effort", "blocks": {"formal": ["grant"]}, "predictors": "yearly"}
SPECIFICATIONS = {
    "cross": CROSS,
    "weighted": CROSS | {"weights": "weight"},
    "pooled": YEARLY | {"effects": [], "covariance": CLUSTER},
    "within": YEARLY | {"effects": ["municipality", "year"], "covariance": CLUSTER},
    "robust": YEARLY | {"effects": ["municipality"], "covariance": {"type": "HC1"}},
    "ceiling": CROSS
    | {"estimator": "quantile", "quantiles": [0.1, 0.9], "covariance": {"type": "municipality_bootstrap"}},
}


@pytest.fixture(scope="module")
def panel():
    rng, n = np.random.default_rng(3), 60
    z = rng.normal(size=n)
    parts = [rows("size", z), rows("grade", rng.normal(size=n)), rows("weight", np.exp(rng.normal(size=n)))]
    parts.append(rows("shift", 0.3 * z + rng.normal(size=n)))
    for year in range(2014, 2020):
        grant = rng.normal(size=n)
        parts += [rows("grant", grant, year), rows("effort", 0.2 * grant + z + rng.normal(size=n), year)]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def tasks(panel):
    return {
        name: Task(panel, specification, SETTINGS, generator(SETTINGS["seed"], name), name)
        for name, specification in SPECIFICATIONS.items()
    }


@pytest.fixture(scope="module")
def published(panel):
    """Tables of estimates with the digits that are written."""
    tables = {name: estimate(panel, one, SETTINGS, name).estimates for name, one in SPECIFICATIONS.items()}
    return {
        name: table.assign(**{c: table[c].map(lambda x: float(f"{x:.10g}")) for c in ("estimate", "std_error")})
        for name, table in tables.items()
    }


def test_other_software_confirms_what_is_published(tasks, published):
    table = second_estimates(tasks, published).set_index("specification")
    assert list(table.reset_index()) == COLUMNS
    assert table["status"].to_dict() == {
        **dict.fromkeys(("cross", "weighted", "pooled", "within"), SAME),
        "robust": NO_ERRORS,
        "ceiling": LOSS,
    }
    compared = table.drop(index="ceiling")
    assert compared["digits_estimate"].ge(8).all()
    assert compared["digits_std_error"].drop("robust").ge(8).all() and np.isnan(table.at["robust", "digits_std_error"])
    assert table["software"].to_dict()["within"] == "linearmodels"


@pytest.mark.parametrize("name", ["cross", "within"])
@pytest.mark.parametrize(("column", "words"), [("estimate", "coefficient"), ("std_error", "standard error")])
def test_a_number_that_differs_stops_the_run_by_name(tasks, published, name, column, words):
    wrong = published[name].copy()
    term, size = wrong.at[0, "term"], wrong.at[0, "std_error"] + abs(wrong.at[0, "estimate"])
    wrong.loc[0, column] += 1e-5 * size
    with pytest.raises(StudyError, match=f"^{name}: {term}: {words} .*, another library finds .*; .*make setup"):
        second_estimates({name: tasks[name]}, {name: wrong})
    wrong.loc[0, column] = np.nan
    with pytest.raises(StudyError, match=f"^{name}: {term}: {words} nan"):
        second_estimates({name: tasks[name]}, {name: wrong})


def test_a_quantile_that_is_not_at_its_minimum_stops_the_run(tasks, published):
    wrong = published["ceiling"].copy()
    wrong.loc[wrong["term"] == "size", "estimate"] += 0.1
    with pytest.raises(StudyError, match="^ceiling: quantile_0.1: loss .*, statsmodels finds "):
        second_estimates({"ceiling": tasks["ceiling"]}, {"ceiling": wrong})


def test_a_refused_specification_has_nothing_to_compare(tasks, published):
    table = second_estimates({"cross": tasks["cross"]}, {"cross": published["cross"][:0]})
    assert table.loc[0, ["coefficients", "status"]].tolist() == [0, REFUSED]


def test_digits_are_those_of_the_worst_slope_and_of_the_worst_error():
    own = np.array([[2.0, 0.5], [-1.0, 0.25]])
    library = own * (1 + np.array([[1e-12, 5e-9], [2e-10, 1e-11]]))
    told = compare_slopes("cross", ["size", "grade"], own, library)
    assert (told["digits_estimate"], told["digits_std_error"]) == (9, 8)
    assert told["status"] == SAME
