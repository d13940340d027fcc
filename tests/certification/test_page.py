"""`make certify`: the page names every set, path and estimator, a figure below is bold, and what was measured is kept."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from beleidsvrijheid.estimators import ESTIMATORS

from . import anova, digits, paths, published, sets

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/certification.md").read_text(encoding="utf-8")


@pytest.fixture
def certify(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return import_module("certify")


def test_page_has_every_set_path_and_printed_table_and_nothing_below():
    once = [problem.name for problem in sets.linear_sets()] + ["pontius", "filip"]
    for name in [*once, *(f"{one}, twice" for one in once), "grunfeld", "grunfeld, weighted", "grunfeld + 1e9"]:
        assert f"| {name} |" in PAGE, name
    assert "| set | " + " | ".join(path.name for path in paths.PATHS) + " |" in PAGE
    assert all(f"| {name} | ols, joint test |" in PAGE for name in anova.SETS)
    assert all(f"| {one.set} | {one.table} |" in PAGE for one in published.tables())
    assert re.search(r"commit [0-9a-f]{40}\b", PAGE) and "not yet committed" not in PAGE
    assert re.search(r"\d+ comparisons: \d+ met, \d+ refused, 0 below\.", PAGE)


def test_every_estimator_is_certified_here_or_in_a_test_that_is_named(certify):
    assert {*certify.HERE, *certify.ELSEWHERE} == set(ESTIMATORS)
    for name, (_, test) in certify.ELSEWHERE.items():
        assert (ROOT / "tests/beleidsvrijheid" / test).is_file(), name
        assert f"| `{name}` |" in PAGE


def test_cells_show_the_worst_and_mark_what_is_below(certify):
    def agreement(**changes):
        common = {"set": "norris", "path": "ols", "kind": "nonrobust", "against": "exact", "target": (7.5, 7.6)}
        return digits.Agreement(**common | changes)

    good, poor = agreement(coefficient=12.3, error=14.0), agreement(coefficient=7.4, error=8.0)
    assert certify.shown([good]) == "12.3 / 14.0" and certify.shown([good, poor]) == "**7.4** / 8.0"
    refused = agreement(refusal="combinations of the other columns: x3")
    assert certify.shown([refused]) == "refused" and certify.shown([]) == ""
    assert [one.verdict for one in (good, poor, refused)] == ["met", "BELOW", "refused"]
    assert certify.refusals([good, refused, refused]) == ['- norris (ols): "combinations of the other columns: x3"']
    assert certify.pivot([good], "exact")[-1].startswith("| norris | 12.3 / 14.0 |")
