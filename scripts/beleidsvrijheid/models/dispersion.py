"""Did dispersion change? The same municipalities before and after, one field at a time (R4, E1).

Either of yearly figures, averaged over the years of a window, so that a long and a short window are on equal
footing; or of window means, for lumpy spending, where the windows are equally long. The same municipalities
count before and after: no change of composition. The bootstrap draws municipalities with all their years and
fields; the spread of a draw comes from how often each was drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.indicators.dispersion import MEASURES
from beleidsvrijheid.inference import bias_corrected_interval, bootstrap_p, draw_counts
from beleidsvrijheid.models.evidence import tests_of_bootstrapped
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS, Estimation, Fit, Refusal
from beleidsvrijheid.models.sample import Ledger
from beleidsvrijheid.models.task import Task

WINDOWS = ("pre", "post")
CONTRASTED = ("reformed", "comparison", "operational")  # groups of fields that do not overlap
BASES = {
    "yearly": "dispersion per year averaged over the years of a window, municipalities positive in every year",
    "window_means": "dispersion of window means, municipalities positive in both windows",
}
TOTAL = "total"  # its yearly rows say which years a municipality reported
RATIOS = ("sd_log_ratio", "cv_ratio", "gini_ratio")  # 1 where nothing changed
COVARIANCE = (
    "{basis}; bootstrap over municipalities, all years and fields together, {draws} draws; "
    "bias-corrected (BC) intervals and the p-values that agree with them"
)
PITMAN_MORGAN = "Pitman-Morgan: t with N-2 degrees of freedom and Fisher's z interval, normal theory"
UNEQUAL = (
    "pitman_morgan compares means over {} and {} years: the mean over more years varies less, "
    "whatever happened; read the bootstrap of the ratios"
)


@dataclass(frozen=True)
class FieldSample:
    """Positive spending of one field: units x years, or units x 2 window means; bootstrap positions; column masks."""

    code: str
    values: np.ndarray
    units: np.ndarray
    windows: dict[str, np.ndarray]


def estimate_dispersion_change(task: Task) -> Estimation:
    """Dispersion before and after, field by field."""
    samples, ledger, options = _prepared(task)
    return _estimation(task, samples, ledger, dispersion_change(*options))


def estimate_dispersion_ratio(task: Task) -> Estimation:
    """Mean change of dispersion over the fields of each group, and between groups."""
    samples, ledger, options = _prepared(task)
    fields, groups = task.specification["fields"], task.settings["groups"]
    pooled = {name: [code for code in groups.get(name, []) if code in fields] for name in CONTRASTED}
    pooled = {name: codes for name, codes in pooled.items() if codes}
    return _estimation(task, samples, ledger, dispersion_ratio(*options, pooled))


def _prepared(task: Task):
    basis = task.specification["dispersion"]
    samples, n_units, ledger = dispersion_samples(
        task.panel,
        task.specification["outcome"],
        task.specification["fields"],
        task.windows,
        task.excluded(),
        task.settings["minimum_municipalities"],
        basis,
    )
    return samples, ledger, (samples, n_units, task.draws, task.confidence, task.rng, basis)


def _estimation(task: Task, samples, ledger: Ledger, fit: Fit) -> Estimation:
    fit = replace(fit, warnings=ledger.warnings + fit.warnings)
    tested = replace(fit, coefficients=fit.coefficients[fit.coefficients["term"] != "pitman_morgan"])
    tests = tests_of_bootstrapped(tested, task.specification["estimator"], nulls=dict.fromkeys(RATIOS, 1.0))
    return Estimation(fit, ledger.frame(), dispersion_sha256(samples), "", tests)


def dispersion_sha256(samples) -> str:
    """Hash of the values per field, municipalities in sorted order, ten significant digits."""
    from hashlib import sha256

    content = sha256()
    for sample in samples:
        table = pd.DataFrame(sample.values).assign(unit=sample.units)
        content.update(sample.code.encode() + table.to_csv(index=False, float_format="%.10g").encode())
    return content.hexdigest()


def dispersion_samples(
    panel: pd.DataFrame,
    outcome: str,
    fields: Sequence[str],
    windows: Mapping[str, Sequence[int]],
    excluded: Mapping[str, Sequence[str]],
    minimum: int,
    basis: str,
) -> tuple[list[FieldSample], int, Ledger]:
    """Paired samples per field, the number of units of the bootstrap, and the ledger.

    windows: pre and post -> years. excluded: outlier rule -> nis. basis: see BASES. Fields under `minimum` units get
    a ledger row only. Raises StudyError for an outcome or year without yearly rows, Refusal where no field is left.
    """
    years = _window_years(windows)
    rows = _yearly_rows(panel, outcome, years)
    if basis not in BASES:
        raise StudyError(f"dispersion: {basis!r}; allowed: {', '.join(BASES)}")
    ledger, samples = Ledger(), []
    units = pd.Index(sorted(rows["nis"].unique()))
    reported = _wide(rows, TOTAL, units, years).notna() if basis == "window_means" else None
    for code in fields:
        wide = _wide(rows, code, units, years)
        if reported is None:
            masks = {name: np.isin(years, windows[name]) for name in WINDOWS}
        else:
            wide = _window_means(wide, reported, windows)
            masks = {name: np.array([name == window for window in WINDOWS]) for name in WINDOWS}
        columns = list(wide.columns)
        wide = _paired(wide, code, excluded, ledger)
        if len(wide) < minimum:
            reason = f"{code}: positive in both periods for {len(wide)} municipalities, fewer than {minimum}"
            wide = ledger.keep(wide, np.zeros(len(wide), bool), "too few municipalities", reason)
            ledger.warnings.append(f"{reason}; no estimate")
            continue
        samples.append(FieldSample(code, wide[columns].to_numpy(float), units.get_indexer(wide["nis"]), masks))
    if not samples:
        raise Refusal(f"no field is positive in both periods for {minimum} municipalities", ledger.frame())
    return samples, len(units), ledger


def _wide(rows: pd.DataFrame, code: str, units: pd.Index, years: list[int]) -> pd.DataFrame:
    wide = rows[rows["beleidsveld"] == code].pivot(index="nis", columns="year", values="value")
    return wide.reindex(index=units, columns=years)


def _window_means(wide: pd.DataFrame, reported: pd.DataFrame, windows: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Mean over the years a municipality reported, in which an absent field counts as 0; missing where it never did."""
    if len(windows["pre"]) != len(windows["post"]):
        raise StudyError(
            f"dispersion: window_means needs windows of equal length; pre has {len(windows['pre'])} years and post "
            f"{len(windows['post'])}; use yearly"
        )
    means = {
        name: wide[windows[name]].sum(axis=1) / reported[windows[name]].sum(axis=1).replace(0, np.nan)
        for name in WINDOWS
    }
    return pd.DataFrame(means, columns=list(WINDOWS))


def _window_years(windows: Mapping[str, Sequence[int]]) -> list[int]:
    for name in WINDOWS:
        if not windows.get(name):
            raise StudyError(f"period: {name}: no years given; dispersion needs a window before and one after")
    both = set(windows["pre"]) & set(windows["post"])
    if both:
        raise StudyError(f"period: {sorted(both)[0]} is in both windows; allowed: windows without a common year")
    return sorted({*windows["pre"], *windows["post"]})


def _yearly_rows(panel: pd.DataFrame, outcome: str, years: list[int]) -> pd.DataFrame:
    wanted = (panel["indicator"] == outcome) & (panel["level"] == "municipality") & panel["year"].notna()
    rows = panel.loc[wanted, ["nis", "beleidsveld", "year", "value"]].astype({"year": "int64"})
    if rows.empty:
        raise StudyError(f"outcome {outcome!r} has no yearly values per municipality in the panel")
    absent = [year for year in years if year not in set(rows["year"])]
    if absent:
        raise StudyError(f"period: no {outcome} in {absent[0]}; years present: {sorted(rows['year'].unique())}")
    twice = rows.duplicated(["nis", "beleidsveld", "year"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise StudyError(f"panel: {outcome} twice for nis {row['nis']}, {row['beleidsveld']}, {row['year']}")
    return rows


def _paired(wide: pd.DataFrame, code: str, excluded: Mapping[str, Sequence[str]], ledger: Ledger) -> pd.DataFrame:
    columns = list(wide.columns)
    wide = wide.rename_axis(columns=None).reset_index(names="nis")
    ledger.start(len(wide), f"{code}: municipalities")
    for rule, members in excluded.items():
        wide = ledger.keep(wide, ~wide["nis"].isin(list(members)), "outlier rule", f"{code}: {rule}")
    # ASSUME: every column, so that each dispersion is over the same municipalities.
    span = "window" if columns == list(WINDOWS) else "year"
    complete = wide[columns].notna().all(axis=1)
    wide = ledger.keep(wide, complete, "missing outcome", f"{code}: no figure in at least one {span}")
    positive = (wide[columns] > 0).all(axis=1)
    return ledger.keep(wide, positive, "not positive", f"{code}: zero or negative in at least one {span}")


class _Draws:
    """Dispersion of one column under many count vectors at once; all results are draws long."""

    def __init__(self, values: np.ndarray, counts: np.ndarray):
        order = np.argsort(values, kind="stable")
        self.x, self.w = values[order], counts[:, order]
        self.cumulative = np.cumsum(self.w, axis=1)
        self.n = self.cumulative[:, -1]

    def _sd(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        centre = x.mean()
        mean = self.w @ (x - centre) / self.n
        squares = self.w @ (x - centre) ** 2 - self.n * mean**2
        return centre + mean, np.sqrt(squares / (self.n - 1))

    def cv(self) -> np.ndarray:
        mean, sd = self._sd(self.x)
        return sd / mean

    def sd_log(self) -> np.ndarray:
        return self._sd(np.log(self.x))[1]

    def gini(self) -> np.ndarray:
        # A unit drawn w times holds ranks C+1..C+w, and the sum over them of 2r - n - 1 is w (2C + w - n).
        middle = 2 * self.cumulative - self.w - self.n[:, None]
        return (self.w * middle) @ self.x / (self.n * (self.w @ self.x))

    def _order_statistic(self, rank: np.ndarray) -> np.ndarray:
        return self.x[(self.cumulative < rank[:, None]).sum(axis=1)]

    def _percentile(self, level: float) -> np.ndarray:
        place = np.clip(self.n * level + 0.5, 1, self.n)
        below = np.floor(place)
        low = self._order_statistic(below)
        return low + (place - below) * (self._order_statistic(np.minimum(below + 1, self.n)) - low)

    def p90_p10(self) -> np.ndarray:
        return self._percentile(0.9) / self._percentile(0.1)


def window_dispersion(sample: FieldSample, counts: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Mean yearly dispersion per measure: draws x (pre, post); without counts, one row from the sample."""
    names = list(MEASURES)
    if counts is None:
        yearly = np.stack([MEASURES[name](sample.values) for name in names])[:, :, None]
    else:
        drawn = [_Draws(column, counts[:, sample.units]) for column in sample.values.T]
        yearly = np.stack([[getattr(draw, name)() for draw in drawn] for name in names])
    windows = [yearly[:, sample.windows[window]].mean(axis=1) for window in WINDOWS]
    return {name: np.stack([window[i] for window in windows], axis=-1) for i, name in enumerate(names)}


def dispersion_change(samples, n_units, draws, confidence, rng, basis: str) -> Fit:
    """R4: per field, each measure before, after, and the difference (terms cv_pre, cv_post, cv_change)."""
    counts = draw_counts(n_units, draws, rng)
    rows = []
    for sample in samples:
        point, drawn = window_dispersion(sample), window_dispersion(sample, counts)
        for name in MEASURES:
            for term, weights, null in (
                ("pre", (1, 0), None),
                ("post", (0, 1), None),
                ("change", (-1, 1), 0.0),
            ):
                values = point[name] @ weights, drawn[name] @ weights
                rows.append(_row(sample.code, f"{name}_{term}", *values, null, confidence))
    return _fit(rows, samples, COVARIANCE.format(basis=BASES[basis], draws=draws))


def dispersion_ratio(samples, n_units, draws, confidence, rng, basis: str, groups: Mapping[str, Sequence[str]]) -> Fit:
    """E1: per field, post / pre of sd of ln, CV and Gini, ln of the sd ratio, and Pitman-Morgan.

    groups: name -> field codes; each gets an equation with the mean ln ratio over its fields that have an
    estimate (ratios: the exponential of that mean), from the same draws; two groups also get their difference.
    """
    counts = draw_counts(n_units, draws, rng)
    point = {sample.code: _log_ratios(window_dispersion(sample)) for sample in samples}
    drawn = {sample.code: _log_ratios(window_dispersion(sample, counts)) for sample in samples}
    rows = []
    for sample in samples:
        rows += _ratio_rows(sample.code, point[sample.code], drawn[sample.code], confidence)
        rows.append(_pitman_morgan(sample, confidence))
    means = _group_means(point, drawn, groups)
    for group, (own_point, own_drawn) in means.items():
        rows += _ratio_rows(group, own_point, own_drawn, confidence)
    if len(means) == 2:
        (first, (a, drawn_a)), (second, (b, drawn_b)) = means.items()
        difference = a["sd_log"] - b["sd_log"], drawn_a["sd_log"] - drawn_b["sd_log"]
        rows.append(_row(f"{first}-{second}", "log_sd_ratio", *difference, 0.0, confidence))
    years = [int(samples[0].windows[window].sum()) for window in WINDOWS]
    warnings = [UNEQUAL.format(*years)] if years[0] != years[1] else []
    return _fit(rows, samples, f"{COVARIANCE.format(basis=BASES[basis], draws=draws)}; {PITMAN_MORGAN}", warnings)


def _group_means(point: dict, drawn: dict, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[dict, dict]]:
    """Mean ln ratios over the fields of each group that have an estimate: in the sample, and per draw."""
    means = {}
    for group, members in groups.items():
        codes = [code for code in members if code in point]
        if codes:
            names = point[codes[0]]
            means[group] = tuple(
                {name: np.mean([by[c][name] for c in codes], axis=0) for name in names} for by in (point, drawn)
            )
    return means


def _log_ratios(dispersion: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.log(values[:, 1] / values[:, 0]) for name, values in dispersion.items() if name != "p90_p10"}


def _ratio_rows(equation: str, point: dict, drawn: dict, confidence: float) -> list[dict[str, object]]:
    rows = []
    for term in RATIOS:
        name = term.removesuffix("_ratio")
        rows.append(_row(equation, term, np.exp(point[name]), np.exp(drawn[name]), 1.0, confidence))
    rows.append(_row(equation, "log_sd_ratio", point["sd_log"], drawn["sd_log"], 0.0, confidence))
    return rows


def _row(equation, term, estimate, drawn, null, confidence) -> dict[str, object]:
    """One estimate with its bootstrap; null: the value without change, None where a test means nothing."""
    drawn = np.reshape(drawn, (-1, 1))
    low, high = bias_corrected_interval(estimate, drawn, confidence)
    error = float(np.nanstd(drawn, ddof=1))
    row = dict.fromkeys(COEFFICIENT_COLUMNS, np.nan) | {"equation": equation, "term": term, "block": ""}
    row |= {"estimate": float(estimate[0]), "std_error": error, "ci_low": low[0], "ci_high": high[0]}
    if null is not None:
        row |= {"statistic": (float(estimate[0]) - null) / error}
        row |= {"p_value": float(bootstrap_p(estimate, drawn, null)[0])}
    return row


def _pitman_morgan(sample: FieldSample, confidence: float) -> dict[str, object]:
    """Correlation of sum and difference of the period means of ln y: positive where variance rose."""
    from scipy.special import ndtri, stdtr

    before, after = (np.log(sample.values[:, sample.windows[window]]).mean(axis=1) for window in WINDOWS)
    n = len(before)
    r = float(np.corrcoef(after + before, after - before)[0, 1])
    statistic = r * np.sqrt((n - 2) / (1 - r**2))
    half = ndtri(0.5 + confidence / 2) / np.sqrt(n - 3)
    row = dict.fromkeys(COEFFICIENT_COLUMNS, np.nan) | {
        "equation": sample.code,
        "term": "pitman_morgan",
        "block": "",
    }
    row |= {"estimate": r, "std_error": float(np.sqrt((1 - r**2) / (n - 2))), "statistic": float(statistic)}
    row |= {"p_value": float(2 * stdtr(n - 2, -abs(statistic)))}
    return row | {
        "ci_low": float(np.tanh(np.arctanh(r) - half)),
        "ci_high": float(np.tanh(np.arctanh(r) + half)),
    }


def _fit(rows: list[dict[str, object]], samples: list[FieldSample], covariance: str, warnings=()) -> Fit:
    units = np.unique(np.concatenate([sample.units for sample in samples]))
    return Fit(
        coefficients=pd.DataFrame(rows, columns=COEFFICIENT_COLUMNS),
        n_obs=sum(sample.values.size for sample in samples),
        n_units=len(units),
        n_clusters=len(units),
        covariance=covariance,
        warnings=list(warnings),
    )
