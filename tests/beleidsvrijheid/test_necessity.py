"""Necessary-condition analysis: the R package's numbers, planted ceilings, exact permutations, refusals."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.configuration import Necessity
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.necessity import (
    CEILINGS,
    CORNERS,
    Scope,
    analyse_necessity,
    bottleneck,
    ceiling,
    line_points,
    observed_scope,
    permutation_p,
    permuted_effects,
)

from . import published_study as study

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/nca.yaml").read_text())
OUTCOME = np.array(REFERENCE["innovation"], float)
UNIT = Scope(0.0, 1.0, 0.0, 1.0)
SETTINGS = {"inference": {"draws": 99}, "exclusions": {"smallest": ["90000", "90001"]}, "minimum_municipalities": 100}


def values(name: str) -> np.ndarray:
    return np.array(REFERENCE[name], float)


def close(expected):
    return pytest.approx(np.nan if expected is None else expected, rel=REFERENCE["tolerance"], abs=1e-10, nan_ok=True)


def entry(**changes):
    known = {"label": {"nl": "Ruimte", "en": "Room"}, "outcome": "portfolio_shift", "beleidsveld": "domains"}
    known |= {"conditions": ["log_population", "vte_per_1000"], "ceilings": list(CEILINGS)}
    return Necessity.model_validate(known | changes).model_dump()


def analyse(panel=None, settings=SETTINGS, **changes):
    return analyse_necessity(
        study.panel() if panel is None else panel, entry(**changes), settings, np.random.default_rng(5)
    )


@pytest.mark.parametrize(
    "row", REFERENCE["ceilings"], ids=lambda row: f"{row['condition']}-{row['corner']}-{row['ceiling']}"
)
def test_ceilings_match_r(row):
    x = values(row["condition"])
    line = ceiling(x, OUTCOME, row["ceiling"], observed_scope(x, OUTCOME), row["corner"])
    for key in set(row) - {"condition", "corner", "ceiling"}:
        assert getattr(line, key) == close(row[key]), key


@pytest.mark.parametrize("row", REFERENCE["theoretical"], ids=lambda row: row["ceiling"])
def test_a_theoretical_scope_matches_r(row):
    x = values("individualism")
    scope = observed_scope(x, OUTCOME, {"x": (0, 120), "y": (0, 240)})
    line = ceiling(x, OUTCOME, row["ceiling"], scope)
    for key in set(row) - {"ceiling"}:
        assert getattr(line, key) == close(row[key]), key


@pytest.mark.parametrize("row", REFERENCE["bottlenecks"], ids=lambda row: f"{row['condition']}-{row['ceiling']}")
def test_bottlenecks_match_r(row):
    x = values(row["condition"])
    table = bottleneck(ceiling(x, OUTCOME, row["ceiling"], observed_scope(x, OUTCOME)), x, 10)
    assert table["required_value"].to_numpy() == close([np.nan if one is None else one for one in row["required"]])
    assert (table["status"] == "NN").tolist() == [one is None for one in row["required"]]
    told = table[table["status"] == "necessary"]
    assert told["n_lacking"].tolist() == [(x < needed).sum() for needed in told["required_value"]]
    percent = 100 * (told["required_value"] - x.min()) / (x.max() - x.min())
    assert told["required_percent"].to_numpy() == pytest.approx(percent.to_numpy())


def test_a_level_beyond_the_scope_is_not_attained():
    x = values("individualism")
    scope = observed_scope(x, OUTCOME, {"y": (0, 240)})
    table = bottleneck(ceiling(x, OUTCOME, "ce_fdh", scope), x, 10)
    assert table["status"].tolist()[-3:] == ["necessary", "NA", "NA"] and table["n_lacking"].iloc[-1] == len(x)


@pytest.mark.parametrize("corner", CORNERS)
def test_corners_are_mirror_images(corner):
    x, (across, up) = values("risk_taking"), CORNERS[corner]
    straight = observed_scope(x, OUTCOME)
    mirrored = observed_scope(across * x, up * OUTCOME)
    for kind in CEILINGS:
        here = ceiling(x, OUTCOME, kind, straight)
        there = ceiling(across * x, up * OUTCOME, kind, mirrored, corner)
        assert there.effect_size == pytest.approx(here.effect_size, rel=1e-12)
        assert line_points(there) == pytest.approx(line_points(here) * (across, up))
        levels = [bottleneck(line, values, 4) for line, values in ((here, x), (there, across * x))]
        assert levels[1]["required_value"].to_numpy() == pytest.approx(
            across * levels[0]["required_value"].to_numpy(), nan_ok=True
        )
        assert levels[1]["n_lacking"].tolist() == levels[0]["n_lacking"].tolist()


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("digits", [0, 12])  # ties among cases, and none
def test_many_draws_at_once_equal_one_at_a_time(corner, digits):
    rng = np.random.default_rng(digits)
    x, y = (3 * rng.normal(size=60)).round(digits), (3 * rng.normal(size=60)).round(digits)
    scope = observed_scope(x, y, {"x": (-20, 20)})
    shuffled = rng.permuted(np.tile(y, (25, 1)), axis=1)
    effects = permuted_effects(x, shuffled, scope, corner)
    for kind in CEILINGS:
        single = [ceiling(x, row, kind, scope, corner).effect_size for row in shuffled]
        assert effects[kind] == pytest.approx(single, rel=1e-10, abs=1e-13)


def test_a_planted_ceiling_is_recovered():
    rng = np.random.default_rng(12)
    x = rng.uniform(size=6000)
    y = rng.uniform(size=6000) * (0.2 + 0.8 * x)  # the zone above the line is 0.4 of the unit square
    steps, line = (ceiling(x, y, kind, UNIT) for kind in CEILINGS)
    assert steps.effect_size == pytest.approx(0.4, abs=0.03) and steps.effect_size > 0.4
    assert line.effect_size == pytest.approx(0.4, abs=0.03)
    assert (line.intercept, line.slope) == pytest.approx((0.2, 0.8), abs=0.05)
    assert permuted_effects(x, rng.permuted(y)[None], UNIT)["ce_fdh"][0] < 0.05


def test_permutation_p_equals_the_exact_one():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.0, 3, 2, 5, 4, 6])
    scope = observed_scope(x, y)
    orders = np.array(list(permutations(y)))
    effects = permuted_effects(x, orders, scope)
    observed = {("x", kind): ceiling(x, y, kind, scope).effect_size for kind in CEILINGS}
    found = permutation_p({"x": x}, y, {"x": scope}, observed, 9999, np.random.default_rng(3))
    for kind in CEILINGS:
        exact = (effects[kind] >= observed["x", kind] - 1e-12).mean()
        assert 0 < exact < 0.1
        assert found["x", kind] == pytest.approx(exact, abs=4 * np.sqrt(exact / 9999))
    # One draw that is no more extreme: the observed one counts too.
    assert permutation_p({"x": x}, y, {"x": scope}, {("x", "ce_fdh"): 2.0}, 99, np.random.default_rng(3)) == {
        ("x", "ce_fdh"): 0.01
    }


def test_without_a_necessary_condition_the_test_keeps_its_level():
    rng = np.random.default_rng(8)
    rejected = 0
    for _ in range(400):
        x, y = rng.normal(size=(2, 40))
        scope = observed_scope(x, y)
        observed = {("x", "ce_fdh"): ceiling(x, y, "ce_fdh", scope).effect_size}
        rejected += permutation_p({"x": x}, y, {"x": scope}, observed, 99, rng)["x", "ce_fdh"] <= 0.05
    assert 7 <= rejected <= 36  # exact binomial 99.9 % limits of 400 x .05


def test_an_analysis_has_every_table_and_repeats():
    first, again = analyse(sample={"exclude": ["smallest"]}), analyse(sample={"exclude": ["smallest"]})
    assert first.reason == "" and first.n_obs == 278
    assert first.effects[["condition", "ceiling"]].to_numpy().tolist() == [
        [name, kind] for name in ("log_population", "vte_per_1000") for kind in CEILINGS
    ]
    for table in ("effects", "bottlenecks", "ceilings", "ledger"):
        pd.testing.assert_frame_equal(getattr(first, table), getattr(again, table))
    assert len(first.bottlenecks) == 2 * 2 * 11 and (first.effects["p_value"] >= 0.01).all()
    assert first.ledger["rows_out"].tolist() == [280, 278, 278, 278, 278]
    assert "99 draws" in first.covariance and len(first.sample_sha256) == 64


def test_every_condition_keeps_its_numbers_when_another_joins():
    alone, joined = analyse(conditions=["log_population"]), analyse()
    both = joined.effects[joined.effects["condition"] == "log_population"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.effects, both)


def with_values(panel, indicator, change):
    """The panel with other values of one indicator."""
    return panel.assign(value=panel["value"].where(panel["indicator"] != indicator, change(panel["value"])))


def test_missing_values_leave_by_name():
    panel = study.panel()
    gone = (panel["indicator"] == "vte_per_1000") & panel["nis"].isin(["90003", "90004"])
    ledger = analyse(panel[~gone]).ledger
    assert ledger.iloc[-1].tolist() == ["missing condition", 280, 278, "vte_per_1000"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda panel: panel[panel["indicator"] != "vte_per_1000"], "no municipality has vte_per_1000 for no field"),
        (lambda panel: panel[panel["nis"] < "90050"], "50 municipalities, fewer than 100"),
        (
            lambda panel: with_values(panel, "vte_per_1000", lambda v: v * 0 + 3),
            "vte_per_1000: the same value in every row",
        ),
        (
            lambda panel: with_values(panel, "portfolio_shift", lambda v: v * 0),
            "portfolio_shift: the same value in every row",
        ),
    ],
)
def test_data_that_cannot_carry_it_are_refused_by_name(make, reason):
    analysis = analyse(make(study.panel()))
    assert analysis.reason == reason
    assert analysis.effects.empty and analysis.bottlenecks.empty and len(analysis.ledger)


def test_a_yearly_indicator_is_refused():
    assert (
        "peer_deviation for reformed but of single years"
        in analyse(outcome="peer_deviation", beleidsveld="reformed").reason
    )


def test_mistakes_are_named():
    with pytest.raises(StudyError, match=r"scope\.log_population: \[9, 10\]; allowed: .*observed"):
        analyse(scope={"log_population": [9.0, 10.0]})
    with pytest.raises(StudyError, match="'nowhere'; allowed: smallest"):
        analyse(sample={"exclude": ["nowhere"]})
    with pytest.raises(StudyError, match="'log_population' is named twice"):
        analyse(conditions=["log_population", "log_population"])
    with pytest.raises(StudyError, match="'ols'; allowed: ce_fdh, cr_fdh"):
        ceiling(OUTCOME, OUTCOME, "ols", UNIT)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scope": {"new_mayor": [0.0, 1.0]}}, "neither outcome nor condition"),
        ({"scope": {"log_population": [2.0, 1.0]}}, "must be lower"),
        ({"ceilings": ["ols"]}, "ce_fdh"),
        ({"sample": {"years": [2014, 2015]}}, "not read here"),
    ],
)
def test_the_schema_is_closed(changes, message):
    with pytest.raises(ValueError, match=message):
        entry(**changes)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("kind", ["ce_fdh", "cr_fdh"])
def test_what_a_level_needs_hangs_on_no_unit(kind, unit):
    rng = np.random.default_rng(17)
    x = rng.uniform(1, 2, 40)
    y = rng.uniform(0, 1, 40) * x
    tables = []
    for scale in (1.0, unit):
        line = ceiling(x, scale * y, kind, observed_scope(x, scale * y))
        tables.append(bottleneck(line, x, 20)[["required_percent", "n_lacking"]].to_numpy(float))
    np.testing.assert_allclose(tables[1], tables[0], rtol=1e-9, atol=1e-9)
