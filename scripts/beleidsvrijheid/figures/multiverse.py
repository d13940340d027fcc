"""Figures of a multiverse: the curve with its decisions, what the choices weigh, how far results vibrate.

The curve after Simonsohn, Simmons & Nelson (2020, 10.1038/s41562-020-0912-z), the vibration plot after Patel, Burford &
Ioannidis (2015, 10.1016/j.jclinepi.2015.05.029).
"""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from beleidsvrijheid.figures.canvas import (
    COLOURS,
    MUTED,
    WIDTH,
    Frame,
    label_rows,
    mark_source,
    new_figure,
    number_axis,
    row_places,
)
from beleidsvrijheid.multiverse.grid import axis_column
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXPECTED, NOT_SIGNIFICANT, REVERSED = "expected", "not_significant", "reversed"
LOOKS = {EXPECTED: COLOURS[0], NOT_SIGNIFICANT: "#a6a6a6", REVERSED: COLOURS[1]}
SHAPES = {EXPECTED: "^", NOT_SIGNIFICANT: "o", REVERSED: "s"}  # in grey the colours of the two signs are alike
PRIMARY = COLOURS[6]
FEW = 120  # cells that each get an interval and a tick of their own width
MANY = 600  # cells from which points are drawn as a picture
BINS = 360  # columns of the decision panel beyond that
ROW_HEIGHT = 0.165  # inches of one option
SMALLEST_P = 1e-6


@dataclass(frozen=True)
class Curve:
    """One multiverse as drawn. cells: estimated ones, by rank. reason: why the first of the refused could not be estimated.
    axes: axis, option and their labels. about: see multiverse.results.
    """

    cells: pd.DataFrame
    refused: int
    reason: str
    axes: pd.DataFrame
    about: pd.Series


def curves(extra: dict[str, pd.DataFrame]) -> list[Curve]:
    """What result files hold, by entry. extra: multiverse/{name}/curve, axes and record."""
    found = []
    for key, table in extra.items():
        if key.startswith("multiverse/") and key.endswith("/curve"):
            folder = key.removesuffix("/curve")
            told = table[table["status"] == "estimated"].sort_values("rank", ignore_index=True)
            about, gone = extra[f"{folder}/record"].iloc[0], table[table["status"] != "estimated"]
            reason = str(gone["reason"].iloc[0]) if len(gone) else ""
            found.append(Curve(told, len(gone), reason, extra[f"{folder}/axes"], about))
    return found


def draw_specification_curve(frame: Frame, extra: dict[str, pd.DataFrame]) -> "Figure":
    """Estimates in order with their intervals and the null band; below, which choices made each."""
    every = curves(extra)
    rows = [len(one.axes) + one.axes["axis"].nunique() for one in every]
    heights = [part for n in rows for part in (2.6, 0.35 + ROW_HEIGHT * n)]
    figure = new_figure(WIDTH, 0.8 + sum(heights))
    grid = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    for one, above, below in zip(every, grid[::2], grid[1::2], strict=True):
        if one.cells.empty:
            _draw_nothing(above, frame, one)
            below.set_axis_off()
            continue
        below.sharex(above)
        _draw_estimates(above, frame, one)
        _draw_decisions(below, frame, one)
    _legend(figure, frame, with_band=True)
    mark_source(figure, frame)
    return figure


def _draw_nothing(axes: "Axes", frame: Frame, one: Curve) -> None:
    """Say that no variant could be estimated, and why the first could not."""
    axes.set_title(str(one.about[f"label_{frame.language}"]), fontsize=9.5)
    text = f"{word('refused', frame.language)}: {sentence(one.reason, frame.labels)}"
    axes.text(0.5, 0.5, textwrap.fill(text, 60), ha="center", va="center", fontsize=8, color=MUTED)
    axes.set_axis_off()


def kinds_of(one: Curve) -> np.ndarray:
    """Kind of each cell, a key of LOOKS."""
    sign = 1.0 if one.about["expected"] == "positive" else -1.0
    significant = one.cells["p_value"].to_numpy(float) < float(one.about["alpha"])
    agrees = sign * one.cells["estimate"].to_numpy(float) > 0
    return np.where(~significant, NOT_SIGNIFICANT, np.where(agrees, EXPECTED, REVERSED))


def _draw_estimates(axes: "Axes", frame: Frame, one: Curve) -> None:
    cells, n = one.cells, len(one.cells)
    x, y = np.arange(n), cells["standardised"].to_numpy(float)
    ratio = np.where(cells["estimate"] == 0, np.nan, y / cells["estimate"])
    ends = [cells[name].to_numpy(float) * ratio for name in ("ci_low", "ci_high")]
    low, high = np.minimum(*ends), np.maximum(*ends)
    if cells["null_low"].notna().any():
        axes.fill_between(
            x, cells["null_low"], cells["null_high"], step="mid", color="#000000", alpha=0.12, linewidth=0
        )
    kinds = kinds_of(one)
    for kind, colour in LOOKS.items():
        at = np.flatnonzero(kinds == kind)
        width = 1.1 if n <= FEW else max(0.25, 400.0 / n * 0.5)
        axes.vlines(at, low[at], high[at], color=colour, linewidth=width, alpha=0.35, zorder=2)
        size = 3.2 if n <= FEW else 1.2 if kind == NOT_SIGNIFICANT else 2.0
        axes.plot(
            at, y[at], linestyle="", marker=SHAPES[kind], markersize=size, color=colour, zorder=3, rasterized=n > MANY
        )
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    main = np.flatnonzero(cells["is_primary"].to_numpy(bool))
    axes.plot(main, y[main], linestyle="", marker="D", markersize=6, mfc="white", mec=PRIMARY, mew=1.4, zorder=5)
    _head(axes, frame, one)
    axes.set_ylabel(word("axis.curve", frame.language), fontsize=8)
    axes.set_xlim(-0.5 - 0.01 * n, n - 0.5 + 0.01 * n)
    axes.tick_params(axis="x", labelbottom=False, length=0)
    axes.grid(visible=False, axis="x")
    number_axis(axes.yaxis, frame)


def _head(axes: "Axes", frame: Frame, one: Curve) -> None:
    """Title, and below it whose coefficient is drawn and on how many variants and samples."""
    counts = word(
        "figure.cells",
        frame.language,
        term=frame.labels.term(str(one.about["focal"])),
        n=frame.number(len(one.cells), 0),
        refused=word("figure.refused_cells", frame.language, n=frame.number(one.refused, 0)) if one.refused else "",
        samples=frame.number(one.about["n_samples"], 0),
        low=frame.number(one.cells["n_obs"].min(), 0),
        high=frame.number(one.cells["n_obs"].max(), 0),
    )
    axes.set_title(str(one.about[f"label_{frame.language}"]), fontsize=9.5, pad=27)
    axes.text(0, 1.02, counts, transform=axes.transAxes, fontsize=7.5, va="bottom")


def _draw_decisions(axes: "Axes", frame: Frame, one: Curve) -> None:
    """A line per option, marked where a cell chose it; with many cells, the share of neighbours that did."""
    texts, heads, marks = [], [], []
    for axis, options in one.axes.groupby("axis", sort=False):
        texts.append(str(options[f"axis_{frame.language}"].iloc[0]))
        heads.append(True)
        marks.append(None)
        for row in options.itertuples():
            texts.append(str(getattr(row, f"label_{frame.language}")))
            heads.append(False)
            marks.append((one.cells[axis_column(str(axis))] == row.option).to_numpy())
    places = row_places(heads, head_height=1.0, above_head=1.15)
    for place, mark in zip(places, marks, strict=True):
        if mark is not None:
            _draw_marks(axes, place, mark)
    main = np.flatnonzero(one.cells["is_primary"].to_numpy(bool))
    for at in main:
        axes.axvline(at, color=PRIMARY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    label_rows(axes, places, texts, heads)
    axes.tick_params(axis="both", labelsize=7, length=0)
    axes.grid(visible=False)
    axes.set_xlabel(word("axis.rank", frame.language), fontsize=8)
    axes.tick_params(axis="x", labelbottom=False)
    axes.spines["bottom"].set_visible(False)


def _draw_marks(axes: "Axes", place: float, mark: np.ndarray) -> None:
    n = len(mark)
    if n <= FEW:
        at = np.flatnonzero(mark)
        axes.plot(at, np.full(len(at), place), linestyle="", marker="|", markersize=5, color=COLOURS[0], mew=1.2)
        return
    bins = np.minimum(np.arange(n) * min(BINS, n) // n, min(BINS, n) - 1)
    share = np.bincount(bins, mark) / np.bincount(bins)
    shades = np.ones((1, len(share), 4))
    shades[0, :, :3] = 1 - share[:, None] * (1 - np.array([0.0, 0.447, 0.698]))
    extent = (-0.5, n - 0.5, place + 0.38, place - 0.38)
    axes.imshow(shades, aspect="auto", extent=extent, interpolation="nearest", zorder=2)


def _legend(figure: "Figure", frame: Frame, with_band: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=SHAPES[kind],
            markersize=4,
            color=colour,
            label=word(f"legend.{kind}", frame.language),
        )
        for kind, colour in LOOKS.items()
    ]
    name = word("legend.primary", frame.language)
    handles.append(Line2D([], [], linestyle="", marker="D", mfc="white", mec=PRIMARY, markersize=5, label=name))
    if with_band:
        band = word("legend.null_band", frame.language, percent=frame.percent)
        handles.append(Patch(color="#000000", alpha=0.12, linewidth=0, label=band))
    figure.legend(handles=handles, loc="outside upper left", ncols=3)


def draw_variance_by_axis(frame: Frame, extra: dict[str, pd.DataFrame]) -> "Figure":
    """Share of the variance of the estimates that each choice accounts for."""
    every = curves(extra)
    counts = [one.axes["axis"].nunique() + 1 for one in every]
    figure = new_figure(WIDTH, 0.7 + sum(0.55 + 0.26 * n for n in counts))
    grid = figure.subplots(len(every), 1, height_ratios=[0.55 + 0.26 * n for n in counts], sharex=True, squeeze=False)
    for axes, one in zip(grid[:, 0], every, strict=True):
        if one.cells.empty:
            _draw_nothing(axes, frame, one)
            continue
        shares = one.axes.drop_duplicates("axis").dropna(subset=["variance_share"])
        shares = shares.sort_values("variance_share", ascending=False)
        values = [*np.maximum(shares["variance_share"].astype(float), 0.0)]
        values.append(max(0.0, 1.0 - sum(values)))
        names = [*shares[f"axis_{frame.language}"].astype(str), word("axis.interplay", frame.language)]
        places = np.arange(len(values), dtype=float)
        axes.barh(places, values, height=0.62, color=[*[COLOURS[0]] * (len(values) - 1), "#bbbbbb"])
        for place, value in zip(places, values, strict=True):
            axes.text(value + 0.008, place, frame.number(value, 2), va="center", fontsize=8)
        label_rows(axes, list(places), names, [False] * len(names))
        axes.set_xlim(0, min(1.12, max(values) * 1.15 + 0.05))
        axes.set_title(str(one.about[f"label_{frame.language}"]), fontsize=9.5)
        number_axis(axes.xaxis, frame)
    grid[-1, 0].set_xlabel(word("axis.variance_share", frame.language))
    mark_source(figure, frame)
    return figure


def draw_vibration(frame: Frame, extra: dict[str, pd.DataFrame]) -> "Figure":
    """Estimate against p: how far results move, and whether their sign does (the Janus effect)."""
    every = curves(extra)
    figure = new_figure(WIDTH, 0.5 + 3.1 * len(every))
    for axes, one in zip(figure.subplots(len(every), 1, squeeze=False)[:, 0], every, strict=True):
        if one.cells.empty:
            _draw_nothing(axes, frame, one)
            continue
        _draw_points(axes, one)
        x = one.cells["standardised"].to_numpy(float)
        for share in (0.01, 0.5, 0.99):
            value, name = float(np.quantile(x, share)), f" {frame.number(100 * share, 0)} %"
            axes.axvline(value, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)) if share == 0.5 else (0, (1, 2)))
            axes.text(value, 1.0, name, transform=axes.get_xaxis_transform(), fontsize=7, va="top")
        axes.axhline(-np.log10(float(one.about["alpha"])), color=MUTED, linewidth=0.7)
        axes.axvline(0, color=MUTED, linewidth=0.8)
        _head(axes, frame, one)
        axes.set_xlabel(word("axis.curve", frame.language), fontsize=8)
        axes.set_ylabel(word("axis.minus_log_p", frame.language), fontsize=8)
        number_axis(axes.xaxis, frame)
        number_axis(axes.yaxis, frame)
    _legend(figure, frame, with_band=False)
    mark_source(figure, frame)
    return figure


def _draw_points(axes: "Axes", one: Curve) -> None:
    """A point per variant, the one fixed beforehand above them."""
    x = one.cells["standardised"].to_numpy(float)
    y = -np.log10(np.maximum(one.cells["p_value"].to_numpy(float), SMALLEST_P))
    kinds, size = kinds_of(one), 14 if len(x) <= FEW else 5
    for kind, colour in LOOKS.items():
        own = kinds == kind
        axes.scatter(
            x[own],
            y[own],
            s=size,
            marker=SHAPES[kind],
            color=colour,
            alpha=0.5,
            linewidth=0,
            zorder=3,
            rasterized=len(x) > MANY,
        )
    main = one.cells["is_primary"].to_numpy(bool)
    axes.plot(x[main], y[main], linestyle="", marker="D", markersize=7, mfc="white", mec=PRIMARY, mew=1.4, zorder=5)
