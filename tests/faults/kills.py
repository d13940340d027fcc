"""Runs that are killed with signal 9 at random moments, and resumed by running again until the study is complete.

What is killed: everything (runner, Snakemake and its jobs), the runner alone (Snakemake and the jobs go on as orphans), or
Snakemake alone (its jobs go on; the runner ends them). Resuming takes no flags: it is the same command.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from .small_study import SmallStudy

VICTIMS = ("everything", "runner", "snakemake")
SECONDS_TO_END = 120
FOREVER = 3600


@dataclass(frozen=True)
class Kill:
    """One kill. moment: seconds after the start; alive: processes at that moment; files: made until then."""

    victim: str
    moment: float
    alive: int
    files: int


@dataclass(frozen=True)
class Chain:
    """Kills of one study, one after the other, and whether it came out byte by byte as one that nobody disturbed."""

    kills: tuple[Kill, ...]
    is_identical: bool
    remark: str


def tree(process: subprocess.Popen) -> list[psutil.Process]:
    """The runner and all that it started."""
    with suppress(psutil.NoSuchProcess):
        runner = psutil.Process(process.pid)
        return [runner, *runner.children(recursive=True)]
    return []


def victims_of(family: list[psutil.Process], victim: str) -> list[psutil.Process]:
    """Whom to kill. Before Snakemake has started there is the runner alone."""
    if victim == "everything":
        return family
    return family[1:2] or family[:1] if victim == "snakemake" else family[:1]


def said(study: SmallStudy) -> Path:
    """Where the last run of a chain printed to."""
    return study.folder.with_name(f"{study.folder.name}.log")


def run_and_kill(study: SmallStudy, victim: str, moment: float) -> Kill | int:
    """Start a run and kill it at a moment; its exit status where it ended before."""
    with open(said(study), "w", encoding="utf-8") as output:
        running = study.start(stdout=output)
    try:
        return running.wait(moment)
    except subprocess.TimeoutExpired:
        family = tree(running)
    files = len(study.made())
    for process in victims_of(family, victim):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    running.wait(SECONDS_TO_END)  # the runner ends by itself where Snakemake was killed
    return Kill(victim, moment, len(family), files)


def end_orphans(family_of: Path) -> None:
    """Kill what still works in a folder."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == str(family_of):
                process.kill()


def chains(
    template: SmallStudy, reference: dict[str, bytes], place: Path, number: int, seed: int, longest: float
) -> Iterator[Chain]:
    """Chains of kills until there were as many as asked for. longest: seconds until the latest kill of a run."""
    generator = random.Random(seed)
    done = count = 0
    while done < number:
        count += 1
        study = template.begun(place / f"study {count}")
        kills, status = [], None
        while status is None:
            is_last = done + len(kills) == number
            moment = FOREVER if is_last else generator.uniform(0, longest)
            outcome = run_and_kill(study, generator.choice(VICTIMS), moment)
            status, kills = (None, [*kills, outcome]) if isinstance(outcome, Kill) else (outcome, kills)
        remark = difference(study, reference, status)
        if remark:
            remark = f"{remark}: {said(study).read_text(encoding='utf-8')}"
        done += len(kills)
        yield Chain(tuple(kills), not remark, remark)
        end_orphans(study.folder)
        shutil.rmtree(study.folder)


def difference(study: SmallStudy, reference: dict[str, bytes], status: int) -> str:
    """What is not as in the undisturbed study; empty where everything is."""
    if status != 0:
        return f"exit status {status}"
    made = study.made()
    named = sorted(set(made) ^ set(reference)) or [name for name in made if made[name] != reference[name]]
    return ", ".join(named)


def undisturbed(template: SmallStudy, place: Path) -> tuple[dict[str, bytes], float]:
    """What a run that nobody disturbs makes, and how many seconds it takes."""
    study = template.begun(place / "undisturbed")
    began = time.monotonic()
    study.complete()
    seconds = time.monotonic() - began
    made = study.made()
    os.replace(study.folder, place / "kept")
    return made, seconds
