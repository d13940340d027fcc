"""What is not a plain least-squares table: random effects, the wild cluster bootstrap, quantile regression, blocks of R2."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import drawn_shares
from beleidsvrijheid.models.quantile import solve_quantile
from beleidsvrijheid.models.random_effects import random_effects
from beleidsvrijheid.models.rank import back_transform, centred_scaled
from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p

from .digits import COEFFICIENT, EASY, ERROR, Agreement, right
from .exact import DIGITS, Exact, decimal, fractions
from .sets import Problem, grunfeld, longley, norris, reference

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


# Random effects


def swamy_arora(problem: Problem) -> Exact:
    """Generalised least squares of a balanced panel as one exact regression: regressors, constant.

    theta = 1 - sqrt(within variance / (T x between variance)) is the one number that is rounded, to DIGITS digits.
    """
    units, n = problem.units, len(problem.outcome)
    columns = [*problem.regressors.to_numpy().T, np.ones(n)]
    dummies = [(units == code).astype(float) for code in np.unique(units)[1:]]
    within = Exact(problem.outcome, [*columns, *dummies])
    numbers = [fractions(column) for column in (*columns, problem.outcome)]
    means = [_means(column, units) for column in numbers]
    between = Exact([*means[-1].values()], [[*column.values()] for column in means[:-1]])
    years = n // len(means[0])
    left_within, left_between = (one.left / (one.n - one.k) for one in (within, between))
    with localcontext() as context:
        context.prec = DIGITS
        theta = 1 - Fraction(decimal(left_within / (years * left_between)).sqrt())
    moved = [
        [value - theta * mean[unit] for value, unit in zip(column, units.tolist(), strict=True)]
        for column, mean in zip(numbers, means, strict=True)
    ]
    return Exact(moved[-1], moved[:-1])


def _means(column: list[Fraction], units: np.ndarray) -> dict[int, Fraction]:
    groups: dict[int, list[Fraction]] = {}
    for value, unit in zip(column, units.tolist(), strict=True):
        groups.setdefault(unit, []).append(value)
    return {unit: sum(values, Fraction(0)) / len(values) for unit, values in groups.items()}


def random_effects_agreement(problem: Problem) -> Agreement:
    """models.random_effects against the exact regression, errors clustered by municipality."""
    fit = random_effects(problem.outcome, problem.regressors, pd.Series(problem.units), pd.Series(problem.years))
    model, table = swamy_arora(problem), fit.coefficients
    errors = [model.error(place, "cluster", groups=(problem.units,)) for place in range(model.k)]
    return Agreement(
        problem.name,
        "random_effects",
        "cluster",
        "exact",
        min(right(*pair) for pair in zip(table["estimate"], model.coefficients, strict=True)),
        min(right(*pair) for pair in zip(table["std_error"], errors, strict=True)),
        (EASY, EASY) if problem.is_easy else (COEFFICIENT, ERROR),
    )


# Wild cluster bootstrap


def exact_wild(problem: Problem, column: int) -> tuple[Decimal, int, int, int]:
    """t, and of all 2^G Rademacher draws: how many exceed |t|, how many equal it, how many there are. The null imposed."""
    x = [fractions(one) for one in (*problem.regressors.to_numpy().T, np.ones(len(problem.outcome)))]
    full = Exact(problem.outcome, x)
    free = Exact(problem.outcome, [one for place, one in enumerate(x) if place != column])
    names = np.unique(problem.groups)
    members = [np.flatnonzero(problem.groups == name) for name in names]
    row, residuals = full.row(column), free.residuals
    with localcontext() as context:
        context.prec = DIGITS
        rows = [full.row(place) for place in range(full.k)]
        columns = [[decimal(value) for value in one] for one in x]
        scores = [sum(row[i] * residuals[i] for i in group) for group in members]
        pulled = [[sum(one[i] * residuals[i] for i in group) for one in rows] for group in members]
        spanned = [[sum(row[i] * one[i] for i in group) for one in columns] for group in members]
        factor = Decimal(len(names)) / (len(names) - 1) * (full.n - 1) / (full.n - full.k)
        t = abs(decimal(full.coefficients[column])) / full.error(column, "cluster", groups=(problem.groups,))
        found = [0, 0]
        for draw in range(2 ** len(names)):
            signs = [1 - 2 * (draw >> place & 1) for place in range(len(names))]
            move = [sum(s * one[k] for s, one in zip(signs, pulled, strict=True)) for k in range(full.k)]
            left = [
                s * score - sum(a * b for a, b in zip(move, own, strict=True))
                for s, score, own in zip(signs, scores, spanned, strict=True)
            ]
            drawn = abs(move[column]) / (factor * sum(value * value for value in left)).sqrt()
            gap = drawn / t - 1
            found[0] += gap > Decimal(10) ** (10 - DIGITS)
            found[1] += abs(gap) <= Decimal(10) ** (10 - DIGITS)
    return t, found[0], found[1], 2 ** len(names)


def wild_agreement() -> Agreement:
    """Grunfeld, capital = 0: t, and the count of 22 in 1024 exactly."""
    problem, known = grunfeld(), reference("wild_bootstrap")["grunfeld"]
    design = np.column_stack([problem.regressors, np.ones(len(problem.outcome))])
    rng = np.random.default_rng(1)
    (test,) = wild_cluster_p(problem.outcome, design, problem.groups, [1], "rademacher", known["draws"], rng)
    t, exceeding, _, draws = exact_wild(problem, 1)
    is_same = (test.exceeding, test.draws) == (exceeding, draws) == (known["exceeding"], known["draws"])
    digits = min(right(abs(test.statistic), t), right(abs(test.statistic), known["statistic"]))
    told = f"t and p = {test.exceeding}/{test.draws}"
    return Agreement("grunfeld", "wild bootstrap", told, "exact", digits if is_same else 0.0, target=(EASY, EASY))


# Quantile regression


def exact_quantile(outcome: np.ndarray, design: np.ndarray, quantile: float, near: np.ndarray) -> list[Fraction] | None:
    """The vertex that lies next to the slopes `near`, where exact arithmetic proves it the one best solution; else None.

    A basis h of k rows is the optimum if -q < sum over other rows of psi(r) x' X_h^-1 < 1 - q in every place, psi = q for
    residuals above 0, q - 1 below (Koenker 2005, Quantile Regression, theorem 2.1).
    """
    y, rows, q = fractions(outcome), [fractions(row) for row in design], Fraction(quantile)
    basis = np.argsort(np.abs(outcome - design @ near), kind="stable")[: design.shape[1]].tolist()
    slopes = _solved([rows[i] for i in basis], [y[i] for i in basis])
    total = [Fraction(0)] * len(slopes)
    for i, row in enumerate(rows):
        residual = y[i] - sum(a * b for a, b in zip(row, slopes, strict=True))
        if i not in basis and residual == 0:
            return None
        if i not in basis:
            total = [a + (q if residual > 0 else q - 1) * b for a, b in zip(total, row, strict=True)]
    shares = _solved([list(column) for column in zip(*[rows[i] for i in basis], strict=True)], total)
    return slopes if all(-q < share < 1 - q for share in shares) else None


def _solved(matrix: list[list[Fraction]], right_side: list[Fraction]) -> list[Fraction]:
    work = [[*row, value] for row, value in zip(matrix, right_side, strict=True)]
    for place in range(len(work)):
        pivot = next(i for i in range(place, len(work)) if work[i][place] != 0)
        work[place], work[pivot] = work[pivot], work[place]
        work[place] = [value / work[place][place] for value in work[place]]
        for other in range(len(work)):
            if other != place:
                times = work[other][place]
                work[other] = [a - times * b for a, b in zip(work[other], work[place], strict=True)]
    return [row[-1] for row in work]


def engel() -> tuple[np.ndarray, np.ndarray]:
    """Food expenditure of 235 households, and income with a constant."""
    from statsmodels.datasets import engel

    data = engel.load_pandas().data
    return data["foodexp"].to_numpy(float), np.column_stack([data["income"], np.ones(len(data))])


def quantile_agreements() -> list[Agreement]:
    """The project's solver on Engel's data against the exact vertex, and against R as printed."""
    outcome, design = engel()
    scaled, mean, scale = centred_scaled(design[:, :1])
    back, printed, rows = back_transform(mean, scale), reference("engel")["coefficients"], []
    for quantile in QUANTILES:
        found = back @ solve_quantile(outcome, np.column_stack([scaled, np.ones(len(scaled))]), quantile)[0]
        exact = exact_quantile(outcome, design, quantile, found)
        digits = 0.0 if exact is None else min(right(*pair) for pair in zip(found, exact, strict=True))
        common = {"set": "engel", "path": "quantile", "kind": f"quantile {quantile:g}"}
        rows.append(Agreement(against="exact", coefficient=digits, target=(EASY, EASY), **common))
        if quantile in printed:
            known = printed[quantile][::-1]
            digits = min(right(*pair) for pair in zip(found, known, strict=True))
            rows.append(Agreement(against="R", coefficient=digits, target=(6.0, 6.0), **common))
    return rows


# Blocks of R2


def exact_shapley(outcome, blocks: dict[str, np.ndarray]) -> dict[str, Fraction]:
    """Shapley shares of R2 of blocks of columns (n x k each), from the exact R2 of every subset."""
    names, values = list(blocks), {}
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            columns = [column for name in chosen for column in blocks[name].T]
            values[chosen] = Exact(outcome, [*columns, np.ones(len(outcome))]).r2 if chosen else Fraction(0)
    shares = dict.fromkeys(names, Fraction(0))
    for name in names:
        for chosen in values:
            if name not in chosen:
                joined = tuple(one for one in names if one in chosen or one == name)
                count = len(chosen)
                weight = Fraction(factorial(count) * factorial(len(names) - count - 1), factorial(len(names)))
                shares[name] += weight * (values[joined] - values[chosen])
    return shares


def attribution_agreement(problem: Problem) -> Agreement:
    """Shapley shares of R2, each regressor a block of its own."""
    blocks = {name: problem.regressors[[name]].to_numpy() for name in problem.regressors}
    n = len(problem.outcome)
    (found,) = drawn_shares(problem.outcome, blocks, np.empty((n, 0)))(np.ones((1, n)))
    exact = exact_shapley(problem.outcome, blocks)
    digits = min(right(float(value), share) for value, share in zip(found, exact.values(), strict=True))
    target = EASY if problem.is_easy else COEFFICIENT
    return Agreement(problem.name, "attribution", "Shapley shares", "exact", digits, target=(target, target))


OTHERS: list[Callable[[], list[Agreement]]] = [
    lambda: [random_effects_agreement(grunfeld()), random_effects_agreement(grunfeld(1e9))],
    lambda: [wild_agreement()],
    quantile_agreements,
    lambda: [attribution_agreement(problem) for problem in (norris(), longley(), grunfeld())],
]
