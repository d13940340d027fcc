"""Power: the analytic curve where it holds, every decision the same as that of the real tests, levels at the bounds."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.attribution import residual_r2
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import equivalence, r2_non_inferiority
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.sandwich import make_design
from beleidsvrijheid.power import (
    POWER_COLUMNS,
    coefficient_power,
    drawn_errors,
    r2_power,
    simulate_power,
    simulated_r2,
    wilson,
)

from .test_diagnostics import SPECIFICATION, task

RUN = {"simulations": 300, "r2_grid": [0.0, 0.1], "coefficient_grid": [-0.2, 0.0, 0.2], "terms": []}


def data_set(n=200, seed=6):
    rng = np.random.default_rng(seed)
    controls = rng.normal(size=(n, 2))
    blocks = rng.normal(size=(n, 3)) + 0.5 * controls[:, :1]
    outcome = blocks @ [0.2, 0.1, 0.0] + controls @ [0.4, 0.0] + rng.normal(size=n)
    return outcome, blocks, controls, rng


def test_power_of_r2_follows_the_noncentral_f_under_normal_errors():
    outcome, blocks, controls, rng = data_set()
    grid = [0.0, 0.03, 0.10]
    drawn, n, k = simulated_r2(outcome, blocks, controls, grid, rng.normal(size=(4000, 200)))
    assert (n, k) == (198, 3)
    table = r2_power(drawn, n, k, grid, [0.10], 0.05)
    assert (table["power"] - table["analytic"]).abs().max() < 0.026  # 3.3 Monte Carlo errors at .5
    at_zero, at_bound = table["analytic"].iloc[0], table["analytic"].iloc[2]
    assert at_zero == pytest.approx(r2_non_inferiority(0.01, n, k, 0.10, 0.05).power, abs=1e-9)
    assert at_bound == pytest.approx(0.05, abs=1e-9)


def test_simulated_r2_is_the_r2_of_the_simulated_outcome():
    outcome, blocks, controls, rng = data_set()
    errors = rng.normal(size=(3, 200))
    rho2 = 0.07
    drawn, n, _ = simulated_r2(outcome, blocks, controls, [rho2], errors)
    inside = make_design(controls, "nonrobust")
    fitted = outcome - make_design(np.column_stack([controls, blocks]), "nonrobust").residuals(outcome)
    signal = inside.residuals(fitted)
    signal = signal / np.sqrt((signal**2).mean()) * np.sqrt(rho2 * n / 200)
    for row, error in zip(drawn[0], errors, strict=True):
        assert row == pytest.approx(
            residual_r2(signal + np.sqrt(1 - rho2) * error, {"b": blocks}, controls)[0], rel=1e-9
        )


@pytest.mark.parametrize("value", [-0.1, 0.0, 0.15])
def test_every_decision_is_that_of_the_tests_on_the_simulated_outcome(value):
    outcome, blocks, controls, rng = data_set()
    regressors = pd.DataFrame(np.column_stack([blocks, controls]), columns=list("abcde"))
    design = make_design(regressors.to_numpy(), "HC3")
    errors = drawn_errors(outcome, design, 60, rng)
    table = coefficient_power(outcome, design, regressors.to_numpy(), 1, [value], [0.25], 0.05, errors)
    standard = (regressors - regressors.mean()) / regressors.std()
    slopes = design.slopes(outcome) * regressors.std().to_numpy() / outcome.std(ddof=1)
    slopes[1] = value
    signal = standard.to_numpy() @ slopes
    found = significant = 0
    for error in errors:
        fit = ols(signal + np.sqrt(1 - signal.var(ddof=1)) * error, regressors, "HC3")
        row = fit.coefficients.iloc[1]
        error_of = row["std_error"] * row["standardised"] / row["estimate"]
        found += equivalence("b", row["standardised"], abs(error_of), fit.df, 0.25, 0.05)["p_value"] < 0.05
        significant += row["p_value"] < 0.05
    power = table.set_index("test")["power"]
    assert power["equivalence"] == pytest.approx(found / 60) and power["t_test"] == pytest.approx(significant / 60)
    assert value != 0.0 or 0 < found < 60


def test_levels_and_the_analytic_curve_of_a_coefficient():
    outcome, blocks, controls, rng = data_set()
    regressors = np.column_stack([blocks, controls])
    design = make_design(regressors, "HC3")
    grid = [-0.2, 0.0, 0.1, 0.2]
    table = coefficient_power(outcome, design, regressors, 2, grid, [0.2], 0.05, rng.normal(size=(4000, 200)))
    t, tost = (table[table["test"] == test].set_index("true_value") for test in ("t_test", "equivalence"))
    assert t.at[0.0, "power"] == pytest.approx(0.05, abs=0.012)
    assert tost.at[0.2, "power"] == pytest.approx(0.05, abs=0.015)
    assert (table["power"] - table["analytic"]).abs().max() < 0.04


def test_a_value_that_leaves_no_room_for_errors_has_no_power():
    outcome, blocks, controls, rng = data_set()
    regressors = np.column_stack([blocks, controls])
    design = make_design(regressors, "HC3")
    table = coefficient_power(outcome, design, regressors, 0, [1.5], [0.2], 0.05, rng.normal(size=(50, 200)))
    assert table["power"].isna().all() and len(table) == 2


def test_errors_keep_the_shape_of_the_residuals():
    rng = np.random.default_rng(1)
    x, skewed = rng.normal(size=(500, 1)), rng.exponential(size=500)
    drawn = drawn_errors(skewed, make_design(x, "HC3"), 400, rng)
    assert drawn.mean() == pytest.approx(0, abs=0.01) and drawn.std() == pytest.approx(1, abs=0.02)
    assert (drawn**3).mean() > 1


def test_wilson_matches_newcombe_and_ends_where_the_share_does():
    # Newcombe (1998, 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), Table I: 81 / 263, 15 / 148
    low, high = wilson(np.array([81 / 263]), 263, 0.95)
    assert (round(low[0], 4), round(high[0], 4)) == (0.2553, 0.3662)
    low, high = wilson(np.array([15 / 148]), 148, 0.95)
    assert (round(low[0], 4), round(high[0], 4)) == (0.0624, 0.1605)
    assert wilson(np.array([0.0]), 20, 0.95)[0][0] == 0 and wilson(np.array([1.0]), 20, 0.95)[1][0] == 1


def test_a_specification_has_every_test_on_its_grid():
    table = simulate_power(task(), RUN)
    assert list(table.columns) == POWER_COLUMNS
    assert len(table) == 2 + 2 * 3 * 2
    assert table["power"].between(0, 1).all() and (table["mc_low"] <= table["power"]).all()
    pd.testing.assert_frame_equal(table, simulate_power(task(), RUN))
    one = simulate_power(task(), RUN | {"terms": ["log_population"]})
    assert set(one["term"]) == {"blocks", "log_population"}


def test_what_cannot_be_simulated_is_named():
    refused = simulate_power(task(minimum_municipalities=1000), RUN)
    assert len(refused) == 1 and "fewer than 1000" in refused["note"].iloc[0]
    with pytest.raises(StudyError, match="r1: power: terms: 'none'; allowed: vte_per_1000, log_population"):
        simulate_power(task(), RUN | {"terms": ["none"]})
    with pytest.raises(StudyError, match="r1: power: estimator 'share'; allowed: ols"):
        simulate_power(task({**SPECIFICATION, "estimator": "share"}), RUN)
