"""Grants, financial room and the cost of the organisation: which tables F2-F5, R5, U7, C3, C4, C8 and C9 are computed from."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import accounts, change, grants, levels, spending
from beleidsvrijheid.indicators.freedom import Money, with_windows
from beleidsvrijheid.indicators.inputs import Inputs, rows, static_mean
from beleidsvrijheid.indicators.staff import employers

OPERATING, INVESTMENT = "bbc_accounts_by_account_operating", "bbc_accounts_by_account_investment"
FINANCING, FIELDS = "bbc_accounts_by_account_financing", "bbc_accounts_by_field_operating"


def receipts_of(inputs: Inputs, source: str) -> pd.DataFrame | None:
    """A table of operating accounts with its receipts, None where there are none."""
    table = inputs.table(source)
    held = table is not None and "receipts_eur" in table and table["receipts_eur"].notna().any()
    return table if held else None


def real_rates(inputs: Inputs, euros: pd.Series) -> pd.DataFrame | None:
    """Real EUR per inhabitant of (nis, year): nis, year, value in the years of the study; None without population or prices."""
    population, prices = inputs.table("population"), inputs.table("cpi")
    if population is None or prices is None:
        return None
    frame = euros.rename("spending_eur").reset_index()
    frame = frame[frame["year"].isin(inputs.windows.years)]
    real = spending.real_per_inhabitant(frame, population, prices, inputs.config["deflator"]["base_year"])
    return real[["nis", "year"]].assign(value=real["real_spending"]).dropna()


def stock(inputs: Inputs, yearly: pd.DataFrame | None, indicator: str) -> Iterable[pd.DataFrame]:
    """A yearly figure per municipality in the years of the study, and its mean over the pre-period."""
    if yearly is not None:
        own = yearly[yearly["year"].isin(inputs.windows.years)]
        yield rows(own, indicator)
        yield rows(static_mean(own, inputs.windows.pre), indicator, "pre")


def _ratio(above: pd.Series, below: pd.Series) -> pd.DataFrame:
    """above / below where both are there and below is positive: nis, year, value."""
    ratio = above / below.where(below > 0).reindex(above.index)
    return ratio.dropna().rename("value").rename_axis(["nis", "year"]).reset_index()


def cost_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """C3, C4 and outsourcing."""
    operating, fields, staff = inputs.spending(OPERATING), inputs.spending(FIELDS), inputs.table("staff")
    if operating is not None:
        cost = accounts.staff_cost(operating)
        yield from stock(inputs, real_rates(inputs, cost), "staff_cost_per_inhabitant")
        bought = accounts.bought_services(operating)
        yield from stock(inputs, _ratio(bought, cost), "outsourcing_ratio")
        yield from stock(inputs, real_rates(inputs, bought), "bought_services_per_inhabitant")
        if staff is not None and inputs.table("cpi") is not None:
            yield from stock(inputs, _per_vte(inputs, cost, staff), "staff_cost_per_vte")
    if fields is not None:
        own, total = accounts.overhead(fields, inputs.codes)
        yield from stock(inputs, real_rates(inputs, own), "overhead_per_inhabitant")
        yield from stock(inputs, _ratio(own, total), "overhead_share")


def _per_vte(inputs: Inputs, cost: pd.Series, staff: pd.DataFrame) -> pd.DataFrame:
    price = inputs.price_index().reindex(cost.index.get_level_values("year")).to_numpy()
    return _ratio(cost / price, employers(staff).set_index(["nis", "year"])["total"])


def room_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """C8 and C9: investment in IT, autofinancing margin, debt, yield of 1 % APB; G2, revenue shares of Flanders."""
    investment, financing = inputs.spending(INVESTMENT), inputs.spending(FINANCING)
    if investment is not None:
        yearly = real_rates(inputs, accounts.it_investment(investment))
        if yearly is not None:
            yield rows(yearly, "it_investment")
            before = levels.window_mean(yearly, inputs.before_post, ("nis",))
            yield rows(before, "it_investment", "before_post")
    operating, debt = receipts_of(inputs, OPERATING), inputs.table("debt")
    if operating is not None and financing is not None:
        margin = accounts.autofinancing_margin(operating, financing)
        yield from stock(inputs, real_rates(inputs, margin), "autofinancing_margin")
    if debt is not None:
        yearly = real_rates(inputs, accounts.debt(debt))
        yield from stock(inputs, yearly, "debt_per_inhabitant")
        yield from stock(inputs, _logs(yearly), "log_debt_per_inhabitant")
    income, rates = inputs.table("income"), inputs.table("tax_rates")
    if income is not None and rates is not None:
        yield from stock(inputs, real_rates(inputs, accounts.apb_yield(income, rates)), "apb_yield")
    if operating is not None:
        shares = grants.revenue_shares(grants.receipts_by_kind(operating))
        for kind in shares:
            yield rows(shares[kind].rename("value").reset_index(), f"revenue_share_{kind}", level="flanders")


def _logs(yearly: pd.DataFrame | None) -> pd.DataFrame | None:
    if yearly is None:
        return None
    positive = yearly[yearly["value"] > 0]
    return positive.assign(value=np.log(positive["value"]))


def operating_money(inputs: Inputs) -> Money | None:
    """Operating spending in the accounts by field, whatever the spending concept of the study is."""
    finance = inputs.spending(FIELDS)
    if finance is None:
        return None
    period = inputs.config["period"] | {"spending": {"report": "accounts", "section": "operating"}}
    return Money(replace(inputs, config=inputs.config | {"period": period}), finance)


def dose_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """F2 per receipts, and F4: gesco and Stedenfonds, in the first year that the general grants hold them."""
    streams, population = inputs.table("gemeentefonds"), inputs.table("population")
    reform = inputs.config["sectors"]["reform_year"]
    if streams is None:
        return
    operating = receipts_of(inputs, OPERATING)
    if operating is not None:
        total = grants.receipts_by_kind(operating)["total"]
        own = streams[(streams["year"] == reform) & (streams["stream"] == grants.SECTORS)].set_index("nis")[
            "amount_eur"
        ]
        reporting = sorted(streams.loc[streams["year"] == reform, "nis"].unique())
        before = total[total.index.get_level_values("year") == reform - 1].droplevel("year")
        dose = own.reindex(reporting, fill_value=0.0) / before.where(before > 0).reindex(reporting)
        yield rows(dose.rename("value").rename_axis("nis").dropna().reset_index(), "reform_dose_receipts", "post")
    if population is not None:
        for stream, indicator in ((grants.GESCO, "gesco_dose"), (grants.CITIES, "stedenfonds_dose")):
            yield rows(grants.stream_dose(streams, stream, population, reform), indicator, "post")


def grant_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """F3 per municipality; and, where receipts by field are there, F3 and F5 per field, R5 and U7."""
    operating = receipts_of(inputs, OPERATING)
    if operating is None:
        return
    by_kind = grants.receipts_by_kind(operating)
    share = grants.unconditional_share(by_kind["general"], by_kind["specific"])
    yearly = share.dropna().rename("value").reset_index()
    yield from stock(inputs, yearly, "unconditional_share")
    yield rows(levels.window_mean(yearly, inputs.windows.post, ("nis",)), "unconditional_share_post", "post")
    money, fields = operating_money(inputs), receipts_of(inputs, FIELDS)
    if money is None or fields is None or not money.can_deflate:
        return
    flows = grants.with_baskets(grants.receipts_by_field(fields, inputs.codes), money.groups, money.fields)
    years = [year for year in money.inputs.windows.pre if year < inputs.config["sectors"]["reform_year"]]
    yield from _field_doses(inputs, money, flows, years)
    yield from _field_shares(money, flows, by_kind["general"])
    yield from _own_effort(money, flows, years)


def _stacked(wide: pd.DataFrame) -> pd.DataFrame:
    """(nis[, year]) x field as rows with a value."""
    return wide.rename_axis(columns="beleidsveld").stack().dropna().rename("value").reset_index()


def _field_doses(inputs: Inputs, money: Money, flows: pd.DataFrame, years: list[int]) -> Iterable[pd.DataFrame]:
    """F5, who had a grant (E8), and U7."""
    dose = grants.field_dose(flows, years, inputs.table("population"))
    yield rows(_stacked(dose), "field_dose", "pre")
    recipients = (dose > 0).astype(float).where(dose.notna())
    yield rows(_stacked(recipients[[*money.groups["reformed"], "reformed"]]), "field_recipient", "pre")
    windows = money.inputs.windows
    reported = spending.reported_years(money.finance, windows)
    spans = {"pre": windows.pre, "post": windows.post}
    before, after = change.window_means(money.shown, spans, reported, list(dose.columns))
    released = grants.template_release(before, after, dose)
    yield rows(released.reset_index(), "template_release", "pre_post", level="field")


def _field_shares(money: Money, flows: pd.DataFrame, general: pd.Series) -> Iterable[pd.DataFrame]:
    """F3 per reformed field and for all of them together."""
    windows, own = money.inputs.windows, money.by_field
    before = own[own["year"].isin(windows.pre)].groupby(["nis", "beleidsveld"])["spending_eur"].sum().unstack()
    total = before.sum(axis=1)
    fields = [*money.groups["reformed"]]
    weights = before.reindex(columns=fields).fillna(0.0).div(total.where(total > 0), axis=0)
    weights = weights.assign(reformed=weights[fields].sum(axis=1, skipna=False))
    years = flows.index.get_level_values("year").isin(windows.years)
    yearly = _stacked(grants.field_unconditional_share(general, weights, flows[years][list(weights.columns)]))
    yield rows(yearly, "unconditional_share")
    for name, window in (("", windows.pre), ("_post", windows.post)):
        mean = levels.window_mean(yearly, window)
        yield rows(mean, f"unconditional_share{name}", "post" if name else "pre")


def _own_effort(money: Money, flows: pd.DataFrame, years: list[int]) -> Iterable[pd.DataFrame]:
    """R5 per reformed field and for the baskets that have a reformed field in them."""
    inputs = money.inputs
    names = [*money.groups["reformed"], "reformed", "leisure"]
    former = grants.former_grant(flows[names], years)
    own = grants.own_effort(money.shown, former, inputs.table("population"), inputs.price_index(), inputs.windows.years)
    yield from with_windows(own, "own_effort", inputs.windows)
    yield rows(levels.logs(own[own["beleidsveld"].isin(money.groups)], "value"), "log_own_effort")


FAMILIES: tuple[Callable[[Inputs], Iterable[pd.DataFrame]], ...] = (
    cost_indicators,
    room_indicators,
    dose_indicators,
    grant_indicators,
)
