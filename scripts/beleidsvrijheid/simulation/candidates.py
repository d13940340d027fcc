"""The lists of 2018 and 2024 in their publishers' layouts: a workbook of candidates, and linked data with its councils."""

import json
from collections.abc import Iterator
from datetime import date

import numpy as np

from beleidsvrijheid.simulation.ballots import CODE_URI, SIMULATED_URI
from beleidsvrijheid.simulation.parameters import SIMULATED
from beleidsvrijheid.simulation.politics import LIST_LABELS
from beleidsvrijheid.simulation.register import Register
from beleidsvrijheid.simulation.workbook import xlsx_bytes

MANDATE = "http://data.vlaanderen.be/ns/mandaat#"
LIST_TYPE = "http://data.vlaanderen.be/id/concept/KandidatenlijstLijsttype/95de36e5-8c7a-4308-af7b-75afbd943dd2"
BALLOT_2018, BALLOT_AGAIN, BALLOT_2024 = date(2018, 10, 14), date(2019, 6, 16), date(2024, 10, 13)
AGAIN = 7  # the unit, by code, that voted a second time
FIRST_LOCAL = 7  # the slot from which lists are local
FEWEST, MOST = 1, 3  # candidates of a list: few, so that the files stay small
WIDTH = 27
HEADER = {
    0: "type", 1: "datum", 2: "NIS", 3: "kieskring", 4: "mandaten", 8: "lijstnr", 9: "lijst", 15: "volgnr",
    25: "RRachternaam", 26: "RRvoornaam",
}  # fmt: skip

# Unit -> its lists: number on the ballot, label, number of candidates.
Slates = dict[int, list[tuple[int, str, int]]]


def list_files(
    register: Register, votes_2018: np.ndarray, votes_2024: np.ndarray, seats_2018: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files of lists; who stood is who had votes in the simulated elections."""
    slates = _slates(votes_2018, 2018, register.name_2019, rng)
    book = _workbook(slates, register, seats_2018.sum(axis=1))
    yield "resultaten_verkiezing_gemeenteraad_20181014.xlsx", xlsx_bytes({"kandidaten": book})
    slates = _slates(votes_2024, 2024, register.name_2025, rng)
    yield "2024-lijsten-gemeentes.ttl", _lists_turtle(slates)
    yield "2024-list-person-links.ttl", _links_turtle(slates)
    yield "gemeenteraden.json", _councils_json(register)


def _slates(votes: np.ndarray, year: int, names: np.ndarray, rng: np.random.Generator) -> Slates:
    """A local list bears the name of its municipality, so that it runs in one only."""
    sizes = rng.integers(FEWEST, MOST + 1, votes.shape)
    return {
        unit: [
            (number, LIST_LABELS[year][slot] + f" {names[unit]}" * (slot >= FIRST_LOCAL), int(sizes[unit, slot]))
            for number, slot in enumerate(np.flatnonzero(votes[unit] > 0).tolist(), start=1)
        ]
        for unit in range(len(votes))
    }


def _workbook(slates: Slates, register: Register, seats: np.ndarray) -> list[list]:
    """Two rows of notes, the header, a row per candidate; one municipality stands in it with both of its ballots."""
    order = np.argsort(register.nis_2019.astype(str)).tolist()
    again = order[AGAIN]
    rows = [[f"{SIMULATED}: kandidaten en lijsten zijn verzonnen"], ["gemeenteraadsverkiezingen van 14 oktober 2018"]]
    rows.append([HEADER.get(at) for at in range(WIDTH)])
    person = 0
    for unit, day in [*((unit, BALLOT_2018) for unit in order), (again, BALLOT_AGAIN)]:
        place = {0: "CG", 1: day, 2: register.nis_2019[unit], 3: register.name_2019[unit], 4: int(seats[unit])}
        for number, label, size in slates[unit]:
            for rank in range(1, size + 1):
                person += 1
                own = {8: number, 9: label, 15: rank, 25: f"{person:05d}", 26: "Kandidaat"}
                rows.append([(place | own).get(at) for at in range(WIDTH)])
    return rows


def _council(unit: int) -> str:
    return f"{SIMULATED_URI}/bestuursorganen/2025-{unit:03d}-gemeenteraad"


def _list(unit: int, number: int) -> str:
    return f"{SIMULATED_URI}/kandidatenlijsten/2024-{unit:03d}-{number}"


def _lists_turtle(slates: Slates) -> bytes:
    day = f'"{BALLOT_2024.isoformat()}"^^<http://www.w3.org/2001/XMLSchema#date>'
    parts = [f"# {SIMULATED}\n"]
    for unit, slate in slates.items():
        election = f"{SIMULATED_URI}/rechtstreekse-verkiezingen/2024-{unit:03d}"
        parts.append(
            f"<{election}> a <{MANDATE}RechtstreekseVerkiezing>;\n  <{MANDATE}datum> {day};\n"
            f"  <{MANDATE}steltSamen> <{_council(unit)}> .\n"
        )
        parts += [
            f"<{_list(unit, number)}> a <{MANDATE}Kandidatenlijst>;\n  <{MANDATE}behoortTot> <{election}>;\n"
            f'  <{MANDATE}lijstnr> "{number}";\n  <{MANDATE}lijsttype> <{LIST_TYPE}>;\n'
            f'  <http://www.w3.org/2004/02/skos/core#prefLabel> "{label}" .\n'
            for number, label, _ in slate
        ]
    return "\n".join(parts).encode("utf-8")


def _links_turtle(slates: Slates) -> bytes:
    lines, person = [f"# {SIMULATED}", f"@prefix mandaat: <{MANDATE}> .", ""], 0
    for unit, slate in slates.items():
        for number, _, size in slate:
            people = [f"<{SIMULATED_URI}/personen/kandidaat-{person + rank:05d}>" for rank in range(1, size + 1)]
            person += size
            lines.append(f"<{_list(unit, number)}> mandaat:heeftKandidaat {' , '.join(people)} .")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _councils_json(register: Register) -> bytes:
    """Whose the councils of 2025 are, as the endpoint answers workflow/queries/gemeenteraden.sparql."""
    bindings = [
        {
            "orgaanInTijd": {"type": "uri", "value": _council(unit)},
            "gemeente": {"type": "literal", "value": name},
            "nisUri": {"type": "uri", "value": f"{CODE_URI}/refnis2025/{nis}"},
        }
        for unit, (nis, name) in enumerate(zip(register.nis_2025, register.name_2025, strict=True))
    ]
    variables = ["orgaanInTijd", "periodeStart", "bestuurseenheid", "gemeente", "nisUri"]
    document = {"head": {"link": [], "vars": variables}, "results": {"bindings": bindings}}
    return json.dumps(document, ensure_ascii=False).encode("utf-8")
