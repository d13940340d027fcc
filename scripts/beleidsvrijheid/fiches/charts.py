"""Small SVG drawings as text, the same in a page and in a PDF: every one with a title and a description."""

import math
from collections.abc import Sequence
from html import escape

OWN, BAND, MIDDLE, DOT, AXIS = "#0b3c6f", "#d3dde8", "#5f6b78", "#9aa5b1", "#333"
WIDTH, HEIGHT, MARGIN = 96.0, 18.0, 2.0  # of a line of years
WIDE, HIGH = 330.0, 125.0  # of the drawing of the ceiling
LEFT, RIGHT, TOP, BOTTOM = 40.0, 20.0, 8.0, 30.0
FAMILY = "'Libertinus Serif', Georgia, serif"
TICKS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
NEAREST = 34.0  # two ticks nearer than this would touch

Numbers = Sequence[float]


def _svg(key: str, width: float, height: float, title: str, description: str, body: str) -> str:
    """key: unique in its page, for the ids of title and description; both plain text. body: SVG."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>{body}</svg>'
    )


def _runs(xs: Numbers, ys: Numbers) -> list[list[tuple[float, float]]]:
    """Points in runs without a gap: a year without a figure breaks a line, it is not bridged."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if math.isfinite(y):
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _line(run: list[tuple[float, float]], style: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return f'<polyline points="{points}" fill="none" {style}/>'


def trend_line(
    key: str, own: Numbers, band: tuple[Numbers, Numbers, Numbers] | None, title: str, description: str
) -> str:
    """A line over years, its last figure as a dot. band: lowest, middle and highest of the peers by year; None for none.

    own: one figure per year, NaN where there is none.
    """
    known = [value for one in (own, *(band or ())) for value in one if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    reach = (high - low) or 1.0
    step = (WIDTH - 2 * MARGIN) / max(len(own) - 1, 1)
    xs = [MARGIN + step * place for place in range(len(own))]

    def heights(values: Numbers) -> list[float]:
        return [HEIGHT - MARGIN - (value - low) / reach * (HEIGHT - 2 * MARGIN) for value in values]

    parts = []
    if band is not None:
        first, middle, last = (_runs(xs, heights(one)) for one in band)
        for bottom, top in zip(first, last, strict=True):
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*bottom, *reversed(top)])
            parts.append(f'<polygon points="{points}" fill="{BAND}"/>')
        parts += [_line(run, f'stroke="{MIDDLE}" stroke-width="1" stroke-dasharray="3 2"') for run in middle]
    runs = _runs(xs, heights(own))
    parts += [_line(run, f'stroke="{OWN}" stroke-width="1.6"') for run in runs if len(run) > 1]
    ends = [run[0] for run in runs if len(run) == 1] + ([runs[-1][-1]] if runs else [])
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{OWN}"/>' for x, y in dict.fromkeys(ends)]
    return _svg(key, WIDTH, HEIGHT, title, description, "".join(parts))


class CeilingChart:
    """Outcome against inhabitants (log scale) with lines of quantiles; what all municipalities share is drawn once.

    sizes: ln inhabitants, outcomes: values, of all municipalities of the model. lines: (intercept, slope) each, the ceiling first.
    """

    def __init__(self, sizes: Numbers, outcomes: Numbers, lines: Sequence[tuple[float, float]]):
        self.reach = min(sizes), max(sizes)
        ends = [start + slope * size for start, slope in lines for size in self.reach]
        self.top = max([*outcomes, *ends])
        self.bottom = min(0.0, *outcomes, *ends)
        dots = "".join(
            f"M{self._x(size):.1f} {self._y(value):.1f}h.01" for size, value in zip(sizes, outcomes, strict=True)
        )
        self._shared = f'<path d="{dots}" stroke="{DOT}" stroke-width="2.4" stroke-linecap="round" fill="none"/>'
        for place, (start, slope) in enumerate(lines):
            run = [(self._x(size), self._y(start + slope * size)) for size in self.reach]
            dash = "" if place == 0 else f' stroke-dasharray="{5 - 2 * min(place, 2)} 2"'
            self._shared += _line(run, f'stroke="{AXIS}" stroke-width="1.2"{dash}')

    def _x(self, size: float) -> float:
        low, high = self.reach
        return LEFT + (size - low) / ((high - low) or 1.0) * (WIDE - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return HIGH - BOTTOM - (value - self.bottom) / ((self.top - self.bottom) or 1.0) * (HIGH - TOP - BOTTOM)

    def ticks(self) -> list[int]:
        """Numbers of inhabitants that are written under the axis."""
        low, high = self.reach
        found: list[int] = []
        for tick in TICKS:
            inside = low <= math.log(tick) <= high
            if inside and (not found or self._x(math.log(tick)) - self._x(math.log(found[-1])) >= NEAREST):
                found.append(tick)
        return found

    def draw(
        self, key: str, own: tuple[float, float], words: dict[str, str], marks: dict[int, str], ends: tuple[str, str]
    ) -> str:
        """own: ln inhabitants and value of the municipality. words: title, description, x (label of the axis).

        marks: tick -> text. ends: texts of the lowest and highest value of the vertical axis.
        """
        text = f'font-family="{FAMILY}" font-size="9" fill="{AXIS}"'
        floor = HIGH - BOTTOM
        parts = [
            f'<path d="M{LEFT:g} {TOP:g}V{floor:g}H{WIDE - RIGHT:g}" fill="none" stroke="{AXIS}" stroke-width=".7"/>'
        ]
        parts.append(self._shared)
        for tick, mark in marks.items():
            x = self._x(math.log(tick))
            parts.append(f'<path d="M{x:.1f} {floor:g}v3" stroke="{AXIS}" stroke-width=".7"/>')
            parts.append(f'<text x="{x:.1f}" y="{floor + 12:g}" text-anchor="middle" {text}>{escape(mark)}</text>')
        for value, mark in zip((self.bottom, self.top), ends, strict=True):
            parts.append(
                f'<text x="{LEFT - 4:g}" y="{self._y(value) + 3:.1f}" text-anchor="end" {text}>{escape(mark)}</text>'
            )
        middle = (LEFT + WIDE - RIGHT) / 2
        parts.append(f'<text x="{middle:g}" y="{HIGH - 5:g}" text-anchor="middle" {text}>{escape(words["x"])}</text>')
        x, y = self._x(own[0]), self._y(own[1])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{OWN}" stroke="#fff" stroke-width="1"/>')
        return _svg(key, WIDE, HIGH, words["title"], words["description"], "".join(parts))
