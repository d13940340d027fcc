"""What the planted effects imply: population values computed on a very large draw of the same country."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace

import numpy as np

from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import (
    Municipalities,
    block_columns,
    draw_municipalities,
    shapley_shares,
)
from beleidsvrijheid.simulation.parameters import (
    BLOCKS,
    COMPARISON,
    COVARIATES,
    FAMILY,
    KEPT_SHARE,
    KEPT_THRESHOLD,
    N_UNITS,
    OPERATIONAL,
    POST_YEARS,
    PRE_YEARS,
    REFORMED,
    SMALLEST,
    WORLD_SEED,
    World,
)
from beleidsvrijheid.simulation.spending import (
    SCALE,
    Calibration,
    Planted,
    calibrate_amplitude,
    draw_habits,
    draw_year,
)

LARGE_DRAW = 60_000
CHUNK = 3_000
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class LargeDraw:
    """pre, post: (U, S) mean real EUR per inhabitant; yearly: {year: (U, F)} REFORMED, COMPARISON."""

    places: Municipalities
    calibration: Calibration
    pre: np.ndarray
    post: np.ndarray
    yearly: dict[int, np.ndarray]


def draw_population(n_units: int, seed: int = WORLD_SEED) -> Municipalities:
    """At least `n_units` units on the 285 geography, whole countries."""
    rng = np.random.default_rng([seed, 1])
    return draw_municipalities(draw_country(-(-n_units // N_UNITS), rng), rng)


def calibrate(places: Municipalities, world: World, planted: Planted) -> Calibration:
    """Weights of the amplitude, and the growth of leisure spending that keeps budgets up (claim F6)."""
    calibration = calibrate_amplitude(places.covariates, planted)
    pre, post, _ = _spend(places, slice(0, 2 * CHUNK), world, planted, calibration, [WORLD_SEED, 2])
    kept = post[:, world.is_leisure].sum(axis=1) / pre[:, world.is_leisure].sum(axis=1)
    shift = np.log(KEPT_THRESHOLD) - np.quantile(np.log(kept), 1 - KEPT_SHARE)
    return replace(calibration, leisure_shift=float(shift))


def draw_large(world: World, planted: Planted, n_units: int = LARGE_DRAW, threads: int = 1) -> LargeDraw:
    """Spending of `n_units` units in the pre- and post-period, in chunks; the same at any number of threads."""
    places = draw_population(n_units)
    calibration = calibrate(places, world, planted)

    def spend(start: int):
        seed = [WORLD_SEED, 3, start // CHUNK]
        return _spend(places, slice(start, start + CHUNK), world, planted, calibration, seed)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(spend, range(0, places.country.n_units, CHUNK)))
    return LargeDraw(
        places=places,
        calibration=calibration,
        pre=np.concatenate([part[0] for part in parts]),
        post=np.concatenate([part[1] for part in parts]),
        yearly={year: np.concatenate([part[2][year] for part in parts]) for year in parts[0][2]},
    )


def _spend(places, units, world, planted, calibration, seed):
    rng = np.random.default_rng(seed)
    habits = draw_habits(places, units, world, planted, calibration, rng)
    years = {
        year: draw_year(habits, year, world, planted, calibration.leisure_shift, rng) for year in PRE_YEARS + POST_YEARS
    }
    pre = sum(years[year] for year in PRE_YEARS) / len(PRE_YEARS)
    post = sum(years[year] for year in POST_YEARS) / len(POST_YEARS)
    return pre, post, {year: spent[:, _watched(world)] for year, spent in years.items()}


def _watched(world: World) -> list[int]:
    return [world.codes.index(code) for code in REFORMED + COMPARISON]


def portfolio_shift(pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """(U,) half the summed absolute change of shares (Duncan & Duncan 1955)."""
    before, after = (spent / spent.sum(axis=1, keepdims=True) for spent in (pre, post))
    return np.abs(after - before).sum(axis=1) / 2


def by_domain(spent: np.ndarray, world: World) -> np.ndarray:
    """(U, 10) spending per policy domain."""
    return np.column_stack([spent[:, world.domain == domain].sum(axis=1) for domain in range(10)])


def outcomes(large: LargeDraw, world: World) -> dict[str, np.ndarray]:
    """Outcomes of the default study that claims are made about, (U,) each; NaN where undefined."""
    reformed, operational = world.is_reformed, world.is_operational
    pre, post = large.pre, large.post

    def change(chosen: np.ndarray) -> np.ndarray:
        return np.abs(np.log(post[:, chosen].sum(axis=1) / pre[:, chosen].sum(axis=1)))

    return {
        "portfolio_shift_domains": portfolio_shift(by_domain(pre, world), by_domain(post, world)),
        "portfolio_shift_reformed": portfolio_shift(pre[:, reformed], post[:, reformed]),
        "portfolio_shift_all_stable": portfolio_shift(pre, post),
        "own_change_reformed": change(reformed),
        "own_change_operational": change(operational),
    }


def block_attribution(outcome: np.ndarray, covariates: np.ndarray, controls: np.ndarray | None) -> dict:
    """Shapley shares of R2 by block; with controls, of the R2 between what the controls leave over."""
    columns = np.column_stack([covariates, outcome])
    base = np.ones((len(outcome), 1)) if controls is None else np.column_stack([np.ones(len(outcome)), controls])
    columns = columns - base @ np.linalg.lstsq(base, columns, rcond=None)[0]
    moments = columns.T @ columns / len(columns)
    shares = shapley_shares(moments[:-1, :-1], moments[:-1, -1], moments[-1, -1], block_columns())
    return dict(zip(BLOCKS, shares, strict=True)) | {"total_r2": shares.sum()}


def quantile_slope(y: np.ndarray, x: np.ndarray, quantile: float, rounds: int = 200) -> float:
    """Slope of a linear quantile regression by reweighted least squares (Schlossmacher 1973)."""
    x = x - x.mean()
    beta = np.array([np.quantile(y, quantile), 0.0])
    floor = 1e-4 * y.std()
    for _ in range(rounds):
        residual = y - (beta[0] + beta[1] * x)
        weight = np.where(residual > 0, quantile, 1 - quantile) / np.maximum(np.abs(residual), floor)
        first, cross = weight.sum(), weight @ x
        weighted = weight * x
        new = np.linalg.solve([[first, cross], [cross, weighted @ x]], [weight @ y, weighted @ y])
        if np.abs(new - beta).max() < 1e-9:
            break
        beta = new
    return float(f"{new[1]:.5g}")  # what the stopping rule leaves is not the same on every processor


def dispersion(values: np.ndarray) -> dict[str, float]:
    """sd of ln, coefficient of variation and Gini of the positive values."""
    positive = np.sort(values[values > 0])
    rank = np.arange(1, positive.size + 1)
    return {
        "sd_log": np.log(positive).std(ddof=1),
        "cv": positive.std(ddof=1) / positive.mean(),
        "gini": ((2 * rank - positive.size - 1) * positive).sum() / (positive.size * positive.sum()),
    }


def dispersion_ratios(large: LargeDraw) -> dict[str, dict[str, float]]:
    """Post over pre of mean yearly dispersion: reformed and comparison fields, and the reformed sum."""
    series = {
        code: {year: spent[:, column] for year, spent in large.yearly.items()}
        for column, code in enumerate(REFORMED + COMPARISON)
    }
    reformed = slice(0, len(REFORMED))
    series["reformed"] = {year: spent[:, reformed].sum(axis=1) for year, spent in large.yearly.items()}
    ratios = {}
    for code, values in series.items():
        yearly = {year: dispersion(spent) for year, spent in values.items()}
        ratios[code] = {
            f"{measure}_ratio": np.mean([yearly[year][measure] for year in POST_YEARS])
            / np.mean([yearly[year][measure] for year in PRE_YEARS])
            for measure in ("sd_log", "cv", "gini")
        }
    return ratios


def population_values(large: LargeDraw, world: World, threads: int = 1) -> dict:
    """True values of the default study's outcomes; places under 1000 inhabitants left out."""
    covariates, places = large.places.covariates, large.places
    counted = np.exp(covariates[:, SCALE]) >= SMALLEST
    cluster = places.country.cluster[places.country.main_part]
    families = (FAMILY[cluster - 1][:, None] == np.arange(2, 7)).astype(float)
    controls = np.column_stack([families, places.dose])
    x, size = covariates[counted], covariates[counted, SCALE]

    def described(outcome: np.ndarray) -> dict:
        y = outcome[counted]
        slopes = {f"{quantile:g}": quantile_slope(y, size, quantile) for quantile in QUANTILES}
        return {
            "mean": y.mean(),
            "sd": y.std(),
            "r2_without_controls": block_attribution(y, x, None),
            "r2_after_controls": block_attribution(y, x, controls[counted]),
            "mean_slope_on_log_population": np.polyfit(size, y, 1)[0],
            "quantile_slopes_on_log_population": slopes,
            "quantile_slope_difference": slopes["0.9"] - slopes["0.1"],
        }

    found = outcomes(large, world)
    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(found, pool.map(described, found.values()), strict=True))


def describe_truth(large: LargeDraw, world: World, planted: Planted, threads: int = 1) -> dict:
    """Parameters and population values, as truth.json tells them."""
    calibration = large.calibration
    leisure = world.is_leisure
    kept = large.post[:, leisure].sum(axis=1) / large.pre[:, leisure].sum(axis=1)
    breadth = (large.post > 0).sum(axis=1)
    size, staff = large.places.covariates[:, SCALE], large.places.covariates[:, 0]
    return {
        "parameters": asdict(planted),
        "planted_sd_ratio": {
            "reformed": np.exp(planted.dispersion_effect),
            "other": 1.0,
        },
        "calibration": {
            "covariates": list(COVARIATES),
            "mean": calibration.centre,
            "sd": calibration.spread,
            "weights_on_ln_amplitude": calibration.weights,
            "noise_sd_of_ln_amplitude": calibration.noise,
            "leisure_shift": calibration.leisure_shift,
        },
        "population": {
            "n_units": large.places.country.n_units,
            "pre_years": PRE_YEARS,
            "post_years": POST_YEARS,
            "leaves_out": f"places under {SMALLEST} inhabitants (not for dispersion)",
            "outcomes": population_values(large, world, threads),
            "dispersion": dispersion_ratios(large),
            "budget_kept_share": np.mean(kept >= KEPT_THRESHOLD),
            "breadth_slope_on_log_population": np.polyfit(size, breadth, 1)[0],
            "vte_per_1000_slope_on_log_population": np.polyfit(size, staff, 1)[0],
        },
        "operational_fields": OPERATIONAL,
    }
