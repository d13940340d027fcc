"""A table as TeX: booktabs and threeparttable; a long one as longtable. No text reaches TeX unescaped."""

import textwrap

from beleidsvrijheid.tables.model import Group, Row, Table

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
}
HEAD_WIDTH = 15
LONGEST_FLOAT = 45
PREAMBLE = "% Needs \\usepackage{booktabs,threeparttable,longtable} and \\usepackage[T1]{fontenc}\n"


def escape(text: str) -> str:
    """Text as TeX prints it: special characters escaped, line ends and control characters made spaces."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return "".join(ESCAPES.get(character, character) for character in plain)


def _number(text: str) -> str:
    return escape(text.replace("-", "−"))


def render(table: Table) -> str:
    """The table as a TeX fragment to \\input; it ends with its notes."""
    rows = sum(len(group.rows) + bool(group.label) for group in table.groups)
    return PREAMBLE + (_long(table) if rows > LONGEST_FLOAT else _float(table))


def _float(table: Table) -> str:
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        r"\begin{threeparttable}",
        rf"\caption{{{_caption(table)}}}",
    ]
    lines += [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}", rf"\begin{{tabular}}{{{_alignment(table)}}}"]
    lines += [r"\toprule", *_head(table), r"\midrule", *_body(table), r"\bottomrule", r"\end{tabular}"]
    lines += [
        r"\begin{tablenotes}[flushleft]",
        r"\footnotesize",
        *(rf"\item {escape(note)}" for note in table.notes),
    ]
    lines += [r"\end{tablenotes}", r"\end{threeparttable}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def _long(table: Table) -> str:
    lines = [r"\begingroup", r"\footnotesize", r"\setlength{\tabcolsep}{3pt}"]
    lines += [rf"\begin{{longtable}}{{{_alignment(table)}}}", rf"\caption{{{_caption(table)}}} \\"]
    lines += [
        r"\toprule",
        *_head(table),
        r"\midrule",
        r"\endhead",
        *_body(table),
        r"\bottomrule",
        r"\end{longtable}",
    ]
    lines += [rf"\noindent {escape(note)}\par" for note in table.notes]
    return "\n".join([*lines, r"\endgroup"]) + "\n"


def _caption(table: Table) -> str:
    # The kind of data stands in the caption, so that a table copied without its notes still says it.
    return f"{escape(table.title)}. {escape(table.source_label)}"


def _alignment(table: Table) -> str:
    return "l" + "".join("p{6cm}" if column.is_text else "c" for column in table.columns)


def _head(table: Table) -> list[str]:
    lines = []
    if any(spanner.label for spanner in table.spanners):
        cells, rules, start = [], [], 2
        for spanner in table.spanners:
            wrapped = escape(spanner.label)
            cells.append(rf"\multicolumn{{{spanner.span}}}{{c}}{{{wrapped}}}")
            rules.append(rf"\cmidrule(lr){{{start}-{start + spanner.span - 1}}}" if spanner.label else "")
            start += spanner.span
        lines += [" & ".join(["", *cells]).lstrip() + r" \\", "".join(rules)]
    heads = [textwrap.wrap(column.label, HEAD_WIDTH) or [""] for column in table.columns]
    depth = max(map(len, heads), default=1)
    for level in range(depth):
        # Headings stand on the rule: short ones get empty lines above.
        words = [head[level - depth + len(head)] if level >= depth - len(head) else "" for head in heads]
        stub = table.stub if level == depth - 1 else ""
        lines.append(" & ".join(map(escape, [stub, *words])) + r" \\")
    return lines


def _body(table: Table) -> list[str]:
    width = len(table.columns) + 1
    lines: list[str] = []
    for place, group in enumerate(table.groups):
        if place:
            lines.append(r"\addlinespace")
        lines += _group(group, width)
    return lines


def _group(group: Group, width: int) -> list[str]:
    heading = [rf"\multicolumn{{{width}}}{{l}}{{\emph{{{escape(group.label)}}}}} \\"] if group.label else []
    return heading + [_row(row) for row in group.rows]


def _row(row: Row) -> str:
    texts = [_number(cell.text) if cell.origin is not None else escape(cell.text) for cell in row.cells]
    return " & ".join([escape(row.label), *texts]) + r" \\"
