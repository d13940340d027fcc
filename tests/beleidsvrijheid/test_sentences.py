"""Sentences of models and plans: in Dutch whole or not at all, ids as labels, nothing lost."""

import re

import pytest

from beleidsvrijheid.models import dispersion, linear, quantile, share
from beleidsvrijheid.planning import Need, unmet
from beleidsvrijheid.sentences import FIXED, WHOLE, WITHIN, sentence
from beleidsvrijheid.study import load_study

from . import published_study as study

DUTCH, ENGLISH = study.study_labels("nl"), study.study_labels("en")
COVARIANCES = [
    *(words.format(by="municipality", n=283) for words in linear.COVARIANCES.values()),
    linear.CLUSTERED_CONVENTION,
    *(dispersion.COVARIANCE.format(basis=basis, draws=999) for basis in dispersion.IN_WORDS.values()),
    dispersion.PITMAN_MORGAN,
    quantile.COVARIANCE.format(draws=999),
    share.COVARIANCE,
]


@pytest.mark.parametrize("text", COVARIANCES)
def test_every_covariance_of_the_models_has_dutch(text):
    for part in text.split("; "):
        assert sentence(part, DUTCH) != part, part
    assert sentence(text, ENGLISH) == text


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("52 municipalities, fewer than 100", "52 gemeenten, minder dan 100"),
        ("municipalities x portfolio_shift domains", "gemeenten × Portefeuilleverschuiving (beleidsdomeinen)"),
        ("074: no figure in at least one year", "Sport: geen cijfer in minstens één jaar"),
        (
            "post_reform: column removed, by the fixed effects",
            "Na de hervorming: kolom vervalt, door de vaste effecten",
        ),
        ("one row only: nis 11001, 11002", "maar één rij: nis 11001, 11002"),
        ("smallest: 1 municipalities", "kleinste gemeenten: 1"),
        ("my_rule: 3 municipalities", "my_rule: 3"),
        ("any: the logit does not converge", "wel of niet: de logit convergeert niet"),
        (
            "simulated data are not held against published figures",
            "gesimuleerde gegevens worden niet naast gepubliceerde cijfers gelegd",
        ),
        (
            "016: positive in both periods for 49 municipalities, fewer than 100; no estimate",
            "Ontwikkelingssamenwerking: positief in beide perioden voor 49 gemeenten, minder dan 100; geen schatting",
        ),
        ("0902: 3 values are not positive: no logarithm", "Integratie: 3 waarden zijn niet positief: geen logaritme"),
        (
            "log_population: one value a municipality (period pre)",
            "ln inwoners: één waarde per gemeente (voor de hervorming)",
        ),
        (
            "no block column can be estimated; removed: a, b",
            "geen kolom van een blok kan geschat worden; verwijderd: a, b",
        ),
    ],
)
def test_steps_and_refusals_have_dutch(text, dutch):
    assert sentence(text, DUTCH) == dutch


def test_an_absent_source_keeps_its_file_and_publisher():
    text = "vte_per_1000 needs source staff, which is absent: no file data/raw/staff/* (Statistiek Vlaanderen; ABB)"
    assert sentence(f"{text}; {text}", DUTCH).count("geen bestand data/raw/staff/* (Statistiek Vlaanderen; ABB)") == 2
    assert sentence(text, ENGLISH).startswith("FTE per 1000 inhabitants needs source staff")


@pytest.mark.parametrize("present", [set(), {"bbc_accounts_by_field_operating"}])
def test_what_the_plan_says_of_absent_and_coarser_sources_has_dutch(project_root, present):
    study_now = load_study(project_root, project_root, {"geography": {"vintage": 308}, "data": {"on_absent": "refuse"}})
    needs = [Need("portfolio_shift", ("bbc_accounts_by_field_operating",))]
    (text,) = unmet(needs, present, study_now.configuration, study_now.sources)
    assert sentence(text, DUTCH) != text and "vraagt bron" in sentence(text, DUTCH)


@pytest.mark.parametrize("text", ["", "something new; 52 municipalities stayed", "a {brace} % \\1", "x: y; "])
def test_what_no_pattern_knows_is_left_alone(text):
    assert sentence(text, DUTCH) == text


def test_templates_use_the_groups_of_their_pattern():
    for pattern, *templates in (*WITHIN, *WHOLE):
        groups = set(re.compile(pattern).groupindex)
        for template in filter(None, templates):
            assert set(re.findall(r"{(\w+)}", template)) == groups, pattern
    fixed = {
        text for pattern, *_ in WHOLE for found in re.findall(r"<fixed>([^)]*)", pattern) for text in found.split("|")
    }
    assert fixed == set(FIXED)
