"""What other software makes of our specifications: the same as we, for every covariance that it has."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.models.library import library_ols, library_panel, library_quantile
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.quantile import check_loss, quantile_regression

NAMES = ["a", "b", "c"]
NUMBERS = ["estimate", "std_error"]


def cross_section(n=80, offset=0.0):
    rng = np.random.default_rng(5)
    regressors = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 1e4, 1e-4] + offset, columns=NAMES)
    weights = rng.uniform(0.5, 2, n)
    return rng.normal(size=n) + regressors["a"].to_numpy(), regressors, weights / weights.mean()


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
def test_a_cross_section_is_the_same_in_statsmodels(covariance, weighted):
    outcome, regressors, weights = cross_section()
    weights = weights if weighted else None
    clusters = pd.Series(range(len(outcome)), name="municipality")
    fit = ols(outcome, regressors, covariance, clusters, weights=weights)
    library = library_ols(outcome, regressors, covariance, weights)
    np.testing.assert_allclose(fit.coefficients[NUMBERS][:3], library, rtol=1e-9)


def test_an_offset_of_a_thousand_million_comes_out_the_same():
    outcome, regressors, _ = cross_section()
    moved = regressors[["a"]] + 1e9
    library = library_ols(outcome, moved, "HC3")
    np.testing.assert_allclose(ols(outcome, moved, "HC3").coefficients[NUMBERS][:1], library, rtol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("year",), ("municipality", "year")])
@pytest.mark.parametrize(
    "covariance",
    [
        {"type": "cluster", "by": "municipality"},
        {"type": "cluster", "by": ["municipality", "year"]},
        {"type": "driscoll_kraay", "bandwidth": 2},
        {"type": "nonrobust"},
        {"type": "wild_cluster", "by": "municipality"},
        {"type": "HC1"},
    ],
    ids=lambda one: "-".join(str(value) for value in one.values()),
)
def test_a_panel_is_the_same_in_linearmodels(covariance, effects, weighted):
    outcome, regressors, frame, weights = panel()
    weights, by = weights if weighted else None, covariance.get("by", ())
    by = (by,) if isinstance(by, str) else by
    options = (covariance["type"], 0.95, weights, by, covariance.get("bandwidth"))
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects, *options)
    library = library_panel(outcome, regressors, frame, effects, covariance, weights)
    own = fit.coefficients[NUMBERS][:3].to_numpy()
    np.testing.assert_allclose(own[:, 0], library[:, 0], rtol=1e-8)
    if covariance["type"] == "HC1":
        assert np.isnan(library[:, 1]).all() and not np.isnan(own[:, 1]).any()
    else:
        np.testing.assert_allclose(own[:, 1], library[:, 1], rtol=1e-8)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_no_quantile_regression_has_a_lower_loss_in_statsmodels(quantile):
    outcome, regressors, _ = cross_section()
    regressors = regressors[["a"]]
    fit = quantile_regression(outcome, regressors, [quantile], 10, 0.95, np.random.default_rng(1))
    design = np.column_stack([regressors, np.ones(len(outcome))])
    own, other = fit.coefficients["estimate"].to_numpy(), library_quantile(outcome, regressors, quantile)
    losses = [check_loss(outcome - design @ slopes, quantile).sum() for slopes in (own, other)]
    assert losses[0] <= losses[1] <= losses[0] * 1.001
