"""Where each municipality lies among others, for all municipalities at once."""

from dataclasses import dataclass

import pandas as pd

QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Place:
    """n: municipalities of the group with a value, this one included. percent: None where they are too few, or it has no value."""

    n: int
    percent: float | None


def percentiles(values: pd.Series, groups: pd.Series, minimum: int) -> pd.DataFrame:
    """Of the other members of its group, the percentage with a lower value; equal values count half.

    values, groups: by nis; NaN for no value or no group. Returns n and percent by nis: percent is NaN in a group with fewer
    than `minimum` values, n is of the group whether or not the municipality has a value.
    """
    known = values.dropna()
    group = groups.reindex(known.index)
    percent = 100 * (known.groupby(group).rank() - 1) / (known.groupby(group).transform("size") - 1)
    return _placed(percent, known, groups, minimum)


def shares(values: pd.Series, groups: pd.Series, minimum: int) -> pd.DataFrame:
    """As `percentiles`, for what is 0 or 1: the percentage of the group that has 1, for every member with a group."""
    known = values.dropna()
    means = 100 * known.groupby(groups.reindex(known.index)).mean()
    return _placed(groups.map(means), known, groups, minimum)


def _placed(percent: pd.Series, known: pd.Series, groups: pd.Series, minimum: int) -> pd.DataFrame:
    n = groups.map(known.groupby(groups.reindex(known.index)).size()).fillna(0).astype(int)
    return pd.DataFrame({"n": n, "percent": percent.reindex(groups.index).where(n >= minimum)})


def bands(series: pd.DataFrame, groups: pd.Series, minimum: int) -> dict[object, tuple[tuple[float, ...], ...]]:
    """Quartiles by year of each group that is large enough in some year: group -> lower quartile, median, upper quartile.

    series: municipality x year. NaN in years with fewer than `minimum` values.
    """
    found = {}
    for group, rows in series.groupby(groups.reindex(series.index)):
        enough = rows.notna().sum() >= minimum
        if enough.any():
            quartiles = rows.quantile(list(QUARTILES)).where(enough, axis=1)
            found[group] = tuple(tuple(row) for row in quartiles.to_numpy(float).tolist())
    return found
