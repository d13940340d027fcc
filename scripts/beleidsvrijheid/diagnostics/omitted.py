"""How strong an omitted variable would have to be to undo a result (Cinelli & Hazlett 2020, 10.1111/rssb.12348).

All three measures are functions of the classical t and its degrees of freedom, whatever covariance the result has:
they are about R2, not about sampling.
"""

import numpy as np


def partial_r2(statistic: np.ndarray, df: float) -> np.ndarray:
    """Share of the outcome's residual variance that a term explains, from its classical t."""
    return statistic**2 / (statistic**2 + df)


def robustness_value(statistic: np.ndarray, df: float, alpha: float | None = None) -> np.ndarray:
    """Share of the residual variance of both outcome and term that an omitted variable must explain.

    Then the estimate would be zero; with alpha, it would no longer be significant at that level (with one degree of
    freedom less, for the omitted variable). Zero where that is so already.
    """
    from scipy.special import stdtrit

    strength = np.abs(statistic) / np.sqrt(df)
    limit = 0.0 if alpha is None else stdtrit(df - 1, 1 - alpha / 2) / np.sqrt(df - 1)
    rest = strength - limit
    value = (np.sqrt(rest**4 + 4 * rest**2) - rest**2) / 2
    # Beyond this point the bound on the strength with the term no longer binds (sensemakr's second case).
    extreme = (strength**2 - limit**2) / (1 + strength**2)
    binding = np.ones_like(strength, bool) if alpha is None else rest < 1 / limit
    return np.where(rest <= 0, 0.0, np.where(binding, value, extreme))
