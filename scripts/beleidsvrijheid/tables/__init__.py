"""Published tables: one model whose cells are computed and written once, and a renderer per format."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables import render_html, render_tex, render_text
from beleidsvrijheid.tables.attribution import attribution_table
from beleidsvrijheid.tables.claims import claims_table, replication_table
from beleidsvrijheid.tables.codebook import codebook_table
from beleidsvrijheid.tables.correlation import correlation_table
from beleidsvrijheid.tables.deviations import deviations_table
from beleidsvrijheid.tables.diagnostics import diagnostics_table
from beleidsvrijheid.tables.mergers import mergers_table
from beleidsvrijheid.tables.model import Table
from beleidsvrijheid.tables.multiplicity import multiplicity_table
from beleidsvrijheid.tables.multiverse import multiverse_table
from beleidsvrijheid.tables.necessity import necessity_table
from beleidsvrijheid.tables.regression import Ways, regression_table
from beleidsvrijheid.tables.robustness import robustness_table
from beleidsvrijheid.tables.sample import attrition_table, descriptives_table

# Kinds of result files that a kind reads, where it does not read all; whether there are estimates says what was refused.
READS = {
    "descriptives": ("estimates", "fits"),
    "codebook": ("estimates", "fits"),
    "attrition": ("estimates", "fits", "samples"),
    "robustness": ("estimates", "fits"),
    "correlation": ("estimates", "fits", "samples"),
    "diagnostics": ("estimates", "fits", "samples"),
}


def qca_table(*given: Any) -> Table:
    """As tables.qca.qca_table, whose module loads the analysis."""
    from beleidsvrijheid.tables import qca

    return qca.qca_table(*given)


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
# Kinds made from the files of specifications: (results, labels, data_source, ...) -> Table, see build_table.
FROM_RESULTS = ("regression", "robustness", "attribution", "attrition", "correlation")
# Kinds that read the panel as well.
FROM_PANEL = ("descriptives", "codebook")
KINDS = (*FROM_RESULTS, *FROM_FILES, *INTERVALS_FROM_FILES, *FROM_PANEL)


def _docx(table: Table) -> bytes:
    from beleidsvrijheid.tables import render_docx  # python-docx and openpyxl only where a file of theirs is asked for

    return render_docx.render(table)


def _xlsx(table: Table) -> bytes:
    from beleidsvrijheid.tables import render_xlsx

    return render_xlsx.render(table)


RENDERERS: dict[str, Callable[[Table], str | bytes]] = {
    "tex": render_tex.render,
    "html": render_html.render,
    "docx": _docx,
    "xlsx": _xlsx,
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
    settings: Mapping[str, Any] | None = None,
    panel: pd.DataFrame | None = None,
    extra: dict[str, pd.DataFrame] | None = None,
) -> Table:
    """Build a table of one of KINDS from results by specification.

    confidence: level of the intervals in the results. settings: the entry of the configuration, for the kinds that have
    choices of their own. panel: the long panel, needed for FROM_PANEL only. extra: other result files by folder and
    stem, for the kinds that show these. Raises StudyError on another kind, or where one of FROM_PANEL comes without a panel.
    """
    if kind in FROM_RESULTS:
        return _from_results(kind, results, labels, data_source, confidence, settings or {}, extra or {})
    if kind in INTERVALS_FROM_FILES:
        return INTERVALS_FROM_FILES[kind](extra or {}, labels, data_source, confidence)
    if kind in FROM_FILES:
        return FROM_FILES[kind](extra or {}, labels, data_source)
    if kind in FROM_PANEL and panel is not None:
        return {"descriptives": descriptives_table, "codebook": codebook_table}[kind](
            results, labels, data_source, panel
        )
    allowed = f"{', '.join(KINDS)} ({' and '.join(FROM_PANEL)} with a panel)"
    raise StudyError(f"config.yaml: tables: kind: wrong value {kind!r}; allowed: {allowed}; correct it")


def _from_results(
    kind: str,
    results: dict[str, Result],
    labels: Labels,
    data_source: str,
    confidence: float,
    settings: Mapping[str, Any],
    extra: dict[str, pd.DataFrame],
) -> Table:
    if kind == "regression":
        ways = Ways(settings.get("uncertainty", "std_error"), bool(settings.get("stars")), confidence)
        return regression_table(results, labels, data_source, ways)
    if kind == "robustness":
        return robustness_table(results, labels, data_source, settings, confidence)
    if kind == "correlation":
        return correlation_table(results, labels, data_source, extra)
    if kind == "attribution":
        return attribution_table(results, labels, data_source, confidence)
    return attrition_table(results, labels, data_source)


def render(table: Table, form: str) -> str | bytes:
    """The table in a format: text (tex, html, csv, md) or a file (docx, xlsx). Raises StudyError on another format."""
    if form not in RENDERERS:
        raise StudyError(f"config.yaml: output: tables: wrong value {form!r}; allowed: {', '.join(RENDERERS)}")
    return RENDERERS[form](table)


def table_bytes(table: Table, form: str) -> bytes:
    """The table as a file of a format, text as UTF-8."""
    content = render(table, form)
    return content.encode("utf-8") if isinstance(content, str) else content
