"""The solver against exact rational arithmetic, and columns it cannot tell apart."""

from fractions import Fraction

import numpy as np
import pytest

from beleidsvrijheid.models.solver import EXTENDED, least_squares

IS_EXTENDED = np.finfo(EXTENDED).eps < 1e-18


def exact(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Slopes in rational arithmetic, by Gauss-Jordan on the normal equations."""
    rows = [[Fraction(value) for value in row] for row in design.tolist()]
    y, k = [Fraction(value) for value in outcome.tolist()], design.shape[1]
    system = [[sum(row[i] * row[j] for row in rows) for j in range(k)] for i in range(k)]
    system = [line + [sum(row[i] * v for row, v in zip(rows, y, strict=True))] for i, line in enumerate(system)]
    for i in range(k):
        system[i] = [value / system[i][i] for value in system[i]]
        for j in set(range(k)) - {i}:
            system[j] = [a - system[j][i] * b for a, b in zip(system[j], system[i], strict=True)]
    return np.array([float(line[k]) for line in system])


@pytest.mark.skipif(not IS_EXTENDED, reason="this machine's longdouble is a double")
@pytest.mark.parametrize("degree", [2, 5, 8])
def test_polynomials_keep_ten_digits(degree):
    rng = np.random.default_rng(degree)
    x = np.linspace(-9, -3, 82).round(7)
    design, outcome = x[:, None] ** np.arange(degree + 1), rng.normal(size=82).round(4)
    solution = least_squares(design, outcome)
    np.testing.assert_allclose(solution.slopes.astype(float), exact(design, outcome), rtol=1e-8)
    residuals = outcome - (design.astype(EXTENDED) @ solution.slopes).astype(float)
    np.testing.assert_allclose(solution.residuals, residuals, atol=1e-9)


def test_what_comes_with_the_slopes_is_what_it_says():
    rng = np.random.default_rng(1)
    design, outcome = rng.normal(size=(40, 4)) * [1, 1e6, 1e-6, 1], rng.normal(size=40)
    solution = least_squares(design, outcome)
    bread = np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(solution.bread.astype(float), bread, rtol=1e-6)
    np.testing.assert_allclose(solution.influence, bread @ design.T, rtol=1e-6)
    np.testing.assert_allclose(solution.leverage, np.einsum("nk,kn->n", design, solution.influence), rtol=1e-10)
    np.testing.assert_allclose(solution.influence @ outcome, solution.slopes.astype(float), rtol=1e-10)
    np.testing.assert_allclose(design.T @ solution.residuals / np.linalg.norm(design, axis=0), 0, atol=1e-12)
    assert solution.leverage.sum() == pytest.approx(4, rel=1e-12)


def test_combinations_of_columns_are_pointed_out():
    rng = np.random.default_rng(2)
    design = rng.normal(size=(30, 3))
    assert least_squares(np.column_stack([design, design @ [1, -2, 3], np.zeros(30)]), design[:, 0]) == [3, 4]
    nearly = design[:, 0] + 1e-9 * rng.normal(size=30)
    assert not isinstance(least_squares(np.column_stack([design, nearly]), design[:, 1]), list)
