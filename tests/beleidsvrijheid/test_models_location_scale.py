"""Location-scale regression: R and textbook numbers, derivatives, planted d and h, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import ndtri
from scipy.stats import binom

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import UNDERPOWERED
from beleidsvrijheid.models import harvey, rif
from beleidsvrijheid.models.field_sample import LongSample
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal
from beleidsvrijheid.models.location_scale import (
    _spread,
    estimate_location_scale,
    permute_labels,
    reform_problem,
    two_step_changes,
)
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.sentences import sentence

from .published_study import study_labels
from .simulated_fields import BLOCKS, PREDICTORS, as_panel, settings_of, simulate_location_scale, specification

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference" / "harvey.yaml").read_text())


def r_uniforms(seed, n):
    """runif of R: Mersenne Twister, its seed scrambled as R does."""
    state, words = seed, []
    for _ in range(50):
        state = (69069 * state + 1) % 2**32
    for _ in range(625):
        state = (69069 * state + 1) % 2**32
        words.append(state)
    twister = np.random.RandomState()
    twister.set_state(("MT19937", np.array(words[1:], dtype=np.uint32), 624))
    return twister.randint(0, 2**32, size=n, dtype=np.uint64) * 2.3283064365386963e-10


def lmls_data(seed, n):
    """The rows of lmls' own test: runif three times, then rnorm by inversion."""
    draws = r_uniforms(seed, 5 * n)
    x1, x2, x3 = draws[: 3 * n].reshape(3, n)
    high, low = draws[3 * n :].reshape(n, 2).T
    normal = ndtri((np.floor(134217728 * high) + low) / 134217728)
    frame = pd.DataFrame({"x1": x1, "x2": x2, "x3": x3})
    return frame.assign(y=x1 + x3 + np.exp(-3 + x2 + x3) * normal)


def expected_errors(found, mean, variance):
    """Standard errors from the expected information, as R and textbooks print them."""
    x, z = (np.column_stack([table.to_numpy(), np.ones(len(table))]) for table in (mean, variance))
    weighted = x * np.exp(-found.log_variance)[:, None]
    return [np.sqrt(np.diag(np.linalg.inv(matrix))) for matrix in (weighted.T @ x, z.T @ z / 2)]


def test_matches_lmls_of_r():
    known = REFERENCE["lmls"]
    data = lmls_data(known["seed"], known["n"])
    mean, variance = data[["x1", "x3"]], data[["x2", "x3"]]
    found = harvey.location_scale(data["y"].to_numpy(), mean, variance, np.arange(len(data)))
    errors = expected_errors(found, mean, variance)
    assert found.mean_terms == list(known["mean"])
    assert found.variance_terms == list(known["log_sd"])
    close = {"rtol": 0, "atol": known["tolerance"]}
    np.testing.assert_allclose(found.mean, list(known["mean"].values()), **close)
    np.testing.assert_allclose(errors[0], list(known["mean_errors"].values()), **close)
    close = {"rtol": 0, "atol": known["log_sd_tolerance"]}
    np.testing.assert_allclose(found.variance / 2, list(known["log_sd"].values()), **close)
    np.testing.assert_allclose(errors[1] / 2, list(known["log_sd_errors"].values()), **close)
    assert found.log_likelihood == pytest.approx(known["log_likelihood"], abs=known["likelihood_tolerance"])
    assert found.aic == pytest.approx(known["aic"], abs=2 * known["likelihood_tolerance"])


def test_matches_greenes_airlines():
    known = REFERENCE["greene"]
    output, cost, price, load = np.array(known["data"], float).T
    mean = pd.DataFrame({"output": np.log(output), "square": np.log(output) ** 2, "price": np.log(price)})
    variance = pd.DataFrame({"load": load})
    found = harvey.location_scale(np.log(cost), mean, variance, np.arange(len(cost)))
    assert found.variance[0] == pytest.approx(known["load"], abs=known["load_tolerance"])
    assert expected_errors(found, mean, variance)[1][0] == pytest.approx(known["load_error"], abs=5e-4)
    assert found.log_likelihood == pytest.approx(known["log_likelihood"], abs=5e-5)
    ratio, p_value, k = harvey.likelihood_ratio(found, ["load"])
    assert found.log_likelihood - ratio / 2 == pytest.approx(known["equal_variances"], abs=5e-5)
    assert (k, ratio) == (1, pytest.approx(known["likelihood_ratio"], abs=5e-4))
    assert p_value == pytest.approx(0.01371, abs=5e-6)  # chi-squared with one degree of freedom


@pytest.fixture(scope="module")
def small():
    """Rows with cells, units and clusters, unbalanced."""
    frame = simulate_location_scale(np.random.default_rng(3), n=40, fields=4, reformed=2, same=0.3)
    frame = frame.sample(frac=0.9, random_state=1).sort_index().reset_index(drop=True)
    product = frame["post"] * frame["size"]
    mean = pd.DataFrame({"post:size": product, "reform": frame["reformed"] * frame["post"] * frame["staff"]})
    variance = pd.DataFrame({"size": frame["size"], "post": frame["post"], "staff": 5 + 100 * frame["staff"]})
    return frame, mean, variance, (frame["field"] + " " + frame["time"].astype(str)).to_numpy()


def effects_of(small, kind):
    frame, _, _, cells = small
    return {"none": (None, None), "cells": (cells, None), "both": (cells, frame["nis"].to_numpy())}[kind]


@pytest.mark.parametrize("kind", ["none", "cells", "both"])
def test_gradient_and_information_are_the_derivatives(small, kind):
    frame, mean, variance, _ = small
    problem = harvey.design(frame["outcome"].to_numpy(), mean, variance, *effects_of(small, kind))
    gamma = np.array([0.1, -0.2, 0.15, -0.6])
    at = harvey.profile(problem, gamma)
    steps = 1e-4 * np.eye(len(gamma))
    differences = [
        harvey.profile(problem, gamma + step).log_likelihood - harvey.profile(problem, gamma - step).log_likelihood
        for step in steps
    ]
    np.testing.assert_allclose(harvey.gradient(problem, at), np.array(differences) / 2e-4, rtol=1e-6, atol=1e-6)
    slopes = [
        harvey.gradient(problem, harvey.profile(problem, gamma + step))
        - harvey.gradient(problem, harvey.profile(problem, gamma - step))
        for step in steps
    ]
    whole, p = harvey.information(problem, at), problem.mean.shape[1]
    concentrated = whole[p:, p:] - whole[p:, :p] @ np.linalg.solve(whole[:p, :p], whole[:p, p:])
    np.testing.assert_allclose(concentrated, -np.array(slopes) / 2e-4, rtol=1e-5, atol=1e-5)


def test_sandwich_and_jackknife_are_those_of_numerical_derivatives(small):
    frame, mean, variance, _ = small
    outcome, clusters = frame["outcome"].to_numpy(), frame["nis"].to_numpy()
    found = harvey.location_scale(outcome, mean, variance, clusters)
    x, z = (np.column_stack([table.to_numpy(), np.ones(len(table))]) for table in (mean, variance))

    def rows(parameters):
        log_variance = z @ parameters[x.shape[1] :]
        squares = (outcome - x @ parameters[: x.shape[1]]) ** 2
        return -0.5 * (np.log(2 * np.pi) + log_variance + squares * np.exp(-log_variance))

    best = np.concatenate([found.mean, found.variance])
    assert rows(best).sum() == pytest.approx(found.log_likelihood, rel=1e-12)
    steps = np.diag(1e-5 / np.sqrt(np.concatenate([(x**2).mean(axis=0), (z**2).mean(axis=0)])))
    sizes = np.diag(steps)
    scores = np.column_stack([rows(best + step) - rows(best - step) for step in steps]) / (2 * sizes)
    hessian = np.array([[_second(rows, best, 100 * a, 100 * b) for a in steps] for b in steps])
    hessian = hessian / np.outer(100 * sizes, 100 * sizes)
    sums = np.array([scores[clusters == unit].sum(axis=0) for unit in np.unique(clusters)])
    inverse, count = np.linalg.inv(-hessian), len(sums)
    expected = inverse @ (sums.T @ sums) @ inverse * count / (count - 1)
    size = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found.sandwich / np.outer(size, size), expected / np.outer(size, size), atol=2e-4)
    np.testing.assert_allclose(found.information, inverse, rtol=1e-3, atol=1e-12)
    wide = 100 * steps
    for place, unit in enumerate(np.unique(clusters)):
        without = clusters != unit
        own = np.array([[_second(lambda at, keep=without: rows(at)[keep], best, a, b) for a in wide] for b in wide])
        sums[place] = np.linalg.solve(-own / np.outer(100 * sizes, 100 * sizes), sums[place])
    expected = sums.T @ sums * (count - 1) / count
    np.testing.assert_allclose(found.covariance / np.outer(size, size), expected / np.outer(size, size), atol=2e-3)


def test_the_jackknife_is_close_to_leaving_every_municipality_out(small):
    frame, mean, variance, cells = small
    outcome, clusters = frame["outcome"].to_numpy(), frame["nis"].to_numpy()
    found = harvey.location_scale(outcome, mean, variance, clusters, cells)
    moved = []
    for unit in np.unique(clusters):
        keep = clusters != unit
        own = harvey.location_scale(outcome[keep], mean[keep], variance[keep], clusters[keep], cells[keep])
        moved.append(np.concatenate([own.mean, own.variance]) - np.concatenate([found.mean, found.variance]))
    refitted = np.sqrt((np.array(moved) ** 2).sum(axis=0) * 39 / 40)
    np.testing.assert_allclose(np.concatenate(found.errors()), refitted, rtol=0.15)


def _second(function, at, a, b):
    return (
        sum(
            sign * function(at + u * a + v * b).sum()
            for sign, u, v in ((1, 1, 1), (-1, 1, -1), (-1, -1, 1), (1, -1, -1))
        )
        / 4
    )


@pytest.mark.parametrize("kind", ["cells", "both"])
def test_absorbed_effects_are_dummies(small, kind):
    frame, mean, variance, _ = small
    outcome, clusters = frame["outcome"].to_numpy(), np.arange(len(frame))  # each row its own: enough for the dummies
    cells, units = effects_of(small, kind)
    absorbed = harvey.location_scale(outcome, mean, variance, clusters, cells, units)
    columns = [
        pd.get_dummies(pd.Series(labels), dtype=float).iloc[:, 1:] for labels in (cells, units) if labels is not None
    ]
    explicit = harvey.location_scale(outcome, pd.concat([mean, *columns], axis=1), variance, clusters)
    assert explicit.log_likelihood == pytest.approx(absorbed.log_likelihood, rel=1e-12)
    assert explicit.aic == pytest.approx(absorbed.aic, rel=1e-12)
    np.testing.assert_allclose(explicit.mean[:2], absorbed.mean, rtol=1e-7)
    np.testing.assert_allclose(explicit.variance, absorbed.variance, rtol=1e-7)
    at = np.r_[0, 1, len(explicit.mean) : len(explicit.mean) + 4]
    np.testing.assert_allclose(explicit.sandwich[np.ix_(at, at)], absorbed.sandwich, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(explicit.information[np.ix_(at, at)], absorbed.information, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(explicit.residuals, absorbed.residuals, atol=1e-7)


def long_sample(frame):
    return LongSample(frame, BLOCKS, [], pd.DataFrame(), [])


def test_recovers_planted_d_and_h_and_their_intervals_cover():
    planted = {"reform": 0.3, "reform:staff": 0.2, "reform:size": 0.0, "reform:turnover": -0.1, "size": -0.3}
    estimates, errors, rejected = [], [], 0
    for seed in range(50):
        frame = simulate_location_scale(np.random.default_rng(seed), n=120, same=0.4)
        found = reform_problem(long_sample(frame)).fit()
        at = [found.variance_terms.index(term) for term in planted]
        estimates.append(found.variance[at])
        errors.append(found.errors()[1][at])
        rejected += found.wald(["reform:size"], 0.05).p_value < 0.05
    estimates, errors, true = np.array(estimates), np.array(errors), np.array(list(planted.values()))
    noise = estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))
    assert (np.abs(estimates.mean(axis=0) - true) < 3 * noise).all()
    covered = (np.abs(estimates - true) < 1.98 * errors).sum(axis=0)
    assert (covered >= binom.ppf(0.0005, 50, 0.95)).all()
    assert rejected <= binom.ppf(0.9995, 50, 0.05)
    np.testing.assert_allclose(errors.mean(axis=0), estimates.std(axis=0, ddof=1), rtol=0.35)


def test_wald_is_t_squared_and_the_likelihood_ratio_is_two_fits(small):
    frame, mean, variance, cells = small
    outcome, clusters = frame["outcome"].to_numpy(), frame["nis"].to_numpy()
    found = harvey.location_scale(outcome, mean, variance, clusters, cells)
    one = found.wald(["staff"], 0.05)
    assert (one.q, one.statistic) == (1, pytest.approx((found.variance[2] / found.errors()[1][2]) ** 2))
    both = found.wald(["staff", "size"], 0.05)
    at = np.array([2, 0])
    block = found.covariance[np.ix_(at + 2, at + 2)]
    assert both.statistic == pytest.approx(found.variance[at] @ np.linalg.inv(block) @ found.variance[at] / 2)
    assert 0 < both.p_value < 1
    less = harvey.location_scale(outcome, mean, variance[["post"]], clusters, cells)
    ratio, _, k = harvey.likelihood_ratio(found, ["size", "staff"])
    assert (k, ratio) == (2, pytest.approx(2 * (found.log_likelihood - less.log_likelihood), rel=1e-8))


def test_rows_in_another_order_give_the_same(small):
    frame, mean, variance, cells = small
    order = np.random.default_rng(0).permutation(len(frame))
    one = harvey.location_scale(frame["outcome"].to_numpy(), mean, variance, frame["nis"].to_numpy(), cells)
    other = harvey.location_scale(
        frame["outcome"].to_numpy()[order],
        mean.iloc[order],
        variance.iloc[order],
        frame["nis"].to_numpy()[order],
        cells[order],
    )
    np.testing.assert_allclose(one.variance, other.variance, rtol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-7, atol=1e-14)


def test_what_the_data_cannot_carry_is_refused_by_name(small):
    frame, mean, variance, cells = small
    outcome, clusters = frame["outcome"].to_numpy(), frame["nis"].to_numpy()

    def fit(outcome=outcome, mean=mean, variance=variance, clusters=clusters, cells=cells, units=None):
        return harvey.location_scale(outcome, mean, variance, clusters, cells, units)

    with pytest.raises(Refusal, match="collinear in the variance: twice"):
        fit(variance=variance.assign(twice=2 * variance["size"] - variance["post"]))
    with pytest.raises(Refusal, match="collinear in the mean: by_cell"):
        fit(mean=mean.assign(by_cell=frame["time"] * frame["reformed"]))
    with pytest.raises(Refusal, match="collinear in the mean: size"):
        fit(mean=mean.assign(size=frame["size"]), units=clusters)
    alone = cells.copy().astype(object)
    alone[7] = "067 2030"
    with pytest.raises(Refusal, match="067 2030 has one row only"):
        fit(cells=alone.astype(str))
    exact = np.where(cells == cells[0], 1.5, outcome)
    with pytest.raises(Refusal, match=f"separation: the rows of {cells[0]} are fitted exactly"):
        fit(outcome=exact, mean=mean[[]])
    flat = np.where(frame["nis"].isin(["90003", "90004"]), 2.0, outcome)
    marked = variance.assign(small_places=frame["nis"].isin(["90003", "90004"]).astype(float))
    with pytest.raises(Refusal, match="separation: the variance runs to zero along small_places"):
        fit(outcome=flat, mean=pd.DataFrame({"flat": marked["small_places"]}), variance=marked, cells=None)
    with pytest.raises(Refusal, match="3 clusters for 6 coefficients"):
        fit(clusters=np.arange(len(frame)) % 3)
    with pytest.raises(Refusal, match="the same value in every row"):
        fit(outcome=np.ones(len(frame)))


def test_permutation_of_labels_by_hand():
    change, treated = np.array([3.0, 2.0, 1.0, 0.0]), np.array([True, True, False, False])
    # Six labellings: differences 2, 1, 0, 0, -1, -2; two of six are as far from zero as the observed 2.
    observed, p_value, used, distinct, smallest = permute_labels(change, treated, 99, np.random.default_rng(0))
    assert (observed, p_value, used, distinct, smallest) == (2.0, pytest.approx(1 / 3), 6, 6, pytest.approx(1 / 3))
    change = np.arange(20.0)
    observed, p_value, used, distinct, smallest = permute_labels(change, change > 9, 99, np.random.default_rng(0))
    assert (observed, used, distinct, smallest) == (10.0, 99, 184756, 0.01)
    assert p_value == 0.01
    rng, p_values = np.random.default_rng(1), []
    for _ in range(400):
        p_values.append(permute_labels(rng.normal(size=8), np.arange(8) < 4, 70, rng)[1])
    assert abs(np.mean(np.array(p_values) <= 0.2) - 0.2) < 0.07


def test_two_step_change_does_not_hang_on_the_labels_and_finds_d():
    frame = simulate_location_scale(np.random.default_rng(5), n=400, d=1.5)
    change, treated = two_step_changes(long_sample(frame))
    assert treated.tolist() == [True] * 4 + [False] * 4
    difference = change[treated].mean() - change[~treated].mean()
    assert abs(difference - 1.5) < 4 * np.sqrt(4.93 * 16 / len(frame)) < 0.4  # 4.93: variance of ln chi-squared(1)
    other, _ = two_step_changes(long_sample(frame.assign(reformed=1 - frame["reformed"])))
    np.testing.assert_array_equal(change, other)


def task(frame, **changes):
    settings = changes.pop("settings", {})
    return Task(
        as_panel(frame), specification(**changes), settings_of(frame, **settings), np.random.default_rng(1), "e3"
    )


@pytest.fixture(scope="module")
def rows():
    return simulate_location_scale(np.random.default_rng(1), n=120)


def test_specification_gives_both_equations_and_every_test(rows):
    found = estimate_location_scale(task(rows))
    table = found.estimates
    assert list(table.columns) == COEFFICIENT_COLUMNS
    sides = [
        f"{side}{name}" for side in ("", "reformed:", "post:", "reform:") for name in ("staff", "size", "turnover")
    ]
    assert table.loc[table["equation"] == "mean", "term"].tolist() == sides
    assert table.loc[table["equation"] == "log_variance", "term"].tolist() == ["reform", *sides]
    core = reform_problem(long_sample(rows)).fit()
    variance = table[table["equation"] == "log_variance"].set_index("term")
    assert variance.at["reform", "estimate"] == pytest.approx(core.variance[core.variance_terms.index("reform")])
    assert variance.at["reform", "block"] == "reform"
    assert variance.at["post:size", "block"] == "scale"
    assert np.isnan(variance.at["reform", "standardised"])
    np.testing.assert_allclose(variance.loc[sides, "standardised"], variance.loc[sides, "estimate"])
    tests = found.inference.set_index(["test", "term"])
    for name in ("d", "h", "h:capacity", "h:scale", "h:politics"):
        assert 0 <= tests.loc[("wald", name), "p_value"] <= 1
        assert 0 <= tests.loc[("likelihood_ratio", name), "p_value"] <= 1
    assert tests.loc[("wald", "d"), "p_value"] == pytest.approx(variance.at["reform", "p_value"])
    both = tests.loc[["wald", "likelihood_ratio"]]
    assert ((both["statistic"] > both["critical"]) == (both["p_value"] < 0.05)).all()
    assert len(tests.loc["equivalence"]) == 6
    assert "70 of 70 distinct permutations" in tests.loc[("permutation", "d"), "verdict"]
    ledger = found.ledger
    assert "32 effects in the mean and 10 in the ln variance, not shown" in set(ledger["reason"])
    assert ledger["step"].tolist().count("convergence") == 2
    fit = found.fit
    assert (fit.n_obs, fit.n_units, fit.df) == (3840, 120, 119)
    assert fit.covariance == "clustered by municipality, 120 clusters"
    again = estimate_location_scale(task(rows.sample(frac=1, random_state=2)))
    assert again.sample_sha256 == found.sample_sha256
    pd.testing.assert_frame_equal(again.estimates, table)


def test_a_category_and_a_control(rows):
    panel = as_panel(rows)
    units = rows.drop_duplicates("nis")
    extra = pd.DataFrame({"nis": units["nis"], "value": np.arange(len(units)) % 3.0, "indicator": "family"})
    extra = extra.assign(beleidsveld="", period="pre", level="municipality", year=pd.NA).astype({"year": "Int64"})
    own = task(rows, controls=["family"])
    found = estimate_location_scale(Task(pd.concat([panel, extra]), own.specification, own.settings, own.rng, "e3"))
    variance = found.estimates[found.estimates["equation"] == "log_variance"].set_index("term")
    assert variance.loc[["family=1", "family=2"], "block"].tolist() == ["controls"] * 2
    assert "reform:family=1" not in variance.index
    units = np.arange(120) % 3 == 1
    assert variance.at["family=1", "standardised"] == pytest.approx(
        variance.at["family=1", "estimate"] * units.std(ddof=1)
    )


def test_municipality_effects_are_a_variant(rows):
    found = estimate_location_scale(task(rows, effects=["municipality"]))
    terms = found.estimates[found.estimates["equation"] == "mean"]["term"].tolist()
    assert "staff" not in terms
    assert "reform:staff" in terms
    assert any(reason.startswith("151 effects in the mean") for reason in found.ledger["reason"])


def test_placebo_group_and_fake_dates(rows):
    placebo = estimate_location_scale(task(rows, treated=["060", "064"], fields=["060", "064", "065", "066"]))
    assert placebo.fit.n_obs == 120 * 4 * 4
    fake = estimate_location_scale(task(rows, windows={"pre": [2014, 2014], "post": [2015, 2015]}))
    assert fake.fit.n_obs == 120 * 8 * 2
    variance = fake.estimates.set_index(["equation", "term"])
    row = variance.loc[("log_variance", "reform")]
    assert abs(row["estimate"]) < 4 * row["std_error"]


def test_one_row_per_municipality_shows_variance_that_grows_with_size():
    rng = np.random.default_rng(4)
    n, size = 300, np.random.default_rng(5).normal(9, 1, 300)
    outcome = 1 + 0.2 * size + np.exp(-3 + 0.3 * size) * rng.normal(size=n)
    nis = [f"9{i:04d}" for i in range(n)]
    parts = [
        pd.DataFrame({"nis": nis, "value": values, "indicator": name})
        for name, values in (("shift", outcome), ("log_population", size))
    ]
    panel = (
        pd.concat(parts).assign(beleidsveld="", period="", level="municipality", year=pd.NA).astype({"year": "Int64"})
    )
    changes = {"outcome": "shift", "fields": [], "blocks": {"scale": ["log_population"]}, "transform": "none"}
    frame = simulate_location_scale(rng, n=60)
    found = estimate_location_scale(
        Task(panel, specification(**changes), settings_of(frame), np.random.default_rng(1), "s2")
    )
    row = found.estimates.set_index(["equation", "term"]).loc[("log_variance", "log_population")]
    assert abs(row["estimate"] - 0.6) < 3 * row["std_error"] < 0.45
    assert row["block"] == "scale"
    assert row["standardised"] == pytest.approx(row["estimate"] * size.std(ddof=1))
    tests = found.inference.set_index(["test", "term"])
    assert tests.loc[("wald", "g:scale"), "p_value"] < 1e-4
    assert tests.loc[("likelihood_ratio", "g"), "p_value"] < 1e-4
    assert {"mean", "log_variance"} == set(found.estimates["equation"])


def test_configuration_mistakes_and_refusals_carry_names(rows):
    with pytest.raises(StudyError, match="treated: none of 013"):
        estimate_location_scale(task(rows, treated=["013"]))
    with pytest.raises(StudyError, match="every field is treated"):
        estimate_location_scale(task(rows, fields=["reformed"]))
    with pytest.raises(Refusal, match="no field is positive in both periods for 200 municipalities") as refused:
        estimate_location_scale(task(rows, settings={"minimum_municipalities": 200}))
    assert refused.value.ledger["step"].tolist().count("too few municipalities") == 8
    with pytest.raises(Refusal, match="120 clusters for") as refused:
        estimate_location_scale(task(rows, blocks={"scale": ["size"]}, splines={"size": list(np.linspace(-2, 2, 20))}))
    assert refused.value.ledger is not None


def test_every_sentence_has_dutch(rows):
    found = estimate_location_scale(task(rows, sample={"exclude": ["coast"]}))
    dutch = study_labels("nl")
    texts = [*found.inference["verdict"][1:], found.fit.covariance, found.fit.clustered_convention]
    texts += [reason for reason in found.ledger["reason"] if not reason.startswith("coast")]
    texts += [
        "separation: the rows of 061 2014 are fitted exactly; its variance is zero",
        "collinear in the mean: a, b; no part of its own beside the columns before it",
        "separation: the variance runs to zero along size; rows that are fitted exactly",
        "no convergence: gradient 1e-03 per row after 100 iterations",
        "40 clusters for 50 coefficients of mean and variance",
        "061 2014 has one row only: its mean is fitted exactly",
        "no field is left on one side of the contrast, treated or not",
        "no real_spending in 2016",
        rif.COVARIANCE.format(draws=99),
    ]
    own_words = {"equivalent", "not equivalent", UNDERPOWERED, *PREDICTORS}  # translated elsewhere
    for text in set(texts) - own_words:
        found = sentence(text, dutch)
        assert not any(part in found for part in text.split("; ")), text


def test_spread_is_within_field_and_period():
    columns = np.array([[0.0, 5.0], [2.0, 5.0], [10.0, 7.0], [14.0, 9.0]])
    np.testing.assert_allclose(_spread(columns, None), columns.std(axis=0, ddof=1))
    # Two cells of two rows: squares of 1, 1, 2, 2 and of 0, 0, 1, 1, over 4 - 2.
    np.testing.assert_allclose(_spread(columns, np.array([1, 1, 2, 2])), [np.sqrt(5), 1])
