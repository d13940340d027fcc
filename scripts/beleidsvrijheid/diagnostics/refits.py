"""The specification again, a little different: each variant as rows of coefficients beside the first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.diagnostics.missing import static_values
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import Sample, named_predictors
from beleidsvrijheid.models.sandwich import Design, make_design, two_sided_p
from beleidsvrijheid.models.task import Task, parts

DIAGNOSTIC_COLUMNS = [
    "test",
    "variant",
    "term",
    "estimate",
    "standardised",
    "ci_low",
    "ci_high",
    "p_value",
    "n",
    "note",
]
# Outcome -> the same measured before the reform, or its level then: what mean reversion works through.
LAGGED = {
    "portfolio_shift": ("pre_portfolio_shift",),
    "aitchison_shift": ("pre_aitchison_shift",),
    "own_change": ("lagged_spending", "pre_own_change"),
    "peer_deviation": ("lagged_peer_deviation",),
}
CLUSTER_INDICATORS = ("belfius_family", "belfius_cluster")
RECODING_FLAG = "recoding_flag"
USED_INDICATORS = (*(one for ids in LAGGED.values() for one in ids), *CLUSTER_INDICATORS, RECODING_FLAG)


@dataclass(frozen=True)
class Refit:
    """One least-squares fit of a specification. terms: the block columns; slopes, errors: theirs."""

    outcome: np.ndarray
    regressors: pd.DataFrame
    terms: list[str]
    design: Design
    slopes: np.ndarray
    errors: np.ndarray

    @property
    def residuals(self) -> np.ndarray:
        """One per municipality."""
        return self.design.residuals(self.outcome)

    @property
    def p_values(self) -> np.ndarray:
        """Of the slopes, two-sided."""
        return two_sided_p(self.slopes / self.errors, self.design.df)


@dataclass(frozen=True)
class Variant:
    """A changed specification. test, variant: as in DIAGNOSTIC_COLUMNS; reason: why it cannot be had, if so."""

    test: str
    variant: str
    task: Task | None
    note: str = ""


def refit(outcome: np.ndarray, regressors: pd.DataFrame, terms: list[str], covariance: str) -> Refit:
    """Least squares of n outcomes on regressors (rows named by nis). Raises Refusal on a singular design."""
    if np.ptp(outcome) == 0:
        raise Refusal("the outcome has the same value in every row")
    design = make_design(regressors.to_numpy(float), covariance)
    keep = [regressors.columns.get_loc(term) for term in terms]
    errors = design.errors(design.residuals(outcome), keep)
    return Refit(outcome, regressors, terms, design, design.slopes(outcome)[keep], errors)


def refit_task(task: Task) -> tuple[Sample, Refit]:
    """The fit of a specification on its own sample."""
    task.redrawn("diagnostics")
    sample = task.sample()
    outcome, regressors = parts(sample)
    return sample, refit(outcome, regressors, sample.block_columns, task.specification["covariance"]["type"])


def row(test: str, variant: str, **values: Any) -> dict[str, Any]:
    """One row of DIAGNOSTIC_COLUMNS, what is not given empty."""
    blank = dict.fromkeys(DIAGNOSTIC_COLUMNS, np.nan) | {"term": "", "note": ""}
    return blank | {"test": test, "variant": variant} | values


def coefficient_rows(fit: Refit, test: str, variant: str, confidence: float, note: str = "") -> list[dict[str, Any]]:
    """One row per block column."""
    from scipy.special import stdtrit

    half = stdtrit(min(fit.design.df, 1e10), 0.5 + confidence / 2) * fit.errors
    scale = fit.regressors[fit.terms].std().to_numpy() / fit.outcome.std(ddof=1)
    columns = zip(fit.terms, fit.slopes, half, fit.slopes * scale, fit.p_values, strict=True)
    return [
        row(
            test,
            variant,
            term=term,
            estimate=slope,
            standardised=standardised,
            ci_low=slope - width,
            ci_high=slope + width,
            p_value=p,
            n=len(fit.outcome),
            note=note,
        )
        for term, slope, width, standardised, p in columns
    ]


def variants(task: Task, names: set[str]) -> Iterator[Variant]:
    """Every other way to run a specification. names: indicators that the panel has."""
    yield from _outlier_variants(task)
    yield from _reversion_variants(task)
    yield _recoding_variant(task)
    yield _cluster_variant(task, names)


def _changed(task: Task, **keys: Any) -> Task:
    changed = {**task.specification, **keys}
    left = named_predictors(changed)
    transforms = {name: steps for name, steps in (changed.get("transforms") or {}).items() if name in left}
    return replace(task, specification=changed | {"transforms": transforms})


def _outlier_variants(task: Task) -> Iterator[Variant]:
    rules = list((task.specification.get("sample") or {}).get("exclude") or [])
    for rule, nis in sorted(task.settings["exclusions"].items()):
        lifted = rule in rules
        now = [one for one in rules if one != rule] if lifted else [*rules, rule]
        sample = {**(task.specification.get("sample") or {}), "exclude": now}
        note = f"{rule}: {len(nis)} municipalities"
        yield Variant("outliers", f"{rule}_{'lifted' if lifted else 'applied'}", _changed(task, sample=sample), note)


def _reversion_variants(task: Task) -> Iterator[Variant]:
    """With the past of the outcome; where it is a control already, without it."""
    field, controls = task.specification.get("beleidsveld") or "", list(task.specification.get("controls") or [])
    blocks = [name for ids in task.specification["blocks"].values() for name in ids]
    for lagged in LAGGED.get(task.specification["outcome"], ()):
        if lagged in blocks:
            continue
        if lagged in controls:
            rest = [name for name in controls if name != lagged]
            yield Variant("mean_reversion", f"without_{lagged}", _changed(task, controls=rest))
        elif len(static_values(task.panel, lagged, field)):
            yield Variant("mean_reversion", f"with_{lagged}", _changed(task, controls=[*controls, lagged]))
        else:
            yield Variant("mean_reversion", f"with_{lagged}", None, f"{lagged} is not in the panel")


def _recoding_variant(task: Task) -> Variant:
    """Without municipalities where one field fell as its neighbour rose."""
    flag = static_values(task.panel, RECODING_FLAG, task.specification.get("beleidsveld") or "")
    if flag.empty:
        return Variant("recoding", "without_flagged", None, f"{RECODING_FLAG} is not in the panel")
    flagged = sorted(flag.index[flag > 0])
    settings = {**task.settings, "exclusions": {**task.settings["exclusions"], RECODING_FLAG: flagged}}
    sample = dict(task.specification.get("sample") or {})
    sample["exclude"] = [*(sample.get("exclude") or []), RECODING_FLAG]
    changed = replace(_changed(task, sample=sample), settings=settings)
    return Variant("recoding", "without_flagged", changed, f"{RECODING_FLAG}: {len(flagged)} municipalities")


def _cluster_variant(task: Task, names: set[str]) -> Variant:
    """Belfius clusters are built from income and population: without them where they are held constant, else with."""
    controls = list(task.specification.get("controls") or [])
    rest = [name for name in controls if name not in CLUSTER_INDICATORS]
    if rest != controls:
        return Variant("clusters", "without_clusters", _changed(task, controls=rest))
    family = CLUSTER_INDICATORS[0]
    if family not in names:
        return Variant("clusters", "with_clusters", None, f"{family} is not in the panel")
    return Variant("clusters", "with_clusters", _changed(task, controls=[*controls, family]))


def log_variant(task: Task) -> Variant:
    """The same model in logs: outcome and per-inhabitant predictors logged, ln population on the right.

    A ratio in logs with ln population beside it no longer shares a denominator with another ratio. Municipalities
    without a positive outcome go. A predictor with zeros enters as ln(1 + x), one with negative values, and a spline,
    whose knots are in its own unit, as it is.
    """
    if task.specification.get("transform") in ("log", "log1p"):
        return Variant("denominators", "log", None, "the outcome is in logs already")
    named = [name for ids in task.specification["blocks"].values() for name in ids]
    named += list(task.specification.get("controls") or [])
    panel, notes = task.panel, []
    for name in [one for one in named if one in set(task.settings["per_inhabitant"])]:
        if name in (task.specification.get("splines") or {}):
            notes.append(f"{name}: not logged, it is a spline")
            continue
        if name in (task.specification.get("transforms") or {}):
            notes.append(f"{name}: not logged, it is transformed already")
            continue
        panel, note = _logged(panel, name)
        notes += [f"{name}: {note}"] if note else []
    controls = list(task.specification.get("controls") or [])
    if "log_population" not in named:
        controls.append("log_population")
    changed = replace(_changed(task, transform="log", controls=controls), panel=panel)
    return Variant("denominators", "log", changed, "; ".join(notes))


def _logged(panel: pd.DataFrame, indicator: str) -> tuple[pd.DataFrame, str]:
    """The panel with the one value per municipality of an indicator in logs, and what is special about it."""
    rows = (panel["indicator"] == indicator) & (panel["level"] == "municipality") & panel["year"].isna()
    values = panel["value"].where(rows)
    smallest = values.min()
    if smallest < 0:
        return panel, "not logged, it has negative values"
    logged = np.log(values) if smallest > 0 else np.log1p(values)
    return panel.assign(value=panel["value"].where(~rows, logged)), "" if smallest > 0 else "ln(1 + x)"
