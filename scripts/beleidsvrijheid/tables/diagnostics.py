"""The table of diagnostics: one specification over and over, each time changed in one point."""

import re
from collections.abc import Iterator

import pandas as pd

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import (
    COEFFICIENT_DECIMALS,
    SHARE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    interval_text,
    number,
    number_cell,
    p_text,
)
from beleidsvrijheid.words import word, word_or

# In this order; what a note says better (Moran, who is missing) has no rows.
TESTS = (
    *("baseline", "influence", "outliers", "mean_reversion", "recoding"),
    *("clusters", "denominators", "missing_weights", "omitted_variable"),
)
SAME_AS_BASELINE = ("ratio", "complete_cases")
SHARES = "omitted_variable"


def diagnostics_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str, confidence: float) -> Table:
    """Standardised coefficients by variant. extra: diagnostics/{specification} -> its rows. confidence: of the intervals."""
    language = labels.language
    frames = {key.partition("/")[2]: _texts(frame) for key, frame in extra.items() if key.startswith("diagnostics/")}
    terms = list(dict.fromkeys(term for frame in frames.values() for term in _terms(frame)))
    columns = [Column(term, labels.term(term)) for term in terms] + [Column("n", word("head.n", language))]
    return Table(
        title=word("title.diagnostics", language),
        stub=word("stub.variant", language),
        columns=tuple(columns),
        groups=tuple(group for name, frame in frames.items() for group in _groups(name, frame, terms, labels, frames)),
        notes=tuple(_notes(frames, labels, data_source, confidence)),
        language=language,
        data_source=data_source,
    )


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    texts = ["test", "variant", "term", "note"]
    return frame.assign(**{name: frame[name].astype(object).fillna("") for name in texts})


def _terms(frame: pd.DataFrame) -> list[str]:
    return list(frame.loc[frame["test"] == "baseline", "term"])


def _name(name: str, frame: pd.DataFrame, language: str) -> str:
    label = frame[f"label_{language}"].iloc[0] if f"label_{language}" in frame and len(frame) else ""
    return str(label) or name


def variant_label(variant: str, labels: Labels) -> str:
    """Words for a variant: a fixed one, an outlier rule applied or lifted, an indicator with or without."""
    language = labels.language
    if found := re.fullmatch(r"(\w+)_(applied|lifted)", variant):
        return word(f"variant.{found[2]}", language, rule=word_or(f"rule.{found[1]}", language, found[1]))
    fixed = word_or(f"variant.{variant}", language, "")
    if not fixed and (found := re.fullmatch(r"(with|without)_(\w+)", variant)):
        return word(f"variant.{found[1]}", language, term=labels.term(found[2]))
    return fixed or variant


def _groups(name: str, frame: pd.DataFrame, terms: list[str], labels: Labels, frames) -> Iterator[Group]:
    for test in TESTS:
        own = frame[(frame["test"] == test) & ~frame["variant"].isin(SAME_AS_BASELINE)]
        rows = [row for variant in dict.fromkeys(own["variant"]) for row in _rows(name, own, variant, terms, labels)]
        label = word(f"diagnostic.{test}", labels.language)
        if rows:
            several = f"{_name(name, frame, labels.language)}: {label}" if len(frames) > 1 else label
            yield Group(f"{name}/{test}", several, tuple(rows))
    if (frame["test"] == "refused").any():
        cells = (Cell(word("refused", labels.language)), *(Cell() for _ in terms))
        refusal = Row("refused", word("status", labels.language), cells, "status")
        yield Group(f"{name}/refused", _name(name, frame, labels.language), (refusal,))


def _rows(name: str, own: pd.DataFrame, variant: str, terms: list[str], labels: Labels) -> list[Row]:
    language, label = labels.language, variant_label(variant, labels)
    rows = own[own["variant"] == variant]
    known = rows[rows["estimate"].notna()].set_index("term")
    key = f"{rows['test'].iloc[0]}/{variant}"
    if known.empty:
        return [Row(key, label, (Cell(word("refused", language)), *(Cell() for _ in terms)), "status")]
    shares, count = rows["test"].iloc[0] == SHARES, variant == "flips"
    column = "estimate" if shares or count else "standardised"
    decimals = 0 if count else SHARE_DECIMALS if shares else COEFFICIENT_DECIMALS[0]
    values, intervals = [], []
    for term in terms:
        found = known.loc[term] if term in known.index else pd.Series(dtype=float)
        origin = Origin(name, key, term, column) if len(found) else None
        values.append(number_cell(found.get(column), decimals, language, origin))
        intervals.append(_interval(name, key, term, found, decimals, language))
    n = known["n"].iloc[0]
    first = Row(key, label, (*values, number_cell(n, 0, language, Origin(name, key, "", "n"))), column)
    if not any(cell.text for cell in intervals):
        return [first]
    return [first, Row(key, "", (*intervals, Cell()), "interval", is_beneath=True)]


def _interval(name: str, key: str, term: str, found: pd.Series, decimals: int, language: str) -> Cell:
    """The interval on the scale of the standardised coefficient."""
    estimate, standardised = number(found.get("estimate")), number(found.get("standardised"))
    if not estimate or standardised is None or number(found.get("ci_low")) is None:
        return Cell()
    ends = [found[end] * standardised / estimate for end in ("ci_low", "ci_high")]
    return Cell(interval_text(*ends, decimals, language), None, Origin(name, key, term, "ci_low; ci_high"))


def _notes(frames: dict[str, pd.DataFrame], labels: Labels, data_source: str, confidence: float) -> list[str]:
    language = labels.language
    notes = [word("note.diagnostics", language, confidence=f"{100 * confidence:g}")]
    for name, frame in frames.items():
        label = _name(name, frame, language)
        for one in frame[(frame["test"] == "spatial") & frame["estimate"].notna()].itertuples():
            estimate = format_number(one.estimate, 3, language)
            notes.append(word("note.moran", language, name=label, estimate=estimate, p=p_text(one.p_value, language)))
        missing = frame[(frame["test"] == "missing") & (frame["variant"] == "any") & (frame["term"] == "")]
        notes += [word("note.missing", language, name=label, n=format_number(n, 0, language)) for n in missing["n"]]
        for one in frame[frame["estimate"].isna() & ~frame["test"].isin(["missing"])].itertuples():
            reason = sentence(one.note.rstrip("."), labels)
            variant = word("status", language) if one.test == "refused" else variant_label(one.variant, labels)
            variant = "Moran's I" if one.test == "spatial" else variant
            notes.append(word("note.variant", language, name=label, variant=variant, reason=reason))
    return [*notes, word("note.observational", language), *closing_notes(language, data_source, [])]
