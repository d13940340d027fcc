"""Numbers of a small study as they were: what changes any of them by more than 1e-6 of itself is seen, whatever else holds."""

import json

import pytest

from . import small_study as small

HOW = "where the change is meant: PYTHONPATH=scripts .venv/bin/python -m tests.beleidsvrijheid.small_study"


@pytest.fixture(scope="module")
def kept():
    return json.loads(small.KEPT.read_text(encoding="utf-8"))


def same(here, was) -> bool:
    return here is was is None or (None not in (here, was) and here == pytest.approx(was, rel=1e-6, abs=1e-9))


def differences(now: dict, before: dict, path: str = "") -> list[str]:
    found = []
    for key in sorted({*now, *before}):
        here, was, place = now.get(key), before.get(key), f"{path}/{key}".lstrip("/")
        if isinstance(here, dict) and isinstance(was, dict):
            found += differences(here, was, place)
        elif not (here and was and len(here) == len(was) and all(map(same, here, was))):
            found.append(f"{place}: {here}, was {was}")
    return found


@pytest.mark.parametrize("key", small.everything())
def test_numbers_are_those_of_before(kept, key):
    wrong = differences(small.numbers(key), kept.get(key, {}))
    assert not wrong, "\n".join([*wrong[:20], HOW])


def test_nothing_is_kept_that_is_no_longer_made(kept):
    assert set(kept) == set(small.everything())


def test_a_number_that_changed_is_seen():
    before = {"estimates": {"estimate": [1.0, None]}}
    assert differences({"estimates": {"estimate": [1.0, None]}}, before) == []
    for changed in ([1.00001, None], [1.0, 2.0], [None, None], [1.0], [1.0, None, 3.0]):
        assert differences({"estimates": {"estimate": changed}}, before)
    assert differences({}, before) and differences(before | {"fit": {"r2": [0.5]}}, before)
