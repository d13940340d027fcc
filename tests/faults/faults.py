"""Faults other than kills: each leaves the study as it was or is overcome by running again, and no number is lost.

A function tries one fault on a study of its own, mends what was broken, runs again without further flags and compares every
file with the undisturbed study.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..conftest import QUICK, ROOT
from .kills import difference
from .small_study import SmallStudy

OUTPUT = "results/estimates/f8_shift_by_scale.csv"
PANEL = "data/processed/panel.parquet"
REPORT = "results/report.html"
RAW_FILE = "data/raw/cpi/cpi.json"
DAY = 86_400
IS_ROOT = os.geteuid() == 0
# Root without the right to pass over permissions, as any other user is.
AS_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if IS_ROOT else []
GIT = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Outcome:
    """What became of a fault. refused: runs that ended with a message; lost: files that are not as undisturbed."""

    fault: str
    tried: int
    refused: int
    lost: str
    message: str = ""


def last_words(text: str) -> str:
    """The message of a run that failed: its last line."""
    return text.strip().splitlines()[-1]


def mended(study: SmallStudy, reference: dict[str, bytes]) -> str:
    """What is lost after one more run."""
    return difference(study, reference, study.run().returncode)


# Disk


@contextmanager
def small_disk(place: Path) -> Iterator[Callable[[int], None]]:
    """A disk in memory at a folder; what is yielded sets its size in kilobytes."""
    place.mkdir()
    mount(["-t", "tmpfs", "-o", "size=100m", "tmpfs", str(place)])
    try:
        yield lambda kilobytes: mount(["-o", f"remount,size={kilobytes}k", str(place)])
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def mount(arguments: list[str]) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def can_mount(place: Path) -> str:
    """Why no disk of a chosen size can be had; empty where it can."""
    try:
        with small_disk(place):
            return ""
    except (OSError, subprocess.CalledProcessError) as problem:
        return f"no disk in memory can be mounted here ({type(problem).__name__}: root is needed)"


def kilobytes(folder: Path) -> int:
    """Room that the files of a folder take, in pages."""
    return sum(4 + path.stat().st_size // 4096 * 4 for path in folder.rglob("*"))


def disk_full(template: SmallStudy, reference: dict[str, bytes], place: Path, sizes: int) -> Outcome:
    """A disk that is full at ever later moments of the run, and at last large enough."""
    refused, words = 0, set()
    with small_disk(place / "disk") as set_size:
        study = template.begun(place / "disk" / "study")
        raw, whole = kilobytes(study.folder), kilobytes(template.folder)
        for number in range(sizes):
            set_size(raw + 40 + (whole - raw) * number // sizes)
            done = study.run()
            refused += done.returncode != 0
            words |= {word for word in ("No space left on device", "Traceback") if word in last_words(done.stdout)}
        set_size(100_000)
        lost = mended(study, reference)
    return Outcome(f"disk full at {sizes} sizes", sizes, refused, lost, ", ".join(sorted(words)))


# Permissions


def run_as_a_user(study: SmallStudy) -> subprocess.CompletedProcess:
    """A run that permissions bind."""
    command = [*AS_A_USER, *study.command()]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    return subprocess.run(command, env=os.environ | QUICK, text=True, **pipes)


def no_permission(
    template: SmallStudy, reference: dict[str, bytes], place: Path, fault: str, names: list[str], mode: int
) -> Outcome:
    """Paths of a study with something to do lose permissions, and have them again."""
    study = template.copied(place / fault)
    (study.folder / REPORT).unlink()
    before = study.made()
    modes = {study.folder / name: (study.folder / name).stat().st_mode for name in names}
    for path in modes:
        path.chmod(mode)
    done = run_as_a_user(study)
    for path, old in modes.items():
        path.chmod(old)
    gone = [name for name, content in study.made().items() if name in before and before[name] != content]
    lost = ", ".join(gone) or mended(study, reference)
    return Outcome(fault, 1, int(done.returncode != 0), lost, done.stdout)


def read_only_results(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """Folders of results and processed data in which nothing can be written."""
    folders = [path for part in ("results", "data/processed") for path in (template.folder / part).rglob("*")]
    names = [str(path.relative_to(template.folder)) for path in folders if path.is_dir()]
    return no_permission(template, reference, place, "read-only results", ["results", "data/processed", *names], 0o555)


def unreadable_input(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """A raw file that may not be read."""
    return no_permission(template, reference, place, "unreadable raw file", [RAW_FILE], 0)


# Clock, processes, memory


def clock_set_back(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """Every file is from tomorrow: the clock was a day ahead, and is right now."""
    study = template.copied(place / "clock")
    for path in study.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            moment = path.stat().st_mtime + DAY
            os.utime(path, (moment, moment))
    (study.folder / REPORT).unlink()
    return Outcome("clock set back by a day", 1, 0, mended(study, reference))


def libfaketime() -> str:
    """The library that shows a process another time (Debian and Ubuntu: faketime); empty where it is not installed."""
    return next((str(path) for path in sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), "")


def clock_behind(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """The clock is a day behind from the middle of a study on: Snakemake refuses results older than what they are made from."""
    study = template.begun(place / "clock behind")
    study.complete(PANEL)
    behind = {"LD_PRELOAD": libfaketime(), "FAKETIME": "-1d", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    done = study.run(environment=behind)
    (word,) = [line for line in done.stdout.splitlines() if "clock skew" in line][:1] or [last_words(done.stdout)]
    refused = int(done.returncode == 1 and "clock skew" in word)
    return Outcome("clock a day behind in the middle of a study", 1, refused, mended(study, reference), word)


def two_runs(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """A second run in the folder of one that is going on."""
    study = template.begun(place / "two runs")
    first = study.start()
    while not any((study.folder / ".snakemake" / "incomplete").glob("*")):
        time.sleep(0.05)
    second = study.run()
    lost = difference(study, reference, first.wait())
    named = f"a run of this study is going on already (process {first.pid})" in second.stdout
    return Outcome("two runs at once", 1, int(named and second.returncode == 1), lost, last_words(second.stdout))


def memory_limit(template: SmallStudy, reference: dict[str, bytes], place: Path, megabytes: list[int]) -> Outcome:
    """Less address space than the jobs need."""
    refused, words = 0, ""
    study = template.begun(place / "memory")
    for limit in megabytes:
        size = limit * 1024**2
        done = study.run(preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
        refused += done.returncode != 0
        words = last_words(done.stdout)
    return Outcome("memory limit", len(megabytes), refused, mended(study, reference), words)


def results_vanish(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """Results are deleted while the run is going on."""
    study = template.begun(place / "vanish")
    running = study.start()
    while not (study.folder / "data" / "processed" / "panel.parquet").is_file():
        time.sleep(0.05)
    shutil.rmtree(study.folder / "data" / "processed")
    shutil.rmtree(study.folder / "results", ignore_errors=True)
    status = running.wait()
    return Outcome("results deleted during the run", 1, int(status != 0), mended(study, reference))


# Raw data from a store


def snapshot(study: SmallStudy, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / "workflow" / "snapshot.py"), *arguments]
    return subprocess.run(command, cwd=study.folder, env=os.environ | GIT, capture_output=True, text=True)


def corrupted_remote(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Outcome:
    """An object of the remote store is damaged, and the raw data have to come from there."""
    study, store = template.begun(place / "origin"), place / "store"
    for line in (["init", "--quiet"], ["config", "user.name", "a"], ["config", "user.email", "a@example.org"]):
        subprocess.run(["git", *line], cwd=study.folder, check=True)
    assert snapshot(study, "take", "--remote", str(store)).returncode == 0
    (victim,) = [path for path in (store / "files" / "md5").rglob("*")
                 if path.is_file() and path.read_bytes() == (study.folder / RAW_FILE).read_bytes()]  # fmt: skip
    whole = victim.read_bytes()
    for path in (study.folder / ".dvc" / "cache", study.folder / "data" / "raw" / "cpi"):
        shutil.rmtree(path)
    victim.chmod(0o644)
    victim.write_bytes(whole[:-9] + b"x" * 9)
    refused = snapshot(study, "restore", "--remote", str(store))
    damaged = (study.folder / RAW_FILE).exists()
    victim.write_bytes(whole)
    restored = snapshot(study, "restore", "--remote", str(store))
    is_same = restored.returncode == 0 and (study.folder / RAW_FILE).read_bytes() == whole and not damaged
    lost = "" if is_same else f"{RAW_FILE}: {restored.stderr}"
    return Outcome("corrupted DVC remote", 1, int(refused.returncode == 1), lost, last_words(refused.stderr))
