"""Conservative, parsimonious and intermediate solutions of a truth table, with their fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.qca.minimise import MOST_COVERS, Term, covers, minimal_covers, prime_implicants
from beleidsvrijheid.qca.set_relations import sufficiency
from beleidsvrijheid.qca.truth_table import REMAINDER, SUFFICIENT, TruthTable, term_membership

SOLUTIONS = ("conservative", "intermediate", "parsimonious")
SOLUTION_COLUMNS = [
    "outcome",
    "solution",
    "model",
    "n_models",
    "term",
    "consistency",
    "pri",
    "raw_coverage",
    "unique_coverage",
    "n_cases",
]
WHOLE = "solution"  # what stands for a term in the row of a whole model
ALWAYS = "always"  # the term without a literal


@dataclass(frozen=True)
class Solved:
    """models: solution -> its models, each a list of terms. assumptions: remainders that the parsimonious models rest on."""

    models: dict[str, list[list[Term]]]
    assumptions: set[Term]

    @property
    def is_cut(self) -> bool:
        """Whether there were more models than are kept."""
        return any(len(models) > MOST_COVERS for models in self.models.values())


def solve(table: TruthTable, expected: Mapping[str, int | None]) -> Solved:
    """The three solutions of the Standard Analysis (Ragin 2008, chapters 8-9; Ragin & Sonnett 2005).

    expected: condition -> 1 or 0 where its presence or absence should help, None where nothing is expected. Conservative
    uses observed combinations only, parsimonious every remainder that shortens, intermediate only the easy ones among those:
    remainders that differ from an observed path by literals that go against the expectations.
    """
    wanted, remainders = table.configurations(SUFFICIENT), table.configurations(REMAINDER)
    if not wanted:
        return Solved({name: [] for name in SOLUTIONS}, set())
    conservative = minimal_covers(prime_implicants(wanted), wanted)
    parsimonious = minimal_covers(prime_implicants(wanted, remainders), wanted)
    directions = [expected.get(name) for name in table.conditions]
    intermediate: list[list[Term]] = []
    for narrow in conservative[:MOST_COVERS]:
        for wide in parsimonious[:MOST_COVERS]:
            easy = _easy_remainders(narrow, wide, remainders, directions)
            intermediate += minimal_covers(prime_implicants(wanted, easy), wanted)
    intermediate = [list(model) for model in dict.fromkeys(tuple(model) for model in intermediate)]
    models = {"conservative": conservative, "intermediate": intermediate, "parsimonious": parsimonious}
    used = {one for one in remainders for model in parsimonious if any(covers(term, one) for term in model)}
    return Solved(models, used)


def _easy_remainders(
    narrow: list[Term], wide: list[Term], remainders: list[Term], directions: Sequence[int | None]
) -> list[Term]:
    """Remainders under a path from which literals were dropped that the parsimonious path does not have and that go
    against the expectation."""
    between = {
        tuple(
            None if shorter is None and direction is not None and literal == 1 - direction else literal
            for literal, shorter, direction in zip(path, short, directions, strict=True)
        )
        for path in narrow
        for short in wide
        if covers(short, path)
    }
    return [one for one in remainders if any(covers(term, one) for term in between)]


def term_text(term: Term, conditions: Sequence[str]) -> str:
    """A term as text: conditions joined by *, ~ before an absent one."""
    shown = [
        name if literal else f"~{name}" for name, literal in zip(conditions, term, strict=True) if literal is not None
    ]
    return "*".join(shown) or ALWAYS


def solution_table(solved: Solved, memberships: pd.DataFrame, outcome: np.ndarray, outcome_name: str) -> pd.DataFrame:
    """Rows of SOLUTION_COLUMNS: a row per term of every model and one for the model as a whole (term WHOLE).

    raw_coverage: what a term covers of the outcome; unique_coverage: what no other term of its model covers.
    """
    rows = []
    for name, models in solved.models.items():
        kept = models[:MOST_COVERS]
        for number, model in enumerate(kept, start=1):
            rows += [(outcome_name, name, number, len(kept), *fit) for fit in _model_rows(model, memberships, outcome)]
    return pd.DataFrame(rows, columns=SOLUTION_COLUMNS)


def _model_rows(model: list[Term], memberships: pd.DataFrame, outcome: np.ndarray) -> list[tuple]:
    columns = np.column_stack([term_membership(memberships.to_numpy(float), term) for term in model])
    whole = columns.max(axis=1)
    total = sufficiency(whole, outcome)
    rows = []
    for place, term in enumerate(model):
        others = np.delete(columns, place, axis=1).max(axis=1, initial=0.0)
        own, without = sufficiency(columns[:, place], outcome), sufficiency(others, outcome)
        unique = total["coverage"] - without["coverage"]
        n = int((columns[:, place] > 0.5).sum())
        rows.append((term_text(term, memberships.columns), own["consistency"], own["pri"], own["coverage"], unique, n))
    n = int((whole > 0.5).sum())
    return [*rows, (WHOLE, total["consistency"], total["pri"], total["coverage"], np.nan, n)]
