"""Verdict rules that know one kind of result each. rows.py has the one that reads any row.

Each takes the claim, the results of its specifications in order, and labels; it returns a Verdict.
"""

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from beleidsvrijheid.claims.model import (
    CONTRADICTED,
    EQUIVALENT,
    SUPPORTED,
    UNDETERMINED,
    Claim,
    Untestable,
    Verdict,
    above,
    detectable,
    estimate_row,
    row_sentence,
    threshold_of,
)
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.tables.model import P_DECIMALS, SHARE_DECIMALS, number, p_relation
from beleidsvrijheid.words import word

COMPARISON = "comparison"  # the equation of the fields that were not reformed
SCALE = "log_population"
R2_TESTS = ("r2_non_inferiority", "r2_bootstrap")  # the latter for panels, which the former is not for


def interval_of(row: pd.Series) -> tuple[float, float]:
    """Ends of the interval of an estimate."""
    return float(row["ci_low"]), float(row["ci_high"])


def _one_row(claim: Claim, result: Result, labels: Labels, equation: str, term: str, threshold: float = 0.0) -> Verdict:
    row = estimate_row(result, labels, equation or None, term or None)
    what = ", ".join(part for part in (labels.equation(equation), labels.term(str(row["term"]))) if part)
    verdict = above(row, threshold)
    reason = " ".join([row_sentence(result, what, row, labels), *detectable(verdict, row, threshold, labels)])
    return Verdict(verdict, float(row["estimate"]), threshold, result.name, reason, *interval_of(row))


def dispersion_rose(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where the interval of ln(sd after / sd before) of the equation lies above 0.

    Where it rose in the comparison fields as well, or where the results have the difference of the two
    (equation "reformed-comparison") and its interval does not lie above 0, it stays undetermined.
    """
    result, term = results[0], "log_sd_ratio"
    found = _one_row(claim, result, labels, claim.equation, term)
    other = result.row(COMPARISON, term)
    if claim.equation == COMPARISON or other is None or number(other["ci_low"]) is None:
        return found
    gap = result.row(f"{claim.equation}-{COMPARISON}", term)
    told = [(COMPARISON, other)] + ([] if gap is None else [(f"{claim.equation}-{COMPARISON}", gap)])
    reasons = [found.reason]
    for equation, row in told:
        what = f"{labels.equation(equation)}, {labels.term(term)}"
        reasons.append(row_sentence(result, what, row, labels, "reason.comparison"))
    rose_too = gap is None and above(other, 0) == SUPPORTED
    if gap is None:
        reasons.append(word("reason.rose_elsewhere" if rose_too else "reason.not_compared", labels.language))
    is_undone = rose_too if gap is None else above(gap, 0) != SUPPORTED
    if found.verdict == SUPPORTED and gap is not None:
        reasons += detectable(above(gap, 0), gap, 0.0, labels)
    verdict = UNDETERMINED if found.verdict == SUPPORTED and is_undone else found.verdict
    return replace(found, verdict=verdict, reason=" ".join(reasons))


def majority(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where the interval of the proportion lies above the threshold."""
    result, threshold = results[0], threshold_of(claim)
    row = estimate_row(result, labels, claim.equation or None, claim.term or None)
    counted = number(result.settings.get("threshold"))
    what = labels.term(str(row["term"]))
    if counted is not None:
        figures = {"outcome": labels.outcome(result), "threshold": format_number(counted, 2, labels.language)}
        what = word("what.share", labels.language, **figures)
    verdict = above(row, threshold)
    reason = " ".join([row_sentence(result, what, row, labels), *detectable(verdict, row, threshold, labels)])
    return Verdict(verdict, float(row["estimate"]), threshold, result.name, reason, *interval_of(row))


def fanning_out(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where the slope at the highest quantile minus that at the lowest lies above 0, and the highest too.

    Lines that part because the lower one falls create no potential: undetermined.
    """
    result, language = results[0], labels.language
    equation = claim.equation or _outer_quantiles(result, labels)
    found = _one_row(claim, result, labels, equation, claim.term)
    highest = equation.partition("-")[0]
    upper = estimate_row(result, labels, highest, claim.term or None)
    what = f"{labels.equation(highest)}, {labels.term(str(upper['term']))}"
    reasons, verdict = [found.reason, row_sentence(result, what, upper, labels)], found.verdict
    if verdict == SUPPORTED and above(upper, 0) != SUPPORTED:
        verdict = UNDETERMINED
        reasons += detectable(above(upper, 0), upper, 0.0, labels)
    if verdict != SUPPORTED and claim.term == SCALE:
        reasons.append(word("reason.noise", language))
    return replace(found, verdict=verdict, reason=" ".join(reasons))


def _outer_quantiles(result: Result, labels: Labels) -> str:
    """The equation that models.quantile gives the highest quantile of a specification minus the lowest."""
    quantiles = result.settings.get("quantiles") or ()
    if len(quantiles) < 2:
        raise Untestable(word("reason.no_quantiles", labels.language, name=result.name))
    return f"quantile_{max(quantiles):g}-{min(quantiles):g}"


def slope_with_placebo(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where every slope but the last is above 0 and the last, the placebo, is shown to be negligible.

    Negligible: equivalent at the primary coefficient bound; an insignificant placebo is not. Contradicted likewise
    below 0. Slopes of opposite sign, or a placebo that moves along, leave it undetermined. The statistic is the
    first slope.
    """
    rows = [estimate_row(result, labels, claim.equation or None, claim.term) for result in results]
    main, placebo = rows[:-1], rows[-1]
    what = labels.term(claim.term)
    reasons = []
    for result, row in zip(results[:-1], main, strict=True):
        reasons += [row_sentence(result, what, row, labels), *detectable(above(row, 0), row, 0.0, labels)]
    reasons.append(row_sentence(results[-1], what, placebo, labels, "reason.placebo"))
    is_negligible, told = _placebo_test(claim, results[-1], labels)
    reasons.append(told)
    signs = {above(row, 0) for row in main}
    sign = next(iter(signs)) if len(signs) == 1 else UNDETERMINED
    moves_along = sign != UNDETERMINED and above(placebo, 0) == sign
    if moves_along or {SUPPORTED, CONTRADICTED} <= signs:
        reasons.append(word("reason.mixed", labels.language))
    verdict = sign if is_negligible and not moves_along else UNDETERMINED
    if verdict != SUPPORTED and claim.term == SCALE:
        reasons.append(word("reason.noise", labels.language))
    names = " ".join(result.name for result in results)
    return Verdict(verdict, float(main[0]["estimate"]), 0.0, names, " ".join(reasons), *interval_of(main[0]))


def _placebo_test(claim: Claim, placebo: Result, labels: Labels) -> tuple[bool, str]:
    """Whether the placebo's slope is shown to be negligible, and the sentence that says so with p and power."""
    tests, language, bound = placebo.inference, labels.language, claim.coefficient_bounds[0]
    rows = tests[(tests["test"] == "equivalence") & (tests["term"] == claim.term) & (tests["bound"] == bound)]
    bound_text = format_number(bound, 2, language)
    if rows.empty:
        file = f"results/inference/{placebo.name}.csv"
        return False, word("reason.placebo_untested", language, file=file, term=claim.term, bound=bound_text)
    test = rows.iloc[0]
    is_negligible = test["verdict"] == EQUIVALENT
    figures = {"p": p_relation(test["p_value"], language), "bound": bound_text}
    figures["power"] = format_number(number(test["power"]), P_DECIMALS, language)
    return is_negligible, word("reason.placebo_small" if is_negligible else "reason.placebo_open", language, **figures)


def limited_explanation(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where the non-inferiority test puts R2 below the primary bound in all specifications.

    Contradicted where the interval of R2 lies above the bound in any. Stricter bounds are told, not used.
    """
    primary, *strict = claim.r2_bounds
    tests = [_r2_test(result, primary, labels) for result in results]
    totals = [result.fit.get("residual_r2") or {} for result in results]
    lows = [number(total.get("ci_low")) for total in totals]
    if all(test["p_value"] < claim.alpha for test in tests):
        verdict = SUPPORTED
    else:
        verdict = CONTRADICTED if any(low is not None and low > primary for low in lows) else UNDETERMINED
    reasons = [_r2_sentence(*parts, primary, labels) for parts in zip(results, totals, tests, strict=True)]
    reasons += [_strict_sentence(claim, results, bound, labels) for bound in strict]
    largest = max(totals, key=lambda total: number(total.get("r2")) or -math.inf)
    figures = [number(largest.get(key)) for key in ("r2", "ci_low", "ci_high")]
    names = " ".join(result.name for result in results)
    return Verdict(verdict, figures[0], primary, names, " ".join(reasons), *figures[1:])


def _r2_test(result: Result, bound: float, labels: Labels) -> pd.Series:
    tests = result.inference
    rows = tests[(tests["test"].isin(R2_TESTS)) & (tests["bound"] == bound) & tests["p_value"].notna()]
    if rows.empty:
        row = f"r2_non_inferiority, {format_number(bound, 2, labels.language)}"
        file = f"results/inference/{result.name}.csv"
        raise Untestable(word("reason.no_row", labels.language, file=file, row=row))
    return rows.iloc[0]


def _r2_sentence(result: Result, total: dict[str, Any], test: pd.Series, bound: float, labels: Labels) -> str:
    def text(key: str) -> str:
        return format_number(number(total.get(key)), SHARE_DECIMALS, labels.language)

    figures = {"r2": text("r2"), "low": text("ci_low"), "high": text("ci_high")}
    figures |= {
        "p": p_relation(test["p_value"], labels.language),
        "bound": format_number(bound, 2, labels.language),
    }
    return word("reason.r2", labels.language, name=labels.specification(result), **figures)


def _strict_sentence(claim: Claim, results: list[Result], bound: float, labels: Labels) -> str:
    passed = sum(_r2_test(result, bound, labels)["p_value"] < claim.alpha for result in results)
    bound_text = format_number(bound, 2, labels.language)
    return word("reason.strict", labels.language, bound=bound_text, passed=passed, n=len(results))


def block_small(claim: Claim, results: list[Result], labels: Labels) -> Verdict:
    """Supported where the interval of the block's Shapley part of R2 lies below the threshold.

    The equivalence tests of the block's coefficients are quoted with their power; they do not decide.
    """
    result, threshold = results[0], threshold_of(claim)
    shares = result.attribution[result.attribution["block"] == claim.block]
    if shares.empty or number(shares.iloc[0]["ci_high"]) is None:
        file = f"results/attribution/{result.name}.csv"
        raise Untestable(word("reason.no_row", labels.language, file=file, row=claim.block))
    row = shares.iloc[0].rename({"r2_share": "estimate"})
    verdict = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}.get(above(row, threshold), UNDETERMINED)
    sentences = [row_sentence(result, labels.block(claim.block), row, labels, "reason.block")]
    sentences += _equivalences(claim, result, labels)
    return Verdict(verdict, float(row["estimate"]), threshold, result.name, " ".join(sentences), *interval_of(row))


def _equivalences(claim: Claim, result: Result, labels: Labels) -> list[str]:
    """One sentence on the block's coefficients at the primary bound; none where nothing was tested."""
    terms = result.estimates.loc[result.estimates["block"] == claim.block, "term"]
    tests = result.inference[(result.inference["test"] == "equivalence") & result.inference["term"].isin(terms)]
    chosen = tests[tests["bound"].isin(claim.coefficient_bounds[:1])]
    if chosen.empty:
        return []
    parts = [_equivalence(test, labels) for _, test in chosen.iterrows()]
    bound = format_number(number(chosen.iloc[0]["bound"]), 2, labels.language)
    return [word("reason.equivalences", labels.language, bound=bound, tests="; ".join(parts))]


def _equivalence(test: pd.Series, labels: Labels) -> str:
    figures = {"term": labels.term(test["term"]), "p": p_relation(test["p_value"], labels.language)}
    figures["power"] = format_number(number(test["power"]), P_DECIMALS, labels.language)
    return word("reason.equivalence", labels.language, **figures)
