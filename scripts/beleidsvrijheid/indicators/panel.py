"""All indicators of a study in one long table, from whatever sources are present."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import capacity, finance, freedom, grants, own, politics, registers
from beleidsvrijheid.indicators.inputs import COLUMNS, Inputs, rows, static_mean
from beleidsvrijheid.mergers import merged_2019
from beleidsvrijheid.sources.belfius import cluster_number, family

SMALL, LARGE = 10_000, 40_000  # inhabitants; the bands of study.md section 4


def scale_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """S1, S2, the province and S3 (merged since 2018)."""
    population = inputs.table("population")
    if population is not None:
        yearly = population[["nis", "year"]].assign(value=population["population"])
        mean = static_mean(yearly, inputs.windows.pre)
        yield rows(mean, "population", "pre")
        yield rows(mean.assign(value=np.log(mean["value"])), "log_population", "pre")
        band = 1.0 + (mean["value"] >= SMALL) + (mean["value"] >= LARGE)
        yield rows(mean.assign(value=band), "size_band", "pre")
        own = yearly[yearly["year"].isin(inputs.windows.years)]
        yield rows(own.assign(value=np.log(own["value"])), "log_population")
    vintage = inputs.config["geography"]["vintage"]
    column = "province_285" if vintage == 285 else "province_308"
    province = (
        inputs.units[[f"nis_{vintage}", column]].drop_duplicates(f"nis_{vintage}").set_axis(["nis", "value"], axis=1)
    )
    yield rows(province.astype({"value": float}), "province")
    parts = inputs.units.groupby(f"nis_{vintage}")["nis_308"].nunique().rename_axis("nis").rename("value").reset_index()
    yield rows(parts.assign(value=(parts["value"] > 1).astype(float)), "is_merged")
    yield rows(merged_2019(inputs.units, vintage), "merged_2019")


def cluster_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Belfius cluster and family; is_mixed where merged parts differed."""
    clusters, own = inputs.table("belfius_clusters"), inputs.clusters()
    if clusters is None or own is None:
        return
    numbers = cluster_number(own["cluster"])
    yield rows(own[["nis"]].assign(value=numbers.astype(float)), "belfius_cluster")
    yield rows(own[["nis"]].assign(value=family(numbers).astype(float)), "belfius_family")
    yield rows(clusters[["nis"]].assign(value=clusters["is_mixed"].astype(float)), "is_mixed")


def capacity_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """C1, C2, C6, C7."""
    staff, population = inputs.table("staff"), inputs.table("population")
    if staff is not None and population is not None:
        yearly = capacity.staff_ratio(staff, population)
        yield rows(static_mean(yearly, inputs.windows.pre), "vte_per_1000", "pre")
        yield rows(yearly[yearly["year"].isin(inputs.windows.years)], "vte_per_1000")
    if staff is not None:
        # ASSUME the growth ends in the first year under the reform's predecessor: the year before the reform.
        last = inputs.config["sectors"]["reform_year"] - 1
        yield rows(capacity.staff_growth(staff, last), "vte_growth_5y", "pre")
    accounts = inputs.spending("bbc_accounts_by_account_investment")
    plans = inputs.spending("bbc_plans_by_account_investment")
    years = inputs.before_post
    if accounts is not None and plans is not None:
        plan = int(plans["report_year"].min())
        yield rows(capacity.realisation_rate(accounts, plans, years, plan), "realisation_rate", "before_post")
    if accounts is not None and population is not None:
        yield rows(capacity.planning_studies(accounts, population, years), "planning_studies", "before_post")


def political_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """P1-P5 and P7 at the last election before the post period."""
    start = inputs.windows.post[0]
    mandates = inputs.table("mandates")
    terms = [] if mandates is None else [int(term) - 1 for term in mandates["term"].unique()]
    election, previous = politics.election_between(terms, start)
    if mandates is not None and election is not None and previous is not None:
        yield rows(politics.executive_change(mandates, election), period="pre_post")
    spells = inputs.table("college_spells")
    if spells is not None:
        yield rows(politics.composition_changes(spells), "composition_changes", "post")
    elif mandates is not None and election is not None:
        yield rows(politics.composition_changes_from_mandates(mandates, election), "composition_changes", "post")
    for source, indicator in (
        ("election_results", "electoral_volatility"),
        ("flemish_parliament_votes", "electoral_volatility_flemish"),
    ):
        votes = inputs.table(source)
        last, before = (None, None) if votes is None else politics.election_between(list(votes["year"]), start)
        if last is not None and before is not None:
            yield rows(politics.volatility(votes, last, before), indicator, "pre_post")
    seats = inputs.table("council_seats", "election_results")
    if seats is not None:
        last, _ = politics.election_between(list(seats["year"]), start)
        if last is not None:
            yield rows(politics.fragmentation(seats, last), "fragmentation", "post")


def formal_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """F1 and F2. A plan that was adopted before the reform is not under it, whatever the year: for plans F1 is the window."""
    reform = inputs.config["sectors"]["reform_year"]
    windows = inputs.windows
    first = windows.post[0] if windows.report == "plans" else reform
    values = [float(year >= first) for year in windows.years]
    yield rows(pd.DataFrame({"year": windows.years, "value": values}), "post_reform", level="flanders")
    streams, population = inputs.table("gemeentefonds"), inputs.table("population")
    if streams is not None and population is not None:
        of_year = streams[streams["year"] == reform]
        yield rows(grants.stream_dose(of_year, grants.SECTORS, population, reform), "reform_dose", "post")


FAMILIES: tuple[Callable[[Inputs], Iterable[pd.DataFrame]], ...] = (
    scale_indicators,
    cluster_indicators,
    capacity_indicators,
    political_indicators,
    formal_indicators,
    freedom.freedom_indicators,
    freedom.plan_indicators,
    *finance.FAMILIES,
    *registers.FAMILIES,
    own.own_indicators,
)
# Computed from the panel of the families above.
DERIVED: tuple[Callable[[Inputs, pd.DataFrame], Iterable[pd.DataFrame]], ...] = (freedom.need_indicators,)


def build_panel(inputs: Inputs) -> pd.DataFrame:
    """Every indicator that the present sources allow: the columns of `COLUMNS`, sorted, one row per key."""
    parts = [part for build in FAMILIES for part in build(inputs) if len(part)]
    panel = pd.concat(parts, ignore_index=True)
    later = [part for build in DERIVED for part in build(inputs, panel) if len(part)]
    panel = pd.concat([panel, *later], ignore_index=True)
    return panel.sort_values(COLUMNS[:-1], ignore_index=True, na_position="first", kind="stable")


def exclusions(panel: pd.DataFrame, outliers: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Municipalities that each outlier rule names, from the panel.

    A rule on an indicator that the sources at hand do not give is left out: what would use it is refused by the plan.
    """
    static = panel[panel["year"].isna() & (panel["beleidsveld"] == "")]
    wide = static.pivot(index="nis", columns="indicator", values="value")
    result = {}
    flags = ("is_mixed", "is_facility")
    needs = {"clusters": "belfius_cluster", "population_below": "log_population"} | {flag: flag for flag in flags}
    for name, rule in outliers.items():
        if any(rule.get(key) and indicator not in wide for key, indicator in needs.items()):
            continue
        out = wide.index.isin(rule["nis"])
        if rule["clusters"]:
            out = out | wide["belfius_cluster"].isin([float(label[1:]) for label in rule["clusters"]])
        if rule["population_below"]:
            inhabitants = np.exp(wide["log_population"]).round(6)  # 1000 comes back as 999.99...
            out = out | (inhabitants < rule["population_below"])
        for flag in flags:
            if rule.get(flag):
                out = out | (wide[flag] == 1)
        result[name] = sorted(wide.index[out])
    return result
