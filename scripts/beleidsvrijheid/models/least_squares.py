"""Least squares as a specification: fit, tests of limited explanation, attribution to blocks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from beleidsvrijheid.attribution import attribute, drawn_r2, drawn_shares, panel_r2, residual_r2
from beleidsvrijheid.inference import draw_counts, inference_table, not_applicable, r2_interval
from beleidsvrijheid.models.evidence import (
    bootstrap_rows,
    equivalence_rows,
    not_least_squares,
    r2_bootstrap_row,
    r2_rows,
)
from beleidsvrijheid.models.fit import Estimation, Fit
from beleidsvrijheid.models.joint_tests import joint_rows, u_shape_rows
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.rank import centred_scaled, codes, within
from beleidsvrijheid.models.task import Task, finished, ledger_kept, parts
from beleidsvrijheid.models.validation import assign_folds, cross_validated_r2
from beleidsvrijheid.models.wild_bootstrap import cluster_weights, wild_cluster_inference, wild_row, wild_rows


def estimate_ols(task: Task) -> Estimation:
    """Least squares on one row per municipality."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        return _ols(task, sample)


def _ols(task: Task, sample) -> Estimation:
    outcome, regressors = parts(sample)
    covariance, weights = task.specification["covariance"], sample.weights
    clusters = sample.frame["nis"].rename("municipality")
    fit = ols(outcome, regressors, covariance["type"], clusters, task.confidence, weights)
    fit = said(fit, sample, covariance)
    ones = np.ones((len(outcome), 1))
    design = np.column_stack([centred_scaled(regressors.to_numpy(float))[0], ones])
    bounds = task.settings["equivalence"]
    if weights is None:
        fit, rows, more = _explained(task, sample, fit, outcome, regressors, design)
    else:
        rows, more = not_with_weights("r2_non_inferiority"), {}
    rows += equivalence_rows(fit, sample, bounds)
    outcome, design = times_root(outcome, weights), times_root(design, weights)
    fit, tests = _tests(task, sample, fit, regressors, outcome, design, np.arange(len(outcome)))
    rows += tests + u_shape_rows(fit, sample, task.specification, task.alpha)
    return finished(sample, fit, inference_table(rows), **more)


def _explained(task: Task, sample, fit: Fit, outcome, regressors, design):
    """What the blocks explain of an unweighted cross-section: the fit with its held-out R2, tests of R2, attribution."""
    fold = assign_folds(np.arange(len(outcome)), task.rng)
    fit = replace(fit, r2_cv=cross_validated_r2(outcome, design, np.ones((len(outcome), 1)), fold))
    blocks = {name: regressors[columns].to_numpy() for name, columns in sample.blocks.items() if columns}
    controls = regressors[sample.controls].to_numpy()
    (drawn,) = task.bootstrap.drawn(len(outcome), drawn_shares(outcome, blocks, controls))
    attribution = attribute(outcome, blocks, controls, fold, drawn, task.confidence)
    r2, n, k, rank = residual_r2(outcome, blocks, controls)
    low, high = r2_interval(r2, n, k, task.confidence)
    residual = {"r2": r2, "ci_low": low, "ci_high": high, "n": n, "k": k, "controls_rank": rank}
    return fit, r2_rows(r2, n, k, task.settings["equivalence"]), {"attribution": attribution, "residual_r2": residual}


def not_with_weights(test: str) -> list[dict[str, object]]:
    """What is not worked out with weights, said rather than worked out without."""
    reason = "not computed with weights"
    return [not_applicable(name, reason) for name in (test, "attribution", "cross_validated_r2")]


def times_root(matrix: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Rows times the root of their weight: least squares on them is weighted least squares. The same array without."""
    return matrix if weights is None else (matrix.T * np.sqrt(weights)).T


def said(fit: Fit, sample, covariance: Mapping[str, Any]) -> Fit:
    """The fit with all that its covariance is in words: the weights of rows and those of the wild bootstrap."""
    words = fit.covariance
    if covariance["type"] == "wild_cluster":
        words += (
            f"; p-values and intervals: wild cluster bootstrap, {covariance['weights']}, {covariance['draws']} draws"
        )
        words += "; the null imposed; the constant is not tested"
    if sample.weighted_by:
        words += f"; weighted by {sample.weighted_by} (analytic weights)"
    return replace(fit, covariance=words)


def _tests(task: Task, sample, fit: Fit, regressors, outcome, design, units, absorbed: int = 0):
    """The fit, and bootstrap, wild cluster bootstrap and joint tests; design: the regressors, scaled, then other columns.

    outcome and design are times the root of the weights. Under covariance wild_cluster the table of coefficients has its
    p-values and intervals from the draws of the specification, and so have the rows.
    """
    names, columns, covariance = sample.regressors, sample.block_columns, task.specification["covariance"]
    rows = bootstrap_rows(fit, outcome, design, units, sample, task.draws, task.rng)
    if covariance["type"] == "wild_cluster":
        fit, wild = _wild(task, sample, fit, regressors, outcome, design, units, absorbed)
    else:
        weights = task.settings["inference"]["weights"]
        own = (outcome, design, names, columns, units, weights, task.draws, task.rng, absorbed, task.alpha)
        wild = wild_rows(fit.coefficients, *own)
    return fit, rows + wild + joint_rows(fit, sample, task.alpha)


def _skip_tests(task: Task, units) -> None:
    """Random numbers that `_tests` takes, for a job that makes draws of what comes after them."""
    covariance, clusters = task.specification["covariance"], units.max() + 1
    own = covariance if covariance["type"] == "wild_cluster" else task.settings["inference"]
    draw_counts(clusters, task.draws, task.rng)
    cluster_weights(clusters, own["draws"], own["weights"], task.rng)


def _wild(task: Task, sample, fit: Fit, regressors, outcome, design, units, absorbed: int):
    """The fit with p-values and intervals of the wild cluster bootstrap (NaN for the constant), and rows of the blocks."""
    names, covariance, scale = (
        sample.regressors,
        task.specification["covariance"],
        centred_scaled(regressors.to_numpy(float))[2],
    )
    weights, draws = covariance["weights"], covariance["draws"]
    options = (units, range(len(names)), weights, draws, task.rng, task.confidence, absorbed)
    tests, ends = wild_cluster_inference(outcome, design, *options)
    table = fit.coefficients.set_index("term", drop=False)
    table[["p_value", "ci_low", "ci_high"]] = np.nan
    table.loc[names, "p_value"] = [test.p_value for test in tests]
    table.loc[names, ["ci_low", "ci_high"]] = ends / scale[:, None]
    rows = [
        wild_row(name, float(table.at[name, "estimate"]), test, weights)
        for name, test in zip(names, tests, strict=True)
        if name in sample.block_columns
    ]
    return replace(fit, coefficients=table.reset_index(drop=True)), rows


def estimate_panel_ols(task: Task) -> Estimation:
    """Panel least squares, pooled or with fixed effects."""
    sample = task.sample()
    with ledger_kept(sample.ledger):
        return _panel_ols(task, sample)


def _panel_ols(task: Task, sample) -> Estimation:
    outcome, regressors = parts(sample)
    effects, frame, weights = task.specification.get("effects") or [], sample.frame, sample.weights
    covariance = task.specification["covariance"]
    by = [covariance["by"]] if isinstance(covariance.get("by"), str) else covariance.get("by") or []
    options = (covariance["type"], task.confidence, weights, by, covariance.get("bandwidth"))
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects, *options)
    fit = said(fit, sample, covariance)
    moved, baseline, units = panel_design(outcome, regressors, frame, effects)
    design, rows = np.column_stack([moved[:, 1:], baseline]), not_least_squares("panel_ols")
    if weights is None:
        r2_cv = cross_validated_r2(moved[:, 0], design, baseline, assign_folds(units, task.rng))
        fit = replace(fit, r2_cv=r2_cv)
    # A municipality has one weight, so taking out its mean is the same with weights and without.
    y, design, absorbed = times_root(moved[:, 0], weights), times_root(design, weights), int("municipality" in effects)
    if task.batch:
        _skip_tests(task, units)
        return _panel_attribution(task, sample, moved, baseline, units)
    fit, tests = _tests(task, sample, fit, regressors, y, design, units, absorbed)
    if weights is not None:
        return finished(sample, fit, inference_table(rows + tests + not_with_weights("r2_bootstrap")))
    explained, attribution, residual = _panel_attribution(task, sample, moved, baseline, units)
    rows += tests + explained
    return finished(sample, fit, inference_table(rows), attribution=attribution, residual_r2=residual)


def _panel_attribution(task: Task, sample, moved, baseline, units):
    """Tests of R2 by resampled municipalities, and the parts of the blocks; effects, moderator and controls taken out."""
    names = sample.regressors
    columns = {name: moved[:, 1 + names.index(name)] for name in names}
    blocks = {name: np.column_stack([columns[c] for c in own]) for name, own in sample.blocks.items() if own}
    taken = np.column_stack([baseline, *(columns[name] for name in sample.moderator + sample.controls)])
    fold = assign_folds(units, task.rng)
    explained = (moved[:, 0], blocks, taken)
    shares, r2s = task.bootstrap.drawn(units.max() + 1, drawn_shares(*explained, units), drawn_r2(*explained, units))
    attribution = attribute(*explained, fold, shares, task.confidence)
    r2, low, high, drawn = panel_r2(*explained, r2s, task.confidence)
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
