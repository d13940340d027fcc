"""Fixtures that all tests share."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import workers
from .bad_input import account
from .dry_runs import dry_run

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("BELEIDSVRIJHEID_REAL", ROOT.parent / "shared" / "real"))


def pytest_configure(config: pytest.Config) -> None:
    if not workers.is_worker(config):
        workers.make_shared_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not workers.is_worker(config):
        workers.remove_shared_folder()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if workers.is_worker(config):
        workers.arrange(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not workers.is_worker(config):
        for line in account.summary():
            terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    return workers.scheduler(config, log)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder with the Snakefile."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real figures for checks; no part of the project, so a test is skipped where they are absent."""
    if not REAL.is_dir():
        pytest.skip(f"no real figures in {REAL} (BELEIDSVRIJHEID_REAL names another folder)")
    return REAL


@pytest.fixture(scope="session")
def snakemake_run() -> Callable[..., subprocess.CompletedProcess]:
    """Run the project's Snakefile over a study folder: snakemake_run(folder, "-n", "results/claims.csv")."""

    def run(study: Path, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", study]
        command += [] if {"-c", "--cores"} & set(arguments) else ["-c2"]
        return subprocess.run(
            [*command, *arguments], cwd=study, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    return run


# The tiny study, run once; tests look at it, or work on copies of its folder.

MADE = ("data", "results", ".snakemake")
PARTS = ("Snakefile", "workflow", "scripts", "profiles", "requirements.lock")
# One thread per job, as in the Makefile; compiled modules are kept, or every job of every run compiles its own.
HERE = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "2"}  # where the finished study was run
ELSEWHERE = {"LC_ALL": "C", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1"}
QUICK = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
# A Slurm that answers, as that of test_cluster, or one that is away costs every start of Snakemake seconds: its plugin asks.
QUICK |= {"SLURM_CONF": os.devnull}


@dataclass(frozen=True)
class Study:
    """A study folder and the copy of the project that runs it."""

    folder: Path
    project: Path

    def run(self, *arguments: str, umask: int = -1, **environment: str) -> subprocess.CompletedProcess:
        """Snakemake over this folder, with two cores unless `-c...` is among the arguments; umask: -1 keeps that at hand."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", self.project / "Snakefile"]
        command += ["--directory", self.folder, *([] if any(one.startswith("-c") for one in arguments) else ["-c2"])]
        return subprocess.run(
            [*command, *arguments],
            cwd=self.folder,
            env=os.environ | QUICK | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            umask=umask,
        )

    def complete(self, *arguments: str, umask: int = -1, **environment: str) -> str:
        """Run to the end; what it printed."""
        done = self.run(*arguments, umask=umask, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def reasons(self, *arguments: str) -> dict[str, str]:
        """What a run would do, by a dry run: message of each job -> why. Nothing to do gives an empty dict."""
        command = ["--snakefile", str(self.project / "Snakefile"), "--directory", str(self.folder), "-c2", *arguments]
        done = dry_run(command, self.folder, QUICK)
        text = done.stdout
        assert done.returncode == 0, text
        jobs = dict(re.findall(r"^Job \d+: (.+)\nReason: (.*)$", text, re.MULTILINE))
        assert bool(jobs) != ("Nothing to be done" in text), text
        total = re.search(r"^total +(\d+)$", text, re.MULTILINE)
        assert len(jobs) == (int(total[1]) if total else 0), text
        jobs.pop("The study is complete", None)
        return jobs

    def path(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "config.yaml") -> None:
        """Replace a text that stands in a file of the study exactly once."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {name}"
        self.path(name).write_text(text.replace(old, new), encoding="utf-8")

    def files(self, *folders: str) -> dict[str, bytes]:
        """Path in the study -> content, of everything in the folders."""
        paths = [path for folder in folders for path in sorted(self.path(folder).rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def copy_project(folder: Path) -> Path:
    """All that a study needs of the project, in a folder that tests may edit and that no editor changes meanwhile."""
    folder.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            # With what is compiled already, but for what another worker is writing.
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy2(ROOT / part, folder / part)
    shutil.copytree(ROOT / "tests" / "study", folder / "study", ignore=shutil.ignore_patterns(*MADE))
    return folder


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory) -> Path:
    """A copy of the project for this worker alone: not that of the finished study, which tests edit."""
    return copy_project(tmp_path_factory.mktemp("copy") / "project")


@pytest.fixture(scope="session")
def new_study(project_copy, tmp_path_factory) -> Iterator[Callable[[str], Study]]:
    """A study folder that holds the tiny study's config.yaml and nothing else: new_study("any name")."""
    parent = tmp_path_factory.mktemp("studies")

    def create(name: str) -> Study:
        folder = Path(tempfile.mkdtemp(dir=parent)) / name
        folder.mkdir()
        shutil.copy2(project_copy / "study" / "config.yaml", folder)
        return Study(folder, project_copy)

    yield create
    shutil.rmtree(parent)


def run_tiny_study(folder: Path) -> None:
    project = copy_project(folder / "project")
    study = Study(folder / "finished study", project)
    study.folder.mkdir()
    shutil.copy2(project / "study" / "config.yaml", study.folder)
    study.complete("-c2", **HERE)


@pytest.fixture(scope="session")
def finished_study() -> Study:
    """The tiny study after one run on two cores. Only to be looked at."""
    folder = workers.made_once("tiny_study", run_tiny_study)
    return Study(folder / "finished study", folder / "project")


@pytest.fixture
def study_copy(finished_study, tmp_path) -> Iterator[Study]:
    """A copy of the finished study, with Snakemake's records, to change and run again."""
    folder = tmp_path / "copy of the study"
    shutil.copytree(finished_study.folder, folder, copy_function=shutil.copy2)
    yield Study(folder, finished_study.project)
    shutil.rmtree(folder)
