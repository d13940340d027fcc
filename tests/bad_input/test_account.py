"""The account of bad inputs tells each result apart, and the published table has none that should not be."""

import re
from pathlib import Path

import pytest

from beleidsvrijheid.errors import StudyError

from .account import FINE, LONGEST, RESULTS, Outcome, attempt, counted, lines

ROOT = Path(__file__).resolve().parents[2]


def raises(error):
    def act():
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "result"),
    [
        (raises(StudyError("a.csv: row 2: wrong")), "refused"),
        (raises(StudyError("row 2: wrong")), "unclear"),
        (raises(StudyError("a.csv: Traceback")), "unclear"),
        (raises(StudyError("a.csv" + "x" * LONGEST)), "unclear"),
        (raises(KeyError("a.csv")), "traceback"),
        (raises(RecursionError("a.csv")), "traceback"),
        (lambda: ("silent", "accepted"), "silent"),
        (lambda: ("inert", "text"), "inert"),
    ],
)
def test_every_result_is_told_apart(tmp_path, act, result):
    assert attempt(act, ("a.csv",), tmp_path / "canary")[0] == result


def test_a_canary_that_was_made_counts_as_executed(tmp_path):
    (tmp_path / "canary").touch()
    assert attempt(raises(StudyError("a.csv: refused, too late")), ("a.csv",), tmp_path / "canary")[0] == "executed"


def test_a_keyboard_interrupt_is_no_result():
    with pytest.raises(KeyboardInterrupt):
        attempt(raises(KeyboardInterrupt()), ())


def test_counts_are_per_group():
    found = [
        Outcome("payloads", group, "", result, "")
        for group, result in (("a", "refused"), ("a", "inert"), ("b", "silent"))
    ]
    rows = counted(found)
    assert [(row["group"], row["tried"], row["refused"], row["inert"], row["silent"]) for row in rows] == [
        ("a", 2, 1, 1, 0), ("b", 1, 0, 0, 1),
    ]  # fmt: skip
    (line,) = lines(rows)
    assert line.startswith(
        "bad input, payloads (2 groups): 3 tried, 1 refused, 0 counted, 1 inert, 0 unclear, 1 silent"
    )


def published() -> list[dict[str, str]]:
    text = (ROOT / "docs/bad-input.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:] if len(row) == len(rows[0])]


def test_the_published_table_has_enough_and_nothing_wrong():
    rows = published()
    tried = {
        area: sum(int(row["tried"]) for row in rows if row["area"] == area) for area in {row["area"] for row in rows}
    }
    assert tried["raw files"] >= 150 and tried["configurations"] >= 60 and tried["payloads"] >= 150
    assert len([row for row in rows if row["area"] == "payloads"]) + 2 >= 12
    assert {name: sum(int(row[name]) for row in rows) for name in RESULTS if name not in FINE} == dict.fromkeys(
        RESULTS[3:], 0
    )
    assert re.search(r"commit [0-9a-f]{40}", (ROOT / "docs/bad-input.md").read_text(encoding="utf-8"))
