"""The correlation table: every two variables of one specification, Pearson below the diagonal, Spearman above."""

import pandas as pd

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import (
    CORRELATION_DECIMALS,
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

BELOW, ABOVE = "pearson", "spearman"


def correlation_table(
    results: dict[str, Result], labels: Labels, data_source: str, extra: dict[str, pd.DataFrame]
) -> Table:
    """extra: correlations/{specification} -> first, second, method, estimate, n. A refused specification says so."""
    language = labels.language
    (name, result), *_ = results.items()
    pairs = extra.get(f"correlations/{name}", pd.DataFrame())
    columns, rows = _matrix(name, pairs, labels) if len(pairs) and not result.refused else _refusal(language)
    return Table(
        title=word("title.correlation", language),
        stub=word("stub.term", language),
        columns=columns,
        groups=(Group(name, labels.specification(result), rows),),
        notes=(*_notes(result, pairs, labels), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _refusal(language: str) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    status = word("status", language)
    return (Column("status", status, is_text=True),), (
        Row("refused", status, (Cell(word("refused", language)),), "status"),
    )


def _matrix(name: str, pairs: pd.DataFrame, labels: Labels) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    variables = list(dict.fromkeys([*pairs["first"], *pairs["second"]]))
    columns = tuple(Column(one, f"({place})") for place, one in enumerate(variables, start=1))
    found = _estimates(pairs)
    return columns, tuple(_row(name, place, variables, found, labels) for place in range(len(variables)))


def _estimates(pairs: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Correlation by method and both variables, in either order."""
    found = {}
    for row in pairs.itertuples():
        found[row.method, row.first, row.second] = found[row.method, row.second, row.first] = row.estimate
    return found


def _row(name: str, place: int, variables: list[str], found: dict[tuple[str, str, str], float], labels: Labels) -> Row:
    own, cells = variables[place], []
    for column, other in enumerate(variables):
        method = BELOW if column < place else ABOVE
        origin = Origin(name, method, f"{own}:{other}", "estimate")
        estimate = found.get((method, own, other))
        cells.append(
            Cell() if estimate is None else number_cell(estimate, CORRELATION_DECIMALS, labels.language, origin)
        )
    return Row(own, f"({place + 1}) {labels.term(own)}", tuple(cells), "correlation")


def _notes(result: Result, pairs: pd.DataFrame, labels: Labels) -> list[str]:
    language = labels.language
    if result.refused or pairs.empty:
        name = labels.specification(result)
        return [word("note.refused", language, columns=name, reason=labels.reason(result))]
    n = format_number(float(pairs["n"].iloc[0]), 0, language)
    return [word("note.correlation", language, n=n, name=result.name)]
