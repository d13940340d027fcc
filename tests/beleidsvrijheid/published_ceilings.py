"""Result files of necessity and fsQCA entries on the made-up panel, as `extra` of tables and figures."""

import functools
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.analyses import condition_labels, entry_results, record
from beleidsvrijheid.configuration import Necessity, Qca
from beleidsvrijheid.necessity import analyse_necessity
from beleidsvrijheid.publication import Result
from beleidsvrijheid.qca import analyse_configurations

from . import published_study as study

SETTINGS = {"inference": {"draws": 99}, "exclusions": {"smallest": ["90000", "90001"]}, "minimum_municipalities": 100}
SEED = 7


def label(nl: str, en: str) -> dict[str, str]:
    """A label in both languages."""
    return {"nl": nl, "en": en}


def necessity_entry(**changes: Any) -> dict[str, Any]:
    """An entry of `necessity`, as a job receives it."""
    known = {"label": label("Schaal als plafond", "Scale as a ceiling"), "outcome": "portfolio_shift"}
    known |= {"beleidsveld": "domains", "conditions": ["log_population", "vte_per_1000"]}
    return Necessity.model_validate(known | {"ceilings": ["ce_fdh", "cr_fdh"]} | changes).model_dump()


def qca_entry(**changes: Any) -> dict[str, Any]:
    """An entry of `qca`, as a job receives it."""
    scale = {"indicator": "log_population", "anchors": [10000, 16000, 40000], "is_logged": True}
    staff = {"indicator": "vte_growth_5y", "anchors": [0, 2, 4]}
    stability = {"indicator": "coalition_change", "anchors": [4, 2, 0]}
    known = {
        "label": label("Wat volstaat", "What is enough"),
        "outcome": {"indicator": "portfolio_shift", "beleidsveld": "domains", "anchors": [0.1, 0.22, 0.34]},
        "conditions": {
            "scale": scale | {"label": label("Schaal", "Scale"), "expected": "present"},
            "staff": staff | {"label": label("Groei personeel", "Staff growth"), "expected": "present"},
            "stability": stability | {"label": label("Stabiliteit", "Stability"), "expected": "none"},
        },
        "inclusion": 0.72,
        "pri": 0.0,
        "frequency": 2,
        "negate": True,
    }
    return Qca.model_validate(known | changes).model_dump()


@functools.cache
def extra() -> dict[str, pd.DataFrame]:
    """Files of the entries scale (necessity) and enough (qca), and of gone, refused, in both."""
    files: dict[str, pd.DataFrame] = {}
    for name, changes in (("scale", {}), ("gone", {"conditions": ["reform_dose", "breadth"]})):
        entry = necessity_entry(**changes)
        found = analyse_necessity(study.panel(), entry, SETTINGS, np.random.default_rng(SEED))
        parts = {"": found.effects, "_bottleneck": found.bottlenecks, "_ceilings": found.ceilings}
        parts |= {"_sample": found.ledger, "_record": record(found, entry, SEED)}
        files |= {f"necessity/{name}{part}": frame for part, frame in parts.items()}
    for name, changes in (("enough", {}), ("gone", {"inclusion": 1.0, "pri": 0.99})):
        entry = qca_entry(**changes)
        own = analyse_configurations(study.panel(), entry, SETTINGS)
        parts = {"solutions": own.solutions, "necessity": own.necessity, "conditions": condition_labels(entry)}
        parts |= {"sample": own.ledger, "record": record(own, entry, SEED)}
        files |= {f"qca/{name}_{part}": frame for part, frame in parts.items()}
    return files


def results(section: str) -> dict[str, Result]:
    """Results of the entries of one section."""
    return entry_results(extra(), (section,))
