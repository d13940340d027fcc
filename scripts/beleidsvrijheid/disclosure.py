"""Counts of persons that may be published: small cells withheld, the rest rounded, totals made of what is published.

Suppression before rounding before totals, as OpenSAFELY does. A cell of 1 to 4 persons is withheld, with as many others
(complementary suppression) as it takes that no row and no column has exactly one cell withheld; what is left is rounded
to multiples of five, and totals are sums of the rounded cells. So no withheld count follows from the published ones, nor
from two tables of which one leaves a few persons out (a differencing attack).
"""

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError

# ASSUME fewer than five persons are a small cell, and multiples of five hide a difference of one or two.
SMALLEST, BASE = 5, 5
TOTAL = "total"


def withheld(counts: np.ndarray, smallest: int = SMALLEST) -> np.ndarray:
    """Mask of the cells not to be published: the small ones, and those that would give them away.

    counts: rows x columns, whole numbers. Zero is published: nobody is in it. Where a row or column has one cell
    withheld its smallest other cell goes too, the largest number of cells withheld in its other direction first.
    """
    hidden = (counts > 0) & (counts < smallest)
    while True:
        lonely = [(0, at) for at in np.flatnonzero(hidden.sum(axis=1) == 1)]
        lonely += [(1, at) for at in np.flatnonzero(hidden.sum(axis=0) == 1)]
        found = [(axis, at) for axis, at in lonely if not (hidden[at] if axis == 0 else hidden[:, at]).all()]
        if not found:
            return hidden
        axis, at = found[0]
        line, own = (counts[at], hidden[at]) if axis == 0 else (counts[:, at], hidden[:, at])
        across = hidden.sum(axis=axis)  # a line that has cells withheld already needs no further ones
        order = np.lexsort((np.arange(len(line)), line, across == 0, line == 0, own))
        (hidden[at] if axis == 0 else hidden[:, at])[order[0]] = True


def rounded(counts: np.ndarray, base: int = BASE) -> np.ndarray:
    """Counts to the nearest multiple of the base, halves up."""
    return (counts + base // 2) // base * base


def protected(counts: pd.DataFrame, smallest: int = SMALLEST, base: int = BASE) -> pd.DataFrame:
    """The table as it may be published: <NA> where withheld, with a row and a column `total`.

    counts: persons, rows x columns, whole numbers from 0. A total is the sum of the published cells of its line, so that
    it says nothing of the withheld ones; what it leaves out is in no other cell. Raises StudyError on counts that are
    not whole numbers from 0, and on a line called `total`.
    """
    values = counts.to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any() or (values != np.round(values)).any():
        raise StudyError("counts of persons: a cell is not a whole number from 0; count again before publishing")
    if TOTAL in counts.index or TOTAL in counts.columns:
        raise StudyError(f"counts of persons: a line is called {TOTAL!r}, the name of the totals; call it otherwise")
    whole = values.astype("int64")
    hidden = withheld(whole, smallest)
    shown = np.where(hidden, 0, rounded(whole, base))
    table = pd.DataFrame(shown, counts.index, counts.columns).astype("Int64").mask(hidden)
    table[TOTAL] = pd.array(shown.sum(axis=1), "Int64")
    table.loc[TOTAL] = pd.array([*shown.sum(axis=0), shown.sum()], "Int64")
    return table
