"""The level of spending in logs and in euros, and its change from one year to the next."""

import numpy as np
import pandas as pd

KEYS = ["nis", "beleidsveld", "year"]


def logs(spending: pd.DataFrame, column: str) -> pd.DataFrame:
    """Natural logarithm of the positive figures: nis, beleidsveld, year, value; the others have none."""
    positive = spending[spending[column] > 0]
    return positive[KEYS].assign(value=np.log(positive[column]))


def yearly_changes(spending: pd.DataFrame, column: str) -> pd.DataFrame:
    """R3, |ln y_t - ln y_t-1|: nis, beleidsveld, year, value; only where both of two successive years are positive."""
    wide = logs(spending, column).pivot(index=["nis", "beleidsveld"], columns="year", values="value").sort_index()
    changes = {year: (wide[year] - wide[year - 1]).abs() for year in wide.columns if year - 1 in wide.columns}
    if not changes:
        return pd.DataFrame(columns=[*KEYS, "value"])
    return pd.DataFrame(changes).rename_axis(columns="year").stack().dropna().rename("value").reset_index()


def window_mean(yearly: pd.DataFrame, years: list[int], keys: tuple[str, ...] = ("nis", "beleidsveld")) -> pd.DataFrame:
    """Mean over those of the years that have a value: keys, value."""
    chosen = yearly[yearly["year"].isin(years)]
    return chosen.groupby(list(keys), sort=True)["value"].mean().reset_index()


def with_zeros(real: pd.DataFrame, reported: pd.DataFrame, fields: list[str]) -> pd.DataFrame:
    """Real spending in `fields`, 0 where a municipality that reported in that year has none: nis, beleidsveld, year, value.

    real: nis, beleidsveld, year, real_spending. reported: rows of nis and year, in any field. study.md section 3: for a
    reporter an absent field counts as 0.
    """
    own = real[real["beleidsveld"].isin(fields)]
    wide = own.pivot(index=["nis", "year"], columns="beleidsveld", values="real_spending")
    index = pd.MultiIndex.from_frame(reported[["nis", "year"]].drop_duplicates())
    full = wide.reindex(index=index, columns=fields).fillna(0.0).rename_axis(columns="beleidsveld")
    return full.stack().rename("value").reset_index()
