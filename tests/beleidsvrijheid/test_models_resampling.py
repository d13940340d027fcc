"""Bootstrap draws in batches: the same numbers, whoever makes them and how many at a time."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.estimators import IN_BATCHES, TOGETHER
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.estimation import draw, estimate
from beleidsvrijheid.models.resampling import Bootstrap, Drawn

from .small_panel import SETTINGS, panel, rows

DRAWS = 530  # the last batch of every size is a short one
FEW = SETTINGS | {"inference": SETTINGS["inference"] | {"draws": DRAWS}}
BLOCKS = {"scale": ["size"], "means": ["income", "debt"]}
CLUSTER = {"type": "cluster", "by": "municipality"}
SPECIFICATIONS = {
    "ols": {"estimator": "ols", "outcome": "shift", "covariance": {"type": "HC3"}},
    "panel_ols": {
        "estimator": "panel_ols",
        "outcome": "effort",
        "blocks": {"formal": ["grant"], "means": ["fund"]},
        "predictors": "yearly",
        "effects": ["municipality", "year"],
        "covariance": CLUSTER,
    },
    "quantile": {
        "estimator": "quantile",
        "outcome": "shift",
        "quantiles": [0.25, 0.75],
        "covariance": {"type": "municipality_bootstrap"},
    },
}
SPECIFICATIONS = {name: {"blocks": BLOCKS} | one for name, one in SPECIFICATIONS.items()}
SPECIFICATIONS["wild"] = SPECIFICATIONS["panel_ols"] | {
    "covariance": {"type": "wild_cluster", "weights": "webb", "draws": 199}
}


@pytest.fixture(scope="module")
def frame():
    rng, n = np.random.default_rng(3), 60
    size, income, debt = rng.normal(size=(3, n))
    parts = [rows("size", size), rows("income", income), rows("debt", debt)]
    parts.append(rows("shift", 0.3 * size + 0.2 * income + rng.normal(size=n)))
    for year in range(2014, 2020):
        grant, fund = rng.normal(size=(2, n))
        parts += [rows("grant", grant, year), rows("fund", fund, year)]
        parts.append(rows("effort", 0.2 * grant + size + rng.normal(size=n), year))
    return panel(*parts)


def batches(frame, specification, size, settings=FEW):
    ends = [(first, min(first + size, DRAWS)) for first in range(0, DRAWS, size)]
    return [draw(frame, specification, settings, "x", ends_of) for ends_of in ends]


def tables(done):
    """Exactly: as CSV with every digit."""
    parts = (done.estimates, done.inference, done.attribution)
    return [part.to_csv(float_format="%.17g") for part in parts]


@pytest.mark.parametrize("name", SPECIFICATIONS)
@pytest.mark.parametrize("size", [50, 100, 250])
def test_batches_of_any_size_give_the_same_result(frame, name, size, tmp_path):
    specification, parts = SPECIFICATIONS[name], []
    for number, part in enumerate(batches(frame, specification, size)):
        part.to_parquet(tmp_path / f"{number}.parquet")
        parts.append(pd.read_parquet(tmp_path / f"{number}.parquet"))
    made = pd.concat(parts, ignore_index=True)
    assert [len(part) for part in parts[:-1]] == [size] * (DRAWS // size) and len(made) == DRAWS
    assert tables(estimate(frame, specification, FEW, "x", made)) == tables(estimate(frame, specification, FEW, "x"))


def test_draws_that_are_read_decide_the_intervals(frame):
    made = pd.concat(batches(frame, SPECIFICATIONS["ols"], 250), ignore_index=True)
    wider = estimate(frame, SPECIFICATIONS["ols"], FEW, "x", made + np.linspace(0, 0.1, DRAWS)[:, None])
    plain = estimate(frame, SPECIFICATIONS["ols"], FEW, "x")
    assert (wider.attribution["ci_high"] != plain.attribution["ci_high"]).all()
    np.testing.assert_array_equal(wider.attribution["r2_share"], plain.attribution["r2_share"])


def test_the_stream_of_random_numbers_is_that_of_all_draws_at_once():
    def counts_of(rng, **options):
        return Bootstrap(120, rng, **options).drawn(7, lambda counts: counts)

    own, at_once, later = np.random.default_rng(5), np.random.default_rng(5), np.random.default_rng(5)
    (counts,) = counts_of(own)
    np.testing.assert_array_equal(counts, draw_counts(7, 120, at_once))
    # What is drawn afterwards does not depend on who made the batches.
    made = pd.DataFrame(counts, columns=[f"0.{n}" for n in range(7)])
    (read,) = counts_of(later, made=made)
    np.testing.assert_array_equal(read, counts)
    assert own.random() == at_once.random() == later.random()


def test_only_the_draws_of_the_batch_are_worked_out():
    seen = []

    def statistic(counts):
        seen.append(len(counts))
        return counts[:, :1]

    with pytest.raises(Drawn) as drawn:
        Bootstrap(230, np.random.default_rng(1), batch=(200, 230)).drawn(5, statistic)
    assert seen == [30] and len(drawn.value.draws) == 30 and TOGETHER == 50


def test_too_few_draws_are_refused(frame):
    made = pd.concat(batches(frame, SPECIFICATIONS["ols"], 250)[:-1], ignore_index=True)
    with pytest.raises(ValueError, match="500 draws in the batches, not 530"):
        estimate(frame, SPECIFICATIONS["ols"], FEW, "x", made)


def test_a_refused_specification_has_batches_without_draws_and_says_why(frame):
    strict = FEW | {"minimum_municipalities": 100}
    made = pd.concat(batches(frame, SPECIFICATIONS["ols"], 250, strict), ignore_index=True)
    done = estimate(frame, SPECIFICATIONS["ols"], strict, "x", made)
    assert made.empty and done.reason == "60 municipalities, fewer than 100"


def test_an_estimator_without_batches_is_named(frame):
    share = {"estimator": "share", "outcome": "shift", "threshold": 0.0, "covariance": {"type": "wilson"}}
    with pytest.raises(ValueError, match="no draws in batches of estimator share"):
        draw(frame, share, FEW, "x", (0, 50))
    assert set(IN_BATCHES) == {one["estimator"] for one in SPECIFICATIONS.values()}
