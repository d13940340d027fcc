"""Quantile regression: R's numbers on Engel, the linear programme as oracle, planted slopes, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.quantile import check_loss, quantile_regression, solve_quantile

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/engel.yaml").read_text())


def least_loss(y, design, quantile):
    """Smallest attainable loss, from the linear programme."""
    from scipy.optimize import linprog

    n, k = design.shape
    cost = np.concatenate([np.zeros(2 * k), np.full(n, quantile), np.full(n, 1 - quantile)])
    equal = np.hstack([design, -design, np.eye(n), -np.eye(n)])
    return linprog(cost, A_eq=equal, b_eq=y, method="highs").fun


def test_engel_matches_r():
    from statsmodels.datasets import engel

    data = engel.load_pandas().data
    fit = quantile_regression(
        data["foodexp"].to_numpy(), data[["income"]], [0.1, 0.5, 0.9], 9, 0.95, np.random.default_rng(1)
    )
    for quantile, (constant, slope) in REFERENCE["coefficients"].items():
        table = fit.coefficients[fit.coefficients["equation"] == f"quantile_{quantile:g}"].set_index("term")
        assert table.at["const", "estimate"] == pytest.approx(constant, rel=REFERENCE["tolerance"])
        assert table.at["income", "estimate"] == pytest.approx(slope, rel=REFERENCE["tolerance"])
    assert fit.warnings == []


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("rounding", [1, 12])  # ties among rows, and none
def test_loss_equals_the_linear_programme_in_every_draw(columns, rounding):
    rng = np.random.default_rng(columns)
    x = rng.normal(size=(80, columns)).round(rounding)
    y = (x.sum(axis=1) + rng.normal(size=80)).round(rounding)
    design = np.column_stack([x, np.ones(80)])
    counts = draw_counts(80, 12, rng)
    for quantile in (0.1, 0.5, 0.9):
        slopes = solve_quantile(y, design, quantile, counts)
        for weights, b in zip(counts, slopes, strict=True):
            rows = np.repeat(np.arange(80), weights.astype(int))
            ours = check_loss(y[rows] - design[rows] @ b, quantile).sum()
            assert ours == pytest.approx(least_loss(y[rows], design[rows], quantile), rel=1e-8)


def test_statsmodels_never_finds_a_lower_loss_and_nearly_the_same_line():
    from statsmodels.regression.quantile_regression import QuantReg

    rng = np.random.default_rng(5)
    design = np.column_stack([rng.normal(size=285), np.ones(285)])
    y = design[:, 0] + rng.standard_t(4, size=285)
    for quantile in (0.1, 0.5, 0.9):
        ours = solve_quantile(y, design, quantile)[0]
        theirs = QuantReg(y, design).fit(q=quantile, max_iter=5000).params
        losses = [check_loss(y - design @ b, quantile).sum() for b in (ours, theirs)]
        assert losses[0] <= losses[1] * (1 + 1e-12)
        assert losses[1] == pytest.approx(losses[0], rel=1e-4)


def test_recovers_fanning_out():
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 1, 2000)
    y = 1 + x + (1 + x) * rng.normal(size=2000)  # slope at q: 1 + z_q
    fit = quantile_regression(y, pd.DataFrame({"x": x}), [0.9, 0.1, 0.5], 99, 0.95, rng)
    rows = fit.coefficients[fit.coefficients["term"] == "x"].set_index("equation")
    planted = {
        "quantile_0.1": -0.2816,
        "quantile_0.5": 1.0,
        "quantile_0.9": 2.2816,
        "quantile_0.9-0.1": 2.5631,
    }
    for equation, slope in planted.items():
        assert abs(rows.at[equation, "estimate"] - slope) < 4 * rows.at[equation, "std_error"]
    assert rows.at["quantile_0.9-0.1", "ci_low"] > 1.5
    assert rows.at["quantile_0.9-0.1", "p_value"] < 0.05


def test_no_fanning_out_is_found_where_there_is_none():
    rejected = 0
    for seed in range(30):
        rng = np.random.default_rng([7, seed])
        x = pd.DataFrame({"x": rng.normal(size=100)})
        y = x["x"].to_numpy() + rng.normal(size=100)
        rows = quantile_regression(y, x, [0.1, 0.9], 99, 0.95, rng).coefficients
        rejected += rows.loc[(rows["equation"] == "quantile_0.9-0.1") & (rows["term"] == "x"), "p_value"].item() < 0.05
    assert rejected <= 6  # a 5 % test rejects more than 6 of 30 less than once in 1,000 times


def test_shift_and_scale_pass_through():
    rng = np.random.default_rng(8)
    x = pd.DataFrame({"x": rng.integers(0, 50, 100).astype(float)})
    y = x["x"].to_numpy() + rng.normal(size=100)
    one = quantile_regression(y, x, [0.5], 49, 0.95, np.random.default_rng(1)).coefficients
    far = quantile_regression(1e3 * y + 7, x + 1e6, [0.5], 49, 0.95, np.random.default_rng(1)).coefficients
    assert far["estimate"].iloc[0] == pytest.approx(1e3 * one["estimate"].iloc[0], rel=1e-9)
    assert far["ci_low"].iloc[0] == pytest.approx(1e3 * one["ci_low"].iloc[0], rel=1e-6)


def test_refusals_are_named():
    x, y, rng = pd.DataFrame({"x": np.arange(9.0)}), np.arange(9.0), np.random.default_rng(1)
    for quantile in (0.0, 1.0, "half", -0.5):
        with pytest.raises(StudyError, match="quantiles: .*between 0 and 1"):
            quantile_regression(y, x, [0.5, quantile], 9, 0.95, rng)
    with pytest.raises(Refusal, match="2 rows for 2"):
        quantile_regression(y[:2], x[:2], [0.5], 9, 0.95, rng)
