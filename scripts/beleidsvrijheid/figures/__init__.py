"""Figures of a study: one function per kind, one way to save."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.figures.alternatives import Alternative, Given, alternative
from beleidsvrijheid.figures.attribution import draw_attribution
from beleidsvrijheid.figures.canvas import Frame, figure_bytes, new_frame, settle
from beleidsvrijheid.figures.capacity import TYPE, draw_capacity
from beleidsvrijheid.figures.coefficients import draw_coefficients
from beleidsvrijheid.figures.dispersion import draw_dispersion
from beleidsvrijheid.figures.event_study import draw_event_study
from beleidsvrijheid.figures.maps import draw_map
from beleidsvrijheid.figures.multiverse import draw_specification_curve, draw_variance_by_axis, draw_vibration
from beleidsvrijheid.figures.necessity import draw_necessity
from beleidsvrijheid.figures.power import draw_power
from beleidsvrijheid.figures.quantile import draw_quantile
from beleidsvrijheid.figures.scale_ceiling import SCALE, draw_scale_ceiling
from beleidsvrijheid.geography import VINTAGES
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
FROM_PANEL = ("scale_ceiling", "capacity", "map")
KINDS = ("dispersion", "coefficients", "attribution", "event_study", "quantile", "necessity", *FROM_PANEL, *FROM_FILES)
FORMATS = ("svg", "png", "pdf")


def shown_indicators(settings: Mapping[str, Any], specifications: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Indicators whose rows of the panel the figure of an entry of `figures` is drawn from; none for most kinds."""
    if settings["kind"] not in FROM_PANEL:
        return []
    if settings["kind"] == "scale_ceiling":
        return [SCALE, *(one["outcome"] for one in specifications.values())]
    return [*settings["axes"], TYPE] if settings["kind"] == "capacity" else [settings["indicator"]]


def draw_figure(
    kind: str,
    results: dict[str, Result],
    labels: Labels,
    *,
    data_source: str,
    confidence: float,
    settings: Mapping[str, Any] | None = None,
    sectors: dict[str, list[str]] | None = None,
    panel: pd.DataFrame | None = None,
    excluded: dict[str, list[str]] | None = None,
    extra: dict[str, pd.DataFrame] | None = None,
    shocks: pd.DataFrame | None = None,
    vintage: int = VINTAGES[-1],
) -> "tuple[Figure, Alternative]":
    """Draw the figure of one of KINDS; with it the text that stands for it where it cannot be seen.

    settings: its entry of `figures`, for the kinds that have options. sectors: reformed and comparison fields, for dispersion.
    panel: the long panel (rows of `shown_indicators`), and excluded: nis codes by outlier rule, for scale_ceiling. shocks: what
    else happened when, for event_study. extra: result files of other kinds. vintage: number of municipalities, for map.
    Draw and save within `style(...)`. Raises StudyError on another kind.
    """
    frame, own, extra = new_frame(labels, data_source, confidence), dict(settings or {}), extra or {}
    _check_kind(kind, panel)
    by_kind: dict[str, Callable[[], Figure]] = {
        "dispersion": lambda: draw_dispersion(frame, results, sectors or {}),
        "coefficients": lambda: draw_coefficients(frame, results),
        "attribution": lambda: draw_attribution(frame, results),
        "scale_ceiling": lambda: draw_scale_ceiling(frame, results, panel, excluded or {}),
        "event_study": lambda: draw_event_study(frame, results, shocks),
        "quantile": lambda: draw_quantile(frame, results, own.get("term")),
        "necessity": lambda: draw_necessity(frame, results, extra),
        "capacity": lambda: draw_capacity(frame, panel, own["axes"]),
        "map": lambda: draw_map(frame, panel, own, extra, vintage),
    }
    figure = by_kind[kind]() if kind in by_kind else FROM_FILES[kind](frame, extra)
    settle(figure)
    return figure, alternative(kind, frame, results, Given(own, panel, extra, excluded or {}, vintage))


def _check_kind(kind: str, panel: pd.DataFrame | None) -> None:
    if kind not in KINDS or (kind in FROM_PANEL and panel is None):
        allowed = f"{', '.join(KINDS)} ({', '.join(FROM_PANEL)} with a panel)"
        raise StudyError(f"config.yaml: figures: kind: wrong value {kind!r}; allowed: {allowed}; correct it")


def style(path: str | Path):
    """A context in which matplotlib follows the style sheet at `path`, whatever the user's own settings."""
    import matplotlib
    from matplotlib import rc_params_from_file

    matplotlib.use("Agg")
    return matplotlib.rc_context(rc_params_from_file(path, use_default_template=True))


__all__ = ["FORMATS", "KINDS", "Alternative", "Frame", "draw_figure", "figure_bytes", "shown_indicators", "style"]
