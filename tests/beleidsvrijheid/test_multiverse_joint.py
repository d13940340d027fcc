"""Joint tests of a multiverse: by hand, against slow versions, and their size under the null."""

import numpy as np
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.wild_bootstrap import cluster_weights
from beleidsvrijheid.multiverse.joint import (
    joint_tests,
    minimum_p,
    minimum_p_of_groups,
    null_band,
    stacked,
    stouffer,
)
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import Drawn, draw_keys, permute_cells
from beleidsvrijheid.multiverse.wild import wild_cells

SIMULATIONS, DRAWS = 200, 99


def drawn(statistics, draws, df=50.0, slopes=None):
    statistics, draws = np.asarray(statistics, float), np.asarray(draws, float)
    slopes = draws if slopes is None else np.asarray(slopes, float)
    size = len(statistics)
    return Drawn(statistics, np.full(size, df), draws, slopes, [""] * size, [""] * size, 10)


def test_three_tests_by_hand():
    # 3 cells, 4 draws; t above 2.0086 is significant with 50 degrees of freedom.
    draws = [[1.0, 0, 0], [2.1, 2.2, -3], [-1, -2, -3], [2.5, 2.5, 2.5]]
    found = joint_tests(drawn([2.2, 1.8, 2.4], draws), np.array([0.3, 0.1, 0.2]), "positive").set_index("test")
    assert found.loc["median", "estimate"] == 0.2
    assert found.loc["share_significant", "estimate"] == pytest.approx(2 / 3)
    assert found["p_value"].to_dict() == {"median": 3 / 5, "share_significant": 3 / 5, "stouffer": 2 / 5}
    assert found["n_specifications"].tolist() == [3, 3, 3] and found["draws"].tolist() == [4, 4, 4]
    turned = joint_tests(drawn([-2.2, -1.8, -2.4], -np.array(draws)), -np.array([0.3, 0.1, 0.2]), "negative")
    assert turned["p_value"].tolist() == found["p_value"].tolist()
    assert turned["estimate"].tolist() == [
        -0.2,
        found.loc["share_significant", "estimate"],
        found.loc["stouffer", "estimate"],
    ]
    assert turned["critical"].tolist()[0] == -found.loc["median", "critical"]
    against = joint_tests(drawn([2.2, 1.8, 2.4], draws), np.array([0.3, 0.1, 0.2]), "negative").set_index("test")
    assert against.loc["share_significant", "estimate"] == 0 and against.loc["stouffer", "p_value"] > 0.5


def test_stouffer_is_that_of_scipy():
    from scipy import stats

    t, df = np.array([2.2, -1.0, 0.3, 45.0]), np.array([5.0, 9, 100, 300])
    wanted = stats.combine_pvalues(stats.t.sf(t[:3], df[:3]), method="stouffer").statistic
    assert stouffer(t[:3], df[:3]) == pytest.approx(wanted, rel=1e-10)
    assert 20 < stouffer(t[3:], df[3:]) < 45  # far out the tail keeps its digits


def slow_minimum_p(p, p_drawn):
    """Westfall & Young (1993), algorithm 2.8: successive minima from the largest p."""
    order = np.argsort(p, kind="stable")
    above = np.zeros(len(p))
    for own in p_drawn:
        smallest = 1.0
        for place in order[::-1]:
            smallest = min(smallest, own[place])
            above[place] += smallest <= p[place] * (1 + 1e-12)
    adjusted, last = np.empty(len(p)), 0.0
    for place in order:
        last = max(last, (above[place] + 1) / (len(p_drawn) + 1))
        adjusted[place] = last
    return adjusted


@pytest.mark.parametrize("df", [np.full(9, 20.0), np.array([3.0, 400, 20, 5, 5, 60, 8, 9, 1000])])
def test_step_down_is_the_slow_algorithm(df):
    from scipy import stats

    rng = np.random.default_rng(2)
    t, draws = 2 * rng.normal(size=9), rng.normal(size=(99, 9)) + rng.normal(size=(99, 1))
    p, p_drawn = 2 * stats.t.sf(np.abs(t), df), 2 * stats.t.sf(np.abs(draws), df)
    np.testing.assert_allclose(minimum_p(t, draws, df), slow_minimum_p(p, p_drawn), rtol=1e-12)
    groups = np.array(["a", "b", "b"] * 3)
    within = minimum_p(t, draws, df, groups)
    for name in "ab":
        own = groups == name
        np.testing.assert_allclose(within[own], slow_minimum_p(p[own], p_drawn[:, own]), rtol=1e-12)
    over = minimum_p_of_groups(t, draws, df, groups)
    smallest = np.column_stack([p_drawn[:, groups == name].min(axis=1) for name in "ab"])
    wanted = slow_minimum_p(np.array([p[groups == name].min() for name in "ab"]), smallest)
    assert list(over.values()) == pytest.approx(wanted.tolist())
    assert (minimum_p(t, draws, df)[np.argmin(p)] <= minimum_p(t, draws, df)).all()


def test_a_cell_without_draws_is_not_counted():
    rng = np.random.default_rng(2)
    t, draws, df = rng.normal(size=5), rng.normal(size=(99, 5)), np.full(5, 30.0)
    gap = t.copy(), draws.copy()
    gap[0][2] = np.nan
    gap[1][:, 4] = np.nan
    adjusted = minimum_p(*gap, df)
    assert np.isnan(adjusted[[2, 4]]).all()
    np.testing.assert_array_equal(adjusted[[0, 1, 3]], minimum_p(t[[0, 1, 3]], draws[:, [0, 1, 3]], df[:3]))
    found = joint_tests(drawn(*gap), t, "positive")
    assert found["n_specifications"].tolist() == [3, 3, 3]
    with pytest.raises(Refusal, match="no specification has draws"):
        joint_tests(drawn(np.full(2, np.nan), np.full((9, 2), np.nan)), np.zeros(2), "positive")
    with pytest.raises(StudyError, match="multiverse.expected: 'up'; allowed: positive, negative"):
        joint_tests(drawn(t, draws), t, "up")


def test_band_is_per_rank_of_the_sorted_curve():
    draws = np.random.default_rng(1).normal(size=(999, 40))
    low, high = null_band(draws)
    assert (np.diff(low) >= 0).all() and (np.diff(high) >= 0).all()
    inside = (np.sort(draws, axis=1) >= low) & (np.sort(draws, axis=1) <= high)
    np.testing.assert_allclose(inside.mean(axis=0), 0.95, atol=0.002)


def test_universes_are_put_beside_each_other():
    one = stacked([drawn([1.0, 2], np.ones((9, 2))), drawn([3.0], np.zeros((9, 1)))])
    assert one.statistic.tolist() == [1, 2, 3] and one.statistics.shape == (9, 3) and one.movable == 10
    with pytest.raises(StudyError, match="different numbers of draws"):
        stacked([drawn([1.0], np.ones((9, 1))), drawn([3.0], np.zeros((8, 1)))])


CELLS = [Cell(outcome, 2, others, "cluster") for outcome in (0, 1) for others in ((), (3,), (4,), (3, 4))]


def simulated(rng, effect, n_units=40, n_years=4):
    """Two outcomes that share noise, which depends on its past, and controls that go with the focal column."""
    units, times = np.repeat(np.arange(n_units), n_years), np.tile(np.arange(n_years), n_units)
    common, noise = np.empty((n_units, n_years)), rng.normal(size=(n_units, n_years, 2))
    common[:, 0] = rng.normal(size=n_units)
    for year in range(1, n_years):
        common[:, year] = 0.7 * common[:, year - 1] + 0.7 * rng.normal(size=n_units)
    focal = rng.normal(size=n_units)[units] * (times + 1) + rng.normal(size=len(units))
    controls = focal[:, None] * 0.5 + rng.normal(size=(len(units), 2))
    outcomes = common.ravel()[:, None] + 0.6 * noise.reshape(-1, 2) + effect * focal[:, None]
    values = np.column_stack([outcomes, focal, controls])
    names = ("first", "second", "focal", "control", "other")
    return Universe(values, names, units, times, units, np.arange(n_units), ("municipality", "year"))


def rejections(method, effect, simulations):
    """How often each test rejects at 5 %."""
    rng, counts = np.random.default_rng(11), np.zeros(4)
    for _ in range(simulations):
        one = simulated(rng, effect)
        if method == "permutation":
            draws = permute_cells(one, CELLS, draw_keys(DRAWS, 40, rng))
        else:
            draws = wild_cells(one, CELLS, cluster_weights(40, DRAWS, "rademacher", rng)[0])
        standardised = estimate_cells(one, CELLS)["standardised"].to_numpy()
        p = joint_tests(draws, standardised, "positive")["p_value"].tolist()
        p.append(np.nanmin(minimum_p(draws.statistic, draws.statistics, draws.df)))
        counts += np.array(p) <= 0.05
    return counts


@pytest.mark.parametrize("method", ["permutation", "wild"])
def test_size_under_the_null_and_a_planted_effect_is_found(method):
    null = rejections(method, 0.0, SIMULATIONS)
    assert (null <= 22).all(), null  # 99.9 % limits of binomial(200, .05): 1 and 22
    assert (null[[0, 2, 3]] >= 1).all(), null
    assert (rejections(method, 0.25, 30) >= 25).all()
