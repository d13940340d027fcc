"""U9b: how much of the budget the first plan of a term moves, against the plan before it."""

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators.change import portfolio_shift


def plans_compared(plans: pd.DataFrame, start: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """((plan before, its year), (plan of the term, its first year)); None without two plans.

    plans: report_year, year. start: first year of the post-period; the plan of the term is the last adopted by then. The
    plan before it is read in the same year where it still covers that year, else in its last year.
    """
    adopted = sorted(int(year) for year in plans["report_year"].unique() if year <= start)
    if len(adopted) < 2:
        return None
    before, own = adopted[-2:]
    first = int(plans.loc[plans["report_year"] == own, "year"].min())
    covered = plans.loc[plans["report_year"] == before, "year"]
    return (before, int(covered[covered <= first].max())), (own, first)


def budget_moved(plans: pd.DataFrame, codes: pd.DataFrame, baskets: dict[str, pd.Series], start: int) -> pd.DataFrame:
    """1/2 sum_s |share in the first year of the plan - share in the plan before| per basket: nis, beleidsveld, value.

    plans: nis, report_year, year, code, spending_eur. codes: code, stable_code. baskets: name -> stable code -> cell.
    A municipality needs both plans; a field absent from one of them is 0 there.
    """
    compared = plans_compared(plans, start)
    if compared is None:
        return pd.DataFrame(columns=["nis", "beleidsveld", "value"])
    sides = [plans[(plans["report_year"] == plan) & (plans["year"] == year)] for plan, year in compared]
    nis = sorted(set(sides[0]["nis"]) & set(sides[1]["nis"]))
    stable = codes.set_index("code")["stable_code"]
    parts = []
    for basket, cells in baskets.items():
        names = sorted(cells.unique())
        totals = [_totals(side, stable, cells).reindex(index=nis, columns=names, fill_value=0.0) for side in sides]
        value = portfolio_shift(totals[0].to_numpy(), totals[1].to_numpy())
        parts.append(pd.DataFrame({"nis": nis, "beleidsveld": basket, "value": value}))
    result = pd.concat(parts, ignore_index=True)
    return result[np.isfinite(result["value"])]


def _totals(side: pd.DataFrame, stable: pd.Series, cells: pd.Series) -> pd.DataFrame:
    cell = side["code"].map(stable).map(cells)
    return side.groupby([side["nis"], cell.rename("beleidsveld")])["spending_eur"].sum().unstack(fill_value=0.0)
