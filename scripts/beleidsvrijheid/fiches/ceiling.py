"""The place of a municipality under the ceiling: the highest quantile of used freedom that is expected at its scale."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.publication import INTERCEPTS, Result

SCALE = "log_population"


@dataclass(frozen=True)
class Ceiling:
    """value: of the municipality, None where it has none. expected: the line at its scale. is_in: the model was fitted on it."""

    population: float
    value: float | None
    expected: float
    is_in: bool


@dataclass(frozen=True)
class CeilingModel:
    """A quantile model of one outcome on ln inhabitants, as estimated.

    lines: quantile -> (intercept, slope), highest first. interval: of the slope of the highest. sizes: ln inhabitants by
    nis. outcomes: by nis. members: nis of the sample.
    """

    outcome: str
    beleidsveld: str
    lines: Mapping[float, tuple[float, float]]
    interval: tuple[float, float]
    sizes: pd.Series
    outcomes: pd.Series
    members: tuple[str, ...]

    @property
    def highest(self) -> float:
        """The highest quantile: the ceiling."""
        return next(iter(self.lines))

    def of(self, nis: str) -> Ceiling | None:
        """None where the number of inhabitants is not known."""
        if nis not in self.sizes.index:
            return None
        start, slope = self.lines[self.highest]
        size = float(self.sizes[nis])
        value = float(self.outcomes[nis]) if nis in self.outcomes.index else None
        return Ceiling(math.exp(size), value, start + slope * size, nis in self.members)


def read_ceiling(result: Result, panel: pd.DataFrame, excluded: Mapping[str, Sequence[str]]) -> CeilingModel | None:
    """The model from its result files; None where it was refused.

    excluded: outlier rule -> nis, of which the specification's own rules are left out of the sample.
    """
    if result.refused:
        return None
    levels = sorted(
        (
            float(found[1])
            for one in set(result.estimates["equation"])
            if (found := re.fullmatch(r"quantile_(0?\.\d+)", one))
        ),
        reverse=True,
    )
    lines = {}
    for level in levels:
        slope = result.row(f"quantile_{level:g}", SCALE)
        start = next(row for name in INTERCEPTS if (row := result.row(f"quantile_{level:g}", name)) is not None)
        lines[level] = (float(start["estimate"]), float(slope["estimate"]))
    top = result.row(f"quantile_{levels[0]:g}", SCALE)
    outcome, beleidsveld = result.settings["outcome"], result.settings.get("beleidsveld") or ""
    sizes = values_of(panel, SCALE, "", yearly=False).set_index("nis")["value"].dropna()
    outcomes = values_of(panel, outcome, beleidsveld, yearly=False).set_index("nis")["value"].dropna()
    gone = {
        nis for rule in (result.settings.get("sample") or {}).get("exclude") or [] for nis in excluded.get(rule, [])
    }
    members = tuple(sorted(set(sizes.index) & set(outcomes.index) - gone))
    interval = float(top["ci_low"]), float(top["ci_high"])
    return CeilingModel(outcome, beleidsveld, lines, interval, sizes, outcomes, members)
