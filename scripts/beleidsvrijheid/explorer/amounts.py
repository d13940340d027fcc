"""Amounts that add up in a merger, one table each: municipalities by year, cell or party."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import accounts, politics
from beleidsvrijheid.indicators.capacity import STUDIES_ACCOUNT
from beleidsvrijheid.indicators.freedom import Money, basket_cells
from beleidsvrijheid.indicators.grants import CITIES, GESCO, SECTORS
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.spending import Windows

ALWAYS = 0  # the column of an amount without a year
STREAMS = {"reform_dose": SECTORS, "gesco_dose": GESCO, "stedenfonds_dose": CITIES}
INVESTMENT = "bbc_{}_by_account_investment"


def wide(rows: pd.DataFrame, column: str, value: str, nis: Sequence[str]) -> pd.DataFrame:
    """Sums of `value`: municipalities by `column`; missing where there is no row, or no figure at all."""
    return rows.groupby(["nis", column])[value].sum(min_count=1).unstack().reindex(nis)


def register_amounts(inputs: Inputs, nis: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Inhabitants, staff, area, incomes and ages of the municipalities `nis`, of the sources at hand; by year, else ALWAYS."""
    found = {"population": wide(inputs.tables["population"], "year", "population", nis)}
    staff, shapes = inputs.table("staff"), inputs.table("geometry")
    if staff is not None:
        by_employer = {name: wide(rows, "year", "vte", nis) for name, rows in staff.groupby("employer")}
        found["vte"] = by_employer["municipality"] + by_employer["ocmw"]
    if shapes is not None:
        found["area"] = shapes.set_index("nis")["area_km2"].reindex(nis).to_frame(ALWAYS)
    income, prices, ages = inputs.table("income"), inputs.price_index(), inputs.table("population_by_age")
    if income is not None and prices is not None:
        real = income.assign(real=income["taxable_income_eur"] / income["year"].map(prices))
        both = real.dropna(subset=["real", "residents"])
        found |= {"income": wide(both, "year", "real", nis), "residents": wide(both, "year", "residents", nis)}
    if ages is not None:
        found["all_ages"] = wide(ages, "year", "population", nis)
        for group, name in (("0-19", "young"), ("65+", "old")):
            found[name] = wide(ages[ages["age_group"] == group], "year", "population", nis)
    return found


def grant_amounts(inputs: Inputs, nis: Sequence[str]) -> dict[str, pd.DataFrame]:
    """EUR of each grant of the reform's doses, in its first year; who has other grants that year and not this one: 0."""
    streams, reform = inputs.table("gemeentefonds"), inputs.config["sectors"]["reform_year"]
    found = {}
    for name, stream in STREAMS.items() if streams is not None else ():
        own = streams[(streams["stream"] == stream) & (streams["year"] >= reform)]
        if len(own):
            first = own["year"].min()
            any_grant = wide(streams[streams["year"] == first], "year", "amount_eur", nis).notna()
            amount = wide(own[own["year"] == first], "year", "amount_eur", nis)
            found[name] = amount.fillna(0.0).where(any_grant)
    return found


def investment_amounts(inputs: Inputs, nis: Sequence[str]) -> dict[str, pd.DataFrame]:
    """EUR on plans and studies by year; investment realised and planned over the years of one plan."""
    realised, planned = (inputs.spending(INVESTMENT.format(report)) for report in ("accounts", "plans"))
    found = {}
    if realised is None:
        return found
    studies = accounts.sums(realised, accounts.account(realised["code"]) == STUDIES_ACCOUNT)
    found["studies"] = studies.unstack().reindex(nis)
    if planned is not None:
        plan = planned[planned["report_year"] == planned["report_year"].min()]
        for name, table in (("realised", realised), ("planned", plan)):
            own = table[table["year"].isin(inputs.before_post)]
            found[name] = own.groupby("nis")["spending_eur"].sum().reindex(nis).to_frame(ALWAYS)
    return found


def vote_amounts(inputs: Inputs, nis: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Votes in the two elections before the post-period and seats in the last, by party; under the names of what they give."""
    start, found = inputs.windows.post[0], {}
    for source, name in (
        ("election_results", "electoral_volatility"),
        ("flemish_parliament_votes", "electoral_volatility_flemish"),
    ):
        votes = inputs.table(source)
        elections = (None, None) if votes is None else politics.election_between(list(votes["year"]), start)
        if None not in elections:
            tables = [wide(votes[votes["year"] == year], "party", "votes", nis) for year in elections]
            found |= {f"{name}:{when}": table for when, table in zip(("last", "first"), tables, strict=True)}
    seats = inputs.table("council_seats", "election_results")
    if seats is not None:
        last, _ = politics.election_between(list(seats["year"]), start)
        own = seats[(seats["year"] == last) & (seats["seats"] > 0)]
        found["seats"] = wide(own, "party", "seats", nis)
    return found


def spending_amounts(inputs: Inputs, nis: Sequence[str]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame | None]:
    """EUR by cell of every basket summed over each window (`basket:window`), and which years were reported (1)."""
    concept = inputs.config["period"]["spending"]
    finance = inputs.spending(f"bbc_{concept['report']}_by_field_{concept['section']}")
    if finance is None:
        return {}, None
    by_field, found = Money(inputs, finance).by_field, {}
    for window, years in windows_of(inputs.windows).items():
        by_code = wide(by_field[by_field["year"].isin(years)], "beleidsveld", "spending_eur", nis)
        for basket, cells in basket_cells(inputs).items():
            own = by_code[by_code.columns.intersection(cells.index)]
            sums = own.T.groupby(cells.reindex(own.columns).to_numpy()).sum(min_count=1).T
            found[f"{basket}:{window}"] = sums.reindex(columns=sorted(cells.unique()))
    reported = by_field.drop_duplicates(["nis", "year"]).assign(one=1.0)
    return found, wide(reported, "year", "one", nis)


def windows_of(windows: Windows) -> dict[str, list[int]]:
    """Years that are compared: the periods of the study and, as a placebo, the halves of the first."""
    size = len(windows.pre) // 2
    spans = {"pre": windows.pre, "post": windows.post, "within": windows.within}
    spans |= {"first_half": windows.pre[:size], "last_half": windows.pre[len(windows.pre) - size :]}
    return {name: years for name, years in spans.items() if years}


def per_inhabitant(yearly: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """The amount behind a yearly figure per inhabitant: value times inhabitants of that year, municipalities by year."""
    return yearly * population.reindex(columns=yearly.columns)


def summed(table: np.ndarray, groups: Sequence[Sequence[int]], absent: str) -> np.ndarray:
    """Sums of rows (n, k) over each group of row numbers: (m, k).

    absent: "zero" leaves an absent part out (all absent stays missing), "missing" makes the sum missing.
    """
    rows = np.concatenate([np.asarray(group, int) for group in groups])
    starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
    own = table[rows]
    known = np.isfinite(own)
    totals = np.add.reduceat(np.where(known, own, 0.0), starts, axis=0)
    counts = np.add.reduceat(known.astype(int), starts, axis=0)
    needed = np.array([len(group) for group in groups])[:, None] if absent == "missing" else 1
    return np.where(counts >= needed, totals, np.nan)
