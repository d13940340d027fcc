"""Is a body what its address promises? Judged by its bytes: what the server calls it is not relied upon."""

import json
from pathlib import Path

from beleidsvrijheid.gathering.archives import check_archive
from beleidsvrijheid.gathering.failures import Unusable

_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")
_START = 1024


def check_content(path: Path, kind: str, largest: int) -> None:
    """Refuse what is empty, a web page, damaged or of another kind.

    kind: csv, json, xlsx, zip, turtle or text. largest: ceiling on its size in bytes. Raises Unusable.
    """
    with open(path, "rb") as file:
        start = file.read(_START).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise Unusable("an empty answer")
    if start.startswith(_PAGES):
        raise Unusable("a web page, not data")
    if kind in ("zip", "xlsx"):
        check_archive(path, largest)
    if kind == "xlsx":
        _check_workbook(path)
    if kind == "json":
        read_json(path)
    if kind in ("csv", "turtle", "text"):
        _check_text(path, kind)


def read_json(path: Path) -> dict | list:
    """The object or list in a JSON file. Raises Unusable."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise Unusable(f"not readable as JSON ({str(problem)[:80]})") from None
    if not isinstance(content, dict | list):
        raise Unusable("JSON that is neither an object nor a list")
    return content


def _check_workbook(path: Path) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        names = CalamineWorkbook.from_path(path).sheet_names
    except CalamineError as problem:
        raise Unusable(f"not readable as a workbook ({str(problem)[:80]})") from None
    if not names:
        raise Unusable("a workbook without sheets")


def _check_text(path: Path, kind: str) -> None:
    """UTF-8 of more than one line. A `text` may be in another encoding: its parser knows which."""
    encoding = "latin-1" if kind == "text" else "utf-8-sig"
    filled, last = 0, ""
    try:
        with open(path, encoding=encoding) as lines:
            for line in lines:
                if "\0" in line:
                    raise Unusable("not text: it holds zero bytes")
                if line.strip():
                    filled += 1
                    last = line.strip()
                    if filled == 1 and kind == "csv":
                        _check_header(last)
    except UnicodeDecodeError:
        raise Unusable("not UTF-8 text") from None
    if filled < 2:
        raise Unusable("text of a single line")
    if kind == "turtle" and not (last.endswith(".") or last.startswith("#") or "# " in last):
        raise Unusable("Turtle that ends in the middle of a statement")


def _check_header(line: str) -> None:
    if line.startswith("<"):
        raise Unusable("markup, not a table")
    if not any(delimiter in line for delimiter in ",;|\t"):
        raise Unusable(f"not a table: its first line has no delimiter ({line[:40]!r})")
