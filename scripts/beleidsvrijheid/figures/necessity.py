"""Scatter of the outcome against each condition, with the ceilings above it."""

import math
import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from beleidsvrijheid.figures.canvas import (
    COLOURS,
    MUTED,
    WIDTH,
    Frame,
    mark_source,
    new_figure,
    not_estimated,
    number_axis,
)
from beleidsvrijheid.publication import Result
from beleidsvrijheid.tables.model import p_relation
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = {"ce_fdh": ("-", COLOURS[1]), "cr_fdh": ((0, (5, 2)), COLOURS[0])}
PANEL_HEIGHT = 2.9  # inches


def draw_necessity(frame: Frame, results: dict[str, Result], extra: dict[str, pd.DataFrame]) -> "Figure":
    """A panel per entry and condition: a dot per municipality, the step and the line above them, d and p in the title.

    results: see analyses.entry_results. extra: result files of `necessity` by folder and stem. A refused entry is one
    empty panel with the reason.
    """
    panels = [(result, condition) for result in results.values() for condition in _conditions(result)]
    columns = min(2, max(len(panels), 1))
    rows = max(math.ceil(len(panels) / columns), 1)
    figure = new_figure(WIDTH, PANEL_HEIGHT * rows + 0.5)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, (result, condition) in zip(grid.flat, panels, strict=False):
        if condition is None:
            told = textwrap.fill(not_estimated(frame, result, 160), 44)
            axes.text(0.5, 0.5, told, ha="center", va="center", color=MUTED, fontsize=8.5)
            axes.set_axis_off()
        else:
            _panel(axes, frame, result, condition, extra)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    _legend(figure, grid)
    mark_source(figure, frame)
    return figure


def _conditions(result: Result) -> list[str | None]:
    return [None] if result.refused else list(dict.fromkeys(result.estimates["term"]))


def _panel(axes: "Axes", frame: Frame, result: Result, condition: str, extra: dict[str, pd.DataFrame]) -> None:
    points = extra[f"necessity/{result.name}_ceilings"]
    points = points[points["condition"] == condition]
    cases = points[points["ceiling"] == "cases"]
    axes.grid(visible=True, axis="both")
    axes.plot(
        cases["x"],
        cases["y"],
        ".",
        color="#8a8a8a",
        alpha=0.55,
        markersize=4.5,
        mew=0,
        label=word("legend.municipality", frame.language),
    )
    for kind, (style, colour) in LINES.items():
        own = points[points["ceiling"] == kind]
        if len(own):
            label = word(f"ceiling.{kind}", frame.language)
            axes.plot(own["x"], own["y"], linestyle=style, color=colour, linewidth=1.6, label=label)
    axes.set_xlabel(frame.labels.term(condition))
    axes.set_ylabel(frame.labels.outcome(result))
    number_axis(axes.xaxis, frame)
    number_axis(axes.yaxis, frame)
    axes.set_title(_title(frame, result, condition), fontsize=8, fontweight="normal", color=MUTED)


def _title(frame: Frame, result: Result, condition: str) -> str:
    """d and p of each ceiling."""
    tests = result.inference[result.inference["term"] == condition]
    told = []
    for row in tests.to_dict("records"):
        kind = word(f"ceiling.{str(row['test']).removeprefix('necessity_')}", frame.language)
        figures = {"effect": frame.number(row["estimate"], 2), "p": p_relation(row["p_value"], frame.language)}
        told.append(word("figure.necessity_one", frame.language, condition=kind, **figures))
    return "\n".join(told)


def _legend(figure: "Figure", grid) -> None:
    entries: dict[str, object] = {}
    for axes in grid.flat:
        handles, names = axes.get_legend_handles_labels()
        entries |= dict(zip(names, handles, strict=True))
    if entries:
        figure.legend(list(entries.values()), list(entries), loc="outside upper center", ncols=3)
