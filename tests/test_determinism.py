"""Running twice gives the same bytes: at any number of cores, in any folder, locale, time zone and umask, on any processor.

Two whole runs here; nine, and every kernel of the processor, by `make environments` (docs/environments.md).
"""

import importlib.util
import sys
from pathlib import Path

import pytest

from .conftest import ELSEWHERE, ROOT

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


@pytest.fixture(scope="module")
def compared():
    """benchmarks/compare_environments.py."""
    spec = importlib.util.spec_from_file_location("compare_environments", ROOT / "benchmarks/compare_environments.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def belgian(folder: Path, compared) -> dict[str, str]:
    """ASCII for characters and Belgian Dutch for all else, where the system has that locale or can compile it in a folder."""
    found = compared.belgian(folder)
    if "LC_ALL" in found:
        return {}
    kinds = ("LC_NUMERIC", "LC_COLLATE", "LC_TIME", "LC_MONETARY", "LC_MESSAGES")
    return {"LC_ALL": "", "LANG": "C", "LC_CTYPE": "C", **dict.fromkeys(kinds, "nl_BE.UTF-8"), **found}


def test_every_kind_of_file_is_there(finished_study):
    assert {Path(name).suffix for name in finished_study.files("results", "data")} == COMPARED


def test_another_run_gives_the_same_bytes(finished_study, new_study, tmp_path, compared):
    other = new_study("ergens anders (één)")
    # Four jobs at once end in another order than two.
    other.complete("-c4", umask=0o077, **ELSEWHERE | belgian(tmp_path, compared))
    assert other.path("results/claims.csv").stat().st_mode & 0o077 == 0
    first, second = (study.files("results", "data") for study in (finished_study, other))
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert other.reasons() == {}


SPECIFICATIONS = ("r1_portfolio_shift", "r2_peer_deviation", "s2_ceiling", "k1_random_slope", "e3_location_scale")


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are chosen by a variable of OpenBLAS")
def test_another_processor_gives_the_same_tables_and_numbers_to_eight_digits(finished_study, tmp_path, compared):
    there = [kernel for kernel in ("Haswell", "Nehalem") if compared.runs_here(kernel)]
    if len(there) < 2:
        pytest.skip(f"kernels of OpenBLAS that can be chosen here: {', '.join(there) or 'none'}")
    one, other = (compared.estimate(finished_study.folder, tmp_path, kernel, list(SPECIFICATIONS)) for kernel in there)
    found = compared.compare(one, other)
    assert found["files"] > 5 * len(SPECIFICATIONS) and found["cells"] == 0
    assert found["largest"] <= 1e-8


def test_what_differs_is_counted(tmp_path, compared):
    for name, estimate, cell in (("one", "0.5", "0.50"), ("other", "0.500001", "0.51")):
        (tmp_path / name / "tables").mkdir(parents=True)
        (tmp_path / name / "a.csv").write_text(f"estimate\n{estimate}\n", encoding="utf-8")
        (tmp_path / name / "tables/a.csv").write_text(f"text\n{cell}\n", encoding="utf-8")
    found = compared.compare(tmp_path / "one", tmp_path / "other")
    assert (found["files"], found["other"], found["numbers"], found["cells"]) == (2, 2, 1, 1)
    assert compared.difference("0.5", "0.500001") == pytest.approx(2e-6, rel=1e-3)
    assert compared.difference("a", "b") == float("inf")
