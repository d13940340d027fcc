"""Whether floats hold enough digits of what varies in a column.

1000000000000.4 is held to 0.0001: where only the decimals vary, few digits of their variation are left before anything is
computed, and no solver brings them back (NIST's SmLs07-09).
"""

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Refusal

# Largest rounding error of a figure, as a share of the column's standard deviation.
HELD = 1e-6
TOLD = "{name}: figures up to {size:.3g} that vary by {spread:.3g}, too few digits of which a float holds; subtract a constant"


def lost_digits(values: np.ndarray) -> np.ndarray:
    """True for each column (of n x m) of which a float holds fewer than six digits of the variation.

    Whole numbers up to 2^53 are held exactly, however large they are, and so are columns that do not vary.
    """
    return np.array([_has_lost_digits(np.ascontiguousarray(column)) for column in values.T], dtype=bool)


def _has_lost_digits(column: np.ndarray) -> bool:
    size = max(column.max(), -column.min())
    if not np.spacing(size) / 2 > HELD * column.std():
        return False
    is_whole = size < 2.0**53 and (column == np.round(column)).all()
    return bool(np.ptp(column) > 0 and not is_whole)


def check_digits(outcome: np.ndarray, regressors: pd.DataFrame) -> None:
    """Raise Refusal naming the first column of which too few digits are held. outcome: n; regressors: n x k."""
    values = np.column_stack([outcome, regressors.to_numpy(float)])
    for place in np.flatnonzero(lost_digits(values)):
        column, name = values[:, place], ["the outcome", *regressors.columns][place]
        raise Refusal(TOLD.format(name=name, size=np.abs(column).max(), spread=column.std()))
