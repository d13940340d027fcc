"""Which part of R2 each block carries, beside the bounds declared beforehand."""

from typing import TYPE_CHECKING, Any

from beleidsvrijheid.figures.canvas import (
    COLOURS,
    MUTED,
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
from beleidsvrijheid.tables.attribution import r2_bounds
from beleidsvrijheid.tables.model import number
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


BAR = "#a9cfe6"


def draw_attribution(frame: Frame, results: dict[str, Result]) -> "Figure":
    """Per specification a row for each block (Shapley part of R2) and one for the whole residual R2."""
    rows = _rows(frame, results)
    heads = [kind == "head" for _, kind, _ in rows]
    places = row_places(heads)
    figure = new_figure(WIDTH, 1.2 + 0.25 * max(places, default=0))
    axes = figure.subplots()
    _bounds(axes, frame, r2_bounds(results))
    for place, (text, kind, row) in zip(places, rows, strict=True):
        if kind == "refused":
            note = axes.text(
                0.03, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8, color=MUTED
            )
            note.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
        elif row is not None:
            total = kind == "total"
            axes.barh(place, row["estimate"], height=0.62, color="#c9c9c9" if total else BAR, zorder=1)
            whisker(axes, place, row, 0, marker="D" if total else "o", color="black" if total else COLOURS[0])
    label_rows(axes, places, ["" if kind == "refused" else label for label, kind, _ in rows], heads)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.axvline(0, color="black", linewidth=0.9, zorder=1)
    axes.set_xlabel(word("axis.share", frame.language, confidence=frame.percent))
    number_axis(axes.xaxis, frame)
    mark_source(figure, frame)
    return figure


def _rows(frame: Frame, results: dict[str, Result]) -> list[tuple[str, str, dict[str, Any] | None]]:
    """(label, kind: head, block, total or refused, numbers) from top to bottom."""
    rows: list[tuple[str, str, dict[str, Any] | None]] = []
    for result in results.values():
        rows.append((frame.labels.specification(result), "head", None))
        if result.refused:
            rows.append((not_estimated(frame, result, 52), "refused", None))
            continue
        for share in result.attribution.rename(columns={"r2_share": "estimate"}).to_dict("records"):
            rows.append((frame.labels.block(share["block"]), "block", share))
        total = result.fit.get("residual_r2") or {}
        if number(total.get("r2")) is not None:
            missing = float("nan")
            ends = {end: missing if total.get(end) is None else total[end] for end in ("ci_low", "ci_high")}
            rows.append((word("total_r2", frame.language), "total", {"estimate": total["r2"], **ends}))
    return rows


def _bounds(axes: "Axes", frame: Frame, bounds: list[float]) -> None:
    for place, bound in enumerate(bounds):
        axes.axvline(bound, color="#555555", linewidth=1.1, linestyle=":" if place else "--", zorder=1)
        text = word("legend.bound", frame.language, bound=frame.number(bound, 2))
        axes.text(bound, 1.005, text, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=8)
