"""A table as tidy CSV (ids, ten digits) and as Markdown."""

import csv
import io
import re

from beleidsvrijheid.outputs import SIGNIFICANT_DIGITS, is_formula
from beleidsvrijheid.tables.model import Group, Row, Table

FIELDS = ("row_group", "row", "statistic", "column", "specification", "equation", "term", "source_column")
FIELDS += ("value", "text", "data_source")
CONTROL = re.compile(r"[\x00-\x1f]")  # a line end within a cell would begin a row where a program reads no quotes


def inert(text: str) -> str:
    """The text on one line, so that a spreadsheet shows it and does not run it."""
    quote = "'" if is_formula(text) else ""
    return quote + CONTROL.sub(" ", text)


def render_csv(table: Table) -> str:
    """One line per filled cell: ids, the raw value to ten digits, the text that the other formats print."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIELDS)
    for line in lines_of(table):
        writer.writerow(map(inert, line))
    return buffer.getvalue()


def lines_of(table: Table) -> list[list[str]]:
    """The FIELDS of every filled cell, in print order."""
    return [line for group in table.groups for row in group.rows for line in _lines(group, row, table)]


def _lines(group: Group, row: Row, table: Table) -> list[list[str]]:
    lines = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        if not cell.text:
            continue
        origin = cell.origin
        source = [origin.specification, origin.equation, origin.term, origin.column] if origin else [""] * 4
        value = "" if cell.value is None else f"{cell.value:.{SIGNIFICANT_DIGITS}g}"
        lines.append([group.key, row.key, row.statistic, column.key, *source, value, cell.text, table.source_label])
    return lines


def escape_markdown(text: str) -> str:
    """Text that Markdown prints as it stands: no emphasis, links, tables, code or HTML."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r"([\\`*_\[\]<>|$~#])", r"\\\1", plain).replace("&", "&amp;")


def render_markdown(table: Table) -> str:
    """A pipe table with its notes; spanners stand in the heading of each column."""
    spans = [spanner.label for spanner in table.spanners for _ in range(spanner.span)] or [""] * len(table.columns)
    heads = [
        f"{span}: {column.label}" if span else column.label for span, column in zip(spans, table.columns, strict=True)
    ]
    lines = [f"### {escape_markdown(table.title)}", "", f"**{escape_markdown(table.source_label)}**", ""]
    lines += [
        _line([table.stub, *heads]),
        "|---|" + "".join("---|" if c.is_text else ":-:|" for c in table.columns),
    ]
    for group in table.groups:
        if group.label:
            lines.append(f"| **{escape_markdown(group.label)}** |" + " |" * len(table.columns))
        lines += [_line([row.label, *(cell.text for cell in row.cells)]) for row in group.rows]
    return "\n".join([*lines, "", *(f"- {escape_markdown(note)}" for note in table.notes)]) + "\n"


def _line(texts: list[str]) -> str:
    return "| " + " | ".join(map(escape_markdown, texts)) + " |"
