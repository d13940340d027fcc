"""The table model: what every format is made from, so that a number prints the same everywhere."""

import math
from dataclasses import dataclass
from typing import Any

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.words import word

# The rounding rules; `note.rounding` in words.py says them to the reader.
COEFFICIENT_DECIMALS = (3, 6)
SHARE_DECIMALS = 3
P_DECIMALS = 3
DESCRIPTIVE_DECIMALS = 4
CORRELATION_DECIMALS = 2
# Where stars are asked for: from the first level on one, from each next one another. `note.stars` says them.
STAR_LEVELS = (0.05, 0.01, 0.001)


@dataclass(frozen=True)
class Origin:
    """Where a number comes from: a specification's result file, its row and its column."""

    specification: str = ""
    equation: str = ""
    term: str = ""
    column: str = ""

    def __str__(self) -> str:
        return "/".join((self.specification, self.equation, self.term, self.column))


@dataclass(frozen=True)
class Cell:
    """One cell: the text every format prints, the number behind it (None for words) and its origin."""

    text: str = ""
    value: float | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Row:
    """One row; `key` is its id in CSV, `statistic` what its cells hold, `is_beneath` marks a second line."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    statistic: str = "estimate"
    is_beneath: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under one heading; an empty label prints no heading."""

    key: str
    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Spanner:
    """A heading over `span` adjacent columns; an empty label prints nothing."""

    label: str
    span: int


@dataclass(frozen=True)
class Column:
    """A column: its id in CSV and its heading. is_long: a last one whose texts stand beneath the rows in print."""

    key: str
    label: str
    is_text: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Table:
    """A published table in one language. `spanners` cover all columns; notes are sentences in print order."""

    title: str
    stub: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    language: str
    data_source: str
    spanners: tuple[Spanner, ...] = ()

    @property
    def source_label(self) -> str:
        """The text that says which kind of data the table was made from."""
        return data_source_label(self.data_source)


def number(value: Any) -> float | None:
    """The value as a float, None where it is missing or not finite."""
    try:
        figure = float(value)
    except (TypeError, ValueError):
        return None
    return figure if math.isfinite(figure) else None


def number_cell(value: Any, decimals: int, language: str, origin: Origin | None = None) -> Cell:
    """A cell that prints `value` with so many decimals; empty when missing."""
    figure = number(value)
    return Cell(format_number(figure, decimals, language), figure, origin)


def p_text(value: Any, language: str) -> str:
    """A p-value to three decimals, or that it is smaller than that shows."""
    figure = number(value)
    smallest = 10.0**-P_DECIMALS
    if figure is not None and figure < smallest:
        return f"<{format_number(smallest, P_DECIMALS, language)}"
    return format_number(figure, P_DECIMALS, language)


def p_relation(value: Any, language: str) -> str:
    """A p-value after the letter p in a sentence: = 0.032, or < 0.001."""
    text = p_text(value, language)
    return f"< {text[1:]}" if text.startswith("<") else f"= {text}"


def interval_text(low: Any, high: Any, decimals: int, language: str) -> str:
    """An interval in square brackets, its ends apart by a semicolon because Dutch decimals are commas."""
    ends = [format_number(number(end), decimals, language) for end in (low, high)]
    return f"[{ends[0]}; {ends[1]}]" if all(ends) else ""


def stars(p_value: Any) -> str:
    """A star for every level of STAR_LEVELS that the p-value is below; none where there is no p-value."""
    figure = number(p_value)
    return "" if figure is None else "*" * sum(figure < level for level in STAR_LEVELS)


def digits_for(scale: Any, significant: int, least: int, most: int) -> int:
    """Decimals at which `scale` shows so many significant digits, kept between `least` and `most`.

    Of a scale of ten or more, one significant digit more at most: tens of euro have one decimal, hundreds none.
    """
    figure = number(scale)
    if not figure:
        return least
    shown = significant - 1 - math.floor(math.log10(abs(figure)))
    least = min(least, max(shown + 1, 0)) if abs(figure) >= 10 else least
    return min(max(shown, least), most)


def closing_notes(language: str, data_source: str, seeds: list[Any]) -> list[str]:
    """The notes every table ends with: rounding, seed where something was drawn, kind of data."""
    known = sorted({int(seed) for seed in seeds if seed is not None})
    notes = [word("note.rounding", language)]
    notes += [word("note.seed", language, seed=", ".join(map(str, known)))] if known else []
    return [*notes, word("note.data", language, source=data_source_label(data_source))]


def per_column_notes(texts: dict[str, str], key: str, language: str) -> list[str]:
    """One note per distinct text, naming the columns it holds for. texts: column mark -> text."""
    marks: dict[str, list[str]] = {}
    for mark, text in texts.items():
        if text:
            marks.setdefault(text, []).append(mark)
    everywhere = len(marks) == 1 and len(texts) == len(next(iter(marks.values())))
    order = list(texts)
    return [
        word(key, language, columns="" if everywhere else _runs(where, order), words=text).strip()
        for text, where in marks.items()
    ]


def _runs(marks: list[str], order: list[str]) -> str:
    """Marks as text, three or more neighbours as first-last."""
    runs: list[list[str]] = []
    for mark in marks:
        if runs and order.index(mark) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)
