"""K1: lme4's numbers, statsmodels as second opinion, planted variances, the boundary, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.random_slope import (
    TERMS,
    _free,
    _hold_covariance,
    _hold_intercept,
    _hold_residual,
    _hold_slope,
    _log_likelihood,
    _maximise,
    _root,
    _sums,
    estimate_random_slope,
    random_slope,
    residual_autocorrelation,
)
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/sleepstudy.yaml").read_text())
YEARS = np.arange(2014, 2020)


def sleepstudy():
    reaction = np.array(REFERENCE["reaction"])
    subjects, days = np.indices(reaction.shape).reshape(2, -1)
    return reaction.ravel(), np.column_stack([np.ones(180), days]).astype(float), days.astype(float), subjects


def simulated(rng, n=150, slope_sd=0.3, correlation=0.4, missing=0.0):
    units, years = np.repeat(np.arange(n), 6), np.tile(np.arange(6), n)
    post = (years >= 2).astype(float)
    both = rng.normal(size=(n, 2))
    intercept = 0.5 * both[:, 0]
    slope = slope_sd * (correlation * both[:, 0] + np.sqrt(1 - correlation**2) * both[:, 1])
    y = 4 + 0.05 * years + intercept[units] + slope[units] * post + rng.normal(0, 0.2, 6 * n)
    kept = rng.random(6 * n) >= missing
    fixed = np.column_stack([np.ones(6 * n), years[:, None] == np.arange(1, 6)]).astype(float)
    return y[kept], fixed[kept], post[kept], np.unique(units[kept], return_inverse=True)[1]


def test_sleepstudy_matches_lme4():
    result = random_slope(*sleepstudy())
    for term, value in REFERENCE["variances"].items():
        assert result.variances[term] == pytest.approx(value, rel=1e-5)
    spread = np.sqrt(result.variances["intercept_variance"] * result.variances["post_variance"])
    assert result.variances["covariance"] / spread == pytest.approx(REFERENCE["correlation"], abs=5e-3)
    assert result.log_likelihood == pytest.approx(REFERENCE["log_likelihood"]["slope"], abs=5e-3)
    assert result.statistic == pytest.approx(REFERENCE["likelihood_ratio"], abs=5e-4)
    np.testing.assert_allclose(result.fixed, [251.40510485, 10.46728596], rtol=1e-9)  # least squares: balanced
    for term, ends in REFERENCE["sd_intervals"].items():
        np.testing.assert_allclose(np.sqrt(result.intervals[term]), ends, atol=6e-4)


def test_the_boundary_halves_the_degrees_of_freedom():
    from scipy.special import chdtrc

    result = random_slope(*sleepstudy())
    assert chdtrc(2, result.statistic) == pytest.approx(REFERENCE["naive_p"], rel=1e-3)
    mixed = 0.5 * (chdtrc(1, result.statistic) + chdtrc(2, result.statistic))
    assert result.p_value == pytest.approx(mixed)
    assert result.p_value < REFERENCE["naive_p"]


def test_unbalanced_matches_statsmodels():
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, fixed, post, units = simulated(np.random.default_rng(2), missing=0.2)
    ours = random_slope(y, fixed, post, units)
    theirs = MixedLM(y, fixed, groups=units, exog_re=np.column_stack([np.ones(len(y)), post])).fit(
        reml=False, method="lbfgs"
    )
    assert ours.log_likelihood >= theirs.llf - 1e-8
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-5)
    cov = theirs.cov_re
    expected = dict(zip(TERMS, [cov[0, 0], cov[1, 0], cov[1, 1], theirs.scale], strict=True))
    for term in TERMS:
        assert ours.variances[term] == pytest.approx(expected[term], rel=2e-3, abs=1e-5)
    np.testing.assert_allclose(ours.fixed, theirs.fe_params, atol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.fixed_covariance)), theirs.bse_fe, rtol=5e-3)


@pytest.mark.parametrize(
    ("lift", "free"),
    [
        (_free, [-0.5, 0.6, 0.2, 0.3]),
        (lambda f: _hold_intercept(f, 0.3), [-0.5, 0.2, 0.3]),
        (lambda f: _hold_covariance(f, 0.1), [-0.5, 0.6, 0.3]),
        (lambda f: _hold_slope(f, 0.2), [-0.5, 0.6, 0.7]),
        (lambda f: _hold_residual(f, 0.2), [0.6, 0.2, 0.3]),
    ],
)
def test_gradient_is_the_derivative(lift, free):
    sums, free = _sums(*simulated(np.random.default_rng(3), missing=0.1)), np.array(free)
    values, derivative = lift(free)
    analytic = _log_likelihood(sums, values)[1] @ derivative
    for i, step in enumerate(1e-5 * np.eye(len(free))):
        rise = _log_likelihood(sums, lift(free + step)[0])[0] - _log_likelihood(sums, lift(free - step)[0])[0]
        assert rise / 2e-5 == pytest.approx(analytic[i], rel=1e-6)


def test_recovers_planted_variances():
    planted = dict(zip(TERMS, [0.25, 0.06, 0.09, 0.04], strict=True))
    found, covered = [], 0
    for seed in range(20):
        result = random_slope(*simulated(np.random.default_rng([4, seed])))
        found.append([result.variances[term] for term in TERMS])
        low, high = result.intervals["post_variance"]
        covered += low <= 0.09 <= high
        assert result.p_value < 1e-6
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(mean - list(planted.values())) < 4 * error + 0.01 * mean).all()  # ML is 1/n too small
    assert covered >= 16  # 19 expected; 15 or fewer less than once in 1,000


def test_no_slope_variance_is_rarely_found_and_its_interval_begins_at_zero():
    rejected = 0
    for seed in range(40):
        result = random_slope(
            *simulated(np.random.default_rng([5, seed]), n=100, slope_sd=0.0), 0.95 if seed < 8 else None
        )
        rejected += result.p_value < 0.05
        assert seed >= 8 or result.intervals["post_variance"][0] == 0 or result.statistic > 3.84
        assert 0 < result.p_value <= 1
    assert rejected <= 7  # a 5 % test rejects more than 7 of 40 once in 1,000


def test_an_offset_of_a_million_and_the_order_of_the_rows_cost_no_digits():
    y, fixed, post, units = simulated(np.random.default_rng(6), n=60)
    order = np.random.default_rng(1).permutation(len(y))
    one = random_slope(y, fixed, post, units)
    for other in (
        random_slope(y + 1e6, fixed, post, units),
        random_slope(y[order], fixed[order], post[order], units[order]),
    ):
        for term in TERMS:
            assert other.variances[term] == pytest.approx(one.variances[term], rel=1e-8)
            assert other.intervals[term] == pytest.approx(one.intervals[term], rel=1e-7)


def test_units_pass_through():
    y, fixed, post, units = simulated(np.random.default_rng(6))
    one, far = random_slope(y, fixed, post, units), random_slope(1e3 * y + 7, fixed, post, units)
    assert far.statistic == pytest.approx(one.statistic, abs=1e-6)
    assert far.variances["post_variance"] == pytest.approx(1e6 * one.variances["post_variance"], rel=1e-5)
    assert far.intervals["post_variance"][1] == pytest.approx(1e6 * one.intervals["post_variance"][1], rel=1e-4)


def test_refusals_are_named():
    y, fixed, post, units = simulated(np.random.default_rng(7), n=20)
    with pytest.raises(Refusal, match="combinations of each other"):
        random_slope(y, np.column_stack([fixed, fixed[:, 1]]), post, units)
    with pytest.raises(Refusal, match="0 municipalities have years before and after"):
        random_slope(y, fixed, np.ones(len(y)), units)
    with pytest.raises(Refusal, match="40 rows for 20 intercepts and 20 slopes"):
        few = np.isin(np.tile(np.arange(6), 20), [1, 2])
        random_slope(y[few], fixed[few][:, [0, 1]], post[few], units[few])
    with pytest.raises(Refusal, match="exact combination"):
        random_slope(fixed @ np.arange(6.0), fixed, post, units)


def test_drift_is_seen_and_independence_is_not_called_drift():
    rng = np.random.default_rng(10)
    units, years = np.repeat(np.arange(400), 6), np.tile(np.arange(6), 400)
    post, noise = (years >= 2).astype(float), rng.normal(size=(400, 6))
    apart, pairs = residual_autocorrelation(noise.ravel(), units, post, years)
    assert pairs == 1200 and abs(apart) < 4 / np.sqrt(1200)  # the two years before say nothing
    drift = np.cumsum(noise, axis=1).ravel()
    shuffled = rng.permutation(2400)
    found = residual_autocorrelation(drift[shuffled], units[shuffled], post[shuffled], years[shuffled])
    assert found[0] > 0.2 and found == residual_autocorrelation(drift, units, post, years)
    assert np.isnan(residual_autocorrelation(noise.ravel(), units, years % 3, years)[0])


def panel(rng, n=60):
    parts = []
    for code, sd in (("074", 0.4), ("075", 0.0)):
        y, fixed, _, units = simulated(rng, n=n, slope_sd=sd)
        years = 2014 + (fixed[:, 1:] @ np.arange(1, 6)).astype(int)
        parts.append(
            pd.DataFrame({"nis": [f"9{i:04d}" for i in units], "year": years, "value": np.exp(y), "beleidsveld": code})
        )
    frame = pd.concat(parts, ignore_index=True).astype({"year": "Int64"})
    return frame.assign(indicator="real_spending", level="municipality", period="")


def task(panel, **changes):
    specification = {"estimator": "random_slope", "outcome": "real_spending", "transform": "log", "beleidsveld": "074"}
    settings = {
        "exclusions": {},
        "categorical": (),
        "minimum_municipalities": 30,
        "inference": {"confidence": 0.95, "draws": 99},
    }
    settings |= {"windows": {"pre": [2014, 2015], "post": [2017, 2018, 2019]}, "groups": {"reformed": ["074", "075"]}}
    return Task(panel, specification | changes, settings, np.random.default_rng(1), "k1")


def test_a_specification_from_panel_to_estimation():
    done = estimate_random_slope(task(panel(np.random.default_rng(8))))
    assert done.fit.coefficients["equation"].unique().tolist() == ["random"]
    assert set(done.fit.coefficients["term"]) == {*TERMS, "residual_autocorrelation"}
    assert done.fit.warnings == []
    assert done.fit.n_obs == 300 and done.fit.n_units == 60  # 2016 is in neither window
    assert done.ledger.iloc[-1].tolist() == ["windows", 360, 300, "years before and after"]
    test = done.inference.set_index("test").loc["likelihood_ratio"]
    assert test["term"] == "post_variance" and test["p_value"] < 1e-4
    assert done.sample_sha256


def test_regressors_are_told_in_their_own_units():
    rng = np.random.default_rng(10)
    frame = panel(rng)
    own = frame[(frame["beleidsveld"] == "074") & (frame["year"] == 2014)].assign(
        beleidsveld="", year=pd.NA, indicator="size"
    )
    size = pd.Series(rng.normal(size=len(own)), own.index)
    tables = {}
    for factor in (1, 1000):
        whole = pd.concat([frame, own.assign(value=5 + factor * size)], ignore_index=True).astype({"year": "Int64"})
        done = estimate_random_slope(task(whole, blocks={"scale": ["size"]}))
        tables[factor] = done.fit.coefficients.set_index("term").loc["size"]
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        assert tables[1][column] == pytest.approx(1000 * tables[1000][column], rel=1e-6)
    # About what least squares says of one column without effects.
    y = np.log(frame[frame["beleidsveld"] == "074"].set_index(["nis", "year"])["value"]).unstack()
    y = y.drop(columns=2016).sub(y.drop(columns=2016).mean()).mean(axis=1)
    x = pd.Series(size.to_numpy(), own["nis"])
    slope = np.polyfit(x[y.index], y, 1)[0]
    assert tables[1]["estimate"] == pytest.approx(slope, abs=2 * tables[1]["std_error"])


def test_field_by_field_and_a_field_that_cannot():
    frame = panel(np.random.default_rng(9))
    done = estimate_random_slope(task(frame, fields=["reformed", "073"]))
    assert done.fit.coefficients["equation"].unique().tolist() == ["074", "075"]
    rows = done.inference[done.inference["test"] == "likelihood_ratio"].set_index("term")
    assert rows.at["074:post_variance", "p_value"] < 1e-4 < rows.at["075:post_variance", "p_value"]
    assert done.fit.warnings == ["073: no municipality has real_spending for 073"]
    with pytest.raises(Refusal, match="073: no municipality has real_spending for 073"):
        estimate_random_slope(task(frame, fields=["073"]))
    with pytest.raises(Refusal, match="no year of the post window has a value"):
        estimate_random_slope(task(frame, windows={"pre": [2014, 2015], "post": [2030, 2031]}))


def test_a_small_likelihood_ratio_has_the_p_of_its_mixture():
    from scipy.special import chdtrc

    found = []
    for seed in range(12):
        rng = np.random.default_rng([31, seed])
        units = np.repeat(np.arange(60), 6)
        post = np.tile([0.0, 0, 0, 1, 1, 1], 60)
        y = rng.normal(size=60)[units] + rng.normal(size=360)
        result = random_slope(y, np.column_stack([np.ones(360), post]), post, units, confidence=None)
        if 0.05 < result.statistic < 0.95:
            found.append(result)
    assert len(found) > 1
    for result in found:
        expected = 0.5 * (chdtrc(1, result.statistic) + chdtrc(2, result.statistic))
        assert result.p_value == pytest.approx(expected, rel=1e-9) and result.p_value < 0.9


def test_a_root_far_away_is_found_on_either_side():
    assert _root(lambda value: value - 50.0, 0.0, 1.0) == pytest.approx(50, rel=1e-9)
    assert _root(lambda value: -50.0 - value, 0.0, -1.0) == pytest.approx(-50, rel=1e-9)
    assert _root(lambda value: -1.0, 0.0, -1.0) == -np.inf


def test_a_search_that_ends_at_the_mirror_image_tells_the_same_variances():
    y, fixed, post, units = simulated(np.random.default_rng(9))
    first = np.linalg.lstsq(fixed, y, rcond=None)[0]
    sums = _sums((y - fixed @ first) / y.std(), fixed, post / post.std(), units)
    top, at = _maximise(sums, _free)
    for mirrored in (at * [1, -1, -1, 1], at * [1, 1, 1, -1], at * [1, -1, -1, -1]):
        again, found = _maximise(sums, _free, mirrored)
        assert again == pytest.approx(top, rel=1e-12)
        np.testing.assert_allclose(found, at, rtol=1e-6)
