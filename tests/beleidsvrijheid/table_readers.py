"""Reads a published table back from each of its formats, as someone does who has nothing but the file."""

import csv
import html
import io
import re
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser

from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

TEX_TEXT = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textquotedbl{}": '"',
    r"\textasciigrave{}": "`",
    r"\textsuperscript{2}": "²",
    r"\allowbreak{}": "",
    r"$\geq$": "≥",
    r"$\leq$": "≤",
    r"$\times$": "×",
    "$-$": "-",
    r"\,": "\u2009",
    "{[}": "[",
    "{]}": "]",
    "{*}": "*",
}
Rows = list[list[str]]


class _Page(HTMLParser):
    """Rows of the body: texts of td cells; names of all tags."""

    def __init__(self, page: str):
        super().__init__()
        self.rows: Rows = []
        self.tags: list[str] = []
        self.inside = self.in_body = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.in_body = self.in_body or tag == "tbody"
        if tag == "tr" and self.in_body:
            self.rows.append([])
        self.inside = tag == "td" and self.in_body
        if self.inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def filled(rows: Rows) -> Rows:
    """Rows without empty cells, those without any left out."""
    kept = [[cell for cell in row if cell] for row in rows]
    return [row for row in kept if row]


def tags_of(page: str) -> set[str]:
    """Names of the tags of a page."""
    return set(_Page(page).tags)


def from_html(page: str) -> Rows:
    """Cells of the body, without labels of rows."""
    return filled(_Page(page).rows)


def from_md(text: str) -> Rows:
    """The same from a pipe table."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| **")][1:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[2:-1]] for line in lines]
    return filled([[html.unescape(re.sub(r"\\(.)", r"\1", cell)) for cell in row] for row in cells])


def from_csv(text: str) -> Rows:
    """The same from tidy lines, a line of the table being what has one group, row and statistic in a row."""
    rows: Rows = []
    last, columns = None, set()
    for line in csv.DictReader(io.StringIO(text)):
        key = (line["row_group"], line["row"], line["statistic"])
        if key != last or line["column"] in columns:
            rows.append([])
            last, columns = key, set()
        columns.add(line["column"])
        rows[-1].append(line["text"])
    return rows


def tex_rows(tex: str) -> list[str]:
    """Rows of the tabular: what stands between the rules and ends with a double backslash."""
    body = re.split(r"\\begin\{(?:tabular|longtable)\}\{[^\n]*\}\n", tex)[1]
    body = re.split(r"\\end\{(?:tabular|longtable)\}", body)[0]
    lines = (line.removesuffix("*") for line in body.splitlines())
    return [line.removesuffix(r" \\") for line in lines if line.endswith(r" \\")]


def tex_text(tex: str) -> str:
    """What TeX prints of escaped text."""
    bare = re.sub(r"\\phantom\{(?:[^{}]|\{[^{}]*\})*\}", "", tex)
    for written, text in TEX_TEXT.items():
        bare = bare.replace(written, text if text != "\\" else "\0")
    return re.sub(r"\\(.)", r"\1", bare).replace("\0", "\\").strip()


def from_tex(tex: str) -> Rows:
    """The same from a fragment whose texts all stand in columns; headings above the last rule are left out."""
    body = tex_rows(tex.rpartition(r"\midrule")[0] and _after_head(tex))
    rows = [row for row in body if not row.startswith((r"\multicolumn", r"\caption"))]
    return filled([[tex_text(cell) for cell in re.split(r"(?<!\\)&", row)[1:]] for row in rows])


def _after_head(tex: str) -> str:
    """The fragment with nothing between the beginning of the table and its body."""
    begin = re.search(r"\\begin\{(?:tabular|longtable)\}\{[^\n]*\}\n", tex)
    mark = r"\endfoot" if r"\endfoot" in tex else r"\midrule"
    return tex[: begin.end()] + tex.split(mark, 1)[1]


def word_rows(content: bytes) -> list[list[tuple[str, str, bool]]]:
    """Rows of a Word table: text, style and whether it repeats as a heading, of every cell that is there."""
    table = Document(io.BytesIO(content)).tables[0]._tbl
    rows = []
    for row in table.iter(qn("w:tr")):
        is_head = row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        cells = []
        for cell in row.iter(qn("w:tc")):
            text = "".join(part.text or "" for part in cell.iter(qn("w:t")))
            style = next(cell.iter(qn("w:pStyle"))).get(qn("w:val"))
            cells.append((text, style, is_head))
        rows.append(cells)
    return rows


def from_docx(content: bytes) -> Rows:
    """The same from Word, whose minus signs are those of print; a text beneath its row ends that row."""
    rows: Rows = []
    for row in word_rows(content):
        if row[0][2] or row[0][1] == "TableGroup":
            continue
        texts = [text.replace("\u2212", "-") for text, _, _ in row[1:]]
        if len(row) == 2 and rows and ": " in texts[0]:
            rows[-1].append(texts[0].split(": ", 1)[1])
        else:
            rows.append(texts)
    return filled(rows)


def shown(value: object, code: str) -> str:
    """What Excel prints of a number in a format of the kind that these workbooks have, with English marks."""
    if isinstance(value, str) or value is None:
        return value or ""
    code = code.split(";")[-1 if value < 0 else 0] if ";" in re.sub(r'"[^"]*"', "", code) else code
    parts = re.findall(r'"[^"]*"|\\.|_.|#,##0(?:\.0+)?|.', code)
    text = ""
    for part in parts:
        if part.startswith("#"):
            places = len(part.partition(".")[2])
            number = abs(Decimal(repr(float(value)))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
            text += f"{number:,f}"
        else:
            text += "" if part.startswith("_") else part.strip('"').removeprefix("\\")
    return text


def from_xlsx(content: bytes, language: str) -> Rows:
    """The same from Excel as someone with that language sees it; headings and notes left out by what is frozen."""
    sheet = load_workbook(io.BytesIO(content))["table"]
    marks = str.maketrans(",.", ".,") if language == "nl" else {}
    rows: Rows = []
    for row in sheet.iter_rows(min_row=int(re.sub(r"\D", "", sheet.freeze_panes))):
        if any(row[0].coordinate in merged for merged in sheet.merged_cells.ranges):
            break  # the notes
        cells = []
        for cell in row[1:]:
            text = shown(cell.value, cell.number_format)
            is_literal = cell.data_type == "s" or "0" not in re.sub(r'"[^"]*"', "", cell.number_format)
            cells.append(text if is_literal else text.translate(marks))
        rows.append(cells)
    return filled(rows)


def all_text(content: str | bytes, form: str) -> str:
    """Everything that a reader of the file can see, notes and labels as well."""
    if form == "docx":
        document = Document(io.BytesIO(content))
        parts = (document.element, document.sections[0].header._element)
        return "\n".join(text.text or "" for part in parts for text in part.iter(qn("w:t"))).replace("\u2212", "-")
    if form == "xlsx":
        cells = (cell for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row)
        return "\n".join(str(cell.value) for cell in cells if cell.value is not None)
    return str(content)


def rows_of(content: str | bytes, form: str, language: str) -> Rows:
    """The filled cells of a table in any format, row by row."""
    readers = {"html": from_html, "md": from_md, "csv": from_csv, "tex": from_tex, "docx": from_docx}
    return from_xlsx(content, language) if form == "xlsx" else readers[form](content)
