"""The register of data gaps: which data speak to each construct, for whom, for which years, and what is lacking.

A result of the study: the constructs and factors come from workflow/constructs.yaml, not from what happens to be at hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Construct, Indicator, Source
from beleidsvrijheid.pages import html_table, section

COLUMNS = ["construct", "indicator", "source", "status", "coverage_units", "coverage_years", "reason"]


@dataclass(frozen=True)
class Coverage:
    """Municipalities and years that something has figures for."""

    units: int
    years: str

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Coverage":
        years = (table["year"] if "year" in table else pd.Series(dtype=float)).dropna()
        units = table.loc[table["nis"] != "", "nis"].nunique() if "nis" in table else 0
        return cls(units, f"{int(years.min())}-{int(years.max())}" if len(years) else "")


@dataclass(frozen=True)
class Holdings:
    """What a study has: panel (long), coverage per source at hand, files per source, and what its indicators lack."""

    panel: pd.DataFrame
    tables: dict[str, Coverage]
    files: dict[str, list[str]]
    lacking: dict[str, list[str]]
    n_units: int


def _row(construct: str, status: str, coverage: Coverage | None, reason: str, **names: str) -> dict[str, Any]:
    return {
        "construct": construct,
        "indicator": names.get("indicator", ""),
        "source": names.get("source", ""),
        "status": status,
        "coverage_units": "" if coverage is None else coverage.units,
        "coverage_years": "" if coverage is None else coverage.years,
        "reason": reason,
    }


def indicator_gap(construct: str, indicator: Indicator, source: list[str], held: Holdings) -> dict[str, Any]:
    """One row: present (every municipality), partial (some) or absent (none), with the reason.

    source: ids as the indicator needs them, `spending` filled in.
    """
    own = held.panel[held.panel["indicator"] == indicator.id]
    coverage = Coverage.of(own)
    names = {"indicator": indicator.id, "source": "; ".join(source)}
    if not len(own):
        reasons = held.lacking.get(indicator.id, []) or ["no value could be computed from the sources at hand"]
        return _row(construct, "absent", coverage, "; ".join(reasons), **names)
    if coverage.units == held.n_units or (own["nis"] == "").all():
        return _row(construct, "present", coverage, "", **names)
    reason = f"{held.n_units - coverage.units} of {held.n_units} municipalities without a value"
    return _row(construct, "partial", coverage, reason, **names)


def uncomputed_gap(construct: Construct, sources: dict[str, Source], held: Holdings) -> dict[str, Any]:
    """One row for a construct that no indicator is computed for: what its sources hold, or why none can speak to it."""
    if construct.unmeasurable is not None:
        return _row(construct.id, "unmeasurable", None, construct.unmeasurable.en)
    names = {"source": "; ".join(construct.sources)}
    absent = [source for source in construct.sources if source not in held.tables]
    if absent:
        reason = "; ".join(f"no file {sources[name].place} ({sources[name].publisher})" for name in absent)
        return _row(construct.id, "absent", None, reason, **names)
    main = held.tables[construct.sources[0]]
    return _row(
        construct.id, "partial", main, "the sources are at hand; no indicator is computed from them yet", **names
    )


def construct_gaps(
    constructs: Iterable[Construct],
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    held: Holdings,
    spending: str,
) -> pd.DataFrame:
    """Constructs in the order of their file, one row per indicator that speaks to one. spending: source of `spending`."""
    rows = []
    for construct in constructs:
        for name in construct.indicators:
            source = [spending if one == "spending" else one for one in indicators[name].source]
            rows.append(indicator_gap(construct.id, indicators[name], source, held))
        if not construct.indicators:
            rows.append(uncomputed_gap(construct, sources, held))
        if construct.limits is not None:
            rows[-1]["reason"] = "; ".join(filter(None, [rows[-1]["reason"], construct.limits.en]))
    return pd.DataFrame(rows, columns=COLUMNS)


def source_gaps(sources: dict[str, Source], held: Holdings) -> pd.DataFrame:
    """One row per source of the catalogue: present with its coverage, or absent with where it would come from."""
    rows = []
    for name, source in sources.items():
        here = held.files.get(name, [])
        reason = (
            f"{source.measures}; files: {len(here)}"
            if here
            else f"{source.measures}: no file {source.place} ({source.publisher})"
        )
        coverage = held.tables.get(name) if here else None
        rows.append(_row("source", "present" if here else "absent", coverage, reason, source=name))
    return pd.DataFrame(rows, columns=COLUMNS)


def specification_gaps(refused: dict[str, list[str]]) -> pd.DataFrame:
    """One row per specification that cannot be estimated, with the missing files named."""
    rows = [
        _row("specification", "absent", None, "refused: " + "; ".join(reasons), indicator=name)
        for name, reasons in refused.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


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
    shown = register.assign(
        construct=register["construct"].map(lambda name: labels.get(name, "")),
        status=register["status"].map(lambda status: _STATUS[status][language]),
    )
    body = [
        section(_WORDS[part][language], html_table(shown[parts == part], _HEADS[language], numbers=["coverage_units"]))
        for part in dict.fromkeys(parts)
    ]
    return _WORDS["title"][language], "".join(body)
