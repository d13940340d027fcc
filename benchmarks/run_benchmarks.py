"""Time and memory of reading a wide BBC export, of E3, and of the default study: from nothing, and after one edit.

Run with `make bench`. Works in a temporary folder; the default study's own results are not touched. Memory is
the largest sum, over all processes of the run at one moment, of resident memory (RSS, sampled five times a
second); what processes share is counted once for each, so the true figure is below it.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import measure_location_scale
import measure_multiverse
import measure_parsing
import psutil
import yaml
from measure_multiverse import Figure, shown
from validate_estimators import commit

ROOT = Path(__file__).resolve().parent.parent
SECONDS_BETWEEN_SAMPLES = 0.2
GIBIBYTE = 2**30
LIBRARIES = ("numpy", "scipy", "pandas", "linearmodels", "statsmodels", "snakemake")
INTRODUCTION = """# Benchmark

Made by `{command}`.

{machine}

Rows of specifications, draws and municipalities: medians of five runs, imports not counted; of growth: medians of
processor time, fifteen runs of estimates and five of permutations; of peers where `--peers` is not given: one run; of
reading and E3: the best of three fresh processes; of the default study: one run. One thread where none are named. Peers
get the same simulated panel in the same run, each in a process of its own, from a virtual environment that the benchmark
makes and removes, with our versions of numpy, pandas, scipy, linearmodels and statsmodels. *Numbers apart*: the largest
relative difference of slopes and standard errors from ours over all specifications.
"""
FLOOR = """
## The numpy floor

As `benchmarks/numpy_floor.py` has it; `universe.values` has the outcome in column 0 and the focal regressor in column 1.
"""


@dataclass(frozen=True)
class Run:
    """One run: wall time, largest memory of all its processes together, jobs done."""

    name: str
    seconds: float
    gibibytes: float
    jobs: int


def memory(process: psutil.Process) -> int:
    """Resident bytes of a process; 0 when it ended meanwhile."""
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def tree_memory(root: psutil.Process) -> int:
    """Bytes of a process and everything it started."""
    try:
        return sum(memory(process) for process in [root, *root.children(recursive=True)])
    except psutil.Error:
        return 0


def run_study(name: str, study: Path, cores: str) -> Run:
    """Run Snakemake over a study folder. Exits with Snakemake's own words when it fails."""
    command = [sys.executable, "-m", "snakemake", "--directory", study, "--cores", cores]
    log = study / f"{name}.log"
    began = time.perf_counter()
    with open(log, "w", encoding="utf-8") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        root, largest = psutil.Process(child.pid), 0
        while child.poll() is None:
            largest = max(largest, tree_memory(root))
            time.sleep(SECONDS_BETWEEN_SAMPLES)
    seconds = time.perf_counter() - began
    text = log.read_text(encoding="utf-8")
    if child.returncode != 0:
        sys.exit(f"{name}: Snakemake failed:\n{text[-3000:]}")
    return Run(name, seconds, largest / GIBIBYTE, jobs_done(text))


def jobs_done(output: str) -> int:
    """The number of jobs in Snakemake's last progress line; 0 when there was nothing to do."""
    progress = re.findall(r"^(\d+) of \d+ steps", output, re.MULTILINE)
    return int(progress[-1]) if progress else 0


def stage_costs(study: Path) -> list[Figure]:
    """Seconds of all jobs of each rule together, from Snakemake's own record of when each began and ended."""
    spans: dict[tuple[str, ...], tuple[str, float, float]] = {}  # per job, which its log names, over all its outputs
    for path in (study / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            record = json.loads(path.read_text(encoding="utf-8"))
            job, start, end = tuple(record["log"]), record["starttime"], record["endtime"]
            _, first, last = spans.get(job, ("", start, end))
            spans[job] = (record["rule"], min(first, start), max(last, end))
    costs: dict[str, list[float]] = {}
    for rule, start, end in spans.values():
        costs.setdefault(rule, []).append(end - start)
    return [
        Figure("from nothing, by rule", f"{rule}, {len(seconds)} jobs", sum(seconds), "job-seconds", None)
        for rule, seconds in sorted(costs.items(), key=lambda cost: -sum(cost[1]))
    ]


def edit_one_specification(config: Path) -> str:
    """Give one specification, which nothing extends, one control less than it inherits. Returns its name."""
    text = config.read_text(encoding="utf-8")
    specifications = yaml.safe_load(text)["specifications"]
    extended = {entry.get("extends") for entry in specifications.values()}
    for name, entry in specifications.items():
        inherited = specifications.get(entry.get("extends"), {}).get("controls", [])
        head = f"\n  {name}:\n"
        if inherited and "controls" not in entry and name not in extended and text.count(head) == 1:
            edited = text.replace(head, f"{head}    controls: [{', '.join(inherited[:-1])}]\n")
            config.write_text(edited, encoding="utf-8")
            return name
    sys.exit("config.yaml: no specification inherits controls, so there is none to edit for this benchmark")


def measure(cores: str) -> list[Figure]:
    """Both runs, in a folder of their own that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-bench-") as folder:
        study = Path(folder)
        shutil.copy(ROOT / "config.yaml", study)
        fresh = run_study("from nothing", study, cores)
        costs = stage_costs(study)
        edited = edit_one_specification(study / "config.yaml")
        again = run_study("one specification edited", study, cores)
    print(f"Edited specification: {edited}\n")
    return [
        Figure(fresh.name, "wall time", fresh.seconds, "s", 150),
        Figure(fresh.name, "peak memory, all processes", fresh.gibibytes, "GiB", 1.5),
        Figure(fresh.name, "jobs", fresh.jobs, "", None),
        *costs,
        Figure(again.name, "wall time", again.seconds, "s", 10),
        Figure(again.name, "peak memory, all processes", again.gibibytes, "GiB", 1.5),
        Figure(again.name, "jobs", again.jobs, "", None),
    ]


def measure_parser() -> list[Figure]:
    """Our reader of wide BBC exports beside pandas on the same file, and on one with ten times as many columns."""
    found = measure_parsing.measure()
    ours, floor, wide = found["ours"], found["pandas"], found["ours_wide"]
    name = f"BBC export, {ours.cells:,} cells"
    wider = f"BBC export, {wide.cells:,} cells"
    return [
        Figure(name, "wall time", ours.seconds, "s", 3),
        Figure(name, "peak memory", ours.mebibytes, "MiB", 500),
        Figure(name, "pandas.read_csv(dtype=str), wall time", floor.seconds, "s", None),
        Figure(name, "times the time of pandas", ours.seconds / floor.seconds, "x", None),
        Figure(wider, "wall time", wide.seconds, "s", None),
        Figure(wider, "times the time of the narrow one", wide.seconds / ours.seconds, "x", 11),
        Figure(wider, "peak memory", wide.mebibytes, "MiB", None),
        Figure(wider, "pandas.read_csv(dtype=str), wall time", found["pandas_wide"].seconds, "s", None),
    ]


def measure_e3() -> list[Figure]:
    """The location-scale model on more rows than any study of Flanders has."""
    rows, seconds = measure_location_scale.measure()
    return [Figure(f"location-scale model (E3), {rows:,} rows", "wall time", seconds, "s", 2)]


def machine(cores: str) -> list[str]:
    """What it was measured on, and with which versions."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"(?m)^model name\s*: (.+)$", cpuinfo.read_text(encoding="utf-8")) if cpuinfo.exists() else []
    used = os.cpu_count() if cores == "all" else cores
    memory = psutil.virtual_memory().total / GIBIBYTE
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"- Machine: {platform.system()} {platform.machine()}, {(models or [platform.processor()])[0]}, "
        f"{os.cpu_count()} cores of which {used} used, {memory:.0f} GiB of memory.",
        f"- Versions: Python {platform.python_version()}, {versions}; those of peers are in the table.",
        f"- Commit: {commit() or 'not known'}.",
    ]


def as_table(measures: list[Figure]) -> str:
    """A Markdown table."""
    lines = ["| run | measure | value | target | verdict |", "|---|---|---|---|---|", *map(shown, measures)]
    return "\n".join(lines) + "\n"


def as_page(measures: list[Figure], cores: str, command: str) -> str:
    """docs/benchmark.md: how it was measured, the table, and the code of the floor as it is."""
    floor = (Path(__file__).parent / "numpy_floor.py").read_text(encoding="utf-8")
    head = INTRODUCTION.format(command=command, machine="\n".join(machine(cores)))
    return f"{head}\n{as_table(measures)}{FLOOR}\n```python\n{floor}```\n"


def main() -> None:
    """Measure, print, and with --write also keep the table in docs/benchmark.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", default="all", help="cores for Snakemake (default: all)")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmark.md")
    parser.add_argument(
        "--peers", action="store_true", help="other software too, in an environment that is removed again"
    )
    options = parser.parse_args()
    multiverses = measure_multiverse.measure(peers=options.peers)
    measures = [*multiverses, *measure_parser(), *measure_e3(), *measure(options.cores)]
    print(as_table(measures))
    if options.write:
        command = f"make bench ARGS='{' '.join(sys.argv[1:])}'"
        page = as_page(measures, options.cores, command)
        (ROOT / "docs" / "benchmark.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
