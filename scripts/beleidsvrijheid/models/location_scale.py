"""E3: does formal freedom raise dispersion, and do capacity, scale and politics shape by how much?

Mean: field-by-period effects + Z + R Z + Post Z + R Post Z. Log variance: l_field + l_period + d R Post + Z g + R Z g1
+ Post Z g2 + R Post Z h (study.md section 5), or for one row per municipality both equations on Z (S2). Z is observed,
not assigned: h describes. Controls enter both equations by themselves, without interactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import equivalence, inference_table
from beleidsvrijheid.models.estimate_rows import inference_row
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.field_sample import LongSample, field_sample
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.harvey import LOG_CHI2_MEAN, LocationScale, likelihood_ratio, location_scale
from beleidsvrijheid.models.joint_tests import wald_row
from beleidsvrijheid.models.linear import COVARIANCES
from beleidsvrijheid.models.rank import within
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

CONVENTION = (
    "maximum likelihood, standard errors by one-step jackknife over clusters (CR3), G clusters; "
    "t and F with G-1 degrees of freedom"
)
WALD = "F with {k} and {df} degrees of freedom, clustered"
LIKELIHOOD_RATIO = "chi-squared, {k} degrees of freedom; rows taken as independent: with clusters the Wald test decides"
PERMUTATION = "{drawn} of {distinct} distinct permutations of whole fields; smallest attainable p {smallest:.2g}"
TWO_STEP = "difference in differences of mean ln squared residual by field"
REFORM = "reform"
PREFIXES = ("", "reformed:", "post:", "reform:")


@dataclass(frozen=True)
class Problem:
    """Arguments of harvey.location_scale, and what its terms are.

    tested: name of a test (d, h, h:block, or g, g:block) -> terms of the variance. block_of: term -> block. spread:
    predictor -> its standard deviation over municipalities.    hidden: variance terms that are effects, not shown.
    """

    outcome: np.ndarray
    mean: pd.DataFrame
    variance: pd.DataFrame
    clusters: np.ndarray
    cells: np.ndarray | None
    units: np.ndarray | None
    tested: dict[str, list[str]]
    block_of: dict[str, str]
    spread: dict[str, float]
    hidden: list[str]

    def fit(self) -> LocationScale:
        """The maximum; refusals as in harvey.location_scale."""
        return location_scale(self.outcome, self.mean, self.variance, self.clusters, self.cells, self.units)


def estimate_location_scale(task: Task) -> Estimation:
    """The reform design where the specification has `fields`, else the cross-section.

    Keys: see field_sample.field_sample; effects [municipality] puts municipality effects into the mean, taken out
    inside the weighted likelihood (they bias sigma down over few periods: a variant). Inference rows: wald and
    likelihood_ratio of d, h and h per block (cross-section: g), equivalence of h per standard deviation of Z on the
    ln variance, permutation of whole fields for d.
    """
    return _reform(task) if task.specification.get("fields") else _cross_section(task)


def _reform(task: Task) -> Estimation:
    sample = field_sample(task)
    with ledger_kept(sample.ledger):
        problem = reform_problem(sample, "municipality" in (task.specification.get("effects") or []))
        found = problem.fit()
        fit = _fit(found, problem, task.confidence, sample.warnings)
        rows = _tests(found, problem, task.alpha) + _equivalence(fit, problem, problem.tested["h"], task)
        rows.append(permutation_row(sample, task.draws, task.rng))
    ledger = _with_notes(sample.ledger, found, problem)
    return Estimation(fit, ledger, sample.sha256, "", inference_table([*_missing(), *rows]))


def _missing() -> list[dict[str, object]]:
    return not_least_squares("location_scale", ["r2_non_inferiority"])


def reform_problem(sample: LongSample, municipality_effects: bool = False) -> Problem:
    """Both equations of the reform design, from rows by municipality, field and time."""
    frame, focal = sample.frame, sample.block_columns
    reformed, post = frame["reformed"].to_numpy(), frame["post"].to_numpy()
    sides = dict(zip(PREFIXES, (np.ones(len(frame)), reformed, post, reformed * post), strict=True))
    products = {p + name: side * frame[name].to_numpy() for p, side in sides.items() for name in focal}
    # ASSUME: controls shift mean and ln variance alike in every field and period; only the blocks interact.
    controls = {name: frame[name].to_numpy() for name in sample.controls}
    own = set(controls) | set(focal) if municipality_effects else set()
    mean = {name: column for name, column in (products | controls).items() if name not in own}
    effects = _dummies(frame["field"], "field") | _dummies(frame["time"], "time")
    variance = effects | {REFORM: reformed * post} | products | controls
    tested = {"d": [REFORM], "h": [f"reform:{name}" for name in focal]}
    tested |= {f"h:{block}": [f"reform:{c}" for c in columns] for block, columns in sample.blocks.items() if columns}
    block_of = {p + name: sample.block_of[name] for p in PREFIXES for name in focal}
    block_of |= dict.fromkeys(controls, "controls") | {REFORM: REFORM}
    nis = frame["nis"].to_numpy()
    return Problem(
        frame["outcome"].to_numpy(float),
        pd.DataFrame(mean, index=frame.index),
        pd.DataFrame(variance, index=frame.index),
        nis,
        sample.cells,
        nis if municipality_effects else None,
        tested,
        block_of,
        frame.drop_duplicates("nis")[[*focal, *controls]].std().to_dict(),
        [*effects, "const"],
    )


def _dummies(values: pd.Series, name: str) -> dict[str, np.ndarray]:
    levels = list(dict.fromkeys(sorted(values)))
    return {f"{name}={level}": (values == level).to_numpy(float) for level in levels[1:]}


def _cross_section(task: Task) -> Estimation:
    sample = task.sample()
    with ledger_kept(sample.ledger):
        outcome, regressors = parts(sample)
        focal = sample.block_columns + sample.moderator
        if not focal:
            raise Refusal("no block column to explain the variance")
        tested = {"g": focal} | {f"g:{block}": columns for block, columns in sample.blocks.items() if columns}
        regressors = regressors.reset_index(drop=True)
        nis = sample.frame["nis"].to_numpy()
        spread = regressors.std().to_dict()
        problem = Problem(outcome, regressors, regressors, nis, None, None, tested, sample.block_of, spread, [])
        found = problem.fit()
        fit = _fit(found, problem, task.confidence, [])
        rows = _tests(found, problem, task.alpha) + _equivalence(fit, problem, focal, task)
    done = finished(sample, fit, inference_table([*_missing(), *rows]))
    return Estimation(done.fit, _with_notes(done.ledger, found, problem), done.sample_sha256, "", done.inference)


def _fit(found: LocationScale, problem: Problem, confidence: float, warnings: Sequence[str]) -> Fit:
    errors, df = found.errors(), found.n_clusters - 1
    spread_y = _spread(problem.outcome[:, None], problem.cells)[0]
    options = {"df": df, "confidence": confidence}
    mean = coefficient_table(
        found.mean_terms, found.mean, errors[0], sd_x=_spreads(problem, found.mean_terms), sd_y=spread_y, **options
    )
    variance = coefficient_table(
        found.variance_terms,
        found.variance,
        errors[1],
        sd_x=_spreads(problem, found.variance_terms),
        sd_y=1.0,
        equation="log_variance",
        **options,
    )
    table = pd.concat([mean, variance[~variance["term"].isin(problem.hidden)]], ignore_index=True)
    n_clusters = found.n_clusters
    return Fit(
        coefficients=table.assign(block=[problem.block_of.get(term, "") for term in table["term"]]),
        n_obs=found.n,
        n_units=n_clusters,
        n_clusters=n_clusters,
        covariance=COVARIANCES["cluster"].format(by="municipality", n=n_clusters),
        clustered_convention=CONVENTION,
        log_likelihood=found.log_likelihood,
        aic=found.aic,
        warnings=list(warnings),
        residuals=found.residuals,
        covariance_matrix=found.covariance,
        df=df,
    )


def _spread(columns: np.ndarray, cells: np.ndarray | None) -> np.ndarray:
    """Standard deviation within field and period: levels between fields are not spread."""
    if cells is None:
        return columns.std(axis=0, ddof=1)
    codes = np.unique(cells, return_inverse=True)[1]
    left = within(columns, codes, codes, ["municipality"])
    return np.sqrt((left**2).sum(axis=0) / (len(columns) - codes.max() - 1))


def _spreads(problem: Problem, terms: Sequence[str]) -> np.ndarray:
    """One standard deviation of the predictor itself, also for its products; NaN for constants and the reform."""
    bare = [term.rsplit(":", 1)[1] if term.startswith(PREFIXES[1:]) else term for term in terms]
    return np.array([problem.spread.get(name, np.nan) for name in bare])


def _tests(found: LocationScale, problem: Problem, alpha: float) -> list[dict[str, object]]:
    from scipy.special import chdtri

    rows, df = [], found.n_clusters - 1
    for name, terms in problem.tested.items():
        k = len(terms)
        estimate = found.variance[found.variance_terms.index(terms[0])] if k == 1 else np.nan
        said = WALD.format(k=k, df=df)
        rows.append(wald_row("wald", name, found.wald(terms, alpha), k, said, estimate=estimate, bound=np.nan))
        statistic, p_value, k = likelihood_ratio(found, terms)
        values = {"estimate": estimate, "statistic": statistic, "p_value": p_value, "critical": float(chdtri(k, alpha))}
        rows.append(inference_row("likelihood_ratio", name, verdict=LIKELIHOOD_RATIO.format(k=k), **values))
    return rows


def _equivalence(fit: Fit, problem: Problem, terms: Sequence[str], task: Task) -> list[dict[str, object]]:
    """Is every coefficient of the ln variance, per standard deviation of its predictor, smaller than the bound?"""
    bounds = task.settings["equivalence"]
    table = fit.coefficients
    table = table[table["equation"] == "log_variance"].set_index("term").loc[list(terms)]
    spread = pd.Series(_spreads(problem, terms), list(terms))
    return [
        equivalence(
            f"log_variance:{term}",
            table.at[term, "standardised"],
            table.at[term, "std_error"] * spread[term],
            fit.df,
            bound,
            bounds["alpha"],
        )
        for bound in bounds["coefficient_bounds"]
        for term in terms
    ]


def _with_notes(ledger: pd.DataFrame, found: LocationScale, problem: Problem) -> pd.DataFrame:
    """The ledger with the effects that are not shown and the report of convergence."""
    report, n = found.convergence, found.n
    hidden = len([term for term in problem.hidden if term != "const"])
    notes = [
        ("convergence", f"{report.iterations} iterations, gradient below 1e-8 per row"),
        ("convergence", f"log-likelihood {report.log_likelihood:.4f}, condition number {report.condition:.1e}"),
    ]
    if problem.cells is not None:
        notes.insert(0, ("effects", f"{found.effects} effects in the mean and {hidden} in the ln variance, not shown"))
    rows = pd.DataFrame([(step, n, n, reason) for step, reason in notes], columns=ledger.columns)
    return pd.concat([ledger, rows], ignore_index=True)


def permutation_row(sample: LongSample, draws: int, rng: np.random.Generator) -> dict[str, object]:
    """Test of d with whole fields permuted over the label reformed.

    Statistic: Harvey's two-step d. ln squared residuals, 1.2704 added, averaged per field and period, periods averaged
    within windows; change of the treated fields less change of the others. Residuals within field and window, by least
    squares on time effects and predictors, so that they do not hang on which fields are called reformed. Two-sided;
    all distinct labellings if no more than draws, else that many at random; p = (b + 1) / (B + 1).
    """
    change, treated = two_step_changes(sample)
    observed, p_value, drawn, distinct, smallest = permute_labels(change, treated, draws, rng)
    said = PERMUTATION.format(drawn=drawn, distinct=distinct, smallest=smallest)
    return inference_row(
        "permutation", "d", estimate=observed, statistic=observed, p_value=p_value, verdict=f"{said}; {TWO_STEP}"
    )


def two_step_changes(sample: LongSample) -> tuple[np.ndarray, np.ndarray]:
    """Change of the mean ln variance per field, post less pre, fields sorted; which of them are treated."""
    frame, names = sample.frame, sample.block_columns + sample.controls
    predictors, outcome = frame[names].to_numpy(float), frame["outcome"].to_numpy(float)
    parts_of = frame.groupby(["field", "post"], sort=True).indices
    level = {
        key: _log_variance(outcome[at], predictors[at], frame["time"].to_numpy()[at]) for key, at in parts_of.items()
    }
    fields = [field for field in sorted(frame["field"].unique()) if (field, 0.0) in level and (field, 1.0) in level]
    treated = frame.drop_duplicates("field").set_index("field")["reformed"].loc[fields].to_numpy() == 1
    return np.array([level[field, 1.0] - level[field, 0.0] for field in fields]), treated


def _log_variance(outcome: np.ndarray, predictors: np.ndarray, times: np.ndarray) -> float:
    codes = np.unique(times, return_inverse=True)[1]
    left = within(np.column_stack([outcome, predictors]), codes, codes, ["municipality"])
    residuals = left[:, 0] - left[:, 1:] @ np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=1e-10)[0]
    squares = np.maximum(residuals**2, 1e-10 * np.mean(residuals**2))
    logs = np.log(squares) - LOG_CHI2_MEAN
    return float((np.bincount(codes, logs) / np.bincount(codes)).mean())


def permute_labels(
    change: np.ndarray, treated: np.ndarray, draws: int, rng: np.random.Generator
) -> tuple[float, float, int, int, float]:
    """Difference in means of change (one value per field) and its permutation p, two-sided.

    Returns the difference, p, labellings used, distinct labellings, smallest attainable p.
    """
    n, k = len(change), int(treated.sum())
    distinct = comb(n, k)

    def difference(labels: np.ndarray) -> np.ndarray:
        sums = labels @ change
        return sums / k - (change.sum() - sums) / (n - k)

    observed = float(difference(treated.astype(float)[None])[0])
    labels = _all_labels(n, k) if distinct <= max(draws, 1) else _random_labels(n, k, draws, rng)
    found = np.abs(difference(labels))
    enough = found >= abs(observed) - 1e-12 * np.abs(change).max()
    if distinct <= max(draws, 1):
        ties = (found >= found.max() - 1e-12 * np.abs(change).max()).sum()
        return observed, float(enough.sum() / distinct), distinct, distinct, float(ties / distinct)
    return observed, float((enough.sum() + 1) / (draws + 1)), draws, distinct, 1 / (draws + 1)


def _all_labels(n: int, k: int) -> np.ndarray:
    from itertools import combinations

    labels = np.zeros((comb(n, k), n))
    chosen = np.array(list(combinations(range(n), k)))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    return labels


def _random_labels(n: int, k: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    return (np.argsort(rng.random((draws, n)), axis=1) < k).astype(float)
