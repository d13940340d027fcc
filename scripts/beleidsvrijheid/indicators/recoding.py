"""Re-coding flags: a reformed field that fell while a neighbour rose by about as much (study.md section 6, 5)."""

import numpy as np
import pandas as pd

FALL = 0.25  # of the level before
SIMILAR = (0.75, 1.25)  # rise of the neighbour over the fall
LEAST_FALL = 1.0  # real EUR per inhabitant


def recoding_flag(pre: pd.DataFrame, post: pd.DataFrame, domains: pd.Series, reformed: list[str]) -> pd.Series:
    """Number of reformed fields per municipality that fell by more than FALL while a neighbour rose about as much.

    pre, post: nis x stable field, mean real EUR per inhabitant, an absent field 0. domains: domain by field; neighbours
    are the other fields of the domain. "About as much": SIMILAR times the fall, which is at least LEAST_FALL.
    """
    before, after = pre.to_numpy(), post.to_numpy()
    change = after - before
    fields = list(pre.columns)
    count = np.zeros(len(pre))
    for field in [name for name in reformed if name in fields]:
        at = fields.index(field)
        near = [place for place, name in enumerate(fields) if domains[name] == domains[field] and place != at]
        fall = -change[:, at]
        fell = (before[:, at] > 0) & (fall > FALL * before[:, at]) & (fall >= LEAST_FALL)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = change[:, near] / fall[:, None]
        count += fell & ((ratio >= SIMILAR[0]) & (ratio <= SIMILAR[1])).any(axis=1)
    missing = np.isnan(before).any(axis=1) | np.isnan(after).any(axis=1)
    return pd.Series(np.where(missing, np.nan, count), index=pre.index, name="value")
