"""Tables as files: the numbers of the results in all six formats, the same bytes every time, nothing that runs."""

import csv
import io
import re
import time
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.tables import KINDS, RENDERERS, render, table_bytes
from beleidsvrijheid.tables.alignment import Shape, shapes
from beleidsvrijheid.tables.model import Cell, Column, Group, Row, Table
from beleidsvrijheid.tables.render_text import inert
from beleidsvrijheid.tables.render_xlsx import number_format

from . import published_study as study
from .published_tables import HOSTILE, expected_rows, hostile_labels, results, table, usual
from .table_readers import all_text, rows_of, shown, tags_of, tex_text, word_rows

FILES = ("docx", "xlsx")
DANGEROUS = [
    *("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")'),
    *(
        r"\input{/etc/passwd}",
        "& % $ # _ { } ~ ^ \\ < > \" '",
        "<script>alert(1)</script>",
        "<w:t>x</w:t>]]>",
        "_x0041_",
    ),
]


def of_texts(*words: str, language: str = "en") -> Table:
    """A table that has the same hostile text in every place where a text can stand."""
    rows = [Row(f"r{n}", text, (Cell(text), Cell("-3", -3.0)), "text") for n, text in enumerate(words)]
    columns = (Column("a", words[0], is_text=True), Column("b", words[0]))
    return Table(words[0], words[0], columns, (Group("g", words[0], tuple(rows)),), words, language, "simulated")


# The numbers


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("form", RENDERERS)
def test_the_main_table_has_the_estimates_in_every_format(form, language):
    content = render(table("regression", language), form)
    found = [cell for row in rows_of(content, form, language) for cell in row]
    mark = str.maketrans({".": "", ",": "."}) if language == "nl" else str.maketrans({",": ""})
    printed = [float(text.translate(mark).strip("()")) for text in found if re.fullmatch(r"\(?-?[\d.,]+\)?", text)]
    ids = ("r1_portfolio_shift", "r1_own_change")
    estimates = {name: one.estimates[~one.estimates["term"].str.contains("=")] for name, one in results().items()}
    for name in ids:
        for figure in (*estimates[name]["estimate"], *estimates[name]["std_error"]):
            nearest = min(printed, key=lambda one, figure=figure: abs(one - figure))
            assert abs(nearest - figure) <= max(0.0005, abs(figure) * 0.0005), (name, figure)
    assert sum(one in (1279.0, 279.0) for one in printed) == 4


@pytest.mark.parametrize("form", RENDERERS)
def test_another_language_gives_the_same_numbers_in_the_same_places(form):
    swap = str.maketrans(",.", ".,")
    both = {language: rows_of(render(table("regression", language), form), form, language) for language in ("nl", "en")}
    assert [len(row) for row in both["nl"]] == [len(row) for row in both["en"]]
    pairs = [pair for rows in zip(*both.values(), strict=True) for pair in zip(*rows, strict=True)]
    numbers = [(dutch, english) for dutch, english in pairs if not re.search("[a-z]", english)]
    assert len(numbers) > 60 and all(dutch.translate(swap) == english for dutch, english in numbers)
    assert any(dutch != english for dutch, english in set(pairs) - set(numbers))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FILES)
def test_the_same_table_is_the_same_bytes(kind, form):
    first = table_bytes(usual(kind, "nl"), form)
    time.sleep(0.01)
    assert table_bytes(table(kind, "nl"), form) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core, app = (archive.read(f"docProps/{name}.xml").decode() for name in ("core", "app"))
    assert "created" not in core and "modified" not in core and "Version" not in app and "creator" not in core
    assert "<dc:language>nl-BE</dc:language>" in core and SIMULATED in core


def test_bytes_do_not_follow_the_clock(monkeypatch):
    both = []
    for now in (1.0e9, 1.7e9):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        both.append({form: table_bytes(table("attrition"), form) for form in FILES})
    assert both[0] == both[1]


# Word


def test_word_has_a_real_table_with_repeated_headings_and_merged_spanners():
    content = render(table("regression", "nl"), "docx")
    rows = word_rows(content)
    assert [row[0][2] for row in rows[:3]] == [True, True, False]
    assert [text for text, style, _ in rows[0] if style == "TableSpanner"] == [
        *("Portefeuilleverschuiving", "Eigen verandering", "Aitchison-verschuiving")
    ]
    document = Document(io.BytesIO(content))
    assert not document.inline_shapes and len(document.tables) == 1
    assert {style.name for style in document.styles} >= {"Table Text", "Table Heading", "Table Note", "Study Table"}
    assert document.paragraphs[0].style.name == "Caption" and SIMULATED in document.paragraphs[0].text
    assert document.sections[0].header.paragraphs[0].text == SIMULATED
    notes = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Table Note"]
    assert len(notes) == len(table("regression", "nl").notes)


def test_spanners_of_several_columns_are_merged():
    twins = {name: study.regression_result(name, name) for name in ("a", "b")}
    head = next(
        Document(io.BytesIO(render(table("regression", results=twins), "docx"))).tables[0]._tbl.iter(qn("w:tr"))
    )
    assert [span.get(qn("w:val")) for span in head.iter(qn("w:gridSpan"))] == ["2"]


@pytest.mark.parametrize(("language", "locale"), [("nl", "nl-BE"), ("en", "en-GB")])
def test_word_knows_the_language(language, locale):
    document = Document(io.BytesIO(render(table("attrition", language), "docx")))
    found = document.styles.element.find(f"{qn('w:docDefaults')}//{qn('w:lang')}")
    assert found.get(qn("w:val")) == locale


def test_a_wide_table_lies_on_its_side_and_fits():
    narrow, wide = table("descriptives"), table("attribution")
    for shown_table, is_sideways in ((narrow, False), (wide, True)):
        document = Document(io.BytesIO(render(shown_table, "docx")))
        section = document.sections[0]
        assert (section.page_width > section.page_height) == is_sideways
        assert {round(side.mm) for side in (section.page_width, section.page_height)} == {210, 297}
        room = section.page_width - section.left_margin - section.right_margin
        grid = [int(one.get(qn("w:w"))) for one in document.tables[0]._tbl.iter(qn("w:gridCol"))]
        assert sum(grid) * 635 <= room  # twips as English Metric Units


def test_word_has_booktabs_rules_and_no_grid():
    xml = Document(io.BytesIO(render(table("regression"), "docx"))).tables[0]._tbl.xml
    assert "w:insideH" not in xml and "w:insideV" not in xml and "<w:left w:val" not in xml
    assert xml.count("<w:tcBorders>") == len(table("regression").columns) + 1


# Excel


def test_excel_has_numbers_as_numbers_with_the_digits_of_the_text():
    shown_table = table("regression", "nl")
    book = load_workbook(io.BytesIO(render(shown_table, "xlsx")))
    cells = [cell for row in shown_table.groups for line in row.rows for cell in line.cells if cell.text]
    for address, cell in zip([row[0].value for row in book["origin"].iter_rows(min_row=2)], cells, strict=True):
        written = book["table"][address]
        assert (written.data_type == "n") == (cell.value is not None), address
        if cell.value is not None:
            assert written.value == pytest.approx(cell.value, rel=1e-9)


def test_a_cell_of_the_workbook_can_be_traced():
    book = load_workbook(io.BytesIO(render(table("regression"), "xlsx")))
    lines = list(book["origin"].iter_rows(values_only=True))
    heads, found = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    assert heads[:3] == ("cell", "row_group", "row")
    own = next(line for line in found if line["term"] == "log_population" and line["specification"] == "r1_own_change")
    estimates = results()["r1_own_change"].estimates.set_index("term")["estimate"]
    assert book["table"][own["cell"]].value == own["value"] == pytest.approx(estimates["log_population"], rel=1e-9)
    assert (own["source_column"], own["equation"], own["data_source"]) == ("estimate", "mean", SIMULATED)


@pytest.mark.parametrize("kind", KINDS)
def test_no_workbook_has_a_formula(kind):
    content = render(table(kind, labels=hostile_labels()), "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]
        names = archive.read("xl/workbook.xml").decode()
    assert len(sheets) == 2 and not any("<f>" in sheet or "<f " in sheet for sheet in sheets)
    assert "externalReference" not in names


def test_headings_stay_in_sight_and_labels_stand_above():
    sheet = load_workbook(io.BytesIO(render(table("regression"), "xlsx")))["table"]
    assert sheet.freeze_panes == "B6" and sheet["A2"].value == SIMULATED and sheet["A5"].value == "Variable"
    assert sheet["A1"].value == "Estimates" and not sheet.sheet_view.showGridLines
    assert all(8 <= sheet.column_dimensions[letter].width <= 60 for letter in "ABCD")


@pytest.mark.parametrize(
    ("text", "value", "language"),
    [
        *(("0.123", 0.12345, "en"), ("(0.02)", 0.0213, "en"), ("-0.043", -0.0432, "en"), ("1,234.6", 1234.56, "en")),
        *(("0,123", 0.12345, "nl"), ("1.234,6", 1234.56, "nl"), ("<0.001", 0.00004, "en"), ("0.000", -0.0004, "en")),
        *(("0.062", 0.0625, "en"), ("0.039*", 0.0388, "en"), ("-0.5***", -0.51, "en"), ("283", 283.0, "en")),
    ],
)
def test_a_number_format_prints_the_text(text, value, language):
    code = number_format(Cell(text, value), Shape("(", "-", "1234", 4, "***"), language)
    printed = shown(value, code)
    is_literal = "0" not in re.sub(r'"[^"]*"', "", code)
    marks = str.maketrans(",.", ".,") if language == "nl" and not is_literal else {}
    assert printed.translate(marks) == text


def test_digits_that_excel_would_round_otherwise_are_kept_as_printed():
    assert number_format(Cell("0.062", 0.0625), Shape(), "en") == '"0.062"'
    assert number_format(Cell("0.063", 0.0626), Shape(), "en").startswith("#,##0.000")


# Nothing runs, nothing breaks


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("form", RENDERERS)
def test_a_hostile_text_is_inert_wherever_it_stands(form, text):
    content = render(of_texts(text), form)
    if form == "tex":
        assert r"\input" not in content and not re.search(r"(?<!\\)[%#&$](?![a-z$]*\$)", _cells_of_tex(content))
        assert tex_text(_cells_of_tex(content)) == " ".join(text.split()) or text.split() != [text]
    elif form == "html":
        assert not tags_of(content) & {"script", "w:t", "img"} and "<script" not in content
    elif form == "csv":
        fields = [field for line in csv.reader(io.StringIO(content, newline="")) for field in line]
        assert not [field for field in fields if re.match(r"[=+@\s]|-(?!3$)", field)] and ",-3," in content
        assert len(re.split(r"[\r\n]+", content.strip())) == 3
    elif form == "md":
        assert re.search(r"(?<!\\)<script", content) is None
    elif form == "docx":
        assert " ".join(text.split()).replace("-1", "\u22121") in all_text(content, form).replace("-1", "\u22121")
    else:
        _check_sheet(content, text)


def _cells_of_tex(tex: str) -> str:
    """The first cell of the first row of the body."""
    return tex.split(r"\midrule", 1)[1].split(r"\\*", 1)[1].split(" & ", 2)[1]


def _check_sheet(content: bytes, text: str) -> None:
    sheet = load_workbook(io.BytesIO(content))["table"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    same = [cell for cell in cells if cell.data_type == "s" and cell.value != SIMULATED]
    assert same and all(cell.value.replace("_x005F_", "_") == text.replace("\r", cell.value[0]) for cell in same)
    assert all(cell.quotePrefix == (inert(text) != text) for cell in same)
    assert [cell.value for cell in cells if cell.data_type == "n"] == [-3]


@pytest.mark.parametrize("form", FILES)
def test_control_characters_do_not_break_a_file(form):
    assert "a b" in all_text(render(of_texts("a\x00b", "c\ufffe\x1fd"), form), form)


def test_hostile_labels_print_as_themselves_in_files():
    labels = hostile_labels()
    for form in FILES:
        assert HOSTILE in all_text(render(table("regression", labels=labels), form), form)


def test_empty_tables_can_be_opened():
    empty = replace(of_texts("a"), groups=())
    for form in FILES:
        assert "a" in all_text(render(empty, form), form)
    assert expected_rows(empty) == [] and shapes(empty)
