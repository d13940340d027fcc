"""What indicators are computed from, and the one shape they come in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import spending

COLUMNS = ["level", "nis", "beleidsveld", "year", "period", "indicator", "value"]


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

    def clusters(self) -> pd.DataFrame | None:
        """Belfius clusters, without mixed mergers where the configuration drops them."""
        table = self.table("belfius_clusters")
        drop = table is not None and self.config["geography"]["mixed_clusters"] == "drop"
        return table[~table["is_mixed"]] if drop else table

    def price_index(self) -> pd.Series | None:
        """Consumer prices by year, 1 in the base year; missing values where the index does not have that year."""
        prices = self.table("cpi")
        if prices is None:
            return None
        index = prices.set_index("year")["index"]
        return index / index.get(self.config["deflator"]["base_year"], np.nan)

    def spending(self, source: str) -> pd.DataFrame | None:
        """The rows of a finance table that hold spending, None where there are none.

        A row of receipts alone makes no reporter and no zero of spending: whatever reads spending takes it from here.
        """
        table = self.table(source)
        own = None if table is None else table[table["spending_eur"].notna()]
        return None if own is None or own.empty else own


def rows(
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


def static_mean(yearly: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """The mean over the years; missing where a year is."""
    chosen = yearly[yearly["year"].isin(years)]
    counts = chosen.groupby("nis")["value"].agg(["mean", "size"])
    complete = counts[counts["size"] == len(years)]
    return complete["mean"].rename("value").reset_index()
