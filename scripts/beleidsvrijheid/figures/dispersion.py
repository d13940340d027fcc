"""Dispersion per policy field before and after the reform."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from beleidsvrijheid.figures.canvas import (
    COLOURS,
    MUTED,
    WIDTH,
    Frame,
    label_rows,
    mark_source,
    new_figure,
    not_estimated,
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
    if result.refused:
        figure.suptitle(not_estimated(frame, result, 100), fontsize=9, color=MUTED)
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
    estimated = sorted(set(result.estimates["equation"]))
    listed = [code for group in GROUPS for code in sectors.get(group, [])]
    groups = {group: sectors.get(group, []) for group in GROUPS} if listed else {"reformed": estimated}
    for group, codes in groups.items():
        rows.append((None, word(f"group.{group}", frame.language)))
        for code in codes:
            rows.append((code, f"{frame.labels.place(code)} {code}"))
    return rows


def _panel(axes: "Axes", frame: Frame, result: Result, measure: str, rows: Iterable[tuple[float, str | None]]) -> None:
    seen: set[str] = set()
    for place, code in rows:
        if measure == MEASURES[0] and code is not None and result.row(code) is None and not result.refused:
            text, across = _lacking(frame, result, code), axes.get_yaxis_transform()
            axes.text(0.02, place, text, transform=across, va="center", fontsize=8, color=MUTED)
        for period, shift, marker, colour in PERIODS:
            row = result.row(code, f"{measure}_{period}") if code is not None else None
            if row is None or number(row["estimate"]) is None:
                continue
            point = whisker(axes, place + shift, row, 0, hollow=period == "pre", marker=marker, color=colour)
            if period not in seen:
                point.set_label(word(f"legend.{period}", frame.language))
            seen.add(period)
    interval = word("head.interval", frame.language, confidence=frame.percent)
    axes.set_xlabel(f"{word(f'axis.{measure}', frame.language)}\n{interval}")
    axes.set_xlim(left=0)
    number_axis(axes.xaxis, frame)


def _lacking(frame: Frame, result: Result, code: str) -> str:
    """Why a field has no estimate: how many municipalities were left, where the sample says so."""
    steps = result.samples
    found = steps[(steps["step"] == "too few municipalities") & steps["reason"].str.startswith(f"{code}:")]
    if found.empty:
        return word("refused", frame.language)
    return word("figure.too_few", frame.language, n=frame.number(float(found.iloc[0]["rows_in"]), 0))
