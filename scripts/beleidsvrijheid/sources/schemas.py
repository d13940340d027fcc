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


def validated(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The table with the columns of its kind, checked. Raises StudyError naming source, column and row of what fails."""
    import pandera.pandas as pandera

    kinds = KINDS[source.table]
    present = [name for name in kinds if name in table or not kinds[name].endswith("?")]
    missing = [name for name in present if name not in table]
    if missing:
        raise StudyError(f"{source.id}: column {missing[0]!r} is missing; needed: {', '.join(kinds)}")
    frame = table[present].reset_index(drop=True)
    for name in present:
        if kinds[name].startswith("date"):
            frame[name] = frame[name].astype("datetime64[ns]")
    schema = pandera.DataFrameSchema(
        {name: _column(kinds[name], pandera) for name in present}, unique=KEYS.get(source.table), strict=True
    )
    try:
        return schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as problems:
        case = problems.failure_cases.iloc[0]
        place = f"row {int(case['index'])}, " if pd.notna(case["index"]) else ""
        raise StudyError(
            f"{source.id}: {place}column {case['column']!r}: {case['failure_case']!r} fails {case['check']} "
            f"({len(problems.failure_cases)} cases in all); correct the raw file"
        ) from None
