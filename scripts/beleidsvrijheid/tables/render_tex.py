"""A table as TeX: booktabs and threeparttable; a long one as longtable. No text reaches TeX unescaped."""

import textwrap

from beleidsvrijheid.tables.alignment import Shape, blanks, shapes
from beleidsvrijheid.tables.model import Cell, Group, Row, Table
from beleidsvrijheid.tables.tex_layout import Layout, layout_of, wrapped

# \\ takes an optional [length] and *, so those too must not begin a row as themselves.
ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "²": r"\textsuperscript{2}",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "−": r"$-$",
    "\u2009": r"\,",
    "\u00a0": "~",
    "\u2003": r"\quad{}",
}
LONGEST_FLOAT = 45
PREAMBLE = "% Needs \\usepackage{booktabs,threeparttable,longtable} and \\usepackage[T1]{fontenc}; made for a text 16 cm wide\n"
ROTATE = "% Wider than that: put it in \\begin{landscape} (package pdflscape)\n"


def escape(text: str) -> str:
    """Text as TeX prints it: special characters escaped, line ends and control characters made spaces."""
    return "".join(ESCAPES.get(character, character if character.isprintable() else " ") for character in text)


def _number(text: str) -> str:
    return escape(text.replace("-", "−"))


def render(table: Table) -> str:
    """The table as a TeX fragment to \\input; it ends with its notes."""
    layout = layout_of(table)
    table = layout.table
    fragment = _long(table, layout) if layout.lines > LONGEST_FLOAT else _float(table, layout)
    return PREAMBLE + ("" if layout.fits else ROTATE) + fragment


def _float(table: Table, layout: Layout) -> str:
    lines = [r"\begin{table}[htbp]", r"\centering", r"\begin{threeparttable}", rf"\caption{{{_caption(table)}}}"]
    lines += [layout.size, r"\setlength{\tabcolsep}{3pt}", r"\sloppy"]
    lines.append(rf"\begin{{tabular}}{{{_alignment(table, layout)}}}")
    lines += [r"\toprule", *_head(table), r"\midrule", *_body(table, layout), r"\bottomrule", r"\end{tabular}"]
    lines += [
        r"\begin{tablenotes}[flushleft]",
        r"\footnotesize",
        *(rf"\item {escape(note)}" for note in table.notes),
    ]
    lines += [r"\end{tablenotes}", r"\end{threeparttable}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def _long(table: Table, layout: Layout) -> str:
    lines = [r"\begingroup", layout.size, r"\setlength{\tabcolsep}{3pt}", r"\setlength{\LTcapwidth}{\textwidth}"]
    lines += [r"\sloppy", rf"\begin{{longtable}}{{{_alignment(table, layout)}}}", rf"\caption{{{_caption(table)}}} \\"]
    head = [r"\toprule", *_head(table), r"\midrule"]
    lines += [*head, r"\endfirsthead", *head, r"\endhead", r"\bottomrule", r"\endfoot"]
    lines += [*_body(table, layout), r"\end{longtable}", r"\footnotesize"]
    lines += [rf"\noindent {escape(note)}\par" for note in table.notes]
    return "\n".join([*lines, r"\endgroup"]) + "\n"


def _caption(table: Table) -> str:
    # The kind of data stands in the caption, so that a table copied without its notes still says it.
    return f"{escape(table.title)}. {escape(table.source_label)}"


def _alignment(table: Table, layout: Layout) -> str:
    kinds = [
        f"p{{{layout.texts[place]}pt}}" if place in layout.texts else "l" if column.is_text else "c"
        for place, column in enumerate(table.columns)
    ]
    return (f"p{{{layout.stub_points}pt}}" if layout.is_text else "l") + "".join(kinds)


def _stacked(labels: list[list[str]]) -> list[list[str]]:
    """Wrapped headings as lines of cells; they stand on the rule: short ones get empty lines above."""
    depth = max(map(len, labels), default=1)
    padded = [[""] * (depth - len(label)) + label for label in labels]
    return [list(line) for line in zip(*padded, strict=True)]


def _head(table: Table) -> list[str]:
    lines = []
    if any(spanner.label for spanner in table.spanners):
        spans = [spanner.span for spanner in table.spanners]
        for texts in _stacked([wrapped(spanner.label, spanner.span) for spanner in table.spanners]):
            cells = [rf"\multicolumn{{{n}}}{{c}}{{{escape(text)}}}" for n, text in zip(spans, texts, strict=True)]
            lines.append(" & ".join(["", *cells]).lstrip() + r" \\")
        rules, start = [], 2
        for spanner in table.spanners:
            rules.append(rf"\cmidrule(lr){{{start}-{start + spanner.span - 1}}}" if spanner.label else "")
            start += spanner.span
        lines.append("".join(rules))
    heads = [[table.stub], *(wrapped(column.label) for column in table.columns)]
    return lines + [" & ".join(map(escape, texts)) + r" \\" for texts in _stacked(heads)]


def _body(table: Table, layout: Layout) -> list[str]:
    lines: list[str] = []
    widest = shapes(table)
    for place, group in enumerate(table.groups):
        if place:
            lines.append(r"\addlinespace")
        lines += _group(group, table, widest, layout)
    return lines


def _group(group: Group, table: Table, widest: list[Shape], layout: Layout) -> list[str]:
    width = len(table.columns) + 1
    lines = [rf"\multicolumn{{{width}}}{{l}}{{\emph{{{escape(group.label)}}}}} \\*"] if group.label else []
    if layout.is_text:
        return lines + [line for row in group.rows for line in _text_row(row, group, table, widest, layout)]
    rest: list[str] = []
    for place, row in enumerate(group.rows):
        # What a label has left goes beside the number beneath, else on lines of its own.
        label = rest if row.is_beneath else _indented(row.label, layout.stub)
        first, rest = (label[0], label[1:]) if label else ("", [])
        is_held = place + 1 < len(group.rows) and group.rows[place + 1].is_beneath
        lines.append(_row(first, row, table, widest) + _end(is_held or bool(rest)))
        if not is_held:
            blank = " &" * len(table.columns)
            lines += [escape(text) + blank + _end(text is not rest[-1]) for text in rest]
            rest = []
    return lines


def _text_row(row: Row, group: Group, table: Table, widest: list[Shape], layout: Layout) -> list[str]:
    """A row whose cells break over lines, and beneath it the text that is too long for a column."""
    told = layout.told.get((group.key, row.key), "")
    lines = [_row(row.label, row, table, widest) + _end(bool(told))]
    if told:
        span, points = len(table.columns), layout.told_points
        head = rf"\emph{{{escape(layout.told_head)}}}: "
        lines.append(rf" & \multicolumn{{{span}}}{{p{{{points}pt}}}}{{{head}{_breaking(escape(told))}}} \\")
        lines.append(r"\addlinespace")
    return lines


def _breaking(text: str) -> str:
    """Escaped text that may break after a slash or underscore: names of files are long."""
    return text.replace("/", r"/\allowbreak{}").replace(r"\_", r"\_\allowbreak{}")


def _end(is_held: bool) -> str:
    """The end of a row; a held one keeps the next on its page."""
    return r" \\*" if is_held else r" \\"


def _indented(label: str, characters: int) -> list[str]:
    return textwrap.wrap(label, characters, subsequent_indent="\u2003", break_long_words=False)


def _row(label: str, row: Row, table: Table, widest: list[Shape]) -> str:
    cells = [
        _text(cell, column.is_text, blanks(cell, shape, table.language))
        for cell, column, shape in zip(row.cells, table.columns, widest, strict=True)
    ]
    return " & ".join([escape(label), *cells])


def _text(cell: Cell, is_text: bool, blank: tuple[str, str]) -> str:
    text = _number(cell.text) if cell.origin is not None else escape(cell.text)
    if is_text:
        return _breaking(text)
    before, after = (rf"\phantom{{{_number(side)}}}" if side else "" for side in blank)
    return f"{before}{text}{after}"
