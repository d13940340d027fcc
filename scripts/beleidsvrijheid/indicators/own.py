"""Own indicators (section `own_indicators`) in the columns of the panel."""

from collections.abc import Iterable

import pandas as pd

from beleidsvrijheid.indicators.inputs import Inputs, rows, static_mean


def own_indicators(inputs: Inputs) -> Iterable[pd.DataFrame]:
    """One value per municipality as it is; of yearly values those of the periods, and their mean over the years before."""
    table = inputs.table("own_indicators")
    if table is None:
        return
    dated = table["year"].notna()
    yield rows(table[~dated])
    yearly = table[dated].astype({"year": "int64"})
    yield rows(yearly[yearly["year"].isin(inputs.windows.years)])
    for (indicator, beleidsveld), own in yearly.groupby(["indicator", "beleidsveld"], sort=True):
        yield rows(static_mean(own, inputs.windows.pre).assign(beleidsveld=beleidsveld), indicator, "pre")
