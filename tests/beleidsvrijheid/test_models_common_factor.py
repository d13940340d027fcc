"""K2: R's principal component, alpha by hand, a planted factor and none, missing figures, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.common_factor import _pair_correlations, common_factor, estimate_common_factor
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/usarrests.yaml").read_text())
FIELDS = ["070", "071", "074", "075"]


def with_correlations(wanted, n, rng):
    """n rows whose sample correlations are exactly `wanted`."""
    raw = rng.normal(size=(n, len(wanted)))
    raw = raw - raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / n)).T
    return white @ np.linalg.cholesky(np.array(wanted)).T


def test_first_component_matches_r():
    rng = np.random.default_rng(1)
    found = common_factor(with_correlations(REFERENCE["correlations"], 50, rng), 9, rng)
    assert found.estimate[0] == pytest.approx(REFERENCE["first_share"], abs=5e-5)
    assert np.sqrt(4 * found.estimate[0]) == pytest.approx(REFERENCE["first_sd"], abs=1e-6)
    np.testing.assert_allclose(found.loadings, REFERENCE["loadings"], atol=1e-6)
    mean = (0.8018733 + 0.06957262 + 0.5635788 + 0.2588717 + 0.6652412 + 0.4113412) / 6
    np.testing.assert_allclose(found.estimate[1:], [mean, 4 * mean / (1 + 3 * mean)], rtol=1e-10)


def test_pairs_use_the_rows_that_have_both():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(60, 4)) + rng.normal(size=(60, 1))
    values[rng.random((60, 4)) < 0.3] = np.nan
    values[:, 3] += 1e6  # an offset costs no digits
    present = np.isfinite(values)
    filled = np.where(present, values - np.nanmean(values, axis=0), 0.0)
    counts = rng.multinomial(60, np.full(60, 1 / 60), size=6).astype(float)
    for weight, matrix in zip(counts, _pair_correlations(filled, present, counts), strict=True):
        rows = np.repeat(np.arange(60), weight.astype(int))
        np.testing.assert_allclose(matrix, pd.DataFrame(values[rows]).corr(), atol=1e-9)


def planted(rng, strength, n=120, k=5, missing=0.15):
    values = strength * rng.normal(size=(n, 1)) + np.sqrt(1 - strength**2) * rng.normal(size=(n, k))
    values[rng.random((n, k)) < missing] = np.nan
    return values


def test_recovers_a_planted_factor():
    found = [
        common_factor(planted(np.random.default_rng([3, i]), 0.6), 99, np.random.default_rng(i)) for i in range(20)
    ]
    means = np.array([one.estimate[1] for one in found])
    assert abs(means.mean() - 0.36) < 4 * means.std(ddof=1) / np.sqrt(20)
    assert all(one.p_value.max() == 0.01 for one in found)


def test_no_factor_is_rarely_found():
    p = [
        common_factor(planted(np.random.default_rng([4, i]), 0.0), 99, np.random.default_rng(i)).p_value
        for i in range(60)
    ]
    assert ((np.array(p) < 0.05).sum(axis=0) <= 10).all()  # 99.9 % of binomial(60, .05)
    assert (np.array(p) < 0.5).any(axis=0).all()  # p is no constant


def test_refusals_are_named():
    rng = np.random.default_rng(5)
    with pytest.raises(Refusal, match="2 fields for a common factor, fewer than 3"):
        common_factor(rng.normal(size=(50, 2)), 9, rng)
    values = rng.normal(size=(50, 3))
    values[:, 1] = 0.0
    with pytest.raises(Refusal, match="a field has the same value"):
        common_factor(values, 9, rng)


def task(rng, **changes):
    n = 80
    values = planted(rng, 0.7, n, 4, 0.05)
    values[: n - 20, 1] = np.nan  # 071 has 20 municipalities at most
    values[0] = [np.nan, np.nan, 1.0, np.nan]
    rows = pd.DataFrame(values, columns=FIELDS).assign(nis=[f"9{i:04d}" for i in range(n)])
    panel = rows.melt("nis", var_name="beleidsveld", value_name="value").dropna()
    panel = panel.assign(
        indicator="own_change", level="municipality", period="", year=pd.array([pd.NA] * len(panel), "Int64")
    )
    settings = {"exclusions": {"big": ["90001"]}, "minimum_municipalities": 30, "groups": {"reformed": FIELDS}}
    settings |= {"inference": {"confidence": 0.95, "draws": 99}, "equivalence": {"alpha": 0.05}}
    specification = {"estimator": "common_factor", "outcome": "own_change", "fields": ["reformed"]}
    return Task(panel, specification | changes, settings, np.random.default_rng(1), "k2")


def test_a_specification_from_panel_to_estimation():
    done = estimate_common_factor(task(np.random.default_rng(6), sample={"exclude": ["big"]}))
    terms = ["first_share", "mean_correlation", "alpha", "loading=070", "loading=074", "loading=075"]
    assert done.fit.coefficients["term"].tolist() == 2 * terms
    known = done.fit.coefficients.iloc[:3][["ci_low", "ci_high"]].notna().all(axis=1)
    assert known.tolist() == [False, True, True]  # a bootstrap of the largest eigenvalue is not valid
    left_out = "071: shares fewer than 30 municipalities with another field; left out"
    assert done.fit.warnings == [left_out] and left_out in set(done.ledger["reason"])
    assert done.ledger.iloc[-1].tolist()[:3] == ["missing outcome", 79, done.fit.n_units]
    row = done.inference.set_index("term").loc["spearman:first_share"]
    assert row["p_value"] == 0.01 and row["bound"] < row["critical"] < row["estimate"]
    again = estimate_common_factor(task(np.random.default_rng(6), sample={"exclude": ["big"]}))
    pd.testing.assert_frame_equal(done.fit.coefficients, again.fit.coefficients)


def test_wrong_fields_are_named():
    with pytest.raises(StudyError, match="fields: none given"):
        estimate_common_factor(task(np.random.default_rng(7), fields=[]))
    with pytest.raises(Refusal, match="fields for a common factor, fewer than 3"):
        estimate_common_factor(task(np.random.default_rng(7), fields=["070", "071", "999"]))
    with pytest.raises(Refusal, match="indicator tree_cover is not in the panel"):
        estimate_common_factor(task(np.random.default_rng(7), outcome="tree_cover"))
