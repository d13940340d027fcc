"""One estimator on one simulated design, replicated: bias, coverage of its interval, rejection where nothing is planted.

A quantity is a coefficient (must keep to the limits), a share (share, R2, Gini and the like: coverage is measured and
printed, no more) or a test (a p-value under its true null: rejection must keep to the limits; below them it is
conservative).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Refusal

CONFIDENCE, LIMITS, ALPHA = 0.95, 0.999, 0.05
COLUMNS = ["estimator", "design", "quantity", "kind", "truth", "replications", "bias", "bias_error", "coverage"]
COLUMNS += ["rejection", "low", "high", "verdict"]


class Found(NamedTuple):
    """What one replication says of one quantity; p is that of the null, NaN where none is tested."""

    estimate: float
    low: float
    high: float
    p_value: float = np.nan


def tested(p_value: float) -> Found:
    """What a test without an estimate found."""
    return Found(np.nan, np.nan, np.nan, float(p_value))


@dataclass(frozen=True)
class Case:
    """An estimator on a design.

    estimator: opens with its name in estimation.RUN where it has one. truth: quantity -> true value; tests: quantities
    that are p-values only, their null true. run: one replication, quantity -> Found. nulls: quantities with a truth
    whose null is true as well. kind: of the quantities with a truth, coefficient or share; shares: those of them that
    are shares whatever the kind.
    """

    estimator: str
    design: str
    truth: dict[str, float]
    run: Callable[[np.random.Generator], dict[str, Found]]
    nulls: tuple[str, ...] = ()
    kind: str = "coefficient"
    tests: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()

    def kind_of(self, name: str) -> str:
        """coefficient, share or test."""
        return "test" if name in self.tests else "share" if name in self.shares else self.kind


def from_table(table: pd.DataFrame, terms: dict[str, tuple[str, str]]) -> dict[str, Found]:
    """Quantity -> Found, from a table of coefficients. terms: quantity -> (equation, term)."""
    rows = list(zip(table["equation"], table["term"], strict=True))
    values = table[["estimate", "ci_low", "ci_high", "p_value"]].to_numpy(float)
    return {name: Found(*values[rows.index(key)]) for name, key in terms.items()}


def from_row(row: Mapping[str, object]) -> Found:
    """The Found of one row of a table of estimates."""
    return Found(*(float(row[column]) for column in ("estimate", "ci_low", "ci_high", "p_value")))


def replicate(case: Case, replications: int, seed: int, number: int) -> pd.DataFrame:
    """One row per quantity, columns COLUMNS. seed and number fix the random numbers of the case.

    A replication that the estimator refuses, or that has no value, is not counted in `replications`.
    """
    rng = np.random.default_rng([seed, number])
    found = [one for one in (_attempt(case, rng) for _ in range(replications)) if one is not None]
    rows = []
    for name in (*case.truth, *case.tests):
        values = np.array([one[name] for one in found], float).reshape(-1, len(Found._fields))
        rows.append(_tested(case, name, values) if name in case.tests else _estimated(case, name, values))
    return pd.DataFrame(rows, columns=COLUMNS)


def _attempt(case: Case, rng: np.random.Generator) -> dict[str, Found] | None:
    try:
        return case.run(rng)
    except Refusal:
        return None


def _estimated(case: Case, name: str, values: np.ndarray) -> dict[str, object]:
    values = values[np.isfinite(values[:, 0])]
    n, truth, kind = len(values), case.truth[name], case.kind_of(name)
    error = values[:, 0].std(ddof=1) / np.sqrt(n)
    low, high = limits(n, CONFIDENCE)
    coverage = float(((values[:, 1] <= truth) & (truth <= values[:, 2])).mean())
    is_null = name in case.nulls and np.isfinite(values[:, 3]).all()
    rejection = _rejection(values) if is_null else np.nan
    least, most = limits(n, ALPHA)
    within = low <= coverage <= high and (not is_null or least <= rejection <= most)
    verdict = "measured" if kind == "share" else "within" if within else "OUTSIDE"
    bias = values[:, 0].mean() - truth
    row = [case.estimator, case.design, name, kind, truth, n, bias, error, coverage, rejection, low, high, verdict]
    return dict(zip(COLUMNS, row, strict=True))


def _tested(case: Case, name: str, values: np.ndarray) -> dict[str, object]:
    values = values[np.isfinite(values[:, 3])]
    n, rejection = len(values), _rejection(values)
    low, high = limits(n, ALPHA)
    verdict = "conservative" if rejection < low else "within" if rejection <= high else "OUTSIDE"
    row = dict.fromkeys(COLUMNS, np.nan) | {"estimator": case.estimator, "design": case.design, "quantity": name}
    row |= {"kind": "test", "replications": n, "rejection": rejection, "low": low, "high": high}
    return row | {"verdict": verdict}


def _rejection(values: np.ndarray) -> float:
    """Share with p <= .05; permutation p-values reach .05 itself, give or take rounding."""
    return float((values[:, 3] <= ALPHA * (1 + 1e-12)).mean())


def limits(n: int, level: float) -> tuple[float, float]:
    """Exact binomial limits (99.9 %) of a proportion that is `level` in truth, from n replications."""
    from scipy.stats import binom

    tail = (1 - LIMITS) / 2
    return float(binom.ppf(tail, n, level) / n), float(binom.ppf(1 - tail, n, level) / n)
