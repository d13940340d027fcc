"""A dozen numbers whose right value is known, worked out before anything else of a study.

A release of a library may compute wrong figures without a word (statsmodels issue 10126: weighted least squares gave -2.6e8
for -0.28 with one release of NumPy). Each check here takes milliseconds, covers a path that results go through, and stops the
study by name. All data are made here; sources of the values stand beside them.
"""

import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal

# y of NIST's Wampler sets is sum x^k, k = 0..5, x = 0..20, plus a multiple of these.
_NOISE = np.array([759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048], float)
WAMPLER_NOISE = np.append(_NOISE, _NOISE[:-1][::-1])
# NIST StRD, Wampler4 (https://www.itl.nist.gov/div898/strd/lls/data/Wampler4.shtml): standard deviation of B5; B0-B5 are 1.
WAMPLER4_ERROR = 11.2324854679312
# Sum of seeded draws of three kinds, as NumPy 2.4 gives it.
DRAWN = 181.24422139512038
# What a broken library may end with.
BROKEN = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, MemoryError, OSError, RuntimeError)
BROKEN += (TypeError, ValueError, StudyError, Refusal)


@dataclass(frozen=True)
class Check:
    """A number worked out (`find`), what it must be, and how many digits of it must be right."""

    name: str
    find: Callable[[], float]
    expected: float
    digits: int


def polynomial() -> tuple[pd.DataFrame, np.ndarray]:
    """x, x^2 ... x^5 for x = 0..20, and their sum with 1: the regressors of Wampler1-5 and the outcome of Wampler1."""
    x = np.arange(21.0)
    columns = pd.DataFrame({f"x{power}": x**power for power in range(1, 6)})
    return columns, 1 + columns.sum(axis=1).to_numpy()


def small_panel() -> pd.DataFrame:
    """Six municipalities in five years, whole numbers: exact answers are fractions (see CHECKS)."""
    unit, year = np.divmod(np.arange(30), 5)
    x = (7 * unit + 3 * year + unit * year) % 11
    z = (5 * unit + 2 * year * year + 3) % 7
    y = 2 * x + (unit % 2) * z + 11 * (unit * unit % 5) + year + (unit * unit + 3 * unit * year + 2 * year) % 7
    columns = {"unit": unit, "year": year, "x": x, "z": z, "y": y, "weight": 1 + unit % 3}
    return pd.DataFrame(columns).astype(dict.fromkeys(("x", "z", "y", "weight"), float))


def worst(found: Iterable[float], expected: float = 1.0) -> float:
    """The number that is furthest from the expected one."""
    return float(max(np.asarray(list(found), float), key=lambda value: abs(value - expected)))


# Own solvers


def _wampler4():
    from beleidsvrijheid.models.linear import ols

    columns, outcome = polynomial()
    return ols(outcome + 100 * WAMPLER_NOISE, columns, "nonrobust").coefficients.set_index("term")


def own_coefficients() -> float:
    """Least squares of the project on Wampler4: the worst of six coefficients that are 1."""
    return worst(_wampler4()["estimate"])


def own_error() -> float:
    """The standard error of x^5 there."""
    return float(_wampler4().at["x5", "std_error"])


def own_panel() -> float:
    """Clustered standard error of x in the small panel, both effects taken out."""
    from beleidsvrijheid.models.linear import panel_ols

    data = small_panel()
    fit = panel_ols(data["y"].to_numpy(), data[["x", "z"]], data["unit"], data["year"], ["municipality", "year"])
    return float(fit.coefficients.set_index("term").at["x", "std_error"])


def own_multiverse() -> float:
    """The same by the solver of the multiverse."""
    from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells

    data = small_panel()
    units, years = data["unit"].to_numpy(int), data["year"].to_numpy(int)
    effects = ("municipality", "year")
    universe = Universe(
        data[["y", "x", "z"]].to_numpy(), ("y", "x", "z"), units, years, units, np.unique(units), effects
    )
    return float(estimate_cells(universe, [Cell(0, 1, (2,), "cluster", ("municipality",))])["std_error"].iloc[0])


def own_quantile() -> float:
    """Slope of x of the .3 quantile in the small panel, a vertex of a linear programme."""
    from beleidsvrijheid.models.quantile import solve_quantile

    data = small_panel()
    design = np.column_stack([data[["x", "z"]], np.ones(len(data))])
    return float(solve_quantile(data["y"].to_numpy(), design, 0.3)[0, 0])


def own_bootstrap() -> float:
    """p of the wild cluster bootstrap of z in the small panel, all 64 draws."""
    from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p

    data = small_panel()
    design, rng = np.column_stack([data[["x", "z"]], np.ones(len(data))]), np.random.default_rng(1)
    return wild_cluster_p(data["y"].to_numpy(), design, data["unit"].to_numpy(), [1], "rademacher", 64, rng)[0].p_value


# Libraries


def statsmodels_weighted() -> float:
    """Weighted least squares by statsmodels in the small panel: slope of x."""
    from statsmodels.regression.linear_model import WLS

    data = small_panel()
    design = np.column_stack([np.ones(len(data)), data[["x", "z"]]])
    return float(WLS(data["y"].to_numpy(), design, weights=data["weight"].to_numpy()).fit().params[1])


def linearmodels_within() -> float:
    """Fixed effects of municipality and year by linearmodels in the small panel: slope of x."""
    from linearmodels.panel.model import PanelOLS

    data = small_panel().set_index(["unit", "year"])
    fit = PanelOLS(data["y"], data[["x", "z"]], entity_effects=True, time_effects=True).fit()
    return float(fit.params["x"])


def linearmodels_random() -> float:
    """Random effects of municipalities by linearmodels in the small panel: slope of x."""
    from linearmodels.panel.model import RandomEffects

    data = small_panel().set_index(["unit", "year"]).assign(const=1.0)
    fit = RandomEffects(data["y"], data[["x", "z", "const"]]).fit()
    return float(fit.params["x"])


def scipy_distributions() -> float:
    """Tails and quantiles of t, F, chi-squared and normal, each divided by its value in closed form."""
    from scipy.special import chdtrc, fdtrc, ndtri, stdtr, stdtrit

    t = 3.0  # two degrees of freedom: P(T < -t) = (1 - t / sqrt(2 + t^2)) / 2; one: Cauchy
    pairs = [(stdtr(2, -t), (1 - t / math.sqrt(2 + t * t)) / 2), (stdtrit(1, 0.975), math.tan(0.475 * math.pi))]
    pairs += [(chdtrc(2, 40.0), math.exp(-20)), (chdtrc(4, 40.0), 21 * math.exp(-20))]
    pairs += [(fdtrc(2, 10, 5.0), 2.0**-5), (ndtri(0.975), 1.959963984540054)]
    return worst(found / known for found, known in pairs)


def pandas_joins() -> float:
    """Rows lost, doubled or wrongly matched by pandas where none may be: 0."""
    left = pd.DataFrame({"nis": ["02000", "11002", None, "11002 "], "a": [1.0, 2.0, 3.0, 4.0]})
    right = pd.DataFrame({"nis": ["11002", "02000"], "b": [20.0, 10.0]})
    joined = left.merge(right, on="nis", how="left", validate="m:1")
    wrong = int(len(joined) != 4) + int(joined["b"].fillna(0).tolist() != [10.0, 20.0, 0.0, 0.0])
    try:
        left.merge(pd.concat([right, right]), on="nis", validate="m:1")
        wrong += 1
    except pd.errors.MergeError:
        pass
    sums = left.groupby("nis", dropna=False)["a"].sum()
    return float(wrong + int(sums.sum() != 10.0) + int(len(sums) != 4))


def pandas_text() -> float:
    """Cells that change on their way through CSV or Parquet: 0."""
    text = "nis,naam,x\n02000,NA,0.1\n00123,None,1e-300\n11002,null,-3\n11003,,123456789.123456789\n"
    read = pd.read_csv(io.StringIO(text), keep_default_na=False, dtype={"nis": str, "naam": str})
    buffer = io.BytesIO()
    read.to_parquet(buffer, index=False)
    again = pd.read_parquet(io.BytesIO(buffer.getvalue()))
    cells = [
        ["02000", "NA", 0.1],
        ["00123", "None", 1e-300],
        ["11002", "null", -3.0],
        ["11003", "", 123456789.123456789],
    ]
    tables = [frame.to_numpy(object).tolist() for frame in (read, again)]
    return float(sum(one != known for table in tables for row, own in zip(table, cells, strict=True)
                     for one, known in zip(row, own, strict=True)))  # fmt: skip


def numpy_draws() -> float:
    """The sum of seeded draws of each kind: the same stream on every machine."""
    rng = np.random.default_rng(20_261_122)
    return float(rng.standard_normal(500).sum() + rng.random(400).sum() + rng.permutation(100)[:10].sum() / 100)


CHECKS = (
    # Solved in whole numbers (tests/certification/exact.py), where no source is named above.
    Check("least squares, coefficients of NIST's Wampler4", own_coefficients, 1.0, 7),
    Check("least squares, a standard error of NIST's Wampler4", own_error, WAMPLER4_ERROR, 9),
    Check("panel least squares, a clustered standard error", own_panel, 0.257303942446600551, 10),
    Check("multiverse, a clustered standard error", own_multiverse, 0.257303942446600551, 10),
    Check("quantile regression, a slope", own_quantile, 5 / 2, 10),
    Check("wild cluster bootstrap, p of all 64 draws", own_bootstrap, 30 / 64, 10),
    Check("statsmodels, weighted least squares", statsmodels_weighted, 175793 / 109221, 10),
    Check("linearmodels, fixed effects", linearmodels_within, 670104 / 357239, 10),
    Check("linearmodels, random effects", linearmodels_random, 1.8821241880728097, 10),
    Check("scipy, tails and quantiles of distributions", scipy_distributions, 1.0, 10),
    Check("pandas, rows of joins and groups", pandas_joins, 0.0, 10),
    Check("pandas and pyarrow, cells through CSV and Parquet", pandas_text, 0.0, 10),
    Check("numpy, seeded draws", numpy_draws, DRAWN, 10),
)


@dataclass(frozen=True)
class Outcome:
    """What a check gave: a number, or the error it ended with."""

    check: Check
    found: float
    error: str = ""

    @property
    def digits(self) -> int:
        """Digits right (log relative error, absolute where 0 is expected), rounded down; not more than are asked for.

        What is beyond differs between processors, and would change the file.
        """
        if not math.isfinite(self.found):
            return 0
        gap = abs(self.found - self.check.expected) / (abs(self.check.expected) or 1.0)
        return self.check.digits if gap == 0 else min(max(math.floor(-math.log10(gap)), 0), self.check.digits)

    @property
    def passed(self) -> bool:
        """Enough digits are right."""
        return not self.error and self.digits >= self.check.digits


def run(checks: Iterable[Check] | None = None) -> list[Outcome]:
    """Every check; one that ends with an error has that as its result."""
    return [_run(check) for check in (CHECKS if checks is None else checks)]


def _run(check: Check) -> Outcome:
    try:
        return Outcome(check, float(check.find()))
    except BROKEN as error:
        return Outcome(check, math.nan, f"{type(error).__name__}: {error}")


def as_table(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """check, expected, found (to the digits asked for), digits, passed; one row a check."""
    columns = ["check", "expected", "found", "digits", "passed"]
    rows = [(one.check, float(f"{one.found:.{one.check.digits}g}"), one.digits, one.passed) for one in outcomes]
    return pd.DataFrame([(check.name, check.expected, *rest) for check, *rest in rows], columns=columns)


def stop_where_broken(outcomes: Iterable[Outcome], known: dict[str, str]) -> None:
    """Raise StudyError naming the first check that failed, and what is installed (`known`, see versions.environment)."""
    failed = [one for one in outcomes if not one.passed]
    if not failed:
        return
    first, rest = failed[0], [one.check.name for one in failed[1:]]
    found = first.error or f"{first.found!r}, {first.digits} digits right, at least {first.check.digits} are needed"
    more = f" (also: {', '.join(rest)})" if rest else ""
    installed = ", ".join(f"{name} {version}" for name, version in known.items())
    raise StudyError(
        f"known numbers come out wrong: {first.check.name} should be {first.check.expected!r} and is {found}{more}. "
        f"Nothing was estimated. Installed: {installed}. "
        "Next step: set up the locked versions again (make setup); where that does not help, report this line"
    )
