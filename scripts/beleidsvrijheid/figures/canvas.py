"""What figures share: numbers in the run's language, the kind of data, marks, bytes that repeat."""

import io
import re
import textwrap
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.outputs import SIMULATED, data_source_label
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito; each series also has its own marker, so that grey print tells them apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
MUTED = "#555555"
WIDTH = 7.2  # inches: a page's text width
# No clock and no library version in the file.
METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": "beleidsvrijheid"},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": "beleidsvrijheid", "Producer": None},
}


@dataclass(frozen=True)
class Alternative:
    """What stands for a figure that cannot be seen. title: what kind it is. shown: what it shows. source: the kind of data."""

    title: str
    shown: str
    source: str

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(f"{part}" for part in (f"{self.title}.", self.shown, f"{self.source}.") if part)


@dataclass(frozen=True)
class Frame:
    """Who a figure is for: labels and language, kind of data, level of its intervals."""

    labels: Labels
    data_source: str
    confidence: float

    @property
    def language(self) -> str:
        """nl or en."""
        return self.labels.language

    @property
    def percent(self) -> str:
        """Level of the intervals as a whole percentage."""
        return f"{100 * self.confidence:g}"

    def number(self, value: float, decimals: int) -> str:
        """A number as the run's language writes it, with a true minus sign."""
        return format_number(value, decimals, self.language).replace("-", "\u2212")

    def plain(self, value: float) -> str:
        """A number with no more decimals than it has."""
        text = f"{value:.6f}".rstrip("0")
        return self.number(value, len(text.partition(".")[2]))


def new_frame(labels: Labels, data_source: str, confidence: float) -> Frame:
    """The frame of one run."""
    return Frame(labels, data_source, confidence)


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches, that no window manager knows."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def mark_source(figure: "Figure", frame: Frame) -> None:
    """Say inside the figure, at its foot, which kind of data it shows."""
    label = data_source_label(frame.data_source)
    weight = "bold" if label == SIMULATED else "normal"
    figure.supxlabel(label, x=0.995, ha="right", fontsize=8, color=MUTED, fontweight=weight)


def not_estimated(frame: Frame, result: Result, longest: int) -> str:
    """That a specification was not estimated and why, in at most so many characters; the caption has all of it."""
    text = word("refused", frame.language)
    sources = dict.fromkeys(re.findall(r"needs source (\w+)", str(result.fit.get("reason") or "")))
    absent = word("figure.no_source", frame.language, sources=", ".join(sources)) if sources else ""
    reason = absent or frame.labels.reason(result)
    return textwrap.shorten(f"{text}: {reason}", longest, placeholder=" …") if reason else text


def number_axis(axis: Any, frame: Frame) -> None:
    """Ticks of an axis in the run's number format, as many decimals as the steps need."""
    from matplotlib.ticker import FuncFormatter

    class Numbers(FuncFormatter):
        """All ticks at once, so that they share their decimals."""

        def format_ticks(self, values: Any) -> list[str]:
            steps = [abs(b - a) for a, b in zip(values[:-1], values[1:], strict=True)]
            step = min((step for step in steps if step > 0), default=1.0)
            decimals = next((d for d in range(6) if abs(round(step, d) - step) < step * 1e-6), 6)
            return [frame.number(value, decimals) for value in values]

    axis.set_major_formatter(Numbers(lambda value, _: frame.plain(value)))


def whisker(axes: "Axes", y: float, row: Any, series: int, *, hollow: bool = False, **options: Any) -> Any:
    """A point with its interval on a horizontal line; row: estimate, ci_low, ci_high. Returns the point."""
    colour = options.get("color", COLOURS[series % len(COLOURS)])
    axes.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, linewidth=1.2, solid_capstyle="butt", zorder=2)
    face = "white" if hollow else colour
    marker = options.get("marker", MARKERS[series % len(MARKERS)])
    return axes.plot(row["estimate"], y, marker=marker, linestyle="", mfc=face, mec=colour, color=colour, zorder=3)[0]


def row_places(heads: list[bool], head_height: float = 0.85, above_head: float = 1.3) -> list[float]:
    """Where each row stands, the first at 0 and downwards; headings keep their distance."""
    places: list[float] = []
    for row, is_head in enumerate(heads):
        if row == 0:
            places.append(0.0)
        elif is_head:
            places.append(places[-1] + above_head)
        else:
            places.append(places[-1] + (head_height if heads[row - 1] else 1.0))
    return places


def label_rows(axes: "Axes", places: list[float], texts: list[str], heads: list[bool]) -> None:
    """Names of the rows at the left of a horizontal plot, heads in bold; the first row is on top."""
    axes.set_yticks(places, texts)
    axes.tick_params(axis="y", length=0)
    for tick, is_head in zip(axes.get_yticklabels(), heads, strict=True):
        tick.set_fontweight("bold" if is_head else "normal")
    axes.set_ylim(max(places, default=0) + 0.7, min(places, default=0) - 0.7)
    axes.spines["left"].set_visible(False)


def settle(figure: "Figure") -> None:
    """Lay the figure out once: every format then has the same places, and none pays for them again."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def figure_bytes(figure: "Figure", form: str, data_source: str, told: Alternative, name: str) -> bytes:
    """The figure as svg, png or pdf, with the text that stands for it; the same bytes for the same figure.

    name: of the figure, for the ids of an svg. Call it within `style(...)`. Raises StudyError on another format.
    """
    if form not in METADATA:
        raise StudyError(f"config.yaml: output: figures: wrong value {form!r}; allowed: {', '.join(METADATA)}")
    label = data_source_label(data_source)
    texts = {
        "svg": {"Description": label},
        "png": {"Title": told.title, "Description": told.text, "Source": label},
        "pdf": {"Title": told.title, "Subject": told.text, "Keywords": label},
    }
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, metadata={**METADATA[form], **texts[form]})
    content = buffer.getvalue()
    return _with_alternative(content, told, name) if form == "svg" else content


def _with_alternative(svg: bytes, told: Alternative, name: str) -> bytes:
    """Title and description as the first things in an svg, and its root an image that is named by them."""
    start = svg.index(b"<svg ")
    end = svg.index(b">", start)
    root = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" '
    texts = (
        f'>\n <title id="{name}-title">{escape(told.title)}</title>\n <desc id="{name}-desc">{escape(told.text)}</desc>'
    )
    return b"".join(
        [svg[:start], root.encode(), svg[start + len(b"<svg ") : end], texts.encode("utf-8"), svg[end + 1 :]]
    )
