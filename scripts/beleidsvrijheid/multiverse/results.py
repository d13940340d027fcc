"""Chunks put together: the curve with its null band, the joint tests, what each choice weighs, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import r2_shares
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.multiverse.grid import SAME, axis_column, expand
from beleidsvrijheid.multiverse.joint import (
    JOINT_COLUMNS,
    joint_tests,
    minimum_p,
    minimum_p_of_groups,
    null_band,
    usable,
)
from beleidsvrijheid.multiverse.permutation import FREEDMAN_LANE, Drawn
from beleidsvrijheid.multiverse.wild import WILD
from beleidsvrijheid.outputs import SIGNIFICANT_DIGITS

CURVE_COLUMNS = [
    "is_primary", "status", "reason", "term", "equation", "outcome", "beleidsveld", "estimator", "covariance", "estimate",
    "std_error", "statistic", "df", "p_value", "ci_low", "ci_high", "standardised", "n_obs", "n_units", "n_clusters", "r2",
    "sample", "ledger", "rank", "significant", "p_family", "null_low", "null_high", "note",
]  # fmt: skip
SMALLEST, OF_OUTCOME = "smallest_p", "smallest_p_of_outcome"


@dataclass(frozen=True)
class Joined:
    """What a multiverse publishes; see docs/results.md for the columns."""

    curve: pd.DataFrame
    joint: pd.DataFrame
    axes: pd.DataFrame
    record: pd.DataFrame
    samples: pd.DataFrame
    removed: pd.DataFrame


def join_multiverse(
    entry: Mapping[str, Any],
    estimates: pd.DataFrame,
    draws: pd.DataFrame,
    samples: pd.DataFrame,
    settings: Mapping[str, Any],
) -> Joined:
    """The results of all chunks as one. entry: the resolved multiverse; the frames: see estimation.Estimated."""
    confidence = settings["inference"]["confidence"]
    drawn = {method: _drawn(draws, method, estimates) for method in (FREEDMAN_LANE, WILD)}
    curve = _curve(entry, estimates, drawn[FREEDMAN_LANE], confidence)
    told = _reasons(draws)
    parts = [_joint(method, one, curve, entry, 1 - confidence, told.get(method, "")) for method, one in drawn.items()]
    return Joined(
        curve=_rounded(curve),
        joint=pd.concat(parts, ignore_index=True),
        axes=_axes(entry, curve),
        record=_record(entry, curve, settings),
        samples=samples.drop_duplicates(ignore_index=True),
        removed=_removed(entry),
    )


def _drawn(draws: pd.DataFrame, method: str, estimates: pd.DataFrame) -> Drawn:
    """The draws of one method, a column per cell in the order of the estimates; cells without are NaN."""
    own = draws[(draws["method"] == method) & draws["statistics"].map(len).gt(0)].set_index("cell")
    n_draws = len(own["statistics"].iloc[0]) if len(own) else 0
    n_cells, places = len(estimates), estimates["cell"].map({cell: at for at, cell in enumerate(own.index)})
    found = {name: np.full((n_draws, n_cells), np.nan) for name in ("statistics", "standardised")}
    single = {name: np.full(n_cells, np.nan) for name in ("statistic", "df")}
    notes = [""] * n_cells
    for at, place in enumerate(places):
        if pd.notna(place):
            row = own.iloc[int(place)]
            for name, matrix in found.items():
                matrix[:, at] = row[name]
            for name, vector in single.items():
                vector[at] = row[name]
            notes[at] = row["note"]
    return Drawn(**single, **found, notes=notes, reasons=[""] * n_cells)


def _reasons(draws: pd.DataFrame) -> dict[str, str]:
    """Why cells of a method have no draws, for those it refused."""
    refused = draws[draws["statistics"].map(len).eq(0)]
    return {method: "; ".join(sorted(set(rows["note"]))) for method, rows in refused.groupby("method")}


def _curve(entry: Mapping[str, Any], estimates: pd.DataFrame, drawn: Drawn, confidence: float) -> pd.DataFrame:
    """One row per cell: rank by standardised estimate, significance in the expected sign, family-wise p, null band."""
    numbers = ("estimate", "p_value", "standardised")  # of no cell, where every one was refused
    table = estimates.assign(**{name: np.nan for name in numbers if name not in estimates})
    known = (table["status"] == "estimated").to_numpy()
    sign = 1.0 if entry["expected"] == "positive" else -1.0
    table["rank"] = table["standardised"].where(known).rank(method="first")
    significant = (table["p_value"] < 1 - confidence) & (sign * table["estimate"] > 0)
    table["significant"] = significant.where(known).astype("boolean")
    table["p_family"] = minimum_p(drawn.statistic, drawn.statistics, drawn.df) if len(drawn.statistics) else np.nan
    table["null_low"] = table["null_high"] = np.nan
    if len(drawn.statistics):
        kept = np.flatnonzero(usable(drawn) & known)
        order = kept[np.argsort(table["rank"].to_numpy(float)[kept], kind="stable")]
        low, high = null_band(drawn.standardised[:, kept], confidence)
        table.loc[table.index[order], ["null_low", "null_high"]] = np.column_stack([low, high])
    table["note"] = [a or b for a, b in zip(_texts(table, "note"), drawn.notes, strict=True)]
    axes = [axis_column(axis) for axis in entry["axes"]]
    texts = {name: _texts(table, name) for name in ("reason", "sample", "ledger")}
    return table.reindex(columns=["cell", *axes, *CURVE_COLUMNS]).assign(**texts, note=table["note"])


def _rounded(curve: pd.DataFrame) -> pd.DataFrame:
    """Numbers at the digits of every published file."""
    numbers = curve.select_dtypes("float").columns
    return curve.assign(
        **{name: [float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in curve[name]] for name in numbers}
    )


def _texts(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name] if name in table else pd.Series(index=table.index, dtype=object)
    return column.astype(object).where(column.notna(), "").astype(str)


def _joint(method: str, drawn: Drawn, curve: pd.DataFrame, entry: Mapping[str, Any], alpha: float, why: str):
    """Joint tests of one method: over all cells, the smallest p, and that of each outcome."""
    columns = ["method", *JOINT_COLUMNS[:1], "group", *JOINT_COLUMNS[1:], "note"]
    try:
        tests = joint_tests(drawn, curve["standardised"].to_numpy(float), entry["expected"], alpha)
    except Refusal as refusal:
        row = {"method": method, "test": "median", "n_specifications": 0, "note": why or refusal.reason}
        return pd.DataFrame([row]).reindex(columns=columns)
    family = minimum_p(drawn.statistic, drawn.statistics, drawn.df)
    outcomes = (curve["outcome"] + " " + curve["beleidsveld"]).str.strip().to_numpy(str)
    groups = minimum_p_of_groups(drawn.statistic, drawn.statistics, drawn.df, outcomes)
    counts = {"draws": len(drawn.statistics)}
    more = [{"test": SMALLEST, "p_value": np.nanmin(family), "n_specifications": int(usable(drawn).sum()), **counts}]
    more += [
        {"test": OF_OUTCOME, "group": name, "p_value": p, "n_specifications": int((outcomes == name).sum()), **counts}
        for name, p in groups.items()
    ]
    notes = sorted({note for note in drawn.notes if note})
    table = pd.concat([tests, pd.DataFrame(more)], ignore_index=True).assign(method=method)
    table["note"] = "; ".join([*notes, *([why] if why else [])])
    return table.reindex(columns=columns)


def _axes(entry: Mapping[str, Any], curve: pd.DataFrame) -> pd.DataFrame:
    """One row per option: its cells, their median, and the share of the variance of estimates that its axis explains."""
    told = curve[curve["status"] == "estimated"]
    blocks = {
        axis: np.column_stack([(told[axis_column(axis)] == name).to_numpy(float) for name in list(options)[1:]])
        for axis, options in entry["axes"].items()
        if told[axis_column(axis)].nunique() > 1
    }
    y = told["standardised"].to_numpy(float)
    varies = len(y) > 2 and np.ptp(y) > 0
    shares = dict(zip(blocks, r2_shares(y, blocks), strict=True)) if blocks and varies else {}
    rows = []
    for axis, options in entry["axes"].items():
        label = entry["axis_labels"][axis]["label"]
        for name, option in options.items():
            own = told[told[axis_column(axis)] == name]
            known = {"axis": axis, "option": name, "axis_nl": label["nl"], "axis_en": label["en"]}
            known |= {"label_nl": option["label"]["nl"], "label_en": option["label"]["en"]}
            known |= {"is_primary": not option["changes"], "n_specifications": len(own)}
            known |= {
                "median": own["standardised"].median(),
                "share_significant": own["significant"].astype(float).mean(),
            }
            rows.append(known | {"variance_share": shares.get(axis, np.nan)})
    return pd.DataFrame(rows)


def _record(entry: Mapping[str, Any], curve: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row on the multiverse as it was run."""
    told = curve[curve["status"] == "estimated"]
    known = {"label_nl": entry["label"]["nl"], "label_en": entry["label"]["en"], "base": entry["base"]}
    known |= {"focal": entry["focal"], "equation": entry["equation"], "expected": entry["expected"]}
    known |= {
        "alpha": 1 - settings["inference"]["confidence"],
        "permute": entry["permute"],
        "strata": entry["strata"] or "",
    }
    known |= {"draws": entry["draws"], "weights": settings["inference"]["weights"], "seed": settings["seed"]}
    known |= {"n_cells": len(curve), "n_estimated": len(told), "n_removed": len(expand(entry)[1])}
    known |= {
        "n_samples": told.loc[told["sample"] != "", "sample"].nunique(),
        "n_lowest": told["n_obs"].min(),
        "n_highest": told["n_obs"].max(),
    }
    return pd.DataFrame([known | {"cells_sha256": entry["cells_sha256"], "common_sample": entry["common_sample"]}])


def _removed(entry: Mapping[str, Any]) -> pd.DataFrame:
    """Combinations that are no cell, and why."""
    rows = []
    for one in expand(entry)[1]:
        if one.why == SAME:
            told = {
                "reason_nl": f"dezelfde specificatie als {one.cell}",
                "reason_en": f"the same specification as {one.cell}",
            }
        else:
            reason = entry["without"][int(one.why) - 1]["reason"]
            told = {"reason_nl": reason["nl"], "reason_en": reason["en"]}
        rows.append({**one.choices, "constraint": one.why, **told})
    return pd.DataFrame(rows, columns=[*entry["axes"], "constraint", "reason_nl", "reason_en"])
