"""E6: how municipalities with a larger dose differ from others, year by year around a reform (two-way fixed effects).

Coefficients of dose x year, the reference year left out, with municipality and year effects. A pre-trend that is "not
significant" says little (Roth 2022, 10.1257/aeri.20210236), so it is also put as equivalence (Dette & Schumann 2024,
10.1080/07350015.2024.2308121): are all coefficients before the reform smaller than a bound, and with what power
could that be shown? Controls are the values of one period, in interaction with every year.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import MINIMUM_POWER, UNDERPOWERED, equivalence, inference_table, not_applicable, root_of
from beleidsvrijheid.models.estimate_rows import inference_row
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import POWER, Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.joint_tests import no_inverse, wald, wald_row
from beleidsvrijheid.models.linear import panel_ols
from beleidsvrijheid.models.rank import absorbed_columns, codes, independent_columns, within
from beleidsvrijheid.models.sample import Ledger, Sample, build_sample
from beleidsvrijheid.models.task import Task, finished, ledger_kept
from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p, wild_row

EFFECTS = ["municipality", "year"]
# MacKinnon & Webb (2017, 10.1002/jae.2508): few treated clusters. ASSUME ten is enough to do nothing about it.
FEW = 10
# CR2 and its degrees of freedom for a mean against the mean of many (Bell & McCaffrey 2002), and for several
# coefficients Hotelling's T-squared (Pustejovsky & Tipton 2018, 10.1080/07350015.2016.1247004). Plain clustered errors
# and G-1 reject far too often with so few (tests/beleidsvrijheid/test_models_event_study.py).
FEW_CONVENTION = (
    "clustered standard errors for {few} municipalities on one side: times the root of {few}/{df}, t with {df} degrees "
    "of freedom, joint tests by Hotelling's T-squared"
)
SIMULATED = 9999  # draws for the power of the joint equivalence test


@dataclass(frozen=True)
class EventStudy:
    """fit: of panel_ols; its first coefficients are those of `years`, the reference left out, in order.

    unit: size of the dose that the standardised coefficients are for, over the spread of the outcome. few: municipalities
    on the smaller side of a 0/1 dose, 0 where these are FEW or more; the covariance of `fit` and its df allow for them.
    """

    fit: Fit
    years: np.ndarray
    reference: int
    unit: float
    few: int = 0

    @property
    def before(self) -> np.ndarray:
        """Which coefficients are of years before the reference."""
        return self.years < self.reference

    @property
    def estimates(self) -> np.ndarray:
        """Coefficients by year."""
        return self.fit.coefficients["estimate"].to_numpy(float)[: len(self.years)]

    @property
    def covariance(self) -> np.ndarray:
        """Their covariance matrix."""
        return self.fit.covariance_matrix[: len(self.years), : len(self.years)]

    def joint_df(self, count: int) -> float:
        """Denominator degrees of freedom of a joint test of `count` coefficients; below 1 there is none."""
        return self.fit.df - count + 1 if self.few else self.fit.df

    def combination(self, weights: np.ndarray) -> tuple[float, float]:
        """Estimate and standard error of a weighted sum of the coefficients."""
        return float(weights @ self.estimates), float(np.sqrt(weights @ self.covariance @ weights))


def event_study(
    outcome: np.ndarray,
    dose: np.ndarray,
    controls: pd.DataFrame,
    units: pd.Series,
    years: pd.Series,
    reference: int,
    confidence: float,
) -> EventStudy:
    """Two-way fixed effects with dose x year, clustered by municipality.

    outcome, dose, controls, units, years: one row per municipality-year; controls enter times every year but the
    reference. unit: one standard deviation of the dose over municipalities, or 1 where it is 0/1, over the standard
    deviation of the outcome in the reference year. Raises StudyError where the reference year is not in the data or no
    year follows it, Refusal where dose x year cannot be told apart.
    """
    found = np.unique(years)
    if reference not in found or found[-1] == reference:
        raise StudyError(
            f"reference_year: {reference}; allowed: a year of the sample that others follow, of {list(found)}"
        )
    shown = found[found != reference]
    columns = {str(year): dose * (years.to_numpy() == year) for year in shown}
    for name in controls:
        columns |= {f"{name}:{year}": controls[name].to_numpy(float) * (years.to_numpy() == year) for year in shown}
    regressors = pd.DataFrame(columns, index=pd.RangeIndex(len(outcome)))
    regressors = _estimable(regressors, units, years, len(shown))
    fit = panel_ols(np.asarray(outcome, float), regressors, units, years, EFFECTS, "cluster", confidence)
    by_unit = pd.Series(np.asarray(dose, float)).groupby(units.to_numpy()).first().to_numpy()
    size = 1.0 if set(by_unit) <= {0.0, 1.0} else by_unit.std(ddof=1)
    spread = np.asarray(outcome, float)[years.to_numpy() == reference].std(ddof=1)
    few = few_on_one_side(by_unit)
    return EventStudy(_for_few(fit, few), shown, reference, float(size / spread), few)


def few_on_one_side(dose: np.ndarray) -> int:
    """Municipalities on the smaller side of a 0/1 dose (one value a municipality); 0 where FEW or more, or no such dose."""
    smaller = int(min((dose == 1).sum(), (dose == 0).sum()))
    return smaller if set(dose) <= {0.0, 1.0} and smaller < FEW else 0


def _for_few(fit: Fit, few: int) -> Fit:
    if not few:
        return fit
    if few == 1:
        raise Refusal("one municipality on one side of the dose: its own variation cannot be told from the effect")
    convention = FEW_CONVENTION.format(few=few, df=few - 1)
    matrix = fit.covariance_matrix * few / (few - 1)
    return replace(fit, covariance_matrix=matrix, df=few - 1.0, clustered_convention=convention)


def _estimable(regressors: pd.DataFrame, units, years, n_shown: int) -> pd.DataFrame:
    """Without controls x year that say nothing of their own; Refusal where that happens to the dose."""
    matrix, unit_codes, year_codes = regressors.to_numpy(float), codes(units), codes(years)
    kept = ~absorbed_columns(matrix, unit_codes, year_codes, EFFECTS)
    kept &= independent_columns(within(matrix, unit_codes, year_codes, EFFECTS))
    if not kept[:n_shown].all():
        names = ", ".join(regressors.columns[:n_shown][~kept[:n_shown]])
        raise Refusal(f"the dose cannot be told apart from the fixed effects in {names}")
    return regressors.loc[:, kept]


def estimate_event_study(task: Task) -> Estimation:
    """Equation `event`: a coefficient per year. `mean`: their average after the reference year. `pre_trend`: slope a year before.

    Tests: joint Wald before and after, equivalence before, the trend that would have been found, wild bootstrap.
    """
    effects = task.specification.get("effects") or EFFECTS
    if sorted(effects) != EFFECTS:
        raise StudyError(f"effects: {list(effects)}; allowed: municipality and year, or leave the key out")
    sample = _sample(task)
    with ledger_kept(sample.ledger):
        frame = sample.frame
        data = frame["outcome"].to_numpy(float), frame[task.specification["dose"]].to_numpy(float)
        keys = frame["nis"], frame["year"]
        study = event_study(*data, frame[sample.controls], *keys, task.specification["reference_year"], task.confidence)
        table = pd.concat(_tables(study, task.specification["dose"], task.confidence), ignore_index=True)
        tests = _tests(study, task) + [_wild_row(study, frame, sample, task)]
    warnings = _warnings(study, frame, task.specification["dose"])
    fit = replace(study.fit, coefficients=table.assign(block="dose"), covariance_matrix=None, warnings=warnings)
    return finished(sample, fit, inference_table(tests))


def _warnings(study: EventStudy, frame: pd.DataFrame, dose: str) -> list[str]:
    warnings = [] if study.before.any() else ["no year before the reference year: no pre-trend can be estimated"]
    by_unit = frame.groupby("nis")[dose].first()
    if few_on_one_side(by_unit.to_numpy()):
        warnings.append(
            f"{int((by_unit == 1).sum())} of {len(by_unit)} municipalities have the dose: clustered errors allow for few "
            "on one side, with which the wild bootstrap hardly rejects"
        )
    return warnings


def _sample(task: Task) -> Sample:
    """Municipality-years with the dose and the controls of one period; municipalities seen once are left out."""
    dose = task.specification["dose"]
    own = {"estimator": "panel_ols", "predictors": "static", "effects": [], "blocks": {"dose": [dose]}}
    settings = task.settings
    sample = build_sample(task.panel, {**task.specification, **own}, settings["exclusions"], settings["categorical"])
    ledger = Ledger()
    single = sample.frame.groupby("nis")["nis"].transform("size") == 1
    names = ", ".join(sample.frame.loc[single, "nis"])
    frame = ledger.keep(sample.frame, ~single, "singletons", f"one row only: nis {names}" if names else "one row only")
    if sample.controls:
        ledger.note(len(frame), "controls", "controls: values of one period times every year")
    account = pd.concat([sample.ledger, ledger.frame()], ignore_index=True)
    task.enough(frame["nis"].nunique(), account)
    return replace(sample, frame=frame, ledger=account)


def _weights(study: EventStudy) -> dict[str, np.ndarray]:
    """mean: average of the years after. pre_trend: slope a year of least squares through the years before and the reference."""
    weights = {"mean": np.where(study.before, 0.0, 1.0) / (~study.before).sum()}
    if study.before.any():
        years = np.append(study.years[study.before], study.reference).astype(float)
        centred = years - years.mean()
        weights["pre_trend"] = np.zeros(len(study.years))
        weights["pre_trend"][study.before] = centred[:-1] / (centred**2).sum()
    return weights


def _tables(study: EventStudy, dose: str, confidence: float) -> list[pd.DataFrame]:
    names, errors = [str(year) for year in study.years], np.sqrt(np.diag(study.covariance))
    options = study.fit.df, confidence, study.unit, 1.0
    tables = [coefficient_table(names, study.estimates, errors, *options, "event")]
    for equation, weights in _weights(study).items():
        estimate, error = study.combination(weights)
        tables.append(coefficient_table([dose], np.array([estimate]), np.array([error]), *options, equation))
    return tables


def _tests(study: EventStudy, task: Task) -> list[dict[str, object]]:
    rows = [
        *not_least_squares("event_study", ["r2_non_inferiority"]),
        _wald_row("post", study, ~study.before, task.alpha),
    ]
    if study.before.any():
        rows.append(_wald_row("pre_trend", study, study.before, task.alpha))
        rows.append(_power_row(study, task))
        for bound in task.settings["equivalence"]["coefficient_bounds"]:
            rows += _equivalence_rows(study, bound, task)
    return rows


def _wald_row(term: str, study: EventStudy, chosen: np.ndarray, alpha: float) -> dict[str, object]:
    count, df = int(chosen.sum()), study.joint_df(int(chosen.sum()))
    if df < 1:
        return not_applicable("wald", f"{term}: {study.few} municipalities on one side for {count} coefficients")
    part = study.covariance[np.ix_(chosen, chosen)] * study.fit.df / df  # Hotelling's T-squared as an F
    test, verdict = wald(study.estimates[chosen], part, df, alpha), f"joint Wald test, {count} coefficients"
    return wald_row("wald", term, test, count, verdict, critical=np.nan)


def _equivalence_rows(study: EventStudy, bound: float, task: Task) -> list[dict[str, object]]:
    """Each year before, and the largest of them: the joint test rejects where each does (intersection-union)."""
    before, alpha = study.before, task.alpha
    errors = np.sqrt(np.diag(study.covariance)) * study.unit
    rows = [
        equivalence(str(year), estimate * study.unit, error, study.fit.df, bound, alpha)
        for year, estimate, error in zip(study.years[before], study.estimates[before], errors[before], strict=True)
    ]
    worst = max(rows, key=lambda row: row["p_value"])
    power = _joint_power(study, bound, alpha, task.rng)
    verdict = "equivalent" if worst["p_value"] < alpha else "not equivalent"
    verdict = UNDERPOWERED if power < MINIMUM_POWER else verdict
    largest = max((row["estimate"] for row in rows), key=abs)
    return [*rows, worst | {"term": "pre_trend", "estimate": largest, "power": power, "verdict": verdict}]


def _joint_power(study: EventStudy, bound: float, alpha: float, rng: np.random.Generator) -> float:
    """Chance that every year is called equivalent where all true coefficients are zero; normal draws with their covariance."""
    from scipy.special import stdtrit

    covariance = study.covariance[np.ix_(study.before, study.before)] * study.unit**2
    errors = np.sqrt(np.diag(covariance))
    critical = bound - stdtrit(study.fit.df, 1 - alpha) * errors
    drawn = rng.normal(size=(SIMULATED, len(errors))) @ _root(covariance).T
    return float((np.abs(drawn) < critical).all(axis=1).mean())


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R' = covariance, also of one without inverse."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0.0))


def _power_row(study: EventStudy, task: Task) -> dict[str, object]:
    """Roth (2022): the linear trend that the joint Wald test finds with power .8, and the bias it would give the mean after."""
    from scipy.special import fdtri, ncfdtr

    before, count = study.before, int(study.before.sum())
    df = study.joint_df(count)
    if df < 1:
        return not_applicable("pre_trend_power", f"{study.few} municipalities on one side for {count} coefficients")
    away = (study.years - study.reference).astype(float)
    slope_of_one = wald(away[before], study.covariance[np.ix_(before, before)], np.inf, task.alpha)
    if slope_of_one is None:
        return no_inverse("pre_trend_power", "pre_trend", count)
    information = slope_of_one.statistic
    critical = fdtri(count, df, 1 - task.alpha)
    needed = root_of(lambda nc: 1 - ncfdtr(count, df, nc, critical) - POWER, 1e-6, 1e4)
    slope = float(np.sqrt(needed / information))
    verdict = "a trend of this slope is found with this power; it would move the mean after by the estimate"
    values = {"bound": slope, "estimate": slope * float(away[~before].mean()), "critical": float(critical)}
    return inference_row("pre_trend_power", task.specification["dose"], power=POWER, verdict=verdict, **values)


def _wild_row(study: EventStudy, frame: pd.DataFrame, sample: Sample, task: Task) -> dict[str, object]:
    """Wild cluster bootstrap of the mean after: the model again, with that mean as one of its coefficients."""
    dose, years = frame[task.specification["dose"]].to_numpy(float), frame["year"].to_numpy()
    after, before = study.years[~study.before], study.years[study.before]
    last = years == after[-1]
    columns = [dose * (years > study.reference)]
    columns += [dose * ((years == year) * 1.0 - last) for year in after[:-1]]
    columns += [dose * (years == year) for year in before]
    columns += [frame[name].to_numpy(float) * (years == year) for name in sample.controls for year in study.years]
    columns += [(years == year) * 1.0 for year in study.years]
    matrix = np.column_stack([frame["outcome"].to_numpy(float), *columns])
    units = codes(frame["nis"])
    moved = within(matrix, units, years, ["municipality"])
    design = moved[:, 1:][:, independent_columns(moved[:, 1:])]
    weights = task.settings["inference"]["weights"]
    options = weights, task.draws, task.rng
    (test,) = wild_cluster_p(moved[:, 0], design, units, [0], *options, absorbed=1, alpha=task.alpha)
    return wild_row(f"mean:{task.specification['dose']}", test.estimate, test, weights)
