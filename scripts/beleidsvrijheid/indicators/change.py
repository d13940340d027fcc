"""U4, U5, U6, U9: how a municipality's own spending changed between the periods, and between two windows without a reform."""

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


# Indicators of two compared compositions; the shares that replace zeros in the variants of U6 are of study.md section 4.
SHIFTS = {"portfolio_shift": portfolio_shift, "aitchison_shift": aitchison_shift}
VARIANTS = {"aitchison_shift_zero_0001": 0.0001, "aitchison_shift_zero_005": 0.005}


def compositions(
    spending: pd.DataFrame, windows: dict[str, list[int]], nis: list[str], cells: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """EUR before and after: two matrices, municipalities x cells of a basket. cells: stable code -> cell."""
    own = spending[spending["beleidsveld"].isin(cells.index)]
    own = own.assign(beleidsveld=own["beleidsveld"].map(cells))
    fields = sorted(cells.unique())
    pre, post = (period_totals(own, windows[name], nis, fields, "spending_eur").to_numpy() for name in ("pre", "post"))
    return pre, post


def basket_shifts(
    spending: pd.DataFrame, windows: dict[str, list[int]], nis: list[str], baskets: dict[str, pd.Series]
) -> pd.DataFrame:
    """U5, U6 and U9 per basket. baskets: name -> Series stable code -> cell of the basket (a domain, or the code itself).

    Shares are of nominal euros summed over the period, so no deflator enters.
    """
    parts = []
    for basket, cells in baskets.items():
        pre, post = compositions(spending, windows, nis, cells)
        values = {name: shift(pre, post) for name, shift in SHIFTS.items()}
        values |= {name: aitchison_shift(pre, post, share) for name, share in VARIANTS.items()}
        values["breadth"] = (post > 0).sum(axis=1).astype(float)
        parts += [
            _static(nis, basket, name, "post" if name == "breadth" else "pre_post", one) for name, one in values.items()
        ]
    return pd.concat(parts, ignore_index=True)


def other_shifts(
    spending: pd.DataFrame,
    windows: dict[str, list[int]],
    nis: list[str],
    baskets: dict[str, pd.Series],
    name: str,
    period: str,
) -> pd.DataFrame:
    """U5 and U6 between two other windows. name: how the ids are made, such as pre_{}."""
    parts = []
    for basket, cells in baskets.items():
        pre, post = compositions(spending, windows, nis, cells)
        parts += [_static(nis, basket, name.format(one), period, shift(pre, post)) for one, shift in SHIFTS.items()]
    return pd.concat(parts, ignore_index=True)


def _static(nis: list[str], beleidsveld: str, indicator: str, period: str, value: np.ndarray) -> pd.DataFrame:
    named = {"beleidsveld": beleidsveld, "indicator": indicator, "period": period, "value": value}
    return pd.DataFrame({"nis": nis, **named})


def signed_change(pre: pd.DataFrame, post: pd.DataFrame) -> pd.DataFrame:
    """ln post - ln pre per cell; missing unless both are positive."""
    return np.log(post.where(post > 0)) - np.log(pre.where(pre > 0))


def window_means(
    real: pd.DataFrame,
    windows: dict[str, list[int]],
    reported: pd.DataFrame,
    fields: list[str],
    value: str = "real_spending",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean a year before and after: two matrices, municipalities x fields.

    real: nis, beleidsveld, year and `value`. reported: nis x (pre, post), years reported. Means run over the reported
    years of a window; in those an absent field counts as 0. A municipality with a missing figure has none.
    """
    nis = list(reported.index)
    incomplete = real[real[value].isna()]["nis"].unique()
    means = [
        period_totals(real, windows[name], nis, fields, value).div(reported[name], axis=0) for name in ("pre", "post")
    ]
    for mean in means:
        mean.loc[mean.index.isin(incomplete)] = np.nan
    return means[0], means[1]


def field_changes(
    real: pd.DataFrame, windows: dict[str, list[int]], reported: pd.DataFrame, fields: list[str]
) -> pd.DataFrame:
    """U4, its sign, the lagged and the later level and the kept budget per field or basket; arguments of window_means."""
    pre, post = window_means(real, windows, reported, fields)
    change = pd.DataFrame(own_change(pre.to_numpy(), post.to_numpy()), index=pre.index, columns=pre.columns)
    positive = pre.where(pre > 0)
    return pd.concat(
        [
            _long(change, "own_change", "pre_post"),
            _long(signed_change(pre, post), "budget_change", "pre_post"),
            _long(np.log(positive), "lagged_spending", "pre"),
            _long(np.log(post.where(post > 0)), "log_spending_post", "post"),
            _long(post.where(post > 0), "real_spending_post", "post"),
            _long(post.where(post >= 0) / positive, "budget_kept", "pre_post"),
        ],
        ignore_index=True,
    )


def companions(
    real: pd.DataFrame,
    windows: dict[str, list[int]],
    reported: pd.DataFrame,
    fields: list[str],
    names: tuple[str, str | None],
    period: str,
) -> pd.DataFrame:
    """U4 between two other windows, under the first of `names`, and its signed form under the second where there is one."""
    change = signed_change(*window_means(real, windows, reported, fields))
    parts = [_long(change.abs(), names[0], period)]
    parts += [_long(change, names[1], period)] if names[1] else []
    return pd.concat(parts, ignore_index=True)


def halves(years: list[int]) -> tuple[list[int], list[int]]:
    """The first and the last half of a window, equally long; a year in the middle belongs to neither."""
    size = len(years) // 2
    return years[:size], years[len(years) - size :]
