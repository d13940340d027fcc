"""From the panel to the rows and columns one specification uses, every row and column lost accounted for."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.rank import absorbed_columns, codes, independent_columns, within
from beleidsvrijheid.models.shapes import INTERACTION, add_interactions, add_splines, check_shapes, transformed
from beleidsvrijheid.models.transforms import (
    OVER_TIME,
    STANDARDISE,
    check_transforms,
    column_name,
    drop_lost,
    lag_of,
    standardise,
    step_name,
    with_stages,
)

LEDGER_COLUMNS = ["step", "rows_in", "rows_out", "reason"]
EFFECTS = ("municipality", "year")
WEIGHTS = "@weights"  # no indicator has such a name
REFUSE = "refuse"
# Estimators that get municipality-years from build_sample. The others get a row per municipality, or make rows of their own:
# by year (event_study), by field and period (location_scale, rif, field_permutation) or by field (dispersion).
YEARLY = ("panel_ols", "random_effects", "hurdle", "autocorrelation", "random_slope")


@dataclass(frozen=True)
class Sample:
    """Rows and columns of one specification.

    frame: sorted by nis (and year); columns nis, year (panels), the outcome and every regressor, no missing
    value. blocks: block -> its columns; controls and moderator (the column of `interact_with`): lists of
    columns. ledger: step, rows_in, rows_out, reason; each row takes over where the one before it stopped. weighted_by:
    indicator of the analytic weights, empty for none.
    """

    frame: pd.DataFrame
    outcome: str
    blocks: dict[str, list[str]]
    controls: list[str]
    moderator: list[str]
    ledger: pd.DataFrame
    warnings: list[str]
    weighted_by: str = ""

    @property
    def weights(self) -> np.ndarray | None:
        """Analytic weight per row, mean 1; None without."""
        if not self.weighted_by:
            return None
        weights = self.frame[WEIGHTS].to_numpy(float)
        return weights / weights.mean()

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
        weights = [WEIGHTS] if self.weighted_by else []
        text = self.frame[[*keys, self.outcome, *sorted(self.regressors), *weights]]
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

    def keep_all(self, frame: pd.DataFrame, conditions: Sequence[tuple[np.ndarray, str, str]]) -> pd.DataFrame:
        """`keep` for several conditions on the same rows, one after the other: kept, step, reason."""
        left = np.ones(len(frame), bool)
        for kept, step, reason in conditions:
            before, left = int(left.sum()), left & kept
            self.rows.append((step, before, int(left.sum()), reason))
        return frame if left.all() else frame[left].reset_index(drop=True)

    def note(self, n: int, step: str, reason: str) -> None:
        """A remark that costs no row, such as a column removed."""
        self.rows.append((step, n, n, reason))

    def frame(self) -> pd.DataFrame:
        """The ledger as published."""
        return pd.DataFrame(self.rows, columns=LEDGER_COLUMNS)


def build_sample(
    panel: pd.DataFrame | PanelValues,
    specification: Mapping[str, Any],
    exclusions: Mapping[str, Collection[str]] | None = None,
    categorical: Collection[str] = (),
) -> Sample:
    """The sample of one specification.

    panel: long, columns level, nis, beleidsveld, year, period, indicator, value; as PanelValues where many samples are made.
    exclusions: outlier rule -> nis codes. categorical: ids whose values are categories; they become dummies `id=value`
    without the most frequent category. Optional keys of the specification: transform and transforms
    (models/transforms.py), splines, interactions (models/shapes.py), weights, missing.
    Raises StudyError for a name or level that does not fit, Refusal where no row is left or an indicator is not in
    the panel: names are checked against the catalogue before any job runs.
    """
    predictors = list(dict.fromkeys(named_predictors(specification)))
    values = panel if isinstance(panel, PanelValues) else _relevant(panel, specification, predictors)
    check_names(values, specification, exclusions or {})
    ledger, effects = Ledger(), specification.get("effects") or []
    check_shapes(specification, predictors, categorical)
    yearly = specification["estimator"] in YEARLY and specification.get("predictors") == "yearly"
    check_transforms(specification.get("transforms") or {}, predictors, categorical, yearly)
    frame = _rows(values, specification, predictors, exclusions or {}, categorical, ledger)
    frame, blocks, controls = design_columns(frame, predictors, specification, categorical, ledger)
    frame, blocks, moderator = _interact(values.panel, frame, blocks, specification, ledger)
    removed = _removed_columns(frame, controls, moderator, blocks, effects, ledger)

    def kept(names: list[str]) -> list[str]:
        return [name for name in names if name not in removed]

    blocks = {block: kept(names) for block, names in blocks.items()}
    frame = frame.drop(columns=removed)
    weights = specification.get("weights") or ""
    return Sample(frame, "outcome", blocks, kept(controls), kept(moderator), ledger.frame(), ledger.warnings, weights)


def _relevant(panel: pd.DataFrame, specification: Mapping[str, Any], predictors: Sequence[str]) -> PanelValues:
    """The part of the panel that one specification reads, with all municipalities there are."""
    named = [specification["outcome"], *predictors, specification.get("weights"), specification.get("interact_with")]
    nis = panel.loc[panel["level"] == "municipality", "nis"].unique()
    return PanelValues(panel[panel["indicator"].isin([name for name in named if name])], nis)


def _rows(values: PanelValues, specification, predictors, exclusions, categorical, ledger: Ledger) -> pd.DataFrame:
    """Rows with the outcome and every predictor, on their scale, and the weight."""
    transform = specification.get("transform")
    frame = _scope(values, specification, specification["estimator"] in YEARLY, ledger)
    frame = exclude(frame, specification, exclusions, ledger)
    frame = _with_weights(values, with_predictors(values, frame, predictors, specification, ledger), specification)
    if specification.get("missing") == REFUSE:
        _refuse_missing(frame, specification, predictors, ledger)
    frame = _drop_incomplete(frame, specification, predictors, ledger)
    frame = transformed(frame, None if transform in (*OVER_TIME, STANDARDISE) else transform, ledger)
    frame = drop_lone_categories(frame, [name for name in predictors if name in categorical], ledger)
    frame = _drop_singletons(frame, specification.get("effects") or [], ledger)
    if frame.empty:
        raise Refusal(f"no row of {specification['outcome']} is left (see the sample ledger)", ledger.frame())
    return _standardised(frame, specification, ledger)


def _with_weights(values: PanelValues, frame: pd.DataFrame, specification: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with a column of analytic weights: the value that the municipality has of that indicator."""
    name = specification.get("weights")
    if not name:
        return frame
    places = dict.fromkeys([specification.get("beleidsveld") or "", ""])
    place = next((field for field in places if len(values.rows(name, field, yearly=False))), None)
    if place is None:
        raise StudyError(f"weights: {name!r} has no value per municipality; allowed: an indicator with one value each")
    at = values.municipalities.get_indexer(frame["nis"])
    return frame.assign(**{WEIGHTS: values.column(name, place, False, at, None)})


def _drop_incomplete(frame, specification: Mapping[str, Any], predictors: list[str], ledger: Ledger) -> pd.DataFrame:
    """Rows with the outcome, every predictor and the weight; what a lag or logarithm costs is written down by itself."""
    outcome, transform = specification["outcome"], specification.get("transform")
    transforms = specification.get("transforms") or {}
    if transform in OVER_TIME:
        frame = drop_lost(frame, "outcome", [transform], "missing outcome", "no value of the outcome", ledger, outcome)
        frame = frame.rename(columns={step_name(transform, outcome): "outcome"})
    plain = [name for name in predictors if name not in transforms]
    frame = drop_missing(frame, plain, ledger, of_outcome=transform not in OVER_TIME)
    for name in predictors:
        if name in transforms:
            frame = drop_lost(frame, name, transforms[name], "missing predictor", name, ledger)
    return _drop_unweighted(frame, specification.get("weights"), ledger)


def _drop_unweighted(frame: pd.DataFrame, name: str | None, ledger: Ledger) -> pd.DataFrame:
    """Rows with a weight. Raises Refusal on one that is not above zero."""
    if not name:
        return frame
    frame = ledger.keep(frame, np.isfinite(frame[WEIGHTS].to_numpy(float)), "missing weight", name)
    few = frame.loc[frame[WEIGHTS] <= 0, "nis"].nunique()
    if few:
        raise Refusal(f"weights: {name} is not above zero for {few} municipalities", ledger.frame())
    ledger.note(len(frame), "weights", f"{name}: one analytic weight a municipality")
    return frame


def _refuse_missing(frame, specification: Mapping[str, Any], predictors: list[str], ledger: Ledger) -> None:
    """Raise Refusal with counts where a value is missing. What a lag or a logarithm costs is no missing value."""
    transforms, outcome, weights = (
        specification.get("transforms") or {},
        specification["outcome"],
        specification.get("weights"),
    )
    over_time = specification.get("transform") in OVER_TIME
    columns = {outcome: "outcome@0" if over_time else "outcome"}
    columns |= {name: f"{name}@0" if name in transforms else name for name in predictors}
    counts = {name: int((~np.isfinite(frame[column].to_numpy(float))).sum()) for name, column in columns.items()}
    if weights and weights not in counts:
        counts[weights] = int((~np.isfinite(frame[WEIGHTS].to_numpy(float))).sum())
    found = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    if found:
        raise Refusal(f"missing: refuse, and of {len(frame)} rows these lack a value: {found}", ledger.frame())


def _standardised(frame: pd.DataFrame, specification: Mapping[str, Any], ledger: Ledger) -> pd.DataFrame:
    """Columns that are standardised, over the rows that are estimated on, under their last name."""
    for name, steps in (specification.get("transforms") or {}).items():
        if steps[-1] == STANDARDISE:
            column = column_name(name, {name: steps[:-1]})
            frame = standardise(frame, column, ledger).rename(columns={column: step_name(STANDARDISE, column)})
    if specification.get("transform") == STANDARDISE:
        frame = standardise(frame, "outcome", ledger, specification["outcome"])
    return frame


def design_columns(frame, predictors, specification, categorical, ledger: Ledger):
    """The frame with a column per category, spline term and interaction; the columns of every block; of the controls."""
    frame, columns = expand_categories(frame, predictors, categorical, ledger)
    transforms = specification.get("transforms") or {}
    columns |= {name: [column_name(name, transforms)] for name in transforms}
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


def in_panel(panel: pd.DataFrame | PanelValues, names: Collection[str]) -> None:
    """Raise Refusal on the first indicator that no source at hand could give; mistyped names were refused before."""
    known = panel.indicators if isinstance(panel, PanelValues) else set(panel["indicator"].unique())
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
    weights = specification.get("weights")
    if outcome == weights:
        raise StudyError(f"weights: {weights!r} is the outcome; name another indicator")
    if outcome in predictors:
        raise StudyError(f"{outcome!r} is outcome and predictor at once; remove it from one of the two")
    for name in predictors:
        if predictors.count(name) > 1:
            raise StudyError(f"{name!r} is named twice among blocks and controls; name it once")
    in_panel(panel, [outcome, *predictors, *([weights] if weights else [])])
    for rule in (specification.get("sample") or {}).get("exclude") or []:
        if rule not in exclusions:
            allowed = ", ".join(sorted(exclusions)) or "none"
            raise StudyError(f"sample.exclude: unknown outlier rule {rule!r}; allowed: {allowed}")
    allowed = (*EFFECTS, "beleidsveld") if specification.get("estimator") == "field_ols" else EFFECTS
    for effect in specification.get("effects") or []:
        if effect not in allowed:
            raise StudyError(f"effects: unknown {effect!r}; allowed: {', '.join(allowed)}")


def _scope(values: PanelValues, specification: Mapping[str, Any], yearly: bool, ledger: Ledger) -> pd.DataFrame:
    """Every municipality of the panel (in each year with the outcome), with the outcome where present."""
    outcome, field = specification["outcome"], specification.get("beleidsveld") or ""
    rows = values.rows(outcome, field, yearly)
    if rows.empty:
        _no_outcome(values.panel, outcome, field, yearly)
    transform = specification.get("transform")
    if transform in OVER_TIME and not yearly:
        raise StudyError(f"transform: {transform!r} needs yearly values; allowed here: none, log, log1p, standardise")
    scope, label = pd.DataFrame({"nis": values.municipalities}), f"municipalities x {outcome} {field}".rstrip()
    if yearly:
        years = _years(rows, specification)
        label = f"municipality-years {years[0]}-{years[-1]} x {outcome} {field}".rstrip()
        scope = pd.DataFrame({"nis": scope["nis"].repeat(len(years)), "year": np.tile(years, len(scope))})
    scope = scope.reset_index(drop=True)
    if transform in OVER_TIME:
        scope = scope.merge(with_stages(rows, "outcome", [transform]), on=["nis", "year"], how="left", validate="1:1")
    else:
        at = values.municipalities.get_indexer(scope["nis"])
        when = scope["year"].to_numpy() if yearly else None
        scope = scope.assign(outcome=values.column(outcome, field, yearly, at, when))
    ledger.start(len(scope), label)
    return scope


def _years(rows: pd.DataFrame, specification: Mapping[str, Any]) -> list[int]:
    """Years of the outcome that the specification asks for."""
    known = rows["year"].unique()
    first, last = (specification.get("sample") or {}).get("years") or (known.min(), known.max())
    years = sorted(year for year in known if first <= year <= last)
    if not years:
        raise StudyError(f"sample.years: no year of {specification['outcome']} from {first} to {last}; next: widen it")
    return years


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
    values = panel if isinstance(panel, PanelValues) else PanelValues(panel)
    years = frame["year"].to_numpy() if "year" in frame else None
    at, columns = values.municipalities.get_indexer(frame["nis"]), {}
    staged = specification.get("transforms") or {}
    for name in predictors:
        field, yearly = _source_of(values, name, specification, years is not None, ledger)
        if years is not None:
            kind = "yearly values" if yearly else f"one value a municipality{values.period(name)}"
            ledger.note(len(frame), "predictor", f"{name}: {kind}")
        if name in staged:
            if not yearly and any(map(lag_of, staged[name])):
                raise StudyError(
                    f"transforms.{name}: it has one value a municipality, no value for each year to look back on"
                )
            rows, keys = (
                with_stages(values.rows(name, field, yearly), name, staged[name]),
                ["nis", "year"][: 1 + yearly],
            )
            merged = frame[keys].merge(rows, on=keys, how="left", validate="1:1" if yearly else "m:1")
            columns |= {column: merged[column].to_numpy() for column in merged.columns.difference(keys, sort=False)}
        else:
            columns[name] = values.column(name, field, yearly, at, years)
    return frame.assign(**columns)


def _source_of(values: PanelValues, name: str, specification: Mapping[str, Any], in_years: bool, ledger: Ledger):
    """Field of a predictor and whether its yearly values are taken: its own field before none, yearly before static."""
    yearly_first = [True, False] if in_years and specification.get("predictors") == "yearly" else [False]
    fields = [specification.get("beleidsveld") or "", ""]
    for field in fields:
        for yearly in yearly_first:
            if len(values.rows(name, field, yearly)):
                return field, yearly
    return _no_predictor(values.panel, name, fields[0], ledger)


def _no_predictor(panel: pd.DataFrame, name: str, field: str, ledger: Ledger) -> None:
    rows = panel[(panel["indicator"] == name) & (panel["level"] == "municipality")]
    if rows["beleidsveld"].isin([field, ""]).any():
        reason = f"{name} has yearly values only: no source at hand has the years that one value a municipality needs"
        raise Refusal(reason, ledger.frame())
    raise StudyError(
        f"predictor {name!r} has no value per municipality for beleidsveld {field!r} or ''; "
        "allowed: an indicator of level municipality"
    )


def drop_missing(frame: pd.DataFrame, predictors: list[str], ledger: Ledger, of_outcome: bool = True) -> pd.DataFrame:
    """Rows with a value of the outcome and of every predictor, a ledger row for each."""
    asked = [("outcome", "missing outcome", "no value of the outcome")] if of_outcome else []
    asked += [(name, "missing predictor", name) for name in predictors]
    known = [np.isfinite(frame[column].to_numpy(float)) for column, _, _ in asked]
    return ledger.keep_all(frame, [(kept, step, why) for kept, (_, step, why) in zip(known, asked, strict=True)])


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
