"""Every fixed word that a reader sees in a table, figure, caption or verdict, in Dutch and English."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

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
    "block.formal": ("Formele vrijheid", "Formal freedom"),
    "block.location": ("Ligging", "Location"),
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
    "term.sd_log_ratio": ("verhouding van sd van ln", "ratio of sd of ln"),
    "term.cv_ratio": ("verhouding van CV", "ratio of CV"),
    "term.gini_ratio": ("verhouding van Gini", "ratio of Gini"),
    "term.pitman_morgan": ("Pitman-Morgan-correlatie", "Pitman-Morgan correlation"),
    "equation.outcome/conservative/1": ("behoudende oplossing, consistentie", "conservative solution, consistency"),
    "equation.outcome/intermediate/1": ("tussenoplossing, consistentie", "intermediate solution, consistency"),
    "equation.outcome/parsimonious/1": ("zuinige oplossing, consistentie", "parsimonious solution, consistency"),
    "level.size_band=1": ("minder dan 10.000 inwoners", "fewer than 10,000 inhabitants"),
    "level.size_band=2": ("10.000 tot 40.000 inwoners", "10,000 to 40,000 inhabitants"),
    "level.size_band=3": ("40.000 inwoners en meer", "40,000 inhabitants and more"),
    "term.spline": ("{term}, spline {n}", "{term}, spline {n}"),
    "term.share": ("Aandeel", "Share"),
    # location-scale and recentred influence functions (E3, E5)
    "equation.mean": ("gemiddelde", "mean"),
    "basket.log_variance": ("ln variantie", "ln variance"),
    "basket.variance": ("variantie", "variance"),
    "basket.gini": ("Gini", "Gini"),
    "term.reformed": ("Hervormd veld", "Reformed field"),
    "term.post": ("Na de hervorming", "After the reform"),
    "term.d": (
        "Spreiding in hervormde velden na de hervorming (d)",
        "Dispersion in reformed fields after the reform (d)",
    ),
    "term.h": ("Kenmerken × hervormd veld × na (h)", "Characteristics × reformed field × after (h)"),
    "term.g": ("Kenmerken in de spreiding (g)", "Characteristics in the dispersion (g)"),
    "note.location_scale": (
        "Twee vergelijkingen, samen geschat: het gemiddelde, en ln van de variantie errond (0,10 = 10 % meer variantie, 5 % meer "
        "standaardafwijking). Kenmerken: één gestandaardiseerde waarde per gemeente van voor de hervorming. Hervormd veld × na: of "
        "de spreiding in hervormde velden meer veranderde dan in andere, bij gemiddelde kenmerken (d); × een kenmerk: of dat "
        "kenmerk die verandering mee bepaalt (h). Veld- en jaareffecten zijn geschat en niet getoond.",
        "Two equations, estimated together: the mean, and ln of the variance around it (0.10 = 10 % more variance, 5 % more "
        "standard deviation). Characteristics: one standardised value per municipality from before the reform. Reformed field × "
        "after: whether dispersion changed more in reformed fields than in others, at average characteristics (d); × a "
        "characteristic: whether that one shapes the change (h). Effects of fields and years are estimated and not shown.",
    ),
    "covariance.cr3": ("jackknife (CR3)", "jackknife (CR3)"),
    "title.location_scale": ("Gemiddelde en spreiding samen geschat", "Mean and dispersion estimated together"),
    "title.event_study": ("Schattingen per jaar", "Estimates by year"),
    "title.quantile": ("Kwantielregressies", "Quantile regressions"),
    "step.extensive margin": ("extensieve marge", "extensive margin"),
    "step.standardised": ("gestandaardiseerd", "standardised"),
    "step.effects": ("effecten", "effects"),
    "step.convergence": ("convergentie", "convergence"),
    # small estimators: random slope, common factor, hurdle, autocorrelation, correlation, mean, dispersion, inequality
    "basket.random": ("willekeurige helling", "random slope"),
    "term.spearman": ("rangcorrelatie (Spearman)", "rank correlation (Spearman)"),
    "term.pearson": ("correlatie (Pearson)", "correlation (Pearson)"),
    "term.any": ("wel of niet", "any"),
    "term.amount": ("bedrag", "amount"),
    "basket.spearman": ("rangcorrelatie (Spearman)", "rank correlation (Spearman)"),
    "basket.pearson": ("correlatie (Pearson)", "correlation (Pearson)"),
    "basket.level": ("tussen gemeenten", "between municipalities"),
    "basket.within": ("binnen gemeenten", "within municipalities"),
    "basket.any": ("wel of niet", "any"),
    "basket.amount": ("bedrag", "amount"),
    "basket.unweighted": ("per gemeente", "per municipality"),
    "basket.weighted": ("gewogen naar inwoners", "weighted by inhabitants"),
    "block.interaction": ("Interacties", "Interactions"),
    "block.cycle": ("Verkiezingscyclus", "Election cycle"),
    "block.blocks": ("Alle blokken samen", "All blocks together"),
    "term.post_variance": ("Variantie van de verandering", "Variance of the change"),
    "term.intercept_variance": ("Variantie van het niveau", "Variance of the level"),
    "term.covariance": ("Covariantie van niveau en verandering", "Covariance of level and change"),
    "term.residual_variance": ("Restvariantie", "Residual variance"),
    "term.residual_autocorrelation": ("Correlatie van residuen, 1 jaar terug", "Correlation of residuals, lag 1 year"),
    "term.first_share": ("Aandeel van de eerste component", "Share of the first component"),
    "term.mean_correlation": ("Gemiddelde correlatie tussen velden", "Mean correlation between fields"),
    "term.alpha": ("Cronbachs alfa", "Cronbach's alpha"),
    "term.loading": ("Lading", "Loading"),
    "term.lag_1": ("Correlatie, 1 jaar terug", "Correlation, lag 1 year"),
    "term.lag_5": ("Correlatie, 5 jaar terug", "Correlation, lag 5 years"),
    "term.lag_10": ("Correlatie, 10 jaar terug", "Correlation, lag 10 years"),
    "term.rank_lag_1": ("Rangcorrelatie, 1 jaar terug", "Rank correlation, lag 1 year"),
    "term.rank_lag_5": ("Rangcorrelatie, 5 jaar terug", "Rank correlation, lag 5 years"),
    "term.rank_lag_10": ("Rangcorrelatie, 10 jaar terug", "Rank correlation, lag 10 years"),
    "term.ar1": ("Autoregressie, 1 jaar", "Autoregression, 1 year"),
    "term.ar1_uncorrected": ("Autoregressie, niet gecorrigeerd", "Autoregression, not corrected"),
    "term.mean": ("Gemiddelde", "Mean"),
    "term.median": ("Mediaan", "Median"),
    "term.sd_log": ("sd van ln", "sd of ln"),
    "term.cv": ("CV", "CV"),
    "term.gini": ("Gini", "Gini"),
    "term.gini_between": ("Gini tussen groepen", "Gini between groups"),
    "term.gini_between_share": ("Gini: deel tussen groepen", "Gini: share between groups"),
    "term.theil": ("Theil T", "Theil T"),
    "term.theil_between": ("Theil tussen groepen", "Theil between groups"),
    "term.theil_within": ("Theil binnen groepen", "Theil within groups"),
    "term.theil_between_share": ("Theil: deel tussen groepen", "Theil: share between groups"),
    "term.cycle": ("Jaren sinds de verkiezing", "Years since the election"),
    "step.spline": ("spline", "spline"),
    "step.windows": ("periodes", "windows"),
    "covariance.likelihood": ("profielaannemelijkheid", "profile likelihood"),
    # titles
    "title.regression": ("Schattingen", "Estimates"),
    "title.attribution": ("Verklaringskracht per blok", "Explanatory power by block"),
    "title.descriptives": ("Beschrijvende statistiek", "Descriptive statistics"),
    "title.attrition": ("Verantwoording van de steekproef", "Account of the sample"),
    "title.deviations": ("Afwijkingen van het vastgelegde plan", "Deviations from the frozen plan"),
    "title.mergers": ("Gesimuleerde fusies", "Simulated mergers"),
    "stub.deviations": ("Sleutel", "Key"),
    "stub.mergers": ("Maat", "Measure"),
    "head.change": ("Wat", "What"),
    "head.frozen_sha256": ("Controlesom toen", "Checksum then"),
    "head.current_sha256": ("Controlesom nu", "Checksum now"),
    "head.before": ("Voor", "Before"),
    "head.after": ("Na", "After"),
    "head.difference": ("Verschil", "Difference"),
    "head.largest_deviation": ("Grootste afwijking", "Largest deviation"),
    "note.mergers": (
        "Gemiddelden over de trekkingen van fusies; interval: percentielen van het verschil. Aandeel: dat van de gemeenten die "
        "fuseren; totaal: dat van alle gemeenten, in eenheden van de regel. Grootste afwijking: van één nieuwe gemeente tegenover "
        "de som van haar delen, in eender welke trekking. Rangstabiliteit: voor = rangcorrelatie van inwoners voor en na de "
        "fusies, na = die van de maat.",
        "Means over the draws of mergers; interval: percentiles of the difference. Share: that of the municipalities that merge; "
        "total: that of all municipalities, in units of the rule. Largest deviation: of one new municipality from the sum of its "
        "parts, in any draw. Rank stability: before = rank correlation of inhabitants before and after the mergers, after = that "
        "of the measure.",
    ),
    "note.deviations": (
        "Vergeleken met plan.sha256, dat vastligt voor er echte gegevens gelezen zijn: sha256 per onderdeel van config.yaml.",
        "Compared with plan.sha256, which is fixed before real data are read: sha256 of every part of config.yaml.",
    ),
    "title.claims": ("Uitspraken van de brondocumenten", "Claims of the source documents"),
    "title.replication": ("Kandidaten voor replicatie", "Replication candidates"),
    # column heads
    "stub.claims": ("Uitspraak", "Claim"),
    "stub.replication": ("Bevinding", "Finding"),
    "head.verdict": ("Oordeel", "Verdict"),
    "head.statistic": ("Maat", "Statistic"),
    "head.threshold": ("Drempel", "Threshold"),
    "head.robustness": ("Robuust", "Robust"),
    "head.statement": ("Wat er staat", "What it says"),
    "head.test": ("Toets", "Test"),
    "verdict.supported": ("gesteund", "supported"),
    "verdict.contradicted": ("tegengesproken", "contradicted"),
    "verdict.undetermined": ("onbeslist", "undetermined"),
    "verdict.not_testable": ("niet toetsbaar", "not testable"),
    "finding.used_beyond_formal": (
        "1. Gebruikte vrijheid hangt ook af van hoe ver een gemeente gaat",
        "1. Used freedom also depends on how far a municipality goes",
    ),
    "finding.formal_stimulates": ("2. Meer formele vrijheid kan stimuleren", "2. More formal freedom can stimulate"),
    "finding.little_explained": (
        "3. Capaciteit, schaal en politiek verklaren weinig",
        "3. Capacity, scale and politics explain little",
    ),
    "note.claims": (
        "Elk oordeel is door de code geveld, met drempels die vooraf in config.yaml staan. Robuust: aandeel van de verdedigbare "
        "varianten met hetzelfde oordeel. Onbeslist is geen steun en geen weerlegging. Waar een toets beslist, is de maat zijn "
        "toetsingsgrootheid en de drempel het niveau waar p onder moet liggen.",
        "Every verdict was reached by code, with thresholds set beforehand in config.yaml. Robust: share of the defensible "
        "variants with the same verdict. Undetermined neither supports nor contradicts. Where a test decides, the statistic is "
        "that of the test and the threshold the level that p must lie below.",
    ),
    "note.replication": (
        "Hoe het gepubliceerde onderzoek mat, is niet bekend: elke kandidaat is een reconstructie die vooraf vastlag; alle staan "
        "er, geen is gekozen.",
        "How the published study measured is not known: every candidate is a reconstruction fixed beforehand; all are shown, none "
        "is chosen.",
    ),
    "stub.term": ("Variabele", "Variable"),
    "stub.block": ("Blok", "Block"),
    "stub.step": ("Stap", "Step"),
    "head.r2_share": ("Deel van R² (Shapley)", "Part of R² (Shapley)"),
    "head.interval": ("Interval {confidence} %", "{confidence} % interval"),
    "head.unique": ("Uniek", "Unique"),
    "head.shared": ("Gedeeld", "Shared"),
    "head.cv_share": ("Deel van kruisgevalideerde R²", "Part of cross-validated R²"),
    "head.cv_unique": ("Uniek, kruisgevalideerd", "Unique, cross-validated"),
    "head.cv_shared": ("Gedeeld, kruisgevalideerd", "Shared, cross-validated"),
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
    "covariance.field_permutation": ("permutatie van velden", "permutation of fields"),
    "covariance.robust_bias_corrected": ("robuust, gecorrigeerd", "robust, bias-corrected"),
    "covariance.exact": ("exact", "exact"),
    "covariance.wilson": ("Wilson", "Wilson"),
    "yes": ("ja", "yes"),
    "status": ("Status", "Status"),
    "not_applicable": ("niet van toepassing", "not applicable"),
    "refused": ("niet geschat", "not estimated"),
    # notes
    "note.dependent": ("Afhankelijke variabele boven elke kolom.", "Dependent variable above each column."),
    "note.outcome": ("{columns} Afhankelijke variabele: {words}.", "{columns} Dependent variable: {words}."),
    "note.beneath.std_error": (
        "Standaardfouten tussen haakjes onder de coëfficiënten.",
        "Standard errors in brackets beneath the coefficients.",
    ),
    "note.beneath.interval": (
        "Intervallen van {confidence} % tussen vierkante haken onder de coëfficiënten.",
        "{confidence} % intervals in square brackets beneath the coefficients.",
    ),
    "note.beneath.both": (
        "Onder de coëfficiënten: standaardfouten tussen haakjes, intervallen van {confidence} % tussen vierkante haken.",
        "Beneath the coefficients: standard errors in brackets, {confidence} % intervals in square brackets.",
    ),
    "note.stars": ("Sterren: {levels}.", "Stars: {levels}."),
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
    "sample.chain": (
        "Steekproef ({what}): {rows_in} rijen, {rows_out} gebruikt{drops}.",
        "Sample ({what}): {rows_in} rows, {rows_out} used{drops}.",
    ),
    "sample.drops": ("; weggelaten: {drops}", "; dropped: {drops}"),
    "sample.drop_step": ("{n} door {step}", "{n} by {step}"),
    "period.pre": ("voor de hervorming", "before the reform"),
    "period.post": ("na de hervorming", "after the reform"),
    "period.pre_post": ("voor en na de hervorming", "before and after the reform"),
    "period.before_post": ("tot de jaren na de hervorming beginnen", "until the years after the reform begin"),
    "period.pre_within": ("voor de hervorming en binnen het plan", "before the reform and within the plan"),
    "period.first_plan": ("eerste plan", "first plan"),
    "period.all_years": ("alle jaren", "all years"),
    "rule.smallest": ("kleinste gemeenten", "smallest municipalities"),
    "rule.coast": ("kustgemeenten", "coastal municipalities"),
    "rule.large_cities": ("grote steden", "large cities"),
    "rule.mixed_mergers": ("gemengde fusies", "mixed mergers"),
    "rule.facility": ("faciliteitengemeenten", "facility municipalities"),
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
        "Afronding: coëfficiënten, standaardfouten en intervallen op drie decimalen, meer (tot zes) waar de standaardfout "
        "anders geen twee significante cijfers toont, één of geen waar zij groter is dan 10 of 100; R² en p op drie decimalen; "
        "correlaties op twee; beschrijvende statistiek zo dat de standaardafwijking drie significante cijfers toont (hoogstens "
        "vier decimalen).",
        "Rounding: coefficients, standard errors and intervals to three decimals, more (up to six) where the standard error "
        "would not show two significant digits, one or none where it exceeds 10 or 100; R² and p to three decimals; "
        "correlations to two; descriptive statistics so that the standard deviation shows three significant digits (at most "
        "four decimals).",
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
    "caption.claims": (
        "Elke uitspraak van de brondocumenten waar data iets over kunnen zeggen: toets, oordeel, getal en interval, drempel.",
        "Every claim of the source documents that data can speak to: test, verdict, number and interval, threshold.",
    ),
    "caption.replication": (
        "Elke reconstructie van het gepubliceerde onderzoek tegenover de drie gepubliceerde bevindingen.",
        "Every reconstruction of the published study against the three published findings.",
    ),
    "figure.event_study": ("Verloop per jaar", "Path by year"),
    "caption.event_study": (
        "Coëfficiënten van de dosis per jaar tegenover het referentiejaar (open cirkel), met interval; elk paneel heeft een eigen "
        "schaal. Genummerde lijnen zijn al wat in die "
        "jaren nog gebeurde: een breuk in zo'n jaar is niet aan één oorzaak toe te schrijven. Ook de jaren ervoor zijn niet "
        "zuiver: in 2015 daalden subsidies al, de plannen van toen waren eerder gemaakt, en een korte aanloop heeft weinig "
        "vermogen. Geen breuk vooraf bewijst geen gelijk verloop.",
        "Coefficients of the dose by year against the reference year (open circle), with interval; every panel has its own "
        "scale. Numbered lines are everything else that "
        "happened in those years: a break in such a year cannot be laid at one door. Nor are the years before it clean: "
        "in 2015 grants were cut already, the plans of the time had been made earlier, and a short run-up has little power. No "
        "break beforehand does not prove parallel paths.",
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
    "caption.deviations": (
        "Wat in config.yaml verschilt van het plan dat vooraf is vastgelegd.",
        "What in config.yaml differs from the plan that was fixed beforehand.",
    ),
    "caption.mergers": (
        "Wat gesimuleerde fusies doen met sommen, met formules naar inwonerssegmenten en met rangordes.",
        "What simulated mergers do to sums, to formulas by segments of inhabitants and to ranks.",
    ),
    "caption.counted": (
        "{n} specificaties, waarvan {refused} niet geschat{names}.",
        "{n} specifications, of which {refused} not estimated{names}.",
    ),
    "caption.clusters": ("; clusters: {n}", "; clusters: {n}"),
    "caption.refused": (
        "{label} ({name}): niet geschat: {reason}",
        "{label} ({name}): not estimated: {reason}",
    ),
    # correlation, robustness, codebook
    "title.correlation": ("Correlaties", "Correlations"),
    "note.correlation": (
        "Onder de diagonaal: Pearson; erboven: rangcorrelatie (Spearman, gemiddelde rangen). Ongewogen, over de {n} rijen waarop "
        "{name} geschat is; niveaus van categorieën staan er niet bij.",
        "Below the diagonal: Pearson; above: rank correlation (Spearman, mean ranks). Unweighted, over the {n} rows on which "
        "{name} is estimated; levels of categories are left out.",
    ),
    "caption.correlation": (
        "Hoe uitkomst en voorspellers van een specificatie samengaan in de steekproef waarop zij geschat is.",
        "How the outcome and predictors of a specification go together in the sample that it is estimated on.",
    ),
    "title.robustness": ("Robuustheid van één schatting", "Robustness of one estimate"),
    "stub.specification": ("Specificatie", "Specification"),
    "head.standardised": ("Gestandaardiseerd", "Standardised"),
    "head.differs": ("Wat verschilt van de eerste", "What differs from the first"),
    "robustness.reference": ("eerste specificatie", "first specification"),
    "robustness.same": ("zelfde instellingen", "same settings"),
    "robustness.no_term": ("heeft deze term niet", "does not have this term"),
    "robustness.outcome": ("uitkomst: {words}", "outcome: {words}"),
    "robustness.scale": ("schaal van de uitkomst: {words}", "scale of the outcome: {words}"),
    "robustness.without": ("zonder {words}", "without {words}"),
    "robustness.with": ("met {words}", "with {words}"),
    "robustness.block": ("het blok {words}", "the block {words}"),
    "robustness.as_control": ("als controlevariabele: {words}", "as a control: {words}"),
    "robustness.rows_without": ("steekproef zonder {words}", "sample without {words}"),
    "robustness.rows_with": ("steekproef met {words}", "sample with {words}"),
    "robustness.years": ("jaren {words}", "years {words}"),
    "robustness.all_years": ("alle jaren", "all years"),
    "robustness.covariance": ("standaardfouten: {words}", "standard errors: {words}"),
    "note.robustness": (
        "Eén schatting per specificatie, in de volgorde van config.yaml; alle staan er, geen is gekozen op wat zij toont. "
        "Gestandaardiseerd: in standaardafwijkingen van de uitkomst, om uitkomsten met een andere schaal naast elkaar te leggen.",
        "One estimate per specification, in the order of config.yaml; all are shown, none is chosen for what it shows. "
        "Standardised: in standard deviations of the outcome, to lay outcomes on another scale side by side.",
    ),
    "caption.robustness": (
        "Dezelfde term in een reeks specificaties: schatting, interval, aantal rijen en wat er verschilt van de eerste.",
        "The same term in a list of specifications: estimate, interval, number of rows and what differs from the first.",
    ),
    "title.codebook": ("Codeboek", "Codebook"),
    "head.id": ("Id", "Id"),
    "head.unit": ("Eenheid", "Unit"),
    "head.source": ("Bron", "Source"),
    "head.municipalities": ("Gemeenten", "Municipalities"),
    "head.years": ("Jaren en periodes", "Years and periods"),
    "head.definition": ("Definitie", "Definition"),
    "or": ("of", "or"),
    "source.configuration": ("config.yaml", "config.yaml"),
    "note.codebook": (
        "Definities staan zoals in de catalogus, in het Engels. Bron: ids van docs/sources.md; spending: de uitgaven die "
        "period.spending noemt. Gemeenten, jaren, minimum en maximum: wat er is, over alle beleidsvelden samen; geen gemeenten: "
        "één waarde voor heel Vlaanderen of per veld; leeg: geen bron heeft het.",
        "Definitions stand as in the catalogue. Source: ids of docs/sources.md; spending: the one that period.spending names. "
        "Municipalities, years, minimum and maximum: what there is, over all policy fields together; no municipalities: one "
        "value for all of Flanders or per field; empty: no source has it.",
    ),
    "caption.codebook": (
        "Elke indicator die de specificaties gebruiken: wat hij meet, in welke eenheid, uit welke bron, en wat hij dekt.",
        "Every indicator that the specifications use: what it measures, in which unit, from which source, and what it covers.",
    ),
    # units of the catalogue that are words
    "unit.EUR of the base year per inhabitant": (
        "EUR van het basisjaar per inwoner",
        "EUR of the base year per inhabitant",
    ),
    "unit.ratio": ("verhouding", "ratio"),
    "unit.ln points": ("ln-punten", "ln points"),
    "unit.share of the budget, 0-1": ("aandeel van het budget, 0-1", "share of the budget, 0-1"),
    "unit.share, 0-1": ("aandeel, 0-1", "share, 0-1"),
    "unit.number of fields": ("aantal velden", "number of fields"),
    "unit.ln EUR per inhabitant": ("ln EUR per inwoner", "ln EUR per inhabitant"),
    "unit.EUR of spending per EUR of former grant": (
        "EUR uitgaven per EUR vroegere subsidie",
        "EUR of spending per EUR of former grant",
    ),
    "unit.ln EUR of the base year": ("ln EUR van het basisjaar", "ln EUR of the base year"),
    "unit.EUR per inhabitant": ("EUR per inwoner", "EUR per inhabitant"),
    "unit.VTE per 1000 inhabitants": ("VTE per 1000 inwoners", "VTE per 1000 inhabitants"),
    "unit.EUR of the base year per VTE": ("EUR van het basisjaar per VTE", "EUR of the base year per VTE"),
    "unit.inhabitants": ("inwoners", "inhabitants"),
    "unit.ln inhabitants": ("ln inwoners", "ln inhabitants"),
    "unit.per year": ("per jaar", "per year"),
    "unit.effective number of parties": ("effectief aantal partijen", "effective number of parties"),
    "unit.ln points a year": ("ln-punten per jaar", "ln points a year"),
    "unit.inhabitants per km2": ("inwoners per km²", "inhabitants per km²"),
    "unit.ln inhabitants per km2": ("ln inwoners per km²", "ln inhabitants per km²"),
    "unit.number of parties": ("aantal partijen", "number of parties"),
    "unit.aldermen per 1000 inhabitants": ("schepenen per 1000 inwoners", "aldermen per 1000 inhabitants"),
    "figure.quantile": ("Coëfficiënten per kwantiel", "Coefficients by quantile"),
    "caption.quantile": (
        "Coëfficiënten van kwantielregressies met hun interval; nul is de zwarte lijn. Punten zijn geschat, lijn en band ertussen "
        "recht doorgetrokken; elk paneel heeft een eigen schaal. Stijgt de coëfficiënt met het kwantiel, dan loopt de uitkomst "
        "uiteen.",
        "Coefficients of quantile regressions with their intervals; zero is the black line. Points are estimated, line and band "
        "between them drawn straight; every panel has its own scale. Where the coefficient rises with the quantile, the outcome "
        "fans out.",
    ),
    "axis.quantile": ("Kwantiel", "Quantile"),
    "axis.by_quantile": (
        "Coëfficiënt van\n{term}\n(interval {confidence} %)",
        "Coefficient of\n{term}\n({confidence} % interval)",
    ),
    "figure.capacity": ("Drie assen van ambtelijke capaciteit", "Three axes of administrative capacity"),
    "caption.capacity": (
        "Elke stip is een gemeente; elk paneel zet twee van de drie assen tegenover elkaar. De typen investeerders zijn klassen "
        "van een continuum, enkel om te tonen.",
        "Each dot is a municipality; each panel sets two of the three axes against each other. The types of investors are "
        "classes of a continuum, for display only.",
    ),
    "figure.map": ("Kaart van de gemeenten", "Map of the municipalities"),
    "caption.map": (
        "Waarden in klassen; gearceerd is wie er geen heeft. Een kaart is geen rangschikking van gemeenten.",
        "Values in classes; hatched are those without one. A map is no ranking of municipalities.",
    ),
    # necessity and fsQCA
    "title.necessity": ("Noodzakelijke voorwaarden", "Necessary conditions"),
    "title.qca": ("Voldoende combinaties (fsQCA)", "Sufficient combinations (fsQCA)"),
    "figure.necessity": ("Noodzakelijke voorwaarden", "Necessary conditions"),
    "stub.necessity": ("Maat", "Measure"),
    "stub.qca": ("Combinatie", "Combination"),
    "ceiling.ce_fdh": ("trap (CE-FDH)", "steps (CE-FDH)"),
    "ceiling.cr_fdh": ("lijn (CR-FDH)", "line (CR-FDH)"),
    "necessity.effects": ("Effect", "Effect"),
    "necessity.effect_size": ("Effectgrootte d", "Effect size d"),
    "necessity.p_value": ("p (permutatie)", "p (permutation)"),
    "necessity.accuracy": ("Nauwkeurigheid (%)", "Accuracy (%)"),
    "necessity.n_obs": ("N", "N"),
    "necessity.bottleneck": ("Nodig voor dit deel van de uitkomst", "Needed for this share of the outcome"),
    "necessity.level": ("{percent} %", "{percent} %"),
    "necessity.NN": ("NN", "NN"),
    "necessity.NA": ("NA", "NA"),
    "figure.necessity_one": ("{condition}: d = {effect} (p {p})", "{condition}: d = {effect} (p {p})"),
    "note.necessity": (
        "d is het deel van de rechthoek van waarden dat leeg blijft boven het plafond (Dul 2016); p: aandeel "
        "permutaties van de uitkomst die minstens zo veel leeg laten (Dul, van der Laan & Kuik 2020). "
        "Nauwkeurigheid: gevallen op of onder het plafond. Nodig: minimum van de voorwaarde in % van haar bereik, "
        "voor zoveel % van het bereik van de uitkomst; NN: niet nodig, NA: binnen het bereik niet haalbaar. De "
        "waarden zelf staan in results/necessity/.",
        "d is the part of the rectangle of values that stays empty above the ceiling (Dul 2016); p: share of "
        "permutations of the outcome that leave at least as much empty (Dul, van der Laan & Kuik 2020). Accuracy: "
        "cases on or below the ceiling. Needed: least value of the condition in % of its range, for that % of the "
        "range of the outcome; NN: not necessary, NA: not attained within the range. The values themselves are in "
        "results/necessity/.",
    ),
    "caption.table.necessity": (
        "Hoe groot de lege ruimte boven het plafond is, hoe vaak toeval zo veel leeg laat, en welk niveau van een "
        "voorwaarde nodig is voor welk niveau van de uitkomst.",
        "How large the empty space above the ceiling is, how often chance leaves as much empty, and which level "
        "of a condition is needed for which level of the outcome.",
    ),
    "caption.necessity": (
        "Elke stip is een gemeente van de steekproef. Boven de trap (CE-FDH) ligt geen enkele gemeente; de lijn "
        "(CR-FDH) is de rechte door haar hoeken. d: deel van de rechthoek van waarden dat leeg blijft; p: "
        "permutatietoets.",
        "Each dot is a municipality of the sample. No municipality lies above the steps (CE-FDH); the line "
        "(CR-FDH) runs through their corners. d: part of the rectangle of values that stays empty; p: permutation "
        "test.",
    ),
    "qca.outcome": ("uitkomst", "outcome"),
    "qca.~outcome": ("geen uitkomst", "no outcome"),
    "qca.conservative": ("conservatieve oplossing", "conservative solution"),
    "qca.intermediate": ("intermediaire oplossing", "intermediate solution"),
    "qca.parsimonious": ("spaarzame oplossing", "parsimonious solution"),
    "qca.necessity": ("noodzakelijke voorwaarden", "necessary conditions"),
    "qca.model": (", model {model} van {n}", ", model {model} of {n}"),
    "qca.solution": ("Hele oplossing", "Whole solution"),
    "qca.always": ("altijd", "always"),
    "qca.absent": ("niet {name}", "not {name}"),
    "head.consistency": ("Consistentie", "Consistency"),
    "head.pri": ("PRI", "PRI"),
    "head.raw_coverage": ("Dekking", "Coverage"),
    "head.unique_coverage": ("Unieke dekking", "Unique coverage"),
    "head.relevance": ("Relevantie", "Relevance"),
    "head.n_cases": ("Gevallen", "Cases"),
    "note.qca": (
        "× is en; regels onder een oplossing zijn wegen (of). Consistentie: in hoeverre de combinatie een "
        "deelverzameling is van de uitkomst (bij noodzaak omgekeerd); PRI: zonder wat ze ook met de negatie "
        "deelt; dekking: welk deel van de uitkomst ze beslaat, uniek: wat geen andere weg beslaat; relevantie "
        "(RoN): laag waar bijna elk geval de voorwaarde heeft; gevallen: lidmaatschap boven 0,5. Conservatief "
        "gebruikt alleen waargenomen combinaties, spaarzaam ook elke niet-waargenomene die vereenvoudigt, "
        "intermediair alleen die welke met de verwachtingen stroken (Ragin 2008). Lidmaatschap: directe "
        "kalibratie bij de ankers van config.yaml.",
        "× is and; rows under a solution are paths (or). Consistency: how far the combination is a subset of the "
        "outcome (for necessity the reverse); PRI: without what it also shares with the negation; coverage: the "
        "part of the outcome it covers, unique: what no other path covers; relevance (RoN): low where nearly "
        "every case has the condition; cases: membership above 0.5. Conservative uses observed combinations only, "
        "parsimonious every unobserved one that shortens, intermediate only those in line with the expectations "
        "(Ragin 2008). Membership: direct calibration at the anchors of config.yaml.",
    ),
    "note.qca_warning": ("{name}: {warning}.", "{name}: {warning}."),
    "caption.qca": (
        "Welke combinaties van voorwaarden voldoende zijn voor de uitkomst of haar afwezigheid, en welke "
        "voorwaarden apart noodzakelijk.",
        "Which combinations of conditions are sufficient for the outcome or its absence, and which conditions are "
        "necessary by themselves.",
    ),
    "step.missing condition": ("ontbrekende voorwaarde", "missing condition"),
    "step.crossover": ("op de omslag", "at the crossover"),
    "test.necessity_ce_fdh": ("noodzaak, trap (CE-FDH)", "necessity, steps (CE-FDH)"),
    "test.necessity_cr_fdh": ("noodzaak, lijn (CR-FDH)", "necessity, line (CR-FDH)"),
    # verdicts
    "reason.absent": ("{file} ontbreekt.", "{file} is missing."),
    "reason.refused": ("{name}: niet geschat: {reason}", "{name}: not estimated: {reason}"),
    "reason.no_row": ("{file} heeft geen rij voor {row}.", "{file} has no row for {row}."),
    "reason.row": (
        "{name}: {what} = {estimate}, interval {low} tot {high}.",
        "{name}: {what} = {estimate}, interval {low} to {high}.",
    ),
    "reason.test": (
        "{name}: {test} ({term}), p {p}{power}.",
        "{name}: {test} ({term}), p {p}{power}.",
    ),
    "test.permutation": ("permutatietoets", "permutation test"),
    "test.likelihood_ratio": ("likelihoodratiotoets", "likelihood-ratio test"),
    "test.wald": ("waldtoets", "Wald test"),
    "test.equivalence": ("equivalentietoets", "equivalence test"),
    "test.non_inferiority": ("niet-inferioriteitstoets", "non-inferiority test"),
    "test.u_shape": ("toets op een U-vorm", "test of a U shape"),
    "test.inverse_u_shape": ("toets op een omgekeerde U", "test of an inverse U"),
    "test.equal_slopes": ("toets op gelijke hellingen", "test of equal slopes"),
    "test.bootstrap": ("bootstrap", "bootstrap"),
    "test.wild_bootstrap": ("wild cluster bootstrap", "wild cluster bootstrap"),
    "test.stute": ("stutetoets", "Stute test"),
    "test.yatchew": ("yatchewtoets", "Yatchew test"),
    "test.quasi_untreated": ("toets op quasi-onbehandelden", "test of a quasi-untreated group"),
    "test.r2_non_inferiority": ("niet-inferioriteit van R²", "non-inferiority of R²"),
    "test.r2_bootstrap": ("bootstraptoets van R²", "bootstrap test of R²"),
    "test.joint": ("gezamenlijke toets", "joint test"),
    "reason.power": (", vermogen {power}", ", power {power}"),
    "reason.negligible": (
        "{name}: {term}, gestandaardiseerd {estimate}, interval {low} tot {high}; equivalentie bij |b| < {bound}: p {p}, vermogen "
        "{power}.",
        "{name}: {term}, standardised {estimate}, interval {low} to {high}; equivalence at |b| < {bound}: p {p}, power {power}.",
    ),
    "reason.mde": (
        "Kleinste effect dat met een vermogen van 80 % wordt gevonden: {mde}.",
        "Smallest effect found with 80 % power: {mde}.",
    ),
    "reason.mde_from": (
        "Kleinste afstand tot {threshold} die met een vermogen van 80 % wordt gevonden: {mde}.",
        "Smallest distance from {threshold} found with 80 % power: {mde}.",
    ),
    "reason.quoted": ("Daarnaast, zonder te beslissen: {told}", "Beside it, without deciding: {told}"),
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
    # the frozen plan
    "plan.none": ("Alles is zoals het plan het vooraf vastlegde.", "Everything is as the plan fixed it beforehand."),
    "plan.not_frozen": (
        "Voor deze studie is vooraf geen plan vastgelegd.",
        "No plan was fixed beforehand for this study.",
    ),
    "plan.changed": ("gewijzigd", "changed"),
    "plan.added": ("toegevoegd", "added"),
    "plan.removed": ("geschrapt", "removed"),
    "plan.deviations": (
        "Afwijkingen van het vooraf vastgelegde plan: {n}: {names}.",
        "Deviations from the plan fixed beforehand: {n}: {names}.",
    ),
    # simulated mergers
    "basket.additive_shares": ("aandeel in een som", "share of a sum"),
    "basket.segment_total": ("totaal volgens inwonerssegmenten", "total by segments of inhabitants"),
    "basket.segment_shares": ("aandeel volgens inwonerssegmenten", "share by segments of inhabitants"),
    "basket.rank_stability": (
        "rangstabiliteit tegenover die van inwoners",
        "rank stability against that of inhabitants",
    ),
    "term.population": ("inwoners", "inhabitants"),
    "term.taxable_income": ("belastbaar inkomen", "taxable income"),
    "term.general_grants": ("algemene subsidies", "general grants"),
    "term.council_seats": ("raadszetels", "council seats"),
    "term.debt_takeover": ("schuldovername bij fusie", "debt taken over at a merger"),
    "term.debt_takeover_without_maximum": (
        "schuldovername bij fusie, zonder maximum",
        "debt taken over at a merger, without its maximum",
    ),
    "term.centre_function_largest": ("centrumfunctie (grootste deel)", "centre function (largest part)"),
    "term.centre_function_best": ("centrumfunctie (best uitgeruste deel)", "centre function (best equipped part)"),
    "term.population_in_classes": ("inwoners in klassen", "inhabitants in classes"),
    # diagnostics, multiplicity and power
    "title.diagnostics": ("Houdt het resultaat stand", "Does the result stand"),
    "title.multiplicity": ("Meervoudig toetsen", "Multiple testing"),
    "stub.variant": ("Variant", "Variant"),
    "stub.test": ("Toets", "Test"),
    "head.estimate": ("Schatting", "Estimate"),
    "head.p_value": ("p", "p"),
    "head.holm_p": ("p (Holm)", "p (Holm)"),
    "head.romano_wolf_p": ("p (Romano-Wolf)", "p (Romano-Wolf)"),
    "diagnostic.baseline": ("Zoals vooraf bepaald", "As specified"),
    "diagnostic.influence": ("Zonder één gemeente", "Without one municipality"),
    "diagnostic.outliers": ("Uitbijterregels", "Outlier rules"),
    "diagnostic.mean_reversion": ("Terugkeer naar het gemiddelde", "Mean reversion"),
    "diagnostic.recoding": ("Herboeking", "Recoding"),
    "diagnostic.clusters": ("Belfius-clusters", "Belfius clusters"),
    "diagnostic.denominators": ("Noemers", "Denominators"),
    "diagnostic.missing_weights": ("Ontbrekende gemeenten", "Missing municipalities"),
    "diagnostic.omitted_variable": ("Weggelaten variabele", "Omitted variable"),
    "variant.as_specified": ("specificatie", "specification"),
    "variant.lowest": ("laagste coëfficiënt", "lowest coefficient"),
    "variant.highest": ("hoogste coëfficiënt", "highest coefficient"),
    "variant.flips": ("aantal dat teken of significantie keert", "number that turn sign or significance"),
    "variant.without_flagged": ("zonder vermoede herboekingen", "without suspected recoding"),
    "variant.with_clusters": ("met clusters", "with clusters"),
    "variant.without_clusters": ("zonder clusters", "without clusters"),
    "variant.log": ("in logaritmen, met ln inwoners", "in logs, with ln inhabitants"),
    "variant.weighted": ("gewogen naar kans op volledigheid", "weighted by the chance to be complete"),
    "variant.partial_r2": ("partiële R²", "partial R²"),
    "variant.robustness_value": ("robuustheidswaarde", "robustness value"),
    "variant.robustness_value_alpha": ("robuustheidswaarde (significantie)", "robustness value (significance)"),
    "variant.applied": ("zonder {rule}", "without {rule}"),
    "variant.lifted": ("met {rule}", "with {rule}"),
    "variant.with": ("met {term}", "with {term}"),
    "variant.without": ("zonder {term}", "without {term}"),
    "note.diagnostics": (
        "Gestandaardiseerde coëfficiënten met hun interval van {confidence} % eronder; elke rij is dezelfde specificatie, op "
        "één punt veranderd. Laagste en hoogste: over alle keren dat één gemeente wordt weggelaten. Robuustheidswaarde "
        "(Cinelli en Hazlett 2020): welk deel van de restvariantie van uitkomst en variabele een weggelaten variabele moet "
        "verklaren om de coëfficiënt nul te maken, of niet langer significant.",
        "Standardised coefficients with their {confidence} % interval beneath; each row is the same specification, changed in "
        "one point. Lowest and highest: over all times that one municipality is left out. Robustness value (Cinelli and "
        "Hazlett 2020): which share of the residual variance of outcome and variable an omitted variable must explain to "
        "bring the coefficient to zero, or out of significance.",
    ),
    "note.moran": (
        "{name}: Moran's I van de residuen {estimate}, p {p} (permutatie, eenzijdig).",
        "{name}: Moran's I of the residuals {estimate}, p {p} (permutation, one-sided).",
    ),
    "note.missing": (
        "{name}: ontbrekende gemeenten: {n}; wie, staat in results/diagnostics/.",
        "{name}: municipalities missing: {n}; who, is in results/diagnostics/.",
    ),
    "note.variant": ("{name}, {variant}: {reason}.", "{name}, {variant}: {reason}."),
    "note.multiplicity": (
        "p zoals gepubliceerd, en aangepast voor alle toetsen van de familie. Holm (1979) geldt bij elke samenhang; "
        "Romano-Wolf (2005) gebruikt de samenhang, met dezelfde trekkingen van een wild-clusterbootstrap per gemeente in "
        "alle specificaties.",
        "p as published, and adjusted for all tests of the family. Holm (1979) holds under any dependence; Romano-Wolf "
        "(2005) uses the dependence, with the same draws of a wild cluster bootstrap per municipality in all specifications.",
    ),
    "caption.diagnostics": (
        "De specificatie opnieuw, telkens op één punt veranderd: invloed van één gemeente, uitbijterregels, terugkeer naar het "
        "gemiddelde, herboeking, clusters, noemers, ontbrekende gemeenten, weggelaten variabelen.",
        "The specification again, each time changed in one point: influence of one municipality, outlier rules, mean "
        "reversion, recoding, clusters, denominators, missing municipalities, omitted variables.",
    ),
    "caption.multiplicity": (
        "p-waarden die bij elkaar horen, aangepast voor meervoudig toetsen.",
        "p-values that belong together, adjusted for multiple testing.",
    ),
    "figure.power": ("Wat de toetsen hadden kunnen vinden", "What the tests could have found"),
    "caption.power": (
        "Kans dat elke toets verwerpt bij een gegeven ware waarde, op de eigen gegevensmatrix van de specificatie. Punten met "
        "band: simulatie met opnieuw getrokken residuen; streepjes: de formule bij normale fouten. De horizontale lijnen zijn "
        "een vermogen van 0,80 en het toetsniveau.",
        "Chance that each test rejects at a given true value, on the specification's own design. Points with a band: "
        "simulation with redrawn residuals; dashes: the formula under normal errors. The horizontal lines are a power of 0.80 "
        "and the level of the test.",
    ),
    "axis.by_dose": (
        "Coëfficiënt van\n{dose}\n(interval {confidence} %)",
        "Coefficient of\n{dose}\n({confidence} % interval)",
    ),
    "axis.power": ("Kans op verwerpen", "Chance to reject"),
    "axis.true_r2": ("Ware R² van de blokken", "True R² of the blocks"),
    "axis.true_coefficient": ("Ware gestandaardiseerde coëfficiënt", "True standardised coefficient"),
    "power.r2": ("R² kleiner dan de grens", "R² smaller than the bound"),
    "legend.smaller": ("R² < {bound}", "R² < {bound}"),
    "legend.equivalent": ("|b| < {bound}", "|b| < {bound}"),
    "legend.t_test": ("b ≠ 0 (t-toets)", "b ≠ 0 (t-test)"),
    "legend.analytic": ("formule bij normale fouten", "formula under normal errors"),
    # reform in panels: event study, heterogeneous adoption, permuted fields, coefficients by period (E2, E4, E6, E7)
    "block.dose": ("Dosis", "Dose"),
    "block.reform": ("Hervorming", "Reform"),
    "basket.pre": ("voor", "before"),
    "basket.post": ("na", "after"),
    "basket.event": ("Per jaar", "By year"),
    "basket.pre_trend": ("Trend vooraf", "Pre-trend"),
    "term.had_slope": ("Gemiddelde helling (heterogene invoering)", "Average slope (heterogeneous adoption)"),
    "term.twfe_slope": ("Helling (tweeweg-effecten)", "Slope (two-way fixed effects)"),
    "term.reform": ("Hervormd veld × na", "Reformed field × after"),
    "term.log_change": ("Verandering van ln(spreiding)", "Change of ln(dispersion)"),
    "term.r2": ("R²", "R²"),
    "term.r2_blocks": ("R² van de blokken na controle", "R² of the blocks after controls"),
    "step.bandwidth": ("bandbreedte", "bandwidth"),
    "step.contrast": ("contrast", "contrast"),
    "step.controls": ("controlevariabelen", "controls"),
    # language of specifications: transforms, weights, covariances, random effects
    "term.transform.log": ("ln {term}", "ln {term}"),
    "term.transform.log1p": ("ln(1 + {term})", "ln(1 + {term})"),
    "term.transform.difference": ("{term}, verandering", "{term}, change"),
    "term.transform.lag": ("{term}, {n} jaar vroeger", "{term}, lagged {n} years"),
    "term.transform.standardised": ("{term} (gestandaardiseerd)", "{term} (standardised)"),
    "step.transform": ("transformatie", "transform"),
    "step.missing weight": ("ontbrekend gewicht", "missing weight"),
    "step.weights": ("gewichten", "weights"),
    "test.mundlak": ("toets van Mundlak", "Mundlak's test"),
    "covariance.two_way": ("geclusterd in twee richtingen", "two-way clustered"),
    "covariance.wild_cluster": ("wild cluster", "wild cluster"),
    "covariance.driscoll_kraay": ("Driscoll-Kraay", "Driscoll-Kraay"),
    # explanation of a specification
    "explain.estimator.ols": (
        "Kleinste kwadraten met een constante, één rij per gemeente.",
        "Least squares with a constant, one row per municipality.",
    ),
    "explain.estimator.panel_ols": (
        "Kleinste kwadraten in een panel, één rij per gemeente en jaar, vaste effecten exact weggewerkt.",
        "Least squares in a panel, one row per municipality and year, fixed effects taken out exactly.",
    ),
    "explain.estimator.random_effects": (
        "Willekeurige gemeente-effecten in een panel (veralgemeende kleinste kwadraten, varianties volgens Swamy-Arora), "
        "één rij per gemeente en jaar.",
        "Random municipality effects in a panel (generalised least squares, variances after Swamy-Arora), one row per "
        "municipality and year.",
    ),
    "explain.estimator.quantile": (
        "Kwantielregressie, één rij per gemeente, elk kwantiel apart.",
        "Quantile regression, one row per municipality, each quantile by itself.",
    ),
    "explain.estimator.dispersion_change": (
        "De verandering van de spreiding over gemeenten, per veld, van voor naar na.",
        "The change of dispersion over municipalities, by field, from before to after.",
    ),
    "explain.estimator.dispersion_ratio": (
        "De verhouding van de spreiding over gemeenten na en voor, over alle velden samen.",
        "The ratio of dispersion over municipalities after and before, over all fields together.",
    ),
    "explain.estimator.share": (
        "Het aandeel gemeenten waarvan de uitkomst minstens de drempel is.",
        "The share of municipalities whose outcome is at least the threshold.",
    ),
    "explain.estimator.mean_change": (
        "Het gemiddelde van een verandering over gemeenten, met een toets of het binnen de drempel ligt.",
        "The mean of a change over municipalities, tested for being within the threshold.",
    ),
    "explain.estimator.location_scale": (
        "Gemiddelde en ln van de variantie samen geschat (grootste aannemelijkheid); met velden: of de spreiding in "
        "hervormde velden meer veranderde, en of de blokken dat mee bepalen.",
        "Mean and ln variance estimated together (maximum likelihood); with fields: whether dispersion changed more in "
        "reformed fields, and whether the blocks shape that.",
    ),
    "explain.estimator.field_ols": (
        "Kleinste kwadraten van het gemiddelde, één rij per gemeente, veld en jaar: hervormd veld × na, alleen en maal elke "
        "kolom van de blokken (gestandaardiseerd, van voor de hervorming), met alle lagere producten.",
        "Least squares of the mean, one row per municipality, field and year: reformed field × after, by itself and times "
        "every block column (standardised, from before the reform), with every lower product.",
    ),
    "explain.estimator.rif": (
        "Regressie van de herijkte invloedsfunctie van een spreidingsmaat (RIF): wat elk kenmerk met variantie of Gini "
        "doet.",
        "Regression of the recentred influence function of a measure of dispersion (RIF): what each characteristic does "
        "to variance or Gini.",
    ),
    "explain.estimator.event_study": (
        "Dosis maal elk jaar tegenover het referentiejaar, in een panel met gemeente- en jaareffecten.",
        "Dose times every year against the reference year, in a panel with municipality and year effects.",
    ),
    "explain.estimator.heterogeneous_adoption": (
        "Verschil van voor naar na tegen de dosis als niemand onbehandeld is: lokaal lineair bij dosis nul, naast de "
        "tweeweg-helling.",
        "Change from before to after against the dose where nobody is untreated: local linear at dose zero, beside the "
        "two-way slope.",
    ),
    "explain.estimator.field_permutation": (
        "Veranderde de spreiding in hervormde velden meer dan in andere? ln spreiding per veld en jaar met effecten van "
        "beide.",
        "Did dispersion change more in reformed fields than in others? ln dispersion by field and year with effects of "
        "both.",
    ),
    "explain.estimator.period_coefficients": (
        "Dezelfde regressie voor en na, en het verschil van coëfficiënten en R².",
        "The same regression before and after, and the difference of coefficients and R².",
    ),
    "explain.estimator.random_slope": (
        "Niveau en verandering per gemeente als willekeurige effecten: verschilt de verandering tussen gemeenten?",
        "Level and change by municipality as random effects: does the change differ between municipalities?",
    ),
    "explain.estimator.common_factor": (
        "Beweegt een gemeente in alle velden samen? Eerste component en gemiddelde correlatie over velden.",
        "Does a municipality move in all fields together? First component and mean correlation over fields.",
    ),
    "explain.estimator.hurdle": (
        "Twee vergelijkingen: of er een bedrag is (logit), en ln van het bedrag waar het er is (kleinste kwadraten).",
        "Two equations: whether there is an amount (logit), and ln of the amount where there is one (least squares).",
    ),
    "explain.estimator.autocorrelation": (
        "Hoe sterk een waarde samenhangt met die van jaren eerder, tussen en binnen gemeenten.",
        "How closely a value goes with that of years earlier, between and within municipalities.",
    ),
    "explain.estimator.correlation": (
        "Rangcorrelatie en gewone correlatie van de uitkomst met elke kolom van de blokken, na controle.",
        "Rank and plain correlation of the outcome with every column of the blocks, after controls.",
    ),
    "explain.estimator.dispersion_by_group": (
        "Spreiding van de uitkomst in elke groep gemeenten, en de verhouding tussen groepen.",
        "Dispersion of the outcome in each group of municipalities, and its ratio between groups.",
    ),
    "explain.estimator.inequality": (
        "Gini en Theil van de uitkomst, per gemeente en gewogen naar inwoners, gesplitst tussen en binnen groepen.",
        "Gini and Theil of the outcome, by municipality and weighted by inhabitants, split between and within groups.",
    ),
    "explain.estimator.published_value": (
        "Het Vlaamse cijfer naast het gepubliceerde; zonder steekproeffout.",
        "The figure for Flanders beside the published one; no sampling error.",
    ),
    "explain.covariance.nonrobust": (
        "homoskedastisch; t met N-K vrijheidsgraden, vaste effecten meegeteld in K",
        "homoskedastic; t with N-K degrees of freedom, fixed effects counted in K",
    ),
    "explain.covariance.HC0": (
        "robuust voor heteroskedasticiteit, HC0 (geen correctie)",
        "heteroskedasticity-robust, HC0 (no correction)",
    ),
    "explain.covariance.HC1": (
        "robuust voor heteroskedasticiteit, HC1 (maal N/(N-K))",
        "heteroskedasticity-robust, HC1 (times N/(N-K))",
    ),
    "explain.covariance.HC2": (
        "robuust voor heteroskedasticiteit, HC2 (gedeeld door 1 - hefboom)",
        "heteroskedasticity-robust, HC2 (divided by 1 - leverage)",
    ),
    "explain.covariance.HC3": (
        "robuust voor heteroskedasticiteit, HC3 (gedeeld door (1 - hefboom)²)",
        "heteroskedasticity-robust, HC3 (divided by (1 - leverage)²)",
    ),
    "explain.covariance.cluster": ("geclusterd per gemeente", "clustered by municipality"),
    "explain.covariance.two_way": (
        "in twee richtingen geclusterd, per gemeente en per jaar",
        "two-way clustered, by municipality and by year",
    ),
    "explain.covariance.driscoll_kraay": (
        "Driscoll-Kraay, bandbreedte {bandwidth} jaar",
        "Driscoll-Kraay, bandwidth {bandwidth} years",
    ),
    "explain.covariance.wild_cluster": (
        "standaardfouten geclusterd per gemeente; p-waarden en intervallen uit een wild-clusterbootstrap, gewichten "
        "{weights}, {draws} trekkingen, nulhypothese opgelegd",
        "standard errors clustered by municipality; p-values and intervals from a wild cluster bootstrap, weights "
        "{weights}, {draws} draws, the null imposed",
    ),
    "explain.covariance.municipality_bootstrap": (
        "bootstrap over hele gemeenten, {draws} trekkingen; voor vertekening gecorrigeerde (BC) intervallen",
        "bootstrap over whole municipalities, {draws} draws; bias-corrected (BC) intervals",
    ),
    "explain.covariance.wilson": ("Wilson-score-interval van een aandeel", "Wilson score interval of a share"),
    "explain.covariance.robust_bias_corrected": (
        "robuust en voor vertekening gecorrigeerd (lokaal lineair)",
        "robust and bias-corrected (local linear)",
    ),
    "explain.covariance.field_permutation": (
        "permutatie van hele velden voor p; bootstrap over gemeenten voor het interval, {draws} trekkingen",
        "permutation of whole fields for p; bootstrap over municipalities for the interval, {draws} draws",
    ),
    "explain.covariance.likelihood": (
        "profielaannemelijkheid; aannemelijkheidsverhouding met grenscorrectie",
        "profile likelihood; likelihood ratio corrected for the boundary",
    ),
    "explain.covariance.exact": ("geen: het cijfer is van heel Vlaanderen", "none: the figure is for all of Flanders"),
    "explain.key.beleidsveld": ("Veld of mand", "Field or basket"),
    "explain.key.blocks": ("Blokken", "Blocks"),
    "explain.key.controls": ("Controlevariabelen", "Controls"),
    "explain.key.transform": ("Schaal van de uitkomst", "Scale of the outcome"),
    "explain.key.splines": ("Splines", "Splines"),
    "explain.key.interactions": ("Interacties", "Interactions"),
    "explain.key.transforms": ("Transformaties", "Transforms"),
    "explain.key.missing": ("Ontbrekende waarden", "Missing values"),
    "explain.key.weights": ("Gewichten", "Weights"),
    "explain.key.effects": ("Vaste effecten", "Fixed effects"),
    "explain.key.predictors": ("Waarden van voorspellers", "Values of predictors"),
    "explain.key.interact_with": ("Blokken maal", "Blocks times"),
    "explain.key.sample.years": ("Jaren", "Years"),
    "explain.key.quantiles": ("Kwantielen", "Quantiles"),
    "explain.key.fields": ("Velden", "Fields"),
    "explain.key.dispersion": ("Rijen van de spreiding", "Rows of the dispersion"),
    "explain.key.windows": ("Periodes", "Windows"),
    "explain.key.threshold": ("Drempel", "Threshold"),
    "explain.key.treated": ("Als hervormd geldt", "Counts as reformed"),
    "explain.key.measures": ("Spreidingsmaten", "Measures of dispersion"),
    "explain.key.dose": ("Dosis", "Dose"),
    "explain.key.reference_year": ("Referentiejaar", "Reference year"),
    "explain.key.dispersion_measure": ("Spreidingsmaat", "Measure of dispersion"),
    "explain.key.election_years": ("Verkiezingsjaren", "Election years"),
    "explain.key.lags": ("Jaren terug", "Lags in years"),
    "explain.key.groups": ("Groepen", "Groups"),
    "explain.key.published": ("Gepubliceerd", "Published"),
    "explain.key.estimator": ("Schatter", "Estimator"),
    "explain.key.outcome": ("Uitkomst", "Outcome"),
    "explain.key.equation": ("Vergelijking", "Equation"),
    "explain.key.covariance": ("Onzekerheid", "Uncertainty"),
    "explain.key.sample": ("Weggelaten gemeenten", "Municipalities left out"),
    "explain.key.seed": ("Toevalsgetallen", "Random numbers"),
    "explain.key.tests": ("Toetsen die volgen", "Tests that follow"),
    "explain.key.rows": ("Rijen", "Rows"),
    "explain.key.columns": ("Kolommen die vervallen", "Columns removed"),
    "explain.key.warnings": ("Waarschuwingen", "Warnings"),
    "explain.key.in_full": ("Voluit", "In full"),
    "explain.rows_in_parts": (
        "in delen, zie hieronder ({units} gemeenten)",
        "in parts, see below ({units} municipalities)",
    ),
    "explain.default": ("(standaard)", "(default)"),
    "explain.none": ("geen", "none"),
    "explain.missing.complete_cases": (
        "rijen zonder een waarde vallen weg en staan in de verantwoording",
        "rows that lack a value are left out and stand in the account of the sample",
    ),
    "explain.missing.refuse": (
        "één ontbrekende waarde weigert de specificatie, met het aantal per indicator",
        "one missing value refuses the specification, with the number per indicator",
    ),
    "explain.missing.own": (
        "wat ontbreekt valt weg zoals in de verantwoording hieronder",
        "what is missing is left out as in the account below",
    ),
    "explain.predictors.static": ("één waarde per gemeente", "one value per municipality"),
    "explain.predictors.yearly": (
        "de waarde van elk jaar, waar die er is",
        "the value of each year, where there is one",
    ),
    "explain.effects.random": ("geen; het gemeente-effect is willekeurig", "none; the municipality effect is random"),
    "explain.windows": ("voor {pre}, na {post}", "before {pre}, after {post}"),
    "explain.rows": (
        "{first} om te beginnen, {last} om te schatten ({units} gemeenten)",
        "{first} to start with, {last} to estimate on ({units} municipalities)",
    ),
    "explain.rows_only": (
        "{first} om te beginnen, {last} om te schatten",
        "{first} to start with, {last} to estimate on",
    ),
    "explain.no_panel": (
        "nog niet te tellen: de gegevens zijn er nog niet",
        "not to be counted yet: the data are not there yet",
    ),
    "explain.refused": ("wordt niet geschat: {reason}", "is not estimated: {reason}"),
    "explain.seed": (
        "uit zaad {seed}, met een eigen reeks voor deze specificatie; {draws} bootstraptrekkingen; gewichten van de "
        "wild-clusterbootstrap: {weights}",
        "from seed {seed}, with a stream of its own for this specification; {draws} bootstrap draws; weights of the wild "
        "cluster bootstrap: {weights}",
    ),
    "explain.confidence": ("intervallen van {percent} %", "{percent} % intervals"),
    "explain.weighted": (
        "{weights} (analytische gewichten: variantie van een rij omgekeerd evenredig, gemiddelde 1)",
        "{weights} (analytic weights: variance of a row inversely proportional, mean 1)",
    ),
    "explain.products": (
        "{name} × alle kolommen van de blokken, deze gecentreerd op hun gemiddelde in de steekproef",
        "{name} × all columns of the blocks, these centred at their sample mean",
    ),
    "explain.categories": (
        "een dummy per categorie behalve de meest voorkomende",
        "a dummy per category but the most frequent",
    ),
    "explain.spline": ("beperkte kubische spline, knopen {knots}", "restricted cubic spline, knots {knots}"),
    "explain.unit": ("eenheid: {unit}", "unit: {unit}"),
    "explain.tests.ols": (
        "R² van de blokken kleiner dan {r2} (niet-inferioriteit) en |b| kleiner dan {b} (equivalentie), niveau {alpha}; "
        "bootstrap en wild clusterbootstrap per term; gezamenlijke toets per blok; verdeling van R² over blokken",
        "R² of the blocks smaller than {r2} (non-inferiority) and |b| smaller than {b} (equivalence), level {alpha}; "
        "bootstrap and wild cluster bootstrap by term; joint test by block; R² divided over blocks",
    ),
    "explain.tests.weighted": (
        "equivalentie en gezamenlijke toetsen kennen de gewichten; toetsen van R² en de verdeling over blokken worden met"
        " gewichten niet berekend",
        "equivalence and joint tests know the weights; tests of R² and its division over blocks are not computed with "
        "weights",
    ),
    "explain.tests.panel_ols": (
        "bootstrap en wild clusterbootstrap per term; gezamenlijke toets per blok; R² van de blokken kleiner dan {r2} "
        "(bootstrap), niveau {alpha}; verdeling van R² over blokken",
        "bootstrap and wild cluster bootstrap by term; joint test by block; R² of the blocks smaller than {r2} "
        "(bootstrap), level {alpha}; R² divided over blocks",
    ),
    "explain.tests.random_effects": (
        "toets van Mundlak (mogen de gemeente-effecten willekeurig zijn?); gezamenlijke toets per blok, niveau {alpha}",
        "Mundlak's test (may municipality effects be random?); joint test by block, level {alpha}",
    ),
    "explain.tests.other": (
        "die van de schatter; grenzen voor equivalentie {b}, voor R² {r2}, niveau {alpha}",
        "those of the estimator; bounds for equivalence {b}, for R² {r2}, level {alpha}",
    ),
    # multiverse
    "figure.specification_curve": ("Alle verdedigbare varianten", "Every defensible variant"),
    "figure.variance_by_axis": ("Welke keuzes ertoe doen", "Which choices matter"),
    "figure.vibration": ("Hoe ver het resultaat beweegt", "How far the result moves"),
    "figure.cells": (
        "{term}\n{n} varianten{refused}; {samples} steekproeven, N van {low} tot {high}",
        "{term}\n{n} variants{refused}; {samples} samples, N from {low} to {high}",
    ),
    "figure.refused_cells": (" en {n} die niet te schatten zijn", " and {n} that cannot be estimated"),
    "caption.specification_curve": (
        "De gestandaardiseerde coëfficiënt in elke verdedigbare combinatie van keuzes, van klein naar groot, met haar "
        "betrouwbaarheidsinterval; daaronder welke keuzes elke variant maakt (bij veel varianten: welk deel van de buren ze "
        "maakt). Grijze band: waar de gesorteerde kromme ligt als er geen verband is (Freedman-Lane). Ruit: de vooraf "
        "vastgelegde variant.",
        "The standardised coefficient in every defensible combination of choices, from low to high, with its confidence "
        "interval; below, which choices each variant makes (with many variants: which share of its neighbours does). Grey "
        "band: where the sorted curve lies when there is no relation (Freedman-Lane). Diamond: the variant fixed beforehand.",
    ),
    "caption.variance_by_axis": (
        "Aandeel van de variantie van de gestandaardiseerde coëfficiënt over alle varianten dat elke keuze verklaart "
        "(Shapley-waarde van R²); de rest komt uit hun samenspel.",
        "Share of the variance of the standardised coefficient over all variants that each choice explains (Shapley value of "
        "R²); the rest comes from their interplay.",
    ),
    "caption.vibration": (
        "Elke variant als punt: gestandaardiseerde coëfficiënt tegen -log10 van p. Stippellijnen: 1e, 50e en 99e percentiel.",
        "Each variant as a point: standardised coefficient against -log10 of p. Dotted lines: 1st, 50th and 99th percentile.",
    ),
    "caption.multiverse": (
        "Wat alle verdedigbare varianten samen zeggen, getoetst op dezelfde permutaties en trekkingen.",
        "What all defensible variants say together, tested on the same permutations and draws.",
    ),
    "title.multiverse": ("Alle verdedigbare varianten samen", "All defensible variants together"),
    "axis.curve": ("Gestandaardiseerde coëfficiënt", "Standardised coefficient"),
    "axis.rank": (
        "Varianten, van de kleinste naar de grootste coëfficiënt",
        "Variants, from the smallest coefficient to the largest",
    ),
    "axis.interplay": ("Samenspel van keuzes", "Interplay of choices"),
    "axis.variance_share": ("Aandeel van de variantie van de schattingen", "Share of the variance of the estimates"),
    "axis.minus_log_p": ("-log10 van p", "-log10 of p"),
    "legend.expected": ("significant, verwacht teken", "significant, expected sign"),
    "legend.not_significant": ("niet significant", "not significant"),
    "legend.reversed": ("significant, ander teken", "significant, other sign"),
    "legend.primary": ("vooraf vastgelegd", "fixed beforehand"),
    "legend.null_band": ("kromme zonder verband ({percent} %)", "curve without a relation ({percent} %)"),
    "multiverse.median": ("Mediaan van de coëfficiënten", "Median of the coefficients"),
    "multiverse.share_significant": ("Aandeel significant, verwacht teken", "Share significant, expected sign"),
    "multiverse.stouffer": ("Stouffers Z", "Stouffer's Z"),
    "multiverse.smallest_p": ("Kleinste p (gezinsgewijs)", "Smallest p (family-wise)"),
    "multiverse.primary": ("Vooraf vastgelegde variant", "Variant fixed beforehand"),
    "head.critical": ("Kritiek", "Critical"),
    "head.draws": ("Trekkingen", "Draws"),
    "method.freedman_lane": ("Freedman-Lane", "Freedman-Lane"),
    "method.wild_cluster": ("Wild-clusterbootstrap", "Wild cluster bootstrap"),
    "note.multiverse": (
        "Toetsen eenzijdig in de vooraf verwachte richting; p = (b + 1)/(B + 1). Freedman-Lane verwisselt de "
        "residuen van hele gemeenten, dezelfde verwisseling voor alle varianten; de wild-clusterbootstrap geeft elke gemeente "
        "één gewicht voor alle varianten. Gezinsgewijs: stapsgewijze kleinste p (Westfall en Young).",
        "Tests one-sided in the direction expected beforehand; p = (b + 1)/(B + 1). Freedman-Lane permutes the "
        "residuals of whole municipalities, the same permutation for all variants; the wild cluster bootstrap gives each "
        "municipality one weight for all variants. Family-wise: step-down smallest p (Westfall and Young).",
    ),
    "note.multiverse_about": (
        "{label}: coëfficiënt van {term} (gestandaardiseerd), verwacht teken {sign}; {n} van {all} varianten geschat, {removed} "
        "combinaties vooraf weggelaten (removed.csv); {samples} verschillende steekproeven, N van {low} tot {high}; lijst van "
        "varianten {sha}.",
        "{label}: coefficient of {term} (standardised), expected sign {sign}; {n} of {all} variants estimated, {removed} "
        "combinations left out beforehand (removed.csv); {samples} different samples, N from {low} to {high}; list of variants "
        "{sha}.",
    ),
    "multiverse.smallest_p_of_outcome": (
        "Kleinste p van een uitkomst (gezinsgewijs)",
        "Smallest p of an outcome (family-wise)",
    ),
    "sign.positive": ("positief", "positive"),
    "sign.negative": ("negatief", "negative"),
}

LANGUAGES = ("nl", "en")


def word(key: str, language: str, *, of: Words = WORDS, **values: object) -> str:
    """The fixed text `key` in `language` (nl or en), braces filled from `values`. of: words of one page or kind."""
    text = of[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def word_or(key: str, language: str, otherwise: str) -> str:
    """The fixed text `key` where there is one, else `otherwise`."""
    return word(key, language) if key in WORDS else otherwise
