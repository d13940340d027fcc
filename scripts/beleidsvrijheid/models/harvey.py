"""Location-scale regression: the mean and the logarithm of the variance are both linear (Harvey 1976).

y_i ~ N(a_cell(i) + u_unit(i) + x_i'b, exp(z_i'g)), by maximum likelihood (Harvey 1976, 10.2307/1913974; Western &
Bloome 2009, 10.1111/j.1467-9531.2009.01222.x). The effects a and u and the slopes b are concentrated out: given g
they are weighted least squares, cells and units being taken out by exact weighted projection. What is left is a
function of g alone, climbed by Fisher scoring and finished by Newton with the concentrated observed information.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.joint_tests import Wald, wald
from beleidsvrijheid.models.rank import back_transform, centred_scaled, independent_columns

LOG_CHI2_MEAN = -1.2703628454614782  # mean of the logarithm of a chi-squared with one degree of freedom (Harvey 1976)
TOLERANCE = 1e-8  # largest element of the gradient, columns of unit variance, per row
ITERATIONS = 100
PATIENCE = 8  # iterations of Fisher scoring before Newton is tried anyway
NEWTON_FROM = 1e-4  # gradient at which Fisher scoring gives way to Newton
SMALLEST_VARIANCE = np.log(1e-12)  # of the variance of the outcome: a variance below is running away to zero
SURELY = 1e-6  # smallest eigenvalue of a correlation matrix that leaves no doubt that its columns differ
TINY = 1e-20


@dataclass(frozen=True)
class Convergence:
    """How the maximum was reached. gradient: largest element, columns of unit variance, per row. last_rise: of the
    log-likelihood, in the last step. condition: of the information, columns of unit variance.
    """

    iterations: int
    gradient: float
    log_likelihood: float
    last_rise: float
    condition: float


@dataclass(frozen=True)
class LocationScale:
    """Estimates in the units of the data; the constant of an equation is its last term, `const`.

    mean: p terms (without constant where cells are absorbed); variance: q terms of ln sigma^2. covariance:
    (p + q) x (p + q), jackknife over clusters; sandwich: likewise, without correction for small samples but G/(G-1);
    information: inverse of the observed information, effects concentrated
    out. residuals and log_variance: n. effects: mean effects absorbed, counted in aic. problem and gamma: the scaled
    arrays and the g of the maximum on their scale.
    """

    mean_terms: list[str]
    variance_terms: list[str]
    mean: np.ndarray
    variance: np.ndarray
    covariance: np.ndarray
    sandwich: np.ndarray
    information: np.ndarray
    log_likelihood: float
    aic: float
    n: int
    n_clusters: int
    effects: int
    residuals: np.ndarray
    log_variance: np.ndarray
    convergence: Convergence
    problem: "Design"
    gamma: np.ndarray

    def errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Standard errors of the mean and of the variance equation."""
        errors, p = np.sqrt(np.diag(self.covariance)), len(self.mean_terms)
        return errors[:p], errors[p:]

    def wald(self, terms: Sequence[str], alpha: float) -> Wald | None:
        """F with (k, G - 1) degrees of freedom: are these terms of the variance all zero?"""
        at = [self.variance_terms.index(term) for term in terms]
        rows = np.array(at) + len(self.mean_terms)
        return wald(self.variance[at], self.covariance[np.ix_(rows, rows)], self.n_clusters - 1, alpha)


class Effects:
    """Fixed effects of the mean: cells, and units beside them; taken out by weighted projection.

    cells, units: a label per row, None without such effects.
    """

    def __init__(self, n: int, cells: Sequence | None, units: Sequence | None):
        if units is not None and cells is None:
            cells = np.zeros(n, int)
        self.cells, self.units = _Groups.of(cells), _Groups.of(units)
        self.count = (self.cells.count if self.cells else 0) + (self.units.count - 1 if self.units else 0)

    def residual(self, matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """What is left of the columns (n x k) after weighted least squares on the effects."""
        if self.cells is None:
            return matrix
        size, of_cells, own, _ = self._small(matrix, weights)
        if own is None:
            return matrix - self.cells.spread(of_cells / size[:, None])
        table = self.units.table(self.cells, weights)
        return matrix - self.cells.spread((of_cells - table.T @ own) / size[:, None]) - self.units.spread(own)

    def explained(self, matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """P(m)' W P(m), k x k, P the weighted projection of the columns on the effects."""
        if self.cells is None:
            return np.zeros((matrix.shape[1], matrix.shape[1]))
        size, of_cells, own, of_units = self._small(matrix, weights)
        total = of_cells.T @ (of_cells / size[:, None])
        return total if own is None else total + of_units.T @ own

    def _small(self, matrix: np.ndarray, weights: np.ndarray):
        """Weights per cell, weighted sums per cell; coefficients of the units, and their sums given the cells."""
        weighted = weights[:, None] * matrix
        size, of_cells = np.bincount(self.cells.code, weights), self.cells.sums(weighted)
        if self.units is None:
            return size, of_cells, None, None
        # The cells are eliminated, so one small system of units x units is left.
        table = self.units.table(self.cells, weights)
        system = np.diag(table.sum(axis=1)) - (table / size) @ table.T
        of_units = self.units.sums(weighted) - (table / size) @ of_cells
        return size, of_cells, np.linalg.pinv(system, rcond=1e-10, hermitian=True) @ of_units, of_units


@dataclass(frozen=True)
class _Groups:
    labels: np.ndarray
    code: np.ndarray

    @classmethod
    def of(cls, labels: Sequence | None) -> "_Groups | None":
        return None if labels is None else cls(*np.unique(np.asarray(labels), return_inverse=True))

    @property
    def count(self) -> int:
        return len(self.labels)

    def sums(self, matrix: np.ndarray) -> np.ndarray:
        """Sum per group of every column: count x k."""
        found = [np.bincount(self.code, column, self.count) for column in matrix.T]
        return np.array(found).reshape(-1, self.count).T

    def spread(self, values: np.ndarray) -> np.ndarray:
        """The values of its group (count x k) on every row; columns contiguous, as everywhere here."""
        return np.take(values.T, self.code, axis=1).T

    def table(self, other: "_Groups", weights: np.ndarray) -> np.ndarray:
        """Weights per pair of groups."""
        flat = np.bincount(self.code * other.count + other.code, weights, self.count * other.count)
        return flat.reshape(self.count, other.count)


def _beside(*parts: np.ndarray) -> np.ndarray:
    """Columns side by side, each contiguous: sums run over rows."""
    return np.concatenate([part.reshape(len(part), -1).T for part in parts]).T


@dataclass(frozen=True)
class Design:
    """Scaled arrays of one problem: outcome n, mean n x p, variance n x q (constant last), and how to go back."""

    outcome: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    effects: Effects
    mean_terms: list[str]
    variance_terms: list[str]
    scale: float
    back: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class Profile:
    """The likelihood at one g, everything of the mean at its maximum: weights, residuals, mean columns projected."""

    gamma: np.ndarray
    log_likelihood: float
    slopes: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    mean: np.ndarray


def design(
    outcome: np.ndarray,
    mean: pd.DataFrame,
    variance: pd.DataFrame,
    cells: Sequence | None = None,
    units: Sequence | None = None,
) -> Design:
    """Centre and scale; refuse what cannot be told apart.

    outcome: n; mean: n x p and variance: n x q, no constants; cells, units: labels of mean effects. Raises Refusal
    on a constant outcome, a cell with one row, and collinear columns, by name.
    """
    outcome, effects = np.asarray(outcome, float), Effects(len(outcome), cells, units)
    scale = float(outcome.std())
    if scale == 0:
        raise Refusal("the outcome has the same value in every row")
    for groups in (effects.cells, effects.units):
        alone = np.flatnonzero(np.bincount(groups.code) == 1) if groups and groups.count > 1 else []
        if len(alone):
            raise Refusal(f"{groups.labels[alone[0]]} has one row only: its mean is fitted exactly")
    x, x_mean, x_scale = centred_scaled(mean.to_numpy(float))
    z, z_mean, z_scale = centred_scaled(variance.to_numpy(float))
    refuse_collinear(effects.residual(x, np.ones(len(x))), mean.columns, "mean")
    refuse_collinear(z, variance.columns, "variance")
    names, z_names, p = list(mean.columns), [*variance.columns, "const"], mean.shape[1]
    back_mean = back_transform(x_mean, x_scale) * scale
    if effects.cells is None:
        x, names = _beside(x, np.ones(len(x))), [*names, "const"]
    else:
        back_mean = back_mean[:p, :p]
    total, k = len(names) + len(z_names), len(names)
    back, shift = np.zeros((total, total)), np.zeros(total)
    back[:k, :k], back[k:, k:] = back_mean, back_transform(z_mean, z_scale)
    shift[-1] = 2 * np.log(scale)
    if effects.cells is None:
        shift[k - 1] = outcome.mean()
    z = _beside(z, np.ones(len(z)))
    return Design((outcome - outcome.mean()) / scale, x, z, effects, names, z_names, scale, back, shift)


def refuse_collinear(matrix: np.ndarray, names: Sequence[str], equation: str) -> None:
    """Raise Refusal naming the columns that are combinations of those before them."""
    gram = matrix.T @ matrix / max(len(matrix), 1)
    if not len(gram) or np.linalg.eigvalsh(gram)[0] > SURELY:
        return
    size = np.linalg.norm(matrix, axis=0)
    flat = size <= 1e-8 * np.sqrt(len(matrix))  # the columns had unit variance before the effects were taken out
    gone = flat | ~independent_columns(np.where(flat, 0.0, matrix))
    if gone.any():
        named = ", ".join(name for name, out in zip(names, gone, strict=True) if out)
        raise Refusal(f"collinear in the {equation}: {named}; no part of its own beside the columns before it")


def profile(problem: Design, gamma: np.ndarray) -> Profile:
    """The log-likelihood of the scaled outcome at g, with effects and slopes at their maximum given g."""
    log_variance = problem.variance @ gamma
    with np.errstate(over="ignore"):
        weights = np.exp(-log_variance)
    if not np.isfinite(weights).all():
        return Profile(gamma, -np.inf, np.zeros(problem.mean.shape[1]), weights, weights, problem.mean)
    left = problem.effects.residual(_beside(problem.outcome, problem.mean), weights)
    y, x = left[:, 0], left[:, 1:]
    weighted = weights[:, None] * x
    slopes = np.linalg.lstsq(weighted.T @ x, weighted.T @ y, rcond=1e-14)[0] if x.shape[1] else np.empty(0)
    residuals = y - x @ slopes
    total = len(y) * np.log(2 * np.pi) + log_variance.sum() + weights @ residuals**2
    return Profile(gamma, float(-0.5 * total), slopes, weights, residuals, x)


def gradient(problem: Design, at: Profile) -> np.ndarray:
    """Derivative of the concentrated log-likelihood by g."""
    return 0.5 * problem.variance.T @ (at.weights * at.residuals**2 - 1)


def information(problem: Design, at: Profile) -> np.ndarray:
    """Observed information of (b, g), effects concentrated out.

    With r the residuals, w = exp(-z'g) and P the weighted projection on the effects: the derivative of the scores of
    the effects by g is -w r z, which takes P(r z)' W P(r z) from the information of g.
    """
    w, r, x, z = at.weights, at.residuals, at.mean, problem.variance
    weighted, product = w[:, None] * x, r[:, None] * z
    mixed = weighted.T @ product
    own = 0.5 * (product * w[:, None]).T @ product - problem.effects.explained(product, w)
    return np.block([[weighted.T @ x, mixed], [mixed.T, own]])


def projected_residuals(problem: Design, at: Profile) -> np.ndarray:
    """P(r z), n x q: the weighted projection on the effects of residual times variance column."""
    product = at.residuals[:, None] * problem.variance
    return product - problem.effects.residual(product, at.weights)


def scores(problem: Design, at: Profile, projected: np.ndarray) -> np.ndarray:
    """Derivative of the log-likelihood of every row by (b, g), effects concentrated out: n x (p + q).

    projected: see projected_residuals.
    """
    pull = at.weights * at.residuals
    own = (0.5 * (pull * at.residuals - 1))[:, None] * problem.variance - pull[:, None] * projected
    return _beside(pull[:, None] * at.mean, own)


def start(problem: Design) -> Profile:
    """Harvey's two-step estimate or equal variances, whichever is likelier. Refuses a cell that is fitted exactly."""
    q = problem.variance.shape[1]
    equal = profile(problem, np.zeros(q))
    squares = equal.residuals**2
    cells = problem.effects.cells
    if cells is not None:
        exact = np.flatnonzero(np.bincount(cells.code, squares) <= TINY * np.bincount(cells.code))
        if len(exact):
            raise Refusal(f"separation: the rows of {cells.labels[exact[0]]} are fitted exactly; its variance is zero")
    mean_square = squares.mean()
    if mean_square <= TINY:
        raise Refusal("separation: the mean equation fits the outcome exactly")
    level = np.zeros(q)
    level[-1] = np.log(mean_square)
    logs = np.log(np.maximum(squares, 1e-10 * mean_square)) - LOG_CHI2_MEAN
    z = problem.variance
    two_step = np.linalg.solve(z.T @ z, z.T @ logs)
    return max((profile(problem, level), profile(problem, two_step)), key=lambda found: found.log_likelihood)


def maximise(problem: Design, at: Profile) -> tuple[Profile, int, float]:
    """The maximum, the iterations and the last rise of the log-likelihood.

    Raises Refusal where a variance runs away to zero (separation) and where nothing converges.
    """
    n, z = len(problem.outcome), problem.variance
    expected = np.linalg.cholesky(0.5 * z.T @ z)
    rise = np.nan
    for iteration in range(ITERATIONS):
        slope = gradient(problem, at)
        size = np.abs(slope).max() / n
        if size < TOLERANCE:
            return at, iteration, rise
        step = np.linalg.solve(expected.T, np.linalg.solve(expected, slope))
        if size < NEWTON_FROM or iteration >= PATIENCE:
            step = _newton(problem, at, slope, step)
        found = _climb(problem, at, step)
        if found is None:
            break
        rise, at = found.log_likelihood - at.log_likelihood, found
        _refuse_separation(problem, at)
    raise Refusal(f"no convergence: gradient {size:.1e} per row after {iteration + 1} iterations")


def _newton(problem: Design, at: Profile, slope: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    matrix, p = information(problem, at), problem.mean.shape[1]
    concentrated = matrix[p:, p:] - matrix[p:, :p] @ np.linalg.lstsq(matrix[:p, :p], matrix[:p, p:], rcond=1e-14)[0]
    try:
        np.linalg.cholesky(concentrated)
    except np.linalg.LinAlgError:  # not concave here: stay with scoring
        return fallback
    return np.linalg.solve(concentrated, slope)


def _climb(problem: Design, at: Profile, step: np.ndarray) -> Profile | None:
    """The first halving of the step that does not fall; None where none does."""
    slack = 1e-12 * abs(at.log_likelihood)
    for halving in range(30):
        found = profile(problem, at.gamma + step / 2**halving)
        if found.log_likelihood >= at.log_likelihood - slack:
            return found
    return None


def _refuse_separation(problem: Design, at: Profile) -> None:
    log_variance = problem.variance @ at.gamma
    if log_variance.min() < SMALLEST_VARIANCE:
        row = problem.variance[int(log_variance.argmin()), :-1] * at.gamma[:-1]
        name = problem.variance_terms[int(row.argmin())] if len(row) else "const"
        raise Refusal(f"separation: the variance runs to zero along {name}; rows that are fitted exactly")


def location_scale(
    outcome: np.ndarray,
    mean: pd.DataFrame,
    variance: pd.DataFrame,
    clusters: Sequence,
    cells: Sequence | None = None,
    units: Sequence | None = None,
) -> LocationScale:
    """Maximum likelihood of the mean and of ln sigma^2, covariance clustered.

    outcome: n. mean: n x p; variance: n x q; columns named, no constants. clusters: label per row; each row its own
    where rows are independent. cells, units: labels of fixed effects in the mean, absorbed; without cells the mean has
    a constant. Covariance: (G-1)/G times the sum over clusters of d d', d = (H - H_c)^-1 s_c, one Newton step to the
    maximum without cluster c, H the observed information and s the scores with the effects concentrated out (CR3;
    MacKinnon, Nielsen & Webb 2023, 10.1002/jae.2969); to be used with t and F of G-1 degrees of freedom. The plain
    sandwich covers too little with a hundred clusters (docs/validation.md). Raises Refusal: collinear columns by name,
    separation, no more clusters than coefficients, no convergence.
    """
    groups = _Groups.of(clusters)
    total = mean.shape[1] + variance.shape[1] + (1 if cells is not None or units is not None else 2)
    if groups.count <= total:
        raise Refusal(f"{groups.count} clusters for {total} coefficients of mean and variance")
    problem = design(outcome, mean, variance, cells, units)
    at, iterations, rise = maximise(problem, start(problem))
    return _result(problem, at, groups, iterations, rise)


def _polished(problem: Design, at: Profile, matrix: np.ndarray) -> Profile:
    """One Newton step beyond convergence, so that published digits do not hang on where the iterations stopped."""
    p = problem.mean.shape[1]
    step = np.linalg.solve(matrix, np.concatenate([np.zeros(p), gradient(problem, at)]))[p:]
    found = profile(problem, at.gamma + step)
    closer = np.abs(gradient(problem, found)).max() <= np.abs(gradient(problem, at)).max()
    return found if closer else at


def deletion_steps(
    problem: Design, at: Profile, projected: np.ndarray, groups: _Groups, matrix: np.ndarray, sums: np.ndarray
) -> np.ndarray:
    """How far one Newton step would move (b, g) without each cluster, sign reversed: G x (p + q).

    projected: see projected_residuals; matrix: observed information; sums: scores per cluster. The effects stay where
    the whole sample puts them.
    """
    p, k, root = problem.mean.shape[1], len(matrix), np.sqrt(at.weights)[:, None]
    rows = root * _beside(at.mean, at.residuals[:, None] * problem.variance, projected)
    if (np.diff(groups.code) < 0).any():
        rows = rows[np.argsort(groups.code, kind="stable")]
    ends = np.cumsum(np.bincount(groups.code))
    left = np.empty((len(sums), *matrix.shape))
    for cluster, own in enumerate(np.split(rows, ends[:-1])):
        part = own[:, :k].T @ own[:, :k]
        part[p:, p:] = 0.5 * part[p:, p:] - own[:, k:].T @ own[:, k:]
        left[cluster] = matrix - part
    return np.linalg.solve(left, sums[:, :, None])[:, :, 0]


def _result(problem: Design, at: Profile, groups: _Groups, iterations: int, rise: float) -> LocationScale:
    matrix = information(problem, at)
    at = _polished(problem, at, matrix)
    inverse = np.linalg.inv(matrix)
    projected, count = projected_residuals(problem, at), groups.count
    sums = groups.sums(scores(problem, at, projected))
    sandwich = inverse @ (sums.T @ sums) @ inverse * count / (count - 1)
    steps = deletion_steps(problem, at, projected, groups, matrix, sums)
    both = problem.back @ np.concatenate([at.slopes, at.gamma]) + problem.shift
    n, p = len(problem.outcome), len(problem.mean_terms)
    log_likelihood = at.log_likelihood - n * np.log(problem.scale)
    size = float(np.abs(gradient(problem, at)).max() / n)
    return LocationScale(
        mean_terms=problem.mean_terms,
        variance_terms=problem.variance_terms,
        mean=both[:p],
        variance=both[p:],
        covariance=problem.back @ (steps.T @ steps * (count - 1) / count) @ problem.back.T,
        sandwich=problem.back @ sandwich @ problem.back.T,
        information=problem.back @ inverse @ problem.back.T,
        log_likelihood=log_likelihood,
        aic=2 * (len(both) + problem.effects.count) - 2 * log_likelihood,
        n=n,
        n_clusters=count,
        effects=problem.effects.count,
        residuals=at.residuals * problem.scale,
        log_variance=problem.variance @ at.gamma + 2 * np.log(problem.scale),
        convergence=Convergence(iterations, size, log_likelihood, float(rise), float(np.linalg.cond(matrix))),
        problem=problem,
        gamma=at.gamma,
    )


def likelihood_ratio(full: LocationScale, terms: Sequence[str]) -> tuple[float, float, int]:
    """Chi-squared, its p-value and degrees of freedom: the model without these terms of the variance against `full`.

    Takes rows for independent: with clusters the Wald test decides.
    """
    from scipy.special import chdtrc

    keep = np.array([term not in terms for term in full.variance_terms])
    problem = replace(full.problem, variance=full.problem.variance.T[keep].T)
    at = maximise(problem, profile(problem, full.gamma[keep]))[0]
    restricted = at.log_likelihood - full.n * np.log(problem.scale)
    statistic = max(0.0, 2 * (full.log_likelihood - restricted))
    return statistic, float(chdtrc(len(terms), statistic)), len(terms)
