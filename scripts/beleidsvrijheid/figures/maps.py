"""A map of one indicator in classes, with what is missing hatched and the borders of another year where asked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.figures.canvas import MUTED, WIDTH, Frame, mark_source, new_figure
from beleidsvrijheid.figures.classes import Classes, classes_of
from beleidsvrijheid.figures.words import FIGURE_WORDS
from beleidsvrijheid.geography import VINTAGES, mapping
from beleidsvrijheid.words import word, word_or

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Result of the rules before, by folder and stem, as `publication.read_extra` names it.
SHAPES, EVERY_SHAPE, UNITS = "processed/harmonised/geometry", "processed/parsed/geometry", "processed/units"
FINEST = 1 / 2500  # of the width of the map: details smaller than a dot of print
NO_VALUE, BELOW_ZERO = "//////", "..."  # hatches; the second tells the two sides of zero apart in grey
BORDER = 0.3  # points
LEGEND_ROW, TALLEST = 0.19, 4.2  # inches
COLUMNS = 3


@dataclass(frozen=True)
class Mapped:
    """What a map shows. values: by nis, those without a value left out. unshaped: how many have a value and no shape.

    shapes: nis and geometry (GeoJSON), None where there are none. classes: None without values.
    """

    values: pd.Series
    shapes: pd.DataFrame | None
    classes: Classes | None
    unshaped: int = 0

    @property
    def n_missing(self) -> int:
        """Municipalities with a shape and no value."""
        return 0 if self.shapes is None else len(self.shapes) - len(self.values)

    @property
    def counts(self) -> list[int]:
        """Municipalities in each class."""
        if self.classes is None:
            return []
        return np.bincount(self.classes.of(self.values.to_numpy()), minlength=len(self.classes.lower)).tolist()


def mapped(panel: pd.DataFrame, settings: dict[str, Any], extra: dict[str, pd.DataFrame]) -> Mapped:
    """Values, shapes and classes of one map. settings: an entry of `figures`.

    Raises StudyError where the indicator has no values of that field, period or year, or of several periods.
    """
    values, shapes = _values(panel, settings), extra.get(SHAPES)
    if shapes is None:
        return Mapped(values[:0], None, None, len(values))
    shown = values[values.index.isin(shapes["nis"])]
    given = (settings["scheme"], settings["classes"], settings["breaks"])
    classes = classes_of(shown.to_numpy(), *given) if len(shown) else None
    return Mapped(shown, shapes.sort_values("nis", ignore_index=True), classes, len(values) - len(shown))


def _values(panel: pd.DataFrame, settings: dict[str, Any]) -> pd.Series:
    """Values by nis; empty where the study has none of the indicator at all."""
    rows = panel[(panel["level"] == "municipality") & (panel["indicator"] == settings["indicator"])]
    year = settings["year"]
    wanted = {"beleidsveld": settings["beleidsveld"] or "", "year": year, "period": settings["period"]}
    for column, value in wanted.items():
        if rows.empty or (column == "period" and not value):
            continue
        own = rows[rows["year"].isna() if column == "year" and value is None else rows[column] == value]
        if own.empty:
            allowed = ", ".join(f"{one!r}" if column != "year" else f"{one}" for one in _distinct(rows[column]))
            raise StudyError(
                f"config.yaml: figures: {column}: {value!r}: {settings['indicator']} has no values of it; allowed: "
                f"{allowed or 'none'}"
            )
        rows = own
    periods = _distinct(rows["period"])
    if len(periods) > 1:
        raise StudyError(
            f"config.yaml: figures: period: {settings['indicator']} has several; name one of {', '.join(periods)}"
        )
    return rows.set_index("nis")["value"].dropna().sort_index()


def _distinct(column: pd.Series) -> list[Any]:
    return sorted(column.dropna().unique().tolist())


def draw_map(
    frame: Frame, panel: pd.DataFrame, settings: dict[str, Any], extra: dict[str, pd.DataFrame], vintage: int
) -> "Figure":
    """The municipalities of the study, coloured by class. extra: tables by SHAPES, for other borders EVERY_SHAPE and UNITS.

    vintage: that of the study, on which the values are. Another one in the settings only adds its borders: a value is neither
    split nor summed. Raises StudyError as `mapped`, or where the shapes of a finer vintage are not at hand.
    """
    shown = mapped(panel, settings, extra)
    if shown.classes is None:
        return _draw_nothing(frame, settings, shown)
    table = _shapes(shown.shapes)
    west, south, east, north = table.total_bounds
    stretch = 1 / np.cos(np.radians((south + north) / 2))
    n_entries = len(shown.classes.lower) + (shown.n_missing > 0)
    legend = LEGEND_ROW * (1.5 + -(-n_entries // COLUMNS))
    height = min(WIDTH * (north - south) / (east - west) * stretch, TALLEST)
    figure = new_figure(WIDTH, height + legend + 0.6)
    axes = figure.subplots()
    axes.set_aspect(stretch)
    axes.set(xticks=[], yticks=[], facecolor="none")
    axes.spines[:].set_visible(False)
    looks = _looks(shown.classes)
    number = pd.Series(shown.classes.of(shown.values.to_numpy()), index=shown.values.index)
    own = table["nis"].map(number)
    for at, look in [*enumerate(looks), (None, _no_value())]:
        part = table[own.isna() if at is None else own == at]
        if len(part):
            part.plot(ax=axes, aspect=None, linewidth=BORDER, **look)
    _draw_borders(axes, table, settings["vintage"], vintage, extra)
    _legend(figure, frame, shown, looks, settings)
    axes.set_ylabel("")
    axes.set_xlabel(note(frame, shown, settings, vintage), loc="left", fontsize=7.5, color=MUTED)
    mark_source(figure, frame)
    return figure


def _draw_nothing(frame: Frame, settings: dict[str, Any], shown: Mapped) -> "Figure":
    """Say why there is no map."""
    figure = new_figure(WIDTH, 1.4)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_title(title(frame, settings), fontsize=9.5)
    why = word("map.no_shapes" if shown.shapes is None else "map.no_values", frame.language, of=FIGURE_WORDS)
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", fontsize=8.5, color=MUTED)
    mark_source(figure, frame)
    return figure


def _shapes(shapes: pd.DataFrame) -> "GeoDataFrame":
    """Polygons, simplified together so that neighbours still share their border."""
    import geopandas
    import shapely

    geometry = shapely.from_geojson(shapes["geometry"].to_numpy(object))
    table = geopandas.GeoDataFrame({"nis": shapes["nis"].to_numpy()}, geometry=geometry)
    west, _, east, _ = table.total_bounds
    return table.set_geometry(table.geometry.simplify_coverage((east - west) * FINEST))


def _looks(classes: Classes) -> list[dict[str, Any]]:
    """Fill of each class. Cividis is read the same by colour-blind eyes and its lightness falls steadily."""
    from matplotlib import colormaps

    n = len(classes.lower)
    if not classes.is_diverging:
        shades = colormaps["cividis"](np.linspace(0.97, 0.05, n) if n > 1 else [0.5])
        return [{"facecolor": shade, "edgecolor": MUTED} for shade in shades]
    below = np.array(classes.lower) < 0
    shades = colormaps["PuOr_r"](_from_middle(below.sum(), n - below.sum()))
    return [
        {"facecolor": shade, "edgecolor": MUTED} | ({"hatch": BELOW_ZERO} if is_below else {})
        for shade, is_below in zip(shades, below, strict=True)
    ]


def _from_middle(n_below: int, n_above: int) -> np.ndarray:
    """Places on a scale with its middle at zero, one per class, steps of the same size on both sides."""
    step = 0.42 / max(n_below, n_above)
    below, above = (step * np.arange(1, n + 1) for n in (n_below, n_above))
    return np.concatenate([0.5 - below[::-1], 0.5 + above])


def _no_value() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": NO_VALUE}


def _draw_borders(
    axes: "Axes", table: "GeoDataFrame", wanted: int | None, vintage: int, extra: dict[str, pd.DataFrame]
) -> None:
    """Heavy lines for a coarser vintage, dissolved from the study's; dotted ones within heavy ones for a finer."""
    if wanted is None or wanted == vintage:
        return
    if VINTAGES.index(wanted) > VINTAGES.index(vintage):
        target = table["nis"].map(mapping(extra[UNITS], vintage, wanted))
        _draw_lines(axes, table.dissolve(target), linewidth=1.0)
        return
    finer = _finer(extra[EVERY_SHAPE], extra[UNITS], wanted)
    _draw_lines(axes, finer, linewidth=0.6, linestyle=(0, (1, 1)))
    _draw_lines(axes, table, linewidth=0.9)


def _draw_lines(axes: "Axes", table: "GeoDataFrame", **look: Any) -> None:
    """Every border once: drawn by both neighbours, dashes would fill each other's gaps."""
    import geopandas
    import shapely

    borders = shapely.line_merge(shapely.union_all(table.boundary.to_numpy()))
    geopandas.GeoSeries([borders]).plot(ax=axes, aspect=None, color="black", **look)


def _finer(every: pd.DataFrame, units: pd.DataFrame, wanted: int) -> "GeoDataFrame":
    """Shapes of a vintage from the files at hand: its own, or those of a finer one put together."""
    for own in reversed(VINTAGES[: VINTAGES.index(wanted) + 1]):
        rows = every[every["vintage"] == own]
        if len(rows):
            table = _shapes(rows)
            return table if own == wanted else table.dissolve(table["nis"].map(mapping(units, own, wanted)))
    raise StudyError(
        f"config.yaml: figures: vintage: {wanted}: source geometry has no shapes of {wanted} municipalities; add that file "
        "(workflow/sources.yaml says from where), or leave `vintage` out"
    )


def _legend(
    figure: "Figure", frame: Frame, shown: Mapped, looks: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    from matplotlib.patches import Patch

    texts = class_labels(frame, shown)
    handles = [Patch(**look, linewidth=BORDER, label=text) for look, text in zip(looks, texts, strict=False)]
    if shown.n_missing:
        handles.append(Patch(**_no_value(), linewidth=BORDER, label=texts[-1]))
    heading = title(frame, settings)
    figure.legend(
        handles=handles, title=heading, loc="outside upper left", ncols=COLUMNS, alignment="left",
        title_fontproperties={"weight": "bold", "size": 9.5},
    )  # fmt: skip


def title(frame: Frame, settings: dict[str, Any]) -> str:
    """Indicator, field or basket, period or year."""
    place, period = settings["beleidsveld"], settings["period"]
    parts = [frame.labels.place(place) if place else ""]
    parts += [str(settings["year"] or ""), word_or(f"period.{period}", frame.language, period or "")]
    told = "; ".join(part for part in parts if part)
    label = frame.labels.indicator(settings["indicator"])
    return f"{label} ({told})" if told else label


def class_labels(frame: Frame, shown: Mapped) -> list[str]:
    """Limits and number of municipalities of each class, and how many have no value (where any has none)."""
    if shown.classes is None:
        return []
    classes = shown.classes
    limits = [frame.number(limit, classes.decimals) for limit in (*classes.lower, classes.upper)]
    ranges = limits[:-1]
    if classes.kind != "values":
        pairs = zip(limits[:-1], limits[1:], strict=True)
        ranges = [word("map.range", frame.language, of=FIGURE_WORDS, low=low, high=high) for low, high in pairs]
    if classes.kind == "breaks":  # the outer ones are open
        ranges = [f"< {limits[1]}", *ranges[1:-1], f"\u2265 {limits[-2]}"]
    texts = [
        word("map.class", frame.language, of=FIGURE_WORDS, range=told, n=frame.number(n, 0))
        for told, n in zip(ranges, shown.counts, strict=True)
    ]
    gone = word("map.no_value", frame.language, of=FIGURE_WORDS, n=frame.number(shown.n_missing, 0))
    return texts + [gone] * (shown.n_missing > 0)


def note(frame: Frame, shown: Mapped, settings: dict[str, Any], vintage: int) -> str:
    """How many classes, by which method, on how many municipalities, and which borders are drawn."""
    classes, language = shown.classes, frame.language
    if classes is None:
        return ""
    of_size = "_size" if classes.is_diverging and classes.kind == "quantile" else ""
    method = word(f"map.{classes.kind}{of_size}", language, of=FIGURE_WORDS)
    n_all = len(shown.shapes) if shown.shapes is not None else 0
    figures = {"n": len(classes.lower), "all": frame.number(n_all, 0), "missing": frame.number(shown.n_missing, 0)}
    told = [word("map.note", language, of=FIGURE_WORDS, method=method, **figures)]
    if classes.kind != "values":
        told.append(word("map.limits", language, of=FIGURE_WORDS))
    if classes.is_diverging and classes.kind != "breaks":
        told.append(word("map.diverging", language, of=FIGURE_WORDS))
    if shown.unshaped:
        told.append(word("map.unshaped", language, of=FIGURE_WORDS, n=frame.number(shown.unshaped, 0)))
    wanted = settings["vintage"]
    if wanted not in (None, vintage):
        coarser = VINTAGES.index(wanted) > VINTAGES.index(vintage)
        key = "map.coarser" if coarser else "map.finer"
        told.append(word(key, language, of=FIGURE_WORDS, own=vintage, other=wanted))
    return "\n".join(told)
