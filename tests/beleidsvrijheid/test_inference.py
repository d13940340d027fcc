"""Tests that say "small": reference values, level and power by simulation; bootstrap intervals."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from beleidsvrijheid.inference import (
    UNDERPOWERED,
    _acceleration,
    _share_below,
    bias_corrected_interval,
    bootstrap_p,
    draw_counts,
    equivalence,
    r2_interval,
    r2_non_inferiority,
    root_of,
)
from beleidsvrijheid.models.evidence import r2_bootstrap_row

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/r2_non_inferiority.yaml").read_text())


@pytest.mark.parametrize("case", REFERENCE["critical"])
def test_critical_r2_matches_the_study(case):
    test = r2_non_inferiority(0.01, REFERENCE["n"], case["k"], case["bound"], REFERENCE["alpha"])
    assert round(test.critical, 4) == case["value"]


@pytest.mark.parametrize("case", REFERENCE["power_at_zero"])
def test_power_of_the_strictest_bound_is_small(case):
    test = r2_non_inferiority(0.05, REFERENCE["n"], case["k"], case["bound"], REFERENCE["alpha"])
    assert case["at_most"] - 0.01 < test.power < case["at_most"] + 0.005
    assert test.verdict == UNDERPOWERED


def test_p_is_alpha_at_the_critical_value_and_verdicts_follow():
    critical = r2_non_inferiority(0.01, 300, 6, 0.10, 0.05).critical
    assert r2_non_inferiority(critical, 300, 6, 0.10, 0.05).p_value == pytest.approx(0.05, abs=1e-9)
    assert r2_non_inferiority(critical * 0.99, 300, 6, 0.10, 0.05).verdict == "smaller than bound"
    assert r2_non_inferiority(critical * 1.01, 300, 6, 0.10, 0.05).verdict == "not smaller than bound"


def simulated_r2(rng, n, k, rho2, times):
    x = rng.normal(size=(times, n, k))
    y = x[:, :, 0] * np.sqrt(rho2) + rng.normal(size=(times, n)) * np.sqrt(1 - rho2)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    moments = np.einsum("tnk,tn->tk", x, y)
    slopes = np.linalg.solve(np.einsum("tnk,tnl->tkl", x, x), moments[:, :, None])[:, :, 0]
    return (moments * slopes).sum(axis=1) / (y**2).sum(axis=1)


@pytest.mark.parametrize("rho2", [0.02, 0.05, 0.10])
def test_interval_covers(rho2):
    drawn = simulated_r2(np.random.default_rng(3), 285, 6, rho2, 400)
    ends = np.array([r2_interval(r2, 285, 6, 0.95) for r2 in drawn])
    assert np.mean((ends[:, 0] <= rho2) & (rho2 <= ends[:, 1])) > 0.92


def test_interval_ends_are_where_the_noncentral_f_has_its_tails():
    from scipy.stats import ncf

    low, high = r2_interval(0.2, 285, 6, 0.95)
    f = 0.2 / 6 / (0.8 / 278)
    assert ncf.cdf(f, 6, 278, 285 * low / (1 - low)) == pytest.approx(0.975, abs=1e-8)
    assert ncf.cdf(f, 6, 278, 285 * high / (1 - high)) == pytest.approx(0.025, abs=1e-8)
    assert r2_interval(0.0, 285, 6, 0.95)[0] == 0
    assert r2_interval(0.001, 285, 6, 0.95) == (0.0, 0.0)  # smaller than chance: no positive value fits
    with pytest.raises(ValueError, match="n = 7 rows cannot carry k = 6"):
        r2_interval(0.1, 7, 6, 0.95)


@pytest.mark.parametrize("n", [40, 300, 5000])
@pytest.mark.parametrize("r2", [0.4, 0.9, 0.999])
def test_interval_of_a_large_r2_is_ordered_around_it(n, r2):
    low, high = r2_interval(r2, n, 4, 0.95)
    assert 0 < low < r2 < high < 1


def test_non_inferiority_keeps_its_level():
    drawn = simulated_r2(np.random.default_rng(4), 285, 6, 0.10, 2000)
    critical = r2_non_inferiority(0.01, 285, 6, 0.10, 0.05).critical
    assert 0.03 < np.mean(drawn < critical) < 0.07


def test_equivalence_by_hand():
    row = equivalence("x", -0.05, 0.05, np.inf, 0.2, 0.05)
    assert row["statistic"] == pytest.approx(3)
    assert row["p_value"] == pytest.approx(0.0013498980, rel=1e-6)
    assert row["critical"] == pytest.approx(0.2 - 1.6448536 * 0.05, abs=1e-7)
    assert row["power"] == pytest.approx(2 * 0.990735 - 1, abs=1e-4)
    assert row["verdict"] == "equivalent"
    assert equivalence("x", 0.25, 0.05, 200, 0.2, 0.05)["verdict"] == "not equivalent"


def test_low_power_is_undetermined_whatever_the_estimate():
    for estimate in (0.0, 0.5):
        row = equivalence("x", estimate, 0.08, 280, 0.1, 0.05)
        assert row["power"] < 0.5
        assert row["verdict"] == UNDERPOWERED


def test_counts_are_a_resample_of_the_same_size():
    counts = draw_counts(50, 2000, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean() == 1
    assert (counts == 0).mean() == pytest.approx(np.exp(-1), abs=0.02)


def test_bias_corrected_interval_without_bias_is_the_percentile_interval():
    draws = np.random.default_rng(2).normal(size=(99_999, 1))
    low, high = bias_corrected_interval(np.median(draws, axis=0), draws, 0.95)
    np.testing.assert_allclose([low[0], high[0]], np.quantile(draws, [0.025, 0.975]), atol=0.01)


def test_bca_matches_scipy():
    from scipy.stats import bootstrap

    rng = np.random.default_rng(3)
    x = rng.exponential(size=40)
    expected = bootstrap((x,), np.mean, n_resamples=20_000, method="BCa", random_state=rng).confidence_interval
    draws = draw_counts(40, 20_000, rng) @ x / 40
    jackknife = ((x.sum() - x) / 39)[:, None]
    low, high = bias_corrected_interval(x.mean(), draws, 0.95, jackknife)
    np.testing.assert_allclose([low[0], high[0]], expected, rtol=0.02)


def test_a_draw_that_gives_the_estimate_is_a_tie_whatever_its_last_digit():
    draws = np.random.default_rng(4).normal(size=(39, 1))
    draws[:9] = 0.3
    moved = np.where(draws == 0.3, 0.3 * (1 - 1e-15), draws)
    for kind in (draws, moved, np.where(draws == 0.3, 0.3 * (1 + 1e-15), draws)):
        np.testing.assert_allclose(
            bias_corrected_interval(0.3, kind, 0.95), bias_corrected_interval(0.3, draws, 0.95), rtol=1e-12
        )
        assert bootstrap_p(0.3, kind, 0.0) == pytest.approx(bootstrap_p(0.3, draws, 0.0), rel=1e-12)
    # What differs by more is no tie.
    assert bootstrap_p(0.3, np.where(draws == 0.3, 0.3 - 1e-6, draws), 0.0) != bootstrap_p(0.3, draws, 0.0)


def test_bootstrap_p_agrees_with_the_interval():
    draws = np.random.default_rng(5).normal(0.3, 0.15, size=(9999, 1)) ** 2
    estimate = np.array([0.08])
    p = bootstrap_p(estimate, draws, 0.02)[0]
    low, _ = bias_corrected_interval(estimate, draws, 1 - p)
    assert low[0] == pytest.approx(0.02, abs=1e-3)
    assert bootstrap_p(estimate, draws, -1.0)[0] >= 2 / 10_000


@pytest.mark.parametrize("sign", [1, -1])
def test_root_is_exact_to_the_last_digit_and_needs_a_change_of_sign(sign):
    assert root_of(lambda x: sign * (x**3 - 2), 0.0, 4.0) == pytest.approx(2 ** (1 / 3), rel=1e-15)
    assert root_of(lambda x: sign * (x - 1e-12), 0.0, 1.0) == pytest.approx(1e-12, rel=1e-12)
    with pytest.raises(ValueError, match="no root between 2 and 4"):
        root_of(lambda x: sign * (x**3 - 2), 2.0, 4.0)


def test_intervals_of_small_figures_are_those_of_large_ones():
    rng = np.random.default_rng(3)
    draws, point = rng.exponential(size=(400, 2)), np.array([0.5, 1.5])
    for size in (1e-15, 1e15):
        ends = bias_corrected_interval(size * point, size * draws, 0.9)
        np.testing.assert_allclose(
            np.array(ends), size * np.array(bias_corrected_interval(point, draws, 0.9)), rtol=1e-9
        )


def test_draws_that_equal_the_estimate_count_half_even_at_zero():
    assert _share_below(np.zeros((9, 1)), np.zeros(1)) == pytest.approx(0.5)
    assert _share_below(np.array([[-1.0], [0.0], [0.0], [1.0]]), np.zeros(1)) == pytest.approx(0.5)
    assert _share_below(np.array([[-5.0], [-1e-17], [-1e-17], [-1e-17]]), np.zeros(1)) == pytest.approx((1 + 1.5) / 4)


def test_a_jackknife_that_does_not_move_accelerates_nothing():
    assert _acceleration(np.full((5, 1), 3.0)).tolist() == [0.0]
    values = np.array([1.0, 1.0, 1.0, 1.0, 6.0])[:, None]
    centred = values.mean() - values
    expected = (centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    assert _acceleration(values)[0] == pytest.approx(expected, rel=1e-12) and expected < 0


def test_draws_at_the_bound_speak_against_a_smaller_r2():
    row = r2_bootstrap_row(0.1, np.array([0.05, 0.1, 0.2, 0.2]), 0.2, 0.05)
    assert row["p_value"] == pytest.approx(3 / 5) and row["verdict"] == "not smaller than bound"
    assert r2_bootstrap_row(0.1, np.zeros(99), 0.2, 0.05)["verdict"] == "smaller than bound"
