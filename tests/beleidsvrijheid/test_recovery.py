"""Estimators get back what the simulated country was planted with, and find nothing where nothing was planted.

Rule, set beforehand: of six countries (seeds 1-6) at least five intervals cover the true value, for every quantity. An
interval that covers 95 % of the time misses two or more of six with probability .033 (at 99 %: .001; at
85 %: .22), so one unlucky draw fails no test and a biased estimator or an interval much too short does.
A claim on an absent effect is supported with probability .025 (one side of 95 %): two or more of six, .009.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.claims import Claim, judge
from beleidsvrijheid.configuration import read_yaml
from beleidsvrijheid.models.estimation import Estimation, estimate, fit_record
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.simulation import truth
from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import COVARIATES, draw_municipalities
from beleidsvrijheid.simulation.parameters import BLOCKS, POST_YEARS, PRE_YEARS, REFORMED, SMALLEST, build_world
from beleidsvrijheid.simulation.spending import SCALE, Planted, draw_habits, draw_year

# As in config.yaml.
PLANTED = {
    "dispersion_effect": 0.25,
    "ceiling": 0.6,
    "staff_interaction": 0.2,
    "block_shares": {"capacity": 0.05, "scale": 0.03, "politics": 0.02},
}
NOTHING = {
    "dispersion_effect": 0.0,
    "ceiling": 0.0,
    "staff_interaction": 0.0,
    "block_shares": dict.fromkeys(BLOCKS, 0.0),
}
SETTINGS = {"planted": PLANTED, "nothing": NOTHING}
SEEDS = (1, 2, 3, 4, 5, 6)
ENOUGH = 5
N_LARGE = 20_000
BOUNDS = {"r2_bounds": [0.10, 0.05], "coefficient_bounds": [0.20, 0.10], "alpha": 0.05}

SPECIFICATIONS = {
    "e1_dispersion_ratio": {
        "estimator": "dispersion_ratio",
        "outcome": "real_spending",
        "fields": list(REFORMED),
        "dispersion": "yearly",
        "covariance": {"type": "municipality_bootstrap"},
    },
    "r1_portfolio_shift": {
        "estimator": "ols",
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {name: list(columns) for name, columns in BLOCKS.items()},
        "covariance": {"type": "HC3"},
        "sample": {"exclude": ["smallest"]},
    },
    "s2_ceiling": {
        "estimator": "quantile",
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {"scale": ["log_population"]},
        "quantiles": [0.1, 0.5, 0.9],
        "covariance": {"type": "municipality_bootstrap"},
        "sample": {"exclude": ["smallest"]},
    },
    "f8_shift_by_scale": {
        "estimator": "ols",
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {"scale": ["log_population"]},
        "covariance": {"type": "HC3"},
        "sample": {"exclude": ["smallest"]},
    },
    "s2_variance": {
        "estimator": "location_scale",
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {"scale": ["log_population"]},
        "covariance": {"type": "cluster", "by": "municipality"},
        "sample": {"exclude": ["smallest"]},
    },
    "s3_scale_and_staff": {
        "estimator": "ols",
        "outcome": "portfolio_shift",
        "beleidsveld": "domains",
        "blocks": {"scale": ["log_population"], "capacity": ["vte_growth_5y"]},
        "interactions": [["log_population", "vte_growth_5y"]],
        "covariance": {"type": "HC3"},
        "sample": {"exclude": ["smallest"]},
    },
}
ABOVE_ZERO = {"expect": "above", "threshold": 0}
# S2 and S3 as in config.yaml (compared below).
CLAIMS_ON_EFFECTS = {
    "F2": {"rule": "dispersion_rose", "specifications": ["e1_dispersion_ratio"], "equation": "reformed"},
    "S2": {
        "rule": "all_of",
        "parts": [
            {"rule": "fanning_out", "specifications": ["s2_ceiling"], "term": "log_population"},
            {
                "rule": "rows",
                "rows": [
                    {"specification": "s2_variance", "equation": "log_variance", "term": "log_population", **ABOVE_ZERO}
                ],
            },
        ],
    },
    "S3": {
        "rule": "rows",
        "rows": [{"specification": "s3_scale_and_staff", "term": "log_population:vte_growth_5y", **ABOVE_ZERO}],
    },
    "F8": {
        "rule": "rows",
        "rows": [{"specification": "f8_shift_by_scale", "expect": "above", "term": "log_population"}],
    },
}
LIMITED = {"rule": "limited_explanation", "specifications": ["r1_portfolio_shift"]}


@pytest.fixture(scope="module")
def world(project_root):
    path = project_root / "workflow" / "tables" / "stable_fields.csv"
    return build_world(pd.read_csv(path, dtype=str, keep_default_na=False))


@pytest.fixture(scope="module")
def large_draw(world):
    """The large draw of one setting: calibration, and population values by outcome."""

    @cache
    def draw(setting: str) -> tuple[truth.LargeDraw, dict]:
        large = truth.draw_large(world, Planted.from_settings(SETTINGS[setting]), N_LARGE)
        return large, truth.population_values(large, world)

    return draw


@pytest.fixture(scope="module")
def country(world, large_draw):
    """The panel of one simulated country, and its municipalities under a thousand inhabitants."""

    @cache
    def draw(setting: str, seed: int) -> tuple[pd.DataFrame, list[str]]:
        planted, calibration = Planted.from_settings(SETTINGS[setting]), large_draw(setting)[0].calibration
        streams = [np.random.default_rng([seed, topic]) for topic in range(4)]
        places = draw_municipalities(draw_country(1, streams[0]), streams[1])
        habits = draw_habits(places, slice(None), world, planted, calibration, streams[2])
        spent = {
            year: draw_year(habits, year, world, planted, calibration.leisure_shift, streams[3])
            for year in PRE_YEARS + POST_YEARS
        }
        nis = [f"{99000 + unit}" for unit in range(places.country.n_units)]
        small = [nis[unit] for unit in np.flatnonzero(np.exp(places.covariates[:, SCALE]) < SMALLEST)]
        return to_panel(spent, places.covariates, nis, world), small

    return draw


def to_panel(spent: dict[int, np.ndarray], covariates: np.ndarray, nis: list[str], world) -> pd.DataFrame:
    """The long panel: spending of the reformed fields by year, the covariates, the shift over policy domains."""

    def rows(values, indicator: str, beleidsveld: str = "", year=pd.NA) -> pd.DataFrame:
        frame = pd.DataFrame({"nis": nis, "value": np.asarray(values, float)})
        return frame.assign(indicator=indicator, beleidsveld=beleidsveld, year=year, period="", level="municipality")

    parts = [rows(covariates[:, column], name) for column, name in enumerate(COVARIATES)]
    windows = [np.mean([spent[year] for year in years], axis=0) for years in (PRE_YEARS, POST_YEARS)]
    before, after = (np.stack([one[:, world.domain == domain].sum(axis=1) for domain in range(10)]) for one in windows)
    shift = np.abs(after / after.sum(axis=0) - before / before.sum(axis=0)).sum(axis=0) / 2
    parts.append(rows(shift, "portfolio_shift", "domains"))
    for year, values in spent.items():
        parts += [rows(values[:, world.codes.index(code)], "real_spending", code, year) for code in REFORMED]
    panel = pd.concat(parts, ignore_index=True).astype({"year": "Int64"})
    return panel[(panel["indicator"] != "real_spending") | (panel["value"] > 0)]


@pytest.fixture(scope="module")
def estimated(country):
    @cache
    def run(setting: str, seed: int) -> dict[str, Estimation]:
        panel, small = country(setting, seed)
        settings = settings_of(seed) | {"exclusions": {"smallest": small}}
        return {name: estimate(panel, entry, settings, name) for name, entry in SPECIFICATIONS.items()}

    return run


def settings_of(seed: int) -> dict:
    return {
        "equivalence": BOUNDS,
        "inference": {"draws": 299, "weights": "rademacher", "confidence": 0.95},
        "seed": seed,
        "windows": {"pre": list(PRE_YEARS), "post": list(POST_YEARS)},
        "groups": {"reformed": list(REFORMED)},
        "categorical": [],
        "minimum_municipalities": 100,
        "data_source": "simulated",
    }


def row(estimation: Estimation, equation: str, term: str) -> pd.Series:
    table = estimation.estimates
    (found,) = table[(table["equation"] == equation) & (table["term"] == term)].to_dict("records")
    return found


def intervals(estimations: dict[str, Estimation]) -> dict[str, tuple[float, float]]:
    """Quantity -> interval."""
    ratio = row(estimations["e1_dispersion_ratio"], "reformed", "log_sd_ratio")
    ceiling = row(estimations["s2_ceiling"], "quantile_0.9-0.1", "log_population")
    r1 = estimations["r1_portfolio_shift"]
    found = {"log sd ratio": ratio, "ceiling": ceiling, "total R2": r1.residual_r2}
    found |= {f"R2 of {entry['block']}": entry for entry in r1.attribution.to_dict("records")}
    return {name: (entry["ci_low"], entry["ci_high"]) for name, entry in found.items()}


def true_values(setting: str, population: dict) -> dict[str, float]:
    shift = population["portfolio_shift_domains"]
    shares = shift["r2_without_controls"]
    return {
        "log sd ratio": SETTINGS[setting]["dispersion_effect"],
        "ceiling": shift["quantile_slope_difference"],
        "total R2": shares["total_r2"],
    } | {f"R2 of {block}": shares[block] for block in BLOCKS}


QUANTITIES = ("log sd ratio", "ceiling", "total R2", "R2 of capacity", "R2 of scale", "R2 of politics")


CASES = [(quantity, setting) for quantity in QUANTITIES for setting in SETTINGS]


@pytest.mark.parametrize(("quantity", "setting"), CASES)
def test_intervals_cover_what_was_planted(estimated, large_draw, setting, quantity):
    true = true_values(setting, large_draw(setting)[1])[quantity]
    found = {seed: intervals(estimated(setting, seed))[quantity] for seed in SEEDS}
    covered = [seed for seed, (low, high) in found.items() if low <= true <= high]
    assert len(covered) >= ENOUGH, f"{quantity} is {true:.4f}; intervals: {found}"


def test_planted_effects_are_there_to_be_found(large_draw):
    """The population values themselves: without them the coverage above would test nothing."""
    planted, nothing = (true_values(setting, large_draw(setting)[1]) for setting in SETTINGS)
    assert planted["ceiling"] > 10 * abs(nothing["ceiling"])
    assert planted["total R2"] > 0.03 and nothing["total R2"] < 0.004


def verdict(claim: dict, estimations: dict[str, Estimation], seed: int) -> str:
    results = {
        name: Result(
            name=name,
            settings=SPECIFICATIONS[name],
            fit=fit_record(estimation, SPECIFICATIONS[name], settings_of(seed)),
            estimates=estimation.estimates,
            samples=estimation.ledger,
            inference=estimation.inference,
            attribution=estimation.attribution,
        )
        for name, estimation in estimations.items()
    }
    return judge(Claim.from_settings(claim, BOUNDS), results, Labels("en")).verdict


@pytest.mark.parametrize("claim", CLAIMS_ON_EFFECTS)
def test_absent_effects_are_not_supported(estimated, claim):
    verdicts = [verdict(CLAIMS_ON_EFFECTS[claim], estimated("nothing", seed), seed) for seed in SEEDS]
    assert verdicts.count("supported") <= 1 and "not_testable" not in verdicts, verdicts


def test_planted_dispersion_is_supported(estimated):
    verdicts = [verdict(CLAIMS_ON_EFFECTS["F2"], estimated("planted", seed), seed) for seed in SEEDS]
    assert verdicts.count("supported") == len(SEEDS), verdicts


@pytest.mark.parametrize(("claim", "least"), [("S2", 2), ("S3", 3)])
def test_potential_without_guarantee_is_supported_as_often_as_its_power_lets(estimated, claim, least):
    """Power .73 and .93 in sixty other countries (seeds 101-160): fewer than two and than three of six have
    probability .007 and .0003. Neither is ever contradicted. In sixty countries without: supported in 0 and in 2.
    """
    verdicts = [verdict(CLAIMS_ON_EFFECTS[claim], estimated("planted", seed), seed) for seed in SEEDS]
    assert verdicts.count("supported") >= least and "contradicted" not in verdicts, verdicts


def test_what_is_recovered_is_what_the_study_plants_and_claims(project_root):
    study = read_yaml((project_root / "config.yaml").read_text(encoding="utf-8"), "config.yaml")
    assert study["simulation"] == PLANTED
    for claim in ("S2", "S3"):
        judged = {key: value for key, value in study["claims"][claim].items() if key not in ("quoted", "variants")}
        assert judged == CLAIMS_ON_EFFECTS[claim]
    for name in ("s2_ceiling", "s2_variance", "s3_scale_and_staff"):
        written = {key: value for key, value in study["specifications"][name].items() if key != "label"}
        own = SPECIFICATIONS[name] | {"covariance": written["covariance"]}
        assert written == own and SPECIFICATIONS[name]["covariance"]["type"] == written["covariance"]["type"]


def test_blocks_that_explain_nothing_are_found_to_explain_little(estimated):
    """R2 non-inferiority at .10 with ten columns and N = 284 has power .97 where nothing is explained."""
    verdicts = [verdict(LIMITED, estimated("nothing", seed), seed) for seed in SEEDS]
    assert verdicts.count("supported") >= ENOUGH, verdicts
