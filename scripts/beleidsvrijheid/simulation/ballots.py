"""Election results and the database of mandates in their publishers' layouts."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from beleidsvrijheid.simulation.country import Country
from beleidsvrijheid.simulation.politics import LIST_LABELS, Executive, Politics
from beleidsvrijheid.simulation.register import Register
from beleidsvrijheid.simulation.workbook import zip_bytes

BRUSSELS = ZoneInfo("Europe/Brussels")
FUNCTION_URI = "http://data.vlaanderen.be/id/concept/BestuursfunctieCode/5ab0e9b8a3b2ca7c5e0000"
ORGAN_URI = "http://data.vlaanderen.be/id/concept/BestuursorgaanClassificatieCode/"
STATUS_URI = "http://data.vlaanderen.be/id/concept/MandatarisStatusCode/21063a5b-912c-4241-841c-cc7fb3c73e75"
UNIT_URI = "http://data.vlaanderen.be/id/concept/BestuurseenheidClassificatieCode/5ab0e9b8a3b2ca7c5e000001"
SIMULATED_URI = "http://simulated.example/id"
ORGANS = {
    "College van Burgemeester en Schepenen": ORGAN_URI + "5ab0e9b8a3b2ca7c5e000006",
    "Burgemeester": ORGAN_URI + "4955bd72cd0e4eb895fdbfab08da0284",
    "Gemeenteraad": ORGAN_URI + "5ab0e9b8a3b2ca7c5e000005",
}
# Function -> the last part of its address, and the organs that its mandate is a post of.
FUNCTIONS = {
    "Burgemeester": ("13", ("College van Burgemeester en Schepenen", "Burgemeester")),
    "Schepen": ("14", ("College van Burgemeester en Schepenen",)),
    "Gemeenteraadslid": ("11", ("Gemeenteraad",)),
}
COLUMNS = (
    "mandataris",
    "start",
    "eind",
    "rangorde",
    "status",
    "statusLabel",
    "persoon",
    "voornaam",
    "achternaam",
    "roepnaam",
    "mandaat",
    "bestuursfunctie",
    "bestuursfunctieLabel",
    "bestuursorgaan",
    "bestuursorgaanLabel",
    "bestuursPeriodeStart",
    "bestuursPeriodeEinde",
    "bestuursorgaanClassificatie",
    "bestuursorgaanClassificatieLabel",
    "bestuurseenheidLabel",
    "bestuurseenheidClassificatie",
    "bestuurseenheidClassificatieLabel",
    "werkingsgebied",
    "werkingsgebiedLabel",
    "fractie",
    "fractieNaam",
    "beleidsdomein",
    "beleidsdomeinLabel",
)
# Term: election, first and last day; the last term runs on.
TERMS = {
    2013: (2012, date(2013, 1, 1), date(2018, 12, 31)),
    2019: (2018, date(2019, 1, 1), date(2024, 12, 1)),
    2025: (2024, date(2024, 12, 2), None),
}
# The variables of workflow/queries/burgemeesters_schepenen.sparql.
VARIABLES = (
    "mandataris", "functie", "functieLabel", "persoon", "voornaam", "achternaam", "fractieNaam", "statusLabel",
    "rangorde", "start", "einde", "periodeStart", "periodeEinde", "bestuurseenheid", "gemeente", "werkingsgebied",
    "gebiedLabel", "nisUri",
)  # fmt: skip
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
CODE_URI = "http://vocab.belgif.be/auth"
TITULAR_URI = "http://data.vlaanderen.be/id/concept/MandatarisStatusCode/aacb3fed-b51d-4e0b-a411-f3fa641da1b3"
WITHOUT_PARTY, TITULAR = 0.03, 0.02
BOTH_CODES = 10  # every tenth unit has the address of its code of 2025 and of 2019
REPLACED, VERSIONED, STAYS, OTHER_PARTY = 0.12, 0.15, 0.5, 0.04


@dataclass(frozen=True)
class Mandate:
    """One mandate as held: person, list slot, function, first and last day (None: still running), rank."""

    unit: int
    person: int
    party: int
    function: str
    start: date
    end: date | None
    rank: int


FIRST_SEAT = 500_001  # number of the first mandate of a councillor
# First year of the term -> its mandates.
Held = dict[int, list[Mandate]]


def election_zip(year: int, nis: np.ndarray, votes: np.ndarray, seats: np.ndarray) -> bytes:
    """entiteitLijsten.json and entiteitUitslag.json per municipality; national lists have negative ids."""
    labels = LIST_LABELS[year]
    entries = {}
    for unit in np.argsort(nis.astype(str)):
        standing = np.flatnonzero(votes[unit] > 0).tolist()
        ids = [str(-(slot + 1)) if slot < 7 else str(1000 + slot) for slot in standing]
        lists = {
            key: {
                "nr": number,
                "nm": labels[slot],
                "kl": f"#{slot + 1}0{slot + 1}0{slot + 1}0",
                "lg": 0,
                "nl": int(slot < 7),
            }
            for number, (key, slot) in enumerate(zip(ids, standing, strict=True), start=1)
        }
        outcome = {
            key: {"sc": int(votes[unit, slot]), "zs": int(seats[unit, slot])}
            for key, slot in zip(ids, standing, strict=True)
        }
        result = {"us": outcome, "os": int(votes[unit].sum() * 0.04), "gb": "10/10"}
        folder = f"gemeente/{nis[unit]}"
        entries[f"{folder}/entiteitLijsten.json"] = _json({"G": lists})
        entries[f"{folder}/entiteitUitslag.json"] = _json({"G": {nis[unit]: result}})
    return zip_bytes(entries)


def _json(content: dict) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8")


def mandate_files(
    country: Country,
    politics: Politics,
    next_executive: Executive,
    register: Register,
    rng: np.random.Generator,
    gaps: np.random.Generator,
    councils: Callable[[Country, Held], Held],
) -> Iterator[tuple[str, bytes]]:
    """Mandates of three terms: the first as the endpoint answers, the others as the database exports them.

    gaps: draws where the export has a record without party, and where a mayor holds the title only. councils: from the
    mandates in executives by term to those in councils.
    """
    first = _term(2013, politics.executive_2013, None, None, None, rng, 1)
    second = _term(2019, politics.executive_2019, first, country.main_2019, politics.new_mayor, rng, 20_001)
    changed = rng.random(country.n_units) < 0.30
    mayors_change = politics.executive_2019.mayor[country.main_2025] != next_executive.mayor
    third = _term(2025, next_executive, second, country.main_2025, changed | mayors_change, rng, 40_001)
    posts = _posts(register, renamed_unit(register, country), country)
    terms = zip(TERMS, (first, second, third), strict=True)
    records = {term: [one for mandate in held for one in _versions(mandate, rng)] for term, held in terms}
    seated = councils(country, dict(zip(TERMS, (first, second, third), strict=True)))
    yield "burgemeesters_schepenen.json", bindings_json(records[2013], posts[2013], seated[2013])
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    number = len(records[2013])
    for term in (2019, 2025):
        for record in records[term]:
            number += 1
            writer.writerows(_with_gaps(_rows(record, term, posts[term][record.unit].label, number), gaps))
    members = [(term, record) for term in (2019, 2025) for record in seated[term]]
    for number, (term, record) in enumerate(members, start=FIRST_SEAT + len(seated[2013])):
        writer.writerows(_rows(record, term, posts[term][record.unit].label, number))
    yield "mandaten.csv", buffer.getvalue().encode("utf-8")


def renamed_unit(register: Register, country: Country) -> tuple[int, int]:
    """(part of 2018, unit of 2025): a unit that was renamed in place to the name of its merger, as three were in 2024."""
    whole = np.bincount(country.unit_2019)[np.arange(len(country.main_2019))] == 1
    merged = np.bincount(country.unit_2025_of_2019, weights=~whole) == 0
    new_name = register.name_2025 != register.name_2019[country.main_2025]
    unit = int(np.flatnonzero(merged & new_name)[0])
    return int(country.main_2019[country.main_2025[unit]]), unit


@dataclass(frozen=True)
class Post:
    """What the database says today of the unit of a mandate: its label and the addresses of its codes."""

    label: str
    codes: tuple[str, ...]


def _posts(register: Register, renamed: tuple[int, int], country: Country) -> dict[int, list[Post]]:
    """Per term and unit. A part that was merged away in 2019 has no code any more; the renamed one has the new."""
    part, unit = renamed
    label = register.name_2025[unit]
    labels = {2013: register.name_2018.copy(), 2019: register.name_2019.copy(), 2025: register.name_2025}
    labels[2013][part], labels[2019][country.unit_2019[part]] = label, label
    codes: list[tuple[str, ...]] = []
    for number, own in enumerate(register.nis_2018):
        newest = [f"{CODE_URI}/refnis2025/{own}"] if own in register.nis_2025 else []
        older = own in register.nis_2019 and (not newest or number % BOTH_CODES == 0)
        codes.append((*newest, *([f"{CODE_URI}/refnis2019/{own}"] if older else [])))
    codes[part] = (f"{CODE_URI}/refnis2025/{register.nis_2025[unit]}",)
    bare = {term: [()] * len(labels[term]) for term in (2019, 2025)}
    every = {2013: codes, **bare}
    return {term: [Post(*pair) for pair in zip(labels[term], every[term], strict=True)] for term in TERMS}


def bindings_json(records: list[Mandate], posts: list[Post], seated: Sequence[Mandate] = ()) -> bytes:
    """Records of 2013-2018 as the endpoint answers the query: a binding per code of the unit, absent values left out.

    seated: councillors, numbered apart, so that the numbers of executives do not depend on them.
    """
    bindings = []
    for number, record in (*enumerate(records, start=1), *enumerate(seated, start=FIRST_SEAT)):
        post = posts[record.unit]
        bindings += [_binding(record, number, post.label, code) for code in post.codes or ("",)]
    document = {"head": {"link": [], "vars": list(VARIABLES)}}
    return _json(document | {"results": {"distinct": False, "ordered": True, "bindings": bindings}})


def _binding(record: Mandate, number: int, label: str, code: str) -> dict:
    row = _rows(record, 2013, label, number)[0]
    values = {
        "mandataris": row["mandataris"],
        "functie": row["bestuursfunctie"],
        "functieLabel": row["bestuursfunctieLabel"],
        "persoon": row["persoon"],
        "fractieNaam": row["fractieNaam"],
        "statusLabel": row["statusLabel"],
        "start": row["start"],
        "einde": row["eind"],
        "periodeStart": row["bestuursPeriodeStart"],
        "periodeEinde": row["bestuursPeriodeEinde"],
        "bestuurseenheid": f"{SIMULATED_URI}/bestuurseenheden/{record.unit:03d}",
        "gemeente": label,
        "nisUri": code,
    }
    return {name: _literal(value) for name, value in values.items() if value}


def _literal(value: str) -> dict:
    if value.startswith("http"):
        return {"type": "uri", "value": value}
    if value.endswith("Z"):
        return {"type": "typed-literal", "datatype": DATE_TIME, "value": value}
    return {"type": "literal", "value": value}


def _with_gaps(rows: list[dict], gaps: np.random.Generator) -> list[dict]:
    """Now and then a party stands with the seat in the council only, or a mayor has a titular predecessor."""
    drawn, row = gaps.random(), rows[0]
    if row["bestuursfunctieLabel"] == "Schepen" and drawn < WITHOUT_PARTY:
        organ = row["bestuursorgaan"].removesuffix("college") + "gemeenteraad"
        council = {"bestuursorgaan": organ, "bestuursfunctie": FUNCTION_URI + "11", "rangorde": ""}
        council |= {"bestuursfunctieLabel": "Gemeenteraadslid", "mandataris": row["mandataris"] + "-raad"}
        council |= {"bestuursorgaanClassificatie": ORGAN_URI + "5ab0e9b8a3b2ca7c5e000005"}
        council |= {"bestuursorgaanClassificatieLabel": "Gemeenteraad"}
        council |= {"bestuursorgaanLabel": f"Gemeenteraad {row['bestuurseenheidLabel']}"}
        return [row | {"fractie": "", "fractieNaam": ""}, row | council]
    if row["bestuursfunctieLabel"] == "Burgemeester" and drawn < TITULAR:
        titular = {"mandataris": row["mandataris"] + "-titel", "persoon": row["persoon"] + "-titel"}
        titular |= {"status": TITULAR_URI, "statusLabel": "Titelvoerend"}
        return [*rows, *(one | titular for one in rows)]
    return rows


def _term(term, executive, previous, main, new_mayor, rng, first_person) -> list[Mandate]:
    """Everybody who sat in the executives of one term; `main` names the previous unit that is continued."""
    _, start, end = TERMS[term]
    people = iter(range(first_person, first_person + 20_000))
    sitting = _sitting(previous or [], end_of=start)
    mandates = []
    for unit in range(len(executive.mayor)):
        former = sitting.get(int(main[unit]), []) if main is not None else []
        mayor = next((m.person for m in former if m.function == "Burgemeester"), None)
        if mayor is None or new_mayor[unit]:
            mayor = next(people)
        slots = np.repeat(np.arange(executive.seats.shape[1]), executive.seats[unit].astype(int)).tolist()
        slots.remove(int(executive.mayor[unit]))
        mandates.append(Mandate(unit, mayor, int(executive.mayor[unit]), "Burgemeester", start, end, 1))
        available = [m for m in former if m.function == "Schepen" and m.person != mayor]
        for rank, slot in enumerate(slots, start=2):
            known = next((m for m in available if m.party == slot), None)
            if known is not None and rng.random() < STAYS:
                available.remove(known)
                person = known.person
            else:
                person = next(people)
            mandates += _alderman(Mandate(unit, person, slot, "Schepen", start, end, rank), people, term, slots, rng)
    return mandates


def _sitting(mandates: list[Mandate], end_of: date) -> dict[int, list[Mandate]]:
    last_day = end_of - timedelta(days=1)
    by_unit: dict[int, list[Mandate]] = {}
    for mandate in mandates:
        if mandate.end == last_day:
            by_unit.setdefault(mandate.unit, []).append(mandate)
    return by_unit


def _alderman(mandate: Mandate, people, term: int, slots: list[int], rng) -> list[Mandate]:
    """The mandate, or two where the alderman is replaced; seldom by another party, 2019-2024 only."""
    if mandate.end is None or rng.random() >= REPLACED:
        return [mandate]
    day = mandate.start + timedelta(days=int(rng.integers(400, 1700)))
    party = mandate.party
    if term == 2019 and rng.random() < OTHER_PARTY:
        party = 1 if party == 0 else 0
    early = Mandate(mandate.unit, mandate.person, mandate.party, "Schepen", mandate.start, day, mandate.rank)
    late = Mandate(mandate.unit, next(people), party, "Schepen", day + timedelta(days=1), mandate.end, mandate.rank)
    return [early, late]


def _versions(mandate: Mandate, rng) -> list[Mandate]:
    """A change of status opens a new record: some mandates are two consecutive records."""
    last = mandate.end or date(2025, 9, 1)
    days = (last - mandate.start).days
    if days < 200 or rng.random() >= VERSIONED:
        return [mandate]
    cut = mandate.start + timedelta(days=int(rng.integers(90, days - 90)))
    fixed = (mandate.unit, mandate.person, mandate.party, mandate.function)
    return [
        Mandate(*fixed, mandate.start, cut, mandate.rank),
        Mandate(*fixed, cut + timedelta(days=1), mandate.end, mandate.rank),
    ]


@cache
def utc_stamp(day: date | None) -> str:
    """Midnight in Brussels, written in UTC: 1 January 2019 is 2018-12-31T23:00:00Z."""
    if day is None:
        return ""
    moment = datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _post(mandate: Mandate, term: int, name: str) -> dict:
    """What a record says of the post: function, term, municipality and list."""
    election, start, end = TERMS[term]
    unit = f"{term}-{mandate.unit:03d}"
    return {
        "mandaat": f"{SIMULATED_URI}/mandaten/{unit}-{mandate.function.lower()}",
        "bestuursfunctie": FUNCTION_URI + FUNCTIONS[mandate.function][0],
        "bestuursfunctieLabel": mandate.function,
        "bestuursPeriodeStart": utc_stamp(start),
        "bestuursPeriodeEinde": utc_stamp(end),
        "bestuurseenheidLabel": name,
        "bestuurseenheidClassificatie": UNIT_URI,
        "bestuurseenheidClassificatieLabel": "Gemeente",
        "werkingsgebied": f"{SIMULATED_URI}/werkingsgebieden/{unit}",
        "werkingsgebiedLabel": name,
        "fractie": f"{SIMULATED_URI}/fracties/{unit}-{mandate.party}",
        "fractieNaam": LIST_LABELS[election][mandate.party],
    }


def _rows(mandate: Mandate, term: int, name: str, number: int) -> list[dict]:
    """One row per organ: the mandate of a mayor is a post of two."""
    row = {
        "mandataris": f"{SIMULATED_URI}/mandatarissen/{number:06d}",
        "start": utc_stamp(mandate.start),
        "eind": utc_stamp(mandate.end),
        "rangorde": f"{mandate.rank - 1}e schepen" if mandate.function == "Schepen" else "",
        "status": STATUS_URI,
        "statusLabel": "Effectief",
        "persoon": f"{SIMULATED_URI}/personen/{mandate.person:05d}",
        "voornaam": "Persoon",
        "achternaam": f"{mandate.person:05d}",
    } | _post(mandate, term, name)
    place = f"{SIMULATED_URI}/bestuursorganen/{term}-{mandate.unit:03d}"
    return [
        row
        | {
            "bestuursorgaan": f"{place}-{organ.split()[0].lower()}",
            "bestuursorgaanLabel": f"{organ} {name}",
            "bestuursorgaanClassificatie": ORGANS[organ],
            "bestuursorgaanClassificatieLabel": organ,
        }
        for organ in FUNCTIONS[mandate.function][1]
    ]
