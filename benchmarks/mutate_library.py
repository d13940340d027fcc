"""Mutation testing of the statistics library: how many small faults in its code do the tests notice?

Run with `make mutate` (400 faults, one processor, long); ARGS=--write puts the result into docs/mutation.md with command and
commit; ARGS="--sample 50 --only models/harvey" tries some of one module. The sample hangs on seed, number and code alone.
Faults that change nothing anyone could see are listed with a reason in benchmarks/mutation/equivalent.csv; they stay in the
table and are not counted as noticed.
"""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutation.operators import Mutant
from mutation.running import KILLED, SURVIVED, TIMEOUT, UNREACHED, copy_tree, import_heavy, judge, noticing, watch
from mutation.sample import all_mutants, sample

ROOT = Path(__file__).resolve().parent.parent
EQUIVALENT = Path(__file__).with_name("mutation") / "equivalent.csv"
SEED = 20_261_122
NOTICED = (KILLED, TIMEOUT)
EQUAL = "equivalent"
IDENTITY = ("path", "function", "operator", "old", "new")
INTRODUCTION = """# Mutation testing of the statistics library

{number} faults of {possible} that the operators can make in {modules} modules (models, multiverse, diagnostics, indicators, qca,
attribution, inference, power, geography, mergers, multiplicity, necessity), drawn with seed {seed}{first};
commit {commit}, `{command}`, {seconds} s on one processor. One fault at a time, in a copy of the tree; the tests that call
the faulty function run (tests/beleidsvrijheid, no Snakemake), the first failure decides; a test that does not end counts as
a failure.{before}

**{score:.1f} % noticed** ({noticed} of {counted}; {equal} equivalent ones left out). Counting those as not noticed: {strict:.1f} %.

Operators: comparison (`<` for `<=`, `==` for `!=`, `in` for `not in`), arithmetic (`+` for `-`, `*` for `/`, `**` for `*`, no
sign), constant (n + 1, True for False), boolean (`and` for `or`, no `not`, branches swapped), return (None), slice (no lower
or upper end), drop-call (statement left out, `sqrt(x)` -> `x`, `x.dropna()` -> `x`). Not touched: annotations, texts, what is
raised, `strict=` of `zip`.

"""


def equivalent(found: dict[str, list[Mutant]]) -> dict[Mutant, str]:
    """Faults among those found that change nothing that can be seen -> why.

    equivalent.csv names them by no line number, which moves: `which` counts those that are alike in a function, from 1.
    """
    alike: dict[tuple[str, ...], list[Mutant]] = {}
    for one in sorted((one for own in found.values() for one in own), key=lambda one: one.span):
        alike.setdefault(tuple(getattr(one, name) for name in IDENTITY), []).append(one)
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = [
            (tuple(row[name] for name in IDENTITY), int(row["which"]), row["reason"]) for row in csv.DictReader(file)
        ]
    return {alike[key][which - 1]: reason for key, which, reason in rows if key in alike}


def commit() -> str:
    """The commit of the code at hand, and whether files of it differ from that commit."""
    head, changed = (
        subprocess.run(["git", "-C", str(ROOT), *asked], capture_output=True, text=True).stdout.strip()
        for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "scripts", "benchmarks", "tests"])
    )
    return f"{head} with changes not yet committed" if changed else head


def told(mutant: Mutant, verdict: str) -> str:
    """One fault in one line."""
    old, new = (" ".join(text.split()) for text in (mutant.old, mutant.new))
    return f"{verdict}: {mutant.path}:{mutant.line} ({mutant.function}) {mutant.operator}: {old} -> {new}"


def cell(text: str) -> str:
    """A text as code in a cell of a Markdown table."""
    flat = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return f"`{flat}`" if len(flat) <= 90 else f"`{flat[:87]}...`"


def counts(results: list[tuple[Mutant, str]], attribute: str) -> list[str]:
    """Rows of the table by module folder or operator: tried, noticed, not noticed, equivalent."""
    groups: dict[str, Counter] = {}
    for mutant, verdict in results:
        name = mutant.operator if attribute == "operator" else mutant.path.removeprefix("scripts/beleidsvrijheid/")
        group = name.split("/")[0]
        kind = "noticed" if verdict in NOTICED else verdict if verdict == EQUAL else "missed"
        groups.setdefault(group, Counter())[kind] += 1
    return [
        f"| {name} | {sum(own.values())} | {own['noticed']} | {own['missed']} | {own[EQUAL]} |"
        for name, own in sorted(groups.items())
    ]


def page(results: list[tuple[Mutant, str]], reasons: dict[Mutant, str], run: dict) -> str:
    """docs/mutation.md of a run. reasons: see `equivalent`.

    run: possible, modules, seed, commit, command, seconds, before, first.
    """
    tried = Counter(verdict for _, verdict in results)
    noticed, counted = sum(tried[one] for one in NOTICED), len(results) - tried[EQUAL]
    shares = {"score": 100 * noticed / counted, "strict": 100 * noticed / len(results)}
    numbers = {"number": len(results), "noticed": noticed, "counted": counted, "equal": tried[EQUAL]}
    parts = [INTRODUCTION.format(**run, **shares, **numbers)]
    for attribute, title in (("path", "folder or module"), ("operator", "operator")):
        head = f"| {title} | tried | noticed | not noticed | equivalent |\n|---|---|---|---|---|\n"
        parts.append(head + "\n".join(counts(results, attribute)) + "\n\n")
    parts.append("## Not noticed\n\n| where | function | operator | was | became | |\n|---|---|---|---|---|---|\n")
    for mutant, verdict in sorted(results, key=lambda one: (one[0].path, one[0].span)):
        if verdict in (SURVIVED, UNREACHED):
            place = f"{mutant.path.removeprefix('scripts/beleidsvrijheid/')}:{mutant.line}"
            why = verdict if verdict == UNREACHED else ""
            parts.append(
                f"| {place} | {mutant.function} | {mutant.operator} | {cell(mutant.old)} | {cell(mutant.new)} | {why} |\n"
            )
    parts.append(
        "\n## Equivalent\n\n| where | operator | was | became | why nothing can notice it |\n|---|---|---|---|---|\n"
    )
    for mutant, verdict in results:
        if verdict == EQUAL:
            place = f"{mutant.path.removeprefix('scripts/beleidsvrijheid/')}:{mutant.line}"
            parts.append(
                f"| {place} | {mutant.operator} | {cell(mutant.old)} | {cell(mutant.new)} | {reasons[mutant]} |\n"
            )
    return "".join(parts)


def read_journal(path: Path | None) -> dict[str, tuple[str, str]]:
    """What earlier runs noticed: fault and its module as it was -> verdict and commit."""
    lines = path.read_text(encoding="utf-8").splitlines() if path and path.is_file() else []
    rows = [json.loads(line) for line in lines]
    return {row["fault"]: (row["verdict"], row["commit"]) for row in rows if row["verdict"] in NOTICED}


def fingerprint(mutant: Mutant) -> str:
    """A fault in a module as it is now: once noticed it stays so, as long as no test is taken away."""
    source = (ROOT / mutant.path).read_bytes()
    return hashlib.sha256(repr((hashlib.sha256(source).hexdigest(), mutant)).encode()).hexdigest()


def verdicts(
    chosen: list[Mutant], reasons: dict[Mutant, str], journal: Path | None, head: str, minutes: float
) -> tuple[list[tuple[Mutant, str]], list[str]]:
    """Each fault with what became of it, printed as it goes; the earlier commits that a verdict comes from."""
    known = read_journal(journal)
    results: list[tuple[Mutant, str]] = []
    earlier: list[str] = []
    end = time.perf_counter() + 60 * minutes
    import_heavy()
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-mutation-") as folder:
        tree = copy_tree(ROOT, Path(folder).resolve() / "project")
        calls, seconds = watch(tree, journal and journal.with_suffix(".calls.json"))
        print(f"{len(seconds)} tests pass without a fault", flush=True)
        for number, mutant in enumerate(chosen, 1):
            mark = fingerprint(mutant)
            if time.perf_counter() > end:
                break  # not only what is known: that would be the noticed ones
            verdict = known[mark][0] if mark in known else judge(mutant, tree, noticing(mutant, calls, seconds))
            if journal and mark not in known:
                with journal.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"fault": mark, "verdict": verdict, "commit": head}) + "\n")
            if verdict in (SURVIVED, UNREACHED) and mutant in reasons:
                verdict = EQUAL
            results.append((mutant, verdict))
            earlier += [known[mark][1]] if mark in known else []
            print(f"{number}/{len(chosen)} {told(mutant, verdict)}", flush=True)
    return results, [f"{earlier.count(one)} at {one}" for one in sorted(set(earlier))]


def main() -> None:
    """Try a sample of faults, print what was noticed, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400, metavar="N", help="how many faults (400)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the sample ({SEED})")
    parser.add_argument("--only", default="", metavar="TEXT", help="modules whose path has this text")
    parser.add_argument(
        "--journal", type=Path, metavar="FILE", help="keep verdicts; what was noticed is not tried again"
    )
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no further fault after so many")
    parser.add_argument("--write", action="store_true", help="write docs/mutation.md")
    asked = parser.parse_args()
    start, head = time.perf_counter(), commit()
    found = {name: own for name, own in all_mutants(ROOT).items() if asked.only in name}
    if not found:
        parser.error(f"no module of the statistics library has {asked.only!r} in its path")
    reasons, chosen = equivalent(found), sample(found, asked.sample, asked.seed)
    results, earlier = verdicts(chosen, reasons, asked.journal, head, asked.minutes)
    arguments = " ".join(sys.argv[1:])
    run = {"possible": sum(map(len, found.values())), "modules": len(found), "seed": asked.seed, "commit": head}
    run |= {"command": f'make mutate ARGS="{arguments}"' if arguments else "make mutate"}
    first = (
        ", at least one per module" if len(results) >= asked.sample else f", the first of a sample of {asked.sample}"
    )
    before = f" Noticed before, in the same module, and not tried again: {'; '.join(earlier)}." if earlier else ""
    text = page(
        results, reasons, run | {"seconds": round(time.perf_counter() - start), "before": before, "first": first}
    )
    print(text.split("\n\n")[2])
    if asked.write:
        (ROOT / "docs" / "mutation.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    main()
