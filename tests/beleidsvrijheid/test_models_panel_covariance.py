"""Covariances of panels and weights: against R on Grunfeld, statsmodels with every dummy, and by hand; refused by name."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups, cov_nw_groupsum

from beleidsvrijheid.diagnostics.refits import refit_task
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.panel_covariance import (
    CLUSTERED_CONVENTION,
    KERNEL_CONVENTION,
    NOT_DEFINITE,
    TWO_WAY_CONVENTION,
    is_definite,
)
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.wild_bootstrap import wild_cluster_interval, wild_cluster_p
from beleidsvrijheid.multiplicity import make_member
from beleidsvrijheid.power import simulate_power
from beleidsvrijheid.publication import Result, covariance_label
from beleidsvrijheid.sentences import sentence

from . import published_study as study
from .small_panel import SETTINGS, rows

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/grunfeld.yaml").read_text())
BOTH = ["municipality", "year"]
EFFECTS = [[], ["municipality"], ["year"], BOTH]
TIGHT = {"rtol": 1e-10, "atol": 0}


def panel(balanced=True, seed=1, n_units=25, n_years=7):
    rng = np.random.default_rng(seed)
    units, years = np.repeat(np.arange(n_units), n_years), np.tile(np.arange(n_years), n_units)
    keep = np.ones(len(units), bool) if balanced else rng.random(len(units)) > 0.15
    x = pd.DataFrame({"a": rng.normal(1e6, 10, len(units)), "b": rng.normal(size=len(units)) + years})
    noise = (
        rng.normal(size=n_units)[units] + rng.normal(size=n_years)[years] + rng.normal(size=len(units)) * (1 + units)
    )
    y = 0.1 * x["a"] - x["b"] + noise
    weights = np.exp(rng.normal(size=n_units))[units]
    shown = [pd.Series(one[keep]).reset_index(drop=True) for one in (units, years)]
    weights = weights[keep] / weights[keep].mean()
    return y.to_numpy()[keep], x[keep].reset_index(drop=True), *shown, weights


def dummies(x, units, years, effects):
    """The design with every dummy; slopes first, regressors centred (the slopes are the same)."""
    columns = [x - x.mean()]
    columns += [pd.get_dummies(units, dtype=float)] if "municipality" in effects else []
    columns += [pd.get_dummies(years, dtype=float).iloc[:, len(effects) - 1 :]] if "year" in effects else []
    return pd.concat([*columns, *([] if effects else [pd.Series(np.ones(len(x)))])], axis=1).to_numpy(float)


def counted(units, years, effects, nested=()):
    """K of the convention: slopes, constant, effects that are not nested in the clusters."""
    sizes = {"municipality": units.nunique(), "year": years.nunique()}
    return 3 + sum(sizes[effect] - 1 for effect in effects if effect not in nested)


def least_squares(y, design, weights):
    y = y - y.mean()  # the slopes are the same, with more digits
    return OLS(y, design).fit() if weights is None else WLS(y, design, weights=weights).fit()


CASES = list(product([True, False], EFFECTS, [False, True]))


@pytest.mark.parametrize(("balanced", "effects", "weighted"), CASES)
@pytest.mark.parametrize("kind", ["nonrobust", "HC0", "HC1", "HC2", "HC3"])
def test_robust_errors_are_those_with_every_dummy(balanced, effects, weighted, kind):
    y, x, units, years, weights = panel(balanced)
    weights = weights if weighted else None
    table = panel_ols(y, x, units, years, effects, kind, weights=weights).coefficients
    result = least_squares(y, dummies(x, units, years, effects), weights)
    errors = {"nonrobust": result.bse}.get(kind, getattr(result, f"{kind}_se", None))
    np.testing.assert_allclose(table["estimate"][:2], result.params[:2], **TIGHT)
    np.testing.assert_allclose(table["std_error"][:2], errors[:2], **TIGHT)
    assert panel_ols(y, x, units, years, effects, kind, weights=weights).df == result.df_resid


@pytest.mark.parametrize(("balanced", "effects", "weighted"), CASES)
def test_one_way_and_two_way_clusters_are_those_of_statsmodels_with_our_factors(balanced, effects, weighted):
    y, x, units, years, weights = panel(balanced)
    weights = weights if weighted else None
    result = least_squares(y, dummies(x, units, years, effects), weights)
    _, by_unit, by_year = cov_cluster_2groups(result, units.to_numpy(), years.to_numpy(), use_correction=False)
    both = by_unit + by_year - cov_cluster_2groups(result, units.to_numpy(), years.to_numpy(), use_correction=False)[0]
    n = len(y)

    def factor(groups, nested):
        return groups / (groups - 1) * (n - 1) / (n - counted(units, years, effects, nested))

    one = factor(units.nunique(), ["municipality"]) * by_unit
    table = panel_ols(y, x, units, years, effects, "cluster", weights=weights).coefficients
    np.testing.assert_allclose(table["std_error"][:2], np.sqrt(np.diag(one))[:2], **TIGHT)
    two = factor(units.nunique(), BOTH) * by_unit + factor(years.nunique(), BOTH) * by_year - factor(n, BOTH) * both
    fit = panel_ols(y, x, units, years, effects, "cluster", weights=weights, by=BOTH)
    with np.errstate(invalid="ignore"):  # a variance below zero has no root
        np.testing.assert_allclose(fit.coefficients["std_error"][:2], np.sqrt(np.diag(two))[:2], **TIGHT)
    assert (fit.df, fit.n_clusters, fit.clustered_convention) == (6, 7, TWO_WAY_CONVENTION)
    assert "7 clusters of year: with fewer than 20 the tests reject too often" in fit.warnings


@pytest.mark.parametrize(("balanced", "effects", "weighted"), CASES)
@pytest.mark.parametrize("bandwidth", [0, 2])
def test_driscoll_kraay_is_that_of_statsmodels_with_our_factor(balanced, effects, weighted, bandwidth):
    y, x, units, years, weights = panel(balanced)
    weights = weights if weighted else None
    result = least_squares(y, dummies(x, units, years, effects), weights)
    matrix = cov_nw_groupsum(result, bandwidth, years.to_numpy(), use_correction=False)
    n = len(y)
    fit = panel_ols(y, x, units, years, effects, "driscoll_kraay", weights=weights, bandwidth=bandwidth)
    expected = np.sqrt(np.diag(matrix)[:2] * n / (n - counted(units, years, effects)))
    np.testing.assert_allclose(fit.coefficients["std_error"][:2], expected, **TIGHT)
    assert (fit.df, fit.clustered_convention) == (years.nunique() - 1, KERNEL_CONVENTION)


def test_two_way_clusters_of_grunfeld_are_those_of_r():
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"]
    x = data[["value", "capital"]].astype(float)
    table = panel_ols(data["invest"].to_numpy(), x, data["firm"], data["year"], [], "cluster", by=BOTH).coefficients
    expected = REFERENCE["standard_errors"]["cr1_two_way"]
    np.testing.assert_allclose(
        table.set_index("term").loc[REFERENCE["terms"], "std_error"], expected, rtol=REFERENCE["tolerance"]
    )


@pytest.mark.parametrize("kind", ["nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"])
def test_weighted_cross_sections_are_those_of_statsmodels(kind):
    rng = np.random.default_rng(2)
    x = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    y, weights = x["a"].to_numpy() + rng.normal(size=60), np.exp(rng.normal(size=60))
    weights = weights / weights.mean()
    groups = np.repeat(np.arange(20), 3)
    fit = ols(y, x, kind, pd.Series(groups, name="municipality"), weights=weights)
    options = {"cov_kwds": {"groups": groups}} if kind == "cluster" else {}
    result = WLS(y, np.column_stack([x, np.ones(60)]), weights=weights).fit(cov_type=kind, use_t=True, **options)
    np.testing.assert_allclose(fit.coefficients["estimate"], result.params, **TIGHT)
    np.testing.assert_allclose(fit.coefficients["std_error"], result.bse, **TIGHT)
    assert fit.r2 == pytest.approx(result.rsquared, rel=1e-12)
    assert fit.log_likelihood == pytest.approx(result.llf, rel=1e-12)


def test_a_weight_of_two_is_not_two_rows_but_slopes_are():
    y, x, units, years, _ = panel()
    twice = np.where(units.to_numpy() < 5, 2.0, 1.0)
    again = np.concatenate([np.arange(len(y)), np.flatnonzero(units < 5)])
    weighted = panel_ols(y, x, units, years, [], "HC0", weights=twice / twice.mean()).coefficients
    double = panel_ols(y[again], x.iloc[again], units[again], pd.Series(range(len(again))), [], "HC0").coefficients
    np.testing.assert_allclose(weighted["estimate"], double["estimate"], rtol=1e-9)
    assert (weighted["std_error"] != double["std_error"]).all()


def test_a_matrix_with_a_negative_variance_is_told():
    assert is_definite(np.diag([1e-8, 1e8])) and is_definite(np.zeros((2, 2)))
    assert not is_definite(np.array([[1.0, 2.0], [2.0, 1.0]])) and not is_definite(np.diag([1.0, -1e-3]))
    for seed in range(200):  # two years: few clusters often leave the difference of matrices indefinite
        y, x, units, years, _ = panel(seed=seed, n_units=6, n_years=3)
        fit = panel_ols(y, x, units, years, ["municipality"], "cluster", by=BOTH)
        if NOT_DEFINITE in fit.warnings:
            break
    assert NOT_DEFINITE in fit.warnings
    assert not is_definite(fit.covariance_matrix)
    negative = np.diag(fit.covariance_matrix) <= 0
    assert (fit.coefficients["std_error"].isna() == negative).all()


# Specifications

CLUSTER = {"type": "cluster", "by": "municipality"}
WILD = {"type": "wild_cluster", "weights": "webb", "draws": 199}


@pytest.fixture(scope="module")
def frame():
    rng, n = np.random.default_rng(3), 60
    z = rng.normal(size=n)
    parts = [rows("size", z), rows("weight", np.exp(rng.normal(size=n))), rows("shift", 0.3 * z + rng.normal(size=n))]
    for year in range(2014, 2020):
        grant = rng.normal(size=n)
        parts += [rows("grant", grant, year), rows("effort", 0.2 * grant + z + rng.normal(size=n), year)]
    return pd.concat(parts, ignore_index=True)


def yearly(**changes):
    plain = {"estimator": "panel_ols", "outcome": "effort", "blocks": {"formal": ["grant"]}, "predictors": "yearly"}
    return plain | {"effects": BOTH, "covariance": CLUSTER} | changes


def cross(**changes):
    plain = {"estimator": "ols", "outcome": "shift", "blocks": {"scale": ["size"]}, "covariance": {"type": "HC3"}}
    return plain | changes


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("weighted", [None, "weight"])
def test_wild_clusters_keep_the_clustered_error_and_draw_the_rest(frame, effects, weighted):
    wild = estimate(frame, yearly(effects=effects, covariance=WILD, weights=weighted), SETTINGS, "x")
    plain = estimate(frame, yearly(effects=effects, weights=weighted), SETTINGS, "x")
    kept = ["term", "estimate", "std_error", "statistic", "standardised", "mde"]
    pd.testing.assert_frame_equal(wild.estimates[kept], plain.estimates[kept])
    row = wild.estimates.set_index("term").loc["grant"]
    test = wild.inference.set_index("test").loc["wild_bootstrap"]
    assert row["p_value"] == test["p_value"] and test["verdict"] == "wild cluster bootstrap, webb, 199 draws"
    assert test["statistic"] == pytest.approx(row["statistic"], rel=1e-9)  # CR1 with the same factor
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert (row["p_value"] < 0.05) == (not row["ci_low"] <= 0 <= row["ci_high"])
    if not effects:
        assert wild.estimates.set_index("term").loc["const", ["p_value", "ci_low", "ci_high"]].isna().all()


def test_wild_cluster_intervals_are_in_the_units_of_the_data(frame):
    scaled = frame.assign(value=frame["value"].where(frame["indicator"] != "grant", frame["value"] * 1000 + 5e6))
    one, other = (estimate(data, yearly(covariance=WILD), SETTINGS, "x").estimates for data in (frame, scaled))
    for column in ("estimate", "ci_low", "ci_high"):
        assert one[column][0] == pytest.approx(1000 * other[column][0], rel=1e-6)
    assert one["p_value"][0] == other["p_value"][0]
    wide = estimate(frame, cross(covariance=WILD), SETTINGS, "x").estimates.iloc[0]
    assert wide["ci_low"] < wide["estimate"] < wide["ci_high"]


def test_one_call_gives_the_test_and_interval_of_the_two():
    from beleidsvrijheid.models.wild_bootstrap import wild_cluster_inference

    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(12), 5)
    design = np.column_stack([rng.normal(size=(60, 2)), np.ones(60)])
    y = design[:, 0] + rng.normal(size=12)[clusters] + rng.normal(size=60)
    options = (y, design, clusters)
    (first, second), ends = wild_cluster_inference(*options, [0, 1], "webb", 199, np.random.default_rng(9), 0.9)
    expected = wild_cluster_p(*options, [0, 1], "webb", 199, np.random.default_rng(9), alpha=0.1)
    assert [first, second] == expected
    interval = wild_cluster_interval(*options, 1, "webb", 199, np.random.default_rng(9), 0.9)
    assert tuple(ends[1]) == interval


def test_weights_of_one_change_nothing_and_of_municipalities_are_in_every_test(frame):
    ones = pd.concat([frame, rows("one", np.full(60, 3.0))], ignore_index=True)
    for specification in (cross(), yearly()):
        weighted = estimate(ones, specification | {"weights": "one"}, SETTINGS, "x")
        plain = estimate(ones, specification, SETTINGS, "x")
        numbers = ["estimate", "std_error", "p_value", "ci_low", "mde"]
        np.testing.assert_allclose(weighted.estimates[numbers], plain.estimates[numbers], rtol=1e-9)
        assert weighted.residual_r2 is None and weighted.attribution.empty and np.isnan(weighted.fit.r2_cv)
        told = weighted.inference[weighted.inference["term"] == "not computed with weights"]
        assert set(told["verdict"]) == {"not applicable"} and {"attribution", "cross_validated_r2"} < set(told["test"])
        assert weighted.fit.covariance.endswith("; weighted by one (analytic weights)")
        assert "r2_bootstrap" not in set(weighted.inference.loc[weighted.inference["p_value"].notna(), "test"])


def test_weighted_bootstraps_resample_weighted_rows(frame):
    """A municipality that weighs next to nothing has no say in the tests either."""
    heavy = rows("weight", np.where(np.arange(60) < 30, 1.0, 1e-12))
    frame = pd.concat([frame[frame["indicator"] != "weight"], heavy], ignore_index=True)
    spoiled = frame["nis"].isin([f"9{i:04d}" for i in range(30, 60)]) & (frame["indicator"] == "effort")
    other = frame.assign(value=frame["value"].where(~spoiled, -50 * frame["value"]))
    one, two = (estimate(data, yearly(weights="weight"), SETTINGS, "x") for data in (frame, other))
    for table in ("estimates", "inference"):
        a, b = (getattr(result, table)[["estimate", "statistic"]].to_numpy(float) for result in (one, two))
        np.testing.assert_allclose(a, b, rtol=1e-3, equal_nan=True)


def test_mistakes_and_refusals_are_named(frame):
    y, x, units, years, _ = panel()
    with pytest.raises(StudyError, match=r"covariance.type: 'HAC'; allowed: cluster, nonrobust, HC0.*wild_cluster"):
        panel_ols(y, x, units, years, [], "HAC")
    with pytest.raises(
        StudyError, match=r"covariance.by: \['year'\]; allowed: municipality, or \[municipality, year\]"
    ):
        panel_ols(y, x, units, years, [], "cluster", by=["year"])
    with pytest.raises(StudyError, match="needs a bandwidth in years; next step: add covariance.bandwidth"):
        panel_ols(y, x, units, years, [], "driscoll_kraay")
    with pytest.raises(Refusal, match="a bandwidth of 7 years needs more than 7 years"):
        panel_ols(y, x, units, years, [], "driscoll_kraay", bandwidth=7)
    zero = pd.concat([frame[frame["indicator"] != "weight"], rows("weight", [0.0, *np.ones(59)])], ignore_index=True)
    refused = estimate(zero, cross(weights="weight"), SETTINGS, "x")
    assert refused.reason == "weights: weight is not above zero for 1 municipalities"
    lacking = frame[~((frame["indicator"] == "weight") & (frame["nis"] < "90005"))]
    ledger = estimate(lacking, yearly(weights="weight"), SETTINGS, "x").ledger.set_index("step")
    assert ledger.at["missing weight", "rows_in"] - ledger.at["missing weight", "rows_out"] == 30
    with pytest.raises(StudyError, match="x: weights: 'effort' is the outcome"):
        estimate(frame, yearly(weights="effort"), SETTINGS, "x")
    with pytest.raises(StudyError, match="x: weights: 'grant' has no value per municipality"):
        estimate(frame, yearly(weights="grant", blocks={"scale": ["size"]}, effects=[]), SETTINGS, "x")


@pytest.mark.parametrize(
    "covariance",
    [WILD, {"type": "driscoll_kraay", "bandwidth": 1}, {"type": "cluster", "by": BOTH}, {"type": "HC1"}, CLUSTER],
)
def test_what_is_said_has_dutch(frame, covariance):
    dutch, english = study.study_labels("nl"), study.study_labels("en")
    fit = estimate(frame, yearly(covariance=covariance, weights="weight"), SETTINGS, "x").fit
    for text in (fit.covariance, fit.clustered_convention, *fit.warnings):
        for part in text.split("; ") if text else []:
            assert sentence(part, dutch) != part, part
        assert sentence(text, english) == text
    assert sentence(NOT_DEFINITE, dutch) != NOT_DEFINITE
    settings = {"covariance": {"type": "cluster", "by": BOTH}}
    assert covariance_label(Result("x", settings, {}, *[pd.DataFrame()] * 4), "en") == "two-way clustered"
    assert CLUSTERED_CONVENTION.startswith("clustered")


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (cross(weights="weight"), "me: weights: romano_wolf has no weights; name a specification without"),
        (cross(covariance=WILD), "me: covariance: romano_wolf does not know wild_cluster; allowed: nonrobust, HC0"),
        (yearly(covariance={"type": "HC3"}), "does not know HC3; allowed: nonrobust, cluster by municipality"),
        (yearly(covariance={"type": "cluster", "by": BOTH}), "does not know cluster by .*'year'"),
        (yearly(covariance={"type": "driscoll_kraay", "bandwidth": 1}), "does not know driscoll_kraay"),
    ],
)
def test_what_fits_again_by_itself_refuses_what_it_does_not_know(frame, specification, message):
    """Never unweighted, or with other errors, without a word: romano_wolf, power and diagnostics."""
    municipalities = pd.Index(sorted(frame["nis"].unique()))
    one = Task(frame, specification, SETTINGS, np.random.default_rng(1), "me")
    with pytest.raises(StudyError, match=message):
        make_member(one, municipalities)
    if specification["estimator"] == "ols":
        with pytest.raises(StudyError, match=message.replace("romano_wolf", "power")):
            simulate_power(one, {"terms": [], "simulations": 200})
        with pytest.raises(StudyError, match=message.replace("romano_wolf", "diagnostics")):
            refit_task(one)
