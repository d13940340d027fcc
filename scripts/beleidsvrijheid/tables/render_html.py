"""A table as one self-contained HTML page, every text escaped, every number traceable to its file."""

from html import escape

from beleidsvrijheid.tables.model import Cell, Group, Row, Table

STYLE = """
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1a1a; margin: 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; }
td { font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .15rem .7rem; text-align: center; vertical-align: bottom; font-weight: normal; }
thead tr:last-child th { border-bottom: 1px solid; }
thead th { max-width: 11rem; }
th.spanner { border-bottom: 1px solid #767676; }
th.stub, th.group, td.text, thead th:first-child { text-align: left; }
td.text { max-width: 30rem; }
th.group { font-style: italic; padding-top: .6rem; }
.source { font-weight: 700; }
ul { font-size: .85rem; max-width: 60rem; padding-left: 1.1rem; }
"""


def render(table: Table) -> str:
    """The table as an HTML document that loads nothing."""
    title, source = escape(table.title), escape(table.source_label)
    lines = ["<!doctype html>", f'<html lang="{escape(table.language)}">', "<head>", '<meta charset="utf-8">']
    lines += [f"<title>{title}</title>", f"<style>{STYLE}</style>", "</head>", "<body>"]
    lines += [
        f'<p class="source">{source}</p>',
        '<div class="scroll">',
        "<table>",
        f"<caption>{title}</caption>",
    ]
    lines += ["<thead>", *_head(table), "</thead>"]
    for group in table.groups:
        lines += ["<tbody>", *_group(group, table), "</tbody>"]
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
    heads = "".join(f'<th scope="col">{escape(column.label)}</th>' for column in table.columns)
    return [*lines, f'<tr><th scope="col">{escape(table.stub)}</th>{heads}</tr>']


def _group(group: Group, table: Table) -> list[str]:
    width = len(table.columns) + 1
    heading = f'<tr><th scope="rowgroup" colspan="{width}" class="group">{escape(group.label)}</th></tr>'
    return ([heading] if group.label else []) + [_row(row, table) for row in group.rows]


def _row(row: Row, table: Table) -> str:
    cells = [_cell(cell, column.is_text) for cell, column in zip(row.cells, table.columns, strict=True)]
    return f'<tr><th scope="row" class="stub">{escape(row.label)}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell, is_text: bool) -> str:
    origin = f' data-origin="{escape(str(cell.origin))}"' if cell.origin else ""
    kind = ' class="text"' if is_text else ""
    return f"<td{kind}{origin}>{escape(cell.text)}</td>"
