"""Two multiverses as they are published: one of six cells, one of them refused, and one in which none could be estimated."""

import numpy as np
import pandas as pd

from beleidsvrijheid.multiverse.estimation import DRAW_COLUMNS
from beleidsvrijheid.multiverse.grid import axis_column, expand
from beleidsvrijheid.multiverse.permutation import FREEDMAN_LANE
from beleidsvrijheid.multiverse.results import join_multiverse
from beleidsvrijheid.multiverse.wild import WILD

SETTINGS = {"inference": {"confidence": 0.95, "weights": "rademacher"}, "seed": 20160101}
BASE = {
    "estimator": "ols", "outcome": "portfolio_shift", "beleidsveld": "domains", "controls": [], "effects": [],
    "blocks": {"scale": ["log_population"]}, "sample": {"exclude": [], "years": None}, "covariance": {"type": "HC3"},
}  # fmt: skip
AXES = {
    "outcome": {"domains": {}, "reformed": {"beleidsveld": "reformed"}},
    "errors": {"hc3": {}, "hc1": {"covariance": {"type": "HC1"}}, "hc0": {"covariance": {"type": "HC0"}}},
}


def entry() -> dict:
    def label(text: str) -> dict[str, str]:
        return {"nl": f"{text} (nl)", "en": text}

    axes = {
        axis: {name: {"label": label(name), "changes": changes} for name, changes in options.items()}
        for axis, options in AXES.items()
    }
    known = {"label": label("Shift and scale"), "base": "r1", "focal": "log_population", "equation": "mean"}
    known |= {"expected": "positive", "strata": None, "permute": "municipality", "draws": 199, "common_sample": False}
    known |= {"without": [{"when": {"outcome": ["reformed"], "errors": ["hc0"]}, "reason": label("not defensible")}]}
    known |= {"specification": BASE, "axes": axes, "axis_labels": {axis: {"label": label(axis)} for axis in axes}}
    return known | {"cells_sha256": "ab" * 32, "n_cells": 5, "chunk": 10}


def files(name: str, refused: int) -> dict[str, pd.DataFrame]:
    """As publication.read_extra reads them; the first `refused` cells could not be estimated."""
    rng, cells = np.random.default_rng(3), expand(entry())[0]
    rows, draws = [], []
    for at, cell in enumerate(cells):
        known = {"cell": cell.id, "is_primary": cell.is_primary, "term": "log_population", "equation": "mean"}
        known |= {axis_column(axis): option for axis, option in cell.choices.items()}
        known |= {"outcome": "portfolio_shift", "beleidsveld": cell.specification["beleidsveld"], "estimator": "ols"}
        known |= {"covariance": cell.specification["covariance"]["type"], "sample": f"s{at % 2}", "ledger": "s0"}
        if at < refused:
            rows.append(known | {"status": "refused", "reason": "12 municipalities, fewer than 100"})
            continue
        size = 0.1 + 0.05 * at
        told = {"estimate": size / 4, "std_error": 0.01, "ci_low": size / 4 - 0.02, "ci_high": size / 4 + 0.02}
        told |= {"statistic": 25 * size, "p_value": 0.2 / (1 + at * at), "standardised": size, "df": 280.0}
        rows.append(known | told | {"status": "estimated", "n_obs": 280 + at, "n_units": 280 + at})
        for method in (FREEDMAN_LANE, WILD):
            t = rng.normal(size=199)
            draws.append([cell.id, method, told["statistic"], 280.0, t, t * 0.05, ""])
    columns = ["cell", "status", "reason", "estimate", "std_error", "ci_low", "ci_high", "statistic", "p_value"]
    columns += ["standardised", "df", "n_obs", "n_units", "sample"]
    estimates = pd.DataFrame(rows)
    estimates = estimates.reindex(columns=list(dict.fromkeys([*estimates, *columns])))
    samples = pd.DataFrame(
        [["s0", "start", 285, 285, "municipalities"]], columns=["ledger", "step", "rows_in", "rows_out", "reason"]
    )
    drawn = pd.DataFrame(draws, columns=DRAW_COLUMNS)
    joined = join_multiverse(entry(), estimates, drawn, samples, SETTINGS)
    parts = ("curve", "joint", "axes", "record")
    return {f"multiverse/{name}/{part}": getattr(joined, part) for part in parts}


def extra() -> dict[str, pd.DataFrame]:
    """Both."""
    return files("core", 1) | files("gone", 5)
