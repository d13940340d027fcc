"""The oracle itself: NIST's certified values, R's numbers, a bootstrap by enumeration, and what it refuses."""

from fractions import Fraction

import numpy as np
import pytest

from . import further, paths, sets
from .digits import right
from .exact import Exact

CERTIFIED = {problem.name: problem for problem in sets.linear_sets()}
# As floats hold Filip's powers no program can have more (exact solution of the rounded design).
LIMIT = {"filip": 7.6}


@pytest.mark.parametrize("name", CERTIFIED)
def test_oracle_has_the_certified_values(name):
    problem = CERTIFIED[name]
    found = paths.exact_numbers(paths.PATHS[0], problem, paths.NONROBUST)
    for term, known in problem.certified.items():
        for value, certified in zip(found[term], known, strict=True):
            assert right(float(value), certified) > LIMIT.get(name, 12.8), term
    if problem.r2 is not None:
        assert right(float(paths.oracle(paths.PATHS[0], problem).r2), problem.r2) > LIMIT.get(name, 13)


def test_oracle_has_the_errors_of_r():
    """Every covariance with a published value on Grunfeld; the HC3 error of the constant has 11.4 of its 15 digits right."""
    known, problem = sets.reference("grunfeld"), sets.grunfeld()
    by_name = {path.name: path for path in paths.PATHS}
    cases = {
        "ols": ("ols", paths.NONROBUST),
        "hc1": ("ols", paths.Kind("HC1")),
        "hc3": ("ols", paths.Kind("HC3")),
        "cr1_firm": ("ols", paths.CLUSTER),
        "cr1_two_way": ("ols", paths.TWO_WAY),
        "within": ("panel_ols, municipality effects", paths.NONROBUST),
        "within_cr1": ("panel_ols, municipality effects", paths.CLUSTER),
        "two_way": ("panel_ols, both effects", paths.NONROBUST),
    }
    assert set(cases) == set(known["standard_errors"])
    for name, (path, kind) in cases.items():
        found = paths.exact_numbers(by_name[path], problem, kind)
        for place, term in enumerate(known["terms"]):
            for column, table in enumerate(("coefficients", "standard_errors")):
                value = known[table].get(name, [None] * 3)[place]
                assert value is None or right(float(found[term][column]), value) > 11.4, (name, term)


def test_oracle_refuses_columns_that_are_combinations():
    with pytest.raises(ZeroDivisionError, match="combinations"):
        Exact([1, 2, 4], [[1, 1, 1], [1, 2, 3], [2, 3, 4]])


def test_oracle_knows_weights_as_repeated_rows():
    y, x, counts = [1, 3, 2, 5], [1, 2, 4, 5], [1, 3, 2, 1]
    rows = np.repeat(np.arange(4), counts)
    weighted = Exact(y, [x, [1] * 4], counts)
    repeated = Exact(np.array(y)[rows], [np.array(x)[rows], [1] * 7])
    assert weighted.coefficients == repeated.coefficients and weighted.left == repeated.left
    assert weighted.r2 == repeated.r2


def test_enumeration_gives_22_of_1024_with_two_ties():
    known = sets.reference("wild_bootstrap")["grunfeld"]
    t, exceeding, ties, draws = further.exact_wild(sets.grunfeld(), 1)
    assert (exceeding, ties, draws) == (22, 2, 1024) == (known["exceeding"], 2, known["draws"])
    assert right(float(t), known["statistic"]) > 13


def test_a_vertex_that_is_not_the_best_is_no_quantile_regression():
    x = np.arange(1.0, 8.0)
    y, design = np.array([1.0, 2.5, 2.0, 4.0, 5.5, 5.0, 9.0]), np.column_stack([x, np.ones(7)])
    assert further.exact_quantile(y, design, 0.5, np.array([1.1, -0.1])) == [Fraction(9, 8), Fraction(-1, 8)]
    through_the_last = np.array([4.0, -19.0])
    assert further.exact_quantile(y, design, 0.5, through_the_last) is None


def test_digits_are_log_relative_errors():
    assert right(1.0000001, 1.0) == pytest.approx(7, abs=1e-6)
    assert right(1e-9, 0.0) == pytest.approx(9) and right(2.5, Fraction(5, 2)) == 15
    assert right(float("nan"), 1.0) == right(-7.0, 1.0) == 0
