"""Least squares as a specification: fit, tests of limited explanation, attribution to blocks."""

from dataclasses import replace

import numpy as np

from beleidsvrijheid.attribution import attribute, panel_r2, residual_r2
from beleidsvrijheid.inference import inference_table, r2_interval
from beleidsvrijheid.models.evidence import (
    bootstrap_rows,
    equivalence_rows,
    not_least_squares,
    r2_bootstrap_row,
    r2_rows,
)
from beleidsvrijheid.models.fit import Estimation
from beleidsvrijheid.models.joint_tests import joint_rows, u_shape_rows
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.rank import centred_scaled, codes, within
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts
from beleidsvrijheid.models.validation import assign_folds, cross_validated_r2
from beleidsvrijheid.models.wild_bootstrap import wild_rows


def estimate_ols(task: Task) -> Estimation:
    """Least squares on one row per municipality."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        return _ols(task, sample)


def _ols(task: Task, sample) -> Estimation:
    outcome, regressors = parts(sample)
    clusters = sample.frame["nis"].rename("municipality")
    fit = ols(outcome, regressors, task.specification["covariance"]["type"], clusters, task.confidence)
    fold = assign_folds(np.arange(len(outcome)), task.rng)
    ones = np.ones((len(outcome), 1))
    design = np.column_stack([centred_scaled(regressors.to_numpy(float))[0], ones])
    fit = replace(fit, r2_cv=cross_validated_r2(outcome, design, ones, fold))
    blocks = {name: regressors[columns].to_numpy() for name, columns in sample.blocks.items() if columns}
    controls = regressors[sample.controls].to_numpy()
    attribution = attribute(outcome, blocks, controls, fold, task.draws, task.confidence, task.rng)
    r2, n, k, rank = residual_r2(outcome, blocks, controls)
    low, high = r2_interval(r2, n, k, task.confidence)
    residual = {"r2": r2, "ci_low": low, "ci_high": high, "n": n, "k": k, "controls_rank": rank}
    bounds = task.settings["equivalence"]
    rows = r2_rows(r2, n, k, bounds) + equivalence_rows(fit, sample, bounds)
    rows += _tests(task, sample, fit, outcome, design, np.arange(len(outcome)))
    rows += u_shape_rows(fit, sample, task.specification, task.alpha)
    return finished(sample, fit, inference_table(rows), attribution=attribution, residual_r2=residual)


def _tests(task: Task, sample, fit, outcome, design, units, absorbed: int = 0) -> list[dict[str, object]]:
    """Bootstrap, wild cluster bootstrap and joint tests; design: the regressors, scaled, before other columns."""
    names, columns, weights = sample.regressors, sample.block_columns, task.settings["inference"]["weights"]
    rows = bootstrap_rows(fit, outcome, design, units, sample, task.draws, task.rng)
    wild = (outcome, design, names, columns, units, weights, task.draws, task.rng, absorbed, task.alpha)
    return rows + wild_rows(fit.coefficients, *wild) + joint_rows(fit, sample, task.alpha)


def estimate_panel_ols(task: Task) -> Estimation:
    """Panel least squares, pooled or with fixed effects."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        return _panel_ols(task, sample)


def _panel_ols(task: Task, sample) -> Estimation:
    outcome, regressors = parts(sample)
    effects, frame = task.specification.get("effects") or [], sample.frame
    covariance = task.specification["covariance"]["type"]
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects, covariance, task.confidence)
    moved, baseline, units = panel_design(outcome, regressors, frame, effects)
    design = np.column_stack([moved[:, 1:], baseline])
    r2_cv = cross_validated_r2(moved[:, 0], design, baseline, assign_folds(units, task.rng))
    rows = not_least_squares("panel_ols")
    rows += _tests(task, sample, fit, moved[:, 0], design, units, int("municipality" in effects))
    explained, attribution, residual = _panel_attribution(task, sample, moved, baseline, units)
    fit = replace(fit, r2_cv=r2_cv)
    return finished(sample, fit, inference_table(rows + explained), attribution=attribution, residual_r2=residual)


def _panel_attribution(task: Task, sample, moved, baseline, units):
    """Tests of R2 by resampled municipalities, and the parts of the blocks; effects, moderator and controls taken out."""
    names = sample.regressors
    columns = {name: moved[:, 1 + names.index(name)] for name in names}
    blocks = {name: np.column_stack([columns[c] for c in own]) for name, own in sample.blocks.items() if own}
    taken = np.column_stack([baseline, *(columns[name] for name in sample.moderator + sample.controls)])
    fold = assign_folds(units, task.rng)
    attribution = attribute(moved[:, 0], blocks, taken, fold, task.draws, task.confidence, task.rng, units)
    r2, low, high, drawn = panel_r2(moved[:, 0], blocks, taken, units, task.draws, task.confidence, task.rng)
    k = sum(block.shape[1] for block in blocks.values())
    residual = {"r2": r2, "ci_low": low, "ci_high": high, "n": int(units.max()) + 1, "k": k, "controls_rank": None}
    bounds = task.settings["equivalence"]
    rows = [r2_bootstrap_row(r2, drawn, bound, bounds["alpha"]) for bound in bounds["r2_bounds"]]
    return rows, attribution, residual


def panel_design(outcome, regressors, frame, effects) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome and scaled regressors without municipality effects; columns for years or the constant; unit codes.

    Taking out a municipality's mean needs no other municipality, so resampling and held-out folds stay exact;
    year effects do need the others, so they are columns to estimate again each time.
    """
    units, years = codes(frame["nis"]), codes(frame["year"])
    scaled = np.column_stack([outcome, centred_scaled(regressors.to_numpy())[0]])
    year_columns = (years[:, None] == np.unique(years)[1:]).astype(float)
    baseline = year_columns if "year" in effects else np.empty((len(frame), 0))
    if "municipality" in effects:
        both = within(np.column_stack([scaled, baseline]), units, years, ["municipality"])
        return both[:, : scaled.shape[1]], both[:, scaled.shape[1] :], units
    return scaled, np.column_stack([baseline, np.ones(len(frame))]), units
