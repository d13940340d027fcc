"""A claim as it is put to the data, the verdict on it, and how one row of a result is read."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import COEFFICIENT_DECIMALS, digits_for, number
from beleidsvrijheid.words import word

SUPPORTED, CONTRADICTED = "supported", "contradicted"
UNDETERMINED, NOT_TESTABLE = "undetermined", "not_testable"
EQUIVALENT = "equivalent"  # as inference.equivalence writes it; "not equivalent" and underpowered are others


@dataclass(frozen=True)
class Verdict:
    """What the data say: the verdict, the number it rests on with its interval, the threshold it was held against, why.

    robustness: share of the variants of the claim that give the same verdict; None where it has none.
    """

    verdict: str
    statistic: float | None
    threshold: float | None
    specification: str
    reason: str
    ci_low: float | None = None
    ci_high: float | None = None
    robustness: float | None = None


@dataclass(frozen=True)
class Row:
    """One row of a result that a claim rests on: of the estimates, or with `test` of the tests.

    expect: above or below `threshold`; within (-threshold, threshold); rejects (p below the level of the tests).
    """

    specification: str
    expect: str
    equation: str = ""
    term: str = ""
    test: str = ""
    bound: float | None = None
    threshold: float = 0.0


@dataclass(frozen=True)
class Claim:
    """One claim as it is put to the data: rule, specifications in order, thresholds, bounds and level."""

    rule: str
    specifications: tuple[str, ...]
    r2_bounds: tuple[float, ...]
    coefficient_bounds: tuple[float, ...]
    alpha: float
    equation: str = ""
    term: str = ""
    block: str = ""
    threshold: float | None = None
    rows: tuple[Row, ...] = ()
    parts: tuple["Claim", ...] = ()
    quoted: tuple[Row, ...] = ()
    variants: tuple[str, ...] = ()
    because: dict[str, str] | None = None

    @classmethod
    def from_settings(cls, settings: dict[str, Any], equivalence: dict[str, Any]) -> "Claim":
        """A claim from its entry in config.yaml (keys may be null) and the section `equivalence`."""
        given = {key: value for key, value in settings.items() if value is not None}
        bounds = {key: tuple(equivalence[key]) for key in ("r2_bounds", "coefficient_bounds")}
        given["parts"] = tuple(cls.from_settings(part, equivalence) for part in given.get("parts", ()))
        for key in ("rows", "quoted"):
            rows = [{name: value for name, value in row.items() if value is not None} for row in given.get(key, ())]
            given[key] = tuple(Row(**row) for row in rows)
        for key in ("specifications", "variants"):
            given[key] = tuple(given.get(key, ()))
        return cls(**given, **bounds, alpha=equivalence["alpha"])


class Untestable(Exception):
    """A result that a rule needs is absent or refused; the message is the reason, in the run's language."""


def present(name: str, results: dict[str, Result], labels: Labels) -> Result:
    """The result of a specification. Raises Untestable where there is none."""
    result = results.get(name)
    file = f"results/fits/{name}.json"
    if result is None:
        raise Untestable(word("reason.absent", labels.language, file=file))
    if result.refused:
        label = labels.specification(result)
        raise Untestable(word("reason.refused", labels.language, name=label, reason=labels.reason(result)))
    return result


def estimate_row(result: Result, labels: Labels, equation: str | None, term: str | None) -> pd.Series:
    """The one estimate of an equation and term. Raises Untestable where there is none with an interval."""
    found = result.row(equation, term)
    if found is None or any(number(found[column]) is None for column in ("estimate", "ci_low", "ci_high")):
        file = f"results/estimates/{result.name}.csv"
        row = " / ".join(part for part in (equation, term) if part)
        raise Untestable(word("reason.no_row", labels.language, file=file, row=row))
    return found


def above(row: pd.Series, threshold: float) -> str:
    """Where the interval lies: above the threshold, below it, or on both sides."""
    if row["ci_low"] > threshold:
        return SUPPORTED
    return CONTRADICTED if row["ci_high"] < threshold else UNDETERMINED


def row_sentence(result: Result, what: str, row: pd.Series, labels: Labels, key: str = "reason.row") -> str:
    """An estimate with its interval, as a sentence."""
    decimals = digits_for((row["ci_high"] - row["ci_low"]) / 4, 2, *COEFFICIENT_DECIMALS)
    figures = {
        name: format_number(number(row[column]), decimals, labels.language)
        for name, column in (("estimate", "estimate"), ("low", "ci_low"), ("high", "ci_high"))
    }
    return word(key, labels.language, name=labels.specification(result), what=what, **figures)


def detectable(verdict: str, row: pd.Series, threshold: float, labels: Labels) -> list[str]:
    """Of an estimate that leaves a claim undetermined: what it would have found, one sentence; none where that is unknown."""
    smallest = number(row.get("mde"))
    if verdict != UNDETERMINED or smallest is None:
        return []
    decimals, language = digits_for(smallest, 2, *COEFFICIENT_DECIMALS), labels.language
    figures = {"mde": format_number(smallest, decimals, language)}
    if threshold == 0:
        return [word("reason.mde", language, **figures)]
    return [word("reason.mde_from", language, threshold=format_number(threshold, 3, language), **figures)]


def threshold_of(claim: Claim) -> float:
    """The threshold of a claim. Raises StudyError where the configuration gives none."""
    if claim.threshold is None:
        raise StudyError(f"config.yaml: claims: rule {claim.rule} needs the key 'threshold'; write a number")
    return claim.threshold
