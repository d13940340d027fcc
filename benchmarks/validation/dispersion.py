"""Dispersion before and after, by group, and inequality: lognormal amounts, for which every measure has a closed form."""

import numpy as np

from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.dispersion import FieldSample, dispersion_change, dispersion_ratio
from beleidsvrijheid.models.dispersion_by_group import dispersion_by_group
from beleidsvrijheid.models.estimate_rows import bootstrapped_row
from beleidsvrijheid.models.inequality import TERMS, inequality, permuted_shares
from validation.case import Case, Found, from_row, from_table, tested

N, DRAWS = 201, 499
WINDOWS = {"pre": np.array([True, True, False, False]), "post": np.array([False, False, True, True])}
BEFORE, AFTER = 0.4, 0.48  # standard deviations of ln y


def _normal_below(x: np.ndarray | float) -> np.ndarray | float:
    from scipy.special import ndtr

    return ndtr(x)


def _measures(sd: float) -> dict[str, float]:
    """Of a lognormal distribution: sd of ln y, CV, Gini, P90/P10."""
    gini = 2 * float(_normal_below(sd / np.sqrt(2))) - 1
    return {"sd_log": sd, "cv": np.sqrt(np.expm1(sd**2)), "gini": gini, "p90_p10": np.exp(2 * 1.2815515655446004 * sd)}


def _amounts(rng: np.random.Generator, before: float, after: float) -> np.ndarray:
    """N x 4 years; half the variance of ln y stays with the municipality."""
    logs = np.sqrt(0.5) * (rng.normal(size=(N, 1)) + rng.normal(size=(N, 4)))
    return np.exp(logs * np.where(WINDOWS["post"], after, before))


def _samples(rng: np.random.Generator, spreads: dict[str, tuple[float, float]]) -> list[FieldSample]:
    return [FieldSample(code, _amounts(rng, *both), np.arange(N), WINDOWS) for code, both in spreads.items()]


def _change(rng: np.random.Generator) -> dict[str, Found]:
    samples = _samples(rng, {"070": (BEFORE, AFTER)})
    table = dispersion_change(samples, N, DRAWS, 0.95, rng, "yearly").coefficients
    return from_table(table, {name: ("070", name) for name in CHANGE})


def _ratio(rng: np.random.Generator) -> dict[str, Found]:
    samples = _samples(rng, {"070": (BEFORE, AFTER), "050": (BEFORE, BEFORE)})
    fields = {"reformed": ["070"], "comparison": ["050"]}
    table = dispersion_ratio(samples, N, DRAWS, 0.95, rng, "yearly", fields).coefficients
    return from_table(table, RATIO_TERMS)


def _by_group(rng: np.random.Generator) -> dict[str, Found]:
    groups = np.arange(N) % 3
    values = np.exp(np.array([BEFORE, BEFORE, AFTER])[groups] * rng.normal(size=N))
    table = dispersion_by_group(values, groups, DRAWS, 0.95, rng, "band").coefficients
    same = values[groups < 2], groups[groups < 2]
    null = dispersion_by_group(*same, DRAWS, 0.95, rng, "band").coefficients
    equal = from_table(null, {"ln sd ratio, equal": ("band=1-band=0", "log_sd_ratio")})
    return from_table(table, {"ln sd ratio": (GROUPS, "log_sd_ratio")} | GROUP_SHARES) | equal


# Three groups of equal size, ln y with means LEVELS and standard deviation BEFORE.
LEVELS = np.array([-0.2, 0.0, 0.3])


def _inequality_truth() -> dict[str, float]:
    means = np.exp(LEVELS + BEFORE**2 / 2)
    whole = means.mean()
    shares = means / whole
    between, within = float((shares * np.log(shares)).mean()), BEFORE**2 / 2
    spread = np.sqrt(2) * BEFORE
    apart = np.log(means[:, None] / means) / spread
    larger = means[:, None] * _normal_below(apart + spread / 2) + means * _normal_below(-apart + spread / 2)
    gini = float((2 * larger - means[:, None] - means).mean() / (2 * whole))
    gini_between = float(np.abs(means[:, None] - means).mean() / (2 * whole))
    values = [gini, gini_between, gini_between / gini, between + within, between, within, between / (between + within)]
    return dict(zip(TERMS, values, strict=True))


def _inequality(rng: np.random.Generator) -> dict[str, Found]:
    groups = np.arange(N) % 3
    values = np.exp(LEVELS[groups] + BEFORE * rng.normal(size=N))
    drawn = inequality(values, groups, np.vstack([np.ones(N), draw_counts(N, DRAWS, rng)]))
    rows = (bootstrapped_row("", term, own[0], own[1:], 0.95) for term, own in zip(TERMS, drawn.T, strict=True))
    found = {row["term"]: from_row(row) for row in rows}
    flat, weights = np.exp(BEFORE * rng.normal(size=N)), np.ones(N)
    share = inequality(flat, groups, weights[None])[0, -1]
    null = permuted_shares(flat, groups, weights, 199, rng)
    return found | {"groups permuted": tested((1 + (null >= share - 1e-12).sum()) / 200)}


MEASURED = _measures(BEFORE), _measures(AFTER)
CHANGE = {f"{name}_pre": MEASURED[0][name] for name in MEASURED[0]}
CHANGE |= {f"{name}_change": MEASURED[1][name] - MEASURED[0][name] for name in MEASURED[0]}
RATIO_TERMS = {"ln sd ratio": ("070", "log_sd_ratio"), "ln sd ratio, unchanged": ("050", "log_sd_ratio")}
RATIO_TERMS |= {"difference of groups": ("reformed-comparison", "log_sd_ratio")}
RATIO_TERMS |= {"Pitman-Morgan, unchanged": ("050", "pitman_morgan")}
RATIO_SHARES = {"cv ratio": ("070", "cv_ratio"), "gini ratio": ("070", "gini_ratio")}
RATIO_SHARES |= {"cv ratio, unchanged": ("050", "cv_ratio"), "gini ratio, unchanged": ("050", "gini_ratio")}
RATIO_TERMS |= RATIO_SHARES
RISE = np.log(AFTER / BEFORE)
RATIO_TRUTH = {"ln sd ratio": RISE, "ln sd ratio, unchanged": 0.0, "difference of groups": RISE}
RATIO_TRUTH |= {"Pitman-Morgan, unchanged": 0.0, "cv ratio, unchanged": 1.0, "gini ratio, unchanged": 1.0}
RATIO_TRUTH |= {f"{name} ratio": MEASURED[1][name] / MEASURED[0][name] for name in ("cv", "gini")}
GROUPS = "band=2-band=0"
GROUP_SHARES = {name: (GROUPS, f"{name}_ratio") for name in ("cv", "gini")}
GROUP_TRUTH = {"ln sd ratio": RISE, "ln sd ratio, equal": 0.0}
GROUP_TRUTH |= {name: MEASURED[1][name] / MEASURED[0][name] for name in GROUP_SHARES}
CASES = [
    Case("dispersion_change (R4)", "N = 201, 2 + 2 years, B = 499", CHANGE, _change, kind="share"),
    Case(
        "dispersion_ratio (E1)",
        "N = 201, 2 + 2 years, two fields, B = 499",
        RATIO_TRUTH,
        _ratio,
        ("ln sd ratio, unchanged", "Pitman-Morgan, unchanged", "cv ratio, unchanged", "gini ratio, unchanged"),
        shares=tuple(RATIO_SHARES),
    ),
    Case(
        "dispersion_by_group (F9)",
        "N = 201 in 3 groups, B = 499",
        GROUP_TRUTH,
        _by_group,
        ("ln sd ratio, equal",),
        shares=tuple(GROUP_SHARES),
    ),
    Case(
        "inequality (G1)",
        "N = 201 in 3 groups, B = 499; 199 permutations",
        _inequality_truth(),
        _inequality,
        kind="share",
        tests=("groups permuted",),
    ),
]
