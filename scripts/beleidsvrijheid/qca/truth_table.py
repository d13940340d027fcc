"""The truth table: every combination of conditions, its cases, and whether it is sufficient for the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.qca.set_relations import sufficiency

SUFFICIENT, NOT_SUFFICIENT, REMAINDER = "1", "0", "?"


@dataclass(frozen=True)
class TruthTable:
    """rows: per combination, a column per condition (0, 1), then n, consistency, pri, output; 2^k rows, first all absent.

    n counts cases with membership above .5. output: "1" sufficient, "0" not, "?" remainder (fewer cases than the frequency
    cutoff). undecided: per condition, cases at exactly .5, which belong to no combination.
    """

    conditions: tuple[str, ...]
    rows: pd.DataFrame
    undecided: dict[str, int]

    def configurations(self, output: str) -> list[tuple[int, ...]]:
        """Combinations with an output, in order."""
        return combinations(self.rows.loc[self.rows["output"] == output, list(self.conditions)])


def combinations(rows: pd.DataFrame) -> list[tuple[int, ...]]:
    """Rows of 0 and 1 as tuples."""
    return [tuple(int(value) for value in row) for row in rows.to_numpy()]


def term_membership(memberships: np.ndarray, term: Sequence[int | None]) -> np.ndarray:
    """Membership of n cases in a conjunction; memberships: n x k; term: per condition 1, 0 or None (does not matter)."""
    found = np.ones(len(memberships))
    for place, literal in enumerate(term):
        if literal is not None:
            column = memberships[:, place]
            found = np.minimum(found, column if literal else 1 - column)
    return found


def truth_table(
    memberships: pd.DataFrame, outcome: np.ndarray, inclusion: float, pri: float, frequency: int
) -> TruthTable:
    """The truth table of fuzzy memberships (n x k) in conditions and of `outcome` (n).

    A combination with at least `frequency` cases is sufficient where its consistency is at least `inclusion` and its PRI at
    least `pri`. Ragin (2008, chapter 7).
    """
    conditions = tuple(memberships.columns)
    values = memberships.to_numpy(float)
    k = len(conditions)
    rows = []
    for number in range(2**k):
        combination = tuple(number >> (k - 1 - place) & 1 for place in range(k))
        inside = term_membership(values, combination)
        fit, n = sufficiency(inside, outcome), int((inside > 0.5).sum())
        reaches = fit["consistency"] >= inclusion and fit["pri"] >= pri
        output = REMAINDER if n < frequency else SUFFICIENT if reaches else NOT_SUFFICIENT
        rows.append((*combination, n, fit["consistency"], fit["pri"], output))
    table = pd.DataFrame(rows, columns=[*conditions, "n", "consistency", "pri", "output"])
    at_half = {name: int((values[:, place] == 0.5).sum()) for place, name in enumerate(conditions)}
    return TruthTable(conditions, table, {name: count for name, count in at_half.items() if count})
