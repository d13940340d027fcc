"""U2: how far a municipality is from the other members of its Belfius cluster."""

import numpy as np
import pandas as pd


def peer_deviation(real: pd.DataFrame, clusters: pd.Series) -> pd.DataFrame:
    """|ln y - mean of ln y over the other members of the cluster| per municipality, field and year.

    real: nis, beleidsveld, year, real_spending (positive figures only enter). clusters: cluster by nis.
    A municipality alone in its cluster, field and year has no peers and no value.
    """
    own = real[real["real_spending"] > 0].copy()
    own["log"] = np.log(own["real_spending"])
    own["cluster"] = own["nis"].map(clusters)
    own = own.dropna(subset=["cluster"])
    group = own.groupby(["cluster", "beleidsveld", "year"])["log"]
    total, members = group.transform("sum"), group.transform("size")
    with np.errstate(invalid="ignore", divide="ignore"):
        others = (total - own["log"]) / (members - 1)
    value = (own["log"] - others).abs().where(members > 1)
    result = own[["nis", "beleidsveld", "year"]].assign(indicator="peer_deviation", value=value)
    return result.dropna(subset=["value"])


def basket_mean(deviations: pd.DataFrame, members: list[str], basket: str) -> pd.DataFrame:
    """Mean deviation over the fields of a basket, per municipality and year."""
    chosen = deviations[deviations["beleidsveld"].isin(members)]
    mean = chosen.groupby(["nis", "year"], sort=True)["value"].mean().reset_index()
    return mean.assign(beleidsveld=basket, indicator="peer_deviation")
