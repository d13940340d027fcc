"""Random effects: R's numbers on Grunfeld, planted slopes, Mundlak's test of size and power, what is refused by name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from statsmodels.regression.linear_model import OLS

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import panel_ols
from beleidsvrijheid.models.random_effects import mundlak, random_effects
from beleidsvrijheid.sentences import sentence

from . import published_study as study
from .small_panel import SETTINGS, rows

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/grunfeld_random_effects.yaml").read_text())
COLUMNS = ["value", "capital"]


@pytest.fixture(scope="module")
def grunfeld():
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data.astype({"firm": str, "year": int})
    return data[data["firm"] != "American Steel"].reset_index(drop=True)


def parts(data):
    return data["invest"].to_numpy(float), data[COLUMNS].astype(float), data["firm"], data["year"]


def simulated(rng, n_units=300, n_years=6, related=0.0):
    units, years = np.repeat(np.arange(n_units), n_years), np.tile(np.arange(n_years), n_units)
    level = rng.normal(size=n_units)
    x = pd.DataFrame({"x": related * level[units] + rng.normal(size=len(units)), "z": rng.normal(size=n_units)[units]})
    y = 1.0 + 0.4 * x["x"] - 0.3 * x["z"] + level[units] + 0.2 * years + rng.normal(size=len(units))
    return y.to_numpy(), x, pd.Series(units), pd.Series(years)


def test_grunfeld_matches_r(grunfeld):
    fit = random_effects(*parts(grunfeld))
    table = fit.coefficients.set_index("term").loc[REFERENCE["terms"]]
    np.testing.assert_allclose(table["estimate"], REFERENCE["estimate"], atol=6e-7)
    factor = 10 / 9 * 199 / 197  # G/(G-1) x (N-1)/(N-K)
    np.testing.assert_allclose(table["std_error"] / np.sqrt(factor), REFERENCE["clustered_without_factor"], atol=6e-7)
    assert f"share of the variance between municipalities {REFERENCE['share_between']}" in fit.covariance
    assert (fit.df, fit.n_clusters) == (9, 10)


def test_mundlak_matches_the_regression_based_hausman_test_of_r(grunfeld):
    found = mundlak(*parts(grunfeld))
    factor = 10 / 9 * 199 / 195
    chi_squared = found.test.statistic * found.test.q * factor
    assert chi_squared == pytest.approx(REFERENCE["hausman_robust_chi_squared"], rel=REFERENCE["hausman_tolerance"])
    assert found.names == COLUMNS and found.test.df == 9


@pytest.mark.parametrize("year_effects", [False, True])
def test_beside_their_means_regressors_have_the_coefficients_of_fixed_effects(grunfeld, year_effects):
    y, x, units, years = parts(grunfeld)
    means = x.groupby(units).transform("mean").add_prefix("mean_")
    with_means = random_effects(y, pd.concat([x, means], axis=1), units, years, year_effects).coefficients
    effects = ["municipality", "year"] if year_effects else ["municipality"]
    within = panel_ols(y, x, units, years, effects).coefficients
    np.testing.assert_allclose(with_means["estimate"][:2], within["estimate"], rtol=1e-8)


def test_quasi_demeaned_least_squares_gives_the_same_in_an_unbalanced_panel():
    """Swamy & Arora (1972) by hand: variances from the within and between regressions, then least squares."""
    y, x, units, years = simulated(np.random.default_rng(5), 60)
    keep = np.random.default_rng(6).random(len(y)) > 0.2
    y, x, units, years = y[keep], x[keep].reset_index(drop=True), units[keep], years[keep]
    design = np.column_stack([x, np.ones(len(y))])
    groups = pd.Series(units.to_numpy())
    means = pd.DataFrame(np.column_stack([y, design])).groupby(groups).transform("mean").to_numpy()
    left = np.column_stack([y, design])[:, :2] - means[:, :2]
    sigma_e = OLS(left[:, 0], left[:, 1]).fit().ssr / (len(y) - groups.nunique() - 1)
    first = ~groups.duplicated().to_numpy()
    sizes = groups.map(groups.value_counts()).to_numpy()
    between = OLS(means[first, 0], means[first, 1:]).fit()
    harmonic = first.sum() / (1 / sizes[first]).sum()
    sigma_u = between.ssr / (first.sum() - 3) - sigma_e / harmonic
    theta = 1 - np.sqrt(sigma_e / (sizes * sigma_u + sigma_e))
    moved = np.column_stack([y, design]) - theta[:, None] * means
    expected = OLS(moved[:, 0], moved[:, 1:]).fit(
        cov_type="cluster", cov_kwds={"groups": groups.to_numpy()}, use_t=True
    )
    table = random_effects(y, x, units, years).coefficients
    np.testing.assert_allclose(table["estimate"], expected.params, rtol=1e-9)
    np.testing.assert_allclose(table["std_error"], expected.bse, rtol=1e-9)


def test_planted_slopes_are_recovered_and_the_test_knows_when_they_are_not():
    rng = np.random.default_rng(1)
    honest = simulated(rng, 2000)
    table = random_effects(*honest, year_effects=True).coefficients.set_index("term")
    for term, value in (("x", 0.4), ("z", -0.3)):
        assert abs(table.at[term, "estimate"] - value) < 4 * table.at[term, "std_error"] < 0.2
    related = simulated(rng, 2000, related=1.0)
    assert random_effects(*related).coefficients["estimate"][0] > 0.45
    assert mundlak(*honest).test.p_value > 0.01 and mundlak(*honest).names == ["x"]
    assert mundlak(*related).test.p_value < 1e-6


def test_mundlak_holds_its_size_with_correlated_errors():
    rng, rejected = np.random.default_rng(2), 0
    for _ in range(60):
        y, x, units, years = simulated(rng, 80, 4)
        y = y + np.repeat(rng.normal(size=160), 2)  # errors that last two years
        rejected += mundlak(y, x, units, years).test.p_value < 0.05
    assert rejected <= 9  # 3 + 3.5 standard errors


def test_refusals_are_named(grunfeld):
    y, x, units, years = parts(grunfeld)
    one_year = grunfeld["year"] == 1935
    with pytest.raises(Refusal, match="10 rows of 10 municipalities: no variance left within municipalities"):
        random_effects(y[one_year], x[one_year], units[one_year], years[one_year])
    with pytest.raises(Refusal, match="3 rows for 3 coefficients"):
        random_effects(y[:3], x[:3], units[:3], years[:3])
    few = grunfeld["firm"].isin(grunfeld["firm"].unique()[:3])
    with pytest.raises(Refusal, match="3 municipalities for 3 coefficients: none left between"):
        random_effects(y[few], x[few], units[few], years[few])
    constant = x.groupby(units).transform("mean")
    with pytest.raises(StudyError, match="no regressor varies within municipalities"):
        mundlak(y, constant, units, years)


@pytest.fixture(scope="module")
def panel():
    rng, n = np.random.default_rng(3), 80
    z = rng.normal(size=n)
    level = rng.normal(size=n)
    parts = [rows("size", z)]
    for year in range(2014, 2020):
        grant = rng.normal(size=n) + level
        parts += [rows("grant", grant, year), rows("effort", 0.5 * grant + z + level + rng.normal(size=n), year)]
    return pd.concat(parts, ignore_index=True)


def specification(**changes):
    plain = {"estimator": "random_effects", "outcome": "effort", "blocks": {"formal": ["grant"], "scale": ["size"]}}
    return plain | {"predictors": "yearly", "covariance": {"type": "cluster", "by": "municipality"}} | changes


def test_the_specification_reports_mundlaks_test_and_warns(panel):
    result = estimate(panel, specification(effects=["year"]), SETTINGS, "x")
    tests = result.inference.set_index("test")
    assert tests.at["mundlak", "p_value"] < 0.05 and tests.at["mundlak", "verdict"].startswith("F(1, 79)")
    assert tests.loc["joint", "term"].tolist() == ["formal", "scale", "blocks"]
    assert result.fit.warnings == ["Mundlak's test rejects random effects: municipality effects go with the regressors"]
    assert result.estimates["term"].tolist() == ["grant", "size"]  # year effects are not shown
    assert result.attribution.empty
    static = estimate(panel, specification(blocks={"scale": ["size"]}), SETTINGS, "x")
    row = static.inference.set_index("test").loc["mundlak"]
    assert row["verdict"] == "not applicable" and "no regressor varies" in row["term"]


def test_what_it_writes_has_dutch(panel):
    dutch = study.study_labels("nl")
    result = estimate(panel, specification(), SETTINGS, "x")
    for part in [*result.fit.covariance.split("; "), *result.fit.warnings]:
        assert sentence(part, dutch) != part, part


def test_an_unbalanced_panel_with_years_has_the_means_of_years_beside():
    y, x, units, years = simulated(np.random.default_rng(8), 60)
    keep = np.random.default_rng(9).random(len(y)) > 0.3
    y, x, units, years = (
        y[keep],
        x[keep].reset_index(drop=True),
        *(one[keep].reset_index(drop=True) for one in (units, years)),
    )
    dummies = pd.get_dummies(years, prefix="year", dtype=float).iloc[:, 1:]
    means = pd.concat([dummies, x[["x"]]], axis=1).groupby(units).transform("mean").add_prefix("mean_")
    by_hand = random_effects(y, pd.concat([x, dummies, means], axis=1), units, years)
    place = by_hand.coefficients["term"].tolist().index("mean_x")
    statistic = by_hand.coefficients["estimate"][place] ** 2 / by_hand.covariance_matrix[place, place]
    assert mundlak(y, x, units, years, True).test.statistic == pytest.approx(statistic, rel=1e-8)
