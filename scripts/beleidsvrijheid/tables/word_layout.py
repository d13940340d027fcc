"""How a table fits a page of Word: upright or on its side, type size, widths of its columns, in points."""

from dataclasses import dataclass

from beleidsvrijheid.tables.alignment import SHORT, Shape, blanks, longest_text, shapes
from beleidsvrijheid.tables.model import Table
from beleidsvrijheid.tables.tex_layout import beneath, wrapped

# A4 with margins of 2 cm.
PAGE, MARGIN = (595, 842), 57
SIZES = ((False, 9.0), (True, 9.0), (True, 8.0), (True, 7.0))  # on its side, type size; in order of preference
PADDING = 3  # points on either side of a cell's text
SLACK = 1  # points, for what programs round
TEXT_COLUMN = 110  # points: the least of a column whose texts break over lines
WIDEST_STUB = 200
DEEPEST = 3  # lines that a text may take on a page that stands upright
# ASSUME: widths in ems of Arial, which Liberation Sans shares; digits are all equally wide, bold is a tenth wider.
WIDTHS = {
    0.25: "ijl|'",
    0.30: " .,;:!/[]ftI",
    0.36: "()-r²",
    0.40: '*"',
    0.50: "ckJsvxyz",
    0.62: "+<=>×−FTZL",
    0.74: "wABCDEGHKNOPQRSUVXY",
    0.90: "mMW%@",
}
EMS = {character: width for width, characters in WIDTHS.items() for character in characters}
OTHER = 0.556  # digits, and letters of middling width


@dataclass(frozen=True)
class Sheet:
    """table: as it is set, without a last column whose texts stand beneath the rows. columns: points of the first column
    and of every other. aligned: shape of every column of numbers. told: texts beneath, by group and row, and their head.
    """

    table: Table
    is_sideways: bool
    size: float
    columns: tuple[float, ...]
    aligned: tuple[Shape, ...]
    told: dict[tuple[str, str], str]
    told_head: str


def ems(text: str) -> float:
    """Width of a text in ems."""
    return sum(EMS.get(character, OTHER) for character in text)


def sheet_of(table: Table) -> Sheet:
    """The largest type in which the table fits, upright before sideways."""
    table, told, head = beneath(table)
    aligned = shapes(table)
    broken = [place for place in range(len(table.columns)) if longest_text(table, place) > SHORT]
    labels = [row.label for group in table.groups for row in group.rows]
    for is_sideways, size in SIZES:
        room = PAGE[is_sideways] - 2 * MARGIN
        natural = [_natural(table, place, shape, size) for place, shape in enumerate(aligned)]
        fixed = sum(width for place, width in enumerate(natural) if place not in broken)
        words = [word for label in (*labels, table.stub) for word in label.split()]
        longest = max((ems(label) for label in (*labels, table.stub)), default=0) * size + 2 * PADDING
        least = max(max(map(ems, words), default=0) * size + 2 * PADDING, min(longest / 2, WIDEST_STUB / 2))
        left = room - fixed - TEXT_COLUMN * len(broken)
        stub = max(min(longest, left, WIDEST_STUB if broken else room), least)
        is_deep = not is_sideways and _deepest(table, broken, natural, room - fixed - stub) > DEEPEST
        if left >= least and not is_deep:
            break
    texts = _shared(table, broken, natural, room - fixed - stub)
    widths = [texts.get(place, width) for place, width in enumerate(natural)]
    return Sheet(table, is_sideways, size, (stub, *widths), tuple(aligned), told, head)


def _natural(table: Table, place: int, shape: Shape, size: float) -> float:
    """Points that a column takes: its widest cell, its heading broken over lines, its part of the heading above."""
    cells = [row.cells[place] for group in table.groups for row in group.rows]
    printed = [ems((cell.text + "".join(blanks(cell, shape, table.language))).replace("-", "\u2212")) for cell in cells]
    heads = [ems(line) for line in wrapped(table.columns[place].label)]
    return max([*printed, *heads, 1.0]) * size + 2 * PADDING + SLACK


def _deepest(table: Table, broken: list[int], natural: list[float], room: float) -> float:
    """Lines of the deepest text, the columns of text sharing `room`."""
    shares = _shared(table, broken, natural, room)
    return max((natural[place] / share for place, share in shares.items()), default=0)


def _shared(table: Table, broken: list[int], natural: list[float], room: float) -> dict[int, float]:
    """Room shared out over columns of long text by what they hold, less than in proportion, so that none is a tower."""
    held = {
        place: sum(len(row.cells[place].text) for group in table.groups for row in group.rows) ** 0.75
        for place in broken
    }
    spare = max(room - TEXT_COLUMN * len(broken), 0)
    shares = {place: TEXT_COLUMN + spare * weight / sum(held.values()) for place, weight in held.items()}
    return {place: min(share, natural[place]) for place, share in shares.items()}
