"""The configuration is closed, read strictly, and says what is wrong in one message."""

from pathlib import Path

import pytest

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.claims import read_ledger
from beleidsvrijheid.configuration import merge, read_yaml, resolve_inheritance, validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.planning import (
    check_claims,
    check_references,
    figure_needs,
    plan_specifications,
    resolved_specification,
)

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "config.yaml").read_text(encoding="utf-8")
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
INDICATORS = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
CODES = [
    line.split(",")[0]
    for line in (ROOT / "workflow/tables/stable_fields.csv").read_text(encoding="utf-8").splitlines()[1:]
]


def checked(text):
    config = validate(read_yaml(text, "config.yaml"))
    check_references(config, INDICATORS, SOURCES, CODES)
    return config


@pytest.mark.parametrize("path", ["config.yaml", "tests/real/config.yaml", "tests/study/config.yaml"])
def test_the_shipped_configurations_are_valid(path):
    checked((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed: 2022", "sead: 2022", "sead: this key is not known"),
        ("estimator: quantile", "estimator: quantil", "specifications.s2_ceiling.estimator.*'quantil'"),
        ("covariance: {type: wilson}", "covariance: {type: HC3}", "does not go with share"),
        ("language: en", "language: fr", "study.language.*'fr'"),
        ("vintage: 285", "vintage: 284", "geography.vintage.*284"),
        ("pre: {years: [2014, 2015]}", "pre: {years: [2021, 2022]}", "pre must end before post begins"),
        ("threshold: 0.95", "quantiles: [0.5]", "estimator share needs the key 'threshold'"),
        ("type: cluster, by: municipality", "type: cluster", "cluster needs `by: municipality`"),
        ("vte_per_1000, vte_growth_5y", "vte_per_100, vte_growth_5y", "did you mean 'vte_per_1000'"),
        ('beleidsveld: "075"', 'beleidsveld: "0750"', "specifications.r1_own_change_075.beleidsveld: '0750'"),
        ("exclude: [smallest]", "exclude: [smalest]", "did you mean 'smallest'"),
        ("by: municipality}", "by: year}", "covariance.by.*'year'"),
        (
            "[smallest], years: [2014, 2023]}",
            "[smallest]}\n    quantiles: [0.5]",
            "'quantiles' is not read by estimator panel_ols",
        ),
        (
            "exclude: [smallest]}",
            "exclude: [smallest], years: [2014, 2015]}",
            "'sample.years' is not read by estimator ols",
        ),
        ("within: {years: [2016, 2019]}", "drop: [2014, 2015]", "drop leaves no year of pre"),
        ("{kind: descriptives}", "{kind: descriptives, stars: true}", "`stars` goes with the kind regression"),
        ("{kind: attrition}", "{kind: attrition, term: x}", "`term` goes with the kind robustness"),
        ("    term: log_population\n    columns", "    columns", "robustness needs a `term` and two `columns`"),
        (
            "{kind: correlation, columns: [r1_portfolio_shift]}",
            "{kind: correlation}",
            "correlation needs one specification",
        ),
        (
            "{kind: correlation, columns: [r1_portfolio_shift]}",
            "{kind: correlation, columns: [s2_variance]}",
            "tables.correlations.columns: 's2_variance' has the estimator location_scale; allowed: ols, panel_ols",
        ),
        ("tables: [tex, html, docx", "tables: [tex, pdf, docx", "output.tables.*'pdf'"),
        ('comparison: ["034"', 'comparison: ["070", "034"', "'070' is both reformed and comparison"),
        ("reform_year: 2016", "reform_year: 2030", "reform_year: 2030 must lie from 2015 to 2020"),
        ("controls: [belfius_family, reform_dose]", "controls: [log_population]", "'log_population' is named twice"),
        ("outcome: aitchison_shift", "outcome: dispersion_cv", r"outcome \(of level municipality\): 'dispersion_cv'"),
        ("[r4_dispersion_change]}", "[r4_dispersion]}", "figures.dispersion_by_field.specifications: 'r4_dispersion'"),
        ("indicator: portfolio_shift, bel", "indicator: province, bel", r"shift_map.indicator \(a number.*'province'"),
        ("shift, beleidsveld: domains}", "shift, beleidsveld: total}", "figures.shift_map.beleidsveld: 'total'"),
        ("shift, beleidsveld: domains}", "shift, classes: 1}", "shift_map.classes"),
        ("shift, beleidsveld: domains}", "shift, breaks: [0.1]}", "`breaks` goes with scheme breaks"),
        ("shift, beleidsveld: domains}", "shift, scheme: breaks, breaks: [2, 1]}", "each larger than the one before"),
        ("{kind: map, indicator: portfolio_shift, ", "{kind: map, ", "a map needs an `indicator`"),
        ("kind: map, indicator", "kind: map, specifications: [s2_ceiling], indicator", "neither for capacity and map"),
        ("staff_ambition, staff_realisation]", "staff_ambition]", "`axes` are three different indicators"),
        ("staff_ambition, staff_realisation]", "staff_ambition, staff_type]", "capacity_axes.axes.*'staff_type'"),
        (
            "[r4_dispersion_change]}",
            "[r4_dispersion_change], year: 2020}",
            "`year` goes with kind map, not with dispersion",
        ),
        ("term: log_population}", "term: log_pop}", "scale_by_quantile.term: 'log_pop'.*did you mean 'log_population'"),
        ("kind: quantile, specifications: [s2_ceiling", "kind: quantile, specifications: [r1_own_change", "is ols"),
        (
            "columns: [r1_portfolio_shift, ",
            "columns: [r1_portfolio, ",
            "tables.main_regression.columns: 'r1_portfolio'",
        ),
        ('"016", "0902"', '"016", "kinderarmoede"', "sectors.reformed: 'kinderarmoede' is not known"),
        ("extends: r1_own_change,", "extends: r1_own,", "'r1_own' is not a specification"),
        ("seed: 2022", "seed: 2022\nseed: 2023", "line 11: key 'seed' occurs twice"),
        ('"016", "0902"', "016, 0902", "line 35: '016' is read by YAML as int"),
        ("on_absent: stop", "on_absent: no", "'no' is read by YAML as bool"),
        ("base_year: 2015", "base_year: 22:30", "'22:30' is read by YAML as int"),
        ("draws: 999", "draws: .nan", "is read by YAML as float"),
        ("draws: 999", "draws: 999, batch: 120", "inference.batch.*multiple of 50.*120"),
        ("draws: 999", "draws: 999, batch: 0", "inference.batch.*50"),
        ("seed: 2022", "seed: &s 1\nother: *s", "aliases"),
        ("seed: 2022", "seed: [", "not readable as YAML"),
        ("seed: 2022", f"seed: {'[' * 200_000}", "line 10: values nested more than 100 deep"),
        ("seed: 2022", f"seed:\n  {'- ' * 20_000}1", "line 11: values nested more than 100 deep"),
        ("  language: en", "  language: en\n  files: !!python/object/apply:os.system [id]", "not readable as YAML"),
    ],
)
def test_a_mistake_is_named(old, new, message):
    assert old in TEXT
    with pytest.raises(StudyError, match=message) as refusal:
        checked(TEXT.replace(old, new, 1))
    assert str(refusal.value).startswith("config.yaml")


def test_inheritance_replaces_whole_keys_and_refuses_circles():
    resolved = resolve_inheritance({"a": {"x": 1, "y": {"p": 1, "q": 2}}, "b": {"extends": "a", "y": {"p": 3}}})
    assert resolved["b"] == {"x": 1, "y": {"p": 3}}
    with pytest.raises(ValueError, match="circle"):
        resolve_inheritance({"a": {"extends": "b"}, "b": {"extends": "a"}})


def test_command_line_values_go_into_their_section():
    assert merge({"study": {"language": "en", "title": "t"}}, {"study": {"language": "nl"}, "seed": 3}) == {
        "study": {"language": "nl", "title": "t"}, "seed": 3,
    }  # fmt: skip


def test_absent_sources_stop_the_run_with_what_to_do():
    config = checked(TEXT.replace("source: simulated", "source: open"))
    with pytest.raises(StudyError, match=r"needs source staff.*data/raw/staff") as refusal:
        plan_specifications(config, INDICATORS, SOURCES, set(SOURCES) - {"staff"}, {})
    assert "Download the workbook with the staff theme" in str(refusal.value)


def test_absent_sources_refuse_specifications_by_name_when_asked():
    config = checked(TEXT.replace("on_absent: stop", "on_absent: refuse"))
    estimable, refused = plan_specifications(config, INDICATORS, SOURCES, set(SOURCES) - {"staff"}, {})
    assert "r1_portfolio_shift" in refused and "p1_staff_by_scale" in refused
    assert "s2_ceiling" in estimable and "e1_dispersion_ratio" in estimable


def test_what_a_map_lacks_stops_the_run_or_is_left_to_the_map():
    config = checked(TEXT)
    needs = figure_needs(config, INDICATORS)
    assert set(needs) == {"figures.shift_map", "figures.capacity_axes"}
    with pytest.raises(StudyError, match=r"figures.shift_map, log_density, .* needs source geometry, which is absent"):
        plan_specifications(config, INDICATORS, SOURCES, set(SOURCES) - {"geometry"}, needs)
    asked = checked(TEXT.replace("on_absent: stop", "on_absent: refuse"))
    estimable, _ = plan_specifications(asked, INDICATORS, SOURCES, set(SOURCES) - {"geometry"}, needs)
    assert "r1_portfolio_shift" in estimable


def test_a_vintage_finer_than_a_source_is_refused_by_name():
    config = checked(TEXT.replace("vintage: 285", "vintage: 308"))
    with pytest.raises(StudyError, match="bbc_accounts_by_field_operating, which is on 285.*units are never split"):
        plan_specifications(config, INDICATORS, SOURCES, set(SOURCES), {})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  P2: {rule", "  P22: {rule", "claims: 'P22' is not known.*did you mean 'P2'"),
        ("equation: reformed}", "equation: reformd}", "claims.F2.parts.equation: 'reformd'.*did you mean 'reformed'"),
        ("block: politics,", "block: politic,", "claims.D1.block.*did you mean 'politics'"),
        ("specifications: [r1_portfolio_shift, r1_portfolio_shift_reformed, r1_own_change]\n    variants",
         "specifications: [s2_ceiling]\n    variants",
         "F4: rule limited_explanation reads estimates of ols, panel_ols; s2_ceiling is quantile"),
    ],
)  # fmt: skip
def test_a_claim_that_its_specifications_cannot_answer_is_refused(old, new, message):
    assert old in TEXT
    with pytest.raises(StudyError, match=message):
        check_claims(checked(TEXT.replace(old, new, 1)), read_ledger(ROOT / "workflow/claims.yaml"))


def test_a_specification_reaches_its_job_resolved():
    resolved = resolved_specification("r4_dispersion_change", checked(TEXT))
    assert resolved["fields"][:2] == ["016", "0902"] and "034" in resolved["fields"]
    blocks = resolved_specification("r1_portfolio_shift", checked(TEXT))["blocks"]
    assert blocks["scale"] == ["log_population"]
