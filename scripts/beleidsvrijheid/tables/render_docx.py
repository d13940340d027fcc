"""A table as a Word document: a real table between three rules, in named styles, its notes beneath."""

import io
import re
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from beleidsvrijheid.tables.alignment import blanks
from beleidsvrijheid.tables.model import Group, Row, Table
from beleidsvrijheid.tables.office import LOCALES, printable, sealed
from beleidsvrijheid.tables.word_layout import MARGIN, PADDING, PAGE, Sheet, ems, sheet_of

TWIPS = 20  # in a point
FONT = "Arial"  # on every machine, or Liberation Sans, which has its widths
GREY = "767676"
# Eighths of a point, as booktabs has them: heavy above and below, light under the headings.
HEAVY, LIGHT = 8, 4
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# Name of a paragraph style, its id, and what it changes of the text of a table.
TEXT, NUMBER, HEAD, SPANNER, GROUP, NOTE = (
    *("TableText", "TableNumber", "TableHeading"),
    *("TableSpanner", "TableGroup", "TableNote"),
)
BOOKTABS = "StudyTable"
MARGINS = "".join(f'<w:{side} w:w="{PADDING * TWIPS}" w:type="dxa"/>' for side in ("left", "right"))
MARGINS = f"<w:tblCellMar>{MARGINS}</w:tblCellMar>"
MINUS = re.compile(r"(?<![\w-])-(?=\d)")


def render(table: Table) -> bytes:
    """The table as a .docx file: A4, on its side where it is wide, the kind of data in header and caption."""
    from docx import Document
    from docx.oxml import parse_xml

    sheet, document = sheet_of(table), Document()
    _styles(document, table, sheet.size)
    _page(document.sections[0], table, sheet)
    caption = document.add_paragraph(printed(f"{table.title}. {table.source_label}"), style="Caption")
    caption._p.addnext(parse_xml(_table(sheet)))
    for note in table.notes:
        document.add_paragraph(printed(note), style="Table Note")
    buffer = io.BytesIO()
    document.save(buffer)
    return sealed(buffer.getvalue(), title=table.title, subject=table.source_label, language=table.language)


def printed(text: str) -> str:
    """Text as Word shows it: on one line, with the minus sign that print has, which no line breaks at."""
    return MINUS.sub("\u2212", printable(text))


# The document


def _styles(document: Any, table: Table, size: float) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    styles = document.styles
    defaults = styles.element.find(qn("w:docDefaults"))
    locale = LOCALES[table.language]
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}" w:eastAsia="{FONT}"/>'
    language = f'<w:lang w:val="{locale}" w:eastAsia="{locale}" w:bidi="{locale}"/>'
    text = f'<w:rPr>{fonts}<w:sz w:val="20"/><w:szCs w:val="20"/>{language}</w:rPr>'
    plain = f"<w:rPrDefault>{text}</w:rPrDefault><w:pPrDefault><w:pPr/></w:pPrDefault>"
    styles.element.replace(defaults, parse_xml(f"<w:docDefaults {NAMESPACE}>{plain}</w:docDefaults>"))
    for name in ("Caption", "Header"):
        styles.element.remove(styles[name].element)
    for style in _style_sheet(size):
        styles.element.append(parse_xml(style))


def _style_sheet(size: float) -> list[str]:
    """The styles that the document uses, by the names that Word shows."""
    half, small = round(2 * size), round(2 * size) - 2
    keep, above = "<w:keepNext/>", '<w:spacing w:before="80" w:after="20"/>'
    cells = [
        _style("Table Text", TEXT, '<w:spacing w:before="10" w:after="10"/>', _size(half), based="Normal"),
        _style("Table Number", NUMBER, '<w:jc w:val="center"/>', ""),
        _style("Table Heading", HEAD, f'{keep}<w:spacing w:before="20" w:after="40"/><w:jc w:val="center"/>', ""),
        _style("Table Spanner", SPANNER, keep + _rule() + '<w:jc w:val="center"/>', "", based=HEAD),
        _style("Table Group", GROUP, keep + above, "<w:i/>"),
        _style("Table Note", NOTE, '<w:spacing w:before="40" w:after="0"/>', _size(small), based="Normal"),
        _style("caption", "Caption", f'{keep}<w:spacing w:after="80"/>', "<w:b/>", based="Normal"),
        _style("header", "Header", '<w:jc w:val="right"/>', f"<w:b/>{_size(18)}", based="Normal"),
    ]
    return [*cells, _table_style()]


def _size(half: int) -> str:
    return f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'


def _rule() -> str:
    """The rule under a heading over several columns: of the paragraph, so that it ends before the next one's."""
    return f'<w:pBdr><w:bottom w:val="single" w:sz="{LIGHT}" w:space="1" w:color="{GREY}"/></w:pBdr>'


def _style(name: str, identifier: str, paragraph: str, run: str, based: str = TEXT) -> str:
    return (
        f'<w:style {NAMESPACE} w:type="paragraph" w:customStyle="{int(name.startswith("Table"))}" '
        f'w:styleId="{identifier}"><w:name w:val="{name}"/><w:basedOn w:val="{based}"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _table_style() -> str:
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="{HEAVY}" w:space="0" w:color="auto"/>' for side in ("top", "bottom")
    )
    return (
        f'<w:style {NAMESPACE} w:type="table" w:customStyle="1" w:styleId="{BOOKTABS}"><w:name w:val="Study Table"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{rules}</w:tblBorders>'
        f"{MARGINS}</w:tblPr></w:style>"
    )


def _page(section: Any, table: Table, sheet: Sheet) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    section.orientation = WD_ORIENT.LANDSCAPE if sheet.is_sideways else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Pt(side) for side in (PAGE[::-1] if sheet.is_sideways else PAGE))
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Pt(MARGIN))
    section.header.paragraphs[0].text = printable(table.source_label)


# The table


def _table(sheet: Sheet) -> str:
    table = sheet.table
    widths = [round(points * TWIPS) for points in sheet.columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    title = escape(printable(table.title), {'"': "&quot;"})
    about = (
        f'<w:tblStyle w:val="{BOOKTABS}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'{MARGINS}<w:tblLook w:val="0000"/><w:tblCaption w:val="{title}"/>'
    )
    rows = [*_head(table, widths), *(row for group in table.groups for row in _group(group, sheet, widths))]
    return f"<w:tbl {NAMESPACE}><w:tblPr>{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _head(table: Table, widths: list[int]) -> list[str]:
    rows = []
    if any(spanner.label for spanner in table.spanners):
        cells, start = [_cell("", HEAD, widths[0])], 1
        for spanner in table.spanners:
            width = sum(widths[start : start + spanner.span])
            style = SPANNER if spanner.label else HEAD
            cells.append(_cell(spanner.label, style, width, span=spanner.span, bottom=True))
            start += spanner.span
        rows.append(_row(cells, is_head=True))
    rule = f'<w:tcBorders><w:bottom w:val="single" w:sz="{LIGHT}" w:space="0" w:color="auto"/></w:tcBorders>'
    heads = [(table.stub, True), *((column.label, column.is_text) for column in table.columns)]
    cells = [
        _cell(label, HEAD, width, more=rule, bottom=True, paragraph='<w:jc w:val="left"/>' if is_left else "")
        for (label, is_left), width in zip(heads, widths, strict=True)
    ]
    return [*rows, _row(cells, is_head=True)]


def _group(group: Group, sheet: Sheet, widths: list[int]) -> list[str]:
    rows = [_row([_cell(group.label, GROUP, sum(widths), span=len(widths))])] if group.label else []
    for row, after in zip(group.rows, [*group.rows[1:], None], strict=True):
        told = sheet.told.get((group.key, row.key), "")
        is_beneath = after is not None and after.is_beneath
        rows.append(_body_row(row, is_beneath, is_beneath or bool(told), sheet, widths))
        if told:
            cells = [_cell("", TEXT, widths[0]), _told(sheet.told_head, told, sum(widths[1:]), len(widths) - 1)]
            rows.append(_row(cells))
    return rows


def _told(head: str, text: str, width: int, span: int) -> str:
    """A text that is too long for a column, in the room of all of them."""
    cell = _cell(text, TEXT, width, span=span, paragraph='<w:spacing w:before="10" w:after="100"/>')
    return cell.replace(
        "<w:r>", f'<w:r><w:rPr><w:i/></w:rPr><w:t xml:space="preserve">{_text(head)}: </w:t></w:r><w:r>'
    )


def _text(text: str) -> str:
    return escape(printed(text))


def _body_row(row: Row, is_merged: bool, is_held: bool, sheet: Sheet, widths: list[int]) -> str:
    """A row; a held one stays on the page of the next, which is beneath it, and their label has the height of both."""
    merge = "<w:vMerge/>" if row.is_beneath else '<w:vMerge w:val="restart"/>' if is_merged else ""
    keep = "<w:keepNext/>" if is_held else ""
    cells = [_cell("" if row.is_beneath else row.label, TEXT, widths[0], more=merge, paragraph=keep)]
    for cell, column, shape, width in zip(row.cells, sheet.table.columns, sheet.aligned, widths[1:], strict=True):
        indent = "" if column.is_text else _indent(blanks(cell, shape, sheet.table.language), sheet.size)
        style = TEXT if column.is_text else NUMBER
        cells.append(_cell(cell.text, style, width, paragraph=keep + indent))
    return _row(cells)


def _indent(blank: tuple[str, str], size: float) -> str:
    """Indents that set a centred number under the others at the decimal mark."""
    left, right = (round(ems(side) * size * TWIPS) for side in blank)
    return f'<w:ind w:left="{left}" w:right="{right}"/>' if left or right else ""


def _row(cells: Iterable[str], is_head: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    text: str, style: str, width: int, *, span: int = 1, more: str = "", paragraph: str = "", bottom: bool = False
) -> str:
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    align = '<w:vAlign w:val="bottom"/>' if bottom else ""
    run = f'<w:r><w:t xml:space="preserve">{_text(text)}</w:t></w:r>' if text else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{more}{align}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{paragraph}</w:pPr>{run}</w:p></w:tc>'
    )
