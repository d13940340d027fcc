"""Workbooks and archives whose bytes depend on their content only."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping

FIXED_TIME = (2016, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def zip_bytes(entries: Mapping[str, bytes]) -> bytes:
    """A zip archive with the entries in the order given and one fixed time stamp."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compresslevel=6)
    return buffer.getvalue()


def xlsx_bytes(sheets: Mapping[str, Iterable[list]]) -> bytes:
    """A workbook: {sheet name: rows of native values}; None is an empty cell."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_time(buffer.getvalue())


def _without_time(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    core = "docProps/core.xml"
    entries[core] = _STAMP.sub(rb"\g<1>2016-01-01T00:00:00Z", entries[core])
    first = "[Content_Types].xml"
    return zip_bytes({first: entries.pop(first)} | entries)
