"""What an estimator hands back, whichever it is, and the refusal it may raise instead."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import ATTRIBUTION_COLUMNS
from beleidsvrijheid.inference import INFERENCE_COLUMNS

COEFFICIENT_COLUMNS = [
    "equation",
    "term",
    "block",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "ci_low",
    "ci_high",
    "standardised",
    "mde",
]
POWER = 0.80
MDE_ALPHA = 0.05


class Refusal(Exception):
    """The data cannot carry this specification: a result ("refused", with the reason), not a user's mistake.

    ledger: the sample ledger up to the refusal, columns step, rows_in, rows_out, reason; None where there is
    none.
    """

    def __init__(self, reason: str, ledger: pd.DataFrame | None = None):
        super().__init__(reason)
        self.reason = reason
        self.ledger = ledger


@dataclass(frozen=True)
class Fit:
    """One fitted specification.

    coefficients: one row per equation and term, columns COEFFICIENT_COLUMNS, in the units of the data.
    covariance: in words, what the standard errors and intervals are. Unused measures are NaN.
    standardised = estimate x sd(x) / sd(y), standard deviations of the sample with n - 1.
    mde = (t_.975 + t_.8) x std_error: smallest effect found with power .8 by a two-sided 5 % test.
    """

    coefficients: pd.DataFrame
    n_obs: int
    n_units: int
    covariance: str
    n_clusters: int | None = None
    clustered_convention: str = ""
    r2: float = np.nan
    r2_adjusted: float = np.nan
    r2_cv: float = np.nan
    log_likelihood: float = np.nan
    aic: float = np.nan
    warnings: list[str] = field(default_factory=list)
    residuals: np.ndarray | None = None
    covariance_matrix: np.ndarray | None = None
    df: float = np.inf


@dataclass(frozen=True)
class Estimation:
    """Everything one specification gives; a refused one has a reason, its ledger and empty tables."""

    fit: Fit | None
    ledger: pd.DataFrame
    sample_sha256: str = ""
    reason: str = ""
    inference: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=INFERENCE_COLUMNS))
    attribution: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=ATTRIBUTION_COLUMNS))
    residual_r2: dict[str, float] | None = None

    @property
    def estimates(self) -> pd.DataFrame:
        """Coefficients, or their header alone."""
        return empty_coefficients() if self.fit is None else self.fit.coefficients


def empty_coefficients() -> pd.DataFrame:
    """The header of a refused specification."""
    return pd.DataFrame(columns=COEFFICIENT_COLUMNS)


def coefficient_table(
    terms: Sequence[str],
    estimates: np.ndarray,
    errors: np.ndarray,
    df: float,
    confidence: float,
    sd_x: np.ndarray,
    sd_y: float,
    equation: str = "mean",
) -> pd.DataFrame:
    """Rows of COEFFICIENT_COLUMNS from estimates and standard errors, t with df degrees of freedom (inf:
    normal).

    sd_x: standard deviation per term (NaN for a constant). The block is left empty: the caller knows it.
    """
    from scipy.special import stdtr, stdtrit

    estimates, errors = np.asarray(estimates, float), np.asarray(errors, float)
    df = min(df, 1e10)  # stdtrit has no infinity; at 1e10 it is the normal to 1e-10
    statistic = estimates / errors
    half = stdtrit(df, 0.5 + confidence / 2) * errors
    detectable = (stdtrit(df, 1 - MDE_ALPHA / 2) + stdtrit(df, POWER)) * errors
    columns = [equation, list(terms), "", estimates, errors, statistic, 2 * stdtr(df, -np.abs(statistic))]
    columns += [estimates - half, estimates + half, estimates * np.asarray(sd_x, float) / sd_y, detectable]
    return pd.DataFrame(dict(zip(COEFFICIENT_COLUMNS, columns, strict=True)))
