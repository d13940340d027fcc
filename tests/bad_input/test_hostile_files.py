"""Hostile files: refused by one message that names file and place, or read as they stand.

Nothing that a payload asks for may happen: a canary file that it would make is not there.
"""

import csv
import io
import json
import tarfile
import zipfile
from functools import partial

import openpyxl
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering.archives import check_archive
from beleidsvrijheid.gathering.failures import Unusable
from beleidsvrijheid.sources.archives import text_content
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import read_table, read_workbook
from beleidsvrijheid.sources.sparql import read_bindings

from ..beleidsvrijheid.small_country import REFERENCE
from .countryside import SOURCES, read
from .mutations import bomb, locked, zipped
from .payloads import CODE, SPARQL, ids, judge

# Archives. What takes long to make is made where it is tried.

TEXT = b"A|B\n1|2\n"
ESCAPES = [
    "../canary.txt",
    "/tmp/canary.txt",
    "a/../../canary.txt",
    "..\\canary.txt",
    "C:\\canary.txt",
    "c:canary.txt",
    "\\\\host\\a.txt",
]


def with_link():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("a.txt")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def twice():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a.txt", TEXT)
        archive.writestr("a.txt", b"A|B\n3|4\n")
    return buffer.getvalue()


def tarred(mode, name="../canary.txt", kind=tarfile.REGTYPE):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname = len(TEXT) * (kind == tarfile.REGTYPE), kind, "/etc/passwd"
        archive.addfile(entry, io.BytesIO(TEXT))
    return buffer.getvalue()


def stated(size):
    """A zip whose directory says that its one member unpacks to so many bytes."""
    content = bytearray(zipped({"a.txt": TEXT}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = size.to_bytes(4, "little")
    return bytes(content)


ARCHIVES = {f"member {name}": zipped({name: TEXT}) for name in ESCAPES} | {
    "a member twice": twice(),
    "a symbolic link": with_link(),
    "locked": locked(zipped({"a.txt": TEXT})),
    "one member more than twenty thousand": partial(zipped, {f"{n}.txt": b"" for n in range(20_001)}),
    "a bomb of 30 MB": partial(bomb, "a.txt", 30_000_000),
    "a bomb that says 4 GB": stated(0xFFFFFFF0),
    "a bomb that says 1 byte": stated(1),
    "an archive in an archive": zipped({"a.zip": bomb("a.txt", 3_000_000)}),
    "tar": tarred("w"),
    "tar.gz": tarred("w:gz"),
    "tar with a link": tarred("w:gz", "a.txt", tarfile.SYMTYPE),
    "tar with a device": tarred("w", "a.txt", tarfile.CHRTYPE),
    "a page before the archive": b"<html>" + zipped({"a.txt": TEXT}),
}


@pytest.mark.parametrize(("name", "content"), ids(ARCHIVES))
def test_an_archive_that_leads_elsewhere_is_refused(canary, tmp_path, name, content):
    path = tmp_path / "in" / "TU_COM_REFNIS.zip"
    path.parent.mkdir()
    path.write_bytes(content() if callable(content) else content)

    def read():
        text_content(path, largest=1_000_000)
        return ("inert", "read in memory") if name == "a symbolic link" else ("silent", "read")

    judge("archives", f"read: {name}", read, (path.name,), canary)
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name]


@pytest.mark.parametrize(("name", "content"), ids(ARCHIVES))
def test_an_archive_that_leads_elsewhere_is_not_gathered(canary, tmp_path, name, content):
    path = tmp_path / "TU_COM_REFNIS.zip"
    path.write_bytes(content() if callable(content) else content)

    def gathered():
        try:
            check_archive(path, 1_000_000)
        except Unusable as refusal:
            raise StudyError(str(refusal)) from None
        inside = name == "an archive in an archive"
        return ("inert", "an archive is a member like any other") if inside else ("silent", "gathered")

    judge("archives", f"gathered: {name}", gathered, ("archive",), canary)


# Workbooks

SHEET = "xl/worksheets/sheet1.xml"


def book(change=None, cell="", more=None):
    """A workbook of five rows; change: of the XML of its sheet; cell: instead of that of B2; more: further members."""
    made = openpyxl.Workbook()
    for number in range(5):
        made.active.append(["a", number])
    buffer = io.BytesIO()
    made.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    xml = inside[SHEET].decode()
    own = '<c r="B2" t="n"><v>1</v></c>'
    assert own in xml
    xml = xml.replace(own, cell or own)
    inside[SHEET] = (change(xml) if change else xml).encode()
    return zipped(inside | (more or {}))


def typed(entities, value):
    def change(xml):
        return f"<!DOCTYPE x [{entities}]>" + xml.replace("<v>1</v>", f"<v>{value}</v>")

    return book(change)


LINK = '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
# Content, and what B2 is where the workbook is read (None: it is refused).
WORKBOOKS = {
    "an external link with a stored value": (
        book(
            cell='<c r="B2"><f>[1]Blad1!A1</f><v>7</v></c>', more={"xl/externalLinks/externalLink1.xml": LINK.encode()}
        ),
        7.0,
    ),
    "an external link without one": (book(cell='<c r="B2"><f>[1]Blad1!A1</f></c>'), None),
    "a link to a file": (book(cell="<c r=\"B2\"><f>'file:///canary'!A1</f></c>"), None),
    "a command": (book(cell="<c r=\"B2\"><f>cmd|'/C touch canary'!A0</f><v>7</v></c>"), 7.0),
    "a command without a value": (book(cell="<c r=\"B2\"><f>cmd|'/C touch canary'!A0</f></c>"), None),
    "a web address": (book(cell='<c r="B2"><f>WEBSERVICE("http://127.0.0.1:9/")</f></c>'), None),
    "macros": (book(more={"xl/vbaProject.bin": b"touch canary"}), 1.0),
    "an embedded object": (book(more={"xl/embeddings/oleObject1.bin": b"touch canary"}), 1.0),
    "a member outside": (book(more={"../../canary": b"x"}), 1.0),
    "an entity of a file": (typed('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"), None),
    "a billion laughs": (typed(f'<!ENTITY l0 "ha">{LAUGHS}', "&l9;"), None),
    "a cell at the far end": (book(lambda xml: xml.replace('r="B5"', 'r="XFD1048576"')), None),
    "a cell beyond the end": (book(lambda xml: xml.replace('r="B5"', 'r="ZZZZZZ99999999999"')), None),
    "a cell of row zero": (book(lambda xml: xml.replace('r="B5"', 'r="B0"')), None),
    "infinity": (book(cell='<c r="B2"><v>1e999</v></c>'), None),
    "not a number": (book(cell='<c r="B2"><v>NaN</v></c>'), None),
    "an error": (book(cell='<c r="B2" t="e"><v>#REF!</v></c>'), None),
    "a text that is not there": (book(cell='<c r="B2" t="s"><v>99</v></c>'), None),
    "a truth that is none": (book(cell='<c r="B2" t="b"><v>7</v></c>'), None),
    "a null character": (book(cell='<c r="B2" t="inlineStr"><is><t>a_x0000_b</t></is></c>'), None),
    "mojibake": (book(cell='<c r="B2" t="inlineStr"><is><t>BrÃ¼ssel</t></is></c>'), None),
    "half a sheet": (book(lambda xml: xml[: len(xml) // 2]), None),
    "a bomb of texts": (partial(bomb, "xl/sharedStrings.xml", 450_000_000), None),
}


@pytest.mark.parametrize(("name", "content", "value"), ids(WORKBOOKS))
def test_a_hostile_workbook_is_refused_or_read_as_it_stands(canary, tmp_path, name, content, value):
    path = tmp_path / "in" / "personeel.xlsx"
    path.parent.mkdir()
    path.write_bytes(content() if callable(content) else content)

    def read():
        found = read_workbook(path)["Sheet"][1][1]
        return ("inert", "the stored value") if found == value else ("silent", repr(found))

    judge("workbooks", name, read, (path.name,), canary)
    assert sorted(one.name for one in tmp_path.rglob("*") if one.is_file()) == [path.name]


# Decimals and encodings: cells of a tidy file, for every kind of table and column

TIDY = {
    "debt": "nis,year,debt_eur\n{nis},{year},{number}\n",
    "population": "nis,year,population\n{nis},{year},{number}\n",
    "tax_rates": "nis,vintage,year,tax,rate\n{nis},308,{year},apb,{number}\n",
    "gemeentefonds": "nis,year,stream,amount_eur\n{nis},{year},hoofddotatie,{number}\n",
    "cpi": "year,index\n{year},{number}\n",
}
NUMBERS_THAT_ARE_NONE = [
    "1.234,5",
    "1,5",
    "1.234.567",
    "1 234",
    "12%",
    "€ 5",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "1e400",
    "1_000",
    "0x1F",
    "١٢٣",
    "１２",
    "--1",
    "1-",
    "(5)",
    "=1+1",
    "NA",
    "None",
    "null",
    "-",
    "1/2",
    "1e",
    "+-3",
    "5 EUR",
]
CODES = [
    "9500",
    "950010",
    "9500I",
    " 95001x",
    "٩٥٠٠١",
    "９５００１",
    "",
    "-95001",
    "95001.0",
    "9.5e4",
    "Alverbeke",
    "=95001",
]
YEARS = ["20", "20201", "2020.5", "20I4", "", "1492", "9999", "-2020", "２０２０", "2020-01-01", "'20"]
CELLS = (
    [("number", one) for one in NUMBERS_THAT_ARE_NONE]
    + [("nis", one) for one in CODES]
    + [("year", one) for one in YEARS]
)


@pytest.mark.parametrize(("column", "cell"), CELLS)
@pytest.mark.parametrize("source", ["debt", "cpi"])
def test_a_cell_that_is_no_number_code_or_year_is_refused(canary, tmp_path, source, column, cell):
    if column == "nis" and source == "cpi":
        source = "population"
    values = {"nis": "95001", "year": "2020", "number": "100"} | {column: json.dumps(cell, ensure_ascii=False)}
    path = tmp_path / "tidy.csv"
    path.write_text(TIDY[source].format(**values), encoding="utf-8")

    def act():
        table, _ = read(source, [path], REFERENCE)
        return "silent", table.to_csv(index=False)

    judge("decimals and encodings", f"{source}: {column} {cell}", act, ("tidy.csv",), canary)


ENCODED = {
    "utf-16": "naam;nis\nBrügge;95001\n".encode("utf-16"),
    "utf-32": "naam;nis\nBrügge;95001\n".encode("utf-32"),
    "Latin-1": "naam;nis\nBrügge;95001\n".encode("latin-1"),
    "mojibake": "naam;nis\nBrÃ¼gge;95001\n".encode(),
    "a replaced character": "naam;nis\nBr\ufffdgge;95001\n".encode(),
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbfnaam;nis\na;95001\n",
    "a mark inside": b"naam;nis\na;95001\n\xef\xbb\xbfnaam;nis\n",
    "overlong": b"naam;nis\n\xc0\xaf;95001\n",
    "half a character": b"naam;nis\n\xed\xa0\x80;95001\n",
    "a null character": b"naam;nis\na\x00b;95001\n",
    "an escape": b"naam;nis\na\x1b[2J;95001\n",
    "a backspace": b"naam;nis\na\x08b;95001\n",
    "UTF-7": b"+AG4-aam;nis\n+AD0-1;95001;\n",
    "line separators": "naam;nis\na\u2028b;95001\n".encode(),
}


@pytest.mark.parametrize(("name", "content"), ids(ENCODED))
def test_a_text_in_another_encoding_is_refused(canary, tmp_path, name, content):
    path = tmp_path / "namen.csv"
    path.write_bytes(content)
    judge("decimals and encodings", name, lambda: ("silent", read_table(path).to_csv()), ("namen.csv",), canary)


@pytest.mark.parametrize("text", SPARQL)
def test_a_name_with_signs_of_a_query_stays_a_name(canary, tmp_path, text):
    path = tmp_path / "antwoord.json"
    binding = {"gemeente": {"type": "literal", "value": text}}
    path.write_text(json.dumps({"head": {"vars": ["gemeente"]}, "results": {"bindings": [binding]}}), encoding="utf-8")

    def act():
        found = read_bindings(path, ["gemeente"])["gemeente"].tolist()
        return ("inert", "text") if found == [text.strip()] else ("silent", str(found))

    judge("SPARQL and code", f"answer: {text}", act, ("antwoord.json",), canary)


@pytest.mark.parametrize("text", CODE)
@pytest.mark.parametrize("source", ["debt", "population", "staff"])
def test_code_for_the_name_of_a_column_is_refused(canary, tmp_path, text, source):
    path = tmp_path / "tidy.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["nis", "year", text], ["95001", "2020", "3"]])
    act = lambda: ("silent", str(parse(SOURCES[source], [path], REFERENCE).table))  # noqa: E731
    judge("SPARQL and code", f"column of {source}: {text}", act, ("tidy.csv",), canary)
