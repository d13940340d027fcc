"""F9: dispersion by group against the plain formulas, a planted ratio, none, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.indicators.dispersion import cv, sd_log
from beleidsvrijheid.indicators.dispersion import gini as plain_gini
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.dispersion_by_group import dispersion, dispersion_by_group, estimate_dispersion_by_group
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.task import Task

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/inequality.yaml").read_text())
GROUPS = np.repeat([1.0, 2.0, 3.0], [90, 130, 60])


def run(values, groups=GROUPS, draws=199, seed=1):
    fit = dispersion_by_group(values, groups, draws, 0.95, np.random.default_rng(seed), "size_band")
    return fit.coefficients.set_index(["equation", "term"])


def test_every_resample_is_the_dispersion_of_its_rows():
    rng = np.random.default_rng(2)
    values = rng.lognormal(4, 0.7, 50)
    counts = draw_counts(50, 10, rng)
    for weight, row in zip(counts, dispersion(values, counts), strict=True):
        drawn = np.repeat(values, weight.astype(int))[:, None]
        expected = [sd_log(drawn)[0], cv(drawn)[0], plain_gini(drawn)[0]]
        np.testing.assert_allclose(row, expected, rtol=1e-10)


def test_matches_r():
    found = dispersion(np.array(REFERENCE["incomes"], float), np.ones((1, 10)))[0]
    assert found[1] * np.sqrt(0.9) == pytest.approx(REFERENCE["cv_population"], abs=5e-8)  # ours divides by n - 1
    assert found[2] == pytest.approx(REFERENCE["gini"], abs=5e-8)


def planted(rng, largest):
    sd = np.where(GROUPS == 3, largest, 0.5)
    return np.exp(3 + sd * rng.normal(size=len(GROUPS)))


def test_recovers_a_planted_ratio_and_covers():
    covered, logs = 0, []
    for seed in range(60):
        table = run(planted(np.random.default_rng([3, seed]), 0.3), seed=seed)
        row = table.loc[("size_band=3-size_band=1", "sd_log_ratio")]
        covered += row["ci_low"] <= 0.6 <= row["ci_high"]
        logs.append(table.at[("size_band=3-size_band=1", "log_sd_ratio"), "estimate"])
    assert covered >= 49  # 99.9 % of binomial(60, .93): a BC interval of a ratio at n = 60 is a little short
    assert np.mean(logs) == pytest.approx(np.log(0.6), abs=4 * np.std(logs) / np.sqrt(60))
    assert np.exp(logs[-1]) == pytest.approx(row["estimate"])


def test_equal_dispersion_is_rarely_called_different():
    p = [
        run(planted(np.random.default_rng([4, seed]), 0.5), seed=seed).at[
            ("size_band=3-size_band=1", "log_sd_ratio"), "p_value"
        ]
        for seed in range(60)
    ]
    assert sum(np.array(p) < 0.05) <= 11


def test_refusals_are_named():
    rng = np.random.default_rng(5)
    values = planted(rng, 0.5)
    with pytest.raises(Refusal, match="1 values are not positive"):
        run(np.append(values[1:], 0.0))
    with pytest.raises(Refusal, match="all municipalities are in one group"):
        run(values, np.ones(len(values)))
    with pytest.raises(Refusal, match="size_band=4 has 5 municipalities, fewer than 10"):
        run(values, np.append(GROUPS[:-5], np.full(5, 4.0)))
    with pytest.raises(Refusal, match="size_band=3 has the same value in every municipality"):
        run(np.where(GROUPS == 3, 2.0, values))


def test_a_specification_from_panel_to_estimation():
    values = planted(np.random.default_rng(6), 0.2)
    values[0] = 0.0
    values[GROUPS == 3] *= 1e-3 / values[GROUPS == 3].max()  # small is positive too
    nis = [f"9{i:04d}" for i in range(len(values))]
    frames = [
        pd.DataFrame({"nis": nis, "value": column, "indicator": name})
        for name, column in (("own_change", values), ("size_band", GROUPS))
    ]
    panel = pd.concat(frames, ignore_index=True).assign(beleidsveld="", level="municipality", period="")
    panel = panel.assign(year=pd.array([pd.NA] * len(panel), "Int64"))
    settings = {"exclusions": {}, "categorical": ("size_band",), "minimum_municipalities": 30}
    settings |= {"inference": {"confidence": 0.95, "draws": 199}}
    specification = {"estimator": "dispersion_by_group", "outcome": "own_change", "groups": "size_band"}
    done = estimate_dispersion_by_group(Task(panel, specification, settings, np.random.default_rng(1), "f9"))
    assert done.fit.n_obs == 279
    assert done.ledger.iloc[-1].tolist() == ["not positive", 280, 279, "zero or negative, no logarithm"]
    tests = done.inference[done.inference["test"] == "bootstrap"].set_index("term")
    assert tests.at["size_band=3-size_band=1:sd_log_ratio", "bound"] == 1
    assert tests.at["size_band=3-size_band=1:log_sd_ratio", "bound"] == 0
    assert (tests["p_value"] < 0.05).all() and len(tests) == 4


def test_the_ratio_is_of_the_last_group_to_the_first_as_they_are():
    values = planted(np.random.default_rng(8), 0.3) ** np.where(GROUPS == 2, 2.0, 1.0)
    table = run(values)
    sd = {group: np.log(values[group == GROUPS]).std(ddof=1) for group in (1.0, 2.0, 3.0)}
    for group, expected in sd.items():
        assert table.at[(f"size_band={group:g}", "sd_log"), "estimate"] == pytest.approx(expected, rel=1e-12)
    assert table.at[("size_band=3-size_band=1", "sd_log_ratio"), "estimate"] == pytest.approx(sd[3] / sd[1], rel=1e-12)
