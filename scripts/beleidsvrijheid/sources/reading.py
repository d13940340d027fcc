"""Opening publishers' files: text as text, workbooks as cells, one clear message when a file is not what it should be."""

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import NameIndex, normalised
from beleidsvrijheid.numbers import parse_either, parse_numbers
from beleidsvrijheid.sources.characters import damaged_at, refuse_damaged
from beleidsvrijheid.sources.workbook_cells import refuse_unread_cells


@dataclass(frozen=True)
class Reference:
    """What parsers look things up in.

    units: nis_308 ... naam_285 (codes and names). aliases: alias, name, reason (other spellings of municipality names).
    population: nis, year, population on the geography of the source; None where a source is not checked against it.
    grant_totals: stream, year, total_eur_thousand as published; None likewise.
    """

    units: pd.DataFrame
    aliases: pd.DataFrame
    population: pd.DataFrame | None = None
    grant_totals: pd.DataFrame | None = None

    def names(self, vintage: int) -> NameIndex:
        """Names of one vintage to codes, by the one alias table, which names a municipality without the bracket of homonyms."""
        index = NameIndex.of(self.units, vintage, self.aliases)
        bare = {
            normalised(alias): index.bare.get(normalised(name), [])
            for alias, name in zip(self.aliases["alias"], self.aliases["name"], strict=True)
        }
        unambiguous = {alias: codes[0] for alias, codes in bare.items() if len(codes) == 1 and alias not in index.full}
        return replace(index, full=index.full | unambiguous)


@dataclass(frozen=True)
class Parsed:
    """What a parser returns: the table, an account of what was checked and dropped, notes for provenance."""

    table: pd.DataFrame
    checks: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


def check(name: str, checked: int, failed: int, reason: str, kind: str = "check", **case: Any) -> dict[str, Any]:
    """One row of data_quality.csv.

    kind "check": how many were checked and failed, or one failing case (nis, year, value, expected). kind "rows": an
    account of rows, how many came in and how many were left out.
    """
    return {"check": name, "kind": kind, "n_checked": checked, "n_failed": failed, "reason": reason, **case}


def read_text(path: Path, *, is_json: bool = False, garbled_too: bool = True) -> str:
    """The text of a UTF-8 file, a byte-order mark removed. Refuses HTML, other encodings, empty and damaged files.

    garbled_too: see characters.refuse_damaged.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise StudyError(
            f"{path.name}: byte {problem.start} is not UTF-8; save the file again as UTF-8 (CSV UTF-8 in Excel)"
        ) from None
    if not text.strip():
        raise StudyError(f"{path.name}: the file is empty; download it again")
    if text.lstrip()[:100].lower().startswith(("<!doctype html", "<html")):
        raise StudyError(f"{path.name}: this is a web page, not data; download the file itself")
    refuse_damaged(text, path.name, is_json=is_json, garbled_too=garbled_too)
    return text


def read_rows(path: Path, delimiter: str, *, garbled_too: bool = True) -> list[tuple[int, list[str]]]:
    """All rows of a delimited file as text, each with its number in the file from 1; blank ones count and are left out.

    Raises StudyError on a quote that is not closed, and on rows of another length than the first, naming the row.
    """
    text = read_text(path, garbled_too=garbled_too)
    if '"' in text:
        found = _quoted(text, delimiter, path.name)
    else:  # splitting is several times faster than the csv module on wide exports
        found = ((number, row.split(delimiter)) for number, row in enumerate(text.splitlines(), start=1))
    rows = [(number, row) for number, row in found if any(cell.strip() for cell in row)]
    for number, row in rows:
        if len(row) != len(rows[0][1]):
            raise StudyError(
                f"{path.name}: row {number} has {len(row)} cells where the first row has {len(rows[0][1])} "
                f"(delimiter {delimiter!r}); the file may be cut off: download or export it again"
            )
    return rows


def _quoted(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1
        ):
            yield number, row
    except csv.Error as problem:
        raise StudyError(
            f"{name}: row {number + 1}: not readable as CSV ({problem}); a quote may not be closed: correct it or export again"
        ) from None


def read_table(path: Path, delimiter: str | None = None, *, garbled_too: bool = True) -> pd.DataFrame:
    """A delimited file with one header row, every cell text; row n of the file is index n - 2. Refuses duplicate headers."""
    if delimiter is None:
        first = next(line for line in read_text(path, garbled_too=False).splitlines() if line.strip())
        delimiter = max(",;|\t", key=first.count)
    rows = read_rows(path, delimiter, garbled_too=garbled_too)
    if not rows:
        raise StudyError(f"{path.name}: the file has no header; download or export it again")
    header, body = [name.strip() for name in rows[0][1]], rows[1:]
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise StudyError(f"{path.name}: column {sorted(twice)[0]!r} occurs twice in the header; keep one")
    numbers = pd.Index([number - 2 for number, _ in body], dtype="int64")
    return pd.DataFrame([row for _, row in body], columns=header, index=numbers, dtype=str)


def read_workbook(path: Path) -> dict[str, list[list[Any]]]:
    """All sheets of a workbook: rows of native cells (numbers stay numbers, blanks are empty strings).

    Raises StudyError on a file that is no workbook, and on cells that would read as blank though they are not: errors
    (#N/A) and formulas without a stored value.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    refuse_unread_cells(path)
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except CalamineError as problem:
        raise StudyError(f"{path.name}: not readable as an xlsx workbook ({problem}); download it again") from None
    for name, rows in sheets.items():
        _refuse_sheet(rows, f"{path.name}: sheet {name!r}")
    return sheets


def _refuse_sheet(rows: list[list[Any]], where: str) -> None:
    """Raise StudyError on a number that is none, and on text that was saved in the wrong encoding."""
    cells = [cell for row in rows for cell in row]
    endless = next((at for at, cell in enumerate(cells) if isinstance(cell, float) and not math.isfinite(cell)), None)
    garbled = damaged_at(cells)
    for at, what in (
        (endless, "is no number; correct the cell"),
        (garbled, "has characters that were saved in the wrong encoding; download the workbook again"),
    ):
        if at is not None:
            row, column = divmod(at, len(rows[0]))
            raise StudyError(f"{where}: row {row + 1}, column {column + 1}: {cells[at]!r} {what}")


def sheet_table(rows: list[list[Any]], required: Iterable[str], where: str) -> pd.DataFrame:
    """A sheet with one header row as a frame; row n of `rows` (from 1) is index n - 2. Names the column that is missing."""
    header = [str(cell).strip() for cell in rows[0]] if rows else []
    missing = [name for name in required if name not in header]
    if missing:
        raise StudyError(f"{where}: column {missing[0]!r} is missing; the header has: {', '.join(header) or 'nothing'}")
    body = {at: row for at, row in enumerate(rows[1:]) if any(cell != "" for cell in row)}
    return pd.DataFrame(list(body.values()), columns=header, index=pd.Index(list(body), dtype="int64"))


def nis_text(values: pd.Series) -> pd.Series:
    """NIS codes as five-character strings, whether the workbook held text or numbers."""
    return values.map(lambda cell: f"{int(cell):05d}" if isinstance(cell, int | float) else str(cell).strip())


def number_column(texts: pd.Series, forms: list[str], where: str) -> pd.Series:
    """Parse a text column by its declared formats; a text that fits two of them with two values is refused."""
    if len(forms) == 1:
        return parse_numbers(texts, forms[0], where)
    agreed, candidates = parse_either(texts, forms, where)
    undecided = agreed.isna() & candidates.notna().any(axis=1)
    if undecided.any():
        row = undecided.index[undecided][0]
        readings = ", ".join(f"{form}: {candidates.at[row, form]:g}" for form in forms)
        raise StudyError(
            f"{where}: row {row}: {texts[row]!r} fits several number formats ({readings}) and nothing decides; "
            "declare one format for this column in workflow/sources.yaml"
        )
    return agreed


def header_text(cell: Any) -> str:
    """A header as text: single blanks, and a year stored as a number without decimals."""
    return str(int(cell)) if _is_number(cell) and cell == int(cell) else " ".join(str(cell).split())


def placed_table(rows: list[list[Any]], required: Iterable[str], where: str, deepest: int = 10) -> pd.DataFrame:
    """A sheet whose header is one of its first rows, as a frame indexed by the row number in the sheet.

    Blank rows and columns without header and content are left out. Raises StudyError on a column that is missing, that
    occurs twice, or that has figures and no header.
    """
    required = list(required)
    headers = [[header_text(cell) for cell in row] for row in rows[:deepest]]
    found = max(range(len(headers)), key=lambda at: len(set(required) & set(headers[at])), default=0)
    header = headers[found] if headers else []
    missing = [name for name in required if name not in header]
    if missing:
        raise StudyError(
            f"{where}: column {missing[0]!r} is missing; the header has: {', '.join(filter(None, header)) or 'nothing'}"
        )
    body = {at: row for at, row in enumerate(rows[found + 1 :], start=found + 2) if any(cell != "" for cell in row)}
    table = pd.DataFrame.from_dict(body, orient="index", columns=range(len(header)), dtype=object)
    for at, name in enumerate(header):
        if header.index(name) != at and name:
            raise StudyError(f"{where}: column {name!r} occurs twice in the header; keep one")
        if not name and (table[at] != "").any():
            raise StudyError(f"{where}: column {at + 1} has figures and no header; name it or delete it")
    kept = [at for at, name in enumerate(header) if name]
    return table[kept].set_axis([header[at] for at in kept], axis=1)


def _refuse_cells(wrong: pd.Series, cells: pd.Series, where: str, expected: str) -> None:
    if wrong.any():
        row = wrong.idxmax()
        raise StudyError(
            f"{where}: row {row}: {cells[row]!r} is {expected} ({int(wrong.sum())} such cells); correct it"
        )


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def nis_cells(cells: pd.Series, where: str) -> pd.Series:
    """NIS codes of a workbook's column, text or whole numbers, as five characters. Raises StudyError naming the row."""
    codes = cells.map(lambda cell: f"{int(cell):05d}" if _is_number(cell) and cell == int(cell) else str(cell).strip())
    _refuse_cells(~codes.str.fullmatch(r"\d{5}").astype(bool), cells, where, "not a NIS code of five digits")
    return codes


def year_cells(cells: pd.Series, where: str) -> pd.Series:
    """Years of a workbook's column as integers. Raises StudyError naming the row."""
    texts = cells.map(lambda cell: str(int(cell)) if _is_number(cell) and cell == int(cell) else str(cell).strip())
    _refuse_cells(~texts.str.fullmatch(r"(19|20)\d{2}").astype(bool), cells, where, "not a year")
    return texts.astype(int)


def number_cells(cells: pd.Series, where: str, absent: Iterable[str] = ()) -> pd.Series:
    """Numbers of a workbook's column; a blank, and text or a number that is one of `absent`, is NaN.

    Raises StudyError naming the row of other text: a number stored as text may have any decimal mark.
    """
    marks = {"", *absent}
    given = cells.map(lambda cell: f"{cell:g}" if _is_number(cell) else str(cell).strip())
    present = ~given.isin(marks) & cells.notna()
    _refuse_cells(present & ~cells.map(_is_number).astype(bool), cells, where, "text where a number is expected")
    return cells.where(present).astype(float)


def numbers_of_one_format(texts: pd.Series, forms: list[str], where: str) -> tuple[pd.Series, str]:
    """Numbers of a text column that is in one format throughout, and that format.

    A publisher's file has one decimal mark: one cell that fits a single format decides for all. Raises StudyError where
    no format fits every cell, or where several do with different values.
    """
    fitting = {}
    for form in forms:
        try:
            fitting[form] = parse_numbers(texts, form, where)
        except StudyError as problem:
            mismatch = problem
    if not fitting:
        raise mismatch
    form, numbers = next(iter(fitting.items()))
    for other, values in fitting.items():
        differs = (values != numbers) & values.notna()
        if differs.any():
            row = differs.idxmax()
            raise StudyError(
                f"{where}: row {row}: {texts[row]!r} is {numbers[row]:g} in format {form} and {values[row]:g} in {other}, and "
                "no cell decides; declare one format for this column in workflow/sources.yaml"
            )
    return numbers, form
