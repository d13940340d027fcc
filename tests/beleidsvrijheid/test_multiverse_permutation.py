"""Permutations and wild draws of many cells at once, each draw against a model fitted again with the same draw."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import yaml

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.wild_bootstrap import WEIGHTS, cluster_weights, wild_cluster_p
from beleidsvrijheid.multiverse import permutation
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import CLUSTERED_NOTE, Moves, cycles_of, draw_keys, exchange, permute_cells
from beleidsvrijheid.multiverse.wild import wild_cells, wild_p

from .test_multiverse_kernel import firms

CLUSTERED = [Cell(0, 1, (), "cluster"), Cell(0, 1, (2, 4), "cluster"), Cell(0, 3, (1, 2), "cluster")]
DRAWS = 40
ROUTES = ("table", "small tables", "products")


def take_route(route, monkeypatch):
    """Force how clustered draws are made; left alone, their number decides."""
    if route == "products":
        monkeypatch.setattr(permutation, "TABLE_GAIN", 0)
    if route == "small tables":
        monkeypatch.setattr(permutation, "TABLE_SIZE", 70)


def panel(effects=(), missing=0, weighted=False, n_units=14, n_years=4, seed=0):
    rng = np.random.default_rng(seed)
    units, times = np.repeat(np.arange(n_units), n_years), np.tile(np.arange(n_years), n_units)
    # Two ways to miss a year, so that several units have the same rows.
    lost = np.zeros(len(units), bool)
    lost[rng.permutation(n_units)[:missing] * n_years + 1] = True
    lost[rng.permutation(n_units)[: missing // 2] * n_years + 2] = True
    units, times = units[~lost], times[~lost]
    values = (
        rng.normal(size=(len(units), 5)) + rng.normal(size=(n_units, 5))[units] + rng.normal(size=(n_years, 5))[times]
    )
    weights = rng.uniform(0.5, 3, len(units)) if weighted else None
    names = ("outcome", "a", "b", "c", "d")
    return Universe(values, names, units, times, units, np.arange(n_units) * 2, effects, weights)


def fields(effects=(), missing=False, seed=0):
    """Six fields of nine municipalities over three years; rows sorted by municipality, then year."""
    rng = np.random.default_rng(seed)
    units, times, groups = (part.ravel() for part in np.meshgrid(range(9), range(3), range(6), indexing="ij"))
    kept = np.ones(len(units), bool)
    if missing:  # a year, and the same years of another municipality
        kept = ~((groups == 5) & (times == 1) | (groups == 3) & (units == 0) | (groups == 4) & (units == 6))
    units, times, groups = units[kept], times[kept], groups[kept]
    values = rng.normal(size=(len(units), 5)) + rng.normal(size=(6, 5))[groups]
    return Universe(values, ("outcome", "a", "b", "c", "d"), units, times, groups, np.arange(9) * 2, effects)


def every_column(one, columns):
    """Regressors and all dummies, rows times root weight."""
    parts = [one.values[:, columns], np.ones((len(one.units), 1))]
    for name, codes in (("municipality", one.units), ("year", one.times)):
        if name in one.effects:
            parts.append((codes[:, None] == np.arange(1, codes.max() + 1)).astype(float))
    root = np.ones(len(one.units)) if one.weights is None else np.sqrt(one.weights)
    return np.hstack(parts) * root[:, None], one.values * root[:, None]


def refitted(one, cell, outcome):
    """Slope and t of the focal column, by least squares with every dummy."""
    design, _ = every_column(one, [cell.focal, *cell.others])
    inverse = np.linalg.pinv(design.T @ design)
    slopes = inverse @ (design.T @ outcome)
    residuals, r = outcome - design @ slopes, design @ inverse[0]
    n, k, scores = len(outcome), np.linalg.matrix_rank(design), (design @ inverse[0]) * (outcome - design @ slopes)
    if cell.covariance == "nonrobust":
        return slopes[0], slopes[0] / np.sqrt(residuals @ residuals / (n - k) * inverse[0, 0])
    if cell.covariance.startswith("HC"):
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        weight = {"HC0": 1, "HC1": n / (n - k), "HC2": 1 / (1 - leverage), "HC3": 1 / (1 - leverage) ** 2}
        return slopes[0], slopes[0] / np.sqrt((weight[cell.covariance] * scores**2).sum())
    year = cell.by == ("year",) or cell.covariance == "driscoll_kraay"
    codes = one.times if year else one.units
    sums = np.array([scores[codes == code].sum() for code in range(codes.max() + 1)])
    assert r.shape == scores.shape
    if cell.covariance == "driscoll_kraay":
        spread = sums @ sums + 2 * sum(
            (1 - lag / (cell.bandwidth + 1)) * (sums[lag:] @ sums[:-lag]) for lag in range(1, cell.bandwidth + 1)
        )
        return slopes[0], slopes[0] / np.sqrt(spread * n / (n - k))
    nested = "year" if year else "municipality"
    counted = k - (codes.max() if nested in one.effects else 0)
    factor = len(sums) / (len(sums) - 1) * (n - 1) / (n - counted)
    return slopes[0], slopes[0] / np.sqrt(factor * (sums @ sums))


def reduced_fit(one, cell):
    design, values = every_column(one, list(cell.others))
    outcome = values[:, cell.outcome]
    fitted = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return fitted, outcome - fitted


def in_cycles(order):
    """A list cut before every member that is larger than all before it."""
    cycles = []
    for member in order:
        if not cycles or member > max(one for cycle in cycles for one in cycle):
            cycles.append([])
        cycles[-1].append(member)
    return cycles


def literal(one, cell, keys, strata):
    """Freedman-Lane in so many words: put the groups that may change places in cycles, move rows, fit again."""
    fitted, residuals = reduced_fit(one, cell)
    by_unit = np.array_equal(one.groups, one.units)
    rows = {group: np.flatnonzero(one.groups == group) for group in np.unique(one.groups)}
    position = {group: one.municipalities[group] if by_unit else group for group in rows}
    result = []
    for key in keys:
        drawn, told = residuals.copy(), {}
        for group, own in rows.items():
            place = () if by_unit else tuple(one.units[own])
            told.setdefault((strata[position[group]], tuple(one.times[own]), place), []).append(group)
        for members in told.values():
            for cycle in in_cycles(sorted(members, key=lambda one: key[position[one]])):
                for receiver, donor in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
                    drawn[rows[receiver]] = residuals[rows[donor]]
        result.append(refitted(one, cell, fitted + drawn))
    return np.array(result).T


def check_draws(one, cells, strata=None, draws=DRAWS, groups=28):
    keys = draw_keys(draws, groups, np.random.default_rng(9))
    found = permute_cells(one, cells, keys, strata)
    observed = estimate_cells(one, cells)
    told = np.zeros(groups, int) if strata is None else strata
    for place, cell in enumerate(cells):
        slopes, t = literal(one, cell, keys, told)
        np.testing.assert_allclose(found.statistics[:, place], t, rtol=1e-9, atol=1e-11)
        scale = observed["standardised"][place] / observed["estimate"][place]
        np.testing.assert_allclose(found.standardised[:, place], slopes * scale, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(found.statistic, observed["statistic"])
    assert found.statistics.std() > 0.5
    return found


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [0, 5])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("year",), ("municipality", "year")])
@pytest.mark.parametrize("route", ROUTES)
def test_every_draw_is_a_model_fitted_again(effects, missing, weighted, route, monkeypatch):
    take_route(route, monkeypatch)
    found = check_draws(panel(effects, missing, weighted), CLUSTERED)
    assert found.movable == (14 if not missing else found.movable) and found.movable >= 8


@pytest.mark.parametrize("effects", [(), ("municipality",), ("municipality", "year")])
def test_strata_and_other_errors(effects):
    strata = np.arange(28) // 2 % 3
    cells = [
        *CLUSTERED,
        Cell(0, 1, (2,), "nonrobust"),
        Cell(0, 1, (2,), "cluster", ("year",)),
        Cell(0, 1, (3,), "driscoll_kraay", (), 1),
    ]
    for missing in (0, 5):
        check_draws(panel(effects, missing), cells, strata)
    if "municipality" not in effects:
        check_draws(panel(effects, 5, weighted=True), cells, strata)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("covariance", ["nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_cross_section(covariance, weighted, route, monkeypatch):
    take_route(route, monkeypatch)
    one = panel(weighted=weighted, n_units=24, n_years=1)
    check_draws(one, [Cell(0, 1, (2, 3), covariance)], groups=48)
    check_draws(one, [Cell(0, 1, (2, 3), covariance)], np.arange(48) % 4, groups=48)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("municipality", "year")])
def test_whole_fields(effects, missing):
    cells = [*CLUSTERED, Cell(0, 1, (2,), "driscoll_kraay", (), 1), Cell(0, 1, (2,), "nonrobust")]
    found = check_draws(fields(effects, missing), cells, draws=15)
    assert found.movable == (3 if missing else 6)  # fields with other rows stay where they are


def test_a_municipality_that_is_missing_is_passed_over_in_every_draw():
    keys, n = draw_keys(200, 28, np.random.default_rng(1)), 14
    whole, part = panel(), panel()
    kept = part.units > 0
    part = replace(part, units=part.units[kept] - 1, municipalities=part.municipalities[1:])
    part = replace(part, values=part.values[kept], times=part.times[kept], groups=part.units)
    donors, fewer = exchange(whole, keys, None)[0], exchange(part, keys, None)[0] + 1
    # Whoever received the history of the first now receives what the first received.
    passed = np.where(donors == 0, donors[:, [0]], donors)
    assert (passed[:, 1:] == fewer).all() and (donors[:, 1:] == 0).any(axis=1).mean() > 0.8
    assert len(np.unique(donors, axis=0)) == 200 and (np.sort(donors, axis=1) == np.arange(n)).all()


def test_every_order_is_another_permutation():
    orders = np.array(list(permutations(range(5))))
    found = cycles_of(orders)
    assert (np.sort(found, axis=1) == np.arange(5)).all() and len(np.unique(found, axis=0)) == len(orders) == 120
    # 2 4 1 | 5 3 6 in letters from 1: the cycles (2), (4 1), (5 3) and (6).
    assert (cycles_of(np.array([[1, 3, 0, 4, 2, 5]]))[0] + 1).tolist() == [4, 2, 5, 1, 3, 6]


def test_samples_that_share_municipalities_share_most_of_each_draw():
    rng, n = np.random.default_rng(3), 300
    keys, kept, values = draw_keys(200, n, rng), np.sort(rng.permutation(n)[:285]), rng.normal(size=(n, 3))

    def drawn(places):
        units = np.arange(len(places))
        one = Universe(values[places], ("y", "x", "a"), units, units * 0, units, places)
        donors = exchange(one, keys, np.arange(n) % 2)[0]
        return places[donors], permute_cells(one, [Cell(0, 1, (2,), "nonrobust")], keys).statistics[:, 0]

    (whole, t), (part, t_part) = drawn(np.arange(n)), drawn(kept)
    assert (whole % 2 == np.arange(n) % 2).all() and (np.sort(part, axis=1) == kept).all()
    assert (whole[:, kept] == part).mean() > 0.85 and np.corrcoef(t, t_part)[0, 1] > 0.85


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("route", ROUTES)
def test_threads_do_not_change_a_byte(threads, route, monkeypatch):
    take_route(route, monkeypatch)
    one = panel(("municipality", "year"), 4)
    cells = [Cell(0, 1, others, "cluster") for others in ((), (2,), (3,), (4,), (2, 3), (2, 4), (3, 4))] * 7
    cells += [Cell(0, 2, (1,), "driscoll_kraay", (), 1), Cell(0, 2, (1,), "nonrobust")]
    keys = draw_keys(60, 28, np.random.default_rng(2))
    first, again = (permute_cells(one, cells, keys, threads=count) for count in (1, threads))
    assert first.statistics.tobytes() == again.statistics.tobytes()
    assert first.standardised.tobytes() == again.standardised.tobytes()


def test_cells_that_need_every_row_are_drawn_clustered_and_say_so():
    cells = [
        Cell(0, 1, (2,), "HC3"),
        Cell(0, 1, (2,), "cluster", ("municipality", "year")),
        Cell(0, 1, (2,), "cluster"),
    ]
    found = permute_cells(panel(("municipality",)), cells, draw_keys(20, 28, np.random.default_rng(1)))
    assert found.notes == [CLUSTERED_NOTE, CLUSTERED_NOTE, ""]
    np.testing.assert_array_equal(found.statistics[:, 0], found.statistics[:, 2])
    assert found.statistic[0] == found.statistic[2]
    weighted = panel(("municipality",), weighted=True)
    found = permute_cells(weighted, [Cell(0, 1, (2,), "nonrobust")], draw_keys(20, 28, np.random.default_rng(1)))
    assert found.notes == [CLUSTERED_NOTE]


def test_refuses_by_name():
    one, keys = panel(("municipality",)), draw_keys(20, 28, np.random.default_rng(1))
    with pytest.raises(Refusal, match="no two municipalities of one stratum have the same rows"):
        permute_cells(one, CLUSTERED, keys, np.arange(28))
    with pytest.raises(StudyError, match="keys and strata are of 20 groups"):
        permute_cells(one, CLUSTERED, keys[:, :20])
    fixed = np.column_stack([one.values, one.units % 2.0, one.values[:, 1] + one.values[:, 2]])
    one = replace(one, values=fixed, names=(*one.names, "is_city", "sum"))
    found = permute_cells(one, [Cell(0, 5, (1,), "cluster"), Cell(0, 6, (1, 2), "cluster"), CLUSTERED[0]], keys)
    assert found.reasons[0] == "does not vary once municipality effects are taken out: is_city"
    assert found.reasons[1] == "combinations of the other columns: sum"
    assert np.isnan(found.statistics[:, :2]).all() and np.isfinite(found.statistics[:, 2]).all()


def test_moved_rows_are_whole_histories():
    groups = np.array([0, 0, 1, 1, 1, 2, 2])
    assert Moves(groups).rows(np.array([2, 1, 0])).tolist() == [5, 6, 2, 3, 4, 0, 1]
    mixed = np.array([0, 1, 0, 1])
    assert Moves(mixed).rows(np.array([1, 0])).tolist() == [1, 0, 3, 2]


# Wild cluster draws


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [0, 5])
@pytest.mark.parametrize("effects", [(), ("municipality",), ("year",), ("municipality", "year")])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_every_wild_draw_is_a_model_fitted_again(kind, effects, missing, weighted):
    one = panel(effects, missing, weighted)
    weights = cluster_weights(28, DRAWS, kind, np.random.default_rng(4))[0]
    found, observed = wild_cells(one, CLUSTERED, weights), estimate_cells(one, CLUSTERED)
    for place, cell in enumerate(CLUSTERED):
        fitted, residuals = reduced_fit(one, cell)
        drawn = [refitted(one, cell, fitted + residuals * own[one.municipalities[one.units]]) for own in weights]
        slopes, t = np.array(drawn).T
        np.testing.assert_allclose(found.statistics[:, place], t, rtol=1e-9, atol=1e-11)
        scale = observed["standardised"][place] / observed["estimate"][place]
        np.testing.assert_allclose(found.standardised[:, place], slopes * scale, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(found.statistic, observed["statistic"])


def test_wild_draws_of_grunfeld_are_the_published_ones():
    wanted = yaml.safe_load((Path(__file__).parents[1] / "reference/wild_bootstrap.yaml").read_text())["grunfeld"]
    every, enumerated = cluster_weights(10, wanted["draws"], "rademacher", np.random.default_rng(1))
    found = wild_cells(firms(), [Cell(0, 2, (1,), "wild_cluster")], every)
    assert enumerated and found.statistic[0] == pytest.approx(wanted["statistic"], rel=wanted["tolerance"])
    assert wild_p(found.statistic, found.statistics, enumerated).tolist() == [wanted["exceeding"] / wanted["draws"]]


def test_wild_draws_are_those_of_one_specification_by_itself():
    one = panel((), 5)
    weights = cluster_weights(14, 199, "webb", np.random.default_rng(8))[0]
    design = np.column_stack([one.values[:, [1, 2]], np.ones(len(one.units))])
    (alone,) = wild_cluster_p(one.values[:, 0], design, one.units, [0], "webb", 199, np.random.default_rng(8))
    one = replace(one, municipalities=np.arange(14))
    found = wild_cells(one, [Cell(0, 1, (2,), "cluster"), Cell(0, 1, (2,), "HC1")], weights)
    assert wild_p(found.statistic, found.statistics)[0] == alone.p_value
    assert found.notes == ["", CLUSTERED_NOTE]


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_a_byte_of_wild_draws(threads):
    one = panel(("municipality", "year"), 4)
    cells = [Cell(0, 1, others, "cluster") for others in ((), (2,), (3,), (4,), (2, 3), (2, 4), (3, 4))] * 7
    weights = cluster_weights(28, 50, "mammen", np.random.default_rng(2))[0]
    first, again = (wild_cells(one, cells, weights, count) for count in (1, threads))
    assert first.statistics.tobytes() == again.statistics.tobytes()
    with pytest.raises(StudyError, match="weights of 20 municipalities"):
        wild_cells(one, cells, weights[:, :20])
