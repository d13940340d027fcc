"""Event study: differences of means by hand, dummies as oracle, pre-trends and their power, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import INFERENCE_COLUMNS, UNDERPOWERED
from beleidsvrijheid.models.event_study import estimate_event_study, event_study
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal
from beleidsvrijheid.models.joint_tests import wald

from . import small_panel as small

N, YEARS = 80, np.arange(2012, 2020)
SPECIFICATION = {
    "outcome": "spending",
    "beleidsveld": "070",
    "dose": "dose",
    "reference_year": 2015,
    "controls": [],
    "covariance": {"type": "cluster", "by": "municipality"},
}
NO_CONTROLS = pd.DataFrame(index=pd.RangeIndex(N * len(YEARS)))


def arrays(effect=0.0, trend=0.0, seed=0, binary=False, noise=0.3):
    """Long arrays, municipality by municipality: outcome, dose, units, years."""
    rng = np.random.default_rng(seed)
    dose = (np.arange(N) < 20).astype(float) if binary else rng.uniform(0, 2, N)
    slope = effect * (YEARS > 2015) + trend * (YEARS - 2015)
    y = rng.normal(size=N)[:, None] + 0.1 * (YEARS - 2012) + dose[:, None] * slope + noise * rng.normal(size=(N, 8))
    units = pd.Series(np.repeat(small.codes(N), len(YEARS)))
    return y.ravel(), np.repeat(dose, len(YEARS)), units, pd.Series(np.tile(YEARS, N))


def study(**options):
    y, dose, units, years = arrays(**options)
    return event_study(y, dose, NO_CONTROLS, units, years, 2015, 0.95)


def panel(effect=0.0, trend=0.0, seed=0, binary=False, control=None, noise=0.3):
    y, dose, _, _ = arrays(effect, trend, seed, binary, noise)
    wide = y.reshape(N, len(YEARS))
    parts = [small.rows("spending", np.exp(wide[:, i]), int(year), "070") for i, year in enumerate(YEARS)]
    parts.append(small.rows("dose", dose[:: len(YEARS)]))
    parts.append(small.rows("size", np.arange(N) % 7 if control is None else control))
    return small.panel(*parts)


def estimate(frame, **more):
    return estimate_event_study(small.task(frame, SPECIFICATION | {"transform": "log"} | more))


def test_a_binary_dose_in_a_balanced_panel_is_a_difference_of_differences():
    y, dose, units, years = arrays(effect=0.4, binary=True)
    means = pd.DataFrame({"y": y, "d": dose, "t": years}).groupby(["d", "t"])["y"].mean().unstack()
    gap = means.loc[1] - means.loc[0]
    by_hand = (gap - gap[2015]).drop(2015)
    np.testing.assert_allclose(study(effect=0.4, binary=True).estimates, by_hand, rtol=1e-10)


def test_agrees_with_dummies_and_the_clustered_errors_of_statsmodels():
    """Unbalanced, with a control: an oracle that shares no code with linearmodels."""
    from statsmodels.regression.linear_model import OLS

    y, dose, units, years = arrays(effect=0.4, trend=0.05)
    keep = np.random.default_rng(5).random(len(y)) > 0.15
    y, dose, units, years = y[keep], dose[keep], units[keep].reset_index(drop=True), years[keep].reset_index(drop=True)
    control = pd.DataFrame({"size": units.map(lambda nis: int(nis) % 7).astype(float)})
    found = event_study(y, dose, control, units, years, 2015, 0.95)
    shown = [year for year in YEARS if year != 2015]
    dummies = [pd.get_dummies(units, drop_first=True, dtype=float), pd.get_dummies(years, drop_first=True, dtype=float)]
    columns = [column * (years == year).to_numpy() for column in (dose, control["size"]) for year in shown]
    design = np.column_stack([*columns, *dummies, np.ones(len(y))])
    groups = np.unique(units, return_inverse=True)[1]
    options = {"groups": groups, "use_correction": False}
    full = OLS(y, design).fit(cov_type="cluster", use_t=True, cov_kwds=options)
    np.testing.assert_allclose(found.estimates, full.params[:7], rtol=1e-9)
    counted = len(y) - (design.shape[1] - (N - 1))  # effects nested in the clusters do not count
    factor = N / (N - 1) * (len(y) - 1) / counted
    np.testing.assert_allclose(found.covariance, factor * full.cov_params()[:7, :7], rtol=1e-7, atol=1e-12)


def test_recovers_a_planted_effect_and_its_mean():
    missed, rejected = 0, 0
    for seed in range(40):
        found = study(effect=0.2, seed=seed)
        weights = np.where(found.before, 0, 0.25)
        estimate_, error = found.combination(weights)
        missed += abs(estimate_ - 0.2) > 1.99 * error
        rejected += wald(found.estimates[found.before], found.covariance[:3, :3], found.fit.df, 0.05).p_value < 0.05
    assert missed <= 8  # binomial(40, .05) at 99.9 %
    assert rejected <= 8


def test_estimation_has_every_equation_and_test():
    estimation = estimate(panel(effect=0.3, control=np.arange(N) % 7))
    table = estimation.fit.coefficients
    assert list(table.columns) == COEFFICIENT_COLUMNS
    assert table[["estimate", "std_error", "p_value", "mde"]].notna().all().all()
    assert table["equation"].tolist() == ["event"] * 7 + ["mean", "pre_trend"]
    assert table["term"].tolist() == [str(year) for year in YEARS if year != 2015] + ["dose", "dose"]
    rows = table.set_index(["equation", "term"])
    after = rows.loc["event"].loc[["2016", "2017", "2018", "2019"], "estimate"].mean()
    assert rows.loc[("mean", "dose"), "estimate"] == pytest.approx(after)
    assert rows.loc[("mean", "dose"), "ci_low"] < 0.3 < rows.loc[("mean", "dose"), "ci_high"]
    tests = estimation.inference
    assert list(tests.columns) == INFERENCE_COLUMNS
    found = tests.groupby("test")["term"].apply(list).to_dict()
    assert found["wald"] == ["post", "pre_trend"]
    assert found["equivalence"] == ["2012", "2013", "2014", "pre_trend"] * 2
    assert found["pre_trend_power"] == ["dose"]
    wild = tests[tests["test"] == "wild_bootstrap"].iloc[0]
    mean = rows.loc[("mean", "dose")]
    assert (wild["estimate"], wild["statistic"]) == pytest.approx((mean["estimate"], mean["statistic"]), rel=1e-8)
    assert wild["p_value"] < 0.05


def test_slope_before_is_the_planted_trend():
    rows = estimate(panel(trend=0.25, noise=0.05)).fit.coefficients.set_index("equation")
    assert rows.loc["pre_trend", "ci_low"] < 0.25 < rows.loc["pre_trend", "ci_high"]
    assert rows.loc["pre_trend", "p_value"] < 0.001


def test_equivalence_before_in_units_of_the_outcome():
    """0/1 dose: one unit of it; else one standard deviation. Over the spread in the reference year."""
    for binary in (False, True):
        frame = panel(binary=binary, noise=0.02)
        estimation = estimate(frame)
        spread = np.log(frame.query("indicator == 'spending' and year == 2015")["value"]).std()
        size = 1.0 if binary else frame.loc[frame["indicator"] == "dose", "value"].std()
        row = estimation.inference.query("test == 'equivalence' and term == '2014'").iloc[0]
        event = estimation.fit.coefficients.set_index("term").loc["2014"]
        assert row["estimate"] == pytest.approx(event["estimate"] * size / spread, rel=1e-9)
        joint = estimation.inference.query("test == 'equivalence' and term == 'pre_trend'")
        assert (joint["verdict"] == "equivalent").all()
        assert (joint["power"] > 0.99).all()


def test_joint_equivalence_is_that_of_the_worst_year():
    rows = estimate(panel(trend=0.05)).inference.query("test == 'equivalence' and bound == 0.2").set_index("term")
    years = rows.loc[["2012", "2013", "2014"]]
    assert years["p_value"].nunique() == 3
    assert rows.loc["pre_trend", "p_value"] == years["p_value"].max()
    assert abs(rows.loc["pre_trend", "estimate"]) == years["estimate"].abs().max()
    assert rows.loc["pre_trend", "power"] <= years["power"].min() + 0.02


def test_a_noisy_pre_trend_is_undetermined_not_absent():
    joint = estimate(panel(noise=2.0)).inference.query("test == 'equivalence' and term == 'pre_trend'")
    assert (joint["verdict"] == UNDERPOWERED).all()


def test_trend_of_the_power_row_is_found_that_often():
    row = estimate(panel(noise=0.3)).inference.query("test == 'pre_trend_power'").iloc[0]
    found = [study(trend=row["bound"], seed=seed) for seed in range(1, 61)]
    rejected = sum(wald(s.estimates[s.before], s.covariance[:3, :3], s.fit.df, 0.05).p_value < 0.05 for s in found)
    assert 34 <= rejected <= 59  # .8 of 60, with the error of the one covariance it was computed from
    assert row["estimate"] == pytest.approx(row["bound"] * 2.5)


def test_the_same_in_any_order():
    frame = panel(effect=0.3)
    first, second = estimate(frame), estimate(frame.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(first.fit.coefficients, second.fit.coefficients, check_exact=True)
    pd.testing.assert_frame_equal(first.inference, second.inference, check_exact=True)
    assert first.sample_sha256 == second.sample_sha256


def test_a_municipality_seen_once_leaves_by_name():
    frame = panel()
    gone = (frame["nis"] == "90003") & (frame["year"] > 2012).fillna(False)
    ledger = estimate(frame[~gone]).ledger.set_index("step")
    assert ledger.loc["singletons", "reason"] == "one row only: nis 90003"


def test_without_a_year_before_there_is_no_pre_trend():
    estimation = estimate(panel(), reference_year=2012)
    assert estimation.fit.warnings == ["no year before the reference year: no pre-trend can be estimated"]
    assert "pre_trend" not in set(estimation.fit.coefficients["equation"])


def test_few_treated_municipalities_are_said():
    frame = panel(binary=True)
    few = frame["indicator"].eq("dose") & frame["nis"].gt("90006")
    frame.loc[few, "value"] = 0.0
    (warning,) = estimate(frame).fit.warnings
    assert warning.startswith("7 of 80 municipalities have the dose")


def few_panel(n_treated, seed=0):
    frame = panel(seed=seed, binary=True)
    above = frame["indicator"].eq("dose") & (frame["nis"] >= small.codes(N)[n_treated])
    frame.loc[above, "value"] = 0.0
    return frame


def test_errors_of_few_treated_are_those_of_a_mean_of_few():
    """Bell & McCaffrey: the error of the treated mean with k - 1, t with k - 1; jointly Hotelling's T-squared."""
    from scipy.stats import f

    estimation = estimate(few_panel(7))
    frame = few_panel(7).query("indicator == 'spending'").astype({"year": int})
    wide = np.log(frame.pivot(index="nis", columns="year", values="value")).to_numpy()
    after = wide[:, YEARS > 2015].mean(axis=1) - wide[:, YEARS == 2015][:, 0]
    row = estimation.fit.coefficients.set_index("equation").loc["mean"]
    assert row["std_error"] == pytest.approx(np.sqrt(after[:7].var(ddof=1) / 7 + after[7:].var(ddof=1) / 73), rel=0.04)
    assert estimation.fit.df == 6
    assert "7 municipalities on one side: times the root of 7/6" in estimation.fit.clustered_convention
    before = wide[:, YEARS < 2015] - wide[:, YEARS == 2015]
    gap = before[:7].mean(axis=0) - before[7:].mean(axis=0)
    squared = gap @ np.linalg.solve(np.cov(before[:7].T) / 7 + np.cov(before[7:].T) / 73, gap)
    test = estimation.inference.set_index(["test", "term"]).loc[("wald", "pre_trend")]
    assert test["p_value"] == pytest.approx(f.sf(squared * 4 / (6 * 3), 3, 4), rel=0.1)


def test_few_treated_are_not_called_different_too_often():
    n, rejected = 30, 0
    for seed in range(n):
        y, _, units, years = arrays(seed=seed)
        dose = np.repeat(np.arange(N) < 6, len(YEARS)).astype(float)
        found = event_study(y, dose, NO_CONTROLS, units, years, 2015, 0.95)
        part = found.covariance[np.ix_(found.before, found.before)] * found.fit.df / found.joint_df(3)
        rejected += wald(found.estimates[found.before], part, found.joint_df(3), 0.05).p_value < 0.05
    assert rejected / n <= 0.1  # the plain errors with G-1 degrees of freedom: 0.23 of these, 0.30 of 400


def test_more_coefficients_than_few_treated_can_carry_are_not_tested_jointly():
    tests = estimate(few_panel(4)).inference
    told = tests[tests["test"] == "wald"]["term"].tolist()
    assert told == ["post: 4 municipalities on one side for 4 coefficients", "pre_trend"]
    with pytest.raises(Refusal, match="one municipality on one side of the dose"):
        estimate(few_panel(1))


def test_refuses_by_name():
    with pytest.raises(StudyError, match="reference_year: 2030; allowed: a year of the sample that others follow"):
        estimate(panel(), reference_year=2030)
    with pytest.raises(StudyError, match="reference_year: 2019"):
        estimate(panel(), reference_year=2019)
    with pytest.raises(StudyError, match="effects: \\['year'\\]; allowed: municipality and year"):
        estimate(panel(), effects=["year"])
    with pytest.raises(Refusal, match="80 municipalities, fewer than 100") as refused:
        estimate_event_study(small.task(panel(), SPECIFICATION, minimum_municipalities=100))
    assert refused.value.ledger["step"].iloc[0] == "start"
    y, dose, units, years = arrays()
    with pytest.raises(Refusal, match="dose cannot be told apart from the fixed effects in 2012"):
        event_study(y, np.ones(len(y)), NO_CONTROLS, units, years, 2015, 0.95)


def test_table_of_shocks_names_each_event_once():
    table = pd.read_csv(Path(__file__).parents[2] / "workflow/tables/shocks.csv", dtype=str)
    assert list(table.columns) == ["year", "id", "label_nl", "label_en"]
    assert table["id"].is_unique
    assert table.notna().all().all()
    assert table["year"].is_monotonic_increasing
    assert {"2011", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2024", "2025"} == set(table["year"])
