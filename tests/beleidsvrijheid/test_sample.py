"""From panel to sample: every row and column lost is in the ledger, and wrong names are refused by name."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_values import PanelValues
from beleidsvrijheid.models.sample import WEIGHTS, _with_weights, build_sample

N = 40
NIS = [f"9{i:04d}" for i in range(N)]


def rows(indicator, values, year=None, beleidsveld="", level="municipality", nis=None):
    frame = pd.DataFrame({"nis": NIS if nis is None else nis, "value": values})
    frame["year"] = pd.array([year] * len(frame), dtype="Int64")
    return frame.assign(indicator=indicator, beleidsveld=beleidsveld, level=level, period="")


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    staff, size = rng.normal(10, 2, N), rng.normal(9, 1, N)
    parts = [
        rows("shift", rng.random(N), beleidsveld="domains"),
        rows("staff", staff),
        rows("size", size),
        rows("twice_size", 2 * size + 3),
        rows("lagged", rng.random(N), beleidsveld="domains"),
        rows("family", np.where(np.arange(N) < 20, 2.0, np.where(np.arange(N) < 30, 1.0, 5.0))),
        rows("field_only", [1.0], level="field", nis=[""]),
    ]
    for year in range(2014, 2020):
        parts += [
            rows("deviation", rng.random(N), year, "reformed"),
            rows("staff", staff + rng.normal(0, 0.1, N), year),
            rows("post_reform", [float(year >= 2016)], year, level="flanders", nis=[""]),
        ]
    return pd.concat(parts, ignore_index=True)


def cross_section(**changes):
    plain = {"estimator": "ols", "outcome": "shift", "beleidsveld": "domains"}
    return plain | {"blocks": {"capacity": ["staff"], "scale": ["size"]}, "controls": ["family"]} | changes


def yearly(**changes):
    plain = {
        "estimator": "panel_ols",
        "outcome": "deviation",
        "beleidsveld": "reformed",
        "effects": [],
        "predictors": "yearly",
    }
    return plain | {"blocks": {"capacity": ["staff"], "scale": ["size"]}} | changes


def chains(ledger):
    return (ledger["rows_in"].to_numpy()[1:] == ledger["rows_out"].to_numpy()[:-1]).all()


def without(panel, indicator, *nis):
    return panel[~((panel["indicator"] == indicator) & panel["nis"].isin(nis))]


def test_every_lost_row_is_in_the_ledger(panel):
    panel = without(without(panel, "shift", "90002"), "staff", "90003", "90004")
    panel.loc[(panel["indicator"] == "size") & (panel["nis"] == "90005"), "value"] = np.nan
    exclusions = {"smallest": ["90000", "90001"], "unused": ["90039"]}
    sample = build_sample(panel, cross_section(sample={"exclude": ["smallest"]}), exclusions, {"family"})
    ledger = sample.ledger
    assert chains(ledger)
    lost = {row.reason: row.rows_in - row.rows_out for row in ledger.itertuples() if row.rows_in > row.rows_out}
    assert lost == {"smallest: 2 municipalities": 2, "no value of the outcome": 1, "staff": 2, "size": 1}
    assert ledger["rows_in"].iloc[0] == N
    assert len(sample.frame) == ledger["rows_out"].iloc[-1] == N - 6
    assert sample.frame["nis"].is_monotonic_increasing


def test_categories_lose_the_most_frequent_and_a_tie_goes_to_the_lowest(panel):
    sample = build_sample(panel, cross_section(), {}, {"family"})
    assert sample.controls == ["family=1", "family=5"]
    assert sample.frame["family=5"].sum() == 10
    assert "family: reference category 2 (20 municipalities)" in set(sample.ledger["reason"])
    panel.loc[panel["indicator"] == "family", "value"] = np.repeat([5.0, 3.0], 20)
    assert build_sample(panel, cross_section(), {}, {"family"}).controls == ["family=5"]


def test_a_municipality_alone_in_its_category_goes_by_name(panel):
    panel.loc[(panel["indicator"] == "family") & (panel["nis"] == "90007"), "value"] = 9.0
    sample = build_sample(panel, cross_section(), {}, {"family"})
    assert "family=9: 90007 is the only municipality (leverage 1)" in set(sample.ledger["reason"])
    assert "90007" not in set(sample.frame["nis"])
    assert sample.controls == ["family=1", "family=5"]
    assert chains(sample.ledger)


def test_collinear_and_constant_columns_are_removed_by_name(panel):
    panel = pd.concat([panel, rows("same", np.full(N, 7.0))], ignore_index=True)
    blocks = {"scale": ["size", "twice_size"], "other": ["same", "staff"]}
    sample = build_sample(panel, cross_section(blocks=blocks, controls=[]))
    assert sample.blocks == {"scale": ["size"], "other": ["staff"]}
    assert sample.warnings == [
        "twice_size: column removed, a combination of the columns before it",
        "same: column removed, constant in this sample",
    ]
    assert set(sample.ledger.loc[sample.ledger["step"] == "collinear", "reason"]) == set(sample.warnings)
    assert "twice_size" not in sample.frame


def test_a_control_stays_and_its_copy_in_a_block_goes(panel):
    sample = build_sample(panel, cross_section(blocks={"scale": ["twice_size"], "c": ["staff"]}, controls=["size"]))
    assert sample.controls == ["size"]
    assert sample.blocks == {"scale": [], "c": ["staff"]}
    with pytest.raises(Refusal, match="no block column can be estimated; removed: twice_size"):
        build_sample(panel, cross_section(blocks={"scale": ["twice_size"]}, controls=["size"]))


def test_a_panel_takes_yearly_values_where_there_are_any(panel):
    sample = build_sample(panel, yearly(sample={"years": [2015, 2018]}))
    assert len(sample.frame) == N * 4
    assert sample.frame.groupby("nis")["staff"].nunique().eq(4).all()
    assert sample.frame.groupby("nis")["size"].nunique().eq(1).all()
    reasons = set(sample.ledger["reason"])
    assert "staff: yearly values" in reasons
    assert any(reason.startswith("size: one value a municipality") for reason in reasons)


def test_predictors_of_before_the_reform_do_not_vary(panel):
    sample = build_sample(panel, yearly(predictors="static"))
    assert sample.frame.groupby("nis")["staff"].nunique().eq(1).all()
    assert any(reason.startswith("staff: one value a municipality") for reason in sample.ledger["reason"])


def test_effects_absorb_by_name_and_interactions_stay(panel):
    sample = build_sample(panel, yearly(effects=["municipality", "year"], interact_with="post_reform"))
    assert sample.blocks == {
        "capacity": ["staff", "post_reform:staff"],
        "scale": ["post_reform:size"],
    }
    assert sample.moderator == []
    absorbed = sample.ledger.loc[sample.ledger["step"] == "absorbed", "reason"]
    assert absorbed.tolist() == [f"{name}: column removed, by the fixed effects" for name in ("post_reform", "size")]
    pooled = build_sample(panel, yearly(interact_with="post_reform"))
    assert pooled.moderator == ["post_reform"]
    post = pooled.frame["post_reform"] == 1
    centred = pooled.frame["size"] - pooled.frame["size"].mean()
    np.testing.assert_allclose(pooled.frame["post_reform:size"], np.where(post, centred, 0.0))


def test_singletons_go_with_municipality_effects(panel):
    single = (panel["indicator"] == "deviation") & (panel["nis"] == "90008") & (panel["year"] > 2014)
    sample = build_sample(panel[~single], yearly(effects=["municipality"]))
    row = sample.ledger[sample.ledger["step"] == "singletons"].iloc[0]
    assert (row["rows_in"] - row["rows_out"], row["reason"]) == (1, "one row only: nis 90008")
    assert "90008" in set(build_sample(panel[~single], yearly()).frame["nis"])


def test_predictor_of_the_same_field_comes_before_the_general_one(panel):
    sample = build_sample(panel, cross_section(controls=["lagged"]))
    expected = panel[panel["indicator"] == "lagged"].set_index("nis")["value"]
    np.testing.assert_array_equal(sample.frame["lagged"], expected.loc[sample.frame["nis"]])


def test_row_order_does_not_matter_and_a_changed_value_does(panel):
    one = build_sample(panel, cross_section(), {}, {"family"})
    mixed = build_sample(panel.sample(frac=1, random_state=2), cross_section(), {}, {"family"})
    pd.testing.assert_frame_equal(one.frame, mixed.frame)
    assert one.sha256 == mixed.sha256
    panel.loc[panel.index[panel["indicator"] == "staff"][0], "value"] += 1e-6
    assert build_sample(panel, cross_section(), {}, {"family"}).sha256 != one.sha256


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"outcome": "field_only", "beleidsveld": ""},
            "outcome 'field_only' is at level field; allowed: municipality",
        ),
        ({"blocks": {"a": ["field_only"]}}, "predictor 'field_only' has no value per municipality"),
        (
            {"outcome": "deviation", "beleidsveld": "reformed"},
            "has yearly values, this estimator wants one value each",
        ),
        ({"blocks": {"a": ["shift"]}}, "'shift' is outcome and predictor at once"),
        ({"controls": ["staff"]}, "'staff' is named twice"),
        ({"sample": {"exclude": ["big"]}}, "unknown outlier rule 'big'; allowed: coast"),
        ({"effects": ["province"]}, "effects: unknown 'province'; allowed: municipality, year"),
        ({"interact_with": "post_reform"}, "interact_with: 'post_reform' needs a panel"),
        ({"transform": "sqrt"}, "transform: 'sqrt'; allowed: none, log, log1p"),
        ({"splines": {"stuff": [1, 2, 3]}}, "splines: 'stuff'; allowed: a predictor .*family, size, staff"),
        ({"splines": {"family": [1, 2, 3]}}, "splines: 'family'; allowed: a predictor that is no category"),
        ({"splines": {"size": [8, 9]}}, r"splines.size: \[8, 9\]; allowed: at least three increasing numbers"),
        ({"splines": {"size": [8, 9, 9]}}, "at least three increasing numbers"),
        (
            {"interactions": [["staff", "sise"]]},
            r"interactions: \['staff', 'sise'\]; allowed: two of family, size, staff",
        ),
        ({"interactions": [["family", "family"]]}, "the square of a category or spline has no meaning"),
        ({"interactions": [["staff", "size"], ["size", "staff"]]}, "is named twice"),
    ],
)
def test_mistakes_are_named(panel, changes, message):
    with pytest.raises(StudyError, match=message):
        build_sample(panel, cross_section(**changes), {"coast": []}, {"family"})


def test_mistakes_in_a_panel_are_named(panel):
    with pytest.raises(StudyError, match="'shift' has one value per municipality, this estimator wants yearly"):
        build_sample(panel, yearly(outcome="shift", beleidsveld="domains"))
    with pytest.raises(StudyError, match="sample.years: no year of deviation from 1990 to 1999"):
        build_sample(panel, yearly(sample={"years": [1990, 1999]}))
    again = panel[(panel["indicator"] == "staff") & panel["year"].isna()][:1]
    with pytest.raises(StudyError, match=r"staff \(no field\) has more than one value for nis 90000"):
        build_sample(pd.concat([panel, again], ignore_index=True), cross_section())


def test_a_field_without_figures_is_refused_not_a_mistake(panel):
    with pytest.raises(Refusal, match="no municipality has shift for 086") as refusal:
        build_sample(panel, cross_section(beleidsveld="086"))
    assert refusal.value.ledger["rows_in"].tolist() == [0]
    panel.loc[panel["indicator"] == "staff", "value"] = np.nan
    with pytest.raises(Refusal, match="no row of shift is left") as refusal:
        build_sample(panel, cross_section())
    assert chains(refusal.value.ledger)


@pytest.mark.parametrize("changes", [{"outcome": "tree_cover"}, {"controls": ["tree_cover"]}])
def test_an_indicator_that_no_source_could_give_is_a_result(panel, changes):
    reason = "indicator tree_cover is not in the panel: no source at hand has the years it needs"
    with pytest.raises(Refusal, match=reason) as refusal:
        build_sample(panel, cross_section(**changes), {}, {"family"})
    assert refusal.value.ledger["rows_in"].tolist() == [0]


def test_a_predictor_without_its_window_is_a_result(panel):
    panel = panel[(panel["indicator"] != "staff") | panel["year"].notna()]
    with pytest.raises(Refusal, match="staff has yearly values only: no source at hand has the years"):
        build_sample(panel, cross_section(), {}, {"family"})


def test_a_logarithm_loses_rows_by_name(panel):
    shift = panel["indicator"] == "shift"
    panel.loc[shift & (panel["nis"] == "90006"), "value"] = 0.0
    panel.loc[shift & (panel["nis"] == "90007"), "value"] = -1.0
    raw = panel[shift].set_index("nis")["value"]
    for transform, lost, function in (("log", ["90006", "90007"], np.log), ("log1p", ["90007"], np.log1p)):
        sample = build_sample(panel, cross_section(transform=transform), {}, {"family"})
        assert sorted(set(NIS) - set(sample.frame["nis"])) == lost
        np.testing.assert_allclose(sample.frame["outcome"], function(raw.loc[sample.frame["nis"]]))
        assert chains(sample.ledger)
        dropped = sample.ledger[sample.ledger["step"] == "not positive"].iloc[0]
        assert dropped["rows_in"] - dropped["rows_out"] == len(lost)


def test_splines_and_interactions_become_columns_of_their_blocks(panel):
    shapes = {"splines": {"size": [8, 9, 9.5, 10]}, "interactions": [["staff", "size"], ["staff", "family"]]}
    sample = build_sample(panel, cross_section(**shapes), {}, {"family"})
    sizes = ["size", "size~1", "size~2"]
    assert sample.blocks == {
        "capacity": ["staff"],
        "scale": sizes,
        "interaction": [f"staff:{name}" for name in [*sizes, "family=1", "family=5"]],
    }
    frame = sample.frame
    product = (frame["staff"] - frame["staff"].mean()) * (frame["size"] - frame["size"].mean())
    np.testing.assert_allclose(frame["staff:size"], product)
    assert "size: restricted cubic spline, knots 8, 9, 9.5, 10" in set(sample.ledger["reason"])
    square = build_sample(panel, cross_section(interactions=[["size", "size"]]), {}, {"family"})
    np.testing.assert_allclose(square.frame["size:size"], (frame["size"] - frame["size"].mean()) ** 2)


def test_a_spline_beyond_the_data_loses_its_columns_by_name(panel):
    sample = build_sample(panel, cross_section(splines={"size": [50, 60, 70]}), {}, {"family"})
    assert sample.blocks["scale"] == ["size"]
    assert "size~1: column removed, constant in this sample" in sample.warnings


def test_a_period_is_told_of_static_values_of_that_indicator_alone():
    rows = [("a", "x", pd.NA, "pre"), ("a", "y", pd.NA, "post"), ("a", "z", 2014, "within"), ("b", "x", pd.NA, "pre")]
    panel = pd.DataFrame(rows, columns=["nis", "indicator", "year", "period"])
    values = PanelValues(panel.assign(level="municipality", beleidsveld="", value=1.0))
    assert [values.period(name) for name in "xyz"] == [" (period pre)", " (period post)", ""]


def test_weights_are_those_of_the_field_and_else_of_the_municipality():
    rows = [("a", "w", "070", 2.0), ("b", "w", "070", 3.0), ("a", "w", "", 5.0), ("b", "w", "", 7.0)]
    panel = pd.DataFrame(rows, columns=["nis", "indicator", "beleidsveld", "value"])
    values = PanelValues(panel.assign(level="municipality", period="", year=pd.array([pd.NA] * 4, "Int64")))
    frame = pd.DataFrame({"nis": ["b", "a"]})
    for field, expected in (("070", [3, 2]), ("071", [7, 5]), ("", [7, 5])):
        assert _with_weights(values, frame, {"weights": "w", "beleidsveld": field})[WEIGHTS].tolist() == expected
