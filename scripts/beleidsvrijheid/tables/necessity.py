"""The table of necessary conditions: effect sizes above, what each level of the outcome needs beneath."""

import pandas as pd

from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import (
    SHARE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Spanner,
    Table,
    closing_notes,
    number,
    number_cell,
    p_text,
)
from beleidsvrijheid.words import word

PERCENT_DECIMALS = 1
MEASURES = {"effect_size": SHARE_DECIMALS, "p_value": SHARE_DECIMALS, "accuracy": PERCENT_DECIMALS, "n_obs": 0}
Shown = tuple[Result, str, str]  # entry, condition, ceiling: one column


def necessity_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str) -> Table:
    """A column per condition and ceiling; rows d, p, accuracy, N, then the bottleneck table.

    extra: result files of `necessity` by folder and stem.
    """
    language = labels.language
    results = entry_results(extra, ("necessity",))
    shown = [
        (result, row["term"], row["equation"])
        for result in results.values()
        if not result.refused
        for row in result.estimates.to_dict("records")
    ]
    seeds = [result.fit.get("seed") for result in results.values() if not result.refused]
    return Table(
        title=word("title.necessity", language),
        stub=word("stub.necessity", language),
        columns=_columns(shown, language),
        groups=(
            *((_effects(shown, extra, language), _bottleneck(shown, extra, language)) if shown else ()),
            *_refused(results, max(len(shown), 1), labels),
        ),
        notes=(word("note.necessity", language), *_told(results, labels), *closing_notes(language, data_source, seeds)),
        language=language,
        data_source=data_source,
        spanners=_spanners(shown, len(results) > 1, labels),
    )


def _columns(shown: list[Shown], language: str) -> tuple[Column, ...]:
    columns = [
        Column(f"{result.name}/{condition}/{kind}", word(f"ceiling.{kind}", language))
        for result, condition, kind in shown
    ]
    return tuple(columns) or (Column("status", word("status", language), is_text=True),)


def _spanners(shown: list[Shown], several: bool, labels: Labels) -> tuple[Spanner, ...]:
    spans: dict[tuple[str, str], int] = {}
    names = {result.name: labels.specification(result) for result, _, _ in shown}
    for result, condition, _ in shown:
        spans[result.name, condition] = spans.get((result.name, condition), 0) + 1
    return tuple(
        Spanner(f"{names[name]}: {labels.term(condition)}" if several else labels.term(condition), span)
        for (name, condition), span in spans.items()
    )


def _effects(shown: list[Shown], extra: dict[str, pd.DataFrame], language: str) -> Group:
    rows = []
    for measure, decimals in MEASURES.items():
        cells = tuple(_effect(one, measure, decimals, extra, language) for one in shown)
        rows.append(Row(measure, word(f"necessity.{measure}", language), cells, measure))
    return Group("effects", word("necessity.effects", language), tuple(rows))


def _effect(one: Shown, measure: str, decimals: int, extra: dict[str, pd.DataFrame], language: str) -> Cell:
    result, condition, kind = one
    rows = extra[f"necessity/{result.name}"]
    value = rows[(rows["condition"] == condition) & (rows["ceiling"] == kind)].iloc[0][measure]
    origin = Origin(result.name, kind, condition, measure)
    if measure == "p_value":
        return Cell(p_text(value, language), number(value), origin)
    return number_cell(value, decimals, language, origin)


def _refused(results: dict[str, Result], width: int, labels: Labels) -> list[Group]:
    """A row for every entry that was refused; the notes say why."""
    cells = (Cell(word("refused", labels.language)), *(Cell() for _ in range(width - 1)))
    row = Row("refused", word("status", labels.language), cells, "status")
    return [Group(one.name, labels.specification(one), (row,)) for one in results.values() if one.refused]


def _bottleneck(shown: list[Shown], extra: dict[str, pd.DataFrame], language: str) -> Group:
    tables = {result.name: extra[f"necessity/{result.name}_bottleneck"] for result, _, _ in shown}
    levels = sorted({level for table in tables.values() for level in table["outcome_percent"]})
    rows = []
    for level in levels:
        cells = tuple(_needed(one, level, tables[one[0].name], language) for one in shown)
        percent = format_number(level, 0 if float(level).is_integer() else PERCENT_DECIMALS, language)
        rows.append(Row(f"{level:g}", word("necessity.level", language, percent=percent), cells, "required_percent"))
    return Group("bottleneck", word("necessity.bottleneck", language), tuple(rows))


def _needed(one: Shown, level: float, table: pd.DataFrame, language: str) -> Cell:
    result, condition, kind = one
    rows = table[(table["condition"] == condition) & (table["ceiling"] == kind) & (table["outcome_percent"] == level)]
    if rows.empty:
        return Cell()
    row, origin = rows.iloc[0], Origin(result.name, kind, condition, f"required_percent at {level:g}")
    if row["status"] != "necessary":
        return Cell(word(f"necessity.{row['status']}", language), origin=origin)
    return number_cell(row["required_percent"], PERCENT_DECIMALS, language, origin)


def _told(results: dict[str, Result], labels: Labels) -> list[str]:
    """Outcome of every entry, and why one was refused."""
    notes = []
    for result in results.values():
        name = f"{labels.specification(result)}:"
        if result.refused:
            notes.append(word("note.refused", labels.language, columns=name, reason=labels.reason(result)))
        else:
            notes.append(word("note.plain", labels.language, columns=name, words=f"{labels.outcome(result)}."))
    return notes
