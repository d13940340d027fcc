"""One specification from panel to results: sample, fit, tests and attribution, by estimator."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from beleidsvrijheid.attribution import (
    ATTRIBUTION_COLUMNS,
    INTERVAL_COVERAGE,
    INTERVAL_METHOD,
    attribute,
    residual_r2,
)
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import COVARIANCES_OF
from beleidsvrijheid.inference import (
    INFERENCE_COLUMNS,
    bootstrap_p,
    draw_counts,
    equivalence,
    inference_table,
    not_applicable,
    r2_interval,
    r2_non_inferiority,
)
from beleidsvrijheid.models.dispersion import RATIOS, dispersion_change, dispersion_ratio, dispersion_samples
from beleidsvrijheid.models.fit import Fit, Refusal, empty_coefficients
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.quantile import quantile_regression
from beleidsvrijheid.models.rank import centred_scaled, codes, within
from beleidsvrijheid.models.resampling import slope_draws
from beleidsvrijheid.models.sample import LEDGER_COLUMNS, Sample, build_sample
from beleidsvrijheid.models.share import share
from beleidsvrijheid.models.validation import assign_folds, cross_validated_r2
from beleidsvrijheid.outputs import data_source_label

FIT_KEYS = [
    "covariance",
    "clustered_convention",
    "n_obs",
    "n_units",
    "n_clusters",
    "r2",
    "r2_adjusted",
    "r2_cv",
    "log_likelihood",
    "aic",
]
RESAMPLED = "bootstrap over municipalities"


@dataclass(frozen=True)
class Estimation:
    """Everything one specification gives; a refused one has a reason, its ledger and empty tables."""

    fit: Fit | None
    ledger: pd.DataFrame
    sample_sha256: str = ""
    reason: str = ""
    inference: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=INFERENCE_COLUMNS))
    attribution: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=ATTRIBUTION_COLUMNS))
    residual_r2: dict[str, float] | None = None

    @property
    def estimates(self) -> pd.DataFrame:
        """Coefficients, or their header alone."""
        return empty_coefficients() if self.fit is None else self.fit.coefficients


def fit_record(estimation: Estimation, specification: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What fits/{specification}.json holds; a refused specification has null where there is no number."""
    fit = estimation.fit
    return {key: getattr(fit, key, None) for key in FIT_KEYS} | {
        "status": "refused" if fit is None else "estimated",
        "reason": estimation.reason,
        "warnings": [] if fit is None else list(fit.warnings),
        "estimator": specification["estimator"],
        "outcome": specification["outcome"],
        "beleidsveld": specification.get("beleidsveld") or "",
        "seed": settings["seed"],
        "sample_sha256": estimation.sample_sha256,
        "residual_r2": estimation.residual_r2,
        "attribution_interval": "" if estimation.attribution.empty else f"{INTERVAL_METHOD}; {INTERVAL_COVERAGE}",
        "data_source": data_source_label(settings["data_source"]),
    }


def generator(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one specification: its own stream of the study's one seed."""
    return np.random.default_rng([seed, crc32(name.encode())])


def estimate(
    panel: pd.DataFrame, specification: Mapping[str, Any], settings: Mapping[str, Any], name: str
) -> Estimation:
    """Estimate one resolved specification.

    panel: see sample.build_sample. settings: equivalence, inference, seed, exclusions, windows, groups,
    categorical, minimum_municipalities. name: the specification's id, for messages and its random stream.
    Raises StudyError, its message opening with the specification's key; data that cannot carry it give a
    refusal.
    """
    rng = generator(settings["seed"], name)
    try:
        estimator = _estimator(specification)
        if estimator.startswith("dispersion"):
            return _dispersion(panel, specification, settings, rng)
        return _from_sample(panel, specification, settings, rng)
    except Refusal as refusal:
        ledger = refusal.ledger if refusal.ledger is not None else pd.DataFrame(columns=LEDGER_COLUMNS)
        return Estimation(fit=None, ledger=ledger, reason=refusal.reason)
    except StudyError as mistake:
        raise StudyError(f"config.yaml: specifications.{name}: {mistake}") from mistake


def _estimator(specification: Mapping[str, Any]) -> str:
    estimator = specification.get("estimator")
    if estimator not in COVARIANCES_OF:
        raise StudyError(f"estimator: {estimator!r}; allowed: {', '.join(COVARIANCES_OF)}")
    covariance = (specification.get("covariance") or {}).get("type")
    if covariance not in COVARIANCES_OF[estimator]:
        allowed = ", ".join(COVARIANCES_OF[estimator])
        raise StudyError(f"covariance.type: {covariance!r} with estimator {estimator}; allowed: {allowed}")
    return estimator


def _from_sample(panel, specification, settings, rng) -> Estimation:
    sample = build_sample(panel, specification, settings["exclusions"], settings["categorical"])
    n_units, minimum = sample.frame["nis"].nunique(), settings["minimum_municipalities"]
    if n_units < minimum:
        raise Refusal(f"{n_units} municipalities, fewer than {minimum}", sample.ledger)
    try:
        fit, tests, attribution, residual = _ESTIMATORS[specification["estimator"]](
            sample, specification, settings, rng
        )
    except Refusal as refusal:
        raise Refusal(refusal.reason, sample.ledger) from refusal
    blocks = [sample.block_of.get(term, "") for term in fit.coefficients["term"]]
    fit = replace(fit, coefficients=fit.coefficients.assign(block=blocks), warnings=sample.warnings + fit.warnings)
    return Estimation(fit, sample.ledger, sample.sha256, "", tests, attribution, residual)


def _parts(sample: Sample) -> tuple[np.ndarray, pd.DataFrame]:
    frame = sample.frame.set_index("nis")
    return frame[sample.outcome].to_numpy(float), frame[sample.regressors].astype(float)


def _ols(sample: Sample, specification, settings, rng):
    outcome, regressors = _parts(sample)
    confidence, draws = settings["inference"]["confidence"], settings["inference"]["draws"]
    clusters = sample.frame["nis"].rename("municipality")
    fit = ols(outcome, regressors, specification["covariance"]["type"], clusters, confidence)
    fold = assign_folds(np.arange(len(outcome)), rng)
    ones = np.ones((len(outcome), 1))
    design = np.column_stack([centred_scaled(regressors.to_numpy(float))[0], ones])
    fit = replace(fit, r2_cv=cross_validated_r2(outcome, design, ones, fold))
    blocks = {name: regressors[columns].to_numpy() for name, columns in sample.blocks.items() if columns}
    controls = regressors[sample.controls].to_numpy()
    attribution = attribute(outcome, blocks, controls, fold, draws, confidence, rng)
    r2, n, k, rank = residual_r2(outcome, blocks, controls)
    low, high = r2_interval(r2, n, k, confidence)
    residual = {"r2": r2, "ci_low": low, "ci_high": high, "n": n, "k": k, "controls_rank": rank}
    rows = _r2_rows(r2, n, k, settings["equivalence"]) + _equivalence_rows(fit, sample, settings["equivalence"])
    rows += _bootstrap_rows(fit, outcome, design, np.arange(len(outcome)), sample, draws, rng)
    return fit, inference_table(rows), attribution, residual


def _r2_rows(r2: float, n: int, k: int, bounds: Mapping[str, Any]) -> list[dict[str, object]]:
    rows = []
    for bound in bounds["r2_bounds"]:
        test = r2_non_inferiority(r2, n, k, bound, bounds["alpha"])
        values = ["r2_non_inferiority", "blocks", bound, r2, test.statistic, test.critical, test.p_value]
        rows.append(dict(zip(INFERENCE_COLUMNS, [*values, test.power, test.verdict], strict=True)))
    return rows


def _equivalence_rows(fit: Fit, sample: Sample, bounds: Mapping[str, Any]) -> list[dict[str, object]]:
    table = fit.coefficients.set_index("term").loc[sample.block_columns]
    spread = sample.frame[sample.block_columns].std() / sample.frame[sample.outcome].std()
    errors = table["std_error"] * spread
    return [
        equivalence(term, table.at[term, "standardised"], errors[term], fit.df, bound, bounds["alpha"])
        for bound in bounds["coefficient_bounds"]
        for term in sample.block_columns
    ]


def _bootstrap_rows(fit, outcome, design, units, sample: Sample, draws: int, rng) -> list[dict[str, object]]:
    """p of each block column from resampled municipalities; design: the regressors, scaled, before other columns."""
    names = sample.regressors
    counts = draw_counts(units.max() + 1, draws, rng)
    point = slope_draws(outcome, design, units, np.ones((1, units.max() + 1)))[0]
    drawn = slope_draws(outcome, design, units, counts)
    p_values = bootstrap_p(point, drawn, 0.0)
    table = fit.coefficients.set_index("term")
    return [
        _bootstrap_row(term, table.at[term, "estimate"], table.at[term, "statistic"], p_values[names.index(term)])
        for term in sample.block_columns
    ]


def _bootstrap_row(term: str, value: float, statistic: float, p_value: float, null=0.0) -> dict[str, object]:
    row = dict.fromkeys(INFERENCE_COLUMNS, np.nan) | {"test": "bootstrap", "term": term, "verdict": RESAMPLED}
    return row | {"estimate": value, "statistic": statistic, "bound": null, "p_value": p_value}


def _not_least_squares(estimator: str) -> list[dict[str, object]]:
    reason = f"{estimator}: only for least squares on one row per municipality"
    return [not_applicable(test, reason) for test in ("r2_non_inferiority", "equivalence")]


def _no_attribution() -> pd.DataFrame:
    return pd.DataFrame(columns=ATTRIBUTION_COLUMNS)


def _panel_ols(sample: Sample, specification, settings, rng):
    outcome, regressors = _parts(sample)
    effects = specification.get("effects") or []
    frame, confidence = sample.frame, settings["inference"]["confidence"]
    covariance = specification["covariance"]["type"]
    fit = panel_ols(outcome, regressors, frame["nis"], frame["year"], effects, covariance, confidence)
    moved, baseline, units = _panel_design(outcome, regressors, frame, effects)
    design = np.column_stack([moved[:, 1:], baseline])
    r2_cv = cross_validated_r2(moved[:, 0], design, baseline, assign_folds(units, rng))
    rows = _not_least_squares("panel_ols")
    rows += _bootstrap_rows(fit, moved[:, 0], design, units, sample, settings["inference"]["draws"], rng)
    return replace(fit, r2_cv=r2_cv), inference_table(rows), _no_attribution(), None


def _panel_design(outcome, regressors, frame, effects) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome and scaled regressors without municipality effects; columns for years or the constant; unit codes.

    Taking out a municipality's mean needs no other municipality, so resampling and held-out folds stay exact;
    year effects do need the others, so they are columns to estimate again each time.
    """
    units, years = codes(frame["nis"]), codes(frame["year"])
    scaled = np.column_stack([outcome, centred_scaled(regressors.to_numpy())[0]])
    year_columns = (years[:, None] == np.unique(years)[1:]).astype(float)
    baseline = year_columns if "year" in effects else np.empty((len(frame), 0))
    if "municipality" in effects:
        both = within(np.column_stack([scaled, baseline]), units, years, ["municipality"])
        return both[:, : scaled.shape[1]], both[:, scaled.shape[1] :], units
    return scaled, np.column_stack([baseline, np.ones(len(frame))]), units


def _quantile(sample: Sample, specification, settings, rng):
    outcome, regressors = _parts(sample)
    inference = settings["inference"]
    fit = quantile_regression(
        outcome, regressors, specification["quantiles"], inference["draws"], inference["confidence"], rng
    )
    return fit, _tests_of_bootstrapped(fit, "quantile", set(sample.block_columns)), _no_attribution(), None


def _tests_of_bootstrapped(fit: Fit, estimator: str, terms: set[str] | None = None) -> pd.DataFrame:
    table = fit.coefficients
    table = table[table["p_value"].notna() & (table["term"].isin(terms) if terms else True)]
    rows = [
        _bootstrap_row(
            f"{row.equation}:{row.term}", row.estimate, row.statistic, row.p_value, float(row.term in RATIOS)
        )
        for row in table.itertuples()
        if row.term != "pitman_morgan"
    ]
    return inference_table(_not_least_squares(estimator) + rows)


def _share(sample: Sample, specification, settings, rng):
    fit = share(_parts(sample)[0], specification.get("threshold"), settings["inference"]["confidence"])
    return fit, inference_table(_not_least_squares("share")), _no_attribution(), None


_ESTIMATORS = {"ols": _ols, "panel_ols": _panel_ols, "quantile": _quantile, "share": _share}


def _dispersion(panel, specification, settings, rng) -> Estimation:
    estimator, groups = specification["estimator"], settings["groups"]
    names = specification.get("fields") or list(groups)
    fields = list(dict.fromkeys(code for name in names for code in groups.get(name, [name])))
    excluded = _excluded(specification, settings["exclusions"])
    samples, n_units, ledger = dispersion_samples(
        panel,
        specification["outcome"],
        fields,
        settings["windows"],
        excluded,
        settings["minimum_municipalities"],
        specification["dispersion"],
    )
    inference = settings["inference"]
    options = samples, n_units, inference["draws"], inference["confidence"], rng, specification["dispersion"]
    pooled = {name: [code for code in codes if code in fields] for name, codes in groups.items()}
    fit = dispersion_change(*options) if estimator == "dispersion_change" else dispersion_ratio(*options, pooled)
    fit = replace(fit, warnings=ledger.warnings + fit.warnings)
    return Estimation(fit, ledger.frame(), dispersion_sha256(samples), "", _tests_of_bootstrapped(fit, estimator))


def _excluded(specification, exclusions) -> dict[str, list[str]]:
    rules = (specification.get("sample") or {}).get("exclude") or []
    for rule in rules:
        if rule not in exclusions:
            allowed = ", ".join(sorted(exclusions)) or "none"
            raise StudyError(f"sample.exclude: unknown outlier rule {rule!r}; allowed: {allowed}")
    return {rule: exclusions[rule] for rule in rules}


def dispersion_sha256(samples) -> str:
    """Hash of the values per field, municipalities in sorted order, ten significant digits."""
    from hashlib import sha256

    content = sha256()
    for sample in samples:
        table = pd.DataFrame(sample.values).assign(unit=sample.units)
        content.update(sample.code.encode() + table.to_csv(index=False, float_format="%.10g").encode())
    return content.hexdigest()
