"""A multiverse before it runs: the municipalities of its cells, and what they need of the sources."""

from pathlib import Path

import pytest
import yaml

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.configuration import validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.multiverse.grid import SAME, expand
from beleidsvrijheid.multiverse.resolving import check_vintages, expand_multiverse, multiverse_needs
from beleidsvrijheid.own_indicators import with_own
from beleidsvrijheid.planning import plan_specifications, unmet

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "tests/study/config.yaml").read_text(encoding="utf-8")
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
INDICATORS = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
NAME, BEFORE = "staff_and_scale", "before_2025"
LABEL = {"nl": "x", "en": "y"}
OWN = {"label": LABEL, "unit": "share", "aggregate": "largest_part"}


def changed(change):
    """The configuration of the tiny study after a change of its multiverse over vintages."""
    content = yaml.safe_load(TEXT)
    change(content, content["multiverse"][NAME])
    return validate(content)


def options(multiverse):
    return multiverse["axes"]["municipalities"]["options"]


def check(config, present=()):
    sources, indicators = with_own(config, SOURCES, INDICATORS)
    check_vintages(
        NAME,
        expand_multiverse(NAME, config),
        config,
        indicators,
        sources,
        (set(SOURCES) - {"own_indicators"}) | set(present),
    )


def refusal(change, present=()):
    with pytest.raises(StudyError) as mistake:
        check(changed(change), present)
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


def test_a_vintage_asks_for_its_own_panel():
    expanded = expand_multiverse(NAME, validate(yaml.safe_load(TEXT)))
    assert expanded.vintages == [300] and [cell.vintage for cell in expanded.cells] == [None, None, 300, 300]
    check(validate(yaml.safe_load(TEXT)))


def test_the_vintage_of_the_study_is_no_other_and_null_is_none():
    for given in (285, None):
        expanded = expand_multiverse(
            NAME, changed(lambda _, one, given=given: options(one)[BEFORE].update(vintage=given))
        )
        assert expanded.vintages == [] and [cell.is_primary for cell in expanded.cells] == [True, False]
        assert [one.why for one in expand(expanded.resolved)[1]] == [SAME, SAME]


def test_a_vintage_that_is_none_is_refused():
    message = refusal(lambda _, one: options(one)[BEFORE].update(vintage=299))
    assert message.startswith(f"config.yaml: multiverse.{NAME}.axes.municipalities.options.{BEFORE}.vintage")
    assert "308, 300 or 285" in message and "299" in message


def test_a_common_sample_over_vintages_is_refused():
    message = refusal(lambda _, one: one.update(common_sample=True))
    assert "common_sample: municipalities of several vintages have no common sample" in message
    assert f"axes.municipalities.options.{BEFORE} has vintage 300; drop `common_sample`" in message


def test_a_vintage_finer_than_a_source_is_refused_with_the_cell_and_the_source():
    message = refusal(lambda _, one: one.update(base="f8_shift_by_scale"))
    assert message.startswith(
        f"config.yaml: multiverse.{NAME} (municipalities: {BEFORE}, sample: all): portfolio_shift needs "
    )
    assert "source bbc_accounts_by_field_operating, which is on 285 municipalities; vintage 300 is finer" in message
    assert "`without`" in message

    def without(_, one):
        one["base"] = "f8_shift_by_scale"
        one["axes"]["outcome"] = {
            "label": LABEL,
            "options": {
                "shift": {"label": LABEL},
                "staff": {"label": LABEL, "outcome": "vte_per_1000", "beleidsveld": ""},
            },
        }
        one["without"] = [{"when": {"municipalities": [BEFORE], "outcome": ["shift"]}, "reason": LABEL}]

    check(changed(without))


def test_strata_on_a_finer_vintage_are_refused_as_well():
    assert "centre_function needs source centre_function, which is on 285" in refusal(
        lambda _, one: one.update(strata="centre_function")
    )


@pytest.mark.parametrize(("geography", "told"), [("study", "on 285"), (285, "on 285"), (300, ""), ("year", "")])
def test_own_indicators_are_on_the_municipalities_of_their_codes(geography, told):
    def change(content, one):
        content["own_indicators"] = {"digital_counter": OWN | {"geography": geography}}
        options(one)[BEFORE]["with_controls"] = ["digital_counter"]

    if told:
        message = refusal(change, ["own_indicators", "digital_counter"])
        assert "digital_counter needs source own_indicators" in message and told in message
    else:
        check(changed(change), ["own_indicators", "digital_counter"])


def test_what_is_absent_altogether_is_no_matter_of_vintage():
    config = validate(yaml.safe_load(TEXT))
    expanded, present = expand_multiverse(NAME, config), set(SOURCES) - {"staff"}
    check_vintages(NAME, expanded, config, INDICATORS, SOURCES, present)
    needs = multiverse_needs(expanded, config, INDICATORS)
    assert {need.vintage for need in needs} == {None, 300}
    (reason,) = unmet(needs, present, config, SOURCES)
    assert reason.startswith("vte_per_1000 needs source staff, which is absent")
    with pytest.raises(StudyError, match="6 specifications lack data:\n- vte_per_1000 needs"):
        plan_specifications(config, INDICATORS, SOURCES, present, {f"multiverse.{NAME}": needs})


def test_a_coarser_vintage_may_use_what_the_study_cannot():
    def change(content, one):
        content["geography"]["vintage"] = 308
        content["data"]["on_absent"] = "refuse"
        options(one)[BEFORE] |= {"vintage": 285, "outcome": "portfolio_shift", "beleidsveld": "domains"}

    config = changed(change)
    check(config)
    assert (
        unmet(multiverse_needs(expand_multiverse(NAME, config), config, INDICATORS), set(SOURCES), config, SOURCES)
        == []
    )
