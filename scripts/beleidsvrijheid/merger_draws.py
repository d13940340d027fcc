"""What simulated mergers do to allocation formulas (claim M2) and to the ranking of municipalities (claim M3).

Arrays throughout: n municipalities, D draws; `groups` (D, n) holds for each draw the position of the municipality that stands
for the unit each belongs to. A draw of named merges is one draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError

# Shares that must be equal are equal to this many decimals: what is left is rounding of the machine.
SHARE_DECIMALS = 15


@dataclass(frozen=True)
class Segments:
    """A formula by segments of inhabitants: from (k,) ascending, rate (k,), per inhabitant or not, with a maximum or inf."""

    starts: np.ndarray
    rates: np.ndarray
    per_inhabitant: bool
    maximum: float

    def amounts(self, people: np.ndarray) -> np.ndarray:
        """The amount of each municipality; no inhabitants, no amount."""
        rate = self.rates[np.searchsorted(self.starts, people, side="right") - 1]
        amount = np.minimum(rate * people if self.per_inhabitant else rate, self.maximum)
        return np.where(people > 0, amount, 0.0)


def read_segments(table: pd.DataFrame) -> dict[str, Segments]:
    """Rule -> its segments, from the reviewed table (texts): rule, from_inhabitants, rate, per_inhabitant, maximum.

    Raises StudyError on a rule whose segments do not begin at 0 or do not ascend.
    """
    rules = {}
    for rule, rows in table.groupby("rule", sort=True):
        starts = rows["from_inhabitants"].astype(float).to_numpy()
        if starts[0] != 0 or (np.diff(starts) <= 0).any():
            raise StudyError(
                f"inhabitant_segments.csv: {rule}: from_inhabitants must begin at 0 and ascend (is: {starts.tolist()})"
            )
        maximum = rows["maximum"].iloc[0]
        limit = float(maximum) if str(maximum).strip() else np.inf
        rates = rows["rate"].astype(float).to_numpy()
        rules[str(rule)] = Segments(starts, rates, rows["per_inhabitant"].iloc[0] == "true", limit)
    return rules


# Which municipalities merge


def named_groups(nis: Sequence[str], merges: Sequence[Sequence[str]]) -> np.ndarray:
    """(1, n): the position of the first member for members of a merge, its own for every other."""
    place = {code: number for number, code in enumerate(nis)}
    groups = np.arange(len(nis))
    for members in merges:
        positions = [place[code] for code in members]
        groups[positions] = min(positions)
    return groups[None, :]


def drawn_groups(n: int, pairs: np.ndarray, sets: int, draws: int, rng: np.random.Generator, where: str) -> np.ndarray:
    """(draws, n): in each draw `sets` disjoint pairs merge, taken in random order from `pairs` (m, 2).

    Raises StudyError where a draw does not find that many disjoint pairs.
    """
    groups = np.tile(np.arange(n), (draws, 1))
    for own in groups:
        taken, found = np.zeros(n, bool), 0
        for first, second in pairs[rng.permutation(len(pairs))]:
            if taken[first] or taken[second]:
                continue
            taken[[first, second]] = True
            own[[first, second]] = min(first, second)
            found += 1
            if found == sets:
                break
        if found < sets:
            raise StudyError(
                f"{where}.random.sets: {sets} pairs that do not overlap cannot be formed (a draw found {found}); "
                "choose fewer sets"
            )
    return groups


def neighbouring_pairs(nis: Sequence[str], neighbours: pd.DataFrame) -> np.ndarray:
    """(m, 2) positions of neighbours, each pair once, from a table nis, neighbour; pairs with a code not in `nis` are left out."""
    place = pd.Series(range(len(nis)), index=list(nis))
    both = pd.DataFrame({"a": neighbours["nis"].map(place), "b": neighbours["neighbour"].map(place)}).dropna()
    pairs = np.sort(both.to_numpy(int), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def summed(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(D, n): sums of `values` (n,) over each unit, at the position that stands for it; 0 elsewhere."""
    draws, n = groups.shape
    flat = (groups + n * np.arange(draws)[:, None]).ravel()
    return np.bincount(flat, weights=np.tile(values, draws), minlength=draws * n).reshape(draws, n)


def merged_units(groups: np.ndarray) -> np.ndarray:
    """(D, n): whether this position stands for a unit of several municipalities."""
    return summed(np.ones(groups.shape[1]), groups) > 1


# M2: shares of an additive base, and formulas by segments


def share_change(before: np.ndarray, after: np.ndarray, groups: np.ndarray) -> dict[str, np.ndarray]:
    """Shares of the merging municipalities before and after, and the largest gap between a unit's share and its parts' sum.

    before: amounts (n,). after: amounts per unit (D, n), 0 where no unit is. Returns arrays (D,): before, after, difference,
    largest_deviation. For amounts that add up all gaps are 0 (to rounding).
    """
    united = merged_units(groups)
    parts = summed(before / before.sum(), groups)
    shares = after / after.sum(axis=1, keepdims=True)
    total_before, total_after = (np.where(united, one, 0).sum(axis=1) for one in (parts, shares))
    gaps = np.where(united, np.abs(shares - parts), 0).max(axis=1)
    return {
        "before": total_before,
        "after": total_after,
        "difference": np.round(total_after - total_before, SHARE_DECIMALS) + 0.0,
        "largest_deviation": np.round(gaps, SHARE_DECIMALS),
    }


def segment_change(people: np.ndarray, segments: Segments, groups: np.ndarray) -> dict[str, np.ndarray]:
    """The total over all municipalities of a formula by segments, before and after, in the unit of the rule; arrays (D,)."""
    own = segments.amounts(people)
    after = segments.amounts(summed(people, groups))
    change = np.where(merged_units(groups), after - summed(own, groups), 0)
    total = own.sum()
    return {
        "before": np.full(len(groups), total),
        "after": total + change.sum(axis=1),
        "difference": change.sum(axis=1),
        "largest_deviation": np.abs(change).max(axis=1),
    }


# M3: who keeps their rank


def rank_correlations(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Spearman's correlation (mean ranks for ties) of `before` (n,) with each row of `after` (D, n); nan for a constant.

    Spearman (1904, 10.2307/1412159).
    """
    from scipy.stats import rankdata

    x, y = rankdata(before), rankdata(after, axis=1)
    x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt((x @ x) * (y * y).sum(axis=1))
    return np.divide(y @ x, spread, out=np.full(len(y), np.nan), where=spread > 0)


def of_largest_part(values: np.ndarray, people: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(D, n): the value of the most populous part of the unit that each municipality belongs to; on a tie the first."""
    ascending = np.lexsort((-np.arange(len(people)), people))
    ordered, standing = groups[:, ascending], np.empty(groups.shape)
    rows = np.arange(len(groups))[:, None]
    for column in range(ordered.shape[1]):  # one assignment a column: which of two writes is last is then not left open
        standing[rows[:, 0], ordered[:, column]] = values[ascending[column]]
    return standing[rows, groups]


def of_best_part(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(D, n): the lowest value (class 1 is the best equipped) among the parts of each municipality's unit."""
    lowest = np.full(groups.shape, np.inf)
    rows = np.broadcast_to(np.arange(len(groups))[:, None], groups.shape)
    np.minimum.at(lowest, (rows, groups), np.broadcast_to(values, groups.shape))
    return np.take_along_axis(lowest, groups, axis=1)


def in_classes(people: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds of inhabitants that make as many classes, as full as `classes` are, and the class of each (n,), 0 lowest.

    Nine classes keep ranks more easily than a count: this is the fair rival of a measure that comes in classes.
    """
    sizes = np.unique(-classes, return_counts=True)[1]  # the lowest class first
    ends = np.cumsum(sizes)[:-1]
    thresholds = np.sort(people)[ends]
    return thresholds, np.searchsorted(thresholds, people, side="right").astype(float)


def rank_stability(people: np.ndarray, classes: np.ndarray, groups: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Measure -> before: rank correlation of inhabitants, after: that of the measure, difference; arrays (D,).

    The rank correlation of a measure is Spearman's over the municipalities as they were, of its value before with that of the
    unit they are in after. centre_function_largest takes the class of the largest part, as for real mergers;
    centre_function_best that of the best equipped part, whose provisions the unit has; population_in_classes is the rival.
    """
    sums = np.take_along_axis(summed(people, groups), groups, axis=1)
    thresholds, own = in_classes(people, classes)
    inhabitants = rank_correlations(people, sums)
    measures = {
        "centre_function_largest": rank_correlations(classes, of_largest_part(classes, people, groups)),
        "centre_function_best": rank_correlations(classes, of_best_part(classes, groups)),
        "population_in_classes": rank_correlations(own, np.searchsorted(thresholds, sums, side="right").astype(float)),
    }
    return {
        name: {"before": inhabitants, "after": rho, "difference": rho - inhabitants} for name, rho in measures.items()
    }
