"""Least squares: R's numbers on Grunfeld, a planted slope, large offsets, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import CLUSTERED_CONVENTION, ols, panel_ols
from beleidsvrijheid.models.rank import codes, within

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = yaml.safe_load((FOLDER / "grunfeld.yaml").read_text())


@pytest.fixture(scope="module")
def grunfeld():
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data.astype({"firm": str, "year": int})
    return data[data["firm"] != "American Steel"].reset_index(drop=True)


def fitted(data, name):
    y, x = data["invest"].to_numpy(float), data[["value", "capital"]].astype(float)
    panel = {"within": ["municipality"], "within_cr1": ["municipality"], "two_way": ["municipality", "year"]}
    if name in panel:
        covariance = "cluster" if name == "within_cr1" else "nonrobust"
        return panel_ols(y, x, data["firm"], data["year"], panel[name], covariance)
    clusters = {"cr1_firm": data["firm"], "cr1_two_way": data[["firm", "year"]]}.get(name)
    kind = {"ols": "nonrobust", "hc1": "HC1", "hc3": "HC3"}.get(name, "cluster")
    return ols(y, x, kind, clusters)


@pytest.mark.parametrize("name", REFERENCE["standard_errors"])
def test_grunfeld_matches_r(grunfeld, name):
    table = fitted(grunfeld, name).coefficients.set_index("term")
    for kind, column in (("coefficients", "estimate"), ("standard_errors", "std_error")):
        for term, value in zip(REFERENCE["terms"], REFERENCE[kind].get(name, [None] * 3), strict=True):
            if value is not None:
                assert table.at[term, column] == pytest.approx(value, rel=REFERENCE["tolerance"])


def test_longley_matches_nist():
    from statsmodels.datasets import longley

    reference = yaml.safe_load((FOLDER / "longley.yaml").read_text())
    data = longley.load_pandas()
    fit = ols(data.endog.to_numpy(), data.exog, "nonrobust")
    table = fit.coefficients.set_index("term")
    for term, values in reference["estimates"].items():
        assert table.loc[term, ["estimate", "std_error"]].tolist() == pytest.approx(values, rel=reference["tolerance"])
    assert fit.r2 == pytest.approx(reference["r2"], rel=1e-12)


def test_pooled_panel_is_clustered_least_squares(grunfeld):
    x = grunfeld[["value", "capital"]].astype(float)
    panel = panel_ols(grunfeld["invest"].to_numpy(), x, grunfeld["firm"], grunfeld["year"], [])
    pooled = fitted(grunfeld, "cr1_firm")
    numbers = ["estimate", "std_error", "p_value", "ci_low", "mde"]
    np.testing.assert_allclose(panel.coefficients[numbers], pooled.coefficients[numbers], rtol=1e-10)
    assert panel.df == pooled.df == 9
    assert panel.clustered_convention == CLUSTERED_CONVENTION


def test_two_way_clustered_counts_years_and_not_nested_firms(grunfeld):
    x = grunfeld[["value", "capital"]].astype(float)
    fit = panel_ols(grunfeld["invest"].to_numpy(), x, grunfeld["firm"], grunfeld["year"], ["municipality", "year"])
    units, years = codes(grunfeld["firm"]), codes(grunfeld["year"])
    moved = within(np.column_stack([grunfeld["invest"], x]), units, years, ["municipality", "year"])
    z, bread = moved[:, 1:], np.linalg.inv(moved[:, 1:].T @ moved[:, 1:])
    residuals = moved[:, 0] - z @ (bread @ z.T @ moved[:, 0])
    scores = np.array([residuals[units == g] @ z[units == g] for g in range(10)])
    sandwich = bread @ scores.T @ scores @ bread * 10 / 9 * 199 / (200 - 3 - 19)
    np.testing.assert_allclose(fit.coefficients["std_error"], np.sqrt(np.diag(sandwich)), rtol=1e-10)


def test_offset_of_a_billion_changes_nothing(grunfeld):
    x = grunfeld[["value", "capital"]].astype(float).round(0)  # whole numbers: the sum with 1e9 is exact
    for effects in ([], ["municipality"], ["municipality", "year"]):
        near, far = (
            panel_ols(grunfeld["invest"].to_numpy(), x + add, grunfeld["firm"], grunfeld["year"], effects)
            for add in (0, 1e9)
        )
        near, far = near.coefficients.iloc[:2], far.coefficients.iloc[:2]
        np.testing.assert_allclose(far[["estimate", "std_error"]], near[["estimate", "std_error"]], rtol=1e-9)
    near, far = (ols(grunfeld["invest"].to_numpy(), x + add, "HC3").coefficients.iloc[:2] for add in (0, 1e9))
    np.testing.assert_allclose(far[["estimate", "std_error"]], near[["estimate", "std_error"]], rtol=1e-9)


def test_ols_recovers_planted_slopes():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.normal(size=(20_000, 2)), columns=["a", "b"])
    fit = ols(1 + 0.5 * x["a"].to_numpy() - 0.2 * x["b"].to_numpy() + rng.normal(size=20_000), x, "HC3")
    table = fit.coefficients.set_index("term")
    for term, planted in (("a", 0.5), ("b", -0.2), ("const", 1.0)):
        assert abs(table.at[term, "estimate"] - planted) < 4 * table.at[term, "std_error"]
    assert table.at["a", "std_error"] == pytest.approx(1 / np.sqrt(20_000), rel=0.03)
    assert table.at["a", "standardised"] == pytest.approx(0.5 / np.sqrt(1.29), abs=0.02)
    assert table.at["a", "mde"] == pytest.approx((1.959964 + 0.841621) * table.at["a", "std_error"], rel=1e-3)


def test_panel_recovers_a_slope_hidden_by_municipality_and_year():
    rng = np.random.default_rng(2)
    units, years = np.repeat(np.arange(500), 8), np.tile(np.arange(8), 500)
    municipality, year = rng.normal(size=500) * 3, rng.normal(size=8) * 3
    x = municipality[units] + year[years] + rng.normal(size=4000)
    y = 0.3 * x + municipality[units] + year[years] + rng.normal(size=4000)
    frame = pd.DataFrame({"x": x})
    parts = pd.Series(units), pd.Series(years)
    row = panel_ols(y, frame, *parts, ["municipality", "year"]).coefficients.iloc[0]
    assert abs(row["estimate"] - 0.3) < 4 * row["std_error"] < 0.1
    assert panel_ols(y, frame, *parts, []).coefficients.iloc[0]["estimate"] > 0.6


def test_row_order_does_not_matter(grunfeld):
    mixed = grunfeld.sample(frac=1, random_state=3)
    for name in ("hc3", "cr1_firm", "two_way"):
        numbers = ["estimate", "std_error", "p_value"]
        one, other = (fitted(data, name).coefficients[numbers] for data in (grunfeld, mixed))
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_refusals_are_named():
    rng = np.random.default_rng(4)
    x = pd.DataFrame({"lone": np.eye(20)[0], "z": rng.normal(size=20)}, index=[f"9{i:04d}" for i in range(20)])
    y = rng.normal(size=20)
    with pytest.raises(Refusal, match=r"90000.*leverage 1.*lone"):
        ols(y, x, "HC3")
    with pytest.raises(StudyError, match="HC9.*allowed: nonrobust, HC0"):
        ols(y, x[["z"]], "HC9")
    with pytest.raises(StudyError, match="exact combination.*z"):
        ols(2 * x["z"].to_numpy() + 1, x[["z"]], "HC3")
    with pytest.raises(StudyError, match="needs clusters"):
        ols(y, x[["z"]], "cluster")
    with pytest.raises(Refusal, match="2 rows for 2 coefficients"):
        ols(y[:2], x[["z"]][:2], "HC3")
    with pytest.raises(Refusal, match="same value in every row"):
        ols(np.ones(20), x[["z"]], "HC3")
    with pytest.raises(StudyError, match="HC9.*allowed: cluster, nonrobust"):
        panel_ols(y, x[["z"]], pd.Series(range(20)), pd.Series(range(20)), [], "HC9")


def test_columns_that_tell_the_clusters_apart_leave_no_clustered_error():
    """A dummy for every cluster but one: scores sum to zero in each, and what rounding leaves is no standard error."""
    from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p
    from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells

    rng, groups = np.random.default_rng(5), np.repeat(np.arange(5), 20)
    x = pd.DataFrame({f"d{place}": (groups == place).astype(float) for place in range(1, 5)})
    y = rng.normal(size=100)
    with pytest.raises(Refusal, match="scores cancel within every cluster.*d1, d2, d3, d4"):
        ols(y, x, "cluster", pd.Series(groups, name="group"))
    years = np.tile(np.arange(20), 5)
    with pytest.raises(Refusal, match="scores cancel"):
        panel_ols(y, x, pd.Series(groups), pd.Series(years), [])
    with pytest.raises(Refusal, match="scores cancel"):
        wild_cluster_p(y, np.column_stack([x, np.ones(100)]), groups, [0], "rademacher", 32, rng)
    universe = Universe(np.column_stack([y, x]), ("y", *x), groups, years, groups, np.arange(5))
    table = estimate_cells(universe, [Cell(0, 1, (2, 3, 4), "cluster"), Cell(0, 1, (2, 3, 4), "HC1")])
    assert table["status"].tolist() == ["refused", "estimated"] and "scores cancel" in table["reason"][0]
    assert ols(y, x, "HC3").coefficients["std_error"].gt(0.1).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_measures_of_fit_are_those_of_statsmodels(grunfeld, weighted):
    from statsmodels.regression.linear_model import OLS, WLS

    y, x = grunfeld["invest"].to_numpy(float), grunfeld[["value", "capital"]].astype(float)
    weights = np.exp(np.random.default_rng(1).normal(size=len(y))) if weighted else np.ones(len(y))
    weights /= weights.mean()
    design = np.column_stack([x, np.ones(len(y))])
    result = (WLS(y, design, weights=weights) if weighted else OLS(y, design)).fit()
    expected = [result.rsquared, result.rsquared_adj, result.llf, result.aic]
    given = weights if weighted else None
    for fit in (
        ols(y, x, "HC1", weights=given),
        panel_ols(y, x, grunfeld["firm"], grunfeld["year"], [], "HC1", weights=given),
    ):
        assert [fit.r2, fit.r2_adjusted, fit.log_likelihood, fit.aic] == pytest.approx(expected, rel=1e-11)
    # With firm effects: those of least squares with a dummy for each, but for the R2, which is that within firms.
    dummies = np.column_stack([x, pd.get_dummies(grunfeld["firm"], dtype=float)])
    result = (WLS(y, dummies, weights=weights) if weighted else OLS(y, dummies)).fit()
    fit = panel_ols(y, x, grunfeld["firm"], grunfeld["year"], ["municipality"], "HC1", weights=given)
    assert [fit.log_likelihood, fit.aic] == pytest.approx([result.llf, result.aic], rel=1e-10)
    assert fit.r2_adjusted == pytest.approx(1 - (1 - fit.r2) * (200 - 10) / (200 - 10 - 2), rel=1e-12)
