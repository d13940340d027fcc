"""The table of a multiverse: what its variants say together, and the one fixed beforehand."""

import pandas as pd

from beleidsvrijheid.numbers import format_number
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
    number,
    number_cell,
    p_text,
)
from beleidsvrijheid.words import word

COLUMNS = ("estimate", "critical", "p_value", "draws")
OF_OUTCOME = "smallest_p_of_outcome"


def multiverse_table(extra: dict[str, pd.DataFrame], labels: Labels, data_source: str) -> Table:
    """A group per multiverse and method. extra: multiverse/{name}/joint, record and curve."""
    language = labels.language
    folders = [key.removesuffix("/joint") for key in extra if key.startswith("multiverse/") and key.endswith("/joint")]
    records = [extra[f"{folder}/record"].iloc[0] for folder in folders]
    groups = [group for folder in folders for group in _groups(folder, extra, labels)]
    return Table(
        title=word("title.multiverse", language),
        stub=word("stub.test", language),
        columns=tuple(Column(key, word(f"head.{key}", language)) for key in COLUMNS),
        groups=tuple(groups),
        notes=(
            word("note.multiverse", language),
            *(_about(record, labels) for record in records),
            *closing_notes(language, data_source, [record["seed"] for record in records]),
        ),
        language=language,
        data_source=data_source,
    )


def _groups(folder: str, extra: dict[str, pd.DataFrame], labels: Labels) -> list[Group]:
    record, joint, curve = (extra[f"{folder}/{part}"] for part in ("record", "joint", "curve"))
    language, label = labels.language, str(record[f"label_{labels.language}"].iloc[0])
    main = curve[curve["is_primary"].astype(bool)]
    groups = [Group(folder, label, tuple(_primary(row, labels) for _, row in main.iterrows()))]
    for method, rows in joint.groupby("method", sort=False):
        told = tuple(_row(f"{folder}/{method}", row, labels) for _, row in rows.iterrows())
        groups.append(Group(f"{folder}/{method}", f"{label}: {word(f'method.{method}', language)}", told))
    return groups


def _primary(row: pd.Series, labels: Labels) -> Row:
    language = labels.language
    name = word("multiverse.primary", language)
    if row["status"] != "estimated":
        return Row(str(row["cell"]), name, _not_estimated(language), "status")
    return Row(
        str(row["cell"]), name, _cells(str(row["cell"]), row["standardised"], None, row["p_value"], None, language)
    )


def _row(key: str, row: pd.Series, labels: Labels) -> Row:
    language, test = labels.language, str(row["test"])
    if number(row["p_value"]) is None:
        return Row(f"{key}/{test}", word("status", language), _not_estimated(language), "status")
    label = word(f"multiverse.{test}", language)
    if test == OF_OUTCOME:
        outcome, _, place = str(row["group"]).partition(" ")
        label = f"{label}: {labels.indicator(outcome)}" + (f" ({labels.place(place)})" if place else "")
    origin = f"{key}/{test}"
    return Row(origin, label, _cells(origin, row["estimate"], row["critical"], row["p_value"], row["draws"], language))


def _not_estimated(language: str) -> tuple[Cell, ...]:
    return (Cell(word("refused", language)), *[Cell()] * (len(COLUMNS) - 1))


def _cells(
    key: str, estimate: object, critical: object, p_value: object, draws: object, language: str
) -> tuple[Cell, ...]:
    decimals = digits_for(estimate, 2, *COEFFICIENT_DECIMALS)
    return (
        number_cell(estimate, decimals, language, Origin(key, column="estimate")),
        number_cell(critical, decimals, language, Origin(key, column="critical")),
        Cell(p_text(p_value, language), number(p_value), Origin(key, column="p_value")),
        number_cell(draws, 0, language, Origin(key, column="draws")),
    )


def _about(record: pd.Series, labels: Labels) -> str:
    """What was tested, on which samples, in which direction."""
    language = labels.language
    names = {"n": "n_estimated", "all": "n_cells", "removed": "n_removed", "samples": "n_samples"}
    counts = names | {"low": "n_lowest", "high": "n_highest"}
    return word(
        "note.multiverse_about",
        language,
        label=record[f"label_{language}"],
        term=labels.term(str(record["focal"])),
        sign=word(f"sign.{record['expected']}", language),
        sha=str(record["cells_sha256"])[:12],
        **{key: format_number(number(record[name]) or 0.0, 0, language) for key, name in counts.items()},
    )
