"""U4, U5, U6, U9: how a municipality's own spending changed between the periods."""

import numpy as np
import pandas as pd

# Fry, Fry & McLaren 2000 and study.md: zeros of a composition become this share before logs.
ZERO_SHARE = 0.0005


def period_totals(
    spending: pd.DataFrame, years: list[int], nis: list[str], fields: list[str], value: str
) -> pd.DataFrame:
    """Sum of `value` over the years: municipalities x fields. An absent field of a reporter is 0."""
    chosen = spending[spending["year"].isin(years)]
    totals = chosen.groupby(["nis", "beleidsveld"])[value].sum().unstack(fill_value=0.0)
    return totals.reindex(index=nis, columns=fields, fill_value=0.0)


def shares(totals: np.ndarray) -> np.ndarray:
    """Shares per row; a row with a negative sum or nothing at all is missing."""
    total = totals.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = totals / total
    result[(totals < 0).any(axis=1) | (total[:, 0] <= 0)] = np.nan
    return result


def portfolio_shift(pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """U5, 1/2 sum_s |w_s,post - w_s,pre| per row of totals (Duncan & Duncan 1955): 0 unchanged, 1 wholly other."""
    return np.abs(shares(post) - shares(pre)).sum(axis=1) / 2


def aitchison_shift(pre: np.ndarray, post: np.ndarray, zero_share: float = ZERO_SHARE) -> np.ndarray:
    """U6, Euclidean distance of centred log-ratios; zeros replaced multiplicatively (Martin-Fernandez et al. 2003)."""
    return np.sqrt(((_clr(shares(post), zero_share) - _clr(shares(pre), zero_share)) ** 2).sum(axis=1))


def _clr(composition: np.ndarray, zero_share: float) -> np.ndarray:
    zero = composition == 0
    scale = 1 - zero_share * zero.sum(axis=1, keepdims=True)
    logs = np.log(np.where(zero, zero_share, composition * scale))
    return logs - logs.mean(axis=1, keepdims=True)


def own_change(pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """U4, |ln mean post - ln mean pre|; missing unless both are positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.abs(np.log(post) - np.log(pre))
    return np.where((pre > 0) & (post > 0), change, np.nan)


def _long(matrix: pd.DataFrame, indicator: str, period: str) -> pd.DataFrame:
    stacked = matrix.rename_axis(index="nis", columns="beleidsveld").stack().rename("value").reset_index()
    return stacked.assign(indicator=indicator, period=period)


def basket_shifts(
    spending: pd.DataFrame, windows: dict[str, list[int]], nis: list[str], baskets: dict[str, pd.Series]
) -> pd.DataFrame:
    """U5, U6 and U9 per basket. baskets: name -> Series stable code -> cell of the basket (a domain, or the code itself).

    Shares are of nominal euros summed over the period, so no deflator enters.
    """
    parts = []
    for basket, cells in baskets.items():
        own = spending[spending["beleidsveld"].isin(cells.index)]
        own = own.assign(beleidsveld=own["beleidsveld"].map(cells))
        fields = sorted(cells.unique())
        pre, post = (
            period_totals(own, windows[name], nis, fields, "spending_eur").to_numpy() for name in ("pre", "post")
        )
        values = {
            "portfolio_shift": portfolio_shift(pre, post),
            "aitchison_shift": aitchison_shift(pre, post),
            "breadth": (post > 0).sum(axis=1).astype(float),
        }
        for indicator, column in values.items():
            parts.append(
                pd.DataFrame(
                    {
                        "nis": nis,
                        "beleidsveld": basket,
                        "indicator": indicator,
                        "period": "pre_post",
                        "value": column,
                    }
                )
            )
    result = pd.concat(parts, ignore_index=True)
    return result.assign(period=result["period"].where(result["indicator"] != "breadth", "post"))


def field_changes(
    real: pd.DataFrame, windows: dict[str, list[int]], reported: pd.DataFrame, fields: list[str]
) -> pd.DataFrame:
    """U4, the lagged level and the kept budget per field or basket.

    real: nis, beleidsveld, year, real_spending. reported: nis x (pre, post), years reported. Means run over the reported
    years of a window; in those an absent field counts as 0.
    """
    nis = list(reported.index)
    incomplete = real[real["real_spending"].isna()]["nis"].unique()
    means = {
        name: period_totals(real, windows[name], nis, fields, "real_spending").div(reported[name], axis=0)
        for name in ("pre", "post")
    }
    for mean in means.values():
        mean.loc[mean.index.isin(incomplete)] = np.nan
    pre, post = means["pre"], means["post"]
    change = pd.DataFrame(own_change(pre.to_numpy(), post.to_numpy()), index=pre.index, columns=pre.columns)
    positive = pre.where(pre > 0)
    return pd.concat(
        [
            _long(change, "own_change", "pre_post"),
            _long(np.log(positive), "lagged_spending", "pre"),
            _long(post.where(post >= 0) / positive, "budget_kept", "pre_post"),
        ],
        ignore_index=True,
    )
