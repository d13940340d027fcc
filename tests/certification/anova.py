"""NIST's one-way analyses of variance, from scipy's own tests: F, R2 and the residual standard deviation of a dummy each.

In the seven sets with 7 or 13 constant leading digits a float holds few digits of what varies (1000000000000.4 is held to
0.0001): the oracle says how many digits of the certified values the figures in the file can carry once they are floats.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import residual_r2
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.joint_tests import wald
from beleidsvrijheid.models.linear import ols

from .digits import COEFFICIENT, EASY, Agreement, right
from .exact import Exact

SETS = ("SiRstv", "SmLs01", "SmLs02", "SmLs03", "AtmWtAg", *(f"SmLs{number:02d}" for number in range(4, 10)))
EASIEST = ("SiRstv", "SmLs01", "SmLs02", "SmLs03")
LARGEST = ("SmLs03", "SmLs06", "SmLs09")  # 18,009 rows each


@dataclass(frozen=True)
class Analysis:
    """treatments, outcome: n. certified: statistic (F), r2, deviation."""

    name: str
    treatments: np.ndarray
    outcome: np.ndarray
    certified: dict[str, float]

    @property
    def dummies(self) -> pd.DataFrame:
        """One for every treatment but the first."""
        names = np.unique(self.treatments)[1:]
        return pd.DataFrame({f"treatment_{name}": (self.treatments == name).astype(float) for name in names})


def analysis(name: str) -> Analysis:
    """A set in NIST's own layout."""
    import scipy.stats

    path = Path(scipy.stats.__file__).parent / f"tests/data/nist_anova/{name}.dat"
    text = path.read_text(encoding="ascii")
    number = r"(-?[\d.]+(?:E[+-]\d+)?)"
    (statistic,) = re.findall(rf"^Between \w+\s+\d+\s+{number}\s+{number}\s+{number}", text, re.MULTILINE)
    r2, deviation = re.search(rf"R-Squared\s+{number}", text), re.search(rf"Standard Deviation\s+{number}", text)
    rows = re.findall(rf"^\s+(\d+)\s+{number}\s*$", text[text.rindex("Data:") :], re.MULTILINE)
    certified = {"statistic": float(statistic[2]), "r2": float(r2[1]), "deviation": float(deviation[1])}
    codes, outcome = (np.array([row[place] for row in rows], float) for place in (0, 1))
    return Analysis(name, codes.astype(int), outcome, certified)


@cache
def exact(name: str) -> dict[str, object]:
    """The same three from the figures as floats hold them."""
    one = analysis(name)
    columns = [*one.dummies.to_numpy().T, np.ones(len(one.outcome))]
    model = Exact(one.outcome, columns)
    free = model.n - model.k
    statistic = model.r2 / (model.k - 1) / ((1 - model.r2) / free)
    return {"statistic": statistic, "r2": model.r2, "variance": model.left / free}


def agreements(name: str) -> list[Agreement]:
    """F by ols and its joint test, R2 by ols and by attribution; against the oracle and against NIST."""
    one, target = analysis(name), EASY if name in EASIEST else COEFFICIENT
    common = {"set": name, "target": (target, target)}
    rows = []
    for path, run in (("ols, joint test", _by_ols), ("attribution, R2", _by_attribution)):
        try:
            found = run(one)
        except (Refusal, StudyError) as refusal:
            # Attribution follows an estimate, and there is none.
            return [Agreement(path=path, kind="F and R2", against="exact", refusal=str(refusal), **common)]
        for quantity, value in found.items():
            for against, known in (("exact", exact(name)), ("certified", one.certified)):
                digits = right(value, known[quantity])
                rows.append(Agreement(path=path, kind=quantity, against=against, coefficient=digits, **common))
    return rows


def _by_ols(one: Analysis) -> dict[str, float]:
    x = one.dummies
    fit = ols(one.outcome, x, "nonrobust")
    estimates, k = fit.coefficients["estimate"].to_numpy()[:-1], x.shape[1]
    return {"statistic": wald(estimates, fit.covariance_matrix[:k, :k], fit.df, 0.05).statistic, "r2": fit.r2}


def _by_attribution(one: Analysis) -> dict[str, float]:
    found = residual_r2(one.outcome, {"treatments": one.dummies.to_numpy()}, np.empty((len(one.outcome), 0)))
    return {"r2": float(found[0])}
