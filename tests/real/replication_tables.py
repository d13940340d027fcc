"""Cells of the tables in docs/replication.md, from the results of a run."""

import json
from pathlib import Path

import numpy as np
import pandas as pd


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) or pd.isna(high) else f"{low:.3f} to {high:.3f}"


def _p(value: float) -> str:
    return "" if pd.isna(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def r2_cells(results: Path, name: str) -> list[str]:
    """R2 of the blocks after the controls, its interval, and p against both bounds."""
    total = json.loads((results / f"fits/{name}.json").read_text(encoding="utf-8"))["residual_r2"]
    tests = pd.read_csv(results / f"inference/{name}.csv")
    tests = tests[tests["test"].isin(["r2_non_inferiority", "r2_bootstrap"])].set_index("bound")["p_value"]
    return [
        _number(total["r2"]),
        _interval(total["ci_low"], total["ci_high"]),
        *(_p(tests[one]) for one in (0.10, 0.05)),
    ]


def beside_cells(results: Path, file: str, row: str) -> list[str]:
    """Estimate, interval and p of one row, named by its equation, test or ceiling, and its term or condition."""
    table = pd.read_csv(results / file)
    table = table.rename(columns={"ceiling": "test", "condition": "term", "effect_size": "estimate"})
    kind = "equation" if "equation" in table else "test"
    wanted, _, term = row.partition(" / ")
    own = table[(table[kind] == wanted) & (table["term"] == term)]
    assert len(own) == 1, f"{file}: {len(own)} rows {row}"
    found = own.iloc[0]
    low, high = (found.get(end, np.nan) for end in ("ci_low", "ci_high"))
    return [_number(found["estimate"]), _interval(low, high), _p(found["p_value"])]


def claim_cells(results: Path, claim: str) -> list[str]:
    """Statement, verdict, statistic, interval, threshold and robustness of a claim."""
    row = pd.read_csv(results / "claims.csv").set_index("claim_id").loc[claim]
    return [row["statement"], *_verdict_cells(row), _number(row["robustness"])]


def candidate_cells(results: Path, candidate: str, finding: str) -> list[str]:
    """Verdict, statistic, interval and threshold of one finding of a replication candidate."""
    table = pd.read_csv(results / "replication.csv").set_index(["candidate", "finding"])
    return _verdict_cells(table.loc[(candidate, finding)])


def _verdict_cells(row: pd.Series) -> list[str]:
    threshold = "" if pd.isna(row["threshold"]) else f"{row['threshold']:g}"
    interval = _interval(row["ci_low"], row["ci_high"])
    return [row["verdict"].replace("_", " "), _number(row["statistic"]), interval, threshold]
