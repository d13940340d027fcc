"""Used freedom of a study: which tables U1-U9 and the levels of spending are computed from, and for which cells."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import change, dispersion, levels, need, peers, plans, punctuation, recoding, spending
from beleidsvrijheid.indicators.inputs import Inputs, rows

GROUPS = ("reformed", "comparison", "operational", "leisure")
TOTAL = "total"


def basket_cells(inputs: Inputs) -> dict[str, pd.Series]:
    """Which cell of each configured basket a stable field belongs to: its domain, or itself."""
    domains = inputs.codes.drop_duplicates("stable_code").set_index("stable_code")["domain"]
    itself = pd.Series(domains.index, index=domains.index)
    reformed = itself[itself.isin(inputs.config["sectors"]["reformed"])]
    cells = {"domains": domains, "all_stable": itself, "reformed": reformed}
    return {name: cells[name] for name in inputs.config["baskets"]}


@dataclass(frozen=True)
class Money:
    """Spending of a study by stable field, on the concept of its configuration."""

    inputs: Inputs
    finance: pd.DataFrame

    @cached_property
    def by_field(self) -> pd.DataFrame:
        """EUR: nis, beleidsveld (stable code), year, spending_eur."""
        return spending.stable_spending(self.finance, self.inputs.codes, self.inputs.windows)

    @property
    def groups(self) -> dict[str, list[str]]:
        """Baskets of fields by name, those of the configuration."""
        return {name: self.inputs.config["sectors"][name] for name in GROUPS}

    @property
    def fields(self) -> list[str]:
        """Fields that have indicators of their own: those in a group."""
        return sorted({code for members in self.groups.values() for code in members})

    @property
    def cells(self) -> list[str]:
        """Fields, groups and the total: what is compared between the periods."""
        return [*self.fields, *self.baskets]

    @property
    def baskets(self) -> list[str]:
        """Groups and the sum of all fields."""
        return [*self.groups, TOTAL]

    @property
    def can_deflate(self) -> bool:
        """Whether inhabitants and prices are at hand."""
        return self.inputs.table("population") is not None and self.inputs.table("cpi") is not None

    @cached_property
    def real(self) -> pd.DataFrame:
        """Every stable field, group and the total: nis, beleidsveld, year, spending_eur, real_spending, real_eur."""
        own = self.by_field
        sums = [spending.basket_rows(own, members, name) for name, members in self.groups.items()]
        sums.append(spending.basket_rows(own, list(own["beleidsveld"].unique()), TOTAL))
        prices, base = self.inputs.table("cpi"), self.inputs.config["deflator"]["base_year"]
        full = pd.concat([own, *sums], ignore_index=True)
        real = spending.real_per_inhabitant(full, self.inputs.table("population"), prices, base)
        return real.assign(real_eur=real["spending_eur"] / real["year"].map(self.inputs.price_index()))

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The rows of `real` of the fields that have indicators, of the groups and of the total."""
        return self.real[self.real["beleidsveld"].isin([*self.fields, *self.baskets])]

    def compared(self, pre: list[int], post: list[int], same_plan: bool) -> tuple[spending.Windows, pd.DataFrame]:
        """Two other windows and the years reported in each; of plans both are read from the first where `same_plan`."""
        windows = self.inputs.windows
        of = {"pre": windows.plans["pre"], "post": windows.plans["pre" if same_plan else "post"]}
        other = replace(windows, pre=pre, post=post, within=[], plans=of)
        return other, spending.reported_years(self.finance, other)


def freedom_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """Y, U1, U2, U4-U9 and the kept budget, on the spending concept of the configuration."""
    concept = inputs.config["period"]["spending"]
    finance = inputs.spending(f"bbc_{concept['report']}_by_field_{concept['section']}")
    if finance is None:
        return
    money = Money(inputs, finance)
    windows = inputs.windows
    reported = spending.reported_years(finance, windows)
    spans = {"pre": windows.pre, "post": windows.post}
    yield rows(change.basket_shifts(money.by_field, spans, list(reported.index), basket_cells(inputs)))
    if money.can_deflate:
        yield from _level_indicators(money, spans, reported)
        yield from _field_indicators(money)
    yield from _other_windows(money)


def _level_indicators(money: Money, spans: dict[str, list[int]], reported: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """Levels, their logs and yearly changes, U4, and flags of re-coding."""
    shown = money.shown
    known = shown.dropna(subset=["real_spending"])
    yield rows(known.assign(value=known["real_spending"]), "real_spending")
    baskets = known[known["beleidsveld"].isin(money.baskets)]
    operational = known[known["beleidsveld"].isin(money.groups["operational"])]
    yield rows(levels.logs(pd.concat([baskets, operational]), "real_spending"), "log_spending")
    yield rows(levels.logs(baskets, "real_eur"), "log_real_spending")
    yield rows(levels.with_zeros(known, money.by_field, money.groups["reformed"]), "real_spending_or_zero")
    total = known[known["beleidsveld"] == TOTAL].assign(beleidsveld="")
    yearly = total.assign(value=total["real_spending"])
    yield rows(yearly, "total_spending")
    yield rows(levels.window_mean(yearly, spans["pre"]), "total_spending", "pre")
    yield rows(levels.yearly_changes(baskets, "real_spending"), "yearly_change")
    yield rows(change.field_changes(shown, spans, reported, money.cells))
    _, later = change.window_means(money.real, spans, reported, money.baskets, "real_eur")
    logged = np.log(later.where(later > 0)).rename_axis(index="nis", columns="beleidsveld").stack()
    yield rows(logged.rename("value").reset_index(), "log_real_spending_post", "post")
    domains = money.inputs.codes.drop_duplicates("stable_code").set_index("stable_code")["domain"]
    stable = sorted(set(money.by_field["beleidsveld"]))
    pre, post = change.window_means(money.real, spans, reported, stable)
    flags = recoding.recoding_flag(pre, post, domains, money.groups["reformed"]).rename_axis("nis").dropna()
    yield rows(flags.reset_index(), "recoding_flag", "pre_post")


def _field_indicators(money: Money) -> Iterable[pd.DataFrame]:
    """U1, U2 and U8."""
    inputs, windows = money.inputs, money.inputs.windows
    fields = money.shown[money.shown["beleidsveld"].isin(money.fields)]
    yield from dispersion_indicators(fields, inputs.table("population"))
    clusters = inputs.clusters()
    if clusters is not None:
        reformed = money.groups["reformed"]
        comparison = money.groups["comparison"]
        own = fields[fields["beleidsveld"].isin([*reformed, *comparison])]
        deviations = peers.peer_deviation(own, clusters.set_index("nis")["cluster"])
        means = [peers.basket_mean(deviations, money.groups[name], name) for name in ("reformed", "comparison")]
        yield from with_windows(pd.concat([deviations, *means]), "peer_deviation", windows)
    stable = money.real[money.real["beleidsveld"].isin(money.inputs.codes["stable_code"])]
    changes = punctuation.percentage_changes(stable)
    yield rows(punctuation.punctuation(changes, "nis"), "punctuation", "all_years")
    yield rows(punctuation.punctuation(changes, "beleidsveld"), "field_punctuation", "all_years", level="field")


def with_windows(yearly: pd.DataFrame, indicator: str, windows: spending.Windows) -> Iterable[pd.DataFrame]:
    """A yearly indicator of used freedom, and its means before (lagged_...) and after (..._post)."""
    yield rows(yearly, indicator)
    yield rows(levels.window_mean(yearly, windows.pre), f"lagged_{indicator}", "pre")
    yield rows(levels.window_mean(yearly, windows.post), f"{indicator}_post", "post")


def _other_windows(money: Money) -> Iterable[pd.DataFrame]:
    """The changes of U4-U6 within the pre-period (a placebo) and from it to the years within the plan."""
    inputs, windows = money.inputs, money.inputs.windows
    first, last = change.halves(windows.pre)
    for pre, post, name, period in (
        (first, last, "pre_{}", "pre"),
        (windows.pre, windows.within, "{}_within", "pre_within"),
    ):
        if not pre or not post:
            continue
        other, reported = money.compared(pre, post, same_plan=True)
        by_field = money.by_field
        if windows.report == "plans" and period == "pre_within":
            by_field = spending.stable_spending(money.finance, inputs.codes, other)
        spans = {"pre": pre, "post": post}
        yield rows(change.other_shifts(by_field, spans, list(reported.index), basket_cells(inputs), name, period))
        if money.can_deflate and by_field is money.by_field:
            signed = "pre_trend" if period == "pre" else None
            named = (name.format("own_change"), signed)
            yield rows(change.companions(money.shown, spans, reported, money.cells, named, period))


def plan_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """U9b, on plans of operating spending where there are any, else of investment."""
    table = inputs.spending("bbc_plans_by_field_operating")
    table = inputs.spending("bbc_plans_by_field_investment") if table is None else table
    if table is not None:
        moved = plans.budget_moved(table, inputs.codes, basket_cells(inputs), inputs.windows.post[0])
        yield rows(moved, "plan_budget_moved", "first_plan")


def need_indicators(inputs: Inputs, panel: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """U3, from spending and from the needs and resources that the panel already has."""
    static = panel[(panel["level"] == "municipality") & panel["year"].isna() & panel["indicator"].isin(need.REGRESSORS)]
    needs = static.pivot(index="nis", columns="indicator", values="value")
    real = panel[(panel["indicator"] == "real_spending") & (panel["level"] == "municipality")]
    reformed = inputs.config["sectors"]["reformed"]
    own = real[real["beleidsveld"].isin(reformed)].rename(columns={"value": "real_spending"})
    if own.empty or not set(need.REQUIRED) <= set(needs):
        return
    found = need.need_adjusted(own.astype({"year": int}), needs, inputs.windows.pre)
    both = pd.concat([found, peers.basket_mean(found, reformed, "reformed")])
    yield from with_windows(both, "need_adjusted_deviation", inputs.windows)


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
            yield rows(columns.assign(value=values).dropna(), f"dispersion_{name}{suffix}", level="field")
