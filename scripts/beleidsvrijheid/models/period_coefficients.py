"""E4: do characteristics of municipalities matter more after the reform than before?

The same cross-section twice: mean of the outcome before and after on the same regressors, for the same municipalities.
If freedom lets local needs and politics count, coefficients and R2 grow (Borge, Brueckner & Rattso 2014,
10.1016/j.jue.2014.08.003). Change of a coefficient and of R2 by a bootstrap over municipalities, both periods of a
municipality together; the 95 % interval of the change of R2 covered 94.3-94.6 % (docs/validation.md), and covers too
much near a true R2 of zero. The R2 of one period keeps the interval that inverts the noncentral F: a
bootstrap of it does not cover.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import residual_r2
from beleidsvrijheid.inference import draw_counts, inference_table, r2_interval
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimate_row, estimates_table, rows_sha256
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.joint_tests import wald, wald_row
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.rank import centred_scaled
from beleidsvrijheid.models.resampling import slope_draws
from beleidsvrijheid.models.sample import Ledger, Sample, build_sample
from beleidsvrijheid.models.task import Task, finished, ledger_kept
from beleidsvrijheid.models.wild_bootstrap import wild_cluster_p, wild_row
from beleidsvrijheid.models.window_means import WINDOWS, window_means

CHANGE = "post-pre"
COVARIANCE = (
    "bootstrap over municipalities, both periods together, {draws} draws; bias-corrected (BC) intervals and the "
    "p-values that agree with them; R2 of one period: interval by inverting the noncentral F"
)
R2_TERMS = ("r2", "r2_blocks")


@dataclass(frozen=True)
class PeriodDraws:
    """slopes: periods x draws x k, in the units of the data; r2, r2_blocks: periods x draws."""

    slopes: np.ndarray
    r2: np.ndarray
    r2_blocks: np.ndarray


def period_draws(outcomes: np.ndarray, blocks: np.ndarray, controls: np.ndarray, counts: np.ndarray) -> PeriodDraws:
    """Slopes and R2 of every outcome on blocks and controls for every draw of rows.

    outcomes: periods x n. blocks: n x k1; controls: n x k2. counts: draws x n, how often each row counts. r2_blocks:
    share that the blocks explain of what the controls leave.
    """
    matrix = np.column_stack([blocks, controls])
    scaled, _, scale = centred_scaled(matrix)
    design, rows = np.column_stack([scaled, np.ones(len(scaled))]), np.arange(len(scaled))
    reduced = design[:, blocks.shape[1] :]
    slopes, r2, r2_blocks = [], [], []
    for outcome in outcomes:
        coefficients = slope_draws(outcome, design, rows, counts)
        left, total, without = (
            _weighted_squares(outcome, columns, drawn, counts)
            for columns, drawn in (
                (design, coefficients),
                (design[:, -1:], slope_draws(outcome, design[:, -1:], rows, counts)),
                (reduced, slope_draws(outcome, reduced, rows, counts)),
            )
        )
        slopes.append(coefficients[:, :-1] / scale)
        r2.append(1 - left / total)
        r2_blocks.append(1 - left / without)
    return PeriodDraws(np.stack(slopes), np.stack(r2), np.stack(r2_blocks))


def _weighted_squares(outcome, design, slopes, counts) -> np.ndarray:
    return (counts * (outcome - slopes @ design.T) ** 2).sum(axis=1)


def estimate_period_coefficients(task: Task) -> Estimation:
    """Equations `pre`, `post` and `post-pre`: a row per regressor, `r2` (all regressors) and `r2_blocks` (after controls)."""
    sample, outcomes = _sample(task)
    with ledger_kept(sample.ledger):
        regressors = sample.frame.set_index("nis")[sample.regressors].astype(float)
        fits = [ols(outcome, regressors, "HC3", confidence=task.confidence) for outcome in outcomes]
        blocks, controls = regressors[sample.block_columns].to_numpy(), regressors[sample.controls].to_numpy()
        counts = draw_counts(len(regressors), task.draws, task.rng)
        point = period_draws(outcomes, blocks, controls, np.ones((1, len(regressors))))
        drawn = period_draws(outcomes, blocks, controls, counts)
        rows = _slope_rows(sample.regressors, point, drawn, regressors, outcomes, task.confidence)
        rows += _r2_rows(sample, fits, point, drawn, regressors, outcomes, task.confidence)
        tests = _tests(sample, point, drawn, task.alpha) + _wild_rows(sample, regressors, outcomes, task)
    n = len(regressors)
    fit = Fit(estimates_table(rows), 2 * n, n, COVARIANCE.format(draws=task.draws), n_clusters=n)
    table = tests_of_bootstrapped(fit, "period_coefficients", set(sample.block_columns) | {"r2", "r2_blocks"})
    estimation = finished(sample, fit, inference_table([*table.to_dict("records"), *tests]))
    return replace(estimation, sample_sha256=rows_sha256(sample.frame))


def _sample(task: Task) -> tuple[Sample, np.ndarray]:
    """Municipalities with the outcome in both windows and every regressor; outcomes, 2 x n."""
    ledger, specification = Ledger(), task.specification
    windows = {name: task.windows[name] for name in WINDOWS}
    frame = window_means(task.panel, specification, windows, task.excluded(), ledger)
    field, stand_in = specification.get("beleidsveld") or "", f"{specification['outcome']} (pre)"
    panel = task.panel[task.panel["nis"].isin(frame["nis"])]
    rows = frame[["nis"]].assign(value=frame["pre"], indicator=stand_in, beleidsveld=field, level="municipality")
    rows = rows.assign(period="pre", year=pd.array([pd.NA] * len(rows), dtype="Int64"))
    own = {"outcome": stand_in, "estimator": "ols", "transform": "none", "sample": {}, "effects": []}
    try:
        sample = build_sample(pd.concat([panel, rows]), {**specification, **own}, {}, task.settings["categorical"])
    except Refusal as refusal:
        raise Refusal(refusal.reason, _joined(ledger.frame(), refusal.ledger)) from refusal
    sample = replace(sample, ledger=_joined(ledger.frame(), sample.ledger))
    found = frame.set_index("nis").loc[sample.frame["nis"], list(WINDOWS)].to_numpy(float).T
    task.enough(found.shape[1], sample.ledger)
    return replace(sample, frame=sample.frame.assign(post=found[1])), found


def _joined(first: pd.DataFrame, second: pd.DataFrame | None) -> pd.DataFrame:
    """One account: the second starts where the first stopped, so its first row goes."""
    return first if second is None else pd.concat([first, second.iloc[1:]], ignore_index=True)


def _slope_rows(terms: Sequence[str], point, drawn, regressors, outcomes, confidence) -> list[dict[str, object]]:
    spread = regressors.std(ddof=1).to_numpy()
    rows = []
    for equation, estimates, draws, sd_y in (
        ("pre", point.slopes[0, 0], drawn.slopes[0], outcomes[0].std(ddof=1)),
        ("post", point.slopes[1, 0], drawn.slopes[1], outcomes[1].std(ddof=1)),
        (CHANGE, point.slopes[1, 0] - point.slopes[0, 0], drawn.slopes[1] - drawn.slopes[0], np.nan),
    ):
        for i, term in enumerate(terms):
            row = bootstrapped_row(equation, term, estimates[i], draws[:, i], confidence, 0.0)
            rows.append(row | {"standardised": estimates[i] * spread[i] / sd_y})
    return rows


def _r2_rows(sample: Sample, fits, point, drawn, regressors, outcomes, confidence) -> list[dict[str, object]]:
    blocks = {name: regressors[columns].to_numpy() for name, columns in sample.blocks.items() if columns}
    rows = []
    for equation, outcome, fit in zip(WINDOWS, outcomes, fits, strict=True):
        n, k = regressors.shape
        after_controls = residual_r2(outcome, blocks, regressors[sample.controls].to_numpy())[:3]
        for term, (r2, size, columns) in zip(R2_TERMS, ((fit.r2, n, k), after_controls), strict=True):
            low, high = r2_interval(r2, size, columns, confidence)
            rows.append(estimate_row(equation, term, r2, ci_low=low, ci_high=high))
    for term in R2_TERMS:
        before, after = getattr(point, term)[:, 0]
        moved = getattr(drawn, term)
        rows.append(bootstrapped_row(CHANGE, term, after - before, moved[1] - moved[0], confidence, 0.0))
    return rows


def _wild_rows(sample: Sample, regressors, outcomes, task: Task) -> list[dict[str, object]]:
    """Wild bootstrap of the block columns before, after, and of their change: least squares of the change of the outcome."""
    scaled, _, scale = centred_scaled(regressors.to_numpy())
    design, units = np.column_stack([scaled, np.ones(len(scaled))]), np.arange(len(scaled))
    places, weights = (
        [sample.regressors.index(column) for column in sample.block_columns],
        task.settings["inference"]["weights"],
    )
    rows = []
    for equation, outcome in zip((*WINDOWS, CHANGE), (*outcomes, outcomes[1] - outcomes[0]), strict=True):
        options = places, weights, task.draws, task.rng
        tests = wild_cluster_p(outcome, design, units, *options, alpha=task.alpha)
        rows += [
            wild_row(f"{equation}:{sample.regressors[at]}", test.estimate / scale[at], test, weights)
            for at, test in zip(places, tests, strict=True)
        ]
    return rows


def _tests(sample: Sample, point: PeriodDraws, drawn: PeriodDraws, alpha: float) -> list[dict[str, object]]:
    """Joint tests that coefficients are the same in both periods: all blocks, and each."""
    change, moved = point.slopes[1, 0] - point.slopes[0, 0], drawn.slopes[1] - drawn.slopes[0]
    groups: Mapping[str, Any] = {"blocks": sample.block_columns} | {k: v for k, v in sample.blocks.items() if v}
    rows = []
    for name, columns in groups.items():
        at = [sample.regressors.index(column) for column in columns]
        test = wald(change[at], np.cov(moved[:, at], rowvar=False), np.inf, alpha)
        verdict = f"joint Wald test, {len(at)} coefficients"
        rows.append(wald_row("wald", f"{CHANGE}:{name}", test, len(at), verdict, critical=np.nan))
    return rows
