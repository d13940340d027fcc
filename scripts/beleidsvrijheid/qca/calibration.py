"""From values to set membership: the direct method of calibration."""

import math
from collections.abc import Sequence

import numpy as np

from beleidsvrijheid.errors import StudyError

FULL_IN = 0.95  # membership at the anchor of full membership; 0.05 at that of full non-membership


def calibrate(
    values: np.ndarray, anchors: Sequence[float], key: str = "anchors", *, is_logged: bool = False
) -> np.ndarray:
    """Membership between 0 and 1 by Ragin's direct method (2008, chapter 5): log-odds linear on either side of the crossover.

    anchors: full non-membership (.05), crossover (.5), full membership (.95), rising or falling. is_logged: the values are
    natural logarithms and the anchors are not. No membership is rounded to 0 or 1 (QCA with R does beyond .0001 and .9999).
    Raises StudyError, naming `key`, on anchors out of order or without a logarithm.
    """
    wrong = f"{key}: {list(anchors)}; allowed: full out, crossover, full in, each beyond the one before"
    if len(anchors) != 3 or (is_logged and min(anchors) <= 0):
        raise StudyError(wrong + (" and above zero, as logarithms are taken" if is_logged else ""))
    out, cross, full = (math.log(anchor) if is_logged else float(anchor) for anchor in anchors)
    if not (out < cross < full or out > cross > full):
        raise StudyError(wrong)
    values = np.asarray(values, float)
    is_in = (values >= cross) == (full > cross)
    log_odds = math.log(FULL_IN / (1 - FULL_IN)) * np.where(
        is_in, (values - cross) / (full - cross), (values - cross) / (cross - out)
    )
    with np.errstate(over="ignore"):  # far below the anchors: membership 0
        return 1 / (1 + np.exp(-log_odds))
