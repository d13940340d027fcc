"""Adjusted p-values: a worked example, exact draws of a published data set, the familywise error by simulation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.sandwich import make_design
from beleidsvrijheid.models.wild_bootstrap import cluster_weights
from beleidsvrijheid.multiplicity import (
    adjust_family,
    family_rows,
    holm,
    make_member,
    romano_wolf,
    wild_statistics,
)

from .test_diagnostics import SPECIFICATION, country, task

WILD = {"draws": 199, "weights": "rademacher"}
REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/romano_wolf.yaml").read_text())


def test_holm_is_that_of_statsmodels_and_skips_missing():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(1).random(20) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-14)
    with_gap = np.insert(p, 3, np.nan)
    np.testing.assert_allclose(np.delete(holm(with_gap), 3), holm(p))
    assert np.isnan(holm(with_gap)[3])


def test_step_down_matches_the_example_by_hand():
    adjusted = romano_wolf(np.array(REFERENCE["statistics"]), np.array(REFERENCE["draws"]))
    np.testing.assert_allclose(adjusted, REFERENCE["adjusted"], rtol=1e-14)


def test_all_draws_of_the_wild_bootstrap_match_grunfeld():
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"].sort_values(["firm", "year"], ignore_index=True)
    units = np.unique(data["firm"], return_inverse=True)[1]
    design = make_design(data[["value", "capital"]].to_numpy(float), "cluster", units)
    every = np.array(np.meshgrid(*[[-1.0, 1.0]] * 10)).reshape(10, -1).T
    assert len(every) == REFERENCE["wild"]["draws"]
    statistic, drawn = wild_statistics(data["invest"].to_numpy(float), design, 1, units, every)
    assert statistic == pytest.approx(REFERENCE["wild"]["statistic"], rel=REFERENCE["wild"]["tolerance"])
    tied = np.isclose(np.abs(drawn), statistic, rtol=1e-9)
    assert tied.sum() == REFERENCE["wild"]["ties"]
    assert (np.abs(drawn[~tied]) > statistic).sum() == REFERENCE["wild"]["larger"]
    assert romano_wolf(np.array([statistic]), drawn[:, None])[0] == pytest.approx((22 + 2 + 1) / 1025)


def test_sums_per_cluster_give_the_same_draws_as_rows():
    rng = np.random.default_rng(4)
    x, y, units = rng.normal(size=(90, 3)), rng.normal(size=90), np.repeat(np.arange(30), 3)
    design, weights = make_design(x, "cluster", units), cluster_weights(30, 20, "webb", rng)[0]
    statistic, drawn = wild_statistics(y, design, 1, units, weights)
    others = make_design(x[:, [0, 2]], "cluster", units)
    left = others.residuals(y)  # the null imposed: without the column
    again = weights[:, units] * left
    slow = design.slopes(again)[:, 1] / design.errors(design.residuals(again))[:, 1]
    np.testing.assert_allclose(drawn, slow, rtol=1e-9)


def simulated_family(rng, n=60, members=5, effect=0.0):
    """Outcomes that share most of their noise, each on its own regressor; the first may have an effect."""
    common = rng.normal(size=n)
    t, drawn, weights, units = [], [], cluster_weights(n, 199, "rademacher", rng)[0], np.arange(n)
    shared = rng.normal(size=n)
    for member in range(members):
        x = (0.9 * shared + 0.44 * rng.normal(size=n))[:, None]
        y = common + 0.3 * rng.normal(size=n) + (effect if member == 0 else 0.0) * x[:, 0]
        one = wild_statistics(y, make_design(x, "HC3"), 0, units, weights)
        t.append(one[0])
        drawn.append(one[1])
    return romano_wolf(np.array(t), np.column_stack(drawn)), np.array(t)


def test_familywise_error_is_kept_and_dependence_is_used():
    rng = np.random.default_rng(8)
    from beleidsvrijheid.models.sandwich import two_sided_p

    wolf_wrong = holm_wrong = 0
    for _ in range(400):
        adjusted, t = simulated_family(rng)
        wolf_wrong += adjusted.min() <= 0.05
        holm_wrong += holm(two_sided_p(t, 58)).min() <= 0.05
    assert 8 <= wolf_wrong <= 36  # 99.9 % binomial limits of 400 x .05
    assert wolf_wrong > holm_wrong
    found = [simulated_family(rng, effect=0.6)[0] for _ in range(50)]
    assert np.mean([one[0] <= 0.05 for one in found]) > 0.8


def published(terms=("vte_per_1000", "log_population"), p=(0.01, 0.4), block="capacity"):
    return pd.DataFrame(
        {
            "equation": "mean",
            "term": [*terms, "belfius_family=2", "const"],
            "block": [block, block, "controls", ""],
            "estimate": 1.0,
            "statistic": 2.0,
            "p_value": [*p, 0.9, 0.9],
        }
    )


def test_a_family_takes_block_terms_and_says_who_is_absent():
    family = {"specifications": ["a", "b"], "method": ["holm"]}
    rows = family_rows(family, {"a": published()}, {})
    assert rows["term"].tolist() == ["vte_per_1000", "log_population", ""]
    assert rows["note"].tolist() == ["", "", "not estimated"]
    result = adjust_family(family, rows, {}, WILD, np.random.default_rng(1))
    np.testing.assert_allclose(result["holm_p"].to_numpy()[:2], [0.02, 0.4])
    assert result["romano_wolf_p"].isna().all()
    one = family_rows(family | {"terms": ["log_population"]}, {"a": published(), "b": published()}, {})
    assert one["term"].tolist() == ["log_population"] * 2


def test_a_family_of_tests_reads_the_bound_it_names():
    inference = pd.DataFrame(
        {
            "test": ["r2_non_inferiority", "r2_non_inferiority", "equivalence"],
            "term": ["blocks", "blocks", "vte_per_1000"],
            "bound": [0.1, 0.05, 0.2],
            "estimate": 0.04,
            "statistic": 1.0,
            "p_value": [0.01, 0.2, 0.03],
        }
    )
    family = {"specifications": ["a"], "test": "r2_non_inferiority", "bound": 0.1, "method": ["holm", "romano_wolf"]}
    rows = family_rows(family, {}, {"a": inference})
    assert rows["p_value"].tolist() == [0.01]
    with pytest.raises(StudyError, match="romano_wolf adjusts coefficients, not 'r2_non_inferiority'; use holm"):
        adjust_family(family, rows, {}, WILD, np.random.default_rng(1))


def test_a_family_may_mix_tests_and_keeps_the_name_of_each():
    def tests(**p_values):
        return pd.DataFrame(
            {
                "test": list(p_values), "term": ["reform", "reform"], "bound": np.nan, "estimate": 1.0, "statistic": 1.0,
                "p_value": list(p_values.values()),
            }
        )  # fmt: skip

    family = {
        "specifications": ["a", "b", "c"],
        "test": ["permutation", "u_shape"],
        "terms": ["reform"],
        "method": ["holm"],
    }
    found = {"a": tests(permutation=0.01, joint=0.001), "b": tests(u_shape=0.04, wald=0.001)}
    rows = family_rows(family, {}, found)
    assert rows[["specification", "test", "note"]].to_numpy().tolist() == [
        ["a", "permutation", ""], ["b", "u_shape", ""], ["c", "", "not estimated"],
    ]  # fmt: skip
    adjusted = adjust_family(family, rows, {}, WILD, np.random.default_rng(1))["holm_p"].to_numpy(float)
    np.testing.assert_allclose(adjusted, [0.02, 0.04, np.nan])


def test_both_methods_on_specifications_that_share_municipalities():
    other = {**SPECIFICATION, "controls": []}
    tasks = {"a": task(), "b": task(other)}
    estimates = {name: published() for name in tasks}
    family = {"specifications": ["a", "b"], "method": ["holm", "romano_wolf"]}
    rows = family_rows(family, estimates, {})
    result = adjust_family(family, rows, tasks, WILD, np.random.default_rng(5))
    strong, weak = (result[result["term"] == term]["romano_wolf_p"] for term in ("vte_per_1000", "log_population"))
    assert (strong <= 0.02).all() and (weak > 0.05).all()
    again = adjust_family(family, rows, tasks, WILD, np.random.default_rng(5))
    pd.testing.assert_frame_equal(result, again)


def test_other_estimators_and_methods_are_refused_by_name():
    index = pd.Index(sorted(country()["nis"].unique()))
    with pytest.raises(StudyError, match="romano_wolf: estimator 'quantile'; allowed: ols, panel_ols"):
        make_member(task({**SPECIFICATION, "estimator": "quantile"}), index)
    with pytest.raises(StudyError, match="method 'bonferroni'; allowed: holm, romano_wolf"):
        family = {"specifications": ["a"], "method": ["bonferroni"]}
        adjust_family(family, family_rows(family, {"a": published()}, {}), {}, WILD, np.random.default_rng(1))
