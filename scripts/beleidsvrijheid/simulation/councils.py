"""Who sat in the simulated councils: members of the executive, who sat before, and new people; some stop within the term."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from beleidsvrijheid.simulation.ballots import TERMS, Held, Mandate
from beleidsvrijheid.simulation.country import Country

FUNCTION = "Gemeenteraadslid"
SITS_AGAIN, STOPS = 0.6, 0.18  # chance of a seat to go to who sat before, and to be left within the term
FIRST_PERSON = 60_001  # members of executives have the numbers before

# Unit of the term that follows and list -> persons.
Former = dict[tuple[int, int], list[int]]


@dataclass(frozen=True)
class Councils:
    """Who sat in the councils. seats: term -> (N, 9) seats per list on the units of that term; rng: their own draws."""

    seats: dict[int, np.ndarray]
    rng: np.random.Generator

    def mandates(self, country: Country, executives: Held) -> Held:
        """Councillors of each term; those of both parts of a merger may come back in its council."""
        units = {2013: None, 2019: country.unit_2019, 2025: country.unit_2025_of_2019}
        people = iter(range(FIRST_PERSON, 100_000))
        held, before = {}, []
        for term, executive in executives.items():
            former = _former(before, units[term])
            before = held[term] = _council(term, self.seats[term], executive, former, people, self.rng)
        return held


def _former(mandates: list[Mandate], unit: np.ndarray | None) -> Former:
    """(unit that follows, list) -> persons who sat in its councils up to the end of their term."""
    last_day = max((mandate.end for mandate in mandates), default=None)
    by_list: Former = {}
    for mandate in mandates:
        if mandate.end == last_day:
            by_list.setdefault((int(unit[mandate.unit]), mandate.party), []).append(mandate.person)
    return by_list


def _council(
    term: int,
    seats: np.ndarray,
    executive: list[Mandate],
    former: Former,
    people: Iterator[int],
    rng: np.random.Generator,
) -> list[Mandate]:
    """Seats go to the members of the first executive, then to who sat before or is new; some stop and are followed."""
    _, start, end = TERMS[term]
    governing: Former = {}
    for mandate in executive:
        if mandate.start == start:
            governing.setdefault((mandate.unit, mandate.party), []).append(mandate.person)
    mandates = []
    for unit, slot in np.argwhere(seats > 0).tolist():
        own = governing.get((unit, slot), [])
        known = [person for person in former.get((unit, slot), []) if person not in own]
        n_others = max(int(seats[unit, slot]) - len(own), 0)
        stays, stops = rng.random(n_others) < SITS_AGAIN, rng.random(n_others) < STOPS
        days = rng.integers(100, 2000, n_others).tolist()
        mandates += [Mandate(unit, person, slot, FUNCTION, start, end, 1) for person in own]
        for stay, stop, day in zip(stays.tolist(), stops.tolist(), days, strict=True):
            person = known.pop(0) if stay and known else next(people)
            last = start + timedelta(days=day) if stop and end else end
            mandates.append(Mandate(unit, person, slot, FUNCTION, start, last, 1))
            if last != end:
                follows = last + timedelta(days=1)
                mandates.append(Mandate(unit, next(people), slot, FUNCTION, follows, end, 1))
    return mandates
