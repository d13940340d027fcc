"""One specification put to the data: what every estimator receives."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import not_refitted
from beleidsvrijheid.models.fit import Estimation, Fit, Refusal
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.resampling import Bootstrap
from beleidsvrijheid.models.sample import Sample, build_sample


@dataclass(frozen=True)
class Task:
    """panel: see sample.build_sample. specification: resolved. settings: see estimation.estimate. rng: this
    specification's own stream. name: its id. batch, made: see resampling.Bootstrap.
    """

    panel: pd.DataFrame | PanelValues
    specification: Mapping[str, Any]
    settings: Mapping[str, Any]
    rng: np.random.Generator
    name: str
    batch: tuple[int, int] | None = None
    made: pd.DataFrame | None = None

    @property
    def bootstrap(self) -> Bootstrap:
        """The draws that may be made in batches."""
        return Bootstrap(self.draws, self.rng, self.batch, self.made)

    @property
    def confidence(self) -> float:
        """Level of intervals."""
        return self.settings["inference"]["confidence"]

    @property
    def draws(self) -> int:
        """Bootstrap draws."""
        return self.settings["inference"]["draws"]

    @property
    def alpha(self) -> float:
        """Level of the equivalence and non-inferiority tests."""
        return self.settings["equivalence"]["alpha"]

    @property
    def windows(self) -> dict[str, list[int]]:
        """Years of pre and post: the study's, or those of the specification (a fake date)."""
        own = self.specification.get("windows") or {}
        return {
            name: list(range(own[name][0], own[name][1] + 1)) if own.get(name) else list(years)
            for name, years in self.settings["windows"].items()
        }

    def sample(self) -> Sample:
        """Rows of one municipality (or municipality-year). Raises Refusal with too few municipalities."""
        sample = build_sample(self.panel, self.specification, self.settings["exclusions"], self.settings["categorical"])
        self.enough(sample.frame["nis"].nunique(), sample.ledger)
        return sample

    def enough(self, n_units: int, ledger: pd.DataFrame) -> None:
        """Raise Refusal, with the ledger, where fewer municipalities are left than the study asks for."""
        minimum = self.settings["minimum_municipalities"]
        if n_units < minimum:
            raise Refusal(f"{n_units} municipalities, fewer than {minimum}", ledger)

    def redrawn(self, what: str) -> None:
        """Raise StudyError where `what`, which fits the specification again by itself, does not know its weights or errors."""
        reason = not_refitted(what, self.specification)
        if reason:
            raise StudyError(f"{self.name}: {reason}")

    def excluded(self) -> dict[str, list[str]]:
        """Outlier rules of the specification with the municipalities they leave out."""
        rules = (self.specification.get("sample") or {}).get("exclude") or []
        exclusions = self.settings["exclusions"]
        for rule in rules:
            if rule not in exclusions:
                allowed = ", ".join(sorted(exclusions)) or "none"
                raise StudyError(f"sample.exclude: unknown outlier rule {rule!r}; allowed: {allowed}")
        return {rule: exclusions[rule] for rule in rules}


def parts(sample: Sample) -> tuple[np.ndarray, pd.DataFrame]:
    """Outcome (n) and regressors (n x k, blocks first), rows named by nis."""
    frame = sample.frame.set_index("nis")
    return frame[sample.outcome].to_numpy(float), frame[sample.regressors].astype(float)


def finished(sample: Sample, fit: Fit, inference: pd.DataFrame, **more: Any) -> Estimation:
    """The estimation of a fit on a sample: blocks filled in where the estimator left them empty, warnings joined."""
    table = fit.coefficients
    named = [block or sample.block_of.get(term, "") for block, term in zip(table["block"], table["term"], strict=True)]
    fit = replace(fit, coefficients=table.assign(block=named), warnings=sample.warnings + fit.warnings)
    return Estimation(fit, sample.ledger, sample.sha256, "", inference, **more)


@contextmanager
def ledger_kept(ledger: pd.DataFrame) -> Iterator[None]:
    """A refusal inside leaves with the ledger of the sample that it refuses."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(refusal.reason, ledger if refusal.ledger is None else refusal.ledger) from refusal
