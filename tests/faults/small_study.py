"""A study that runs in seconds, in a folder and a copy of the project of its own: what faults are tried on.

Its raw files are a few sources of the simulated Flanders in the place of gathered ones, so that nothing is simulated again
after every fault.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..conftest import QUICK, copy_project

SOURCES = ("municipalities", "population", "cpi", "bbc_accounts_by_field_operating")
SPECIFICATION = "f8_shift_by_scale"
EMPTY = ("families", "power", "multiverse", "necessity", "qca", "mergers")


def configuration(text: str) -> dict:
    """The tiny study's configuration, cut to one specification on open data."""
    content = yaml.safe_load(text)
    content["data"] = {"source": "open", "on_absent": "refuse"}
    content["primary"] = SPECIFICATION
    content["specifications"] = {SPECIFICATION: content["specifications"][SPECIFICATION]}
    content["tables"] = {"main": {"kind": "regression", "columns": [SPECIFICATION]}}
    content["figures"] = {"coefficients": {"kind": "coefficients", "specifications": [SPECIFICATION]}}
    content["claims"] = {"N1": content["claims"]["N1"]}
    content["fiches"] = {"ceiling": None}
    content["output"] = {"tables": ["csv", "md"], "figures": ["svg"]}
    content["diagnostics"] = []
    content.pop("replication")
    return content | {section: {} for section in EMPTY}


@dataclass(frozen=True)
class SmallStudy:
    """A study folder and the copy of the project that runs it."""

    folder: Path
    project: Path

    def command(self, *arguments: str) -> list[str]:
        runner = self.project / "workflow" / "run_study.py"
        return [sys.executable, str(runner), "--study", str(self.folder), "--cores", "2", *arguments]

    def start(self, **options) -> subprocess.Popen:
        """Start a run in a session of its own."""
        return subprocess.Popen(
            self.command(),
            env=os.environ | QUICK,
            stdin=subprocess.DEVNULL,
            stdout=options.pop("stdout", subprocess.DEVNULL),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run to the end, well or not; what it printed is in `stdout`."""
        return subprocess.run(
            self.command(*arguments),
            env=os.environ | QUICK | options.pop("environment", {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def complete(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def made(self) -> dict[str, bytes]:
        """Path in the study -> content, of everything a run makes; leftovers under other names would be among it."""
        paths = [path for part in ("data/processed", "results") for path in (self.folder / part).rglob("*")]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in sorted(paths) if path.is_file()}

    def copied(self, folder: Path) -> "SmallStudy":
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2)
        return SmallStudy(folder, self.project)

    def begun(self, folder: Path) -> "SmallStudy":
        """A folder with the same configuration and raw files in which nothing was run."""
        shutil.copytree(self.folder / "data" / "raw", folder / "data" / "raw")
        shutil.copy2(self.folder / "config.yaml", folder)
        return SmallStudy(folder, self.project)


def small_study_of(simulated: Path, parent: Path) -> SmallStudy:
    """A small study that has not run, in an empty folder. simulated: a study folder with simulated raw files."""
    project, folder = copy_project(parent / "project"), parent / "study"
    raw = simulated / "data" / "raw" / "simulated"
    shutil.copy(raw / "municipalities" / "mergers.csv", project / "workflow" / "tables")
    for source in SOURCES:
        shutil.copytree(raw / source, folder / "data" / "raw" / source)
    content = configuration((project / "study" / "config.yaml").read_text(encoding="utf-8"))
    (folder / "config.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return SmallStudy(folder, project)


def make_small_study(parent: Path) -> SmallStudy:
    """The same where no simulated raw files are at hand yet."""
    project = copy_project(parent / "simulated")
    study = project / "study"
    simulate = [sys.executable, "-m", "snakemake", "--snakefile", project / "Snakefile", "--directory", study, "-c2"]
    environment = os.environ | QUICK
    done = subprocess.run([*simulate, "data/raw/simulated/truth.json"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    made = small_study_of(study, parent)
    shutil.rmtree(project)
    return made
