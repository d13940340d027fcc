"""A chunk of a multiverse from panel to tables: estimates, draws under the null, the account of every sample."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.models.estimation import estimate, generator
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import values_of
from beleidsvrijheid.models.sample import LEDGER_COLUMNS
from beleidsvrijheid.models.wild_bootstrap import cluster_weights
from beleidsvrijheid.multiverse.design import (
    COMMON,
    Design,
    common_municipalities,
    fields_of,
    make_design,
    smaller_panel,
)
from beleidsvrijheid.multiverse.grid import ID_LENGTH, GridCell, axis_column
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import FREEDMAN_LANE, Drawn, draw_keys, permute_cells
from beleidsvrijheid.multiverse.wild import WILD, wild_cells, wild_p

CLUSTERED = ("cluster", "wild_cluster")
WILD_NOTE = "p of the joint wild draws, interval of t"
OTHER_NOTE = "of another estimator: on the curve, not in the joint tests"
LEDGER = "ledger"
SAMPLE_COLUMNS = [LEDGER, *LEDGER_COLUMNS]
DRAW_COLUMNS = ["cell", "method", "statistic", "df", "statistics", "standardised", "note"]
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Estimated:
    """estimates: a row per cell. draws: DRAW_COLUMNS, a row per cell and method. samples: SAMPLE_COLUMNS."""

    estimates: pd.DataFrame
    draws: pd.DataFrame
    samples: pd.DataFrame


@dataclass(frozen=True)
class Vintage:
    """The municipalities of a vintage: their panel, and outlier rule -> which of them it leaves out."""

    panel: pd.DataFrame
    exclusions: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Randomness:
    """What all chunks draw alike: keys of the permutations, weights per municipality. threads: of one job.

    codes: municipalities of all vintages, sorted, so that one that is in several has the same draws in each. strata: of the
    municipalities, on the vintage that is drawn.
    """

    codes: list[str]
    keys: np.ndarray
    weights: np.ndarray
    threads: int
    strata: np.ndarray | None = None


@dataclass
class _Found:
    """What the cells have given so far: rows of the estimates and ledgers by cell, rows of DRAW_COLUMNS."""

    n_cells: int
    report: Report
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    ledgers: dict[str, pd.DataFrame] = field(default_factory=dict)
    draws: list[list[Any]] = field(default_factory=list)

    def tell(self) -> None:
        """Say how many cells are done."""
        self.report(len(self.rows), self.n_cells)


def estimate_multiverse(
    panel: pd.DataFrame,
    entry: Mapping[str, Any],
    cells: Sequence[GridCell],
    every: Sequence[GridCell],
    settings: Mapping[str, Any],
    name: str,
    threads: int = 1,
    report: Report = lambda done, total: None,
    vintages: Mapping[int, Vintage] = MappingProxyType({}),
) -> Estimated:
    """Estimate the cells of one chunk and draw them under the null.

    entry: the resolved multiverse. cells: of this chunk; every: of all, for a common sample. settings: see
    models.estimation.estimate. name: of the multiverse. report: called with cells done and in all. vintages: what cells on
    other municipalities than those of `panel` are estimated on. A cell that cannot be estimated is refused with its reason
    and stops no other.
    """
    given = {None: Vintage(panel, settings["exclusions"]), **vintages}
    more = [entry["strata"]] if entry["strata"] else []
    small = {one: smaller_panel(given[one].panel, own, more) for one, own in _by_vintage(every).items()}
    randomness = _draws(small.values(), every, entry, settings, name, threads)
    found = _Found(len(cells), report)
    for one, own in _by_vintage(cells).items():
        strata = _strata(small[one], entry["strata"], randomness.codes)
        placed = settings | {"exclusions": given[one].exclusions}
        design, exclusions = _design(small[one], own, every, entry, placed, randomness.codes)
        placed |= {"exclusions": exclusions}
        _estimate(found, design, placed, replace(randomness, strata=strata))
        for cell in design.others:
            found.rows[cell.id], found.ledgers[cell.id] = _other(given[one].panel, cell, placed)
            found.tell()
    table = pd.DataFrame([_identity(cell) | found.rows[cell.id] for cell in cells])
    return Estimated(table, pd.DataFrame(found.draws, columns=DRAW_COLUMNS), _ledgers(found.ledgers))


def _by_vintage(cells: Iterable[GridCell]) -> dict[int | None, list[GridCell]]:
    """Cells on the same municipalities; None: those of the study."""
    parts: dict[int | None, list[GridCell]] = {}
    for cell in cells:
        parts.setdefault(cell.vintage, []).append(cell)
    return parts


def _estimate(found: _Found, design: Design, settings: Mapping[str, Any], randomness: _Randomness) -> None:
    """Put in `found` the least-squares cells of a design."""
    found.rows |= _refused(design)
    found.ledgers |= design.ledgers
    for universe, own, ids in design.universes:
        found.rows |= _estimates(universe, own, ids, design, settings["inference"]["confidence"])
        estimated = [place for place, one in enumerate(ids) if found.rows[one]["status"] == "estimated"]
        told = [own[place] for place in estimated], [ids[place] for place in estimated]
        drawn = _drawn(universe, *told, randomness)
        _put_wild_p(found.rows, *told, drawn)
        found.draws += [row for table in drawn.values() for row in table]
        found.tell()


def _design(panel, cells, every, entry: Mapping[str, Any], settings: Mapping[str, Any], codes: Sequence[str]):
    """The design of cells and their outlier rules; with `common_sample` one more: what some cell of `every` cannot use."""
    fields = fields_of(every) if entry["permute"] == "field" else None
    if not entry["common_sample"]:
        return make_design(panel, cells, settings, fields, codes), settings["exclusions"]
    exclusions = dict(settings["exclusions"]) | {COMMON: []}
    settings, whole = settings | {"exclusions": exclusions}, [_on_common(cell) for cell in every]
    # A municipality that goes may leave another alone in its category, which then goes as well.
    while more := common_municipalities(make_design(panel, whole, settings)):
        exclusions[COMMON] = sorted({*exclusions[COMMON], *more})
    return make_design(panel, [_on_common(cell) for cell in cells], settings, fields, codes), exclusions


def _on_common(cell: GridCell) -> GridCell:
    sample = dict(cell.specification.get("sample") or {})
    sample["exclude"] = [*(sample.get("exclude") or []), COMMON]
    return replace(cell, specification=cell.specification | {"sample": sample})


def _draws(
    panels, every, entry: Mapping[str, Any], settings: Mapping[str, Any], name: str, threads: int
) -> _Randomness:
    """The same in every chunk: they come from the seed and the name of the multiverse alone."""
    codes = sorted(set().union(*(panel.loc[panel["level"] == "municipality", "nis"].unique() for panel in panels)))
    names = fields_of(every) if entry["permute"] == "field" else codes
    keys = draw_keys(entry["draws"], len(names), generator(settings["seed"], f"multiverse.{name}.{FREEDMAN_LANE}"))
    rng = generator(settings["seed"], f"multiverse.{name}.{WILD}")
    weights = cluster_weights(len(codes), entry["draws"], settings["inference"]["weights"], rng)[0]
    return _Randomness(codes, keys, weights, threads)


def _strata(panel: pd.DataFrame, indicator: str | None, codes: Sequence[str]) -> np.ndarray | None:
    """Group of each municipality, -1 where it has none: those change places among themselves."""
    if not indicator:
        return None
    values = values_of(panel, indicator, "", yearly=False).set_index("nis")["value"].reindex(codes)
    return pd.factorize(values, sort=True)[0]


def _identity(cell: GridCell) -> dict[str, Any]:
    """What a cell is, by id."""
    one = cell.specification
    covariance = one["covariance"]
    by = covariance.get("by") or []
    words = [covariance["type"], *([by] if isinstance(by, str) else by)]
    known = {
        "cell": cell.id,
        **{axis_column(axis): option for axis, option in cell.choices.items()},
        "is_primary": cell.is_primary,
        "term": cell.focal,
        "equation": cell.equation,
    }
    known |= {"outcome": one["outcome"], "beleidsveld": one.get("beleidsveld") or "", "estimator": one["estimator"]}
    return known | {"covariance": " ".join(words)}


def _refused(design: Design) -> dict[str, dict[str, Any]]:
    return {
        one: {"status": "refused", "reason": reason, LEDGER: _ledger_id(design.ledgers[one])}
        for one, reason in design.refused.items()
    }


def _ledger_id(ledger: pd.DataFrame) -> str:
    """A name for an account of rows: cells with the same one share it."""
    if LEDGER not in ledger.attrs:
        ledger.attrs[LEDGER] = hashlib.sha256(ledger.to_csv(index=False).encode()).hexdigest()[:ID_LENGTH]
    return ledger.attrs[LEDGER]


def _estimates(universe: Universe, cells: Sequence[Cell], ids: Sequence[str], design: Design, confidence: float):
    """Rows of the cells on one universe, by id."""
    from scipy.special import stdtrit

    table = estimate_cells(universe, cells)
    half = table["std_error"] * stdtrit(np.minimum(table["df"].to_numpy(float), 1e10), 0.5 + confidence / 2)
    table = table.assign(ci_low=table["estimate"] - half, ci_high=table["estimate"] + half)
    n_units, n_times = int(universe.units.max()) + 1, int(universe.times.max()) + 1
    groups = {"municipality": n_units, "year": n_times}
    rows = {}
    for one, cell, row in zip(ids, cells, table.to_dict("records"), strict=True):
        by = cell.by or (("municipality",) if cell.covariance in CLUSTERED else ())
        clusters = min((groups[name] for name in by), default=None)
        counts = {"n_obs": len(universe.units), "n_units": n_units, "n_clusters": clusters}
        rows[one] = row | counts | {LEDGER: _ledger_id(design.ledgers[one]), "sample": design.samples[one].rows_id}
    return rows


def _drawn(universe: Universe, cells: Sequence[Cell], ids: Sequence[str], randomness: _Randomness):
    """Rows of DRAW_COLUMNS by method, for the cells that were estimated."""
    found: dict[str, list[list[Any]]] = {}
    for method, draw in ((FREEDMAN_LANE, _permuted), (WILD, _weighted)) if cells else ():
        try:
            drawn = draw(universe, cells, randomness)
        except Refusal as refusal:
            found[method] = [[one, method, np.nan, np.nan, [], [], refusal.reason] for one in ids]
            continue
        found[method] = []
        for place, one in enumerate(ids):
            note = drawn.reasons[place] or drawn.notes[place]
            told = [drawn.statistics[:, place], drawn.standardised[:, place]]
            found[method].append([one, method, drawn.statistic[place], drawn.df[place], *told, note])
    return found


def _put_wild_p(rows: dict[str, dict[str, Any]], cells: Sequence[Cell], ids: Sequence[str], found) -> None:
    """The p-value of cells whose covariance is a wild cluster bootstrap."""
    for cell, one, row in zip(cells, ids, found.get(WILD, []), strict=False):
        if cell.covariance == WILD and len(row[4]):
            rows[one] |= {"p_value": float(wild_p(np.array([row[2]]), row[4][:, None])[0]), "note": WILD_NOTE}


def _permuted(universe: Universe, cells: Sequence[Cell], randomness: _Randomness) -> Drawn:
    return permute_cells(universe, cells, randomness.keys, randomness.strata, randomness.threads)


def _weighted(universe: Universe, cells: Sequence[Cell], randomness: _Randomness) -> Drawn:
    return wild_cells(universe, cells, randomness.weights, randomness.threads)


def _other(panel: pd.DataFrame, cell: GridCell, settings: Mapping[str, Any]) -> tuple[dict[str, Any], pd.DataFrame]:
    """The row and the ledger of a cell of another estimator, estimated as a specification by itself."""
    found = estimate(panel, cell.specification, settings, cell.id)
    known = {LEDGER: _ledger_id(found.ledger), "note": OTHER_NOTE}
    if found.fit is None:
        return known | {"status": "refused", "reason": found.reason}, found.ledger
    rows = found.estimates
    own = rows[(rows["term"] == cell.focal) & (rows["equation"] == cell.equation)]
    if len(own) != 1:
        told = ", ".join(sorted(set(rows["equation"] + " " + rows["term"])))
        return known | {
            "status": "refused",
            "reason": f"no term {cell.equation} {cell.focal}; there are: {told}",
        }, found.ledger
    columns = ["estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "standardised"]
    counts = {"n_obs": found.fit.n_obs, "n_units": found.fit.n_units, "n_clusters": found.fit.n_clusters}
    return known | counts | {"status": "estimated", "reason": "", **own.iloc[0][columns].to_dict()}, found.ledger


def _ledgers(ledgers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The account of every sample once."""
    once = {_ledger_id(ledger): ledger for ledger in ledgers.values()}
    frames = [ledger.assign(**{LEDGER: name}) for name, ledger in once.items()]
    return pd.concat(frames, ignore_index=True)[SAMPLE_COLUMNS] if frames else pd.DataFrame(columns=SAMPLE_COLUMNS)
