"""Every fault at its full size, measured; docs/faults.md is written from the log.

Run with `make faults` (about an hour): ARGS="--kills 20" tries fewer, ARGS=--write writes the page. Each outcome goes into the
log (results/faults.jsonl) at once, so that an interrupted run has measured something.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from . import faults
from .kills import VICTIMS, chains, undisturbed
from .small_study import SmallStudy, make_small_study

ROOT = Path(__file__).resolve().parents[2]
SEED = 20200101
LATEST = 0.6  # moments of kills, as a share of an undisturbed run: late enough to reach its jobs
SIZES = 30
MEMORY = [300, 450, 600, 900, 1200, 1500]  # megabytes of address space
PAGE = """# Faults: tried, refused, survived

Written by `{command}` at commit {commit}, from runs of a small study ({files} files of processed data and results, {seconds} s
undisturbed on the machine as busy as it was; seed {seed}). After each fault the study is run again by the same command,
without any flag, and every file under `data/processed` and `results`, logs and manifest included, is compared byte by byte with the
study that nobody disturbed. *Refused* counts runs that ended with a message and an exit status other than zero; *lost* names files
that are absent or differ in the end.

| fault | tried | refused | survived | lost |
|---|---|---|---|---|
{rows}

Kills are at random moments of a run, {latest} s after its start at the latest; studies: {chains}, each killed and resumed
until it is complete, and then compared. When they came {alive} processes lived on average, and between {least} and {most} files
were made; {midway} kills came when there were some files and not all.

With the clock a day behind, Snakemake refuses results that would be older than what they are made from, by name; with the
right clock the same command ends the study.

- *everything*: the runner, Snakemake and its jobs at once, as by a power cut or the end of a container.
- *runner*: `workflow/run_study.py` alone; Snakemake and its jobs go on as orphans, which the next run ends.
- *snakemake*: Snakemake alone; the runner ends its jobs and says so.

Beyond these, `tests/faults/test_faults.py` changes results by hand, cuts and flips intermediate files under older dates,
replaces inputs and code under older dates and deletes Snakemake's records: a run names what it found and makes it again
([verification](verification.md)). Not tried: a power cut of a real machine, network file systems, disks that return wrong
bytes while they are read.
"""


def commit() -> str:
    """The commit of the code at hand, and whether files of it differ from that commit."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=10", "HEAD") + (" with changes not yet committed" if changed else "")


def others(template: SmallStudy, reference: dict[str, bytes], place: Path) -> Iterator[faults.Outcome]:
    """Every fault that is no kill."""
    if not faults.can_mount(place / "try"):
        yield faults.disk_full(template, reference, place, SIZES)
    yield faults.read_only_results(template, reference, place)
    yield faults.unreadable_input(template, reference, place)
    yield faults.clock_set_back(template, reference, place)
    if faults.libfaketime():
        yield faults.clock_behind(template, reference, place)
    yield faults.two_runs(template, reference, place)
    yield faults.memory_limit(template, reference, place, MEMORY)
    yield faults.results_vanish(template, reference, place)
    yield faults.corrupted_remote(template, reference, place)


def measure(place: Path, options: argparse.Namespace) -> None:
    """Try what the options ask for; one line of JSON per outcome."""
    template = make_small_study(place)
    reference, seconds = undisturbed(template, place)
    template = SmallStudy(place / "kept", template.project)
    latest = round(LATEST * seconds, 1)
    start = {"commit": commit(), "seed": options.seed, "seconds": round(seconds, 1), "latest": latest}
    with open(options.log, "a", encoding="utf-8") as file:
        print(json.dumps({**start, "files": len(reference)}), file=file, flush=True)
        for outcome in others(template, reference, place) if options.others else ():
            print(json.dumps(asdict(outcome)), file=file, flush=True)
        for chain in chains(template, reference, place, options.kills, options.seed, latest) if options.kills else ():
            print(json.dumps(asdict(chain)), file=file, flush=True)


def page(log: Path) -> str:
    """docs/faults.md from a log."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    start = next(line for line in lines if "seconds" in line)
    studies = [line for line in lines if "kills" in line]
    kills = [(kill, study) for study in studies for kill in study["kills"]]
    tried = Counter(kill["victim"] for kill, _ in kills)
    whole = Counter(kill["victim"] for kill, study in kills if study["is_identical"])
    lost = "; ".join(study["remark"].splitlines()[0] for study in studies if not study["is_identical"]) or "none"
    rows = [f"| kill -9 of {victim} | {tried[victim]} | | {whole[victim]} | {lost} |" for victim in VICTIMS]
    for line in lines:
        if "fault" in line:
            survived = 0 if line["lost"] else line["tried"]
            rows.append(
                f"| {line['fault']} | {line['tried']} | {line['refused']} | {survived} | {line['lost'] or 'none'} |"
            )
    counts = [kill["files"] for kill, _ in kills] or [0]
    alive = [kill["alive"] for kill, _ in kills] or [0]
    numbers = {
        "chains": len(studies),
        "least": min(counts),
        "most": max(counts),
        "midway": sum(0 < count < start["files"] for count in counts),
        "alive": round(sum(alive) / len(alive), 1),
    }
    return PAGE.format(**start, **numbers, rows="\n".join(rows), command="make faults ARGS=--write")


def main(arguments: list[str]) -> int:
    """Run the faults that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many kills (default: 200)")
    parser.add_argument("--no-others", dest="others", action="store_false", help="kills alone")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--log", type=Path, default=ROOT / "results" / "faults.jsonl", help="where each line goes at once"
    )
    parser.add_argument("--page-only", action="store_true", help="write docs/faults.md from the log as it is")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    options = parser.parse_args(arguments)
    options.log.parent.mkdir(parents=True, exist_ok=True)
    if not options.page_only:
        options.log.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-faults-") as place:
            measure(Path(place), options)
    text = page(options.log)
    if options.write or options.page_only:
        (ROOT / "docs" / "faults.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if '"is_identical": false' not in options.log.read_text(encoding="utf-8") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
