"""What the small estimators write has Dutch, and every term, equation and step they make has a word."""

import re

import pytest

from beleidsvrijheid.models import (
    autocorrelation,
    common_factor,
    correlation,
    dispersion_by_group,
    hurdle,
    inequality,
    mean_change,
    random_slope,
)
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.words import WORDS

from . import published_study as study

DUTCH, ENGLISH = study.study_labels("nl"), study.study_labels("en")
MODULES = (
    autocorrelation,
    common_factor,
    correlation,
    dispersion_by_group,
    hurdle,
    inequality,
    mean_change,
    random_slope,
)
SAID = [
    "indicator vte_per_1000 is not in the panel: no source at hand has the years it needs",
    "zero or negative, no logarithm",
    "log_population: restricted cubic spline, knots 8, 9, 10",
    "log_population x vte_per_1000, both centred at their sample mean",
    "log_population~1: column removed, constant in this sample",
    "no year of the post window has a value",
    "40 rows for 20 intercepts and 20 slopes",
    "2 fields for a common factor, fewer than 3",
    "071: shares fewer than 30 municipalities with another field; left out",
    "lag 5: only 4 consecutive years",
    "within: 3 municipalities without a value in every year are left out",
    "within: 0 municipalities with every year, 9 years; not estimated",
    autocorrelation.EXPLOSIVE.format(1.076),
    random_slope.DRIFT.format(0.42),
    "3 municipalities have a negative value, such as 90003",
    "size_band=4 has 5 municipalities, fewer than 10",
    "zero in 12 of 400 rows; they are in the equation any only",
    "any: zeros and ones are separated by log_population",
    "074: 12 municipalities, fewer than 30",
    "vte_per_1000: not logged, it is a spline",
    "vte_per_1000: not logged, it is transformed already; spending_eur: ln(1 + x)",
    "vte_per_1000: not logged, it has negative values",
]


@pytest.mark.parametrize("module", MODULES)
def test_covariances_have_dutch(module):
    text = module.COVARIANCE.format(draws=999, n=285)
    for part in text.split("; "):
        assert sentence(part, DUTCH) != part, part
    assert sentence(text, ENGLISH) == text


@pytest.mark.parametrize("text", SAID)
def test_refusals_warnings_and_steps_have_dutch(text):
    assert sentence(text, DUTCH) != text


def test_a_sentence_about_one_field_keeps_the_field():
    assert sentence("074: 12 municipalities, fewer than 30", DUTCH) == "Sport: 12 gemeenten, minder dan 30"
    assert sentence("074: something new", DUTCH) == "074: something new"
    assert sentence("nothing: 12 municipalities, fewer than 30", DUTCH) == "nothing: 12 municipalities, fewer than 30"


def test_terms_and_equations_have_words():
    terms = {*random_slope.TERMS, *common_factor.TERMS, *inequality.TERMS, *dispersion_by_group.MEASURES}
    terms |= {
        *dispersion_by_group.RATIO_NULLS,
        "mean",
        "median",
        "ar1",
        "ar1_uncorrected",
        hurdle.CYCLE,
        "residual_autocorrelation",
    }
    assert not {term for term in terms if f"term.{term}" not in WORDS}
    equations = {*correlation.KINDS, hurdle.ANY, hurdle.AMOUNT, "level", "within", "weighted", "unweighted", "random"}
    assert not {name for name in equations if f"basket.{name}" not in WORDS}
    assert not [key for key in ("step.spline", "step.windows", "block.cycle", "block.interaction") if key not in WORDS]
    assert re.fullmatch(r"cycle=\d", f"{hurdle.CYCLE}=5")
