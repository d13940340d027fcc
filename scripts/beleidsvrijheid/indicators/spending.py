"""Spending by stable policy field: codes of both regimes mapped, windows chosen, euros made comparable."""

from dataclasses import dataclass

import pandas as pd

from beleidsvrijheid.errors import StudyError


@dataclass(frozen=True)
class Windows:
    """Years before and after; for plans the rapportjaar that each window is read from."""

    pre: list[int]
    post: list[int]
    within: list[int]
    plans: dict[str, int | None]
    report: str

    @property
    def years(self) -> list[int]:
        return sorted({*self.pre, *self.within, *self.post})


def stable_spending(finance: pd.DataFrame, codes: pd.DataFrame, windows: Windows) -> pd.DataFrame:
    """EUR per municipality, stable field and year: nis, beleidsveld, year, spending_eur.

    finance: nis, report_year, year, code (four digits), spending_eur. codes: code, stable_code. Of plans, which overlap
    in years, each window keeps the plan that the configuration names. Raises StudyError on a code without stable code.
    """
    unknown = sorted(set(finance["code"]) - set(codes["code"]))
    if unknown:
        raise StudyError(
            f"policy field code {unknown[0]!r} is not in workflow/tables/policy_fields.csv; add it there with its stable code"
        )
    chosen = finance[in_windows(finance, windows)]
    stable = chosen["code"].map(codes.set_index("code")["stable_code"])
    summed = chosen.assign(beleidsveld=stable).groupby(["nis", "beleidsveld", "year"], sort=True)["spending_eur"].sum()
    return summed.reset_index()


def in_windows(finance: pd.DataFrame, windows: Windows) -> pd.Series:
    """Rows that belong to a window of the study: accounts by year, plans by plan and year."""
    if windows.report == "accounts":
        return finance["year"].isin(windows.years)
    keep = pd.Series(False, index=finance.index)
    for name in ("pre", "post"):
        keep |= (finance["report_year"] == windows.plans[name]) & finance["year"].isin(getattr(windows, name))
    return keep


def reported_years(finance: pd.DataFrame, windows: Windows) -> pd.DataFrame:
    """Years in which a municipality reported at least one field, counted per window: nis x (pre, post).

    A municipality that reported in no year of a window is not in the table: it is missing, not zero.
    """
    chosen = finance[in_windows(finance, windows)]
    counts = {
        name: chosen[chosen["year"].isin(getattr(windows, name))].groupby("nis")["year"].nunique()
        for name in ("pre", "post")
    }
    return pd.DataFrame(counts).dropna().sort_index()


def real_per_inhabitant(
    spending: pd.DataFrame, population: pd.DataFrame, prices: pd.DataFrame, base_year: int
) -> pd.DataFrame:
    """Add `real_spending`: EUR of the base year per inhabitant. Rows without population or price are NaN, not dropped."""
    people = population.set_index(["nis", "year"])["population"]
    index = prices.set_index("year")["index"]
    if base_year not in index:
        raise StudyError(
            f"config.yaml: deflator.base_year: {base_year} is not in the price index ({index.index.min()}-{index.index.max()})"
        )
    inhabitants = people.reindex(pd.MultiIndex.from_frame(spending[["nis", "year"]])).to_numpy()
    deflator = spending["year"].map(index) / index[base_year]
    return spending.assign(real_spending=spending["spending_eur"] / inhabitants / deflator)


def basket_rows(spending: pd.DataFrame, members: list[str], basket: str) -> pd.DataFrame:
    """Spending of a set of fields added up per municipality and year, under the basket's name."""
    chosen = spending[spending["beleidsveld"].isin(members)]
    summed = chosen.groupby(["nis", "year"], sort=True)["spending_eur"].sum().reset_index()
    return summed.assign(beleidsveld=basket)[["nis", "beleidsveld", "year", "spending_eur"]]
