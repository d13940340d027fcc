"""Words of the page to look around in, Dutch and English; they are shipped to it, and it switches between them."""

from beleidsvrijheid.words import Words

# key: (nl, en). Braces are filled by the page. `unit.` keys are units of the catalogue of indicators.
PAGE_WORDS: Words = {
    "page.lead": (
        "Zoek een gemeente op, leg ze naast andere, voeg gemeenten denkbeeldig samen en lees wat het onderzoek "
        "vindt. Deze pagina is één bestand: ze werkt zonder netwerk en stuurt niets door.",
        "Look up a municipality, put it beside others, merge municipalities on paper and read what the study "
        "finds. This page is one file: it works without a network and sends nothing anywhere.",
    ),
    "page.simulated": (
        "Verzonnen gemeenten, verzonnen cijfers: niets op deze pagina zegt iets over een bestaande gemeente.",
        "Invented municipalities, invented figures: nothing on this page says anything of a municipality that exists.",
    ),
    "page.language": ("Taal", "Language"),
    "page.sections": ("Onderdelen", "Sections"),
    "page.skip": ("Naar de inhoud", "Skip to content"),
    "page.no_script": (
        "Deze pagina heeft JavaScript nodig; de cijfers staan ook in results/indicators.csv.",
        "This page needs JavaScript; its figures are also in results/indicators.csv.",
    ),
    "nav.look": ("Opzoeken", "Look up"),
    "nav.compare": ("Vergelijken", "Compare"),
    "nav.merge": ("Samenvoegen", "Merge"),
    "nav.claims": ("Stellingen", "Claims"),
    "nav.specifications": ("Specificaties", "Specifications"),
    "nav.notes": ("Leeswijzer", "How to read"),
    "download": ("Download als CSV", "Download as CSV"),
    "missing": ("ontbreekt", "missing"),
    "none": ("geen", "none"),
    # look up
    "look.title": ("Een gemeente", "A municipality"),
    "look.search": ("Gemeente", "Municipality"),
    "look.search_hint": ("Typ een naam of NIS-code, kies, Enter", "Type a name or NIS code, choose, Enter"),
    "look.unknown": ("Geen gemeente heet “{name}”.", "No municipality is called “{name}”."),
    "look.indicator": ("Indicator", "Indicator"),
    "look.map": ("Kaart van {label}", "Map of {label}"),
    "look.map_keys": (
        "Klik op een gemeente, of zet de focus op de kaart en gebruik de pijltjestoetsen om naar een buur te gaan.",
        "Click a municipality, or focus the map and use the arrow keys to go to a neighbour.",
    ),
    "look.no_map": (
        "Geen kaart: de bron met gemeentegrenzen is er niet. Al de rest werkt.",
        "No map: the source with boundaries is absent. Everything else works.",
    ),
    "look.no_data": ("geen cijfer ({n})", "no figure ({n})"),
    "look.classes": (
        "Klassen met elk ongeveer een vijfde van de gemeenten; donkerder is hoger.",
        "Classes that each hold about a fifth of the municipalities; darker is higher.",
    ),
    "look.levels": ("Eén tint per waarde.", "One tint per value."),
    "look.percentile": (
        "Bij {share} % van de {n} gemeenten met een cijfer is dit lager. Dat is een plaats in de spreiding, geen "
        "oordeel.",
        "In {share} % of the {n} municipalities with a figure this is lower. That is a place in the distribution,"
        " not a judgement.",
    ),
    "look.is_missing": (
        "Voor deze gemeente ontbreekt dit cijfer. Ontbreken is niet nul.",
        "This figure is missing for this municipality. Missing is not zero.",
    ),
    "look.direction": ("Betekenis", "Meaning"),
    "look.artefact": ("Let op", "Beware"),
    "look.formula": ("Formule", "Formula"),
    "look.latest": ("cijfer van {year}", "figure of {year}"),
    "look.trend": ("Verloop van {label}", "{label} over time"),
    "look.no_trend": (
        "Voor deze indicator is er één cijfer per gemeente, geen verloop.",
        "This indicator has one figure per municipality, no course over time.",
    ),
    "look.all": ("Cijfer van elke gemeente", "Figure of every municipality"),
    "look.by_year": ("Cijfers van dit verloop", "Figures behind this chart"),
    "group.fields": ("Uitkomsten per beleidsveld", "Outcomes by policy field"),
    "group.outcomes": ("Uitkomsten van het onderzoek", "Outcomes of the study"),
    # comparison
    "compare.title": ("Naast andere gemeenten", "Beside other municipalities"),
    "compare.lead": (
        "{name} naast een andere gemeente, de mediaan van de eigen Belfius-cluster, die van de grootteklasse en "
        "die van Vlaanderen. De as is de plaats in de spreiding van alle gemeenten: hoeveel procent een lager "
        "cijfer heeft.",
        "{name} beside another municipality, the median of its Belfius cluster, that of its size class and that "
        "of Flanders. The axis is the place in the distribution of all municipalities: how many per cent have a "
        "lower figure.",
    ),
    "compare.other": ("Vergelijk met", "Compare with"),
    "compare.group": ("Groep van indicatoren", "Group of indicators"),
    "compare.axis": ("% van de gemeenten met een lager cijfer", "% of municipalities with a lower figure"),
    "compare.chart": ("Plaats in de spreiding: {group}", "Place in the distribution: {group}"),
    "compare.cluster": ("mediaan Belfius {code} ({n})", "median of Belfius {code} ({n})"),
    "compare.size": ("mediaan {code} ({n})", "median {code} ({n})"),
    "compare.flanders": ("mediaan Vlaanderen ({n})", "median of Flanders ({n})"),
    "column.indicator": ("Indicator", "Indicator"),
    "column.unit": ("Eenheid", "Unit"),
    "column.percentile": ("% lager", "% lower"),
    "column.municipality": ("Gemeente", "Municipality"),
    "column.year": ("Jaar", "Year"),
    "column.value": ("Cijfer", "Figure"),
    "column.basis": ("Hoe", "How"),
    "column.merged": ("Samen", "Together"),
    # merger
    "merge.title": ("Gemeenten samenvoegen", "Merging municipalities"),
    "merge.lead": (
        "Kies twee of meer gemeenten. Wat optelt wordt opgeteld en elke verhouding opnieuw berekend uit de "
        "sommen, zoals het onderzoek bij echte fusies doet. Niets wordt gemiddeld.",
        "Choose two or more municipalities. What adds up is summed and every ratio is computed again from the "
        "sums, as the study does for real mergers. Nothing is averaged.",
    ),
    "merge.add": ("Voeg een gemeente toe", "Add a municipality"),
    "merge.remove": ("{name} weglaten", "Leave out {name}"),
    "merge.parts": ("Gekozen gemeenten", "Chosen municipalities"),
    "merge.few": ("Kies nog minstens {n}.", "Choose at least {n} more."),
    "merge.basis.mean": ("uit sommen", "from sums"),
    "merge.basis.growth": ("uit sommen", "from sums"),
    "merge.basis.shift": ("uit sommen per veld", "from sums by field"),
    "merge.basis.change": ("uit sommen", "from sums"),
    "merge.basis.parties": ("uit stemmen en zetels per partij", "from votes and seats by party"),
    "merge.basis.largest": ("van het grootste deel, {name}", "of the largest part, {name}"),
    "merge.basis.none": ("kan niet uit de delen worden afgeleid", "cannot be derived from the parts"),
    "merge.table": ("{names}: elk apart en samen", "{names}: each alone and together"),
    "model.title": ("Wat het model voorspelt", "What the model predicts"),
    "model.says": (
        "{label}: voorspeld {point}, voorspellingsinterval van {level} % van {low} tot {high}.",
        "{label}: predicted {point}, {level} % prediction interval from {low} to {high}.",
    ),
    "model.own": ("Uit de sommen van de delen volgt {value}. ", "From the sums of the parts follows {value}. "),
    "model.what": (
        "Het interval is er een voor één nieuwe gemeente: het telt de onzekerheid van de schatting ({covariance})"
        " en de spreiding van gemeenten rond het model (residuele standaardafwijking {sd}); t met {df} "
        "vrijheidsgraden, {n} gemeenten. Het model is de primaire specificatie, {specification}. Grenzen zoals "
        "nul kent het interval niet. Samenhang, geen gevolg: het zegt niet wat een fusie zou doen.",
        "The interval is one for a single new municipality: it counts the uncertainty of the estimate "
        "({covariance}) and the spread of municipalities around the model (residual standard deviation {sd}); t "
        "with {df} degrees of freedom, {n} municipalities. The model is the primary specification, "
        "{specification}. The interval knows no bounds such as zero. Association, not effect: it does not say "
        "what a merger would do.",
    ),
    "model.outside": (
        "Buiten wat in de gegevens voorkomt, dus een voorspelling op eigen risico: {list}.",
        "Outside what the data hold, so a prediction at your own risk: {list}.",
    ),
    "model.range": ("{label} {value} (gegevens: {low} tot {high})", "{label} {value} (data: {low} to {high})"),
    "model.inside": (
        "Alle kenmerken liggen binnen wat in de gegevens voorkomt.",
        "All characteristics lie within what the data hold.",
    ),
    "model.lacking": ("Geen voorspelling: {list}.", "No prediction: {list}."),
    "model.lacks_value": ("{label} is er niet voor het geheel", "{label} is not known for the whole"),
    "model.lacks_category": (
        "{label} {value} komt niet voor bij de gemeenten van het model",
        "{label} {value} does not occur among the municipalities of the model",
    ),
    "model.none": (
        "Geen voorspelling: de configuratie noemt geen primaire specificatie die geschat is.",
        "No prediction: the configuration names no primary specification that is estimated.",
    ),
    "model.refused": (
        "Geen voorspelling: de primaire specificatie kon met deze gegevens niet worden geschat.",
        "No prediction: the primary specification could not be estimated on these data.",
    ),
    "model.not_followed": (
        "Geen voorspelling: deze pagina volgt alleen kleinste kwadraten met één rij per gemeente; de primaire "
        "specificatie heeft {what}.",
        "No prediction: this page follows only least squares on one row per municipality; the primary "
        "specification has {what}.",
    ),
    "model.chart": ("Voorspelling tussen de waargenomen cijfers", "Prediction among the figures observed"),
    "model.mark.interval": ("voorspelling en interval", "prediction and interval"),
    "model.mark.own": ("uit de sommen", "from the sums"),
    "model.mark.observed": ("gemeenten", "municipalities"),
    "model.inputs": ("Kenmerken in de voorspelling", "Characteristics in the prediction"),
    # claims
    "claims.title": ("Stellingen en wat de gegevens zeggen", "Claims and what the data say"),
    "claims.lead": (
        "Elke stelling met het oordeel volgens de regel die vooraf vastlag. Onbeslist is geen ontkenning.",
        "Each claim with its verdict by the rule that was fixed beforehand. Undetermined is no denial.",
    ),
    "claims.filter": ("Toon", "Show"),
    "claims.all": ("alle oordelen ({n})", "all verdicts ({n})"),
    "claims.test": ("Toets", "Test"),
    "claims.source": ("Bron", "Source"),
    "claims.estimate": ("Cijfer en interval", "Statistic and interval"),
    "claims.no_estimate": ("geen cijfer", "no statistic"),
    "claims.threshold": ("Grens", "Threshold"),
    "claims.reason": ("Waarom", "Why"),
    "claims.reason_language": ("in de taal van de studie", "in the language of the study"),
    "claims.deviations": ("Afwijking van het plan", "Deviation from the plan"),
    "claims.specifications": ("Specificaties", "Specifications"),
    "interval": ("{low} tot {high}", "{low} to {high}"),
    # specifications
    "specifications.title": ("Specificaties", "Specifications"),
    "specifications.lead": (
        "Elke specificatie met wat ze schat, en waarin ze verschilt van de primaire.",
        "Each specification with what it estimates, and how it differs from the primary one.",
    ),
    "specifications.choose": ("Specificatie", "Specification"),
    "specifications.primary": ("primair", "primary"),
    "specifications.outcome": ("Uitkomst", "Outcome"),
    "specifications.estimator": ("Schatter", "Estimator"),
    "specifications.covariance": ("Standaardfouten", "Standard errors"),
    "specifications.n": ("N", "N"),
    "specifications.units": ("Gemeenten", "Municipalities"),
    "specifications.r2": ("R²", "R²"),
    "specifications.refused": ("Niet geschat", "Not estimated"),
    "specifications.differs": ("Wat verschilt van de primaire", "What differs from the primary one"),
    "specifications.same": ("Niets: dit is de primaire specificatie.", "Nothing: this is the primary specification."),
    "specifications.no_difference": ("Niets van wat hier vergeleken wordt.", "Nothing of what is compared here."),
    "specifications.key": ("Sleutel", "Key"),
    "specifications.before": ("Primaire", "Primary"),
    "specifications.after": ("Deze", "This one"),
    "specifications.estimates": ("Schattingen", "Estimates"),
    "specifications.all": ("Alle specificaties ({n})", "All specifications ({n})"),
    "specifications.chart": (
        "Gestandaardiseerde schattingen met interval, zonder controles: {label}",
        "Standardised estimates with interval, without controls: {label}",
    ),
    "specifications.axis": (
        "standaardafwijkingen van de uitkomst per standaardafwijking",
        "standard deviations of the outcome per standard deviation",
    ),
    "column.block": ("Blok", "Block"),
    "column.equation": ("Vergelijking", "Equation"),
    "column.term": ("Term", "Term"),
    "column.estimate": ("Schatting", "Estimate"),
    "column.low": ("Ondergrens", "Lower end"),
    "column.high": ("Bovengrens", "Upper end"),
    "column.id": ("Code", "Code"),
    "column.statement": ("Stelling", "Claim"),
    "column.verdict": ("Oordeel", "Verdict"),
    # notes
    "notes.title": ("Leeswijzer", "How to read this page"),
    "notes.percentile": (
        "Percentiel. “40 % lager” betekent: van de gemeenten met een cijfer heeft 40 % een lager cijfer (gelijke "
        "cijfers tellen half). Het is een plaats in de spreiding. Deze pagina rangschikt geen gemeenten en een "
        "hoger cijfer is niet beter of slechter.",
        "Percentile. “40 % lower” means: of the municipalities with a figure 40 % have a lower one (equal figures"
        " count half). It is a place in the distribution. This page ranks no municipalities, and a higher figure "
        "is neither better nor worse.",
    ),
    "notes.missing": (
        "Ontbrekend. Een cijfer dat er niet is, blijft leeg: op de kaart gearceerd, in tabellen “ontbreekt”, in "
        "CSV een lege cel. Nul is een cijfer.",
        "Missing. A figure that is not there stays empty: hatched on the map, “missing” in tables, an empty cell "
        "in CSV. Zero is a figure.",
    ),
    "notes.median": (
        "Medianen zijn over de gemeenten van de cluster of klasse met een cijfer, de gemeente zelf inbegrepen; "
        "het aantal staat erbij.",
        "Medians are over the municipalities of the cluster or class with a figure, the municipality itself among"
        " them; the number is given.",
    ),
    "notes.merge": (
        "Samenvoegen. Inwoners, euro’s, personeel, stemmen en oppervlakte tellen op. Registers (burgemeester, "
        "coalitie, Belfius) komen van het deel met de meeste inwoners, zoals bij echte fusies in dit onderzoek. "
        "Wat van andere gemeenten afhangt, zoals de afwijking van clustergenoten, kan niet uit de delen worden "
        "afgeleid en blijft leeg.",
        "Merging. Inhabitants, euros, staff, votes and area add up. Registers (mayor, coalition, Belfius) come "
        "from the part with most inhabitants, as for real mergers in this study. What depends on other "
        "municipalities, such as the deviation from peers, cannot be derived from the parts and stays empty.",
    ),
    "notes.numbers": (
        "Cijfers staan hier op ten hoogste zes beduidende cijfers; results/indicators.csv heeft er tien.",
        "Figures stand here with at most six significant digits; results/indicators.csv has ten.",
    ),
    "notes.source": ("Soort gegevens: {label}.", "Kind of data: {label}."),
    # units of the catalogue
    "unit.EUR of the base year per inhabitant": (
        "euro van het basisjaar per inwoner",
        "EUR of the base year per inhabitant",
    ),
    "unit.EUR of the base year per VTE": ("euro van het basisjaar per VTE", "EUR of the base year per FTE"),
    "unit.EUR per inhabitant": ("euro per inwoner", "EUR per inhabitant"),
    "unit.EUR of spending per EUR of former grant": (
        "euro uitgaven per euro vroegere subsidie",
        "EUR of spending per EUR of former grant",
    ),
    "unit.ln EUR per inhabitant": ("ln euro per inwoner", "ln EUR per inhabitant"),
    "unit.ln EUR of the base year": ("ln euro van het basisjaar", "ln EUR of the base year"),
    "unit.ln points": ("ln-punten", "ln points"),
    "unit.ln points a year": ("ln-punten per jaar", "ln points a year"),
    "unit.ln inhabitants": ("ln inwoners", "ln inhabitants"),
    "unit.ln inhabitants per km2": ("ln inwoners per km²", "ln inhabitants per km²"),
    "unit.ln VTE": ("ln VTE", "ln FTE"),
    "unit.inhabitants": ("inwoners", "inhabitants"),
    "unit.inhabitants per km2": ("inwoners per km²", "inhabitants per km²"),
    "unit.VTE per 1000 inhabitants": ("VTE per 1000 inwoners", "FTE per 1000 inhabitants"),
    "unit.aldermen per 1000 inhabitants": ("schepenen per 1000 inwoners", "aldermen per 1000 inhabitants"),
    "unit.share, 0-1": ("aandeel, 0-1", "share, 0-1"),
    "unit.share of the budget, 0-1": ("aandeel van het budget, 0-1", "share of the budget, 0-1"),
    "unit.0-1": ("0-1", "0-1"),
    "unit.0/1": ("0 nee, 1 ja", "0 no, 1 yes"),
    "unit.1-3": ("1-3", "1-3"),
    "unit.1-6": ("1-6", "1-6"),
    "unit.1-9": ("1-9", "1-9"),
    "unit.1-16": ("1-16", "1-16"),
    "unit.ratio": ("verhouding", "ratio"),
    "unit.code": ("code", "code"),
    "unit.per year": ("per jaar", "per year"),
    "unit.number of fields": ("aantal beleidsvelden", "number of fields"),
    "unit.number of parties": ("aantal partijen", "number of parties"),
    "unit.effective number of parties": ("effectief aantal partijen", "effective number of parties"),
    "unit.L-kurtosis": ("L-kurtosis", "L-kurtosis"),
}
