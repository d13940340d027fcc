"""All indicators of a study in one long table, from whatever sources are present."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import capacity, change, dispersion, peers, politics, spending
from beleidsvrijheid.sources.belfius import cluster_number, family

COLUMNS = ["level", "nis", "beleidsveld", "year", "period", "indicator", "value"]
SMALL, LARGE = 10_000, 40_000  # inhabitants; the bands of study.md section 4
DOSE_STREAM = "sectorale subsidies"


@dataclass(frozen=True)
class Inputs:
    """Harmonised tables by source id, the reviewed tables of fields, and the configuration's sections as plain data."""

    tables: dict[str, pd.DataFrame]
    units: pd.DataFrame
    codes: pd.DataFrame
    config: dict[str, Any]

    @property
    def windows(self) -> spending.Windows:
        period = self.config["period"]
        years = {
            name: [year for year in range(window["years"][0], window["years"][1] + 1) if year not in period["drop"]]
            if (window := period.get(name))
            else []
            for name in ("pre", "post", "within")
        }
        plans = {name: period[name]["plan"] for name in ("pre", "post")}
        return spending.Windows(years["pre"], years["post"], years["within"], plans, period["spending"]["report"])

    @property
    def before_post(self) -> list[int]:
        """Years from the first of the pre-period up to the post-period: what a stock is measured over."""
        drop = self.config["period"]["drop"]
        return [year for year in range(self.windows.pre[0], self.windows.post[0]) if year not in drop]

    def table(self, *sources: str) -> pd.DataFrame | None:
        """The first of the named sources that is present."""
        return next((self.tables[source] for source in sources if source in self.tables), None)

    def spending(self, source: str) -> pd.DataFrame | None:
        """The rows of a finance table that hold spending, None where there are none.

        A row of receipts alone makes no reporter and no zero of spending: whatever reads spending takes it from here.
        """
        table = self.table(source)
        own = None if table is None else table[table["spending_eur"].notna()]
        return None if own is None or own.empty else own


def _rows(
    frame: pd.DataFrame, indicator: str | None = None, period: str = "", level: str = "municipality"
) -> pd.DataFrame:
    """Any table with a value, in the columns of the panel."""
    filled = frame.assign(level=level)
    if indicator is not None:
        filled["indicator"] = indicator
    if "period" not in filled:
        filled["period"] = period
    for column in ("nis", "beleidsveld"):
        if column not in filled:
            filled[column] = ""
    if "year" not in filled:
        filled["year"] = pd.NA
    return filled[COLUMNS].astype({"year": "Int64", "value": float})


def _static(yearly: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """The mean over the years; missing where a year is."""
    chosen = yearly[yearly["year"].isin(years)]
    counts = chosen.groupby("nis")["value"].agg(["mean", "size"])
    complete = counts[counts["size"] == len(years)]
    return complete["mean"].rename("value").reset_index()


def scale_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """S1, S2, the province and S3 (merged since 2018)."""
    population = inputs.table("population")
    if population is not None:
        yearly = population[["nis", "year"]].assign(value=population["population"])
        mean = _static(yearly, inputs.windows.pre)
        yield _rows(mean.assign(value=np.log(mean["value"])), "log_population", "pre")
        band = 1.0 + (mean["value"] >= SMALL) + (mean["value"] >= LARGE)
        yield _rows(mean.assign(value=band), "size_band", "pre")
        own = yearly[yearly["year"].isin(inputs.windows.years)]
        yield _rows(own.assign(value=np.log(own["value"])), "log_population")
    vintage = inputs.config["geography"]["vintage"]
    column = "province_285" if vintage == 285 else "province_308"
    province = (
        inputs.units[[f"nis_{vintage}", column]].drop_duplicates(f"nis_{vintage}").set_axis(["nis", "value"], axis=1)
    )
    yield _rows(province.astype({"value": float}), "province")
    parts = inputs.units.groupby(f"nis_{vintage}")["nis_308"].nunique().rename_axis("nis").rename("value").reset_index()
    yield _rows(parts.assign(value=(parts["value"] > 1).astype(float)), "is_merged")


def cluster_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Belfius cluster and family; is_mixed where merged parts differed."""
    clusters = inputs.table("belfius_clusters")
    if clusters is None:
        return
    number = cluster_number(clusters["cluster"])
    keep = ~clusters["is_mixed"] if inputs.config["geography"]["mixed_clusters"] == "drop" else slice(None)
    own, numbers = clusters.loc[keep], number.loc[keep]
    yield _rows(own[["nis"]].assign(value=numbers.astype(float)), "belfius_cluster")
    yield _rows(own[["nis"]].assign(value=family(numbers).astype(float)), "belfius_family")
    yield _rows(clusters[["nis"]].assign(value=clusters["is_mixed"].astype(float)), "is_mixed")


def capacity_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """C1, C2, C6, C7."""
    staff, population = inputs.table("staff"), inputs.table("population")
    if staff is not None and population is not None:
        yearly = capacity.staff_ratio(staff, population)
        yield _rows(_static(yearly, inputs.windows.pre), "vte_per_1000", "pre")
        yield _rows(yearly[yearly["year"].isin(inputs.windows.years)], "vte_per_1000")
    if staff is not None:
        # ASSUME the growth ends in the first year under the reform's predecessor: the year before the reform.
        last = inputs.config["sectors"]["reform_year"] - 1
        yield _rows(capacity.staff_growth(staff, last), "vte_growth_5y", "pre")
    accounts = inputs.spending("bbc_accounts_by_account_investment")
    plans = inputs.spending("bbc_plans_by_account_investment")
    years = inputs.before_post
    if accounts is not None and plans is not None:
        plan = int(plans["report_year"].min())
        yield _rows(capacity.realisation_rate(accounts, plans, years, plan), "realisation_rate", "before_post")
    if accounts is not None and population is not None:
        yield _rows(capacity.planning_studies(accounts, population, years), "planning_studies", "before_post")


def political_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """P1-P5 and P7 at the last election before the post period."""
    start = inputs.windows.post[0]
    mandates = inputs.table("mandates")
    terms = [] if mandates is None else [int(term) - 1 for term in mandates["term"].unique()]
    election, previous = politics.election_between(terms, start)
    if mandates is not None and election is not None and previous is not None:
        yield _rows(politics.executive_change(mandates, election), period="pre_post")
    spells = inputs.table("college_spells")
    if spells is not None:
        yield _rows(politics.composition_changes(spells), "composition_changes", "post")
    elif mandates is not None and election is not None:
        yield _rows(politics.composition_changes_from_mandates(mandates, election), "composition_changes", "post")
    for source, indicator in (
        ("election_results", "electoral_volatility"),
        ("flemish_parliament_votes", "electoral_volatility_flemish"),
    ):
        votes = inputs.table(source)
        last, before = (None, None) if votes is None else politics.election_between(list(votes["year"]), start)
        if last is not None and before is not None:
            yield _rows(politics.volatility(votes, last, before), indicator, "pre_post")
    seats = inputs.table("council_seats", "election_results")
    if seats is not None:
        last, _ = politics.election_between(list(seats["year"]), start)
        if last is not None:
            yield _rows(politics.fragmentation(seats, last), "fragmentation", "post")


def formal_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """F1 and F2. A plan that was adopted before the reform is not under it, whatever the year: for plans F1 is the window."""
    reform = inputs.config["sectors"]["reform_year"]
    windows = inputs.windows
    first = windows.post[0] if windows.report == "plans" else reform
    values = [float(year >= first) for year in windows.years]
    yield _rows(pd.DataFrame({"year": windows.years, "value": values}), "post_reform", level="flanders")
    streams, population = inputs.table("gemeentefonds"), inputs.table("population")
    if streams is not None and population is not None:
        own = streams[(streams["year"] == reform) & (streams["stream"] == DOSE_STREAM)].set_index("nis")["amount_eur"]
        people = population[population["year"] == reform].set_index("nis")["population"]
        # A municipality without the former grants has no row in this stream: its dose is zero, not missing.
        reporting = streams[streams["year"] == reform]["nis"].unique()
        dose = own.reindex(reporting, fill_value=0.0) / people.reindex(reporting)
        yield _rows(dose.rename("value").rename_axis("nis").reset_index(), "reform_dose", "post")


def basket_cells(inputs: Inputs) -> dict[str, pd.Series]:
    """Which cell of each configured basket a stable field belongs to: its domain, or itself."""
    domains = inputs.codes.drop_duplicates("stable_code").set_index("stable_code")["domain"]
    itself = pd.Series(domains.index, index=domains.index)
    reformed = itself[itself.isin(inputs.config["sectors"]["reformed"])]
    cells = {"domains": domains, "all_stable": itself, "reformed": reformed}
    return {name: cells[name] for name in inputs.config["baskets"]}


def freedom_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Y, U1, U2, U4, U5, U6, U9 and the kept budget, on the spending concept of the configuration."""
    period, sectors = inputs.config["period"], inputs.config["sectors"]
    finance = inputs.spending(f"bbc_{period['spending']['report']}_by_field_{period['spending']['section']}")
    if finance is None:
        return
    windows = inputs.windows
    by_field = spending.stable_spending(finance, inputs.codes, windows)
    reported = spending.reported_years(finance, windows)
    spans = {"pre": windows.pre, "post": windows.post}
    yield _rows(change.basket_shifts(by_field, spans, list(reported.index), basket_cells(inputs)))
    population, prices = inputs.table("population"), inputs.table("cpi")
    if population is None or prices is None:
        return
    groups = {name: sectors[name] for name in ("reformed", "comparison", "operational", "leisure")}
    fields = sorted({code for members in groups.values() for code in members})
    sums = [spending.basket_rows(by_field, members, name) for name, members in groups.items()]
    sums.append(spending.basket_rows(by_field, list(by_field["beleidsveld"].unique()), "total"))
    shown = pd.concat([by_field[by_field["beleidsveld"].isin(fields)], *sums], ignore_index=True)
    real = spending.real_per_inhabitant(shown, population, prices, inputs.config["deflator"]["base_year"])
    yield from _real_indicators(real, spans, reported, [*fields, *groups], inputs)


def _real_indicators(
    real: pd.DataFrame, spans: dict[str, list[int]], reported: pd.DataFrame, cells: list[str], inputs: Inputs
) -> Iterable[pd.DataFrame]:
    yield _rows(real.assign(value=real["real_spending"]).dropna(subset=["value"]), "real_spending")
    changes = change.field_changes(real, spans, reported, cells)
    yield _rows(changes)
    fields = real[real["beleidsveld"].isin(inputs.codes["stable_code"])]
    yield from dispersion_indicators(fields, inputs.table("population"))
    clusters = inputs.table("belfius_clusters")
    if clusters is not None:
        reformed = inputs.config["sectors"]["reformed"]
        own = fields[fields["beleidsveld"].isin(reformed)]
        if inputs.config["geography"]["mixed_clusters"] == "drop":
            clusters = clusters[~clusters["is_mixed"]]
        deviations = peers.peer_deviation(own, clusters.set_index("nis")["cluster"])
        yield _rows(deviations)
        yield _rows(peers.basket_mean(deviations, reformed, "reformed"))


def dispersion_indicators(real: pd.DataFrame, population: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """U1 per field and year, unweighted and weighted by inhabitants; positive figures only."""
    positive = real[real["real_spending"] > 0]
    wide = positive.pivot(index="nis", columns=["beleidsveld", "year"], values="real_spending").sort_index()
    people = population.pivot(index="nis", columns="year", values="population").reindex(wide.index)
    weights = people.mean(axis=1).to_numpy()  # one weight a municipality, the same in every year
    columns = wide.columns.to_frame(index=False)
    for name, measure in dispersion.MEASURES.items():
        for suffix, weight in (("", None), ("_weighted", weights)):
            values = measure(wide.to_numpy(), weight)
            yield _rows(columns.assign(value=values).dropna(), f"dispersion_{name}{suffix}", level="field")


FAMILIES: tuple[Callable[[Inputs], Iterable[pd.DataFrame]], ...] = (
    scale_indicators,
    cluster_indicators,
    capacity_indicators,
    political_indicators,
    formal_indicators,
    freedom_indicators,
)


def build_panel(inputs: Inputs) -> pd.DataFrame:
    """Every indicator that the present sources allow: the columns of `COLUMNS`, sorted, one row per key."""
    parts = [part for build in FAMILIES for part in build(inputs) if len(part)]
    panel = pd.concat(parts, ignore_index=True)
    return panel.sort_values(COLUMNS[:-1], ignore_index=True, na_position="first", kind="stable")


def exclusions(panel: pd.DataFrame, outliers: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Municipalities that each outlier rule names, from the panel.

    A rule on an indicator that the sources at hand do not give is left out: what would use it is refused by the plan.
    """
    static = panel[panel["year"].isna() & (panel["beleidsveld"] == "")]
    wide = static.pivot(index="nis", columns="indicator", values="value")
    result = {}
    needs = {"clusters": "belfius_cluster", "population_below": "log_population", "is_mixed": "is_mixed"}
    for name, rule in outliers.items():
        if any(rule[key] and indicator not in wide for key, indicator in needs.items()):
            continue
        out = wide.index.isin(rule["nis"])
        if rule["clusters"]:
            out = out | wide["belfius_cluster"].isin([float(label[1:]) for label in rule["clusters"]])
        if rule["population_below"]:
            out = out | (np.exp(wide["log_population"]) < rule["population_below"])
        if rule["is_mixed"]:
            out = out | (wide["is_mixed"] == 1)
        result[name] = sorted(wide.index[out])
    return result
