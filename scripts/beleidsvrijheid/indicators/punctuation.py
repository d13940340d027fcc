"""U8: punctuation, the L-kurtosis of yearly percentage changes (Hosking 1990)."""

import numpy as np
import pandas as pd

LEAST_BASE = 1.0  # real EUR per inhabitant; changes from less are noise of booking
LEAST_CHANGES = 20


def percentage_changes(real: pd.DataFrame) -> pd.DataFrame:
    """Yearly changes in % per municipality and field: nis, beleidsveld, value.

    real: nis, beleidsveld, year, real_spending. Both years need a figure, and the first at least LEAST_BASE: a field that
    is absent in a year has no change into or out of it.
    """
    wide = real.pivot(index=["nis", "beleidsveld"], columns="year", values="real_spending").sort_index()
    years = [year for year in wide.columns if year - 1 in wide.columns]
    base, now = wide[[year - 1 for year in years]].to_numpy(), wide[years].to_numpy()
    base = np.where(base >= LEAST_BASE, base, np.nan)
    change = pd.DataFrame(100 * (now - base) / base, index=wide.index)
    return change.stack().dropna().rename("value").reset_index(level=[0, 1]).reset_index(drop=True)


def l_moments(values: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    """Sample L-moments per group by unbiased probability-weighted moments: index group; columns n, l1, l2, t3, t4.

    values: (n,) finite numbers; groups: (n,) labels. With x(1) <= ... <= x(n): b_r = 1/n sum_j C(j-1, r) / C(n-1, r) x(j),
    l2 = 2 b1 - b0, l3 = 6 b2 - 6 b1 + b0, l4 = 20 b3 - 30 b2 + 12 b1 - b0, t3 = l3 / l2, t4 = l4 / l2 (Hosking 1990,
    J. R. Stat. Soc. B 52(1), 105-124). Groups of fewer than four, or without variation, have no t3 and t4.
    """
    labels, code = np.unique(groups, return_inverse=True)
    order = np.lexsort((values, code))
    code, n = code[order], np.bincount(code)
    mean = np.bincount(code, values[order]) / n
    centred = values[order] - mean[code]  # l2 to l4 do not depend on the location; the sums are exacter around zero
    rank = np.arange(len(code)) - (np.cumsum(n) - n)[code]
    weight, b = np.ones(len(code)), []
    with np.errstate(invalid="ignore", divide="ignore"):
        for r in range(4):
            b.append(np.bincount(code, weight * centred) / n)
            weight = weight * (rank - r) / (n[code] - 1 - r)
        second = 2 * b[1] - b[0]
        third, fourth = 6 * b[2] - 6 * b[1] + b[0], 20 * b[3] - 30 * b[2] + 12 * b[1] - b[0]
        varied = (n >= 4) & (second > 0)
        ratios = [np.where(varied, moment / second, np.nan) for moment in (third, fourth)]
    return pd.DataFrame({"n": n, "l1": mean, "l2": second, "t3": ratios[0], "t4": ratios[1]}, index=labels)


def punctuation(changes: pd.DataFrame, by: str) -> pd.DataFrame:
    """tau4 of the changes pooled within `by` (nis or beleidsveld): that column, value; LEAST_CHANGES changes or more.

    A normal distribution has 0.1226; larger is stasis with bursts.
    """
    found = l_moments(changes["value"].to_numpy(float), changes[by].to_numpy(str))
    enough = found[(found["n"] >= LEAST_CHANGES) & found["t4"].notna()]
    return enough["t4"].rename("value").rename_axis(by).reset_index()
