"""The table of simulated mergers: what they do to sums, to formulas by segments and to ranks."""

import pandas as pd

from beleidsvrijheid.publication import Labels
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
    number,
    number_cell,
)
from beleidsvrijheid.words import word

FIGURES = ("before", "after", "difference", "interval", "largest_deviation")


def mergers_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str, confidence: float) -> Table:
    """One group per entry and measure, one row per base. extra: mergers/{name} -> rows; those without a draw are over all.

    confidence: share of the draws that lies within the interval, for the heading.
    """
    language = labels.language
    frames = {key.partition("/")[2]: frame for key, frame in extra.items() if key.startswith("mergers/")}
    heads = {name: word(f"head.{name}", language, confidence=f"{100 * confidence:g}") for name in FIGURES}
    return Table(
        title=word("title.mergers", language),
        stub=word("stub.mergers", language),
        columns=tuple(Column(name, head) for name, head in heads.items()),
        groups=tuple(group for name, frame in frames.items() for group in _groups(name, frame, labels, len(frames))),
        notes=(word("note.mergers", language), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _groups(name: str, frame: pd.DataFrame, labels: Labels, entries: int) -> list[Group]:
    told = frame[frame["draw"].isna() & frame["statistic"].notna()]
    if told.empty:
        cells = (Cell(word("refused", labels.language)), *(Cell() for _ in FIGURES[1:]))
        return [Group(name, name, (Row("refused", word("status", labels.language), cells, "status"),))]
    groups = []
    for statistic, rows in told.groupby("statistic", sort=False):
        label = labels.place(str(statistic))
        heading = f"{name}: {label}" if entries > 1 else label
        shown = tuple(_row(name, row, labels) for row in rows.to_dict("records"))
        groups.append(Group(f"{name}/{statistic}", heading, shown))
    return groups


def _row(name: str, row: dict, labels: Labels) -> Row:
    language, basis = labels.language, str(row["basis"])
    sizes = [abs(value) for value in (number(row[key]) for key in ("before", "after", "difference")) if value]
    # Of shares and correlations four decimals; of totals the digits of their largest figure.
    decimals = digits_for(max(sizes, default=0.0), 3, COEFFICIENT_DECIMALS[0] + 1, COEFFICIENT_DECIMALS[1])
    figures = {key: number_cell(row[key], decimals, language, _origin(name, row, key)) for key in FIGURES if key in row}
    ends = interval_text(row["ci_low"], row["ci_high"], decimals, language)
    figures["interval"] = Cell(ends, None, _origin(name, row, "ci_low; ci_high"))
    return Row(f"{row['statistic']}/{basis}", labels.term(basis), tuple(figures[key] for key in FIGURES), "difference")


def _origin(name: str, row: dict, column: str) -> Origin:
    return Origin(name, str(row["statistic"]), str(row["basis"]), column)
