"""Dispersion per policy field before and after the reform."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from beleidsvrijheid.figures.canvas import (
    COLOURS,
    WIDTH,
    Frame,
    label_rows,
    mark_source,
    new_figure,
    number_axis,
    row_places,
    whisker,
)
from beleidsvrijheid.publication import Result
from beleidsvrijheid.tables.model import number
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURES = ("sd_log", "cv")
PERIODS = (("pre", -0.16, "o", COLOURS[0]), ("post", 0.16, "s", COLOURS[1]))
GROUPS = ("reformed", "comparison")


def draw_dispersion(frame: Frame, results: dict[str, Result], sectors: dict[str, list[str]]) -> "Figure":
    """Sd of ln and CV side by side; a field per row, reformed fields above comparison fields.

    results: one dispersion_change specification (more: the first).
    A field without an estimate is a named empty row.
    """
    result = next(iter(results.values()))
    rows = _rows(frame, result, sectors)
    places = row_places([code is None for code, _ in rows])
    figure = new_figure(WIDTH, 1.4 + 0.26 * max(places, default=0))
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    for axes, measure in zip(panels, MEASURES, strict=True):
        _panel(axes, frame, result, measure, zip(places, (code for code, _ in rows), strict=True))
    label_rows(panels[0], places, [label for _, label in rows], [code is None for code, _ in rows])
    panels[1].spines["left"].set_visible(False)
    panels[1].tick_params(axis="y", length=0)
    handles = [line for line in panels[0].lines if not line.get_label().startswith("_")]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=2)
    mark_source(figure, frame)
    return figure


def _rows(frame: Frame, result: Result, sectors: dict[str, list[str]]) -> list[tuple[str | None, str]]:
    """(field code, or None for a heading; label) from top to bottom."""
    rows: list[tuple[str | None, str]] = []
    estimated = set(result.estimates["equation"])
    listed = [code for group in GROUPS for code in sectors.get(group, [])]
    groups = {group: sectors.get(group, []) for group in GROUPS} if listed else {"reformed": sorted(estimated)}
    for group, codes in groups.items():
        rows.append((None, word(f"group.{group}", frame.language)))
        for code in codes:
            lacking = "" if code in estimated else f" ({word('refused', frame.language)})"
            rows.append((code, f"{frame.labels.place(code)} {code}{lacking}"))
    return rows


def _panel(axes: "Axes", frame: Frame, result: Result, measure: str, rows: Iterable[tuple[float, str | None]]) -> None:
    seen: set[str] = set()
    for place, code in rows:
        for period, shift, marker, colour in PERIODS:
            row = result.row(code, f"{measure}_{period}") if code is not None else None
            if row is None or number(row["estimate"]) is None:
                continue
            point = whisker(axes, place + shift, row, 0, hollow=period == "pre", marker=marker, color=colour)
            if period not in seen:
                point.set_label(word(f"legend.{period}", frame.language))
            seen.add(period)
    axes.set_xlabel(word(f"axis.{measure}", frame.language))
    axes.set_xlim(left=0)
    number_axis(axes.xaxis, frame)
