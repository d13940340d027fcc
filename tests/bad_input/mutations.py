"""Ways to spoil a file: what broken downloads, careless hands and other programs do to the bytes of a publisher's file."""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

import openpyxl

Change = Callable[[bytes], bytes]
HTML = b"<!doctype html><html><title>Onderhoud</title><body>Even geduld</body></html>"
BOM = b"\xef\xbb\xbf"


def constant(content: bytes) -> Change:
    return lambda _: content


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def garbled(content: bytes) -> bytes:
    """UTF-8 taken for Windows-1252 and written as UTF-8 once more; a sign outside ASCII is put in first."""
    return re.sub(rb"(?<=[a-z])e(?=[a-z])", "Ã«".encode(), decoded(content).encode("utf-8"), count=1)


def decoded(content: bytes) -> str:
    """The text of a publisher's file; one of Statbel's is Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def with_nul(content: bytes) -> bytes:
    """A zero byte in a word near the middle: what a disk gives back for a block it lost."""
    at = re.compile(rb"[A-Za-z0-9]{2}").search(content, len(content) // 2).start() + 1
    return content[:at] + b"\x00" + content[at:]


def utf16(content: bytes) -> bytes:
    return decoded(content).encode("utf-16")


def latin(content: bytes) -> bytes:
    return re.sub(rb"(?<=[a-z])e(?=[a-z])", b"\xeb", content, count=1)


# Every file that should be something else.
ANY: dict[str, Change] = {
    "empty": constant(b""),
    "web page": constant(HTML),
    "blank lines": constant(b"\n \n\n"),
    "random bytes": constant(bytes((n * 89 + 7) % 256 for n in range(4000))),
    "gzip": lambda content: gzip.compress(content[:20_000], mtime=0),
    "half": half,
}
TEXT: dict[str, Change] = {
    "utf-16": utf16,
    "latin-1": latin,
    "zero byte": with_nul,
    "workbook": lambda _: workbook_bytes({"Blad1": [["a", "b"], [1, 2]]}),
}


def lines(change: Callable[[list[str]], list[str]]) -> Change:
    """A change of the lines of a text."""
    return lambda content: ("\n".join(change(content.decode("utf-8-sig").splitlines())) + "\n").encode("utf-8")


def at_row(row: int, change: Callable[[str], str]) -> Change:
    return lines(lambda rows: [change(text) if at == row else text for at, text in enumerate(rows)])


def in_last(mark: str, change: Callable[[list[str]], list[str]]) -> Change:
    """A change of the cells of the last row that has any: an export may end with lines about itself."""

    def run(rows: list[str]) -> list[str]:
        at = max(at for at, text in enumerate(rows) if mark in text)
        return [*rows[:at], mark.join(change(rows[at].split(mark))), *rows[at + 1 :]]

    return lines(run)


def delimited(mark: str, head: int = 0) -> dict[str, Change]:
    """Changes of a delimited text whose header is line `head`."""
    other = "," if mark != "," else ";"
    return {
        "other delimiter": lambda content: content.replace(mark.encode(), other.encode()),
        "header twice": lines(lambda rows: [*rows[: head + 1], rows[head], *rows[head + 1 :]]),
        "header lost": lines(lambda rows: rows[:head] + rows[head + 1 :]),
        "header only": lines(lambda rows: rows[: head + 1]),
        "column name twice": at_row(head, lambda row: mark.join([row.split(mark)[0]] * 2 + row.split(mark)[2:])),
        "short row": in_last(mark, lambda cells: cells[:-1]),
        "extra field": in_last(mark, lambda cells: [*cells, "9"]),
        "open quote": in_last(mark, lambda cells: [*cells[:-1], '"' + cells[-1]]),
    }


JSON: dict[str, Change] = {
    "a list of lists": constant(b"[[1], [2]]"),
    "a number": constant(b"7"),
    "null": constant(b"null"),
    "deep": constant(b"[" * 100_000),
    "one brace less": lambda content: content.rstrip()[:-1],
    "text behind": lambda content: content + b" {}",
    "a key twice": lambda content: content.replace(b"{", b'{"x_dubbel": 1, "x_dubbel": 2, ', 1),
    "garbled": garbled,
}


def workbook_bytes(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def workbook(change: Callable[[openpyxl.Workbook], None]) -> Change:
    """A change of an opened workbook."""

    def run(content: bytes) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(content))
        change(book)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    return run


def members(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Change:
    """A change of the members of a zip: {name: content} -> the same."""

    def run(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        return zipped(change(inside))

    return run


def zipped(inside: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def inner(change: Change, suffix: str = "") -> Change:
    """The same change of every member (whose name ends so)."""
    return members(lambda inside: {n: change(one) if n.endswith(suffix) else one for n, one in inside.items()})


def locked(content: bytes) -> bytes:
    """Every member marked as encrypted, in the directory and before the member."""
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content = re.sub(re.escape(mark), lambda found: found[0], content)
        start = 0
        while (start := content.find(mark, start)) >= 0:
            content = content[: start + at] + bytes([content[start + at] | 1]) + content[start + at + 1 :]
            start += 4
    return content


def bomb(name: str, size: int, start: bytes = b"", unit: bytes = b"0") -> bytes:
    """A small zip with one member that unpacks to `size` bytes; written in pieces, so that it takes no memory here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        member.write(start)
        block = unit * (1_000_000 // len(unit))
        for _ in range(size // len(block)):
            member.write(block)
    return buffer.getvalue()


def damaged(content: bytes) -> bytes:
    """One byte in the packed content of the largest member is another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    start = largest.header_offset
    at = start + 30 + sum(struct.unpack("<HH", content[start + 26 : start + 30])) + largest.compress_size // 2
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


ZIP: dict[str, Change] = {
    "damaged": damaged,
    "locked": locked,
    "climbing name": members(lambda inside: {f"../{name}": one for name, one in inside.items()}),
    "absolute name": members(lambda inside: {f"/tmp/{name}": one for name, one in inside.items()}),
    "without members": constant(zipped({})),
    "other members": constant(zipped({"leesmij.pdf": b"%PDF"})),
    "not deflated": lambda content: zlib.compress(content),
}


@workbook
def renamed_sheets(book):
    for number, sheet in enumerate(book.worksheets):
        sheet.title = f"Blad{number}x"


def in_cell(sheet: str, place: str, value: object) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][place] = value

    return workbook(change)


@workbook
def without_rows(book):
    for sheet in book.worksheets:
        sheet.delete_rows(2, sheet.max_row)


@workbook
def without_head(book):
    for sheet in book.worksheets:
        sheet.delete_rows(1, 6)


def xlsx(sheet: str, number: str, code: str) -> dict[str, Change]:
    """Changes of a workbook. sheet, number, code: a sheet that is read, a cell with a figure and one with a code or name."""
    return {
        "damaged": damaged,
        "not a workbook": constant(zipped({"a.txt": b"a;b\n1;2\n"})),
        "text as a workbook": constant(b"NIS-code;Jaar;Waarde\n11001;2020;3\n"),
        "a word for a number": in_cell(sheet, number, "veel"),
        "two decimal marks": in_cell(sheet, number, "1.234.5,6"),
        "an error for a number": in_cell(sheet, number, "#N/A"),
        "a formula without value": in_cell(sheet, number, "=1+1"),
        "infinity": in_cell(sheet, number, "inf"),
        "not a number": in_cell(sheet, number, "nan"),
        "a number too large": in_cell(sheet, number, "1e400"),
        "an unknown code": in_cell(sheet, code, "99999"),
        "a garbled name": in_cell(sheet, code, "BrÃ¼ssel"),
        "first rows lost": without_head,
        "header only": without_rows,
        "renamed sheets": renamed_sheets,
    }
