"""Many specifications at once, each against a library by itself: every covariance, awkward columns, refusals by name."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from statsmodels.datasets import grunfeld, longley
from statsmodels.regression.linear_model import WLS

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models import absorption
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.rank import centred_scaled
from beleidsvrijheid.multiverse import kernel, permutation
from beleidsvrijheid.multiverse.kernel import POOLED_CONDITION, QR_CONDITION, Cell, Universe, estimate_cells
from beleidsvrijheid.sentences import sentence

from .published_study import study_labels

REFERENCE = Path(__file__).parents[1] / "reference"
NAMES = ("outcome", "staff", "area_m2", "tiny", "coastal", "near_staff", "other")
TOLERANCE = 1e-10
KINDS = (
    ("nonrobust", (), None),
    *((name, (), None) for name in ("HC0", "HC1", "HC2", "HC3")),
    ("cluster", ("municipality",), None),
    ("cluster", ("year",), None),
    ("cluster", ("year", "municipality"), None),
)


def universe(effects=("municipality", "year"), missing=0, weighted=False, near=0.015, n_units=26, n_years=6, seed=0):
    """Columns that lose digits in a careless program: an offset of 1e9, a scale of 1e-6, a dummy, a near copy."""
    rng = np.random.default_rng(seed)
    units, times = np.repeat(np.arange(n_units), n_years), np.tile(np.arange(n_years), n_units)
    kept = np.sort(rng.permutation(len(units))[missing:])
    units, times = np.unique(units[kept], return_inverse=True)[1], times[kept]
    n = len(units)
    common = rng.normal(size=(n_units, 7))[units] + rng.normal(size=(n_years, 7))[times]
    values = rng.normal(size=(n, 7)) + common
    values[:, 4] = (values[:, 4] > 0.5).astype(float)
    values[:, 5] = values[:, 1] + near * values[:, 5]
    values[:, 0] += 0.3 * values[:, 1] + 0.2 * values[:, 2] - values[:, 4]
    values[:, 2] = 1e9 + np.round(values[:, 2], 6)
    values[:, 3] *= 1e-6
    weights = rng.uniform(0.5, 3, n) if weighted else None
    return Universe(values, NAMES, units, times, units, np.arange(units.max() + 1), effects, weights)


def cells_of(kinds, most=4):
    controls = [chosen for size in range(most) for chosen in combinations((2, 3, 4, 5, 6), size)]
    return [Cell(0, 1, chosen, *kind) for kind in kinds for chosen in controls]


def dummies(one):
    parts = [np.ones((len(one.units), 1))]
    for name, codes in (("municipality", one.units), ("year", one.times)):
        if name in one.effects:
            parts.append((codes[:, None] == np.arange(1, codes.max() + 1)).astype(float))
    return np.hstack(parts)


def library(one, cell, fits):
    """Slope and standard error by statsmodels on the regressors with every dummy."""
    key = (cell.focal, *cell.others)
    if key not in fits:
        offset = np.where(np.array(key) == 2, 1e9, 0.0)
        scaled, _, scale = centred_scaled(one.values[:, key] - offset)
        weights = np.ones(len(one.units)) if one.weights is None else one.weights
        model = WLS(one.values[:, cell.outcome], np.hstack([scaled, dummies(one)]), weights=weights)
        fits[key] = model.fit(method="qr"), scale[0]
    fit, scale = fits[key]
    n, k = fit.model.exog.shape
    if cell.covariance == "cluster":
        groups = {"municipality": one.units, "year": one.times}
        chosen = np.column_stack([groups[name] for name in cell.by]).squeeze()
        found = fit.get_robustcov_results("cluster", groups=chosen, use_t=True)
        nested = sum(int(groups[name].max()) for name in one.effects if name in cell.by)
        error = found.bse[0] * np.sqrt((n - k) / (n - k + nested))
    elif cell.covariance == "nonrobust":
        error = fit.bse[0]
    else:
        error = fit.get_robustcov_results(cell.covariance, use_t=True).bse[0]
    return fit.params[0] / scale, error / scale


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")  # other terms' two-way variances
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [0, 25])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("year",), ("municipality", "year")])
def test_every_cell_of_a_grid_is_that_of_statsmodels(effects, missing, weighted):
    one = universe(effects, missing, weighted)
    cells, fits = cells_of(KINDS), {}
    found = estimate_cells(one, cells)
    assert set(found["status"]) == {"estimated"}, found["reason"].unique()
    wanted = np.array([library(one, cell, fits) for cell in cells])
    np.testing.assert_allclose(found["estimate"], wanted[:, 0], rtol=TOLERANCE)
    np.testing.assert_allclose(found["std_error"], wanted[:, 1], rtol=TOLERANCE)
    assert (found["condition"] > POOLED_CONDITION).sum() > 20  # the grid goes through the careful route too
    assert (found["condition"] < 1e2).any()


def exact(one, cell):
    """Slope and standard error in long double, on the regressors with every dummy; clustered and HC1."""
    key = (cell.focal, *cell.others)
    x = (one.values[:, key] - np.where(np.array(key) == 2, 1e9, 0.0)).astype(np.longdouble)
    weights = np.ones(len(one.units)) if one.weights is None else one.weights
    root = np.sqrt(weights.astype(np.longdouble))[:, None]
    design = np.hstack([x - x.mean(axis=0), dummies(one)]) * root
    outcome = one.values[:, cell.outcome].astype(np.longdouble) * root[:, 0]
    inverse, (n, k) = long_inverse(design.T @ design), design.shape
    inverse += inverse @ (np.eye(k) - design.T @ (design @ inverse))
    slopes = inverse @ (design.T @ outcome)
    slopes += inverse @ (design.T @ (outcome - design @ slopes))
    residuals = outcome - design @ slopes
    scores = (design @ inverse[0]) * residuals
    if cell.covariance == "HC1":
        return float(slopes[0]), float(np.sqrt((scores**2).sum() * n / (n - k)))
    sums = np.array([scores[one.units == unit].sum() for unit in np.unique(one.units)])
    nested = len(sums) - 1 if "municipality" in one.effects else 0
    factor = len(sums) / (len(sums) - 1) * (n - 1) / (n - k + nested)
    return float(slopes[0]), float(np.sqrt(factor * (sums**2).sum()))


def long_inverse(matrix):
    work = np.hstack([matrix, np.eye(len(matrix), dtype=matrix.dtype)])
    for j in range(len(matrix)):
        pivot = j + np.argmax(np.abs(work[j:, j]))
        work[[j, pivot]] = work[[pivot, j]]
        work[j] /= work[j, j]
        others = np.arange(len(matrix)) != j
        work[others] -= np.outer(work[others, j], work[j])
    return work[:, len(matrix) :]


@pytest.mark.parametrize(("near", "digits"), [(1e-3, 10), (1e-5, 8)])
@pytest.mark.parametrize("weighted", [False, True])
def test_columns_near_each_other_keep_digits_that_libraries_lose(near, digits, weighted):
    one = universe(missing=25, weighted=weighted, near=near)
    cells = cells_of([("cluster", ("municipality",), None), ("HC1", (), None)], 2)
    found = estimate_cells(one, cells)
    wanted = np.array([exact(one, cell) for cell in cells])
    np.testing.assert_allclose(found["estimate"], wanted[:, 0], rtol=10.0**-digits)
    np.testing.assert_allclose(found["std_error"], wanted[:, 1], rtol=10.0**-digits)
    assert (found["condition"] > QR_CONDITION).any()


@pytest.mark.parametrize("covariance", ["nonrobust", "cluster", "HC1"])
def test_a_near_perfect_fit_keeps_its_digits(covariance):
    one = universe(missing=25)
    values = one.values.copy()
    values[:, 0] = values[:, 1] + values[:, 6] + 1e-5 * values[:, 3] * 1e6
    cells = [Cell(0, 1, (6,), covariance)]
    found = estimate_cells(replace(one, values=values), cells)
    # The same residuals from an outcome without what the regressors explain.
    values[:, 0] = 1e-5 * values[:, 3] * 1e6
    plain = estimate_cells(replace(one, values=values), cells)
    assert found["std_error"][0] == pytest.approx(plain["std_error"][0], rel=1e-9)


@pytest.mark.parametrize(
    ("effects", "by_unit", "by_year", "tolerance"),
    [
        ((), 0, 0, 1e-14),
        (("municipality",), 1, 0, 1e-14),
        (("municipality", "year"), 1, 0, 1e-14),
        # Of years, what is subtracted is not exact: 2^20 / 2^-52 is all that can be asked.
        (("year",), 0, 1, 1e-9),
        (("municipality", "year"), 1, 1, 1e-9),
    ],
)
def test_effects_a_million_times_what_is_left_cost_no_digit_more_than_they_must(effects, by_unit, by_year, tolerance):
    rng = np.random.default_rng(2)
    units, times = np.repeat(np.arange(20), 5), np.tile(np.arange(5), 20)
    kept = rng.permutation(100) >= 15
    units, times = units[kept], times[kept]
    small = np.round(rng.normal(size=(85, 3)) * 2**20) / 2**20  # so that the sums below are exact
    large = small + 2.0**20 * (1 + by_unit * (units % 7) + by_year * times)[:, None]
    with_effects, without = (absorption.absorb(values, units, times, effects) for values in (large, small))
    np.testing.assert_allclose(with_effects.columns, without.columns, rtol=0, atol=tolerance)
    np.testing.assert_allclose(with_effects.lengths, without.lengths, rtol=10 * tolerance)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [0, 25])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("municipality", "year")])
def test_absorbed_effects_and_driscoll_kraay_are_those_of_linearmodels(effects, missing, weighted):
    from linearmodels.panel.model import PanelOLS

    one = universe(effects, missing, weighted)
    index = pd.MultiIndex.from_arrays([one.units, one.times])
    weights = None if one.weights is None else pd.Series(one.weights, index)
    wanted = {"entity_effects": "municipality" in effects, "time_effects": "year" in effects}
    for others in ((2, 3), (3, 4, 6)):
        scaled, _, scale = centred_scaled(one.values[:, (1, *others)])
        design = pd.DataFrame(scaled, index).assign(const=1.0)
        model = PanelOLS(pd.Series(one.values[:, 0], index), design, weights=weights, **wanted)
        for bandwidth in (0, 2):
            fit = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=bandwidth, auto_df=False)
            (row,) = estimate_cells(one, [Cell(0, 1, others, "driscoll_kraay", (), bandwidth)]).itertuples()
            assert row.estimate == pytest.approx(fit.params.iloc[0] / scale[0], rel=TOLERANCE)
            assert row.std_error == pytest.approx(fit.std_errors.iloc[0] / scale[0], rel=TOLERANCE)
            assert row.r2 == pytest.approx(fit.rsquared, rel=1e-9)
            assert row.df == one.times.max()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("municipality", "year")])
def test_a_cell_is_the_specification_by_itself(effects, weighted):
    one = universe(effects, 25, weighted)
    regressors = pd.DataFrame(one.values[:, [1, 2, 6]], columns=["staff", "area_m2", "other"])
    rows = pd.Series(one.units), pd.Series(one.times), effects
    kinds = [kind for kind in KINDS if kind[1] != ("year",)]
    for covariance, by, bandwidth in [*kinds, ("driscoll_kraay", (), 2), ("wild_cluster", (), None)]:
        by = by or ("municipality",)
        fit = panel_ols(one.values[:, 0], regressors, *rows, covariance, 0.95, one.weights, by, bandwidth)
        wanted = fit.coefficients.iloc[0]
        (row,) = estimate_cells(one, [Cell(0, 1, (2, 6), covariance, by, bandwidth)]).itertuples()
        for name in ("estimate", "std_error", "statistic", "p_value", "standardised"):
            assert getattr(row, name) == pytest.approx(wanted[name], rel=1e-9), (covariance, name)
        assert (row.df, row.r2) == (fit.df, pytest.approx(fit.r2, rel=1e-9))


@pytest.mark.parametrize("covariance", ["nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"])
def test_a_cross_section_is_the_specification_by_itself(covariance):
    values = universe().values[:60]
    rows = np.arange(60)
    one = Universe(values, NAMES, rows, np.zeros(60, int), rows, rows)
    regressors = pd.DataFrame(values[:, [1, 2, 4]], columns=["staff", "area_m2", "coastal"])
    fit = ols(values[:, 0], regressors, covariance, pd.Series(rows, name="municipality"))
    (row,) = estimate_cells(one, [Cell(0, 1, (2, 4), covariance)]).itertuples()
    for name in ("estimate", "std_error", "statistic", "p_value", "standardised"):
        assert getattr(row, name) == pytest.approx(fit.coefficients.iloc[0][name], rel=1e-9), name
    assert row.df == fit.df


# Published numbers


def firms(effects=()):
    data = grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"].sort_values(["firm", "year"])
    units, times = (np.unique(data[name], return_inverse=True)[1] for name in ("firm", "year"))
    values = data[["invest", "value", "capital"]].to_numpy(float)
    return Universe(values, ("invest", "value", "capital"), units, times, units, np.arange(10), effects)


@pytest.mark.parametrize(
    ("key", "coefficients", "effects", "kind"),
    [
        ("ols", "ols", (), ("nonrobust",)),
        ("hc1", "ols", (), ("HC1",)),
        ("hc3", "ols", (), ("HC3",)),
        ("cr1_firm", "ols", (), ("cluster", ("municipality",))),
        ("cr1_two_way", "ols", (), ("cluster", ("municipality", "year"))),
        ("within", "within", ("municipality",), ("nonrobust",)),
        ("within_cr1", "within", ("municipality",), ("cluster", ("municipality",))),
        ("two_way", "two_way", ("municipality", "year"), ("nonrobust",)),
    ],
)
def test_grunfeld(key, coefficients, effects, kind):
    reference = yaml.safe_load((REFERENCE / "grunfeld.yaml").read_text())
    cells = [Cell(0, 1, (2,), *kind), Cell(0, 2, (1,), *kind)]
    found = estimate_cells(firms(effects), cells)
    tolerance = reference["tolerance"]
    np.testing.assert_allclose(found["estimate"], reference["coefficients"][coefficients][1:], rtol=tolerance)
    np.testing.assert_allclose(found["std_error"], reference["standard_errors"][key][1:], rtol=tolerance)


def digits_right(found, wanted):
    return -np.log10(np.max(np.abs(np.asarray(found, float) / np.asarray(wanted, float) - 1)))


def cross_section(values, names):
    rows = np.arange(len(values))
    return Universe(values, names, rows, np.zeros(len(rows), int), rows, rows)


def test_longley_to_the_digits_of_scaled_qr():
    certified = yaml.safe_load((REFERENCE / "longley.yaml").read_text())
    data = longley.load_pandas().data
    one = cross_section(data.to_numpy(float), tuple(data.columns))
    cells = [Cell(0, j, tuple(i for i in range(1, 7) if i != j), "nonrobust") for j in range(1, 7)]
    found = estimate_cells(one, cells)
    wanted = np.array([certified["estimates"][name] for name in data.columns[1:]])
    assert digits_right(found["estimate"], wanted[:, 0]) > 10.5
    assert digits_right(found["std_error"], wanted[:, 1]) > 11.5


@pytest.mark.parametrize(("noise", "least"), [(1, 8.5), (100, 7.5), (10000, 5.5)])
def test_wampler_to_the_digits_of_scaled_qr(noise, least):
    """NIST StRD Wampler3-5: all coefficients are 1; every standard error is the noise times those of Wampler3."""
    from fractions import Fraction

    x = np.arange(21.0)
    powers = np.column_stack([x**power for power in range(1, 6)])
    deviation = np.array([759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048])
    deviation = np.concatenate([deviation, deviation[9::-1]]).astype(float)
    one = cross_section(np.column_stack([1 + powers.sum(axis=1) + noise * deviation, powers]), tuple("yabcde"))
    cells = [Cell(0, j, tuple(i for i in range(1, 6) if i != j), "nonrobust") for j in range(1, 6)]
    found = estimate_cells(one, cells)
    assert (found["condition"] > QR_CONDITION).all()
    exact_rows = [[Fraction(int(value)) for value in row] for row in np.column_stack([powers, np.ones(21)])]
    squares = [[sum(row[i] * row[j] for row in exact_rows) for j in range(6)] for i in range(6)]
    variance = rational_inverse(squares)
    rss = sum(Fraction(int(noise * value)) ** 2 for value in deviation)
    errors = [float(rss / 15 * variance[i][i]) ** 0.5 for i in range(5)]
    assert digits_right(found["estimate"], np.ones(5)) > least
    assert digits_right(found["std_error"], errors) > 9.5


def rational_inverse(matrix):
    from fractions import Fraction

    size = len(matrix)
    work = [row + [Fraction(i == j) for j in range(size)] for i, row in enumerate(matrix)]
    for j in range(size):
        work[j] = [value / work[j][j] for value in work[j]]
        for i in range(size):
            if i != j:
                factor = work[i][j]
                work[i] = [a - factor * b for a, b in zip(work[i], work[j], strict=True)]
    return [row[size:] for row in work]


# What the house asks: one way to the same numbers, refusals by name


def test_planted_slope_is_found_whatever_is_beside_it():
    rng = np.random.default_rng(5)
    one = universe(n_units=200, seed=3)
    values = one.values.copy()
    values[:, 0] = 2.0 * values[:, 1] + rng.normal(size=200)[one.units] * 5 + rng.normal(size=len(values))
    cells = cells_of([("cluster", ("municipality",), None)], 3)
    cells = [cell for cell in cells if 5 not in cell.others]
    found = estimate_cells(replace(one, values=values), cells)
    assert (np.abs(found["estimate"] - 2) < 4 * found["std_error"]).all()
    assert (found["p_value"] < 1e-10).all()


def test_chunks_and_blocks_only_bound_the_memory(monkeypatch):
    one, cells = universe(missing=25), cells_of([*KINDS, ("driscoll_kraay", (), 2)])
    late = one.times < np.where(one.units == 0, 2, 99)  # the first block of rows does not have every year
    one = replace(one, values=one.values[late], units=one.units[late], times=one.times[late])
    whole = estimate_cells(one, cells)
    for name in ("BLOCK", "FAST"):
        monkeypatch.setattr(kernel, name, 8)
        monkeypatch.setattr(absorption, name, 8)
    for chunk in (1, 7):
        parts = estimate_cells(one, cells, chunk)
        np.testing.assert_allclose(parts["std_error"], whole["std_error"], rtol=1e-12)
        np.testing.assert_allclose(parts["estimate"], whole["estimate"], rtol=1e-12)


def test_many_columns_go_by_the_rows_to_the_same_numbers():
    one, rng = universe(missing=25), np.random.default_rng(7)
    cells = cells_of([("cluster", (), None)], 2)
    more = replace(
        one, values=np.hstack([one.values, rng.normal(size=(len(one.units), 60))]), names=(*NAMES, *"x" * 60)
    )
    wide, narrow = estimate_cells(more, cells), estimate_cells(one, cells)
    np.testing.assert_allclose(wide["std_error"], narrow["std_error"], rtol=1e-12)
    assert estimate_cells(one, []).empty


def test_a_refused_cell_is_named_and_stops_no_other():
    one = universe(missing=25)
    values = np.column_stack([one.values, one.values[:, 1] + one.values[:, 6], one.units % 2, np.ones(len(one.units))])
    names = (*NAMES, "staff_and_other", "is_city", "constant")
    one = replace(one, values=values, names=names)
    cells = [
        Cell(0, 1, (6,), "cluster"),
        Cell(0, 1, (6, 7), "cluster"),
        Cell(0, 8, (6,), "cluster"),
        Cell(0, 1, (9,), "HC1"),
        Cell(0, 1, (0,), "nonrobust"),
        Cell(8, 1, (), "nonrobust"),
        Cell(0, 1, (6, 4), "HC3"),
    ]
    found = estimate_cells(one, cells)
    assert found["status"].tolist() == ["estimated", *["refused"] * 5, "estimated"]
    assert found["reason"].tolist() == [
        "",
        "combinations of the other columns: staff",
        "does not vary once municipality and year effects are taken out: is_city",
        "does not vary once municipality and year effects are taken out: constant",
        "the outcome is an exact combination of these columns: staff, outcome",
        "does not vary once municipality and year effects are taken out: is_city",
        "",
    ]
    assert found.loc[1:5, ["estimate", "std_error", "p_value", "r2"]].isna().all(axis=None)
    alone = estimate_cells(one, [cells[6]])
    assert alone["std_error"][0] == pytest.approx(found["std_error"][6], rel=1e-13)


def test_too_few_rows_clusters_and_a_row_of_its_own_are_named():
    few = universe(n_units=2, n_years=4)
    (row,) = estimate_cells(few, [Cell(0, 1, (2, 3, 6), "cluster")]).itertuples()
    assert row.reason == "8 rows for 9 coefficients and fixed effects"
    single = replace(few, units=np.zeros(8, int), times=np.arange(8), effects=())
    (row,) = estimate_cells(single, [Cell(0, 1, (2,), "cluster")]).itertuples()
    assert row.reason == "clustered by municipality: 1 clusters, at least 2 are needed"
    values = universe().values[:30].copy()
    values[:, 4] = np.arange(30) == 3
    (row,) = estimate_cells(cross_section(values, NAMES), [Cell(0, 1, (4,), "HC3")]).itertuples()
    assert row.reason == "1 rows are fitted exactly (leverage 1) by staff, coastal"


@pytest.mark.parametrize(
    "reason",
    [
        "does not vary once municipality effects are taken out: is_city",
        "does not vary once year effects are taken out: is_city",
        "does not vary once municipality and year effects are taken out: is_city, is_old",
        "does not vary in these rows: is_city",
        "combinations of the other columns: staff",
        "the outcome is an exact combination of these columns: staff, outcome",
        "clustered by year: 1 clusters, at least 2 are needed",
        "1 rows are fitted exactly (leverage 1) by staff, coastal",
        "the variance of the coefficient is not positive, which two-way clustering can give",
        "the scores cancel within every cluster, so the clustered error is zero",
        "the scores cancel within every cluster, so a clustered error is zero: staff",
        "varies in too few digits that a float holds: staff",
        "staff: figures up to 1e+12 that vary by 0.3, too few digits of which a float holds; subtract a constant",
        "wild cluster bootstrap: the outcome is an exact combination of the columns",
        "wild cluster bootstrap: the scores cancel within every cluster, so the standard error is zero",
        "8 rows for 9 coefficients and fixed effects",
        permutation.CLUSTERED_NOTE,
        "permutation: no two municipalities of one stratum have the same rows, so that none can change place",
        "permutation: no two fields of one stratum have the same rows, so that none can change place",
        "joint tests: no specification has draws",
    ],
)
def test_reasons_have_dutch(reason):
    assert sentence(reason, study_labels("nl")) != reason


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (Cell(0, 1, (), "HC4"), "covariance.type: 'HC4'; allowed: nonrobust, HC0"),
        (Cell(0, 1, (), "cluster", ("province",)), "covariance.by: province; allowed: municipality, year"),
        (Cell(0, 1, (), "driscoll_kraay", (), 6), "covariance.bandwidth: 6; allowed: whole numbers from 0 to 5"),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(cell, message):
    with pytest.raises(StudyError, match=message):
        estimate_cells(universe(), [cell])


def test_rows_must_be_sorted_whole_and_weighted_above_zero():
    one = universe()
    with pytest.raises(StudyError, match="sort them first"):
        estimate_cells(replace(one, units=one.units[::-1]), [Cell(0, 1, (), "cluster")])
    holes = one.values.copy()
    holes[3, 2] = np.nan
    with pytest.raises(StudyError, match="no missing figures"):
        estimate_cells(replace(one, values=holes), [Cell(0, 1, (), "cluster")])
    with pytest.raises(StudyError, match="a weight is not above 0"):
        estimate_cells(replace(one, weights=np.zeros(len(one.units))), [Cell(0, 1, (), "cluster")])


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_a_column_is_flat_in_any_unit_only_where_rounding_alone_moves_it(size):
    units, times = np.repeat(np.arange(5), 4), np.tile(np.arange(4), 5)
    rng = np.random.default_rng(51)
    varied = size * (1 + 0.1 * rng.normal(size=20))
    flat = np.where(np.arange(20) % 2, size, np.nextafter(size, np.inf))
    made = absorption.absorb(np.column_stack([varied, flat]), units, times, [])
    assert made.is_absorbed.tolist() == [False, True]


def test_clusters_are_counted_to_the_last_row():
    universe = Universe(
        values=np.zeros((4, 1)), names=("y",), units=np.array([0, 0, 1, 2]), times=np.array([0, 2, 0, 2]),
        groups=np.array([0, 0, 1, 2]), municipalities=np.arange(3),
    )  # fmt: skip
    assert kernel.n_groups(universe) == {"municipality": 3, "year": 2, "both": 4}


@pytest.mark.parametrize(("units", "effects", "is_one"), [(6, (), True), (6, ("year",), False), (3, (), False)])
def test_a_cross_section_has_one_row_a_unit_and_no_effects(units, effects, is_one):
    codes, rng = np.repeat(np.arange(units), 6 // units), np.random.default_rng(5)
    times = np.arange(6) % 2 if effects else np.tile(np.arange(6 // units), units)
    one = Universe(rng.normal(size=(6, 2)), ("y", "x"), codes, times, codes, np.arange(units), effects)
    assert kernel.is_cross_section(kernel.solve(one, [Cell(0, 1, (), "HC1")])) == is_one
