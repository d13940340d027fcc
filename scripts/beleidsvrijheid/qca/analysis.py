"""One fsQCA of the configuration, from panel to tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.cases import Cases, Variable, build_cases
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import LEDGER_COLUMNS, Ledger
from beleidsvrijheid.qca.calibration import calibrate
from beleidsvrijheid.qca.minimise import MOST_COVERS, Term
from beleidsvrijheid.qca.set_relations import necessity
from beleidsvrijheid.qca.solutions import SOLUTION_COLUMNS, solution_table, solve
from beleidsvrijheid.qca.truth_table import TruthTable, truth_table

EXPECTED = {"present": 1, "absent": 0, "none": None}
PRESENT, NEGATED = "outcome", "~outcome"
NECESSITY_COLUMNS = ["outcome", "condition", "consistency", "coverage", "relevance"]
TRUTH_COLUMNS = ["outcome", "configuration", "n", "consistency", "pri", "output"]


@dataclass(frozen=True)
class QcaAnalysis:
    """What one analysis gives; a refused one has a reason.

    truth_tables: TRUTH_COLUMNS and a column per condition, 2^k rows per outcome. solutions: solutions.SOLUTION_COLUMNS,
    empty where no combination is sufficient. necessity: NECESSITY_COLUMNS. ledger: of the sample. warnings: cases that
    belong to no combination, assumptions that contradict each other, models left out.
    """

    ledger: pd.DataFrame
    truth_tables: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TRUTH_COLUMNS))
    solutions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SOLUTION_COLUMNS))
    necessity: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NECESSITY_COLUMNS))
    n_obs: int | None = None
    covariance: str = ""
    sample_sha256: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()


def analyse_configurations(
    panel: pd.DataFrame, analysis: Mapping[str, Any], settings: Mapping[str, Any]
) -> QcaAnalysis:
    """One fuzzy-set analysis of the configuration (see configuration.Qca). Nothing in it is random.

    panel: see cases.build_cases. settings: exclusions, minimum_municipalities. Data that cannot carry it give a refusal;
    anchors out of order raise StudyError.
    """
    try:
        cases = qca_cases(panel, analysis, settings["exclusions"], settings["minimum_municipalities"])
    except Refusal as refusal:
        ledger = refusal.ledger if refusal.ledger is not None else pd.DataFrame(columns=LEDGER_COLUMNS)
        return QcaAnalysis(ledger, reason=refusal.reason)
    memberships, outcome = calibrated(cases, analysis)
    one_sided = _one_sided(memberships, outcome, cases.ledger)
    if one_sided:
        return QcaAnalysis(cases.ledger.frame(), reason=one_sided, n_obs=len(outcome))
    sides = {PRESENT: outcome} | ({NEGATED: 1 - outcome} if analysis["negate"] else {})
    return _analysed(cases, memberships, sides, analysis)


def qca_cases(
    panel: pd.DataFrame, analysis: Mapping[str, Any], exclusions: Mapping[str, Sequence[str]], minimum: int
) -> Cases:
    """The sample of an analysis, values not yet calibrated. Raises as cases.build_cases."""
    own = analysis["outcome"]
    outcome = Variable("outcome", own["indicator"], own.get("beleidsveld") or "")
    conditions = [
        Variable(name, one["indicator"], one.get("beleidsveld") or "") for name, one in analysis["conditions"].items()
    ]
    exclude = (analysis.get("sample") or {}).get("exclude") or []
    return build_cases(panel, outcome, conditions, exclude, exclusions, minimum)


def calibrated(cases: Cases, analysis: Mapping[str, Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Memberships in the conditions (n x k) and in the outcome (n)."""

    def membership(values: np.ndarray, own: Mapping[str, Any], key: str) -> np.ndarray:
        return calibrate(values, own["anchors"], f"{key}.anchors", is_logged=bool(own.get("is_logged")))

    columns = {
        name: membership(cases.frame[name].to_numpy(float), own, f"conditions.{name}")
        for name, own in analysis["conditions"].items()
    }
    return pd.DataFrame(columns), membership(cases.outcome, analysis["outcome"], "outcome")


def _one_sided(memberships: pd.DataFrame, outcome: np.ndarray, ledger: Ledger) -> str:
    """Why the sets cannot be compared: one that all or no cases are more in than out of. Notes cases at exactly .5."""
    for name, values in (*memberships.items(), ("outcome", outcome)):
        half = int((values == 0.5).sum())
        if half:
            ledger.note(len(outcome), "crossover", f"{name}: {half} cases at exactly 0.5, in no configuration")
        if (values > 0.5).all() or (values <= 0.5).all():
            side = "more in than out of" if (values > 0.5).all() else "not more in than out of"
            return f"{name}: every case is {side} the set at these anchors"
    return ""


def _analysed(
    cases: Cases, memberships: pd.DataFrame, sides: Mapping[str, np.ndarray], analysis: Mapping[str, Any]
) -> QcaAnalysis:
    tables, solutions, assumptions, warnings = [], [], [], []
    for name, outcome in sides.items():
        table = truth_table(memberships, outcome, analysis["inclusion"], analysis["pri"], analysis["frequency"])
        solved = solve(table, _expected(analysis["conditions"], name))
        tables.append(_published(table, name))
        solutions.append(solution_table(solved, memberships, outcome, name))
        assumptions.append(solved.assumptions)
        if solved.is_cut:
            warnings.append(f"{name}: more than {MOST_COVERS} models, the rest left out")
    empty = all(table.empty for table in solutions)
    return QcaAnalysis(
        ledger=cases.ledger.frame(),
        truth_tables=pd.concat(tables, ignore_index=True),
        solutions=pd.concat([one for one in solutions if len(one)] or solutions[:1], ignore_index=True),
        necessity=_necessity(memberships, sides),
        n_obs=len(memberships),
        covariance="direct calibration at the anchors of the configuration, no sampling error",
        sample_sha256=cases.sha256,
        reason="no configuration is sufficient at these cutoffs" if empty else "",
        warnings=(*warnings, *_contradictions(assumptions, memberships.columns)),
    )


def _expected(conditions: Mapping[str, Mapping[str, Any]], side: str) -> dict[str, int | None]:
    """Expected literal per condition; what helps the outcome is expected to hinder its negation."""
    found = {name: EXPECTED[own["expected"]] for name, own in conditions.items()}
    return found if side == PRESENT else {name: None if one is None else 1 - one for name, one in found.items()}


def _published(table: TruthTable, outcome: str) -> pd.DataFrame:
    texts = ["".join(str(value) for value in row) for row in table.rows[list(table.conditions)].to_numpy()]
    return table.rows.assign(outcome=outcome, configuration=texts)[
        ["outcome", "configuration", *table.conditions, *TRUTH_COLUMNS[2:]]
    ]


def _contradictions(assumptions: Sequence[set[Term]], names: Sequence[str]) -> list[str]:
    """Remainders assumed sufficient both for the outcome and for its negation."""
    both = set.intersection(*assumptions) if len(assumptions) > 1 else set()
    if not both:
        return []
    texts = ", ".join(sorted("".join(str(value) for value in one) for one in both))
    return [f"parsimonious solutions assume the same of outcome and negation for {texts} ({', '.join(names)})"]


def _necessity(memberships: pd.DataFrame, sides: Mapping[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for side, outcome in sides.items():
        for name, values in memberships.items():
            for text, own in ((name, values.to_numpy()), (f"~{name}", 1 - values.to_numpy())):
                rows.append((side, text, *necessity(own, outcome).values()))
    return pd.DataFrame(rows, columns=NECESSITY_COLUMNS)
