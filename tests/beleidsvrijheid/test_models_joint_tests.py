"""Joint tests: NIST's F, statsmodels as oracle, Stata's utest, R's equality of slopes, planted shapes, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.models.joint_tests import equal_slopes_rows, joint_rows, lind_mehlum, u_shape_rows, wald
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.quantile import _solve, estimate_quantile
from beleidsvrijheid.models.resampling import Bootstrap
from beleidsvrijheid.models.sample import Sample
from beleidsvrijheid.models.shapes import restricted_cubic_slopes, restricted_cubic_spline
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/joint_tests.yaml").read_text())


def sample_of(frame, blocks, controls=()):
    return Sample(frame, "outcome", blocks, list(controls), [], pd.DataFrame(), [])


def fitted(frame, blocks, covariance="HC3", controls=()):
    sample = sample_of(frame, blocks, controls)
    return ols(frame["outcome"].to_numpy(), frame[sample.regressors], covariance), sample


def test_longley_matches_nist():
    from statsmodels.datasets import longley

    data = longley.load_pandas()
    frame = data.exog.assign(outcome=data.endog)
    fit, sample = fitted(frame, {"all": list(data.exog.columns)}, "nonrobust")
    rows = {row["term"]: row for row in joint_rows(fit, sample, 0.05)}
    assert rows["all"]["statistic"] == pytest.approx(REFERENCE["longley_f"], rel=1e-8)
    assert rows["all"]["verdict"] == "F(6, 9)"
    assert rows["blocks"]["p_value"] == rows["all"]["p_value"] == pytest.approx(4.984e-10, rel=1e-3)


def test_robust_blocks_match_statsmodels():
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(80, 4)), columns=list("abcd")).assign(outcome=rng.normal(size=80))
    fit, sample = fitted(frame, {"one": ["a"], "two": ["b", "c"]}, controls=["d"])
    oracle = OLS(frame["outcome"], frame[list("abcd")].assign(const=1.0)).fit(cov_type="HC3", use_t=True)
    rows = {row["term"]: row for row in joint_rows(fit, sample, 0.05)}
    for term, places in (("one", [0]), ("two", [1, 2]), ("blocks", [0, 1, 2])):
        test = oracle.f_test(np.eye(5)[places])
        assert rows[term]["statistic"] == pytest.approx(float(test.fvalue), rel=1e-9)
        assert rows[term]["p_value"] == pytest.approx(float(test.pvalue), rel=1e-8)
    single = fit.coefficients.set_index("term").loc["a"]
    assert rows["one"]["p_value"] == pytest.approx(single["p_value"], rel=1e-9)


def test_a_panel_with_effects_has_its_joint_tests():
    rng = np.random.default_rng(2)
    units, years = np.repeat(np.arange(30), 5), np.tile(np.arange(5), 30)
    frame = pd.DataFrame(
        {"nis": units.astype(str), "year": years, "a": rng.normal(size=150), "b": rng.normal(size=150)}
    )
    frame["outcome"] = 0.5 * frame["a"] + rng.normal(size=150)
    fit = panel_ols(
        frame["outcome"].to_numpy(), frame[["a", "b"]], frame["nis"], frame["year"], ["municipality", "year"]
    )
    rows = joint_rows(fit, sample_of(frame, {"x": ["a", "b"]}), 0.05)
    assert rows[0]["verdict"] == "F(2, 29)" and rows[0]["p_value"] < 0.001


def test_size_of_the_joint_test():
    rejected = 0
    for seed in range(200):
        rng = np.random.default_rng([3, seed])
        frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc")).assign(outcome=rng.normal(size=60))
        rejected += joint_rows(*fitted(frame, {"x": list("abc")}, "nonrobust"), 0.05)[0]["p_value"] < 0.05
    assert 2 <= rejected <= 21  # binomial(200, .05), 99.9 %


def test_no_inverse_no_test():
    assert wald(np.ones(2), np.ones((2, 2)), 30, 0.05) is None
    assert wald(np.ones(2), np.diag([1.0, 0.0]), 30, 0.05) is None
    assert wald(np.ones(2), np.diag([1.0, 1e-14]), np.inf, 0.05).p_value < 1e-10  # scale alone is no singularity
    frame = pd.DataFrame({"a": np.arange(9.0), "outcome": np.arange(9.0) ** 2})
    fit, sample = fitted(frame, {"x": ["a"]})
    broken = fit.covariance_matrix * 0
    row = joint_rows(fit.__class__(**{**fit.__dict__, "covariance_matrix": broken}), sample, 0.05)[0]
    assert (
        row["verdict"] == "not applicable" and "x: the covariance of its 1 coefficients has no inverse" in row["term"]
    )


def test_utest_matches_stata():
    low, high = REFERENCE["utest"]["interval"]
    slopes, t = np.array(REFERENCE["utest"]["slopes"]), np.array(REFERENCE["utest"]["t"])
    back = np.linalg.inv(np.array([[1, 2 * low], [1, 2 * high]]))
    estimates = back @ slopes
    covariance = back @ np.diag((slopes / t) ** 2) @ back.T
    found = lind_mehlum(estimates, covariance, np.array([1, 2 * low]), np.array([1, 2 * high]), 1e4)
    assert found.statistic["u_shape"] == pytest.approx(REFERENCE["utest"]["statistic"], abs=5e-3)
    assert found.p_value["u_shape"] == pytest.approx(max(REFERENCE["utest"]["p_ends"]), abs=1e-4)
    assert found.p_value["inverse_u_shape"] > 0.5
    assert -estimates[0] / (2 * estimates[1]) == pytest.approx(REFERENCE["utest"]["extreme"], abs=2e-3)


def shaped(rng, curve, n=400):
    x = rng.uniform(8, 12, n)
    return pd.DataFrame({"x": x, "outcome": curve(x) + rng.normal(0, 0.3, n)})


def squared(frame):
    frame = frame.assign(**{"x:x": (frame["x"] - frame["x"].mean()) ** 2})
    fit, sample = fitted(frame, {"scale": ["x"], "interaction": ["x:x"]})
    return {row["test"]: row for row in u_shape_rows(fit, sample, {"interactions": [["x", "x"]]}, 0.05)}


def splined(frame):
    knots = [8.5, 9.5, 10.5, 11.5]
    names = ["x", "x~1", "x~2"]
    frame = frame.assign(**dict(zip(names[1:], restricted_cubic_spline(frame["x"].to_numpy(), knots).T, strict=True)))
    fit, sample = fitted(frame, {"scale": names})
    return {row["test"]: row for row in u_shape_rows(fit, sample, {"splines": {"x": knots}}, 0.05)}


def test_recovers_a_planted_turn():
    rows = squared(shaped(np.random.default_rng(4), lambda x: 0.5 * (x - 9.5) ** 2))
    assert rows["u_shape"]["estimate"] == pytest.approx(9.5, abs=0.1)
    assert rows["u_shape"]["verdict"] == "u shape" and rows["inverse_u_shape"]["verdict"] == "no inverse u shape shown"
    rows = splined(shaped(np.random.default_rng(5), lambda x: -0.5 * (x - 10) ** 2))
    assert rows["inverse_u_shape"]["p_value"] < 1e-4 and rows["u_shape"]["p_value"] > 0.99


def test_a_bend_without_a_turn_is_no_u():
    for rows in (f(shaped(np.random.default_rng(6), lambda x: 0.5 * (x - 6) ** 2)) for f in (squared, splined)):
        assert min(rows["u_shape"]["p_value"], rows["inverse_u_shape"]["p_value"]) > 0.5


def test_slopes_of_the_spline_are_its_derivatives():
    knots = [8.5, 9.0, 10.0, 11.0]
    for x in (8.0, 8.7, 9.4, 10.9, 12.0):
        rise = np.diff(restricted_cubic_spline(np.array([x - 1e-6, x + 1e-6]), knots), axis=0)[0] / 2e-6
        np.testing.assert_allclose(restricted_cubic_slopes(x, knots), rise, atol=1e-8)


def test_a_removed_column_has_no_shape():
    frame = shaped(np.random.default_rng(7), np.sin)
    fit, sample = fitted(frame, {"scale": ["x"]})
    (row,) = u_shape_rows(fit, sample, {"splines": {"x": [50, 60, 70]}}, 0.05)
    assert row["verdict"] == "not applicable" and row["term"] == "x: a column of its shape was removed"


def equal(x, y, quantiles, draws, rng):
    frame = pd.DataFrame({"x": x})
    solved = _solve(y, frame, quantiles, Bootstrap(draws, rng))
    return equal_slopes_rows(["x"], np.array(solved.points), np.array(solved.drawn), ["x"], 0.05)[0]


def test_engel_has_unequal_slopes_as_in_r():
    from statsmodels.datasets import engel

    data = engel.load_pandas().data
    row = equal(data["income"], data["foodexp"].to_numpy(), [0.25, 0.5, 0.75], 999, np.random.default_rng(1))
    assert row["verdict"] == "chi-squared 2"
    # Two covariances, one question: the same order of magnitude is all that can be asked.
    assert REFERENCE["engel"]["f"] / 2 < row["statistic"] / 2 < REFERENCE["engel"]["f"] * 2
    assert row["p_value"] < 1e-3


def test_equal_slopes_keeps_its_size_and_finds_fanning_out():
    rejected = 0
    for seed in range(40):
        rng = np.random.default_rng([8, seed])
        x = rng.normal(size=150)
        rejected += equal(x, x + rng.normal(size=150), [0.1, 0.5, 0.9], 199, rng)["p_value"] < 0.05
    assert rejected <= 7  # a 5 % test rejects more than 7 of 40 once in 1,000
    rng = np.random.default_rng(9)
    x = rng.uniform(0, 1, 500)
    row = equal(x, x + (1 + 2 * x) * rng.normal(size=500), [0.1, 0.5, 0.9], 199, rng)
    assert row["p_value"] < 1e-4 and row["estimate"] == pytest.approx(2 * 2.563, abs=1.5)


def test_one_quantile_is_not_compared():
    (row,) = equal_slopes_rows(["x"], np.ones((1, 1)), np.ones((1, 9, 1)), ["x"], 0.05)
    assert row["verdict"] == "not applicable"


def test_a_quantile_specification_reports_equal_slopes():
    rng = np.random.default_rng(10)
    nis = [f"9{i:04d}" for i in range(80)]
    size = rng.normal(9, 1, 80)

    def rows(indicator, values):
        frame = pd.DataFrame({"nis": nis, "value": values, "indicator": indicator, "beleidsveld": "", "period": ""})
        return frame.assign(level="municipality", year=pd.array([pd.NA] * 80, dtype="Int64"))

    panel = pd.concat([rows("shift", size + size * rng.normal(size=80)), rows("size", size)], ignore_index=True)
    specification = {
        "estimator": "quantile",
        "outcome": "shift",
        "blocks": {"scale": ["size"]},
        "quantiles": [0.9, 0.1],
    }
    settings = {"exclusions": {}, "categorical": (), "minimum_municipalities": 30, "equivalence": {"alpha": 0.05}}
    settings |= {"inference": {"confidence": 0.95, "draws": 99}}
    done = estimate_quantile(Task(panel, specification, settings, np.random.default_rng(1), "q"))
    row = done.inference.set_index("test").loc["equal_slopes"]
    table = done.fit.coefficients.set_index(["equation", "term"])
    assert row["estimate"] == pytest.approx(table.at[("quantile_0.9-0.1", "size"), "estimate"])
    # One difference: the Wald test is the square of estimate over standard error.
    assert row["statistic"] == pytest.approx(table.at[("quantile_0.9-0.1", "size"), "statistic"] ** 2)
