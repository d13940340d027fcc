"""Bad input tried, and what became of it: runs tests/bad_input and counts per class.

Run with `make badinput`; ARGS=--write writes docs/bad-input.md. Exit status 1 where an input passed in silence, ended in a
traceback or was run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/bad-input.md"
KEPT = "BELEIDSVRIJHEID_BAD_INPUT"  # where the tests leave their counts
COLUMNS = ("area", "group", "tried", "refused", "counted", "inert", "unclear", "silent", "traceback", "executed")
WRONG = ("unclear", "silent", "traceback", "executed")
HEAD = """# Bad input: tried, and what became of it

{tried} attempts, commit {commit}, `make badinput ARGS=--write`, {seconds:.0f} s on {processors} processors ({passed}).

Each attempt calls the reader or validator that a run calls, in one process; the area *end to end* goes through Snakemake.
*refused*: one message that names file and place. *counted*: a check of `data_quality.csv` says how many rows are concerned.
*inert*: read as the unspoilt file, or shown as text by the program that would have run it. What should not be: *unclear* (a
message without file or place), *silent*, *traceback*, *executed* (a canary file was made, or markup came through).

"""


def run_tests(folder: Path) -> tuple[list[dict], str, float]:
    """Counts per group, the last line of pytest, seconds."""
    kept = folder / "counts.json"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "logical", "--maxprocesses", "4", "tests/bad_input"]
    # The page is what this run is to write, so that its own test waits.
    command += ["-p", "no:cacheprovider", "--deselect"]
    command += ["tests/bad_input/test_account.py::test_the_published_table_has_enough_and_nothing_wrong"]
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {KEPT: str(kept)}, capture_output=True, text=True)
    seconds = time.monotonic() - start
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
    if done.returncode:
        print(done.stdout[-5000:], file=sys.stderr)
    return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else [], last.strip("= "), seconds


def table(rows: list[dict]) -> str:
    """The counts as a table of Markdown, with a last row of sums per area."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * 2}{'--:|' * (len(COLUMNS) - 2)}"]
    lines += [f"| {' | '.join(str(row[name]) for name in COLUMNS)} |" for row in rows]
    sums = [f"**{name}** {sum(row[name] for row in rows)}" for name in COLUMNS[2:]]
    return "\n".join([*lines, "", f"All together: {', '.join(sums)}.", ""])


def git(*words: str) -> str:
    """What git answers."""
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()


def main(arguments: list[str]) -> int:
    """Run, print, and write where asked. Returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        rows, passed, seconds = run_tests(Path(folder))
    print(table(rows))
    print(passed)
    changed = " with changes not yet committed" if git("status", "--porcelain", "--untracked-files=no") else ""
    if "--write" in arguments and rows:
        facts = {"tried": sum(row["tried"] for row in rows), "commit": git("rev-parse", "HEAD") + changed}
        facts |= {"seconds": seconds, "processors": os.cpu_count(), "passed": passed}
        PAGE.write_text(HEAD.format(**facts) + table(rows), encoding="utf-8")
    is_clean = rows and not any(row[name] for row in rows for name in WRONG) and "failed" not in passed
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
