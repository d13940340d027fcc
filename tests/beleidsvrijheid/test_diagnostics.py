"""Diagnostics of a least-squares result: published numbers, brute force beside each short cut, planted trouble."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.diagnostics.influence import leave_one_out
from beleidsvrijheid.diagnostics.missing import (
    MINIMUM_PER_SIDE,
    _completeness_design,
    completeness_weights,
    dummies,
    standardised_differences,
    weighted_fit,
)
from beleidsvrijheid.diagnostics.omitted import partial_r2, robustness_value
from beleidsvrijheid.diagnostics.spatial import moran, queen_neighbours, residual_moran, weight_matrix
from beleidsvrijheid.diagnostics.specification import diagnose
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.sandwich import ALLOWED, make_design
from beleidsvrijheid.models.task import Task

REFERENCES = Path(__file__).parents[1] / "reference"
COLUMBUS = yaml.safe_load((REFERENCES / "moran.yaml").read_text())
DARFUR = yaml.safe_load((REFERENCES / "omitted_variable.yaml").read_text())


# Neighbours and Moran's I


def square(west, south, side=0.01, skew=0.0):
    ring = [
        [west, south],
        [west + side, south + skew],
        [west + side, south + side],
        [west, south + side],
        [west, south],
    ]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def test_neighbours_share_a_border_a_corner_or_a_border_drawn_twice():
    metres = 1 / 111_320
    shapes = {
        "11001": square(3.0, 51.0),
        "11002": square(3.01, 51.0),  # a border with 11001
        "11003": square(3.01, 51.01 + 5 * metres),  # a corner with 11001, a border with 11002, drawn 5 m off
        "11004": square(3.02 + 100 * metres, 51.0),  # 60 m and more from every other
        "11005": square(3.5, 51.5),  # an island
    }
    pairs = queen_neighbours(list(shapes), list(shapes.values()))
    assert list(pairs.columns) == ["nis", "neighbour"]
    found = {tuple(pair) for pair in pairs.to_numpy()}
    bordering = {("11001", "11002"), ("11001", "11003"), ("11002", "11003")}
    assert found == bordering | {(b, a) for a, b in bordering}
    assert pairs["nis"].is_monotonic_increasing
    strict = queen_neighbours(list(shapes), list(shapes.values()), snap_metres=0.0)
    assert {tuple(pair) for pair in strict.to_numpy()} == {("11001", "11002"), ("11002", "11001")}


def columbus():
    names = np.array([f"{number:02d}" for number in range(1, 50)])
    pairs = [(names[i], names[j - 1]) for i, own in enumerate(COLUMBUS["neighbours"]) for j in own]
    data = {name: np.array(COLUMBUS[name], float) for name in ("crime", "inc", "hoval")}
    return data, weight_matrix(names, pd.DataFrame(pairs, columns=["nis", "neighbour"]))


def test_moran_matches_spdep():
    data, weights = columbus()
    result = moran(data["crime"], weights, 999, np.random.default_rng(1))
    for name, value in COLUMBUS["values"].items():
        assert getattr(result, name) == pytest.approx(value, abs=5e-5 if name == "z" else COLUMBUS["tolerance"])
    assert result.p_value == 0.001 and result.n == 49


def test_residual_moran_matches_spdep():
    data, weights = columbus()
    regressors = np.column_stack([data["inc"], data["hoval"]])
    residuals = make_design(regressors, "nonrobust").residuals(data["crime"])
    result = residual_moran(residuals, regressors, weights, 999, np.random.default_rng(1))
    for name, value in COLUMBUS["residuals"].items():
        assert getattr(result, name) == pytest.approx(value, abs=5e-5 if name == "z" else COLUMBUS["tolerance"])
    assert 0.001 <= result.p_value < 0.02


def grid_weights(side):
    names = np.array([f"{number:05d}" for number in range(side**2)])
    east, north = np.divmod(np.arange(side**2), side)
    near = (np.abs(east[:, None] - east) <= 1) & (np.abs(north[:, None] - north) <= 1)
    np.fill_diagonal(near, False)
    pairs = pd.DataFrame({"nis": names[np.nonzero(near)[0]], "neighbour": names[np.nonzero(near)[1]]})
    return names, weight_matrix(names, pairs)


def test_moran_finds_planted_autocorrelation_and_keeps_its_level():
    rng = np.random.default_rng(7)
    names, weights = grid_weights(10)
    spread = np.linalg.solve(np.eye(100) - 0.6 * weights, rng.normal(size=(100, 60))).T
    noise = rng.normal(size=(300, 100))
    assert np.mean([moran(one, weights, 99, rng).p_value <= 0.05 for one in spread]) > 0.9
    assert (
        np.mean([moran(one, weights, 99, rng).p_value <= 0.05 for one in noise]) < 0.09
    )  # 0.05 + 3 Monte Carlo errors
    drawn = np.array([moran(one, weights, 9, rng).statistic for one in noise])
    about = moran(noise[0], weights, 9, rng)
    assert drawn.mean() == pytest.approx(about.expectation, abs=0.01)
    assert drawn.var() == pytest.approx(about.variance, rel=0.25)


def test_moran_counts_islands_and_refuses_what_it_cannot_do():
    names, weights = grid_weights(4)
    lonely = np.zeros((17, 17))
    lonely[:16, :16] = weights
    assert moran(np.arange(17.0) ** 2, lonely, 9, np.random.default_rng(1)).n_islands == 1
    with pytest.raises(Refusal, match="values are all the same"):
        moran(np.ones(16), weights, 9, np.random.default_rng(1))
    with pytest.raises(Refusal, match="2 municipalities border another one of the sample, fewer than 3"):
        pairs = pd.DataFrame({"nis": ["00000", "00001"], "neighbour": ["00001", "00000"]})
        weight_matrix(names, pairs)


# Standard errors and leave-one-out


def data_set(n=60, k=4, seed=5):
    rng = np.random.default_rng(seed)
    regressors = pd.DataFrame(rng.normal(size=(n, k)), columns=[f"x{i}" for i in range(k)])
    regressors["x0"] = regressors["x0"] * 40 + 1e5
    regressors["x3"] = (rng.random(n) < 0.2).astype(float)
    outcome = 2e-3 * regressors["x0"].to_numpy() + regressors["x1"].to_numpy() + rng.standard_t(4, n)
    return outcome, regressors


@pytest.mark.parametrize("covariance", ALLOWED)
def test_batched_errors_are_those_of_the_estimator(covariance):
    outcome, regressors = data_set()
    fit = ols(outcome, regressors, covariance, pd.Series(np.arange(60), name="municipality"))
    design = make_design(regressors.to_numpy(), covariance)
    table = fit.coefficients.iloc[:-1]
    np.testing.assert_allclose(design.slopes(outcome), table["estimate"], rtol=1e-9)
    np.testing.assert_allclose(design.errors(design.residuals(outcome)), table["std_error"], rtol=1e-9)
    assert design.df == fit.df
    both = np.stack([outcome, outcome**2])
    np.testing.assert_allclose(design.errors(design.residuals(both))[0], table["std_error"], rtol=1e-9)


@pytest.mark.parametrize("effects", [[], ["year"], ["municipality"], ["municipality", "year"]])
def test_batched_errors_of_a_panel_are_those_of_the_estimator(effects):
    from beleidsvrijheid.models.least_squares import panel_design

    outcome, regressors = data_set(n=120)
    frame = pd.DataFrame({"nis": [f"{i:05d}" for i in np.repeat(np.arange(24), 5)], "year": np.tile(range(5), 24)})
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects)
    moved, baseline, units = panel_design(outcome, regressors, frame, effects)
    absorbed = "municipality" in effects
    years = baseline if absorbed else baseline[:, :-1]
    design = make_design(moved[:, 1:], "cluster", units, years, has_constant=not absorbed)
    statistic = design.slopes(moved[:, 0]) / design.errors(design.residuals(moved[:, 0]))
    np.testing.assert_allclose(statistic, fit.coefficients["statistic"].to_numpy()[:4], rtol=1e-8)


@pytest.mark.parametrize("covariance", ALLOWED)
def test_leave_one_out_is_the_refit_without_each_row(covariance):
    outcome, regressors = data_set(n=30)
    found = leave_one_out(outcome, make_design(regressors.to_numpy(), covariance))
    for row in range(30):
        kept = np.arange(30) != row
        clusters = pd.Series(np.arange(29), name="municipality")
        table = ols(outcome[kept], regressors[kept], covariance, clusters).coefficients.iloc[:-1]
        np.testing.assert_allclose(found.slopes[row], table["estimate"], rtol=1e-7)
        np.testing.assert_allclose(found.errors[row], table["std_error"], rtol=1e-7)
        np.testing.assert_allclose(found.p_values[row], table["p_value"], rtol=1e-6, atol=1e-12)


def test_bad_designs_are_refused_by_name():
    outcome, regressors = data_set()
    alone = regressors.assign(x3=(np.arange(60) == 0).astype(float))
    with pytest.raises(Refusal, match="leverage 1"):
        leave_one_out(outcome, make_design(alone.to_numpy(), "HC3"))
    with pytest.raises(Refusal, match="singular"):
        make_design(regressors.assign(x4=2 * regressors["x1"]).to_numpy(), "HC3")
    with pytest.raises(Refusal, match="4 rows for 5 coefficients"):
        make_design(regressors.to_numpy()[:4], "HC3")
    with pytest.raises(StudyError, match="covariance.type: 'HC9'; allowed: HC0"):
        make_design(regressors.to_numpy(), "HC9")
    with pytest.raises(StudyError, match="sorted by cluster"):
        make_design(regressors.to_numpy(), "cluster", np.arange(60)[::-1])


# Omitted variables


def test_sensitivity_matches_the_published_example():
    statistic, df = np.array([DARFUR["statistic"]]), DARFUR["df"]
    found = {
        "partial_r2": partial_r2(statistic, df),
        "robustness_value": robustness_value(statistic, df),
        "robustness_value_alpha": robustness_value(statistic, df, DARFUR["alpha"]),
    }
    for name, value in found.items():
        assert value[0] == pytest.approx(DARFUR[name], abs=DARFUR["tolerance"])


def test_an_omitted_variable_of_that_strength_brings_the_estimate_to_zero():
    """Partial R2 equal to the robustness value with both outcome and term, built in: the slope with it included is 0."""
    rng = np.random.default_rng(2)
    term, outcome = rng.normal(size=(2, 200))
    outcome = outcome + 0.4 * term
    design = make_design(term[:, None], "nonrobust")
    residuals = design.residuals(outcome)
    statistic = design.slopes(outcome) / design.errors(residuals)
    value = robustness_value(statistic, design.df)[0]
    centred, noise = term - term.mean(), rng.normal(size=200)
    for one in (np.ones(200), centred, residuals):
        noise = noise - one * (one @ noise) / (one @ one)
    unit = [one / np.linalg.norm(one) for one in (centred, residuals, noise)]
    along = np.sqrt(value)  # its correlation with the term, and with the outcome once the term is out
    confounder = along * unit[0] + np.sqrt(1 - value) * (along * unit[1] + np.sqrt(1 - value) * unit[2])
    slope = make_design(np.column_stack([term, confounder]), "nonrobust").slopes(outcome)[0]
    assert slope == pytest.approx(0.0, abs=1e-10)


def test_robustness_of_nothing_is_zero():
    assert robustness_value(np.array([1.5]), 100, 0.05)[0] == 0.0
    assert robustness_value(np.array([0.0]), 100)[0] == 0.0
    strong = robustness_value(np.array([1e4]), 100, 0.05)[0]
    assert 0.99 < strong < 1


# Missing municipalities


def test_differences_are_those_computed_by_hand():
    known = pd.DataFrame({"log_population": [1.0, 3.0, 2.0, 4.0, 6.0], "one": [1.0] * 5})
    table = standardised_differences(known, np.array([True, True, False, False, False])).set_index("term")
    # means 2 and 4, variances 2 and 4: -2 / sqrt(3); Welch: t = -2 / sqrt(2/2 + 4/3), df 2.882353
    assert table.at["log_population", "estimate"] == pytest.approx(-2 / np.sqrt(3))
    assert table.at["log_population", "p_value"] == pytest.approx(0.285, abs=0.003)
    assert np.isnan(table.at["one", "estimate"])


def test_weights_bring_back_what_missing_municipalities_would_have_said():
    rng = np.random.default_rng(11)
    n = 6000
    size, family = rng.normal(size=n), rng.integers(1, 4, n).astype(float)
    x = rng.normal(size=n)
    outcome = (1 + 0.8 * size) * x + rng.normal(size=n)  # on average 1 over all
    complete = rng.random(n) < 1 / (1 + np.exp(-(0.5 + 1.2 * size + 0.5 * (family == 2))))
    numbers, categories = pd.DataFrame({"log_population": size}), pd.DataFrame({"belfius_family": family})
    weights = completeness_weights(complete, numbers, categories)
    assert weights.mean() == pytest.approx(1.0, abs=0.03)
    regressors = pd.DataFrame({"x": x[complete]})
    plain = make_design(regressors.to_numpy(), "HC3").slopes(outcome[complete])[0]
    fit, effective = weighted_fit(outcome[complete], regressors, weights, 0.95)
    row = fit.coefficients.iloc[0]
    assert plain > 1.2
    assert abs(row["estimate"] - 1) < 0.1
    assert row["ci_low"] < 1.05 and effective < complete.sum()
    spread = x[complete].std(ddof=1) / outcome[complete].std(ddof=1)
    assert row["standardised"] == pytest.approx(row["estimate"] * spread, rel=1e-12)


def test_weights_are_refused_where_they_cannot_be_told():
    n = 100
    size = np.linspace(0, 1, n)
    numbers, none = pd.DataFrame({"log_population": size}), pd.DataFrame(index=range(n))
    with pytest.raises(Refusal, match="3 municipalities are missing, fewer than 5"):
        completeness_weights(size > 0.025, numbers, none)
    with pytest.raises(Refusal, match="separation"):
        completeness_weights(size > 0.5, numbers, none)
    with pytest.raises(Refusal, match="log_population is not known of every municipality"):
        completeness_weights(
            np.arange(n) % 3 > 0, pd.DataFrame({"log_population": np.where(size > 0.1, size, np.nan)}), none
        )


def test_a_category_is_a_column_of_its_own():
    table = dummies(pd.DataFrame({"province": [1.0, 2.0, np.nan]}))
    assert list(table.columns) == ["province=1", "province=2"]
    assert table["province=1"].tolist()[:2] == [1.0, 0.0] and table["province=1"].isna().iloc[2]


# A whole specification


SPECIFICATION = {
    "estimator": "ols",
    "outcome": "portfolio_shift",
    "beleidsveld": "domains",
    "blocks": {"capacity": ["vte_per_1000"], "scale": ["log_population"]},
    "controls": ["belfius_family"],
    "covariance": {"type": "HC3"},
    "sample": {"exclude": ["smallest"]},
    "transform": "none",
}


def country(n=150, seed=3):
    rng = np.random.default_rng(seed)
    scale = rng.normal(10, 0.8, n)
    staff = np.exp(rng.normal(2, 0.4, n))
    shift = np.exp(-1.5 + 0.4 * np.log(staff) + 0.3 * rng.normal(size=n))
    columns = {
        ("portfolio_shift", "domains"): shift,
        ("pre_portfolio_shift", "domains"): 0.5 * shift + rng.normal(0, 0.1, n),
        ("vte_per_1000", ""): np.where(rng.random(n) < 0.2 - 0.1 * (scale - 10), np.nan, staff),
        ("log_population", ""): scale,
        ("belfius_family", ""): rng.integers(1, 4, n).astype(float),
        ("province", ""): rng.integers(1, 6, n).astype(float),
        ("recoding_flag", ""): (np.arange(n) % 10 == 0).astype(float),
    }
    nis = [f"{11001 + i}" for i in range(n)]
    parts = [
        pd.DataFrame({"nis": nis, "indicator": name, "beleidsveld": field, "value": values})
        for (name, field), values in columns.items()
    ]
    panel = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    return panel.assign(level="municipality", year=pd.array([pd.NA] * len(panel), "Int64"), period="")


def task(specification=SPECIFICATION, panel=None, **settings):
    nis = [f"{11001 + i}" for i in range(150)]
    defaults = {
        "exclusions": {"smallest": nis[:2], "coast": nis[5:12]},
        "categorical": ["belfius_family", "province"],
        "minimum_municipalities": 50,
        "inference": {"draws": 199, "confidence": 0.95},
        "equivalence": {"r2_bounds": [0.1], "coefficient_bounds": [0.2], "alpha": 0.05},
        "per_inhabitant": ["vte_per_1000"],
    }
    panel = country() if panel is None else panel
    return Task(panel, specification, defaults | settings, np.random.default_rng(1), "r1")


def wide_sample(drop=()):
    panel = country()
    wide = panel.pivot(index="nis", columns="indicator", values="value")
    return wide[~wide.index.isin(list(drop))].dropna(subset=["vte_per_1000"])


def by_hand(wide, logs=False, controls=()):
    families = dummies(wide[["belfius_family"]]).iloc[:, 1:]
    columns = wide[["vte_per_1000", "log_population", *controls]].join(families)
    outcome = wide["portfolio_shift"].to_numpy()
    if logs:
        columns = columns.assign(vte_per_1000=np.log(columns["vte_per_1000"]))
        outcome = np.log(outcome)
    return ols(outcome, columns, "HC3").coefficients.set_index("term")


@pytest.fixture(scope="module")
def table():
    names = sorted({f"{11001 + i}" for i in range(150)})
    pairs = [(a, b) for a, b in zip(names[:-1], names[1:], strict=True)]
    neighbours = pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["nis", "neighbour"])
    return diagnose(task(), neighbours)


def picked(table, test, variant, term="vte_per_1000"):
    rows = table[(table["test"] == test) & (table["variant"] == variant) & (table["term"] == term)]
    assert len(rows) == 1, (test, variant, term)
    return rows.iloc[0]


def test_each_variant_is_the_fit_that_its_name_says(table):
    nis, small = sorted(country()["nis"].unique()), ["11001", "11002"]
    flagged = [one for place, one in enumerate(nis) if place % 10 == 0]
    expected = {
        ("baseline", "as_specified"): by_hand(wide_sample(small)),
        ("outliers", "smallest_lifted"): by_hand(wide_sample()),
        ("outliers", "coast_applied"): by_hand(wide_sample(small + nis[5:12])),
        ("recoding", "without_flagged"): by_hand(wide_sample(small + flagged)),
        ("mean_reversion", "with_pre_portfolio_shift"): by_hand(wide_sample(small), controls=["pre_portfolio_shift"]),
        ("denominators", "ratio"): by_hand(wide_sample(small)),
        ("denominators", "log"): by_hand(wide_sample(small), logs=True),
    }
    for (test, variant), coefficients in expected.items():
        row = picked(table, test, variant)
        for column in ("estimate", "standardised", "ci_low", "ci_high", "p_value"):
            assert row[column] == pytest.approx(coefficients.at["vte_per_1000", column], rel=1e-8), (variant, column)
    without = wide_sample(small)
    plain = ols(without["portfolio_shift"].to_numpy(), without[["vte_per_1000", "log_population"]], "HC3")
    estimate = plain.coefficients["estimate"].iloc[0]
    assert picked(table, "clusters", "without_clusters")["estimate"] == pytest.approx(estimate, rel=1e-8)


def test_influence_names_the_municipality_that_matters():
    panel = country()
    wild = (panel["nis"] == "11052") & (panel["indicator"] == "portfolio_shift")
    panel = panel.assign(value=panel["value"].where(~wild, 40.0))
    table = diagnose(task(panel=panel))
    rows = table[(table["test"] == "influence") & table["variant"].isin(["lowest", "highest"])]
    assert "without 11052" in set(rows["note"])
    flips = picked(table, "influence", "flips")
    assert flips["estimate"] >= 1 and "11052" in flips["note"]


def test_missing_municipalities_are_described_and_weighted_for(table):
    n_missing = int(wide_sample().shape[0])
    row = table[(table["test"] == "missing") & (table["variant"] == "any") & (table["term"] == "")].iloc[0]
    assert row["n"] == 148 - wide_sample(["11001", "11002"]).shape[0] and n_missing < 150
    assert picked(table, "missing", "vte_per_1000", "log_population")["standardised"] < 0  # small ones are missing
    weighted = picked(table, "missing_weights", "weighted")
    assert weighted["note"].startswith("weights ") and weighted["estimate"] > 0
    assert weighted["estimate"] != picked(table, "missing_weights", "complete_cases")["estimate"]


def test_what_is_not_there_is_said_and_not_left_out():
    panel = country()
    panel = panel[~panel["indicator"].isin(["recoding_flag", "pre_portfolio_shift"])]
    table = diagnose(task(panel=panel)).set_index("variant")
    assert table.at["moran_residuals", "note"] == "the study has no boundaries of municipalities"
    assert table.at["without_flagged", "note"] == "recoding_flag is not in the panel"
    assert table.at["with_pre_portfolio_shift", "note"] == "pre_portfolio_shift is not in the panel"


def test_moran_and_sensitivity_are_in_the_table(table):
    spatial = table[table["test"] == "spatial"].iloc[0]
    assert abs(spatial["estimate"]) < 0.3 and 0 < spatial["p_value"] <= 1
    assert "199 permutations" in spatial["note"]
    strong, weak = (
        picked(table, "omitted_variable", "robustness_value", t) for t in ("vte_per_1000", "log_population")
    )
    assert strong["estimate"] > weak["estimate"] > 0


def test_refusals_and_wrong_estimators_are_named():
    table = diagnose(task(minimum_municipalities=1000))
    assert table["test"].tolist() == ["refused"] and "fewer than 1000" in table["note"].iloc[0]
    with pytest.raises(StudyError, match=r"r1: diagnostics: estimator 'quantile'; allowed: ols"):
        diagnose(task({**SPECIFICATION, "estimator": "quantile"}))


def test_the_same_seed_gives_the_same_table(table):
    again, one = diagnose(task()), diagnose(replace(task(), rng=np.random.default_rng(1)))
    pd.testing.assert_frame_equal(again, one)


def test_what_cannot_be_logged_is_said():
    panel = country()
    staff = panel["indicator"] == "vte_per_1000"
    first = staff & (panel["nis"] == panel.loc[staff, "nis"].iloc[0])
    zeros = panel.assign(value=panel["value"].mask(first, 0.0))
    assert picked(diagnose(task(panel=zeros)), "denominators", "log")["note"] == "vte_per_1000: ln(1 + x)"
    negative = panel.assign(value=panel["value"].mask(first, -1.0))
    note = picked(diagnose(task(panel=negative)), "denominators", "log")["note"]
    assert note == "vte_per_1000: not logged, it has negative values"
    in_logs = diagnose(task({**SPECIFICATION, "transform": "log"}))
    rows = in_logs[(in_logs["test"] == "denominators") & (in_logs["variant"] == "log")]
    assert rows["note"].tolist() == ["the outcome is in logs already"]
    alone = diagnose(task({**SPECIFICATION, "blocks": {"capacity": ["vte_per_1000"]}}))
    one = picked(alone, "denominators", "log")["estimate"]
    assert one == pytest.approx(by_hand(wide_sample(["11001", "11002"]), logs=True).at["vte_per_1000", "estimate"])


def test_products_are_logged_before_they_are_multiplied():
    specification = {**SPECIFICATION, "interactions": [["vte_per_1000", "log_population"]]}
    table = diagnose(task(specification))
    term = next(term for term in table["term"] if "vte_per_1000" in term and "log_population" in term)
    wide = wide_sample(["11001", "11002"])
    staff = np.log(wide["vte_per_1000"])
    product = (staff - staff.mean()) * (wide["log_population"] - wide["log_population"].mean())
    columns = pd.DataFrame({"vte": staff, "size": wide["log_population"], "product": product})
    columns = columns.join(dummies(wide[["belfius_family"]]).iloc[:, 1:])
    fit = ols(np.log(wide["portfolio_shift"].to_numpy()), columns, "HC3").coefficients.set_index("term")
    found = picked(table, "denominators", "log", term)
    assert found["estimate"] == pytest.approx(fit.at["product", "estimate"], rel=1e-6)


def test_a_refit_needs_an_outcome_that_varies_by_however_little():
    from beleidsvrijheid.diagnostics.refits import refit

    x = pd.DataFrame({"x": np.arange(6.0)}, index=list("abcdef"))
    with pytest.raises(Refusal, match="same value in every row"):
        refit(np.full(6, 0.3), x, ["x"], "nonrobust")
    y = np.array([0.0, 0.1, 0.2, 0.3, 0.9, 0.5])
    assert refit(y, x, ["x"], "nonrobust").slopes[0] == pytest.approx(np.polyfit(x["x"], y, 1)[0])


def test_a_category_tells_who_is_missing_from_five_on_either_side():
    complete = np.arange(60) < 40
    numbers = pd.DataFrame({"size": np.linspace(0, 1, 60)})
    for few, columns in ((MINIMUM_PER_SIDE, 4), (MINIMUM_PER_SIDE - 1, 3)):
        family = np.ones(60)  # the others have few municipalities that are missing
        family[:12], family[12:24], family[60 - few :], family[60 - 2 * few : 60 - few] = 2.0, 3.0, 2.0, 3.0
        design = _completeness_design(complete, numbers, pd.DataFrame({"family": family}))
        assert design.shape[1] == columns


def test_belfius_clusters_are_added_where_they_are_no_control():
    bare = SPECIFICATION | {"controls": []}
    small = [f"{11001 + i}" for i in range(2)]
    row = picked(diagnose(task(bare)), "clusters", "with_clusters")
    estimate = by_hand(wide_sample(small)).at["vte_per_1000", "estimate"]
    assert row["estimate"] == pytest.approx(estimate, rel=1e-8)
    panel = country()
    table = diagnose(task(bare, panel[panel["indicator"] != "belfius_family"])).set_index("variant")
    assert table.at["with_clusters", "note"] == "belfius_family is not in the panel"
