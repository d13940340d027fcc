"""Three axes of administrative capacity against each other: the staff there is, what was planned, what came of it.

The continuum first; the three types of investors in staff are a mark of the dots (Van Haelter & Voets, Reflectienota 2017-2021).
"""

import textwrap
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from beleidsvrijheid.figures.canvas import COLOURS, MUTED, WIDTH, Frame, mark_source, new_figure, number_axis
from beleidsvrijheid.figures.words import FIGURE_WORDS
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TYPE = "staff_investor_type"
# Type -> marker, colour, whether filled: apart in colour, in grey and by shape.
LOOKS = {1: ("o", COLOURS[5], True), 2: ("s", COLOURS[1], False), 3: ("^", COLOURS[6], True)}
UNTYPED = ("o", "#8a8a8a", True)
HEIGHT = 6.0  # inches


def capacity_values(panel: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """By nis a column per axis and `type` (1-3, 0 where unknown), of the static values; rows may lack some."""
    rows = panel[(panel["level"] == "municipality") & panel["year"].isna() & (panel["beleidsveld"] == "")]
    found = {name: rows[rows["indicator"] == name].set_index("nis")["value"].dropna() for name in (*axes, TYPE)}
    table = pd.DataFrame(found).sort_index()
    return table[table[list(axes)].notna().any(axis=1)].assign(type=lambda own: own[TYPE].fillna(0).astype(int))


def rank_correlation(values: pd.DataFrame, one: str, other: str) -> float:
    """Spearman's, of who has both."""
    both = values[[one, other]].dropna()
    return float(both[one].rank().corr(both[other].rank())) if len(both) > 2 else float("nan")


def draw_capacity(frame: Frame, panel: pd.DataFrame, names: Sequence[str]) -> "Figure":
    """A panel per pair of the three indicators `names`, a dot per municipality; an axis without values says so."""
    values = capacity_values(panel, names)
    figure = new_figure(WIDTH, HEIGHT)
    grid = figure.subplots(2, 2)
    for axes, (x, y) in zip((grid[0, 0], grid[1, 0], grid[1, 1]), combinations(names, 2), strict=True):
        _panel(axes, frame, values, x, y)
    _key(grid[0, 1], frame, values, names)
    mark_source(figure, frame)
    return figure


def _panel(axes: "Axes", frame: Frame, values: pd.DataFrame, x: str, y: str) -> None:
    both = values.dropna(subset=[x, y])
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_label_text(textwrap.fill(frame.labels.indicator(name), 34))
        number_axis(axis, frame)
    if both.empty:
        axes.set(xticks=[], yticks=[])
        text = word("capacity.no_values", frame.language, of=FIGURE_WORDS)
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=8, color=MUTED)
        return
    axes.grid(visible=True, axis="both")
    for kind, own in both.groupby("type"):
        axes.plot(own[x], own[y], **_look(int(kind)))
    rho = frame.number(rank_correlation(values, x, y), 2)
    text = word("capacity.correlation", frame.language, of=FIGURE_WORDS, rho=rho, n=frame.number(len(both), 0))
    axes.set_title(text, fontsize=8, fontweight="normal", color=MUTED)


def _look(kind: int) -> dict[str, object]:
    marker, colour, is_filled = LOOKS.get(kind, UNTYPED)
    face = colour if is_filled else "none"
    return {"linestyle": "", "marker": marker, "markersize": 4, "mec": colour, "mfc": face, "mew": 0.9, "alpha": 0.75}


def _key(axes: "Axes", frame: Frame, values: pd.DataFrame, names: Sequence[str]) -> None:
    """What the marks are, with the number of each, and how many municipalities lack an axis."""
    from matplotlib.lines import Line2D

    axes.set_axis_off()
    counts = values["type"].value_counts().sort_index()
    handles = [
        Line2D([], [], **_look(int(kind)), label=type_label(frame, int(kind), int(n))) for kind, n in counts.items()
    ]
    if handles:
        axes.legend(
            handles=handles, loc="center left", title=_heading(frame, counts), alignment="left", borderaxespad=0
        )
    n_lacking = int(values[list(names)].isna().any(axis=1).sum())
    if n_lacking:
        text = word("capacity.lacking", frame.language, of=FIGURE_WORDS, n=frame.number(n_lacking, 0))
        axes.text(0, 0.15, textwrap.fill(text, 42), transform=axes.transAxes, fontsize=8, color=MUTED)


def _heading(frame: Frame, counts: pd.Series) -> str:
    is_typed = bool((counts.index > 0).any())
    return word("capacity.types", frame.language, of=FIGURE_WORDS) if is_typed else ""


def type_label(frame: Frame, kind: int, n: int) -> str:
    """A type of investors in staff in words, with its number of municipalities."""
    return word(f"capacity.type_{kind}", frame.language, of=FIGURE_WORDS, n=frame.number(n, 0))
