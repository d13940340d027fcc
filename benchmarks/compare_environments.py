"""One study in many environments: how many hashes have the result files, and how far do processor kernels differ?

Run with `make environments` (nine whole runs of the tiny study, then every specification and table on each OpenBLAS kernel that
this processor can run); ARGS=--write puts the result into docs/environments.md with command and commit; ARGS="--runs 3" makes
fewer runs, of which the first three have each another value of everything (the hash seed is random there).
"""

import argparse
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("C.UTF-8", "nl_BE.UTF-8", "C")
ZONES = ("UTC", "Pacific/Auckland", "America/St_Johns")
SEEDS = ("random", "0", "1")
JOBS = ("1", "2", "4")
UMASKS = (0o022, 0o077, 0o027)
FOLDERS = ("study", "ergens anders (één)", "a/b c/d")
KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
KERNEL_OF = "import numpy.linalg as l, numpy as n; l.eigh(n.eye(3)); import scipy.linalg as s; s.eigh(n.eye(3))"
INTRODUCTION = """# One study in other environments

Commit {commit}, `{command}`, {seconds} s.

## Whole runs

The tiny study (tests/study) from its configuration on, every file of `results/` and `data/` hashed, logs included.
{locale}

**{environments} environments, {hashes} hash{plural}.**

| locale | time zone | PYTHONHASHSEED | jobs | umask | folder | files | sha256 of all |
|---|---|---|---|---|---|---|---|
"""
WITHOUT_RUNS = """# One study in other environments

Commit {commit}, `{command}`, {seconds} s. No whole runs in this page: `make environments ARGS=--write` puts nine here (two are
compared by `tests/test_determinism.py`: other locale, time zone, hash seed, number of jobs, folder and umask).
"""
KERNELS_HEAD = """
## Processor kernels

The finished study's panel, every specification and every table of these on each OpenBLAS kernel (OPENBLAS_CORETYPE) that this
processor runs, beside {base}. Files as written: ten significant digits, what is below 1e-12 of its scale as 0.

**Largest relative difference {largest:.1e}; cells of tables that differ: {cells}.**

| kernel | files | with other bytes | numbers that differ | largest relative difference | cells of tables that differ |
|---|---|---|---|---|---|
"""


def environments() -> list[dict]:
    """Nine environments, an orthogonal array: any locale meets any time zone, hash seed and number of jobs, and so on.

    The umask goes with the time zone, the folder with the locale.
    """
    rows = []
    for number in range(9):
        i = number % 3
        j = (i + number // 3) % 3
        kinds = {"locale": (LOCALES, j), "zone": (ZONES, i + j), "seed": (SEEDS, i + 2 * j), "jobs": (JOBS, i)}
        kinds |= {"umask": (UMASKS, i + j), "folder": (FOLDERS, j)}
        rows.append({name: values[place % 3] for name, (values, place) in kinds.items()})
    return rows


def belgian(folder: Path) -> dict[str, str]:
    """Variables by which nl_BE is found: nothing where the system has it, LOCPATH where it can be compiled here."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower().replace("-", "").split()
    if "nl_be.utf8" in listed:
        return {}
    made = subprocess.run(["localedef", "-i", "nl_BE", "-f", "UTF-8", str(folder / "nl_BE.UTF-8")], capture_output=True)
    return {"LOCPATH": str(folder)} if made.returncode == 0 else {"LC_ALL": "C"}


def run_study(entry: dict, parent: Path, variables: dict[str, str]) -> tuple[int, str, Path]:
    """One whole run: number of files, the hash of all, the folder."""
    folder = parent / entry["folder"]
    folder.mkdir(parents=True)
    shutil.copy2(ROOT / "tests/study/config.yaml", folder)
    own = {"LC_ALL": entry["locale"], "TZ": entry["zone"], "PYTHONHASHSEED": entry["seed"]}
    own |= variables if entry["locale"].startswith("nl_BE") else {}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    done = subprocess.run(
        [*command, f"-c{entry['jobs']}"],
        env=os.environ | ONE_THREAD | own,
        umask=entry["umask"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{entry}: the study did not end\n{done.stderr[-2000:]}")
    paths = sorted(path for part in ("results", "data") for path in (folder / part).rglob("*") if path.is_file())
    lines = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    return len(paths), hashlib.sha256("\n".join(lines).encode()).hexdigest(), folder


def runs_here(kernel: str) -> bool:
    """Whether this processor runs the kernel: tried in a child, which may die of it, and by what the library says it took."""
    verbose = ONE_THREAD | {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_VERBOSE": "2"}
    done = subprocess.run([sys.executable, "-c", KERNEL_OF], env=os.environ | verbose, capture_output=True, text=True)
    said = {
        line.removeprefix("Core: ") for line in (done.stdout + done.stderr).splitlines() if line.startswith("Core: ")
    }
    return done.returncode == 0 and said == {{"Prescott": "Katmai"}.get(kernel, kernel)}


def estimate(study: Path, folder: Path, kernel: str, names: list[str]) -> Path:
    """The specifications and tables of a finished study again, on this kernel; the folder with the files."""
    script = ROOT / "benchmarks/environments/estimating.py"
    command = [sys.executable, str(script), str(ROOT), str(study), str(folder / kernel), *names]
    variables = ONE_THREAD | {"OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run(command, env=os.environ | variables, check=True, capture_output=True)
    return folder / kernel / "results"


def leaves(path: Path) -> Iterator[tuple[tuple, object]]:
    """Every cell of a CSV or value of a JSON file, with its place."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from (
                ((row, column), cell) for row, line in enumerate(csv.reader(file)) for column, cell in enumerate(line)
            )
        return

    def walk(value: object, place: tuple) -> Iterator[tuple[tuple, object]]:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
        if inner is None:
            yield place, value
        for key, item in inner or ():
            yield from walk(item, (*place, key))

    yield from walk(json.loads(path.read_text(encoding="utf-8")), ())


def difference(here: object, there: object) -> float:
    """Relative difference of two cells; infinite where one is no number."""
    try:
        one, other = float(here), float(there)
    except (TypeError, ValueError):
        return float("inf")
    return abs(one - other) / max(abs(one), abs(other)) if one != other else 0.0


def compare(first: Path, second: Path) -> dict:
    """Files, files with other bytes, numbers that differ, the largest relative difference, cells of tables that differ."""
    paths = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    found = {"files": len(paths), "other": 0, "numbers": 0, "largest": 0.0, "cells": 0}
    for path in paths:
        if (first / path).read_bytes() == (second / path).read_bytes():
            continue
        found["other"] += 1
        if path.suffix not in (".csv", ".json"):
            found["cells"] += 1
            continue
        before, after = dict(leaves(first / path)), dict(leaves(second / path))
        for place in before.keys() | after.keys():
            if (here := before.get(place)) != (there := after.get(place)):
                found["cells" if path.parts[0] == "tables" else "numbers"] += 1
                found["largest"] = max(found["largest"], difference(here, there))
    return found


def compare_kernels(study: Path, folder: Path, names: list[str]) -> tuple[str, dict[str, dict]]:
    """The kernel that is the base, and each other's differences from it."""
    there = [kernel for kernel in KERNELS if runs_here(kernel)]
    if not there:
        sys.exit("no kernel of OpenBLAS can be chosen here: not an x86-64 processor, or another library")
    made = {kernel: estimate(study, folder, kernel, names) for kernel in there}
    base = there[-1]
    return base, {kernel: compare(made[base], made[kernel]) for kernel in there[:-1]}


def commit() -> str:
    """The commit of the code at hand, and whether files of it differ from that commit."""
    head, changed = (
        subprocess.run(["git", "-C", str(ROOT), *asked], capture_output=True, text=True).stdout.strip()
        for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "scripts", "benchmarks", "workflow"])
    )
    return f"{head} with changes not yet committed" if changed else head


def page(done: list[tuple[dict, int, str]], kernels: tuple[str, dict[str, dict]], run: dict) -> str:
    """docs/environments.md. done: environment, files, hash. run: commit, command, seconds, locale."""
    hashes = Counter(sha256 for *_, sha256 in done)
    told = {"environments": len(done), "hashes": len(hashes), "plural": "" if len(hashes) == 1 else "es"}
    lines = [INTRODUCTION.format(**told, **run) if done else WITHOUT_RUNS.format(**run)]
    for entry, files, sha256 in done:
        cells = [entry["locale"], entry["zone"], entry["seed"], entry["jobs"], f"{entry['umask']:03o}", entry["folder"]]
        lines.append(f"| {' | '.join(cells)} | {files} | {sha256[:16]} |\n")
    base, others = kernels
    totals = {
        "largest": max(one["largest"] for one in others.values()),
        "cells": sum(one["cells"] for one in others.values()),
    }
    lines.append(KERNELS_HEAD.format(base=base, **totals))
    for kernel, one in others.items():
        numbers = f"{one['files']} | {one['other']} | {one['numbers']} | {one['largest']:.1e} | {one['cells']}"
        lines.append(f"| {kernel} | {numbers} |\n")
    return "".join(lines)


def main() -> None:
    """Run, compare, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, choices=range(10), metavar="N", help="whole runs (9)")
    parser.add_argument(
        "--study", type=Path, metavar="FOLDER", help="finished study for the kernels where there is no run"
    )
    parser.add_argument("--write", action="store_true", help="write docs/environments.md")
    asked = parser.parse_args()
    if not (asked.runs or asked.study):
        parser.error("--runs 0 needs --study: a finished study, of which the kernels estimate the specifications again")
    study = asked.study
    start, head, done = time.perf_counter(), commit(), []
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-environments-") as place:
        folder = Path(place).resolve()
        variables = belgian(folder)
        for number, entry in enumerate(environments()[: asked.runs]):
            files, sha256, study = run_study(entry, folder / str(number), variables)
            done.append((entry, files, sha256))
            print(number + 1, *entry.values(), files, sha256[:16], flush=True)
        kernels = compare_kernels(study.resolve(), folder / "kernels", [])
    how = {"LOCPATH": "nl_BE was compiled for these runs alone.", "LC_ALL": "nl_BE is not here: C in its place."}
    said = {"locale": next((how[key] for key in variables), "nl_BE is that of the system.")}
    arguments = " ".join(sys.argv[1:])
    said |= {"commit": head, "command": f'make environments ARGS="{arguments}"' if arguments else "make environments"}
    text = page(done, kernels, said | {"seconds": round(time.perf_counter() - start)})
    print(text)
    if asked.write:
        (ROOT / "docs" / "environments.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
