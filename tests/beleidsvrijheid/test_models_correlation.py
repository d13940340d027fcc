"""Correlations: R's numbers on Anscombe, scipy per resample, planted values, equivalence by hand, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.correlation import correlation_equivalence, correlations, estimate_correlation
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.ranks import partial_correlations, weighted_correlations, weighted_ranks
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/anscombe.yaml").read_text())
NONE = pd.DataFrame()


def run(y, draws=199, seed=1, controls=None, **indicators):
    controls = pd.DataFrame(index=range(len(y))) if controls is None else controls
    fit = correlations(
        np.asarray(y, float), pd.DataFrame(indicators), controls, draws, 0.95, np.random.default_rng(seed)
    )
    return fit.coefficients.set_index(["equation", "term"])


@pytest.mark.parametrize("name", list(REFERENCE["sets"]))
def test_anscombe_matches_r(name):
    case = REFERENCE["sets"][name]
    table = run(case["y"], x=np.array(REFERENCE["x"], float))
    for kind in ("pearson", "spearman"):
        assert table.at[(kind, "x"), "estimate"] == pytest.approx(case[kind], abs=5e-8)


def test_ranks_and_correlations_of_a_resample_are_those_of_its_rows():
    from scipy.stats import rankdata, spearmanr

    rng = np.random.default_rng(2)
    values = rng.normal(size=(40, 3)).round(1)  # ties
    counts = draw_counts(40, 15, rng)
    ranks = np.stack([weighted_ranks(column, counts) for column in values.T], axis=2)
    matrices, plain = weighted_correlations(ranks, counts), weighted_correlations(values, counts)
    for weight, rank, matrix, pearson in zip(counts, ranks, matrices, plain, strict=True):
        rows = np.repeat(np.arange(40), weight.astype(int))
        np.testing.assert_allclose(rank[rows], np.apply_along_axis(rankdata, 0, values[rows]))
        np.testing.assert_allclose(matrix, spearmanr(values[rows]).statistic, atol=1e-12)
        np.testing.assert_allclose(pearson, np.corrcoef(values[rows].T), atol=1e-12)


def test_partial_is_the_correlation_of_residuals():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    given = np.column_stack([values[:, 2:], np.ones(60)])
    left = values[:, :2] - given @ np.linalg.lstsq(given, values[:, :2], rcond=None)[0]
    got = partial_correlations(np.corrcoef(values.T)[None], 0, 1, [2, 3])[0]
    assert got == pytest.approx(np.corrcoef(left.T)[0, 1], abs=1e-12)
    singular = np.ones((1, 3, 3))
    assert np.isnan(partial_correlations(singular, 0, 1, [2])).all()


def test_recovers_a_planted_correlation_and_covers():
    covered, rejected = 0, 0
    for seed in range(60):
        rng = np.random.default_rng([4, seed])
        x, z = rng.normal(size=(2, 150))
        y = 0.5 * x + np.sqrt(0.75) * rng.normal(size=150)
        table = run(y, seed=seed, x=x, z=z)
        row = table.loc[("pearson", "x")]
        covered += row["ci_low"] <= 0.5 <= row["ci_high"]
        rejected += table.at[("spearman", "z"), "p_value"] < 0.05
    assert covered >= 50 and rejected <= 10  # 99.9 % of binomial(60, .95) and (60, .05)


def test_controls_take_a_common_cause_out():
    rng = np.random.default_rng(5)
    cause = rng.normal(size=400)
    x, y = cause + rng.normal(size=400), cause + rng.normal(size=400)
    assert run(y, x=x).at[("spearman", "x"), "ci_low"] > 0.3
    row = run(y, controls=pd.DataFrame({"cause": cause}), x=x).loc[("spearman", "x")]
    assert abs(row["estimate"]) < 4 * row["std_error"] < 0.25


def test_equivalence_by_hand():
    from scipy.stats import norm

    row = correlation_equivalence("x", 0.05, 285, 2, "pearson", 0.2, 0.05)
    z = (np.arctanh(0.2) - np.arctanh(0.05)) * np.sqrt(280)
    assert row["statistic"] == pytest.approx(z) and row["p_value"] == pytest.approx(norm.sf(z))
    assert row["verdict"] == "equivalent" and row["estimate"] == 0.05 and row["bound"] == 0.2
    at_limit = correlation_equivalence("x", row["critical"], 285, 2, "pearson", 0.2, 0.05)
    assert at_limit["p_value"] == pytest.approx(0.05)
    wider = correlation_equivalence("x", 0.05, 285, 2, "spearman", 0.2, 0.05)
    assert wider["statistic"] == pytest.approx(z / np.sqrt(1 + 0.05**2 / 2))
    assert correlation_equivalence("x", 0.15, 285, 0, "pearson", 0.1, 0.05)["verdict"].startswith("undetermined")


def test_refusals_are_named():
    x = np.arange(9.0)
    with pytest.raises(Refusal, match="4 rows for a correlation beside 0 controls"):
        run(x[:4], x=x[:4])
    with pytest.raises(Refusal, match="the outcome has the same value"):
        run(np.ones(9), x=x)
    with pytest.raises(Refusal, match="flat has the same value in every row"):
        run(x, x=x, flat=np.ones(9))


def test_a_specification_from_panel_to_estimation():
    rng = np.random.default_rng(6)
    nis = [f"9{i:04d}" for i in range(100)]
    dose, size = rng.normal(size=(2, 100))

    def rows(indicator, values):
        frame = pd.DataFrame({"nis": nis, "value": values, "indicator": indicator, "beleidsveld": "", "period": ""})
        return frame.assign(level="municipality", year=pd.array([pd.NA] * 100, dtype="Int64"))

    parts = [rows("shift", 0.9 * dose + rng.normal(size=100)), rows("dose", dose), rows("size", size)]
    specification = {
        "estimator": "correlation",
        "outcome": "shift",
        "blocks": {"formal": ["dose"]},
        "controls": ["size"],
    }
    settings = {"exclusions": {}, "categorical": (), "minimum_municipalities": 30}
    settings |= {"equivalence": {"alpha": 0.05, "coefficient_bounds": [0.2, 0.1]}}
    settings |= {"inference": {"confidence": 0.95, "draws": 199}}
    done = estimate_correlation(Task(pd.concat(parts), specification, settings, np.random.default_rng(1), "f1"))
    assert done.fit.coefficients[["equation", "term", "block"]].values.tolist() == [
        ["spearman", "dose", "formal"],
        ["pearson", "dose", "formal"],
    ]
    tests = done.inference[done.inference["test"] == "equivalence"]
    assert tests[["term", "bound"]].values.tolist() == [
        ["spearman:dose", 0.2],
        ["pearson:dose", 0.2],
        ["spearman:dose", 0.1],
        ["pearson:dose", 0.1],
    ]
    assert (done.inference[done.inference["test"] == "bootstrap"]["p_value"] < 0.05).all()
