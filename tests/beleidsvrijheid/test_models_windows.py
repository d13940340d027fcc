"""Years and windows are read alike by every estimator; joint tests without an inverse and draws without spread say so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_indicators
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import NOT_APPLICABLE
from beleidsvrijheid.models.dispersion import (
    dispersion_change,
    dispersion_ratio,
    dispersion_samples,
    estimate_dispersion_change,
    estimate_dispersion_ratio,
)
from beleidsvrijheid.models.event_study import EventStudy, _joint_power, _power_row, _wald_row
from beleidsvrijheid.models.field_permutation import estimate_field_permutation
from beleidsvrijheid.models.field_sample import field_sample
from beleidsvrijheid.models.fit import Fit, Refusal
from beleidsvrijheid.models.location_scale import _tests as _scale_tests
from beleidsvrijheid.models.location_scale import estimate_location_scale, reform_problem
from beleidsvrijheid.models.period_coefficients import PeriodDraws
from beleidsvrijheid.models.period_coefficients import _tests as _period_tests
from beleidsvrijheid.models.rif import estimate_rif
from beleidsvrijheid.models.sample import Ledger, Sample
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.window_means import WITHOUT_ZERO, reported_mean, window_means

from . import simulated_fields as simulated
from .test_models_event_study import panel as event_panel
from .test_models_event_study import small

WINDOWS = {"pre": [2014, 2015], "post": [2020, 2021]}
BY_FIELD = {
    "R4": estimate_dispersion_change,
    "E1": estimate_dispersion_ratio,
    "E2": estimate_field_permutation,
    "E3": estimate_location_scale,
    "E5": estimate_rif,
}


@pytest.fixture(scope="module")
def rows():
    return simulated.simulate_location_scale(np.random.default_rng(3), n=60)


def task(rows, panel, **changes):
    fields = [code for codes in simulated.groups_of(rows).values() for code in codes]
    own = {"fields": fields, "dispersion_measure": "sd_log", "measures": ["variance"]}
    own = simulated.specification(**own | changes)
    return Task(panel, own, simulated.settings_of(rows), np.random.default_rng(0), "name")


@pytest.mark.parametrize("name", BY_FIELD)
def test_an_absent_year_or_outcome_is_a_refusal_with_its_ledger_everywhere(rows, name):
    panel = simulated.as_panel(rows)
    spending = panel["indicator"] == "real_spending"
    without_year = panel[~(spending & (panel["year"] == 2014).fillna(False))]
    with pytest.raises(Refusal, match="^no real_spending in 2014$") as refused:
        BY_FIELD[name](task(rows, without_year))
    assert refused.value.ledger["rows_out"].iloc[-1] == 0
    assert refused.value.ledger["reason"].iloc[-1] == "municipalities x real_spending"
    with pytest.raises(Refusal, match="indicator real_spending is not in the panel") as refused:
        BY_FIELD[name](task(rows, panel[~spending]))
    assert len(refused.value.ledger)


def test_an_outcome_that_is_not_yearly_is_a_mistake(rows):
    with pytest.raises(StudyError, match="outcome 'staff' has no yearly values per municipality"):
        estimate_dispersion_change(task(rows, simulated.as_panel(rows), outcome="staff", blocks={}))


def test_a_field_that_no_municipality_has_is_a_refusal(rows):
    with pytest.raises(Refusal, match="no municipality has real_spending for 099") as refused:
        specification = {"outcome": "real_spending", "beleidsveld": "099"}
        window_means(simulated.as_panel(rows), specification, WINDOWS, {}, Ledger())
    assert refused.value.ledger["rows_out"].tolist() == [0]


def three_means(rows, panel, outcome, field, nis):
    """The mean before, of one municipality and field, by window_means, R4's samples and the rows of E3."""
    means = window_means(panel, {"outcome": outcome, "beleidsveld": field}, WINDOWS, {}, Ledger()).set_index("nis")
    (sample,), _, _ = dispersion_samples(panel, outcome, [field], WINDOWS, {}, 10, "window_means")
    units = np.array(sorted(panel.loc[panel["indicator"] == outcome, "nis"].unique()))
    pre = dict(zip(units[sample.units], sample.values[:, 0], strict=True))
    changes = {"outcome": outcome, "dispersion": "window_means", "transform": "none"}
    long = field_sample(task(rows, panel, **changes)).frame
    long = long[(long["field"] == field) & (long["time"] == "pre")].set_index("nis")["outcome"]
    return [by.get(nis, np.nan) for by in (means["pre"], pre, long)]


def test_three_estimators_have_one_mean_of_a_window(rows):
    panel = simulated.as_panel(rows)
    spending, total = panel["indicator"] == "real_spending", panel["beleidsveld"] == "total"
    logs = panel.assign(value=np.where(spending, np.log(panel["value"].where(spending, 1.0)), panel["value"]))
    logs["indicator"] = logs["indicator"].replace("real_spending", "log_spending")
    cell = (panel["nis"] == "90003") & (panel["beleidsveld"] == "061")
    one, other = ((cell & (panel["year"] == year)).fillna(False) for year in (2014, 2015))
    euros = float(panel.loc[other, "value"].iloc[0])
    # A reporter without the field spent nothing on it; of a logarithm, or without totals, the year is missing.
    np.testing.assert_allclose(three_means(rows, panel[~one], "real_spending", "061", "90003"), euros / 2)
    assert np.isnan(three_means(rows, logs[~one], "log_spending", "061", "90003")).all()
    assert np.isnan(three_means(rows, panel[~one & ~total], "real_spending", "061", "90003")).all()
    full = three_means(rows, panel[~total], "real_spending", "061", "90003")
    np.testing.assert_allclose(full, three_means(rows, panel, "real_spending", "061", "90003"), rtol=1e-12)


def test_mean_over_reported_years_by_hand():
    values = np.array([[1.0, np.nan, 4.0], [np.nan, np.nan, 2.0], [5.0, 6.0, np.nan]])
    reported = np.array([[True, True, True], [False, False, True], [True, False, True]])
    early = np.array([True, True, False])
    np.testing.assert_array_equal(reported_mean(values, reported, early), [0.5, np.nan, 11.0])
    np.testing.assert_array_equal(reported_mean(values, None, early), [np.nan, np.nan, 5.5])


def test_outcomes_without_zero_are_indicators_of_the_catalogue(project_root):
    known = read_indicators((project_root / "workflow" / "indicators.yaml").read_text("utf-8"))
    assert set(known) >= WITHOUT_ZERO
    assert {name for name in known if name.startswith("log_") and name.endswith(("spending", "effort"))} <= WITHOUT_ZERO


def singular_study(covariance):
    years = np.array([2013, 2014, 2016])
    table = pd.DataFrame({"estimate": [0.1, 0.1, 0.2]})
    fit = Fit(table, 60, 20, "", covariance_matrix=covariance, df=19.0)
    return EventStudy(fit, years, 2015, 1.0)


def test_event_study_without_an_inverse_has_no_joint_test():
    study = singular_study(np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]]))
    row = _wald_row("pre_trend", study, study.before, 0.05)
    assert row["verdict"] == NOT_APPLICABLE
    assert row["term"] == "pre_trend: the covariance of its 2 coefficients has no inverse"
    assert np.isfinite(_wald_row("post", study, ~study.before, 0.05)["p_value"])
    one = small.task(event_panel(), {"dose": "dose"})
    assert _power_row(study, one)["verdict"] == NOT_APPLICABLE
    # Two coefficients that always agree are equivalent together as often as one of them.
    alone = singular_study(np.eye(3))
    alone = EventStudy(alone.fit, alone.years, 2014, 1.0)
    chances = [_joint_power(s, 3.0, 0.05, np.random.default_rng(0)) for s in (study, alone)]
    assert chances[0] == pytest.approx(chances[1], abs=0.03)


def test_other_joint_tests_without_an_inverse_say_so(rows):
    drawn = np.random.default_rng(0).normal(size=(2, 99, 2))
    drawn[..., 1] = drawn[..., 0]
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    sample = Sample(frame, "outcome", {"x": ["a", "b"]}, [], [], pd.DataFrame(), [])
    both, _ = _period_tests(sample, PeriodDraws(drawn[:, :1], None, None), PeriodDraws(drawn, None, None), 0.05)
    assert both["verdict"] == NOT_APPLICABLE
    assert both["term"] == "post-pre:blocks: the covariance of its 2 coefficients has no inverse"
    problem = reform_problem(field_sample(task(rows, simulated.as_panel(rows))))
    fitted = problem.fit()
    found = replace(fitted, covariance=np.ones_like(fitted.covariance))
    rows_of = {(row["test"], row["term"]): row for row in _scale_tests(found, problem, 0.05)}
    assert ("wald", "h: the covariance of its 3 coefficients has no inverse") in rows_of
    assert np.isfinite(rows_of[("wald", "d")]["p_value"])


def test_draws_without_spread_have_no_statistic_and_others_a_detectable_effect(rows):
    panel = simulated.as_panel(rows)
    fields = ["060", "061"]
    samples, n, _ = dispersion_samples(panel, "real_spending", fields, WINDOWS, {}, 10, "yearly")
    options = n, 99, 0.95, np.random.default_rng(0), "yearly"
    change = dispersion_change(samples, *options).coefficients.set_index(["equation", "term"])
    ratio = dispersion_ratio(samples, *options, {}).coefficients.set_index(["equation", "term"])
    for table, term in ((change, "cv_change"), (ratio, "cv_ratio"), (ratio, "log_sd_ratio")):
        row = table.loc[("060", term)]
        assert row["mde"] == pytest.approx((1.959964 + 0.841621) * row["std_error"], rel=1e-6)
    assert np.isnan(change.loc[("060", "cv_pre"), "mde"])  # no null, so nothing to detect
    n_of = len(samples[0].values)
    assert np.arctanh(ratio.loc[("060", "pitman_morgan"), "mde"]) == pytest.approx(2.801585 / np.sqrt(n_of - 3))
    flat = samples[0].__class__("060", samples[0].values[:, [0, 1, 0, 1]], samples[0].units, samples[0].windows)
    with np.errstate(all="raise"):
        row = dispersion_change([flat], *options).coefficients.set_index("term").loc["cv_change"]
    assert row["std_error"] == 0
    assert np.isnan(row["statistic"])
