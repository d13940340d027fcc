"""Fiches as readers see them: label, words, numbers, inert names, the same bytes, what a screen reader needs, one page."""

import json
import re
import string
from dataclasses import asdict, replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from beleidsvrijheid.configuration import validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.fiches import html, page, pdf
from beleidsvrijheid.fiches.charts import trend_line
from beleidsvrijheid.fiches.html import Pages, render_index, search_key
from beleidsvrijheid.fiches.pdf import Sheets
from beleidsvrijheid.fiches.words import FICHE_WORDS
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.planning import check_references

from .small_fiches import NAMES, ROOT, fiches, small_ceiling, writer
from .test_configuration import CODES, INDICATORS, SOURCES
from .test_configuration_names import changed

REPORT = ROOT / "workflow/report"
TEMPLATE, LIST = ((REPORT / name).read_text(encoding="utf-8") for name in ("fiche.html.j2", "fiche_index.html.j2"))
EVIL = """<script>alert(1)</script> & "#eval(1)" $x$ *vet* _schuin_ @citaat 'q' {{ 7 * 7 }} `code` \\ [haken] <<x>>"""
# Words of league tables, in both languages.
RANKS = r"\brank(ing|ed|s)?\b|\brang(lijst|schikking)?\b|klassement|league|\bscores?\b|\bbeste?\b|slechtst|worst|winnaar|koploper"


def rendered(fiche, language="en", **about):
    written = writer(language, **about).page(fiche)
    return written, Pages(TEMPLATE).render(written)


@pytest.fixture(scope="module")
def sheets():
    return Sheets(REPORT / "fiche.typ")


class Reader(HTMLParser):
    """Tags in order with their attributes, and the texts outside styles and scripts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self._within = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._within.append(tag)

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self._within):
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def parsed(text):
    """XML that was written here."""
    return ElementTree.fromstring(text)  # noqa: S314


# Words


def test_words_are_complete_in_both_languages():
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (dutch, english) in FICHE_WORDS.items():
        assert dutch and english and places(dutch) == places(english), key


def test_every_word_is_used():
    code = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (page, html, pdf)) + TEMPLATE + LIST
    code += (REPORT / "fiche.typ").read_text(encoding="utf-8")
    open_ended = ("unit.", "section.", "spending.", "column.")  # put together from what is shown
    assert [key for key in FICHE_WORDS if not key.startswith(open_ended) and key not in code] == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_on_a_fiche_ranks(language):
    assert re.search(RANKS, "de beste van de ranglijst") and re.search(RANKS, "a league table")
    for fiche in fiches(small_ceiling()):
        told = Reader(rendered(fiche, language, model=small_ceiling())[1]).text
        assert not re.search(RANKS, told, re.IGNORECASE)
        assert FICHE_WORDS["reading.place"][language == "en"].split("{minimum}")[0].strip() in told


def test_numbers_are_in_the_language_of_the_run():
    dutch, english = (rendered(fiches()[0], one)[1] for one in ("nl", "en"))
    assert "<b>5,0\u00a0%</b>" in dutch and "<b>5.0\u00a0%</b>" in english
    assert "5.0" not in dutch and "5,0" not in english


def test_too_few_and_no_group_are_told():
    assert "too few (4)" in Reader(rendered(fiches()[8])[1]).text
    assert "te weinig (4)" in Reader(rendered(fiches()[8], "nl")[1]).text
    assert "no group" in Reader(rendered(fiches()[11])[1]).text


def test_missing_is_told_as_missing_with_how_to_fill_it_in():
    written, text = rendered(fiches()[1])
    row = next(row for own in written.sections for row in own.rows if row.label.startswith("FTE per 1000"))
    assert row.is_missing and row.value == "missing" and row.places == ("", "", "")
    told = Reader(text).text
    assert "source debt is absent (Agentschap Binnenlands Bestuur); put its file at data/raw/debt/" in told
    assert "sources are at hand (staff, population), but without a usable figure for this municipality" in told
    assert SOURCES["debt"].manual[0] in told
    assert "in 2020" in Reader(rendered(fiches()[0])[1]).text


def test_a_merged_municipality_says_what_its_history_is():
    told = Reader(rendered(fiches()[0])[1]).text
    assert "Merged in 2019 and 2025 from Noord, Plaats A and Zuid" in told and "sum of the parts" in told
    assert "different Belfius clusters" in told
    assert "Merged" not in Reader(rendered(fiches()[1])[1]).text


def test_used_freedom_carries_its_variants_and_no_standard_error():
    written, _ = rendered(fiches()[0])
    row = next(section for section in written.sections if section.key == "freedom").rows[0]
    assert row.value == "5.0\u00a0%"
    # 45, 82 and 45 (twice each figure keeps its place)
    assert row.notes == (
        "variants: all stable fields: 9.0\u00a0%; reformed fields: 10.0\u00a0%",
        "place among all over 3 measures: percentile 45 to 82",
        "before the reform 1.0\u00a0%",
    )
    assert "no standard error" in " ".join(written.reading)


def test_the_ceiling_is_told_and_drawn():
    written, _ = rendered(fiches(small_ceiling())[0], model=small_ceiling())
    assert (
        "(1,097 inhabitants, 2014–2015) the line of quantile 0.9 of Portfolio shift (policy domains) is at 8.0\u00a0%"
        in written.ceiling[0]
    )
    assert "5.0\u00a0%: under that line" in written.ceiling[0]
    assert "about 10\u00a0% of the 11 municipalities" in written.ceiling[1]
    (dots,) = re.findall(r'<path d="([^"]+)" stroke="#9aa5b1"', written.drawing)
    assert dots.count("M") == 11 and written.drawing.count("<circle") == 1 and written.drawing.count("<polyline") == 2
    above, _ = rendered(fiches(small_ceiling())[5], model=small_ceiling())
    assert "on or above that line" in above.ceiling[0]


def test_who_is_not_in_the_sample_has_no_place_under_the_ceiling():
    written, _ = rendered(fiches(small_ceiling())[11], model=small_ceiling())
    assert "not in the sample" in written.ceiling[0] and written.drawing == ""
    refused, _ = rendered(fiches()[0], reason="no file")
    assert refused.ceiling == ("Not estimated: no file",)
    unnamed, _ = rendered(fiches()[0])
    assert "fiches.ceiling" in unnamed.ceiling[0]


# Label


@pytest.mark.parametrize("language", ["nl", "en"])
def test_simulated_data_are_labelled_at_the_top(language, sheets):
    written, text = rendered(fiches()[0], language)
    reader = Reader(text)
    assert text.index(f">{SIMULATED}</p>") < text.index("<h1>")
    assert reader.all("p")[0]["class"] == "label simulated"
    assert SIMULATED.encode() in sheets.render(written)
    assert SIMULATED in render_index(LIST, fiches(), language, SIMULATED, "A study")


def test_open_data_are_not_called_simulated(sheets):
    written, text = rendered(fiches()[0], data_source="open")
    assert "SIMULATED" not in text and "open data" in text
    assert b"SIMULATED" not in sheets.render(written)
    assert Reader(text).all("p")[0]["class"] == "label"


# Names are inert


def test_a_name_is_text_in_html_wherever_it_stands():
    found = fiches(small_ceiling(), names=[EVIL, *NAMES[1:]])
    own = next(one for one in found if one.name == EVIL)
    written, text = rendered(own, model=small_ceiling())
    reader = Reader(text)
    assert reader.all("script") == [] and "49" not in reader.all("title")
    assert EVIL in reader.text
    assert text.count("<script") == 0 and escape(EVIL) in text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    parsed(written.drawing)
    index = render_index(LIST, found, "en", SIMULATED, EVIL)
    assert len(Reader(index).all("script")) == 1
    assert {one["href"] for one in Reader(index).all("a")} == {
        f"{fiche.nis}.{form}" for fiche in found for form in ("html", "pdf")
    }


def test_a_name_is_text_in_typst(sheets):
    own = next(one for one in fiches(small_ceiling(), names=[EVIL, *NAMES[1:]]) if one.name == EVIL)
    written, _ = rendered(own, model=small_ceiling())
    content = sheets.render(written).decode("latin-1")
    title = re.search(r"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", content, re.DOTALL)[1]
    assert parsed(f"<t>{title}</t>").text == f"Municipal fact sheet {EVIL} ({SIMULATED})"


def test_search_finds_names_without_accents_signs_and_by_former_names():
    assert search_key("Sint-Jánsveld (Oost)", "11002", "Üpdorp") == "sint jansveld oost 11002 updorp"
    index = Reader(render_index(LIST, fiches(), "en", SIMULATED, "A study"))
    first = index.all("li")[0]
    assert first["data-key"] == "plaats a 90000 noord plaats a zuid"


# Same bytes


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_same_facts_give_the_same_bytes(language):
    first, second = (rendered(fiches(small_ceiling())[0], language, model=small_ceiling()) for _ in range(2))
    assert first == second
    sheet, again = (Sheets(REPORT / "fiche.typ").render(first[0]) for _ in range(2))
    assert sheet == again and sheet.startswith(b"%PDF")
    assert b"1970-01-01" in sheet and not re.search(rb"20\d\d-\d\d-\d\dT", sheet)
    other = rendered(fiches(small_ceiling())[1], language, model=small_ceiling())[0]
    used = Sheets(REPORT / "fiche.typ")
    used.render(other)
    assert used.render(first[0]) == sheet  # what was rendered before leaves nothing behind


# What a screen reader and a printer need


@pytest.mark.parametrize("language", ["nl", "en"])
def test_pages_can_be_read_aloud(language):
    written, text = rendered(fiches(small_ceiling())[2], language, model=small_ceiling())
    reader = Reader(text)
    assert reader.all("html")[0]["lang"] == language
    headings = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h\d", tag)]
    assert headings == [1] + [2] * (len(written.sections) + 3)
    assert all(cell.get("scope") in ("col", "row") for cell in reader.all("th"))
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert drawings
    for drawing in drawings:
        tree = parsed(drawing)
        kinds = {child.tag.rpartition("}")[2]: child for child in tree}
        assert kinds["title"].text and kinds["desc"].text
        assert tree.get("aria-labelledby").split() == [kinds["title"].get("id"), kinds["desc"].get("id")]
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert re.findall(r'(?:src|href)="(?!index\.html|\d{5}\.pdf)[^"]*"|url\(|@import', text) == []


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("#1b1f24", "#ffffff"),
        ("#4c5661", "#ffffff"),
        ("#0b3c6f", "#ffffff"),
        ("#5c3b00", "#fff4d6"),
        ("#333333", "#ffffff"),
    ],
)
def test_texts_stand_out_from_their_ground(ink, paper):
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_colours_of_text_are_those_that_were_checked():
    rules = re.findall(r"[{;] color: ([^;]+);", TEMPLATE)
    assert set(rules) == {"var(--ink)", "var(--own)", "var(--soft)", "#5c3b00"}
    assert re.findall(r"--(?:ink|soft|own): (#\w+)", TEMPLATE) == ["#1b1f24", "#4c5661", "#0b3c6f"]


def test_pdf_is_one_tagged_page_in_its_language(sheets):
    found = fiches(small_ceiling())
    long = replace(writer("nl", model=small_ceiling()).page(found[0]), peers=", ".join(NAMES * 20))
    gap = replace(long.gaps[0], what="Iets dat ontbreekt, " * 6)
    for written in (writer("nl").page(found[3]), replace(long, gaps=(gap,) * 9)):
        content = sheets.render(written)
        assert b"<xmpTPg:NPages>1</xmpTPg:NPages>" in content
        assert b"<pdfuaid:part>1</pdfuaid:part>" in content and b"/Lang(nl)" in content


def test_the_template_gets_a_whole_page_as_data():
    written, _ = rendered(fiches()[0])
    assert json.loads(json.dumps(asdict(written)))["sections"][0]["rows"][0]["label"] == "Inhabitants"


# Drawings


def test_a_year_without_a_figure_breaks_the_line():
    nothing = float("nan")
    whole, broken = (trend_line("k", own, None, "t", "d") for own in ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, nothing, 4.0]))
    assert whole.count("<polyline") == 1 and len(re.search(r'points="([^"]+)"', whole)[1].split()) == 4
    assert len(re.search(r'points="([^"]+)"', broken)[1].split()) == 2 and broken.count("<circle") == 1


def test_a_flat_line_and_a_title_with_signs_are_drawn():
    parsed(trend_line("k", [2.0, 2.0], ([1.0] * 2, [2.0] * 2, [3.0] * 2), '<b> & "', "'"))


# Configuration


def test_the_ceiling_must_be_a_line_of_quantiles_over_inhabitants():
    def names(name):
        return lambda content: content.update(fiches={"ceiling": name})

    for name in ("r1_portfolio_shift", "no_such"):
        with pytest.raises(StudyError, match=rf"fiches\.ceiling .*: '{name}' is not known.*allowed: .*s2_ceiling"):
            check_references(validate(changed(names(name))), INDICATORS, SOURCES, CODES)
    check_references(validate(changed(names("s2_ceiling_reformed"))), INDICATORS, SOURCES, CODES)
    check_references(validate(changed(names(None))), INDICATORS, SOURCES, CODES)
    with pytest.raises(StudyError, match="fiches.minimum"):
        validate(changed(lambda content: content.update(fiches={"minimum": 1})))
