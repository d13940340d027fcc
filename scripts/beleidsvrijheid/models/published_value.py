"""Figures for Flanders as a whole against figures that were published."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import inference_table
from beleidsvrijheid.models.evidence import not_least_squares
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Estimation, Fit, Refusal
from beleidsvrijheid.models.sample import Ledger
from beleidsvrijheid.models.task import Task

COVARIANCE = "no sampling: a difference without an interval"


def estimate_published_value(task: Task) -> Estimation:
    """Difference between the study's figure and the published one, per indicator. Refused on simulated data."""
    if task.settings["data_source"] == "simulated":
        raise Refusal("simulated data are not held against published figures")
    year = task.specification.get("reference_year")
    rows = task.panel[
        (task.panel["level"] == "flanders") & task.panel["indicator"].isin(task.specification["published"])
    ]
    rows = rows[rows["year"] == year] if year else rows[rows["year"].isna()]
    found = rows.groupby("indicator")["value"].last()
    ledger = Ledger()
    ledger.start(len(found), f"figures for Flanders {year or ''}".rstrip())
    lacking = sorted(set(task.specification["published"]) - set(found.index))
    if lacking:
        raise Refusal(f"indicator {lacking[0]} is not in the panel for {year or 'Flanders'}", ledger.frame())
    fit = differences(found, task.specification["published"])
    return Estimation(fit, ledger.frame(), "", "", inference_table(not_least_squares("published_value")))


def differences(found: Mapping[str, float], published: Mapping[str, float]) -> Fit:
    """One row per figure, equation difference: found minus published, both in the unit of the indicator."""
    rows = []
    for name, value in published.items():
        difference = float(found[name]) - value
        row = dict.fromkeys(COEFFICIENT_COLUMNS, np.nan) | {"equation": "difference", "term": name, "block": ""}
        rows.append(row | {"estimate": difference, "ci_low": difference, "ci_high": difference})
    return Fit(pd.DataFrame(rows, columns=COEFFICIENT_COLUMNS), n_obs=len(rows), n_units=1, covariance=COVARIANCE)
