"""Did dispersion change? The same municipalities before and after, one field at a time (R4, E1).

Either of yearly figures, averaged over the years of a window, so that a long and a short window are on equal
footing; or of window means, for lumpy spending, where the windows are equally long. The same municipalities
count before and after: no change of composition. The bootstrap draws municipalities with all their years and
fields; the spread of a draw comes from how often each was drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators.dispersion import MEASURES
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.drawn_dispersion import Draws
from beleidsvrijheid.models.estimate_rows import bootstrapped_row, estimate_row, estimates_table
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import MDE_ALPHA, POWER, Estimation, Fit, Refusal
from beleidsvrijheid.models.sample import Ledger
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.window_means import (
    TOTAL,
    WINDOWS,
    by_year,
    check_windows,
    reported_mean,
    reporters,
    yearly_rows,
)

CONTRASTED = ("reformed", "comparison", "operational")  # groups of fields that do not overlap
IN_WORDS = {
    "yearly": "dispersion per year averaged over the years of a window, municipalities positive in every year",
    "window_means": "dispersion of window means, municipalities positive in both windows",
}
RATIOS = ("sd_log_ratio", "cv_ratio", "gini_ratio")  # 1 where nothing changed
COVARIANCE = (
    "{basis}; bootstrap over municipalities, all years and fields together, {draws} draws; "
    "bias-corrected (BC) intervals and the p-values that agree with them"
)
PITMAN_MORGAN = "Pitman-Morgan: t with N-2 degrees of freedom and Fisher's z interval, normal theory"
UNEQUAL = (
    "pitman_morgan compares means over {} and {} years: the mean over more years varies less, "
    "whatever happened; read the bootstrap of the ratios"
)


@dataclass(frozen=True)
class FieldSample:
    """Positive spending of one field: units x years, or units x 2 window means; bootstrap positions; column masks."""

    code: str
    values: np.ndarray
    units: np.ndarray
    windows: dict[str, np.ndarray]


def estimate_dispersion_change(task: Task) -> Estimation:
    """Dispersion before and after, field by field."""
    samples, ledger, options = _prepared(task)
    return _estimation(task, samples, ledger, dispersion_change(*options))


def estimate_dispersion_ratio(task: Task) -> Estimation:
    """Mean change of dispersion over the fields of each group, and between groups."""
    samples, ledger, options = _prepared(task)
    fields, groups = task.specification["fields"], task.settings["groups"]
    pooled = {name: [code for code in groups.get(name, []) if code in fields] for name in CONTRASTED}
    pooled = {name: codes for name, codes in pooled.items() if codes}
    return _estimation(task, samples, ledger, dispersion_ratio(*options, pooled))


def _prepared(task: Task):
    basis = task.specification["dispersion"]
    samples, n_units, ledger = dispersion_samples(
        task.panel,
        task.specification["outcome"],
        task.specification["fields"],
        task.windows,
        task.excluded(),
        task.settings["minimum_municipalities"],
        basis,
    )
    return samples, ledger, (samples, n_units, task.draws, task.confidence, task.rng, basis)


def _estimation(task: Task, samples, ledger: Ledger, fit: Fit) -> Estimation:
    fit = replace(fit, warnings=ledger.warnings + fit.warnings)
    tested = replace(fit, coefficients=fit.coefficients[fit.coefficients["term"] != "pitman_morgan"])
    tests = tests_of_bootstrapped(tested, task.specification["estimator"], nulls=dict.fromkeys(RATIOS, 1.0))
    return Estimation(fit, ledger.frame(), dispersion_sha256(samples), "", tests)


def dispersion_sha256(samples) -> str:
    """Hash of the values per field, municipalities in sorted order, ten significant digits."""
    from hashlib import sha256

    content = sha256()
    for sample in samples:
        table = pd.DataFrame(sample.values).assign(unit=sample.units)
        content.update(sample.code.encode() + table.to_csv(index=False, float_format="%.10g").encode())
    return content.hexdigest()


def dispersion_samples(
    panel: pd.DataFrame,
    outcome: str,
    fields: Sequence[str],
    windows: Mapping[str, Sequence[int]],
    excluded: Mapping[str, Sequence[str]],
    minimum: int,
    basis: str,
) -> tuple[list[FieldSample], int, Ledger]:
    """Paired samples per field, the number of units of the bootstrap, and the ledger.

    windows: pre and post -> years. excluded: outlier rule -> nis. basis: see IN_WORDS. Fields under `minimum` units get
    a ledger row only. Raises StudyError for windows or an outcome that do not fit, Refusal, with the ledger, where the
    panel lacks the outcome or a year and where no field is left.
    """
    years, ledger, samples = check_windows(windows, basis), Ledger(), []
    rows = yearly_rows(panel, outcome, years, ledger)
    units = pd.Index(sorted(rows["nis"].unique()))
    reported = reporters(outcome, rows[rows["beleidsveld"] == TOTAL], units, years)
    for code in fields:
        values = by_year(rows[rows["beleidsveld"] == code], units, years)
        masks = {name: np.isin(years, windows[name]) for name in WINDOWS}
        if basis == "window_means":
            values = np.column_stack([reported_mean(values, reported, mask) for mask in masks.values()])
            masks = {name: np.array([name == window for window in WINDOWS]) for name in WINDOWS}
        columns = years if basis == "yearly" else list(WINDOWS)
        wide = _paired(pd.DataFrame(values, units, columns), code, excluded, ledger)
        if len(wide) < minimum:
            reason = f"{code}: positive in both periods for {len(wide)} municipalities, fewer than {minimum}"
            wide = ledger.keep(wide, np.zeros(len(wide), bool), "too few municipalities", reason)
            ledger.warnings.append(f"{reason}; no estimate")
            continue
        samples.append(FieldSample(code, wide[columns].to_numpy(float), units.get_indexer(wide["nis"]), masks))
    if not samples:
        raise Refusal(f"no field is positive in both periods for {minimum} municipalities", ledger.frame())
    return samples, len(units), ledger


def _paired(wide: pd.DataFrame, code: str, excluded: Mapping[str, Sequence[str]], ledger: Ledger) -> pd.DataFrame:
    columns = list(wide.columns)
    wide = wide.reset_index(names="nis")
    ledger.start(len(wide), f"{code}: municipalities")
    for rule, members in excluded.items():
        wide = ledger.keep(wide, ~wide["nis"].isin(list(members)), "outlier rule", f"{code}: {rule}")
    # ASSUME: every column, so that each dispersion is over the same municipalities.
    span = "window" if columns == list(WINDOWS) else "year"
    complete = wide[columns].notna().all(axis=1)
    wide = ledger.keep(wide, complete, "missing outcome", f"{code}: no figure in at least one {span}")
    positive = (wide[columns] > 0).all(axis=1)
    return ledger.keep(wide, positive, "not positive", f"{code}: zero or negative in at least one {span}")


def window_dispersion(sample: FieldSample, counts: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Mean yearly dispersion per measure: draws x (pre, post); without counts, one row from the sample."""
    names = list(MEASURES)
    if counts is None:
        yearly = np.stack([MEASURES[name](sample.values) for name in names])[:, :, None]
    else:
        drawn = [Draws(column, counts[:, sample.units]) for column in sample.values.T]
        yearly = np.stack([[getattr(draw, name)() for draw in drawn] for name in names])
    windows = [yearly[:, sample.windows[window]].mean(axis=1) for window in WINDOWS]
    return {name: np.stack([window[i] for window in windows], axis=-1) for i, name in enumerate(names)}


def dispersion_change(samples, n_units, draws, confidence, rng, basis: str) -> Fit:
    """R4: per field, each measure before, after, and the difference (terms cv_pre, cv_post, cv_change)."""
    counts = draw_counts(n_units, draws, rng)
    rows = []
    for sample in samples:
        point, drawn = window_dispersion(sample), window_dispersion(sample, counts)
        for name in MEASURES:
            for term, weights, null in (
                ("pre", (1, 0), None),
                ("post", (0, 1), None),
                ("change", (-1, 1), 0.0),
            ):
                values = (point[name] @ weights)[0], drawn[name] @ weights
                rows.append(bootstrapped_row(sample.code, f"{name}_{term}", *values, confidence, null))
    return _fit(rows, samples, COVARIANCE.format(basis=IN_WORDS[basis], draws=draws))


def dispersion_ratio(samples, n_units, draws, confidence, rng, basis: str, groups: Mapping[str, Sequence[str]]) -> Fit:
    """E1: per field, post / pre of sd of ln, CV and Gini, ln of the sd ratio, and Pitman-Morgan.

    groups: name -> field codes; each gets an equation with the mean ln ratio over its fields that have an
    estimate (ratios: the exponential of that mean), from the same draws; two groups also get their difference.
    """
    counts = draw_counts(n_units, draws, rng)
    point = {sample.code: _log_ratios(window_dispersion(sample)) for sample in samples}
    drawn = {sample.code: _log_ratios(window_dispersion(sample, counts)) for sample in samples}
    rows = []
    for sample in samples:
        rows += _ratio_rows(sample.code, point[sample.code], drawn[sample.code], confidence)
        rows.append(_pitman_morgan(sample, confidence))
    means = _group_means(point, drawn, groups)
    for group, (own_point, own_drawn) in means.items():
        rows += _ratio_rows(group, own_point, own_drawn, confidence)
    if len(means) == 2:
        (first, (a, drawn_a)), (second, (b, drawn_b)) = means.items()
        difference = (a["sd_log"] - b["sd_log"])[0], drawn_a["sd_log"] - drawn_b["sd_log"]
        rows.append(bootstrapped_row(f"{first}-{second}", "log_sd_ratio", *difference, confidence, 0.0))
    years = [int(samples[0].windows[window].sum()) for window in WINDOWS]
    warnings = [UNEQUAL.format(*years)] if years[0] != years[1] else []
    return _fit(rows, samples, f"{COVARIANCE.format(basis=IN_WORDS[basis], draws=draws)}; {PITMAN_MORGAN}", warnings)


def _group_means(point: dict, drawn: dict, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[dict, dict]]:
    """Mean ln ratios over the fields of each group that have an estimate: in the sample, and per draw."""
    means = {}
    for group, members in groups.items():
        codes = [code for code in members if code in point]
        if codes:
            names = point[codes[0]]
            means[group] = tuple(
                {name: np.mean([by[c][name] for c in codes], axis=0) for name in names} for by in (point, drawn)
            )
    return means


def _log_ratios(dispersion: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.log(values[:, 1] / values[:, 0]) for name, values in dispersion.items() if name != "p90_p10"}


def _ratio_rows(equation: str, point: dict, drawn: dict, confidence: float) -> list[dict[str, object]]:
    rows = []
    for term in RATIOS:
        name = term.removesuffix("_ratio")
        rows.append(bootstrapped_row(equation, term, np.exp(point[name][0]), np.exp(drawn[name]), confidence, 1.0))
    rows.append(bootstrapped_row(equation, "log_sd_ratio", point["sd_log"][0], drawn["sd_log"], confidence, 0.0))
    return rows


def _pitman_morgan(sample: FieldSample, confidence: float) -> dict[str, object]:
    """Correlation of sum and difference of the period means of ln y: positive where variance rose."""
    from scipy.special import ndtri, stdtr

    before, after = (np.log(sample.values[:, sample.windows[window]]).mean(axis=1) for window in WINDOWS)
    n = len(before)
    r = float(np.corrcoef(after + before, after - before)[0, 1])
    statistic = r * np.sqrt((n - 2) / (1 - r**2))
    half, detectable = (
        level / np.sqrt(n - 3) for level in (ndtri(0.5 + confidence / 2), ndtri(1 - MDE_ALPHA / 2) + ndtri(POWER))
    )
    return estimate_row(
        sample.code,
        "pitman_morgan",
        r,
        std_error=float(np.sqrt((1 - r**2) / (n - 2))),
        statistic=float(statistic),
        p_value=float(2 * stdtr(n - 2, -abs(statistic))),
        ci_low=float(np.tanh(np.arctanh(r) - half)),
        ci_high=float(np.tanh(np.arctanh(r) + half)),
        mde=float(np.tanh(detectable)),
    )


def _fit(rows: list[dict[str, object]], samples: list[FieldSample], covariance: str, warnings=()) -> Fit:
    units = np.unique(np.concatenate([sample.units for sample in samples]))
    return Fit(
        coefficients=estimates_table(rows),
        n_obs=sum(sample.values.size for sample in samples),
        n_units=len(units),
        n_clusters=len(units),
        covariance=covariance,
        warnings=list(warnings),
    )
