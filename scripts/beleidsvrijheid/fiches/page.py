"""A fiche as a reader sees it: every text and number written, in one language. HTML and PDF show the same `Page`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.fiches.asked import ALL, BINARY
from beleidsvrijheid.fiches.ceiling import CeilingModel
from beleidsvrijheid.fiches.charts import CeilingChart, trend_line
from beleidsvrijheid.fiches.model import GROUPS, Fiche, Gap, Measure, Trend
from beleidsvrijheid.fiches.peers import Place
from beleidsvrijheid.fiches.words import FICHE_WORDS
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.words import word

SPACE = "\u00a0"
PERCENT = 100.0
# Unit of the catalogue -> factor, decimals, sign behind the number. Euros: EUROS. Other units: two decimals.
WRITTEN = {
    "inhabitants": (1.0, 0, ""),
    "inhabitants per km2": (1.0, 0, ""),
    "VTE per 1000 inhabitants": (1.0, 1, ""),
    "ln points a year": (1.0, 3, ""),
    "ratio": (PERCENT, 0, "%"),
    "0-1": (PERCENT, 1, "%"),
    "share, 0-1": (PERCENT, 1, "%"),
    "share of the budget, 0-1": (PERCENT, 1, "%"),
    "number of fields": (1.0, 0, ""),
}
EUROS = ((10.0, 2), (100.0, 1), (math.inf, 0))  # amounts under it -> decimals


@dataclass(frozen=True)
class Row:
    """One line of a table. about: unit and period. places: texts by GROUPS. notes: under the label. trend: SVG or empty."""

    label: str
    about: str
    value: str
    is_missing: bool
    places: tuple[str, ...]
    notes: tuple[str, ...]
    trend: str


@dataclass(frozen=True)
class Section:
    """A table with its heading."""

    key: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class GapText:
    """what: indicators that lack. why: and how to fill it in. steps: what to do by hand (English) to get `source`."""

    what: str
    why: str
    source: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """words: fixed texts of the layout. drawing: SVG of the ceiling, empty for none."""

    language: str
    label: str
    is_simulated: bool
    study: str
    title: str
    nis: str
    name: str
    facts: tuple[str, ...]
    history: tuple[str, ...]
    peers: str
    sections: tuple[Section, ...]
    ceiling: tuple[str, ...]
    drawing: str
    gaps: tuple[GapText, ...]
    reading: tuple[str, ...]
    words: Mapping[str, str]


@dataclass(frozen=True)
class About:
    """What all pages of a run share. label: kind of data. periods: code of the panel -> written. reason: why no ceiling.

    spending: what used freedom is measured on, written.
    """

    labels: Labels
    sources: Mapping[str, Source]
    model: CeilingModel | None
    reason: str
    periods: Mapping[str, str]
    label: str
    study: str
    minimum: int
    spending: str
    base_year: int
    confidence: float


LAYOUT = (
    "column.indicator", "column.value", "column.cluster", "column.size", "column.all", "column.percentile",
    "section.ceiling", "section.gaps", "section.reading", "lead.peers", "gaps.none", "gaps.steps", "gaps.more", "index.back",
)  # fmt: skip


def written_periods(period: Mapping[str, Any], language: str) -> dict[str, str]:
    """Code of a period in the panel -> years. period: that section of the configuration."""

    def years(first: int, last: int) -> str:
        return word("period.years", language, of=FICHE_WORDS, first=first, last=last)

    pre, post = period["pre"]["years"], period["post"]["years"]
    before, after = years(*pre), years(*post)
    return {
        "": "",
        "pre": before,
        "post": after,
        "pre_post": word("period.change", language, of=FICHE_WORDS, before=before, after=after),
        "before_post": years(pre[0], post[0] - 1),
        "first_plan": word("period.first_plan", language, of=FICHE_WORDS),
        "all_years": word("period.all_years", language, of=FICHE_WORDS),
    }


def written_spending(period: Mapping[str, Any], language: str) -> str:
    """Which spending used freedom is measured on, in words."""
    parts = (f"spending.{period['spending'][key]}" for key in ("section", "report"))
    return " ".join(word(part, language, of=FICHE_WORDS) for part in parts)


class Writer:
    """Writes fiches. What all of them share is worked out once."""

    def __init__(self, about: About):
        self.about, self.language = about, about.labels.language
        self.layout = {key: self.say(key) for key in LAYOUT}
        model = about.model
        self.chart = model and CeilingChart(
            [float(model.sizes[nis]) for nis in model.members],
            [float(model.outcomes[nis]) for nis in model.members],
            list(model.lines.values()),
        )

    def say(self, key: str, **values: object) -> str:
        """The fixed text of a fiche."""
        return word(key, self.language, of=FICHE_WORDS, **values)

    # Numbers

    def number(self, value: float, decimals: int) -> str:
        """A number in the language of the run."""
        return format_number(value, decimals, self.language)

    def percent(self, value: float, decimals: int = 0) -> str:
        """A percentage; value: 0-100."""
        return f"{self.number(value, decimals)}{SPACE}%"

    def amount(self, value: float | None, indicator: str) -> str:
        """A value as its unit is read, without the unit's name."""
        if value is None:
            return self.say("cell.missing")
        unit = self._unit(indicator)
        if unit == BINARY:
            return self.say("cell.yes" if value else "cell.no")
        factor, decimals, sign = WRITTEN.get(unit, (1.0, 2, ""))
        if unit.startswith("EUR"):
            decimals = next(places for below, places in EUROS if abs(value) < below)
        return self.number(factor * value, decimals) + (f"{SPACE}{sign}" if sign else "")

    def _unit(self, indicator: str) -> str:
        return str(self.about.labels.indicators.get(indicator, {}).get("unit", ""))

    def unit(self, indicator: str) -> str:
        """Name of the unit; empty where the number says it all."""
        key = f"unit.{self._unit(indicator)}"
        return self.say(key) if key in FICHE_WORDS else ""

    def _about(self, measure: Measure, label: str) -> str:
        """Unit, where the label does not name it, and the year or years that the value is of."""
        unit = self.unit(measure.indicator)
        period = self.about.periods[measure.period] if measure.year is None else str(measure.year)
        told = "" if unit.casefold() in label.casefold() else unit
        return ", ".join(filter(None, [told, "" if measure.value is None else period]))

    # Rows

    def place(self, place: Place, measure: Measure) -> str:
        """Percentile or share of one group, with its N."""
        if measure.value is None:
            return ""
        if place.n == 0:
            return self.say("cell.no_group")
        if place.percent is None:
            return self.say("cell.few", n=place.n)
        if self._unit(measure.indicator) == BINARY:
            return self.say("cell.share", percent=self.percent(place.percent), n=place.n)
        return self.say("cell.place", percent=self.number(place.percent, 0), n=place.n)

    def row(self, measure: Measure, key: str) -> Row:
        """One line. key: unique in the page."""
        labels = self.about.labels
        label = labels.indicator(measure.indicator)
        if measure.beleidsveld:
            label = f"{label} ({labels.place(measure.beleidsveld)})"
        return Row(
            label=label,
            about=self._about(measure, label),
            value=self.amount(measure.value, measure.indicator),
            is_missing=measure.value is None,
            places=tuple(self.place(place, measure) for place in measure.places),
            notes=self._notes(measure),
            trend=self._trend(measure, label, key),
        )

    def _notes(self, measure: Measure) -> tuple[str, ...]:
        notes = []
        if measure.trend is not None and self._unit(measure.indicator) == "inhabitants":
            notes += self._growth(measure.trend)
        if measure.variants and measure.value is not None:
            notes += self._variants(measure)
        if measure.before is not None:
            notes.append(self.say("variants.before", value=self.amount(measure.before, measure.indicator)))
        return tuple(notes)

    def _growth(self, trend: Trend) -> list[str]:
        first, last = trend.own[0], trend.own[-1]
        if not (math.isfinite(first) and math.isfinite(last)):
            return []
        change = self.percent(PERCENT * (last / first - 1), 1)
        signed = change if change.startswith("-") else f"+{change}"
        return [self.say("trend.growth", change=signed, first=trend.years[0])]

    def _variants(self, measure: Measure) -> list[str]:
        years = [one.year for one in measure.variants if one.year is not None]
        percents = [one.percent for one in measure.variants if one.percent is not None]
        if years:
            values = [one.value for one in measure.variants]
            low, high = (self.amount(value, measure.indicator) for value in (min(values), max(values)))
            notes = [self.say("variants.years", first=years[0], last=years[-1], low=low, high=high)]
        else:
            own = measure.places[GROUPS.index(ALL)].percent
            percents += [] if own is None else [own]
            told = [f"{self._variant(one.indicator, one.beleidsveld, measure)}: {self.amount(one.value, one.indicator)}"
                    for one in measure.variants]  # fmt: skip
            notes = [self.say("variants.baskets", variants="; ".join(told))]
        if len(percents) > 1:
            low, high = (self.number(value, 0) for value in (min(percents), max(percents)))
            key = "variants.year_places" if years else "variants.places"
            notes.append(self.say(key, n=len(percents), low=low, high=high))
        return notes

    def _variant(self, indicator: str, beleidsveld: str, measure: Measure) -> str:
        """What sets a variant apart: its basket, or its own label where the basket is the same."""
        labels = self.about.labels
        if indicator == measure.indicator:
            return labels.place(beleidsveld)
        own, other = labels.indicator(measure.indicator), labels.indicator(indicator)
        return other.removeprefix(own).strip().strip("()")

    def _trend(self, measure: Measure, label: str, key: str) -> str:
        trend = measure.trend
        if trend is None:
            return ""
        first, last = trend.years[0], trend.years[-1]

        def amount(value: float) -> str:
            return self.amount(value if math.isfinite(value) else None, measure.indicator)

        told = self.say("trend.own", first=first, last=last, start=amount(trend.own[0]), end=amount(trend.own[-1]))
        if trend.middle and math.isfinite(trend.middle[-1]):
            told += " " + self.say("trend.peers", last=last, middle=amount(trend.middle[-1]))
        title = self.say("trend.title", label=label, first=first, last=last)
        return trend_line(key, trend.own, (trend.low, trend.middle, trend.high) if trend.low else None, title, told)

    # Ceiling

    def _ceiling(self, fiche: Fiche) -> tuple[tuple[str, ...], str]:
        """Texts and drawing."""
        model, ceiling = self.about.model, fiche.ceiling
        if model is None:
            reason = self.about.reason
            return (self.say("ceiling.refused", reason=reason) if reason else self.say("ceiling.none"),), ""
        if ceiling is None:
            return (self.say("ceiling.no_scale"),), ""
        told = {
            "name": fiche.name,
            "population": self.number(ceiling.population, 0),
            "period": self.about.periods["pre"],
            "quantile": self._quantile(model.highest),
            "outcome": self._outcome(model),
            "expected": self.amount(ceiling.expected, model.outcome),
            "value": self.amount(ceiling.value, model.outcome),
        }
        if ceiling.value is None:
            return (self.say("ceiling.no_value", **told),), ""
        if not ceiling.is_in:
            return (self.say("ceiling.out", **told),), ""
        key = "ceiling.under" if ceiling.value < ceiling.expected else "ceiling.above"
        return (self.say(key, **told), self._meaning(model)), self._draw(fiche, ceiling.value, model)

    def _meaning(self, model: CeilingModel) -> str:
        low, high = (self.number(end, 3) for end in model.interval)
        return self.say(
            "ceiling.meaning",
            share=self.percent(PERCENT * (1 - model.highest)),
            n=len(model.members),
            slope=self.number(model.lines[model.highest][1], 3),
            percent=self.percent(PERCENT * self.about.confidence),
            low=low,
            high=high,
        )

    def _quantile(self, level: float) -> str:
        return f"{level:g}".replace(".", "," if self.language == "nl" else ".")

    def _outcome(self, model: CeilingModel) -> str:
        labels = self.about.labels
        label = labels.indicator(model.outcome)
        return f"{label} ({labels.place(model.beleidsveld)})" if model.beleidsveld else label

    def _draw(self, fiche: Fiche, value: float, model: CeilingModel) -> str:
        quantiles = [self._quantile(level) for level in model.lines]
        others = f" {self.say('and')} ".join(quantiles[1:])
        words = {
            "title": self.say("ceiling.chart", outcome=self._outcome(model)),
            "description": self.say("ceiling.described", name=fiche.name, quantile=quantiles[0], others=others),
            "x": self.say("ceiling.axis"),
        }
        chart = self.chart
        marks = {tick: self.number(tick, 0) for tick in chart.ticks()}
        ends = self.amount(chart.bottom, model.outcome), self.amount(chart.top, model.outcome)
        return chart.draw("ceiling", (float(model.sizes[fiche.nis]), value), words, marks, ends)

    # Gaps and the rest

    def gap(self, gap: Gap) -> GapText:
        """One gap in words, with where to get what and where to put it."""
        labels, sources = self.about.labels, self.about.sources
        what = ", ".join(labels.indicator(name) for name in gap.indicators)
        if gap.years:
            what += " " + self.say("gaps.years", years=", ".join(str(year) for year in gap.years))
        if not gap.source:
            key = "gaps.for_all" if gap.for_all else "gaps.here"
            return GapText(what, self.say(key, sources=", ".join(gap.present)), "", ())
        source = sources[gap.source]
        place = f"data/raw/{source.id}/" + f" {self.say('or')} ".join(source.file_patterns)
        why = self.say("gaps.absent", source=gap.source, publisher=source.publisher, place=place)
        return GapText(what, why, gap.source, tuple(source.manual))

    def _lead(self, fiche: Fiche) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Facts, and what became of its parts."""
        cluster = (
            self.say("lead.no_cluster") if fiche.cluster is None else self.say("lead.cluster", cluster=fiche.cluster)
        )
        facts = [self.say("lead.nis", nis=fiche.nis), cluster]
        if fiche.size is not None:
            facts.append(word(f"level.size_band={fiche.size}", self.language))
        if not fiche.parts:
            return tuple(facts), ()
        years = f" {self.say('and')} ".join(str(year) for year in fiche.merged)
        parts = ", ".join(fiche.parts[:-1]) + f" {self.say('and')} {fiche.parts[-1]}"
        history = [self.say("lead.merged", years=years, parts=parts)]
        return tuple(facts), tuple(history + ([self.say("lead.mixed")] if fiche.is_mixed else []))

    def _reading(self, facts: tuple[str, ...]) -> tuple[str, ...]:
        cluster, size = facts[1], facts[2] if len(facts) > 2 else self.say("cell.no_group")
        return (
            self.say("reading.place", minimum=self.about.minimum),
            self.say("reading.groups", cluster=cluster, size=size),
            self.say("reading.trend"),
            self.say("reading.spending", spending=self.about.spending),
            self.say("reading.units", base=self.about.base_year),
            self.say("reading.uncertainty"),
        )

    def page(self, fiche: Fiche) -> Page:
        """The whole page of one municipality."""
        facts, history = self._lead(fiche)
        ceiling, drawing = self._ceiling(fiche)
        return Page(
            language=self.language,
            label=self.about.label,
            is_simulated=self.about.label == SIMULATED,
            study=self.about.study,
            title=self.say("title", name=fiche.name),
            nis=fiche.nis,
            name=fiche.name,
            facts=facts,
            history=history,
            peers=", ".join(fiche.peers) or self.say("lead.no_peers"),
            sections=tuple(
                Section(
                    key,
                    self.say(f"section.{key}"),
                    tuple(self.row(one, f"{key}-{place}") for place, one in enumerate(own)),
                )
                for key, own in fiche.sections.items()
            ),
            ceiling=ceiling,
            drawing=drawing,
            gaps=tuple(self.gap(gap) for gap in fiche.gaps),
            reading=self._reading(facts),
            words=self.layout,
        )
