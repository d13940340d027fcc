"""A multiverse from panel to results: every cell is the specification estimated by itself; chunks change nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.multiverse.estimation import OTHER_NOTE, Vintage, estimate_multiverse
from beleidsvrijheid.multiverse.grid import axis_column, expand
from beleidsvrijheid.multiverse.permutation import FREEDMAN_LANE
from beleidsvrijheid.multiverse.results import SMALLEST, join_multiverse
from beleidsvrijheid.multiverse.wild import WILD

from . import small_panel as small

LABEL = {"nl": "x", "en": "y"}
N, YEARS = 90, range(2012, 2020)


@pytest.fixture(scope="module")
def frame():
    """A panel in which `staff` moves the outcome by .3 in a standard deviation; some values are missing."""
    rng = np.random.default_rng(5)
    staff, size, wealth = rng.normal(size=(3, N))
    family = np.repeat([1.0, 2, 3], N // 3)
    parts = [small.rows(name, values) for name, values in (("staff", staff), ("size", 8 + size), ("family", family))]
    parts += [
        small.rows("wealth", np.where(np.arange(N) % 13 == 0, np.nan, wealth)),
        small.rows("people", np.exp(size)),
    ]
    parts.append(small.rows("shift", 0.3 * staff + 0.2 * size + rng.normal(size=N)))
    parts.append(small.rows("breadth", 0.1 * staff + rng.normal(size=N)))
    for year in YEARS:
        late = float(year >= 2016)
        values = 0.4 * late * staff + 0.3 * size + 0.1 * (year - 2012) + rng.normal(size=N)
        parts.append(small.rows("deviation", np.where(rng.random(N) < 0.04, np.nan, values), year))
        parts.append(reform(year, late))
    return small.panel(*parts)


def reform(year, value):
    row = {"nis": "", "value": value, "indicator": "post_reform", "level": "flanders", "beleidsveld": "", "period": ""}
    return pd.DataFrame([row]).assign(year=pd.array([year], "Int64"))


def entry(specification, focal, axes, **more):
    plain = {"controls": [], "sample": {"exclude": [], "years": None}, "effects": [], "label": LABEL, "weights": None}
    named = {
        axis: {name: {"label": LABEL, "changes": changes} for name, changes in options.items()}
        for axis, options in axes.items()
    }
    known = {"label": LABEL, "base": "b", "focal": focal, "equation": "mean", "expected": "positive", "without": []}
    known |= {"strata": None, "permute": "municipality", "draws": 199, "common_sample": False, "chunk": 1024}
    known |= {"specification": plain | specification, "axes": named, "cells_sha256": "x"}
    return known | {"axis_labels": {axis: {"label": LABEL} for axis in axes}} | more


CROSS_SECTION = entry(
    {
        "estimator": "ols",
        "outcome": "shift",
        "blocks": {"capacity": ["staff"], "scale": ["size"]},
        "covariance": {"type": "HC3"},
    },
    "staff",
    {
        "outcome": {"shift": {}, "breadth": {"outcome": "breadth"}},
        "controls": {"none": {}, "family": {"with_controls": ["family"]}, "wealth": {"with_controls": ["wealth"]}},
        "sample": {"all": {}, "less": {"sample": {"exclude": ["smallest"]}}},
        "weights": {"none": {}, "people": {"weights": "people"}},
        "errors": {
            "hc3": {},
            **{name.lower(): {"covariance": {"type": name}} for name in ("nonrobust", "HC0", "HC1", "HC2")},
            "cluster": {"covariance": {"type": "cluster", "by": "municipality"}},
        },
    },
)
PANEL = entry(
    {
        "estimator": "panel_ols", "outcome": "deviation", "blocks": {"capacity": ["staff"], "scale": ["size"]},
        "interact_with": "post_reform", "predictors": "static", "effects": ["municipality", "year"],
        "covariance": {"type": "cluster", "by": "municipality"},
    },
    "post_reform:staff",
    {
        "effects": {"two_way": {}, "one": {"effects": ["municipality"]}, "years": {"effects": ["year"]}, "none": {"effects": []}},
        "years": {"all": {}, "late": {"sample": {"years": [2013, 2018]}}},
        "weights": {"none": {}, "people": {"weights": "people"}},
        "errors": {
            "municipality": {},
            "two_way": {"covariance": {"type": "cluster", "by": ["municipality", "year"]}},
            "driscoll_kraay": {"covariance": {"type": "driscoll_kraay", "bandwidth": 2}},
            **{name.lower(): {"covariance": {"type": name}} for name in ("nonrobust", "HC0", "HC1", "HC2", "HC3")},
        },
    },
)  # fmt: skip


@pytest.mark.parametrize("grid", [CROSS_SECTION, PANEL], ids=["cross-section", "panel"])
def test_every_cell_is_the_specification_by_itself(frame, grid):
    cells = expand(grid)[0]
    found = estimate_multiverse(frame, grid | {"draws": 99}, cells, cells, small.SETTINGS, "m").estimates.set_index(
        "cell"
    )
    compared = 0
    for cell in cells:
        own = found.loc[cell.id]
        alone = estimate(
            frame,
            cell.specification,
            small.SETTINGS | {"inference": {"draws": 99, "confidence": 0.95, "weights": "rademacher"}},
            cell.id,
        )
        if alone.fit is None:
            assert own["status"] == "refused" and own["reason"]
            continue
        told = alone.estimates.set_index("term").loc[cell.focal]
        if not np.isfinite(told["std_error"]):
            assert own["status"] == "refused" and "not positive" in own["reason"]
            continue
        for column in ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "standardised"):
            assert own[column] == pytest.approx(told[column], rel=1e-9, abs=1e-13), (cell.choices, column)
        assert (own["n_obs"], own["n_units"]) == (alone.fit.n_obs, alone.fit.n_units), cell.choices
        compared += 1
    assert compared > 0.9 * len(cells)


def test_chunks_and_threads_change_nothing(frame):
    cells = expand(PANEL)[0][:24]
    whole = estimate_multiverse(frame, PANEL, cells, cells, small.SETTINGS, "m")
    parts = [
        estimate_multiverse(frame, PANEL, cells[a:b], cells, small.SETTINGS, "m", threads=2)
        for a, b in ((0, 7), (7, 24))
    ]
    joined = [
        join_multiverse(PANEL, *(pd.concat(tables, ignore_index=True) for tables in tables_), small.SETTINGS)
        for tables_ in (
            ([whole.estimates], [whole.draws], [whole.samples]),
            ([p.estimates for p in parts], [p.draws for p in parts], [p.samples for p in parts]),
        )
    ]
    for name in ("curve", "joint", "axes", "record"):
        pd.testing.assert_frame_equal(getattr(joined[0], name), getattr(joined[1], name), rtol=1e-9)


def test_joint_tests_find_what_is_planted_and_the_curve_is_ranked(frame):
    cells = expand(PANEL)[0]
    found = estimate_multiverse(frame, PANEL, cells, cells, small.SETTINGS, "m")
    joined = join_multiverse(PANEL, found.estimates, found.draws, found.samples, small.SETTINGS)
    tests = joined.joint.set_index(["method", "test"])["p_value"]
    for method in (FREEDMAN_LANE, WILD):
        assert tests.loc[(method, "median")] <= 0.01 and tests.loc[(method, SMALLEST)] <= 0.05
    curve = joined.curve[joined.curve["status"] == "estimated"].sort_values("rank")
    assert curve["standardised"].is_monotonic_increasing and curve["null_low"].lt(curve["null_high"]).all()
    assert joined.curve["is_primary"].sum() == 1
    main = joined.curve[joined.curve["is_primary"]].iloc[0]
    assert main[axis_column("effects")] == "two_way" and bool(main["significant"]) and main["p_family"] <= 0.05
    shares = joined.axes.drop_duplicates("axis")["variance_share"]
    assert 0 < shares.sum() <= 1 + 1e-12
    # Every sample named on the curve has its account.
    assert set(joined.curve["ledger"]) == set(joined.samples["ledger"])


def test_a_cell_that_cannot_be_estimated_stops_no_other_and_says_why(frame):
    axes = {
        "effects": {"none": {}, "municipality": {"effects": ["municipality"], "interact_with": None, "focal": "staff"}},
        "focal": {"right": {}, "absent": {"focal": "post_reform:wealth"}},
    }
    grid = PANEL | {"axes": entry({}, "", axes)["axes"], "axis_labels": {axis: {"label": LABEL} for axis in axes}}
    grid["specification"] = grid["specification"] | {"effects": []}
    del axes["focal"]
    grid["axes"].pop("focal")
    cells = expand(grid)[0]
    found = estimate_multiverse(frame, grid, cells, cells, small.SETTINGS, "m")
    table = found.estimates.set_index(axis_column("effects"))
    assert table.loc["none", "status"] == "estimated" and table.loc["municipality", "status"] == "refused"
    assert "staff" in table.loc["municipality", "reason"]
    joined = join_multiverse(grid, found.estimates, found.draws, found.samples, small.SETTINGS)
    assert joined.curve.set_index(axis_column("effects")).loc["municipality", "reason"]
    assert np.isnan(joined.curve.set_index(axis_column("effects")).loc["municipality", "rank"])


def test_a_multiverse_of_which_every_cell_is_refused_says_so(frame):
    cells = expand(CROSS_SECTION)[0]
    lacking = frame[~frame["indicator"].isin(["shift", "breadth"])]
    found = estimate_multiverse(lacking, CROSS_SECTION, cells, cells, small.SETTINGS, "m")
    joined = join_multiverse(CROSS_SECTION, found.estimates, found.draws, found.samples, small.SETTINGS)
    assert set(joined.curve["status"]) == {"refused"} and joined.curve["reason"].str.contains("not in the panel").all()
    assert joined.curve[["estimate", "rank", "p_family", "null_low"]].isna().all(axis=None)
    assert (joined.joint["n_specifications"] == 0).all() and (joined.joint["note"] != "").all()


def test_a_common_sample_is_the_same_municipalities_in_every_cell(frame):
    grid = CROSS_SECTION | {"common_sample": True}
    cells = expand(grid)[0]
    found = estimate_multiverse(frame, grid, cells[:40], cells, small.SETTINGS, "m")
    known = found.estimates[found.estimates["status"] == "estimated"]
    # 7 of 90 have no wealth, one of them is the smallest.
    assert known["n_obs"].nunique() == 1 == known["sample"].nunique() and known["n_obs"].iloc[0] == N - 7
    assert found.samples["reason"].str.startswith("common_sample: ").any()


def test_cells_of_another_estimator_are_on_the_curve_and_in_no_joint_test(frame):
    option = {
        "estimator": "quantile",
        "quantiles": [0.5],
        "covariance": {"type": "municipality_bootstrap"},
        "equation": "quantile_0.5",
    }
    grid = entry(CROSS_SECTION["specification"], "staff", {"estimator": {"mean": {}, "median": option}})
    cells = expand(grid)[0]
    found = estimate_multiverse(frame, grid, cells, cells, small.SETTINGS, "m")
    joined = join_multiverse(grid, found.estimates, found.draws, found.samples, small.SETTINGS)
    row = joined.curve.set_index(axis_column("estimator")).loc["median"]
    assert row["status"] == "estimated" and row["note"] == OTHER_NOTE and np.isfinite(row["estimate"])
    assert joined.joint.loc[joined.joint["test"] == "median", "n_specifications"].tolist() == [1, 1]
    assert set(joined.samples["ledger"]) == set(joined.curve["ledger"])


# Two vintages: the last ten municipalities of the study were twenty before, under codes of their own.

MERGED = 10


@pytest.fixture(scope="module")
def before(frame):
    """The panel of the municipalities before ten mergers: those that did not merge as they are, the others in two parts."""
    merged = frame["nis"].isin(small.codes(N)[-MERGED:])
    parts = [
        frame[merged].assign(nis="8" + frame["nis"].str[1:], value=lambda rows, shift=shift: rows["value"] + shift)
        for shift in (-0.4, 0.6)
    ]
    parts[1]["nis"] = "7" + parts[1]["nis"].str[1:]
    families = [part["indicator"] == "family" for part in parts]
    for part, own in zip(parts, families, strict=True):
        part.loc[own, "value"] = 2.0
    return Vintage(pd.concat([frame[~merged], *parts], ignore_index=True), {"smallest": ["90001", "80089"]})


def on_two(grid, **more):
    """A multiverse with a vintage axis before its own."""
    axes = {"municipalities": {"now": {"changes": {}}, "before": {"changes": {"vintage": 300}}}}
    axes = {axis: {name: {"label": LABEL} | one for name, one in options.items()} for axis, options in axes.items()}
    axes |= grid["axes"]
    return grid | {"axes": axes, "axis_labels": {axis: {"label": LABEL} for axis in axes}} | more


MEDIAN = {"estimator": "quantile", "quantiles": [0.5], "covariance": {"type": "municipality_bootstrap"}}
FEW = {
    "controls": CROSS_SECTION["axes"]["controls"],
    "sample": CROSS_SECTION["axes"]["sample"],
    "estimator": entry({}, "", {"e": {"mean": {}, "median": MEDIAN | {"equation": "quantile_0.5"}}})["axes"]["e"],
}
ERRORS = {name: PANEL["axes"]["errors"][name] for name in ("municipality", "driscoll_kraay", "hc3")}
SHORT = PANEL | {"axes": {"effects": PANEL["axes"]["effects"], "errors": ERRORS}}


@pytest.mark.parametrize("grid", [CROSS_SECTION | {"axes": FEW}, SHORT], ids=["cross-section", "panel"])
def test_a_cell_on_another_vintage_is_the_specification_by_itself_on_it(frame, before, grid):
    grid = on_two(grid, draws=99)
    cells, alone = expand(grid)[0], small.SETTINGS | {"inference": small.SETTINGS["inference"] | {"draws": 99}}
    found = estimate_multiverse(frame, grid, cells, cells, alone, "m", vintages={300: before}).estimates
    compared = {None: 0, 300: 0}
    for cell, own in zip(cells, found.to_dict("records"), strict=True):
        panel, rules = (frame, alone["exclusions"]) if cell.vintage is None else (before.panel, before.exclusions)
        by_itself = estimate(panel, cell.specification, alone | {"exclusions": rules}, cell.id)
        if own["status"] == "refused":
            assert by_itself.fit is None or "not positive" in own["reason"]
            continue
        told = by_itself.estimates.set_index(["equation", "term"]).loc[(cell.equation, cell.focal)]
        for column in ("estimate", "std_error", "p_value", "ci_low", "ci_high", "standardised"):
            assert own[column] == pytest.approx(told[column], rel=1e-9, abs=1e-13), (cell.choices, column)
        assert own["n_units"] == by_itself.fit.n_units
        compared[cell.vintage] += 1
    assert min(compared.values()) > 0.45 * len(cells)


def test_vintages_are_told_apart_on_the_curve_and_in_the_samples(frame, before):
    grid = on_two(CROSS_SECTION | {"axes": {"sample": FEW["sample"]}})
    cells = expand(grid)[0]
    found = estimate_multiverse(frame, grid, cells, cells, small.SETTINGS, "m", vintages={300: before})
    joined = join_multiverse(grid, found.estimates, found.draws, found.samples, small.SETTINGS)
    curve = joined.curve.set_index([axis_column("municipalities"), axis_column("sample")])
    # Outlier rules are those of the vintage: one municipality of the study, two of the others.
    assert curve["n_units"].to_dict() == {
        ("now", "all"): N, ("now", "less"): N - 1, ("before", "all"): N + MERGED, ("before", "less"): N + MERGED - 2,
    }  # fmt: skip
    assert curve["sample"].nunique() == 4 == joined.record["n_samples"].iloc[0]
    assert joined.record[["n_lowest", "n_highest"]].iloc[0].tolist() == [N - 1, N + MERGED]
    first = joined.samples.groupby("ledger")["rows_in"].first()
    assert first[curve["ledger"]].tolist() == [N, N, N + MERGED, N + MERGED]


def test_a_municipality_of_two_vintages_has_the_same_draws_in_both(frame, before):
    sample = {"sample": {"exclude": ["abroad"], "years": None}}
    grid = on_two(SHORT, strata="family", specification=SHORT["specification"] | sample)
    cells, settings = expand(grid)[0], small.SETTINGS | {"exclusions": {"abroad": []}}

    def draws(vintage, cells=cells):
        found = estimate_multiverse(frame, grid, cells, expand(grid)[0], settings, "m", vintages={300: vintage})
        return found.draws.set_index(["cell", "method"])

    # The same municipalities in both samples, others before and between them in one panel: the same draws, cell by cell.
    added = {"90000": "10000", "90001": "900015"}
    others = frame[frame["nis"].isin(added)].assign(nis=lambda rows: rows["nis"].map(added))
    same = draws(Vintage(pd.concat([others, frame], ignore_index=True), {"abroad": list(added.values())}))
    pairs = list(zip(cells[: len(cells) // 2], cells[len(cells) // 2 :], strict=True))
    for here, there in pairs:
        for method in (FREEDMAN_LANE, WILD):
            np.testing.assert_array_equal(*(same.loc[(one.id, method), "statistics"] for one in (here, there)))
    # Where most are shared, draws of a cell and of its twin go together, and no chunk draws otherwise.
    before = replace(before, exclusions={"abroad": []})
    apart = draws(before)
    for here, there in pairs:
        for method, least in ((FREEDMAN_LANE, 0.4), (WILD, 0.9)):
            both = [apart.loc[(one.id, method), "statistics"] for one in (here, there)]
            assert np.corrcoef(*both)[0, 1] > least
    for part in (cells[:3], cells[-5:]):
        again = draws(before, part)
        for key, row in again.iterrows():
            np.testing.assert_allclose(row["statistics"], apart.loc[key, "statistics"], rtol=1e-9)


@pytest.fixture(scope="module")
def fields():
    """Municipality x field x year: the reform adds .5 to two of six fields; a field has shocks of its own."""
    rng, parts = np.random.default_rng(11), []
    staff = rng.normal(size=N)
    own, units = rng.normal(size=6), rng.normal(size=N)
    for year in (2014, 2015, 2018, 2019):
        for number, code in enumerate(FIELDS):
            effect = 0.5 * (year >= 2016) * (code in ("070", "074"))
            values = np.exp(2 + effect + own[number] + units + 0.1 * rng.normal() + 0.3 * rng.normal(size=N))
            parts.append(small.rows("real_spending", values, year, code))
        parts.append(small.rows("real_spending", np.full(N, 100.0), year, "total"))
    return small.panel(*parts, small.rows("staff", staff))


FIELDS = ("030", "050", "060", "061", "070", "074")
REFORM = entry(
    {
        "estimator": "field_ols",
        "outcome": "real_spending",
        "transform": "log",
        "fields": list(FIELDS),
        "treated": ["070", "074"],
        "dispersion": "yearly",
        "blocks": {"capacity": ["staff"]},
        "effects": ["municipality", "beleidsveld", "year"],
        "covariance": {"type": "cluster", "by": "municipality"},
    },
    "reform",
    {
        "effects": {"three": {}, "fields": {"effects": ["beleidsveld", "year"]}},
        "blocks": {"staff": {}, "none": {"blocks": {"capacity": []}}},
    },
    permute="field",
)


def test_whole_fields_are_permuted_where_fields_carry_the_contrast(fields):
    cells = expand(REFORM)[0]
    found = estimate_multiverse(fields, REFORM, cells, cells, small.SETTINGS, "m")
    joined = join_multiverse(REFORM, found.estimates, found.draws, found.samples, small.SETTINGS)
    for cell in cells:
        own = joined.curve.set_index("cell").loc[cell.id]
        alone = estimate(fields, cell.specification, small.SETTINGS, cell.id).estimates.set_index("term").loc["reform"]
        assert own["estimate"] == pytest.approx(alone["estimate"], rel=1e-9)
        assert own["std_error"] == pytest.approx(alone["std_error"], rel=1e-9)
    told = joined.joint.set_index(["method", "test"])
    # 15 ways to choose two fields of six: fields as a whole cannot reject at 5 %, municipalities do.
    assert told.loc[(FREEDMAN_LANE, "median"), "p_value"] > 0.03
    by_municipality = REFORM | {"permute": "municipality"}
    again = estimate_multiverse(fields, by_municipality, cells, cells, small.SETTINGS, "m")
    own = join_multiverse(by_municipality, again.estimates, again.draws, again.samples, small.SETTINGS)
    assert own.joint.set_index(["method", "test"]).loc[(WILD, "median"), "p_value"] <= 0.01


def test_fields_with_other_rows_cannot_change_place(fields):
    uneven = fields
    for place, code in enumerate(FIELDS):
        uneven = uneven[~((uneven["beleidsveld"] == code) & (uneven["nis"] == f"9{place + 5:04d}"))]
    cells = expand(REFORM)[0]
    found = estimate_multiverse(uneven, REFORM, cells, cells, small.SETTINGS, "m")
    joined = join_multiverse(REFORM, found.estimates, found.draws, found.samples, small.SETTINGS)
    row = joined.joint.set_index("method").loc[FREEDMAN_LANE]
    assert "no two fields" in str(row["note"]) and (found.estimates["status"] == "estimated").all()
