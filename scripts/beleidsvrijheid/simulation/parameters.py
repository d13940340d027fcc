"""The constants of the simulated country: what is the same whatever the seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import FIRST_YEAR, LAST_YEAR

SIMULATED = "SIMULATED DATA / GESIMULEERDE DATA"
YEARS = tuple(range(2009, 2026))
ACCOUNT_YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
PRE_YEARS, POST_YEARS = (2014, 2015), (2020, 2021, 2022, 2023)
BASE_YEAR = 2015
WORLD_SEED = 20_140_101
N_PARTS, N_UNITS_2019, N_UNITS = 308, 300, 285
N_CLUSTERS = 16
CLUSTER_COUNTS = (10, 14, 37, 30, 30, 22, 17, 28, 13, 18, 11, 32, 11, 14, 13, 8)
FAMILY = np.repeat([1, 2, 3, 4, 5, 6], [5, 3, 4, 2, 1, 1])
REFORMED = ("016", "0902", "070", "071", "072", "073", "074", "075", "086", "087/8")
OPERATIONAL = ("02", "030", "031", "013", "099")
COMPARISON = ("034", "050", "060", "062", "079", "080", "094", "095")
LEISURE = ("070", "071", "072", "073", "074", "075")
BLOCKS = {
    "capacity": ("vte_per_1000", "vte_growth_5y", "realisation_rate", "planning_studies"),
    "scale": ("log_population",),
    "politics": (
        "new_mayor",
        "new_mayor_party",
        "coalition_change",
        "electoral_volatility",
        "fragmentation",
    ),
}
COVARIATES = tuple(name for names in BLOCKS.values() for name in names)
AMPLITUDE_BASE = 0.6  # sqrt(2 (1 - rho)) at the mean: rho = 0.82
AMPLITUDE_BOUNDS = (0.03, 1.9)
AMPLITUDE_LOG_VARIANCE = 0.20
YEAR_NOISE = 0.06  # sd of ln y from year to year, a municipality's own
REAL_GROWTH = 0.01  # per year, every field alike
KEPT_SHARE, KEPT_THRESHOLD = 0.70, 0.95  # claim F6
SMALLEST = 1000  # inhabitants below which a place is outside the population values

# Fictitious consumer prices, 2013 = 100.
CPI = dict(
    zip(
        YEARS,
        (91.2, 93.4, 96.5, 98.8, 100.0, 100.6, 101.3, 103.4, 105.5, 107.6, 109.2, 110.1, 112.8, 123.5)
        + (128.4, 132.3, 135.6),
        strict=True,
    )
)

# stable field: (median EUR per inhabitant of 2015, share of municipalities that spend, sd of ln y,
#                share that invests). Rare fields are small, so that breadth grows with scale
#                while the portfolio does not.
FIELDS = {
    "00": (58.0, 1.0, 0.45, 0.30),
    "010": (38.0, 1.0, 0.25, 0.50),
    "011": (185.0, 1.0, 0.25, 1.0),
    "013": (48.0, 1.0, 0.25, 0.60),
    "015": (0.3, 0.15, 0.8, 0.02),
    "016": (2.6, 0.20, 0.7, 0.02),
    "017": (0.5, 0.15, 0.9, 0.04),
    "019": (24.0, 1.0, 0.45, 0.50),
    "02": (105.0, 1.0, 0.25, 1.0),
    "030": (72.0, 1.0, 0.20, 0.75),
    "031": (26.0, 1.0, 0.30, 0.97),
    "032": (1.0, 0.55, 0.7, 0.20),
    "034": (13.0, 0.98, 0.50, 0.75),
    "035": (2.4, 0.70, 0.7, 0.45),
    "038/9": (6.0, 0.93, 0.55, 0.35),
    "040": (102.0, 1.0, 0.20, 0.85),
    "041": (52.0, 1.0, 0.20, 0.85),
    "042/4": (0.8, 0.45, 0.7, 0.10),
    "045/9": (6.0, 0.90, 0.55, 0.45),
    "050": (11.0, 0.97, 0.50, 0.50),
    "051": (1.5, 0.50, 0.8, 0.20),
    "052": (9.0, 0.92, 0.60, 0.50),
    "053": (0.9, 0.70, 0.6, 0.15),
    "054": (0.2, 0.06, 0.8, 0.02),
    "055": (3.5, 0.60, 0.7, 0.15),
    "059": (2.0, 0.40, 0.8, 0.20),
    "060": (22.0, 1.0, 0.40, 0.85),
    "061": (3.0, 0.50, 0.8, 0.45),
    "062": (12.0, 0.97, 0.50, 0.50),
    "063": (0.4, 0.20, 0.8, 0.15),
    "064": (0.6, 0.30, 0.8, 0.30),
    "065": (0.3, 0.10, 0.8, 0.15),
    "066": (0.3, 0.12, 0.8, 0.05),
    "067": (13.0, 0.99, 0.30, 0.75),
    "068": (27.0, 1.0, 0.40, 0.85),
    "069": (0.8, 0.25, 0.8, 0.15),
    "070": (66.0, 1.0, 0.45, 0.95),
    "071": (15.0, 0.98, 0.50, 0.53),
    "072": (5.0, 0.90, 0.60, 0.60),
    "073": (7.0, 0.88, 0.60, 0.37),
    "074": (52.0, 1.0, 0.45, 0.97),
    "075": (27.0, 1.0, 0.45, 0.85),
    "079": (8.0, 0.95, 0.45, 0.85),
    "080": (112.0, 0.99, 0.40, 0.85),
    "081": (6.0, 0.45, 0.7, 0.15),
    "082": (18.0, 0.93, 0.50, 0.40),
    "083": (3.0, 0.35, 0.8, 0.10),
    "086": (2.2, 0.12, 0.7, 0.02),
    "087/8": (7.0, 0.60, 0.6, 0.10),
    "090": (122.0, 1.0, 0.35, 0.70),
    "0902": (3.2, 0.24, 0.7, 0.03),
    "091": (3.0, 0.55, 0.7, 0.06),
    "092": (4.0, 0.60, 0.7, 0.06),
    "093": (14.0, 0.90, 0.60, 0.45),
    "094": (62.0, 0.99, 0.45, 0.55),
    "095": (118.0, 0.98, 0.45, 0.75),
    "098": (9.0, 0.60, 0.7, 0.15),
    "099": (14.0, 1.0, 0.30, 0.90),
}


@dataclass(frozen=True)
class World:
    """Field parameters in the order of the stable fields.

    log_level, sigma, gamma, presence, presence_slope, invests: (S,); cluster_effect: (16, S), ln points;
    is_reformed, is_operational, is_leisure: (S,) bool; domain: (S,) int.
    """

    codes: tuple[str, ...]
    domain: np.ndarray
    log_level: np.ndarray
    presence: np.ndarray
    presence_slope: np.ndarray
    sigma: np.ndarray
    invests: np.ndarray
    gamma: np.ndarray
    cluster_effect: np.ndarray
    is_reformed: np.ndarray
    is_operational: np.ndarray
    is_leisure: np.ndarray


def build_world(stable_fields: pd.DataFrame) -> World:
    """Field parameters for a table with columns stable_code and domain (strings); the same for every seed."""
    codes = tuple(stable_fields["stable_code"])
    unknown = [code for code in codes if code not in FIELDS]
    if unknown or len(codes) != len(FIELDS):
        wrong = unknown or sorted(set(FIELDS) - set(codes))
        raise StudyError(
            f"stable_fields.csv: stable_code: {wrong[0]!r} is not in both this table and the simulation "
            f"(simulation/parameters.py FIELDS, {len(FIELDS)} fields); add it there or mend the table."
        )
    level, presence, sigma, invests = (
        np.array(column) for column in zip(*(FIELDS[code] for code in codes), strict=True)
    )
    rng = np.random.default_rng(WORLD_SEED)
    operational = np.isin(codes, OPERATIONAL)
    return World(
        codes=codes,
        domain=stable_fields["domain"].astype(int).to_numpy(),
        log_level=np.log(level),
        presence=presence,
        presence_slope=np.where(presence < 0.999, 0.6, 0.0),
        sigma=sigma,
        invests=invests,
        gamma=np.where(operational, 0.0, rng.normal(0, 0.03, len(codes))),
        cluster_effect=rng.normal(0, 0.08, (N_CLUSTERS, len(codes))),
        is_reformed=np.isin(codes, REFORMED),
        is_operational=operational,
        is_leisure=np.isin(codes, LEISURE),
    )
