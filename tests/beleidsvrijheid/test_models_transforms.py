"""Transforms, weights and missing values of a sample: by hand, every lost row in the ledger, mistakes by name."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import panel_ols
from beleidsvrijheid.models.sample import build_sample
from beleidsvrijheid.models.shapes import restricted_cubic_spline
from beleidsvrijheid.models.transforms import column_name, step_name
from beleidsvrijheid.sentences import sentence

from . import published_study as study
from .small_panel import SETTINGS, rows

N, YEARS = 60, range(2014, 2020)


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    parts = [rows("staff", np.exp(rng.normal(size=N))), rows("size", rng.normal(9, 1, N))]
    parts += [rows("shift", rng.random(N)), rows("family", np.arange(N) % 3 + 1.0)]
    for year in range(2012, 2020):
        parts.append(rows("grant", np.exp(rng.normal(size=N)), year))
    for year in YEARS:
        parts.append(rows("effort", rng.normal(size=N), year))
    return pd.concat(parts, ignore_index=True)


def cross(**changes):
    plain = {"estimator": "ols", "outcome": "shift", "blocks": {"capacity": ["staff"], "scale": ["size"]}}
    return plain | {"controls": ["family"], "covariance": {"type": "HC3"}} | changes


def yearly(**changes):
    plain = {"estimator": "panel_ols", "outcome": "effort", "blocks": {"formal": ["grant"]}, "predictors": "yearly"}
    return plain | {"effects": ["municipality", "year"], "covariance": {"type": "nonrobust"}} | changes


def series(panel, indicator):
    rows_of = panel[panel["indicator"] == indicator]
    return rows_of.pivot(index="nis", columns="year", values="value")


def change(panel, indicator, nis, year, value):
    panel.loc[(panel["indicator"] == indicator) & (panel["nis"] == nis) & (panel["year"] == year), "value"] = value


def lost(ledger):
    return {row.reason: row.rows_in - row.rows_out for row in ledger.itertuples() if row.rows_in > row.rows_out}


def chains(ledger):
    return (ledger["rows_in"].to_numpy()[1:] == ledger["rows_out"].to_numpy()[:-1]).all()


def test_names_of_columns_stay_readable():
    transforms = {"x": ["log", {"lag": 2}, "standardise"]}
    assert column_name("x", transforms) == "standardised(lag2(log(x)))" and column_name("y", transforms) == "y"
    assert (step_name("lag", "x"), step_name("difference", "x"), step_name("log1p", "x")) == (
        "lag1(x)",
        "difference(x)",
        "log1p(x)",
    )


def test_a_cross_section_takes_logs_and_standardises(panel):
    transforms = {"staff": ["log", "standardise"], "size": ["standardise"]}
    sample = build_sample(panel, cross(transforms=transforms), {}, {"family"})
    assert sample.blocks == {"capacity": ["standardised(log(staff))"], "scale": ["standardised(size)"]}
    logs = np.log(panel[panel["indicator"] == "staff"].set_index("nis")["value"])[sample.frame["nis"]]
    expected = (logs - logs.mean()) / logs.std()
    np.testing.assert_allclose(sample.frame["standardised(log(staff))"], expected, rtol=1e-12)
    assert sample.frame["standardised(size)"].std() == pytest.approx(1)
    assert "standardised(log(staff))" not in lost(sample.ledger) and "staff" not in sample.frame
    assert {"log(staff): standardised over 60 rows", "size: standardised over 60 rows"} <= set(sample.ledger["reason"])


def test_lags_and_differences_look_back_in_the_panel_and_cost_rows_where_it_has_none(panel):
    grants = series(panel, "grant")
    for steps, by_hand in (
        ([{"lag": 2}], grants.shift(2, axis=1)),
        (["difference"], grants.diff(axis=1)),
        (["log", "difference"], np.log(grants).diff(axis=1)),
        ([{"lag": 3}, "log1p"], np.log1p(grants.shift(3, axis=1))),
        (["difference", {"lag": 1}], grants.diff(axis=1).shift(1, axis=1)),
    ):
        sample = build_sample(panel, yearly(transforms={"grant": steps}), {}, set())
        column = column_name("grant", {"grant": steps})
        frame = sample.frame
        expected = [by_hand.at[nis, year] for nis, year in zip(frame["nis"], frame["year"], strict=True)]
        np.testing.assert_allclose(frame[column], expected, rtol=1e-12)
        assert chains(sample.ledger)
        assert len(frame) == N * 5 if steps[0] == {"lag": 3} else N * 6
    assert lost(build_sample(panel, yearly(transforms={"grant": [{"lag": 3}]}), {}, set()).ledger) == {
        "lag3(grant): no value 3 years earlier": N
    }


def test_a_lag_does_not_jump_over_a_year_without_a_value(panel):
    gone = panel[~((panel["indicator"] == "grant") & (panel["nis"] == "90003") & (panel["year"] == 2016))]
    sample = build_sample(gone, yearly(transforms={"grant": [{"lag": 1}]}), {}, set())
    years = sample.frame.loc[sample.frame["nis"] == "90003", "year"].tolist()
    assert years == [2014, 2015, 2016, 2018, 2019]  # 2016 has a lag, 2017 has none
    assert lost(sample.ledger) == {"lag1(grant): no value a year earlier": 1}
    both = build_sample(gone, yearly(transforms={"grant": ["difference"]}), {}, set())
    assert lost(both.ledger) == {"grant": 1, "difference(grant): no value a year earlier": 1}


def test_every_row_a_logarithm_costs_is_told(panel):
    change(panel, "grant", "90001", 2015, 0.0)
    change(panel, "grant", "90002", 2015, -1.0)
    for step, count in (("log", 2), ("log1p", 1)):
        sample = build_sample(panel, yearly(transforms={"grant": [step]}), {}, set())
        why = "zero or negative, no logarithm" if step == "log" else "negative"
        assert lost(sample.ledger) == {f"{step}(grant): {why}": count}
    later = build_sample(panel, yearly(transforms={"grant": ["log", {"lag": 1}]}), {}, set())
    assert lost(later.ledger) == {"lag1(log(grant)): no value a year earlier": 2}


@pytest.mark.parametrize("transform", ["difference", "lag"])
def test_the_outcome_looks_back_too(panel, transform):
    efforts = series(panel, "effort")
    by_hand = efforts.diff(axis=1) if transform == "difference" else efforts.shift(1, axis=1)
    sample = build_sample(panel, yearly(transform=transform), {}, set())
    expected = [by_hand.at[nis, year] for nis, year in zip(sample.frame["nis"], sample.frame["year"], strict=True)]
    np.testing.assert_allclose(sample.frame["outcome"], expected, rtol=1e-12)
    assert lost(sample.ledger) == {f"{step_name(transform, 'effort')}: no value a year earlier": N}
    earlier = build_sample(panel, yearly(transform=transform, sample={"years": [2015, 2019]}), {}, set())
    assert lost(earlier.ledger) == {} and len(earlier.frame) == 5 * N


def test_a_standardised_outcome_is_over_the_rows_that_remain(panel):
    plain = build_sample(panel, cross(sample={"exclude": ["smallest"]}), {"smallest": ["90000"]}, {"family"})
    sample = build_sample(
        panel, cross(transform="standardise", sample={"exclude": ["smallest"]}), {"smallest": ["90000"]}, {"family"}
    )
    values = plain.frame["outcome"]
    np.testing.assert_allclose(sample.frame["outcome"], (values - values.mean()) / values.std(), rtol=1e-12)
    assert "shift: standardised over 59 rows" in set(sample.ledger["reason"])


def test_interactions_and_splines_take_the_transformed_column(panel):
    shapes = {"transforms": {"staff": ["log"]}, "splines": {"staff": [-1, 0, 1]}, "interactions": [["staff", "size"]]}
    sample = build_sample(panel, cross(**shapes), {}, {"family"})
    frame, names = sample.frame, ["log(staff)", "log(staff)~1"]
    assert sample.blocks["capacity"] == names
    assert sample.blocks["interaction"] == ["log(staff):size", "log(staff)~1:size"]
    np.testing.assert_allclose(frame[names[1]], restricted_cubic_spline(frame["log(staff)"], [-1, 0, 1])[:, 0])
    product = (frame["log(staff)"] - frame["log(staff)"].mean()) * (frame["size"] - frame["size"].mean())
    np.testing.assert_allclose(frame["log(staff):size"], product)
    result = estimate(panel, cross(**shapes), SETTINGS, "x")
    assert {"u_shape", "inverse_u_shape"} <= set(result.inference["test"])
    square = cross(transforms={"staff": ["log"]}, interactions=[["staff", "staff"]])
    tests = estimate(panel, square, SETTINGS, "x").inference.set_index("test")
    slopes = estimate(panel, square, SETTINGS, "x").estimates.set_index("term")["estimate"]
    turn = frame["log(staff)"].mean() - slopes["log(staff)"] / (2 * slopes["log(staff):log(staff)"])
    assert tests.at["u_shape", "estimate"] == pytest.approx(turn)


def test_the_estimate_is_that_of_columns_made_by_hand(panel):
    result = estimate(panel, yearly(transforms={"grant": ["log", {"lag": 1}]}), SETTINGS, "x")
    logs = np.log(series(panel, "grant")).shift(1, axis=1)[list(YEARS)].stack()
    y = series(panel, "effort").stack()
    units, years = (pd.Series(logs.index.get_level_values(level)) for level in (0, 1))
    by_hand = panel_ols(
        y.to_numpy(), pd.DataFrame({"x": logs.to_numpy()}), units, years, ["municipality", "year"], "nonrobust"
    )
    numbers = ["estimate", "std_error", "p_value"]
    np.testing.assert_allclose(result.estimates[numbers], by_hand.coefficients[numbers], rtol=1e-9)
    assert result.estimates["term"].tolist() == ["lag1(log(grant))"]
    assert result.estimates["block"].tolist() == ["formal"]


def test_a_missing_value_is_left_out_or_refuses_everything(panel):
    gone = panel[~((panel["indicator"] == "staff") & panel["nis"].isin(["90001", "90002"]))]
    gone = gone[~((gone["indicator"] == "shift") & (gone["nis"] == "90009"))]
    for missing in (None, "complete_cases"):
        assert len(build_sample(gone, cross(missing=missing), {}, {"family"}).frame) == N - 3
    with pytest.raises(Refusal, match="of 60 rows these lack a value: shift 1, staff 2$") as refusal:
        build_sample(gone, cross(missing="refuse"), {}, {"family"})
    assert refusal.value.ledger["step"].tolist() == ["start"]
    left_out = cross(missing="refuse", sample={"exclude": ["them"]})
    excluded = build_sample(gone, left_out, {"them": ["90001", "90002", "90009"]}, {"family"})
    assert len(excluded.frame) == N - 3
    assert len(build_sample(panel, cross(missing="refuse"), {}, {"family"}).frame) == N
    with pytest.raises(Refusal, match="lack a value: staff 2"):  # of the weights as well
        build_sample(
            gone, cross(missing="refuse", weights="staff", outcome="size", blocks={"a": ["family"]}, controls=[])
        )


def test_what_a_lag_costs_is_no_missing_value(panel):
    sample = build_sample(panel, yearly(missing="refuse", transforms={"grant": [{"lag": 3}]}), {}, set())
    assert len(sample.frame) == 5 * N
    gone = panel[~((panel["indicator"] == "grant") & (panel["nis"] == "90003") & (panel["year"] == 2016))]
    with pytest.raises(Refusal, match="of 360 rows these lack a value: grant 1"):
        build_sample(gone, yearly(missing="refuse", transforms={"grant": ["log"]}), {}, set())


def test_the_weights_are_part_of_the_sample(panel):
    plain, weighted = (build_sample(panel, cross(weights=one, blocks={"a": ["size"]})) for one in (None, "staff"))
    assert plain.weights is None and weighted.weights.mean() == pytest.approx(1)
    values = panel[panel["indicator"] == "staff"].set_index("nis")["value"][weighted.frame["nis"]].to_numpy()
    np.testing.assert_allclose(weighted.weights, values / values.mean(), rtol=1e-12)
    assert plain.sha256 != weighted.sha256 and weighted.regressors == plain.regressors
    both = build_sample(panel, cross(weights="staff"), {}, {"family"})
    assert "staff" in both.regressors and both.weighted_by == "staff"


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (cross(transforms={"stuff": ["log"]}), "transforms: 'stuff'; allowed: .* of size, staff"),
        (cross(transforms={"family": ["log"]}), "transforms: 'family'; allowed: a predictor that is no category"),
        (
            cross(transforms={"staff": ["sqrt"]}),
            "transforms.staff: 'sqrt'; allowed: log, log1p, difference, {lag: years}",
        ),
        (cross(transforms={"staff": [{"lag": 0}]}), r"transforms.staff: {'lag': 0}; allowed"),
        (cross(transforms={"staff": ["difference"]}), "transforms.staff: 'difference' needs a value for each year"),
        (cross(transforms={"staff": ["standardise", "log"]}), "transforms.staff: standardise comes last"),
        (
            yearly(predictors="static", transforms={"grant": [{"lag": 1}]}),
            "needs a value for each year: `predictors: yearly`",
        ),
        (
            yearly(blocks={"a": ["staff"]}, effects=[], transforms={"staff": [{"lag": 1}]}),
            "transforms.staff: it has one value a municipality, no value for each year",
        ),
        (cross(transform="difference"), "transform: 'difference' needs yearly values; allowed here: none, log"),
    ],
)
def test_mistakes_are_named(panel, specification, message):
    with pytest.raises(StudyError, match=message):
        build_sample(panel, specification, {}, {"family"})


def test_what_is_said_has_dutch(panel):
    dutch = study.study_labels("nl")
    change(panel, "grant", "90001", 2015, 0.0)
    steps = {"grant": ["log", {"lag": 3}, "standardise"]}
    ledger = build_sample(panel, yearly(transforms=steps, weights="staff", transform="difference"), {}, set()).ledger
    for row in ledger.itertuples():
        if row.step in ("transform", "weights"):
            assert sentence(row.reason, dutch) != row.reason, row.reason
    assert (
        sentence("lag3(log(grant)): no value 3 years earlier", dutch)
        == "ln grant, 3 jaar vroeger: geen waarde 3 jaar vroeger"
    )
    assert dutch.term("post_reform:log(vte_per_1000)") == "Na de hervorming × ln VTE per 1000 inwoners"
    refused = "missing: refuse, and of 60 rows these lack a value: shift 1, staff 2"
    assert sentence(refused, dutch).startswith("missing: refuse, en van 60 rijen")


def test_a_series_that_ends_sooner_still_has_a_lag(panel):
    ended = panel[~((panel["indicator"] == "grant") & (panel["year"] == 2019))]
    sample = build_sample(ended, yearly(transforms={"grant": [{"lag": 1}]}), {}, set())
    assert lost(sample.ledger) == {} and sample.frame["year"].max() == 2019
