"""Sentences that models and plans write in English, as a reader of the run's language sees them.

What no pattern knows stays in English: a sentence is never half translated, and never lost.
"""

import re
from collections.abc import Callable
from typing import Protocol

from beleidsvrijheid.words import LANGUAGES, word_or


class Names(Protocol):
    """What a sentence needs from `publication.Labels`."""

    language: str

    def term(self, term: str) -> str:
        """Label of a term."""

    def place(self, beleidsveld: str) -> str:
        """Label of a field or basket."""


# Groups: term is an indicator or estimated term, place a field or basket, rule an outlier rule, fixed one of FIXED; others
# print as they are.
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
    (
        r"(?P<term>\w+) needs rows in source (?P<source>\w+), whose files have none of it",
        "{term} vraagt rijen in bron {source}, en de bestanden daarvan hebben er geen",
        "{term} needs rows in source {source}, whose files have none of it",
    ),
)
# Whole sentences: refusals, steps of a sample, covariances, tests that do not apply (models/*.py, inference.py).
WHOLE = (
    # many cells at once (multiverse/kernel.py, permutation.py, joint.py)
    (
        r"does not vary once municipality effects are taken out: (?P<names>.+)",
        "verandert niet zodra de gemeente-effecten eruit zijn: {names}",
        "",
    ),
    (
        r"does not vary once year effects are taken out: (?P<names>.+)",
        "verandert niet zodra de jaareffecten eruit zijn: {names}",
        "",
    ),
    (
        r"does not vary once municipality and year effects are taken out: (?P<names>.+)",
        "verandert niet zodra de gemeente- en jaareffecten eruit zijn: {names}",
        "",
    ),
    (r"does not vary in these rows: (?P<names>.+)", "verandert niet in deze rijen: {names}", ""),
    (r"combinations of the other columns: (?P<names>.+)", "combinaties van de andere kolommen: {names}", ""),
    (
        r"the outcome is an exact combination of these columns: (?P<names>.+)",
        "de uitkomst is een exacte combinatie van deze kolommen: {names}",
        "",
    ),
    (
        r"clustered by (?P<fixed>municipality|year): (?P<n>\d+) clusters, at least 2 are needed",
        "geclusterd per {fixed}: {n} clusters, er zijn er minstens 2 nodig",
        "",
    ),
    (
        r"(?P<n>\d+) rows are fitted exactly \(leverage 1\) by (?P<names>.+)",
        "{n} rijen worden exact gepast (leverage 1) door {names}",
        "",
    ),
    (
        r"the variance of the coefficient is not positive, which two-way clustering can give",
        "de variantie van de coëfficiënt is niet positief, wat bij clusteren in twee richtingen kan",
        "",
    ),
    (
        r"the scores cancel within every cluster, so (?:the|a) clustered error is zero(?P<names>(?:: .+)?)",
        "de scores heffen elkaar in elke cluster op, zodat een geclusterde fout nul is{names}",
        "",
    ),
    (
        r"varies in too few digits that a float holds: (?P<names>.+)",
        "verandert in te weinig cijfers die een kommagetal vasthoudt: {names}",
        "",
    ),
    (
        r"(?P<term>[^:]+): figures up to (?P<size>\S+) that vary by (?P<spread>[^,]+), too few digits of which a float holds; "
        r"subtract a constant",
        "{term}: cijfers tot {size} die {spread} verschillen, waarvan een kommagetal te weinig cijfers vasthoudt; trek er een "
        "constante van af",
        "{term}: figures up to {size} that vary by {spread}, too few digits of which a float holds; subtract a constant",
    ),
    (r"tested by t clustered by municipality", "getoetst met t geclusterd per gemeente", ""),
    (
        r"permutation: no two municipalities of one stratum have the same rows, so that none can change place",
        "permutatie: geen twee gemeenten van een stratum hebben dezelfde rijen, zodat er geen van plaats kan wisselen",
        "",
    ),
    (
        r"permutation: no two fields of one stratum have the same rows, so that none can change place",
        "permutatie: geen twee beleidsvelden van een stratum hebben dezelfde rijen, zodat er geen van plaats kan wisselen",
        "",
    ),
    (r"joint tests: no specification has draws", "gezamenlijke toetsen: geen enkele specificatie heeft trekkingen", ""),
    (r"(?P<n>\d+) years permuted, (?P<draws>\d+) draws", "{n} jaren gepermuteerd, {draws} trekkingen", ""),
    # reform in panels: wild bootstrap, event study, heterogeneous adoption, permuted fields, coefficients by period
    (
        r"wild cluster bootstrap, (?P<weights>\w+), (?P<n>\d+) draws",
        "wild clusterbootstrap, {weights}, {n} trekkingen",
        "",
    ),
    (
        r"wild cluster bootstrap: (?P<n>\d+) clusters, at least 2 are needed",
        "wild clusterbootstrap: {n} clusters, er zijn er minstens 2 nodig",
        "",
    ),
    (
        r"wild cluster bootstrap: a column of the design is a combination of the columns before it",
        "wild clusterbootstrap: een kolom is een combinatie van eerdere kolommen",
        "",
    ),
    (r"wild cluster bootstrap: the standard error is zero", "wild clusterbootstrap: de standaardfout is nul", ""),
    (
        r"wild cluster bootstrap: the outcome is an exact combination of the columns",
        "wild clusterbootstrap: de uitkomst is een exacte combinatie van de kolommen",
        "",
    ),
    (
        r"wild cluster bootstrap: the scores cancel within every cluster, so the standard error is zero",
        "wild clusterbootstrap: de scores heffen elkaar in elke cluster op, zodat de standaardfout nul is",
        "",
    ),
    # language of specifications: transforms, weights, covariances of panels, random effects (models/transforms.py, sample.py,
    # panel_covariance.py, least_squares.py, random_effects.py)
    (
        r"(?P<term>\w+\([\w()]+\)): (?P<fixed>zero or negative, no logarithm|negative|no value a year earlier)",
        "{term}: {fixed}",
        "{term}: {fixed}",
    ),
    (
        r"(?P<term>[\w()]+): no value (?P<n>\d+) years earlier",
        "{term}: geen waarde {n} jaar vroeger",
        "{term}: no value {n} years earlier",
    ),
    (
        r"(?P<term>[\w()]+): standardised over (?P<n>\d+) rows",
        "{term}: gestandaardiseerd over {n} rijen",
        "{term}: standardised over {n} rows",
    ),
    (
        r"(?P<term>\w+): one analytic weight a municipality",
        "{term}: één analytisch gewicht per gemeente",
        "{term}: one analytic weight a municipality",
    ),
    (
        r"weights: (?P<term>\w+) is not above zero for (?P<n>\d+) municipalities",
        "gewichten: {term} is niet groter dan nul voor {n} gemeenten",
        "weights: {term} is not above zero for {n} municipalities",
    ),
    (
        r"missing: refuse, and of (?P<n>\d+) rows these lack a value: (?P<names>[\w, ]+)",
        "missing: refuse, en van {n} rijen ontbreekt een waarde: {names}",
        "",
    ),
    (
        r"weighted by (?P<term>\w+) \(analytic weights\)",
        "gewogen met {term} (analytische gewichten)",
        "weighted by {term} (analytic weights)",
    ),
    (r"not computed with weights", "niet berekend met gewichten", ""),
    (
        r"two-way clustered by municipality and year, (?P<n>\d+) and (?P<m>\d+) clusters",
        "geclusterd in twee richtingen, per gemeente en per jaar, {n} en {m} clusters",
        "",
    ),
    (
        r"(?P<n>\d+) clusters of (?P<fixed>municipality|year): with fewer than (?P<m>\d+) the tests reject too often",
        "{n} clusters van {fixed}: met minder dan {m} verwerpen de toetsen te vaak",
        "",
    ),
    (
        r"the two-way covariance is not positive semi-definite: a variance below zero gives no standard error",
        "de covariantie in twee richtingen is niet positief semidefiniet: een variantie onder nul geeft geen standaardfout",
        "",
    ),
    (
        r"two-way clustered standard errors: V\(municipality\) \+ V\(year\) - V\(municipality and year\), each sandwich x "
        r"G/\(G-1\) x \(N-1\)/\(N-K\) with its own G \(Cameron, Gelbach & Miller 2011\)",
        "in twee richtingen geclusterde standaardfouten: V(gemeente) + V(jaar) - V(gemeente en jaar), elk sandwich x G/(G-1) x "
        "(N-1)/(N-K) met een eigen G (Cameron, Gelbach & Miller 2011)",
        "",
    ),
    (
        r"fixed effects nested in either cluster are not counted in K",
        "vaste effecten binnen een van beide clusters tellen niet mee in K",
        "",
    ),
    (r"t with the smaller G-1 degrees of freedom", "t met de kleinste G-1 vrijheidsgraden", ""),
    (
        r"Driscoll-Kraay, bandwidth (?P<n>\d+) years, (?P<m>\d+) years",
        "Driscoll-Kraay, bandbreedte {n} jaar, {m} jaren",
        "",
    ),
    (
        r"Driscoll-Kraay: a bandwidth of (?P<n>\d+) years needs more than (?P<m>\d+) years",
        "Driscoll-Kraay: een bandbreedte van {n} jaar vraagt meer dan {m} jaren",
        "",
    ),
    (
        r"Driscoll-Kraay standard errors: scores summed by year, autocovariances with weights 1 - lag/\(bandwidth \+ 1\), x "
        r"N/\(N-K\), K coefficients with the constant and all fixed effects",
        "standaardfouten van Driscoll-Kraay: scores opgeteld per jaar, autocovarianties met gewichten 1 - vertraging/(bandbreedte "
        "+ 1), x N/(N-K), K coëfficiënten met de constante en alle vaste effecten",
        "",
    ),
    (r"t with T-1 degrees of freedom, T years", "t met T-1 vrijheidsgraden, T jaren", ""),
    (
        r"as least squares with a dummy for every fixed effect",
        "als kleinste kwadraten met een dummy voor elk vast effect",
        "",
    ),
    (
        r"p-values and intervals: wild cluster bootstrap, (?P<weights>\w+), (?P<n>\d+) draws",
        "p-waarden en intervallen: wild clusterbootstrap, {weights}, {n} trekkingen",
        "",
    ),
    (r"the null imposed", "de nulhypothese opgelegd", ""),
    (r"the constant is not tested", "de constante is niet getoetst", ""),
    (
        r"the fixed effects leave nothing of reformed x post",
        "de vaste effecten laten niets over van hervormd × na",
        "",
    ),
    (r"random municipality effects, Swamy-Arora", "willekeurige gemeente-effecten, Swamy-Arora", ""),
    (
        r"share of the variance between municipalities (?P<share>[\d.e+-]+)",
        "aandeel van de variantie tussen gemeenten {share}",
        "",
    ),
    (
        r"(?P<n>\d+) rows of (?P<m>\d+) municipalities: no variance left within municipalities",
        "{n} rijen van {m} gemeenten: geen variantie over binnen gemeenten",
        "",
    ),
    (
        r"(?P<n>\d+) municipalities for (?P<k>\d+) coefficients: none left between municipalities",
        "{n} gemeenten voor {k} coëfficiënten: geen over tussen gemeenten",
        "",
    ),
    (
        r"no regressor varies within municipalities beside the others: there is no mean to test",
        "geen verklarende variabele varieert binnen gemeenten naast de andere: er is geen gemiddelde te toetsen",
        "",
    ),
    (
        r"Mundlak's test rejects random effects: municipality effects go with the regressors",
        "de toets van Mundlak verwerpt willekeurige effecten: gemeente-effecten hangen samen met de verklarende variabelen",
        "",
    ),
    (r"joint Wald test, (?P<n>\d+) coefficients", "gezamenlijke Wald-toets, {n} coëfficiënten", ""),
    (
        r"had_slope: local linear at dose 0, Epanechnikov kernel, bandwidth of least estimated mean square error, robust "
        r"bias-corrected standard error, interval and p-value around the corrected slope",
        "heterogene invoering: lokaal lineair bij dosis 0, Epanechnikov-kern, bandbreedte met de kleinste geschatte gemiddelde "
        "kwadratische fout; robuuste, voor vertekening gecorrigeerde standaardfout, interval en p-waarde rond de gecorrigeerde "
        "helling",
        "heterogeneous adoption: local linear at dose 0, Epanechnikov kernel, bandwidth of least estimated mean square error, "
        "robust bias-corrected standard error, interval and p-value around the corrected slope",
    ),
    (
        r"twfe_slope: heteroskedasticity-robust, HC3",
        "tweeweg-effecten: robuust voor heteroskedasticiteit, HC3",
        "two-way fixed effects: heteroskedasticity-robust, HC3",
    ),
    (r"no quasi-untreated group", "geen quasi-onbehandelde groep", ""),
    (r"quasi-untreated group not rejected", "quasi-onbehandelde groep niet verworpen", ""),
    (r"(?P<n>\d+) municipalities have dose zero", "{n} gemeenten hebben dosis nul", ""),
    (r"linear in the dose", "lineair in de dosis", ""),
    (r"not linear in the dose", "niet lineair in de dosis", ""),
    (r"independent of the dose", "onafhankelijk van de dosis", ""),
    (r"not independent of the dose", "niet onafhankelijk van de dosis", ""),
    (
        r"(?P<place>\w+): bandwidth (?P<h>[\d.e+-]+), (?P<n>\d+) municipalities within",
        "{place}: bandbreedte {h}, {n} gemeenten erbinnen",
        "{place}: bandwidth {h}, {n} municipalities within",
    ),
    (
        r"one year before the reform: no pre-trend can be estimated",
        "één jaar voor de hervorming: geen trend vooraf te schatten",
        "",
    ),
    (
        r"no year before the reference year: no pre-trend can be estimated",
        "geen jaar voor het referentiejaar: geen trend vooraf te schatten",
        "",
    ),
    (
        r"the lowest dose is (?P<n>\d+)% of the mean dose: had_slope extrapolates to zero",
        "de laagste dosis is {n}% van de gemiddelde: de helling van heterogene invoering extrapoleert naar nul",
        "the lowest dose is {n}% of the mean dose: the slope of heterogeneous adoption extrapolates to zero",
    ),
    (
        r"(?P<n>\d+) of (?P<m>\d+) municipalities have the dose: clustered errors allow for few on one side, with which the "
        r"wild bootstrap hardly rejects",
        "{n} van {m} gemeenten hebben de dosis: geclusterde fouten houden rekening met weinig gemeenten aan één kant; daarmee "
        "verwerpt de wild bootstrap haast nooit",
        "",
    ),
    (
        r"clustered standard errors for (?P<few>\d+) municipalities on one side: times the root of (?P<up>\d+)/(?P<down>\d+), "
        r"t with (?P<df>\d+) degrees of freedom, joint tests by Hotelling's T-squared",
        "geclusterde standaardfouten voor {few} gemeenten aan één kant: maal de wortel van {up}/{down}, t met {df} "
        "vrijheidsgraden, gezamenlijke toetsen met Hotellings T-kwadraat",
        "",
    ),
    (
        r"one municipality on one side of the dose: its own variation cannot be told from the effect",
        "één gemeente aan één kant van de dosis: haar eigen schommeling is niet van het effect te onderscheiden",
        "",
    ),
    (
        r"(?P<term>post|pre_trend): (?P<n>\d+) municipalities on one side for (?P<k>\d+) coefficients",
        "{term}: {n} gemeenten aan één kant voor {k} coëfficiënten",
        "",
    ),
    (
        r"(?P<n>\d+) municipalities on one side for (?P<k>\d+) coefficients",
        "{n} gemeenten aan één kant voor {k} coëfficiënten",
        "",
    ),
    (
        r"(?P<what>[\w:.-]+): the covariance of its (?P<k>\d+) coefficients has no inverse",
        "{what}: de covariantie van de {k} coëfficiënten heeft geen inverse",
        "",
    ),
    (r"(?P<n>\d+) distinct doses, fewer than (?P<m>\d+)", "{n} verschillende doses, minder dan {m}", ""),
    (
        r"(?P<n>\d+) distinct doses near the boundary for a polynomial of degree (?P<m>\d+)",
        "{n} verschillende doses bij de grens voor een veelterm van graad {m}",
        "",
    ),
    (
        r"the outcome has no curvature and no noise near the boundary: no bandwidth can be chosen",
        "de uitkomst heeft bij de grens kromming noch ruis: geen bandbreedte te kiezen",
        "",
    ),
    (
        r"(?P<n>\d+) municipalities with a negative dose: the boundary is at zero",
        "{n} gemeenten met een negatieve dosis: de grens ligt bij nul",
        "",
    ),
    (
        r"the two lowest doses are equal: no test of a quasi-untreated group",
        "de twee laagste doses zijn gelijk: geen toets van een quasi-onbehandelde groep",
        "",
    ),
    (
        r"(?P<n>\d+) distinct values cannot show a departure from a polynomial of order (?P<m>\d+)",
        "{n} verschillende waarden kunnen geen afwijking van een veelterm van orde {m} tonen",
        "",
    ),
    (
        r"the dose cannot be told apart from the fixed effects in (?P<years>[\d, ]+)",
        "de dosis is niet te onderscheiden van de vaste effecten in {years}",
        "",
    ),
    (
        r"a trend of this slope is found with this power",
        "een trend met deze helling wordt met dit vermogen gevonden",
        "",
    ),
    (
        r"it would move the mean after by the estimate",
        "hij zou het gemiddelde achteraf met de schatting verschuiven",
        "",
    ),
    (
        r"controls: values of one period times every year",
        "controlevariabelen: waarden van één periode maal elk jaar",
        "",
    ),
    (
        r"every municipality has the same figure in a year of (?P<names>[\w/, ]+): no dispersion",
        "elke gemeente heeft hetzelfde cijfer in een jaar van {names}: geen spreiding",
        "",
    ),
    (r"(?P<place>[\w/]+): treated", "{place}: behandeld", "{place}: treated"),
    (r"(?P<place>[\w/]+): compared", "{place}: vergelijking", "{place}: compared"),
    (
        r"p-value from permuting the label over whole fields",
        "p-waarde uit permutatie van het label over hele velden",
        "",
    ),
    (
        r"standard error and bias-corrected \(BC\) interval from a bootstrap over municipalities with the fields as they are, "
        r"(?P<n>\d+) draws",
        "standaardfout en voor vertekening gecorrigeerd (BC) interval uit een bootstrap over gemeenten met de velden zoals ze "
        "zijn, {n} trekkingen",
        "",
    ),
    (
        r"smallest detectable effect from the spread between fields",
        "kleinste aantoonbare effect uit de spreiding tussen velden",
        "",
    ),
    (
        r"bootstrap over municipalities, both periods together, (?P<n>\d+) draws",
        "bootstrap over gemeenten, beide perioden samen, {n} trekkingen",
        "",
    ),
    (
        r"R2 of one period: interval by inverting the noncentral F",
        "R2 van één periode: interval door inversie van de niet-centrale F",
        "",
    ),
    (
        r"no field is left on one side of the contrast, treated or not",
        "aan één kant van het contrast blijft geen veld over, behandeld of niet",
        "",
    ),
    # simulated mergers (merger_results.py)
    (
        r"percentiles over (?P<draws>\d+) draws of simulated mergers",
        "percentielen over {draws} trekkingen van gesimuleerde fusies",
        "",
    ),
    (r"one set of mergers, without sampling", "één reeks fusies, zonder steekproef", ""),
    (
        r"source geometry is absent: which municipalities are neighbours is not known",
        "bron geometry ontbreekt: welke gemeenten buren zijn, is niet bekend",
        "",
    ),
    (
        r"source centre_function is absent: rank stability is not computed",
        "bron centre_function ontbreekt: rangstabiliteit is niet berekend",
        "",
    ),
    (
        r"centre_function: no class for (?P<n>\d+) municipalities; rank stability is not computed",
        "centre_function: geen klasse voor {n} gemeenten; rangstabiliteit is niet berekend",
        "",
    ),
    (
        r"(?P<term>\w+): no figure for every municipality in (?P<year>\d+); its shares are not computed",
        "{term}: niet voor elke gemeente een cijfer in {year}; de aandelen ervan zijn niet berekend",
        "{term}: no figure for every municipality in {year}; its shares are not computed",
    ),
    (
        r"simulated data are not held against published figures",
        "gesimuleerde gegevens worden niet naast gepubliceerde cijfers gelegd",
        "",
    ),
    (
        r"pitman_morgan compares means over (?P<n>\d+) and (?P<m>\d+) years: the mean over more years varies less, whatever "
        r"happened",
        "Pitman-Morgan vergelijkt gemiddelden over {n} en {m} jaar: dat over meer jaren varieert minder, wat er ook gebeurde",
        "Pitman-Morgan compares means over {n} and {m} years: the mean over more years varies less, whatever happened",
    ),
    (r"no estimate", "geen schatting", ""),
    (r"Moran's I: the values are all the same", "Moran's I: alle waarden zijn gelijk", ""),
    (r"(?P<n>\d+) values are not positive: no logarithm", "{n} waarden zijn niet positief: geen logaritme", ""),
    (
        r"(?P<term>\w+=\S+) has the same value in every municipality",
        "{term} heeft in elke gemeente dezelfde waarde",
        "{term} has the same value in every municipality",
    ),
    (r"no (?P<term>\w+) in (?P<year>\d{4})", "geen {term} in {year}", "no {term} in {year}"),
    (r"the logit does not converge", "de logit convergeert niet", ""),
    (
        r"the columns of the logit are combinations of each other",
        "de kolommen van de logit zijn combinaties van elkaar",
        "",
    ),
    (
        r"(?P<n>\d+) of (?P<m>\d+) rows are positive: nothing to tell apart",
        "{n} van {m} rijen zijn positief: niets te onderscheiden",
        "",
    ),
    (
        r"(?P<n>\d+) rows of the rarer outcome for (?P<k>\d+) coefficients",
        "{n} rijen met de zeldzaamste uitkomst voor {k} coëfficiënten",
        "",
    ),
    (r"zeros and ones are separated by (?P<names>.+)", "nullen en enen zijn gescheiden door {names}", ""),
    (r"(?P<n>\d+) municipalities with a positive value", "{n} gemeenten met een positieve waarde", ""),
    (
        r"where the outcome is positive, (?P<names>.+) cannot be told from the columns before it",
        "waar de uitkomst positief is, is {names} niet te onderscheiden van eerdere kolommen",
        "",
    ),
    (
        r"indicator (?P<term>\w+) is not in the panel for (?P<when>\d{4}|Flanders)",
        "indicator {term} is er niet voor {when}",
        "indicator {term} is not there for {when}",
    ),
    (r"figures for Flanders(?P<when>(?: \d{4})?)", "cijfers voor Vlaanderen{when}", ""),
    (
        r"the outcome is an exact combination of the fixed columns",
        "de uitkomst is een exacte combinatie van de vaste kolommen",
        "",
    ),
    (r"read the bootstrap of the ratios", "lees de bootstrap van de verhoudingen", ""),
    # diagnostics, multiplicity and power (diagnostics/*.py, multiplicity.py)
    (r"(?P<term>\w+) is not in the panel", "{term} is niet beschikbaar", "{term} is not available"),
    (
        r"(?P<n>\d+) municipalities are missing, fewer than (?P<m>\d+)",
        "ontbrekende gemeenten: {n}, minder dan {m}",
        "municipalities missing: {n}, fewer than {m}",
    ),
    (
        r"who is missing is told exactly by what is known \(separation\)",
        "wie ontbreekt, volgt exact uit wat bekend is (separatie)",
        "",
    ),
    (r"(?P<names>[\w, ]+) is not known of every municipality", "{names} is niet van elke gemeente bekend", ""),
    (
        r"(?P<n>\d+) municipalities border another one of the sample, fewer than (?P<m>\d+)",
        "{n} gemeenten grenzen aan een andere van de steekproef, minder dan {m}",
        "",
    ),
    (r"the study has no boundaries of municipalities", "de studie heeft geen gemeentegrenzen", ""),
    (r"the outcome is in logs already", "de uitkomst staat al in logaritmen", ""),
    (
        r"(?P<term>\w+): not logged, it is a spline",
        "{term}: geen logaritme, het is een spline",
        "{term}: not logged, it is a spline",
    ),
    (
        r"(?P<term>\w+): not logged, it is transformed already",
        "{term}: geen logaritme, het is al getransformeerd",
        "{term}: not logged, it is transformed already",
    ),
    (
        r"(?P<term>\w+): not logged, it has negative values",
        "{term}: geen logaritme, het heeft negatieve waarden",
        "{term}: not logged, it has negative values",
    ),
    (r"(?P<term>\w+): ln\(1 \+ x\)", "{term}: ln(1 + x)", "{term}: ln(1 + x)"),
    (
        r"a municipality is the only one of its kind \(leverage 1\): no slope without it",
        "één gemeente is de enige in haar soort (leverage 1): zonder haar is er geen coëfficiënt",
        "",
    ),
    (
        r"no slope can be told apart: the design is singular",
        "de coëfficiënten zijn niet te onderscheiden: de gegevensmatrix is singulier",
        "",
    ),
    (r"no such test", "die toets is er niet", ""),
    (r"not estimated", "niet geschat", ""),
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
    # necessity.py, qca/, cases.py
    (
        r"no municipality has (?P<term>\w+) for (?P<place>[\w/]+) but of single years",
        "geen gemeente heeft {term} voor {place}, tenzij van losse jaren",
        "no municipality has {term} for {place} but of single years",
    ),
    (
        r"no municipality has (?P<term>\w+) for no field but of single years",
        "geen gemeente heeft {term}, tenzij van losse jaren",
        "no municipality has {term} but of single years",
    ),
    (
        r"(?P<term>\w+): the same value in every row",
        "{term}: in elke rij dezelfde waarde",
        "{term}: the same value in every row",
    ),
    (
        r"(?P<name>\w+): every case is (?P<fixed>more in than out of|not more in than out of) the set at these anchors",
        "{name}: elk geval is {fixed} de verzameling bij deze ankers",
        "",
    ),
    (
        r"no configuration is sufficient at these cutoffs",
        "geen combinatie is voldoende bij deze drempels",
        "",
    ),
    (
        r"(?P<name>\w+): (?P<n>\d+) cases at exactly 0\.5, in no configuration",
        "{name}: {n} gevallen op precies 0,5, in geen enkele combinatie",
        "",
    ),
    (
        r"permutation of the outcome over municipalities, (?P<n>\d+) draws",
        "permutatie van de uitkomst over gemeenten, {n} trekkingen",
        "",
    ),
    (
        r"direct calibration at the anchors of the configuration, no sampling error",
        "directe kalibratie bij de ankers van de configuratie, geen steekproeffout",
        "",
    ),
    (
        r"(?P<name>~?outcome): more than (?P<n>\d+) models, the rest left out",
        "{name}: meer dan {n} modellen, de overige weggelaten",
        "",
    ),
    (
        r"parsimonious solutions assume the same of outcome and negation for (?P<names>.+)",
        "spaarzame oplossingen veronderstellen hetzelfde voor uitkomst en negatie bij {names}",
        "",
    ),
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
        "{rule}: {n}",
        "{rule}: {n}",
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
        "{term}: één waarde per gemeente ({period})",
        "{term}: one value a municipality ({period})",
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
        r"(?P<term>[\w:=.~()]+): column removed, (?P<fixed>by the fixed effects|constant in this sample|"
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
    (
        r"rif: the outcome is a function of the whole sample, which must be computed anew in every draw",
        "rif: de uitkomst is een functie van de hele steekproef, die in elke trekking opnieuw moet worden berekend",
        "",
    ),
    # rows by field, location-scale and recentred influence functions (field_sample.py, harvey.py, location_scale.py, rif.py)
    (r"municipalities", "gemeenten", ""),
    (
        r"municipalities x fields x (?P<fixed>years|windows)",
        "gemeenten × velden × {fixed}",
        "municipalities × fields × {fixed}",
    ),
    (
        r"(?P<place>[\w/]+): positive in (?P<a>\d+) of (?P<b>\d+) rows before and (?P<c>\d+) of (?P<d>\d+) after",
        "{place}: positief in {a} van {b} rijen voor en {c} van {d} na",
        "{place}: positive in {a} of {b} rows before and {c} of {d} after",
    ),
    (
        r"(?P<place>[\w/]+): (?P<fixed>no figure|zero or negative, no logarithm|negative)",
        "{place}: {fixed}",
        "{place}: {fixed}",
    ),
    (
        r"predictors, over (?P<n>\d+) municipalities",
        "voorspellers, over {n} gemeenten",
        "",
    ),
    (
        r"no field is left on one side of the contrast, treated or not",
        "aan één kant van de vergelijking, hervormd of niet, blijft geen veld over",
        "",
    ),
    (r"no (?P<term>\w+) in (?P<year>\d{4})", "geen {term} in {year}", "no {term} in {year}"),
    (
        r"(?P<cell>.+) has one row only: its mean is fitted exactly",
        "{cell} heeft maar één rij: het gemiddelde wordt exact gepast",
        "",
    ),
    (
        r"collinear in the (?P<fixed>mean|variance): (?P<names>.+); no part of its own beside the columns before it",
        "collineair in {fixed}: {names}; geen eigen deel naast de eerdere kolommen",
        "",
    ),
    (
        r"separation: the rows of (?P<cell>.+) are fitted exactly; its variance is zero",
        "separatie: de rijen van {cell} worden exact gepast; hun variantie is nul",
        "",
    ),
    (
        r"separation: the mean equation fits the outcome exactly",
        "separatie: de vergelijking van het gemiddelde past de uitkomst exact",
        "",
    ),
    (
        r"separation: the variance runs to zero along (?P<term>\S+); rows that are fitted exactly",
        "separatie: de variantie loopt naar nul langs {term}; rijen die exact gepast worden",
        "separation: the variance runs to zero along {term}; rows that are fitted exactly",
    ),
    (
        r"no convergence: gradient (?P<size>\S+) per row after (?P<n>\d+) iterations",
        "geen convergentie: gradiënt {size} per rij na {n} iteraties",
        "",
    ),
    (
        r"(?P<n>\d+) clusters for (?P<k>\d+) coefficients of mean and variance",
        "{n} clusters voor {k} coëfficiënten van gemiddelde en variantie",
        "",
    ),
    (r"no block column to explain the variance", "geen kolom van een blok om de variantie te verklaren", ""),
    (
        r"(?P<n>\d+) effects in the mean and (?P<m>\d+) in the ln variance, not shown",
        "{n} effecten in het gemiddelde en {m} in de ln variantie, niet getoond",
        "",
    ),
    (
        r"(?P<n>\d+) iterations, gradient below 1e-8 per row",
        "{n} iteraties, gradiënt onder 1e-8 per rij",
        "",
    ),
    (
        r"log-likelihood (?P<value>\S+), condition number (?P<size>\S+)",
        "log-aannemelijkheid {value}, conditiegetal {size}",
        "",
    ),
    (
        r"maximum likelihood, standard errors by one-step jackknife over clusters \(CR3\), G clusters",
        "maximale aannemelijkheid, standaardfouten met een jackknife in één stap over clusters (CR3), G clusters",
        "",
    ),
    (r"t and F with G-1 degrees of freedom", "t en F met G-1 vrijheidsgraden", ""),
    (
        r"F with (?P<k>\d+) and (?P<df>\d+) degrees of freedom, clustered",
        "F met {k} en {df} vrijheidsgraden, geclusterd",
        "",
    ),
    (r"chi-squared, (?P<k>\d+) degrees of freedom", "chi-kwadraat, {k} vrijheidsgraden", ""),
    (
        r"rows taken as independent: with clusters the Wald test decides",
        "rijen als onafhankelijk genomen: bij clusters beslist de Wald-toets",
        "",
    ),
    (
        r"(?P<n>\d+) of (?P<all>\d+) distinct permutations of whole fields",
        "{n} van {all} verschillende permutaties van hele velden",
        "",
    ),
    (r"smallest attainable p (?P<p>\S+)", "kleinst haalbare p {p}", ""),
    (
        r"difference in differences of mean ln squared residual by field",
        "verschil in verschillen van het gemiddelde ln-gekwadrateerde residu per veld",
        "",
    ),
    (
        r"recentred influence functions per field and period, computed anew in every draw",
        "gehercentreerde invloedsfuncties per veld en periode, in elke trekking opnieuw berekend",
        "",
    ),
    (
        r"(?P<cell>.+): a negative value or a mean of zero has no Gini",
        "{cell}: een negatieve waarde of een gemiddelde van nul heeft geen Gini",
        "",
    ),
    (
        r"(?P<cell>.+): the outcome has the same value in every row",
        "{cell}: de uitkomst heeft in elke rij dezelfde waarde",
        "",
    ),
    (
        r"the columns of the design are combinations of each other",
        "de kolommen van het model zijn combinaties van elkaar",
        "",
    ),
    # small estimators: random slope, common factor, hurdle, autocorrelation, correlation, mean, dispersion, inequality; shapes
    (
        r"random intercept and slope by maximum likelihood",
        "willekeurig intercept en willekeurige helling, grootste aannemelijkheid",
        "",
    ),
    (r"profile likelihood intervals", "intervallen uit de profielaannemelijkheid", ""),
    (
        r"likelihood-ratio test of the slope variance against a half-and-half mixture of chi-squared 1 and 2",
        "aannemelijkheidstoets van de hellingsvariantie tegen een mengsel, half om half, van chi-kwadraat 1 en 2",
        "",
    ),
    (
        r"residuals of successive years go together \((?P<value>\S+)\): slow drift also counts as a change at the reform here",
        "residuen van opeenvolgende jaren hangen samen ({value}): traag verloop telt hier ook als verandering bij de hervorming",
        "",
    ),
    (r"mixture of chi-squared 1 and 2", "mengsel van chi-kwadraat 1 en 2", ""),
    (
        r"bootstrap over municipalities, (?P<fixed>all fields together|ranks drawn anew), (?P<n>\d+) draws",
        "bootstrap over gemeenten, {fixed}, {n} trekkingen",
        "",
    ),
    (
        r"bootstrap over municipalities(?P<fixed> with all their years| within each group|), (?P<n>\d+) draws",
        "bootstrap over gemeenten{fixed}, {n} trekkingen",
        "",
    ),
    (r"bias-corrected \(BC\) intervals", "voor vertekening gecorrigeerde (BC) intervallen", ""),
    (r"p-values from values permuted within fields", "p-waarden uit waarden die binnen velden verwisseld zijn", ""),
    (r"values permuted within fields", "waarden verwisseld binnen velden", ""),
    (r"equivalence by Fisher's z", "equivalentie met Fishers z", ""),
    (
        r"mean over municipalities, t with N-1 degrees of freedom",
        "gemiddelde over gemeenten, t met N-1 vrijheidsgraden",
        "",
    ),
    (
        r"equivalence and non-inferiority at the threshold",
        "equivalentie en niet-inferioriteit bij de drempel",
        "",
    ),
    (r"year means taken out", "jaargemiddelden eruit gehaald", ""),
    (r"within: half-panel jackknife", "binnen gemeenten: jackknife met halve panels", ""),
    (
        r"groups permuted over municipalities for the share between groups",
        "groepen verwisseld over gemeenten voor het aandeel tussen groepen",
        "",
    ),
    (r"groups permuted over municipalities", "groepen verwisseld over gemeenten", ""),
    (r"any: logit", "wel of niet: logit", ""),
    (
        r"amount: least squares of the logarithm where positive",
        "bedrag: kleinste kwadraten van de logaritme waar positief",
        "",
    ),
    (
        r"logit: sandwich x G/\(G-1\), t with G-1 degrees of freedom",
        "logit: sandwich x G/(G-1), t met G-1 vrijheidsgraden",
        "",
    ),
    (
        r"indicator (?P<term>\w+) is not in the panel: no source at hand has the years it needs",
        "indicator {term} is er niet: geen bron bij de hand heeft de jaren die hij vraagt",
        "indicator {term} is not there: no source at hand has the years it needs",
    ),
    (
        r"(?P<term>\w+) has yearly values only: no source at hand has the years that one value a municipality needs",
        "{term} heeft alleen jaarlijkse waarden: geen bron bij de hand heeft de jaren voor één waarde per gemeente",
        "{term} has yearly values only: no source at hand has the years that one value a municipality needs",
    ),
    (r"zero or negative, no logarithm", "nul of negatief, geen logaritme", ""),
    (r"negative", "negatief", ""),
    (
        r"(?P<term>\w+): restricted cubic spline, knots (?P<knots>.+)",
        "{term}: beperkte kubische spline, knopen {knots}",
        "{term}: restricted cubic spline, knots {knots}",
    ),
    (
        r"(?P<term>\w+) x (?P<other>\w+), both centred at their sample mean",
        "{term} × {other}, allebei gecentreerd op hun gemiddelde in de steekproef",
        "{term} × {other}, both centred at their sample mean",
    ),
    (r"years before and after", "jaren voor en na", ""),
    (r"no year of the (?P<window>\w+) window has a value", "geen jaar van de periode {window} heeft een waarde", ""),
    (
        r"(?P<n>\d+) municipalities have years before and after; a random slope needs more",
        "{n} gemeenten hebben jaren voor en na; een willekeurige helling vraagt er meer",
        "",
    ),
    (
        r"(?P<n>\d+) rows for (?P<g>\d+) intercepts and (?P<s>\d+) slopes",
        "{n} rijen voor {g} intercepten en {s} hellingen",
        "",
    ),
    (
        r"the fixed columns of the random-slope model are combinations of each other",
        "de vaste kolommen van het model zijn combinaties van elkaar",
        "",
    ),
    (
        r"(?P<k>\d+) fields for a common factor, fewer than 3",
        "{k} velden voor een gemeenschappelijke factor, minder dan 3",
        "",
    ),
    (
        r"(?P<place>[\w/]+): shares fewer than (?P<m>\d+) municipalities with another field; left out",
        "{place}: deelt minder dan {m} gemeenten met een ander veld; weggelaten",
        "{place}: shares fewer than {m} municipalities with another field; left out",
    ),
    (r"a figure for fewer than two fields", "een cijfer voor minder dan twee velden", ""),
    (r"a field has the same value in every municipality", "een veld heeft in elke gemeente dezelfde waarde", ""),
    (
        r"(?P<term>\w+) has the same value in every row",
        "{term} heeft in elke rij dezelfde waarde",
        "{term} has the same value in every row",
    ),
    (
        r"(?P<n>\d+) rows for a correlation beside (?P<k>\d+) controls",
        "{n} rijen voor een correlatie naast {k} controlevariabelen",
        "",
    ),
    (
        r"(?P<n>\d+) municipalities have a value; a mean with an interval needs three",
        "{n} gemeenten hebben een waarde; een gemiddelde met interval vraagt er drie",
        "",
    ),
    (r"lag (?P<lag>\d+): only (?P<n>\d+) consecutive years", "{lag} jaar terug: maar {n} opeenvolgende jaren", ""),
    (
        r"lag (?P<lag>\d+): fewer than three municipalities have both years",
        "{lag} jaar terug: minder dan drie gemeenten hebben beide jaren",
        "",
    ),
    (
        r"within: (?P<n>\d+) municipalities without a value in every year are left out",
        "binnen gemeenten: {n} gemeenten zonder waarde in elk jaar zijn weggelaten",
        "",
    ),
    (
        r"within: (?P<n>\d+) municipalities with every year, (?P<t>\d+) years; not estimated",
        "binnen gemeenten: {n} gemeenten met elk jaar, {t} jaren; niet geschat",
        "",
    ),
    (
        r"within: ar1 is (?P<value>\S+), not below 1: municipalities on trends of their own, for which the correction is not made",
        "binnen gemeenten: de autoregressie is {value}, niet onder 1: gemeenten met een eigen trend, waarvoor de correctie "
        "niet dient",
        "",
    ),
    (r"all municipalities are in one group", "alle gemeenten zitten in één groep", ""),
    (
        r"(?P<n>\d+) municipalities have a negative value, such as (?P<nis>\w+)",
        "{n} gemeenten hebben een negatieve waarde, zoals {nis}",
        "",
    ),
    (
        r"(?P<term>\w+=\S+) has (?P<n>\d+) municipalities, fewer than (?P<m>\d+)",
        "{term} heeft {n} gemeenten, minder dan {m}",
        "{term} has {n} municipalities, fewer than {m}",
    ),
    (
        r"weighted: not every municipality has inhabitants in the panel; not estimated",
        "gewogen: niet elke gemeente heeft inwoners in de gegevens; niet geschat",
        "",
    ),
    (
        r"zero in (?P<n>\d+) of (?P<m>\d+) rows; they are in the equation any only",
        "nul in {n} van {m} rijen; zij tellen alleen in de vergelijking wel of niet",
        "",
    ),
    (
        r"(?P<n>\d+) values are negative: neither none nor an amount",
        "{n} waarden zijn negatief: geen nul en geen bedrag",
        "",
    ),
    (
        r"any: (?P<n>\d+) of (?P<m>\d+) rows are positive: nothing to tell apart",
        "wel of niet: {n} van {m} rijen zijn positief: niets te onderscheiden",
        "",
    ),
    (
        r"any: zeros and ones are separated by (?P<names>.+)",
        "wel of niet: nullen en enen zijn gescheiden door {names}",
        "",
    ),
    (
        r"all years are at the same distance from an election",
        "alle jaren liggen even ver van een verkiezing",
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
    "more in than out of": "eerder binnen dan buiten",
    "not more in than out of": "niet eerder binnen dan buiten",
    "by the fixed effects": "door de vaste effecten",
    "constant in this sample": "constant in deze steekproef",
    "a combination of the columns before it": "een combinatie van eerdere kolommen",
    "joint over quantiles": "alle kwantielen samen",
    "all years and fields together": "alle jaren en velden samen",
    "years": "jaren",
    "windows": "perioden",
    "no figure": "geen cijfer",
    "zero or negative, no logarithm": "nul of negatief, geen logaritme",
    "negative": "negatief",
    "mean": "het gemiddelde",
    "variance": "de variantie",
    "all fields together": "alle velden samen",
    "ranks drawn anew": "rangen telkens opnieuw",
    " with all their years": " met al hun jaren",
    " within each group": " binnen elke groep",
    "": "",
    "nis": "nis",
    "year": "jaar",
    "municipality": "gemeente",
    "no value a year earlier": "geen waarde een jaar vroeger",
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
    return _of_one_field(text, names)


def _of_one_field(text: str, names: Names) -> str | None:
    """What a model of several fields says of one of them: its code, a colon, a sentence that is known."""
    code, _, rest = text.partition(": ")
    if not rest or names.place(code) == code:
        return None
    known = _whole(rest, names)
    return None if known is None else f"{names.place(code)}: {known}"


def _filled(template: str, found: re.Match[str], names: Names) -> str:
    words: dict[str, Callable[[str], str]] = {
        "term": names.term,
        "place": names.place,
        "fixed": lambda text: FIXED[text] if names.language == "nl" else text,
        "period": lambda text: ", ".join(word_or(f"period.{one}", names.language, one) for one in text.split(", ")),
        "rule": lambda text: word_or(f"rule.{text}", names.language, text),
    }
    return template.format(**{key: words.get(key, str)(value) for key, value in found.groupdict().items()})
