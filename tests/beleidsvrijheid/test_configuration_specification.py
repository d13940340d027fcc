"""The specification language: keys that go together, formulas refused, defaults that change no plan."""

import re
from pathlib import Path

import pytest
import yaml

from beleidsvrijheid.checksums import sha256_of
from beleidsvrijheid.configuration import validate
from beleidsvrijheid.configuration.specification import stated_defaults
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.models.estimation import RUN
from beleidsvrijheid.planning import resolved_specification

STUDY = Path(__file__).parents[1] / "study/config.yaml"
LABEL = {"nl": "x", "en": "x"}
CROSS = {"label": LABEL, "estimator": "ols", "outcome": "portfolio_shift", "beleidsveld": "domains"}
CROSS |= {"blocks": {"scale": ["log_population"]}, "covariance": {"type": "HC3"}}
PANEL = {"label": LABEL, "estimator": "panel_ols", "outcome": "own_effort", "beleidsveld": "reformed"}
PANEL |= {"blocks": {"formal": ["unconditional_share"]}, "predictors": "yearly", "effects": ["municipality", "year"]}
PANEL |= {"covariance": {"type": "cluster", "by": "municipality"}}
RANDOM = PANEL | {"estimator": "random_effects", "effects": ["year"]}
WILD = {"type": "wild_cluster", "weights": "webb", "draws": 999}


def resolved(specification):
    content = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    content["specifications"]["my_own"] = specification
    return resolved_specification("my_own", validate(content))


def refused(specification):
    with pytest.raises(StudyError) as mistake:
        resolved(specification)
    return str(mistake.value)


@pytest.mark.parametrize(
    "covariance",
    [
        {"type": "cluster", "by": ["municipality", "year"]},
        {"type": "driscoll_kraay", "bandwidth": 0},
        WILD,
        *({"type": kind} for kind in ("nonrobust", "HC0", "HC1", "HC2", "HC3")),
    ],
)
def test_covariances_of_a_panel(covariance):
    given = resolved(PANEL | {"covariance": covariance})["covariance"]
    assert {key: value for key, value in given.items() if value is not None} == covariance


def test_two_way_clusters_are_the_same_in_either_order():
    one, other = (
        resolved(PANEL | {"covariance": {"type": "cluster", "by": by}})
        for by in (["year", "municipality"], ["municipality", "year"])
    )
    assert one == other and one["covariance"]["by"] == ["municipality", "year"]


@pytest.mark.parametrize(
    ("specification", "covariance", "message"),
    [
        (PANEL, {"type": "cluster"}, "covariance type cluster needs `by: municipality`"),
        (PANEL, {"type": "driscoll_kraay"}, "covariance type driscoll_kraay needs the key `bandwidth`"),
        (PANEL, {"type": "wild_cluster", "draws": 999}, "covariance type wild_cluster needs the key `weights`"),
        (PANEL, {"type": "wild_cluster", "weights": "webb"}, "covariance type wild_cluster needs the key `draws`"),
        (PANEL, WILD | {"by": "municipality"}, "`by` goes with type cluster, not with wild_cluster"),
        (PANEL, {"type": "HC1", "draws": 999}, "`draws` goes with type wild_cluster, not with HC1"),
        (CROSS, {"type": "HC3", "bandwidth": 0}, "`bandwidth` goes with type driscoll_kraay, not with HC3"),
        (PANEL, {"type": "driscoll_kraay", "bandwidth": -1}, "covariance.bandwidth: .*greater than or equal to 0"),
        (PANEL, WILD | {"draws": 10}, "covariance.draws: .*greater than or equal to 99"),
        (PANEL, WILD | {"weights": "normal"}, "covariance.weights: .*'rademacher', 'webb' or 'mammen'"),
        (PANEL, {"type": "cluster", "by": "province"}, r"covariance.by: 'province'; allowed: municipality, or \["),
        (PANEL, {"type": "cluster", "by": ["year"]}, r"covariance.by: \['year'\]; allowed: municipality, or \["),
        (CROSS, {"type": "cluster", "by": ["municipality", "year"]}, "covariance.by: 'year' does not go with ols"),
        (RANDOM, {"type": "cluster", "by": ["municipality", "year"]}, "'year' does not go with random_effects"),
        (CROSS, {"type": "driscoll_kraay", "bandwidth": 1}, "'driscoll_kraay' does not go with ols; allowed: HC0"),
        (RANDOM, {"type": "HC1"}, "'HC1' does not go with random_effects; allowed: cluster"),
    ],
)
def test_keys_of_a_covariance_that_do_not_belong_are_named(specification, covariance, message):
    text = refused(specification | {"covariance": covariance})
    assert re.search(message, text), text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "value", "formula"),
    [
        ("outcome", "portfolio_shift ~ log_population", "portfolio_shift ~ log_population"),
        ("blocks", {"scale": ["log_population", "log(vte_per_1000)"]}, "log(vte_per_1000)"),
        ("blocks", "capacity + scale", "capacity + scale"),
        ("controls", ["belfius_family:log_income"], "belfius_family:log_income"),
        ("controls", "C(belfius_family)", "C(belfius_family)"),
        ("weights", "1 / log(population)", "1 / log(population)"),
        ("interactions", [["vte_per_1000", "log_income**2"]], "log_income**2"),
    ],
)
def test_a_formula_gives_one_clear_message(key, value, formula):
    text = refused(CROSS | {key: value})
    advice = f"{formula!r}: formulas are not read; name the indicator and use the keys of a specification"
    assert text.startswith(f"config.yaml: specifications.my_own.{key}: {advice}")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (CROSS | {"transforms": {"log_population": ["sqrt"]}}, "transforms: log_population: ['sqrt']; allowed: a list of log"),
        (CROSS | {"transforms": {"log_population": "log"}}, "transforms: log_population: 'log'; allowed: a list of log"),
        (CROSS | {"transforms": {"log_population": [{"lag": 0}]}}, "[{'lag': 0}]; allowed: a list of log, log1p"),
        (CROSS | {"transforms": {"log_population": [{"lead": 1}]}}, "[{'lead': 1}]; allowed: a list of log, log1p"),
        (CROSS | {"transforms": {"log_population": ["difference"]}}, "difference needs a value for each year"),
        (
            PANEL | {"predictors": "static", "transforms": {"unconditional_share": [{"lag": 1}]}},
            "transforms.unconditional_share: lag needs a value for each year: a panel with `predictors: yearly` (is: static)",
        ),
        (CROSS | {"transforms": {"log_population": ["standardise", "log"]}}, "comes last, once"),
        (CROSS | {"transform": "difference"}, "'difference' does not go with ols; allowed: none, log, log1p, standardise"),
        (CROSS | {"transform": "sqrt"}, "specifications.my_own.transform: "),
        (RANDOM | {"effects": ["municipality"]}, "effects: 'municipality' does not go with random_effects; allowed: year"),
        (RANDOM | {"weights": "log_population"}, "'weights' is not read by estimator random_effects"),
        (CROSS | {"missing": "impute"}, "specifications.my_own.missing: "),
        (
            {"label": LABEL, "estimator": "share", "outcome": "budget_kept", "threshold": 1.0, "missing": "refuse"}
            | {"covariance": {"type": "wilson"}},
            "'missing' is not read by estimator share",
        ),
    ],
)  # fmt: skip
def test_keys_that_do_not_go_together_are_named(specification, message):
    text = refused(specification)
    assert message in text
    assert len(text.splitlines()) == 1


def test_new_keys_that_are_not_used_change_no_plan():
    plain = resolved(CROSS)
    assert plain["weights"] is None and plain["transforms"] == {} and plain["missing"] is None
    before = {key: value for key, value in plain.items() if key not in ("weights", "transforms", "missing")}
    before["covariance"] = {"type": "HC3", "by": None}
    assert sha256_of(before) == sha256_of(plain)
    assert sha256_of(resolved(CROSS | {"missing": "complete_cases"})) == sha256_of(plain)
    for change in (
        {"missing": "refuse"},
        {"weights": "log_income"},
        {"transforms": {"log_population": ["standardise"]}},
    ):
        assert sha256_of(resolved(CROSS | change)) != sha256_of(plain)


def test_a_stated_default_is_shown_where_it_is_read():
    assert stated_defaults(resolved(CROSS))["missing"] == "complete_cases"
    assert stated_defaults(resolved(CROSS | {"missing": "refuse"}))["missing"] == "refuse"
    share = {"label": LABEL, "estimator": "share", "outcome": "budget_kept", "threshold": 1.0, "beleidsveld": "leisure"}
    assert stated_defaults(resolved(share | {"covariance": {"type": "wilson"}}))["missing"] is None


def test_transforms_stay_as_written():
    steps = ["log", {"lag": 2}, "standardise"]
    assert resolved(PANEL | {"transforms": {"unconditional_share": steps}})["transforms"] == {
        "unconditional_share": steps
    }


def test_every_estimator_of_the_language_runs():
    assert set(ESTIMATORS) == set(RUN)
