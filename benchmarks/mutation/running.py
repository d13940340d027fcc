"""Running tests against a fault: in a child process, only those that call the faulty function, until one fails."""

import contextlib
import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

from mutation.operators import LIBRARY, Mutant

# Imported once by the parent: a child has them from the start. Nothing of the library itself.
HEAVY = (
    *("hypothesis", "jinja2", "linearmodels", "numpy", "pandas", "pandera.pandas", "pyarrow.parquet", "scipy.linalg"),
    *("scipy.optimize", "scipy.sparse.linalg", "scipy.stats", "statsmodels.api", "yaml"),
    *("matplotlib.pyplot", "openpyxl", "docx", "geopandas"),
)
# The tests of what computes; those of parsers, tables, figures and pages are left out.
TESTS = "tests/beleidsvrijheid"
TOPICS = (
    *("analyses", "attribution", "diagnostics", "disclosure", "field_sample", "geography", "indicators", "inference"),
    *("mergers", "models", "multiplicity", "multiverse", "necessity", "own_indicators", "power", "properties"),
    *("qca", "recovery", "sample", "small_study"),
)
LATER = ("test_small_study", "test_properties")  # dear to start: for what the others leave
GRACE = 20.0  # seconds of processor time that a child has beyond thrice what its tests take without a fault
IDLE = 10  # times that, by the clock: others may use the processors, and a child may wait for nothing
MEMORY = 6 * 2**30  # bytes of address space: a fault may ask for any number of draws
PYTEST = ("-x", "-q", "-m", "not slow and not real", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
SURVIVED, KILLED, TIMEOUT, UNREACHED = "survived", "killed", "timeout", "no test calls it"


def import_heavy() -> None:
    """Import what takes long and is not under test."""
    for name in HEAVY:
        import_module(name)


def copy_tree(root: Path, folder: Path) -> Path:
    """The parts of the project that tests of the library read; faults are put in there."""
    ignored = shutil.ignore_patterns("__pycache__", ".snakemake", "results")
    for part in ("scripts", "tests", "workflow", "docs", "profiles"):
        shutil.copytree(root / part, folder / part, ignore=ignored)
    for name in ("Snakefile", "config.yaml", "pyproject.toml", "requirements.lock", "CHANGELOG.md", "CITATION.cff"):
        shutil.copy2(root / name, folder / name)
    return folder


class Watcher:
    """Records which functions of the library each test calls, and how long it takes.

    What fixtures and the import of a test file call counts for every test of that file. Caches are emptied before each
    test, so that no test profits from what another computed.
    """

    def __init__(self, library: Path) -> None:
        self.library, self.current = f"{library}{os.sep}", ""
        self.calls: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.seconds: dict[str, float] = {}

    def traced(self, frame, event, argument) -> None:
        code = frame.f_code
        if code.co_filename.startswith(self.library):
            own = code.co_filename.removeprefix(self.library)
            self.calls[self.current].add((own, code.co_qualname.replace(".<locals>", "")))

    def pytest_sessionstart(self) -> None:
        threading.settrace(self.traced)  # permutations run in threads
        sys.settrace(self.traced)

    def pytest_collectstart(self, collector) -> None:
        self.current = collector.nodeid.partition("::")[0]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        for name, module in list(sys.modules.items()):
            if name.startswith(("beleidsvrijheid", "tests")) and module is not None:
                for value in list(vars(module).values()):
                    if hasattr(value, "cache_clear"):
                        value.cache_clear()
        self.current = item.nodeid.partition("::")[0]
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        self.current, start = item.nodeid, time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.perf_counter() - start
            self.current = item.nodeid.partition("::")[0]


class Chosen:
    """Leaves only these tests, files with the shortest first, the shortest of a file first."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def pytest_collection_modifyitems(self, config, items) -> None:
        kept = [item for item in items if item.nodeid in self.seconds]
        of_file: dict[str, float] = defaultdict(float)
        for item in kept:
            of_file[item.nodeid.partition("::")[0]] += self.seconds[item.nodeid]

        def order(item) -> tuple[float, str, float]:
            file = item.nodeid.partition("::")[0]
            return of_file[file], file, self.seconds[item.nodeid]

        items[:] = sorted(kept, key=order)


def in_child(tree: Path, work, limit: float, output: str | Path = os.devnull) -> int | None:
    """Exit status of work() in a child process that runs in the tree; None where it took longer than the limit.

    limit: seconds of processor time. output: the file that gets what the child prints.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir(tree)
        sys.path.insert(0, str(tree / "scripts"))
        sys.dont_write_bytecode = True
        tempfile.tempdir = str(tree.parent)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        with open(os.devnull, "rb") as nothing, open(output, "wb") as printed:
            os.dup2(nothing.fileno(), 0)
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
        status = 99
        with contextlib.suppress(BaseException):
            status = int(work())
        os._exit(status)
    deadline = time.monotonic() + IDLE * limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return None if code in (-signal.SIGXCPU, -signal.SIGKILL) else code
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def watch(tree: Path, cache: Path | None = None) -> tuple[dict[str, set[tuple[str, str]]], dict[str, float]]:
    """Which functions each test calls and how long it takes, on the library as it is. Every test must pass.

    cache: a file that keeps this per test file; one that is as it was is not watched again.
    """
    files = sorted(path for topic in TOPICS for path in (tree / TESTS).glob(f"test_{topic}*.py"))
    marks = {str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    kept = json.loads(cache.read_text(encoding="utf-8")) if cache and cache.is_file() else {}
    known = {name: own for name, own in kept.items() if own["sha256"] == marks.get(name)}
    if missing := [name for name in marks if name not in known]:
        found, printed = tree / "watched.json", tree / "watched.txt"
        status = in_child(tree, lambda: _watched(tree, missing, found), 3600, printed)
        if status != 0:
            last = "\n".join(printed.read_text(encoding="utf-8").splitlines()[-15:])
            sys.exit(f"{last}\nthe tests do not pass without a fault (pytest ended with {status}); repair that first")
        calls, seconds = json.loads(found.read_text(encoding="utf-8"))
        for name in missing:
            own = {"calls": {test: one for test, one in calls.items() if test.partition("::")[0] == name}}
            own["seconds"] = {test: one for test, one in seconds.items() if test.partition("::")[0] == name}
            known[name] = own | {"sha256": marks[name]}
    if cache:
        cache.write_text(json.dumps(known), encoding="utf-8")
    calls = {test: {tuple(one) for one in called} for own in known.values() for test, called in own["calls"].items()}
    return calls, {test: took for own in known.values() for test, took in own["seconds"].items()}


def _watched(tree: Path, files: list[str], found: Path) -> int:
    watcher = Watcher(tree / "scripts" / "beleidsvrijheid")
    status = pytest.main([*PYTEST, *files], plugins=[watcher])
    sys.settrace(None)
    threading.settrace(None)
    calls = {name: sorted(own) for name, own in watcher.calls.items()}
    found.write_text(json.dumps([calls, watcher.seconds]), encoding="utf-8")
    return int(status)


def noticing(mutant: Mutant, calls: dict[str, set], seconds: dict[str, float]) -> dict[str, float]:
    """The tests that can notice the fault: those that call its function, or any of its module for a constant of that."""
    path = mutant.path.removeprefix(f"{LIBRARY}/")

    def reaches(name: str) -> bool:
        called = calls.get(name, set())
        return (path, mutant.called) in called if mutant.called else any(file == path for file, _ in called)

    files = {name for name in calls if "::" not in name and reaches(name)}
    return {name: took for name, took in seconds.items() if name.partition("::")[0] in files or reaches(name)}


def judge(mutant: Mutant, tree: Path, chosen: dict[str, float]) -> str:
    """What becomes of the fault: killed (a test fails), timeout (none ends), survived, or no test calls it."""
    if not chosen:
        return UNREACHED
    path = tree / mutant.path
    source = path.read_text(encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_text(mutant.applied(source), encoding="utf-8")
    later = {name for name in chosen if any(topic in name for topic in LATER)}
    try:
        for names in (chosen.keys() - later, later):
            verdict = _tried(tree, {name: chosen[name] for name in names})
            if verdict != SURVIVED:
                break
    finally:
        path.write_text(source, encoding="utf-8")
    return verdict


def _tried(tree: Path, chosen: dict[str, float]) -> str:
    if not chosen:
        return SURVIVED
    files = sorted({name.partition("::")[0] for name in chosen})
    limit = GRACE + 3 * sum(chosen.values())
    status = in_child(tree, lambda: pytest.main([*PYTEST, *files], plugins=[Chosen(chosen)]), limit)
    if status is None:
        return TIMEOUT
    return SURVIVED if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else KILLED
