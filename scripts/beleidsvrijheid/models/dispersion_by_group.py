"""F9: do larger municipalities differ less from each other? Dispersion of an outcome by group, and its ratio."""

from dataclasses import replace

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.drawn_dispersion import Draws
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimates_table
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.inequality import grouped_sample
from beleidsvrijheid.models.sample import LEDGER_COLUMNS
from beleidsvrijheid.models.task import Task, finished, ledger_kept

MEASURES = ("sd_log", "cv", "gini")
RATIO_NULLS = {f"{name}_ratio": 1.0 for name in MEASURES}
SMALLEST_GROUP = 10  # municipalities; below it a dispersion says nothing
COVARIANCE = (
    "bootstrap over municipalities within each group, {draws} draws; "
    "bias-corrected (BC) intervals and the p-values that agree with them"
)


def dispersion(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """MEASURES (standard deviation of ln, coefficient of variation, Gini) for every resample: draws x 3.

    values: n, positive; counts: draws x n, how often each municipality was drawn.
    """
    drawn = Draws(values, counts)
    return np.column_stack([getattr(drawn, name)() for name in MEASURES])


def dispersion_by_group(
    values: np.ndarray, groups: np.ndarray, draws: int, confidence: float, rng: np.random.Generator, name: str = "group"
) -> Fit:
    """Equation name=level per group: MEASURES; equation highest-lowest level: ratios (tested against 1) and ln sd ratio.

    values: n positive; groups: n numbers, levels in rising order (size bands: the last is the largest). Resamples keep the
    size of every group. Raises Refusal where a value is not positive, a group has fewer than ten municipalities or one value
    only, or there is one group.
    """
    levels = np.unique(groups)
    _check(values, groups, levels, name)
    rows, found = [], []
    for level in levels:
        own = values[groups == level]
        drawn = dispersion(own, np.vstack([np.ones(len(own)), draw_counts(len(own), draws, rng)]))
        found.append(drawn)
        rows += [
            bootstrapped_row(f"{name}={level:g}", term, column[0], column[1:], confidence)
            for term, column in zip(MEASURES, drawn.T, strict=True)
        ]
    equation, ratio = f"{name}={levels[-1]:g}-{name}={levels[0]:g}", found[-1] / found[0]
    for term, column in zip(RATIO_NULLS, ratio.T, strict=True):
        rows.append(bootstrapped_row(equation, term, column[0], column[1:], confidence, 1.0))
    logs = np.log(ratio[:, 0])
    rows.append(bootstrapped_row(equation, "log_sd_ratio", logs[0], logs[1:], confidence, 0.0))
    return Fit(estimates_table(rows), len(values), len(values), COVARIANCE.format(draws=draws), len(values))


def _check(values: np.ndarray, groups: np.ndarray, levels: np.ndarray, name: str) -> None:
    if (values <= 0).any():
        raise Refusal(f"{int((values <= 0).sum())} values are not positive: no logarithm")
    if len(levels) < 2:
        raise Refusal("all municipalities are in one group")
    for level in levels:
        own = values[groups == level]
        if len(own) < SMALLEST_GROUP:
            raise Refusal(f"{name}={level:g} has {len(own)} municipalities, fewer than {SMALLEST_GROUP}")
        if np.ptp(own) == 0:
            raise Refusal(f"{name}={level:g} has the same value in every municipality")


def estimate_dispersion_by_group(task: Task) -> Estimation:
    """Dispersion of one outcome by the key `groups`; values that are not positive go, counted in the ledger."""
    sample, groups = grouped_sample(task)
    positive = (sample.frame[sample.outcome] > 0).to_numpy()
    row = ["not positive", len(positive), int(positive.sum()), "zero or negative, no logarithm"]
    ledger = pd.concat([sample.ledger, pd.DataFrame([row], columns=LEDGER_COLUMNS)], ignore_index=True)
    frame = sample.frame[positive].reset_index(drop=True)
    sample = replace(sample, frame=frame, ledger=ledger)
    with ledger_kept(ledger):
        values, levels = frame[sample.outcome].to_numpy(float), frame[groups].to_numpy(float)
        fit = dispersion_by_group(values, levels, task.draws, task.confidence, task.rng, groups)
    return finished(sample, fit, tests_of_bootstrapped(fit, "dispersion_by_group", nulls=RATIO_NULLS))
