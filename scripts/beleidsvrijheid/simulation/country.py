"""Municipalities of one or many simulated countries: sizes, clusters and mergers, all countries at once."""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.simulation.parameters import CLUSTER_COUNTS, N_PARTS, YEARS

LARGE = 15  # the cluster of the large cities takes the largest places
# Clusters from places that tend to be small to places that tend to be large.
CLUSTERS_BY_SIZE = (7, 8, 6, 5, 3, 2, 1, 4, 16, 10, 9, 12, 14, 13, 11)
SMALLEST_PLACE, LARGEST_PLACE = 90, 520_000
MERGERS_2019 = (2, 2, 2, 3, 2, 2, 2)
MERGERS_2025 = (2, 3, 3) + (2,) * 10  # the first is the largest city and one neighbour


@dataclass(frozen=True)
class Country:
    """Parts (308 a country), units of 2019 (300) and of 2025 (285), in fixed order.

    cluster, population_2014, growth: (P,); unit_2019, unit_2025: (P,) index of the unit a part belongs to;
    unit_2025_of_2019: (U19,); main_2019: (U19,) its part with most inhabitants; main_2025: (U25,) its unit
    of 2019 with most inhabitants; population: (P, 17) inhabitants on 1 January of 2009-2025.
    """

    cluster: np.ndarray
    population: np.ndarray
    unit_2019: np.ndarray
    unit_2025: np.ndarray
    unit_2025_of_2019: np.ndarray
    main_2019: np.ndarray
    main_2025: np.ndarray

    @property
    def n_units(self) -> int:
        return len(self.main_2025)

    @property
    def main_part(self) -> np.ndarray:
        """(U25,) the part of 2018 with most inhabitants."""
        return self.main_2019[self.main_2025]

    @property
    def unit_population(self) -> np.ndarray:
        """(U25, 17) inhabitants."""
        return total_by_unit(self.population, self.unit_2025, self.n_units)

    @property
    def is_mixed(self) -> np.ndarray:
        """(U25,) whether the parts lie in different clusters."""
        first, last = np.full(self.n_units, 99), np.zeros(self.n_units, int)
        np.minimum.at(first, self.unit_2025, self.cluster)
        np.maximum.at(last, self.unit_2025, self.cluster)
        return first != last


def total_by_unit(values: np.ndarray, unit: np.ndarray, n_units: int) -> np.ndarray:
    """Sum the rows of `values` ((P,) or (P, K)) that belong to the same unit."""
    if values.ndim == 1:
        return np.bincount(unit, values, n_units)
    return np.column_stack([np.bincount(unit, column, n_units) for column in values.T])


def draw_country(n_countries: int, rng: np.random.Generator) -> Country:
    """Draw `n_countries` times 308 municipalities with the merger waves of 2019 and 2025."""
    log_population = _draw_sizes(n_countries, rng)
    cluster = _draw_clusters(log_population, rng).ravel()
    root_2019, root_2025 = _draw_mergers(n_countries, rng)
    base = np.exp(log_population).ravel()
    growth = rng.normal(0.005, 0.003, base.size)
    elapsed = np.array(YEARS) - 2014
    population = np.maximum(np.rint(base[:, None] * np.exp(growth[:, None] * elapsed)), 1.0)
    unit_2019 = np.unique(root_2019, return_inverse=True)[1]
    unit_2025 = np.unique(root_2025, return_inverse=True)[1]
    # Inhabitants in the last year of the old geography say which part is largest.
    main_2019 = _largest_member(population[:, YEARS.index(2018)], unit_2019)
    people_2024 = np.bincount(unit_2019, population[:, YEARS.index(2024)])
    unit_2025_of_2019 = unit_2025[main_2019]
    return Country(
        cluster=cluster,
        population=population,
        unit_2019=unit_2019,
        unit_2025=unit_2025,
        unit_2025_of_2019=unit_2025_of_2019,
        main_2019=main_2019,
        main_2025=_largest_member(people_2024, unit_2025_of_2019),
    )


def _draw_sizes(n_countries: int, rng: np.random.Generator) -> np.ndarray:
    """(K, 308) ln inhabitants of 2014, ascending within a country."""
    sizes = np.sort(np.clip(rng.normal(9.45, 0.68, (n_countries, N_PARTS)), 7.6, 12.0), axis=1)
    sizes[:, -13:] += 0.35  # the cities stand apart
    sizes[:, 0] = np.log(SMALLEST_PLACE) + rng.normal(0, 0.05, n_countries)
    sizes[:, -1] = np.log(LARGEST_PLACE) + rng.normal(0, 0.03, n_countries)
    return sizes


def _draw_clusters(log_population: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(K, 308) cluster 1-16 with the real counts; related to size, V15 for the largest."""
    n_large = CLUSTER_COUNTS[LARGE - 1]
    others = log_population[:, :-n_large]
    noisy = others + rng.normal(0, 0.8, others.shape)
    order = np.argsort(noisy, axis=1)
    labels = np.repeat(CLUSTERS_BY_SIZE, [CLUSTER_COUNTS[cluster - 1] for cluster in CLUSTERS_BY_SIZE])
    clusters = np.full(log_population.shape, LARGE)
    np.put_along_axis(clusters, order, np.broadcast_to(labels, order.shape), axis=1)
    return clusters


def _draw_mergers(n_countries: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(P,) the part that stands for a part's unit after the first and after both waves.

    Neither the smallest place nor a city merges, but for the largest, which absorbs a neighbour.
    """
    rows = np.arange(n_countries)[:, None]
    eligible = np.arange(1, N_PARTS - CLUSTER_COUNTS[LARGE - 1])
    chosen = eligible[np.argsort(rng.random((n_countries, eligible.size)), axis=1)]
    first_wave = sum(MERGERS_2019)
    largest = np.full((n_countries, 1), N_PARTS - 1)
    second = np.hstack([largest, chosen[:, first_wave:]])
    root_2019 = np.tile(np.arange(N_PARTS), (n_countries, 1))
    _join(root_2019, rows, chosen, MERGERS_2019)
    root_2025 = root_2019.copy()
    _join(root_2025, rows, second, MERGERS_2025)
    offset = rows * N_PARTS
    return (root_2019 + offset).ravel(), (root_2025 + offset).ravel()


def _join(root: np.ndarray, rows: np.ndarray, members: np.ndarray, sizes: tuple[int, ...]) -> None:
    start = 0
    for size in sizes:
        group = members[:, start : start + size]
        root[rows, group] = group[:, :1]
        start += size


def _largest_member(size: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """(U,) index of the largest member of each unit."""
    order = np.lexsort((size, unit))
    last = np.append(np.flatnonzero(np.diff(unit[order])), len(order) - 1)
    return order[last]
