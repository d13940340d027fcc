"""The codebook: every indicator that the specifications use, what it is, where it comes from and what it covers."""

import pandas as pd

from beleidsvrijheid.numbers import year_spans
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import (
    DESCRIPTIVE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    digits_for,
    number_cell,
)
from beleidsvrijheid.words import word, word_or

TEXTS = ("id", "unit", "source", "years")
NUMBERS = ("municipalities", "min", "max")
HEADS = (*TEXTS[:3], NUMBERS[0], "years", *NUMBERS[1:], "definition")
OTHER_KEYS = ("weights", "dose", "groups", "interact_with")  # of a specification, that name an indicator


def codebook_table(results: dict[str, Result], labels: Labels, data_source: str, panel: pd.DataFrame) -> Table:
    """A row per indicator, once, under the part it first has: outcome, a block, control, other."""
    language = labels.language
    parts = _parts(results)
    used = [name for names in parts.values() for name in names]
    held = dict(iter(panel[panel["indicator"].isin(used)].groupby("indicator")))
    columns = [
        Column(key, word(f"head.{key}", language), is_text=key not in NUMBERS, is_long=key == HEADS[-1])
        for key in HEADS
    ]
    groups = tuple(
        Group(part, labels.block(part), tuple(_row(name, held.get(name, panel.iloc[:0]), labels) for name in names))
        for part, names in parts.items()
        if names
    )
    return Table(
        title=word("title.codebook", language),
        stub=word("stub.term", language),
        columns=tuple(columns),
        groups=groups,
        notes=(word("note.codebook", language), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _parts(results: dict[str, Result]) -> dict[str, list[str]]:
    """Indicators by the part they have, in order of first use, each where it comes first."""
    parts: dict[str, dict[str, None]] = {"outcomes": {}}
    for result in results.values():
        parts["outcomes"][str(result.settings["outcome"])] = None
        for block, names in (result.settings.get("blocks") or {}).items():
            parts.setdefault(block, {}).update(dict.fromkeys(names))
    for part, keys in (("controls", ("controls",)), ("", OTHER_KEYS)):
        for result in results.values():
            for key in keys:
                names = result.settings.get(key) or []
                parts.setdefault(part, {}).update(dict.fromkeys([names] if isinstance(names, str) else names))
    seen: set[str] = set()
    return {part: [name for name in names if not (name in seen or seen.add(name))] for part, names in parts.items()}


def _row(name: str, rows: pd.DataFrame, labels: Labels) -> Row:
    language, entry = labels.language, labels.indicators.get(name, {})
    values = rows["value"].dropna()
    units = rows.loc[rows["nis"].fillna("") != "", "nis"].nunique() or None
    decimals = digits_for(values.std(), 3, 0, DESCRIPTIVE_DECIMALS)
    known = {
        "id": Cell(name),
        "unit": Cell(word_or(f"unit.{entry.get('unit')}", language, entry.get("unit") or "")),
        "source": Cell(_sources(entry.get("source") or [], language)),
        "municipalities": number_cell(units, 0, language, Origin("panel", "", name, "nis")),
        "years": Cell(_years(rows, language)),
        "definition": Cell(entry.get("formula") or ""),
    }
    for key in ("min", "max"):
        figure = getattr(values, key)() if len(values) else None
        known[key] = number_cell(figure, decimals, language, Origin("panel", "", name, key))
    return Row(name, labels.term(name), tuple(known[key] for key in HEADS), "codebook")


def _sources(sources: list[str], language: str) -> str:
    either = f" {word('or', language)} "
    return ", ".join(one.replace("|", either) for one in sources) or word("source.configuration", language)


def _years(rows: pd.DataFrame, language: str) -> str:
    """Years as runs, and the periods of the study that have one value: 2014-2023; before the reform."""
    periods = [period for period in rows["period"].dropna().unique() if period]
    told = [
        year_spans(rows["year"].dropna().astype(int)),
        *(word_or(f"period.{period}", language, period) for period in periods),
    ]
    return "; ".join(text for text in told if text)
