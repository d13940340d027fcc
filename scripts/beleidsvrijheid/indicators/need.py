"""U3: how far spending is from what needs and resources let expect."""

import numpy as np
import pandas as pd

REGRESSORS = ("log_population", "log_income", "log_density", "age_65_plus")
REQUIRED = REGRESSORS[:3]


def need_adjusted(real: pd.DataFrame, needs: pd.DataFrame, pre_years: list[int]) -> pd.DataFrame:
    """|residual of ln y on needs and resources, demeaned by field-year| per nis, beleidsveld and year.

    real: nis, beleidsveld, year, real_spending (positive figures only enter). needs: regressors by nis, at pre-period
    values; a municipality without one of them has no value. Per field: least squares of ln y on the regressors over the
    municipalities and years of the pre-period; these coefficients then hold in every year. A field in which they cannot
    be estimated (no more rows than coefficients, or collinear) has no value.
    """
    complete = needs.dropna()
    own = real[(real["real_spending"] > 0) & real["nis"].isin(complete.index)]
    if own.empty:
        return own[["nis", "beleidsveld", "year"]].assign(indicator="", value=0.0)
    values = complete.to_numpy(float)
    spread = values.std(axis=0)
    scaled = pd.DataFrame((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0), index=complete.index)
    parts = [_residuals(field, scaled, pre_years) for _, field in own.groupby("beleidsveld", sort=True)]
    result = pd.concat(parts, ignore_index=True)
    centred = result["value"] - result.groupby(["beleidsveld", "year"])["value"].transform("mean")
    return result.assign(value=centred.abs(), indicator="need_adjusted_deviation")


def _residuals(field: pd.DataFrame, scaled: pd.DataFrame, pre_years: list[int]) -> pd.DataFrame:
    logged = np.log(field["real_spending"].to_numpy())
    design = np.column_stack([np.ones(len(field)), scaled.loc[field["nis"]].to_numpy()])
    before = field["year"].isin(pre_years).to_numpy()
    rows = field[["nis", "beleidsveld", "year"]]
    if before.sum() <= design.shape[1] or np.linalg.matrix_rank(design[before]) < design.shape[1]:
        return rows[:0].assign(value=0.0)
    basis, triangle = np.linalg.qr(design[before])
    coefficients = np.linalg.solve(triangle, basis.T @ logged[before])
    return rows.assign(value=logged - design @ coefficients)
