"""The rule that reads any row of any result, alone or several together."""

import pandas as pd

from beleidsvrijheid.claims.model import (
    CONTRADICTED,
    EQUIVALENT,
    SUPPORTED,
    UNDETERMINED,
    Claim,
    Row,
    Untestable,
    Verdict,
    above,
    detectable,
    estimate_row,
    present,
    row_sentence,
)
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import P_DECIMALS, number, p_relation
from beleidsvrijheid.words import word

TURNED = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNDETERMINED: UNDETERMINED}


def combine(verdicts: list[str]) -> str:
    """Supported where all are; contradicted where at least one is and none is supported; else undetermined."""
    if set(verdicts) == {SUPPORTED}:
        return SUPPORTED
    return CONTRADICTED if CONTRADICTED in verdicts and SUPPORTED not in verdicts else UNDETERMINED


def deciding(found: list[Verdict], verdict: str) -> Verdict:
    """The first whose own verdict is the verdict of all; the first of all where they only disagree."""
    return next((one for one in found if one.verdict == verdict), found[0])


def rows(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """Supported where every row meets what is expected of it (see combine). The statistic is that of the row that decides."""
    found = [one_row(row, present(row.specification, results, labels), claim, labels) for row in claim.rows]
    names = " ".join(dict.fromkeys(row.specification for row in claim.rows))
    reason = " ".join(one.reason for one in found)
    verdict = combine([one.verdict for one in found])
    own = deciding(found, verdict)
    return Verdict(verdict, own.statistic, own.threshold, names, reason, own.ci_low, own.ci_high)


def one_row(row: Row, result: Result, claim: Claim, labels: Labels) -> Verdict:
    """The verdict of one row."""
    if row.test:
        return _tested(row, result, claim, labels)
    found = estimate_row(result, labels, row.equation or None, row.term or None)
    what = ", ".join(part for part in (labels.equation(row.equation), labels.term(str(found["term"]))) if part)
    verdict, tested = _lies(row, found), 0.0 if row.expect == "within" else row.threshold
    reason = " ".join([row_sentence(result, what, found, labels), *detectable(verdict, found, tested, labels)])
    ends = float(found["ci_low"]), float(found["ci_high"])
    return Verdict(verdict, float(found["estimate"]), row.threshold, result.name, reason, *ends)


def _lies(row: Row, found: pd.Series) -> str:
    if row.expect == "above":
        return above(found, row.threshold)
    if row.expect == "below":
        return TURNED[above(found, row.threshold)]
    low, high, bound = found["ci_low"], found["ci_high"], row.threshold
    if -bound < low and high < bound:
        return SUPPORTED
    return CONTRADICTED if low > bound or high < -bound else UNDETERMINED


def _tested(row: Row, result: Result, claim: Claim, labels: Labels) -> Verdict:
    """A test that does not reject leaves it undetermined, whatever its p. One that rejects supports; where a direction is
    expected (above, below), the estimate beside it says whether it supports or contradicts.
    """
    tests, language = result.inference, labels.language
    chosen = tests[(tests["test"] == row.test) & ((tests["term"] == row.term) | (row.term == ""))]
    chosen = chosen[chosen["bound"] == row.bound] if row.bound is not None else chosen
    chosen = chosen[chosen["p_value"].notna()]
    if chosen.empty:
        told = ", ".join(str(part) for part in (row.test, row.term, row.bound) if part)
        raise Untestable(word("reason.no_row", language, file=f"results/inference/{result.name}.csv", row=told))
    test = chosen.iloc[0]
    power = number(test["power"])
    figures = {
        "name": labels.specification(result),
        "test": word(f"test.{row.test}", language),
        "term": labels.term(str(test["term"])),
        "p": p_relation(test["p_value"], language),
        "power": word("reason.power", language, power=format_number(power, P_DECIMALS, language)) if power else "",
    }
    verdict = UNDETERMINED
    if test["p_value"] < claim.alpha:
        is_met = row.expect == "rejects" or (test["estimate"] > row.threshold) == (row.expect == "above")
        verdict = SUPPORTED if is_met else CONTRADICTED
    return Verdict(
        verdict, number(test["statistic"]), claim.alpha, result.name, word("reason.test", language, **figures)
    )


def larger(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """Supported where the interval of the first specification's term lies above that of the second; below: contradicted.

    Intervals that overlap decide nothing: stricter than a test of the difference. The statistic is the difference.
    """
    chosen = [present(name, results, labels) for name in claim.specifications]
    first, second = (estimate_row(result, labels, None, claim.term) for result in chosen)
    what = labels.term(claim.term)
    reasons = [
        row_sentence(result, what, row, labels, key)
        for result, row, key in zip(chosen, (first, second), ("reason.row", "reason.comparison"), strict=True)
    ]
    verdict = SUPPORTED if first["ci_low"] > second["ci_high"] else UNDETERMINED
    verdict = CONTRADICTED if first["ci_high"] < second["ci_low"] else verdict
    difference = float(first["estimate"] - second["estimate"])
    return Verdict(verdict, difference, 0.0, " ".join(claim.specifications), " ".join(reasons))


def negligible(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """Supported where the term is equivalent to zero at the primary bound in every specification.

    Contradicted where the interval of its standardised coefficient lies beyond the bound in any; a test without power
    decides nothing.
    """
    chosen = [present(name, results, labels) for name in claim.specifications]
    found = [_equivalence(result, claim, labels) for result in chosen]
    verdicts = [verdict for verdict, _, _ in found]
    verdict = CONTRADICTED if CONTRADICTED in verdicts else combine(verdicts)
    largest = max((value for _, value, _ in found), key=abs)
    names = " ".join(claim.specifications)
    return Verdict(verdict, largest, claim.coefficient_bounds[0], names, " ".join(told for _, _, told in found))


def _equivalence(result: Result, claim: Claim, labels: Labels) -> tuple[str, float, str]:
    """Verdict, standardised coefficient and sentence of one specification."""
    tests, language, bound = result.inference, labels.language, claim.coefficient_bounds[0]
    own = tests[(tests["test"] == "equivalence") & (tests["term"] == claim.term) & (tests["bound"] == bound)]
    if own.empty:
        told = f"equivalence, {claim.term}, {format_number(bound, 2, language)}"
        raise Untestable(word("reason.no_row", language, file=f"results/inference/{result.name}.csv", row=told))
    test, row = own.iloc[0], estimate_row(result, labels, None, claim.term)
    scale = row["standardised"] / row["estimate"] if row["estimate"] else 0.0
    low, high = sorted((row["ci_low"] * scale, row["ci_high"] * scale))
    verdict = SUPPORTED if test["verdict"] == EQUIVALENT else UNDETERMINED
    verdict = CONTRADICTED if low > bound or high < -bound else verdict
    figures = {
        "name": labels.specification(result),
        "term": labels.term(claim.term),
        "estimate": format_number(float(row["standardised"]), 3, language),
        "low": format_number(low, 3, language),
        "high": format_number(high, 3, language),
        "p": p_relation(test["p_value"], language),
        "bound": format_number(bound, 2, language),
        "power": format_number(number(test["power"]), P_DECIMALS, language),
    }
    return verdict, float(row["standardised"]), word("reason.negligible", language, **figures)
