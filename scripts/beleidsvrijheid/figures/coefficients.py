"""Standardised coefficients with their intervals, by block and specification."""

from collections.abc import Mapping
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

SCALE = "log_variance"
NOT_SHOWN = ("", "controls", "moderator")


def draw_coefficients(frame: Frame, results: dict[str, Result]) -> "Figure":
    """One row per term of the blocks, one mark per specification; a refused one is named in the legend.

    Location-scale models have a panel for the mean and one for ln variance.
    """
    blocks = _blocks(results)
    rows = [
        (term, head) for block, terms in blocks.items() for term, head in [(block, True), *((t, False) for t in terms)]
    ]
    heads = [head for _, head in rows]
    places = row_places(heads, head_height=0.7, above_head=1.0)
    drawn = [name for name, result in results.items() if not result.refused]
    series = max(len(drawn), 1)
    figure = new_figure(WIDTH, 1.5 + 0.09 * len(results) + max(places, default=0) * max(0.25, 0.14 * series))
    equations = _equations(results)
    panels = figure.subplots(1, len(equations), squeeze=False)[0]
    _negligible(panels[-1], frame, results)  # of two equations it is the last that is tested for equivalence
    for axes, equation in zip(panels, equations, strict=True):
        axes.axvline(0, color="black", linewidth=0.9, zorder=1)
        for result in results.values():
            place = drawn.index(result.name) if result.name in drawn else 0
            shift = (place - (series - 1) / 2) * min(0.3, 0.75 / series)
            terms = {term: y + shift for (term, head), y in zip(rows, places, strict=True) if not head}
            _series(axes, frame, result, terms, place, equation)
        labels = [frame.labels.block(key) if head else frame.labels.term(key) for key, head in rows]
        label_rows(axes, places, labels if axes is panels[0] else [""] * len(labels), heads)
        _name(axes, frame, equation)
    found = {}
    for axes in panels:
        handles, names = axes.get_legend_handles_labels()
        found |= {name: handle for name, handle in zip(names, handles, strict=True) if name not in found}
    longest = max(map(len, found), default=0)
    figure.legend(found.values(), found.keys(), loc="outside upper left", ncols=2 if longest < 50 else 1)
    mark_source(figure, frame)
    return figure


def _equations(results: dict[str, Result]) -> list[str | None]:
    """A panel per equation where all specifications have a mean and a ln variance; else one of the first found."""
    found = [tuple(dict.fromkeys(result.estimates["equation"])) for result in results.values() if not result.refused]
    is_pair = bool(found) and SCALE in found[0] and all(own == found[0] for own in found)
    return list(found[0]) if is_pair else [None]


def _name(axes: "Axes", frame: Frame, equation: str | None) -> None:
    interval = word("head.interval", frame.language, confidence=frame.percent)
    text = word("axis.standardised", frame.language, confidence=frame.percent) if equation is None else interval
    axes.set_xlabel(text)
    if equation is not None:
        title = word("term.mean", frame.language) if equation == "mean" else frame.labels.equation(equation)
        axes.set_title(title, loc="left")
    number_axis(axes.xaxis, frame)


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


def _series(
    axes: "Axes", frame: Frame, result: Result, terms: dict[str, float], place: int, equation: str | None
) -> None:
    label = frame.labels.specification(result)
    if result.refused:
        axes.plot([], [], linestyle="", label=f"{label} ({not_estimated(frame, result, max(20, 95 - len(label)))})")
        return
    for term, y in terms.items():
        row = result.row(equation, term)
        scaled = standardised_row(row) if row is not None else None
        if scaled is not None:
            point = whisker(axes, y, scaled, place, hollow=place % 2 == 1)
            point.set_label(label)
            label = "_"


def standardised_row(row: Mapping[str, Any] | pd.Series) -> dict[str, Any] | None:
    """The interval on the scale of the standardised coefficient: the same factor for all three numbers."""
    estimate, standardised = number(row["estimate"]), number(row["standardised"])
    if standardised is None and row["equation"] == SCALE:
        standardised = estimate  # ln variance has a scale of its own: of the reform it is the coefficient itself
    if not estimate or standardised is None:
        return None
    factor = standardised / estimate
    return {"estimate": standardised, "ci_low": row["ci_low"] * factor, "ci_high": row["ci_high"] * factor}
