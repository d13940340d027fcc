"""Which municipality a unit of the database of mandates was in a term.

Units keep their address while their label and code change: in 2024 three were renamed in place to the name of their
merger, so that mandates of the terms before now bear a name that no municipality had then.
"""

from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import VINTAGES, NameIndex, normalised, vintage_of_year
from beleidsvrijheid.sources.reading import Reference

TABLE = "workflow/sources.yaml: options.renamed"


def unit_codes(places: pd.DataFrame, reference: Reference, renamed: list[dict[str, str]]) -> pd.DataFrame:
    """Code of every unit in every term: term, address, nis, vintage, is_renamed.

    places: term, address, label, code ("" where unknown; in order of preference), where (file, for messages); an address
    may have several labels and codes. renamed: rows now, before, until (last day) of the reviewed table of renames.
    Raises StudyError on unknown, contradicting and ambiguous units.
    """
    rows: list[dict[str, Any]] = []
    for term, group in places.groupby("term", sort=True):
        rows += _term_codes(int(term), group, reference, renamed)
    table = pd.DataFrame(rows, columns=["term", "address", "nis", "vintage", "is_renamed", "label", "where"])
    twice = table[table.duplicated(["term", "nis"], keep=False)].sort_values(["term", "nis", "address"])
    if len(twice):
        first, second = twice.iloc[0], twice.iloc[1]
        raise StudyError(
            f"{first['where']}: term {first['term']}: two units are {first['nis']}: {first['label']!r} "
            f"({first['address']}) and {second['label']!r} ({second['address']}); keep the records of one"
        )
    return table.drop(columns=["where"])


def _term_codes(
    term: int, group: pd.DataFrame, reference: Reference, renamed: list[dict[str, str]]
) -> list[dict[str, Any]]:
    vintage = vintage_of_year(term)
    index = reference.names(vintage)
    found, open_units = {}, {}
    for address, unit in group.groupby("address", sort=True):
        code = _direct(unit, set(reference.units[f"nis_{vintage}"]), index, term)
        (open_units if code is None else found)[address] = unit if code is None else code
    renames = {}
    for address, unit in open_units.items():
        renames[address] = _renamed(unit, term, reference, renamed, set(found.values()))
    labels = group.drop_duplicates("address").set_index("address")
    return [
        {"term": term, "address": address, "nis": code, "vintage": vintage, "is_renamed": address in renames}
        | labels.loc[address, ["label", "where"]].to_dict()
        for address, code in sorted({**found, **renames}.items())
    ]


def _find(index: NameIndex, label: str, where: str) -> str | None:
    """The code of a name, None where no municipality of the vintage has it. Raises StudyError on homonyms."""
    known = normalised(label) in index.full or normalised(label) in index.bare
    return index.code(label, where) if known else None


def _direct(unit: pd.DataFrame, codes: set[str], index: NameIndex, term: int) -> str | None:
    """By its code where the vintage of the term has it, else by its name then; both must agree."""
    where = f"{unit['where'].iloc[0]}: term {term}"
    valid = [code for code in unit["code"] if code in codes]
    names = {_find(index, label, where) for label in unit["label"].unique()} - {None}
    chosen = valid[0] if valid else min(names, default=None)
    if names - {chosen}:
        raise StudyError(
            f"{where}: unit {unit['address'].iloc[0]} is {chosen} and, by its label "
            f"({' or '.join(sorted(unit['label'].unique()))}), {min(names - {chosen})}; correct the file"
        )
    return chosen


def _renamed(
    unit: pd.DataFrame, term: int, reference: Reference, renamed: list[dict[str, str]], taken: set[str]
) -> str:
    """The part of a later merger that a unit was: by the reviewed table, else the one part without a unit of its own."""
    label, where = unit["label"].iloc[0], f"{unit['where'].iloc[0]}: term {term}"
    vintage = vintage_of_year(term)
    parts = _parts(unit, vintage, reference)
    if not parts:
        return reference.names(vintage).code(label, where)  # raises, naming the nearest
    for row in renamed:
        if normalised(row["now"]) == normalised(label) and f"{term}-01-01" <= row["until"]:
            code = reference.names(vintage).code(row["before"], TABLE)
            if code in parts:
                return code
            raise StudyError(f"{TABLE}: {row['before']!r} is no part of {label!r}; allowed: {', '.join(sorted(parts))}")
    left = sorted(parts - taken)
    if len(left) != 1:
        raise StudyError(
            f"{where}: {label!r} is the name of a later merger and may be any of {', '.join(left or sorted(parts))}; "
            f"add a row now, before, until to {TABLE}"
        )
    return left[0]


def _parts(unit: pd.DataFrame, vintage: int, reference: Reference) -> set[str]:
    """The codes, in `vintage`, of the parts of the later municipality that bears the unit's label or code."""
    for later in VINTAGES[VINTAGES.index(vintage) + 1 :]:
        index, column = reference.names(later), reference.units[f"nis_{later}"]
        names = {_find(index, label, unit["where"].iloc[0]) for label in unit["label"].unique()} - {None}
        merged = names or {code for code in unit["code"] if code in set(column)}
        if merged:
            return set(reference.units.loc[column.isin(merged), f"nis_{vintage}"])
    return set()
