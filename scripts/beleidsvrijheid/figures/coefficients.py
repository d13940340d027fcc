"""Standardised coefficients with their intervals, by block and specification."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from beleidsvrijheid.figures.canvas import (
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

NOT_SHOWN = ("", "controls", "moderator")


def draw_coefficients(frame: Frame, results: dict[str, Result]) -> "Figure":
    """One row per term of the blocks, one mark per specification; a refused one is named in the legend."""
    blocks = _blocks(results)
    rows = [
        (term, head) for block, terms in blocks.items() for term, head in [(block, True), *((t, False) for t in terms)]
    ]
    heads = [head for _, head in rows]
    places = row_places(heads, head_height=0.7, above_head=1.0)
    drawn = [name for name, result in results.items() if not result.refused]
    series = max(len(drawn), 1)
    figure = new_figure(WIDTH, 1.5 + 0.09 * len(results) + max(places, default=0) * max(0.25, 0.14 * series))
    axes = figure.subplots()
    _negligible(axes, frame, results)
    axes.axvline(0, color="black", linewidth=0.9, zorder=1)
    for result in results.values():
        place = drawn.index(result.name) if result.name in drawn else 0
        shift = (place - (series - 1) / 2) * min(0.3, 0.75 / series)
        terms = {term: y + shift for (term, head), y in zip(rows, places, strict=True) if not head}
        _series(axes, frame, result, terms, place)
    labels = [frame.labels.block(key) if head else frame.labels.term(key) for key, head in rows]
    label_rows(axes, places, labels, heads)
    axes.set_xlabel(word("axis.standardised", frame.language, confidence=frame.percent))
    number_axis(axes.xaxis, frame)
    longest = max((len(text) for text in axes.get_legend_handles_labels()[1]), default=0)
    figure.legend(loc="outside upper left", ncols=2 if longest < 50 else 1)
    mark_source(figure, frame)
    return figure


def _blocks(results: dict[str, Result]) -> dict[str, list[str]]:
    """Block -> terms, both in the order in which the specifications name them."""
    blocks: dict[str, dict[str, None]] = {}
    for result in results.values():
        for term, block in zip(result.estimates["term"], result.estimates["block"], strict=True):
            if block not in NOT_SHOWN:
                blocks.setdefault(block, {})[term] = None
        if result.refused:
            for block, terms in (result.settings.get("blocks") or {}).items():
                blocks.setdefault(block, {}).update(dict.fromkeys(terms))
    return {block: list(terms) for block, terms in blocks.items()}


def _negligible(axes: "Axes", frame: Frame, results: dict[str, Result]) -> None:
    tests = pd.concat([result.inference for result in results.values()])
    bounds = tests.loc[(tests["test"] == "equivalence") & tests["p_value"].notna(), "bound"]
    if len(bounds):
        bound = float(bounds.max())
        label = word("legend.equivalence", frame.language, bound=frame.plain(bound))
        axes.axvspan(-bound, bound, color="#eeeeee", zorder=0, label=label)


def _series(axes: "Axes", frame: Frame, result: Result, terms: dict[str, float], place: int) -> None:
    label = frame.labels.specification(result)
    if result.refused:
        axes.plot([], [], linestyle="", label=f"{label} ({not_estimated(frame, result, max(20, 95 - len(label)))})")
        return
    for term, y in terms.items():
        row = result.row(None, term)
        scaled = _standardised(row) if row is not None else None
        if scaled is not None:
            point = whisker(axes, y, scaled, place, hollow=place % 2 == 1)
            point.set_label(label)
            label = "_"


def _standardised(row: pd.Series) -> dict[str, Any] | None:
    """The interval on the scale of the standardised coefficient: the same factor for all three numbers."""
    estimate, standardised = number(row["estimate"]), number(row["standardised"])
    if not estimate or standardised is None:
        return None
    factor = standardised / estimate
    return {"estimate": standardised, "ci_low": row["ci_low"] * factor, "ci_high": row["ci_high"] * factor}
