"""A table as one self-contained HTML page, every text escaped, every number traceable to its file."""

from html import escape
from itertools import takewhile

from beleidsvrijheid.tables.alignment import SHORT, Shape, blanks, longest_text, shapes
from beleidsvrijheid.tables.model import Cell, Group, Row, Table

STYLE = """
body { font: 15px/1.4 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1a1a; margin: 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .12rem .6rem; text-align: center; vertical-align: top; font-weight: normal; }
thead th { max-width: 11rem; vertical-align: bottom; }
thead tr:last-child th { border-bottom: 1px solid; }
th.spanner { border-bottom: 1px solid #767676; }
th.stub, th.group, td.text, thead th.stub, thead th.text { text-align: left; }
tbody th.stub { max-width: 26rem; }
td.wrap { min-width: 9em; max-width: 36rem; white-space: normal; }
td.wide { min-width: 30em; }
table.dense { font-size: .82rem; }
table.dense th, table.dense td { padding-left: .3rem; padding-right: .3rem; }
table.dense th.stub { position: sticky; left: 0; background: #fff; }
tr.beneath td { padding-bottom: .35rem; }
th.group { font-style: italic; padding-top: .7rem; }
.source { font-weight: 700; }
ul { font-size: .85rem; max-width: 60rem; padding-left: 1.1rem; }
"""
WIDEST_STUB = 36  # characters of a label that stand on one line
LONG = 200  # characters from which a column of text is a wide one
DENSE = 8  # columns from which a table is set small, its labels staying in sight when it is scrolled
# Widths of the characters that are left blank, in digits.
WIDTHS = {"(": 0.6, ")": 0.6, "-": 0.57, ".": 0.5, ",": 0.5, "*": 0.7}


def render(table: Table) -> str:
    """The table as an HTML document that loads nothing."""
    title, source = escape(table.title), escape(table.source_label)
    lines = ["<!doctype html>", f'<html lang="{escape(table.language)}">', "<head>", '<meta charset="utf-8">']
    lines += [f"<title>{title}</title>", f"<style>{STYLE}</style>", "</head>", "<body>"]
    lines += [
        f'<p class="source">{source}</p>',
        '<div class="scroll">',
        '<table class="dense">' if len(table.columns) >= DENSE else "<table>",
        f"<caption>{title}</caption>",
    ]
    lines += ["<thead>", *_head(table), "</thead>"]
    widest, kinds = shapes(table), [_kind(table, place) for place in range(len(table.columns))]
    for group in table.groups:
        lines += ["<tbody>", *_group(group, table, widest, kinds), "</tbody>"]
    lines += ["</table>", "</div>", "<ul>", *(f"<li>{escape(note)}</li>" for note in table.notes), "</ul>"]
    return "\n".join([*lines, "</body>", "</html>"]) + "\n"


def _head(table: Table) -> list[str]:
    lines = []
    if any(spanner.label for spanner in table.spanners):
        cells = [
            f'<th scope="colgroup" colspan="{spanner.span}" class="spanner">{escape(spanner.label)}</th>'
            for spanner in table.spanners
        ]
        lines.append(f"<tr><td></td>{''.join(cells)}</tr>")
    longest = max((len(row.label) for group in table.groups for row in group.rows), default=0)
    width = f"min-width:{min(longest, WIDEST_STUB) * 0.5:g}em"
    heads = [f'<th scope="col" class="stub" style="{width}">{escape(table.stub)}</th>']
    for column in table.columns:
        kind = ' class="text"' if column.is_text else ""
        heads.append(f'<th scope="col"{kind}>{escape(column.label)}</th>')
    return [*lines, f"<tr>{''.join(heads)}</tr>"]


def _kind(table: Table, place: int) -> str:
    """Classes of a column's cells."""
    if not table.columns[place].is_text:
        return ""
    longest = longest_text(table, place)
    return "text wrap wide" if longest > LONG else "text wrap" if longest > SHORT else "text"


def _group(group: Group, table: Table, widest: list[Shape], kinds: list[str]) -> list[str]:
    width = len(table.columns) + 1
    heading = f'<tr><th scope="rowgroup" colspan="{width}" class="group">{escape(group.label)}</th></tr>'
    return ([heading] if group.label else []) + [
        _row(row, table, widest, kinds, _lines_of(group.rows[place:])) for place, row in enumerate(group.rows)
    ]


def _lines_of(rows: tuple[Row, ...]) -> int:
    """Lines of the first row: its own and those beneath it."""
    return 1 + len(list(takewhile(lambda row: row.is_beneath, rows[1:])))


def _row(row: Row, table: Table, widest: list[Shape], kinds: list[str], lines: int) -> str:
    """One line; a label stands beside its number and what is beneath it."""
    cells = [
        _cell(cell, kind, blanks(cell, shape, table.language))
        for cell, kind, shape in zip(row.cells, kinds, widest, strict=True)
    ]
    if row.is_beneath:
        return f'<tr class="beneath">{"".join(cells)}</tr>'
    rows = f' rowspan="{lines}"' if lines > 1 else ""
    return f'<tr><th scope="row" class="stub"{rows}>{escape(row.label)}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell, classes: str, blank: tuple[str, str]) -> str:
    origin = f' data-origin="{escape(str(cell.origin))}"' if cell.origin else ""
    kind = f' class="{classes}"' if classes else ""
    return f"<td{kind}{origin}{_padding(blank)}>{escape(cell.text)}</td>"


def _padding(blank: tuple[str, str]) -> str:
    left, right = (sum(WIDTHS.get(character, 1.0) for character in side) for side in blank)
    if not left and not right:
        return ""
    return f' style="padding-left:calc(.6rem + {left:.2f}ch);padding-right:calc(.6rem + {right:.2f}ch)"'
