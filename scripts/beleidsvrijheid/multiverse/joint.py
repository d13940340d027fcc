"""What all cells of a multiverse say together, against draws of all of them under the null.

Simonsohn, Simmons & Nelson (2020, 10.1038/s41562-020-0912-z): the median effect, the share of significant estimates in
the expected direction, and Stouffer's Z over cells, each against its own draws, so that cells may depend on each other
in any way. Per cell, step-down min-p (Westfall & Young 1993, Resampling-Based Multiple Testing; Romano & Wolf 2005,
10.1198/016214504000000539) keeps the chance of any false rejection.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.multiplicity import romano_wolf
from beleidsvrijheid.multiverse.permutation import Drawn

JOINT_COLUMNS = ["test", "estimate", "critical", "p_value", "draws", "n_specifications"]
SIGNS = {"positive": 1, "negative": -1}
_TIE = 1e-12
_SMALLEST = 1e-300


def stacked(parts: Sequence[Drawn]) -> Drawn:
    """Draws of the cells of several universes beside each other; all from the same keys or weights."""
    if len({len(part.statistics) for part in parts}) > 1:
        raise StudyError("joint tests: universes with different numbers of draws; draw all of them from the same keys")
    moved = [part.movable for part in parts if part.movable is not None]
    return Drawn(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("statistic", "df")),
        *(np.hstack([getattr(part, name) for part in parts]) for name in ("statistics", "standardised")),
        [note for part in parts for note in part.notes],
        [reason for part in parts for reason in part.reasons],
        min(moved) if moved else None,
    )


def joint_tests(drawn: Drawn, standardised: np.ndarray, expected: str, alpha: float = 0.05) -> pd.DataFrame:
    """Median, share significant and Stouffer of the cells that have draws: rows of JOINT_COLUMNS.

    standardised: observed slopes, S. expected: positive or negative; all three are one-sided in that direction, with
    median and Z turned so that larger is more as expected. critical: the 1 - alpha quantile of the draws. p_value: (1 +
    draws at least as large) / (draws + 1). Raises StudyError on another sign, Refusal where no cell has draws.
    """
    if expected not in SIGNS:
        raise StudyError(f"multiverse.expected: {expected!r}; allowed: {', '.join(SIGNS)}")
    kept = usable(drawn)
    if not kept.any():
        raise Refusal("joint tests: no specification has draws")
    sign, df = SIGNS[expected], drawn.df[kept]
    t, t_drawn = sign * drawn.statistic[kept], sign * drawn.statistics[:, kept]
    slopes, slopes_drawn = sign * standardised[kept], sign * drawn.standardised[:, kept]
    limit = _critical(df, alpha)
    found = {
        "median": (np.median(slopes), np.median(slopes_drawn, axis=1)),
        "share_significant": ((t > limit).mean(), (t_drawn > limit).mean(axis=1)),
        "stouffer": (stouffer(t, df), stouffer(t_drawn, df)),
    }
    rows = []
    for test, (estimate, draws) in found.items():
        above = int((draws >= estimate - _TIE * abs(estimate)).sum())
        value = float(sign * estimate if test == "median" else estimate)
        critical = float(np.quantile(draws, 1 - alpha)) * (sign if test == "median" else 1)
        rows.append([test, value, critical, (above + 1) / (len(draws) + 1), len(draws), int(kept.sum())])
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def usable(drawn: Drawn) -> np.ndarray:
    """Cells with a statistic and finite draws."""
    return np.isfinite(drawn.statistic) & np.isfinite(drawn.statistics).all(axis=0)


def _critical(df: np.ndarray, alpha: float) -> np.ndarray:
    from scipy.special import stdtrit

    return stdtrit(np.minimum(df, 1e10), 1 - alpha / 2)


def stouffer(statistics: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Sum of the cells' z, over the root of their number; z has the tail probability of t. Last axis: cells."""
    from scipy.special import ndtri, stdtr

    size = -np.abs(statistics)
    # From the lower tail, where small probabilities keep their digits.
    z = -ndtri(np.maximum(stdtr(df, size), _SMALLEST)) * np.sign(statistics)
    return z.sum(axis=-1) / np.sqrt(statistics.shape[-1])


def minimum_p(
    statistics: np.ndarray, drawn: np.ndarray, df: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """Family-wise p per cell: step-down min-p over all cells, or within each group; S values.

    statistics: t, S; drawn: B x S; df: S. A cell without finite draws is NaN and not counted. The smallest is the p of
    "no cell has an effect". groups: codes or names per cell.
    """
    statistics, drawn = np.asarray(statistics, float), np.asarray(drawn, float)
    kept = np.isfinite(statistics) & np.isfinite(drawn).all(axis=0)
    groups = np.zeros(len(statistics), int) if groups is None else np.asarray(groups)
    result = np.full(len(statistics), np.nan)
    for group in np.unique(groups[kept]):
        own = np.flatnonzero(kept & (groups == group))
        result[own] = romano_wolf(*_evidence(statistics[own], drawn[:, own], np.asarray(df, float)[own]))
    return result


def minimum_p_of_groups(
    statistics: np.ndarray, drawn: np.ndarray, df: np.ndarray, groups: np.ndarray
) -> dict[object, float]:
    """Family-wise p per group (an outcome, a field): step-down over groups, each by the smallest p of its cells."""
    statistics, drawn, groups = np.asarray(statistics, float), np.asarray(drawn, float), np.asarray(groups)
    kept = np.isfinite(statistics) & np.isfinite(drawn).all(axis=0)
    if not kept.any():
        raise Refusal("joint tests: no specification has draws")
    size, size_drawn = _evidence(statistics[kept], drawn[:, kept], np.asarray(df, float)[kept])
    names = np.unique(groups[kept])
    own = [groups[kept] == name for name in names]
    largest = np.array([size[members].max() for members in own])
    adjusted = romano_wolf(largest, np.column_stack([size_drawn[:, members].max(axis=1) for members in own]))
    return dict(zip(names.tolist(), adjusted.tolist(), strict=True))


def _evidence(statistics: np.ndarray, drawn: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Larger where p is smaller: |t| where all cells have the same degrees of freedom, else minus the logarithm of p."""
    from scipy.special import stdtr

    if len(df) and (df == df[0]).all():
        return np.abs(statistics), np.abs(drawn)
    return tuple(-np.log(np.maximum(2 * stdtr(df, -np.abs(part)), _SMALLEST)) for part in (statistics, drawn))


def null_band(drawn: np.ndarray, coverage: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the sorted curve under the null, per rank from the smallest: S and S. drawn: B x S slopes."""
    ordered = np.sort(drawn, axis=1)
    tail = (1 - coverage) / 2
    low, high = np.quantile(ordered, [tail, 1 - tail], axis=0)
    return low, high
