"""Indicators from registers: staff, investors in staff, place, people, councils, lists, general grants."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import accounts, politics, staff
from beleidsvrijheid.indicators.inputs import Inputs, rows, static_mean
from beleidsvrijheid.sources.belfius import cluster_number, family

CENTRE_CITY, COAST = 1, 16  # class of the uitrustingsgraad (a0) of the 13 centrumsteden; cluster of the coast
MAIN_GRANT = "Gemeentefonds hoofddotatie"
FACILITIES = "facility_municipalities"  # a reviewed table of the project: nis_2018, name, country
STOPPED_TERM, STOPPED_BY = 2019, "2023-06-30"
TERM_YEARS = 6


def _logged(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(value=np.log(frame["value"]))


def _windows(yearly: pd.DataFrame, indicator: str, inputs: Inputs) -> Iterable[pd.DataFrame]:
    """The mean over the pre-period, and every year of the windows."""
    yield rows(static_mean(yearly, inputs.windows.pre), indicator, "pre")
    yield rows(yearly[yearly["year"].isin(inputs.windows.years)], indicator)


def _per(amounts: pd.DataFrame, table: pd.DataFrame, column: str, factor: float = 1.0) -> pd.DataFrame:
    """value x factor / the column of the table, of the same nis and year; absent where that has no figure."""
    merged = amounts.merge(table[["nis", "year", column]], on=["nis", "year"], validate="one_to_one")
    return merged.assign(value=factor * merged["value"] / merged[column])[["nis", "year", "value"]].dropna()


def _single(table: pd.DataFrame, column: str) -> pd.Series:
    """The figure of the latest year by nis."""
    latest = table.sort_values("year", kind="stable").drop_duplicates("nis", keep="last")
    return latest.set_index("nis")[column].astype(float).sort_index()


def _families(inputs: Inputs) -> pd.DataFrame | None:
    """Belfius clusters with their numbers and families, without mixed mergers where the configuration drops them."""
    own = inputs.clusters()
    if own is None:
        return None
    number = cluster_number(own["cluster"])
    return own[["nis"]].assign(cluster=number.astype(float), family=family(number).astype(float))


def staff_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """C1 of the municipality alone and in logs, C2 over ten years, the share of the OCMW before it was integrated."""
    table, population = inputs.table("staff"), inputs.table("population")
    if table is None:
        return
    wide = staff.employers(table)
    if population is not None:
        own = wide[["nis", "year"]].assign(value=wide["municipality"]).dropna()
        yield from _windows(_per(own, population, "population", 1000.0), "vte_municipality_per_1000", inputs)
    total = wide[["nis", "year"]].assign(value=wide["total"]).dropna()
    yield rows(_logged(static_mean(total, inputs.windows.pre)), "log_vte", "pre")
    yield rows(_logged(total[total["year"].isin(inputs.windows.years)]), "log_vte")
    # ASSUME the history of staff runs up to the year before the post-period.
    yield rows(staff.decade_growth(table, inputs.windows.post[0] - 1), "vte_growth_10y", "before_post")
    yield rows(_ocmw_share(wide, inputs), "ocmw_staff_share", "pre")
    yield rows(_residual_staff(total, _ocmw_share(wide, inputs), inputs), "residual_vte", "pre")


def _ocmw_share(wide: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Share of the OCMW in the VTE of both, mean over the years of the pre-period before 2019."""
    years = [year for year in inputs.windows.pre if year < staff.INTEGRATION]
    share = wide[["nis", "year"]].assign(value=wide["ocmw"] / wide["total"]).dropna()
    return static_mean(share, years)


def _residual_staff(total: pd.DataFrame, ocmw: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """C5. What care a municipality offers itself shows in the share of its staff that works for the OCMW."""
    population, places, clusters = inputs.table("population"), inputs.table("centre_function"), _families(inputs)
    if population is None or places is None or clusters is None:
        return total[:0][["nis", "value"]]
    people = static_mean(population[["nis", "year"]].assign(value=population["population"]), inputs.windows.pre)
    means = static_mean(total, inputs.windows.pre)
    logs = {name: np.log(one.set_index("nis")["value"]) for name, one in (("vte", means), ("population", people))}
    numbers = pd.concat([logs["population"], ocmw.set_index("nis")["value"]], axis=1, keys=["population", "ocmw"])
    classes = [clusters.set_index("nis")["family"], _single(places, "class_number").rename("centre")]
    residual = staff.residuals(logs["vte"], numbers, pd.concat(classes, axis=1))
    return residual.rename("value").rename_axis("nis").reset_index()


def investor_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """The three types of investors in staff, over the years of the plan before the post-period."""
    plans = inputs.spending("bbc_plans_by_account_operating")
    realised, prices = inputs.spending("bbc_accounts_by_account_operating"), inputs.table("cpi")
    years = inputs.before_post
    if plans is None or realised is None or prices is None or len(years) < 2:
        return
    index = prices.set_index("year")["index"]
    # ASSUME the plan is the first at hand, as for the realisation rate.
    plan = plans[plans["report_year"] == plans["report_year"].min()]
    if {years[0], years[-1]} <= set(index.index):
        costs = [accounts.staff_cost(one) for one in (plan, realised)]
        yield rows(staff.investors(*costs, index, years), period="before_post")


def place_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Density, centre function, coast, municipalities with facilities."""
    population, shapes = inputs.table("population"), inputs.table("geometry")
    if population is not None and shapes is not None:
        people = static_mean(population[["nis", "year"]].assign(value=population["population"]), inputs.windows.pre)
        merged = people.merge(shapes[["nis", "area_km2"]], on="nis", validate="one_to_one")
        density = merged.assign(value=merged["value"] / merged["area_km2"])[["nis", "value"]]
        yield rows(density, "density", "pre")
        yield rows(_logged(density), "log_density", "pre")
    places = inputs.table("centre_function")
    if places is not None:
        number = _single(places, "class_number").rename("value").reset_index()
        yield rows(number, "centre_function")
        yield rows(number.assign(value=(number["value"] == CENTRE_CITY).astype(float)), "is_centre_city")
    clusters = _families(inputs)
    if clusters is not None:
        yield rows(clusters.assign(value=(clusters["cluster"] == COAST).astype(float)), "is_coast")
    reviewed = inputs.table(FACILITIES)
    if reviewed is not None:
        yield rows(_any_part(inputs, set(reviewed["nis_2018"])), "is_facility")


def _any_part(inputs: Inputs, codes: set[str]) -> pd.DataFrame:
    """1 for units of which a part of 2018 is among the codes."""
    nis = inputs.units[f"nis_{inputs.config['geography']['vintage']}"].rename("nis")
    return inputs.units["nis_308"].isin(codes).groupby(nis).max().astype(float).rename("value").reset_index()


def people_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Income per inhabitant, and the shares of the young and the old."""
    income, prices = inputs.table("income"), inputs.price_index()
    if income is not None and prices is not None:
        real = income["taxable_income_eur"] / income["residents"] / income["year"].map(prices)
        yearly = income[["nis", "year"]].assign(value=real).dropna()
        before = static_mean(yearly, _years_before(yearly, inputs.windows.pre))
        yield rows(before, "income_per_inhabitant", "pre")
        yield rows(_logged(before), "log_income", "pre")
        yield rows(yearly[yearly["year"].isin(inputs.windows.years)], "income_per_inhabitant")
    ages = inputs.table("population_by_age")
    if ages is not None:
        total = ages.groupby(["nis", "year"])["population"].transform("sum")
        shares = ages.assign(value=ages["population"] / total)
        for group, indicator in (("0-19", "age_0_19"), ("65+", "age_65_plus")):
            own = shares.loc[shares["age_group"] == group, ["nis", "year", "value"]]
            yield from _windows(own, indicator, inputs)


def _years_before(yearly: pd.DataFrame, pre: list[int]) -> list[int]:
    """The years of the pre-period at hand; where there is none, the last year before it, at most two years back."""
    known = set(yearly["year"])
    # ASSUME income moves slowly: of a period whose income years are not out yet, the year before stands for it.
    earlier = [year for year in (pre[0] - 1, pre[0] - 2) if year in known]
    return sorted(known & set(pre)) or earlier[:1]


def council_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """P6, the size and parties of the executive, and councillors who stopped."""
    mandates, population = inputs.table("mandates"), inputs.table("population")
    if mandates is None:
        return
    start = inputs.windows.post[0]
    terms = [int(term) - 1 for term in mandates["term"].unique()]
    election, previous = politics.election_between(terms, start)
    if election is not None and _holds(election, start):
        yield rows(politics.coalition_parties(mandates, election), "coalition_parties", "post")
        if population is not None:
            vintage = inputs.config["geography"]["vintage"]
            members = politics.aldermen(mandates, election, inputs.units, vintage)
            per_1000 = _per(members, population, "population", 1000.0)
            yield rows(per_1000[["nis", "value"]], "aldermen_per_1000", "post")
        if previous is not None:
            yield rows(politics.councillor_turnover(mandates, election), "councillor_turnover", "pre_post")
    stopped = politics.councillors_stopped(mandates, STOPPED_TERM, STOPPED_BY)
    yield rows(stopped.assign(year=int(STOPPED_BY[:4])), "councillors_stopped", level="flanders")


def _holds(election: int, year: int) -> bool:
    """Whether a year lies in the term that an election began: an older one says nothing of it."""
    return election < year <= election + TERM_YEARS


def list_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """D3: local lists, in every election at hand and in the one between the periods."""
    lists = inputs.table("election_lists")
    if lists is None or lists.empty:
        return
    shares = politics.local_list_share(lists)
    yield rows(shares, "local_list_share")
    start = inputs.windows.post[0]
    last, _ = politics.election_between(list(shares["year"]), start)
    if last is not None and _holds(last, start):
        yield rows(shares.loc[shares["year"] == last, ["nis", "value"]], "local_list_share", "post")


def grant_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """G1: the main grant and all general grants per inhabitant; static over the years of the post-period at hand."""
    streams, population = inputs.table("gemeentefonds"), inputs.table("population")
    if streams is None or population is None:
        return
    main = streams[streams["stream"] == MAIN_GRANT]
    for table, indicator in ((main, "gemeentefonds_per_inhabitant"), (streams, "general_grants_per_inhabitant")):
        amounts = table.groupby(["nis", "year"])["amount_eur"].sum().rename("value").reset_index()
        yearly = _per(amounts, population, "population")
        yield rows(yearly[yearly["year"].isin(inputs.windows.years)], indicator)
        years = sorted(set(inputs.windows.post) & set(yearly["year"]))
        yield rows(static_mean(yearly, years), indicator, "post")


FAMILIES: tuple[Callable[[Inputs], Iterable[pd.DataFrame]], ...] = (
    staff_indicators,
    investor_indicators,
    place_indicators,
    people_indicators,
    council_indicators,
    list_indicators,
    grant_indicators,
)
