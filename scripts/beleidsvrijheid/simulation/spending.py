"""Operating spending per inhabitant: how far municipalities move and where dispersion grows."""

from dataclasses import dataclass

import numpy as np

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.covariates import Municipalities, block_columns, shapley_shares
from beleidsvrijheid.simulation.parameters import (
    AMPLITUDE_BASE,
    AMPLITUDE_BOUNDS,
    AMPLITUDE_LOG_VARIANCE,
    BLOCKS,
    COVARIATES,
    REAL_GROWTH,
    SMALLEST,
    YEAR_NOISE,
    World,
)

SCALE = COVARIATES.index("log_population")
STAFF_GROWTH = COVARIATES.index("vte_growth_5y")
CEILING_REACH = 2.0  # standard deviations of ln population beyond which spread grows no further


@dataclass(frozen=True)
class Planted:
    """What config.yaml plants: ln ratio of dispersion, rise of spread with scale, shares of var(ln A), and the
    coefficient of standardised scale x staff growth in ln A.
    """

    dispersion_effect: float
    ceiling: float
    block_shares: dict[str, float]
    staff_interaction: float = 0.0

    @classmethod
    def from_settings(cls, settings: dict) -> "Planted":
        shares = {block: float(settings["block_shares"][block]) for block in BLOCKS}
        if min(shares.values()) < 0 or sum(shares.values()) >= 1:
            raise StudyError(
                f"config.yaml: simulation.block_shares: {shares}: each must be at least 0, the sum below 1"
            )
        effects = (float(settings[key]) for key in ("dispersion_effect", "ceiling"))
        return cls(*effects, shares, float(settings["staff_interaction"]))


@dataclass(frozen=True)
class Calibration:
    """Constants of the large draw: centre, spread: (10,); weights: (10,) of ln A on standardised covariates;
    noise: sd of ln A at average scale; leisure_shift: ln points."""

    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    noise: float
    leisure_shift: float = 0.0


@dataclass(frozen=True)
class Habits:
    """What stays with a municipality over the years, (U, S) each unless said.

    systematic, before, fresh: ln points; rho; present_before, present_after: bool; amplitude: (U,).
    """

    systematic: np.ndarray
    before: np.ndarray
    fresh: np.ndarray
    rho: np.ndarray
    present_before: np.ndarray
    present_after: np.ndarray
    amplitude: np.ndarray


def calibrate_amplitude(covariates: np.ndarray, planted: Planted) -> Calibration:
    """Weights such that the Shapley share of every block in the variance of ln A is as planted."""
    usable = covariates[np.exp(covariates[:, SCALE]) >= SMALLEST]
    centre, spread = usable.mean(axis=0), usable.std(axis=0)
    correlation = np.corrcoef(usable, rowvar=False)
    blocks = block_columns()
    targets = np.array(list(planted.block_shares.values())) * AMPLITUDE_LOG_VARIANCE
    direction = np.zeros((3, len(COVARIATES)))
    for row, columns in enumerate(blocks):
        direction[row, columns] = 1.0
        direction[row] /= np.sqrt(direction[row] @ correlation @ direction[row])
    size = np.sqrt(targets)
    for _ in range(60):
        weights = size @ direction
        explained = weights @ correlation @ weights
        got = shapley_shares(correlation, correlation @ weights, explained, blocks) * explained
        size = size * np.sqrt(np.divide(targets, got, out=np.zeros(3), where=got > 0))
    standardised = (usable - centre) / spread
    spreading = np.mean(_spread_with_scale(standardised[:, SCALE], planted.ceiling) ** 2)
    together = np.var(_together(standardised, planted))
    rest = AMPLITUDE_LOG_VARIANCE - targets.sum() - together
    if rest <= 0:
        raise StudyError(
            f"config.yaml: simulation.staff_interaction: {planted.staff_interaction}: leaves nothing beside block_shares "
            f"(sum {sum(planted.block_shares.values()):g}); lower one of them"
        )
    noise = np.sqrt(rest / spreading)
    return Calibration(centre, spread, size @ direction, float(noise))


def _spread_with_scale(z: np.ndarray, ceiling: float) -> np.ndarray:
    return np.exp(ceiling * np.clip(z, -CEILING_REACH, CEILING_REACH))


def _together(standardised: np.ndarray, planted: Planted) -> np.ndarray:
    """(U,) part of ln A where scale and growth of staff work together; none on average over either."""
    scale, growth = (
        np.clip(standardised[:, column], -CEILING_REACH, CEILING_REACH) for column in (SCALE, STAFF_GROWTH)
    )
    return planted.staff_interaction * scale * growth


def draw_amplitude(
    covariates: np.ndarray, calibration: Calibration, planted: Planted, rng: np.random.Generator
) -> np.ndarray:
    """(U,) A = sqrt(2 (1 - rho)); its mean at given covariates does not depend on the spread."""
    standardised = np.clip((covariates - calibration.centre) / calibration.spread, -4, 6)
    spread = calibration.noise * _spread_with_scale(standardised[:, SCALE], planted.ceiling)
    log_factor = standardised @ calibration.weights + _together(standardised, planted)
    log_factor = log_factor + spread * rng.standard_normal(len(spread))
    return np.clip(AMPLITUDE_BASE * np.exp(log_factor - spread**2 / 2), *AMPLITUDE_BOUNDS)


def draw_habits(
    places: Municipalities,
    units: slice,
    world: World,
    planted: Planted,
    calibration: Calibration,
    rng: np.random.Generator,
) -> Habits:
    """Habits of the units in `units`. Operational fields change alike everywhere (negative control)."""
    covariates = places.covariates[units]
    shape = (len(covariates), len(world.codes))
    amplitude = draw_amplitude(covariates, calibration, planted, rng)
    free = np.where(world.is_operational, AMPLITUDE_BASE, amplitude[:, None])
    scale = covariates[:, SCALE] - calibration.centre[SCALE]
    cluster = places.country.cluster[places.country.main_part[units]] - 1
    present = _draw_presence(scale, world, rng)
    switches = (rng.random(shape) < 0.02) & (world.presence < 0.95)
    return Habits(
        systematic=world.cluster_effect[cluster] + world.gamma * scale[:, None],
        before=rng.standard_normal(shape),
        fresh=rng.standard_normal(shape),
        rho=1 - free**2 / 2,
        present_before=present,
        present_after=present ^ switches,
        amplitude=amplitude,
    )


def _draw_presence(scale: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    odds = np.log(world.presence / np.maximum(1 - world.presence, 1e-9))
    odds = odds + world.presence_slope * scale[:, None]
    return rng.random(odds.shape) < 1 / (1 + np.exp(-odds))


def reform_phase(year: int) -> float:
    """0 before the reform, 1/2 while the plans of 2014-2019 last, 1 from 2020."""
    return 0.0 if year < 2016 else 0.5 if year < 2020 else 1.0


def draw_year(
    habits: Habits, year: int, world: World, planted: Planted, leisure_shift: float, rng: np.random.Generator
) -> np.ndarray:
    """(U, S) real spending per inhabitant (EUR of 2015) in `year`, 0 where a field is absent.

    sd(ln y) in reformed fields is exp(dispersion_effect) times that of before, whatever rho.
    """
    phase = reform_phase(year)
    rho = 1 - phase * (1 - habits.rho)
    own = rho * habits.before + np.sqrt(1 - rho**2) * habits.fresh
    noise = YEAR_NOISE * rng.standard_normal(own.shape)
    wider = np.exp(planted.dispersion_effect * phase * world.is_reformed)
    deviation = wider * (habits.systematic + world.sigma * own + noise)
    trend = REAL_GROWTH * (year - 2014) + leisure_shift * phase * world.is_leisure
    present = habits.present_after if phase == 1 else habits.present_before
    return np.where(present, np.exp(world.log_level + trend + deviation), 0.0)
