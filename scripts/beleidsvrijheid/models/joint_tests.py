"""Tests of several coefficients at once: blocks, U shapes, and equal slopes over quantiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from beleidsvrijheid.inference import not_applicable
from beleidsvrijheid.models.estimate_rows import inference_row
from beleidsvrijheid.models.fit import Fit
from beleidsvrijheid.models.sample import Sample
from beleidsvrijheid.models.shapes import restricted_cubic_slopes
from beleidsvrijheid.models.transforms import column_name

ALL_BLOCKS = "blocks"
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Wald:
    """statistic: F where df is finite, else chi-squared; q: restrictions; df: of the denominator."""

    statistic: float
    q: int
    df: float
    critical: float
    p_value: float

    @property
    def name(self) -> str:
        """The reference distribution in words."""
        return f"F({self.q}, {self.df:.0f})" if np.isfinite(self.df) else f"chi-squared {self.q}"


def wald(estimates: np.ndarray, covariance: np.ndarray, df: float, alpha: float) -> Wald | None:
    """Are all `estimates` zero? F = b'V^-1 b / q with (q, df) degrees of freedom; infinite df: chi-squared, b'V^-1 b.

    estimates: q; covariance: q x q. critical: value that rejects at alpha. None where the covariance has no inverse (more
    restrictions than clusters, a column without variation).
    """
    from scipy.special import chdtrc, chdtri, fdtrc, fdtri

    estimates, covariance = np.atleast_1d(np.asarray(estimates, float)), np.atleast_2d(covariance)
    errors = np.sqrt(np.diag(covariance))
    if not (np.isfinite(covariance).all() and (errors > 0).all()):
        return None
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    if values.min() <= TOLERANCE * values.max():
        return None
    q = len(estimates)
    squared = float(((vectors.T @ (estimates / errors)) ** 2 / values).sum())
    if np.isfinite(df):
        return Wald(squared / q, q, df, float(fdtri(q, df, 1 - alpha)), float(fdtrc(q, df, squared / q)))
    return Wald(squared, q, df, float(chdtri(q, alpha)), float(chdtrc(q, squared)))


def no_inverse(test: str, name: str, count: int) -> dict[str, object]:
    """The row of a joint test that cannot be done."""
    return not_applicable(test, f"{name}: the covariance of its {count} coefficients has no inverse")


def wald_row(
    test: str, term: str, found: Wald | None, count: int, verdict: str = "", **values: float
) -> dict[str, object]:
    """The row of a Wald test of `count` coefficients. verdict: its distribution where none is given."""
    if found is None:
        return no_inverse(test, term, count)
    numbers = {"bound": 0.0, "statistic": found.statistic, "critical": found.critical, "p_value": found.p_value}
    return inference_row(test, term, verdict=verdict or found.name, **numbers | values)


def joint_rows(fit: Fit, sample: Sample, alpha: float) -> list[dict[str, object]]:
    """Joint test of the columns of every block, and of all of them: test "joint", term the block or "blocks".

    fit: of a linear model, its covariance_matrix in the order of the coefficients. The verdict names the distribution.
    """
    terms = fit.coefficients["term"].tolist()
    groups = {block: columns for block, columns in sample.blocks.items() if columns}
    if not groups:
        return []
    groups[ALL_BLOCKS] = sample.block_columns
    return [_joint_row(fit, terms, name, columns, alpha) for name, columns in groups.items()]


def _joint_row(fit: Fit, terms: list[str], name: str, columns: Sequence[str], alpha: float) -> dict[str, object]:
    places = [terms.index(column) for column in columns]
    estimates = fit.coefficients["estimate"].to_numpy()[places]
    test = wald(estimates, fit.covariance_matrix[np.ix_(places, places)], fit.df, alpha)
    return wald_row("joint", name, test, len(places))


@dataclass(frozen=True)
class UShape:
    """extreme: where the quadratic turns (NaN for another shape). By shape, "u_shape" and "inverse_u_shape": t and p."""

    extreme: float
    statistic: dict[str, float]
    p_value: dict[str, float]


def lind_mehlum(
    estimates: np.ndarray, covariance: np.ndarray, at_low: np.ndarray, at_high: np.ndarray, df: float
) -> UShape:
    """Is the curve falling at the low end of the range and rising at the high end, or the reverse?

    estimates, covariance: of the coefficients of the shape, k and k x k. at_low, at_high: derivative of every column at the
    two ends of the range. An intersection-union test: p is the larger of two one-sided t-tests (Lind & Mehlum 2010,
    10.1111/j.1468-0084.2009.00569.x; Sasabuchi 1980, 10.1093/biomet/67.2.429). extreme is left NaN.
    """
    from scipy.special import stdtr

    df = min(df, 1e10)
    ends = np.stack([at_low, at_high])
    low, high = (ends @ estimates) / np.sqrt(np.einsum("ij,jk,ik->i", ends, covariance, ends))
    statistic = {"u_shape": float(min(-low, high)), "inverse_u_shape": float(min(low, -high))}
    return UShape(np.nan, statistic, {name: float(stdtr(df, -t)) for name, t in statistic.items()})


def u_shape_rows(fit: Fit, sample: Sample, specification: Mapping[str, Any], alpha: float) -> list[dict[str, object]]:
    """Tests "u_shape" and "inverse_u_shape" of every square (interactions: [[a, a]]) and spline of a linear model.

    estimate: where a quadratic turns; statistic: the smaller of the two t-values; the range is that of the sample.
    """
    rows, terms = [], fit.coefficients["term"].tolist()
    squares = [a for a, b in specification.get("interactions") or [] if a == b]
    for name in [*squares, *(specification.get("splines") or {})]:
        columns, derivatives = _shape(name, sample, specification)
        if not set(columns) <= set(terms):
            rows.append(not_applicable("u_shape", f"{name}: a column of its shape was removed"))
            continue
        places = [terms.index(column) for column in columns]
        estimates = fit.coefficients["estimate"].to_numpy()[places]
        values = sample.frame[columns[0]]
        ends = derivatives(values.min()), derivatives(values.max())
        found = lind_mehlum(estimates, fit.covariance_matrix[np.ix_(places, places)], *ends, fit.df)
        turn = values.mean() - estimates[0] / (2 * estimates[1]) if name in squares else np.nan
        rows += [_shape_row(shape, name, turn, found, fit.df, alpha) for shape in found.statistic]
    return rows


def _shape(name: str, sample: Sample, specification: Mapping[str, Any]):
    """Columns of a square or spline and the function that gives their derivatives at a value."""
    knots, base = (specification.get("splines") or {}).get(name), column_name(name, specification.get("transforms"))
    if knots is None:
        mean = sample.frame[base].mean() if base in sample.frame else np.nan
        return [base, f"{base}:{base}"], lambda value: np.array([1.0, 2 * (value - mean)])
    columns = [base, *(f"{base}~{i + 1}" for i in range(len(knots) - 2))]
    return columns, lambda value: np.append(1.0, restricted_cubic_slopes(value, knots))


def _shape_row(shape: str, name: str, turn: float, found: UShape, df: float, alpha: float) -> dict[str, object]:
    from scipy.special import stdtrit

    p_value = found.p_value[shape]
    values = {"critical": float(stdtrit(min(df, 1e10), 1 - alpha)), "p_value": p_value}
    verdict = shape.replace("_", " ") if p_value < alpha else f"no {shape.replace('_', ' ')} shown"
    return inference_row(shape, name, estimate=turn, statistic=found.statistic[shape], verdict=verdict, **values)


def equal_slopes_rows(
    terms: Sequence[str], points: np.ndarray, drawn: np.ndarray, shown: Sequence[str], alpha: float
) -> list[dict[str, object]]:
    """Is the slope of a term the same at every quantile? Wald test from the bootstrap covariance, test "equal_slopes".

    points: quantiles x terms; drawn: quantiles x draws x terms, the same resampled municipalities at every quantile.
    shown: the terms to test. Koenker & Bassett (1982, 10.2307/1912528), covariance bootstrapped.
    """
    if len(points) < 2:
        return [not_applicable("equal_slopes", "one quantile has nothing to be compared with")]
    rows = []
    for name in shown:
        place = list(terms).index(name)
        steps = np.diff(points[:, place])
        test = wald(steps, np.cov(np.diff(drawn[:, :, place], axis=0)), np.inf, alpha)
        spread = float(points[-1, place] - points[0, place])
        rows.append(wald_row("equal_slopes", name, test, len(steps), estimate=spread))
    return rows
