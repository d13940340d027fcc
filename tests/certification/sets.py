"""Data with certified or published results: NIST's linear sets, Grunfeld, and panels that installed packages ship.

Norris comes from scipy, Longley and Grunfeld from statsmodels, Munnell, wage_panel, Card and Mroz from linearmodels; the other
NIST sets are made by formula. Filip.dat, Pontius.dat and Petersen's test_data.txt are read from the folder that the environment
variable BELEIDSVRIJHEID_CERTIFICATION names, and left out where it names none.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
VARIABLE = "BELEIDSVRIJHEID_CERTIFICATION"
EASY = ("norris", "noint1", "noint2", "grunfeld", "grunfeld, weighted", "grunfeld + 1e9")
DEGREES = {"Pontius": 2, "Filip": 10}


@dataclass(frozen=True)
class Problem:
    """One data set. regressors: no constant. certified: term -> coefficient and standard error (homoskedastic).

    units, years: of each row; rows of a cross-section are municipalities of their own. groups: codes to cluster by.
    note: what was done to the data.
    """

    name: str
    outcome: np.ndarray
    regressors: pd.DataFrame
    units: np.ndarray
    years: np.ndarray
    groups: np.ndarray
    certified: dict[str, tuple[float, float]] = field(default_factory=dict)
    r2: float | None = None
    weights: np.ndarray | None = None
    note: str = ""

    @property
    def is_panel(self) -> bool:
        """Whether units have several rows."""
        return len(np.unique(self.units)) < len(self.units)

    @property
    def is_easy(self) -> bool:
        """Whether ten digits are asked for."""
        return self.name.removesuffix(", twice") in EASY


def reference(name: str) -> dict:
    """A file of tests/reference."""
    return yaml.safe_load((REFERENCE / f"{name}.yaml").read_text(encoding="utf-8"))


def cross_section(name: str, outcome, columns: dict[str, list], certified, r2=None, note="") -> Problem:
    """A problem without units and years; seven clusters of neighbouring rows (three where there are few)."""
    n = len(outcome)
    groups = np.arange(n) * min(7, max(3, n // 3)) // n
    frame = pd.DataFrame({key: np.asarray(column, float) for key, column in columns.items()})
    y = np.asarray([float(value) for value in outcome])
    return Problem(name, y, frame, np.arange(n), np.zeros(n, int), groups, certified, r2, note=note)


def powers(x: list[Fraction], degree: int, divisor: int = 1) -> dict[str, list[float]]:
    """x, x^2, ... each rounded once, which no float64 program can do better."""
    return {f"x{p}": [float((value / divisor) ** p) for value in x] for p in range(1, degree + 1)}


def named(estimates: list) -> dict[str, tuple[float, float]]:
    """const, x1, x2 ... -> (coefficient, standard error)."""
    return {f"x{place}" if place else "const": (float(b), float(se)) for place, (b, se) in enumerate(estimates)}


def wampler(number: int) -> Problem:
    """Wampler1-5: a polynomial of degree 5 at 0, 1 ... 20; of x / 10 in Wampler2."""
    known, name = reference("nist_linear"), f"wampler{number}"
    x, divisor = [Fraction(value) for value in range(21)], 10 if number == 2 else 1
    sums = [sum((value / divisor) ** p for p in range(6)) for value in x]
    y = [value + known[name]["times_e"] * e for value, e in zip(sums, known["e"], strict=True)]
    return cross_section(name, y, powers(x, 5), named(known[name]["estimates"]), known[name]["r2"])


def mirrored(name: str) -> Problem:
    """NoInt1-2, whose model has no constant, beside their mirror image (-x, -y).

    There the best constant is zero: the slope is the certified one, and its standard error the certified one / root 2.
    """
    known = reference("nist_linear")[name]
    x, y = np.array(known["x"], float), np.array(known["y"], float)
    ((slope, error),) = known["estimates"]
    columns, note = {"x1": [*x, *-x]}, "with its mirror image (-x, -y), as all paths have a constant or effects"
    return cross_section(name, [*y, *-y], columns, {"x1": (slope, error / np.sqrt(2))}, note=note)


def nist_file(path: Path, degree: int) -> Problem:
    """A set in NIST's own layout: certified values and data from the file."""
    text = path.read_text(encoding="ascii")
    number = r"\s+(-?[\d.]+(?:E[+-]\d+)?)"
    estimates = re.findall(rf"^\s+B\d+{number}{number}\s*$", text, re.MULTILINE)
    pairs = re.findall(rf"^{number}{number}\s*$", text[text.rindex("Data:") :], re.MULTILINE)
    r2 = re.search(rf"R-Squared{number}", text)
    if len(estimates) != degree + 1 or not pairs or r2 is None:
        raise ValueError(f"{path}: not in NIST's layout, or not a polynomial of degree {degree}")
    x = [Fraction(value) for _, value in pairs]
    return cross_section(path.stem.lower(), [y for y, _ in pairs], powers(x, degree), named(estimates), float(r2[1]))


def norris() -> Problem:
    """Norris, from scipy's own tests."""
    import scipy.stats

    folder = Path(scipy.stats.__file__).parent / "tests/data/nist_linregress"
    return nist_file(folder / "Norris.dat", 1)


def longley() -> Problem:
    """Longley, from statsmodels."""
    from statsmodels.datasets import longley

    data, known = longley.load_pandas(), reference("longley")
    columns = {name: data.exog[name].tolist() for name in data.exog}
    certified = {name: tuple(map(float, pair)) for name, pair in known["estimates"].items()}
    return cross_section("longley", data.endog, columns, certified, known["r2"])


@cache
def grunfeld(offset: float = 0.0) -> Problem:
    """Ten firms, twenty years; with an offset, regressors in whole numbers so that the sum is exact."""
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data.astype({"firm": str, "year": int})
    data = data[data["firm"] != "American Steel"].sort_values(["firm", "year"], ignore_index=True)
    x = data[["value", "capital"]].astype(float)
    x = x.round(0) + offset if offset else x
    units, years = (np.unique(data[name], return_inverse=True)[1] for name in ("firm", "year"))
    name = f"grunfeld + {offset:.0e}".replace("e+0", "e") if offset else "grunfeld"
    return Problem(name, data["invest"].to_numpy(float), x, units, years, units)


def weighted() -> Problem:
    """Grunfeld, firms weighted 1 to 10 and the weights divided by their mean."""
    problem = grunfeld()
    weights = 1.0 + problem.units
    return replace(problem, name="grunfeld, weighted", weights=weights / weights.mean())


def supplied(name: str) -> Path | None:
    """A file in the folder that the user names, None where it is not there."""
    folder = os.environ.get(VARIABLE)
    path = Path(folder, name) if folder else None
    return path if path and path.is_file() else None


def absent() -> list[str]:
    """Files that would be used and are not there."""
    return [name for name in ("Filip.dat", "Pontius.dat", "test_data.txt") if supplied(name) is None]


def linear_sets() -> Iterator[Problem]:
    """NIST's linear sets, easiest first; Pontius and Filip where the user has them."""
    yield norris()
    yield mirrored("noint1")
    yield mirrored("noint2")
    yield longley()
    yield from (wampler(number) for number in range(1, 6))
    for name, degree in DEGREES.items():
        if path := supplied(f"{name}.dat"):
            yield nist_file(path, degree)


def doubled(problem: Problem) -> Problem:
    """The set as a panel of two municipalities, the outcome of the second 1000 higher.

    Effects of municipalities take that out: the slopes are the certified ones; standard errors are the oracle's.
    """
    n = len(problem.outcome)
    slopes = {term: (b, np.nan) for term, (b, _) in problem.certified.items() if term != "const"}
    return Problem(
        f"{problem.name}, twice",
        np.concatenate([problem.outcome, problem.outcome + 1000]),
        pd.concat([problem.regressors] * 2, ignore_index=True),
        np.repeat([0, 1], n),
        np.tile(np.arange(n), 2),
        np.concatenate([problem.groups, problem.groups + problem.groups.max() + 1]),
        slopes,
        note="as a panel of two municipalities, the outcome of the second 1000 higher",
    )
