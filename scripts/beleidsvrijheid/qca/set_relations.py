"""How far one fuzzy set is a subset of another: consistency, PRI, coverage, relevance."""

import numpy as np


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def sufficiency(term: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """Consistency, PRI and raw coverage of "term, therefore outcome"; memberships n. NaN where nothing is in a set.

    Consistency sum(min(x, y)) / sum(x) and coverage sum(min(x, y)) / sum(y): Ragin (2006, 10.1093/pan/mpj019). PRI leaves out
    what the term shares with outcome and its negation at once (Schneider & Wagemann 2012, 10.1017/CBO9781139004244).
    """
    both = np.minimum(term, outcome)
    shared = np.minimum(both, 1 - outcome).sum()
    return {
        "consistency": _ratio(both.sum(), term.sum()),
        "pri": _ratio(both.sum() - shared, term.sum() - shared),
        "coverage": _ratio(both.sum(), outcome.sum()),
    }


def necessity(condition: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """Consistency, coverage and relevance (RoN) of "outcome, only if condition"; memberships n.

    Relevance is low where nearly all cases have the condition (Schneider & Wagemann 2012).
    """
    both = np.minimum(condition, outcome)
    return {
        "consistency": _ratio(both.sum(), outcome.sum()),
        "coverage": _ratio(both.sum(), condition.sum()),
        "relevance": _ratio((1 - condition).sum(), (1 - both).sum()),
    }
