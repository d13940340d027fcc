"""Part of the tiny study on a real Slurm of one node: the same bytes, whatever happens to jobs and controller."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from .conftest import ELSEWHERE, Study

HERE = Path(__file__).resolve().parent
PROGRAMS = ("/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged")
CALLS = HERE.parent / "profiles" / "slurm" / "bin"

pytestmark = pytest.mark.slow


def command(*words: object, seconds: int = 20, **environment: str) -> subprocess.CompletedProcess:
    """Run under a time limit; None of what is started here may hang."""
    limited = ["timeout", "-k", "2", str(seconds), *map(str, words)]
    return subprocess.run(
        limited, env=os.environ | environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


@dataclass(frozen=True)
class Slurm:
    folder: Path

    def controller(self) -> int:
        return int((self.folder / "run" / "slurmctld.started").read_text())

    def kill_controller(self) -> None:
        """Kill -9, once all that it knows of jobs is in the state that it saves: what began or ended unsaved is held for ever."""
        wait_until(self._is_stopped_and_saved, 60)
        os.kill(self.controller(), signal.SIGKILL)

    def _is_stopped_and_saved(self) -> bool:
        """Stopped nothing can happen between the look and the kill; it goes on where something is not saved yet."""
        os.kill(self.controller(), signal.SIGSTOP)
        told = (self.folder / "log" / "slurmctld.log").read_text(errors="replace")
        last = datetime.fromisoformat(re.findall(r"^\[(\S+)\] .*\bJobId=", told, re.MULTILINE)[-1]).timestamp()
        # Slurm saves at once, or five seconds after it saved before.
        if (self.folder / "state" / "job_state").stat().st_mtime > last or time.time() > last + 8:
            return True
        os.kill(self.controller(), signal.SIGCONT)
        return False

    def restart_controller(self) -> None:
        done = command(HERE / "slurm" / "slurm_up.sh", self.folder, "controller", seconds=60)
        assert done.returncode == 0, done.stderr

    def account(self) -> str:
        """What a failure should show."""
        told = [command("scontrol", "show", what).stdout for what in ("jobs", "nodes")]
        logs = [path.read_text(errors="replace")[-3000:] for path in sorted((self.folder / "log").glob("*.log"))]
        return "\n".join([*told, *logs])

    def jobs(self, states: str = "all") -> dict[str, tuple[str, str]]:
        """Number -> state and comment (which has the names of the rules) of each job that the controller remembers."""
        done = command("squeue", "--noheader", f"--states={states}", "--format=%i|%T|%k")
        assert done.returncode == 0, done.stderr
        rows = (line.split("|", 2) for line in done.stdout.splitlines())
        return {number: (state, comment) for number, state, comment in rows}


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A Slurm that is gone afterwards, daemons and configuration."""
    if os.geteuid() != 0 or not all(Path(program).exists() for program in PROGRAMS):
        pytest.skip("needs root and Slurm: apt-get install slurm-wlm munge (.ci/run does so)")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # pytest's own folders are closed to munge
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        up = command(
            HERE / "slurm" / "slurm_up.sh", folder, seconds=60, SLURM_PORT=str(port), SLURM_OWNER=str(os.getpid())
        )
        if up.returncode == 3:
            pytest.skip(up.stderr.strip())
        assert up.returncode == 0, up.stdout + up.stderr
        yield Slurm(folder)
    finally:
        down = command(HERE / "slurm" / "slurm_down.sh", folder, seconds=60)
        shutil.rmtree(folder, ignore_errors=True)
        assert down.returncode == 0, down.stderr


def wait_until(condition, seconds: float, running: subprocess.Popen | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        assert running is None or running.poll() is None, "the run ended too early"
        time.sleep(0.2)


# What is made on Slurm, from a country whose files are there: every kind of step that a cluster is for, in few jobs.
TARGETS = ("results/figures/vibration.svg", "results/figures/scale_ceiling.svg", "results/tables/main_regression.html")
THERE = ("data/raw", "data/processed/checks", "data/processed/notes", "data/processed/parsed")
# One after the other: the data; a chunk of a multiverse beside batches of draws; what reads these.
GROUPS = {"data": ("parse_source", "harmonise_sources", "build_panel"), "batches": ("draw_bootstrap",)}
GROUPS |= {"results": ("estimate_specification", "test_multiverse", "make_table", "draw_figure")}


def start(study: Study, log: Path) -> subprocess.Popen:
    """profiles/slurm, but for one node of one or two CPUs: fewer and larger jobs, looked at sooner."""
    quick = ["--jobs", "4", "--cores", "1", "--slurm-init-seconds-before-status-checks", "5"]
    quick += ["--groups", *(f"{rule}={name}" for name, rules in GROUPS.items() for rule in rules)]
    quick += ["--group-components", *(f"{name}=100" for name in GROUPS)]
    call = [study.project / "profiles" / "slurm" / "run", "--snakefile", study.project / "Snakefile"]
    call += ["--study", study.folder, *TARGETS, *quick]
    with log.open("w") as file:
        return subprocess.Popen(
            [str(word) for word in call],
            cwd=study.folder,
            env=os.environ | ELSEWHERE | {"BELEIDSVRIJHEID_PYTHON": sys.executable, "SLURM_CALL_PATIENCE": "120"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def parsed_study(finished: Study, study: Study) -> None:
    """The new study gets the finished one's parsed files, all but one, and draws its bootstraps in batches."""
    for name in THERE:
        shutil.copytree(finished.path(name), study.path(name))
    for path in finished.path("data/processed").glob("units*"):
        shutil.copy2(path, study.path("data/processed"))
    now = time.time()
    for path in study.path("data").rglob("*"):
        os.utime(path, (now, now))  # none is older than what it is made from
    study.path("data/processed/parsed/cpi.parquet").unlink()
    study.edit("draws: 99, weights", "draws: 99, batch: 50, weights")


def test_same_bytes_although_a_job_is_cancelled_and_the_controller_killed(slurm, new_study, finished_study, tmp_path):
    study, log = new_study("op slurm (één)"), tmp_path / "run.log"
    parsed_study(finished_study, study)
    before = set(study.files("data"))
    running = start(study, log)
    try:
        wait_until(lambda: "RUNNING" in [state for state, _ in slurm.jobs().values()], 120, running)
        (cancelled,) = slurm.jobs("running")
        assert command("scancel", cancelled).returncode == 0
        wait_until(lambda: any(study.path("data/processed/bootstrap").glob("*/*.parquet")), 600, running)
        slurm.kill_controller()
        time.sleep(3)
        slurm.restart_controller()
        running.wait(timeout=240)
    except BaseException:
        print(log.read_text()[-6000:], slurm.account(), sep="\n")
        raise
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=60)
    assert running.returncode == 0, log.read_text()[-6000:]
    states = {number: state for number, (state, _) in slurm.jobs().items()}
    assert states[cancelled] == "CANCELLED" and set(states.values()) == {"CANCELLED", "COMPLETED"}
    assert len(states) < 8  # seventeen steps
    first, second = (one.files("results", "data") for one in (finished_study, study))
    batches = {name for name in second if "bootstrap" in name}
    assert len(batches) == 2 * 6 and set(second) - set(first) == batches
    assert [name for name in second if name not in batches and first[name] != second[name]] == []
    made = {Path(name).parts[:2] for name in set(second) - before}
    assert {("results", kind) for kind in ("tables", "figures", "estimates", "multiverse", "logs")} <= made
    assert study.reasons(*TARGETS) == {}


# The limits on Slurm's commands, with commands that misbehave


@pytest.fixture
def slurm_call(tmp_path):
    """Run a command of profiles/slurm/bin, with scripts of the test in the place of Slurm's own."""

    def run(scripts: dict[str, str], *words: str) -> subprocess.CompletedProcess:
        for name, text in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/bash\ncd {tmp_path}\necho x >> {name}.calls\n{text}\n")
            (tmp_path / name).chmod(0o755)
        path = f"{CALLS}:{tmp_path}:{os.environ['PATH']}"
        return command(*words, seconds=30, PATH=path, SLURM_CALL_SECONDS="1", SLURM_CALL_PATIENCE="5")

    return run


AWAY = 'echo "Batch job submission failed: Unable to contact slurm controller (connect failure)" >&2; exit 1'
SUBMIT = ("sbatch", "--parsable", "--job-name", "run", "--comment", "rule_a b", "--wrap", "echo 'a b'")


def calls(folder: Path, name: str) -> int:
    return len((folder / f"{name}.calls").read_text().split())


def test_a_call_that_hangs_is_ended(slurm_call):
    done = slurm_call({"sinfo": "sleep 60"}, "sinfo")
    assert done.returncode == 124 and "sinfo: no answer within 1 seconds" in done.stderr


def test_sbatch_waits_for_a_controller_that_is_away(slurm_call, tmp_path):
    sbatch = f'[ "$(wc -l < sbatch.calls)" -ge 3 ] || {{ {AWAY}; }}; printf "%s|" "$@" > asked; echo 17'
    done = slurm_call({"sbatch": sbatch, "squeue": "true"}, *SUBMIT)
    assert (done.returncode, done.stdout) == (0, "17\n") and calls(tmp_path, "sbatch") == 3
    asked = (tmp_path / "asked").read_text().split("|")
    assert asked[:4] == [*SUBMIT[1:4], "--comment"] and asked[4].startswith("rule_a b call-")
    assert asked[5:7] == ["--wrap", "echo 'a b'"]


def test_sbatch_gives_up_in_the_end_and_at_once_on_another_failure(slurm_call, tmp_path):
    done = slurm_call({"sbatch": AWAY, "squeue": "true"}, *SUBMIT)
    assert done.returncode == 1 and "Unable to contact" in done.stderr and calls(tmp_path, "sbatch") > 3
    (tmp_path / "sbatch.calls").unlink()
    done = slurm_call({"sbatch": "echo Invalid partition >&2; exit 1"}, *SUBMIT)
    assert (done.returncode, done.stderr) == (1, "Invalid partition\n") and calls(tmp_path, "sbatch") == 1


def test_a_submission_that_was_heard_but_not_answered_is_not_repeated(slurm_call, tmp_path):
    queue = 'echo "16 rule_a b call-0-0"; echo "18 $(cat comment)"'
    done = slurm_call({"sbatch": 'echo "$5" > comment; sleep 60', "squeue": queue}, *SUBMIT)
    assert (done.returncode, done.stdout) == (0, "18\n") and calls(tmp_path, "sbatch") == 1


def test_squeue_answers_where_sacct_does_not(slurm_call, tmp_path):
    scripts = {"sacct": "sleep 60", "squeue": 'printf "%s " "$@" > asked; echo "3|COMPLETED"'}
    done = slurm_call(scripts, "sacct", "-X", "--parsable2", "--name", "run")
    assert (done.returncode, done.stdout) == (0, "3|COMPLETED\n")
    assert (tmp_path / "asked").read_text() == "--format=%i|%T --states=all --noheader --name run "
