"""The rows and columns of one least-squares cell, from the functions that single specifications use."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.models.field_ols import field_columns
from beleidsvrijheid.models.field_sample import field_sample
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.sample import build_sample
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.multiverse.grid import ID_LENGTH, GridCell

FIELDS = "field_ols"
LEAST_SQUARES = ("ols", "panel_ols", FIELDS)


@dataclass(frozen=True)
class CellSample:
    """Rows sorted by nis and year (and field), no missing value.

    nis, years (zeros in a cross-section), fields (stable codes; None without): N. outcome: N. columns: regressor -> N; what
    fixed effects other than `effects` are made of is among them. effects: of municipality, year, taken out. warnings: columns
    removed, by name. ledger: see models.sample.
    """

    nis: np.ndarray
    years: np.ndarray
    fields: np.ndarray | None
    outcome: np.ndarray
    columns: dict[str, np.ndarray]
    effects: tuple[str, ...]
    weights: np.ndarray | None
    warnings: list[str]
    ledger: pd.DataFrame

    @property
    def rows_id(self) -> str:
        """A name for the rows: the same for samples of the same municipalities, years and fields."""
        parts = [self.nis, self.years, *([] if self.fields is None else [self.fields])]
        return hashlib.sha256(b"".join(part.astype(str).tobytes() for part in parts)).hexdigest()[:ID_LENGTH]

    @property
    def row_key(self) -> tuple[bytes, ...]:
        """The same for cells that have the same rows, weights and effects."""
        parts = [self.nis.astype(str), self.years, *([] if self.fields is None else [self.fields.astype(str)])]
        parts += [] if self.weights is None else [self.weights]
        return (*(part.tobytes() for part in parts), " ".join(self.effects).encode())


def cell_sample(values: PanelValues, cell: GridCell, settings: Mapping[str, Any]) -> CellSample:
    """The sample of a cell. settings: see models.estimation.estimate. Raises Refusal, with the ledger."""
    if cell.specification["estimator"] == FIELDS:
        return _field_sample(values, cell, settings)
    sample = build_sample(values, cell.specification, settings["exclusions"], settings["categorical"])
    frame, minimum = sample.frame, settings["minimum_municipalities"]
    if frame["nis"].nunique() < minimum:
        raise Refusal(f"{frame['nis'].nunique()} municipalities, fewer than {minimum}", sample.ledger)
    return CellSample(
        nis=frame["nis"].to_numpy(),
        years=frame["year"].to_numpy() if "year" in frame else np.zeros(len(frame), int),
        fields=None,
        outcome=frame[sample.outcome].to_numpy(float),
        columns={name: frame[name].to_numpy(float) for name in sample.regressors},
        effects=tuple(cell.specification.get("effects") or []),
        weights=sample.weights,
        warnings=sample.warnings,
        ledger=sample.ledger,
    )


def _field_sample(values: PanelValues, cell: GridCell, settings: Mapping[str, Any]) -> CellSample:
    """Rows of municipality, year and field; effects of fields and years as columns."""
    task = Task(values.panel, cell.specification, settings, np.random.default_rng(settings["seed"]), cell.id)
    sample = field_sample(task)
    effects = cell.specification.get("effects") or []
    columns, removed = field_columns(sample, effects)
    order = sample.frame.sort_values(["nis", "time", "field"], kind="stable").index
    frame, columns = sample.frame.loc[order], columns.loc[order]
    return CellSample(
        nis=frame["nis"].to_numpy(str).astype(object),
        years=frame["time"].to_numpy(),
        fields=frame["field"].to_numpy(str).astype(object),
        outcome=frame["outcome"].to_numpy(float),
        columns={name: columns[name].to_numpy(float) for name in columns},
        effects=tuple(effect for effect in effects if effect == "municipality"),
        weights=None,
        warnings=[f"{name}: column removed, {why}" for name, why in removed.items()],
        ledger=sample.ledger,
    )
