"""The table of families of tests: p as published and adjusted for one another."""

from collections.abc import Iterator

import pandas as pd

from beleidsvrijheid.publication import Labels
from beleidsvrijheid.sentences import sentence
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
    number,
    number_cell,
    p_text,
)
from beleidsvrijheid.words import word, word_or

ADJUSTED = ("p_value", "holm_p", "romano_wolf_p")


def multiplicity_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str) -> Table:
    """One group per specification of a family, one row per test. extra: multiplicity/{family} -> its rows."""
    language = labels.language
    frames = {key.partition("/")[2]: frame for key, frame in extra.items() if key.startswith("multiplicity/")}
    shown = [name for name in ADJUSTED if any(frame[name].notna().any() for frame in frames.values())]
    keys = ["estimate", *shown]
    names = [_family(name, frame, language) for name, frame in frames.items()]
    title = word("title.multiplicity", language)
    return Table(
        title=f"{title}: {names[0]}" if len(names) == 1 else title,
        stub=word("stub.test", language),
        columns=tuple(Column(key, word(f"head.{key}", language)) for key in keys),
        groups=tuple(
            group for name, frame in frames.items() for group in _groups(name, frame, shown, labels, len(frames))
        ),
        notes=(word("note.multiplicity", language), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _family(family: str, frame: pd.DataFrame, language: str) -> str:
    return str(frame[f"family_{language}"].iloc[0]) if len(frame) else family


def _groups(family: str, frame: pd.DataFrame, shown: list[str], labels: Labels, families: int) -> Iterator[Group]:
    """The tests of each specification of a family."""
    if frame.empty:
        yield Group(family, family, ())
    for name, rows in frame.groupby("specification", sort=False):
        told = rows[f"label_{labels.language}"].iloc[0]
        label = told if isinstance(told, str) and told else str(name)
        heading = f"{_family(family, frame, labels.language)}: {label}" if families > 1 else label
        yield Group(f"{family}/{name}", heading, tuple(_row(row, shown, labels) for _, row in rows.iterrows()))


def _row(row: pd.Series, shown: list[str], labels: Labels) -> Row:
    language, name = labels.language, str(row["specification"])
    term, equation = (str(row[key]) if isinstance(row[key], str) else "" for key in ("term", "equation"))
    parts = [labels.equation(equation), word_or(f"test.{row['test']}", language, labels.term(term) if term else "")]
    label = ", ".join(part for part in parts if part) or word("status", language)
    key = "/".join(part for part in (name, equation, term) if part)
    if number(row["p_value"]) is None:
        note = row["note"] if isinstance(row["note"], str) else ""
        cells = (Cell(sentence(note, labels)), *(Cell() for _ in shown))
        return Row(key, label, cells, "status")
    origin = (name, equation, term)
    decimals = digits_for(row["estimate"], 2, *COEFFICIENT_DECIMALS)
    cells = [number_cell(row["estimate"], decimals, language, Origin(*origin, "estimate"))]
    for column in shown:
        value = number(row[column])
        text = p_text(value, language)
        cells.append(Cell(text, value, Origin(*origin, column)) if value is not None else Cell())
    return Row(key, label, tuple(cells))
