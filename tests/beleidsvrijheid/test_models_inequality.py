"""G1: R's Gini and Theil, exact decomposition by hand, weights as repetitions, planted shares, refusals."""

from fractions import Fraction
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.inequality import (
    TERMS,
    estimate_inequality,
    gini,
    inequality,
    permuted_shares,
    theil,
)
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/inequality.yaml").read_text())
INCOMES = np.array(REFERENCE["incomes"], float)


def one(values, groups, weights=None):
    weights = np.ones(len(values)) if weights is None else weights
    found = inequality(np.asarray(values, float), np.asarray(groups), np.asarray([weights], float))[0]
    return dict(zip(TERMS, found, strict=True))


def test_matches_r():
    ones = np.ones((1, 10))
    assert gini(INCOMES, ones)[0] == pytest.approx(REFERENCE["gini"], abs=5e-8)
    parts = theil(INCOMES, np.arange(10) % 3, ones)
    assert sum(parts)[0] == pytest.approx(REFERENCE["theil"], abs=5e-8)


def test_theil_by_hand():
    # Groups (1, 3) and (4, 8): means 2 and 6, of all 4; parts of the total 1/4 and 3/4.
    found = one([1, 3, 4, 8], [0, 0, 1, 1])
    between = Fraction(1, 4) * log(Fraction(1, 2)) + Fraction(3, 4) * log(Fraction(3, 2))
    first = Fraction(1, 4) * log(Fraction(1, 2)) + Fraction(3, 4) * log(Fraction(3, 2))
    second = Fraction(1, 3) * log(Fraction(2, 3)) + Fraction(2, 3) * log(Fraction(4, 3))
    assert found["theil_between"] == pytest.approx(between, rel=1e-14)
    assert found["theil_within"] == pytest.approx(first / 4 + 3 * second / 4, rel=1e-13)
    # Gini: mean absolute difference over the 16 ordered pairs, half of it over the mean
    pairs = Fraction(sum(abs(a - b) for a in (1, 3, 4, 8) for b in (1, 3, 4, 8)), 16)
    assert found["gini"] == pytest.approx(float(pairs / 8), rel=1e-14)
    assert found["gini_between"] == pytest.approx(float(Fraction(8 * 4, 16) / 8), rel=1e-14)
    assert found["gini_between_share"] == pytest.approx(float(Fraction(2, 8) / (pairs / 8)), rel=1e-13)


def test_a_weight_is_a_repetition_and_the_parts_add_up():
    rng = np.random.default_rng(1)
    values, groups = np.append(rng.lognormal(5, 1, 40), 0.0), np.append(rng.integers(0, 5, 40), 2)
    counts = rng.integers(0, 4, size=(8, 41)).astype(float)
    found = inequality(values, groups, counts)
    for weights, row in zip(counts, found, strict=True):
        rows = np.repeat(np.arange(41), weights.astype(int))
        again = one(values[rows], groups[rows])
        np.testing.assert_allclose(row, list(again.values()), rtol=1e-10)
        x = values[rows] / values[rows].mean()
        whole = np.mean(x * np.log(np.where(x > 0, x, 1)))
        assert again["theil_between"] + again["theil_within"] == pytest.approx(whole, rel=1e-10)
        pairs = np.abs(values[rows][:, None] - values[rows]).mean() / (2 * values[rows].mean())
        assert again["gini"] == pytest.approx(pairs, rel=1e-10)


def test_frequencies_are_weights():
    repeated = np.repeat(INCOMES, REFERENCE["frequencies"])
    weights = np.array([REFERENCE["frequencies"]], float)
    assert gini(INCOMES, weights)[0] == pytest.approx(gini(repeated, np.ones((1, len(repeated))))[0], rel=1e-13)


def test_permuted_groups_keep_all_and_lose_the_difference():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(6), 20)
    values, weights = rng.lognormal(5, 0.5, 120) * np.exp(groups / 2), rng.uniform(1, 9, 120)
    null = permuted_shares(values, groups, weights, 200, np.random.default_rng(4))
    order = np.random.default_rng(4).permuted(np.broadcast_to(np.arange(120), (200, 120)), axis=1)
    expected = [one(values, groups[rows], weights)["theil_between_share"] for rows in order]
    np.testing.assert_allclose(null, expected, rtol=1e-10)
    assert max(expected) < one(values, groups, weights)["theil_between_share"]


def panel_of(values, clusters, inhabitants=None):
    nis = [f"9{i:04d}" for i in range(len(values))]
    parts = {"grant": values, "belfius_cluster": clusters}
    if inhabitants is not None:
        parts["log_population"] = np.log(inhabitants)
    frames = [pd.DataFrame({"nis": nis, "value": column, "indicator": name}) for name, column in parts.items()]
    frame = pd.concat(frames, ignore_index=True).assign(beleidsveld="", level="municipality", period="")
    return frame.assign(year=pd.array([pd.NA] * len(frame), "Int64"))


def task(panel, **changes):
    settings = {"exclusions": {}, "categorical": ("belfius_cluster",), "minimum_municipalities": 30}
    settings |= {"inference": {"confidence": 0.95, "draws": 199}, "equivalence": {"alpha": 0.05}}
    specification = {"estimator": "inequality", "outcome": "grant", "groups": "belfius_cluster"}
    return Task(panel, specification | changes, settings, np.random.default_rng(1), "g1")


def planted(rng, between, n=240):
    """Lognormal: variance of ln 0.25, of which `between` over twelve clusters."""
    clusters = np.arange(n) % 12 + 1.0
    effect = rng.normal(size=12)
    effect = (effect - effect.mean()) / effect.std()
    left = rng.normal(0, np.sqrt(0.25 * (1 - between)), n)
    return np.exp(5 + np.sqrt(0.25 * between) * effect[clusters.astype(int) - 1] + left), clusters


def test_recovers_a_planted_share_between_clusters():
    shares = []
    for seed in range(12):
        rng = np.random.default_rng([5, seed])
        values, clusters = planted(rng, 0.8)
        done = estimate_inequality(task(panel_of(values, clusters, rng.uniform(5e3, 5e4, 240))))
        table = done.fit.coefficients.set_index(["equation", "term"])
        assert set(table.index.get_level_values("equation")) == {"unweighted", "weighted"}
        shares.append(table.at[("unweighted", "theil_between_share"), "estimate"])
        row = table.loc[("weighted", "theil_between_share")]
        assert row["ci_low"] > 0.5 and row["ci_low"] < row["estimate"] < row["ci_high"]
        assert (done.inference.set_index("test").loc["permutation", "p_value"] == 0.005).all()
    assert np.mean(shares) == pytest.approx(0.8, abs=0.05)


def test_clusters_without_meaning_are_rarely_found():
    p_values = []
    for seed in range(40):
        values, clusters = planted(np.random.default_rng([6, seed]), 0.0)
        done = estimate_inequality(task(panel_of(values, clusters)))
        assert done.fit.warnings == ["weighted: not every municipality has inhabitants in the panel; not estimated"]
        p_values.append(done.inference.set_index("test").at["permutation", "p_value"])
    assert sum(np.array(p_values) < 0.05) <= 7 and np.median(p_values) > 0.1


def test_refusals_are_named():
    values, clusters = planted(np.random.default_rng(7), 0.5)
    negative = values.copy()
    negative[3] = -1.0
    with pytest.raises(Refusal, match="1 municipalities have a negative value, such as 90003"):
        estimate_inequality(task(panel_of(negative, clusters)))
    with pytest.raises(Refusal, match="all municipalities are in one group"):
        estimate_inequality(task(panel_of(values, np.ones(240))))
    with pytest.raises(Refusal, match="same value in every row"):
        estimate_inequality(task(panel_of(np.full(240, 3.0), clusters)))
    with pytest.raises(StudyError, match="groups: None; allowed: a categorical indicator"):
        estimate_inequality(task(panel_of(values, clusters), groups=None))
    with pytest.raises(StudyError, match="groups: 'grant' is no category; allowed: belfius_cluster"):
        estimate_inequality(task(panel_of(values, clusters), groups="grant"))
