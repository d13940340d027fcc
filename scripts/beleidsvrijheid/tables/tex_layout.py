"""How a table fits a page of TeX: type size, upright or sideways, columns of text broken over lines."""

import math
import textwrap
from dataclasses import dataclass, field, replace

from beleidsvrijheid.tables.alignment import SHORT, Shape, blanks, longest_text, shapes
from beleidsvrijheid.tables.model import Table

HEAD_WIDTH = 15
# ASSUME: a text 16 cm wide, 24 cm on its side. Points per character at each size, measured on Computer Modern with some room.
TEXT_WIDTH, SIDEWAYS, GAP, NARROWEST_STUB = 455, 683, 6, 20
SIZES = ((r"\footnotesize", 4.7), (r"\scriptsize", 4.25))
SMALLEST = (r"\tiny", 3.4)
TEXT_COLUMN = 85  # points: the least of a column of text that is broken over lines
BENEATH = 100  # characters on average from which the texts of a last column stand beneath their rows


@dataclass(frozen=True)
class Layout:
    """table: as it is set, without a column whose texts stand beneath the rows. stub: characters of labels of rows.

    texts: points of every column of broken text, by place. told: those texts by group and row. lines: what the body takes.
    """

    table: Table
    size: str
    points: float
    stub: int
    fits: bool
    texts: dict[int, int] = field(default_factory=dict)
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    told_head: str = ""
    told_points: int = 0
    lines: int = 0

    @property
    def is_text(self) -> bool:
        """Whether cells break over lines, so that labels do as well."""
        return bool(self.texts or self.told)

    @property
    def stub_points(self) -> int:
        """Width of the first column."""
        return math.ceil(self.stub * self.points)


def wrapped(label: str, span: int = 1) -> list[str]:
    """A heading as the lines it takes over `span` columns."""
    return textwrap.wrap(label, HEAD_WIDTH * span, break_long_words=False) or [""]


def layout_of(table: Table) -> Layout:
    """The largest type in which the table fits, upright before sideways, its first column wrapped where need be."""
    table, told, head = beneath(table)
    columns = [_characters(table, place, shape) for place, shape in enumerate(shapes(table))]
    broken = [place for place in range(len(columns)) if longest_text(table, place) > SHORT]
    longest = max((len(row.label) for group in table.groups for row in group.rows), default=0)
    longest = max(longest, len(table.stub))
    # A label takes two lines at most: its number and what stands beneath it have two.
    needed = min(longest, max(NARROWEST_STUB, longest // 2 + 4))
    known = sum(n for place, n in enumerate(columns) if place not in broken)
    for page in _pages():
        width, size, points = page
        room = width - points * known - GAP * (len(columns) + 1)
        left = int((room - TEXT_COLUMN * len(broken)) / points)
        if left >= needed:
            break
    stub = needed if broken or told or left < needed else max(left, NARROWEST_STUB)
    texts = _text_widths(table, broken, int(room - points * stub))
    room_beneath = int(width - points * stub - 2 * GAP) if told else 0
    found = Layout(table, size, points, stub, width == TEXT_WIDTH, texts, told, head, room_beneath)
    return replace(found, lines=_lines(found))


def _pages() -> list[tuple[int, str, float]]:
    """Width of the page, type size and points per character, in order of preference."""
    return [(TEXT_WIDTH, *size) for size in SIZES] + [(SIDEWAYS, *size) for size in (*SIZES, SMALLEST)]


def beneath(table: Table) -> tuple[Table, dict[tuple[str, str], str], str]:
    """The table without its last column where its texts are too long for one; these by group and row; its heading."""
    last = len(table.columns) - 1
    if last < 1 or table.spanners or longest_text(table, last) == 0:
        return table, {}, ""
    told = {(group.key, row.key): row.cells[last].text for group in table.groups for row in group.rows}
    if not table.columns[last].is_long and sum(map(len, told.values())) <= BENEATH * len(told):
        return table, {}, ""
    rows = [replace(g, rows=tuple(replace(row, cells=row.cells[:-1]) for row in g.rows)) for g in table.groups]
    return replace(table, columns=table.columns[:-1], groups=tuple(rows)), told, table.columns[last].label


def _text_widths(table: Table, broken: list[int], room: int) -> dict[int, int]:
    """Room shared out over columns of long text by what they hold, less than in proportion, so that none is a tower."""
    held = {
        place: sum(len(row.cells[place].text) for group in table.groups for row in group.rows) ** 0.75
        for place in broken
    }
    spare = max(room - TEXT_COLUMN * len(broken), 0)
    return {place: TEXT_COLUMN + int(spare * weight / sum(held.values())) for place, weight in held.items()}


def _lines(layout: Layout) -> int:
    """Lines that headings of groups and rows take, cells broken to the width of their columns."""
    count = 0
    for group in layout.table.groups:
        count += bool(group.label)
        for row in group.rows:
            widths = [(len(row.cells[place].text), width) for place, width in layout.texts.items()]
            count += max([1, *(math.ceil(n * layout.points / width) for n, width in widths)])
            told = layout.told.get((group.key, row.key), "")
            count += math.ceil(len(told) * layout.points / layout.told_points) if told else 0
    return count


def _characters(table: Table, place: int, shape: Shape) -> int:
    """The longest line of a column, headings wrapped."""
    cells = [row.cells[place] for group in table.groups for row in group.rows]
    printed = [len(cell.text) + len("".join(blanks(cell, shape, table.language))) for cell in cells]
    heads = [len(line) for line in wrapped(table.columns[place].label)]
    return max(printed + heads, default=0)
