"""Location-scale models, recentred influence functions, and whole fields permuted."""

import numpy as np
import pandas as pd

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.dispersion import FieldSample
from beleidsvrijheid.models.estimate_rows import bootstrapped_row
from beleidsvrijheid.models.field_ols import field_ols, field_terms
from beleidsvrijheid.models.field_permutation import field_contrast
from beleidsvrijheid.models.field_sample import LongSample
from beleidsvrijheid.models.fit import coefficient_table
from beleidsvrijheid.models.harvey import LocationScale, likelihood_ratio, location_scale
from beleidsvrijheid.models.location_scale import permutation_row, permute_labels, reform_problem
from beleidsvrijheid.models.rif import rif_regression
from validation.case import Case, Found, from_row, from_table, tested

YEARS, FIELDS, TREATED, DRAWS = 4, 9, 4, 199
PREDICTORS = ["staff", "size"]
PLAIN = ", plain sandwich (not used)"


def _variance_table(found: LocationScale, errors: np.ndarray | None = None) -> pd.DataFrame:
    """Rows of the ln variance as estimate_location_scale publishes them: t with G - 1 degrees of freedom."""
    spread = np.ones(len(found.variance_terms))
    options = found.n_clusters - 1, 0.95, spread, 1.0, "log_variance"
    errors = found.errors()[1] if errors is None else errors
    return coefficient_table(found.variance_terms, found.variance, errors, *options)


def _both_errors(found: LocationScale, terms: dict[str, tuple[str, str]]) -> dict[str, Found]:
    """Each term with the jackknife, which is used, and with the plain sandwich, which is not."""
    plain = np.sqrt(np.diag(found.sandwich))[len(found.mean_terms) :]
    rows = from_table(_variance_table(found, plain), terms)
    return from_table(_variance_table(found), terms) | {f"{name}{PLAIN}": row for name, row in rows.items()}


def _cross_section(rng: np.random.Generator) -> dict[str, Found]:
    n = 285
    x = pd.DataFrame({"planted": rng.normal(size=n), "nothing": rng.normal(size=n), "skewed": rng.gamma(2.0, size=n)})
    log_variance = 0.4 * x["planted"] - 0.2 * x["skewed"]
    outcome = 0.3 * x["nothing"] + np.exp(log_variance / 2) * rng.normal(size=n)
    found = location_scale(outcome.to_numpy(), x, x, np.arange(n), None, None)
    names = {name: ("log_variance", name) for name in ("planted", "nothing")}
    ratio = tested(likelihood_ratio(found, ["nothing"])[1])
    return from_table(_variance_table(found), names) | {"likelihood ratio": ratio}


def _long(rng: np.random.Generator, d: float, h: float, same: float, n: int) -> LongSample:
    """Municipality x field x year; two years before and two after. same: share of the variance that stays in a field."""
    z = rng.normal(size=(n, len(PREDICTORS)))
    z = (z - z.mean(axis=0)) / z.std(axis=0, ddof=1)
    unit, field, time = (index.ravel() for index in np.indices((n, FIELDS, YEARS)))
    reformed, post = (field < TREATED).astype(float), (time >= YEARS // 2).astype(float)
    both = reformed * post
    log_variance = -1 + 0.1 * (field % 3) + 0.05 * time + d * both - 0.3 * z[unit, 1] + h * both * z[unit, 0]
    kept, fresh = rng.normal(size=(n, FIELDS)), rng.normal(size=len(unit))
    error = np.sqrt(same) * kept[unit, field] + np.sqrt(1 - same) * fresh
    outcome = 3 + 0.5 * field + 0.1 * time + 0.2 * z[unit, 1] + np.exp(log_variance / 2) * error
    rows = {"nis": np.char.zfill(unit.astype(str), 5), "field": np.char.add("0", (60 + field).astype(str))}
    rows |= {"time": 2014 + time, "reformed": reformed, "post": post, "outcome": outcome}
    frame = pd.DataFrame(rows | dict(zip(PREDICTORS, z[unit].T, strict=True)))
    return LongSample(frame, {"capacity": ["staff"], "scale": ["size"]}, [], pd.DataFrame(), [])


def _mean_by_field(rng: np.random.Generator) -> dict[str, Found]:
    """The mean equation of the same rows, with .2 added after the reform and .1 per standard deviation of staff."""
    sample = _long(rng, 0.0, 0.0, 0.5, 100)
    both = sample.frame["reformed"] * sample.frame["post"]
    sample.frame["outcome"] += both * (0.2 + 0.1 * sample.frame["staff"])
    effects = ["municipality", "beleidsveld", "year"]
    fit = field_ols(sample, field_terms(sample, effects)[0], effects, 0.95)
    terms = {
        "reform": ("mean", "reform"),
        "reform x staff": ("mean", "reform:staff"),
        "reform x size": ("mean", "reform:size"),
    }
    return from_table(fit.coefficients, terms)


REFORM_TERMS = {"d": ("log_variance", "reform"), "h staff": ("log_variance", "reform:staff")}
REFORM_TERMS |= {"h size": ("log_variance", "reform:size")}
REFORM_TRUTH = {"d": 0.3, "h staff": 0.2, "h size": 0.0}


def _reform(rng: np.random.Generator) -> dict[str, Found]:
    found = reform_problem(_long(rng, 0.3, 0.2, 0.5, 100)).fit()
    return _both_errors(found, REFORM_TERMS)


def _reform_null(rng: np.random.Generator) -> dict[str, Found]:
    sample = _long(rng, 0.0, 0.0, 0.5, 100)
    problem = reform_problem(sample)
    found = problem.fit()
    tests = {"Wald of h": tested(found.wald(problem.tested["h"], 0.05).p_value)}
    tests["fields permuted"] = tested(permutation_row(sample, DRAWS, rng)["p_value"])
    return _both_errors(found, {"d": REFORM_TERMS["d"]}) | tests


def _reform_independent(rng: np.random.Generator) -> dict[str, Found]:
    problem = reform_problem(_long(rng, 0.0, 0.0, 0.0, 60))
    found = problem.fit()
    return {f"likelihood ratio of {name}": tested(likelihood_ratio(found, problem.tested[name])[1]) for name in "dh"}


# y = b z + s exp(g z / 2) e, z and e standard normal: E[(y - E y)^2 | z] projects on z with slope s^2 g exp(g^2 / 2).
RIF_N, RIF_DRAWS, B, G, RISE = 285, 499, 0.5, 0.3, 1.4
SPREAD = np.exp(G**2 / 2)
BEFORE, AFTER = B**2 + SPREAD, B**2 + RISE * SPREAD
RIF_TRUTH = {"variance post": AFTER - BEFORE, "variance z": G * SPREAD, "variance post:z": (RISE - 1) * G * SPREAD}
RIF_TRUTH |= {"log_variance post": np.log(AFTER / BEFORE), "log_variance z": G * SPREAD / BEFORE}
RIF_TRUTH |= {"log_variance post:z": G * SPREAD * (RISE / AFTER - 1 / BEFORE)}
RIF_TERMS = ("post", "z", "post:z")


def _rif_rows(rng: np.random.Generator, values: np.ndarray, z: np.ndarray, measures: tuple) -> dict[str, Found]:
    """values: n x (before, after)."""
    post, units = np.tile([0.0, 1.0], len(z)), np.repeat(np.arange(len(z)), 2)
    design = np.column_stack([post, z[units], post * z[units], np.ones(len(units))])
    counts = np.vstack([np.ones(len(z)), draw_counts(len(z), RIF_DRAWS, rng)])
    rows = {}
    for measure in measures:
        drawn = rif_regression(values.ravel(), design, post, units, measure, counts)
        for at, term in enumerate(RIF_TERMS):
            row = bootstrapped_row(measure, term, drawn[0, at], drawn[1:, at], 0.95, 0.0)
            rows[f"{measure} {term}"] = from_row(row)
    return rows


def _rif(rng: np.random.Generator) -> dict[str, Found]:
    z = rng.normal(size=RIF_N)
    errors = rng.normal(size=(RIF_N, 2)) * np.sqrt([1.0, RISE])
    values = B * z[:, None] + np.exp(G * z / 2)[:, None] * errors
    return _rif_rows(rng, values, z, ("variance", "log_variance"))


def _rif_gini(rng: np.random.Generator) -> dict[str, Found]:
    """Lognormal amounts that have nothing to do with z and the same spread in both periods."""
    kept = rng.normal(size=(RIF_N, 1))
    values = np.exp(0.5 * (np.sqrt(0.5) * kept + np.sqrt(0.5) * rng.normal(size=(RIF_N, 2))))
    return _rif_rows(rng, values, rng.normal(size=RIF_N), ("gini",))


def _field_permutation(rng: np.random.Generator) -> dict[str, Found]:
    """Twelve fields, five treated, every ln dispersion rises alike; spending of a municipality stays alike over time."""
    n, fields = 100, 12
    kept = rng.normal(size=(n, fields, 1)) + rng.normal(size=(n, 1, 1))
    logs = np.linspace(0.3, 0.6, fields)[:, None] * (kept + rng.normal(size=(n, fields, YEARS)))
    logs *= np.where(np.arange(YEARS) < YEARS // 2, 1.0, 1.2)
    windows = {"pre": np.arange(YEARS) < YEARS // 2, "post": np.arange(YEARS) >= YEARS // 2}
    samples = [FieldSample(str(i), np.exp(logs[:, i]), np.arange(n), windows) for i in range(fields)]
    treated = [str(i) for i in range(0, fields, 2)][:5]
    contrast = field_contrast(samples, treated, "sd_log", draw_counts(n, 499, rng))
    row = bootstrapped_row("mean", "reform", contrast.estimate, contrast.draws, 0.95, 0.0)
    p_value = permute_labels(contrast.change, contrast.treated, 999, rng)[1]
    return {"d": from_row(row | {"p_value": p_value})}


FLAT = dict.fromkeys((f"gini {term}" for term in RIF_TERMS), 0.0)
CASES = [
    Case(
        "field_ols, clustered",
        "100 x 9 fields x 4 years, errors that remember",
        {"reform": 0.2, "reform x staff": 0.1, "reform x size": 0.0},
        _mean_by_field,
        ("reform x size",),
    ),
    Case(
        "location_scale, cross-section (S2)",
        "N = 285, three columns in both equations",
        {"planted": 0.4, "nothing": 0.0},
        _cross_section,
        ("nothing",),
        tests=("likelihood ratio",),
    ),
    Case(
        "location_scale, reform (E3)",
        "100 x 9 fields x 4 years, half the variance stays in a municipality's field",
        REFORM_TRUTH | {f"{name}{PLAIN}": value for name, value in REFORM_TRUTH.items()},
        _reform,
        ("h size", f"h size{PLAIN}"),
    ),
    Case(
        "location_scale, reform (E3), nothing planted",
        "as above, 126 labellings of the fields",
        {"d": 0.0, f"d{PLAIN}": 0.0},
        _reform_null,
        ("d", f"d{PLAIN}"),
        tests=("Wald of h", "fields permuted"),
    ),
    Case(
        "location_scale, reform (E3), rows independent",
        "60 x 9 fields x 4 years",
        {},
        _reform_independent,
        tests=("likelihood ratio of d", "likelihood ratio of h"),
    ),
    Case("rif, variance and ln variance (E5)", "285 x 2 periods, B = 499", RIF_TRUTH, _rif),
    Case("rif, Gini (E5)", "285 x 2 periods, lognormal, B = 499", FLAT, _rif_gini, tuple(FLAT)),
    Case(
        "field_permutation (E2)",
        "100 x 12 fields x 4 years, 5 treated, B = 499",
        {"d": 0.0},
        _field_permutation,
        ("d",),
    ),
]
