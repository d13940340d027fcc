"""K3: does a municipality spend anything, and if so how much? A logit and a log-linear regression (claims I1, I2).

The two parts of a hurdle model factorise, so they are estimated apart (Cragg 1971, 10.2307/1909582; Duan et al. 1983,
10.1080/07350015.1983.10509330). Standard errors are clustered by municipality in both. The second part describes those that
spend: what makes a municipality spend and how much may share causes that are not in the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.estimate_rows import inference_row
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal, coefficient_table
from beleidsvrijheid.models.joint_tests import wald, wald_row
from beleidsvrijheid.models.linear import CLUSTERED_CONVENTION, ols
from beleidsvrijheid.models.rank import back_transform, centred_scaled, codes, independent_columns
from beleidsvrijheid.models.sample import LEDGER_COLUMNS, Sample
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts

ANY, AMOUNT = "any", "amount"
CYCLE = "cycle"
REFERENCE = 1  # first full year after an election: furthest from the next
COVARIANCE = (
    "any: logit; amount: least squares of the logarithm where positive; clustered by municipality, {n} clusters; "
    "logit: sandwich x G/(G-1), t with G-1 degrees of freedom"
)


@dataclass(frozen=True)
class Logit:
    """Coefficients (regressors, then the constant), their clustered covariance, log-likelihood, clusters."""

    estimates: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    n_clusters: int


def clustered_logit(outcome: np.ndarray, regressors: pd.DataFrame, clusters: np.ndarray) -> Logit:
    """Logit of a 0/1 outcome, maximum likelihood, sandwich by cluster x G/(G-1) (Stata's vce(cluster)).

    outcome: n of 0 and 1; regressors: n x k, no constant; clusters: n codes. Raises Refusal where the outcome does not
    vary, or where a combination of columns separates zeros from ones: the estimate would be infinite (Albert & Anderson
    1984, 10.1093/biomet/71.1.1); the columns are named.
    """
    from statsmodels.discrete.discrete_model import Logit as Model

    outcome = np.asarray(outcome, float)
    scaled, mean, scale = centred_scaled(regressors.to_numpy(float))
    design = np.column_stack([scaled, np.ones(len(outcome))])
    _check(outcome, design, regressors)
    result = Model(outcome, design).fit(method="newton", maxiter=100, tol=1e-10, disp=False, warn_convergence=False)
    if not result.mle_retvals["converged"]:
        raise Refusal("the logit does not converge")
    scores = (outcome - result.predict())[:, None] * design
    groups = np.unique(clusters, return_inverse=True)[1]
    summed = np.column_stack([np.bincount(groups, column) for column in scores.T])
    n_clusters = len(summed)
    bread = np.linalg.inv(-result.model.hessian(result.params))
    sandwich = n_clusters / (n_clusters - 1) * bread @ (summed.T @ summed) @ bread
    back = back_transform(mean, scale)
    return Logit(back @ result.params, back @ sandwich @ back.T, float(result.llf), n_clusters)


def _check(outcome: np.ndarray, design: np.ndarray, regressors: pd.DataFrame) -> None:
    n_ones = int(outcome.sum())
    if n_ones in (0, len(outcome)):
        raise Refusal(f"{n_ones} of {len(outcome)} rows are positive: nothing to tell apart")
    if not independent_columns(np.column_stack([design[:, -1], design[:, :-1]])).all():
        raise Refusal("the columns of the logit are combinations of each other")
    if min(n_ones, len(outcome) - n_ones) < design.shape[1]:
        fewest = min(n_ones, len(outcome) - n_ones)
        raise Refusal(f"{fewest} rows of the rarer outcome for {design.shape[1]} coefficients")
    separating = separating_columns(outcome, design)
    if separating.any():
        names = [name for name, bad in zip([*regressors.columns, "const"], separating, strict=True) if bad]
        raise Refusal(f"zeros and ones are separated by {', '.join(name for name in names if name != 'const')}")


def separating_columns(outcome: np.ndarray, design: np.ndarray) -> np.ndarray:
    """True for the columns of a direction that no row contradicts and some confirm; all False without separation.

    design: n x k with its constant. A linear programme: the direction b within [-1, 1] that maximises the sum of
    (2y - 1) x'b with none of them negative (Konis 2007, Computational algorithms for detecting separated data sets).
    """
    from scipy.optimize import linprog

    signed = (2 * outcome - 1)[:, None] * design
    signed = np.unique(signed.round(12), axis=0)  # repeated rows say nothing new
    best = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    if best.status != 0 or -best.fun <= 1e-7 * len(signed):
        return np.zeros(design.shape[1], bool)
    return np.abs(best.x) > 1e-7


def hurdle(
    outcome: np.ndarray, regressors: pd.DataFrame, clusters: pd.Series, confidence: float
) -> tuple[Fit, dict[str, tuple[np.ndarray, float]]]:
    """Equations any (logit of outcome > 0) and amount (least squares of ln outcome where positive).

    Returned with them, by equation: covariance of its coefficients and degrees of freedom.

    outcome: n of zero or more; regressors: n x k, no constant; clusters: municipality of each row. Raises Refusal for a
    negative outcome and wherever a part refuses, naming the part.
    """
    if (outcome < 0).any():
        raise Refusal(f"{int((outcome < 0).sum())} values are negative: neither none nor an amount")
    positive = outcome > 0
    names = [*regressors.columns, "const"]
    try:
        first = clustered_logit(positive.astype(float), regressors, codes(clusters))
    except Refusal as refusal:
        raise Refusal(f"{ANY}: {refusal.reason}") from refusal
    errors = np.sqrt(np.diag(first.covariance))
    no_units = np.full(len(names), np.nan)  # a logit has no outcome in units to standardise by
    whether = coefficient_table(
        names, first.estimates, errors, first.n_clusters - 1, confidence, no_units, np.nan, equation=ANY
    )
    second = _amount(outcome[positive], regressors[positive], clusters[positive], confidence)
    table = pd.concat([whether, second.coefficients.assign(equation=AMOUNT)], ignore_index=True)
    fit = Fit(
        table,
        n_obs=len(outcome),
        n_units=clusters.nunique(),
        covariance=COVARIANCE.format(n=first.n_clusters),
        n_clusters=first.n_clusters,
        clustered_convention=CLUSTERED_CONVENTION,
        df=min(first.n_clusters - 1, second.df),
    )
    return fit, {ANY: (first.covariance, first.n_clusters - 1.0), AMOUNT: (second.covariance_matrix, second.df)}


def _amount(outcome: np.ndarray, regressors: pd.DataFrame, clusters: pd.Series, confidence: float) -> Fit:
    if clusters.nunique() < 3:
        raise Refusal(f"{AMOUNT}: {clusters.nunique()} municipalities with a positive value")
    matrix, _, _ = centred_scaled(regressors.to_numpy(float))
    lost = [name for name, kept in zip(regressors.columns, independent_columns(matrix), strict=True) if not kept]
    if lost:
        raise Refusal(
            f"{AMOUNT}: where the outcome is positive, {', '.join(lost)} cannot be told from the columns before it"
        )
    try:
        return ols(np.log(outcome), regressors, "cluster", clusters.rename("municipality"), confidence)
    except Refusal as refusal:
        raise Refusal(f"{AMOUNT}: {refusal.reason}") from refusal


def years_since_election(years: np.ndarray, elections: Sequence[int]) -> np.ndarray:
    """Years since the last election, 0 in an election year. Raises StudyError for a year before the first."""
    elections = np.sort(np.asarray(elections, int))
    place = np.searchsorted(elections, years, side="right") - 1
    if (place < 0).any():
        raise StudyError(
            f"election_years: {int(years.min())} is before the first of {elections.tolist()}; add an earlier one"
        )
    return years - elections[place]


def cycle_dummies(since: np.ndarray) -> pd.DataFrame:
    """A column cycle=k per year of the cycle but the reference: the first full year of a term, or else the lowest."""
    levels = np.unique(since)
    reference = REFERENCE if REFERENCE in levels else levels[0]
    return pd.DataFrame({f"{CYCLE}={level}": (since == level).astype(float) for level in levels if level != reference})


def estimate_hurdle(task: Task) -> Estimation:
    """K3 of one yearly outcome; with the key `election_years`, dummies of the years since the last election as well."""
    sample = _no_negatives(task.sample())
    with ledger_kept(sample.ledger):
        elections = task.specification.get("election_years") or []
        sample = _with_cycle(sample, elections) if elections else sample
        outcome, regressors = parts(sample)
        regressors = regressors.reset_index(drop=True)
        fit, covariances = hurdle(outcome, regressors, sample.frame["nis"], task.confidence)
    rows = not_least_squares("hurdle")
    for block, columns in sample.blocks.items():
        for equation, (matrix, df) in covariances.items() if columns else ():
            rows.append(_joint(fit, equation, matrix, df, block, columns, task.alpha))
    if elections:
        since = years_since_election(sample.frame["year"].to_numpy(), elections)
        rows += _permutations(outcome, sample.frame["year"].to_numpy(), since, task.draws, task.rng)
    return finished(_counted(sample, outcome), fit, inference_table(rows))


def cycle_permutation(
    yearly: np.ndarray, years: np.ndarray, since: np.ndarray, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Do years at one place of the election cycle resemble each other? Statistic and p of permuted years.

    yearly: one mean per year; since: years since the last election, per year. A linear trend is taken out first, and again of
    every draw (Freedman & Lane 1983, 10.2307/1391660): years at one place of the cycle lie a term apart. Statistic: share of
    the sum of squares about the trend that the places of the cycle explain. A shock that all municipalities share moves a
    whole year: only the order of years can then be random, and with few years p stays large. p = (b + 1) / (B + 1).
    """
    trend = np.linalg.qr(np.column_stack([np.ones(len(years)), years - np.mean(years)]))[0]
    places = (since[:, None] == np.unique(since)).astype(float)
    directions, sizes, _ = np.linalg.svd(places - trend @ (trend.T @ places), full_matrices=False)
    basis = directions[:, sizes > 1e-9 * sizes[0]]

    def share(values: np.ndarray) -> np.ndarray:
        rest = values - (values @ trend) @ trend.T
        return ((rest @ basis) ** 2).sum(axis=-1) / (rest**2).sum(axis=-1)

    yearly = yearly - trend @ (trend.T @ yearly)
    if np.ptp(yearly) <= 1e-12:
        return 0.0, 1.0
    drawn = share(rng.permuted(np.tile(yearly, (draws, 1)), axis=1))
    point = float(share(yearly[None])[0])
    return point, float((1 + (drawn >= point * (1 - 1e-12)).sum()) / (draws + 1))


def _permutations(outcome, years, since, draws: int, rng) -> list[dict[str, object]]:
    """Rows of the permutation test over years, for both equations."""
    rows = []
    for equation, values in (
        (ANY, (outcome > 0).astype(float)),
        (AMOUNT, np.log(np.where(outcome > 0, outcome, np.nan))),
    ):
        table = pd.DataFrame({"year": years, "since": since, "value": values}).dropna().groupby("year").mean()
        series = table["value"].to_numpy(), table.index.to_numpy(float), table["since"].to_numpy()
        statistic, p_value = cycle_permutation(*series, draws, rng)
        found = {"statistic": statistic, "p_value": p_value, "verdict": f"{len(table)} years permuted, {draws} draws"}
        rows.append(inference_row("permutation", f"{equation}:{CYCLE}", bound=0.0, **found))
    return rows


def _no_negatives(sample: Sample) -> Sample:
    """Without the rows of a negative amount (a booking set right in a later year)."""
    kept = (sample.frame[sample.outcome] >= 0).to_numpy()
    row = ["not positive", len(kept), int(kept.sum()), "negative"]
    ledger = pd.concat([sample.ledger, pd.DataFrame([row], columns=LEDGER_COLUMNS)], ignore_index=True)
    return replace(sample, frame=sample.frame[kept].reset_index(drop=True), ledger=ledger)


def _with_cycle(sample: Sample, elections: Sequence[int]) -> Sample:
    since = years_since_election(sample.frame["year"].to_numpy(), elections)
    dummies = cycle_dummies(since)
    if dummies.empty:
        raise Refusal("all years are at the same distance from an election", sample.ledger)
    reference = sorted(set(since) - {int(name.split("=")[1]) for name in dummies})[0]
    frame = pd.concat([sample.frame, dummies], axis=1)
    row = [
        "categories",
        len(frame),
        len(frame),
        f"{CYCLE}: reference category {reference} ({sample.frame['nis'].nunique()} municipalities)",
    ]
    ledger = pd.concat([sample.ledger, pd.DataFrame([row], columns=LEDGER_COLUMNS)], ignore_index=True)
    return replace(sample, frame=frame, blocks={**sample.blocks, CYCLE: list(dummies)}, ledger=ledger)


def _counted(sample: Sample, outcome: np.ndarray) -> Sample:
    """A ledger row for the extensive margin; it drops nothing."""
    reason = f"zero in {int((outcome == 0).sum())} of {len(outcome)} rows; they are in the equation any only"
    row = ["extensive margin", len(outcome), len(outcome), reason]
    ledger = pd.concat([sample.ledger, pd.DataFrame([row], columns=LEDGER_COLUMNS)], ignore_index=True)
    return replace(sample, ledger=ledger)


def _joint(
    fit: Fit, equation: str, matrix, df: float, block: str, columns: Sequence[str], alpha: float
) -> dict[str, object]:
    own = fit.coefficients[fit.coefficients["equation"] == equation]
    places = [own["term"].tolist().index(column) for column in columns]
    test = wald(own["estimate"].to_numpy()[places], matrix[np.ix_(places, places)], df, alpha)
    return wald_row("joint", f"{equation}:{block}", test, len(places))
