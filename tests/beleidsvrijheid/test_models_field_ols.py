"""Least squares by municipality, field and year: planted triple differences, every dummy by hand, refusals by name."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.field_ols import field_ols, field_terms
from beleidsvrijheid.models.field_sample import LongSample
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import CLUSTERED_CONVENTION
from beleidsvrijheid.models.sample import LEDGER_COLUMNS
from beleidsvrijheid.sentences import sentence

from . import published_study as study
from .simulated_fields import BLOCKS, as_panel, groups_of, simulate_location_scale
from .small_panel import SETTINGS

ALL = ["municipality", "beleidsveld", "year"]
LEDGER = pd.DataFrame(columns=LEDGER_COLUMNS)


def sampled(frame, controls=()):
    return LongSample(frame, BLOCKS, list(controls), LEDGER, [])


def simulated(seed=1, **more):
    return simulate_location_scale(np.random.default_rng(seed), **more)


def specification(**changes):
    plain = {"estimator": "field_ols", "outcome": "real_spending", "transform": "log", "blocks": BLOCKS}
    plain |= {"fields": ["reformed", "comparison"], "dispersion": "yearly", "effects": ALL}
    return plain | {"covariance": {"type": "cluster", "by": "municipality"}} | changes


@pytest.fixture(scope="module")
def frame():
    return simulated()


@pytest.fixture(scope="module")
def settings(frame):
    years = sorted(frame["time"].unique())
    windows = {"pre": years[:2], "post": years[2:]}
    return SETTINGS | {"groups": groups_of(frame), "windows": windows, "exclusions": {}}


@pytest.mark.parametrize("effects", [[], ["municipality"], ["beleidsveld", "year"], ALL])
def test_it_is_least_squares_with_every_dummy(frame, effects):
    kept = frame[np.random.default_rng(2).random(len(frame)) > 0.1].reset_index(drop=True)
    kept = kept[kept["nis"] < "90040"].reset_index(drop=True)
    sample = sampled(kept)
    terms, _ = field_terms(sample, effects)
    fit = field_ols(sample, terms, effects)
    columns = {"municipality": "nis", "beleidsveld": "field", "year": "time"}
    dummies = [pd.get_dummies(kept[columns[one]], dtype=float).iloc[:, 1:] for one in effects]
    design = pd.concat([terms, *dummies, pd.Series(np.ones(len(kept)))], axis=1).to_numpy(float)
    result = OLS(kept["outcome"].to_numpy(), design).fit()
    table = fit.coefficients[fit.coefficients["term"] != "const"]
    assert table["term"].tolist() == list(terms.columns)
    np.testing.assert_allclose(table["estimate"], result.params[: len(terms.columns)], rtol=1e-8)
    groups = kept["nis"].astype("category").cat.codes.to_numpy()
    raw = OLS(kept["outcome"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    n, count = len(kept), int(groups.max()) + 1
    nested = count - 1 if "municipality" in effects else 0
    factor = count / (count - 1) * (n - 1) / (n - (design.shape[1] - nested))
    np.testing.assert_allclose(table["std_error"], np.sqrt(factor) * raw.bse[: len(terms.columns)], rtol=1e-8)
    assert (fit.df, fit.clustered_convention) == (count - 1, CLUSTERED_CONVENTION)
    assert len(fit.covariance_matrix) == len(fit.coefficients)


def test_without_blocks_it_is_the_difference_in_differences(frame):
    terms, removed = field_terms(LongSample(frame, {}, [], LEDGER, []), ALL)
    fit = field_ols(LongSample(frame, {}, [], LEDGER, []), terms, ALL)
    means = frame.groupby(["reformed", "post"])["outcome"].mean()
    by_hand = (means[1, 1] - means[1, 0]) - (means[0, 1] - means[0, 0])
    assert fit.coefficients["term"].tolist() == ["reform"]
    assert fit.coefficients["estimate"][0] == pytest.approx(by_hand, rel=1e-9)
    assert removed == {"reformed": "by the fixed effects", "post": "by the fixed effects"}


def test_planted_triple_differences_are_recovered(settings):
    frame = simulated(3, n=400)
    result = estimate(as_panel(frame), specification(), settings | {"groups": groups_of(frame)}, "x")
    table = result.estimates.set_index("term")
    for term, value in (("reform", 0.0), ("reform:staff", 0.05), ("reform:size", 0.1), ("reform:turnover", 0.0)):
        assert abs(table.at[term, "estimate"] - value) < 4 * table.at[term, "std_error"] < 0.2, term
    assert table["block"].to_dict()["reform:staff"] == "capacity" and table.at["reform", "block"] == "reform"
    assert not {"staff", "size", "reformed", "post"} & set(table.index)
    assert "staff: column removed, by the fixed effects" in set(result.ledger["reason"])
    joint = result.inference[result.inference["test"] == "joint"]
    assert joint["term"].tolist() == [f"reform:{block}" for block in (*BLOCKS, "blocks")]
    assert joint.set_index("term").at["reform:scale", "p_value"] < 0.01


def test_a_field_that_keeps_its_errors_over_years_has_the_right_size():
    rejected = 0
    for seed in range(30):
        frame = simulated(seed, n=50, fields=6, reformed=3, same=0.7)
        terms, _ = field_terms(sampled(frame), ALL)
        table = field_ols(sampled(frame), terms, ALL).coefficients.set_index("term")
        rejected += table.at["reform:turnover", "p_value"] < 0.05
    assert rejected <= 5  # 1.5 + 3 standard errors


def test_refusals_are_named(frame, settings):
    with pytest.raises(Refusal, match="rows for .* coefficients"):
        noise = pd.DataFrame(np.random.default_rng(0).normal(size=(3, 3)), columns=["a", "b", "c"])
        field_ols(sampled(frame.iloc[:3]), noise, [])
    panel = as_panel(frame)
    few = estimate(panel, specification(), settings | {"minimum_municipalities": 500}, "x")
    assert few.fit is None and "fewer than 500" in " ".join(few.ledger["reason"]) + few.reason
    gone = panel[~((panel["beleidsveld"].isin(groups_of(frame)["reformed"])) & (panel["year"] < 2020))]
    refused = estimate(gone, specification(), settings, "x")
    assert refused.fit is None and len(refused.ledger)


def test_what_is_said_has_dutch(frame, settings):
    dutch = study.study_labels("nl")
    fit = estimate(as_panel(frame), specification(), settings, "x").fit
    for part in fit.covariance.split("; "):
        assert sentence(part, dutch) != part
    text = "the fixed effects leave nothing of reformed x post"
    assert sentence(text, dutch) != text
