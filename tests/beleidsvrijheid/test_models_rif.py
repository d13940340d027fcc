"""Recentred influence functions: exact fractions, contamination, the mean that is the statistic, planted slopes."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.dispersion import MEASURES as DISPERSION
from beleidsvrijheid.models.field_sample import LongSample, field_sample
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rif import (
    MEASURES,
    NO_WILD,
    estimate_rif,
    rif_design,
    rif_fit,
    rif_gini,
    rif_regression,
    rif_variance,
)
from beleidsvrijheid.models.task import Task

from .simulated_fields import BLOCKS, as_panel, settings_of, simulate_location_scale, specification

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference" / "rif.yaml").read_text())


def once(values):
    return np.ones((1, len(values)))


def test_gini_of_r_is_the_mean():
    known = REFERENCE["gini"]
    values = np.array(known["values"], float)
    assert rif_gini(values, once(values)).mean() == pytest.approx(known["statistic"], abs=known["tolerance"])


def fraction_gini(values, masses):
    pairs = [(a, p, b, q) for a, p in zip(values, masses, strict=True) for b, q in zip(values, masses, strict=True)]
    return sum(p * q * abs(a - b) for a, p, b, q in pairs) / (
        2 * sum(a * p for a, p in zip(values, masses, strict=True))
    )


def fraction_variance(values, masses):
    mean = sum(a * p for a, p in zip(values, masses, strict=True))
    return sum(p * (a - mean) ** 2 for a, p in zip(values, masses, strict=True))


@pytest.mark.parametrize(("measure", "statistic"), [("variance", fraction_variance), ("gini", fraction_gini)])
def test_functions_are_exact(measure, statistic):
    values = [Fraction(value) for value in REFERENCE["rational"]["values"]]
    known = [Fraction(value) for value in REFERENCE["rational"][measure]]
    even = [Fraction(1, len(values))] * len(values)
    tiny = Fraction(1, 10**12)
    for at, wanted in enumerate(known):
        moved = [(1 - tiny) * mass + tiny * (place == at) for place, mass in enumerate(even)]
        derivative = (statistic(values, moved) - statistic(values, even)) / tiny
        assert abs(float(derivative + statistic(values, even) - wanted)) < 1e-10
    floats = np.array(values, float)
    found = MEASURES[measure](floats, once(floats))[0]
    np.testing.assert_allclose(found, [float(value) for value in known], atol=1e-14)


def test_the_mean_is_the_statistic_also_where_some_count_twice():
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(size=60)).round(1)
    counts = rng.multinomial(60, np.full(60, 1 / 60), size=4).astype(float)
    for draw in counts:
        whole = np.repeat(values, draw.astype(int))
        wanted = {
            "variance": whole.var(),
            "log_variance": np.log(whole.var()),
            "gini": DISPERSION["gini"](whole[:, None])[0],
        }
        for measure, value in wanted.items():
            own = MEASURES[measure](values, draw[None])[0]
            assert draw @ own / draw.sum() == pytest.approx(value, rel=1e-12)
            again = MEASURES[measure](whole, once(whole))[0]
            np.testing.assert_allclose(np.repeat(own, draw.astype(int)), again, rtol=1e-10, atol=1e-12)


def test_log_variance_is_the_derivative_of_the_logarithm():
    values, share = np.array([1.0, 2.0, 4.0, 8.0]), 1e-6
    found = MEASURES["log_variance"](values, once(values))[0]
    for at in range(4):
        masses = (1 - share) * np.full(4, 0.25) + share * (np.arange(4) == at)
        mean = masses @ values
        moved = np.log(masses @ (values - mean) ** 2)
        assert found[at] == pytest.approx(np.log(values.var()) + (moved - np.log(values.var())) / share, abs=1e-4)


def test_regression_is_least_squares_on_the_functions_of_every_resample():
    rng = np.random.default_rng(2)
    n, cells = 40, np.repeat(["a", "b"], 40)
    units, z = np.tile(np.arange(n), 2), np.tile(rng.normal(size=n), 2)
    values = np.exp(rng.normal(size=2 * n))
    design = np.column_stack([z, cells == "b", np.ones(2 * n)]).astype(float)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=3).astype(float)
    for measure in MEASURES:
        drawn = rif_regression(values, design, cells, units, measure, counts)
        for draw, weights in enumerate(counts):
            times = weights[units].astype(int)
            rows, place = np.repeat(np.arange(2 * n), times), np.repeat(cells, times)
            own = np.empty(len(rows))
            for cell in ("a", "b"):
                inside = values[rows[place == cell]]
                own[place == cell] = MEASURES[measure](inside, once(inside))[0]
            np.testing.assert_allclose(drawn[draw], np.linalg.lstsq(design[rows], own, rcond=None)[0], rtol=1e-8)


def task(frame, **changes):
    settings = changes.pop("settings", {})
    plain = {"estimator": "rif", "fields": ["reformed"], "measures": ["variance", "gini"]} | changes
    return Task(as_panel(frame), specification(**plain), settings_of(frame, **settings), np.random.default_rng(1), "e5")


@pytest.fixture(scope="module")
def rows():
    return simulate_location_scale(np.random.default_rng(3), n=250, d=0.4, h=(0.3, 0.0, 0.0), same=0.3)


def test_recovers_what_was_planted(rows):
    """d 0.4 on the ln variance: 0.4 up at the mean of Z, and staff widens it after the reform only."""
    found = estimate_rif(task(rows, measures=["log_variance", "gini"])).estimates.set_index(["equation", "term"])
    post = found.loc[("log_variance", "post")]
    planted = 0.4 + 0.05 * 2 + 0.3**2 / 2  # d, two years on, and what h adds to the variance of all together
    assert abs(post["estimate"] - planted) < 3 * post["std_error"] < 0.3
    staff = found.loc[("log_variance", "post:staff")]
    assert abs(staff["estimate"] - 0.3) < 3 * staff["std_error"] < 0.45
    assert staff["ci_low"] > 0
    assert found.loc[("log_variance", "size"), "ci_high"] < 0
    assert found.loc[("gini", "post:staff"), "ci_low"] > 0
    assert found.loc[("gini", "post"), "p_value"] == pytest.approx(2 / 200)


def test_interval_covers_where_nothing_was_planted():
    missed = 0
    for seed in range(60):
        frame = simulate_location_scale(
            np.random.default_rng(seed), n=100, fields=3, reformed=2, d=0.0, h=(0.0, 0.0, 0.0), same=0.3
        )
        sample = LongSample(frame[frame["reformed"] == 1], BLOCKS, [], pd.DataFrame(), [])
        fit = rif_fit(sample, ["variance"], np.empty(0), 199, 0.95, np.random.default_rng(seed))
        own = fit.coefficients.set_index("term").loc["post:size"]
        missed += not own["ci_low"] <= 0 <= own["ci_high"]
    assert missed <= 10  # 5 % of 60 is 3; 99.9 % of binomials stay below 10


def test_tables_say_blocks_and_draws(rows):
    found = estimate_rif(task(rows))
    table = found.estimates
    terms = ["post", "staff", "size", "turnover", "post:staff", "post:size", "post:turnover"]
    assert table["equation"].tolist() == ["variance"] * 7 + ["gini"] * 7
    assert table["term"].tolist() == terms * 2
    assert table["block"].tolist()[:5] == ["", "capacity", "scale", "politics", "capacity"]
    assert "199 draws" in found.fit.covariance
    assert (found.fit.n_obs, found.fit.n_units) == (250 * 4 * 4, 250)
    assert found.inference.set_index("test").loc["bootstrap"].shape[0] == 14
    pd.testing.assert_frame_equal(table, estimate_rif(task(rows.sample(frac=1, random_state=1))).estimates)


def test_the_wild_bootstrap_says_why_it_is_not_there(rows):
    row = estimate_rif(task(rows)).inference.set_index("test").loc["wild_bootstrap"]
    assert row["verdict"] == "not applicable" and row["term"] == NO_WILD


def test_variance_is_of_the_logarithm_and_gini_of_the_amounts(rows):
    own = task(rows, fields=[], beleidsveld="061")
    found = estimate_rif(own).estimates.set_index(["equation", "term"])
    sample = field_sample(own, contrast=False)
    design, names = rif_design(sample)
    outcome, years = sample.frame["outcome"].to_numpy(), sample.frame["time"].to_numpy()
    assert design.shape == (1000, 8)
    for measure, values in (("variance", outcome), ("gini", np.exp(outcome))):
        function = {"variance": rif_variance, "gini": rif_gini}[measure]
        influence = np.empty(len(values))
        for year in np.unique(years):
            inside = years == year
            influence[inside] = function(values[inside], once(values[inside]))[0]
        wanted = np.linalg.lstsq(design, influence, rcond=None)[0]
        np.testing.assert_allclose([found.loc[(measure, term), "estimate"] for term in names], wanted[:7], rtol=1e-8)


def test_what_has_no_gini_is_refused_by_name():
    values, cells, units = np.array([1.0, 2.0, -1.0, 4.0]), np.repeat(["061 2014"], 4), np.arange(4)
    design = np.column_stack([np.arange(4.0), np.ones(4)])
    with pytest.raises(Refusal, match="061 2014: a negative value"):
        rif_regression(values, design, cells, units, "gini", once(values))
    with pytest.raises(Refusal, match="061 2014: the outcome has the same value"):
        rif_regression(np.ones(4), design, cells, units, "variance", once(values))
    with pytest.raises(Refusal, match="combinations of each other"):
        rif_regression(values, design[:, [0, 0]], cells, units, "variance", once(values))
    with pytest.raises(StudyError, match="measures: 'theil'; allowed: variance, log_variance, gini"):
        rif_regression(values, design, cells, units, "theil", once(values))
