"""Elections, councils and executives: votes per list, seats, mayors and aldermen."""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.simulation.country import Country, total_by_unit
from beleidsvrijheid.simulation.parameters import YEARS

# One slot per list; the spelling differs between years, as in the sources.
LIST_LABELS = {
    2012: (
        "CD&V",
        "N-VA",
        "OPEN VLD",
        "sp.a",
        "GROEN",
        "VLAAMS BELANG",
        "PVDA+",
        "GEMEENTEBELANGEN",
        "DORPSLIJST",
    ),
    2018: (
        "CD&V",
        "N-VA",
        "Open Vld",
        "sp.a",
        "Groen",
        "Vlaams Belang",
        "PVDA",
        "Gemeentebelangen",
        "Dorpslijst",
    ),
    2024: (
        "CD&V",
        "N-VA",
        "Open Vld",
        "Vooruit",
        "Groen",
        "VLAAMS BELANG",
        "PVDA",
        "Gemeentebelangen",
        "Dorpslijst",
    ),
}
N_LISTS = 9
STRENGTH = np.log([0.24, 0.22, 0.15, 0.13, 0.08, 0.08, 0.04, 0.18, 0.12])
PRESENCE = np.array([99.0, 99.0, 1.2, 0.9, 0.3, 0.4, -1.8, 0.6, -0.6])  # log-odds at average size
PRESENCE_SLOPE = np.array([0.0, 0.0, 0.8, 0.9, 1.2, 1.0, 1.4, -0.7, -0.7])
COUNCIL_STEPS = [
    1,
    2,
    3,
    4,
    5,
    7,
    9,
    12,
    15,
    20,
    25,
    30,
    35,
    40,
    50,
    60,
    70,
    80,
    90,
    100,
    150,
    200,
    250,
    300,
]  # thousand inhabitants; two seats more at each
ALDERMEN_STEPS = [1, 5, 10, 20, 30, 50, 100, 200]
VOTES_PER_INHABITANT = 0.62


@dataclass(frozen=True)
class Executive:
    """mayor: (N,) list slot of the mayor; seats: (N, 9) executive seats per list, the mayor's included."""

    mayor: np.ndarray
    seats: np.ndarray


@dataclass(frozen=True)
class Politics:
    """Two elections and the executives that followed, 2012 on the parts, 2018 on the units of 2019.

    votes_*: (N, 9) integer; council_2018: (U19, 9) seats; new_mayor: (U19,) bool, another person.
    """

    votes_2012: np.ndarray
    votes_2018: np.ndarray
    council_2012: np.ndarray
    council_2018: np.ndarray
    executive_2013: Executive
    executive_2019: Executive
    new_mayor: np.ndarray


def council_size(population: np.ndarray) -> np.ndarray:
    """Seats in the council: 7 to 55 by inhabitants."""
    return 7 + 2 * np.searchsorted(np.array(COUNCIL_STEPS) * 1000, population, side="right")


def allocate(weights: np.ndarray, seats: np.ndarray, offset: float) -> np.ndarray:
    """Seats by highest quotient weight / (seats held + offset): 1 is D'Hondt, 2 is Imperiali."""
    held = np.zeros(weights.shape)
    for step in range(int(seats.max())):
        rows = np.flatnonzero(seats > step)
        quotients = weights[rows] / (held[rows] + offset)
        held[rows, quotients.argmax(axis=1)] += 1
    return held


def first_election(population: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 9) votes; national lists stand more often in large places, local ones in small."""
    size = np.log(population)[:, None] - 9.6
    odds = np.clip(PRESENCE + PRESENCE_SLOPE * size, -30, 30)
    stands = rng.random((len(population), N_LISTS)) < 1 / (1 + np.exp(-odds))
    strength = np.exp(STRENGTH + rng.normal(0, 0.5, stands.shape)) * stands
    return _votes(strength, population)


def next_election(votes: np.ndarray, population: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 9) votes after places have swung by more or less, some lists left and some came."""
    share = votes / votes.sum(axis=1, keepdims=True)
    stays = (votes > 0) & (rng.random(votes.shape) < 0.93)
    comes = (votes == 0) & (rng.random(votes.shape) < 0.06)
    stays[:, :2] = True
    swing = 0.42 * np.exp(rng.normal(0, 0.3, (len(votes), 1)))
    strength = np.where(votes > 0, share, 0.06) * np.exp(swing * rng.standard_normal(votes.shape))
    return _votes(strength * (stays | comes), population)


def _votes(strength: np.ndarray, population: np.ndarray) -> np.ndarray:
    share = strength / strength.sum(axis=1, keepdims=True)
    votes = np.rint(share * VOTES_PER_INHABITANT * population[:, None])
    return np.where(strength > 0, np.maximum(votes, 1), 0)


def form_executive(
    council: np.ndarray, population: np.ndarray, incumbent: np.ndarray | None, rng: np.random.Generator
) -> Executive:
    """A majority is formed from large lists and from those that governed (`incumbent`: (N, 9) bool)."""
    share = council / council.sum(axis=1, keepdims=True)
    appeal = share + rng.normal(0, 0.08, share.shape)
    if incumbent is not None:
        appeal += 0.08 * incumbent
    appeal[council == 0] = -np.inf
    order = np.argsort(-appeal, axis=1, kind="stable")
    sorted_share = np.take_along_axis(share, order, axis=1)
    missing = np.cumsum(sorted_share, axis=1) - sorted_share <= 0.5
    joins = np.zeros(share.shape, bool)
    np.put_along_axis(joins, order, missing & (sorted_share > 0), axis=1)
    aldermen = 2 + np.searchsorted(np.array(ALDERMEN_STEPS) * 1000, population, side="right")
    mayor = order[:, 0]
    seats = allocate(np.where(joins, council, 0), aldermen, 1.0)
    seats[np.arange(len(seats)), mayor] += 1
    return Executive(mayor=mayor, seats=seats)


def draw_politics(country: Country, rng: np.random.Generator) -> Politics:
    """Elections of 2012 and 2018 with their executives; a merged unit continues its largest part's."""
    n_2019 = len(country.main_2019)
    people_2012 = country.population[:, YEARS.index(2012)]
    people_2018 = total_by_unit(country.population[:, YEARS.index(2018)], country.unit_2019, n_2019)
    votes_2012 = first_election(people_2012, rng)
    votes_2018 = next_election(total_by_unit(votes_2012, country.unit_2019, n_2019), people_2018, rng)
    council_2012 = allocate(votes_2012, council_size(people_2012), 2.0)
    council_2018 = allocate(votes_2018, council_size(people_2018), 2.0)
    before = form_executive(council_2012, people_2012, None, rng)
    after = form_executive(council_2018, people_2018, before.seats[country.main_2019] > 0, rng)
    leaves = rng.random(n_2019) < 0.22
    return Politics(
        votes_2012=votes_2012,
        votes_2018=votes_2018,
        council_2012=council_2012,
        council_2018=council_2018,
        executive_2013=before,
        executive_2019=after,
        new_mayor=(before.mayor[country.main_2019] != after.mayor) | leaves,
    )


def political_covariates(country: Country, politics: Politics) -> dict[str, np.ndarray]:
    """The politics block per unit of 2025, (U25,) each: study definitions P1, P2, P3, P5, P7."""
    before, after = politics.executive_2013, politics.executive_2019
    governed = before.seats[country.main_2019] > 0
    newcomers = (after.seats * ~governed).sum(axis=1) / after.seats.sum(axis=1)
    votes_before = total_by_unit(politics.votes_2012, country.unit_2025, country.n_units)
    votes_after = total_by_unit(politics.votes_2018, country.unit_2025_of_2019, country.n_units)
    seats = total_by_unit(politics.council_2018, country.unit_2025_of_2019, country.n_units)
    swing = _share(votes_after) - _share(votes_before)
    main = country.main_2025
    return {
        "new_mayor": politics.new_mayor[main].astype(float),
        "new_mayor_party": (before.mayor[country.main_2019] != after.mayor)[main].astype(float),
        "coalition_change": newcomers[main],
        "electoral_volatility": np.abs(swing).sum(axis=1) / 2,
        "fragmentation": 1 / (_share(seats) ** 2).sum(axis=1),
    }


def draw_next_term(
    country: Country, politics: Politics, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Executive]:
    """Votes and seats of 2024 and the executive of 2025, on the units of 2025."""
    people = country.unit_population[:, YEARS.index(2024)]
    before = total_by_unit(politics.votes_2018, country.unit_2025_of_2019, country.n_units)
    votes = next_election(before, people, rng)
    council = allocate(votes, council_size(people), 2.0)
    governed = politics.executive_2019.seats[country.main_2025] > 0
    return votes, council, form_executive(council, people, governed, rng)


def _share(values: np.ndarray) -> np.ndarray:
    return values / values.sum(axis=1, keepdims=True)
