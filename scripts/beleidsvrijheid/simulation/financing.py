"""Loans and their repayment, debt, operating receipts and plan actions: what spending alone does not show."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation import export_layouts, layouts
from beleidsvrijheid.simulation.country import Country, total_by_unit
from beleidsvrijheid.simulation.covariates import Municipalities
from beleidsvrijheid.simulation.export_layouts import inhabitants
from beleidsvrijheid.simulation.parameters import ACCOUNT_YEARS, BASE_YEAR, CPI, YEARS
from beleidsvrijheid.simulation.register import Register
from beleidsvrijheid.simulation.registers import CITY_STREAM, GRANT_YEARS, SECTOR_STREAM, STREAMS, sector_weights

PLAN = tuple(range(2020, 2026))
REALISED = layouts.Report("Jaarrekening", ACCOUNT_YEARS)
PLANNED = layouts.Report("Meerjarenplan", PLAN, PLAN[0])
# (account, Niveau 3, share of a repayment); labels of the official list of accounts.
# ASSUME the labels of Niveau 1 and 2 follow those seen for investment.
FINANCING_LEVELS = ("F Financieringsverrichtingen", "F.1 Financieringsuitgaven")
REPAYMENT = "F.1.A Vereffening van financiële schulden"
REPAYMENTS = (
    ("REK4233 Schulden aan kredietinstellingen aangegaan door het bestuur", REPAYMENT, 0.8),
    ("REK424 Andere leningen", REPAYMENT, 0.15),
    ("REK1733 Schulden aan kredietinstellingen aangegaan door het bestuur", REPAYMENT, 0.05),
)
FINANCING_FIELDS = ("0040", "0030")
RECEIPT_LEVELS = ("E Exploitatieverrichtingen", "E.2 Exploitatie-ontvangsten")
TAXES, GENERAL, SPECIFIC = (
    "E.2.B Fiscale ontvangsten",
    "E.2.C Algemene werkingssubsidies",
    "E.2.D Specifieke werkingssubsidies",
)
RECEIPTS = (
    ("REK701/6 Andere verkopen en dienstprestaties", "E.2.A Ontvangsten uit de werking"),
    ("REK7300 Opcentiemen op de onroerende voorheffing", TAXES),
    ("REK7301 Aanvullende belasting op de personenbelasting", TAXES),
    ("REK74000 Gemeentefonds - basisdotatie", GENERAL),
    ("REK74001 Gemeentefonds - aanvullende dotaties", GENERAL),
    ("REK7401/4 Andere algemene werkingssubsidies", GENERAL),
    ("REK7405/9 Specifieke werkingssubsidies", SPECIFIC),
)
RECEIPT_FIELDS = ("0010", "0020", "0309", "0703", "0740", "0750", "0800", "0945")
# Fields in which some municipalities only had a former grant: share of municipalities, share of their sectoral grants.
# 88 municipalities had the grant for development cooperation (study.md section 2); the others are made up.
GRANT_FIELDS = {"0160": (88 / 285, 0.08), "0902": (0.40, 0.10)}
GROWTH = 1.035  # of the Gemeentefonds, after the years that are published
REFORM = 2016
GESCO = "contingentgesco's"
RECEIVED = "ontvangsten exploitatie 2014-2025"
GRANTED = "sectorale subsidies 2014-2015"


@dataclass(frozen=True)
class Finances:
    """Whole euros: {year: (U, C)} of repayments and receipts by account and by field, plans of 2020; debt (U, years)."""

    repaid: dict[int, np.ndarray]
    repaid_by_field: dict[int, np.ndarray]
    planned: dict[int, np.ndarray]
    planned_by_field: dict[int, np.ndarray]
    receipts: dict[int, np.ndarray]
    receipts_by_field: dict[int, np.ndarray]
    debt: np.ndarray


def draw_finances(places: Municipalities, rng: np.random.Generator) -> Finances:
    """Debt of a year = debt of the year before + loans - repayments; receipts by field add up to those by account."""
    people = places.country.unit_population
    repaid, debt = _loans(people, rng)
    shares = np.array([account[2] for account in REPAYMENTS])
    by_account = {year: _split(amount, shares) for year, amount in repaid.items()}
    own = np.where(rng.random(len(people)) < 0.3, 0.06, 0.0)[:, None] * np.array([-1.0, 1.0]) + np.array([1.0, 0.0])
    planned = {year: np.rint(repaid[year] * np.exp(rng.normal(0.02, 0.05, len(people)))) for year in PLAN}
    receipts, by_field = _receipts(places, rng, _granted(len(people), rng.spawn(1)[0]))
    return Finances(
        repaid=by_account,
        repaid_by_field={year: _split(amount, own) for year, amount in repaid.items()},
        planned={year: _split(amount, shares) for year, amount in planned.items()},
        planned_by_field={year: _split(amount, own) for year, amount in planned.items()},
        receipts=receipts,
        receipts_by_field=by_field,
        debt=debt,
    )


def _split(total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(U, C) whole euros that add up to total (U,); the remainder goes to the first. shares: (C,) or (U, C)."""
    parts = np.floor(total[:, None] * shares).astype(np.int64)
    parts[:, 0] += total.astype(np.int64) - parts.sum(axis=1)
    return parts


def _loans(people: np.ndarray, rng: np.random.Generator) -> tuple[dict[int, np.ndarray], np.ndarray]:
    n_units = len(people)
    debt = np.rint(900 * np.exp(rng.normal(0, 0.5, n_units)) * inhabitants(people, ACCOUNT_YEARS[0]))
    repaid, series = {}, []
    for year in ACCOUNT_YEARS:
        repaid[year] = np.rint(debt * rng.uniform(0.06, 0.10, n_units))
        loan = 90 * np.exp(rng.normal(0, 0.6, n_units)) * (rng.random(n_units) < 0.7) * inhabitants(people, year)
        debt = debt + np.rint(loan) - repaid[year]
        series.append(debt)
    return repaid, np.stack(series, axis=1).astype(np.int64)


def _granted(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """(U, 2) share of the sectoral grants that was for each of GRANT_FIELDS; 0 where the municipality had none for it."""
    shares = np.zeros((n_units, len(GRANT_FIELDS)))
    for column, (recipients, share) in enumerate(GRANT_FIELDS.values()):
        chosen = rng.choice(n_units, round(recipients * n_units), replace=False)
        shares[chosen, column] = share
    return shares


def _receipts(
    places: Municipalities, rng: np.random.Generator, granted: np.ndarray
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Per year, whole euros by account (U, 7) and by field (U, 8 + 2), with the same sum per municipality."""
    country = places.country
    people, n_units = country.unit_population, country.n_units
    level = np.array([60.0, 250.0, 190.0, 110.0]) * np.exp(rng.normal(0, 0.25, (n_units, 4)))
    size = people[:, YEARS.index(2014)].astype(float)
    share = size * np.exp(0.12 * (np.log(size) - 9.6) + rng.normal(0, 0.2, n_units))
    by_account, by_field = {}, {}
    for year in ACCOUNT_YEARS:
        money = level * CPI[year] / CPI[BASE_YEAR] * inhabitants(people, year)[:, None]
        sales, property_tax, income_tax, other_specific = np.rint(money * np.exp(rng.normal(0, 0.04, money.shape))).T
        former = _sector_grant(places, max(year, REFORM))
        base = np.rint(1000 * _total("Gemeentefonds hoofddotatie", year) * share / share.sum())
        other = np.rint(1000 * (_total("Elia", year) + _total(GESCO, year)) * share / share.sum())
        extra = _city_grant(country, year) + (former if year >= REFORM else 0)
        earmarked = former if year < REFORM else np.zeros(n_units)
        accounts = [sales, property_tax, income_tax, base, extra, other, other_specific + earmarked]
        by_account[year] = np.stack(accounts, axis=1).astype(np.int64)
        former = np.floor(earmarked[:, None] * granted).astype(np.int64)
        leisure = _split(earmarked - former.sum(axis=1), np.array([0.5, 0.25, 0.25]))
        care = _split(other_specific, np.array([0.4, 0.6]))
        fields = [base + extra + other, property_tax + income_tax, sales, *leisure.T, *care.T, *former.T]
        by_field[year] = np.stack(fields, axis=1).astype(np.int64)
    return by_account, by_field


def _total(stream: str, year: int) -> float:
    """Thousand euros of a stream of general grants, as published; grown from the last year on, 0 where there was none."""
    last = GRANT_YEARS[-1]
    amount = STREAMS[stream][GRANT_YEARS.index(min(year, last))] or 0
    return amount * (GROWTH ** max(year - last, 0) if stream.startswith("Gemeentefonds") else 1.0)


def _sector_grant(places: Municipalities, year: int) -> np.ndarray:
    """(U,) the sectoral grants as the file of general grants has them (frozen shares)."""
    amounts = np.round(1000 * _total(SECTOR_STREAM, year) * sector_weights(places), 2)
    return np.rint(total_by_unit(amounts, places.country.unit_2025, places.country.n_units))


def _city_grant(country: Country, year: int) -> np.ndarray:
    """(U,) the grants of the centre cities as the file of general grants has them."""
    weights = country.population[:, YEARS.index(2014)] * (country.cluster == 15)
    amounts = np.round(1000 * _total(CITY_STREAM, year) * weights / weights.sum(), 2)
    return np.rint(total_by_unit(amounts, country.unit_2025, country.n_units))


def finance_files(
    places: Municipalities,
    register: Register,
    labels: dict[str, list[str]],
    fields: pd.DataFrame,
    rng: np.random.Generator,
) -> Iterator[tuple[str, bytes]]:
    """Files of financing, receipts, debt and actions. labels: of every row of `fields`, as the publisher prints them."""
    drawn = draw_finances(places, rng)
    at = {code: position for position, code in enumerate(fields["code"])}
    loan_fields, receipt_fields, grant_fields = (
        {name: [values[at[code]] for code in codes] for name, values in labels.items()}
        for codes in (FINANCING_FIELDS, RECEIPT_FIELDS, GRANT_FIELDS)
    )
    yield from _financing_files(drawn, places, register, loan_fields, rng)
    nis, people = register.nis_2025, places.country.unit_population
    yield from _receipt_files(drawn, nis, people, receipt_fields, grant_fields, rng)
    agencies = np.rint(drawn.debt * rng.uniform(0, 0.15, drawn.debt.shape)).astype(np.int64)
    levels = {"OCMW + Gemeente": drawn.debt, "Total": drawn.debt + agencies}
    content = export_layouts.territory_csv(levels, "Financiële schuld", REALISED, register.name_2025, people)
    yield "debt/financiele schuld.csv", content
    yield "plan_actions/acties 2020.csv", _actions(register.name_2025, people, rng)


def _receipt_files(
    drawn: Finances,
    nis: np.ndarray,
    people: np.ndarray,
    receipt_fields: dict[str, list[str]],
    grant_fields: dict[str, list[str]],
    rng: np.random.Generator,
) -> Iterator[tuple[str, bytes]]:
    """Receipts by field and by account; the former grants of GRANT_FIELDS in a file of their own."""
    accounts = layouts.account_labels(RECEIPT_LEVELS, RECEIPTS)
    n_fields, before = len(RECEIPT_FIELDS), tuple(year for year in ACCOUNT_YEARS if year < REFORM)
    common = {year: own[:, :n_fields] for year, own in drawn.receipts_by_field.items()}
    former = {year: drawn.receipts_by_field[year][:, n_fields:] for year in before}
    granted = layouts.Report("Jaarrekening", before)
    for name, amounts, words, report, own in (
        (f"by_field_operating/jr bv {RECEIVED}", common, receipt_fields, REALISED, rng),
        (f"by_field_operating/jr bv {GRANTED}", former, grant_fields, granted, rng.spawn(1)[0]),
        (f"by_account_operating/jr rek {RECEIVED}", drawn.receipts, accounts, REALISED, rng),
    ):
        content = layouts.wide_csv(amounts, words, report, nis, people, own, "Ontvangst")
        yield f"bbc_accounts_{name}.csv", content


def _financing_files(
    drawn: Finances, places: Municipalities, register: Register, fields: dict[str, list[str]], rng: np.random.Generator
) -> Iterator[tuple[str, bytes]]:
    """Repayments by field and by account, realised and planned; fields: labels of the fields they are booked in."""
    nis, names, people = register.nis_2025, register.name_2025, places.country.unit_population
    loans = layouts.account_labels(FINANCING_LEVELS, REPAYMENTS)
    yield (
        "bbc_accounts_by_account_financing/jaarrekening financiering per rekening.xlsx",
        export_layouts.transposed_workbook(drawn.repaid, loans, REALISED, names, people),
    )
    yield (
        "bbc_plans_by_field_financing/mjp bv financiering 2020.xlsx",
        export_layouts.tidy_workbook(drawn.planned_by_field, fields, PLANNED, nis, people),
    )
    yield (
        "bbc_accounts_by_field_financing/jr bv financiering 2014-2025.csv",
        layouts.wide_csv(drawn.repaid_by_field, fields, REALISED, nis, people, rng),
    )
    yield (
        "bbc_plans_by_account_financing/mjp rek financiering 2020.csv",
        layouts.wide_csv(drawn.planned, loans, PLANNED, nis, people, rng),
    )


def _actions(names: np.ndarray, people: np.ndarray, rng: np.random.Generator) -> bytes:
    """Two actions per municipality, under one goal and one plan, in some years of the plan."""
    written = []
    for unit in np.argsort(names.astype(str)):
        living = {year: int(inhabitants(people, year)[unit]) for year in PLAN}
        for number in (1, 2):
            amounts = 12 * np.exp(rng.normal(0, 1, len(PLAN))) * (rng.random(len(PLAN)) < 0.6)
            money = {year: int(amount * living[year]) for year, amount in zip(PLAN, amounts.tolist(), strict=True)}
            texts = [("BD000001", "Gesimuleerde doelstelling"), ("AP000001", "Gesimuleerd actieplan")]
            texts.append((f"AC{number:06d}", f"Gesimuleerde actie {number}"))
            written.append((f"Gemeente en OCMW {names[unit]}", texts, money, living))
    return export_layouts.actions_csv(written, PLAN)
