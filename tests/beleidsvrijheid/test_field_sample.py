"""Rows by municipality, field and time: what is dropped is written down, predictors are standardised."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.field_sample import field_sample
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.task import Task

from .simulated_fields import as_panel, settings_of, simulate_location_scale, specification


@pytest.fixture(scope="module")
def rows():
    return simulate_location_scale(np.random.default_rng(1), n=60)


def task(rows, panel=None, settings=None, **changes):
    panel = as_panel(rows) if panel is None else panel
    return Task(panel, specification(**changes), settings_of(rows, **(settings or {})), np.random.default_rng(1), "e3")


def changed(rows, value, field="061", year=2014, nis="90003"):
    panel = as_panel(rows)
    own = (panel["beleidsveld"] == field) & (panel["year"] == year) & (panel["nis"] == nis)
    if value is None:
        return panel[~own.fillna(False)]
    panel.loc[own.fillna(False), "value"] = value
    return panel


def test_rows_are_those_of_the_simulation(rows):
    sample = field_sample(task(rows))
    frame = sample.frame
    assert list(frame.columns) == ["nis", "field", "time", "reformed", "post", "outcome", "staff", "size", "turnover"]
    both = frame.merge(rows, on=["nis", "field", "time"], suffixes=("", "_own"), validate="1:1")
    assert len(both) == len(frame) == len(rows)
    for name in ("post", "reformed", "outcome", "staff", "size", "turnover"):
        np.testing.assert_allclose(both[name], both[f"{name}_own"], atol=1e-12)
    units = frame.drop_duplicates("nis")[["staff", "size", "turnover"]]
    np.testing.assert_allclose(units.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(units.std(), 1)
    assert sample.blocks == {"capacity": ["staff"], "scale": ["size"], "politics": ["turnover"]}
    assert sample.cells[0] == "060 2014"
    keys = frame[["nis", "field", "time"]]
    pd.testing.assert_frame_equal(keys, keys.sort_values(["nis", "field", "time"], ignore_index=True))


def steps(sample):
    ledger = sample.ledger
    lost = ledger[ledger["rows_in"] > ledger["rows_out"]]
    return list(zip(lost["step"], lost["rows_in"] - lost["rows_out"], lost["reason"], strict=True))


def test_absent_zero_and_excluded_rows_are_written_down(rows):
    panel = changed(rows, 0.0)
    absent = (panel["beleidsveld"] == "062") & (panel["year"] == 2015) & (panel["nis"] == "90004")
    sample = field_sample(task(rows, panel[~absent.fillna(False)], sample={"exclude": ["coast"]}))
    assert steps(sample) == [
        ("outlier rule", 2, "coast: 2 municipalities"),
        ("not positive", 1, "061: zero or negative, no logarithm"),
        ("missing outcome", 1, "062: no figure"),
    ]
    assert "061: positive in 115 of 116 rows before and 116 of 116 after" in set(sample.ledger["reason"])
    assert sample.ledger["rows_out"].iloc[-2] == len(sample.frame) == 58 * 8 * 4 - 2
    assert not sample.frame["nis"].isin(["90001", "90002"]).any()


def test_log1p_keeps_a_zero_and_none_a_negative_value(rows):
    sample = field_sample(task(rows, changed(rows, 0.0), transform="log1p"))
    own = sample.frame.set_index(["nis", "field", "time"])
    assert len(sample.frame) == len(rows)
    assert own.loc[("90003", "061", 2014), "outcome"] == 0
    other = rows.set_index(["nis", "field", "time"]).loc[("90005", "061", 2014), "outcome"]
    assert own.loc[("90005", "061", 2014), "outcome"] == pytest.approx(np.log1p(np.exp(other)))
    assert steps(field_sample(task(rows, changed(rows, -1.0), transform="log1p"))) == [
        ("not positive", 1, "061: negative")
    ]
    plain = field_sample(task(rows, changed(rows, -1.0), transform="none")).frame.set_index(["nis", "field", "time"])
    assert plain.loc[("90003", "061", 2014), "outcome"] == -1.0


def test_window_means_count_an_absent_field_of_a_reporter_as_zero(rows):
    sample = field_sample(task(rows, changed(rows, None), dispersion="window_means"))
    own = sample.frame.set_index(["nis", "field", "time"])
    assert sorted(sample.frame["time"].unique()) == ["post", "pre"]
    assert sample.frame["time"].tolist()[:2] == ["pre", "post"]
    values = np.exp(rows.set_index(["nis", "field", "time"])["outcome"])
    assert own.loc[("90003", "061", "pre"), "outcome"] == pytest.approx(np.log(values.loc[("90003", "061", 2015)] / 2))
    full = values.loc[("90004", "061")]
    assert own.loc[("90004", "061", "post"), "outcome"] == pytest.approx(np.log(full.loc[[2020, 2021]].mean()))
    panel = as_panel(rows)
    silent = (panel["nis"] == "90005") & (panel["year"] == 2015)  # no report at all that year: not a zero
    own = field_sample(task(rows, panel[~silent.fillna(False)], dispersion="window_means")).frame
    own = own.set_index(["nis", "field", "time"])
    assert own.loc[("90005", "061", "pre"), "outcome"] == pytest.approx(np.log(values.loc[("90005", "061", 2014)]))
    with pytest.raises(StudyError, match="windows of equal length; pre has 1 years and post 2"):
        field_sample(task(rows, dispersion="window_means", windows={"pre": [2014, 2014], "post": [2020, 2021]}))


def test_a_field_that_few_have_goes_with_a_warning(rows):
    panel = as_panel(rows)
    many = [f"9{i:04d}" for i in range(20)]
    few = (panel["beleidsveld"] == "061") & panel["nis"].isin(many) & (panel["year"] > 2015)
    sample = field_sample(task(rows, panel[~few.fillna(False)]))
    reason = "061: positive in both periods for 40 municipalities, fewer than 50"
    assert sample.warnings == [f"{reason}; no estimate"]
    assert ("too few municipalities", 200, reason) in steps(sample)
    assert "061" not in set(sample.frame["field"])
    with pytest.raises(Refusal, match="no field is left on one side"):
        field_sample(task(rows, panel[~few.fillna(False)], fields=["061", "comparison"]))


def test_fake_dates_and_placebo_fields(rows):
    sample = field_sample(task(rows, windows={"pre": [2014, 2014], "post": [2015, 2015]}, treated=["064"]))
    assert sorted(sample.frame["time"].unique()) == [2014, 2015]
    assert (sample.frame["post"] == (sample.frame["time"] == 2015)).all()
    assert set(sample.frame.loc[sample.frame["reformed"] == 1, "field"]) == {"064"}


def test_missing_and_collinear_predictors_are_written_down(rows):
    panel = as_panel(rows)
    gone = (panel["indicator"] == "staff") & (panel["nis"] == "90007")
    twice = panel[panel["indicator"] == "size"].assign(indicator="twice")
    twice["value"] *= 2
    sample = field_sample(task(rows, pd.concat([panel[~gone], twice]), controls=["twice"]))
    assert ("missing predictor", 1, "staff") in steps(sample)
    assert sample.blocks["scale"] == []
    assert sample.warnings == ["size: column removed, a combination of the columns before it"]
    with pytest.raises(Refusal, match="no block column can be estimated"):
        field_sample(task(rows, pd.concat([panel, twice]), controls=["twice"], blocks={"scale": ["size"]}))


def test_mistakes_are_refused_by_key(rows):
    with pytest.raises(StudyError, match="transform: 'sqrt'; allowed: none, log, log1p"):
        field_sample(task(rows, transform="sqrt"))
    with pytest.raises(StudyError, match="dispersion: 'monthly'; allowed: yearly, window_means"):
        field_sample(task(rows, dispersion="monthly"))
    with pytest.raises(StudyError, match="2015 is in both windows"):
        field_sample(task(rows, windows={"pre": [2014, 2015], "post": [2015, 2020]}))
    with pytest.raises(Refusal, match="no real_spending in 2016"):
        field_sample(task(rows, windows={"pre": [2014, 2015], "post": [2016, 2017]}))
    panel = as_panel(rows)
    with pytest.raises(StudyError, match="real_spending twice for nis"):
        field_sample(task(rows, pd.concat([panel, panel[panel["beleidsveld"] == "061"].head(1)])))
    assert field_sample(task(rows, fields=["061"]), contrast=False).frame["field"].unique().tolist() == ["061"]
