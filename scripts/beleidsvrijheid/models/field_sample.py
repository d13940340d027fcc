"""Rows of municipality x field x year (or window) for models in which fields carry the contrast (E2, E3, E5, K1)."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rank import centred_scaled, independent_columns
from beleidsvrijheid.models.sample import (
    Ledger,
    check_names,
    design_columns,
    drop_lone_categories,
    exclude,
    fields_of,
    named_predictors,
    with_predictors,
)
from beleidsvrijheid.models.shapes import TRANSFORMS, check_shapes
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.window_means import (
    TOTAL,
    WINDOWS,
    check_windows,
    reported_mean,
    reporters,
    yearly_rows,
)


@dataclass(frozen=True)
class LongSample:
    """Rows of one specification by field, sorted by nis, field and time.

    frame: nis, field (stable code), time (year, or pre / post), reformed and post (0.0 or 1.0), outcome
    (transformed), and the predictors. Predictors have one value per municipality, pre-period, standardised over the
    municipalities of the sample (mean 0, standard deviation 1 with n - 1; a category's dummy is centred only).
    blocks and controls: their columns. ledger: see sample.Ledger.
    """

    frame: pd.DataFrame
    blocks: dict[str, list[str]]
    controls: list[str]
    ledger: pd.DataFrame
    warnings: list[str]

    @property
    def block_columns(self) -> list[str]:
        """Columns of all blocks, in order."""
        return [column for columns in self.blocks.values() for column in columns]

    @property
    def block_of(self) -> dict[str, str]:
        """Block name per predictor column; "controls" for those."""
        named = {column: block for block, columns in self.blocks.items() for column in columns}
        return named | dict.fromkeys(self.controls, "controls")

    @property
    def cells(self) -> np.ndarray:
        """Label of field and time per row."""
        return (self.frame["field"] + " " + self.frame["time"].astype(str)).to_numpy()

    @property
    def sha256(self) -> str:
        """Hash of rows and predictors, numbers at ten significant digits."""
        units = self.frame.drop_duplicates("nis")[["nis", *self.block_columns, *self.controls]]
        keys = "\n".join(self.frame["nis"] + " " + self.cells)
        values = "\n".join(f"{value:.10g}" for value in self.frame["outcome"])
        text = units.to_csv(index=False, float_format="%.10g") + keys + values
        return hashlib.sha256(text.encode()).hexdigest()


def field_sample(task: Task, contrast: bool = True) -> LongSample:
    """The rows of a specification with `fields` (or with one `beleidsveld`).

    Keys: outcome (yearly, per municipality and field), fields, treated (codes or groups, default the group reformed),
    blocks, controls, transform (none, log: positive values, log1p: zero and more), dispersion (yearly: a row per
    year; window_means: one per window), windows, sample.exclude, splines, interactions. contrast: both treated and
    other fields are needed. A field that is positive in both windows for fewer than minimum_municipalities goes. Raises
    StudyError for a key that does not fit, Refusal where nothing is left to compare.
    """
    fields, treated = contrasted_fields(task, contrast)
    ledger = Ledger()
    units, blocks, controls = _units(task, ledger)
    long = _outcomes(task, units["nis"].to_numpy(), fields, treated, ledger)
    if contrast and long["reformed"].nunique() < 2:
        raise Refusal("no field is left on one side of the contrast, treated or not", ledger.frame())
    units = units[np.isin(units["nis"].to_numpy(str), np.unique(long["nis"].to_numpy(str)))].reset_index(drop=True)
    units, blocks, controls = _standardised(units, blocks, controls, ledger)
    frame = long.merge(units, on="nis", how="left", validate="m:1")
    return LongSample(frame, blocks, controls, ledger.frame(), ledger.warnings)


def contrasted_fields(task: Task, contrast: bool = True) -> tuple[list[str], list[str]]:
    """Stable codes of `fields` (or the one `beleidsveld`) and of `treated` (the group reformed where not given).

    contrast: both treated and other fields are needed; StudyError where they are not there.
    """
    specification, groups = task.specification, task.settings["groups"]
    fields = fields_of(specification, groups) or [specification.get("beleidsveld") or ""]
    treated = fields_of({"fields": specification.get("treated") or ["reformed"]}, groups)
    if contrast and not set(fields) & set(treated):
        raise StudyError(
            f"treated: none of {', '.join(treated)} is among fields ({', '.join(fields)}); name one of those"
        )
    if contrast and set(fields) <= set(treated):
        raise StudyError("fields: every field is treated; add fields to compare with, such as comparison")
    return fields, treated


def _units(task: Task, ledger: Ledger) -> tuple[pd.DataFrame, dict[str, list[str]], list[str]]:
    """One row per municipality with every predictor: categories and splines expanded."""
    panel, specification, categorical = task.panel, task.specification, task.settings["categorical"]
    exclusions = task.settings["exclusions"]
    check_names(panel, specification, exclusions)
    predictors = list(dict.fromkeys(named_predictors(specification)))
    check_shapes(specification, predictors, categorical)
    frame = pd.DataFrame({"nis": sorted(panel.loc[panel["level"] == "municipality", "nis"].unique())})
    ledger.start(len(frame), "municipalities")
    frame = exclude(frame, specification, exclusions, ledger)
    frame = with_predictors(panel, frame, predictors, specification, ledger)
    for name in predictors:
        frame = ledger.keep(frame, np.isfinite(frame[name].astype(float)), "missing predictor", name)
    frame = drop_lone_categories(frame, [name for name in predictors if name in categorical], ledger)
    if frame.empty:
        raise Refusal(f"no row of {specification['outcome']} is left (see the sample ledger)", ledger.frame())
    return design_columns(frame, predictors, specification, categorical, ledger)


def _outcomes(task: Task, nis: np.ndarray, fields: list[str], treated: list[str], ledger: Ledger) -> pd.DataFrame:
    """Long rows with an outcome that has the wanted transform: nis, field, time, reformed, post, outcome."""
    basis, windows, outcome = task.specification.get("dispersion"), task.windows, task.specification["outcome"]
    years = check_windows(windows, basis)
    found = yearly_rows(task.panel, outcome, years, ledger)
    cube = _cube(found, nis, fields, years)
    if basis == "window_means":
        reported = reporters(outcome, found[found["beleidsveld"] == TOTAL], nis, years)
        reported = reported if reported is None else reported[:, None]
        cube = np.stack([reported_mean(cube, reported, np.isin(years, windows[name])) for name in WINDOWS], axis=2)
    times = np.array(years) if basis == "yearly" else np.array(WINDOWS)
    post = np.isin(times, windows["post"]) if basis == "yearly" else np.array([False, True])
    index = np.indices(cube.shape).reshape(3, -1)
    rows = pd.DataFrame({"unit": index[0], "code": index[1], "time": index[2], "outcome": cube.ravel()})
    ledger.start(len(rows), f"municipalities x fields x {'years' if basis == 'yearly' else 'windows'}")
    rows = _transformed(rows.assign(post=post[rows["time"]]), fields, task, ledger)
    names = {"nis": nis[rows["unit"]], "field": np.array(fields)[rows["code"]], "time": times[rows["time"]]}
    sides = {"reformed": np.isin(fields, treated)[rows["code"]].astype(float), "post": rows["post"].astype(float)}
    long = pd.DataFrame(names | sides | {"outcome": rows["outcome"]})
    return long.sort_values(["nis", "field", "time"], ignore_index=True, key=_window_order)


def _window_order(column: pd.Series) -> pd.Series:
    return column.map({"pre": 0, "post": 1}) if column.name == "time" and column.dtype.kind not in "iu" else column


def _cube(rows: pd.DataFrame, nis: np.ndarray, fields: list[str], years: list[int]) -> np.ndarray:
    """The outcome, municipalities x fields x years; missing where there is no row."""
    axes = (nis, "nis"), (fields, "beleidsveld"), (years, "year")
    at = np.array([pd.Index(values).get_indexer(rows[key]) for values, key in axes])
    inside = (at >= 0).all(axis=0)
    cube = np.full((len(nis), len(fields), len(years)), np.nan)
    cube[tuple(at[:, inside])] = rows["value"].to_numpy(float)[inside]
    return cube


def _transformed(rows: pd.DataFrame, fields: list[str], task: Task, ledger: Ledger) -> pd.DataFrame:
    """Rows with a usable outcome, transformed; what each field loses is written down, and its extensive margin."""
    # ASSUME: a municipality stays in with the rows it has; it need not be positive in every field and year.
    transform = task.specification.get("transform") or "none"
    if transform not in TRANSFORMS:
        raise StudyError(f"transform: {transform!r}; allowed: {', '.join(TRANSFORMS)}")
    why = {"log": "zero or negative, no logarithm", "log1p": "negative"}.get(transform)
    for number, code in enumerate(fields):
        own = (rows["code"] == number).to_numpy()
        value, post = rows["outcome"].to_numpy(), rows["post"].to_numpy()
        ledger.note(len(rows), "extensive margin", _margin(code, own, value > 0, post))
        rows = ledger.keep(rows, ~own | np.isfinite(value), "missing outcome", f"{code}: no figure")
        if why:
            own, value = (rows["code"] == number).to_numpy(), rows["outcome"].to_numpy()
            usable = value > 0 if transform == "log" else value >= 0
            rows = ledger.keep(rows, ~own | usable, "not positive", f"{code}: {why}")
        rows = _drop_rare(rows, number, code, task.settings["minimum_municipalities"], ledger)
    if rows.empty:
        minimum = task.settings["minimum_municipalities"]
        raise Refusal(f"no field is positive in both periods for {minimum} municipalities", ledger.frame())
    function = {"none": np.asarray, "log": np.log, "log1p": np.log1p}[transform]
    return rows.assign(outcome=function(rows["outcome"].to_numpy()))


def _margin(code: str, own: np.ndarray, positive: np.ndarray, post: np.ndarray) -> str:
    counts = [f"{int((own & positive & when).sum())} of {int((own & when).sum())}" for when in (~post, post)]
    return f"{code}: positive in {counts[0]} rows before and {counts[1]} after"


def _drop_rare(rows: pd.DataFrame, number: int, code: str, minimum: int, ledger: Ledger) -> pd.DataFrame:
    own = (rows["code"] == number).to_numpy()
    positive = rows[own & (rows["outcome"].to_numpy() > 0)]
    before, after = (set(positive.loc[positive["post"] == when, "unit"]) for when in (False, True))
    if len(before & after) >= minimum:
        return rows
    reason = f"{code}: positive in both periods for {len(before & after)} municipalities, fewer than {minimum}"
    ledger.warnings.append(f"{reason}; no estimate")
    return ledger.keep(rows, ~own, "too few municipalities", reason)


def _standardised(units: pd.DataFrame, blocks: dict[str, list[str]], controls: list[str], ledger: Ledger):
    """Predictors with mean 0 and standard deviation 1 over the municipalities; combinations of others removed."""
    names = controls + [column for columns in blocks.values() for column in columns]
    if not names:
        return units[["nis"]], blocks, controls
    scaled, _, _ = centred_scaled(units[names].to_numpy(float))
    keep = independent_columns(scaled)
    for name in (name for name, stays in zip(names, keep, strict=True) if not stays):
        ledger.note(len(units), "collinear", f"{name}: column removed, a combination of the columns before it")
        ledger.warnings.append(ledger.rows[-1][3])
    left = [name for name, stays in zip(names, keep, strict=True) if stays]
    blocks = {block: [c for c in columns if c in left] for block, columns in blocks.items()}
    if not any(blocks.values()):
        raise Refusal(f"no block column can be estimated; removed: {', '.join(names)}", ledger.frame())
    values = units[left] - units[left].mean()
    spread = values.std().where(["=" not in name for name in left], 1.0)
    ledger.note(len(units), "standardised", f"predictors, over {len(units)} municipalities")
    table = pd.concat([units[["nis"]], values / spread], axis=1)
    return table, blocks, [name for name in controls if name in left]
