"""Running twice gives the same bytes: at any number of cores, in any folder, locale and time zone."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# Simulated inputs in the publishers' formats are archives: their bytes are compared as well.
COMPARED = {
    ".csv",
    ".json",
    ".tex",
    ".svg",
    ".html",
    ".md",
    ".parquet",
    ".yaml",
    ".rst",
    ".png",
    ".xlsx",
    ".zip",
    ".log",
    ".txt",
    ".ttl",
    ".geojson",
}


def test_another_run_gives_the_same_bytes(finished_study, new_study):
    # Four jobs at once end in another order than two. finished_study: two cores, LC_ALL=C.UTF-8, TZ=UTC, PYTHONHASHSEED=2.
    other = new_study("ergens anders (één)")
    other.complete("-c4", LC_ALL="C", TZ="Pacific/Auckland", PYTHONHASHSEED="1")
    first, second = (study.files("results", "data") for study in (finished_study, other))
    assert set(first) == set(second)
    assert {Path(name).suffix for name in first} == COMPARED
    assert [name for name in first if first[name] != second[name]] == []
    assert other.reasons() == {}
