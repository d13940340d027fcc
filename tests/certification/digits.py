"""How many digits are right: log relative errors of a path on a set, or the refusal in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal

from .exact import DIGITS, decimal
from .paths import NONROBUST, Kind, Path, Refused, exact_numbers
from .sets import Problem

COEFFICIENT, ERROR, EASY = 7.5, 7.6, 10.0
MOST = 15.0  # a float has no more


def right(found: float, true: float | Fraction | Decimal) -> float:
    """Log relative error, absolute where the true value is zero; at most MOST."""
    exact = decimal(Fraction(true)) if not isinstance(true, Decimal) else true
    if not np.isfinite(found):
        return 0.0
    with localcontext() as context:
        context.prec = DIGITS
        gap = abs(Decimal(found) - exact) / (abs(exact) or 1)
    return MOST if gap == 0 else float(min(max(-gap.log10(), Decimal(0)), Decimal(MOST)))


@dataclass(frozen=True)
class Agreement:
    """Worst digits over the terms. against: certified or exact. refusal: in the path's own words, then no digits."""

    set: str
    path: str
    kind: str
    against: str
    coefficient: float = np.nan
    error: float = np.nan
    target: tuple[float, float] = (COEFFICIENT, ERROR)
    refusal: str = ""

    @property
    def verdict(self) -> str:
        """met, refused or BELOW."""
        if self.refusal:
            return "refused"
        enough = self.coefficient >= self.target[0] and not self.error < self.target[1]
        return "met" if enough else "BELOW"


def agreements(path: Path, problem: Problem, kind: Kind) -> list[Agreement]:
    """One path on one set: against the oracle, and against certified values where these speak of it."""
    target = (EASY, EASY) if problem.is_easy else (COEFFICIENT, ERROR)
    common = {"set": problem.name, "path": path.name, "kind": str(kind), "target": target}
    try:
        found = path.estimate(problem, kind)
    except (Refusal, StudyError, Refused) as refusal:
        return [Agreement(against="exact", refusal=str(refusal), **common)]
    rows = [Agreement(against="exact", **_worst(found, exact_numbers(path, problem, kind)), **common)]
    if problem.certified and kind == NONROBUST:
        rows.append(Agreement(against="certified", **_worst(found, problem.certified), **common))
    return rows


def _worst(found: Mapping[str, tuple[float, float]], known: Mapping[str, tuple]) -> dict[str, float]:
    shared = [term for term in found if term in known]
    coefficients = [right(found[term][0], known[term][0]) for term in shared]
    errors = [right(found[term][1], known[term][1]) for term in shared if not _is_nan(known[term][1])]
    return {"coefficient": min(coefficients), "error": min(errors, default=np.nan)}


def _is_nan(value: float | Decimal) -> bool:
    return bool(value != value)
