"""What a parsed table must look like, by kind: columns with their units, keys unique, ranges plausible."""

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError

_NIS = {"nis": "code", "vintage": "vintage"}
# Column -> what it holds; "?" behind a kind means that it may be empty.
KINDS: dict[str, dict[str, str]] = {
    "finance": {**_NIS, "report_year": "year", "year": "year", "code": "text", "spending_eur": "number?",
                "spending_per_inhabitant": "number?", "receipts_eur": "number?", "receipts_per_inhabitant": "number?"},
    "actions": {**_NIS, "report_year": "year", "goal": "text", "plan": "text", "action": "text", "label": "text",
                "year": "year", "spending_eur": "number?", "spending_per_inhabitant": "number?"},
    "debt": {**_NIS, "year": "year", "debt_eur": "number", "debt_per_inhabitant": "number?"},
    "population": {**_NIS, "year": "year", "population": "positive"},
    "income": {**_NIS, "year": "year", "returns": "positive?", "taxable_income_eur": "number?",
               "municipal_tax_eur": "number?", "total_tax_eur": "number?", "residents": "positive?"},
    "staff": {**_NIS, "year": "year", "employer": "text", "vte": "positive"},
    "clusters": {**_NIS, "cluster": "text"},
    "classes": {**_NIS, "year": "year", "class_number": "positive", "class_label": "text"},
    "votes": {**_NIS, "year": "year", "party": "text", "votes": "positive?", "seats": "positive?"},
    "lists": {**_NIS, "year": "year", "list_number": "positive", "party": "text", "candidates": "positive?"},
    "mandates": {**_NIS, "term": "year", "person": "text", "function": "text", "party": "text", "start": "date",
                 "end": "date?"},
    "streams": {**_NIS, "year": "year", "stream": "text", "amount_eur": "number"},
    "rates": {**_NIS, "year": "year", "tax": "text", "rate": "positive"},
    "prices": {"year": "year", "index": "positive"},
    "shapes": {**_NIS, "area_km2": "positive", "geometry": "text"},
    "survey": {**_NIS, "year": "year", "indicator": "text", "value": "number"},
    "spells": {**_NIS, "spells": "positive", "days": "positive"},
}  # fmt: skip
KEYS = {
    "finance": ["nis", "report_year", "year", "code"],
    "actions": ["nis", "report_year", "action", "year"],
    "debt": ["nis", "year"],
    "population": ["vintage", "nis", "year"],
    "income": ["nis", "year"],
    "staff": ["nis", "year", "employer"],
    "clusters": ["nis"],
    "classes": ["nis", "year"],
    "lists": ["nis", "year", "list_number"],
    "streams": ["nis", "year", "stream"],
    "rates": ["nis", "year", "tax"],
    "prices": ["year"],
    "shapes": ["vintage", "nis"],
    "survey": ["nis", "year", "indicator"],
    "spells": ["nis"],
}


def _column(kind: str, pandera: object) -> object:
    nullable = kind.endswith("?")
    check, column = pandera.Check, pandera.Column
    if kind.startswith("code"):
        return column(str, check.str_matches(r"^\d{5}$"))
    if kind.startswith("vintage"):
        return column(int, check.isin([308, 300, 285]))
    if kind.startswith("year"):
        return column(int, check.in_range(1970, 2100))
    if kind.startswith("text"):
        return column(str, nullable=nullable)
    if kind.startswith("date"):
        return column("datetime64[ns]", nullable=nullable)
    checks = [check.ge(0)] if kind.startswith("positive") else []
    return column(float, checks, nullable=nullable)


def _place(frame: pd.DataFrame, row: int, source: Source) -> str:
    """A row by its key, as in "nis 11001, year 2016"."""
    keys = [name for name in KEYS.get(source.table, ["nis", "year"]) if name in frame]
    return ", ".join(f"{name} {frame.at[row, name]}" for name in keys)


def validated(table: pd.DataFrame, source: Source, files: str = "") -> pd.DataFrame:
    """The table with the columns of its kind, checked.

    files: names of the raw files, for messages. Raises StudyError naming file, row (by its key), column and value.
    """
    import pandera.pandas as pandera

    named = f"{source.id}: {files}: " if files else f"{source.id}: "
    kinds = KINDS[source.table]
    present = [name for name in kinds if name in table or not kinds[name].endswith("?")]
    missing = [name for name in present if name not in table]
    if missing:
        raise StudyError(f"{named}column {missing[0]!r} is missing; needed: {', '.join(kinds)}")
    frame = table[present].reset_index(drop=True)
    for name in present:
        if kinds[name].startswith("date"):
            frame[name] = frame[name].astype("datetime64[ns]")
    keys = KEYS.get(source.table, [])
    twice = frame.duplicated(keys) if keys else pd.Series(False, index=frame.index)
    if twice.any():
        row = int(twice.idxmax())
        raise StudyError(f"{named}{_place(frame, row, source)} occurs twice ({int(twice.sum())} such rows); keep one")
    schema = pandera.DataFrameSchema({name: _column(kinds[name], pandera) for name in present}, strict=True)
    try:
        return schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as problems:
        case = problems.failure_cases.iloc[0]
        place = f"row {_place(frame, int(case['index']), source)}: " if pd.notna(case["index"]) else ""
        raise StudyError(
            f"{named}{place}column {case['column']!r}: {case['failure_case']!r} fails {case['check']} "
            f"({len(problems.failure_cases)} cases in all); correct the raw file"
        ) from None
