"""Plain pages of result tables: one style, texts escaped, nothing loaded from elsewhere."""

from html import escape

import pandas as pd

_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:2rem;color:#1a1a1a;max-width:90rem}"
    "table{border-collapse:collapse;font-size:.85rem;margin-bottom:2rem}"
    "th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #ddd}"
    "td:not(.n){overflow-wrap:anywhere;min-width:5rem}"  # long ids break, so that the page does not scroll sideways
    "th{border-bottom:2px solid #333}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
)


def page(title: str, body: str, label: str, language: str) -> str:
    """A whole page. title, label (the kind of data): plain text. body: HTML."""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1><p>{escape(label)}</p>{body}</html>\n"
    )


def section(title: str, body: str) -> str:
    """A heading and what stands under it (HTML)."""
    return f"<h2>{escape(title)}</h2>{body}"


def html_table(rows: pd.DataFrame, heads: list[str], numbers: list[str]) -> str:
    """A frame as a table, its columns under `heads`; missing cells are empty; numbers: columns set right."""
    kinds = [' class="n"' if name in numbers else "" for name in rows.columns]
    head = "".join(f"<th{kind}>{escape(text)}</th>" for kind, text in zip(kinds, heads, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{_text(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows.itertuples(index=False)
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else escape(str(cell))
