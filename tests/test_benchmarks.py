"""Pieces of `make bench`: the floor and other libraries give the engine's numbers; rows say why there are none."""

import re
import subprocess
import sys
from importlib import import_module
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    for name in THREADS:  # the module sets them for its own process; here they go back
        monkeypatch.setenv(name, "1")


def of(module):
    return import_module(module)


def small():
    multiverse = of("measure_multiverse")
    return multiverse.simulate(40, 6, controls=4), multiverse.grid(16, 4)


def ours(universe, cells):
    table = of("measure_multiverse").estimate_cells(universe, cells)
    assert (table["status"] == "estimated").all()
    return table["estimate"].to_numpy(), table["std_error"].to_numpy()


@pytest.mark.parametrize("which", ["floor", "floor_by_products"])
def test_floor_gives_the_numbers_of_the_engine(which):
    multiverse, (universe, cells) = of("measure_multiverse"), small()
    found = getattr(of("numpy_floor"), which)(universe, cells)
    assert multiverse.apart(ours(universe, cells), found) < 1e-11
    assert multiverse.apart(ours(universe, cells), (found[0], found[1] * (1 + 1e-6))) == pytest.approx(1e-6, rel=1e-3)
    assert np.isnan(multiverse.apart(ours(universe, cells), (found[0], np.nan * found[1])))


@pytest.mark.parametrize("which", ["by_linearmodels", "by_statsmodels"])
def test_libraries_of_the_project_give_the_numbers_of_the_engine(which):
    universe, cells = small()
    found = getattr(of("peers"), which)(universe, cells)
    assert of("measure_multiverse").apart(ours(universe, cells), found) < of("measure_multiverse").TOLERANCE


def test_estimates_are_put_in_the_order_of_the_cells():
    universe, cells = small()
    peers = of("peers")
    found = {frozenset(peers.regressors(universe, cell)): float(place) for place, cell in enumerate(cells)}
    shuffled = dict(sorted(found.items(), key=lambda item: -item[1]))
    assert peers.in_order(universe, cells, shuffled).tolist() == list(range(16))
    assert peers.controls(universe, cells) == [f"control_{number}" for number in range(4)]


def test_usual_time_is_the_median():
    seconds = [9.0, 1.0, 2.0, 3.0, 100.0]
    ends = [0.0, *accumulate(value for second in seconds for value in (second, 0.0))]
    clock = iter(ends)
    assert of("measure_multiverse").usual(lambda: None, 5, lambda: next(clock)) == 3.0


def test_a_peer_that_fails_has_one_row_with_the_reason(monkeypatch):
    multiverse = of("measure_multiverse")
    peer = of("peers").PEERS[0]
    assert peer.package == "pyfixest"
    (row,) = multiverse.beside(peer, sys.executable, {}, 1, 0.01)  # not among the project's packages
    assert row.value is None and row.note == "failed: ModuleNotFoundError: No module named 'pyfixest'"
    (row,) = multiverse.beside(peer, sys.executable, {"pyfixest": "no such index"}, 1, 0.01)
    assert (row.value, row.verdict) == (None, "not installed: no such index")

    def slow(*_, **options):
        raise subprocess.TimeoutExpired("peer", options["timeout"])

    monkeypatch.setattr(multiverse, "alone", slow)
    (row,) = multiverse.beside(peer, sys.executable, {}, 1, 0.01)
    assert row.note.startswith("not ready after")


def test_a_peer_is_set_beside_our_time(monkeypatch):
    multiverse, peers = of("measure_multiverse"), of("peers")
    peer = next(one for one in peers.PEERS if one.package == "statsmodels")
    (universe, cells), lines = small(), []
    monkeypatch.setattr(multiverse, "simulate", lambda: universe)
    monkeypatch.setattr(multiverse, "grid", lambda *_: cells)
    monkeypatch.setattr(multiverse, "alone", lambda *_, **__: lines)
    lines += [multiverse.as_figure(multiverse.as_line(one)) for one in multiverse.compared(peer, 1)]
    seconds, times, same = multiverse.beside(peer, sys.executable, {}, 1, 0.5)
    assert "one run" in seconds.note and "N - k" in seconds.note and seconds.what.startswith("statsmodels 0.")
    assert times.value == seconds.value / 0.5 and times.unit == "x"
    assert same.what.endswith("numbers apart") and same.verdict == "met"


def test_reason_is_what_pip_says_first_and_python_last():
    reason = of("peers").reason
    said = "WARNING: slow\nERROR: Could not find a version (none | all)\nERROR: No matching distribution\nWARNING: old pip\n"
    assert reason(said) == "ERROR: Could not find a version (none / all)"
    assert reason("Traceback\n  File x\nImportError: no shap\n\n") == "ImportError: no shap"
    assert reason("") == "no message"


def test_environment_says_what_is_not_installed_and_is_removed(monkeypatch):
    peers = of("peers")
    asked = []

    def install(python, *requirements):
        asked.append([requirements[-1]])
        pinned = requirements
        if requirements[0] == "--constraint":
            pinned = requirements[1].read_text(encoding="utf-8").splitlines()
        assert f"numpy=={np.__version__}" in pinned
        return "ERROR: no wheel" if requirements[-1].startswith("robustipy") else ""

    monkeypatch.setattr(peers, "install", install)
    done = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr(peers.subprocess, "run", lambda command, **_: asked.append([command[-2]]) or done)
    with peers.environment() as (python, failed):
        folder = python.parents[2]
        assert folder.is_dir() and failed == {"robustipy": "ERROR: no wheel"}
    assert not folder.exists()
    assert asked[0] == ["venv"] and [one[0].split("=")[0].split(">")[0] for one in asked[1:]] == [
        "statsmodels",
        "pyfixest",
        "specification_curve",
        "robustipy",
    ]
    monkeypatch.setattr(peers, "install", lambda *_: "ERROR: no index")
    with peers.environment() as (_, failed):
        assert failed == dict.fromkeys((one.package for one in peers.PEERS), "ERROR: no index")
    done.returncode, done.stderr = 1, "ensurepip is not available\n"
    with peers.environment() as (_, failed):
        assert set(failed.values()) == {"ensurepip is not available"}


def test_each_size_is_set_beside_the_one_before(monkeypatch):
    multiverse = of("measure_multiverse")
    seconds = dict(zip(multiverse.SIZES, (1.0, 4.0, 12.0, 40.0, 120.0, 400.0), strict=True))

    def alone(part, option, municipalities):
        assert (part, option) == ("size", "--municipalities")
        return [
            multiverse.Figure("run", what, value, "")
            for what, value in (("wall time", seconds[int(municipalities)]), ("peak memory", 1.0))
        ]

    monkeypatch.setattr(multiverse, "alone", alone)
    ratios = [one.value for one in multiverse.scaling() if "over that above" in one.what]
    assert ratios == pytest.approx([4 / (1000 / 300), 1, 1, 1, 1])
    assert (min(multiverse.SIZES), max(multiverse.SIZES)) == (300, 100_000)


def test_page_has_the_table_the_machine_and_the_code_of_the_floor():
    benchmarks, figure = of("run_benchmarks"), of("measure_multiverse").Figure
    measures = [
        figure("from nothing", "wall time", 128.8, "s", 150),
        figure("1,024 specifications", "pyfixest, loop, times ours", 150.0, "x", 200, at_least=True, note="one run"),
        figure("1,024 specifications", "robustipy, one call", None, "", note="failed: no wheel"),
    ]
    page = benchmarks.as_page(measures, "all", "make bench ARGS='--write --peers'")
    assert "| from nothing | wall time | 128.8 s | <= 150 s | met |" in page
    assert "| 1,024 specifications | pyfixest, loop, times ours | 150 x | >= 200 x | MISSED; one run |" in page
    assert "| 1,024 specifications | robustipy, one call |  |  | failed: no wheel |" in page
    assert (ROOT / "benchmarks/numpy_floor.py").read_text(encoding="utf-8") in page
    assert "make bench ARGS='--write --peers'" in page and f"numpy {np.__version__}" in page
    assert re.search(r"(?m)^- Machine: .+ cores of which \d+ used, \d+ GiB of memory\.$", page)
    assert re.search(r"(?m)^- Commit: \S+", page)
    again = of("measure_multiverse").as_figure(of("measure_multiverse").as_line(measures[1]))
    assert again == measures[1]
