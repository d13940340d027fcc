"""Rows of results/inference that estimators share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import (
    INFERENCE_COLUMNS,
    bootstrap_p,
    draw_counts,
    equivalence,
    inference_table,
    not_applicable,
    r2_non_inferiority,
)
from beleidsvrijheid.models.fit import Fit
from beleidsvrijheid.models.resampling import slope_draws
from beleidsvrijheid.models.sample import Sample

RESAMPLED = "bootstrap over municipalities"


def r2_rows(r2: float, n: int, k: int, bounds: Mapping[str, Any]) -> list[dict[str, object]]:
    """Non-inferiority of R2 at every configured bound."""
    rows = []
    for bound in bounds["r2_bounds"]:
        test = r2_non_inferiority(r2, n, k, bound, bounds["alpha"])
        values = ["r2_non_inferiority", "blocks", bound, r2, test.statistic, test.critical, test.p_value]
        rows.append(dict(zip(INFERENCE_COLUMNS, [*values, test.power, test.verdict], strict=True)))
    return rows


def r2_bootstrap_row(r2: float, drawn: np.ndarray, bound: float, alpha: float) -> dict[str, object]:
    """Is R2 smaller than `bound`, by bias-corrected draws of municipalities? critical: the one-sided upper end.

    p: share of draws at or above the bound, (b + 1) / (B + 1).
    """
    p_value = (1 + (drawn >= bound).sum()) / (len(drawn) + 1)
    row = dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {"test": "r2_bootstrap", "term": "blocks", "bound": bound}
    verdict = "smaller than bound" if p_value < alpha else "not smaller than bound"
    upper = float(np.quantile(drawn, 1 - alpha))
    return row | {"estimate": r2, "critical": upper, "p_value": float(p_value), "verdict": verdict}


def equivalence_rows(fit: Fit, sample: Sample, bounds: Mapping[str, Any]) -> list[dict[str, object]]:
    """Equivalence of every standardised block coefficient at every configured bound."""
    table = fit.coefficients.set_index("term").loc[sample.block_columns]
    spread = sample.frame[sample.block_columns].std() / sample.frame[sample.outcome].std()
    errors = table["std_error"] * spread
    return [
        equivalence(term, table.at[term, "standardised"], errors[term], fit.df, bound, bounds["alpha"])
        for bound in bounds["coefficient_bounds"]
        for term in sample.block_columns
    ]


def bootstrap_rows(fit, outcome, design, units, sample: Sample, draws: int, rng) -> list[dict[str, object]]:
    """p of each block column from resampled municipalities; design: the regressors, scaled, before other columns."""
    names = sample.regressors
    counts = draw_counts(units.max() + 1, draws, rng)
    point = slope_draws(outcome, design, units, np.ones((1, units.max() + 1)))[0]
    drawn = slope_draws(outcome, design, units, counts)
    p_values = bootstrap_p(point, drawn, 0.0)
    table = fit.coefficients.set_index("term")
    return [
        bootstrap_row(term, table.at[term, "estimate"], table.at[term, "statistic"], p_values[names.index(term)])
        for term in sample.block_columns
    ]


def bootstrap_row(term: str, value: float, statistic: float, p_value: float, null: float = 0.0) -> dict[str, object]:
    """One bootstrap test of a term against `null`."""
    row = dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {"test": "bootstrap", "term": term, "verdict": RESAMPLED}
    return row | {"estimate": value, "statistic": statistic, "bound": null, "p_value": p_value}


OF_LEAST_SQUARES = ("r2_non_inferiority", "equivalence")


def not_least_squares(estimator: str, tests: Sequence[str] = OF_LEAST_SQUARES) -> list[dict[str, object]]:
    """Tests that only least squares on one row per municipality has, as not applicable. tests: those it does not do."""
    reason = f"{estimator}: only for least squares on one row per municipality"
    return [not_applicable(test, reason) for test in tests]


def tests_of_bootstrapped(
    fit: Fit,
    estimator: str,
    terms: set[str] | None = None,
    nulls: Mapping[str, float] | None = None,
    missing: Sequence[str] = OF_LEAST_SQUARES,
) -> pd.DataFrame:
    """A bootstrap row per coefficient that has a p-value. nulls: value tested per term where it is not 0.

    missing: see not_least_squares.
    """
    table = fit.coefficients
    table = table[table["p_value"].notna() & (table["term"].isin(terms) if terms else True)]
    rows = [
        bootstrap_row(
            f"{row.equation}:{row.term}",
            row.estimate,
            row.statistic,
            row.p_value,
            (nulls or {}).get(row.term, 0.0),
        )
        for row in table.itertuples()
    ]
    return inference_table(not_least_squares(estimator, missing) + rows)
