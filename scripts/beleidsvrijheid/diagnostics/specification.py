"""All diagnostics of one least-squares specification, in one long table."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.diagnostics.influence import leave_one_out
from beleidsvrijheid.diagnostics.missing import (
    KNOWN_CATEGORIES,
    KNOWN_NUMBERS,
    completeness_weights,
    dummies,
    known_of_all,
    standardised_differences,
    static_values,
    weighted_fit,
)
from beleidsvrijheid.diagnostics.omitted import partial_r2, robustness_value
from beleidsvrijheid.diagnostics.refits import (
    DIAGNOSTIC_COLUMNS,
    USED_INDICATORS,
    Refit,
    Variant,
    coefficient_rows,
    log_variant,
    refit_task,
    row,
    variants,
)
from beleidsvrijheid.diagnostics.spatial import residual_moran, weight_matrix
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.relevant import relevant_rows
from beleidsvrijheid.models.sample import Sample
from beleidsvrijheid.models.sandwich import make_design
from beleidsvrijheid.models.task import Task

REFUSED = "refused"
SHOWN = 5  # municipalities named in a note


def diagnose(task: Task, neighbours: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every diagnostic of an `ols` specification: columns DIAGNOSTIC_COLUMNS, one row per test, variant and term.

    task.settings also holds per_inhabitant: ids of indicators that are ratios to the population. neighbours: columns
    nis, neighbour; None where the study has no boundaries. A variant that the data cannot carry is a row whose note says
    why; a specification that they cannot carry is a single row `refused`. Raises StudyError on another estimator.
    """
    if task.specification["estimator"] != "ols":
        raise StudyError(f"{task.name}: diagnostics: estimator {task.specification['estimator']!r}; allowed: ols")
    more = [*KNOWN_NUMBERS, *KNOWN_CATEGORIES, *USED_INDICATORS]
    task = replace(task, panel=relevant_rows(task.panel, [task.specification], more))
    try:
        sample, base = refit_task(task)
    except Refusal as refusal:
        return pd.DataFrame([row(REFUSED, "", note=refusal.reason)], columns=DIAGNOSTIC_COLUMNS)
    rows = coefficient_rows(base, "baseline", "as_specified", task.confidence)
    rows += _spatial_rows(base, neighbours, task)
    rows += _influence_rows(base, task)
    rows += [one for variant in variants(task, set(task.panel["indicator"])) for one in _variant_rows(variant, task)]
    rows += _denominator_rows(base, task)
    rows += _missing_rows(sample, base, task)
    rows += _omitted_rows(base, task)
    return pd.DataFrame(rows, columns=DIAGNOSTIC_COLUMNS)


def _variant_rows(variant: Variant, task: Task) -> list[dict[str, Any]]:
    if variant.task is None:
        return [row(variant.test, variant.variant, note=variant.note)]
    try:
        fit = refit_task(variant.task)[1]
    except Refusal as refusal:
        return [row(variant.test, variant.variant, note=refusal.reason)]
    return coefficient_rows(fit, variant.test, variant.variant, task.confidence, variant.note)


def _spatial_rows(base: Refit, neighbours: pd.DataFrame | None, task: Task) -> list[dict[str, Any]]:
    test, variant = "spatial", "moran_residuals"
    if neighbours is None:
        return [row(test, variant, note="the study has no boundaries of municipalities")]
    try:
        weights = weight_matrix(base.regressors.index.to_numpy(), neighbours)
        regressors = base.regressors.to_numpy(float)
        result = residual_moran(base.residuals, regressors, weights, task.draws, task.rng)
    except Refusal as refusal:
        return [row(test, variant, note=refusal.reason)]
    note = (
        f"expected {result.expectation:.4f}, standard deviation {np.sqrt(result.variance):.4f}, z {result.z:.2f}; "
        f"{task.draws} permutations; without a neighbour: {result.n_islands}"
    )
    return [row(test, variant, estimate=result.statistic, p_value=result.p_value, n=result.n, note=note)]


def _influence_rows(base: Refit, task: Task) -> list[dict[str, Any]]:
    """Lowest and highest slope without one municipality, and how many single ones change sign or significance."""
    try:
        out = leave_one_out(base.outcome, base.design)
    except Refusal as refusal:
        return [row("influence", "leave_one_out", note=refusal.reason)]
    from scipy.special import stdtrit

    level = stdtrit(min(out.df, 1e10), 0.5 + task.confidence / 2)
    rows, nis, n = [], base.regressors.index, len(base.outcome)
    scale = base.regressors[base.terms].std().to_numpy() / base.outcome.std(ddof=1)
    for j, term in enumerate(base.terms):
        place = base.regressors.columns.get_loc(term)
        slopes, errors, p_values = out.slopes[:, place], out.errors[:, place], out.p_values[:, place]
        for variant, at in (("lowest", int(slopes.argmin())), ("highest", int(slopes.argmax()))):
            values = {"estimate": slopes[at], "standardised": slopes[at] * scale[j], "p_value": p_values[at]}
            values |= {"ci_low": slopes[at] - level * errors[at], "ci_high": slopes[at] + level * errors[at]}
            rows.append(row("influence", variant, term=term, n=n - 1, note=f"without {nis[at]}", **values))
        turned = np.sign(slopes) != np.sign(base.slopes[j])
        flips = turned | ((p_values < 1 - task.confidence) != (base.p_values[j] < 1 - task.confidence))
        pull = np.argsort(-np.abs(slopes - base.slopes[j]) * flips, kind="stable")[: min(SHOWN, int(flips.sum()))]
        note = f"sign: {int(turned.sum())}; most: {', '.join(nis[pull]) or 'none'}"
        rows.append(row("influence", "flips", term=term, estimate=float(flips.sum()), n=n, note=note))
    return rows


def _denominator_rows(base: Refit, task: Task) -> list[dict[str, Any]]:
    """The model in ratios and in logs, side by side."""
    rows = coefficient_rows(base, "denominators", "ratio", task.confidence)
    return rows + _variant_rows(log_variant(task), task)


def _missing_rows(sample: Sample, base: Refit, task: Task) -> list[dict[str, Any]]:
    """Per variable and in total: who is missing among those in scope; then the weighted estimates."""
    gone = {nis for rule in task.excluded().values() for nis in rule}
    municipalities = task.panel.loc[task.panel["level"] == "municipality", "nis"].unique()
    scope = np.array(sorted(set(municipalities) - gone))
    numbers, categories = known_of_all(task.panel, scope)
    known = numbers.join(dummies(categories))
    complete = np.isin(scope, sample.frame["nis"])
    field = task.specification.get("beleidsveld") or ""
    used = [name for ids in task.specification["blocks"].values() for name in ids]
    named = [task.specification["outcome"], *used, *(task.specification.get("controls") or [])]
    absent = {name: static_values(task.panel, name, field).reindex(scope).isna().to_numpy() for name in named}
    rows = []
    for name, missing in {**absent, "any": ~complete}.items():
        note = f"{int(missing.sum())} of {len(scope)} municipalities missing"
        table = standardised_differences(known, missing) if missing.any() else pd.DataFrame()
        rows.append(row("missing", name, n=int(missing.sum()), note=note))
        rows += [
            row("missing", name, term=one.term, standardised=one.estimate, p_value=one.p_value, n=int(missing.sum()))
            for one in table.itertuples()
        ]
    return rows + _weighted_rows(base, complete, numbers, categories, task)


def _weighted_rows(base: Refit, complete, numbers, categories, task: Task) -> list[dict[str, Any]]:
    rows = coefficient_rows(base, "missing_weights", "complete_cases", task.confidence)
    try:
        weights = completeness_weights(complete, numbers, categories)
        fit, effective = weighted_fit(base.outcome, base.regressors, weights, task.confidence)
    except Refusal as refusal:
        return [*rows, row("missing_weights", "weighted", note=refusal.reason)]
    note = f"weights {weights.min():.2f} to {weights.max():.2f}, effective number {effective:.0f}; HC3"
    table = fit.coefficients[fit.coefficients["term"].isin(base.terms)]
    keep = ["term", "estimate", "standardised", "ci_low", "ci_high", "p_value"]
    shown = [dict(zip(keep, values, strict=True)) for values in table[keep].itertuples(index=False, name=None)]
    return rows + [row("missing_weights", "weighted", n=len(base.outcome), note=note, **one) for one in shown]


def _omitted_rows(base: Refit, task: Task) -> list[dict[str, Any]]:
    """Classical t of each block term; see diagnostics.omitted."""
    design = make_design(base.regressors.to_numpy(float), "nonrobust")
    places = [base.regressors.columns.get_loc(term) for term in base.terms]
    statistic = base.slopes / design.errors(base.residuals, places)
    alpha = 1 - task.confidence
    measures = {
        "partial_r2": partial_r2(statistic, design.df),
        "robustness_value": robustness_value(statistic, design.df),
        "robustness_value_alpha": robustness_value(statistic, design.df, alpha),
    }
    return [
        row("omitted_variable", name, term=term, estimate=value, n=len(base.outcome))
        for name, values in measures.items()
        for term, value in zip(base.terms, values, strict=True)
    ]
