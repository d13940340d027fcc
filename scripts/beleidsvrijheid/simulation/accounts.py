"""Money in whole euros: operating and investment spending split over policy fields and over accounts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.covariates import Municipalities
from beleidsvrijheid.simulation.parameters import ACCOUNT_YEARS, BASE_YEAR, COVARIATES, CPI, YEARS, World
from beleidsvrijheid.simulation.spending import Calibration, Habits, Planted, draw_year

MISMATCHED = 0.02  # share of municipality-years where accounts and fields do not add up
CORRECTED = 0.0002  # share of cells of the accounts that are negative corrections
INVESTMENT_LEVEL = 230.0  # EUR per inhabitant
ELECTION_CYCLE = {2016: 0.80, 2017: 1.05, 2018: 1.30, 2019: 0.90, 2022: 0.85, 2023: 1.10, 2024: 1.30}

# (label as exported, Niveau 3, weight, share of municipalities that use it)
# ASSUME: the labels of Niveau 1-3 for operating spending follow those seen for investment.
OPERATING_LEVELS = ("E Exploitatieverrichtingen", "E.1 Exploitatie-uitgaven")
GOODS = "E.1.A Goederen en diensten"
STAFF = "E.1.B Bezoldigingen, sociale lasten en pensioenen"
AID = "E.1.C Individuele hulpverlening door het OCMW"
GRANTS = "E.1.D Toegestane werkingssubsidies"
OTHER = "E.1.E Andere operationele uitgaven"
DEBT = "E.1.F Financiële uitgaven"
OPERATING_ACCOUNTS = (
    ("REK600/4 Aankopen van grondstoffen, hulpstoffen en handelsgoederen", GOODS, 3, 0.95),
    ("REK6100/2 Huur en huurlasten van onroerende goederen", GOODS, 2, 0.95),
    ("REK6103 Onderhoud en herstel van onroerende goederen", GOODS, 4, 1.0),
    ("REK6110 Elektriciteit", GOODS, 3, 1.0),
    ("REK6111 Gas", GOODS, 2, 0.95),
    ("REK612 Verzekeringen", GOODS, 1, 1.0),
    ("REK613/6 Andere diensten en leveringen", GOODS, 14, 1.0),
    ("REK617 Uitzendkrachten en ter beschikking gestelde personen", GOODS, 1, 0.6),
    ("REK6200 Bezoldigingen - politiek personeel", STAFF, 1.5, 1.0),
    ("REK6201 Bezoldigingen - vast benoemd niet-onderwijzend personeel", STAFF, 12, 1.0),
    ("REK6202/6 Bezoldigingen - niet vast benoemd niet-onderwijzend personeel", STAFF, 20, 1.0),
    ("REK6211 Werkgeversbijdragen - vast benoemd personeel", STAFF, 4, 1.0),
    ("REK6212/6 Werkgeversbijdragen - niet vast benoemd personeel", STAFF, 6, 1.0),
    ("REK623 Andere personeelskosten", STAFF, 2, 1.0),
    ("REK6240 Pensioenen politiek personeel", STAFF, 0.4, 0.9),
    ("REK6480 Leefloon", AID, 3, 0.98),
    ("REK6490/4 Algemene werkingssubsidies", GRANTS, 15, 1.0),
    ("REK6496/9 Andere specifieke werkingssubsidies", GRANTS, 3, 0.8),
    ("REK640 Belastingen", OTHER, 0.4, 0.95),
    ("REK643/7 Andere operationele kosten", OTHER, 1, 0.95),
    ("REK6500 Rente ten laste van het bestuur", DEBT, 2, 0.97),
)
INVESTMENT_LEVELS = ("I Investeringsverrichtingen", "I.1 Investeringsuitgaven")
TANGIBLE = "I.1.B Investeringen in materiële vaste activa"
INTANGIBLE = "I.1.C Investeringen in immateriële vaste activa"
FINANCIAL = "I.1.A Investeringen in financiële vaste activa"
GIVEN = "I.1.D Toegestane investeringssubsidies"
INVESTMENT_ACCOUNTS = (
    (
        "REK2811 Belangen in intergemeentelijke samenwerkingsverbanden en soortgelijke entiteiten",
        FINANCIAL,
        2,
        0.5,
    ),
    ("REK220-0 Terreinen - gemeenschapsgoederen - aanschaffingswaarde", TANGIBLE, 6, 0.8),
    ("REK221-0 Gebouwen - gemeenschapsgoederen - aanschaffingswaarde", TANGIBLE, 22, 1.0),
    ("REK221-7 Gebouwen - gemeenschapsgoederen - activa in aanbouw", TANGIBLE, 10, 0.6),
    ("REK222-0 Bebouwde terreinen - gemeenschapsgoederen - aanschaffingswaarde", TANGIBLE, 3, 0.4),
    ("REK224-0 Wegen - aanschaffingswaarde", TANGIBLE, 26, 1.0),
    ("REK224-7 Wegen - activa in aanbouw", TANGIBLE, 8, 0.6),
    ("REK225-0 Andere infrastructuur betreffende de wegen - aanschaffingswaarde", TANGIBLE, 4, 0.8),
    ("REK226-0 Waterlopen en waterbekkens - aanschaffingswaarde", TANGIBLE, 1, 0.4),
    ("REK227-0 Rioleringen en afvalwaterzuivering - aanschaffingswaarde", TANGIBLE, 9, 0.8),
    ("REK228-0 Andere onroerende infrastructuur - aanschaffingswaarde", TANGIBLE, 4, 0.7),
    ("REK2291-0 Gebouwen - bedrijfsmatige materiële vaste activa - aanschaffingswaarde", TANGIBLE, 2, 0.3),
    ("REK230/4-0 Installaties, machines en uitrusting - gemeenschapsgoederen", TANGIBLE, 5, 0.97),
    ("REK240/4-0 Meubilair, kantooruitrusting en rollend materieel", TANGIBLE, 5, 0.97),
    ("REK260/4-0 Terreinen en gebouwen - andere materiële vaste activa", TANGIBLE, 2, 0.3),
    ("REK270/4-0 Onroerend erfgoed - aanschaffingswaarde", TANGIBLE, 1, 0.2),
    (
        "REK211-0 Concessies, octrooien, licenties, knowhow, merken en soortgelijke rechten",
        INTANGIBLE,
        2,
        0.5,
    ),
    ("REK214-0 Plannen en studies - aanschaffingswaarde", INTANGIBLE, 0, 1.0),
    ("REK214-7 Plannen en studies - activa in aanbouw", INTANGIBLE, 0, 1.0),
    ("REK664 Toegestane investeringssubsidies", GIVEN, 10, 0.85),
)
IT_ACCOUNT, STUDIES, STUDIES_UNDERWAY = 16, 17, 18
STUDIES_FINISHED = 0.8


@dataclass(frozen=True)
class Book:
    """One section (operating or investment) of one kind of report.

    by_field: {year: (U, C) int EUR per code of that year's regime, all codes of the table in order};
    by_account: {year: (U, A) int EUR}; mismatched: (U, years) bool, where the two were made to differ.
    """

    by_field: dict[int, np.ndarray]
    by_account: dict[int, np.ndarray]
    mismatched: np.ndarray
    n_corrections: int = 0


def regime_column(year: int) -> str:
    """The column of policy_fields.csv that says which codes exist in `year`."""
    return "regime_2014" if year < 2020 else "regime_2020"


def draw_code_shares(
    fields: pd.DataFrame, world: World, n_units: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """{regime: (U, C)} stable shares of a stable field's money over its codes; some codes stay unused."""
    weights = np.exp(rng.normal(0, 0.8, (n_units, len(fields))))
    used = rng.random(weights.shape) < 0.55
    shares = {}
    for regime in ("regime_2014", "regime_2020"):
        exists = (fields[regime].astype(int) == 1).to_numpy()
        first = ~fields["stable_code"].where(exists).duplicated().to_numpy() & exists
        chosen = weights * ((used | first) & exists)
        member = _membership(fields, world)
        shares[regime] = chosen / (chosen @ member)[:, _stable_column(fields, world)]
    return shares


def _stable_column(fields: pd.DataFrame, world: World) -> np.ndarray:
    return fields["stable_code"].map({code: column for column, code in enumerate(world.codes)}).to_numpy()


def _membership(fields: pd.DataFrame, world: World) -> np.ndarray:
    member = np.zeros((len(fields), len(world.codes)))
    member[np.arange(len(fields)), _stable_column(fields, world)] = 1
    return member


def split_over_codes(amounts: np.ndarray, shares: np.ndarray, fields: pd.DataFrame, world: World) -> np.ndarray:
    """(U, C) whole euros that add up to `amounts` (U, S); the remainder goes to the largest code."""
    column = _stable_column(fields, world)
    split = np.floor(shares * amounts[:, column])
    remainder = amounts - split @ _membership(fields, world)
    for stable in range(len(world.codes)):
        members = np.flatnonzero(column == stable)
        largest = members[shares[:, members].argmax(axis=1)]
        split[np.arange(len(split)), largest] += remainder[:, stable]
    return split.astype(np.int64)


def split_over_accounts(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(U, A) whole euros that add up to `total` (U,); the remainder goes to the heaviest account."""
    split = np.floor(total[:, None] * weights / weights.sum(axis=1, keepdims=True)).astype(np.int64)
    split[np.arange(len(split)), weights.argmax(axis=1)] += total - split.sum(axis=1)
    return split


def operating_book(
    habits: Habits,
    places: Municipalities,
    world: World,
    planted: Planted,
    calibration: Calibration,
    fields: pd.DataFrame,
    shares: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> Book:
    """Operating accounts 2014-2025 with a few negative corrections and mismatched municipality-years."""
    people = places.country.unit_population
    by_field, n_corrections = {}, 0
    for year in ACCOUNT_YEARS:
        real = draw_year(habits, year, world, planted, calibration.leisure_shift, rng)
        amounts = np.rint(real * CPI[year] / CPI[BASE_YEAR] * people[:, [YEARS.index(year)]])
        regime = regime_column(year)
        by_field[year] = split_over_codes(amounts, shares[regime], fields, world)
        exists = (fields[regime].astype(int) == 1).to_numpy()
        n_corrections += _correct(by_field[year], exists, rng)
    weights = _account_weights(OPERATING_ACCOUNTS, len(people), rng)
    mismatched = rng.random((len(people), len(ACCOUNT_YEARS))) < MISMATCHED
    by_account = _account_totals(by_field, weights, mismatched, rng)
    return Book(by_field, by_account, mismatched, n_corrections)


def _correct(amounts: np.ndarray, exists: np.ndarray, rng: np.random.Generator) -> int:
    """Turn a few absent cells into small negative corrections, in place."""
    where = (amounts == 0) & exists & (rng.random(amounts.shape) < CORRECTED)
    limit = np.broadcast_to(amounts.sum(axis=1, keepdims=True) * 2e-4, amounts.shape)[where]
    amounts[where] = -np.ceil(limit * rng.uniform(0.1, 1.0, limit.size)).astype(np.int64)
    return int(where.sum())


def _account_weights(accounts: tuple, n_units: int, rng: np.random.Generator) -> np.ndarray:
    base = np.array([account[2] for account in accounts], float)
    used = rng.random((n_units, len(accounts))) < [account[3] for account in accounts]
    return base * used * np.exp(rng.normal(0, 0.3, used.shape))


def _account_totals(by_field, weights, mismatched, rng) -> dict[int, np.ndarray]:
    by_account = {}
    for column, (year, amounts) in enumerate(by_field.items()):
        error = rng.uniform(0.002, 0.03, len(weights)) * rng.choice([-1, 1], len(weights))
        total = amounts.sum(axis=1)
        total = np.where(mismatched[:, column], np.rint(total * (1 + error)), total).astype(np.int64)
        yearly = weights * np.exp(rng.normal(0, 0.1, weights.shape))
        by_account[year] = split_over_accounts(total, yearly)
    return by_account


def operating_plans(book: Book, rng: np.random.Generator) -> Book:
    """Plans 2014-2019 and 2020-2025: near the accounts, a little above them."""
    by_field, by_account = {}, {}
    for year, amounts in book.by_field.items():
        planned = np.rint(np.maximum(amounts, 0) * 1.02 * np.exp(rng.normal(0, 0.04, amounts.shape)))
        by_field[year] = planned.astype(np.int64)
        by_account[year] = split_over_accounts(by_field[year].sum(axis=1), book.by_account[year].clip(0) + 0.0)
    return Book(by_field, by_account, np.zeros_like(book.mismatched))


def investment_book(
    places: Municipalities,
    world: World,
    fields: pd.DataFrame,
    shares: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> Book:
    """Investment accounts 2014-2025: lumpy, with an election cycle; account 214 as in the covariates."""
    people = places.country.unit_population
    n_units = len(people)
    habit = np.log(INVESTMENT_LEVEL) + rng.normal(0, 0.35, n_units)
    invests = rng.random((n_units, len(world.codes))) < world.invests
    invests[:, world.codes.index("02")] = True
    base = np.exp(world.log_level / 2) * np.exp(rng.normal(0, 0.6, invests.shape)) * invests
    weights = _account_weights(INVESTMENT_ACCOUNTS, n_units, rng)
    studies = _studies_by_year(places, rng)
    mismatched = rng.random((n_units, len(ACCOUNT_YEARS))) < MISMATCHED
    by_field, by_account = {}, {}
    for column, year in enumerate(ACCOUNT_YEARS):
        inhabitants = people[:, YEARS.index(year)]
        level = habit + np.log(ELECTION_CYCLE.get(year, 1.0) * CPI[year] / CPI[BASE_YEAR])
        total = np.exp(level + rng.normal(0, 0.25, n_units)) * inhabitants
        lumps = base * np.exp(rng.normal(0, 0.9, base.shape)) * (rng.random(base.shape) < 0.75)
        lumps[:, world.codes.index("02")] += base[:, world.codes.index("02")]
        amounts = np.rint(total[:, None] * lumps / lumps.sum(axis=1, keepdims=True))
        by_field[year] = split_over_codes(amounts, shares[regime_column(year)], fields, world)
        booked = by_field[year].sum(axis=1)
        error = rng.uniform(0.002, 0.03, n_units) * rng.choice([-1, 1], n_units)
        booked = np.where(mismatched[:, column], np.rint(booked * (1 + error)), booked).astype(np.int64)
        wanted = np.rint(studies[:, column] * inhabitants)
        by_account[year] = _book_investment(booked, wanted, weights, rng)
    return Book(by_field, by_account, mismatched)


def _studies_by_year(places: Municipalities, rng: np.random.Generator) -> np.ndarray:
    """(U, 12) EUR per inhabitant on account 214; the mean of 2014-2019 is the covariate."""
    level = places.covariates[:, COVARIATES.index("planning_studies")]
    pattern = np.exp(rng.normal(0, 0.5, (len(level), len(ACCOUNT_YEARS))))
    return level[:, None] * pattern / pattern[:, :6].mean(axis=1, keepdims=True)


def _book_investment(booked, studies, weights, rng) -> np.ndarray:
    yearly = weights * np.exp(rng.normal(0, 0.5, weights.shape))
    yearly[:, IT_ACCOUNT] *= rng.random(len(weights)) < 0.62
    studies = np.minimum(studies, np.floor(0.6 * booked)).astype(np.int64)
    split = split_over_accounts(booked - studies, yearly)
    split[:, STUDIES] = np.floor(STUDIES_FINISHED * studies)
    split[:, STUDIES_UNDERWAY] = studies - split[:, STUDIES]
    return _correct_investment(split, rng)


def _correct_investment(split: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Negative corrections: a little money moves out of empty accounts into the heaviest."""
    empty = (split == 0) & (rng.random(split.shape) < 10 * CORRECTED)
    empty[:, [STUDIES, STUDIES_UNDERWAY]] = False
    moved = np.floor(empty * split.sum(axis=1, keepdims=True) * 1e-3).astype(np.int64)
    split = split - moved
    split[np.arange(len(split)), split.argmax(axis=1)] += moved.sum(axis=1)
    return split


def investment_plans(book: Book, places: Municipalities, rng: np.random.Generator) -> Book:
    """Plans = accounts / realisation rate, so that C6 measured from the files is the covariate."""
    rate = places.covariates[:, COVARIATES.index("realisation_rate")]
    later = np.clip(rate + rng.normal(0.03, 0.08, len(rate)), 0.25, 1.2)
    by_field, by_account = {}, {}
    for year, accounts in book.by_account.items():
        realised = rate if year < 2020 else later
        total = np.rint(accounts.sum(axis=1) / realised).astype(np.int64)
        by_account[year] = split_over_accounts(total, accounts.clip(0).astype(float))
        amounts = book.by_field[year] * np.exp(rng.normal(0, 0.2, book.by_field[year].shape))
        by_field[year] = split_over_accounts(total, amounts)
    return Book(by_field, by_account, np.zeros_like(book.mismatched))
