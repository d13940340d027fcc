"""Verdicts on the claims of the source documents, computed from results and thresholds set beforehand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from beleidsvrijheid.claims import rules
from beleidsvrijheid.claims.model import (
    CONTRADICTED,
    NOT_TESTABLE,
    SUPPORTED,
    UNDETERMINED,
    Claim,
    Row,
    Untestable,
    Verdict,
    present,
)
from beleidsvrijheid.claims.rows import combine, deciding, larger, negligible, one_row, rows
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.words import word


def _on_list(rule: Callable[[Claim, list[Result], Labels], Verdict]):
    """A rule that takes the results of the claim's specifications in order."""

    def run(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
        return rule(claim, [present(name, results, labels) for name in claim.specifications], labels)

    return run


def all_of(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """Every part must hold (see rows.combine); a part that cannot be tested leaves the others to decide, and is told.

    The statistic is that of the part that decides. Not testable where no part is.
    """
    found = [judge(part, results, labels) for part in claim.parts]
    testable = [one for one in found if one.verdict != NOT_TESTABLE]
    reason = " ".join(one.reason for one in found)
    if not testable:
        raise Untestable(reason)
    names = " ".join(dict.fromkeys(name for one in found for name in one.specification.split()))
    verdict = combine([one.verdict for one in testable])
    if len(testable) < len(found) and verdict == SUPPORTED:
        verdict = UNDETERMINED  # what could not be tested might have spoken against it
    return replace(deciding(testable, verdict), verdict=verdict, reason=reason, specification=names)


def silent(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """A claim that no open data can speak to: not testable, with the reason the configuration gives."""
    raise Untestable((claim.because or {})[labels.language])


RULES: dict[str, Callable[[Claim, dict[str, Result], Labels], Verdict]] = {
    "dispersion_rose": _on_list(rules.dispersion_rose),
    "limited_explanation": _on_list(rules.limited_explanation),
    "majority": _on_list(rules.majority),
    "slope_with_placebo": _on_list(rules.slope_with_placebo),
    "fanning_out": _on_list(rules.fanning_out),
    "block_small": _on_list(rules.block_small),
    "rows": rows,
    "negligible": negligible,
    "larger": larger,
    "all_of": all_of,
    "silent": silent,
}


def judge(claim: Claim, results: dict[str, Result], labels: Labels) -> Verdict:
    """The verdict on a claim. results: at least those of its specifications, by name.

    Raises StudyError where the rule is unknown.
    """
    if claim.rule not in RULES:
        raise StudyError(f"config.yaml: claims: rule: wrong value {claim.rule!r}; allowed: {', '.join(sorted(RULES))}")
    try:
        found = RULES[claim.rule](claim, results, labels)
    except Untestable as lacking:
        reason = " ".join([str(lacking), *(_quotes(claim, results, labels) if claim.rule == "silent" else [])])
        return Verdict(NOT_TESTABLE, None, claim.threshold, " ".join(specifications_of(claim)), reason)
    reason = " ".join([found.reason, *_quotes(claim, results, labels)])
    return replace(found, reason=reason, robustness=_robustness(claim, found, results, labels))


def _quotes(claim: Claim, results: dict[str, Result], labels: Labels) -> list[str]:
    """What is told beside the verdict without deciding it."""
    told = []
    for row in claim.quoted:
        try:
            told.append(one_row(row, present(row.specification, results, labels), claim, labels).reason)
        except Untestable as lacking:
            told.append(str(lacking))
    return [word("reason.quoted", labels.language, told=" ".join(told))] if told else []


def _robustness(claim: Claim, found: Verdict, results: dict[str, Result], labels: Labels) -> float | None:
    """Share of the variants that give the same verdict: the claim with a variant in place of its first specification."""
    if not claim.variants:
        return None
    first = specifications_of(claim)[0]
    alone = replace(claim, variants=(), quoted=())
    there = [name for name in claim.variants if name in results and not results[name].refused]
    others = [judge(_instead(alone, first, name), results, labels) for name in there]
    return sum(one.verdict == found.verdict for one in others) / len(others) if others else None


def _instead(claim: Claim, old: str, new: str) -> Claim:
    """The claim with one specification put in place of another."""
    return replace(
        claim,
        specifications=tuple(new if name == old else name for name in claim.specifications),
        rows=tuple(replace(row, specification=new) if row.specification == old else row for row in claim.rows),
        parts=tuple(_instead(part, old, new) for part in claim.parts),
    )


def specifications_of(claim: Claim) -> list[str]:
    """Every result that decides a claim, in order of mention."""
    names = [*claim.specifications, *(row.specification for row in claim.rows)]
    names += [name for part in claim.parts for name in specifications_of(part)]
    return list(dict.fromkeys(names))


def read_ledger(path: str | Path) -> dict[str, dict[str, Any]]:
    """The closed list of claims (workflow/claims.yaml) by id: source, statement in nl and en.

    Raises StudyError where an entry is incomplete or an id occurs twice.
    """
    import yaml

    entries = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    ledger: dict[str, dict[str, Any]] = {}
    for entry in entries:
        lacking = [key for key in ("id", "source", "statement", "test") if not entry.get(key)]
        if lacking or entry["id"] in ledger or any(set(entry[key]) != {"nl", "en"} for key in ("statement", "test")):
            raise StudyError(
                f"{path}: {entry.get('id')}: needs a unique id, source, statement and test in nl and en; correct it"
            )
        ledger[entry["id"]] = entry
    return ledger


__all__ = [
    "CONTRADICTED",
    "NOT_TESTABLE",
    "RULES",
    "SUPPORTED",
    "UNDETERMINED",
    "Claim",
    "Row",
    "Verdict",
    "judge",
    "read_ledger",
    "specifications_of",
]
