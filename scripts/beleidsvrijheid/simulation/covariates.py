"""Capacity, scale and politics of the simulated municipalities, as the pipeline will measure them."""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.simulation.country import Country, total_by_unit
from beleidsvrijheid.simulation.parameters import BLOCKS, COVARIATES, YEARS
from beleidsvrijheid.simulation.politics import Politics, draw_politics, political_covariates


@dataclass(frozen=True)
class Municipalities:
    """A country with what explains its use of freedom.

    staff: (P, 17) FTE of municipality and OCMW together; dose: (U25,) EUR per inhabitant;
    covariates: (U25, 10) in the order of parameters.COVARIATES.
    """

    country: Country
    politics: Politics
    staff: np.ndarray
    dose: np.ndarray
    covariates: np.ndarray


def draw_municipalities(country: Country, rng: np.random.Generator) -> Municipalities:
    """Staff, investment habits, politics and dose for every unit of `country`."""
    politics = draw_politics(country, rng)
    staff = _draw_staff(country, rng)
    people = country.unit_population
    values = capacity_covariates(staff, people, country) | _draw_investment_habits(country.n_units, rng)
    values |= {"log_population": np.log(people[:, _at(2014) : _at(2015) + 1].mean(axis=1))}
    values |= political_covariates(country, politics)
    scale = values["log_population"] - 9.6
    dose = 19.0 * np.exp(0.10 * scale + rng.normal(0, 0.30, country.n_units))
    return Municipalities(
        country=country,
        politics=politics,
        staff=staff,
        dose=dose,
        covariates=np.column_stack([values[name] for name in COVARIATES]),
    )


def capacity_covariates(staff: np.ndarray, people: np.ndarray, country: Country) -> dict[str, np.ndarray]:
    """C1 and C2 per unit: mean FTE per 1000 inhabitants of 2014-2015, ln growth 2010-2015."""
    total = total_by_unit(staff, country.unit_2025, country.n_units)
    rate = 1000 * total / people
    return {
        "vte_per_1000": rate[:, _at(2014) : _at(2015) + 1].mean(axis=1),
        "vte_growth_5y": np.log(total[:, _at(2015)] / total[:, _at(2010)]),
    }


def _draw_staff(country: Country, rng: np.random.Generator) -> np.ndarray:
    """(P, 17) FTE: larger places have more per inhabitant, and growth is a history of its own."""
    n_parts, n_years = country.population.shape
    people = country.population[:, _at(2014)]
    rate = np.log(10.5) + 0.14 * (np.log(people) - 9.6) + rng.normal(0, 0.22, n_parts)
    growth = rng.normal(0.004, 0.018, n_parts)
    wobble = rng.normal(0, 0.01, (n_parts, n_years))
    path = growth[:, None] * (np.array(YEARS) - 2014) + wobble
    return people[:, None] / 1000 * np.exp(rate[:, None] + path)


def _draw_investment_habits(n_units: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """C6 ratio and C7 EUR per inhabitant (none in one place of eight)."""
    plans = rng.gamma(2.5, 1.6, n_units) * (rng.random(n_units) > 0.125)
    return {
        "realisation_rate": np.clip(rng.normal(0.65, 0.14, n_units), 0.25, 1.15),
        "planning_studies": plans,
    }


def _at(year: int) -> int:
    return YEARS.index(year)


def shapley_shares(
    covariance: np.ndarray, with_outcome: np.ndarray, variance: float, blocks: list[list[int]]
) -> np.ndarray:
    """LMG shares of R2 over three blocks of columns from second moments.

    covariance: (K, K) of the regressors; with_outcome: (K,) covariances; blocks: column numbers.
    Lindeman, Merenda & Gold 1980: the mean gain over the orders of entry. Written apart from attribution.py,
    so that the truth does not share the mistakes of what it judges.
    """

    def r2(*chosen: int) -> float:
        columns = [column for block in chosen for column in blocks[block]]
        if not columns or variance <= 0:
            return 0.0
        own = with_outcome[columns]
        return float(own @ np.linalg.solve(covariance[np.ix_(columns, columns)], own) / variance)

    shares = []
    for block in range(3):
        one, other = (b for b in range(3) if b != block)
        alone, last = r2(block), r2(0, 1, 2) - r2(one, other)
        middle = r2(block, one) - r2(one) + r2(block, other) - r2(other)
        shares.append(alone / 3 + middle / 6 + last / 3)
    return np.array(shares)


def block_columns() -> list[list[int]]:
    """Column numbers of each block in the covariates."""
    return [[COVARIATES.index(name) for name in names] for names in BLOCKS.values()]
