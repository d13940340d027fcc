"""Restricted cubic splines: exact values by hand, the natural interpolating spline as oracle."""

from fractions import Fraction

import numpy as np

from beleidsvrijheid.models.shapes import restricted_cubic_spline


def by_hand(x, knots):
    """Harrell (2015), equation 2.25, in fractions, divided by the square of the outer distance."""
    x, knots = Fraction(x), [Fraction(knot) for knot in knots]
    first, before, last = knots[0], knots[-2], knots[-1]

    def cube(value):
        return max(value, Fraction(0)) ** 3

    terms = [
        cube(x - t) - cube(x - before) * (last - t) / (last - before) + cube(x - last) * (before - t) / (last - before)
        for t in knots[:-2]
    ]
    return [float(term / (last - first) ** 2) for term in terms]


def test_values_by_hand():
    # (5-2)^3/36; ((8-2)^3 - 2 (8-5)^3)/36; (8^3 - 2 x 5^3 + 2^3)/36
    values = restricted_cubic_spline(np.array([1, 2, 5, 8, 10]), [2, 5, 8])
    np.testing.assert_allclose(values[:, 0], [0, 0, 0.75, 4.5, 7.5], rtol=1e-15)
    knots = [Fraction(17, 2), Fraction(9), Fraction(37, 4), Fraction(21, 2), Fraction(11)]
    points = [Fraction(8), Fraction(35, 4), Fraction(10), Fraction(21, 2), Fraction(12)]
    expected = [by_hand(x, knots) for x in points]
    got = restricted_cubic_spline(np.array(points, float), [float(knot) for knot in knots])
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_spans_the_natural_spline_and_is_straight_outside():
    from scipy.interpolate import CubicSpline

    knots = np.array([8.0, 8.7, 9.4, 10.1, 11.0])
    heights = np.array([0.3, -1.0, 2.0, 0.5, 1.5])
    natural = CubicSpline(knots, heights, bc_type="natural")

    def basis(x):
        return np.column_stack([np.ones_like(x), x, restricted_cubic_spline(x, knots)])

    slopes = np.linalg.solve(basis(knots), heights)
    inside = np.linspace(8, 11, 60)
    np.testing.assert_allclose(basis(inside) @ slopes, natural(inside), atol=1e-10)
    for outside in (np.linspace(5, 8, 9), np.linspace(11, 14, 9)):
        np.testing.assert_allclose(np.diff(basis(outside) @ slopes, 2), 0, atol=1e-10)


def test_recovers_a_planted_bend():
    rng = np.random.default_rng(3)
    x, knots = rng.uniform(8, 12, 3000), [8.5, 9.5, 10.5, 11.5]
    basis = np.column_stack([np.ones(3000), x, restricted_cubic_spline(x, knots)])
    planted = np.array([1.0, -0.5, 0.8, -1.2])
    y = basis @ planted + rng.normal(0, 0.1, 3000)
    slopes, residuals, *_ = np.linalg.lstsq(basis, y, rcond=None)
    errors = np.sqrt(np.diag(np.linalg.inv(basis.T @ basis)) * residuals[0] / 2996)
    assert (np.abs(slopes - planted) < 4 * errors).all()
