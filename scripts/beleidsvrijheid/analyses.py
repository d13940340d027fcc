"""Necessity and fsQCA entries as they were run: the record each job writes, and results for tables, figures and claims."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import INFERENCE_COLUMNS
from beleidsvrijheid.publication import COLUMNS, Result

SECTIONS = ("necessity", "qca")
RECORD = "_record"


def record(analysis: Any, entry: Mapping[str, Any], seed: int) -> pd.DataFrame:
    """One row on how an entry was run: status, reason, labels, outcome, n_obs, covariance, seed, hash, warnings, cutoffs.

    analysis: NecessityAnalysis or QcaAnalysis. entry: its section of the configuration.
    """
    outcome = entry["outcome"] if isinstance(entry["outcome"], Mapping) else entry
    indicator = outcome["indicator"] if "indicator" in outcome else outcome["outcome"]
    known = {
        "status": "refused" if analysis.reason else "estimated",
        "reason": analysis.reason,
        "label_nl": entry["label"]["nl"],
        "label_en": entry["label"]["en"],
        "outcome": indicator,
        "beleidsveld": outcome.get("beleidsveld") or "",
        "n_obs": analysis.n_obs,
        "covariance": analysis.covariance,
        "seed": seed,
        "sample_sha256": analysis.sample_sha256,
        "warnings": "; ".join(getattr(analysis, "warnings", ())),
    }
    settings = {key: entry.get(key) for key in ("corner", "inclusion", "pri", "frequency")}
    return pd.DataFrame([known | {key: value for key, value in settings.items() if value is not None}])


def condition_labels(entry: Mapping[str, Any]) -> pd.DataFrame:
    """Columns condition, label_nl, label_en of an fsQCA entry."""
    rows = [(name, own["label"]["nl"], own["label"]["en"]) for name, own in entry["conditions"].items()]
    return pd.DataFrame(rows, columns=["condition", "label_nl", "label_en"])


def entry_results(extra: Mapping[str, pd.DataFrame], sections: Collection[str] = SECTIONS) -> dict[str, Result]:
    """Results of the entries of `sections` whose record is among `extra` (result files by folder and stem), by name.

    estimates: equation (ceiling, or solution and model), term, estimate (effect size, consistency). inference: the
    permutation test of every condition, named necessity_{ceiling}. settings: label, outcome, beleidsveld.
    """
    found = {}
    for key, told in extra.items():
        section, _, stem = key.partition("/")
        if section in sections and stem.endswith(RECORD) and len(told):
            name = stem.removesuffix(RECORD)
            found[name] = _result(name, told.iloc[0], section, extra)
    return found


def _result(name: str, told: pd.Series, section: str, extra: Mapping[str, pd.DataFrame]) -> Result:
    fit = {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in told.items()}
    settings = {"label": {"nl": told["label_nl"], "en": told["label_en"]}, "outcome": told["outcome"]}
    estimates, inference = _rows(name, section, extra)
    ledger = extra.get(f"{section}/{name}_sample", pd.DataFrame(columns=list(COLUMNS["samples"])))
    return Result(
        name=name,
        settings=settings | {"beleidsveld": told["beleidsveld"], "kind": section},
        fit=fit,
        estimates=estimates,
        samples=ledger,
        inference=inference,
        attribution=pd.DataFrame(columns=list(COLUMNS["attribution"])),
    )


def _rows(name: str, section: str, extra: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    blank = {"block": "", "std_error": np.nan, "ci_low": np.nan, "ci_high": np.nan, "standardised": np.nan}
    tests = pd.DataFrame(columns=INFERENCE_COLUMNS)
    if section == "qca":
        rows = extra.get(f"qca/{name}_solutions", pd.DataFrame())
        if rows.empty:
            return pd.DataFrame(columns=list(COLUMNS["estimates"])), tests
        equation = rows["outcome"] + "/" + rows["solution"] + "/" + rows["model"].astype(int).astype(str)
        of_all = rows["consistency"]  # describes all cases there are: an interval without width
        told = {"estimate": of_all, "ci_low": of_all, "ci_high": of_all}
        return pd.DataFrame({"equation": equation, "term": rows["term"], **blank, **told}), tests
    rows = extra.get(f"necessity/{name}", pd.DataFrame())
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS["estimates"])), tests
    effect = rows["effect_size"]
    estimates = pd.DataFrame({"equation": rows["ceiling"], "term": rows["condition"], "estimate": effect, **blank})
    known = {"test": "necessity_" + rows["ceiling"], "term": rows["condition"], "estimate": effect, "statistic": effect}
    tests = pd.DataFrame({**known, "p_value": rows["p_value"], "verdict": ""}).reindex(columns=INFERENCE_COLUMNS)
    return estimates, tests
