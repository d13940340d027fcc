"""All raw files of one simulated country, in the publishers' own layouts, and the truth behind them."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.outputs import rounded
from beleidsvrijheid.simulation import (
    accounts,
    ballots,
    candidates,
    councils,
    financing,
    layouts,
    publications,
    registers,
    shapes,
    truth,
)
from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import Municipalities, draw_municipalities
from beleidsvrijheid.simulation.parameters import ACCOUNT_YEARS, COVARIATES, SIMULATED, build_world
from beleidsvrijheid.simulation.politics import draw_next_term
from beleidsvrijheid.simulation.register import (
    Register,
    draw_register,
    mergers_table,
)
from beleidsvrijheid.simulation.spending import Planted, draw_habits
from beleidsvrijheid.simulation.statbel import age_files, statbel_files

EARLY, LATE = tuple(range(2014, 2020)), tuple(range(2020, 2026))
FILES = (
    "README.md",
    "truth.json",
    "bbc_accounts_by_field_operating/jr bv exploitatie 2014-2019.csv",
    "bbc_accounts_by_field_operating/jr bv exploitatie 2020-2025.csv",
    "bbc_accounts_by_field_investment/jr bv investeringen 2014-2019.csv",
    "bbc_accounts_by_field_investment/jr bv investeringen 2020-2025.csv",
    "bbc_accounts_by_account_operating/jr rek exploitatie 2014-2025.csv",
    "bbc_accounts_by_account_investment/jaarrekening investeringen per rekening 2014-2025.xlsx",
    "bbc_plans_by_field_operating/mjp bv exploitatie 2014.csv",
    "bbc_plans_by_field_operating/mjp bv exploitatie 2020.csv",
    "bbc_plans_by_field_investment/mjp bv investeringen 2014.csv",
    "bbc_plans_by_field_investment/mjp bv investeringen 2020.csv",
    "bbc_plans_by_account_operating/mjp rek exploitatie 2014.csv",
    "bbc_plans_by_account_operating/mjp rek exploitatie 2020.csv",
    "bbc_plans_by_account_investment/mjp rek investeringen 2014.csv",
    "bbc_plans_by_account_investment/mjp rek investeringen 2020.csv",
    "bbc_accounts_by_account_financing/jaarrekening financiering per rekening.xlsx",
    "bbc_plans_by_field_financing/mjp bv financiering 2020.xlsx",
    "bbc_accounts_by_field_financing/jr bv financiering 2014-2025.csv",
    "bbc_plans_by_account_financing/mjp rek financiering 2020.csv",
    "bbc_accounts_by_field_operating/jr bv ontvangsten exploitatie 2014-2025.csv",
    "bbc_accounts_by_field_operating/jr bv sectorale subsidies 2014-2015.csv",
    "bbc_accounts_by_account_operating/jr rek ontvangsten exploitatie 2014-2025.csv",
    "debt/financiele schuld.csv",
    "plan_actions/acties 2020.csv",
    "staff/personeel lokale besturen.xlsx",
    "staff/9101_gemeente2018.json",
    "staff/9102_gemeente2018.json",
    "staff/9101_gemeente.json",
    "staff/9102_gemeente.json",
    "population/Bevolking_per_gemeente.xlsx",
    "belfius_clusters/belfius_2018.csv",
    "belfius_clusters/belfius_2018.txt",
    "belfius_clusters/corrections.csv",
    "city_monitor/gemeente-stadsmonitor.xlsx",
    "centre_function/uitrustingsgraad_nis2025.xlsx",
    "tax_rates/taux-taxe-communale-2024.xlsx",
    "tax_rates/taux-taxe-communale-2025.xlsx",
    "tax_rates/OV_OverzichtOpcentiemen_2025.xlsx",
    "tax_rates/aanslagvoeten 2008-2022.xlsx",
    "geometry/vl_gemeenten_2018.geojson",
    "geometry/LAU_RG_01M_2024_4326.geojson",
    "geometry/RefgemG100_2025.geojson",
    "municipalities/TU_COM_REFNIS.zip",
    "municipalities/mergers.csv",
    "population/TF_SOC_POP_STRUCT_2022.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2014.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2015.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2016.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2017.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2018.zip",
    "population_by_age/TF_SOC_POP_STRUCT_2019.zip",
    "income/TF_PSNL_INC_TAX_MUNTY.zip",
    "election_results/verkiezingen2012.zip",
    "election_results/verkiezingen2018.zip",
    "election_results/verkiezingen2024.zip",
    "mandates/burgemeesters_schepenen.json",
    "mandates/mandaten.csv",
    "election_lists/resultaten_verkiezing_gemeenteraad_20181014.xlsx",
    "election_lists/2024-lijsten-gemeentes.ttl",
    "election_lists/2024-list-person-links.ttl",
    "election_lists/gemeenteraden.json",
    "gemeentefonds/algemene financieringssubsidies.xlsx",
    "cpi/cpi.json",
)
README = f"""# {SIMULATED}

Written by the rule `simulate_sources`. Every municipality, code, person and amount in this folder is
invented; no place exists. The files imitate the publishers' layouts so that the real parsers run on them.
`truth.json` says what was planted and what it implies for a very large draw of the same country.

Alle gemeenten, codes, personen en bedragen in deze map zijn verzonnen. De bestanden volgen de opmaak van de
uitgevers zodat de echte parsers erop werken. `truth.json` zegt wat erin gelegd is.
"""


@dataclass(frozen=True)
class Tables:
    """The study's own tables: policy_fields, stable_fields, domains, all columns text."""

    policy_fields: pd.DataFrame
    stable_fields: pd.DataFrame
    domains: pd.DataFrame


@dataclass(frozen=True)
class Simulation:
    """One country with everything that is written about it."""

    places: Municipalities
    register: Register
    operating: accounts.Book
    operating_plans: accounts.Book
    investment: accounts.Book
    investment_plans: accounts.Book
    amplitude: np.ndarray
    truth: dict


def simulate(
    settings: dict, seed: int, tables: Tables, n_large: int = truth.LARGE_DRAW, threads: int = 1
) -> Simulation:
    """Draw the country of `seed` with the effects of `settings` (config.yaml, key simulation).

    n_large: units of the draw that the population values come from; it does not depend on the seed.
    """
    planted = Planted.from_settings(settings)
    world = build_world(tables.stable_fields)
    large = truth.draw_large(world, planted, n_large, threads)
    streams = [np.random.default_rng([seed, topic]) for topic in range(7)]
    places = draw_municipalities(draw_country(1, streams[0]), streams[1])
    every = slice(0, places.country.n_units)
    habits = draw_habits(places, every, world, planted, large.calibration, streams[2])
    fields = tables.policy_fields
    shares = accounts.draw_code_shares(fields, world, places.country.n_units, streams[3])
    operating = accounts.operating_book(habits, places, world, planted, large.calibration, fields, shares, streams[4])
    investment = accounts.investment_book(places, world, fields, shares, streams[5])
    return Simulation(
        places=places,
        register=draw_register(places.country, streams[6]),
        operating=operating,
        operating_plans=accounts.operating_plans(operating, streams[4]),
        investment=investment,
        investment_plans=accounts.investment_plans(investment, places, streams[5]),
        amplitude=habits.amplitude,
        truth=truth.describe_truth(large, world, planted, threads),
    )


def release(
    settings: dict, seed: int, tables: Tables, n_large: int = truth.LARGE_DRAW, threads: int = 1
) -> Iterator[tuple[str, bytes]]:
    """(path under the source folder, content) of every file in FILES; the same bytes for the same seed."""
    simulation = simulate(settings, seed, tables, n_large, threads)
    rng = np.random.default_rng([seed, 100])
    yield "README.md", README.encode("utf-8")
    yield from _finance_files(simulation, tables, rng)
    yield from _financing_files(simulation, tables, np.random.default_rng([seed, 204]))
    planned = dict(_register_files(simulation, rng))
    gaps = planned.pop("gaps")
    yield from planned.items()
    yield from statbel_files(simulation.places, simulation.register, np.random.default_rng([seed, 201]))
    yield from age_files(simulation.places, simulation.register, np.random.default_rng([seed, 302]))
    yield from _published_files(simulation, np.random.default_rng([seed, 203]))
    yield from _political_files(simulation, rng, np.random.default_rng([seed, 202]), np.random.default_rng([seed, 301]))
    content = simulation.truth | {"data_source": SIMULATED, "seed": seed} | _country_truth(simulation, gaps)
    yield "truth.json", _json(content)


def _json(content: dict) -> bytes:
    text = json.dumps(rounded(content), indent=1, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode("utf-8")


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode("utf-8")


def _finance_files(simulation: Simulation, tables: Tables, rng) -> Iterator[tuple[str, bytes]]:
    fields = tables.policy_fields
    nis, people = simulation.register.nis_2025, simulation.places.country.unit_population
    by_field = layouts.field_labels(fields, tables.stable_fields, tables.domains)
    by_account = {
        "operating": layouts.account_labels(accounts.OPERATING_LEVELS, accounts.OPERATING_ACCOUNTS),
        "investment": layouts.account_labels(accounts.INVESTMENT_LEVELS, accounts.INVESTMENT_ACCOUNTS),
    }
    words = {"operating": "exploitatie", "investment": "investeringen"}
    books = {
        "operating": (simulation.operating, simulation.operating_plans),
        "investment": (simulation.investment, simulation.investment_plans),
    }
    for section, (realised, planned) in books.items():
        word = words[section]
        for years in (EARLY, LATE):
            name = f"bbc_accounts_by_field_{section}/jr bv {word} {years[0]}-{years[-1]}.csv"
            report = layouts.Report("Jaarrekening", years)
            yield name, layouts.field_csv(realised, by_field, fields, report, nis, people, rng)
            plan = layouts.Report("Meerjarenplan", years, years[0])
            name = f"bbc_plans_by_field_{section}/mjp bv {word} {years[0]}.csv"
            yield name, layouts.field_csv(planned, by_field, fields, plan, nis, people, rng)
            name = f"bbc_plans_by_account_{section}/mjp rek {word} {years[0]}.csv"
            yield name, layouts.wide_csv(planned.by_account, by_account[section], plan, nis, people, rng)
    yield from _account_files(simulation, by_account["operating"], rng)


def _account_files(simulation: Simulation, labels: dict, rng) -> Iterator[tuple[str, bytes]]:
    """Realised spending by account: operating in layout A, investment in layout C."""
    nis, people = simulation.register.nis_2025, simulation.places.country.unit_population
    report = layouts.Report("Jaarrekening", ACCOUNT_YEARS)
    name = "bbc_accounts_by_account_operating/jr rek exploitatie 2014-2025.csv"
    realised = simulation.operating.by_account
    yield name, layouts.wide_csv(realised, labels, report, nis, people, rng)
    yield (
        "bbc_accounts_by_account_investment/jaarrekening investeringen per rekening 2014-2025.xlsx",
        layouts.board_workbook(
            simulation.investment.by_account,
            accounts.INVESTMENT_ACCOUNTS,
            simulation.register.name_2025,
            people,
        ),
    )


def _financing_files(simulation: Simulation, tables: Tables, rng) -> Iterator[tuple[str, bytes]]:
    """Financing, receipts, debt and plan actions, in all six layouts of the BBC exports."""
    labels = layouts.field_labels(tables.policy_fields, tables.stable_fields, tables.domains)
    places, register = simulation.places, simulation.register
    yield from financing.finance_files(places, register, labels, tables.policy_fields, rng)


def _register_files(simulation: Simulation, rng) -> Iterator[tuple[str, object]]:
    places, register = simulation.places, simulation.register
    country = places.country
    staff, gaps = registers.staff_files(places, register, rng)
    clusters, corrections, misprint = registers.belfius_tables(country, register)
    yield "gaps", {"staff": gaps, "misprinted_cluster": misprint}
    yield from ((f"staff/{name}", content) for name, content in staff.items())
    yield "population/Bevolking_per_gemeente.xlsx", registers.population_workbook(country, register, rng)
    yield "belfius_clusters/belfius_2018.csv", _csv(clusters)
    yield "belfius_clusters/belfius_2018.txt", registers.belfius_text(country, register)
    yield "belfius_clusters/corrections.csv", _csv(corrections)
    yield "municipalities/mergers.csv", _csv(mergers_table(register, country))
    yield (
        "gemeentefonds/algemene financieringssubsidies.xlsx",
        registers.grants_workbook(places, register, rng),
    )
    yield "cpi/cpi.json", registers.prices_json()


def _published_files(simulation: Simulation, rng) -> Iterator[tuple[str, bytes]]:
    country, register = simulation.places.country, simulation.register
    for name, content in shapes.shape_files(country, register, rng):
        yield f"geometry/{name}", content
    yield from publications.publication_files(country, register, rng)


def _political_files(simulation: Simulation, rng, gaps, seated) -> Iterator[tuple[str, bytes]]:
    country, politics, register = simulation.places.country, simulation.places.politics, simulation.register
    votes, council, executive = draw_next_term(country, politics, rng)
    elections = {
        2012: (register.nis_2018, politics.votes_2012, politics.council_2012),
        2018: (register.nis_2019, politics.votes_2018, politics.council_2018),
        2024: (register.nis_2025, votes, council),
    }
    for year, (nis, cast, seats) in elections.items():
        yield f"election_results/verkiezingen{year}.zip", ballots.election_zip(year, nis, cast, seats)
    seats_held = councils.Councils({year + 1: seats for year, (_, _, seats) in elections.items()}, seated)
    for name, content in ballots.mandate_files(country, politics, executive, register, rng, gaps, seats_held.mandates):
        yield f"mandates/{name}", content
    for name, content in candidates.list_files(register, politics.votes_2018, votes, politics.council_2018, gaps):
        yield f"election_lists/{name}", content


def _country_truth(simulation: Simulation, gaps: dict) -> dict:
    """What the files of this seed hold on purpose, and the covariates a pipeline should measure."""
    nis = simulation.register.nis_2025
    country = simulation.places.country
    dose = registers.published_dose(simulation.places)
    units = {}
    for unit in np.argsort(nis.astype(str)):
        measured = dict(zip(COVARIATES, simulation.places.covariates[unit].tolist(), strict=True))
        units[nis[unit]] = measured | {
            "amplitude": simulation.amplitude[unit],
            "reform_dose": dose[unit],
            "cluster": f"V{country.cluster[country.main_part[unit]]}",
            "is_mixed": bool(country.is_mixed[unit]),
        }
    return {
        "units": units,
        "mismatched_totals": {
            "operating": _mismatched(simulation.operating, nis),
            "investment": _mismatched(simulation.investment, nis),
        },
        "negative_corrections_operating": simulation.operating.n_corrections,
        "staff_gaps": gaps["staff"],
        "misprinted_cluster": gaps["misprinted_cluster"],
        "outside_region": simulation.register.outside,
        "share_of_cells_without_figure_per_inhabitant": layouts.WITHOUT_RATE,
    }


def _mismatched(book: accounts.Book, nis: np.ndarray) -> list[list]:
    """[nis, year] where accounts and fields were made to differ by more than 0.1 %."""
    return sorted([str(nis[unit]), ACCOUNT_YEARS[column]] for unit, column in np.argwhere(book.mismatched))
