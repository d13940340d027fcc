"""The ledger of claims and the replication candidates as tables."""

import pandas as pd

from beleidsvrijheid.publication import Labels
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
    digits_for,
    interval_text,
    number,
    number_cell,
)
from beleidsvrijheid.words import word

CLAIM_HEADS = ("statement", "test", "verdict", "statistic", "interval", "threshold", "robustness", "reason")
CANDIDATE_HEADS = ("verdict", "statistic", "interval", "threshold", "reason")
TEXTS = ("verdict", "interval", "statement", "test", "reason")


def claims_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str, confidence: float) -> Table:
    """One row per claim: what is claimed, what was put to the data, the verdict and the numbers it rests on.

    confidence: level of the intervals in the results, for the heading.
    """
    rows = [
        Row(
            str(claim["claim_id"]),
            f"{claim['claim_id']} ({claim['source']})",
            _cells(claim, CLAIM_HEADS, labels),
            "claim",
        )
        for claim in extra["claims"].to_dict("records")
    ]
    groups = (Group("claims", "", tuple(rows)),)
    return _table("claims", _columns(CLAIM_HEADS, labels, confidence), groups, labels, data_source)


def replication_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str, confidence: float) -> Table:
    """Every candidate against every published finding; none is chosen. confidence: as in claims_table."""
    groups = []
    for candidate, rows in extra["replication"].groupby("candidate", sort=False):
        found = [
            Row(
                f"{candidate}/{row['finding']}",
                word(f"finding.{row['finding']}", labels.language),
                _cells(row, CANDIDATE_HEADS, labels),
                "finding",
            )
            for row in rows.to_dict("records")
        ]
        groups.append(Group(str(candidate), str(rows["label"].iloc[0]), tuple(found)))
    return _table("replication", _columns(CANDIDATE_HEADS, labels, confidence), tuple(groups), labels, data_source)


def _columns(heads: tuple[str, ...], labels: Labels, confidence: float) -> tuple[Column, ...]:
    level = f"{100 * confidence:g}"
    words = {head: word(f"head.{head}", labels.language, confidence=level) for head in heads}
    return tuple(Column(head, text, head in TEXTS) for head, text in words.items())


def _table(
    kind: str, columns: tuple[Column, ...], groups: tuple[Group, ...], labels: Labels, data_source: str
) -> Table:
    language = labels.language
    return Table(
        title=word(f"title.{kind}", language),
        stub=word(f"stub.{kind}", language),
        columns=columns,
        groups=groups,
        notes=(word(f"note.{kind}", language), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _cells(row: dict, heads: tuple[str, ...], labels: Labels) -> tuple[Cell, ...]:
    return tuple(_cell(row, head, labels) for head in heads)


def _cell(row: dict, head: str, labels: Labels) -> Cell:
    language = labels.language
    decimals = _decimals(row)
    if head == "verdict":
        return Cell(word(f"verdict.{row['verdict']}", language))
    if head == "interval":
        return Cell(interval_text(row["ci_low"], row["ci_high"], decimals, language))
    if head in TEXTS:
        later = row.get("deviations") if head == "reason" else ""
        return Cell(" ".join(text for text in (row[head], later) if isinstance(text, str) and text))
    places = {"robustness": 2, "threshold": 3}.get(head, decimals)
    return number_cell(
        row[head], places, language, Origin(str(row.get("claim_id") or row.get("candidate")), "", "", head)
    )


def _decimals(row: dict) -> int:
    """As many as the interval's width needs; shares of R2 and the like have three, large statistics of tests fewer."""
    low, high = number(row["ci_low"]), number(row["ci_high"])
    if low is None or high is None or low == high:
        return digits_for(row["statistic"], 3, SHARE_DECIMALS, SHARE_DECIMALS)
    return digits_for((high - low) / 4, 2, *COEFFICIENT_DECIMALS)
