"""The robustness table: one estimate over a list of specifications, and in what each differs from the first."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.differences import differences
from beleidsvrijheid.tables.model import (
    COEFFICIENT_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    digits_for,
    interval_text,
    number_cell,
)
from beleidsvrijheid.words import word

HEADS = ("estimate", "interval", "standardised", "n", "differs")


def robustness_table(
    results: dict[str, Result], labels: Labels, data_source: str, settings: Mapping[str, Any], confidence: float
) -> Table:
    """A row per specification. settings: the entry of the configuration; its term, and equation where there are several.

    Raises StudyError where no specification that was estimated has that term.
    """
    language, term = labels.language, str(settings["term"])
    _check(results, settings)
    first = next(iter(results.values()))
    heads = [word(f"head.{key}", language, confidence=f"{100 * confidence:g}") for key in HEADS]
    rows = tuple(_row(result, first, settings, labels) for result in results.values())
    return Table(
        title=word("title.robustness", language),
        stub=word("stub.specification", language),
        columns=tuple(Column(key, head, is_text=key == "differs") for key, head in zip(HEADS, heads, strict=True)),
        groups=(Group(term, labels.term(term), rows),),
        notes=tuple(_notes(results, labels, data_source)),
        language=language,
        data_source=data_source,
    )


def _check(results: Mapping[str, Result], settings: Mapping[str, Any]) -> None:
    estimated = [result for result in results.values() if not result.refused]
    if estimated and all(_found(result, settings) is None for result in estimated):
        equation, term = settings.get("equation"), settings["term"]
        rows = estimated[0].estimates
        known = rows["term"] if equation is None else rows["equation"] + "/" + rows["term"]
        wrong = term if equation is None else f"{equation}/{term}"
        raise StudyError(
            f"config.yaml: tables: term: {wrong!r} is in none of {', '.join(result.name for result in estimated)}; "
            f"{estimated[0].name} has: {', '.join(dict.fromkeys(known))}; correct it"
        )


def _found(result: Result, settings: Mapping[str, Any]) -> pd.Series | None:
    return result.row(settings.get("equation"), settings["term"])


def _row(result: Result, first: Result, settings: Mapping[str, Any], labels: Labels) -> Row:
    language, found = labels.language, None if result.refused else _found(result, settings)
    reference = word("robustness.reference", language)
    differs = Cell(reference if result is first else differences(first, result, labels))
    name = labels.specification(result)
    if found is None:
        why = word("refused" if result.refused else "robustness.no_term", language)
        return Row(result.name, name, (Cell(why), *(Cell() for _ in HEADS[2:]), differs), "status")
    origin = (result.name, str(found["equation"]), str(found["term"]))
    decimals = digits_for(found["std_error"], 2, *COEFFICIENT_DECIMALS)
    text = interval_text(found["ci_low"], found["ci_high"], decimals, language)
    cells = (
        number_cell(found["estimate"], decimals, language, Origin(*origin, "estimate")),
        Cell(text, None, Origin(*origin, "ci_low; ci_high")) if text else Cell(),
        number_cell(found["standardised"], COEFFICIENT_DECIMALS[0], language, Origin(*origin, "standardised")),
        number_cell(result.fit.get("n_obs"), 0, language, Origin(result.name, "", "", "n_obs")),
        differs,
    )
    return Row(result.name, name, cells, "estimate")


def _notes(results: Mapping[str, Result], labels: Labels, data_source: str) -> list[str]:
    language = labels.language
    estimated = [one for one in results.values() if not one.refused]
    words = "; ".join(dict.fromkeys(labels.covariance(one) for one in estimated))
    notes = [word("note.robustness", language), word("note.covariance", language, columns="", words=words).strip()]
    for result in results.values():
        if result.refused:
            name = labels.specification(result)
            notes.append(word("note.refused", language, columns=name, reason=labels.reason(result)))
    seeds = [result.fit.get("seed") for result in estimated]
    return [*notes, word("note.observational", language), *closing_notes(language, data_source, seeds)]
