"""F1: how closely does an outcome go with each indicator? Spearman and Pearson, given controls where there are any."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import draw_counts, equivalence, inference_table
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.ranks import partial_correlations, weighted_correlations, weighted_ranks
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

KINDS = ("spearman", "pearson")
COVARIANCE = (
    "bootstrap over municipalities, ranks drawn anew, {draws} draws; "
    "bias-corrected (BC) intervals and the p-values that agree with them; equivalence by Fisher's z"
)


def correlations(
    outcome: np.ndarray,
    indicators: pd.DataFrame,
    controls: pd.DataFrame,
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> Fit:
    """Equations spearman and pearson, a term per indicator: (partial) correlations with the outcome, BC intervals.

    outcome: n; indicators: n x k; controls: n x c, partialled out of both (of their ranks for spearman). Raises Refusal
    where a column or the outcome does not vary or fewer than four rows are left beside the controls.
    """
    table = pd.concat([indicators, controls], axis=1)
    _check(outcome, table, controls.shape[1])
    values = np.column_stack([outcome, table.to_numpy(float)])
    counts = np.vstack([np.ones(len(values)), draw_counts(len(values), draws, rng)])
    given = list(range(1 + indicators.shape[1], values.shape[1]))
    rows = []
    for kind in KINDS:
        own = (
            np.stack([weighted_ranks(column, counts) for column in values.T], axis=2) if kind == "spearman" else values
        )
        matrices = weighted_correlations(own, counts)
        for place, name in enumerate(indicators.columns, start=1):
            found = partial_correlations(matrices, 0, place, given)
            rows.append(bootstrapped_row(kind, name, found[0], found[1:], confidence, 0.0) | {"standardised": found[0]})
    return Fit(estimates_table(rows), len(values), len(values), COVARIANCE.format(draws=draws), len(values))


def _check(outcome: np.ndarray, table: pd.DataFrame, n_controls: int) -> None:
    if len(outcome) - n_controls < 5:
        raise Refusal(f"{len(outcome)} rows for a correlation beside {n_controls} controls")
    if np.ptp(outcome) == 0:
        raise Refusal("the outcome has the same value in every row")
    for name in table.columns:
        if np.ptp(table[name].to_numpy(float)) == 0:
            raise Refusal(f"{name} has the same value in every row")


def correlation_equivalence(
    term: str, value: float, n: int, n_controls: int, kind: str, bound: float, alpha: float
) -> dict[str, object]:
    """Two one-sided tests of |rho| < bound on Fisher's z scale; one row of INFERENCE_COLUMNS, critical as a correlation.

    The variance of z is 1 / (n - 3 - controls); for Spearman times 1 + rho^2 / 2 (Bonett & Wright 2000,
    10.1007/BF02294183).
    """
    spread = np.sqrt((1 + value**2 / 2 if kind == "spearman" else 1.0) / (n - 3 - n_controls))
    row = equivalence(term, np.arctanh(value), spread, np.inf, np.arctanh(bound), alpha)
    return row | {"estimate": value, "bound": bound, "critical": float(np.tanh(row["critical"]))}


def estimate_correlation(task: Task) -> Estimation:
    """Correlations of one outcome with every indicator of the blocks, at each configured bound of equivalence."""
    sample = task.sample()
    outcome, regressors = parts(sample)
    with ledger_kept(sample.ledger):
        indicators, controls = regressors[sample.block_columns], regressors[sample.controls]
        fit = correlations(outcome, indicators, controls, task.draws, task.confidence, task.rng)
    bounds = task.settings["equivalence"]["coefficient_bounds"]
    tests = tests_of_bootstrapped(fit, "correlation", missing=["r2_non_inferiority"])
    rows = _equivalence_rows(fit, len(outcome), controls.shape[1], bounds, task.alpha)
    return finished(sample, fit, inference_table([*tests.to_dict("records"), *rows]))


def _equivalence_rows(
    fit: Fit, n: int, n_controls: int, bounds: Sequence[float], alpha: float
) -> list[dict[str, object]]:
    return [
        correlation_equivalence(f"{row.equation}:{row.term}", row.estimate, n, n_controls, row.equation, bound, alpha)
        for bound in bounds
        for row in fit.coefficients.itertuples()
    ]
