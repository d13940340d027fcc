"""An outcome by year against a reference year, with everything else that happened marked."""

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
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_HEIGHT = 2.6
TITLE_PAD = 14  # points; the numbers of the shocks stand between the panel and its title
KEY_LINE = 0.155  # inches per line of the key to the shocks
KEY_CHARACTERS = 100


def draw_event_study(frame: Frame, results: dict[str, Result], shocks: pd.DataFrame) -> "Figure":
    """A panel per specification: coefficients by year with intervals, the reference year hollow, shocks as lines.

    shocks: year, id, label_nl, label_en; marked in every panel by a number, told below the last.
    """
    years = [year for result in results.values() for year in _years(result)]
    marked = _numbered(shocks, years, frame.language)
    told = _told(marked)
    foot = KEY_LINE * max(told.count("\n") + 1, 1)
    figure = new_figure(WIDTH, PANEL_HEIGHT * len(results) + foot + 0.6)
    heights = [PANEL_HEIGHT] * len(results) + [foot]
    *panels, key = figure.subplots(len(results) + 1, 1, height_ratios=heights)
    for axes, result in zip(panels, results.values(), strict=True):
        _panel(axes, frame, result, marked)
    key.set_axis_off()
    key.text(0, 1, told, transform=key.transAxes, va="top", fontsize=7.5, color=MUTED, linespacing=1.25)
    mark_source(figure, frame)
    return figure


def _years(result: Result) -> list[int]:
    """Years with a coefficient and the reference year."""
    rows = result.estimates[result.estimates["equation"] == "event"]
    years = [int(term) for term in rows["term"] if str(term).isdigit()]
    return sorted({*years, int(result.settings["reference_year"])}) if years else []


def _numbered(shocks: pd.DataFrame, years: list[int], language: str) -> pd.DataFrame:
    """Shocks within the years shown, one number per year."""
    if not years:
        return shocks[:0].assign(year=[], number=[])
    own = shocks.assign(year=shocks["year"].astype(int))
    own = own[own["year"].between(min(years), max(years))]
    told = own.groupby("year")[f"label_{language}"].agg("; ".join).reset_index(name="label")
    return told.assign(number=range(1, len(told) + 1))


def _panel(axes: "Axes", frame: Frame, result: Result, marked: pd.DataFrame) -> None:
    axes.set_title(frame.labels.specification(result), loc="left", pad=TITLE_PAD)
    if result.refused or not _years(result):
        axes.text(0.5, 0.5, not_estimated(frame, result, 90), transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_axis_off()
        return
    years, reference = _years(result), int(result.settings["reference_year"])
    axes.axhline(0, color="black", linewidth=0.8)
    axes.grid(visible=False, axis="x")
    for shock in marked.itertuples():
        axes.axvline(shock.year, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        axes.annotate(
            f"{shock.number}", (shock.year, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", fontsize=8, color=MUTED, ha="center", va="bottom", annotation_clip=False,
        )  # fmt: skip
    for year in years:
        row = result.row("event", str(year))
        if row is None:
            continue
        axes.plot([year, year], [row["ci_low"], row["ci_high"]], color=COLOURS[0], linewidth=1.2, zorder=2)
        axes.plot(year, row["estimate"], marker="o", linestyle="", color=COLOURS[0], zorder=3)
    axes.plot(reference, 0, marker="o", linestyle="", mfc="white", mec=COLOURS[0], zorder=3)
    axes.set_xticks(years, [str(year) for year in years])
    axes.set_xlim(min(years) - 0.5, max(years) + 0.5)
    dose = frame.labels.indicator(result.settings["dose"])
    axes.set_ylabel(word("axis.by_dose", frame.language, dose=dose, confidence=frame.percent))
    number_axis(axes.yaxis, frame)


def _told(marked: pd.DataFrame) -> str:
    """What the numbered lines are, broken to the width of the figure."""
    lines = [f"{shock.number}  {shock.year}: {shock.label}" for shock in marked.itertuples()]
    return "\n".join(textwrap.fill(line, KEY_CHARACTERS, subsequent_indent="    ") for line in lines)
