"""What the estimators of the reform in panels write has Dutch, whole; terms and equations have labels."""

import pytest

from beleidsvrijheid.models import (
    dispersion,
    field_permutation,
    heterogeneous_adoption,
    period_coefficients,
    rif,
    wild_bootstrap,
)
from beleidsvrijheid.sentences import sentence

from . import published_study as study

DUTCH, ENGLISH = study.study_labels("nl"), study.study_labels("en")
TEXTS = [
    heterogeneous_adoption.COVARIANCE,
    *(field_permutation.COVARIANCE.format(basis=basis, draws=999) for basis in dispersion.IN_WORDS.values()),
    period_coefficients.COVARIANCE.format(draws=999),
    rif.NO_WILD,
    wild_bootstrap.VERDICT.format(weights="webb", draws=999),
    "wild cluster bootstrap: 1 clusters, at least 2 are needed",
    "wild cluster bootstrap: a column of the design is a combination of the columns before it",
    "joint Wald test, 3 coefficients",
    "no quasi-untreated group",
    "quasi-untreated group not rejected",
    "12 municipalities have dose zero",
    "not linear in the dose",
    "independent of the dose",
    "post: bandwidth 0.3479, 70 municipalities within",
    "post: bandwidth 1.2e-05, 70 municipalities within",
    "one year before the reform: no pre-trend can be estimated",
    "no year before the reference year: no pre-trend can be estimated",
    "2 distinct doses, fewer than 21",
    "the lowest dose is 24% of the mean dose: had_slope extrapolates to zero",
    "7 of 300 municipalities have the dose: clustered errors allow for few on one side, with which the wild bootstrap "
    "hardly rejects",
    "clustered standard errors for 7 municipalities on one side: times the root of 7/6, t with 6 degrees of freedom, joint "
    "tests by Hotelling's T-squared",
    "one municipality on one side of the dose: its own variation cannot be told from the effect",
    "post: 4 municipalities on one side for 5 coefficients",
    "4 municipalities on one side for 5 coefficients",
    "pre_trend: the covariance of its 3 coefficients has no inverse",
    "post-pre:blocks: the covariance of its 3 coefficients has no inverse",
    "2 municipalities with a negative dose: the boundary is at zero",
    "the two lowest doses are equal: no test of a quasi-untreated group",
    "3 distinct values cannot show a departure from a polynomial of order 2",
    "the dose cannot be told apart from the fixed effects in 2012, 2013",
    "a trend of this slope is found with this power; it would move the mean after by the estimate",
    "controls: values of one period times every year",
    "every municipality has the same figure in a year of 050, 087/8: no dispersion",
    "no field is left on one side of the contrast, treated or not",
    "087/8: treated",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_sentence_has_dutch(text):
    for part in text.split("; "):
        assert sentence(part, DUTCH) != part, part
    assert "{" not in sentence(text, DUTCH) + sentence(text, ENGLISH)


def test_fields_and_periods_print_as_labels():
    assert sentence("087/8: treated", DUTCH).endswith(": behandeld")
    assert not sentence("087/8: treated", DUTCH).startswith("087")
    assert sentence("post: bandwidth 0.35, 70 municipalities within", ENGLISH).startswith("after: bandwidth 0.35")
    assert DUTCH.equation("post-pre") == "na − voor"
