"""Random municipality effects in a panel, and the test whether they may be random.

Swamy & Arora (1972, 10.2307/1909405) components of variance through linearmodels. The test is Mundlak's (1978,
10.2307/1913646) in its cluster-robust form (Arellano 1993, 10.1016/0304-4076(93)90040-C; Wooldridge 2010, Econometric
Analysis of Cross Section and Panel Data, section 10.7.3): a Wald test of the municipalities' means beside the regressors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import inference_table, not_applicable
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.joint_tests import Wald, joint_rows, u_shape_rows, wald, wald_row
from beleidsvrijheid.models.panel_covariance import CLUSTERED_CONVENTION
from beleidsvrijheid.models.precision import check_digits
from beleidsvrijheid.models.rank import centred_scaled, codes, independent_columns, is_constant
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

TEST = "mundlak"
COMPONENTS = "random municipality effects, Swamy-Arora; share of the variance between municipalities {rho:.4g}"


@dataclass(frozen=True)
class Mundlak:
    """names: regressors with a mean to test (those that vary within municipalities). test: None where it has no inverse."""

    names: list[str]
    test: Wald | None


def random_effects(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    units: pd.Series,
    years: pd.Series,
    year_effects: bool = False,
    confidence: float = 0.95,
) -> Fit:
    """Generalised least squares with a random effect per municipality, clustered by municipality.

    outcome, regressors, units, years: one row per municipality-year; may be unbalanced. year_effects: a dummy per year but
    the first, estimated and not shown. The constant is reported without year effects. Raises Refusal where no degree of
    freedom is left within or between municipalities.
    """
    check_digits(np.asarray(outcome, float), regressors)
    model = _Panel(np.asarray(outcome, float), regressors, codes(units), codes(years), year_effects)
    result, back, df = model.fit(), model.back, model.n_units - 1
    matrix = back @ result.cov.to_numpy() @ back.T
    shown = slice(0, regressors.shape[1] + (not year_effects))
    terms, estimates = [*regressors.columns, "const"][shown], (back @ result.params.to_numpy())[shown]
    sd_x = np.append(regressors.to_numpy(float).std(axis=0, ddof=1), np.nan)[shown]
    errors = np.sqrt(np.diag(matrix))[shown]
    table = coefficient_table(terms, estimates, errors, df, confidence, sd_x, model.outcome.std(ddof=1))
    return _fit(result, table, matrix[shown, shown], model)


def _fit(result, table: pd.DataFrame, matrix: np.ndarray, model: "_Panel") -> Fit:
    n, k, n_units = len(model.outcome), model.matrix.shape[1], model.n_units
    between = result.variance_decomposition["Effects"]
    rho = between / (between + result.variance_decomposition["Residual"])
    return Fit(
        coefficients=table,
        n_obs=n,
        n_units=n_units,
        n_clusters=n_units,
        covariance=f"clustered by municipality, {n_units} clusters; {COMPONENTS.format(rho=rho)}",
        clustered_convention=CLUSTERED_CONVENTION,
        r2=result.rsquared,
        r2_adjusted=1 - (1 - result.rsquared) * (n - 1) / (n - k),
        residuals=result.resids.to_numpy(),
        covariance_matrix=matrix,
        df=n_units - 1,
    )


class _Panel:
    """Scaled columns (regressors, constant, further columns) of a random-effects model."""

    def __init__(self, outcome, regressors: pd.DataFrame, units, years, year_effects: bool, means=None):
        scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
        n, k = scaled.shape
        dummies = (years[:, None] == np.unique(years)[1:]).astype(float) if year_effects else np.empty((n, 0))
        more = dummies if means is None else np.column_stack([dummies, means])
        self.outcome, self.units, self.years = outcome, units, years
        self.matrix = np.column_stack([scaled, np.ones(n), more])
        self.n_units = int(units.max()) + 1
        self.back = np.eye(self.matrix.shape[1])
        self.back[:k, :k] = np.diag(1 / scale)
        self.back[k, :k] = -mean / scale
        self._check()

    def _check(self) -> None:
        n, columns = self.matrix.shape
        if n <= columns:
            raise Refusal(f"{n} rows for {columns} coefficients")
        means = _means(self.matrix, self.units)
        if n - self.n_units <= np.linalg.matrix_rank(self.matrix - means):
            raise Refusal(f"{n} rows of {self.n_units} municipalities: no variance left within municipalities")
        if self.n_units <= np.linalg.matrix_rank(means):
            raise Refusal(f"{self.n_units} municipalities for {columns} coefficients: none left between municipalities")

    def fit(self):
        """linearmodels' fit, every option pinned; clustered with G/(G-1) x (N-1)/(N-K)."""
        from linearmodels.panel.model import RandomEffects

        index = pd.MultiIndex.from_arrays([self.units, self.years], names=["unit", "year"])
        design = pd.DataFrame(self.matrix, index, [f"x{i}" for i in range(self.matrix.shape[1])])
        model = RandomEffects(pd.Series(self.outcome, index, name="y"), design, check_rank=True)
        clustered = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
        return model.fit(small_sample=False, debiased=True, **clustered)


def mundlak(
    outcome: np.ndarray,
    regressors: pd.DataFrame,
    units: pd.Series,
    years: pd.Series,
    year_effects: bool = False,
    alpha: float = 0.05,
) -> Mundlak:
    """Do the municipalities' means of the regressors matter beside the regressors? F with G-1 degrees of freedom.

    If so, effects go with the regressors and the coefficients of random effects mix within and between: use fixed effects.
    Only regressors that vary within municipalities have a mean of their own; in an unbalanced panel with year effects the
    means of the years stand beside them, untested (Wooldridge 2019, 10.1016/j.jeconom.2018.12.010). Raises StudyError
    where no regressor varies within municipalities.
    """
    groups, times = codes(units), codes(years)
    scaled = centred_scaled(regressors.to_numpy(float))[0]
    means = _means(scaled, groups)
    own = np.flatnonzero(~is_constant(means) & (np.abs(scaled - means).max(axis=0) > 1e-8))
    dummies = (times[:, None] == np.unique(times)[1:]).astype(float) if year_effects else np.empty((len(times), 0))
    means_of_years = _means(dummies, groups)
    fixed = np.column_stack([scaled, dummies, means_of_years])
    keep = independent_columns(centred_scaled(np.column_stack([fixed, means[:, own]]))[0])
    own = own[keep[fixed.shape[1] :]]
    if not len(own):
        raise StudyError("no regressor varies within municipalities beside the others: there is no mean to test")
    kept_years = means_of_years[:, keep[scaled.shape[1] + dummies.shape[1] : fixed.shape[1]]]
    further = np.column_stack([kept_years, means[:, own]])
    result = _Panel(np.asarray(outcome, float), regressors, groups, times, year_effects, further).fit()
    places = slice(-len(own), None)
    test = wald(result.params.to_numpy()[places], result.cov.to_numpy()[places, places], int(groups.max()), alpha)
    return Mundlak([str(regressors.columns[place]) for place in own], test)


def _means(matrix: np.ndarray, groups: np.ndarray) -> np.ndarray:
    if not matrix.shape[1]:
        return matrix
    sums = np.column_stack([np.bincount(groups, column) for column in matrix.T])
    return (sums / np.bincount(groups)[:, None])[groups]


def estimate_random_effects(task: Task) -> Estimation:
    """Random effects as a specification: fit, Mundlak's test, joint tests of the blocks."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        outcome, regressors = parts(sample)
        year_effects = "year" in (task.specification.get("effects") or [])
        rows = (outcome, regressors, sample.frame["nis"], sample.frame["year"], year_effects)
        fit = random_effects(*rows, task.confidence)
        tests = not_least_squares("random_effects") + [_mundlak_row(rows, task.alpha)]
        tests += joint_rows(fit, sample, task.alpha) + u_shape_rows(fit, sample, task.specification, task.alpha)
        return finished(sample, replace(fit, warnings=_warnings(tests, task.alpha)), inference_table(tests))


def _mundlak_row(rows: Sequence, alpha: float) -> dict[str, object]:
    try:
        found = mundlak(*rows, alpha=alpha)
    except (StudyError, Refusal) as reason:
        return not_applicable(TEST, str(reason))
    return wald_row(TEST, "blocks", found.test, len(found.names))


def _warnings(tests: list[dict[str, object]], alpha: float) -> list[str]:
    """Told with the estimates where Mundlak's test rejects."""
    p_value = next(row["p_value"] for row in tests if row["test"] == TEST)
    rejects = np.isfinite(p_value) and p_value < alpha
    return ["Mundlak's test rejects random effects: municipality effects go with the regressors"] if rejects else []
