"""Rows of a table of estimates, for estimators whose terms are no regressors."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import INFERENCE_COLUMNS, bias_corrected_interval, bootstrap_p
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, MDE_ALPHA, POWER


def estimate_row(equation: str, term: str, estimate: float, **more: object) -> dict[str, object]:
    """One row of COEFFICIENT_COLUMNS; what is not given is NaN (block: empty)."""
    row = dict.fromkeys(COEFFICIENT_COLUMNS, np.nan) | {"equation": equation, "term": term, "block": ""}
    return row | {"estimate": float(estimate)} | more


def bootstrapped_row(
    equation: str,
    term: str,
    estimate: float,
    drawn: np.ndarray,
    confidence: float,
    null: float | None = None,
    jackknife: np.ndarray | None = None,
) -> dict[str, object]:
    """A row from bootstrap draws: their standard deviation, BC interval (BCa with jackknife values), and p against `null`.

    drawn: one value a draw. jackknife: the estimate without each municipality. null: None where a test means nothing.
    mde: smallest deviation from `null` found with power .8, normal theory.
    """
    from scipy.special import ndtri

    drawn = np.reshape(np.asarray(drawn, float), (-1, 1))
    low, high = bias_corrected_interval(
        estimate, drawn, confidence, None if jackknife is None else np.reshape(jackknife, (-1, 1))
    )
    error = float(np.nanstd(drawn, ddof=1))
    row = estimate_row(equation, term, estimate, std_error=error, ci_low=low[0], ci_high=high[0])
    if null is not None:
        row["statistic"] = (float(estimate) - null) / error if error > 0 else np.nan
        row["p_value"] = float(bootstrap_p(np.atleast_1d(float(estimate)), drawn, null)[0])
        row["mde"] = float(ndtri(1 - MDE_ALPHA / 2) + ndtri(POWER)) * error
    return row


def estimates_table(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as published."""
    return pd.DataFrame(list(rows), columns=COEFFICIENT_COLUMNS)


def inference_row(test: str, term: str, **values: Any) -> dict[str, object]:
    """One row of INFERENCE_COLUMNS; what is not given is NaN, the verdict empty."""
    return dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {"test": test, "term": term, "verdict": ""} | values


def rows_sha256(frame: pd.DataFrame) -> str:
    """Hash of the rows as they stand, numbers at ten significant digits."""
    return hashlib.sha256(frame.to_csv(index=False, float_format="%.10g").encode()).hexdigest()
