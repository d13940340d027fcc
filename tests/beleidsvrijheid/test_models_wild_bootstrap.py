"""Wild cluster bootstrap: published numbers, a slow version as oracle, size under the null, refusals."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from statsmodels.datasets import grunfeld

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal, coefficient_table
from beleidsvrijheid.models.wild_bootstrap import (
    WEIGHTS,
    cluster_weights,
    wild_cluster_interval,
    wild_cluster_p,
    wild_rows,
)

from .r_numbers import Stream

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/wild_bootstrap.yaml").read_text())


def rng():
    return np.random.default_rng(1)


def ten_firms():
    data = grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"]
    design = np.column_stack([np.ones(len(data)), data["value"], data["capital"]])
    return data["invest"].to_numpy(float), design, data["firm"].to_numpy()


def few_clusters():
    stream, rows = Stream(REFERENCE["few_clusters"]["seed"]), []
    for cluster in range(6):
        treated = float(cluster < 3)
        effect = stream.normal(1, 0, 1.5)[0]
        for noise, post in zip(stream.normal(16, 0, 4.0), [0.0, 1.0] * 8, strict=True):
            rows.append((4 + effect + post + 0.3 * treated * post + noise, 1, treated, post, treated * post, cluster))
    table = np.array(rows)
    return table[:, 0], table[:, 1:5], table[:, 5].astype(int)


def clustered(n_clusters=12, size=6, slope=0.0, seed=0):
    random = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(n_clusters), size)
    x = random.normal(size=n_clusters)[clusters] + random.normal(size=len(clusters))
    z = random.normal(size=len(clusters))
    noise = random.normal(size=n_clusters)[clusters] + random.normal(size=len(clusters))
    return slope * x + z + noise, np.column_stack([x, z, np.ones(len(clusters))]), clusters


def slow_statistics(y, design, clusters, column, weights):
    """t* of every draw by refitting the model: nothing shared with the module."""
    others = np.delete(design, column, axis=1)
    fitted = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    residuals, bread = y - fitted, np.linalg.inv(design.T @ design)
    groups, (n, k) = np.unique(clusters), design.shape
    factor = len(groups) / (len(groups) - 1) * (n - 1) / (n - k)
    position, result = np.searchsorted(groups, clusters), []
    for draw in weights:
        drawn = fitted + residuals * draw[position]
        slope = bread @ design.T @ drawn
        error = drawn - design @ slope
        scores = np.array([design[clusters == g].T @ error[clusters == g] for g in groups])
        result.append(slope[column] / np.sqrt(factor * (bread @ scores.T @ scores @ bread)[column, column]))
    return np.array(result)


def test_grunfeld_all_draws():
    wanted = REFERENCE["grunfeld"]
    (test,) = wild_cluster_p(*ten_firms(), [2], "rademacher", 1024, rng())
    assert test.statistic == pytest.approx(wanted["statistic"], rel=wanted["tolerance"])
    assert (test.exceeding, test.draws) == (wanted["exceeding"], wanted["draws"])
    assert test.p_value == 22 / 1024


def test_agrees_with_boottest_of_r():
    wanted, data = REFERENCE["few_clusters"], few_clusters()
    (test,) = wild_cluster_p(*data, [3], "rademacher", 99, rng())
    for key in ("estimate", "std_error", "statistic", "p_value"):
        assert getattr(test, key) == pytest.approx(wanted[key], rel=wanted["tolerance"]), key
    interval = wild_cluster_interval(*data, 3, "rademacher", 99, rng(), 0.95)
    np.testing.assert_allclose(interval, wanted["interval"], rtol=wanted["interval_tolerance"])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_every_draw_is_that_of_a_refitted_model(weights):
    y, design, clusters = clustered(slope=0.2)
    drawn, _ = cluster_weights(12, 60, weights, rng())
    for column in (0, 1):
        (test,) = wild_cluster_p(y, design, clusters, [column], weights, 60, rng())
        slow = np.abs(slow_statistics(y, design, clusters, column, drawn))
        assert test.exceeding == (slow > abs(test.statistic) + 1e-9).sum()  # equal weights in a draw tie
        assert test.critical == pytest.approx(np.quantile(slow, 0.95), rel=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_have_mean_zero_and_variance_one(weights):
    values, chances = WEIGHTS[weights]
    assert (chances.sum(), values @ chances) == (pytest.approx(1), pytest.approx(0, abs=1e-12))
    assert values**2 @ chances == pytest.approx(1)


def test_size_under_the_null_and_power():
    rejected = {0.0: 0, 1.0: 0}
    for slope in rejected:
        for seed in range(200):
            (test,) = wild_cluster_p(*clustered(slope=slope, seed=seed), [0], "rademacher", 199, rng())
            rejected[slope] += test.p_value < 0.05
    assert 1 <= rejected[0.0] <= 22  # binomial(200, .05) at 99.9 %
    assert rejected[1.0] > 150


def test_interval_holds_what_is_not_rejected():
    y, design, clusters = clustered(slope=0.5, seed=3)
    low, high = wild_cluster_interval(y, design, clusters, 0, "webb", 499, rng(), 0.95)
    for value, is_inside in ((low - 0.01, False), (low + 0.01, True), (high - 0.01, True), (high + 0.01, False)):
        (test,) = wild_cluster_p(y - value * design[:, 0], design, clusters, [0], "webb", 499, rng())
        assert (test.p_value > 0.05) == is_inside, value


def test_scale_and_offset_do_not_matter():
    y, design, clusters = clustered(slope=0.2)
    (plain,) = wild_cluster_p(y, design, clusters, [0], "webb", 199, rng())
    (moved,) = wild_cluster_p(y, design * [1e6, 1, 1], clusters, [0], "webb", 199, rng())
    assert moved.p_value == plain.p_value
    assert moved.estimate * 1e6 == pytest.approx(plain.estimate, rel=1e-9)


def test_rows_name_the_draws_and_take_the_estimate_of_the_fit():
    y, design, clusters = clustered(slope=0.2)
    table = coefficient_table(["x", "z"], np.array([0.7, 0.1]), np.ones(2), 11, 0.95, np.ones(2), 1.0)
    rows = wild_rows(table, y, design, ["x", "z"], ["z", "x"], clusters, "mammen", 199, rng())
    assert [(row["term"], row["estimate"]) for row in rows] == [("z", 0.1), ("x", 0.7)]
    assert rows[0]["verdict"] == "wild cluster bootstrap, mammen, 199 draws"
    assert rows == wild_rows(table, y, design, ["x", "z"], ["z", "x"], clusters, "mammen", 199, rng())


def test_refuses_by_name():
    y, design, clusters = clustered()
    with pytest.raises(StudyError, match="inference.weights: 'normal'; allowed: rademacher, webb, mammen"):
        wild_cluster_p(y, design, clusters, [0], "normal", 99, rng())
    with pytest.raises(Refusal, match="1 clusters, at least 2"):
        wild_cluster_p(y, design, np.zeros(len(y), int), [0], "webb", 99, rng())
    with pytest.raises(Refusal, match="combination of the columns before it"):
        wild_cluster_p(y, np.column_stack([design, design[:, 0]]), clusters, [0], "webb", 99, rng())
    with pytest.raises(Refusal, match="3 rows for 3 coefficients"):
        wild_cluster_p(y[:3], design[:3], clusters[:3] + np.arange(3), [0], "webb", 99, rng())
