"""The table of what differs from the plan that was frozen beforehand."""

import pandas as pd

from beleidsvrijheid.plan import NONE, NOT_FROZEN, deviation_sentence
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.tables.model import Cell, Column, Group, Row, Table, closing_notes
from beleidsvrijheid.words import word

HEADS = ("change", "frozen_sha256", "current_sha256")
SHOWN = 12  # characters of a checksum


def deviations_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str) -> Table:
    """One row per difference; one that says so where there is none or no plan. extra: deviations -> its rows."""
    language = labels.language
    found = extra["deviations"].astype(object).fillna("")
    return Table(
        title=word("title.deviations", language),
        stub=word("stub.deviations", language),
        columns=tuple(Column(head, word(f"head.{head}", language), is_text=True) for head in HEADS),
        groups=(Group("deviations", "", tuple(_row(row, found, language) for row in found.to_dict("records"))),),
        notes=(word("note.deviations", language), *closing_notes(language, data_source, [])[1:]),
        language=language,
        data_source=data_source,
    )


def _row(row: dict[str, str], found: pd.DataFrame, language: str) -> Row:
    is_whole = row["kind"] in (NONE, NOT_FROZEN)
    told = deviation_sentence(found, language) if is_whole else word(f"plan.{row['kind']}", language)
    cells = (Cell(told), *(Cell(str(row[head])[:SHOWN]) for head in HEADS[1:]))
    key = ".".join(part for part in (row["section"], row["key"]) if part)
    return Row(key or str(row["kind"]), key or "plan.sha256", cells, "deviation")
