"""The table of an fsQCA: solutions with their paths, and single necessary conditions."""

import numpy as np
import pandas as pd

from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.qca.analysis import PRESENT
from beleidsvrijheid.qca.solutions import ALWAYS, SOLUTIONS, WHOLE
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import (
    SHARE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    number_cell,
)
from beleidsvrijheid.words import word

MEASURES = ("consistency", "pri", "raw_coverage", "unique_coverage", "relevance", "n_cases")


def qca_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str) -> Table:
    """Groups by entry, outcome, solution and model, a row per path; then necessity of every single condition.

    extra: result files of `qca` by folder and stem.
    """
    language = labels.language
    results = entry_results(extra, ("qca",))
    groups = [group for result in results.values() for group in _groups(result, extra, labels, len(results) > 1)]
    return Table(
        title=word("title.qca", language),
        stub=word("stub.qca", language),
        columns=tuple(Column(measure, word(f"head.{measure}", language)) for measure in MEASURES),
        groups=tuple(groups),
        notes=(word("note.qca", language), *_told(results, labels), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _groups(result: Result, extra: dict[str, pd.DataFrame], labels: Labels, several: bool) -> list[Group]:
    language, name = labels.language, result.name
    before = f"{labels.specification(result)}: " if several else ""
    names = _names(extra.get(f"qca/{name}_conditions"), language)
    groups = []
    if result.refused:
        cells = (Cell(word("refused", language)), *(Cell() for _ in MEASURES[1:]))
        row = Row("refused", word("status", language), cells, "status")
        groups.append(Group(name, labels.specification(result), (row,)))
    else:
        rows = extra[f"qca/{name}_solutions"]
        order = (-rows["outcome"].eq(PRESENT).astype(int), rows["solution"].map(SOLUTIONS.index), rows.index)
        rows = rows.iloc[np.lexsort(order[::-1])]
        for (side, kind, model), own in rows.groupby(["outcome", "solution", "model"], sort=False):
            n = int(own["n_models"].iloc[0])
            which = word("qca.model", language, model=int(model), n=n) if n > 1 else ""
            label = f"{before}{word(f'qca.{side}', language)}, {word(f'qca.{kind}', language)}{which}"
            key = f"{name}/{side}/{kind}/{int(model)}"
            groups.append(
                Group(key, label, tuple(_path(result, row, names, language) for row in own.to_dict("records")))
            )
    return groups + _necessity(result, extra.get(f"qca/{name}_necessity"), names, before, language)


def _path(result: Result, row: dict, names: dict[str, str], language: str) -> Row:
    term, side = str(row["term"]), f"{row['outcome']}/{row['solution']}/{int(row['model'])}"
    cells = tuple(_cell(result, side, term, row, measure, language) for measure in MEASURES)
    return Row(term, _term(term, names, language), cells, "path")


def _cell(result: Result, equation: str, term: str, row: dict, measure: str, language: str) -> Cell:
    if measure not in row or pd.isna(row[measure]):
        return Cell()
    decimals = 0 if measure == "n_cases" else SHARE_DECIMALS
    return number_cell(row[measure], decimals, language, Origin(result.name, equation, term, measure))


def _necessity(
    result: Result, rows: pd.DataFrame | None, names: dict[str, str], before: str, language: str
) -> list[Group]:
    groups = []
    for side, own in rows.groupby("outcome", sort=False) if rows is not None else ():
        found = []
        for row in own.rename(columns={"coverage": "raw_coverage"}).to_dict("records"):
            term, equation = str(row["condition"]), f"{side}/necessity"
            cells = tuple(_cell(result, equation, term, row, measure, language) for measure in MEASURES)
            found.append(Row(term, _term(term, names, language), cells, "necessity"))
        label = f"{before}{word(f'qca.{side}', language)}, {word('qca.necessity', language)}"
        groups.append(Group(f"{result.name}/{side}/necessity", label, tuple(found)))
    return groups


def _names(conditions: pd.DataFrame | None, language: str) -> dict[str, str]:
    if conditions is None or conditions.empty:
        return {}
    return dict(zip(conditions["condition"], conditions[f"label_{language}"], strict=True))


def _term(term: str, names: dict[str, str], language: str) -> str:
    """A term in words: the labels of its conditions, joined by a cross."""
    if term in (WHOLE, ALWAYS):
        return word(f"qca.{term}", language)
    parts = []
    for literal in term.split("*"):
        label = names.get(literal.removeprefix("~"), literal.removeprefix("~"))
        parts.append(word("qca.absent", language, name=label) if literal.startswith("~") else label)
    return " × ".join(parts)


def _told(results: dict[str, Result], labels: Labels) -> list[str]:
    """Outcome and warnings of every entry, and why one was refused."""
    notes, language = [], labels.language
    for result in results.values():
        name = labels.specification(result)
        notes.append(word("note.plain", language, columns=f"{name}:", words=f"{labels.outcome(result)}."))
        if result.refused:
            notes.append(word("note.refused", language, columns=f"{name}:", reason=labels.reason(result)))
        if result.fit.get("warnings"):
            told = sentence(str(result.fit["warnings"]), labels)
            notes.append(word("note.qca_warning", language, name=name, warning=told))
    return notes
