"""Classes of a map: limits that are printed as they are used."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_DECIMALS = 8


@dataclass(frozen=True)
class Classes:
    """lower: (k,) lower limit of each class, which belongs to it; the first is that of the whole scale.

    upper: that of the whole scale. decimals: of all limits; they were rounded before anything was classed. kind: quantile,
    equal, breaks, or values (every value a class of its own). is_diverging: zero is a limit and both sides have values.
    """

    lower: tuple[float, ...]
    upper: float
    decimals: int
    kind: str
    is_diverging: bool

    def of(self, values: np.ndarray) -> np.ndarray:
        """(n,) class number of each value (n,), from 0; none may be missing."""
        return np.clip(np.searchsorted(np.array(self.lower), values, side="right") - 1, 0, len(self.lower) - 1)


def classes_of(values: np.ndarray, scheme: str, n: int, breaks: Sequence[float] = ()) -> Classes:
    """At most n classes of values (m,), m > 0, none missing.

    scheme: quantile (as many municipalities in each), equal (as wide), breaks (inner limits given). Values of both signs get
    as many classes below zero as above, by their size regardless of sign. With no more than n different values each is a
    class of its own.
    """
    values = np.asarray(values, float)
    low, high = float(values.min()), float(values.max())
    both_signs = low < 0 < high
    if scheme == "breaks":
        inner = [float(one) for one in breaks]
        decimals = max(_decimals_of(one) for one in inner)
        ends = min(low, inner[0]), max(high, inner[-1])
        return _rounded(inner, ends, decimals, scheme, both_signs and 0.0 in inner)
    distinct = np.unique(values)
    if len(distinct) <= n:
        decimals = max(_decimals_of(one) for one in distinct)
        return Classes(tuple(distinct.tolist()), high, decimals, "values", False)
    if both_signs:
        size = np.unique(_inner(np.abs(values), scheme, max(n // 2, 1), 0.0))
        inner, extreme = [*-size[::-1], 0.0, *size], float(np.abs(values).max())
        low, high = -extreme, extreme
    else:
        inner = list(np.unique(_inner(values, scheme, n, low)))
    gaps = np.diff(np.unique([low, *inner, high]))
    return _rounded(inner, (low, high), _decimals_for(float(gaps[gaps > 0].min())), scheme, both_signs)


def _inner(values: np.ndarray, scheme: str, n: int, low: float) -> np.ndarray:
    """n - 1 inner limits of values that begin at `low`."""
    steps = np.arange(1, n) / n
    return np.quantile(values, steps) if scheme == "quantile" else low + steps * (values.max() - low)


def _rounded(
    inner: Sequence[float], ends: tuple[float, float], decimals: int, kind: str, is_diverging: bool
) -> Classes:
    """Limits as they are printed, outer ones outwards, each once."""
    unit = 10.0**-decimals
    low, high = (round(turn(end / unit) * unit, decimals) for turn, end in zip((np.floor, np.ceil), ends, strict=True))
    told = sorted({round(float(one), decimals) + 0.0 for one in inner})
    if kind != "breaks":
        told = [one for one in told if low < one < high]
    return Classes((low, *told), high, decimals, kind, is_diverging)


def _decimals_for(gap: float) -> int:
    """Decimals by which rounding moves no limit by more than a tenth of the smallest class."""
    return int(np.clip(np.ceil(-np.log10(gap / 5)), 0, MOST_DECIMALS))


def _decimals_of(value: float) -> int:
    """Decimals that a number has."""
    return next((d for d in range(MOST_DECIMALS) if abs(round(value, d) - value) < 1e-9), MOST_DECIMALS)
