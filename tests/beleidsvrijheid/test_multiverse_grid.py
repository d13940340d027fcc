"""Cells of a multiverse: every combination once, under an id of what is estimated."""

import pytest

from beleidsvrijheid.multiverse.grid import SAME, _changed_keys, expand, list_sha256, vintages_of

BASE = {
    "label": {"nl": "a", "en": "b"},
    "estimator": "ols",
    "outcome": "portfolio_shift",
    "blocks": {"scale": ["log_population"], "capacity": ["vte_per_1000"]},
    "controls": ["belfius_family", "reform_dose"],
    "covariance": {"type": "HC3"},
    "sample": {"exclude": ["smallest"], "years": None},
}


def entry(axes, **more):
    options = {
        axis: {name: {"label": {"nl": name, "en": name}, "changes": changes} for name, changes in own.items()}
        for axis, own in axes.items()
    }
    return {"specification": BASE, "focal": "log_population", "equation": "mean", "axes": options, "without": []} | more


AXES = {
    "outcome": {"shift": {}, "breadth": {"outcome": "breadth"}},
    "controls": {
        "all": {},
        "none": {"without_controls": ["belfius_family", "reform_dose"]},
        "needs": {"with_controls": ["log_income"]},
    },
    "errors": {"hc3": {}, "hc1": {"covariance": {"type": "HC1"}}},
}


def test_every_combination_is_a_cell_once():
    cells, removed = expand(entry(AXES))
    assert len(cells) == 12 == len({cell.id for cell in cells}) and removed == []
    assert [cell.is_primary for cell in cells].count(True) == 1
    assert cells[0].is_primary and cells[0].specification == BASE
    last = cells[-1]
    assert last.choices == {"outcome": "breadth", "controls": "needs", "errors": "hc1"}
    assert last.specification["controls"] == ["belfius_family", "reform_dose", "log_income"]
    assert last.specification["covariance"] == {"type": "HC1"} and last.specification["outcome"] == "breadth"


def test_blocks_and_sample_are_replaced_key_by_key():
    axes = {
        "capacity": {"vte": {}, "log": {"blocks": {"capacity": ["log_vte"]}}},
        "sample": {"all": {}, "inland": {"sample": {"exclude": ["smallest", "coast"]}}},
    }
    last = expand(entry(axes))[0][-1].specification
    assert last["blocks"] == {"scale": ["log_population"], "capacity": ["log_vte"]}
    assert last["sample"] == {"exclude": ["smallest", "coast"], "years": None}


def test_an_id_is_of_what_is_estimated():
    first = {cell.id for cell in expand(entry(AXES))[0]}
    renamed = {"uitkomst": AXES["outcome"], "errors": AXES["errors"], "controls": AXES["controls"]}
    assert {cell.id for cell in expand(entry(renamed))[0]} == first
    other = {cell.id for cell in expand(entry(AXES, focal="vte_per_1000"))[0]}
    assert not first & other


def test_a_vintage_is_of_the_cell_and_of_its_id_and_changes_no_specification():
    plain = expand(entry(AXES))[0]
    cells = expand(entry({**AXES, "municipalities": {"now": {}, "before": {"vintage": 300}}}))[0]
    here, there = ([cell for cell in cells if cell.choices["municipalities"] == option] for option in ("now", "before"))
    assert [cell.id for cell in here] == [cell.id for cell in plain] and vintages_of(plain) == []
    assert [cell.vintage for cell in here] == [None] * 12 and [cell.vintage for cell in there] == [300] * 12
    assert [cell.specification for cell in there] == [cell.specification for cell in here]
    assert len({cell.id for cell in cells}) == 24 and vintages_of(cells) == [300]
    assert [cell.is_primary for cell in cells].count(True) == 1 and not any(cell.is_primary for cell in there)
    with pytest.raises(ValueError, match="axes a and b both change vintage"):
        expand(entry({axis: {"now": {}, "before": {"vintage": 300}} for axis in ("a", "b")}))


def test_constraints_remove_with_their_number():
    without = [{"when": {"outcome": ["breadth"], "controls": ["none", "needs"]}, "reason": {"nl": "x", "en": "y"}}]
    cells, removed = expand(entry(AXES, without=without))
    assert len(cells) == 8 and [one.why for one in removed] == [1] * 4
    assert {one.choices["controls"] for one in removed} == {"none", "needs"}


def test_two_combinations_of_one_specification_are_one_cell():
    axes = {"controls": {"all": {}, "same": {"without_controls": ["log_income"]}}}
    cells, removed = expand(entry(axes))
    assert len(cells) == 1 and removed[0].why == SAME and removed[0].cell == cells[0].id


def test_two_axes_may_not_change_the_same_key():
    axes = {
        "a": {"x": {}, "y": {"controls": []}},
        "b": {"x": {}, "y": {"controls": ["log_income"]}},
    }
    with pytest.raises(ValueError, match="axes a and b both change controls"):
        expand(entry(axes))
    axes["b"]["y"] = {"with_controls": ["log_income"]}
    with pytest.raises(ValueError, match="axes a and b both change controls"):
        expand(entry(axes))


def test_the_primary_cell_stays():
    without = [{"when": {"errors": ["hc3"]}, "reason": {"nl": "x", "en": "y"}}]
    with pytest.raises(ValueError, match="primary cell"):
        expand(entry(AXES, without=without))


def test_the_list_has_one_checksum():
    cells = expand(entry(AXES))[0]
    assert list_sha256(cells) == list_sha256(cells[::-1]) != list_sha256(cells[1:])


def test_blocks_and_sample_change_key_by_key_and_all_else_whole():
    changes = {"covariance": {"type": "HC1"}, "blocks": {"scale": []}, "controls": None, "without_controls": ["x"]}
    assert _changed_keys(changes) == {"covariance", "blocks.scale", "controls", "controls.x"}
    assert _changed_keys({"sample": None}) == {"sample"}
