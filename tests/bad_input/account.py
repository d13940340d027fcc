"""What became of every bad input that the tests tried: one line per attempt, counted per class.

An attempt ends in one of RESULTS. The first three are what should happen: a message, a check of data_quality.csv that counts
what is wrong, or a result as if nothing had been there (the payload is text, the file reads as the unspoilt one).
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from beleidsvrijheid.errors import StudyError

from .. import workers

FINE = ("refused", "counted", "inert")
RESULTS = (*FINE, "unclear", "silent", "traceback", "executed")
KEPT = "BELEIDSVRIJHEID_BAD_INPUT"  # benchmarks/count_bad_inputs.py sets it
LONGEST = 5000  # characters of a message: it may list every indicator that is allowed


@dataclass(frozen=True)
class Outcome:
    """One attempt. area: raw files, configurations or payloads. told: the message, or what was found."""

    area: str
    group: str
    name: str
    result: str
    told: str


class Caught:
    """Whatever exception the code within raises, kept to be counted."""

    error: BaseException | None = None

    def __enter__(self) -> "Caught":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.error = error
        return isinstance(error, Exception)


def attempt(act: Callable[[], tuple[str, str]], names: tuple[str, ...], canary: Path | None = None) -> tuple[str, str]:
    """Result and message of one attempt.

    act: returns (result, what was found) where the input is not refused. names: of which a refusal must hold every one.
    canary: a file that only a payload that ran could have made.
    """
    result, told = "", ""
    with Caught() as caught:
        result, told = act()
    if isinstance(caught.error, StudyError):
        told = str(caught.error)
        is_clear = all(name in told for name in names) and "Traceback" not in told and 0 < len(told) <= LONGEST
        result = "refused" if is_clear else "unclear"
    elif caught.error is not None:  # what a user would see as a traceback
        result, told = "traceback", f"{type(caught.error).__name__}: {caught.error}"
    return ("executed", told) if canary is not None and canary.exists() else (result, told)


def record(outcome: Outcome) -> None:
    """Add a line to the account that all workers share, and fail the test where the result is not as it should be."""
    path = account_file()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome), ensure_ascii=True) + "\n")
    assert outcome.result in FINE, f"{outcome.group}: {outcome.name}: {outcome.result}: {outcome.told}"


def account_file() -> Path:
    """One file per worker: lines of several never mix."""
    return Path(os.environ[workers.SHARED], f"bad_input.{os.getpid()}.jsonl")


def outcomes() -> list[Outcome]:
    """All attempts of this run, of all workers."""
    folder = Path(os.environ[workers.SHARED])
    lines = [line for path in sorted(folder.glob("bad_input.*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [Outcome(**json.loads(line)) for line in lines]


def counted(found: list[Outcome]) -> list[dict[str, str | int]]:
    """Area, group, number tried and number per result, sorted."""
    groups = sorted({(one.area, one.group) for one in found})
    rows = []
    for area, group in groups:
        own = [one.result for one in found if (one.area, one.group) == (area, group)]
        rows.append({"area": area, "group": group, "tried": len(own), **{name: own.count(name) for name in RESULTS}})
    return rows


def lines(rows: list[dict[str, str | int]]) -> list[str]:
    """The counts for a terminal: one line per area."""
    told = []
    for area in sorted({str(row["area"]) for row in rows}):
        own = [row for row in rows if row["area"] == area]
        sums = {name: sum(int(row[name]) for row in own) for name in ("tried", *RESULTS)}
        told.append(f"bad input, {area} ({len(own)} groups): " + ", ".join(f"{n} {name}" for name, n in sums.items()))
    return told


def summary() -> list[str]:
    """Lines on the attempts of this run; where KEPT names a file, the counts are written to it."""
    rows = counted(outcomes())
    if KEPT in os.environ:
        Path(os.environ[KEPT]).write_text(json.dumps(rows), encoding="utf-8")
    return lines(rows)
