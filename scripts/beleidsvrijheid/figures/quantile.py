"""Coefficients of a term over the quantiles of an outcome, with their intervals as a band."""

import re
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
from beleidsvrijheid.publication import INTERCEPTS, Result
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
PANEL_HEIGHT = 2.5  # inches
TITLE_CHARACTERS = 24


def draw_quantile(frame: Frame, results: dict[str, Result], term: str | None) -> "Figure":
    """A panel per specification and term: coefficient against quantile, band of its interval; zero as a line.

    term: the only one drawn; None: every term but the constant. A refused specification is an empty panel with the reason.
    """
    panels = [(result, name) for result in results.values() for name in terms_of(result, term)]
    columns = min(COLUMNS, max(len(panels), 1))
    rows = -(-len(panels) // columns) if panels else 1
    figure = new_figure(WIDTH, PANEL_HEIGHT * rows + 0.4)
    grid = figure.subplots(rows, columns, squeeze=False)
    is_one = len({name for _, name in panels}) == 1
    for place, (axes, (result, name)) in enumerate(zip(grid.flat, panels, strict=False)):
        axes.set_title(textwrap.fill(frame.labels.specification(result), TITLE_CHARACTERS), fontsize=9)
        path = path_of(result, name)
        if path.empty:
            why = not_estimated(frame, result, 120) if result.refused else word("refused", frame.language)
            axes.text(0.5, 0.5, textwrap.fill(why, 28), ha="center", va="center", fontsize=8, color=MUTED)
            axes.set_axis_off()
        else:
            _panel(axes, frame, path)
            if not is_one or place % columns == 0:
                axes.set_ylabel(_label(frame, name))
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    mark_source(figure, frame)
    return figure


def terms_of(result: Result, term: str | None) -> list[str]:
    """Terms that get a panel; one empty name for a specification that has none."""
    names = dict.fromkeys(name for name in result.estimates["term"] if name not in INTERCEPTS)
    return [term] if term else list(names) or [""]


def path_of(result: Result, term: str) -> pd.DataFrame:
    """quantile, estimate, ci_low, ci_high, by rising quantile; empty where nothing was estimated."""
    rows = result.estimates[result.estimates["term"] == term]
    found = [
        {"quantile": float(match[1]), **{key: row[key] for key in ("estimate", "ci_low", "ci_high")}}
        for row in rows.to_dict("records")
        if (match := re.fullmatch(r"quantile_(0?\.\d+)", row["equation"]))
    ]
    columns = ["quantile", "estimate", "ci_low", "ci_high"]
    return pd.DataFrame(found, columns=columns).astype(float).dropna(subset="estimate").sort_values("quantile")


def _label(frame: Frame, term: str) -> str:
    name = textwrap.fill(frame.labels.term(term), 26)
    return word("axis.by_quantile", frame.language, term=name, confidence=frame.percent)


def _panel(axes: "Axes", frame: Frame, path: pd.DataFrame) -> None:
    axes.grid(visible=True, axis="both")
    axes.axhline(0, color="black", linewidth=0.9, zorder=1)
    x = path["quantile"]
    axes.fill_between(x, path["ci_low"], path["ci_high"], color=COLOURS[0], alpha=0.2, linewidth=0, zorder=2)
    for end in ("ci_low", "ci_high"):
        axes.plot(x, path[end], color=COLOURS[0], linewidth=0.8, linestyle=(0, (4, 2)), zorder=2)
    axes.plot(x, path["estimate"], color=COLOURS[0], marker="o", zorder=3)
    axes.set_xlim(0, 1)
    axes.set_xticks(x, [frame.plain(level) for level in x])
    axes.set_xlabel(word("axis.quantile", frame.language))
    number_axis(axes.yaxis, frame)
