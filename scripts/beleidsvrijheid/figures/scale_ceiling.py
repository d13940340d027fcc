"""Used freedom against the number of inhabitants, with quantile lines: is scale a slope or a ceiling?"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
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
from beleidsvrijheid.tables.model import number
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALE = "log_population"
ENDS = (("estimate", "estimate"), ("low", "ci_low"), ("high", "ci_high"))
LINES = ((0, (5, 2)), "-", (0, (1, 1.2)), "-.")
# In order of preference: a tick too near to one already there is left out.
TICKS = (1_000, 10_000, 100_000, 5_000, 50_000, 500_000, 20_000, 2_000, 200_000, 100, 500, 200)
NEAREST = 0.1  # of the width of the figure


def draw_scale_ceiling(
    frame: Frame, results: dict[str, Result], panel: pd.DataFrame, excluded: Mapping[str, Sequence[str]]
) -> "Figure":
    """A dot per municipality and a line per quantile of the specification; a refused one leaves the dots.

    excluded: outlier rule -> nis; municipalities that the specification's own rules leave out get no dot.
    """
    result = next(iter(results.values()))
    points = points_of(result, panel, excluded)
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
    text = not_estimated(frame, result, 100) if result.refused else _difference(frame, result)
    axes.set_title(text, fontsize=8.5, fontweight="normal", color=MUTED)
    mark_source(figure, frame)
    return figure


def points_of(result: Result, panel: pd.DataFrame, excluded: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row per municipality of the sample: log_population and outcome, from the panel's static rows."""
    static = panel[(panel["level"] == "municipality") & panel["year"].isna()]
    outcome = static[
        (static["indicator"] == result.settings.get("outcome"))
        & (static["beleidsveld"] == (result.settings.get("beleidsveld") or ""))
    ]
    size = static[(static["indicator"] == SCALE) & (static["beleidsveld"] == "")]
    columns = {"outcome": outcome.set_index("nis")["value"], SCALE: size.set_index("nis")["value"]}
    rules = (result.settings.get("sample") or {}).get("exclude") or []
    gone = [nis for rule in rules for nis in excluded.get(rule, [])]
    return pd.DataFrame(columns).dropna().drop(index=gone, errors="ignore").sort_index()


def _difference(frame: Frame, result: Result) -> str:
    """The difference of the outer slopes with its interval; empty where it was not estimated."""
    found = result.estimates[result.estimates["equation"].str.fullmatch(r"quantile_[\d.]+-[\d.]+")]
    found = found[found["term"] == SCALE]
    if found.empty or number(found.iloc[0]["ci_low"]) is None:
        return ""
    row = found.iloc[0]
    figures = {key: frame.number(row[column], 3) for key, column in ENDS}
    what = frame.labels.equation(row["equation"])
    return word("figure.slope", frame.language, what=what, percent=frame.percent, **figures)


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
    room = NEAREST * np.log(high / low)
    ticks: list[int] = []
    for tick in TICKS:
        apart = all(abs(np.log(tick / other)) >= room for other in ticks)
        if low * 0.9 <= tick <= high * 1.1 and apart:
            ticks.append(tick)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sorted(ticks), [frame.number(tick, 0) for tick in sorted(ticks)])
