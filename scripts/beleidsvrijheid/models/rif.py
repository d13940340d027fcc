"""E5: recentred influence function regression of variance and Gini (Firpo, Fortin & Lemieux 2009, 10.3982/ECTA6822).

The influence function says how much a little more mass at y moves a statistic of the distribution; recentred, its
mean is that statistic, so that its regression on predictors splits the statistic. Each field and period is a
distribution of its own. The functions hang on the whole sample, so the bootstrap computes them anew in every draw.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from beleidsvrijheid.attribution import weighted_products
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts, inference_table, not_applicable
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.field_sample import LongSample, field_sample
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.rank import independent_columns
from beleidsvrijheid.models.task import Task, ledger_kept

COVARIANCE = (
    "recentred influence functions per field and period, computed anew in every draw; bootstrap over municipalities, "
    "all years and fields together, {draws} draws; bias-corrected (BC) intervals and the p-values that agree with them"
)
POST = "post"
# A wild bootstrap holds regressand and sample fixed and redraws residuals: no draw would move the function itself.
NO_WILD = "rif: the outcome is a function of the whole sample, which must be computed anew in every draw"


def rif_variance(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(y - mean)^2, draws x n; its mean is the variance with divisor n. counts: draws x n, how often each value counts."""
    n = counts.sum(axis=1, keepdims=True)
    return (values - (counts @ values)[:, None] / n) ** 2


def rif_log_variance(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """ln V + (y - mean)^2 / V - 1, draws x n, V the variance with divisor n: the delta method on rif_variance."""
    squares = rif_variance(values, counts)
    variance = (counts * squares).sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(variance) + squares / variance - 1


def rif_gini(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """G + (E|y - Y| - D) / mean - G (y - mean) / mean, draws x n, with D = E|Y - Y'| and G = D / (2 mean).

    The exact influence function of the Gini of a discrete distribution (Firpo, Fortin & Lemieux 2018,
    10.3390/econometrics6020028, section 2.2, written with mean differences instead of the Lorenz curve).
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], counts[:, order]
    n, total = w.sum(axis=1, keepdims=True), (w @ x)[:, None]
    below, amount = np.cumsum(w, axis=1), np.cumsum(w * x, axis=1)
    distance = (x * (2 * below - n) + total - 2 * amount) / n
    mean = total / n
    spread = (w * distance).sum(axis=1, keepdims=True) / n
    gini = spread / (2 * mean)
    result = np.empty_like(w)
    result[:, order] = gini + (distance - spread) / mean - gini * (x - mean) / mean
    return result


MEASURES = {"variance": rif_variance, "log_variance": rif_log_variance, "gini": rif_gini}


def rif_regression(
    values: np.ndarray,
    design: np.ndarray,
    cells: Sequence,
    units: np.ndarray,
    measure: str,
    counts: np.ndarray,
) -> np.ndarray:
    """Least-squares coefficients of the recentred influence functions: draws x k.

    values: n. design: n x k, with its constants. cells: label of the distribution of each row; units: integer code
    of its municipality. counts: draws x G, how often each municipality counts. Raises StudyError on another measure,
    Refusal where a mean that Gini divides by is not positive or a design column is a combination of others.
    """
    if measure not in MEASURES:
        raise StudyError(f"measures: {measure!r}; allowed: {', '.join(MEASURES)}")
    if not independent_columns(design / np.linalg.norm(design, axis=0).clip(1e-300)).all():
        raise Refusal("the columns of the design are combinations of each other")
    names, code = np.unique(np.asarray(cells), return_inverse=True)
    right = np.zeros((len(counts), design.shape[1]))
    for number, name in enumerate(names):
        at = np.flatnonzero(code == number)
        if measure == "gini" and (values[at].min() < 0 or values[at].sum() <= 0):
            raise Refusal(f"{name}: a negative value or a mean of zero has no Gini")
        if np.ptp(values[at]) == 0:
            raise Refusal(f"{name}: the outcome has the same value in every row")
        own = counts[:, units[at]]
        right += (own * MEASURES[measure](values[at], own)) @ design[at]
    return (np.linalg.pinv(weighted_products(design, counts, units), rcond=1e-10, hermitian=True) @ right[:, :, None])[
        :, :, 0
    ]


def rif_design(sample: LongSample) -> tuple[np.ndarray, list[str]]:
    """Columns post, Z, post:Z, controls, then a constant per field (no names): n x k, and the names."""
    frame = sample.frame
    post = frame[POST].to_numpy()
    columns = {POST: post} | {name: frame[name].to_numpy() for name in sample.block_columns}
    columns |= {f"{POST}:{name}": post * frame[name].to_numpy() for name in sample.block_columns}
    columns |= {name: frame[name].to_numpy() for name in sample.controls}
    fields = (frame["field"].to_numpy()[:, None] == np.unique(frame["field"])).astype(float)
    return np.column_stack([*columns.values(), fields]), list(columns)


def estimate_rif(task: Task) -> Estimation:
    """Variance, ln variance and Gini of a field or of several, on predictors, before and after.

    Keys: measures, and those of field_sample.field_sample; `fields` or one `beleidsveld` (a basket). Equations: the
    measures; variance and log_variance of the transformed outcome, Gini of the amounts themselves. Terms: post (change
    at the mean of Z), Z, post:Z, controls; a constant per field is not shown.
    """
    sample = field_sample(task, contrast=False)
    with ledger_kept(sample.ledger):
        fit = rif_fit(
            sample, task.specification["measures"], _amounts(sample, task), task.draws, task.confidence, task.rng
        )
    rows = tests_of_bootstrapped(fit, "rif").to_dict("records")
    tests = inference_table([*rows, not_applicable("wild_bootstrap", NO_WILD)])
    return Estimation(fit, sample.ledger, sample.sha256, "", tests)


def _amounts(sample: LongSample, task: Task) -> np.ndarray:
    outcome = sample.frame["outcome"].to_numpy(float)
    back = {"log": np.exp, "log1p": np.expm1}.get(task.specification.get("transform") or "none", np.asarray)
    return back(outcome)


def rif_fit(
    sample: LongSample,
    measures: Sequence[str],
    amounts: np.ndarray,
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> Fit:
    """Estimates of every measure with bootstrap intervals, the same draws for all. amounts: the outcome untransformed."""
    design, names = rif_design(sample)
    codes, units = np.unique(sample.frame["nis"], return_inverse=True)
    counts = draw_counts(len(codes), draws, rng)
    outcome = sample.frame["outcome"].to_numpy(float)
    block_of: Mapping[str, str] = sample.block_of
    rows = []
    for measure in dict.fromkeys(measures):
        values = amounts if measure == "gini" else outcome
        options = values, design, sample.cells, units, measure
        point = rif_regression(*options, np.ones((1, len(codes))))[0]
        drawn = rif_regression(*options, counts)
        for at, term in enumerate(names):
            row = bootstrapped_row(measure, term, point[at], drawn[:, at], confidence, null=0.0)
            rows.append(row | {"block": block_of.get(term.removeprefix(f"{POST}:"), "")})
    return Fit(
        coefficients=estimates_table(rows),
        n_obs=len(sample.frame),
        n_units=len(codes),
        n_clusters=len(codes),
        covariance=COVARIANCE.format(draws=draws),
        warnings=list(sample.warnings),
    )
