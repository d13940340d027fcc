"""Numbers as publishers print them, read from text; numbers as readers see them, written to text."""

import re

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError

# One full pattern per declared format; a text that does not match is refused, never coerced.
FORMATS = {
    "nl": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "en": re.compile(r"[+-]?(\d{1,3}([, ]\d{3})+|\d+)(\.\d+)?"),
    "plain": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"),
}
# Characters to delete per format, then the decimal mark to turn into a point.
_GROUPING = {"nl": (".", ","), "en": (", ", "."), "plain": ("", ".")}


def _clean(texts: pd.Series, form: str) -> pd.Series:
    grouping, decimal = _GROUPING[form]
    for character in grouping:
        texts = texts.str.replace(character, "", regex=False)
    return texts.str.replace(decimal, ".", regex=False)


def _place(row: object) -> str:
    """A row by its number, or a cell by the name its reader gave it."""
    return f"row {row}" if isinstance(row, int | np.integer) else f"at {row}"


def parse_numbers(texts: pd.Series, form: str, where: str) -> pd.Series:
    """Parse text cells by one declared number format.

    texts: strings; empty means absent and gives NaN. form: "nl" (1.234,5), "en" (1,234.5) or "plain" (1234.5).
    where: file and column for the message. Raises StudyError on a cell that does not fit the format.
    """
    stripped = texts.str.strip().str.replace("\u00a0", " ", regex=False).str.replace("\u202f", " ", regex=False)
    present = stripped.notna() & (stripped != "")
    wanted = stripped[present]
    distinct = pd.Series(wanted.unique(), dtype=object)
    fits = distinct.map(lambda text: FORMATS[form].fullmatch(text) is not None).astype(bool)
    if not fits.all():
        bad = distinct[~fits].iloc[0]
        row = wanted.index[wanted == bad][0]
        raise StudyError(
            f"{where}: {_place(row)}: {bad!r} is not a number in format '{form}' "
            f"(declared in workflow/sources.yaml; formats: {', '.join(FORMATS)}). "
            "Correct the file, or declare the column's format."
        )
    numbers = pd.Series(np.nan, index=texts.index)
    if len(distinct):
        values = _clean(distinct.astype(str), form).astype(float)
        numbers[present] = wanted.map(dict(zip(distinct, values, strict=True))).astype(float)
    return numbers


def parse_either(texts: pd.Series, forms: list[str], where: str) -> tuple[pd.Series, pd.DataFrame]:
    """Parse cells whose format is not known for certain.

    Returns the value where all fitting formats agree (NaN elsewhere) and one column of candidates per format.
    A text that fits several formats with different values stays NaN: its caller decides by another column or refuses.
    Raises StudyError on a text that fits none.
    """
    stripped = texts.str.strip()
    candidates = pd.DataFrame(np.nan, index=texts.index, columns=forms)
    for form in forms:
        fits = stripped.map(lambda text, form=form: bool(text) and FORMATS[form].fullmatch(text) is not None)
        candidates.loc[fits, form] = parse_numbers(stripped[fits], form, where)
    lost = (stripped != "") & candidates.isna().all(axis=1)
    if lost.any():
        row = lost.index[lost][0]
        raise StudyError(f"{where}: {_place(row)}: {stripped[row]!r} fits none of the formats {', '.join(forms)}")
    agreed = candidates.max(axis=1).where(candidates.max(axis=1) == candidates.min(axis=1))
    return agreed, candidates


def format_number(value: float | None, decimals: int, language: str) -> str:
    """The number as a reader sees it: 1,234.50 in English, 1.234,50 in Dutch, empty when missing."""
    if value is None or not np.isfinite(value):
        return ""
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "")  # no minus zero
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text
