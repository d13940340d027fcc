"""p-values of a family of tests, so that many looks at the data are paid for.

Holm (1979), Scandinavian Journal of Statistics 6, 65-70: any dependence, conservative. Romano & Wolf (2005,
10.1198/016214504000000539; algorithm as in Clarke, Romano & Wolf 2020, 10.1177/1536867X20976314): step-down on the
largest studentised statistic, whose joint distribution comes from a wild cluster bootstrap (Cameron, Gelbach & Miller
2008, 10.1162/rest.90.3.414) with the same weight per municipality in every specification and the null imposed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.least_squares import panel_design
from beleidsvrijheid.models.sandwich import Design, make_design
from beleidsvrijheid.models.task import Task, parts
from beleidsvrijheid.models.wild_bootstrap import cluster_weights, drawn_scores

MULTIPLICITY_COLUMNS = [
    "specification",
    "equation",
    "term",
    "test",
    "estimate",
    "statistic",
    "p_value",
    "holm_p",
    "romano_wolf_p",
    "note",
]
METHODS = ("holm", "romano_wolf")
LEAST_SQUARES = ("ols", "panel_ols")
NOT_FOCAL = ("", "controls", "moderator")
_TIE = 1e-12  # statistics this close, relatively, are the same but for rounding


@dataclass(frozen=True)
class Member:
    """One specification of a family, ready to draw. units: code per row among all municipalities of the study."""

    outcome: np.ndarray
    design: Design
    places: dict[str, int]
    units: np.ndarray


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm-adjusted p-values; a missing one stays missing and is not counted."""
    p_values = np.asarray(p_values, float)
    adjusted = np.full(len(p_values), np.nan)
    told = np.flatnonzero(np.isfinite(p_values))
    order = told[np.argsort(p_values[told], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def romano_wolf(statistics: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Step-down adjusted p-values. statistics: m; drawn: B x m, the same under the joint null; both by size."""
    size, drawn = np.abs(statistics), np.abs(drawn)
    order = np.argsort(-size, kind="stable")
    # Column l: the largest drawn statistic among the hypotheses that are still in at step l.
    largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    above = (largest >= size[order] * (1 - _TIE)).sum(axis=0)
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate((above + 1) / (len(drawn) + 1))
    return adjusted


def wild_statistics(
    outcome: np.ndarray, design: Design, place: int, units: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """t of one slope and its draws with that slope set to zero: B values.

    outcome: N; units: column of `weights` (B x G) per row. Constant weights within a municipality keep its effects out
    of every draw where they are out of the data.
    """
    residuals = design.residuals(outcome)
    own = design.rows[place]
    slope = float(own @ outcome)
    statistic = slope / float(design.errors(residuals, [place])[0])
    restricted = residuals + slope * own / (own @ own)
    if design.covariance == "cluster":
        return statistic, _clustered_draws(design, own, restricted, weights[:, units[design.starts]])
    perturbed = weights[:, units] * restricted
    return statistic, perturbed @ own / design.errors(design.residuals(perturbed), [place])[:, 0]


def _clustered_draws(design: Design, own: np.ndarray, restricted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """t of each draw from sums per cluster alone: B x G numbers instead of B x N. weights: B x G, clusters in order."""
    scores, pulled, spanned = (
        np.add.reduceat(values, design.starts, axis=0)
        for values in (own * restricted, design.basis * restricted[:, None], design.basis * own[:, None])
    )
    left = drawn_scores(weights, scores, pulled, spanned)
    return weights @ scores / np.sqrt(design.cluster_factor * (left**2).sum(axis=1))


def make_member(task: Task, municipalities: pd.Index) -> Member:
    """A least-squares specification as drawn. municipalities: all codes that weights are for. Raises Refusal."""
    sample, estimator = task.sample(), task.specification["estimator"]
    if estimator not in LEAST_SQUARES:
        raise StudyError(f"{task.name}: romano_wolf: estimator {estimator!r}; allowed: {', '.join(LEAST_SQUARES)}")
    task.redrawn("romano_wolf")
    units = municipalities.get_indexer(sample.frame["nis"])
    outcome, regressors = parts(sample)
    covariance = task.specification["covariance"]["type"]
    if estimator == "ols":
        design = make_design(regressors.to_numpy(float), covariance)
    else:
        effects = list(task.specification.get("effects") or [])
        moved, baseline, own = panel_design(outcome, regressors, sample.frame, effects)
        absorbed = "municipality" in effects
        years = baseline if absorbed else baseline[:, :-1]
        # Of scaled regressors: t is the same.
        design, outcome = make_design(moved[:, 1:], covariance, own, years, has_constant=not absorbed), moved[:, 0]
    places = {term: place for place, term in enumerate(regressors.columns)}
    return Member(outcome, design, places, units)


def family_rows(
    family: Mapping[str, Any], estimates: Mapping[str, pd.DataFrame], inference: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The tests of a family as the specifications published them: MULTIPLICITY_COLUMNS, adjusted p still missing.

    family: specifications, terms (empty: every block term), equation, test or tests (empty: p of coefficients), bound.
    estimates, inference: per specification, as in results/; a specification without rows was not estimated.
    """
    test, frames = family.get("test") or "", []
    unfound = test if isinstance(test, str) else ""
    for name in family["specifications"]:
        table = inference.get(name) if test else estimates.get(name)
        table = pd.DataFrame() if table is None else table
        kept = _of_test(table, family) if test else _of_terms(table, family).assign(test="coefficient")
        if kept.empty:
            note = "not estimated" if table.empty else "no such test"
            kept = pd.DataFrame([{"test": unfound if test else "coefficient", "note": note}])
        frames.append(kept.assign(specification=name))
    rows = pd.concat(frames, ignore_index=True).reindex(columns=MULTIPLICITY_COLUMNS)
    texts = ["equation", "term", "note"]
    return rows.assign(**{name: rows[name].astype(object).fillna("") for name in texts})


def _of_terms(table: pd.DataFrame, family: Mapping[str, Any]) -> pd.DataFrame:
    if table.empty:
        return table
    terms = family.get("terms") or []
    kept = table["term"].isin(terms) if terms else ~table["block"].isin(NOT_FOCAL)
    if family.get("equation"):
        kept &= table["equation"] == family["equation"]
    return table[kept & table["p_value"].notna()]


def _of_test(table: pd.DataFrame, family: Mapping[str, Any]) -> pd.DataFrame:
    if table.empty:
        return table
    tests = [family["test"]] if isinstance(family["test"], str) else list(family["test"])
    kept = table["test"].isin(tests) & table["p_value"].notna()
    if family.get("terms"):
        kept &= table["term"].isin(family["terms"])
    if family.get("bound") is not None:
        kept &= np.isclose(table["bound"].astype(float), family["bound"])
    return table[kept]


def adjust_family(
    family: Mapping[str, Any],
    rows: pd.DataFrame,
    tasks: Mapping[str, Task],
    inference: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Adjusted p-values beside the published ones.

    rows: see family_rows. tasks: per specification, for romano_wolf (coefficients of ols and panel_ols only).
    inference: draws, and weights of the wild bootstrap. Raises StudyError on another method, or romano_wolf of a test
    that is no coefficient.
    """
    for method in family["method"]:
        if method not in METHODS:
            raise StudyError(f"families: method {method!r}; allowed: {', '.join(METHODS)}")
    result = rows.copy()
    if "holm" in family["method"]:
        result["holm_p"] = holm(rows["p_value"].to_numpy(float))
    if "romano_wolf" in family["method"]:
        if family.get("test"):
            raise StudyError(f"families: romano_wolf adjusts coefficients, not {family['test']!r}; use holm")
        result["romano_wolf_p"] = _romano_wolf_p(rows, tasks, inference, rng)
    return result


def _romano_wolf_p(rows: pd.DataFrame, tasks: Mapping[str, Task], inference: Mapping[str, Any], rng) -> np.ndarray:
    told = rows[rows["p_value"].notna() & rows["specification"].isin(list(tasks))]
    adjusted = np.full(len(rows), np.nan)
    if told.empty:
        return adjusted
    codes = [task.panel.loc[task.panel["level"] == "municipality", "nis"].unique() for task in tasks.values()]
    municipalities = pd.Index(sorted(set().union(*codes)))
    weights = cluster_weights(len(municipalities), inference["draws"], inference["weights"], rng)[0]
    statistics, drawn = [], []
    for name, members in told.groupby("specification", sort=False):
        try:
            member = make_member(tasks[name], municipalities)
        except Refusal as refusal:
            raise StudyError(f"{name}: estimated before, refused now: {refusal.reason}; run again") from refusal
        for term in members["term"]:
            one = wild_statistics(member.outcome, member.design, member.places[term], member.units, weights)
            statistics.append(one[0])
            drawn.append(one[1])
    order = [place for _, members in told.groupby("specification", sort=False) for place in members.index]
    adjusted[order] = romano_wolf(np.array(statistics), np.column_stack(drawn))
    return adjusted
