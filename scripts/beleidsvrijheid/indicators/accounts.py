"""C3, C4, C8, C9 and outsourcing: what the operating, investment and financing accounts say of capacity.

Euros per (nis, year) are Series with that index. An account that a reporter does not have is 0; who did not report is absent.
"""

import pandas as pd

from beleidsvrijheid.indicators.grants import INTERNAL

# Last digit of 620x, 621x and 622x: 0 politicians, 8 teachers whom other governments pay, 9 contributions for past pensions.
NOT_STAFF = frozenset("089")
IT_ACCOUNT = "211"  # concessions, patents, licences, know-how: software stands here
BOUGHT = ("613/6", "617")  # other services and supplies; agency staff and staff made available
PERIODIC = ("421", "422", "423", "424")  # repayment of loans and leasing within the year
RECOVERED = ("4943", "4944")  # of loans that the municipality gave
OVERHEAD_FIELD = "011"


def account(codes: pd.Series) -> pd.Series:
    """The account of a code without its suffix: 211 of 211-0."""
    return codes.str.split("-").str[0]


def is_staff_cost(codes: pd.Series) -> pd.Series:
    """Pay and employers' contributions of own staff, own teachers among them: 620-622 but NOT_STAFF, and 623.

    Of a range such as 6202/6 the first account decides. Pensions (624) are of the past and left out.
    """
    paid = codes.str[:3].isin(("620", "621", "622")) & ~codes.str[3:4].isin(NOT_STAFF)
    return paid | (codes.str[:3] == "623")


def sums(table: pd.DataFrame, chosen: pd.Series, column: str = "spending_eur") -> pd.Series:
    """EUR of the chosen rows per (nis, year) of every reporter of the column; 0 where none is chosen."""
    reported = table[column].notna()
    keys = [table.loc[reported, "nis"], table.loc[reported, "year"]]
    return table.loc[reported, column].where(chosen[reported], 0.0).groupby(keys, sort=True).sum()


def staff_cost(operating: pd.DataFrame) -> pd.Series:
    """Personnel cost in EUR; absent where an account lists none at all."""
    cost = sums(operating, is_staff_cost(operating["code"]))
    return cost[cost > 0]


def bought_services(operating: pd.DataFrame) -> pd.Series:
    """EUR of services and agency staff that are bought."""
    return sums(operating, operating["code"].isin(BOUGHT))


def it_investment(investment: pd.DataFrame) -> pd.Series:
    """C8, EUR on account 211."""
    return sums(investment, account(investment["code"]) == IT_ACCOUNT)


def overhead(fields: pd.DataFrame, codes: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """C4: EUR in the stable field 011 and in all fields. fields: nis, year, code, spending_eur; codes: code, stable_code."""
    stable = fields["code"].map(codes.set_index("code")["stable_code"])
    return sums(fields, stable == OVERHEAD_FIELD), sums(fields, pd.Series(True, index=fields.index))


def autofinancing_margin(operating: pd.DataFrame, financing: pd.DataFrame) -> pd.Series:
    """C9, EUR: operating receipts - operating spending - periodic repayments + repayments received on loans given.

    Flows between municipality and OCMW are left out. Of who reported operating spending and receipts; who has no row of
    financing repaid nothing. BBC, BVR 30 March 2018: autofinancieringsmarge.
    """
    external = ~operating["code"].str[:4].isin(INTERNAL)
    spent, received = sums(operating, external), sums(operating, external, "receipts_eur")
    balance = (received - spent).dropna()
    code = account(financing["code"])
    repaid = sums(financing, code.str[:3].isin(PERIODIC))
    margin = balance - repaid.reindex(balance.index, fill_value=0.0)
    if "receipts_eur" in financing:
        margin = margin + sums(financing, code.isin(RECOVERED), "receipts_eur").reindex(margin.index, fill_value=0.0)
    return margin


def apb_yield(income: pd.DataFrame, rates: pd.DataFrame) -> pd.Series:
    """C9, EUR that 1 % of the surcharge on income tax (APB) yields: the municipal tax of an income year over the rate of the
    assessment year after it. Missing where the rate or the tax is 0 or absent.

    income: nis, year, municipal_tax_eur. rates: nis, year, tax, rate (%).
    """
    apb = rates[(rates["tax"] == "apb") & (rates["rate"] > 0)]
    rate = apb.assign(year=apb["year"] - 1).set_index(["nis", "year"])["rate"]
    tax = income[income["municipal_tax_eur"] > 0].set_index(["nis", "year"])["municipal_tax_eur"]
    return (tax / rate.reindex(tax.index)).dropna()


def debt(table: pd.DataFrame) -> pd.Series:
    """EUR of financial debt at the end of the year."""
    return table.dropna(subset=["debt_eur"]).set_index(["nis", "year"])["debt_eur"].sort_index()
