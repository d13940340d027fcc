"""Captions: what is shown, from the run itself, and nothing that reStructuredText would run."""

from dataclasses import replace

import pytest
from docutils.core import publish_parts

from beleidsvrijheid.captions import escape, figure_caption, table_caption
from beleidsvrijheid.figures import KINDS as FIGURES
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.tables import KINDS as TABLES
from beleidsvrijheid.tables.regression import CR3

from . import published_study as study

HOSTILE = ".. raw:: html <script> `x`_ **b** |s| {{ 7 * 7 }} \\ $a$ :math:`x`"


def caption(make, kind, language="en", label="Shift", source="simulated"):
    first = study.regression_result("r1_portfolio_shift", label)
    gone = study.refused(study.regression_result("r1_own_change", "Own"))
    return make(kind, {result.name: result for result in (first, gone)}, study.study_labels(language), source)


def as_html(text: str) -> str:
    return publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["body"]


OF_ALL = ("descriptives", "attrition", "codebook")
CASES = [(table_caption, kind) for kind in TABLES if kind not in OF_ALL] + [(figure_caption, kind) for kind in FIGURES]


@pytest.mark.parametrize(("make", "kind"), CASES)
def test_a_caption_says_what_which_n_covariance_and_data(make, kind):
    page = as_html(caption(make, kind))
    assert "r1_portfolio_shift" in page and "N = 1,279" in page
    assert "heteroskedasticity-robust HC3" in page and SIMULATED in page
    assert "not estimated: 12 municipalities are left" in page


@pytest.mark.parametrize("kind", OF_ALL)
def test_a_caption_about_all_specifications_counts_them(kind):
    page = as_html(caption(table_caption, kind))
    assert "2 specifications, of which 1 not estimated (Own)" in page and "r1_portfolio_shift" not in page


def test_a_caption_names_the_jackknife():
    first = study.regression_result("e3", "E3")
    fit = first.fit | {"clustered_convention": f"maximum likelihood, {CR3}"}
    page = as_html(table_caption("regression", {"e3": replace(first, fit=fit)}, study.study_labels("en"), "open"))
    assert "; maximum likelihood, (CR3)" in " ".join(page.split())


def test_captions_follow_the_language():
    assert "N = 1.279" in as_html(caption(figure_caption, "coefficients", "nl"))
    assert "Steekproef: 1.285 rijen, 1.279 gebruikt" in as_html(caption(table_caption, "regression", "nl"))
    assert SIMULATED not in caption(figure_caption, "coefficients", source="open")


def test_hostile_labels_are_text():
    page = as_html(caption(figure_caption, "attribution", label=HOSTILE))
    assert "<script" not in page and "system-message" not in page and "<strong>b" not in page
    assert "{{ 7 * 7 }}" in page and "**b**" in page and "<em>" not in page


@pytest.mark.parametrize("text", ["1. first", "- item", "* item", "(1) x", ".. note:: x", "====", "a::", "x_", "\\"])
def test_escaped_text_is_one_paragraph(text):
    assert as_html(escape(text) + "\n").strip().startswith("<p>")
