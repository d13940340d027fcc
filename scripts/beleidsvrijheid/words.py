"""Every fixed word that a reader sees in a table, figure, caption or verdict, in Dutch and English."""

# key: (nl, en). Braces are filled by `word`; values are text or numbers already written in the same language.
WORDS = {
    # blocks and other groups of rows
    "block.capacity": ("Ambtelijke capaciteit", "Administrative capacity"),
    "block.scale": ("Schaal", "Scale"),
    "block.politics": ("Politieke verandering", "Political change"),
    "block.need": ("Behoeften", "Needs"),
    "block.resources": ("Middelen", "Resources"),
    "block.controls": ("Controlevariabelen", "Controls"),
    "block.intercept": ("Constante", "Intercept"),
    "block.outcomes": ("Uitkomsten", "Outcomes"),
    "block.fit": ("Model", "Model"),
    "block.moderator": ("Hervorming", "Reform"),
    "block.": ("Overige", "Other"),
    "basket.domains": ("beleidsdomeinen", "policy domains"),
    "basket.reformed": ("hervormde velden", "reformed fields"),
    "basket.comparison": ("vergelijkingsvelden", "comparison fields"),
    "basket.all_stable": ("alle stabiele velden", "all stable fields"),
    "basket.operational": ("beheersmatige velden", "operational fields"),
    "basket.leisure": ("cultuur, jeugd en sport", "culture, youth and sport"),
    "basket.total": ("totaal", "total"),
    # terms that are not indicators
    "term.intercept": ("Constante", "Intercept"),
    "term.const": ("Constante", "Intercept"),
    "term.log_sd_ratio": ("ln(spreiding na / voor)", "ln(dispersion after / before)"),
    "term.sd_log_ratio": ("sd van ln, na / voor", "sd of ln, after / before"),
    "term.cv_ratio": ("CV, na / voor", "CV, after / before"),
    "term.gini_ratio": ("Gini, na / voor", "Gini, after / before"),
    "term.pitman_morgan": ("Pitman-Morgan-correlatie", "Pitman-Morgan correlation"),
    "term.share": ("Aandeel", "Share"),
    # titles
    "title.regression": ("Schattingen", "Estimates"),
    "title.attribution": ("Verklaringskracht per blok", "Explanatory power by block"),
    "title.descriptives": ("Beschrijvende statistiek", "Descriptive statistics"),
    "title.attrition": ("Verantwoording van de steekproef", "Account of the sample"),
    # column heads
    "stub.term": ("Variabele", "Variable"),
    "stub.block": ("Blok", "Block"),
    "stub.step": ("Stap", "Step"),
    "head.r2_share": ("Deel van R² (Shapley)", "Part of R² (Shapley)"),
    "head.interval": ("Interval {confidence} %", "{confidence} % interval"),
    "head.unique": ("Uniek", "Unique"),
    "head.shared": ("Gedeeld", "Shared"),
    "head.cv_share": ("Deel van kruisgevalideerde R²", "Part of cross-validated R²"),
    "head.non_inferiority": ("p (H0: R²\u00a0≥\u00a0{bound})", "p (H0: R²\u00a0≥\u00a0{bound})"),
    "head.n": ("N", "N"),
    "head.mean": ("Gemiddelde", "Mean"),
    "head.sd": ("Standaardafw.", "Std. dev."),
    "head.min": ("Minimum", "Minimum"),
    "head.median": ("Mediaan", "Median"),
    "head.max": ("Maximum", "Maximum"),
    "head.rows_in": ("Rijen in", "Rows in"),
    "head.rows_out": ("Rijen uit", "Rows out"),
    "head.lost": ("Verloren", "Lost"),
    "head.reason": ("Reden", "Reason"),
    # rows under the coefficients
    "fit.r2_share": ("Deel van R² (Shapley)", "Part of R² (Shapley)"),
    "fit.effects": ("Vaste effecten", "Fixed effects"),
    "fit.n_obs": ("N (waarnemingen)", "N (observations)"),
    "fit.n_units": ("Gemeenten", "Municipalities"),
    "fit.n_clusters": ("Clusters", "Clusters"),
    "fit.r2": ("R²", "R²"),
    "fit.r2_cv": ("R², kruisgevalideerd", "R², cross-validated"),
    "fit.covariance": ("Standaardfouten", "Standard errors"),
    "effect.municipality": ("gemeente", "municipality"),
    "effect.year": ("jaar", "year"),
    "covariance.cluster": ("geclusterd", "clustered"),
    "covariance.municipality_bootstrap": ("bootstrap", "bootstrap"),
    "covariance.wilson": ("Wilson", "Wilson"),
    "yes": ("ja", "yes"),
    "status": ("Status", "Status"),
    "not_applicable": ("niet van toepassing", "not applicable"),
    "refused": ("niet geschat", "not estimated"),
    # notes
    "note.dependent": ("Afhankelijke variabele boven elke kolom.", "Dependent variable above each column."),
    "note.std_error": (
        "Standaardfouten tussen haakjes onder de coëfficiënten.",
        "Standard errors in brackets beneath the coefficients.",
    ),
    "note.shapley": (
        "Deel van R²: Shapley-ontbinding (LMG) over blokken van de R² na de controlevariabelen; eronder het interval.",
        "Part of R²: Shapley (LMG) decomposition over blocks of the R² after the controls; interval beneath.",
    ),
    "note.attribution": (
        "Shapley-ontbinding (LMG) van de R² van de residuen op de controlevariabelen; uniek en "
        "gedeeld volgens de "
        "commonality-analyse. Het interval van de totale R² keert de niet-centrale F-verdeling om: het "
        "geldt voor de populatie, waarvan de R² kleiner is dan die van een steekproef. p toetst "
        "H0: R² is minstens de grens.",
        "Shapley (LMG) decomposition of the R² of the residuals on the controls; unique and shared parts by "
        "commonality analysis. The interval of total R² inverts the noncentral F distribution: it is "
        "for the population, whose R² is smaller than that of a sample. p tests "
        "H0: R² is at least the bound.",
    ),
    "note.interval": ("Interval van de delen: {words}.", "Interval of the parts: {words}."),
    # As attribution.INTERVAL_METHOD and INTERVAL_COVERAGE say it; {} are their numbers, in the same order in both languages.
    "interval.method": (
        "voor vertekening gecorrigeerde bootstrap over gemeenten: percentielen min tweemaal de vertekening van de bootstrap, "
        "afgekapt op 0",
        "bias-corrected bootstrap over municipalities: percentiles less twice the bootstrap's bias, cut at 0",
    ),
    "interval.coverage": (
        "gesimuleerde dekking van {} %-intervallen van drie delen, laagste {} %: met normaal verdeelde variabelen {} % bij "
        "rho2 = {}, {} % bij {} en {} % bij {}, bij {} met scheve en 0/1-variabelen {} %, met lognormale variabelen in elk blok "
        "{} %, met heel rho2 in een blok van één kolom {} %",
        "simulated coverage of {} % intervals of three shares, lowest {} %: with normal covariates {} % at rho2 = {}, {} % at {} "
        "and {} % at {}, at {} with skewed and 0/1 covariates {} %, with lognormal covariates in every block {} %, with all of "
        "rho2 in a block of one column {} %",
    ),
    "note.descriptives": (
        "Eén waarde per gemeente over de perioden van de studie; jaarlijkse indicatoren: één per gemeente en jaar.",
        "One value per municipality over the study's periods; yearly indicators: one per municipality and year.",
    ),
    "note.attrition": (
        "Stappen waarbij geen rij verloren ging, staan alleen in results/samples/.",
        "Steps at which no row was lost are in results/samples/ only.",
    ),
    "sample.dropped": (
        "Steekproef: {rows_in} rijen, {rows_out} gebruikt; weggelaten: {drops}.",
        "Sample: {rows_in} rows, {rows_out} used; dropped: {drops}.",
    ),
    "sample.whole": ("Steekproef: {rows_in} rijen, alle gebruikt.", "Sample: {rows_in} rows, all used."),
    "sample.several": (
        "Steekproef: {n} velden, elk met een eigen steekproef (results/samples/{name}.csv).",
        "Sample: {n} fields, each with its own sample (results/samples/{name}.csv).",
    ),
    "sample.drop": ("{n} door {step} ({reason})", "{n} by {step} ({reason})"),
    "step.start": ("begin", "start"),
    "step.outlier rule": ("uitbijterregel", "outlier rule"),
    "step.missing outcome": ("ontbrekende uitkomst", "missing outcome"),
    "step.missing predictor": ("ontbrekende voorspeller", "missing predictor"),
    "step.not positive": ("niet positief", "not positive"),
    "step.too few municipalities": ("te weinig gemeenten", "too few municipalities"),
    "step.lone category": ("alleen in categorie", "lone category"),
    "step.singletons": ("enkelvoudige groepen", "singletons"),
    "step.categories": ("categorieën", "categories"),
    "step.interactions": ("interacties", "interactions"),
    "step.absorbed": ("geabsorbeerd", "absorbed"),
    "step.collinear": ("collineair", "collinear"),
    "step.predictor": ("voorspeller", "predictor"),
    "note.plain": ("{columns} {words}", "{columns} {words}"),
    "note.covariance": ("{columns} Covariantie: {words}.", "{columns} Covariance: {words}."),
    "note.not_applicable": ("{columns} niet van toepassing: {reason}", "{columns} not applicable: {reason}"),
    "note.refused": ("{columns} niet geschat: {reason}", "{columns} not estimated: {reason}"),
    "note.observational": (
        "De voorspellers zijn waargenomen: coëfficiënten beschrijven, ze identificeren geen effecten.",
        "Predictors are observational: coefficients describe, they do not identify effects.",
    ),
    "note.rounding": (
        "Afronding: coëfficiënten, standaardfouten en intervallen op drie decimalen, meer (tot zes) waar de "
        "standaardfout anders geen twee significante cijfers toont; R² en p op drie decimalen; beschrijvende "
        "statistiek zo dat de standaardafwijking drie significante cijfers toont (hoogstens vier decimalen).",
        "Rounding: coefficients, standard errors and intervals to three decimals, more (up to six) where the "
        "standard error would not show two significant digits; R² and p to three decimals; descriptive "
        "statistics so that the standard deviation shows three significant digits (at most four decimals).",
    ),
    "note.seed": ("Toevalsgetallen: seed {seed}.", "Random numbers: seed {seed}."),
    "note.data": ("Gegevens: {source}.", "Data: {source}."),
    # figures
    "figure.no_source": ("bron ontbreekt ({sources})", "source absent ({sources})"),
    "figure.too_few": ("niet geschat: {n} gemeenten", "not estimated: {n} municipalities"),
    "figure.slope": (
        "Helling op ln inwoners, {what}: {estimate} (interval {percent} %: {low} tot {high})",
        "Slope on ln inhabitants, {what}: {estimate} ({percent} % interval: {low} to {high})",
    ),
    "figure.dispersion": (
        "Spreiding per beleidsveld, voor en na",
        "Dispersion by policy field, before and after",
    ),
    "figure.coefficients": ("Gestandaardiseerde coëfficiënten", "Standardised coefficients"),
    "figure.attribution": ("Verklaringskracht per blok", "Explanatory power by block"),
    "figure.scale_ceiling": ("Verschuiving naar inwonertal", "Shift by number of inhabitants"),
    "axis.sd_log": ("Standaardafwijking van ln", "Standard deviation of ln"),
    "axis.cv": ("Variatiecoëfficiënt", "Coefficient of variation"),
    "axis.standardised": (
        "Gestandaardiseerde coëfficiënt, interval {confidence} %",
        "Standardised coefficient, {confidence} % interval",
    ),
    "axis.share": (
        "Deel van R² na controlevariabelen, interval {confidence} %",
        "Part of R² after controls, {confidence} % interval",
    ),
    "axis.inhabitants": ("Inwoners (logaritmische schaal)", "Inhabitants (log scale)"),
    "legend.pre": ("voor", "before"),
    "legend.post": ("na", "after"),
    "legend.quantiles": ("kwantiel {high} min {low}", "quantile {high} minus {low}"),
    "legend.quantile": ("kwantiel {quantile}", "quantile {quantile}"),
    "legend.municipality": ("gemeente", "municipality"),
    "legend.equivalence": ("verwaarloosbaar (|b| < {bound})", "negligible (|b| < {bound})"),
    "legend.bound": ("grens {bound}", "bound {bound}"),
    "group.reformed": ("Hervormde velden", "Reformed fields"),
    "group.comparison": ("Vergelijkingsvelden", "Comparison fields"),
    "total_r2": ("Totaal R²", "Total R²"),
    # captions
    "caption.regression": (
        "Coëfficiënten per specificatie, gegroepeerd per blok.",
        "Coefficients by specification, grouped by block.",
    ),
    "caption.table.attribution": (
        "Per specificatie: welk deel van de R² na de controlevariabelen elk blok draagt.",
        "By specification: which part of the R² after the controls each block carries.",
    ),
    "caption.descriptives": (
        "Verdeling van uitkomsten en voorspellers over de gemeenten.",
        "Distribution of outcomes and predictors over the municipalities.",
    ),
    "caption.attrition": (
        "Hoeveel rijen elke stap van de steekproef in- en uitgaan, en waarom.",
        "How many rows enter and leave each step of the sample, and why.",
    ),
    "caption.dispersion": (
        "Spreiding van de reële uitgaven per inwoner tussen gemeenten, per beleidsveld, in de perioden voor en na van de "
        "studie, met bootstrapintervallen; hervormde velden apart van vergelijkingsvelden.",
        "Dispersion of real spending per inhabitant between municipalities, by policy field, in the study's periods before "
        "and after, with bootstrap intervals; reformed fields apart from comparison fields.",
    ),
    "caption.coefficients": (
        "Gestandaardiseerde coëfficiënten met hun interval, per blok en specificatie. De grijze band "
        "toont wat vooraf als verwaarloosbaar is bepaald; de equivalentietoetsen zelf staan in results/inference/.",
        "Standardised coefficients with their intervals, by block and specification. The grey band "
        "shows what was declared negligible beforehand; the equivalence tests themselves are in results/inference/.",
    ),
    "caption.attribution": (
        "Shapley-delen van de R² per blok met hun interval, en de totale R². De verticale lijnen zijn de "
        "vooraf bepaalde grenzen van geringe verklaringskracht: gestreept de voornaamste, gestippeld de strengere. "
        "Het interval van de totale R² geldt voor de "
        "populatie, waarvan de R² kleiner is dan die van een steekproef.",
        "Shapley parts of R² by block with their intervals, and total R². The vertical lines are the bounds "
        "of limited explanatory power declared beforehand: the primary one dashed, stricter ones dotted. "
        "The interval of total R² is for the population, whose R² is "
        "smaller than that of a sample.",
    ),
    "caption.scale_ceiling": (
        "Elke stip is een gemeente van de steekproef; de lijnen zijn kwantielregressies op ln inwoners. Lopen ze "
        "uiteen, dan schept "
        "schaal ruimte zonder garantie.",
        "Each dot is a municipality of the sample; the lines are quantile regressions on ln inhabitants. Where "
        "they fan out, scale "
        "creates room without a guarantee.",
    ),
    "caption.specification": (
        "{label} ({name}): {outcome}; N = {n}{clusters}; covariantie: {covariance}.",
        "{label} ({name}): {outcome}; N = {n}{clusters}; covariance: {covariance}.",
    ),
    "caption.clusters": ("; clusters: {n}", "; clusters: {n}"),
    "caption.refused": (
        "{label} ({name}): niet geschat: {reason}",
        "{label} ({name}): not estimated: {reason}",
    ),
    # verdicts
    "reason.absent": ("{file} ontbreekt.", "{file} is missing."),
    "reason.refused": ("{name}: niet geschat: {reason}", "{name}: not estimated: {reason}"),
    "reason.no_row": ("{file} heeft geen rij voor {row}.", "{file} has no row for {row}."),
    "reason.row": (
        "{name}: {what} = {estimate}, interval {low} tot {high}.",
        "{name}: {what} = {estimate}, interval {low} to {high}.",
    ),
    "reason.placebo": (
        "{name} (placebo): {what} = {estimate}, interval {low} tot {high}.",
        "{name} (placebo): {what} = {estimate}, interval {low} to {high}.",
    ),
    "reason.placebo_small": (
        "De placebo is verwaarloosbaar (|b| < {bound}): p {p}, vermogen {power}.",
        "The placebo is negligible (|b| < {bound}): p {p}, power {power}.",
    ),
    "reason.placebo_open": (
        "Dat de placebo verwaarloosbaar is (|b| < {bound}), is niet aangetoond: p {p}, vermogen {power} (onder 0,5 laat niets "
        "besluiten). Een placebo die enkel niet significant is, steunt niets.",
        "The placebo is not shown to be negligible (|b| < {bound}): p {p}, power {power} (below 0.5 allows no conclusion). "
        "A placebo that is merely not significant supports nothing.",
    ),
    "reason.placebo_untested": (
        "Of de placebo verwaarloosbaar is, is niet getoetst: {file} heeft geen equivalentietoets van {term} bij {bound}.",
        "Whether the placebo is negligible is not tested: {file} has no equivalence test of {term} at {bound}.",
    ),
    "reason.no_quantiles": (
        "{name}: minder dan twee kwantielen, dus geen verschil tussen het hoogste en het laagste.",
        "{name}: fewer than two quantiles, so no difference between the highest and the lowest.",
    ),
    "reason.r2": (
        "{name}: R² na controles = {r2} (interval {low} tot {high}), p {p} voor H0: R² ≥ {bound}.",
        "{name}: R² after controls = {r2} (interval {low} to {high}), p {p} for H0: R² ≥ {bound}.",
    ),
    "reason.strict": (
        "Onder de strengere grens {bound} (beslist niet): {passed} van {n} specificaties.",
        "Below the stricter bound {bound} (does not decide): {passed} of {n} specifications.",
    ),
    "reason.block": (
        "{name}: {what}, Shapley-deel van R² = {estimate}, interval {low} tot {high}.",
        "{name}: {what}, Shapley part of R² = {estimate}, interval {low} to {high}.",
    ),
    "reason.equivalences": (
        "Equivalentietoetsen bij |b| < {bound} (beslissen niet; een vermogen onder 0,5 laat niets besluiten): {tests}.",
        "Equivalence tests at |b| < {bound} (do not decide; power below 0.5 allows no conclusion): {tests}.",
    ),
    "reason.equivalence": ("{term} p {p}, vermogen {power}", "{term} p {p}, power {power}"),
    "reason.comparison": (
        "{name} (vergelijking): {what} = {estimate}, interval {low} tot {high}.",
        "{name} (comparison): {what} = {estimate}, interval {low} to {high}.",
    ),
    "reason.not_compared": (
        "Het verschil tussen beide is hier niet getoetst.",
        "The difference between the two is not tested here.",
    ),
    "reason.rose_elsewhere": (
        "Ook waar niets hervormd is, nam de spreiding toe: de hervorming verklaart dat niet.",
        "Dispersion rose where nothing was reformed as well: the reform does not explain that.",
    ),
    "reason.noise": (
        "In kleine gemeenten schommelen uitgaven per inwoner meer: dat drukt deze hellingen, ongeacht de gebruikte vrijheid.",
        "Spending per inhabitant swings more in small places, which pulls these slopes down whatever the use of freedom.",
    ),
    "reason.mixed": (
        "De maatstaven spreken elkaar tegen of de placebo beweegt mee.",
        "The measures contradict each other, or the placebo moves along.",
    ),
    "what.share": (
        "aandeel gemeenten met {outcome} van minstens {threshold}",
        "share of municipalities with {outcome} of at least {threshold}",
    ),
}

LANGUAGES = ("nl", "en")


def word(key: str, language: str, **values: object) -> str:
    """The fixed text `key` in `language` (nl or en), braces filled from `values`."""
    text = WORDS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def word_or(key: str, language: str, otherwise: str) -> str:
    """The fixed text `key` where there is one, else `otherwise`."""
    return word(key, language) if key in WORDS else otherwise
