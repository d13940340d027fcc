"""Run or resume a study: one run at a time per study folder, also after a power cut or a kill -9.

Holds a lock on the study folder, ends what an earlier dead run of the same folder left running, clears the
Snakemake lock that run left behind, looks for what was changed behind Snakemake's back, and then runs Snakemake, which
redoes incomplete files. A finished run leaves its manifest.
"""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import psutil
from tampering import ROOT, prepare, write_manifest

from beleidsvrijheid.errors import StudyError

# Every process of a run inherits this variable. A process number can be recycled; a random value cannot.
RUN_VARIABLE = "BELEIDSVRIJHEID_RUN"
SECONDS_TO_STOP = 20
# Arguments for Snakemake that say how to run, not what; with anything else in the second set a run makes a part of the study.
HOW = {"cores", "jobs", "forceall", "keep_going", "printshellcmds", "quiet", "verbose", "workflow_profile", "profile"}
HOW |= {
    "latency_wait",
    "retries",
    "resources",
    "executor",
    "scheduler",
    "show_failed_logs",
    "nocolor",
    "rerun_incomplete",
}
WHAT = {"targets", "forcerun", "force", "until", "omit_from", "config", "configfile", "target_jobs"}


class RunError(Exception):
    """Why the study cannot run now and what to do about it, in one message."""


class Stopped(BaseException):
    """The user or the system asked this run to stop."""


@contextmanager
def study_lock(study: Path) -> Iterator[TextIO]:
    """Hold the study folder's lock; the file's content names the run that holds or last held it."""
    with open(study / ".study.lock", "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = read_record(lock).get("pid", "unknown")
            raise RunError(
                f"{study}: a run of this study is going on already (process {holder}). "
                "Wait until it ends, or stop it with Ctrl-C where it was started."
            ) from None
        yield lock


def read_record(lock: TextIO) -> dict:
    """The run named in the lock file; empty when there is none or it cannot be read."""
    lock.seek(0)
    try:
        record = json.loads(lock.read())
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def write_record(lock: TextIO, record: dict) -> None:
    """Replace the lock file's content, on disk before the first process of the run starts."""
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(record))
    lock.flush()
    os.fsync(lock.fileno())


def processes_of(run: str) -> list[psutil.Process]:
    """Every living process that inherited this run's variable."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(RUN_VARIABLE) == run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # ended meanwhile, or another user's
    return found


def end_processes(run: str) -> int:
    """Kill every process of a run, and those it starts meanwhile. Returns how many there were."""
    ended: set[int] = set()
    deadline = time.monotonic() + SECONDS_TO_STOP
    while living := processes_of(run):
        if time.monotonic() > deadline:
            raise RunError(f"Processes {[process.pid for process in living]} of an earlier run cannot be ended.")
        for process in living:
            ended.add(process.pid)
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(living, timeout=1)
    return len(ended)


def other_snakemake(study: Path) -> int | None:
    """The process number of a Snakemake that somebody started by hand in this folder."""
    for process in psutil.process_iter():
        try:
            names = {Path(word).name for word in process.cmdline()}
            if "snakemake" in names and process.cwd() == str(study):
                return process.pid
        except (psutil.Error, OSError):
            continue
    return None


def clear_stale_lock(study: Path, command: list[str], run: str) -> None:
    """Remove Snakemake's lock when the run that held it is dead. Raises RunError when it lives.

    run: the present one. It is killed here as anywhere, and the next one must know what it left.
    """
    locks = study / ".snakemake" / "locks"
    if not locks.is_dir() or not any(locks.iterdir()):
        return
    if pid := other_snakemake(study):
        raise RunError(f"{study}: Snakemake is running here already (process {pid}). Wait until it ends.")
    unlocked = subprocess.run(
        [*command, "--unlock"], env={**os.environ, RUN_VARIABLE: run}, capture_output=True, text=True
    )
    if unlocked.returncode != 0:
        raise RunError(unlocked.stdout + unlocked.stderr)
    print("Cleared the lock of an interrupted run.", flush=True)


def stop_on(number: int, _frame: object) -> None:
    """Turn a signal into an exception, once: a second Ctrl-C must not break the cleaning up."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped(number)


def run_snakemake(command: list[str], run: str) -> int:
    """Run Snakemake to its end and leave no process of it behind. Returns the exit status."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stop_on)
    # In a session of its own: Ctrl-C reaches the jobs through us, after Snakemake knows.
    child = None
    try:
        child = subprocess.Popen(command, env={**os.environ, RUN_VARIABLE: run}, start_new_session=True)
        status = child.wait()
    except Stopped as stopped:
        status = 128 + stopped.args[0]
        if child is not None:
            ask_to_stop(child)
        print("\nStopped. What was finished is kept; `make study` resumes.", file=sys.stderr)
    end_processes(run)
    if status < 0:
        raise RunError(f"Snakemake was killed (signal {-status}); was memory short? `make study` resumes.")
    return status


def ask_to_stop(child: subprocess.Popen) -> None:
    """Let Snakemake end its jobs and remove half-made files; the caller kills what is left."""
    child.send_signal(signal.SIGINT)
    for job in psutil.Process(child.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            job.terminate()  # ends without the traceback that Ctrl-C makes
    try:
        child.wait(timeout=SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()


@contextmanager
def quotable_python() -> Iterator[str]:
    """This interpreter by a path without blanks: Snakemake does not quote it when it starts a script."""
    if not any(character.isspace() for character in sys.executable):
        yield sys.executable
        return
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-") as folder:
        environment = Path(folder) / "venv"
        environment.symlink_to(Path(sys.executable).parent.parent)
        yield str(environment / "bin" / Path(sys.executable).name)


def given(further: list[str]) -> set[str]:
    """Names of Snakemake's options that the arguments set."""
    if not further:
        return set()
    from snakemake.cli import get_argument_parser  # takes a second

    parser = get_argument_parser()
    asked, plain, again = (vars(parser.parse_known_args(line)[0]) for line in (further, [], []))
    # A default without an equality of its own differs from itself.
    return {name for name, value in asked.items() if value != plain[name] and plain[name] == again[name]}


def run_or_resume(study: Path, snakemake: list[str], further: list[str]) -> int:
    """Take the lock, clear away what a dead run left, run. Returns the exit status; raises RunError or StudyError."""
    with study_lock(study) as lock:
        record = read_record(lock)
        finished = record.get("finished") if isinstance(record.get("finished"), float) else None
        left = end_processes(dead) if (dead := record.get("run")) else 0
        if left:
            print(f"Ended {left} processes that an interrupted run had left.", flush=True)
        run, kept = uuid.uuid4().hex, {} if finished is None else {"finished": finished}
        write_record(lock, {"pid": os.getpid(), "run": run, **kept})
        clear_stale_lock(study, snakemake, run)
        options = given(further)
        makes = options <= HOW | WHAT  # and not a dry run, a report or a list
        targets = prepare(study, finished) if makes else []
        if targets and "targets" not in options:
            targets = ["all", *targets]
        # Targets first: an option that takes several values would take them for its own.
        status = run_snakemake([*snakemake, *targets, "--rerun-incomplete", *further], run)
        if status == 0 and makes and write_manifest(study, options <= HOW):
            kept = {"finished": time.time()}
        write_record(lock, kept)
        return status


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and everything else for Snakemake."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="All other arguments go to Snakemake.", allow_abbrev=False
    )
    parser.add_argument("--study", type=Path, default=Path(), help="folder with config.yaml and data/ (default: .)")
    parser.add_argument("--snakefile", type=Path, default=ROOT / "Snakefile", help=argparse.SUPPRESS)
    return parser.parse_known_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the study named in the arguments. Returns the exit status; prints one message on a mistake."""
    options, further = parse(arguments)
    study = options.study.resolve()
    try:
        if not study.is_dir():
            raise RunError(f"{options.study}: no such folder; name a folder that holds a config.yaml (STUDY=...)")
        with quotable_python() as python:
            engine = [python, "-m", "snakemake", "--snakefile", str(options.snakefile)]
            return run_or_resume(study, [*engine, "--directory", str(study)], further)
    except KeyboardInterrupt:
        print("\nStopped before anything ran; `make study` resumes.", file=sys.stderr)
        return 128 + signal.SIGINT
    except (RunError, StudyError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
    except OSError as problem:
        print(
            f"\n{problem.filename or study}: {problem.strerror}; mend that, then `make study` resumes", file=sys.stderr
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
