"""Heterogeneous adoption: the numbers of R's did_had, a planted slope, its steps, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import INFERENCE_COLUMNS
from beleidsvrijheid.models.boundary import boundary_fit, neighbour_variance
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal
from beleidsvrijheid.models.heterogeneous_adoption import (
    adoption_slope,
    estimate_heterogeneous_adoption,
    quasi_untreated_test,
)
from beleidsvrijheid.models.linearity import stute_test, yatchew_test

from . import small_panel as small
from .r_numbers import Stream

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/heterogeneous_adoption.yaml").read_text())
SPECIFICATION = {"outcome": "spending", "beleidsveld": "070", "transform": "log", "dose": "dose"}
N = 200


@pytest.fixture(scope="module")
def of_did_had():
    seed, units = REFERENCE["seed"], 200
    dose, stream = Stream(2 * seed + 1).uniform(units), Stream(seed)
    effect, trend = stream.normal(units), stream.normal(units, 0.1, 0.05)
    noise, year = stream.normal(5 * units, 0, 0.5).reshape(units, 5), np.arange(1, 6)
    return effect[:, None] + trend[:, None] * (year - 1) + (dose + dose**2)[:, None] * (year >= 4) + noise, dose


def test_the_data_are_those_of_r(of_did_had):
    outcome, dose = of_did_had
    np.testing.assert_allclose(outcome[0], REFERENCE["first_outcome"], rtol=1e-13)
    assert dose[-1] == pytest.approx(REFERENCE["last_dose"], rel=1e-14)


@pytest.mark.parametrize("wanted", REFERENCE["changes"], ids=lambda row: str(row["year"]))
def test_agrees_with_did_had(of_did_had, wanted):
    (outcome, dose), tolerance = of_did_had, REFERENCE["tolerance"]
    change = outcome[:, wanted["year"] - 1] - outcome[:, 2]
    found = adoption_slope(change, dose)
    for key in ("slope", "std_error", "bandwidth"):
        assert getattr(found, key) == pytest.approx(wanted[key], rel=tolerance), key
    assert found.n_within == wanted["n_within"]
    assert found.corrected == pytest.approx((wanted["low"] + wanted["high"]) / 2, rel=10 * tolerance)
    linear = yatchew_test(change, dose, wanted["order"], 0.05)
    assert (linear.statistic, linear.p_value) == pytest.approx((wanted["yatchew"], wanted["p_yatchew"]), rel=1e-10)


def test_quasi_untreated_agrees_with_did_had(of_did_had):
    test, wanted = quasi_untreated_test(of_did_had[1], 0.05), REFERENCE["quasi_untreated"]
    assert (test.statistic, test.p_value) == pytest.approx((wanted["statistic"], wanted["p_value"]), rel=1e-12)


def test_quasi_untreated_by_hand():
    test = quasi_untreated_test(np.array([0.30, 0.9, 0.31]), 0.05)
    assert (test.statistic, test.critical) == pytest.approx((30.0, 19.0))
    assert quasi_untreated_test(np.array([0.0, 0.5]), 0.05).p_value == 1
    with pytest.raises(Refusal, match="two lowest doses are equal"):
        quasi_untreated_test(np.array([0.2, 0.2, 0.3]), 0.05)


def test_stute_statistic_by_hand():
    # Mean independence of 3, 0, 0, 5 (sorted by the regressor; the middle two tie): residuals 1, -2, -2, 3,
    # cumulated 1, -3, -3, 0, squares 1 + 9 + 9 + 0, over 16.
    test = stute_test(np.array([5.0, 0, 3, 0]), np.array([9.0, 2, 1, 2]), 0, 9, np.random.default_rng(0), 0.05)
    assert test.statistic == pytest.approx(19 / 16)


@pytest.mark.parametrize("order", [0, 1])
def test_linearity_tests_hold_their_size_and_find_a_bend(order):
    found = {name: {"null": 0, "bend": 0} for name in ("stute", "yatchew")}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.uniform(size=150)
        null = x * order + (0.5 + x) * rng.normal(size=150)
        for case, y in (("null", null), ("bend", null + 12 * (x - 0.5) ** 2 + 3 * x * (1 - order))):
            found["stute"][case] += stute_test(y, x, order, 99, rng, 0.05).p_value <= 0.05
            found["yatchew"][case] += yatchew_test(y, x, order, 0.05).p_value <= 0.05
    for name, counts in found.items():
        assert counts["null"] <= 18, name  # binomial(150, .05) at 99.9 %
        assert counts["bend"] > 120, name


def test_recovers_a_planted_slope_with_coverage():
    covered, slopes = 0, []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        dose = rng.uniform(0, 20, 285)
        change = 1 + 0.05 * dose + 0.002 * dose**2 + (0.3 + 0.01 * dose) * rng.normal(size=285)
        truth = ((0.05 * dose + 0.002 * dose**2).mean()) / dose.mean()
        found = adoption_slope(change, dose)
        covered += abs(found.corrected - truth) < 1.96 * found.std_error
        slopes.append(found.slope - truth)
    assert 178 <= covered <= 200  # binomial(200, .95) at 99.9 % on the low side
    assert abs(np.mean(slopes)) < 4 * np.std(slopes) / np.sqrt(200) + 0.002


def test_neighbour_variance_by_hand():
    # Nearest three of x = 0: 1, 2, 3 (mean 2); of 10: 1, 2, 3 too; J / (J + 1) = 3 / 4.
    got = neighbour_variance(np.array([0.0, 1, 2, 3, 10]), np.array([6.0, 1, 2, 3, 4]))
    assert (got[0], got[4]) == pytest.approx((0.75 * 16, 0.75 * 4))


def test_a_line_without_noise_is_found_exactly():
    dose = np.linspace(0.01, 3, 80)
    edge = boundary_fit(2 + 5 * dose, dose, bandwidth=1.0)
    assert (edge.estimate, edge.corrected) == pytest.approx((2, 2), rel=1e-10)
    scaled = boundary_fit(2 + 5 * dose, dose * 1e-6, bandwidth=1e-6)
    assert scaled.estimate == pytest.approx(2, rel=1e-10)


def panel_of(slope=0.08, seed=0, missing=False):
    rng = np.random.default_rng(seed)
    dose, level = rng.uniform(0, 20, N), rng.normal(3, 0.5, N)
    parts = [small.rows("dose", np.where(np.arange(N) < 5 * missing, np.nan, dose))]
    for year in (2014, 2015, 2018, 2019):
        ln = level + slope * dose * (year >= 2016) + 0.05 * rng.normal(size=N)
        parts += [small.rows("spending", np.exp(ln), year, "070")]
    return small.panel(*parts)


def test_estimate_from_a_panel_with_its_ledger():
    estimation = estimate_heterogeneous_adoption(small.task(panel_of(missing=True), SPECIFICATION))
    table = estimation.fit.coefficients.set_index(["equation", "term"])
    assert list(estimation.fit.coefficients.columns) == COEFFICIENT_COLUMNS
    assert list(estimation.inference.columns) == INFERENCE_COLUMNS
    for term in ("had_slope", "twfe_slope"):
        row, before = table.loc[("mean", term)], table.loc[("pre_trend", term)]
        assert row["ci_low"] < 0.08 < row["ci_high"]
        assert before["ci_low"] < 0 < before["ci_high"]
    assert table.loc[("mean", "twfe_slope"), "std_error"] < table.loc[("mean", "had_slope"), "std_error"]
    tests = estimation.inference[estimation.inference["verdict"] != "not applicable"].set_index(["test", "term"])
    assert set(tests.index) == {
        ("quasi_untreated", "dose"),
        *((test, equation) for test in ("stute", "yatchew") for equation in ("mean", "pre_trend")),
    }
    assert tests.loc[("stute", "mean"), "verdict"] == "linear in the dose"
    assert tests.loc[("stute", "pre_trend"), "verdict"] == "independent of the dose"
    lost = estimation.ledger.set_index("step")
    assert (lost.loc["missing predictor", "rows_in"], lost.loc["missing predictor", "rows_out"]) == (N, N - 5)
    shuffled = panel_of(missing=True).sample(frac=1, random_state=1)
    again = estimate_heterogeneous_adoption(small.task(shuffled, SPECIFICATION))
    pd.testing.assert_frame_equal(again.fit.coefficients, estimation.fit.coefficients, check_exact=True)
    pd.testing.assert_frame_equal(again.inference, estimation.inference, check_exact=True)
    assert again.sample_sha256 == estimation.sample_sha256


def test_a_reporter_without_the_field_spent_nothing():
    frame = panel_of()
    gone = (frame["nis"] == "90007") & (frame["year"] == 2018).fillna(False)
    totals = frame[(frame["indicator"] == "spending")].assign(beleidsveld="total")
    specification = SPECIFICATION | {"transform": "none"}
    counted = estimate_heterogeneous_adoption(small.task(small.panel(frame[~gone], totals), specification))
    dropped = estimate_heterogeneous_adoption(small.task(frame[~gone], specification))
    assert (counted.fit.n_obs, dropped.fit.n_obs) == (N, N - 1)


def test_an_absent_year_of_a_logarithm_is_no_zero():
    frame = panel_of()
    frame.loc[frame["indicator"] == "spending", "indicator"] = "log_spending"
    gone = (frame["nis"] == "90007") & (frame["year"] == 2018).fillna(False)
    totals = frame[frame["indicator"] == "log_spending"].assign(beleidsveld="total")
    specification = SPECIFICATION | {"transform": "none", "outcome": "log_spending"}
    estimation = estimate_heterogeneous_adoption(small.task(small.panel(frame[~gone], totals), specification))
    assert estimation.fit.n_obs == N - 1


def test_one_year_before_gives_no_pre_trend():
    windows = {"pre": [2015, 2015], "post": [2018, 2019]}
    estimation = estimate_heterogeneous_adoption(small.task(panel_of(), SPECIFICATION | {"windows": windows}))
    assert set(estimation.fit.coefficients["equation"]) == {"mean"}
    assert estimation.fit.warnings == ["one year before the reform: no pre-trend can be estimated"]


def test_a_lowest_dose_far_from_zero_is_said():
    frame = panel_of()
    frame.loc[frame["indicator"] == "dose", "value"] += 5
    (warning,) = estimate_heterogeneous_adoption(small.task(frame, SPECIFICATION)).fit.warnings
    assert warning.startswith("the lowest dose is 3")


def test_refuses_by_name():
    with pytest.raises(Refusal, match="2 municipalities with a negative dose"):
        adoption_slope(np.arange(40.0), np.arange(40.0) - 2)
    with pytest.raises(Refusal, match="2 distinct doses, fewer than 21"):
        adoption_slope(np.arange(40.0), np.arange(40.0) % 2)
    with pytest.raises(Refusal, match="fewer than 500") as refused:
        estimate_heterogeneous_adoption(small.task(panel_of(), SPECIFICATION, minimum_municipalities=500))
    assert list(refused.value.ledger["step"])[0] == "start"
    with pytest.raises(StudyError, match="dose: 'spending' has no value per municipality"):
        estimate_heterogeneous_adoption(small.task(panel_of(), SPECIFICATION | {"dose": "spending"}))
    with pytest.raises(StudyError, match="outcome 'dose' has no yearly values"):
        estimate_heterogeneous_adoption(small.task(panel_of(), SPECIFICATION | {"outcome": "dose"}))
    with pytest.raises(Refusal, match="indicator nothing is not in the panel"):
        estimate_heterogeneous_adoption(small.task(panel_of(), SPECIFICATION | {"dose": "nothing"}))
    with pytest.raises(Refusal, match="3 distinct values cannot show"):
        stute_test(np.arange(6.0), np.arange(6.0) % 3, 2, 9, np.random.default_rng(0), 0.05)


def test_a_dose_of_nothing_is_untreated():
    test = quasi_untreated_test(np.array([0.3, 0.0, 0.1]), 0.05)
    assert (test.statistic, test.critical, test.p_value) == (0.0, pytest.approx(19), 1.0)
