"""Used freedom against the number of inhabitants, with quantile lines: is scale a slope or a ceiling?"""

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from beleidsvrijheid.figures.canvas import COLOURS, MUTED, WIDTH, Frame, mark_source, new_figure, number_axis
from beleidsvrijheid.publication import INTERCEPTS, Result
from beleidsvrijheid.tables.model import number
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALE = "log_population"
LINES = ((0, (5, 2)), "-", (0, (1, 1.2)), "-.")
TICKS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)


def draw_scale_ceiling(frame: Frame, results: dict[str, Result], panel: pd.DataFrame) -> "Figure":
    """A dot per municipality and a line per quantile of the specification; a refused one leaves the dots."""
    result = next(iter(results.values()))
    points = _points(result, panel)
    figure = new_figure(WIDTH, 4.6)
    axes = figure.subplots()
    axes.grid(visible=True, axis="both")
    axes.set_xscale("log")
    label = word("legend.municipality", frame.language)
    axes.plot(
        np.exp(points[SCALE]),
        points["outcome"],
        ".",
        color="#8a8a8a",
        alpha=0.55,
        markersize=5,
        mew=0,
        label=label,
    )
    _lines(axes, frame, result, points[SCALE])
    _ticks(axes, frame, points[SCALE])
    axes.set_xlabel(word("axis.inhabitants", frame.language))
    axes.set_ylabel(frame.labels.outcome(result))
    number_axis(axes.yaxis, frame)
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles[::-1], names[::-1], loc="outside upper center", ncols=4)
    if result.refused:
        text = f"{frame.labels.specification(result)}: {word('refused', frame.language)}"
        axes.text(0.01, 0.99, text, transform=axes.transAxes, va="top", color=MUTED)
    mark_source(figure, frame)
    return figure


def _points(result: Result, panel: pd.DataFrame) -> pd.DataFrame:
    """One row per municipality: ln population and outcome, from the panel's static rows."""
    static = panel[(panel["level"] == "municipality") & panel["year"].isna()]
    outcome = static[
        (static["indicator"] == result.settings.get("outcome"))
        & (static["beleidsveld"] == (result.settings.get("beleidsveld") or ""))
    ]
    size = static[(static["indicator"] == SCALE) & (static["beleidsveld"] == "")]
    columns = {"outcome": outcome.set_index("nis")["value"], SCALE: size.set_index("nis")["value"]}
    return pd.DataFrame(columns).dropna().sort_index()


def _lines(axes: "Axes", frame: Frame, result: Result, sizes: pd.Series) -> None:
    if result.refused or sizes.empty:
        return
    ends = np.array([sizes.min(), sizes.max()])
    found = (re.fullmatch(r"quantile_(0?\.\d+)", equation) for equation in dict.fromkeys(result.estimates["equation"]))
    levels = sorted(float(match[1]) for match in found if match)
    for place, level in enumerate(levels):
        slope = result.row(f"quantile_{level:g}", SCALE)
        starts = (result.row(f"quantile_{level:g}", name) for name in INTERCEPTS)
        start = next((row for row in starts if row is not None), None)
        if slope is None or start is None or number(slope["estimate"]) is None:
            continue
        label = word("legend.quantile", frame.language, quantile=frame.plain(level))
        style = LINES[place % len(LINES)]
        heights = start["estimate"] + slope["estimate"] * ends
        axes.plot(
            np.exp(ends),
            heights,
            linestyle=style,
            color=COLOURS[place % len(COLOURS)],
            linewidth=2,
            label=label,
        )


def _ticks(axes: "Axes", frame: Frame, sizes: pd.Series) -> None:
    from matplotlib.ticker import NullLocator

    low, high = (np.exp(sizes.min()), np.exp(sizes.max())) if len(sizes) else (1_000, 100_000)
    ticks = [tick for tick in TICKS if low * 0.9 <= tick <= high * 1.1]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ticks, [frame.number(tick, 0) for tick in ticks])
