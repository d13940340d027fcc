"""Several workers (pytest-xdist, as `make test` uses it): which tests stay together, what is made only once.

xdist's own groups do not do: xdist 3.8 writes them into names of tests, where pytest 9 no longer keeps them.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = "BELEIDSVRIJHEID_TEST_FOLDER"  # the folder that all workers of a run share
# Groups start in this order: what takes longest first, and what only looks at the finished study when it is there.
PLACES = (
    "reruns",  # what runs again over the finished study or edits the project it came from
    "tests/real/test_real.py",
    "tests/faults/test_faults.py",
    "tests/test_determinism.py",
    "tests/test_cluster.py",
    "snapshots",
    "tests/test_gather.py",
    "tests/test_snapshot.py",
    "tests/test_run_study.py",
    "tests/test_bad_inputs.py",
    "tests/test_workflow.py",
    "tests/test_setup.py",
    "tests/beleidsvrijheid/test_recovery.py",
)
# Each test starts processes of its own and shares nothing dear with the others of its file.
APART = ("test_gather.py", "test_snapshot.py", "test_run_study.py", "test_setup.py", "test_recovery.py")


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def make_shared_folder() -> None:
    os.environ[SHARED] = tempfile.mkdtemp(prefix="beleidsvrijheid-tests-")


def remove_shared_folder() -> None:
    shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)


def place_of(item: pytest.Item) -> str:
    """The group of a test: its file, but for what shares something dear."""
    file = item.nodeid.partition("::")[0]
    if "study_copy" in item.fixturenames or (file.endswith("test_reruns.py") and "finished_study" in item.fixturenames):
        return "reruns"
    return "snapshots" if "with_two" in item.fixturenames else file


def arrange(items: list[pytest.Item]) -> None:
    """Sort the tests by place, and tell the scheduler which of them one worker does in a row."""
    places = {item.nodeid: place_of(item) for item in items}
    items.sort(key=lambda item: PLACES.index(places[item.nodeid]) if places[item.nodeid] in PLACES else len(PLACES))
    groups = {name: name if place.endswith(APART) else place for name, place in places.items()}
    path = Path(os.environ[SHARED], "groups.json")
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(groups), encoding="utf-8")
    new.replace(path)  # every worker writes the same


def scheduler(config: pytest.Config, log: object) -> object:
    """Hands out whole groups, in the order of the tests."""
    from xdist.scheduler import LoadScopeScheduling

    class InGroups(LoadScopeScheduling):
        groups: dict[str, str] | None = None

        def _split_scope(self, nodeid: str) -> str:
            if self.groups is None:
                self.groups = json.loads(Path(os.environ[SHARED], "groups.json").read_text(encoding="utf-8"))
            return self.groups[nodeid]

    config.option.loadscopereorder = False
    return InGroups(config, log)


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all workers share, filled by the first that asks; where that fails it fails for all, at once."""
    folder = Path(os.environ[SHARED], name)
    with open(folder.with_name(f"{name}.lock"), "a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not (state := lock.read()):
            try:
                make(folder)
                state = "made"
            except BaseException as failure:
                state = f"{name} was not made: {failure}"
                raise
            finally:
                lock.write(state)
                lock.flush()
    assert state == "made", state
    return folder
