"""Wild cluster bootstrap t for least squares: one coefficient at a time, the null imposed.

Cameron, Gelbach & Miller (2008, 10.1162/rest.90.3.414), WCR. Residuals of the model under the null are multiplied by
one random weight a cluster. Every draw is a sum over clusters (the fast algorithm of Roodman, MacKinnon, Nielsen &
Webb 2019, 10.1177/1536867X19830877), so no draw fits a model and all draws are matrix products. Numerator and
denominator of t* are polynomials in the value tested, so an interval by inversion costs no new draw either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import INFERENCE_COLUMNS
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sandwich import SINGULAR
from beleidsvrijheid.models.solver import least_squares

WEIGHTS = {
    "rademacher": (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    # Webb (2023, 10.1111/caje.12661): six points, for few clusters.
    "webb": (np.sqrt([1.5, 1.0, 0.5, 1.5, 1.0, 0.5]) * [-1, -1, -1, 1, 1, 1], np.full(6, 1 / 6)),
    # Mammen (1993, 10.1214/aos/1176349025): two points with third moment 1.
    "mammen": (
        np.array([1 - np.sqrt(5), 1 + np.sqrt(5)]) / 2,
        np.array([np.sqrt(5) + 1, np.sqrt(5) - 1]) / (2 * np.sqrt(5)),
    ),
}
TEST = "wild_bootstrap"
COMBINATION = "wild cluster bootstrap: a column of the design is a combination of the columns before it"
VERDICT = "wild cluster bootstrap, {weights}, {draws} draws"
# A draw must exceed |t| by more than rounding: the draw of all ones is the sample itself.
TIE = 1e-10
CANCELLED = 1e-10  # share of its sum over rows that a clustered error has where only rounding is left
PERFECT_FIT = 1e-12  # share of the outcome's variation that is left, as models.linear has it


@dataclass(frozen=True)
class WildTest:
    """Test that one coefficient is zero.

    estimate, std_error: of the coefficient (CR1). statistic: their ratio. critical: the 1 - alpha quantile of |t*|.
    p_value: enumerated, the share of all draws with |t*| > |t|, ties not counted; drawn, (1 + count) / (draws + 1).
    exceeding, draws: the count of |t*| > |t|, of how many.
    """

    estimate: float
    std_error: float
    statistic: float
    critical: float
    p_value: float
    exceeding: int
    draws: int


@dataclass(frozen=True)
class _Polynomials:
    """t*(d) = (a0 + a1 d) / sqrt(f (q0 + 2 q1 d + q2 d^2)) per draw, d = estimate - value tested."""

    estimate: float
    std_error: float
    factor: float
    a0: np.ndarray
    a1: np.ndarray
    q0: np.ndarray
    q1: np.ndarray
    q2: np.ndarray

    def statistics(self, shift: float) -> np.ndarray:
        variance = self.factor * (self.q0 + 2 * self.q1 * shift + self.q2 * shift**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (self.a0 + self.a1 * shift) / np.sqrt(np.maximum(variance, 0.0))


def cluster_weights(n_clusters: int, draws: int, weights: str, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Weights per draw and cluster, draws x G; True where these are all 2^G Rademacher draws (2^G <= draws).

    Raises StudyError for other weights.
    """
    if weights not in WEIGHTS:
        raise StudyError(f"inference.weights: {weights!r}; allowed: {', '.join(WEIGHTS)}")
    if weights == "rademacher" and n_clusters < 31 and 2**n_clusters <= draws:
        bits = np.arange(2**n_clusters)[:, None] >> np.arange(n_clusters) & 1
        return 1.0 - 2.0 * bits, True
    values, chances = WEIGHTS[weights]
    return rng.choice(values, size=(draws, n_clusters), p=chances), False


def wild_cluster_p(
    outcome: np.ndarray,
    design: np.ndarray,
    clusters: np.ndarray,
    columns: Sequence[int],
    weights: str,
    draws: int,
    rng: np.random.Generator,
    absorbed: int = 0,
    alpha: float = 0.05,
) -> list[WildTest]:
    """Test of each column in `columns`, all on the same draws.

    outcome: n. design: n x k, with its constant or dummies. clusters: n codes. Fixed effects nested in the clusters may
    be taken out of both beforehand (then absorbed = 1, for the constant); effects that are not nested, such as years,
    must be columns, for they are estimated again in each draw. absorbed: coefficients that the CR1 factor adds to k.
    Raises StudyError for unknown weights, Refusal for one cluster, fewer rows than coefficients or a column that is a
    combination of others.
    """
    parts, enumerated = _prepare(outcome, design, clusters, columns, weights, draws, rng, absorbed)
    return [_test(part, enumerated, alpha) for part in parts]


def wild_cluster_interval(
    outcome: np.ndarray,
    design: np.ndarray,
    clusters: np.ndarray,
    column: int,
    weights: str,
    draws: int,
    rng: np.random.Generator,
    confidence: float,
    absorbed: int = 0,
) -> tuple[float, float]:
    """The values that the wild cluster bootstrap does not reject: ends where p crosses 1 - confidence.

    Arguments as `wild_cluster_p`. An end is infinite where the test rejects nothing on that side.
    """
    parts, enumerated = _prepare(outcome, design, clusters, [column], weights, draws, rng, absorbed)
    return _end(parts[0], enumerated, -1, 1 - confidence), _end(parts[0], enumerated, 1, 1 - confidence)


def wild_cluster_inference(
    outcome: np.ndarray,
    design: np.ndarray,
    clusters: np.ndarray,
    columns: Sequence[int],
    weights: str,
    draws: int,
    rng: np.random.Generator,
    confidence: float,
    absorbed: int = 0,
) -> tuple[list[WildTest], np.ndarray]:
    """Test and interval of each column in `columns`, all on the same draws: tests, and low and high (columns x 2).

    Arguments and refusals as `wild_cluster_p`; `confidence` is the level of the interval and of `critical`.
    """
    parts, enumerated = _prepare(outcome, design, clusters, columns, weights, draws, rng, absorbed)
    level = 1 - confidence
    ends = [[_end(part, enumerated, side, level) for side in (-1, 1)] for part in parts]
    return [_test(part, enumerated, level) for part in parts], np.array(ends).reshape(-1, 2)


def wild_rows(
    coefficients: pd.DataFrame,
    outcome: np.ndarray,
    design: np.ndarray,
    names: Sequence[str],
    terms: Sequence[str],
    clusters: np.ndarray,
    weights: str,
    draws: int,
    rng: np.random.Generator,
    absorbed: int = 0,
    alpha: float = 0.05,
) -> list[dict[str, object]]:
    """Rows of results/inference for `terms`, the named columns of a fitted linear model.

    coefficients: table of the fit, for the estimate in the units of the data (the test does not depend on scale).
    names: names of the first columns of the design. Other arguments as `wild_cluster_p`.
    """
    columns = [list(names).index(term) for term in terms]
    tests = wild_cluster_p(outcome, design, clusters, columns, weights, draws, rng, absorbed, alpha)
    estimates = coefficients.set_index("term")["estimate"]
    return [wild_row(term, float(estimates[term]), test, weights) for term, test in zip(terms, tests, strict=True)]


def wild_row(term: str, estimate: float, test: WildTest, weights: str) -> dict[str, object]:
    """One row of INFERENCE_COLUMNS; critical is of |t*|."""
    row = dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {"test": TEST, "term": term, "bound": 0.0, "estimate": estimate}
    row |= {"statistic": test.statistic, "critical": test.critical, "p_value": test.p_value}
    return row | {"verdict": VERDICT.format(weights=weights, draws=test.draws)}


def _prepare(outcome, design, clusters, columns, weights, draws, rng, absorbed):
    outcome, design = np.asarray(outcome, float), np.asarray(design, float)
    (n, k), groups = design.shape, np.unique(clusters, return_inverse=True)[1]
    n_clusters = groups.max(initial=-1) + 1
    if n_clusters < 2:
        raise Refusal(f"wild cluster bootstrap: {n_clusters} clusters, at least 2 are needed")
    if n <= k + absorbed:
        raise Refusal(f"{n} rows for {k + absorbed} coefficients and fixed effects")
    scale = np.linalg.norm(design, axis=0)
    basis, upper = np.linalg.qr(design / np.where(scale > 0, scale, 1.0))
    if np.abs(np.diag(upper)).min() < SINGULAR:
        raise Refusal(COMBINATION)
    drawn, enumerated = cluster_weights(n_clusters, draws, weights, rng)
    solution = least_squares(design, outcome)
    if isinstance(solution, list):
        raise Refusal(COMBINATION)
    if solution.residuals @ solution.residuals <= PERFECT_FIT * ((outcome - outcome.mean()) ** 2).sum():
        raise Refusal("wild cluster bootstrap: the outcome is an exact combination of the columns")
    residuals, estimates = solution.residuals, solution.slopes.astype(float)
    factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - k - absorbed)
    options = basis, groups, drawn, factor, residuals
    return [_polynomials(solution.influence[column], estimates[column], *options) for column in columns], enumerated


def _sums(groups: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.column_stack([np.bincount(groups, column) for column in matrix.T])


def drawn_scores(weights: np.ndarray, scores: np.ndarray, pulled: np.ndarray, spanned: np.ndarray) -> np.ndarray:
    """Score of every cluster in every draw, after the model is fitted again: draws x G.

    weights: draws x G. scores: G, of the column tested times the residuals under the null; pulled, spanned: G x k, sums
    per cluster of an orthonormal basis of the design times those residuals, and times the column.
    """
    return weights * scores - (weights @ pulled) @ spanned.T


def _polynomials(influence, estimate, basis, groups, drawn, factor, residuals) -> _Polynomials:
    """Score of cluster h in a draw v: v_h a_h - c_h' sum_g v_g b_g, with residuals e + d r for a null at distance d."""
    size = influence @ influence
    own = influence / size  # what the other columns do not explain of this one
    cross = _sums(groups, own[:, None] * basis)
    numerators, scores = [], []
    for part in (residuals, own):
        direct = np.bincount(groups, own * part)
        numerators.append(drawn @ direct * size)
        scores.append(drawn_scores(drawn, direct, _sums(groups, part[:, None] * basis), cross))
    q = [size**2 * (scores[i] * scores[j]).sum(axis=1) for i, j in ((0, 0), (0, 1), (1, 1))]
    error = np.sqrt(factor) * size * np.linalg.norm(np.bincount(groups, own * residuals))
    if error <= CANCELLED * size * np.linalg.norm(own * residuals):
        raise Refusal("wild cluster bootstrap: the scores cancel within every cluster, so the standard error is zero")
    return _Polynomials(float(estimate), float(error), factor, *numerators, *q)


def _exceeding(part: _Polynomials, shift: float) -> tuple[int, np.ndarray]:
    drawn = np.abs(part.statistics(shift))
    return int((drawn > abs(shift / part.std_error) * (1 + TIE) + TIE).sum()), drawn


def _p_value(part: _Polynomials, enumerated: bool, shift: float) -> float:
    count, draws = _exceeding(part, shift)[0], len(part.a0)
    return count / draws if enumerated else (count + 1) / (draws + 1)


def _test(part: _Polynomials, enumerated: bool, alpha: float) -> WildTest:
    if part.std_error == 0:
        raise Refusal("wild cluster bootstrap: the standard error is zero")
    count, drawn = _exceeding(part, part.estimate)
    critical = float(np.quantile(drawn[np.isfinite(drawn)], 1 - alpha))
    statistic = part.estimate / part.std_error
    p_value = _p_value(part, enumerated, part.estimate)
    return WildTest(part.estimate, part.std_error, statistic, critical, p_value, count, len(part.a0))


def _end(part: _Polynomials, enumerated: bool, side: int, level: float) -> float:
    """Bisection on a distance: p falls from 1 at the estimate; the last value that is not rejected."""
    inside, outside = 0.0, part.std_error
    while _p_value(part, enumerated, -side * outside) > level:
        inside, outside = outside, 2 * outside
        if outside > 1e6 * part.std_error:
            return side * np.inf
    for _ in range(60):
        middle = (inside + outside) / 2
        if _p_value(part, enumerated, -side * middle) > level:
            inside = middle
        else:
            outside = middle
    return part.estimate + side * (inside + outside) / 2
