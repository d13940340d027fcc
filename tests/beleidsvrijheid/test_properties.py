"""Laws that hold whatever the data: order, units, labels, mergers, shares, dispersion, p-values, ledgers, totals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from beleidsvrijheid.attribution import drawn_shares, residual_r2, shapley, subsets
from beleidsvrijheid.geography import recode, sum_parts
from beleidsvrijheid.harmonise import drop_incomplete
from beleidsvrijheid.indicators.dispersion import MEASURES
from beleidsvrijheid.inference import bootstrap_p, draw_counts
from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.linear import ols, panel_ols

from . import small_study

SEEDS = st.integers(0, 2**32 - 1)
lawful = settings(
    derandomize=True, deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow], database=None
)
often = settings(lawful, max_examples=60)


def drawn(seed, n=40):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(rng.normal(size=(n, 3)), columns=["staff", "size", "change"])
    return rng, x, x.to_numpy() @ [0.5, -0.2, 0.1] + rng.normal(size=n)


def numbers(fit) -> np.ndarray:
    """Estimate, standard error and p of the slopes."""
    return (
        fit.coefficients.set_index("term")
        .drop("const", errors="ignore")[["estimate", "std_error", "p_value"]]
        .to_numpy()
    )


# Estimates: order of rows, units, labels, offsets


@lawful
@given(SEEDS, st.sampled_from(["nonrobust", "HC1", "HC2", "HC3", "cluster"]))
def test_the_order_of_rows_changes_no_estimate(seed, covariance):
    rng, x, y = drawn(seed)
    groups, order = pd.Series(np.repeat(np.arange(10), 4), name="g"), rng.permutation(len(y))
    kept = groups if covariance == "cluster" else None
    moved = None if kept is None else groups.iloc[order].reset_index(drop=True)
    other = ols(y[order], x.iloc[order].reset_index(drop=True), covariance, moved)
    np.testing.assert_allclose(numbers(other), numbers(ols(y, x, covariance, kept)), rtol=1e-9, atol=1e-13)


@lawful
@given(SEEDS, st.floats(1e-6, 1e6), st.floats(1e-3, 1e3), st.floats(-1e6, 1e6))
def test_units_and_offsets_move_estimates_as_they_should(seed, unit, scale, offset):
    _, x, y = drawn(seed)
    one, other = numbers(ols(y, x, "HC3")), numbers(ols(scale * y, x.assign(size=unit * x["size"] + offset), "HC3"))
    expected = one * np.array([scale, scale, 1.0])
    expected[1, :2] /= unit
    # An offset of 1e6 beside a spread of 1e-6 leaves four digits of the regressor itself.
    lost = max(1e-9, 1e-14 * abs(offset) / unit)
    if lost < 1e-4:
        np.testing.assert_allclose(other, expected, rtol=100 * lost, atol=1e-9)


@lawful
@given(SEEDS, st.permutations(range(12)), st.sampled_from([[], ["municipality"], ["year"], ["municipality", "year"]]))
def test_other_codes_of_municipalities_change_no_panel_estimate(seed, labels, effects):
    _, x, y = drawn(seed, 60)
    units, years = np.repeat(np.arange(12), 5), np.tile(np.arange(2014, 2019), 12)
    renamed = np.array([f"9{label:04d}" for label in labels])[units]
    one = panel_ols(y, x, pd.Series(units), pd.Series(years), effects)
    other = panel_ols(y, x, pd.Series(renamed), pd.Series(years), effects)
    np.testing.assert_allclose(numbers(other), numbers(one), rtol=1e-8, atol=1e-12)
    far = panel_ols(y + 1e6, x + 1e6, pd.Series(units), pd.Series(years), effects)
    np.testing.assert_allclose(numbers(far), numbers(one), rtol=1e-5, atol=1e-8)


@settings(lawful, max_examples=5)
@given(SEEDS)
def test_the_order_of_the_panel_changes_no_byte_of_a_specification(seed):
    config, known = small_study.study()
    known = known | {"exclusions": small_study.rules()}
    name, panel = "p1_staff_by_scale", small_study.panel()
    mixed = panel.iloc[np.random.default_rng(seed).permutation(len(panel))]
    one, other = (estimate(rows, config["specifications"][name], known, name) for rows in (panel, mixed))
    pd.testing.assert_frame_equal(one.estimates, other.estimates, check_exact=True)
    assert one.sample_sha256 == other.sample_sha256


# Mergers


@st.composite
def country(draw):
    """Units of three vintages, each coarser than the one before, and whole cents per unit and year."""
    n = draw(st.integers(1, 12))
    first = [draw(st.integers(0, i)) for i in range(n)]
    later = {target: draw(st.integers(0, target)) for target in sorted(set(first))}
    units = pd.DataFrame({"nis_308": [f"a{i:02d}" for i in range(n)], "nis_300": [f"b{i:02d}" for i in first]})
    units["nis_285"] = [f"c{later[i]:02d}" for i in first]
    cents = draw(arrays.arrays(np.int64, (n, 2), elements=st.integers(-(10**12), 10**12)))
    rows = [(nis, 308, 2014 + t, cents[i, t] / 100) for i, nis in enumerate(units["nis_308"]) for t in range(2)]
    return units, pd.DataFrame(rows, columns=["nis", "vintage", "year", "euros"]), cents


def merged(rows: pd.DataFrame, units: pd.DataFrame, vintage: int) -> pd.DataFrame:
    return sum_parts(recode(rows, units, vintage, "p"), ["year"], ["euros"])


@often
@given(country())
def test_merging_then_adding_equals_adding_then_merging_to_the_cent(made):
    units, rows, cents = made
    direct = merged(rows, units, 285)
    twice = merged(merged(rows, units, 300).assign(vintage=300), units, 285)
    assert direct[["nis", "year"]].equals(twice[["nis", "year"]])
    assert np.array_equal(
        np.round(100 * direct["euros"]).astype(np.int64), np.round(100 * twice["euros"]).astype(np.int64)
    )
    national = direct.groupby("year")["euros"].sum()
    assert [round(100 * euros) for euros in national] == cents.sum(axis=0).tolist()


@often
@given(country(), st.data())
def test_an_incomplete_merger_is_left_out_and_every_row_is_counted(made, data):
    units, rows, _ = made
    there = rows[data.draw(arrays.arrays(bool, len(rows)))]
    kept, dropped = drop_incomplete(recode(there, units, 285, "p"), units, 285, ["year"])
    assert len(kept) + dropped == len(there)
    expected = units.groupby("nis_285")["nis_308"].nunique()
    found = kept.groupby(["nis_target", "year"])["nis"].nunique()
    assert all(number == expected[unit] for (unit, _), number in found.items())


# Shares of R2


@often
@given(arrays.arrays(float, 16, elements=st.floats(-1e3, 1e3)))
def test_shapley_values_sum_to_the_value_of_all_and_are_fair(values):
    game = dict(zip(subsets(4), values, strict=True))
    shares = shapley(game, 4)
    assert shares.sum() == pytest.approx(game[0, 1, 2, 3] - game[()], abs=1e-9)
    # Two players who do the same get the same; one who adds nothing gets nothing.
    same = {chosen: float(len(set(chosen) & {0, 1})) + (5.0 if 2 in chosen else 0.0) for chosen in subsets(4)}
    np.testing.assert_allclose(shapley(same, 4), [1, 1, 5, 0], atol=1e-12)


@lawful
@given(SEEDS, st.floats(1e-3, 1e3))
def test_shares_of_r2_sum_to_it_in_every_draw_and_in_any_unit(seed, unit):
    rng, x, y = drawn(seed, 60)
    blocks = {"a": x[["staff", "size"]].to_numpy(), "b": x[["change"]].to_numpy()}
    controls = rng.normal(size=(60, 1))
    r2, *_ = residual_r2(y, blocks, controls)
    every = np.ones((1, 60))
    assert drawn_shares(y, blocks, controls)(every).sum() == pytest.approx(r2, rel=1e-9)
    counts = draw_counts(60, 5, rng)
    shares = drawn_shares(y, blocks, controls)(counts)
    assert (shares.sum(axis=1) <= 1 + 1e-9).all() and (shares >= -1e-9).all()
    other = {name: unit * columns + unit for name, columns in blocks.items()}
    np.testing.assert_allclose(drawn_shares(unit * y - 7, other, controls)(counts), shares, rtol=1e-6, atol=1e-9)


# Dispersion

POSITIVE = arrays.arrays(float, st.tuples(st.integers(2, 30), st.just(1)), elements=st.floats(0.01, 1e6))


@often
@given(POSITIVE, st.floats(1e-3, 1e3))
def test_dispersion_hangs_on_ratios_alone_and_on_no_order(values, unit):
    for name, measure in MEASURES.items():
        one = measure(values)
        np.testing.assert_allclose(measure(unit * values), one, rtol=1e-7, atol=1e-7, err_msg=name)
        np.testing.assert_allclose(measure(values[::-1]), one, rtol=1e-7, atol=1e-9, err_msg=name)
        # Each unit twice is the same country where the measure is of a population.
        if name in ("gini", "p90_p10"):
            weighted = measure(values, np.full(len(values), 3.0))
            np.testing.assert_allclose(weighted, one, rtol=1e-7, atol=1e-9, err_msg=name)


@often
@given(st.floats(0.01, 1e6), st.integers(2, 20), POSITIVE, st.floats(1, 1e5))
@example(1.0, 2, np.full((7, 1), 0.1), 1.0)  # rounding
def test_equal_values_have_no_dispersion_and_an_equal_gift_lowers_it(value, n, values, gift):
    equal = np.full((n, 1), value)
    nothing = {name: float(measure(equal)[0]) for name, measure in MEASURES.items()}
    assert nothing.pop("p90_p10") == pytest.approx(1) and max(map(abs, nothing.values())) < 1e-9
    for name, measure in MEASURES.items():
        before, after = measure(values)[0], measure(values + gift)[0]
        assert after <= before * (1 + 1e-9) + 1e-9, name
    assert 0 <= MEASURES["gini"](values)[0] < 1 and MEASURES["p90_p10"](values)[0] >= 1 - 1e-9


@often
@given(POSITIVE, st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5))
def test_quantiles_keep_their_order(values, levels):
    from beleidsvrijheid.indicators.dispersion import _quantile, _weighted

    found = [_quantile(values, _weighted(values, None), level)[0] for level in sorted(levels)]
    assert all(low <= high for low, high in zip(found, found[1:], strict=False))
    assert values.min() <= found[0] and found[-1] <= values.max()


# p-values where nothing is there


def p_of_least_squares(rng):
    x = pd.DataFrame({"x": rng.normal(size=60)})
    return ols(rng.normal(size=60), x, "nonrobust").coefficients.set_index("term").at["x", "p_value"]


def p_of_clusters(rng):
    groups = pd.Series(np.repeat(np.arange(40), 4), name="g")
    x = pd.DataFrame({"x": rng.normal(size=160)})
    y = rng.normal(size=40)[groups] + rng.normal(size=160)
    return ols(y, x, "cluster", groups).coefficients.set_index("term").at["x", "p_value"]


def p_of_a_bootstrap(rng):
    values = rng.normal(size=80)
    draws = (draw_counts(80, 199, rng) @ values / 80)[:, None]
    return float(bootstrap_p(values.mean(), draws, 0.0)[0])


@pytest.mark.parametrize("p_of", [p_of_least_squares, p_of_clusters, p_of_a_bootstrap])
def test_p_is_uniform_where_nothing_is_there(p_of):
    rng = np.random.default_rng(20_261_122)
    found = np.array([p_of(rng) for _ in range(400)])
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert 5 <= (found < 0.05).sum() <= 37  # 20 expected; the 99.9 % limits of a binomial are 7 and 36


# Ledgers and totals


@pytest.mark.parametrize("name", small_study.study()[0]["specifications"])
def test_every_step_of_a_ledger_takes_over_where_the_one_before_stopped(name):
    made = small_study.estimated(name)
    left = None
    for row in made["ledger"].itertuples():
        assert row.rows_out <= row.rows_in
        if row.step == "start":
            left = row.rows_out
        elif row.rows_out < row.rows_in:  # else a remark, which may count municipalities
            assert row.rows_in == left, row.step
            left = row.rows_out
    n_obs, estimator = made["fit"]["n_obs"].item(), small_study.study()[0]["specifications"][name]["estimator"]
    if estimator in ("ols", "panel_ols", "quantile", "random_effects", "share", "mean_change"):
        assert n_obs is None or left == n_obs


def test_flemish_totals_are_the_sums_of_municipalities_to_the_cent():
    tables, units, _ = small_study.tables()
    for name in ("bbc_accounts_by_field_operating", "debt", "gemeentefonds"):
        table = tables[name]
        euros = [column for column in table if column.endswith("_eur")]
        parts = table.assign(nis_target="02000")
        keys = [key for key in ("report_year", "year") if key in table]
        whole = sum_parts(parts, keys, euros).set_index(keys)[euros]
        cents = (table[euros] * 100).round().fillna(0).astype("int64").groupby([table[key] for key in keys]).sum()
        assert ((whole * 100).round().astype("int64") == cents).all().all(), name
