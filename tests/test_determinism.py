"""Running twice gives the same bytes: at any number of cores, in any folder, locale and time zone."""

from pathlib import Path

import pytest

from .conftest import ELSEWHERE

pytestmark = pytest.mark.slow

# Simulated inputs in the publishers' formats are archives: their bytes are compared as well.
COMPARED = {
    ".csv",
    ".json",
    ".tex",
    ".svg",
    ".html",
    ".js",
    ".md",
    ".parquet",
    ".yaml",
    ".rst",
    ".png",
    ".xlsx",
    ".docx",
    ".zip",
    ".log",
    ".txt",
    ".ttl",
    ".geojson",
}


def test_every_kind_of_file_is_there(finished_study):
    assert {Path(name).suffix for name in finished_study.files("results", "data")} == COMPARED


def test_another_run_gives_the_same_bytes(finished_study, new_study):
    other = new_study("ergens anders (één)")
    other.complete("-c4", **ELSEWHERE)  # four jobs at once end in another order than two
    first, second = (study.files("results", "data") for study in (finished_study, other))
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert other.reasons() == {}
