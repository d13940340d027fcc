"""The whole job per estimator: five files, refusals as results, the same bytes twice."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.inference import draw_counts
from beleidsvrijheid.models.estimation import estimate, generator
from beleidsvrijheid.models.fit import COEFFICIENT_COLUMNS
from beleidsvrijheid.models.least_squares import panel_design
from beleidsvrijheid.models.linear import panel_ols
from beleidsvrijheid.models.rank import codes, within
from beleidsvrijheid.models.resampling import slope_draws
from beleidsvrijheid.models.sample import build_sample
from beleidsvrijheid.outputs import SIMULATED

N = 140
SETTINGS = {
    "equivalence": {"r2_bounds": [0.10, 0.05], "coefficient_bounds": [0.20, 0.10], "alpha": 0.05},
    "inference": {"draws": 49, "weights": "rademacher", "confidence": 0.95},
    "seed": 7,
    "data_source": "simulated",
    "exclusions": {"smallest": ["90000"]},
    "windows": {"pre": [2014, 2015], "post": [2018, 2019]},
    "reform_year": 2016,
    "minimum_municipalities": 100,
    "groups": {"reformed": ["070"], "comparison": ["050"]},
    "categorical": ["family"],
}
BLOCKS = {"capacity": ["staff"], "scale": ["size"], "politics": ["change", "volatility"]}
CLUSTER, BOOTSTRAP = {"type": "cluster", "by": "municipality"}, {"type": "municipality_bootstrap"}
SPECIFICATIONS = {
    "ols": {"outcome": "shift", "blocks": BLOCKS, "controls": ["family"], "covariance": {"type": "HC3"}},
    "panel_ols": {
        "predictors": "yearly",
        "outcome": "deviation",
        "blocks": BLOCKS,
        "effects": ["municipality", "year"],
        "interact_with": "post_reform",
        "covariance": CLUSTER,
    },
    "quantile": {
        "outcome": "shift",
        "blocks": {"scale": ["size"]},
        "quantiles": [0.1, 0.5, 0.9],
        "covariance": BOOTSTRAP,
    },
    "dispersion_change": {
        "outcome": "real_spending",
        "fields": ["070", "050"],
        "dispersion": "yearly",
        "covariance": BOOTSTRAP,
    },
    "dispersion_ratio": {
        "outcome": "real_spending",
        "fields": ["070", "050"],
        "dispersion": "yearly",
        "covariance": BOOTSTRAP,
    },
    "share": {"outcome": "shift", "threshold": 0.5, "covariance": {"type": "wilson"}},
}
SPECIFICATIONS = {name: settings | {"estimator": name} for name, settings in SPECIFICATIONS.items()}
FILES = ("estimates", "fits", "samples", "inference", "attribution")


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    nis = [f"9{i:04d}" for i in range(N)]
    parts = []

    def add(indicator, values, year=None, beleidsveld="", level="municipality", units=nis):
        frame = pd.DataFrame({"nis": units, "value": values, "indicator": indicator, "level": level})
        parts.append(
            frame.assign(beleidsveld=beleidsveld, period="", year=pd.array([year] * len(frame), dtype="Int64"))
        )

    z = {name: rng.normal(size=N) for name in ("staff", "size", "change", "volatility")}
    for name, values in z.items():
        add(name, values)
    add("family", rng.integers(1, 4, N).astype(float))
    add("shift", 0.5 + 0.1 * z["staff"] + 0.1 * rng.normal(size=N))
    for year in range(2014, 2020):
        add("post_reform", [float(year >= 2016)], year, level="flanders", units=[""])
        add("deviation", 0.3 * (year >= 2016) * z["size"] + rng.normal(size=N), year)
        for field in ("070", "050"):
            add("real_spending", np.exp(rng.normal(size=N)), year, field)
    return pd.concat(parts, ignore_index=True)


def run(panel, folder, name, specification, settings=SETTINGS):
    path = Path(__file__).parents[2] / "scripts/estimate_specification.py"
    spec = importlib.util.spec_from_file_location("estimate_specification", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    panel.to_parquet(folder / "panel.parquet")
    (folder / "exclusions.json").write_text(json.dumps(settings["exclusions"]))
    paths = {kind: folder / kind / (f"{name}.json" if kind == "fits" else f"{name}.csv") for kind in FILES}
    script.main(folder / "panel.parquet", folder / "exclusions.json", [], specification, name, settings, **paths)
    return paths


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_five_files_the_same_bytes_twice_in_any_row_order(panel, tmp_path, name):
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    paths = run(panel, first, name, SPECIFICATIONS[name])
    again = run(panel.sample(frac=1, random_state=1), second, name, SPECIFICATIONS[name])
    for kind in FILES:
        assert paths[kind].read_bytes() == again[kind].read_bytes(), kind
        assert "SIMULATED DATA" in paths[kind].read_text() or kind == "attribution"
    estimates = pd.read_csv(paths["estimates"])
    assert list(estimates.columns) == [*COEFFICIENT_COLUMNS, "data_source"]
    fit = json.loads(paths["fits"].read_text())
    assert (fit["status"], fit["seed"], len(fit["sample_sha256"])) == ("estimated", 7, 64)
    assert estimates["estimate"].notna().all()
    assert fit["covariance"]


def test_ols_has_tests_and_attribution(panel):
    result = estimate(panel, SPECIFICATIONS["ols"], SETTINGS, "main")
    assert result.attribution["block"].tolist() == ["capacity", "scale", "politics"]
    assert result.attribution["r2_share"].sum() == pytest.approx(result.residual_r2["r2"])
    assert result.residual_r2["n"] == N - result.residual_r2["controls_rank"]
    assert result.residual_r2["k"] == 4
    assert result.inference["test"].value_counts().to_dict() == {
        "equivalence": 8,
        "bootstrap": 4,
        "wild_bootstrap": 4,
        "joint": 4,  # every block and all together
        "r2_non_inferiority": 2,
    }
    staff = result.estimates.set_index("term").loc["staff"]
    assert abs(staff["estimate"] - 0.1) < 4 * staff["std_error"]
    assert staff["block"] == "capacity"
    assert set(result.estimates["block"]) == {"capacity", "scale", "politics", "controls", ""}
    assert 0 < result.fit.r2_cv < result.fit.r2


def test_panel_interaction_is_recovered_and_tests_say_not_applicable(panel):
    result = estimate(panel, SPECIFICATIONS["panel_ols"], SETTINGS, "main")
    row = result.estimates.set_index("term").loc["post_reform:size"]
    assert abs(row["estimate"] - 0.3) < 4 * row["std_error"] < 0.3
    assert (row["block"], result.fit.n_clusters) == ("scale", N)
    assert "nested fixed effects are not counted" in result.fit.clustered_convention
    none = result.inference[result.inference["verdict"] == "not applicable"]
    assert none["test"].tolist() == ["r2_non_inferiority", "equivalence"]


def test_a_panel_says_how_much_its_blocks_explain_after_the_effects(panel):
    result = estimate(panel, SPECIFICATIONS["panel_ols"], SETTINGS, "main")
    sample = build_sample(panel, SPECIFICATIONS["panel_ols"])
    years, units = codes(sample.frame["year"]), codes(sample.frame["nis"])
    left = within(sample.frame[["outcome", *sample.block_columns]].to_numpy(), units, years, ["municipality", "year"])
    slopes = np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)[0]
    r2 = 1 - ((left[:, 0] - left[:, 1:] @ slopes) ** 2).sum() / (left[:, 0] ** 2).sum()
    assert result.residual_r2["r2"] == pytest.approx(r2, rel=1e-9)
    assert result.attribution["r2_share"].sum() == pytest.approx(r2, rel=1e-9)
    assert result.residual_r2["ci_low"] < r2 < 1 and result.residual_r2["n"] == N
    tests = result.inference[result.inference["test"] == "r2_bootstrap"]
    assert tests["bound"].tolist() == SETTINGS["equivalence"]["r2_bounds"]
    assert ((tests["p_value"] < 0.05) == (tests["critical"] < tests["bound"])).all()


@pytest.mark.parametrize("effects", [[], ["municipality"], ["year"], ["municipality", "year"]])
def test_resampled_panel_slopes_are_those_of_a_refit(panel, effects):
    sample = build_sample(panel, SPECIFICATIONS["panel_ols"] | {"effects": effects})
    outcome, regressors = sample.frame["outcome"].to_numpy(), sample.frame[sample.regressors]
    moved, others, units = panel_design(outcome, regressors, sample.frame, effects)
    counts = draw_counts(N, 1, np.random.default_rng(1))
    slopes = slope_draws(moved[:, 0], np.column_stack([moved[:, 1:], others]), units, counts)[0]
    drawn = np.repeat(np.arange(N), counts[0].astype(int))
    rows = np.concatenate([np.flatnonzero(units == unit) for unit in drawn])
    copies = pd.Series(np.repeat(np.arange(N), 6))
    frame = sample.frame.iloc[rows].reset_index(drop=True)
    refit = panel_ols(frame["outcome"].to_numpy(), frame[sample.regressors], copies, frame["year"], effects)
    expected = refit.coefficients["estimate"].to_numpy()[: len(sample.regressors)] * regressors.std(ddof=0)
    np.testing.assert_allclose(slopes[: len(sample.regressors)], expected, rtol=1e-8)


@pytest.mark.parametrize("name", ["ols", "panel_ols", "quantile", "share", "dispersion_ratio"])
def test_too_few_municipalities_is_a_refusal_with_headers(panel, tmp_path, name):
    paths = run(panel, tmp_path, name, SPECIFICATIONS[name], SETTINGS | {"minimum_municipalities": 500})
    fit = json.loads(paths["fits"].read_text())
    assert fit["status"] == "refused"
    assert "500" in fit["reason"]
    for kind in ("estimates", "inference", "attribution"):
        _, only = paths[kind].read_text().splitlines()  # nothing but the kind of data
        assert only.strip(",") == SIMULATED
    assert len(pd.read_csv(paths["samples"]))


def test_a_field_without_any_figure_is_a_refusal(panel):
    result = estimate(panel, SPECIFICATIONS["ols"] | {"beleidsveld": "086"}, SETTINGS, "main")
    assert result.fit is None
    assert result.reason == "no municipality has shift for 086"


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("ols", {"estimator": "lasso"}, "estimator: 'lasso'; allowed: ols, panel_ols"),
        (
            "ols",
            {"covariance": {"type": "wilson"}},
            "covariance.type: 'wilson' with estimator ols; allowed: nonrobust",
        ),
        ("dispersion_ratio", {"outcome": "shift"}, "outcome 'shift' has no yearly values"),
        (
            "dispersion_ratio",
            {"sample": {"exclude": ["big"]}},
            "sample.exclude: unknown outlier rule 'big'; allowed: smallest",
        ),
        ("share", {"threshold": None}, "threshold: None; allowed: a number"),
    ],
)
def test_mistakes_name_the_specification(panel, name, changes, message):
    with pytest.raises(StudyError, match=f"config.yaml: specifications.my_spec: {message}"):
        estimate(panel, SPECIFICATIONS[name] | changes, SETTINGS, "my_spec")


def test_each_specification_has_its_own_stream():
    assert generator(1, "a").random() == generator(1, "a").random()
    assert len({generator(1, "a").random(), generator(1, "b").random(), generator(2, "a").random()}) == 3
