"""What the explorer is made of: sums and recipes, a model fitted again, a page that holds any text without harm."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.explorer.amounts import summed
from beleidsvrijheid.explorer.findings import read_findings
from beleidsvrijheid.explorer.items import quantised, read_items, wanted
from beleidsvrijheid.explorer.page import explorer_page, inert_json
from beleidsvrijheid.explorer.places import DECIMALS, shape_content
from beleidsvrijheid.explorer.prediction import (
    check_agreement,
    coefficients,
    fit_model,
    interval_quantile,
    predict,
    refusal,
)
from beleidsvrijheid.explorer.recipes import evaluate, recipes_of
from beleidsvrijheid.explorer.words import PAGE_WORDS
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.models.linear import ols
from beleidsvrijheid.models.sample import build_sample
from beleidsvrijheid.models.task import parts
from beleidsvrijheid.outputs import SIMULATED

from .small_panel import panel, rows

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "workflow/report/explorer"
A, B = "95001", "95002"


# Sums and recipes


def years(values: dict[int, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(values, index=[A, B])


def test_a_part_without_a_figure_is_left_out_or_makes_the_sum_missing():
    table = np.array([[1.0, np.nan], [2.0, np.nan], [4.0, 8.0]])
    groups = [[0, 1], [1, 2], [0]]
    np.testing.assert_array_equal(summed(table, groups, "zero"), [[3, np.nan], [6, 8], [1, np.nan]])
    np.testing.assert_array_equal(summed(table, groups, "missing"), [[3, np.nan], [6, np.nan], [1, np.nan]])


def test_a_merged_ratio_is_one_of_sums_and_no_mean_of_ratios():
    amounts = {"vte": years({2014: [10, 90]}), "population": years({2014: [1000, 2000]})}
    recipe = {"kind": "mean", "above": "vte", "below": "population", "years": [2014], "factor": 1000.0}
    recipe |= {"log": "none", "absent": "missing", "need": "all"}
    assert evaluate(recipe, amounts, [[0, 1], [0]]).tolist() == pytest.approx([100 / 3, 10])
    assert evaluate(recipe | {"log": "after"}, amounts, [[0, 1]])[0] == pytest.approx(np.log(100 / 3))


def test_a_merged_shift_follows_the_summed_portfolios():
    before = pd.DataFrame({"070": [50.0, 0], "074": [50.0, 100]}, index=[A, B])
    after = pd.DataFrame({"070": [100.0, np.nan], "074": [0.0, np.nan]}, index=[A, B])
    recipe = {"kind": "shift", "measure": "total_variation", "before": "b", "after": "a", "zero": 0.0005}
    found = evaluate(recipe, {"b": before, "a": after}, [[0], [1], [0, 1]])
    np.testing.assert_allclose(found, [0.5, np.nan, 0.75])


def test_votes_of_a_party_add_up_and_a_part_without_votes_leaves_it_missing():
    amounts = {
        "last": pd.DataFrame({"x": [60.0, 40], "y": [40.0, 60]}, index=[A, B]),
        "first": pd.DataFrame({"x": [100.0, np.nan], "z": [np.nan, np.nan]}, index=[A, B]),
    }
    volatility = {"kind": "parties", "measure": "volatility", "last": "last", "first": "first"}
    np.testing.assert_allclose(evaluate(volatility, amounts, [[0], [0, 1]]), [0.4, np.nan])
    fragmentation = {"kind": "parties", "measure": "fragmentation", "last": "last"}
    assert evaluate(fragmentation, amounts, [[0, 1]])[0] == pytest.approx(2)


def test_a_recipe_that_does_not_give_back_the_own_figures_is_withheld():
    config = {
        "geography": {"vintage": 285}, "sectors": {"reform_year": 2016},
        "period": {"spending": {"report": "accounts"}, "pre": {"years": [2014, 2014], "plan": None},
                   "post": {"years": [2020, 2020], "plan": None}, "within": None, "drop": []},
    }  # fmt: skip
    inputs = Inputs({}, pd.DataFrame(), pd.DataFrame(), config)
    amounts = {"population": years({2014: [1000, 2000]})}
    keys = {("log_population", ""): np.log([1000.0, 2000.0]), ("population", ""): np.array([1000.0, 2001.0])}
    keys |= {("new_mayor", ""): np.array([0.0, 1.0]), ("peer_deviation_post", "reformed"): np.array([0.1, 0.2])}
    found, needed, withheld = recipes_of(keys, {}, inputs, amounts, {"new_mayor"})
    assert {key[0]: recipe["kind"] for key, recipe in found.items()} == {
        "log_population": "mean",
        "new_mayor": "largest",
    }
    assert withheld == [("population", "")] and list(needed) == ["population"]


# Indicators


def test_indicators_shown_are_those_of_the_configuration_the_primary_one_first():
    config = {
        "primary": "b", "blocks": {"scale": ["log_population"]},
        "specifications": {
            "a": {"outcome": "breadth", "beleidsveld": "domains", "blocks": {"capacity": ["vte_per_1000"]}, "controls": []},
            "b": {"outcome": "own_change", "fields": ["reformed"], "blocks": {}, "controls": ["reform_dose"], "dose": None},
        },
    }  # fmt: skip
    keys = wanted(config)
    outcomes = [key for key, group in keys.items() if group == "outcomes"]
    assert outcomes == [("own_change", ""), ("own_change", "reformed"), ("breadth", "domains")]
    assert keys["vte_per_1000", ""] == "capacity" and keys["reform_dose", ""] == "controls"
    assert keys["population", ""] == keys["log_population", ""] == "scale"


def test_one_value_is_preferred_and_else_the_last_year():
    frame = panel(
        rows("x", [1.0, 2.0]), rows("x", [5.0, 6.0], 2015), rows("y", [3.0, np.nan], 2014), rows("y", [4.0, 7.0], 2015)
    )
    items = read_items(frame, {("x", ""): "a", ("y", ""): "a", ("z", ""): "a"}, ["90000", "90001"])
    assert [(item.indicator, item.latest, item.values.tolist()) for item in items] == [
        ("x", None, [1, 2]),
        ("y", 2015, [4, 7]),
    ]
    assert items[1].yearly.columns.tolist() == [2014, 2015] and quantised(items[1].yearly[2014].to_numpy()) == [
        3.0,
        None,
    ]
    assert quantised(np.array([1234567.89, 0.000123456789])) == [1234570.0, 0.000123457]


# The model


SPECIFICATION = {
    "estimator": "ols", "outcome": "y", "blocks": {"one": ["x"]}, "controls": ["family"], "covariance": {"type": "HC3"},
}  # fmt: skip
SETTINGS = {"exclusions": {}, "categorical": ["family"]}


@pytest.fixture(scope="module")
def country() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    x, family = rng.normal(50, 3, 90), rng.integers(1, 4, 90)
    return panel(rows("y", 2 + 0.3 * x + family + rng.normal(size=90) * x / 50), rows("x", x), rows("family", family))


@pytest.mark.parametrize("kind", ["nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"])
def test_the_model_and_its_interval_are_those_of_the_estimator(country, kind):
    specification = SPECIFICATION | {"covariance": {"type": kind, "by": "municipality"}}
    model = fit_model(country, specification, SETTINGS)
    sample = build_sample(country, specification, {}, ["family"])
    outcome, regressors = parts(sample)
    fit = ols(outcome, regressors, kind, sample.frame["nis"].rename("municipality"))
    told = fit.coefficients.set_index("term")[["estimate", "std_error"]]
    pd.testing.assert_frame_equal(coefficients(model), told, check_names=False, rtol=1e-9)
    check_agreement(model, fit.coefficients, "name")
    at = np.array([47.0, *([1.0] + [0.0] * (len(model.terms) - 2))])
    point, low, high = predict(model, at, 0.95)
    row = np.append(at, 1.0)
    variance = row @ fit.covariance_matrix @ row + (fit.residuals @ fit.residuals) / (len(outcome) - len(row))
    assert point == pytest.approx(row @ told["estimate"].to_numpy(), rel=1e-9)
    from scipy.stats import t

    half = t.ppf(0.975, fit.df) * np.sqrt(variance)
    assert [low, high] == pytest.approx([point - half, point + half], rel=1e-9)
    assert interval_quantile(fit.coefficients) == pytest.approx(t.ppf(0.975, fit.df), rel=1e-12)


def test_the_model_knows_its_range_and_the_category_left_out(country):
    model = fit_model(country, SPECIFICATION, SETTINGS)
    values = country[country["indicator"] == "x"]["value"]
    assert model.ranges["x"] == [values.min(), values.max()]
    reference = country.loc[country["indicator"] == "family", "value"].value_counts().sort_index().idxmax()
    assert model.categories["family"][0] == reference and sorted(model.categories["family"]) == [1, 2, 3]


def test_estimates_that_differ_from_the_files_stop_the_page(country):
    model = fit_model(country, SPECIFICATION, SETTINGS)
    told = coefficients(model).rename_axis("term").reset_index()
    check_agreement(model, told, "name")
    told.loc[told["term"] == "x", "estimate"] *= 1.001
    with pytest.raises(StudyError, match=r"results/estimates/name.csv: x: .* gives .* delete the file and run again"):
        check_agreement(model, told, "name")


def test_a_specification_that_the_page_cannot_follow_is_told():
    assert refusal(SPECIFICATION) == ""
    assert refusal(SPECIFICATION | {"estimator": "quantile"}) == "estimator: quantile"
    assert refusal(SPECIFICATION | {"splines": {"x": [1, 2]}}) == "splines"
    assert refusal(SPECIFICATION | {"covariance": {"type": "wild_cluster"}}) == "covariance: wild_cluster"


# Findings


def test_estimates_read_as_one_are_those_of_each_file(tmp_path):
    head = "equation,term,block,estimate,std_error,statistic,p_value,ci_low,ci_high,standardised,mde,data_source"
    files = {"estimates": [], "fits": []}
    for name, terms in {"a": ["x", '"y, of z"'], "b": ["070"], "none": []}.items():
        rows = [f"mean,{term},one,{number}.5,1,,,0,2,,,{SIMULATED}" for number, term in enumerate(terms)]
        rows = rows or ["," * 10 + f",{SIMULATED}"]  # a refused specification has one row, the kind of data alone
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"status": "estimated" if terms else "refused"}), encoding="utf-8"
        )
        files["estimates"].append(str(tmp_path / f"{name}.csv"))
        files["fits"].append(str(tmp_path / f"{name}.json"))
    found = read_findings(
        {name: {"outcome": name} for name in ("a", "b", "none", "absent")}, files, {"absent": ["no file"]}
    )
    assert found["a"].estimates["term"].tolist() == ["x", "y, of z"] and found["a"].estimates["estimate"].tolist() == [
        0.5,
        1.5,
    ]
    assert found["b"].estimates["term"].tolist() == ["070"] and not found["b"].refused
    assert found["none"].refused and found["none"].estimates.empty
    assert found["absent"].is_absent and found["absent"].fit["reason"] == "no file"


# The page


def test_any_text_is_inert_in_the_data_of_a_page():
    hostile = ["</script><script>alert(1)</script>", "<!-- ", "]]>", "\u2028", 'a"b&amp;']
    text = inert_json(hostile)
    assert not re.search("[<>&\u2028]", text) and json.loads(text) == hostile
    with pytest.raises(ValueError, match="JSON"):
        inert_json({"value": float("nan")})


def assets() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(ASSETS.iterdir())}


def small_content(language: str = "nl") -> dict:
    words = {name: {key: pair[number] for key, pair in PAGE_WORDS.items()} for number, name in enumerate(("nl", "en"))}
    return {
        "language": language,
        "title": {"nl": "Een <b>titel</b>", "en": "A title"},
        "label": SIMULATED,
        "words": words,
    }


def test_the_page_escapes_its_title_and_allows_only_its_own_scripts():
    page = explorer_page(small_content(), assets(), "window.library = 1;")
    assert "<title>Een &lt;b&gt;titel&lt;/b&gt;</title>" in page and '<html lang="nl">' in page and SIMULATED in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy
    assert policy.count("'sha256-") == page.count("<script>") == 1 + sum(name.endswith(".js") for name in assets())
    assert explorer_page(small_content(), assets(), "window.library = 1;") == page
    with pytest.raises(ValueError, match="charts would end the element"):
        explorer_page(small_content(), assets(), "document.write('</script>')")


def test_scripts_of_the_page_make_no_markup_from_text():
    for name, text in assets().items():
        if name.endswith(".js"):
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
            ), name


def test_words_are_there_in_both_languages_and_with_the_same_gaps():
    for key, (dutch, english) in PAGE_WORDS.items():
        assert dutch and english, key
        assert set(re.findall(r"\{(\w+)\}", dutch)) == set(re.findall(r"\{(\w+)\}", english)), key


def test_every_word_that_the_page_asks_for_is_there_and_no_other():
    texts = "\n".join(assets().values())
    asked = set(
        re.findall(r'(?:word|said)\("([\w.]+)"|data-name="([\w.]+)"|words\["([\w.]+)"\]|\["(\w+\.\w+)", ', texts)
    )
    asked = {key for found in asked for key in found if key} | set(
        re.findall(r'"((?:specifications|claims)\.\w+)"', texts)
    )
    assert {key for key in asked if "." in key and not key.endswith(".")} - set(PAGE_WORDS) == set()
    built = ("unit.", "nav.", "notes.", "merge.basis.", "group.", "column.", "model.")
    unused = {key for key in PAGE_WORDS if f'"{key}"' not in texts and not key.startswith(built)}
    assert unused == set()


def test_units_of_the_catalogue_have_words():
    entries = yaml.safe_load((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
    lacking = {entry["unit"] for entry in entries if entry["level"] == "municipality"} - {
        key.removeprefix("unit.") for key in PAGE_WORDS
    }
    assert lacking == set()


def test_shapes_are_simplified_together_and_those_without_stay_absent():
    wave = [(1 + 0.00002 * (step % 2), step / 40) for step in range(41)]
    left, right = shapely.Polygon([(0, 0), *wave, (0, 1)]), shapely.Polygon([(2, 0), (2, 1), *reversed(wave)])
    table = pd.DataFrame({"nis": [A, B], "geometry": [shapely.to_geojson(left), shapely.to_geojson(right)]})
    first, none, second = shape_content(table, [A, "95009", B])
    assert none is None and len(first["coordinates"][0]) < 20
    one, other = (shapely.geometry.shape(shape) for shape in (first, second))
    assert one.intersection(other).area == 0 and one.boundary.intersection(other.boundary).length > 0.99
    assert all(round(number, DECIMALS) == number for point in first["coordinates"][0] for number in point)
    ring = np.array(first["coordinates"][0])
    assert (np.diff(ring[:, 0]) * (ring[1:, 1] + ring[:-1, 1])).sum() > 0  # clockwise, as the map library wants it
    assert shape_content(None, [A]) == []
