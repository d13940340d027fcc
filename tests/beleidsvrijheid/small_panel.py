"""Short ways to make a panel of indicators and the settings of a study, for tests of estimators."""

import numpy as np
import pandas as pd

from beleidsvrijheid.models.task import Task

SETTINGS = {
    "equivalence": {"r2_bounds": [0.10, 0.05], "coefficient_bounds": [0.20, 0.10], "alpha": 0.05},
    "inference": {"draws": 199, "confidence": 0.95, "weights": "rademacher"},
    "seed": 7,
    "data_source": "simulated",
    "exclusions": {"smallest": ["90000"]},
    "windows": {"pre": [2014, 2015], "post": [2018, 2019]},
    "reform_year": 2016,
    "minimum_municipalities": 50,
    "groups": {"reformed": ["070", "074"], "comparison": ["050", "060"], "operational": ["030"], "leisure": ["070"]},
    "categorical": ["family"],
}


def codes(n):
    return [f"9{i:04d}" for i in range(n)]


def rows(indicator, values, year=None, beleidsveld=""):
    frame = pd.DataFrame({"nis": codes(len(values)), "value": np.asarray(values, float), "indicator": indicator})
    years = pd.array([year] * len(values), dtype="Int64")
    return frame.assign(level="municipality", beleidsveld=beleidsveld, period="", year=years).dropna(subset=["value"])


def panel(*parts):
    return pd.concat(parts, ignore_index=True)


def task(frame, specification, seed=1, **settings):
    return Task(frame, specification, SETTINGS | settings, np.random.default_rng(seed), "name")
