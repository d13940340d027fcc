"""Labels and names that are commands to what shows them: parsed after rendering, they are text like any other."""

import csv
import io
import json
import re
from dataclasses import replace
from xml.parsers import expat

import openpyxl
import pandas as pd
import pytest

from beleidsvrijheid.captions import figure_caption
from beleidsvrijheid.explorer.page import inert_json
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.pages import html_table, page
from beleidsvrijheid.tables import render

from ..beleidsvrijheid import published_study
from ..beleidsvrijheid.table_readers import all_text, tags_of, tex_text
from ..beleidsvrijheid.test_captions import as_html
from ..beleidsvrijheid.test_captions import caption as caption_of
from ..beleidsvrijheid.test_figures import draw, results_for
from ..beleidsvrijheid.test_tables_files import of_texts
from .payloads import judge

# Texts that are run by what shows them

FORMULAS = [
    "=1+1",
    "=cmd|' /C touch canary'!A0",
    "+1+cmd|'/C touch canary'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x","y")',
    "=IMPORTXML(A1)",
    "-x",
    "+x",
    "@x",
    "=",
    "=-3",
    "-3-4",
    "+3x",
]
KEPT = ["-3", "-3.25", "+4", "-1e-05", "1.5", "-0.2**", "a=b", "5 - 3", "_x0041_"]


def spoken(text):
    return " ".join(text.split())


@pytest.mark.parametrize("text", [*FORMULAS, *KEPT])
@pytest.mark.parametrize("form", ["table csv", "result csv", "xlsx"])
def test_no_text_is_a_formula_in_a_spreadsheet(canary, tmp_path, text, form):
    def act():
        if form == "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(render(of_texts(text), "xlsx")))
            cells = [cell for one in sheet for row in one.iter_rows() for cell in row if cell.value is not None]
            runs = [cell for cell in cells if cell.data_type not in ("s", "n")]
            marked = all(cell.quotePrefix for cell in cells if cell.value == text and text in FORMULAS)
            numbers = {cell.value for cell in cells if cell.data_type == "n"} >= {-3}
            return ("inert", "text") if not runs and marked and numbers else ("executed", str(runs))
        if form == "table csv":
            content = render(of_texts(text), "csv")
        else:
            write_csv(pd.DataFrame({"naam": [text, "x"], "waarde": [-3.0, 1.5]}), tmp_path / "out.csv", "open")
            content = (tmp_path / "out.csv").read_bytes().decode()
        cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
        runs = [
            cell
            for cell in cells
            if re.match(r"[=+\-@\t\r\n]", cell) and not re.fullmatch(r"[+-]?[\d.,]+(e[+-]?\d+)?\**", cell)
        ]
        kept = text not in KEPT or text in cells
        return ("inert", "text") if not runs and "-3" in cells and kept else ("executed", str(runs))

    judge("formula injection", f"{form}: {text!r}", act, (), canary)


MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><script>",
    "]]><x/>",
    "<!--",
    "-->",
    "&lt;b&gt;",
    "{{ 7 * 7 }}",
    "{% include 'x' %}",
    "javascript:alert(1)",
    "</table>",
    "<svg/onload=alert(1)>",
    "' onmouseover='x",
    "`x`_ **b**",
    ".. include:: /etc/passwd",
    ".. raw:: html",
    "|s|",
    ":math:`x`",
    "</script><script>alert(1)//",
    "\u2028",
]
TEX = [
    r"\input{/etc/passwd}",
    r"\write18{touch canary}",
    r"\immediate\write18{x}",
    "% the rest",
    r"\end{tabular}",
    r"\\[2pt]",
    "a & b",
    "$x^2$",
    "#1",
    "{",
    "}",
    "~^_",
    r"\catcode`\%=12",
    "[2pt] *",
    r"\include{x}",
    "^^5cinput",
]
MATHTEXT = [r"$\badcmd$", "$x", "$$", r"\$x$", r"$\frac{1}{2}$", r"$\mathdefault{x}$", "a_b^c", r"\n", "<b>&", "%s {0}"]


def elements_of(drawing):
    """Names of the elements of a drawing, which is well formed."""
    found, reader = set(), expat.ParserCreate()
    reader.StartElementHandler = lambda name, _: found.add(name)
    reader.Parse(drawing, True)
    return found


@pytest.mark.parametrize("text", MARKUP)
@pytest.mark.parametrize("form", ["html", "docx", "md", "page", "caption", "data"])
def test_no_text_is_markup(canary, text, form):
    def act():
        plain = tags_of(render(of_texts("x"), "html"))
        if form == "html":
            content = render(of_texts(text), "html")
            fine = tags_of(content) == plain and not re.search(r"<[^>]*\son\w+=", content)
        elif form == "docx":
            fine = spoken(text) in all_text(render(of_texts(text), "docx"), "docx")
        elif form == "md":
            fine = not re.search(r"(?<!\\)[<`|]\s*(?=script|img|svg)", render(of_texts(text), "md"))
        elif form == "page":
            own = [page(one, html_table(pd.DataFrame({"a": [one]}), [one], []), one, "nl") for one in ("x", text)]
            fine = tags_of(own[0]) == tags_of(own[1])
        elif form == "caption":
            body = as_html(caption_of(figure_caption, "attribution", label=text))
            fine = (
                not re.search(r"<(script|img|svg|table|em|cite|span class=\"problem)", body)
                and "system-message" not in body
            )
            fine = fine and "root:" not in body and "49" not in body
        else:
            content = inert_json({"naam": text})
            fine = not re.search("[<>&\u2028]", content) and json.loads(content) == {"naam": text}
        return ("inert", "text") if fine else ("executed", "markup came through")

    judge("LaTeX, HTML and mathtext", f"{form}: {text!r}", act, (), canary)


@pytest.mark.parametrize("text", TEX)
def test_no_text_is_a_command_of_tex(canary, text):
    def act():
        content = render(of_texts(text), "tex")
        own = content.split(r"\midrule", 1)[1].split(r"\\*", 1)[1].split(" & ", 2)[1]
        bare = re.sub(
            r"\\(textbackslash|textasciicircum|textasciitilde|textbar|textasciigrave|textless|textgreater|textquotedbl){}",
            "",
            own,
        )
        bare = re.sub(r"\\[{}&%$#_]|\\allowbreak{}|\{[\[\]*]\}", "", bare)
        fine = not re.search(r"[\\&%$#^~{}]", bare) and spoken(tex_text(own)) == spoken(text)
        return ("inert", "text") if fine else ("executed", own)

    judge("LaTeX, HTML and mathtext", f"tex: {text!r}", act, (), canary)


@pytest.mark.parametrize("text", MATHTEXT)
def test_no_text_is_mathematics_in_a_figure(canary, text):
    labels = published_study.study_labels("en")
    poisoned = {key: entry | {"label": {"nl": text, "en": text}} for key, entry in labels.indicators.items()}
    results = {
        name: replace(one, settings=one.settings | {"label": {"en": text}})
        for name, one in results_for("coefficients").items()
    }

    def act():
        drawn = draw("coefficients", labels=replace(labels, indicators=poisoned), results=results)
        names = elements_of(drawn)
        return (
            ("inert", "drawn as text")
            if not names & {"script", "foreignObject", "b", "image"}
            else ("executed", str(names))
        )

    judge("LaTeX, HTML and mathtext", f"svg: {text!r}", act, (), canary)
