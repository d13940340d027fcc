"""Who is missing, and what the complete cases would say if they stood for everybody.

Standardised differences: Austin (2009), 10.1002/sim.3697. Stabilised inverse-probability weights, truncated: Robins,
Hernan & Brumback (2000), 10.1097/00001648-200009000-00011; Cole & Hernan (2008), 10.1093/aje/kwn164.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Fit, Refusal, coefficient_table
from beleidsvrijheid.models.rank import centred_scaled, independent_columns

# What is known of every municipality: scale, and where and among whom it is.
KNOWN_NUMBERS = ("log_population",)
KNOWN_CATEGORIES = ("belfius_family", "province")
# ASSUME: a category enters the model of who is complete only where this many are missing and as many are not; smaller
# ones are pooled, or the model would separate. Weights are cut at these percentiles.
MINIMUM_PER_SIDE = 5
TRIM = (0.01, 0.99)


def static_values(panel: pd.DataFrame, indicator: str, beleidsveld: str) -> pd.Series:
    """The one value per municipality of an indicator, for the field or else for none: nis -> value (maybe empty)."""
    rows = panel[(panel["indicator"] == indicator) & (panel["level"] == "municipality") & panel["year"].isna()]
    for field in dict.fromkeys([beleidsveld, ""]):
        own = rows[rows["beleidsveld"] == field]
        if len(own):
            return own.set_index("nis")["value"].astype(float).sort_index()
    return pd.Series(dtype=float, index=pd.Index([], dtype="str", name="nis"))


def known_of_all(panel: pd.DataFrame, nis: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers and categories known of (nearly) all municipalities, rows in the order of `nis`; absent ones left out."""
    index = pd.Index(list(nis), name="nis")

    def read(names: tuple[str, ...]) -> pd.DataFrame:
        columns = {name: static_values(panel, name, "").reindex(index) for name in names}
        return pd.DataFrame({name: values for name, values in columns.items() if values.notna().any()}, index=index)

    return read(KNOWN_NUMBERS), read(KNOWN_CATEGORIES)


def dummies(categories: pd.DataFrame) -> pd.DataFrame:
    """One 0/1 column `name=value` per category, missing where the category is."""
    columns = {
        f"{name}={value:g}": (column == value).astype(float).where(column.notna())
        for name, column in categories.items()
        for value in np.unique(column.dropna())
    }
    return pd.DataFrame(columns, index=categories.index)


def standardised_differences(known: pd.DataFrame, missing: np.ndarray) -> pd.DataFrame:
    """Missing minus present, in pooled standard deviations, and Welch's p: columns term, estimate, p_value.

    known: one row per municipality; missing: mask. Without spread on one side there is no p, without any no value.
    """
    from scipy.special import stdtr

    rows = []
    for term, column in known.items():
        values = column.to_numpy(float)
        gone, here = (values[side & np.isfinite(values)] for side in (missing, ~missing))
        if len(gone) == 0 or len(here) < 2:
            continue
        spreads = [side.var(ddof=1) if len(side) > 1 else np.nan for side in (gone, here)]
        pooled = np.sqrt(np.nanmean(spreads))
        difference = gone.mean() - here.mean()
        parts = np.array([spreads[0] / len(gone), spreads[1] / len(here)])
        p_value = np.nan
        if np.isfinite(parts).all() and parts.min() > 0:
            df = parts.sum() ** 2 / (parts**2 / [len(gone) - 1, len(here) - 1]).sum()
            p_value = float(2 * stdtr(df, -abs(difference) / np.sqrt(parts.sum())))
        rows.append((term, difference / pooled if pooled > 0 else np.nan, p_value))
    return pd.DataFrame(rows, columns=["term", "estimate", "p_value"])


def completeness_weights(complete: np.ndarray, numbers: pd.DataFrame, categories: pd.DataFrame) -> np.ndarray:
    """Stabilised, truncated weight of each complete municipality: share complete / its chance to be (logit).

    complete: mask over the rows of numbers and categories. Returns one weight per complete row. Raises Refusal with
    too few missing, or where somebody's chance cannot be told (separation, something known is missing).
    """
    n_missing = int((~complete).sum())
    if n_missing < MINIMUM_PER_SIDE:
        raise Refusal(f"{n_missing} municipalities are missing, fewer than {MINIMUM_PER_SIDE}")
    chance = _logit_chance(complete, _completeness_design(complete, numbers, categories))
    weights = complete.mean() / chance[complete]
    return np.clip(weights, *np.quantile(weights, TRIM))


def _logit_chance(complete: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    import warnings

    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationError

    try:
        with warnings.catch_warnings(), np.errstate(over="ignore"):
            warnings.simplefilter("error", ModelWarning)
            result = Logit(complete.astype(float), matrix).fit(method="newton", maxiter=100, tol=1e-10, disp=False)
    except (ModelWarning, PerfectSeparationError, np.linalg.LinAlgError):
        raise Refusal("who is missing is told exactly by what is known (separation)") from None
    return result.predict(matrix)


def _completeness_design(complete: np.ndarray, numbers: pd.DataFrame, categories: pd.DataFrame) -> np.ndarray:
    columns = [numbers.to_numpy(float)]
    for name, level in dummies(categories).items():
        inside = level.to_numpy() == 1
        if min((inside & complete).sum(), (inside & ~complete).sum()) >= MINIMUM_PER_SIDE:
            columns.append(inside[:, None].astype(float))
        elif level.isna().any():
            raise Refusal(f"{name.partition('=')[0]} is not known of every municipality")
    matrix = np.column_stack(columns)
    if not np.isfinite(matrix).all():
        raise Refusal(f"{', '.join(numbers.columns)} is not known of every municipality")
    scaled = centred_scaled(matrix)[0]
    return np.column_stack([scaled[:, independent_columns(scaled)], np.ones(len(scaled))])


def weighted_fit(
    outcome: np.ndarray, regressors: pd.DataFrame, weights: np.ndarray, confidence: float
) -> tuple[Fit, float]:
    """Weighted least squares, HC3, the weights taken as known; and the effective number (Kish) of municipalities."""
    from statsmodels.regression.linear_model import WLS

    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(scaled))])
    result = WLS(np.asarray(outcome, float), design, weights=weights).fit(cov_type="HC3", use_t=True)
    table = coefficient_table(
        list(regressors.columns),
        np.asarray(result.params)[:-1] / scale,
        np.asarray(result.bse)[:-1] / scale,
        result.df_resid,
        confidence,
        regressors.to_numpy(float).std(axis=0, ddof=1),
        np.std(outcome, ddof=1),
    )
    effective = weights.sum() ** 2 / (weights**2).sum()
    return Fit(table, len(outcome), len(outcome), "heteroskedasticity-robust, HC3"), float(effective)
