"""Every estimator on simulated data with known values: bias, coverage of the 95 % interval, rejection under the null.

Run with `make validate` (2,000 replications, all processors, long); ARGS=--write puts the table into docs/validation.md with
command and commit; ARGS="--replications 200 --only rif" tries one. Seeds are fixed here, before anything is run.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import pandas as pd
from validation.case import Case, replicate

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_261_122
REPLICATIONS = 2_000
TOPICS = sorted(
    path.stem for path in (ROOT / "benchmarks/validation").glob("*.py") if path.stem not in ("__init__", "case")
)
HEADS = [
    "estimator",
    "design",
    "quantity",
    "true value",
    "n",
    "bias (its error)",
    "coverage",
    "rejection",
    "limits",
    "verdict",
]
INTRODUCTION = """# Validation: estimators on data whose truth is known

{replications} replications a case, seed {seed}, commit {commit}, `{command}`,
{seconds} s on {processors} processors. Each estimator alone, on data simulated for it, not the whole pipeline.
Coefficients must keep coverage of the 95 % interval, and rejection at 5 % where nothing is planted, within the exact
binomial 99.9 % limits of nominal: *within* or *OUTSIDE*. Tests without an estimate have no true value: their null is
true (or the truth is at its edge), and rejection at 5 % must keep to the limits; *conservative* is below them. Intervals
of shares and of R2 have their coverage *measured* and printed, no more. n: replications that gave an estimate; the others
were refused. A method that is OUTSIDE stays in the table: read its intervals accordingly. B: bootstrap draws; an interval
of few draws is a little short (95 % covers 93.8 at B = 199, 94.4 at 499, 95.0 at 999, which the study uses).

"""


def cases() -> list[Case]:
    """Every case of every topic, in a fixed order."""
    return [case for topic in TOPICS for case in import_module(f"validation.{topic}").CASES]


def run(job: tuple[int, int]) -> tuple[pd.DataFrame, float]:
    """One case by its number, and how long it took; for a worker, which makes the cases anew."""
    number, replications = job
    case, start = cases()[number], time.perf_counter()
    stream = crc32(f"{case.estimator} {case.design}".encode())  # its own, whatever other cases there are
    return replicate(case, replications, SEED, stream), time.perf_counter() - start


def line(row: dict) -> str:
    """One row of the table in Markdown."""
    forms = {
        "truth": ".4g",
        "replications": "d",
        "bias": "+.4f",
        "bias_error": ".4f",
        "coverage": ".3f",
        "rejection": ".3f",
    }
    shown = {name: "" if pd.isna(row[name]) else format(row[name], form) for name, form in forms.items()}
    bias = f"{shown['bias']} ({shown['bias_error']})" if shown["bias"] else ""
    cells = [row["estimator"], row["design"], row["quantity"], shown["truth"], shown["replications"], bias]
    cells += [shown["coverage"], shown["rejection"], f"{row['low']:.3f}-{row['high']:.3f}", row["verdict"]]
    return "| " + " | ".join(cells) + " |"


def page(table: pd.DataFrame, replications: int, seconds: float) -> str:
    """docs/validation.md."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    about = {
        "replications": f"{replications:,}",
        "seed": SEED,
        "commit": commit,
        "command": "make validate ARGS=--write",
    }
    text = INTRODUCTION.format(**about, seconds=round(seconds), processors=os.cpu_count())
    rows = [line(row) for row in table.to_dict("records")]
    return text + "\n".join(["| " + " | ".join(HEADS) + " |", "|---" * len(HEADS) + "|", *rows]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--only", default="", help="part of an estimator's name")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    asked = parser.parse_args()
    chosen = [number for number, case in enumerate(cases()) if asked.only in case.estimator]
    start, tables = time.perf_counter(), []
    with ProcessPoolExecutor() as pool:
        for number, (table, seconds) in zip(
            chosen, pool.map(run, [(number, asked.replications) for number in chosen]), strict=True
        ):
            print(f"{cases()[number].estimator}: {seconds:.0f} s", flush=True)
            print("\n".join(line(row) for row in table.to_dict("records")), flush=True)
            tables.append(table)
    if asked.write:
        everything = pd.concat(tables, ignore_index=True)
        (ROOT / "docs/validation.md").write_text(
            page(everything, asked.replications, time.perf_counter() - start), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
