"""A table as an Excel workbook: numbers as numbers, texts as texts, and on a second sheet where each cell comes from."""

import io
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from beleidsvrijheid.outputs import SIGNIFICANT_DIGITS, is_formula
from beleidsvrijheid.tables.alignment import SHORT, Shape, blanks, longest_text, number_parts, shapes
from beleidsvrijheid.tables.model import Cell, Column, Row, Table
from beleidsvrijheid.tables.office import sealed
from beleidsvrijheid.tables.render_text import FIELDS, lines_of

SHEETS = ("table", "origin")
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # what Excel would read as the number of a character
LONGEST = 32767  # characters that a cell can hold
# Widths of columns in characters, heights of rows in points.
LETTERS = 1.12  # in the width of a digit
WIDEST_STUB, WIDEST_TEXT, HEAD, ROW = 44, 60, 14, 14


def render(table: Table) -> bytes:
    """The table as a .xlsx file without formulas; its label and title stand above it, its notes beneath."""
    from openpyxl import Workbook

    book = Workbook()
    sheet, origin = book.active, book.create_sheet(SHEETS[1])
    sheet.title = SHEETS[0]
    places = _Writer(sheet, table).write()
    _write_origin(origin, table, places)
    buffer = io.BytesIO()
    book.save(buffer)
    return sealed(buffer.getvalue(), title=table.title, subject=table.source_label, language=table.language)


def number_format(cell: Cell, shape: Shape, language: str) -> str:
    """The format in which Excel prints the cell's number as its text, in line with the others of its column.

    The text itself, as words of the format, where rounding half away from zero, as Excel does, would print another.
    """
    parts = number_parts(cell, language)
    if parts is None or _rounded(cell.value, parts) != _digits(parts):
        return _literal(cell.text)
    figure = "#,##0" + ("." + "0" * len(parts["decimals"]) if parts["decimals"] else "")
    before, after = _literal(parts["open"]), _literal(parts["close"] + parts["stars"])
    after += "".join(f"_{character}" for character in blanks(cell, shape, language)[1])
    minus = "-" if parts["sign"] else ""  # a negative number that rounds to zero has none
    return f"{before}{figure}{after};{before}{minus}{figure}{after}"


def _literal(text: str) -> str:
    """Words of a number format."""
    quoted = text.replace('"', '"\\""')
    return f'"{quoted}"' if text else ""


def _digits(parts: re.Match[str]) -> str:
    return re.sub(r"\D", "", parts["whole"]) + (parts["decimals"] or "")


def _rounded(value: float | None, parts: re.Match[str]) -> str:
    """Digits of the number as Excel rounds it."""
    places = Decimal(1).scaleb(-len(parts["decimals"] or ""))
    number = abs(Decimal(repr(_stored(value)))).quantize(places, rounding=ROUND_HALF_UP)
    return f"{number:f}".replace(".", "")


def _stored(value: float | None) -> float:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def put_text(cell: Any, text: str) -> None:
    """Text into a cell of openpyxl that no spreadsheet takes for a formula; what it says is not changed."""
    cell.value = ESCAPED.sub("_x005F_", ILLEGAL.sub(" ", text))[:LONGEST] or None
    if cell.value is not None:
        cell.data_type = "s"
        if is_formula(text):
            cell.quotePrefix = True


class _Writer:
    """Puts a table on a sheet of openpyxl, a row after the other."""

    def __init__(self, sheet: Any, table: Table) -> None:
        self.sheet, self.table, self.shapes = sheet, table, shapes(table)
        self.row, self.width = 0, len(table.columns) + 1
        self.widths = _widths(table)
        self.addresses: list[str] = []

    def write(self) -> list[str]:
        """Write everything; the addresses of the filled cells, in the order of `lines_of`."""
        for text, size in ((self.table.title, 12), (self.table.source_label, 10)):
            self._next()
            self._put(1, text, bold=True, size=size)
        self._next()
        self._head()
        frozen = self.row + 1
        self._body()
        self._rule(range(1, self.width + 1), "bottom", "medium")
        self._notes()
        self._view(frozen)
        return self.addresses

    def _next(self, lines: int = 1) -> None:
        self.row += 1
        self.sheet.row_dimensions[self.row].height = ROW * lines

    def _put(
        self, column: int, text: str, *, align: str = "left", stand: str = "top", wrap: bool = False, **font: Any
    ) -> Any:
        cell = self.sheet.cell(self.row, column)
        put_text(cell, text)
        cell.alignment, cell.font = _alignment(align, stand, wrap), _font(**font)
        return cell

    def _rule(self, columns: range, side: str, style: str) -> None:
        """A border along one side of cells in the row at hand, those they have kept."""
        from openpyxl.styles import Border, Side

        for column in columns:
            cell = self.sheet.cell(self.row, column)
            sides = {name: getattr(cell.border, name) for name in ("top", "bottom")}
            cell.border = Border(**(sides | {side: Side(style=style)}))

    def _head(self) -> None:
        if any(spanner.label for spanner in self.table.spanners):
            self._spanners()
        labels = [self.table.stub, *(column.label for column in self.table.columns)]
        sides = ["left", *("left" if column.is_text else "right" for column in self.table.columns)]
        deepest = max(_lines(label, width) for label, width in zip(labels, self.widths, strict=True))
        self._next(deepest)
        for column, (label, side) in enumerate(zip(labels, sides, strict=True), start=1):
            self._put(column, label, align=side, stand="bottom", wrap=True)
        self._rule(range(1, self.width + 1), "bottom", "thin")
        if not any(spanner.label for spanner in self.table.spanners):
            self._rule(range(1, self.width + 1), "top", "medium")

    def _spanners(self) -> None:
        start = 2
        ends = []
        for spanner in self.table.spanners:
            ends.append((start, start + spanner.span - 1, spanner.label))
            start += spanner.span
        self._next(max(_lines(label, sum(self.widths[first - 1 : last])) for first, last, label in ends))
        for first, last, label in ends:
            self._put(first, label, align="center", stand="bottom", wrap=True)
            if last > first:
                self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)
            if label:
                self._rule(range(first, last + 1), "bottom", "thin")
        self._rule(range(1, self.width + 1), "top", "medium")

    def _body(self) -> None:
        for group in self.table.groups:
            if group.label:
                self._next()
                self._put(1, group.label, italic=True)
            for row in group.rows:
                texts = [row.label, *(cell.text if column.is_text else "" for cell, column in self._cells(row))]
                self._next(max(_lines(text, width) for text, width in zip(texts, self.widths, strict=True)))
                self._put(1, "" if row.is_beneath else row.label, wrap=True)
                for place, (cell, column) in enumerate(self._cells(row)):
                    self._cell(place, cell, column)

    def _cells(self, row: Row) -> list[tuple[Cell, Column]]:
        return list(zip(row.cells, self.table.columns, strict=True))

    def _cell(self, place: int, cell: Cell, column: Column) -> None:
        if not cell.text:
            return
        written = self._put(place + 2, cell.text, align="left" if column.is_text else "right", wrap=column.is_text)
        if cell.value is not None:
            written.value = _stored(cell.value)
            written.number_format = number_format(cell, self.shapes[place], self.table.language)
        self.addresses.append(written.coordinate)

    def _notes(self) -> None:
        self._next()
        for note in self.table.notes:
            self._next(_lines(note, sum(self.widths)))
            self._put(1, note, wrap=True, size=8)
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=self.width)

    def _view(self, frozen: int) -> None:
        """What scrolls, what is printed: A4 on its side, as wide as the page, headings on every one."""
        from openpyxl.utils import get_column_letter

        for place, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(place)].width = width
        self.sheet.freeze_panes = f"B{frozen}"
        self.sheet.sheet_view.showGridLines = False
        self.sheet.page_setup.orientation, self.sheet.page_setup.paperSize = "landscape", self.sheet.PAPERSIZE_A4
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = f"1:{frozen - 1}"


@cache
def _alignment(align: str, stand: str, wrap: bool) -> Any:
    from openpyxl.styles import Alignment

    return Alignment(horizontal=align, vertical=stand, wrap_text=wrap)


@cache
def _font(size: int = 10, **ways: Any) -> Any:
    from openpyxl.styles import Font

    return Font(name="Arial", size=size, **ways)


def _widths(table: Table) -> list[float]:
    """Characters that each column takes, a label or a long text broken over lines."""
    labels = [row.label for group in table.groups for row in group.rows]
    widths = [min(max(map(len, [table.stub, *labels])), WIDEST_STUB)]
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for group in table.groups for row in group.rows]
        longest = max((len(cell.text) for cell in cells), default=0)
        widest = WIDEST_TEXT if longest_text(table, place) > SHORT else longest
        words = max((len(word) for word in column.label.split()), default=0)
        widths.append(max(min(longest, widest), words, min(len(column.label), HEAD)))
    return [width + 2.0 for width in widths]


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of so many digits, letters being narrower on average."""
    return max(1, math.ceil(len(text) / (LETTERS * width)))


def _write_origin(sheet: Any, table: Table, addresses: list[str]) -> None:
    """One line per filled cell: its address on the first sheet, and what the CSV says of it."""
    for column, name in enumerate(("cell", *FIELDS), start=1):
        sheet.cell(1, column, name)
    value = FIELDS.index("value")
    for row, (address, line) in enumerate(zip(addresses, lines_of(table), strict=True), start=2):
        sheet.cell(row, 1, address)
        for column, text in enumerate(line):
            cell = sheet.cell(row, column + 2)
            if column == value and text:
                cell.value = float(text)
            elif text:
                put_text(cell, text)
    sheet.freeze_panes = "B2"
