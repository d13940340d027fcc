"""Every estimator on simulated data with known values: bias, coverage of the 95 % interval, rejection under the null.

Run with `make validate` (2,000 replications, all processors, long); ARGS=--write puts the table into docs/validation.md with
command and commit; ARGS="--replications 200 --only rif" tries one, and with --write puts its rows in place of the old
ones, saying so above the table. Seeds are fixed here, before anything is run.
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
of few draws is a little short: by theory it covers .95 (B - 1) / (B + 1), 94.1 % at B = 199, 94.6 at 499 and 94.8 at 999,
which the study uses.

"""


HEAD = "| " + " | ".join(HEADS) + " |"
LATER = "- Run later: "


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


def commit() -> str:
    """The commit of the code at hand, and whether files of it differ from that commit."""
    head, changed = (
        subprocess.run(["git", "-C", str(ROOT), *asked], capture_output=True, text=True).stdout.strip()
        for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "scripts", "benchmarks"])
    )
    return f"{head} with changes not yet committed" if changed else head


def page(table: pd.DataFrame, run: dict) -> str:
    """docs/validation.md of a whole run. run: replications, seed, commit, command, seconds, processors."""
    rows = [line(row) for row in table.to_dict("records")]
    return INTRODUCTION.format(**run) + "\n".join([HEAD, "|---" * len(HEADS) + "|", *rows]) + "\n"


def amended(old: str, table: pd.DataFrame, run: dict, order: list[str]) -> str:
    """docs/validation.md with the rows of these estimators in place of theirs, and a line that says so.

    old: the page. order: all estimators in the order of the table; rows of others go.
    """
    above, _, below = old.partition(HEAD)
    rule, *kept = below.strip().splitlines()
    rows = {name: [text for text in kept if text.startswith(f"| {name} |")] for name in order}
    rows |= {name: [line(row) for row in own.to_dict("records")] for name, own in table.groupby("estimator")}
    names = "; ".join(dict.fromkeys(table["estimator"]))
    earlier = [text for text in above.splitlines() if not text.startswith(f"{LATER}{names}: ")]
    said = LATER + names + ": {replications} replications, commit {commit}, `{command}`, {seconds} s.".format(**run)
    while not earlier[-1]:
        earlier.pop()
    gap = [] if earlier[-1].startswith(LATER) else [""]
    return "\n".join([*earlier, *gap, said, "", HEAD, rule, *(text for own in rows.values() for text in own)]) + "\n"


def about(replications: int, only: list[str], seconds: float) -> dict:
    """How a run was made."""
    command = "make validate ARGS=--write"
    if only:
        command = "make validate ARGS='--write --only {}'".format(" ".join(f'"{part}"' for part in only))
    shown = {"replications": f"{replications:,}", "seed": SEED, "commit": commit(), "command": command}
    return shown | {"seconds": round(seconds), "processors": os.cpu_count()}


def write(table: pd.DataFrame, run: dict, order: list[str]) -> None:
    """Write the page anew, or with an order of estimators amend the one that is there."""
    path = ROOT / "docs/validation.md"
    text = amended(path.read_text(encoding="utf-8"), table, run, order) if order else page(table, run)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--only", nargs="*", default=[], help="parts of estimators' names")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    asked = parser.parse_args()
    names = [case.estimator for case in cases()]
    chosen = [at for at, name in enumerate(names) if not asked.only or any(part in name for part in asked.only)]
    start, tables = time.perf_counter(), []
    with ProcessPoolExecutor() as pool:
        for number, (table, seconds) in zip(
            chosen, pool.map(run, [(number, asked.replications) for number in chosen]), strict=True
        ):
            print(f"{names[number]}: {seconds:.0f} s", flush=True)
            print("\n".join(line(row) for row in table.to_dict("records")), flush=True)
            tables.append(table)
    if asked.write:
        made = about(asked.replications, asked.only, time.perf_counter() - start)
        write(pd.concat(tables, ignore_index=True), made, names if asked.only else [])


if __name__ == "__main__":
    main()
