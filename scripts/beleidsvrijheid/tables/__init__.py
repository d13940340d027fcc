"""Published tables: one model whose cells are computed and written once, and a renderer per format."""

from collections.abc import Callable

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables import render_html, render_tex, render_text
from beleidsvrijheid.tables.attribution import attribution_table
from beleidsvrijheid.tables.model import Table
from beleidsvrijheid.tables.regression import regression_table
from beleidsvrijheid.tables.sample import attrition_table, descriptives_table

KINDS = ("regression", "attribution", "descriptives", "attrition")
RENDERERS: dict[str, Callable[[Table], str]] = {
    "tex": render_tex.render,
    "html": render_html.render,
    "csv": render_text.render_csv,
    "md": render_text.render_markdown,
}


def build_table(
    kind: str,
    results: dict[str, Result],
    labels: Labels,
    *,
    data_source: str,
    confidence: float = 0.95,
    panel: pd.DataFrame | None = None,
) -> Table:
    """Build a table (regression, attribution, descriptives or attrition) from results by specification.

    confidence: level of the intervals in the results. panel: the long panel, needed for descriptives only.
    Raises StudyError on another kind, or where descriptives come without a panel.
    """
    if kind == "regression":
        return regression_table(results, labels, data_source, confidence)
    if kind == "attribution":
        return attribution_table(results, labels, data_source, confidence)
    if kind == "attrition":
        return attrition_table(results, labels, data_source)
    if kind == "descriptives" and panel is not None:
        return descriptives_table(results, labels, data_source, panel)
    allowed = f"{', '.join(KINDS)} (descriptives with a panel)"
    raise StudyError(f"config.yaml: tables: kind: wrong value {kind!r}; allowed: {allowed}; correct it")


def render(table: Table, form: str) -> str:
    """The table as text in a format (tex, html, csv, md). Raises StudyError on another format."""
    if form not in RENDERERS:
        raise StudyError(f"config.yaml: output: tables: wrong value {form!r}; allowed: {', '.join(RENDERERS)}")
    return RENDERERS[form](table)
