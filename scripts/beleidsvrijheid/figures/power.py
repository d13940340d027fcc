"""Power curves: small multiples, one panel for R2 and one per coefficient, simulation beside the formula."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from beleidsvrijheid.figures.canvas import COLOURS, MARKERS, MUTED, WIDTH, Frame, mark_source, new_figure, number_axis
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
PANEL_HEIGHT, TITLE_HEIGHT = 1.75, 0.4  # inches; of titles that also name their specification
ENOUGH_POWER = 0.8
R2, EQUIVALENCE, T_TEST = "r2_non_inferiority", "equivalence", "t_test"


def draw_power(frame: Frame, extra: dict[str, pd.DataFrame]) -> "Figure":
    """One panel per specification and test. extra: power/{name} -> its rows, columns power.POWER_COLUMNS."""
    entries = [_panels(frame, rows, len(extra)) for key, rows in extra.items() if key.startswith("power/")]
    panels = [panel for entry in entries for panel in entry]
    # Each specification starts on a row of its own.
    places = [panel for entry in entries for panel in [*entry, *[None] * (-len(entry) % COLUMNS)]] or [None] * COLUMNS
    height = len(places) // COLUMNS
    figure = new_figure(WIDTH, 1.0 + (PANEL_HEIGHT + (TITLE_HEIGHT if len(entries) > 1 else 0.0)) * height)
    grid = figure.subplots(height, COLUMNS, sharey=True, squeeze=False)
    series = _series(panels)
    for axes, panel in zip(grid.flat, places, strict=True):
        if panel is None:
            axes.set_axis_off()
        else:
            _draw_panel(axes, frame, *panel, series)
    for axes in grid[:, 0]:
        axes.set_ylabel(word("axis.power", frame.language))
    _legend(figure, frame, series)
    mark_source(figure, frame)
    return figure


def _panels(frame: Frame, rows: pd.DataFrame, entries: int) -> list[tuple[str, pd.DataFrame]]:
    """Title and rows of each panel, R2 first."""
    label = str(rows[f"label_{frame.language}"].iloc[0])
    if rows["power"].isna().all():
        return [(label, rows)]
    told = rows[rows["test"].astype(object).fillna("") != ""]
    return [
        (f"{label}: {title}" if entries > 1 else title, own)
        for term, own in told.groupby("term", sort=False)
        for title in [_title(str(term), own, frame.labels)]
    ]


def _title(term: str, rows: pd.DataFrame, labels: Labels) -> str:
    return word("power.r2", labels.language) if (rows["test"] == R2).all() else labels.term(term)


def _series(panels: list[tuple[str, pd.DataFrame]]) -> list[tuple[str, float]]:
    """Tests and bounds in the order of the legend; a bound missing: the t-test."""
    every = pd.concat([rows for _, rows in panels]) if panels else pd.DataFrame(columns=["test", "bound"])
    found = every.dropna(subset=["test"])[["test", "bound"]].drop_duplicates()
    pairs = [(str(test), float(bound)) for test, bound in found.itertuples(index=False)]
    order = {R2: 0, EQUIVALENCE: 1, T_TEST: 2}
    return sorted(
        [pair for pair in pairs if pair[0] in order], key=lambda pair: (order[pair[0]], -np.nan_to_num(pair[1]))
    )


def _look(series: list[tuple[str, float]], at: int) -> dict[str, Any]:
    """The first bound of either test has one colour: primary; stricter ones another; the t-test black."""
    test = series[at][0]
    rank = [pair[0] for pair in series[:at]].count(test)
    place = -1 if test == T_TEST else rank
    return {"color": COLOURS[place], "marker": MARKERS[place % len(MARKERS)] if place >= 0 else "x"}


def _draw_panel(axes: "Axes", frame: Frame, title: str, rows: pd.DataFrame, series: list[tuple[str, float]]) -> None:
    import textwrap

    axes.set_title("\n".join(textwrap.wrap(title, 30)), fontsize=8.5)
    axes.set_ylim(-0.03, 1.03)
    if rows["power"].isna().all():
        note = rows["note"].astype(object).fillna("").iloc[0]
        text = f"{word('refused', frame.language)}: {sentence(str(note), frame.labels)}"
        axes.text(0.5, 0.5, textwrap.fill(text, 28), ha="center", va="center", fontsize=8, color=MUTED)
        axes.set_xticks([])
        return
    for height in (ENOUGH_POWER, float(rows["alpha"].iloc[0])):
        axes.axhline(height, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    is_r2 = (rows["test"] == R2).all()
    for at, (test, bound) in enumerate(series):
        same = rows["bound"].isna() if np.isnan(bound) else np.isclose(rows["bound"].astype(float), bound)
        _draw_curve(axes, rows[(rows["test"] == test) & same], bound, _look(series, at), is_r2)
    axes.set_xlabel(word("axis.true_r2" if is_r2 else "axis.true_coefficient", frame.language), fontsize=8)
    axes.tick_params(labelsize=7.5)
    number_axis(axes.xaxis, frame)
    number_axis(axes.yaxis, frame)


def _draw_curve(axes: "Axes", rows: pd.DataFrame, bound: float, look: dict[str, Any], is_r2: bool) -> None:
    if rows.empty:
        return
    colour, x = look["color"], rows["true_value"]
    for edge in [] if np.isnan(bound) else [bound] if is_r2 else [-bound, bound]:
        axes.axvline(edge, color=colour, linewidth=0.7, alpha=0.6, zorder=1)
    axes.fill_between(x, rows["mc_low"], rows["mc_high"], color=colour, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(x, rows["analytic"], color=colour, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3)
    axes.plot(x, rows["power"], linestyle="", markersize=3, marker=look["marker"], color=colour, zorder=4)


def _legend(figure: "Figure", frame: Frame, series: list[tuple[str, float]]) -> None:
    from matplotlib.lines import Line2D

    words = {R2: "legend.smaller", EQUIVALENCE: "legend.equivalent", T_TEST: "legend.t_test"}
    handles = [
        Line2D([], [], linestyle="", markersize=4, **_look(series, at), label=_label(words[test], bound, frame))
        for at, (test, bound) in enumerate(series)
    ]
    analytic = word("legend.analytic", frame.language)
    handles.append(Line2D([], [], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), label=analytic))
    figure.legend(handles=handles, loc="outside upper left", ncols=3)


def _label(key: str, bound: float, frame: Frame) -> str:
    return word(key, frame.language) if np.isnan(bound) else word(key, frame.language, bound=frame.number(bound, 2))
