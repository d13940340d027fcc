"""From the panel to the rows and columns one specification uses, every row and column lost accounted for."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.rank import absorbed_columns, codes, independent_columns, within
from beleidsvrijheid.models.shapes import INTERACTION, add_interactions, add_splines, check_shapes, transformed

LEDGER_COLUMNS = ["step", "rows_in", "rows_out", "reason"]
EFFECTS = ("municipality", "year")
# Estimators whose rows are municipality-years; all others have one row per municipality.
YEARLY = ("panel_ols", "hurdle", "autocorrelation", "random_slope")


@dataclass(frozen=True)
class Sample:
    """Rows and columns of one specification.

    frame: sorted by nis (and year); columns nis, year (panels), the outcome and every regressor, no missing
    value. blocks: block -> its columns; controls and moderator (the column of `interact_with`): lists of
    columns. ledger: step, rows_in, rows_out, reason; each row takes over where the one before it stopped.
    """

    frame: pd.DataFrame
    outcome: str
    blocks: dict[str, list[str]]
    controls: list[str]
    moderator: list[str]
    ledger: pd.DataFrame
    warnings: list[str]

    @property
    def block_columns(self) -> list[str]:
        """Columns of all blocks, in order."""
        return [column for columns in self.blocks.values() for column in columns]

    @property
    def regressors(self) -> list[str]:
        """Every column on the right, blocks first."""
        return self.block_columns + self.moderator + self.controls

    @property
    def block_of(self) -> dict[str, str]:
        """Block name per column; "controls", or "moderator" for the column of `interact_with`."""
        named = {column: block for block, columns in self.blocks.items() for column in columns}
        return named | dict.fromkeys(self.controls, "controls") | dict.fromkeys(self.moderator, "moderator")

    @property
    def sha256(self) -> str:
        """Hash of the sorted rows, numbers at ten significant digits."""
        keys = self.frame.columns.intersection(["nis", "year"])
        text = self.frame[[*keys, self.outcome, *sorted(self.regressors)]]
        return hashlib.sha256(text.to_csv(index=False, float_format="%.10g").encode()).hexdigest()


class Ledger:
    """The account of a sample while it is made."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, int, str]] = []
        self.warnings: list[str] = []

    def start(self, n: int, reason: str) -> None:
        """The rows in scope, before any is dropped."""
        self.rows.append(("start", n, n, reason))

    def keep(self, frame: pd.DataFrame, kept: np.ndarray, step: str, reason: str) -> pd.DataFrame:
        """Drop the rows where `kept` is False and write it down."""
        kept = np.asarray(kept, bool)
        self.rows.append((step, len(frame), int(kept.sum()), reason))
        return frame[kept].reset_index(drop=True)

    def note(self, n: int, step: str, reason: str) -> None:
        """A remark that costs no row, such as a column removed."""
        self.rows.append((step, n, n, reason))

    def frame(self) -> pd.DataFrame:
        """The ledger as published."""
        return pd.DataFrame(self.rows, columns=LEDGER_COLUMNS)


def build_sample(
    panel: pd.DataFrame,
    specification: Mapping[str, Any],
    exclusions: Mapping[str, Collection[str]] | None = None,
    categorical: Collection[str] = (),
) -> Sample:
    """The sample of one specification.

    panel: long, columns level, nis, beleidsveld, year, period, indicator, value. exclusions: outlier rule ->
    nis codes. categorical: ids whose values are categories; they become dummies `id=value` without the most
    frequent category. Optional keys of the specification: transform, splines, interactions (models/shapes.py).
    Raises StudyError for a name or level that does not fit, Refusal where no row is left or an indicator is not in
    the panel: names are checked against the catalogue before any job runs.
    """
    check_names(panel, specification, exclusions or {})
    ledger, effects = Ledger(), specification.get("effects") or []
    predictors = list(dict.fromkeys(named_predictors(specification)))
    check_shapes(specification, predictors, categorical)
    frame = _rows(panel, specification, predictors, exclusions or {}, categorical, ledger)
    frame, blocks, controls = design_columns(frame, predictors, specification, categorical, ledger)
    frame, blocks, moderator = _interact(panel, frame, blocks, specification, ledger)
    removed = _removed_columns(frame, controls, moderator, blocks, effects, ledger)

    def kept(names: list[str]) -> list[str]:
        return [name for name in names if name not in removed]

    blocks = {block: kept(names) for block, names in blocks.items()}
    frame = frame.drop(columns=removed)
    return Sample(frame, "outcome", blocks, kept(controls), kept(moderator), ledger.frame(), ledger.warnings)


def _rows(panel, specification, predictors, exclusions, categorical, ledger: Ledger) -> pd.DataFrame:
    """Rows with the outcome, on its scale, and every predictor."""
    nis = sorted(panel.loc[panel["level"] == "municipality", "nis"].unique())
    panel = panel[
        panel["indicator"].isin([specification["outcome"], *predictors])
    ]  # looked through once, not once a name
    frame = _scope(panel, nis, specification, specification["estimator"] in YEARLY, ledger)
    frame = exclude(frame, specification, exclusions, ledger)
    frame = drop_missing(with_predictors(panel, frame, predictors, specification, ledger), predictors, ledger)
    frame = transformed(frame, specification.get("transform"), ledger)
    frame = drop_lone_categories(frame, [name for name in predictors if name in categorical], ledger)
    frame = _drop_singletons(frame, specification.get("effects") or [], ledger)
    if frame.empty:
        raise Refusal(f"no row of {specification['outcome']} is left (see the sample ledger)", ledger.frame())
    return frame


def design_columns(frame, predictors, specification, categorical, ledger: Ledger):
    """The frame with a column per category, spline term and interaction; the columns of every block; of the controls."""
    frame, columns = expand_categories(frame, predictors, categorical, ledger)
    frame, columns = add_splines(frame, columns, specification.get("splines") or {}, ledger)
    blocks = {block: [c for name in ids for c in columns[name]] for block, ids in _blocks(specification).items()}
    frame, products = add_interactions(frame, columns, specification.get("interactions") or [], ledger)
    if products:
        blocks[INTERACTION] = blocks.get(INTERACTION, []) + products
    return frame, blocks, [c for name in specification.get("controls") or [] for c in columns[name]]


def _blocks(specification: Mapping[str, Any]) -> dict[str, list[str]]:
    return dict(specification.get("blocks") or {})


def named_predictors(specification: Mapping[str, Any]) -> list[str]:
    """Ids of blocks and controls, in order."""
    return [name for ids in _blocks(specification).values() for name in ids] + list(specification.get("controls") or [])


def fields_of(specification: Mapping[str, Any], groups: Mapping[str, Collection[str]]) -> list[str]:
    """Stable codes of the key `fields`, groups of the study spelled out, each once, in order."""
    names = specification.get("fields") or []
    return list(dict.fromkeys(code for name in names for code in groups.get(name, [name])))


def in_panel(panel: pd.DataFrame, names: Collection[str]) -> None:
    """Raise Refusal on the first indicator that no source at hand could give; mistyped names were refused before."""
    known = set(panel["indicator"].unique())
    for name in names:
        if name not in known:
            ledger = Ledger()
            ledger.start(0, f"municipalities x {name}")
            reason = f"indicator {name} is not in the panel: no source at hand has the years it needs"
            raise Refusal(reason, ledger.frame())


def check_names(
    panel: pd.DataFrame, specification: Mapping[str, Any], exclusions: Mapping[str, Collection[str]]
) -> None:
    """Raise StudyError on names that do not go together, Refusal on an indicator that is not in the panel."""
    outcome, predictors = specification["outcome"], named_predictors(specification)
    if outcome in predictors:
        raise StudyError(f"{outcome!r} is outcome and predictor at once; remove it from one of the two")
    for name in predictors:
        if predictors.count(name) > 1:
            raise StudyError(f"{name!r} is named twice among blocks and controls; name it once")
    in_panel(panel, [outcome, *predictors])
    for rule in (specification.get("sample") or {}).get("exclude") or []:
        if rule not in exclusions:
            allowed = ", ".join(sorted(exclusions)) or "none"
            raise StudyError(f"sample.exclude: unknown outlier rule {rule!r}; allowed: {allowed}")
    for effect in specification.get("effects") or []:
        if effect not in EFFECTS:
            raise StudyError(f"effects: unknown {effect!r}; allowed: {', '.join(EFFECTS)}")


def values_of(panel: pd.DataFrame, indicator: str, beleidsveld: str, yearly: bool):
    """Rows of one municipal indicator: nis(, year), value; an error where a municipality counts twice."""
    wanted = (panel["indicator"] == indicator) & (panel["level"] == "municipality")
    wanted &= (panel["beleidsveld"] == beleidsveld) & (panel["year"].notna() == yearly)
    keys = ["nis", "year"] if yearly else ["nis"]
    rows = panel.loc[wanted, [*keys, "value"]]
    twice = rows.duplicated(keys)
    if twice.any():
        where = ", ".join(f"{key} {rows.loc[twice, key].iloc[0]}" for key in keys)
        raise StudyError(f"panel: {indicator} ({beleidsveld or 'no field'}) has more than one value for {where}")
    return rows.astype({"year": "int64"}) if yearly else rows


def _scope(panel, nis: list[str], specification: Mapping[str, Any], yearly: bool, ledger: Ledger) -> pd.DataFrame:
    """Every municipality of the panel (in each year with the outcome), with the outcome where present."""
    outcome, field = specification["outcome"], specification.get("beleidsveld") or ""
    rows = values_of(panel, outcome, field, yearly)
    if rows.empty:
        _no_outcome(panel, outcome, field, yearly)
    units = pd.DataFrame({"nis": nis})
    keys, scope, label = ["nis"], units, f"municipalities x {outcome} {field}".rstrip()
    if yearly:
        first, last = (specification.get("sample") or {}).get("years") or (
            rows["year"].min(),
            rows["year"].max(),
        )
        years = sorted(year for year in rows["year"].unique() if first <= year <= last)
        if not years:
            raise StudyError(f"sample.years: no year of {outcome} from {first} to {last}; next: widen it")
        keys, scope = ["nis", "year"], units.merge(pd.DataFrame({"year": years}), how="cross")
        label = f"municipality-years {years[0]}-{years[-1]} x {outcome} {field}".rstrip()
    scope = scope.merge(rows.rename(columns={"value": "outcome"}), on=keys, how="left", validate="1:1")
    ledger.start(len(scope), label)
    return scope.sort_values(keys, ignore_index=True)


def _no_outcome(panel: pd.DataFrame, outcome: str, field: str, yearly: bool) -> None:
    rows = panel[panel["indicator"] == outcome]
    if (rows["level"] != "municipality").all():
        levels = ", ".join(sorted(rows["level"].unique()))
        raise StudyError(f"outcome {outcome!r} is at level {levels}; allowed: municipality")
    here = rows[rows["beleidsveld"] == field]
    if len(here) and (here["year"].notna() != yearly).all():
        has, wants = ("one value per municipality", "yearly values") if yearly else ("yearly values", "one value each")
        raise StudyError(f"outcome {outcome!r} has {has}, this estimator wants {wants}")
    ledger = Ledger()
    ledger.start(0, f"municipalities x {outcome} {field}".rstrip())
    raise Refusal(f"no municipality has {outcome} for {field or 'no field'}", ledger.frame())


def exclude(frame: pd.DataFrame, specification: Mapping[str, Any], exclusions: Mapping, ledger: Ledger):
    """Drop the municipalities of the outlier rules that the specification names."""
    for rule in (specification.get("sample") or {}).get("exclude") or []:
        kept = ~frame["nis"].isin(list(exclusions[rule]))
        frame = ledger.keep(frame, kept, "outlier rule", f"{rule}: {frame.loc[~kept, 'nis'].nunique()} municipalities")
    return frame


def with_predictors(panel, frame, predictors, specification, ledger: Ledger) -> pd.DataFrame:
    """One column per predictor: the static value; in a panel with `predictors: yearly`, yearly values where there are any."""
    panel_data = "year" in frame
    yearly_first = [True, False] if panel_data and specification.get("predictors") == "yearly" else [False]
    for name in predictors:
        fields = [specification.get("beleidsveld") or "", ""]
        options = [(field, yearly) for field in fields for yearly in yearly_first]
        found = ((yearly, values_of(panel, name, field, yearly)) for field, yearly in options)
        yearly, rows = next(((yearly, rows) for yearly, rows in found if len(rows)), (False, None))
        if rows is None:
            _no_predictor(panel, name, fields[0], ledger)
        if panel_data:
            kind = "yearly values" if yearly else f"one value a municipality{_period_of(panel, name)}"
            ledger.note(len(frame), "predictor", f"{name}: {kind}")
        keys, validate = (["nis", "year"], "1:1") if yearly else (["nis"], "m:1")
        frame = frame.merge(rows.rename(columns={"value": name}), on=keys, how="left", validate=validate)
    return frame


def _no_predictor(panel: pd.DataFrame, name: str, field: str, ledger: Ledger) -> None:
    rows = panel[(panel["indicator"] == name) & (panel["level"] == "municipality")]
    if rows["beleidsveld"].isin([field, ""]).any():
        reason = f"{name} has yearly values only: no source at hand has the years that one value a municipality needs"
        raise Refusal(reason, ledger.frame())
    raise StudyError(
        f"predictor {name!r} has no value per municipality for beleidsveld {field!r} or ''; "
        "allowed: an indicator of level municipality"
    )


def _period_of(panel: pd.DataFrame, indicator: str) -> str:
    """When a static value was measured, in brackets; empty where the panel does not say."""
    static = panel[(panel["indicator"] == indicator) & panel["year"].isna()]
    periods = sorted(set(static["period"]) - {""})
    return f" (period {', '.join(periods)})" if periods else ""


def drop_missing(frame: pd.DataFrame, predictors: list[str], ledger: Ledger) -> pd.DataFrame:
    """Rows with a value of the outcome and of every predictor."""
    frame = ledger.keep(
        frame, np.isfinite(frame["outcome"].astype(float)), "missing outcome", "no value of the outcome"
    )
    for name in predictors:
        frame = ledger.keep(frame, np.isfinite(frame[name].astype(float)), "missing predictor", name)
    return frame


def drop_lone_categories(frame: pd.DataFrame, categorical: list[str], ledger: Ledger) -> pd.DataFrame:
    """A municipality alone in its category would be fitted exactly (leverage 1): it goes, by name."""
    found = True
    while found:
        found = False
        for name in categorical:
            units = frame.groupby(name)["nis"].nunique()
            for category in units.index[units == 1] if len(units) > 1 else []:
                alone = frame[name] == category
                nis = frame.loc[alone, "nis"].iloc[0]
                reason = f"{name}={category:g}: {nis} is the only municipality (leverage 1)"
                frame, found = ledger.keep(frame, ~alone, "lone category", reason), True
    return frame


def _drop_singletons(frame: pd.DataFrame, effects: list[str], ledger: Ledger) -> pd.DataFrame:
    keys = [key for effect, key in (("municipality", "nis"), ("year", "year")) if effect in effects]
    before = -1
    while keys and len(frame) != before:
        before = len(frame)
        for key in keys:
            single = frame.groupby(key)[key].transform("size") == 1
            if single.any():
                names = ", ".join(str(value) for value in sorted(frame.loc[single, key]))
                frame = ledger.keep(frame, ~single, "singletons", f"one row only: {key} {names}")
    return frame


def expand_categories(frame, predictors, categorical, ledger: Ledger) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """A dummy per category but the most frequent; the frame and the columns per predictor."""
    columns = {name: [name] for name in predictors}
    for name in predictors:
        if name not in categorical:
            continue
        units = frame.groupby(name)["nis"].nunique()
        reference = units.index[units == units.max()].min()  # a tie goes to the lowest number
        ledger.note(
            len(frame),
            "categories",
            f"{name}: reference category {reference:g} ({units.max()} municipalities)",
        )
        others = [category for category in units.index if category != reference]
        columns[name] = [f"{name}={category:g}" for category in others]
        dummies = {f"{name}={category:g}": (frame[name] == category).astype(float) for category in others}
        frame = frame.drop(columns=name).assign(**dummies)
    return frame, columns


def _interact(panel, frame, blocks, specification, ledger: Ledger):
    """Moderator x block columns centred at their sample mean, so that main effects hold at the average."""
    name = specification.get("interact_with")
    if not name:
        return frame, blocks, []
    rows = panel[(panel["indicator"] == name) & (panel["level"] == "flanders") & panel["year"].notna()]
    values = rows.assign(year=rows["year"].astype("int64")).set_index("year")["value"]
    if "year" not in frame or not frame["year"].isin(values.index).all():
        raise StudyError(f"interact_with: {name!r} needs a panel and a yearly value for Flanders in each of its years")
    frame = frame.assign(**{name: frame["year"].map(values).astype(float)})
    new, products = {}, {}
    for block, columns in blocks.items():
        products |= {f"{name}:{c}": frame[name] * (frame[c] - frame[c].mean()) for c in columns}
        new[block] = columns + [f"{name}:{c}" for c in columns]
    ledger.note(len(frame), "interactions", f"{name} x block columns, these centred at their sample mean")
    return frame.assign(**products), new, [name]


def _removed_columns(frame, controls, moderator, blocks, effects, ledger: Ledger) -> list[str]:
    """Names of columns that cannot be estimated, each written down. Controls go first: they are kept."""
    # ASSUME: between a control and a block column that say the same, the control explains.
    names = moderator + controls + [c for columns in blocks.values() for c in columns]
    if not names:
        return []
    matrix = frame[names].to_numpy(float)
    units = codes(frame["nis"])
    years = codes(frame["year"]) if "year" in frame else np.zeros(len(frame), int)
    absorbed = absorbed_columns(matrix, units, years, effects)
    independent = independent_columns(within(matrix, units, years, effects))
    step, why = ("absorbed", "by the fixed effects") if effects else ("collinear", "constant in this sample")
    for name, gone, alone in zip(names, absorbed, independent, strict=True):
        if gone:
            ledger.note(len(frame), step, f"{name}: column removed, {why}")
        elif not alone:
            ledger.note(len(frame), "collinear", f"{name}: column removed, a combination of the columns before it")
        if gone or not alone:
            ledger.warnings.append(ledger.rows[-1][3])
    removed = [name for name, gone, alone in zip(names, absorbed, independent, strict=True) if gone or not alone]
    focal = [c for columns in blocks.values() for c in columns]
    if focal and set(focal) <= set(removed):
        raise Refusal(f"no block column can be estimated; removed: {', '.join(removed)}", ledger.frame())
    return removed
