"""The share at or above a threshold: Newcombe's table, a planted share, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.share import share, wilson

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/share.yaml").read_text())


@pytest.mark.parametrize("case", REFERENCE)
def test_wilson_interval_matches_newcombe(case):
    row = share(np.arange(case["n"]) < case["successes"], 1, 0.95).coefficients.iloc[0]
    assert row["estimate"] == pytest.approx(case["successes"] / case["n"])
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([case["low"], case["high"]], abs=5e-5)


def test_recovers_a_planted_share_and_counts_the_threshold_itself():
    rng = np.random.default_rng(1)
    row = share(rng.normal(size=50_000), 0.5, 0.95).coefficients.iloc[0]
    assert abs(row["estimate"] - 0.3085375) < 4 * row["std_error"] < 0.01
    assert row["p_value"] < 1e-10  # against one half
    assert share(np.array([0.95, 0.95, 0.9]), 0.95, 0.95).coefficients["estimate"].iloc[0] == pytest.approx(2 / 3)


def test_interval_covers():
    rng = np.random.default_rng(2)
    rows = [share(rng.random(285) < 0.7, 1, 0.95).coefficients.iloc[0] for _ in range(400)]
    assert 0.92 < np.mean([row["ci_low"] <= 0.7 <= row["ci_high"] for row in rows]) < 0.98


@pytest.mark.parametrize("threshold", [None, "half", True, float("nan")])
def test_refuses_a_threshold_that_is_no_number(threshold):
    with pytest.raises(StudyError, match="threshold: .*allowed: a number"):
        share(np.ones(3), threshold, 0.95)


def test_refuses_nothing_at_all():
    with pytest.raises(Refusal, match="no municipality"):
        share(np.array([]), 0.5, 0.95)


def test_an_interval_ends_at_nothing_and_at_all_exactly():
    low, high = wilson(np.array([0.0, 1.0]), 20, 0.95)
    assert low[0] == 0.0 and high[1] == 1.0
    assert 0 < high[0] < 0.2 and low[1] == pytest.approx(1 - high[0])
