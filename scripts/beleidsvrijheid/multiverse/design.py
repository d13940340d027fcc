"""From cells to arrays: the sample of each least-squares cell, and which cells share their rows.

Samples are made by the functions that single specifications use, so that a cell and the same specification estimated by
itself have the same rows. What differs in its covariance only shares its sample.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.checksums import sha256_of
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.sample import named_predictors
from beleidsvrijheid.multiverse.grid import GridCell
from beleidsvrijheid.multiverse.kernel import Cell, Universe
from beleidsvrijheid.multiverse.samples import FIELDS, LEAST_SQUARES, CellSample, cell_sample

COMMON = "common_sample"
NOT_OF_SAMPLE = ("label", "covariance")  # keys that change no row and no column
YEARS_REPORTED = "total"  # basket whose yearly rows say which years a municipality reported


@dataclass
class _Rows:
    """Rows that cells share, while their columns are collected."""

    sample: CellSample
    columns: list[np.ndarray] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def column(self, values: np.ndarray, name: str) -> int:
        """Number of a column; one with the same values is the same column."""
        key = hashlib.blake2b(values.tobytes(), digest_size=16).digest()
        if key not in self.places:
            self.places[key] = len(self.columns)
            self.columns.append(values)
            self.names.append(name)
        return self.places[key]


@dataclass(frozen=True)
class Design:
    """Cells as arrays. universes: with the cells on each and the ids of these, in the same order. samples: per cell id.

    refused: cell id -> why it cannot be estimated. others: cells of other estimators.
    """

    universes: list[tuple[Universe, list[Cell], list[str]]]
    samples: dict[str, CellSample]
    refused: dict[str, str]
    ledgers: dict[str, pd.DataFrame]
    others: list[GridCell]


def smaller_panel(panel: pd.DataFrame, cells: Sequence[GridCell], more: Sequence[str] = ()) -> pd.DataFrame:
    """The rows of the panel that some cell reads, and one per municipality, so that the ledger starts with all of them."""
    names, places = set(more), {"", YEARS_REPORTED}
    for cell in cells:
        one = cell.specification
        names |= {one["outcome"], *named_predictors(one), one.get("weights") or "", one.get("interact_with") or ""}
        places |= {one.get("beleidsveld") or "", *(one.get("fields") or [])}
    wanted = panel["indicator"].isin(names) & panel["beleidsveld"].isin(places)
    municipal = panel["level"] == "municipality"
    first = municipal & ~panel.assign(level=municipal)[["level", "nis"]].duplicated()
    return panel[wanted | first].reset_index(drop=True)


def make_design(
    panel: pd.DataFrame,
    cells: Sequence[GridCell],
    settings: Mapping[str, Any],
    fields: Sequence[str] | None = None,
    municipalities: Sequence[str] | None = None,
) -> Design:
    """The least-squares cells on the rows they share.

    panel: see sample.build_sample. settings: see models.estimation.estimate. fields: all of the multiverse, where whole fields are
    permuted (then they are the groups of the universes); None: municipalities are. municipalities: all that draws are made
    for, sorted; None: those of the panel.
    """
    values = PanelValues(panel)
    drawn = values.municipalities if municipalities is None else pd.Index(municipalities, dtype=object)
    samples, refused, ledgers, made = {}, {}, {}, {}
    rows: dict[tuple[bytes, ...], _Rows] = {}
    for cell in cells:
        if cell.specification["estimator"] not in LEAST_SQUARES:
            continue
        key = sha256_of({name: value for name, value in cell.specification.items() if name not in NOT_OF_SAMPLE})
        if key not in made:
            made[key] = _sample(values, cell, settings)
        sample, reason, ledgers[cell.id] = made[key]
        reason = reason or _focal_absent(cell, sample)
        if reason:
            refused[cell.id] = reason
            continue
        samples[cell.id] = sample
        _collect(rows.setdefault(sample.row_key, _Rows(sample)), cell, sample)
    universes = [(_universe(one, drawn, fields), one.cells, one.ids) for one in rows.values()]
    others = [cell for cell in cells if cell.specification["estimator"] not in LEAST_SQUARES]
    return Design(universes, samples, refused, ledgers, others)


def fields_of(cells: Sequence[GridCell]) -> list[str]:
    """Every field that some cell of field_ols names: what draws by field are made for."""
    return sorted(
        {code for cell in cells if cell.specification["estimator"] == FIELDS for code in cell.specification["fields"]}
    )


def common_municipalities(design: Design) -> list[str]:
    """Municipalities that some cell's sample has and another's has not."""
    every = [set(sample.nis) for sample in {id(one): one for one in design.samples.values()}.values()]
    return sorted(set().union(*every) - set.intersection(*every)) if every else []


def _sample(values: PanelValues, cell: GridCell, settings: Mapping[str, Any]):
    """Sample (None where refused), reason, ledger."""
    try:
        sample = cell_sample(values, cell, settings)
    except Refusal as refusal:
        return None, refusal.reason, refusal.ledger
    return sample, "", sample.ledger


def _focal_absent(cell: GridCell, sample: CellSample) -> str:
    if cell.focal in sample.columns:
        return ""
    told = [warning for warning in sample.warnings if warning.startswith(f"{cell.focal}: ")]
    return told[0] if told else f"the focal term {cell.focal} is none of {', '.join(sample.columns)}"


def _collect(own: _Rows, cell: GridCell, sample: CellSample) -> None:
    """Put the cell on its rows; columns that are there already are used again."""
    places = {name: own.column(values, name) for name, values in sample.columns.items()}
    outcome = own.column(sample.outcome, cell.specification["outcome"])
    covariance = cell.specification["covariance"]
    by = covariance.get("by") or []
    others = tuple(place for name, place in places.items() if name != cell.focal)
    by = tuple([by] if isinstance(by, str) else by)
    own.ids.append(cell.id)
    own.cells.append(Cell(outcome, places[cell.focal], others, covariance["type"], by, covariance.get("bandwidth")))


def _universe(rows: _Rows, municipalities: pd.Index, fields: Sequence[str] | None) -> Universe:
    sample = rows.sample
    known, units = np.unique(sample.nis.astype(str), return_inverse=True)
    times, groups = np.unique(sample.years, return_inverse=True)[1], units
    if fields is not None and sample.fields is not None:
        groups = pd.Index(fields, dtype=object).get_indexer(sample.fields)
    elif (
        sample.fields is not None
    ):  # municipalities change place only where they have the same fields in the same years
        times = times * len(np.unique(sample.fields)) + np.unique(sample.fields, return_inverse=True)[1]
    return Universe(
        values=np.column_stack(rows.columns),
        names=tuple(rows.names),
        units=units,
        times=times,
        groups=groups,
        municipalities=municipalities.get_indexer(known.astype(object)),
        effects=sample.effects,
        weights=sample.weights,
    )
