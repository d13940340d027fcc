"""Least squares in whole numbers: an oracle that no rounding touches.

Every float is a fraction with a power of two below the line, so columns are made whole, the normal equations are solved
without fractions (Bareiss 1968, 10.1090/S0025-5718-1968-0226829-0), and coefficients and R2 come out exact. Standard errors are
roots, and are worked out from the exact residuals with DIGITS digits.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

DIGITS = 80


def decimal(value: Fraction) -> Decimal:
    """A fraction with DIGITS digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)


def fractions(values) -> list[Fraction]:
    """Numbers as fractions, floats exactly as they are held."""
    return [value if isinstance(value, Fraction) else Fraction(float(value)) for value in values]


class Exact:
    """Least squares of an outcome on columns (a constant is one of them), with weights or without.

    columns: k lists of n numbers. All that follows is exact, or has DIGITS digits.
    """

    def __init__(self, outcome: Sequence, columns: Sequence[Sequence], weights: Sequence | None = None):
        self.n, self.k = len(outcome), len(columns)
        numbers = [fractions(column) for column in (*columns, outcome)]
        self.units = [lcm(*(value.denominator for value in column)) for column in numbers]
        whole = [[int(v * unit) for v in column] for column, unit in zip(numbers, self.units, strict=True)]
        self.x, self.y = np.array(whole[:-1], object).T.reshape(self.n, self.k), np.array(whole[-1], object)
        given = fractions([1] * self.n if weights is None else weights)
        self.weights = np.array(given, object)
        self.weight_unit = lcm(*(value.denominator for value in given))
        self.w = np.array([int(value * self.weight_unit) for value in given], object)
        self.inverse, self.determinant = _adjugate((self.x * self.w[:, None]).T @ self.x)
        self.slopes = self.inverse @ ((self.x * self.w[:, None]).T @ self.y)  # over the determinant

    @cached_property
    def coefficients(self) -> list[Fraction]:
        """k, in the order of the columns."""
        top = self.units[-1]
        return [
            Fraction(int(slope) * unit, self.determinant * top)
            for slope, unit in zip(self.slopes, self.units[:-1], strict=True)
        ]

    @cached_property
    def _whole_residuals(self) -> np.ndarray:
        return self.determinant * self.y - self.x @ self.slopes

    @cached_property
    def residuals(self) -> list[Decimal]:
        """n."""
        below = self.determinant * self.units[-1]
        return [decimal(Fraction(int(value), below)) for value in self._whole_residuals]

    @cached_property
    def left(self) -> Fraction:
        """Weighted sum of squared residuals."""
        total = int((self.w * self._whole_residuals**2).sum())
        return Fraction(total, (self.determinant * self.units[-1]) ** 2 * self.weight_unit)

    @cached_property
    def r2(self) -> Fraction:
        """Share of the weighted variation about the mean that is explained."""
        mean = Fraction(int((self.w * self.y).sum()), int(self.w.sum()))
        total = sum((w * (y - mean) ** 2 for w, y in zip(self.w, self.y, strict=True)), Fraction(0))
        return 1 - self.left / (total / (self.units[-1] ** 2 * self.weight_unit))

    @cached_property
    def leverage(self) -> list[Decimal]:
        """n."""
        forms = ((self.x @ self.inverse) * self.x).sum(axis=1) * self.w
        return [decimal(Fraction(int(value), self.determinant)) for value in forms]

    def row(self, column: int) -> list[Decimal]:
        """n numbers of which the products with the outcome sum to the coefficient, weights included."""
        values = (self.x @ self.inverse[:, column]) * self.w
        return [decimal(Fraction(int(value) * self.units[column], self.determinant)) for value in values]

    def error(self, column: int, kind: str, **how) -> Decimal:
        """Standard error of a coefficient; `how` as for `variance`."""
        with localcontext() as context:
            context.prec = DIGITS
            return self.variance(column, kind, **how).sqrt()

    def variance(
        self,
        column: int,
        kind: str,
        groups: Sequence[np.ndarray] = (),
        counted: int | None = None,
        bandwidth: int = 0,
    ) -> Decimal:
        """nonrobust, HC0-HC3; cluster, with one or two lists of codes in `groups`; driscoll_kraay, with years there.

        counted: coefficients in the small-sample factor (all of them unless given).
        """
        counted = self.k if counted is None else counted
        with localcontext() as context:
            context.prec = DIGITS
            row = self.row(column)
            if kind == "nonrobust":
                size = Fraction(int(self.inverse[column, column]) * self.weight_unit, self.determinant)
                scale = size * self.units[column] ** 2
                return decimal(self.left / (self.n - self.k) * scale)
            scores = [r * e for r, e in zip(row, self.residuals, strict=True)]
            if kind == "driscoll_kraay":
                series = _sums(scores, groups[0])
                total = sum(value * value for value in series)
                for lag in range(1, bandwidth + 1):
                    share = Decimal(2) * (1 - Decimal(lag) / (bandwidth + 1))
                    total += share * sum(a * b for a, b in zip(series[lag:], series, strict=False))
                return total * self.n / (self.n - counted)
            if kind == "cluster":
                return self._clustered(scores, groups, counted)
            return self._robust(scores, kind)

    def _clustered(self, scores: list[Decimal], groups: Sequence[np.ndarray], counted: int) -> Decimal:
        parts = [(codes, 1) for codes in groups]
        if len(groups) == 2:
            parts.append((np.unique(np.column_stack(groups), axis=0, return_inverse=True)[1].ravel(), -1))
        total = Decimal(0)
        for codes, sign in parts:
            sums = _sums(scores, codes)
            factor = Decimal(len(sums)) / (len(sums) - 1) * (self.n - 1) / (self.n - counted)
            total += sign * factor * sum(value * value for value in sums)
        return total

    def _robust(self, scores: list[Decimal], kind: str) -> Decimal:
        power = {"HC0": 0, "HC1": 0, "HC2": 1, "HC3": 2}[kind]
        total = sum(s * s / (1 - h) ** power for s, h in zip(scores, self.leverage, strict=True))
        return total * self.n / (self.n - self.k) if kind == "HC1" else total


def _sums(values: list[Decimal], codes: np.ndarray) -> list[Decimal]:
    found = {code: Decimal(0) for code in sorted(set(codes.tolist()))}
    for value, code in zip(values, codes.tolist(), strict=True):
        found[code] += value
    return list(found.values())


def _adjugate(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """Adjugate and determinant of a matrix of whole numbers, k x k, by elimination without fractions."""
    k = len(matrix)
    work = np.hstack([matrix, np.array([[int(i == j) for j in range(k)] for i in range(k)], object).reshape(k, k)])
    before = 1
    for place in range(k):
        pivot = work[place, place]
        if pivot == 0:
            raise ZeroDivisionError("the columns are combinations of each other")
        for other in range(k):
            if other != place:
                work[other] = (pivot * work[other] - work[other, place] * work[place]) // before
        before = pivot
    return work[:, k:], int(before)
