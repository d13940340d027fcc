"""The mean against zero: R's paired t-test, planted means, equivalence and its reverse, refusals."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.mean_change import mean_change, mean_tests

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/student_sleep.yaml").read_text())


def rows_of(outcome):
    return mean_change(np.asarray(outcome, float), 0.95).coefficients.set_index("term")


def test_student_matches_r():
    row = rows_of(REFERENCE["differences"]).loc["mean"]
    assert row["estimate"] == pytest.approx(REFERENCE["mean"])
    assert row["statistic"] == pytest.approx(REFERENCE["t"], abs=5e-5)
    assert row["p_value"] == pytest.approx(REFERENCE["p_value"], abs=5e-7)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(REFERENCE["interval"], abs=5e-8)
    assert row["standardised"] == pytest.approx(REFERENCE["mean"] / np.std(REFERENCE["differences"], ddof=1))
    median = rows_of(REFERENCE["differences"]).loc["median"]
    assert [median["ci_low"], median["ci_high"]] == REFERENCE["median_interval"]


def test_intervals_cover():
    hits = np.zeros(2)
    for seed in range(300):
        table = rows_of(np.random.default_rng([1, seed]).normal(0.3, 1, 40))
        hits += ((table["ci_low"] <= 0.3) & (table["ci_high"] >= 0.3)).to_numpy()
    assert (hits >= 271).all() and hits[0] <= 297  # 99.9 % of binomial(300, .95); the median's is wider


def test_the_detectable_mean_is_found_with_power_of_eighty_percent():
    rng = np.random.default_rng(2)
    detectable = rows_of(rng.normal(0, 1, 50)).at["mean", "mde"]
    assert detectable == pytest.approx(2.85 / np.sqrt(50), rel=0.25)
    found = sum(rows_of(rng.normal(2.86 / np.sqrt(50), 1, 50)).at["mean", "p_value"] < 0.05 for _ in range(300))
    assert 214 <= found <= 266  # 99.9 % of binomial(300, .8)


def verdicts(outcome, threshold):
    return {row["test"]: row for row in mean_tests(mean_change(np.asarray(outcome, float), 0.95), threshold, 0.05)}


def test_as_good_as_zero_and_not_smaller():
    rng = np.random.default_rng(3)
    still = rng.normal(0, 0.1, 285)
    for rows in (verdicts(still, np.log(0.95)), verdicts(still, -np.log(0.95))):
        assert rows["equivalence"]["verdict"] == "equivalent"
        assert rows["equivalence"]["bound"] == pytest.approx(0.0513, abs=1e-4)
        assert rows["non_inferiority"]["verdict"] == "not smaller than -bound"
    grown = verdicts(still + 0.2, 0.05)
    assert grown["equivalence"]["verdict"] == "not equivalent"
    assert grown["non_inferiority"]["verdict"] == "not smaller than -bound"
    assert verdicts(still - 0.2, 0.05)["non_inferiority"]["verdict"] == "may be smaller than -bound"
    assert verdicts(rng.normal(0, 1, 30), 0.05)["non_inferiority"]["verdict"] == "undetermined (underpowered)"


def test_the_critical_mean_is_where_the_test_turns():
    still = np.random.default_rng(4).normal(0, 0.1, 100)
    row = verdicts(still, 0.05)["non_inferiority"]
    moved = still - still.mean() + row["critical"]
    assert verdicts(moved, 0.05)["non_inferiority"]["p_value"] == pytest.approx(0.05)


@pytest.mark.parametrize("threshold", [None, 0, True, "half", float("nan")])
def test_refuses_a_threshold_that_is_no_number(threshold):
    with pytest.raises(StudyError, match="threshold: .*allowed: a number other than 0"):
        verdicts([1.0, 2.0, 4.0], threshold)


def test_refuses_too_little_by_name():
    with pytest.raises(Refusal, match="2 municipalities have a value"):
        mean_change(np.array([1.0, 2.0]), 0.95)
    with pytest.raises(Refusal, match="same value in every row"):
        mean_change(np.full(9, 3.1), 0.95)
