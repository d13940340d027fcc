"""Sentences that models and plans write in English, as a reader of the run's language sees them.

What no pattern knows stays in English: a sentence is never half translated, and never lost.
"""

import re
from collections.abc import Callable
from typing import Protocol

from beleidsvrijheid.words import LANGUAGES


class Names(Protocol):
    """What a sentence needs from `publication.Labels`."""

    language: str

    def term(self, term: str) -> str:
        """Label of a term."""

    def place(self, beleidsveld: str) -> str:
        """Label of a field or basket."""


# Groups: term* is an indicator or estimated term, place* a field or basket, fixed* one of FIXED; others print as they are.
# (pattern, nl, en). Found anywhere in a text: sentences of planning.py, which name files and publishers.
WITHIN = (
    (
        r"(?P<term>\w+) needs source (?P<source>[\w ]+), which is absent: no file (?P<file>\S+)",
        "{term} vraagt bron {source}, die ontbreekt: geen bestand {file}",
        "{term} needs source {source}, which is absent: no file {file}",
    ),
    (
        r"(?P<term>\w+) needs source (?P<source>\w+), which is on (?P<n>\d+) municipalities; vintage (?P<vintage>\d+) is finer "
        r"and units are never split",
        "{term} vraagt bron {source}, met {n} gemeenten; indeling {vintage} is fijner en gemeenten worden nooit gesplitst",
        "{term} needs source {source}, which is on {n} municipalities; vintage {vintage} is finer and units are never split",
    ),
)
# Whole sentences: refusals, steps of a sample, covariances, tests that do not apply (models/*.py, inference.py).
WHOLE = (
    (r"(?P<n>\d+) municipalities, fewer than (?P<m>\d+)", "{n} gemeenten, minder dan {m}", ""),
    (
        r"(?P<place>[\w/]+): positive in both periods for (?P<n>\d+) municipalities, fewer than (?P<m>\d+)",
        "{place}: positief in beide perioden voor {n} gemeenten, minder dan {m}",
        "{place}: positive in both periods for {n} municipalities, fewer than {m}",
    ),
    (
        r"no field is positive in both periods for (?P<m>\d+) municipalities",
        "geen veld is in beide perioden positief voor {m} gemeenten",
        "",
    ),
    (
        r"no row of (?P<term>\w+) is left \(see the sample ledger\)",
        "geen rij van {term} blijft over (zie de verantwoording van de steekproef)",
        "no row of {term} is left (see the account of the sample)",
    ),
    (
        r"no municipality has (?P<term>\w+) for (?P<place>[\w/]+)",
        "geen gemeente heeft {term} voor {place}",
        "no municipality has {term} for {place}",
    ),
    (
        r"no municipality has (?P<term>\w+) for no field",
        "geen gemeente heeft {term}",
        "no municipality has {term}",
    ),
    (r"no municipality has a value", "geen gemeente heeft een waarde", ""),
    (r"(?P<n>\d+) rows for (?P<k>\d+) coefficients", "{n} rijen voor {k} coëfficiënten", ""),
    (
        r"(?P<n>\d+) rows for (?P<k>\d+) coefficients and fixed effects",
        "{n} rijen voor {k} coëfficiënten en vaste effecten",
        "",
    ),
    (r"the outcome has the same value in every row", "de uitkomst heeft in elke rij dezelfde waarde", ""),
    (r"municipalities x (?P<term>\w+)", "gemeenten × {term}", "municipalities × {term}"),
    (
        r"municipalities x (?P<term>\w+) (?P<place>[\w/]+)",
        "gemeenten × {term} ({place})",
        "municipalities × {term} ({place})",
    ),
    (
        r"municipality-years (?P<years>[\d-]+) x (?P<term>\w+)",
        "gemeentejaren {years} × {term}",
        "municipality-years {years} × {term}",
    ),
    (
        r"municipality-years (?P<years>[\d-]+) x (?P<term>\w+) (?P<place>[\w/]+)",
        "gemeentejaren {years} × {term} ({place})",
        "municipality-years {years} × {term} ({place})",
    ),
    (r"(?P<place>[\w/]+): municipalities", "{place}: gemeenten", "{place}: municipalities"),
    (
        r"(?P<rule>\w+): (?P<n>\d+) municipalities",
        "{rule}, gemeenten: {n}",
        "{rule}, municipalities: {n}",
    ),
    (
        r"(?P<place>[\w/]+): (?P<fixed>no figure in at least one year|no figure in at least one window|"
        r"zero or negative in at least one year|zero or negative in at least one window)",
        "{place}: {fixed}",
        "{place}: {fixed}",
    ),
    (r"(?P<fixed>no value of the outcome|one row only)", "{fixed}", ""),
    (
        r"(?P<term>\w+): (?P<fixed>yearly values|one value a municipality)",
        "{term}: {fixed}",
        "{term}: {fixed}",
    ),
    (
        r"(?P<term>\w+): one value a municipality \(period (?P<period>[\w, ]+)\)",
        "{term}: één waarde per gemeente (periode {period})",
        "{term}: one value a municipality (period {period})",
    ),
    (
        r"no block column can be estimated; removed: (?P<names>.+)",
        "geen kolom van een blok kan geschat worden; verwijderd: {names}",
        "",
    ),
    (
        r"row (?P<nis>\w+) is the only one of its kind and is fitted exactly \(leverage 1\); "
        r"next step: exclude it or drop a column of (?P<names>.+)",
        "rij {nis} is de enige in haar soort en wordt exact gepast (leverage 1); laat haar weg of schrap een kolom van {names}",
        "",
    ),
    (
        r"(?P<term>\w+=\S+): (?P<nis>\w+) is the only municipality \(leverage 1\)",
        "{term}: {nis} is de enige gemeente (leverage 1)",
        "{term}: {nis} is the only municipality (leverage 1)",
    ),
    (
        r"one row only: (?P<fixed>nis|year) (?P<names>[\w, ]+)",
        "maar één rij: {fixed} {names}",
        "one row only: {fixed} {names}",
    ),
    (
        r"(?P<term>\w+): reference category (?P<level>\S+) \((?P<n>\d+) municipalities\)",
        "{term}: referentiecategorie {level} ({n} gemeenten)",
        "{term}: reference category {level} ({n} municipalities)",
    ),
    (
        r"(?P<term>\w+) x block columns, these centred at their sample mean",
        "{term} × kolommen van de blokken, gecentreerd op hun gemiddelde in de steekproef",
        "{term} × block columns, these centred at their sample mean",
    ),
    (
        r"(?P<term>[\w:=.]+): column removed, (?P<fixed>by the fixed effects|constant in this sample|"
        r"a combination of the columns before it)",
        "{term}: kolom vervalt, {fixed}",
        "{term}: column removed, {fixed}",
    ),
    (r"homoskedastic", "homoskedastisch", ""),
    (r"heteroskedasticity-robust, (?P<kind>HC\d)", "robuust voor heteroskedasticiteit, {kind}", ""),
    (r"clustered by municipality, (?P<n>\d+) clusters", "geclusterd per gemeente, {n} clusters", ""),
    (
        r"clustered standard errors: sandwich x G/\(G-1\) x \(N-1\)/\(N-K\), G clusters, K coefficients with the constant "
        r"and the fixed effects not nested in the clusters",
        "geclusterde standaardfouten: sandwich x G/(G-1) x (N-1)/(N-K), G clusters, K coëfficiënten met de constante en de "
        "vaste effecten die niet binnen de clusters vallen",
        "",
    ),
    (r"nested fixed effects are not counted", "vaste effecten binnen de clusters tellen niet mee", ""),
    (
        r"t with G-1 degrees of freedom \(the rule of fixest, reghdfe and Stata\)",
        "t met G-1 vrijheidsgraden (de regel van fixest, reghdfe en Stata)",
        "",
    ),
    (
        r"bootstrap over municipalities, (?P<fixed>joint over quantiles|all years and fields together), (?P<n>\d+) draws",
        "bootstrap over gemeenten, {fixed}, {n} trekkingen",
        "",
    ),
    (
        r"bias-corrected \(BC\) intervals and the p-values that agree with them",
        "voor vertekening gecorrigeerde (BC) intervallen en de p-waarden die daarmee stroken",
        "",
    ),
    (
        r"dispersion per year averaged over the years of a window, municipalities positive in every year",
        "spreiding per jaar, gemiddeld over de jaren van een periode, gemeenten die elk jaar positief zijn",
        "",
    ),
    (
        r"dispersion of window means, municipalities positive in both windows",
        "spreiding van periodegemiddelden, gemeenten die in beide perioden positief zijn",
        "",
    ),
    (
        r"Pitman-Morgan: t with N-2 degrees of freedom and Fisher's z interval, normal theory",
        "Pitman-Morgan: t met N-2 vrijheidsgraden en Fishers z-interval, normale theorie",
        "",
    ),
    (r"Wilson score interval", "Wilson-score-interval", ""),
    (
        r"statistic and p-value test the share against one half \(score test\)",
        "toetsingsgrootheid en p-waarde toetsen het aandeel tegen een half (scoretoets)",
        "",
    ),
    (
        r"(?P<estimator>\w+): only for least squares on one row per municipality",
        "{estimator}: alleen voor kleinste kwadraten met één rij per gemeente",
        "",
    ),
)
# Words inside a pattern: nl.
FIXED = {
    "no figure in at least one year": "geen cijfer in minstens één jaar",
    "no figure in at least one window": "geen cijfer in minstens één periode",
    "zero or negative in at least one year": "nul of negatief in minstens één jaar",
    "zero or negative in at least one window": "nul of negatief in minstens één periode",
    "no value of the outcome": "geen waarde van de uitkomst",
    "one row only": "maar één rij",
    "yearly values": "jaarlijkse waarden",
    "one value a municipality": "één waarde per gemeente",
    "by the fixed effects": "door de vaste effecten",
    "constant in this sample": "constant in deze steekproef",
    "a combination of the columns before it": "een combinatie van eerdere kolommen",
    "joint over quantiles": "alle kwantielen samen",
    "all years and fields together": "alle jaren en velden samen",
    "nis": "nis",
    "year": "jaar",
}


def sentence(text: str, names: Names) -> str:
    """The text of a model or plan in the reader's language, ids as labels; unknown parts unchanged.

    text: one sentence, or several joined by semicolons.
    """
    known = _within(text, names)
    if known != text:
        return known
    whole = _whole(text, names)
    return whole if whole is not None else "; ".join(_whole(part, names) or part for part in text.split("; "))


def _within(text: str, names: Names) -> str:
    for pattern, *templates in WITHIN:
        template = templates[LANGUAGES.index(names.language)]
        text = re.sub(pattern, lambda found, template=template: _filled(template, found, names), text)
    return text


def _whole(text: str, names: Names) -> str | None:
    for pattern, *templates in WHOLE:
        found = re.fullmatch(pattern, text)
        if found:
            template = templates[LANGUAGES.index(names.language)]
            return _filled(template, found, names) if template else text
    return None


def _filled(template: str, found: re.Match[str], names: Names) -> str:
    words: dict[str, Callable[[str], str]] = {
        "term": names.term,
        "place": names.place,
        "fixed": lambda text: FIXED[text] if names.language == "nl" else text,
    }
    return template.format(**{key: words.get(key, str)(value) for key, value in found.groupdict().items()})
