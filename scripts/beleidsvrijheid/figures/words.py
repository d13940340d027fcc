"""Words of maps and of the capacity plot, and of the sentences that stand for a figure: nl, en."""

from beleidsvrijheid.words import Words

FIGURE_WORDS: Words = {
    # maps
    "map.class": ("{range} (N = {n})", "{range} (N = {n})"),
    "map.range": ("{low} tot {high}", "{low} to {high}"),
    "map.no_value": ("geen waarde (N = {n})", "no value (N = {n})"),
    "map.quantile": (
        "kwantielen, ongeveer evenveel gemeenten in elke klasse",
        "quantiles, about as many municipalities in each",
    ),
    "map.quantile_size": ("kwantielen van de afstand tot nul", "quantiles of the distance from zero"),
    "map.equal": ("even brede klassen", "classes of equal width"),
    "map.breaks": ("grenzen uit de configuratie", "limits given in the configuration"),
    "map.values": ("elke waarde een klasse", "every value a class of its own"),
    "map.note": (
        "Klassen: {n} ({method}). Gemeenten: {all}, waarvan {missing} zonder waarde.",
        "Classes: {n} ({method}). Municipalities: {all}, of which {missing} without a value.",
    ),
    "map.limits": (
        "De ondergrens hoort bij de klasse; er is ingedeeld op de grenzen zoals ze er staan.",
        "The lower limit belongs to the class; values were classed by the limits as printed.",
    ),
    "map.diverging": (
        "Evenveel klassen onder als boven nul, even ver van nul; onder nul staan stippen.",
        "As many classes below zero as above, as far from zero; dots mark those below.",
    ),
    "map.unshaped": (
        "{n} gemeenten met een waarde hebben geen grenzen.",
        "{n} municipalities with a value have no borders.",
    ),
    "map.coarser": (
        "Waarden van de {own} gemeenten; dikke lijnen: de {other} gemeenten.",
        "Values of the {own} municipalities; heavy lines: the {other} municipalities.",
    ),
    "map.finer": (
        "Waarden van de {own} gemeenten; stippellijnen: wat daarin ligt van de {other} gemeenten.",
        "Values of the {own} municipalities; dotted lines: what lies within them of the {other} municipalities.",
    ),
    "map.no_shapes": (
        "Geen kaart: de bron met gemeentegrenzen (geometry) ontbreekt.",
        "No map: the source of borders (geometry) is absent.",
    ),
    "map.no_values": ("Geen kaart: geen enkele waarde.", "No map: not a single value."),
    # three axes of capacity
    "capacity.correlation": ("rangcorrelatie {rho} (N = {n})", "rank correlation {rho} (N = {n})"),
    "capacity.types": ("Type investeerder (om te tonen)", "Type of investor (for display)"),
    "capacity.type_0": ("gemeente ({n})", "municipality ({n})"),
    "capacity.type_1": ("1: groeide ({n})", "1: grew ({n})"),
    "capacity.type_2": ("2: plande groei, realiseerde die niet ({n})", "2: planned growth, did not realise it ({n})"),
    "capacity.type_3": ("3: plande geen groei ({n})", "3: planned no growth ({n})"),
    "capacity.lacking": (
        "{n} gemeenten missen een van de drie en staan niet in elk paneel.",
        "{n} municipalities lack one of the three and are not in every panel.",
    ),
    "capacity.no_values": ("geen waarden", "no values"),
    # what stands for a figure that cannot be seen
    "alt.number": ("{estimate} ({low} tot {high})", "{estimate} ({low} to {high})"),
    "alt.refused": ("{label}: niet geschat.", "{label}: not estimated."),
    "alt.interval": ("Tussen haakjes het interval van {confidence} %.", "In brackets the {confidence} % interval."),
    "alt.coefficients": (
        "{label}: {n} coëfficiënten, waarvan {away} met een interval zonder nul; het verst van nul ligt {term}, {value}.",
        "{label}: {n} coefficients, {away} of them with an interval that leaves out zero; furthest from zero is {term}, {value}.",
    ),
    "alt.dispersion": (
        "{n} beleidsvelden. De standaardafwijking van ln steeg in {up} van de {n}; het meest in {most}, van {pre} naar {post}.",
        "{n} policy fields. The standard deviation of ln rose in {up} of {n}; most in {most}, from {pre} to {post}.",
    ),
    "alt.attribution": ("{label}: {parts}.", "{label}: {parts}."),
    "alt.slopes": ("{label}: {term}: {parts}.", "{label}: {term}: {parts}."),
    "alt.dots": (
        "{n} gemeenten, {outcome} naar inwonertal.",
        "{n} municipalities, {outcome} by number of inhabitants.",
    ),
    "alt.event_study": (
        "{label}: coëfficiënten van {first} tot {last} tegenover {reference}, waarvan {away} van de {n} met een interval zonder "
        "nul; het verst van nul ligt {year}, {value}.",
        "{label}: coefficients from {first} to {last} against {reference}, {away} of {n} with an interval that leaves out zero; "
        "furthest from zero is {year}, {value}.",
    ),
    "alt.necessity": (
        "{term}: leeg boven het plafond {d} van het vlak (CE-FDH), p {p}.",
        "{term}: empty above the ceiling {d} of the plane (CE-FDH), p {p}.",
    ),
    "alt.power": ("{label}, kans op verwerpen: {parts}.", "{label}, chance to reject: {parts}."),
    "alt.power_one": ("{test} bij een ware waarde van {at}: {power}", "{test} at a true value of {at}: {power}"),
    "alt.curve": (
        "{label}: {n} varianten; gestandaardiseerde coëfficiënt van {low} tot {high}, mediaan {median}; {expected} significant "
        "met het verwachte teken, {reversed} met het andere.",
        "{label}: {n} variants; standardised coefficient from {low} to {high}, median {median}; {expected} significant with the "
        "expected sign, {reversed} with the other.",
    ),
    "alt.vibration": (
        "{label}: van de {n} varianten is {positive} % positief; 98 % ligt tussen {low} en {high}.",
        "{label}: of {n} variants {positive} % are positive; 98 % lie between {low} and {high}.",
    ),
    "alt.variance_by_axis": ("{label}: {parts}.", "{label}: {parts}."),
    "alt.capacity": ("{n} gemeenten. Rangcorrelaties: {parts}.", "{n} municipalities. Rank correlations: {parts}."),
    "alt.map": ("{title}: {parts}.", "{title}: {parts}."),
}
