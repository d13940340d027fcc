"""Cells of a workbook that readers give as blank though they are not: errors, and formulas whose value was not stored."""

import html
import posixpath
import re
import zipfile
from pathlib import Path

from beleidsvrijheid.archives import DAMAGE
from beleidsvrijheid.errors import StudyError

_SHEETS, _BOOK, _LINKS = "xl/worksheets/", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TAG = rb"<(?:\w+:)?"
_END = rb"</(?:\w+:)?"
_ERROR = re.compile(_TAG + rb"""c\s([^>]*\bt=["']e["'][^>]*)>""")
_VALUE = re.compile(rb"v>([^<]*)<")
_FORMULA = re.compile(
    _TAG + rb"c\b([^>]*)>\s*" + _TAG + rb"f\b(?:[^>]*/>|[^>]*>[^<]*" + _END + rb"f>)\s*(?:" + _TAG + rb"v\s*/>|"
    + _TAG + rb"v>\s*" + _END + rb"v>)?\s*" + _END + rb"c>"
)  # fmt: skip
_PLACE = re.compile(rb"""\br=["']([A-Z]+\d+)["']""")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
# A formula of which the stored value is an empty text is blank indeed.
_TEXT = re.compile(rb"""\bt=["']str["']""")
# A workbook of a publisher unpacks to some 60 MB at most; more is another file, or one made to fill the memory.
_LARGEST_BYTES = 400_000_000
# A sheet is read as a rectangle, up to its last row and column: one cell far out would take the memory of billions.
_MOST_CELLS = 20_000_000
_COLUMNS, _ROWS = re.compile(rb"""\br=["']([A-Z]+)[0-9]+["']"""), re.compile(rb"""\br=["'][A-Z]+([0-9]+)["']""")
_TYPED = (b"<!DOCTYPE", b"<!ENTITY")  # readers leave out what these stand for


def refuse_unread_cells(path: Path) -> None:
    """Raise StudyError on the first such cell of an xlsx workbook, naming sheet and cell; other files are left alone."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as book:
            _refuse_unusual(book, path.name)
            for member in book.infolist():
                if member.filename.startswith(_SHEETS) and member.filename.endswith(".xml"):
                    _refuse(book, member, path.name)
    except DAMAGE as problem:
        raise StudyError(f"{path.name}: not readable as an xlsx workbook ({problem}); download it again") from None


def _refuse_unusual(book: zipfile.ZipFile, name: str) -> None:
    """Document types in a member; the size of all together, for the texts of cells are in a member of their own."""
    for member in book.infolist():
        if member.filename.endswith(".xml") and member.file_size <= _LARGEST_BYTES:
            start = _start(book, member)
            if any(mark in start for mark in _TYPED):
                raise StudyError(
                    f"{name}: {member.filename} declares a document type, as no spreadsheet program does; do not use this file"
                )
    size = sum(member.file_size for member in book.infolist())
    if size > _LARGEST_BYTES:
        raise StudyError(f"{name}: unpacks to {size:,} bytes, more than {_LARGEST_BYTES:,}; this is another file")


def _start(book: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """What stands before the first elements, where a document type is declared."""
    with book.open(member) as file:
        return file.read(4096)


def _refuse(book: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    content = book.read(member)
    _refuse_far(content, f"{name}: {member.filename}")
    found = _found(content)
    if found:
        place, what = found
        sheet = _titles(book).get(member.filename, member.filename)
        raise StudyError(
            f"{name}: sheet {sheet!r}: cell {place}: {what}, which would read as blank; put the value in the cell (or empty "
            "it, or delete a sheet that is not needed) and save the workbook"
        )


def _refuse_far(content: bytes, where: str) -> None:
    columns, rows = set(_COLUMNS.findall(content)), set(map(len, _ROWS.findall(content)))
    if not columns:
        return
    last = max(_number(letters) for letters in columns)
    longest = max(rows)
    row = max(int(digits) for digits in _ROWS.findall(content) if len(digits) == longest)
    if last * row > _MOST_CELLS:
        raise StudyError(
            f"{where}: cells up to row {row} and column {last}, a rectangle of more than {_MOST_CELLS:,} cells; delete what "
            "stands far from the data and save the workbook"
        )


def _number(letters: bytes) -> int:
    """Number of a column: A is 1, XFD 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _found(content: bytes) -> tuple[str, str] | None:
    """Place and description of the first cell; the marks are looked for first, which costs little on a large sheet."""
    if b't="e"' in content or b"t='e'" in content:
        error = _ERROR.search(content)
        if error:
            value = _VALUE.search(content, error.end(), error.end() + 1000)
            return _place(error[1]), f"the error {value[1].decode('utf-8', 'replace') if value else '(unknown)'}"
    if re.search(_TAG + rb"f\b", content):
        for formula in _FORMULA.finditer(content):
            if not _TEXT.search(formula[1]):
                return _place(formula[1]), "a formula without a stored value"
    return None


def _place(attributes: bytes) -> str:
    place = _PLACE.search(attributes)
    return place[1].decode() if place else "(without a place)"


def _titles(book: zipfile.ZipFile) -> dict[str, str]:
    """Member of the zip -> name of the sheet; empty where the workbook does not say."""
    try:
        links = {one.get("Id"): one.get("Target", "") for one in _tags(book.read(_LINKS), "Relationship")}
        sheets = _tags(book.read(_BOOK), "sheet")
    except KeyError:
        return {}
    members = [links.get(next((value for key, value in one.items() if key.endswith(":id")), ""), "") for one in sheets]
    paths = [posixpath.normpath(posixpath.join("/xl", member)).lstrip("/") for member in members]
    return {path: one.get("name", path) for path, one in zip(paths, sheets, strict=True)}


def _tags(content: bytes, tag: str) -> list[dict[str, str]]:
    """Attributes of every element of one name: two small files of one known form, for which no tree is needed."""
    texts = re.findall(rf"<(?:\w+:)?{tag}\s([^>]*)>", content.decode("utf-8", "replace"))
    return [{key: html.unescape(value) for key, value in _ATTRIBUTE.findall(text)} for text in texts]
