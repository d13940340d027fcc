"""One entry of `mergers`: its draws, their statistics as a table, and the same as estimates that claims can be judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.merger_draws import (
    Segments,
    drawn_groups,
    named_groups,
    neighbouring_pairs,
    rank_stability,
    segment_change,
    share_change,
    summed,
)
from beleidsvrijheid.mergers import check_merges
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Refusal
from beleidsvrijheid.outputs import data_source_label

COLUMNS = ["draw", "statistic", "basis", "before", "after", "difference", "largest_deviation", "ci_low", "ci_high"]
SHARES, TOTAL, SEGMENT_SHARES, RANKS = "additive_shares", "segment_total", "segment_shares", "rank_stability"
# Of these the interest is in the largest deviation of any unit, which has no sampling error.
OF_DEVIATION = (SHARES, SEGMENT_SHARES)
INTERVAL = "percentiles over {draws} draws of simulated mergers"
ONE_DRAW = "one set of mergers, without sampling"
NO_NEIGHBOURS = "source geometry is absent: which municipalities are neighbours is not known"
NO_CLASSES = "source centre_function is absent: rank stability is not computed"
CLASSES_LACK = "centre_function: no class for {n} municipalities; rank stability is not computed"
NO_BASE = "{base}: no figure for every municipality in {year}; its shares are not computed"


@dataclass(frozen=True)
class MergerResult:
    """statistics: columns COLUMNS. groups: (D, n), see merger_draws; nis: its n codes. warnings: what was left out."""

    statistics: pd.DataFrame
    groups: np.ndarray
    nis: list[str]
    warnings: list[str] = field(default_factory=list)
    reason: str = ""


def latest(table: pd.DataFrame, value: str) -> tuple[pd.Series, int]:
    """Sums of `value` by nis in the last year of a harmonised table, and that year; a lacking part leaves the sum missing."""
    year = int(table["year"].max())
    own = table[table["year"] == year]
    return own.groupby("nis", sort=True)[value].agg(lambda parts: parts.sum(skipna=False)), year


def additive_bases(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.Series], list[str]]:
    """Amounts that add up in a merger, population first, from the tables at hand; those that are not whole as sentences."""
    wanted = {
        "population": ("population", "population"),
        "taxable_income": ("income", "taxable_income_eur"),
        "general_grants": ("gemeentefonds", "amount_eur"),
    }
    bases, warnings = {}, []
    for name, (source, value) in wanted.items():
        if source not in tables:
            continue
        base, year = latest(tables[source], value)
        whole = bases.get("population", base).index.difference(base.dropna().index).empty
        if whole:
            bases[name] = base
        else:
            warnings.append(NO_BASE.format(base=name, year=year))
    return bases, warnings


def simulate_mergers(
    tables: Mapping[str, pd.DataFrame],
    merger: Mapping[str, Any],
    neighbours: pd.DataFrame | None,
    segments: Mapping[str, Segments],
    settings: Mapping[str, Any],
    name: str,
    rng: np.random.Generator,
) -> MergerResult:
    """Statistics of one entry of `mergers`: named merges are one draw, random ones many.

    tables: harmonised, population among them. neighbours: nis, neighbour; None where geometry is absent. settings: vintage,
    confidence. A source without which nothing can be said gives a result with a reason and no rows. Raises StudyError
    on merges that overlap or name unknown municipalities.
    """
    bases, warnings = additive_bases(tables)
    nis = list(bases["population"].index)
    try:
        groups = _groups(nis, merger, neighbours, settings["vintage"], f"config.yaml: mergers.{name}", rng)
    except Refusal as refusal:
        return MergerResult(pd.DataFrame(columns=COLUMNS), np.empty((0, len(nis)), int), nis, reason=refusal.reason)
    classes, lacking = _classes(tables, nis)
    statistics = merger_statistics(bases, classes, segments, groups, settings["confidence"])
    return MergerResult(statistics, groups, nis, [*warnings, *lacking])


def _classes(tables: Mapping[str, pd.DataFrame], nis: Sequence[str]) -> tuple[pd.Series | None, list[str]]:
    if "centre_function" not in tables:
        return None, [NO_CLASSES]
    classes = tables["centre_function"].set_index("nis")["class_number"].reindex(nis)
    absent = int(classes.isna().sum())
    return (None, [CLASSES_LACK.format(n=absent)]) if absent else (classes, [])


def _groups(
    nis: Sequence[str],
    merger: Mapping[str, Any],
    neighbours: pd.DataFrame | None,
    vintage: int,
    where: str,
    rng: np.random.Generator,
) -> np.ndarray:
    if merger.get("merges"):
        check_merges(merger["merges"], nis, vintage, where)
        return named_groups(nis, merger["merges"])
    drawn = merger["random"]
    if not drawn["neighbours"]:
        pairs = np.column_stack(np.triu_indices(len(nis), 1))
    elif neighbours is None:
        raise Refusal(NO_NEIGHBOURS)
    else:
        pairs = neighbouring_pairs(nis, neighbours)
    return drawn_groups(len(nis), pairs, drawn["sets"], drawn["draws"], rng, where)


def merger_statistics(
    bases: Mapping[str, pd.Series],
    classes: pd.Series | None,
    segments: Mapping[str, Segments],
    groups: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """Every statistic of every draw, and over all draws the mean with the interval of the difference: columns `COLUMNS`.

    bases: name -> amounts by code, population first, each whole. classes: class of centre function by code, whole, or None.
    The rows over all draws have no `draw`; their largest_deviation is that of
    any draw, and ci_low and ci_high are percentiles of the difference over draws, missing for one draw.
    """
    people = bases["population"]
    inhabitants = people.to_numpy(float)
    results = {}
    for name, base in bases.items():
        amounts = base.reindex(people.index).to_numpy(float)
        results[(SHARES, name)] = share_change(amounts, summed(amounts, groups), groups)
    for name, rule in segments.items():
        after = rule.amounts(summed(inhabitants, groups))
        results[(TOTAL, name)] = segment_change(inhabitants, rule, groups)
        results[(SEGMENT_SHARES, name)] = share_change(rule.amounts(inhabitants), after, groups)
    if classes is not None:
        values = classes.reindex(people.index).to_numpy(float)
        for name, ranks in rank_stability(inhabitants, values, groups).items():
            results[(RANKS, name)] = ranks
    frames = [_rows(statistic, basis, values, confidence) for (statistic, basis), values in results.items()]
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def _rows(statistic: str, basis: str, values: dict[str, np.ndarray], confidence: float) -> pd.DataFrame:
    draws = pd.DataFrame(values, dtype=float).reindex(columns=COLUMNS[3:7])
    overall: dict[str, Any] = draws.mean().to_dict() | {"largest_deviation": draws["largest_deviation"].max()}
    if len(draws) > 1:
        levels = [(1 - confidence) / 2, (1 + confidence) / 2]
        overall["ci_low"], overall["ci_high"] = draws["difference"].quantile(levels)
    rows = pd.concat([draws.assign(draw=range(1, len(draws) + 1)), pd.DataFrame([overall])], ignore_index=True)
    return rows.astype({"draw": "Int64"}).reindex(columns=COLUMNS).assign(statistic=statistic, basis=basis)


def merger_estimates(statistics: pd.DataFrame) -> pd.DataFrame:
    """The rows over all draws in the columns of estimates: equation is the statistic, term its basis.

    estimate: the mean difference; for shares the largest deviation of any unit in any draw. What has no sampling error (a
    deviation; one draw) has itself as its interval.
    """
    overall = statistics[statistics["draw"].isna()]
    exact = overall["statistic"].isin(OF_DEVIATION)
    estimate = overall["difference"].mask(exact, overall["largest_deviation"])
    rows = pd.DataFrame({"equation": overall["statistic"], "term": overall["basis"], "block": "", "estimate": estimate})
    for end in ("ci_low", "ci_high"):
        rows[end] = overall[end].astype(float).mask(exact).fillna(estimate)
    return rows.reindex(columns=COEFFICIENT_COLUMNS).reset_index(drop=True)


def merger_record(result: MergerResult, merger: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the status file of one entry holds, in the keys of a fit file."""
    draws = len(result.groups)
    interval = INTERVAL.format(draws=draws) if merger.get("random") else ONE_DRAW
    return {
        "status": "refused" if result.reason else "estimated",
        "reason": result.reason,
        "warnings": result.warnings,
        "estimator": "mergers",
        "covariance": "" if result.reason else interval,
        "n_obs": len(result.nis),
        "n_units": len(result.nis),
        "draws": draws,
        "seed": settings["seed"],
        "data_source": data_source_label(settings["data_source"]),
    }
