"""The register of data gaps: which data speak to each construct, for whom, for which years, and what is lacking.

A result of the study: the constructs and factors come from workflow/constructs.yaml, not from what happens to be at hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Construct, Indicator, Source
from beleidsvrijheid.numbers import year_spans
from beleidsvrijheid.pages import html_table, section
from beleidsvrijheid.sentences import sentence

COLUMNS = ["construct", "indicator", "source", "status", "coverage_units", "coverage_years", "reason"]


@dataclass(frozen=True)
class Coverage:
    """Municipalities and years that something has figures for; units are None where it is not about municipalities."""

    units: frozenset[str] | None
    years: frozenset[int]
    lacking: int = 0  # municipality-years without a figure, of all municipalities and years covered
    possible: int = 0

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Coverage":
        yearly = table.dropna(subset=["year"]) if "year" in table else table[:0].assign(year=0)
        years = frozenset(int(year) for year in yearly["year"].unique())
        if "nis" not in table or (len(table) and (table["nis"] == "").all()):
            return cls(None, years)
        units = frozenset(table["nis"].unique()) - {""}
        pairs = len(yearly[["nis", "year"]].drop_duplicates())
        possible = yearly["nis"].nunique() * len(years)
        return cls(units, years, possible - pairs, possible)

    @classmethod
    def shared(cls, parts: list["Coverage"]) -> "Coverage":
        """What all have: municipalities of each part that is about them, years of each part that has years."""
        units = [part.units for part in parts if part.units is not None]
        years = [part.years for part in parts if part.years]
        return cls(
            frozenset.intersection(*units) if units else None,
            frozenset.intersection(*years) if years else frozenset(),
        )

    @property
    def n_units(self) -> int | str:
        return "" if self.units is None else len(self.units)

    @property
    def spans(self) -> str:
        """Years as runs: "2014-2018, 2020"."""
        return year_spans(self.years)


@dataclass(frozen=True)
class Holdings:
    """What a study has: panel (long), coverage per source at hand, files per source, and what its indicators lack."""

    panel: pd.DataFrame
    tables: dict[str, Coverage]
    files: dict[str, list[str]]
    lacking: dict[str, list[str]]
    n_units: int

    @cached_property
    def by_indicator(self) -> dict[str, pd.DataFrame]:
        """Rows of the panel by indicator."""
        return dict(iter(self.panel.groupby("indicator", sort=False)))


@dataclass(frozen=True)
class _Dutch:
    """Names for `sentences.sentence`."""

    indicators: dict[str, Indicator]
    language: str = "nl"

    def term(self, term: str) -> str:
        return self.indicators[term].label.nl if term in self.indicators else term

    def place(self, beleidsveld: str) -> str:
        return beleidsveld


def _row(
    construct: str, status: str, coverage: Coverage | None, reason: tuple[str, str], **names: str
) -> dict[str, Any]:
    """One row; reason: in English and in Dutch."""
    return {
        "construct": construct,
        "indicator": names.get("indicator", ""),
        "source": names.get("source", ""),
        "status": status,
        "coverage_units": "" if coverage is None else coverage.n_units,
        "coverage_years": "" if coverage is None else coverage.spans,
        "reason": reason[0],
        "reason_nl": reason[1],
    }


def _absent_files(names: Iterable[str], sources: dict[str, Source]) -> tuple[str, str]:
    found = [(sources[name].place, sources[name].publisher) for name in names]
    return (
        "; ".join(f"no file {place} ({publisher})" for place, publisher in found),
        "; ".join(f"geen bestand {place} ({publisher})" for place, publisher in found),
    )


def indicator_gap(
    construct: str, indicator: Indicator, source: list[str], held: Holdings, dutch: _Dutch
) -> dict[str, Any]:
    """One row: present (every municipality), partial (some) or absent (none), with the reason.

    source: ids as the indicator needs them, `spending` filled in.
    """
    own = held.by_indicator.get(indicator.id, held.panel[:0])
    coverage = Coverage.of(own)
    names = {"indicator": indicator.id, "source": "; ".join(source)}
    if not len(own):
        reasons = held.lacking.get(indicator.id, [])
        both = ("; ".join(reasons), "; ".join(sentence(one, dutch) for one in reasons))
        return _row(construct, "absent", coverage, both if reasons else _NOTHING, **names)
    if coverage.units is None:
        return _row(construct, "present", coverage, _FLANDERS, **names)
    reason = _incomplete(coverage, held.n_units)
    return _row(construct, "partial" if reason[0] else "present", coverage, reason, **names)


def _incomplete(coverage: Coverage, n_units: int) -> tuple[str, str]:
    """Who is missing, in English and Dutch: municipalities altogether, or in some of the years."""
    missing = n_units - coverage.n_units
    if missing:
        return (
            f"{missing} of {n_units} municipalities without a value",
            f"{missing} van {n_units} gemeenten zonder waarde",
        )
    if coverage.lacking:
        return (
            f"{coverage.lacking} of {coverage.possible} municipality-years without a value",
            f"{coverage.lacking} van {coverage.possible} gemeentejaren zonder waarde",
        )
    return "", ""


def uncomputed_gap(construct: Construct, sources: dict[str, Source], held: Holdings) -> dict[str, Any]:
    """One row for a construct that no indicator is computed for: what its sources hold, or why none can speak to it."""
    for status, why in (("unmeasurable", construct.unmeasurable), ("absent", construct.unread)):
        if why is not None:
            return _row(construct.id, status, None, (why.en, why.nl))
    names = {"source": "; ".join(construct.sources)}
    absent = [source for source in construct.sources if source not in held.tables]
    if absent:
        return _row(construct.id, "absent", None, _absent_files(absent, sources), **names)
    shared = Coverage.shared([held.tables[source] for source in construct.sources])
    return _row(construct.id, "partial", shared, _UNCOMPUTED, **names)


def construct_gaps(
    constructs: Iterable[Construct],
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    held: Holdings,
    spending: str,
) -> pd.DataFrame:
    """Constructs in the order of their file, one row per indicator that speaks to one. spending: source of `spending`."""
    rows, dutch = [], _Dutch(indicators)
    for construct in constructs:
        for name in construct.indicators:
            source = [spending if one == "spending" else one for one in indicators[name].source]
            rows.append(indicator_gap(construct.id, indicators[name], source, held, dutch))
        if not construct.indicators:
            rows.append(uncomputed_gap(construct, sources, held))
        if construct.limits is not None:
            for key, limit in (("reason", construct.limits.en), ("reason_nl", construct.limits.nl)):
                rows[-1][key] = "; ".join(filter(None, [rows[-1][key], limit]))
    return pd.DataFrame(rows, columns=[*COLUMNS, "reason_nl"])


def own_gaps(own: dict[str, Indicator], held: Holdings) -> pd.DataFrame:
    """One row per own indicator of the configuration, which belongs to no construct of the study."""
    rows = [indicator_gap("own_indicators", entry, entry.source, held, _Dutch(own)) for entry in own.values()]
    return pd.DataFrame(rows, columns=[*COLUMNS, "reason_nl"])


def source_gaps(sources: dict[str, Source], held: Holdings) -> pd.DataFrame:
    """One row per source of the catalogue: present with its coverage, or absent with where it would come from."""
    rows = []
    for name, source in sources.items():
        here = len(held.files.get(name, []))
        lacks = _absent_files([name], sources)
        words = (f"files: {here}", f"bestanden: {here}") if here else lacks
        reason = (f"{source.measures}; {words[0]}", f"{source.measures}; {words[1]}")
        coverage = held.tables.get(name) if here else None
        rows.append(_row("source", "present" if here else "absent", coverage, reason, source=name))
    return pd.DataFrame(rows, columns=[*COLUMNS, "reason_nl"])


def specification_gaps(refused: dict[str, list[str]], indicators: dict[str, Indicator]) -> pd.DataFrame:
    """One row per specification that cannot be estimated, with the missing files named."""
    rows, dutch = [], _Dutch(indicators)
    for name, reasons in refused.items():
        both = (
            "refused: " + "; ".join(reasons),
            "geweigerd: " + "; ".join(sentence(one, dutch) for one in reasons),
        )
        rows.append(_row("specification", "absent", None, both, indicator=name))
    return pd.DataFrame(rows, columns=[*COLUMNS, "reason_nl"])


def gap_register(
    constructs: dict[str, Construct],
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    own: dict[str, Indicator],
    held: Holdings,
    study: dict[str, Any],
) -> pd.DataFrame:
    """All of the register: constructs, own indicators, sources, specifications. study: spending (a source) and refused."""
    parts = [
        construct_gaps(constructs.values(), indicators, sources, held, study["spending"]),
        own_gaps(own, held),
        source_gaps(sources, held),
        specification_gaps(study["refused"], indicators | own),
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


_NOTHING = (
    "no value could be computed from the sources at hand",
    "uit de bronnen die er zijn kon geen waarde berekend worden",
)
_FLANDERS = (
    "not per municipality: a value per field or for all of Flanders",
    "niet per gemeente: een waarde per beleidsveld of voor heel Vlaanderen",
)
_UNCOMPUTED = (
    "the sources are at hand; no indicator is computed from them yet",
    "de bronnen zijn er; er wordt nog geen indicator uit berekend",
)
_WORDS = {
    "title": {"nl": "Wat de data wel en niet zeggen", "en": "What the data can and cannot speak to"},
    "used_freedom": {"nl": "Gebruikte beleidsvrijheid", "en": "Used freedom"},
    "formal_freedom": {"nl": "Formele beleidsvrijheid", "en": "Formal freedom"},
    "capacity": {"nl": "Ambtelijke capaciteit", "en": "Administrative capacity"},
    "scale": {"nl": "Schaal", "en": "Scale"},
    "politics": {"nl": "Politieke verandering", "en": "Political change"},
    "operational": {"nl": "Beheersmatige taken en uitbesteding", "en": "Operational tasks and outsourcing"},
    "context": {"nl": "Context", "en": "Context"},
    "factors": {"nl": "Factoren uit de brondocumenten", "en": "Factors that the source documents name"},
    "own_indicators": {"nl": "Eigen indicatoren", "en": "Own indicators"},
    "source": {"nl": "Bronnen", "en": "Sources"},
    "specification": {"nl": "Specificaties die niet geschat kunnen worden", "en": "Specifications that cannot be estimated"},
}  # fmt: skip
_HEADS = {
    "nl": ["construct", "indicator", "bron", "status", "gemeenten", "jaren", "toelichting"],
    "en": ["construct", "indicator", "source", "status", "municipalities", "years", "explanation"],
}
_STATUS = {
    "present": {"nl": "aanwezig", "en": "present"},
    "partial": {"nl": "gedeeltelijk", "en": "partial"},
    "absent": {"nl": "afwezig", "en": "absent"},
    "unmeasurable": {"nl": "niet meetbaar", "en": "unmeasurable"},
}


def as_sections(register: pd.DataFrame, constructs: dict[str, Construct], language: str) -> tuple[str, str]:
    """Title and body of the page: one table per part of the study, then sources and specifications."""
    parts = register["construct"].map(lambda name: constructs[name].part if name in constructs else name)
    labels = {name: getattr(construct.label, language) for name, construct in constructs.items()}
    shown = register[COLUMNS].assign(
        reason=register["reason_nl"] if language == "nl" else register["reason"],
        construct=register["construct"].map(lambda name: labels.get(name, "")),
        status=register["status"].map(lambda status: _STATUS[status][language]),
    )
    body = [
        section(
            _WORDS[part][language],
            html_table(shown[parts == part], _HEADS[language], numbers=["coverage_units", "coverage_years"]),
        )
        for part in dict.fromkeys(parts)
    ]
    return _WORDS["title"][language], "".join(body)
