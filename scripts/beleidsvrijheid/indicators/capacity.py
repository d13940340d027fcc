"""C1, C2, C6, C7: administrative capacity, a stock measured before the post-period, apart from its use."""

import numpy as np
import pandas as pd

GROWTH_YEARS = 5
STUDIES_ACCOUNT = "214"  # "Plannen en studies"


def staff_ratio(staff: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """C1: VTE of municipality and OCMW per 1000 inhabitants: nis, year, value. Absent where either employer is absent."""
    employers = staff.pivot_table(index=["nis", "year"], columns="employer", values="vte", aggfunc="sum")
    total = employers["municipality"] + employers["ocmw"]
    people = population.set_index(["nis", "year"])["population"]
    return (1000 * total / people.reindex(total.index)).rename("value").dropna().reset_index()


def staff_growth(staff: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """C2: ln VTE in `last_year` minus ln VTE five years before; missing where either is."""
    employers = staff.pivot_table(index=["nis", "year"], columns="employer", values="vte", aggfunc="sum")
    total = (employers["municipality"] + employers["ocmw"]).unstack()
    first_year = last_year - GROWTH_YEARS
    if not {first_year, last_year} <= set(total.columns):
        return pd.DataFrame(columns=["nis", "value"])
    growth = np.log(total[last_year]) - np.log(total[first_year])
    return growth.dropna().rename("value").reset_index()


def realisation_rate(accounts: pd.DataFrame, plans: pd.DataFrame, years: list[int], plan: int) -> pd.DataFrame:
    """C6: realised over planned investment, both summed over the years of one plan; missing where nothing was planned."""
    realised = accounts[accounts["year"].isin(years)].groupby("nis")["spending_eur"].sum()
    of_plan = plans[plans["year"].isin(years) & (plans["report_year"] == plan)]
    planned = of_plan.groupby("nis")["spending_eur"].sum()
    rate = realised / planned.where(planned > 0)
    return rate.dropna().rename("value").reset_index()


def planning_studies(accounts: pd.DataFrame, population: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """C7: EUR per inhabitant on account 214, mean over the years; a reporter without the account spent nothing on it."""
    chosen = accounts[accounts["year"].isin(years)]
    reporters = chosen.groupby(["nis", "year"]).size()
    studies = (
        chosen[chosen["code"].str.split("-").str[0] == STUDIES_ACCOUNT].groupby(["nis", "year"])["spending_eur"].sum()
    )
    people = population.set_index(["nis", "year"])["population"].reindex(reporters.index)
    per_inhabitant = studies.reindex(reporters.index, fill_value=0.0) / people
    return per_inhabitant.groupby("nis").mean().dropna().rename("value").reset_index()
