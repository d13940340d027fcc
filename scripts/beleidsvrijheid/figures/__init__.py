"""Figures of a study: one function per kind, one way to save."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.figures.attribution import draw_attribution
from beleidsvrijheid.figures.canvas import Frame, figure_bytes, new_frame
from beleidsvrijheid.figures.coefficients import draw_coefficients
from beleidsvrijheid.figures.dispersion import draw_dispersion
from beleidsvrijheid.figures.event_study import draw_event_study
from beleidsvrijheid.figures.multiverse import draw_specification_curve, draw_variance_by_axis, draw_vibration
from beleidsvrijheid.figures.necessity import draw_necessity
from beleidsvrijheid.figures.power import draw_power
from beleidsvrijheid.figures.scale_ceiling import draw_scale_ceiling
from beleidsvrijheid.publication import Labels, Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Kinds drawn from result files of their own: (frame, extra) -> Figure.
FROM_FILES: dict[str, Callable[..., "Figure"]] = {
    "power": draw_power,
    "specification_curve": draw_specification_curve,
    "variance_by_axis": draw_variance_by_axis,
    "vibration": draw_vibration,
}
KINDS = ("dispersion", "coefficients", "attribution", "scale_ceiling", "event_study", "necessity", *FROM_FILES)
FORMATS = ("svg", "png", "pdf")


def draw_figure(
    kind: str,
    results: dict[str, Result],
    labels: Labels,
    *,
    data_source: str,
    confidence: float,
    sectors: dict[str, list[str]] | None = None,
    panel: pd.DataFrame | None = None,
    excluded: dict[str, list[str]] | None = None,
    extra: dict[str, pd.DataFrame] | None = None,
    shocks: pd.DataFrame | None = None,
) -> "Figure":
    """Draw the figure of one of KINDS.

    sectors: reformed and comparison fields, for dispersion. panel: the long panel, and excluded: nis codes by outlier
    rule, for scale_ceiling. shocks: what else happened when, for event_study. extra: result files of other kinds.
    Draw and save within `style(...)`. Raises StudyError on another kind.
    """
    frame = new_frame(labels, data_source, confidence)
    if kind == "dispersion":
        return draw_dispersion(frame, results, sectors or {})
    if kind == "coefficients":
        return draw_coefficients(frame, results)
    if kind == "attribution":
        return draw_attribution(frame, results)
    if kind == "scale_ceiling" and panel is not None:
        return draw_scale_ceiling(frame, results, panel, excluded or {})
    if kind == "event_study" and shocks is not None:
        return draw_event_study(frame, results, shocks)
    if kind in FROM_FILES:
        return FROM_FILES[kind](frame, extra or {})
    if kind == "necessity":
        return draw_necessity(frame, results, extra or {})
    allowed = f"{', '.join(KINDS)} (scale_ceiling with a panel)"
    raise StudyError(f"config.yaml: figures: kind: wrong value {kind!r}; allowed: {allowed}; correct it")


def style(path: str | Path):
    """A context in which matplotlib follows the style sheet at `path`, whatever the user's own settings."""
    import matplotlib
    from matplotlib import rc_params_from_file

    matplotlib.use("Agg")
    return matplotlib.rc_context(rc_params_from_file(path, use_default_template=True))


__all__ = ["FORMATS", "KINDS", "Frame", "draw_figure", "figure_bytes", "style"]
