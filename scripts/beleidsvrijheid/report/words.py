"""Fixed texts of the report, in Dutch and English. No digit stands in them: every number is filled in from a result file."""

from beleidsvrijheid.words import Words

# key: (nl, en)
WORDS: Words = {
    "title": ("Verslag", "Report"),
    "contents": ("Inhoud", "Contents"),
    "skip": ("Naar de tekst", "Skip to the text"),
    "and": (" en ", " and "),
    "footer": (
        "Elk getal in de tekst draagt zijn herkomst: bestand, rij en kolom. De code die het verslag schreef, leest het daar.",
        "Every number in the text carries its origin: file, row and column. The code that wrote the report reads it there.",
    ),
    "simulated": (
        "Alles hieronder is gemaakt van een gesimuleerd Vlaanderen met verzonnen gemeenten en ingebouwde effecten. Geen enkel "
        "getal zegt iets over een echte gemeente.",
        "All that follows is made from a simulated Flanders with made-up municipalities and planted effects. No number says "
        "anything about a real municipality.",
    ),
    # sections
    "section.summary": ("In het kort", "In short"),
    "section.question": ("De vraag", "The question"),
    "section.data": ("De gegevens", "The data"),
    "section.gaps": ("Wat de gegevens niet zeggen", "What the data cannot speak to"),
    "section.results": ("Wat er gevonden is", "What was found"),
    "section.robustness": ("Hoe stevig het staat", "How firm it stands"),
    "section.limits": ("Grenzen", "Limits"),
    "section.tables": ("Tabellen", "Tables"),
    "section.ledger": ("Alle uitspraken, met oordeel en reden", "All claims, with verdict and reason"),
    "topic.beyond": ("Gebruikt en formeel: niet hetzelfde?", "Used and formal: not the same?"),
    "topic.stimulates": ("Stimuleert formele vrijheid het gebruik?", "Does formal freedom stimulate its use?"),
    "topic.dispersion": ("Spreiding per beleidsveld", "Dispersion by policy field"),
    "topic.explained": ("Hoeveel is verklaard?", "How much is explained?"),
    "topic.scale": ("Schaal: plafond of helling?", "Scale: ceiling or slope?"),
    "topic.capacity": ("Ambtelijke capaciteit", "Administrative capacity"),
    "topic.politics": ("Politieke verandering", "Political change"),
    "topic.money": ("Geld", "Money"),
    "topic.mergers": ("Fusies en samenwerking", "Mergers and cooperation"),
    "about.beyond": (
        "Formele beleidsvrijheid is wat de regels toelaten; gebruikte vrijheid is hoe verschillend gemeenten er in hun "
        "uitgaven "
        "mee omgaan. Als de tweede de eerste gewoon volgt, zijn beide één maat.",
        "Formal policy freedom is what the rules allow; used freedom is how differently municipalities deal with it in their "
        "spending. If the second simply follows the first, the two are one measure.",
    ),
    "about.stimulates": (
        "De hervorming gaf formele vrijheid bij haast gelijk geld. Meer gebruik zou zich tonen als een spreiding die in de "
        "hervormde velden meer stijgt dan elders.",
        "The reform gave formal freedom at nearly constant money. More use would show as a dispersion that rises more in the "
        "reformed fields than elsewhere.",
    ),
    "about.dispersion": (
        "Hoe ver gemeenten uiteen liggen in wat ze per inwoner aan een veld besteden, voor en na de hervorming.",
        "How far apart municipalities lie in what they spend on a field per inhabitant, before and after the reform.",
    ),
    "about.explained": (
        "Ambtelijke capaciteit, schaal en politieke verandering zijn de gebruikelijke verklaringen. “Weinig” is hier een "
        "toets: "
        "ligt wat zij samen verklaren onder een grens die vooraf vastlag?",
        "Administrative capacity, scale and political change are the usual explanations. “Little” is a test here: does what "
        "they "
        "explain together lie below a bound that was set beforehand?",
    ),
    "about.scale": (
        "Volgens de brondocumenten is schaal een plafond: kleine gemeenten blijven laag, grote liggen verspreid. Op "
        "beheersmatige "
        "taken zou schaal dan geen verschil maken.",
        "According to the source documents scale is a ceiling: small municipalities stay low, large ones are spread out. On "
        "operational tasks scale should then make no difference.",
    ),
    "about.capacity": (
        "Personeel, de groei ervan, overhead, plannen en studies: de voorraad aan bestuurskracht, los van wat er mee gedaan "
        "wordt.",
        "Staff and its growth, overhead, plans and studies: the stock of governing strength, apart from what is done with it.",
    ),
    "about.politics": (
        "Nieuwe burgemeesters, wissels van coalitie, verschuivende kiezers.",
        "New mayors, changes of coalition, shifting voters.",
    ),
    "about.money": ("Budgetten, schuld en het Gemeentefonds.", "Budgets, debt and the Gemeentefonds."),
    "about.mergers": (
        "Wat fusies, de integratie van het OCMW en samenwerking met zich brengen.",
        "What mergers, the integration of the OCMW and cooperation bring with them.",
    ),
    # verdicts, as predicates
    "verdict.supported": ("gesteund", "supported"),
    "verdict.contradicted": ("tegengesproken", "contradicted"),
    "verdict.undetermined": ("onbeslist", "undetermined"),
    "verdict.not_testable": ("niet toetsbaar", "not testable"),
    "is.supported": (
        "“{statement}” ({id}): deze gegevens steunen dat.",
        "“{statement}” ({id}): these data support it.",
    ),
    "is.contradicted": (
        "“{statement}” ({id}): deze gegevens spreken dat tegen.",
        "“{statement}” ({id}): these data contradict it.",
    ),
    "is.undetermined": (
        "“{statement}” ({id}): onbeslist, deze gegevens steunen noch weerleggen het.",
        "“{statement}” ({id}): undetermined, these data neither support nor refute it.",
    ),
    "is.not_testable": (
        "“{statement}” ({id}): met deze gegevens niet te toetsen. {reason}",
        "“{statement}” ({id}): cannot be tested with these data. {reason}",
    ),
    "rests.on": ("Voorgelegd is: {test}.", "What was put to the data: {test}."),
    "rests.interval": (
        "Gevonden is {estimate}, met een interval van {low} tot {high}, tegenover een drempel van {threshold}.",
        "What was found is {estimate}, with an interval from {low} to {high}, against a threshold of {threshold}.",
    ),
    "rests.point": (
        "Gevonden is {estimate}, tegenover een drempel van {threshold}.",
        "What was found is {estimate}, against a threshold of {threshold}.",
    ),
    "rests.test": (
        "De toetsingsgrootheid is {estimate}; de p moest onder {threshold} liggen.",
        "The test statistic is {estimate}; its p had to lie below {threshold}.",
    ),
    "rests.several": (
        "Dat is één van meerdere delen; alle staan bij de uitspraak, onderaan.",
        "That is one of several parts; all are with the claim, at the end.",
    ),
    "rests.robust": (
        "Van de verdedigbare varianten geeft {share} % hetzelfde oordeel.",
        "Of the defensible variants {share} % give the same verdict.",
    ),
    "rests.everywhere": (
        "Elke verdedigbare variant geeft hetzelfde oordeel.",
        "Every defensible variant gives the same verdict.",
    ),
    "rests.alone": (
        "Geen enkele verdedigbare variant geeft hetzelfde oordeel.",
        "No defensible variant gives the same verdict.",
    ),
    "tally": ("Oordelen over de {n} uitspraken hierover: {told}.", "Verdicts on the {n} claims about this: {told}."),
    "tally.one": ("{n} {verdict}", "{n} {verdict}"),
    # summary
    "summary.all": (
        "{n} uitspraken uit de brondocumenten zijn aan de gegevens voorgelegd, met drempels die vooraf vastlagen: {told}.",
        "{n} claims of the source documents were put to the data, with thresholds set beforehand: {told}.",
    ),
    "summary.none": (
        "Deze studie legt geen uitspraken aan de gegevens voor.",
        "This study puts no claims to the data.",
    ),
    "summary.finding": (
        "Gepubliceerde bevinding: “{finding}”. Oordelen van de {n} reconstructies: {told}.",
        "Published finding: “{finding}”. Verdicts of the {n} reconstructions: {told}.",
    ),
    "summary.published": (
        "Van de drie gepubliceerde bevindingen is niet bekend hoe ze gemeten zijn; elke reconstructie staat er, geen is "
        "gekozen.",
        "How the three published findings were measured is not known; every reconstruction is shown, none is chosen.",
    ),
    "finding.used_beyond_formal": (
        "Gebruikte vrijheid hangt niet van formele vrijheid alleen af",
        "Used freedom does not depend on formal freedom alone",
    ),
    "finding.formal_stimulates": (
        "Meer formele vrijheid kan meer gebruik stimuleren",
        "More formal freedom can stimulate more use",
    ),
    "finding.little_explained": (
        "Capaciteit, schaal en politieke verandering verklaren weinig",
        "Capacity, scale and political change explain little",
    ),
    # question
    "question.reform": (
        "Sinds {year} zijn sectorale subsidies aan de Vlaamse gemeenten opgegaan in het Gemeentefonds, zonder de vroegere "
        "voorwaarden. Gemeenten kregen zo meer formele beleidsvrijheid. Deze studie vraagt hoe verschillend zij die "
        "gebruiken, en of "
        "ambtelijke capaciteit, schaal en politieke verandering dat verklaren.",
        "Since {year} sector grants to the Flemish municipalities have been merged into the Gemeentefonds, without their "
        "former "
        "conditions. Municipalities thus gained formal policy freedom. This study asks how differently they use it, and "
        "whether "
        "administrative capacity, scale and political change explain that.",
    ),
    "question.replication": (
        "Zij is een conceptuele replicatie van {reference}: de maten van dat onderzoek zijn niet bekend, de reconstructies "
        "lagen "
        "vooraf vast.",
        "It is a conceptual replication of {reference}: the measures of that study are not known, the reconstructions were "
        "fixed "
        "beforehand.",
    ),
    "question.plan.none": (
        "De studie verschilt in niets van het plan dat vooraf werd vastgelegd.",
        "The study does not differ in anything from the plan that was frozen beforehand.",
    ),
    "question.plan.not_frozen": (
        "Er werd vooraf geen plan vastgelegd: lees wat volgt als verkenning.",
        "No plan was frozen beforehand: read what follows as exploration.",
    ),
    "question.plan.differs": (
        "Van het plan dat vooraf werd vastgelegd, wijken {n} onderdelen af; ze staan in {file}.",
        "In {n} parts the study differs from the plan that was frozen beforehand; they are in {file}.",
    ),
    # data
    "data.units": (
        "De eenheden zijn de {n} gemeenten van de gekozen indeling. Uitgaven zijn reëel, per inwoner, in prijzen van "
        "{base}; “voor” is "
        "{pre}, “na” is {post}.",
        "The units are the {n} municipalities of the chosen vintage. Spending is real, per inhabitant, in prices of {base}; "
        "“before” "
        "is {pre}, “after” is {post}.",
    ),
    "data.sources": (
        "Van de {n} bronnen in de catalogus zijn er {present} aanwezig:",
        "Of the {n} sources in the catalogue {present} are at hand:",
    ),
    "data.source": ("{publisher}: {measured}", "{publisher}: {measured}"),
    "data.coverage": (" ({units} gemeenten, {years})", " ({units} municipalities, {years})"),
    "data.years": (" ({years})", " ({years})"),
    "data.primary": (
        "Vooraf als primair aangewezen: {label} ({outcome}), geschat op {n} waarnemingen.",
        "Declared primary beforehand: {label} ({outcome}), estimated on {n} observations.",
    ),
    "data.primary.none": (
        "Geen enkele specificatie werd vooraf als primair aangewezen.",
        "No specification was declared primary beforehand.",
    ),
    "not_estimated": (
        "{label} is niet geschat: {reason}",
        "{label} was not estimated: {reason}",
    ),
    # gaps
    "gaps.count": (
        "Van de maten die bij de vraag horen zijn er {present} aanwezig, {partial} gedeeltelijk en {absent} afwezig; "
        "{unmeasurable} "
        "begrippen staan in geen open bron. Het volledige register is {file}.",
        "Of the measures that belong to the question {present} are present, {partial} partial and {absent} absent; "
        "{unmeasurable} "
        "concepts are in no open source. The whole register is {file}.",
    ),
    "gaps.construct": ("{label}: {reason}", "{label}: {reason}"),
    # explained
    "explained.r2": (
        "In de primaire specificatie {label} ({n} waarnemingen) verklaren de blokken {estimate} % van wat de "
        "controlevariabelen "
        "overlaten (interval {low} tot {high} %). Kruisgevalideerd is de R² van het hele model {cv}.",
        "In the primary specification {label} ({n} observations) the blocks explain {estimate} % of what the controls leave "
        "(interval {low} to {high} %). Cross-validated, the R² of the whole model is {cv}.",
    ),
    "explained.plain": (
        "In de primaire specificatie {label} ({n} waarnemingen) is de R² {r2}.",
        "In the primary specification {label} ({n} observations) the R² is {r2}.",
    ),
    "explained.no_r2": (
        "De primaire specificatie {label} ({n} waarnemingen) heeft geen R².",
        "The primary specification {label} ({n} observations) has no R².",
    ),
    "explained.below": (
        "Dat ligt aantoonbaar onder de grens van {bound} (p {p}).",
        "That is shown to lie below the bound of {bound} (p {p}).",
    ),
    "explained.not_below": (
        "Dat het onder de grens van {bound} ligt, is niet aangetoond (p {p}).",
        "That it lies below the bound of {bound} is not shown (p {p}).",
    ),
    "explained.blocks": ("Het deel van elk blok in R² (Shapley):", "The part of each block in R² (Shapley):"),
    "explained.block": (
        "{block}: {estimate} (interval {low} tot {high})",
        "{block}: {estimate} (interval {low} to {high})",
    ),
    "explained.coefficients": (
        "Van de {n} coëfficiënten in de blokken ligt het interval van {above} helemaal boven nul en van {below} helemaal "
        "eronder.",
        "Of the {n} coefficients in the blocks the interval of {above} lies wholly above zero and of {below} wholly below.",
    ),
    "explained.equivalent": (
        "Aantoonbaar kleiner dan {bound} standaardafwijkingen: {small} ervan; te weinig vermogen voor die toets: {open}.",
        "Shown to be smaller than {bound} standard deviations: {small} of them; too little power for that test: {open}.",
    ),
    "block.share": (
        "In de primaire specificatie is het deel van dit blok in R² {estimate} (interval {low} tot {high}).",
        "In the primary specification the part of this block in R² is {estimate} (interval {low} to {high}).",
    ),
    # dispersion
    "dispersion.rose": (
        "In de {group} is de spreiding {estimate} keer die van voor de hervorming (interval {low} tot {high}): zij is "
        "gestegen.",
        "In the {group} dispersion is {estimate} times what it was before the reform (interval {low} to {high}): it rose.",
    ),
    "dispersion.fell": (
        "In de {group} is de spreiding {estimate} keer die van voor de hervorming (interval {low} tot {high}): zij is gedaald.",
        "In the {group} dispersion is {estimate} times what it was before the reform (interval {low} to {high}): it fell.",
    ),
    "dispersion.open": (
        "In de {group} is de spreiding {estimate} keer die van voor de hervorming (interval {low} tot {high}): een stijging "
        "noch een "
        "daling is aangetoond.",
        "In the {group} dispersion is {estimate} times what it was before the reform (interval {low} to {high}): neither a "
        "rise nor "
        "a fall is shown.",
    ),
    "dispersion.more": (
        "Het verschil tussen beide, in ln, is {estimate} (interval {low} tot {high}): in de hervormde velden steeg de "
        "spreiding meer.",
        "The difference of the two, in ln, is {estimate} (interval {low} to {high}): dispersion rose more in the reformed "
        "fields.",
    ),
    "dispersion.less": (
        "Het verschil tussen beide, in ln, is {estimate} (interval {low} tot {high}): in de hervormde velden steeg de "
        "spreiding minder.",
        "The difference of the two, in ln, is {estimate} (interval {low} to {high}): dispersion rose less in the reformed "
        "fields.",
    ),
    "dispersion.same": (
        "Het verschil tussen beide, in ln, is {estimate} (interval {low} tot {high}): het sluit nul niet uit.",
        "The difference of the two, in ln, is {estimate} (interval {low} to {high}): it does not exclude zero.",
    ),
    "dispersion.one_by_one": ("Veld per veld:", "Field by field:"),
    "dispersion.fields": (
        "in {up} van de {n} {group} ligt het interval van de verandering boven nul, in {down} eronder",
        "in {up} of the {n} {group} the interval of the change lies above zero, in {down} below",
    ),
    "dispersion.permutation": (
        "{label}: het verschil in ln spreiding tussen hervormde en andere velden is {estimate} (interval {low} tot {high}); "
        "bij "
        "verwisseling van hele velden is p {p}.",
        "{label}: the difference in ln dispersion between reformed and other fields is {estimate} (interval {low} to {high}); "
        "permuting whole fields gives p {p}.",
    ),
    # scale
    "scale.quantile": (
        "{label}: de helling van {term} is {low_estimate} onderaan de verdeling (interval {low_low} tot {low_high}) en "
        "{high_estimate} "
        "bovenaan (interval {high_low} tot {high_high}).",
        "{label}: the slope of {term} is {low_estimate} at the bottom of the distribution (interval {low_low} to "
        "{low_high}) and "
        "{high_estimate} at the top (interval {high_low} to {high_high}).",
    ),
    # robustness
    "robust.multiverse": (
        "{label}: {estimated} van {cells} verdedigbare varianten zijn geschat, {removed} vooraf met reden weggelaten. De "
        "mediaan van de "
        "coëfficiënt van {term} is {median}; {share} % is significant in de verwachte richting.",
        "{label}: {estimated} of {cells} defensible variants were estimated, {removed} left out beforehand for a stated "
        "reason. The "
        "median of the coefficient of {term} is {median}; {share} % are significant in the expected direction.",
    ),
    "robust.joint": (
        "Alle varianten samen getoetst ({method}): p {median_p} voor de mediaan en p {family_p} gezinsgewijs voor de "
        "kleinste p. {verdict}",
        "All variants tested together ({method}): p {median_p} for the median and p {family_p} family-wise for the smallest p. "
        "{verdict}",
    ),
    "robust.joint.rejects": (
        "Gezinsgewijs blijft minstens één variant overeind.",
        "Family-wise at least one variant stands.",
    ),
    "robust.joint.open": (
        "Gezinsgewijs blijft geen enkele variant overeind.",
        "Family-wise no variant stands.",
    ),
    "robust.axis": (
        "De keuze die het meest van de verschillen tussen schattingen verklaart is “{axis}”: {share} % van hun variantie.",
        "The choice that explains most of the differences between estimates is “{axis}”: {share} % of their variance.",
    ),
    "robust.families": (
        "P-waarden zijn binnen families gecorrigeerd (Holm):",
        "P-values were adjusted within families (Holm):",
    ),
    "robust.family": (
        "{label}: {n} toetsen; {before} met p onder {alpha} voor de correctie, {after} erna",
        "{label}: {n} tests; {before} with p below {alpha} before the adjustment, {after} after",
    ),
    "robust.diagnosed": ("{label}:", "{label}:"),
    "robust.spatial": (
        "Residuen van buurgemeenten hangen samen: Moran {estimate}, p {p}.",
        "Residuals of neighbouring municipalities go together: Moran {estimate}, p {p}.",
    ),
    "robust.not_spatial": (
        "Dat residuen van buurgemeenten samenhangen is niet aangetoond: Moran {estimate}, p {p}.",
        "That residuals of neighbouring municipalities go together is not shown: Moran {estimate}, p {p}.",
    ),
    "robust.flips": (
        "Van {n} coëfficiënten verandert bij {k} het teken of het oordeel wanneer één gemeente wegvalt.",
        "Of {n} coefficients {k} change sign or verdict when one municipality is left out.",
    ),
    "robust.value": (
        "De grootste robustness value is die van {term}: een weggelaten factor zou {value} % van wat er overblijft van "
        "zowel uitkomst als "
        "{term} moeten verklaren om die coëfficiënt tot nul te brengen.",
        "The largest robustness value is that of {term}: an omitted factor would have to explain {value} % of what is left "
        "of both "
        "the outcome and {term} to bring that coefficient to zero.",
    ),
    "robust.power": (
        "{label}: verklaarden de blokken niets, dan had de toets bij de grens van {bound} dat in {power} % van de gevallen "
        "gezien.",
        "{label}: had the blocks explained nothing, the test at the bound of {bound} would have seen it in {power} % of cases.",
    ),
    "robust.claims": (
        "Van de {n} uitspraken met verdedigbare varianten krijgen er {k} in alle varianten hetzelfde oordeel.",
        "Of the {n} claims with defensible variants {k} get the same verdict in all of them.",
    ),
    "robust.again": (
        "Andere software (statsmodels, linearmodels) schat {same} lineaire specificaties opnieuw en vindt overal dezelfde "
        "coëfficiënten; in {loss} kwantielregressies vindt ze geen kleiner verlies ({file}).",
        "Other software (statsmodels, linearmodels) estimates {same} linear specifications again and finds the same "
        "coefficients in all of them; in {loss} quantile regressions it finds no lower loss ({file}).",
    ),
    "robust.none": (
        "Deze studie vraagt geen multiversum, families of diagnostiek.",
        "This study asks for no multiverse, families or diagnostics.",
    ),
    # limits
    "limit.observed": (
        "De voorspellers zijn waargenomen, niet toegewezen: coëfficiënten beschrijven en identificeren geen effecten.",
        "Predictors are observed, not assigned: coefficients describe, they do not identify effects.",
    ),
    "limit.shocks": (
        "Met de hervorming vielen andere schokken samen (gesco's, Stedenfonds, persoonsgebonden taken van de provincies, "
        "fusies, de "
        "pandemie). Zij zijn aangeduid in de figuren, niet weggerekend.",
        "Other shocks fell together with the reform (gesco posts, the Stedenfonds, person-related tasks of the provinces, "
        "mergers, "
        "the pandemic). They are marked in the figures, not taken out.",
    ),
    "limit.before": (
        "Voor de hervorming zijn er weinig jaren met vergelijkbare rekeningen: een trend vooraf is moeilijk te zien.",
        "There are few years of comparable accounts before the reform: a trend before it is hard to see.",
    ),
    "limit.verdict": (
        "Onbeslist is geen steun en geen weerlegging. Een interval dat nul bevat, zegt niet dat er niets is.",
        "Undetermined neither supports nor refutes. An interval that contains zero does not say that there is nothing.",
    ),
    "limit.simulated": (
        "De gegevens zijn gesimuleerd: wat gevonden is, toont wat de methode kan zien, niet hoe het in Vlaanderen is.",
        "The data are simulated: what was found shows what the method can see, not how things are in Flanders.",
    ),
    "limit.replication": (
        "De replicatie is conceptueel: waar een reconstructie afwijkt van de gepubliceerde bevinding, kan dat aan de "
        "reconstructie liggen.",
        "The replication is conceptual: where a reconstruction departs from the published finding, the reconstruction may "
        "be the cause.",
    ),
    # tables and figures
    "tables.about": (
        "Dezelfde tabellen staan ook apart in {folder}.",
        "The same tables are also in {folder}, each by itself.",
    ),
    "tables.long": (
        "{title}: niet op deze bladzijde; zie {file}.",
        "{title}: not on this page; see {file}.",
    ),
    "tables.see": ("Tabellen hierbij:", "Tables on this:"),
    "figure.file": ("Figuur: zie {file}.", "Figure: see {file}."),
    "caption.more": ("Specificaties en steekproef", "Specifications and sample"),
    # ledger
    "ledger.about": (
        "Elk oordeel is door de code geveld, met regels en drempels uit config.yaml. Niet voor elkaar gecorrigeerd.",
        "Every verdict was reached by code, by rules and thresholds from config.yaml. Not adjusted for one another.",
    ),
    "head.source": ("Bron", "Source"),
    "head.test": ("Voorgelegd", "Put to the data"),
    "head.number": ("Gevonden", "Found"),
    "head.reason": ("Reden", "Reason"),
    "head.deviations": ("Afwijking van het plan", "Deviation from the plan"),
    "head.robustness": ("Zelfde oordeel in varianten", "Same verdict in variants"),
    "ledger.interval": (
        "{estimate} (interval {low} tot {high}); drempel {threshold}",
        "{estimate} (interval {low} to {high}); threshold {threshold}",
    ),
    "ledger.point": ("{estimate}; drempel {threshold}", "{estimate}; threshold {threshold}"),
    "ledger.test": (
        "toetsingsgrootheid {estimate}; p moet onder {threshold} liggen",
        "test statistic {estimate}; p has to lie below {threshold}",
    ),
}
