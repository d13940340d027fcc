"""Every fixed word of a fiche, in Dutch and English."""

from beleidsvrijheid.words import Words

FICHE_WORDS: Words = {
    "title": ("Gemeentefiche {name}", "Municipal fact sheet {name}"),
    "index.title": ("Gemeentefiches", "Municipal fact sheets"),
    "index.search": (
        "Zoek een gemeente (naam, NIS-code of naam van voor een fusie)",
        "Search a municipality (name, NIS code or name before a merger)",
    ),
    "index.count": ("gemeenten getoond", "municipalities shown"),
    "index.none": ("Geen gemeente gevonden.", "No municipality found."),
    "index.lead": (
        "Een blad per gemeente, in alfabetische volgorde. Wat er staat is een plaats onder andere gemeenten, geen oordeel.",
        "One sheet per municipality, in alphabetical order. What it gives is a place among other municipalities, no judgement.",
    ),
    "index.formerly": ("voorheen {parts}", "formerly {parts}"),
    "index.back": ("Alle gemeenten", "All municipalities"),
    "index.pdf": ("PDF van {name}", "PDF of {name}"),
    # who it is about
    "lead.nis": ("NIS-code {nis}", "NIS code {nis}"),
    "lead.cluster": ("Belfiuscluster V{cluster}", "Belfius cluster V{cluster}"),
    "lead.no_cluster": ("Belfiuscluster onbekend", "Belfius cluster not known"),
    "lead.peers": ("Clustergenoten", "Cluster peers"),
    "lead.no_peers": ("geen", "none"),
    "lead.merged": (
        "Gefuseerd in {years} uit {parts}. Cijfers van voor de fusie: wat op te tellen is (inwoners, euro, VTE, stemmen) is de som "
        "van de delen; wat dat niet is (cluster, bestuur, tarieven) is dat van het deel met de meeste inwoners.",
        "Merged in {years} from {parts}. Figures of before the merger: what can be added (inhabitants, euros, FTE, votes) is the "
        "sum of the parts; what cannot (cluster, executive, tax rates) is that of the part with most inhabitants.",
    ),
    "lead.mixed": (
        "De delen lagen in verschillende Belfiusclusters.",
        "The parts were in different Belfius clusters.",
    ),
    "and": ("en", "and"),
    "or": ("of", "or"),
    # sections
    "section.scale": ("Schaal", "Scale"),
    "section.capacity": ("Ambtelijke capaciteit", "Administrative capacity"),
    "section.planned": ("Gepland en gerealiseerd", "Planned and realised"),
    "section.politics": ("Politieke context", "Political context"),
    "section.freedom": ("Gebruikte beleidsvrijheid", "Used policy freedom"),
    "section.ceiling": ("Plaats onder het plafond", "Place under the ceiling"),
    "section.gaps": ("Wat ontbreekt en hoe het aan te vullen", "What is missing and how to fill it in"),
    "section.reading": ("Zo leest u dit blad", "How to read this sheet"),
    # columns
    "column.indicator": ("indicator", "indicator"),
    "column.value": ("waarde", "value"),
    "column.cluster": ("cluster", "cluster"),
    "column.size": ("grootte", "size"),
    "column.all": ("alle", "all"),
    "column.percentile": ("percentiel (N) onder:", "percentile (N) among:"),
    "cell.missing": ("ontbreekt", "missing"),
    "cell.few": ("te weinig ({n})", "too few ({n})"),
    "cell.no_group": ("geen groep", "no group"),
    "cell.share": ("{percent} ja ({n})", "{percent} yes ({n})"),
    "cell.place": ("{percent} ({n})", "{percent} ({n})"),
    "cell.yes": ("ja", "yes"),
    "cell.no": ("nee", "no"),
    # periods
    "period.years": ("{first}–{last}", "{first}–{last}"),
    "period.change": ("{before} naar {after}", "{before} to {after}"),
    "period.first_plan": ("eerste plan van de bestuursperiode", "first plan of the term"),
    "period.all_years": ("alle jaren", "all years"),
    # trends
    "trend.title": ("{label}, {first}–{last}", "{label}, {first}–{last}"),
    "trend.own": ("{first}: {start}; {last}: {end}.", "{first}: {start}; {last}: {end}."),
    "trend.peers": ("Mediaan van de cluster in {last}: {middle}.", "Median of the cluster in {last}: {middle}."),
    "trend.growth": ("{change} sinds {first}", "{change} since {first}"),
    # used freedom
    "variants.baskets": ("varianten: {variants}", "variants: {variants}"),
    "variants.years": ("per jaar {first}–{last}: {low} tot {high}", "by year {first}–{last}: {low} to {high}"),
    "variants.places": (
        "plaats onder alle over {n} maten: percentiel {low} tot {high}",
        "place among all over {n} measures: percentile {low} to {high}",
    ),
    "variants.year_places": (
        "plaats onder alle over {n} jaren: percentiel {low} tot {high}",
        "place among all over {n} years: percentile {low} to {high}",
    ),
    "variants.before": ("voor de hervorming {value}", "before the reform {value}"),
    # ceiling
    "ceiling.under": (
        "Op de schaal van {name} ({population} inwoners, {period}) ligt de lijn van kwantiel {quantile} van {outcome} op "
        "{expected}. De eigen waarde is {value}: onder die lijn.",
        "At the scale of {name} ({population} inhabitants, {period}) the line of quantile {quantile} of {outcome} is at "
        "{expected}. Its own value is {value}: under that line.",
    ),
    "ceiling.above": (
        "Op de schaal van {name} ({population} inwoners, {period}) ligt de lijn van kwantiel {quantile} van {outcome} op "
        "{expected}. De eigen waarde is {value}: op of boven die lijn.",
        "At the scale of {name} ({population} inhabitants, {period}) the line of quantile {quantile} of {outcome} is at "
        "{expected}. Its own value is {value}: on or above that line.",
    ),
    "ceiling.no_value": (
        "Op de schaal van {name} ({population} inwoners, {period}) ligt de lijn van kwantiel {quantile} van {outcome} op "
        "{expected}. De eigen waarde ontbreekt.",
        "At the scale of {name} ({population} inhabitants, {period}) the line of quantile {quantile} of {outcome} is at "
        "{expected}. Its own value is missing.",
    ),
    "ceiling.out": (
        "{outcome} is {value}. {name} hoort niet tot de steekproef van het model, dat over haar schaal dus niets zegt.",
        "{outcome} is {value}. {name} is not in the sample of the model, which hence says nothing of its scale.",
    ),
    "ceiling.meaning": (
        "Zo is de lijn gemaakt: ongeveer {share} van de {n} gemeenten ligt erboven. Helling per eenheid van ln inwoners: {slope} "
        "({percent} interval {low} tot {high}).",
        "The line is made so that about {share} of the {n} municipalities lie above it. Slope per unit of ln inhabitants: {slope} "
        "({percent} interval {low} to {high}).",
    ),
    "ceiling.refused": ("Niet geschat: {reason}", "Not estimated: {reason}"),
    "ceiling.none": (
        "Geen: fiches.ceiling in config.yaml noemt geen specificatie.",
        "None: fiches.ceiling in config.yaml names no specification.",
    ),
    "ceiling.no_scale": (
        "Zonder inwonertal is er geen plaats te geven.",
        "Without a number of inhabitants there is no place to give.",
    ),
    "ceiling.chart": ("{outcome} naar aantal inwoners", "{outcome} by number of inhabitants"),
    "ceiling.described": (
        "Elke stip is een gemeente; de grote stip is {name}. De volle lijn is kwantiel {quantile}, de streeplijnen {others}.",
        "Each dot is a municipality; the large dot is {name}. The solid line is quantile {quantile}, the dashed ones {others}.",
    ),
    "ceiling.axis": ("inwoners (logaritmische schaal)", "inhabitants (logarithmic scale)"),
    # gaps
    "gaps.none": ("Geen enkele waarde van dit blad ontbreekt.", "No value of this sheet is missing."),
    "gaps.absent": (
        "bron {source} is er niet ({publisher}); zet haar bestand als {place}",
        "source {source} is absent ({publisher}); put its file at {place}",
    ),
    "gaps.here": (
        "bronnen zijn er ({sources}), maar zonder bruikbaar cijfer voor deze gemeente: kijk haar rijen daar na en vul ze aan",
        "sources are at hand ({sources}), but without a usable figure for this municipality: check its rows there and add them",
    ),
    "gaps.for_all": (
        "bronnen zijn er ({sources}), maar geven voor geen enkele gemeente een waarde; results/data_gaps.html zegt waarom",
        "sources are at hand ({sources}), but give no municipality a value; results/data_gaps.html says why",
    ),
    "gaps.years": ("(in {years})", "(in {years})"),
    "gaps.steps": ("Stappen (in het Engels)", "Steps"),
    "gaps.more": ("Stap voor stap: docs/sources.md.", "Step by step: docs/sources.md."),
    # how to read
    "reading.place": (
        "Percentiel: van de andere gemeenten in de groep het deel met een lagere waarde (gelijke waarden tellen half); N: "
        "gemeenten met een waarde, deze inbegrepen; minder dan {minimum}: te weinig. Bij ja of nee: het aandeel met ja. Een "
        "percentiel is een plaats en geen oordeel: hoger is niet beter.",
        "Percentile: of the other municipalities in the group, the part with a lower value (equal values count half); N: "
        "municipalities with a value, this one included; fewer than {minimum}: too few. For yes or no: the share with yes. A "
        "percentile is a place and no judgement: higher is not better.",
    ),
    "reading.groups": (
        "Groepen: cluster, {cluster}; grootte, {size}; alle, de gemeenten van de studie.",
        "Groups: cluster, {cluster}; size, {size}; all, the municipalities of the study.",
    ),
    "reading.trend": (
        "Lijn: deze gemeente; streeplijn en band: mediaan en middelste helft van de cluster (deze gemeente inbegrepen); de schaal "
        "verschilt per lijn.",
        "Line: this municipality; dashed line and band: median and middle half of the cluster (this municipality included); "
        "each line has its own scale.",
    ),
    "reading.spending": ("Beleidsvrijheid is gemeten aan {spending}.", "Policy freedom is measured on {spending}."),
    "spending.operating": ("exploitatie-uitgaven", "operating spending"),
    "spending.investment": ("investeringsuitgaven", "investment spending"),
    "spending.accounts": ("in de jaarrekeningen", "in the annual accounts"),
    "spending.plans": ("in de meerjarenplannen", "in the multi-year plans"),
    "reading.units": (
        "Bedragen in euro van {base}, tenzij anders vermeld. ln-punten: 0,10 is ongeveer 10 %.",
        "Amounts in euros of {base}, unless said otherwise. ln points: 0.10 is about 10 %.",
    ),
    "reading.uncertainty": (
        "Onzekerheid: voor een enkele gemeente is er geen steekproef en dus geen standaardfout. In de plaats daarvan staat wat "
        "andere verdedigbare maten van hetzelfde, of de afzonderlijke jaren, geven, en wat dezelfde maat al voor de hervorming "
        "gaf. Hoe breder dat bereik, hoe minder een enkele plaats zegt.",
        "Uncertainty: of a single municipality there is no sample, hence no standard error. In its place stands what other "
        "defensible measures of the same, or the single years, give, and what the same measure gave before the reform. The wider "
        "that range, the less a single place says.",
    ),
    # units
    "unit.inhabitants": ("inwoners", "inhabitants"),
    "unit.inhabitants per km2": ("inwoners per km²", "inhabitants per km²"),
    "unit.VTE per 1000 inhabitants": ("VTE per 1000 inwoners", "FTE per 1000 inhabitants"),
    "unit.ln points": ("ln-punten", "ln points"),
    "unit.ln points a year": ("ln-punten per jaar", "ln points a year"),
    "unit.EUR of the base year per inhabitant": ("euro per inwoner", "euros per inhabitant"),
    "unit.EUR of the base year per VTE": ("euro per VTE", "euros per FTE"),
    "unit.EUR per inhabitant": ("lopende euro per inwoner", "current euros per inhabitant"),
    "unit.share of the budget, 0-1": ("van het budget", "of the budget"),
    "unit.effective number of parties": ("effectief aantal partijen", "effective number of parties"),
    "unit.per year": ("per jaar", "per year"),
    "unit.number of fields": ("velden", "fields"),
}  # fmt: skip
