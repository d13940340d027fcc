"""Numbers of a column under each other at the decimal mark: what to leave blank on either side of each."""

import re
from dataclasses import dataclass

from beleidsvrijheid.tables.model import Cell, Table

MARKS = {"nl": ",", "en": "."}
NUMBER = (
    r"(?P<open>\(?)(?P<sign>-?)(?P<whole>\d[\d{thousands}]*)(?:{mark}(?P<decimals>\d+))?(?P<close>\)?)(?P<stars>\**)"
)


@dataclass(frozen=True)
class Shape:
    """The widest that a column's numbers get: bracket and sign before, longest whole part, decimals."""

    brackets: str = ""
    sign: str = ""
    whole: str = ""
    decimals: int = 0
    stars: str = ""


SHORT = 24  # characters of a text that stands on one line


def longest_text(table: Table, place: int) -> int:
    """Characters of the longest text in a column; 0 in a column of numbers."""
    if not table.columns[place].is_text:
        return 0
    return max((len(row.cells[place].text) for group in table.groups for row in group.rows), default=0)


def number_parts(cell: Cell, language: str) -> re.Match[str] | None:
    """Bracket, sign, whole part, decimals and stars of a cell that holds a number; None for another."""
    if cell.value is None:
        return None
    mark = MARKS[language]
    pattern = NUMBER.replace("{thousands}", "." if mark == "," else ",").replace("{mark}", re.escape(mark))
    return re.fullmatch(pattern, cell.text)


def shapes(table: Table) -> list[Shape]:
    """The shape of every column, from its numbers; counts in a column with decimals have none."""
    found = []
    for place in range(len(table.columns)):
        cells = [row.cells[place] for group in table.groups for row in group.rows]
        parts = [part for part in (number_parts(cell, table.language) for cell in cells) if part]
        decimals = max((len(part["decimals"] or "") for part in parts), default=0)
        parts = [part for part in parts if part["decimals"] or not decimals]
        found.append(
            Shape(
                brackets=max((part["open"] for part in parts), default=""),
                sign=max((part["sign"] for part in parts), default=""),
                whole=max((part["whole"] for part in parts), key=len, default=""),
                decimals=decimals,
                stars=max((part["stars"] for part in parts), default=""),
            )
        )
    return found


def blanks(cell: Cell, shape: Shape, language: str) -> tuple[str, str]:
    """Characters whose width to leave blank before and after a cell's text; none where it is no number to align."""
    parts = number_parts(cell, language)
    if parts is None or (shape.decimals and not parts["decimals"]):
        return "", ""
    before = "" if parts["open"] else shape.brackets
    before += "" if parts["sign"] else shape.sign
    before += shape.whole[: len(shape.whole) - len(parts["whole"])]
    after = "0" * (shape.decimals - len(parts["decimals"] or ""))
    after += ")" if shape.brackets and not parts["open"] else ""
    return before, after + shape.stars[len(parts["stars"]) :]
