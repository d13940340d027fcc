"""Published tables: one model whose cells are computed and written once, and a renderer per format."""

from collections.abc import Callable

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables import render_html, render_tex, render_text
from beleidsvrijheid.tables.attribution import attribution_table
from beleidsvrijheid.tables.claims import claims_table, replication_table
from beleidsvrijheid.tables.deviations import deviations_table
from beleidsvrijheid.tables.diagnostics import diagnostics_table
from beleidsvrijheid.tables.mergers import mergers_table
from beleidsvrijheid.tables.model import Table
from beleidsvrijheid.tables.multiplicity import multiplicity_table
from beleidsvrijheid.tables.multiverse import multiverse_table
from beleidsvrijheid.tables.necessity import necessity_table
from beleidsvrijheid.tables.qca import qca_table
from beleidsvrijheid.tables.regression import regression_table
from beleidsvrijheid.tables.sample import attrition_table, descriptives_table

FROM_RESULTS: dict[str, Callable[..., Table]] = {"regression": regression_table, "attribution": attribution_table}
# Kinds made from result files of their own: (extra, labels, data_source) -> Table.
FROM_FILES: dict[str, Callable[..., Table]] = {
    "deviations": deviations_table,
    "multiplicity": multiplicity_table,
    "multiverse": multiverse_table,
    "necessity": necessity_table,
    "qca": qca_table,
}
# The same with intervals: (extra, labels, data_source, confidence) -> Table.
INTERVALS_FROM_FILES: dict[str, Callable[..., Table]] = {
    "claims": claims_table,
    "replication": replication_table,
    "diagnostics": diagnostics_table,
    "mergers": mergers_table,
}
KINDS = (*FROM_RESULTS, *FROM_FILES, *INTERVALS_FROM_FILES, "descriptives", "attrition")
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
    confidence: float,
    panel: pd.DataFrame | None = None,
    extra: dict[str, pd.DataFrame] | None = None,
) -> Table:
    """Build a table of one of KINDS from results by specification.

    confidence: level of the intervals in the results. panel: the long panel, needed for descriptives only. extra: other
    result files by folder and stem, for the kinds that show these. Raises StudyError on another kind, or where
    descriptives come without a panel.
    """
    if kind in FROM_RESULTS:
        return FROM_RESULTS[kind](results, labels, data_source, confidence)
    if kind in INTERVALS_FROM_FILES:
        return INTERVALS_FROM_FILES[kind](extra or {}, labels, data_source, confidence)
    if kind in FROM_FILES:
        return FROM_FILES[kind](extra or {}, labels, data_source)
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
