"""What a parsed table must look like, by kind: columns with their units, keys unique, ranges plausible."""

import json
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.bbc_export import code_of

_NIS = {"nis": "code", "vintage": "vintage"}
YEARS = (1970, 2100)
_DAYS = (pd.Timestamp(YEARS[0], 1, 1), pd.Timestamp(YEARS[1], 12, 31))
# Column -> what it holds; "?" behind a kind means that it may be empty.
KINDS: dict[str, dict[str, str]] = {
    "finance": {**_NIS, "report_year": "year", "year": "year", "code": "text", "spending_eur": "number?",
                "spending_per_inhabitant": "number?", "receipts_eur": "number?", "receipts_per_inhabitant": "number?"},
    "actions": {**_NIS, "report_year": "year", "goal": "text", "plan": "text", "action": "text", "label": "text",
                "year": "year", "spending_eur": "number?", "spending_per_inhabitant": "number?"},
    "debt": {**_NIS, "year": "year", "debt_eur": "number", "debt_per_inhabitant": "number?"},
    "population": {**_NIS, "year": "year", "population": "positive"},
    "ages": {**_NIS, "year": "year", "age_group": "text", "population": "positive"},
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
    "own": {**_NIS, "year": "year?", "beleidsveld": "text", "indicator": "text", "aggregate": "text", "value": "number"},
}  # fmt: skip
KEYS = {
    "finance": ["nis", "report_year", "year", "code"],
    "actions": ["nis", "report_year", "action", "year"],
    "debt": ["nis", "year"],
    "population": ["vintage", "nis", "year"],
    "ages": ["nis", "year", "age_group"],
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
    "own": ["nis", "indicator", "beleidsveld", "year"],
}
# Kind -> column -> the only texts that it may hold.
ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "staff": {"employer": ("municipality", "ocmw")},
    "ages": {"age_group": ("0-19", "20-64", "65+")},
    "mandates": {"function": ("mayor", "alderman", "councillor")},
    "rates": {"tax": ("apb", "opcentiemen")},
    "clusters": {"cluster": tuple(f"V{number}" for number in range(1, 17))},
    "own": {"aggregate": ("sum", "largest_part")},
}
# Kind -> columns of text that may not be blank.
FILLED = {"streams": ("stream",), "survey": ("indicator",), "mandates": ("person",), "votes": ("party",)}
# Kind -> first day, last day.
SPANS = {"mandates": ("start", "end")}


def key_of(kind: str) -> list[str] | None:
    """Columns of which no combination may occur twice; None: the whole row.

    Votes and mandates have no key: two lists may be named "Andere", and a person may come back.
    """
    return KEYS.get(kind)


def _is_code(text: str, view: str) -> bool:
    try:
        return code_of(text, view, "") == text
    except StudyError:
        return False


def _is_area(text: str) -> bool:
    """Whether a text is a polygon, or several, in GeoJSON."""
    import shapely

    try:
        shape = shapely.from_geojson(text)
        return shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty and json.loads(text) is not None
    except (shapely.errors.ShapelyError, ValueError):
        return False


def _content(kind: str, name: str, source: Source, check: Any) -> list[Any]:
    """Checks of what the texts of a column say; each distinct text is looked at once."""
    if name in ALLOWED.get(kind, {}):
        return [check.isin(list(ALLOWED[kind][name]))]
    if name in FILLED.get(kind, ()):
        return [check.str_matches(r"^\s*\S", error="not blank")]
    view = source.options.get("view", "")
    tests = {
        ("finance", "code"): (
            lambda text: _is_code(text, view),
            f"the code of one {view}, without its name: 0740, 214-0",
        ),
        ("shapes", "geometry"): (_is_area, "a polygon in GeoJSON"),
    }
    if (kind, name) not in tests:
        return []
    holds, words = tests[kind, name]
    return [check(lambda texts: texts.isin([text for text in texts.unique() if holds(text)]), error=words)]


def _column(kind: str, pandera: Any, content: list[Any]) -> Any:
    nullable = kind.endswith("?")
    check, column = pandera.Check, pandera.Column
    if kind.startswith("code"):
        return column(str, check.str_matches(r"^\d{5}$"))
    if kind.startswith("vintage"):
        return column(int, check.isin([308, 300, 285]))
    if kind.startswith("year"):
        return column("Int64" if nullable else int, check.in_range(*YEARS), nullable=nullable)
    if kind.startswith("text"):
        return column(str, content, nullable=nullable)
    if kind.startswith("date"):
        return column("datetime64[ns]", check.in_range(*_DAYS), nullable=nullable)
    checks = [check.ge(0)] if kind.startswith("positive") else []
    return column(float, checks, nullable=nullable)


def _place(frame: pd.DataFrame, row: int, source: Source) -> str:
    """A row by its key, as in "nis 11001, year 2016"."""
    keys = [name for name in KEYS.get(source.table, ["nis", "year", "term", "person", "party"]) if name in frame]
    return ", ".join(f"{name} {frame.at[row, name]}" for name in keys)


def validated(table: pd.DataFrame, source: Source, files: str = "") -> pd.DataFrame:
    """The table with the columns of its kind, checked.

    files: names of the raw files, for messages. Raises StudyError naming file, row (by its key), column and value.
    """
    import pandera.pandas as pandera

    named = f"{source.id}: {files}: " if files else f"{source.id}: "
    kinds = KINDS[source.table]
    frame = _arranged(table, kinds, named)
    _refuse_copies(frame, source, named)
    columns = {
        name: _column(kinds[name], pandera, _content(source.table, name, source, pandera.Check)) for name in frame
    }
    try:
        checked = pandera.DataFrameSchema(columns, strict=True).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as problems:
        case = problems.failure_cases.iloc[0]
        place = f"row {_place(frame, int(case['index']), source)}: " if pd.notna(case["index"]) else ""
        raise StudyError(
            f"{named}{place}column {case['column']!r}: {_shown(case['failure_case'])} fails {case['check']} "
            f"({len(problems.failure_cases)} cases in all); correct the raw file"
        ) from None
    _refuse_backwards(checked, source, named)
    return checked


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 100 else f"{repr(value)[:100]}..."


def _arranged(table: pd.DataFrame, kinds: dict[str, str], named: str) -> pd.DataFrame:
    """The columns of the kind in their order, rows numbered from 0."""
    present = [name for name in kinds if name in table or not kinds[name].endswith("?")]
    missing = [name for name in present if name not in table]
    if missing:
        raise StudyError(f"{named}column {missing[0]!r} is missing; needed: {', '.join(kinds)}")
    if table.empty:
        raise StudyError(f"{named}no rows, only a header; put figures in the file or take it away")
    frame = table[present].reset_index(drop=True)
    for name in present:
        if kinds[name].startswith("date"):
            frame[name] = frame[name].astype("datetime64[ns]")
    return frame


def _refuse_copies(frame: pd.DataFrame, source: Source, named: str) -> None:
    twice = frame.duplicated(key_of(source.table))
    if twice.any():
        row, what = int(twice.idxmax()), "" if source.table in KEYS else " (the same whole row)"
        raise StudyError(
            f"{named}{_place(frame, row, source)}{what} occurs twice ({int(twice.sum())} such rows); keep one"
        )


def _refuse_backwards(frame: pd.DataFrame, source: Source, named: str) -> None:
    first, last = SPANS.get(source.table, (None, None))
    wrong = frame[last] < frame[first] if first and last in frame else pd.Series(False, index=frame.index)
    if wrong.any():
        row = int(wrong.idxmax())
        raise StudyError(
            f"{named}{_place(frame, row, source)}: column {last!r}: {frame.at[row, last]:%Y-%m-%d} is before {first} "
            f"{frame.at[row, first]:%Y-%m-%d} ({int(wrong.sum())} such rows); correct the raw file"
        )
