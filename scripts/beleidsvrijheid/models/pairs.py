"""Correlations of every two variables of a specification, over the rows that it is estimated on."""

from itertools import combinations

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.task import Task

PAIR_COLUMNS = ["first", "second", "method", "estimate", "n"]
METHODS = ("pearson", "spearman")
CATEGORY = "="  # in the name of a dummy


def pairwise(task: Task) -> pd.DataFrame:
    """Columns PAIR_COLUMNS: Pearson and Spearman (mean ranks) of every two variables, outcome first, unweighted.

    Variables are the outcome and every regressor that is no dummy of a category, in print order; an estimate is missing
    where one of the two does not vary. No rows where the sample is refused.
    """
    try:
        sample = task.sample()
    except Refusal:
        return pd.DataFrame(columns=PAIR_COLUMNS)
    outcome = task.specification["outcome"]
    named = [sample.outcome, *(column for column in sample.regressors if CATEGORY not in column)]
    frame = sample.frame[named].astype(float).rename(columns={sample.outcome: outcome})
    found = {"pearson": frame, "spearman": frame.rank()}
    matrices = {method: _correlations(values.to_numpy()) for method, values in found.items()}
    rows = [
        (first, second, method, matrices[method][one, other], len(frame))
        for method in METHODS
        for (one, first), (other, second) in combinations(enumerate(frame.columns), 2)
    ]
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


def _correlations(values: np.ndarray) -> np.ndarray:
    """k x k from n x k; not-a-number beside a column that does not vary."""
    centred = values - values.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    spread[np.ptp(values, axis=0) == 0] = np.nan
    return centred.T @ centred / np.outer(spread, spread)
