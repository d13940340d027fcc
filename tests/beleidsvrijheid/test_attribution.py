"""Shares of R2 by block: the numbers of R's relaimpo, brute force over all orders as oracle, planted shares, and the sums
that must hold.
"""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.attribution import (
    attribute,
    drawn_shares,
    residual_r2,
    shapley,
    subset_r2,
    subsets,
    weighted_products,
)
from beleidsvrijheid.models.resampling import Bootstrap
from beleidsvrijheid.models.validation import assign_folds, held_out_errors

REFERENCE = yaml.safe_load((Path(__file__).parents[1] / "reference/lmg.yaml").read_text(encoding="utf-8"))


def r2_of(y, x):
    design = np.column_stack([x, np.ones(len(y))])
    residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - residuals @ residuals / ((y - y.mean()) @ (y - y.mean()))


def residualised(matrix, controls):
    design = np.column_stack([controls, np.ones(len(matrix))])
    return matrix - design @ np.linalg.lstsq(design, matrix, rcond=None)[0]


def shares_by_orders(y, blocks, controls):
    """Average gain of each block over every order of entry."""
    y, moved = residualised(y, controls), {name: residualised(x, controls) for name, x in blocks.items()}
    gains = {name: [] for name in blocks}
    for order in permutations(blocks):
        before, columns = 0.0, np.empty((len(y), 0))
        for name in order:
            columns = np.column_stack([columns, moved[name]])
            gains[name].append(r2_of(y, columns) - before)
            before = r2_of(y, columns)
    return [np.mean(gain) for gain in gains.values()]


def simulated(seed, n=285):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    blocks = {name: rng.normal(size=(n, k)) + 0.6 * common[:, None] for name, k in (("a", 4), ("b", 1), ("c", 5))}
    controls = np.column_stack([rng.normal(size=n) + common, (rng.random(n) < 0.3).astype(float)])
    y = blocks["a"][:, 0] + 0.5 * blocks["b"][:, 0] + controls[:, 0] + 2 * rng.normal(size=n)
    return y, blocks, controls


def attributed(y, blocks, controls, draws=199, seed=1):
    rng = np.random.default_rng(seed)
    fold = assign_folds(np.arange(len(y)), rng)
    (drawn,) = Bootstrap(draws, rng).drawn(len(y), drawn_shares(y, blocks, controls))
    return attribute(y, blocks, controls, fold, drawn, 0.95)


def test_shares_agree_with_relaimpo():
    data = np.array(REFERENCE["rows"])
    blocks = {name: data[:, [at]] for at, name in enumerate(REFERENCE["columns"]) if at}
    table = attributed(data[:, 0], blocks, np.empty((len(data), 0)), draws=9)
    exact = {"rtol": 0, "atol": REFERENCE["tolerance"]}
    np.testing.assert_allclose(table["r2_share"], REFERENCE["lmg"], **exact)
    np.testing.assert_allclose(table["unique"] + table["shared"], REFERENCE["first"], **exact)
    assert table["r2_share"].sum() == pytest.approx(REFERENCE["r2"], rel=0, abs=REFERENCE["tolerance"])


@pytest.mark.parametrize("seed", range(4))
def test_shares_equal_the_average_over_all_orders(seed):
    y, blocks, controls = simulated(seed)
    table = attributed(y, blocks, controls)
    np.testing.assert_allclose(table["r2_share"], shares_by_orders(y, blocks, controls), rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_shares_sum_to_the_residual_r2(seed):
    y, blocks, controls = simulated(seed)
    r2, n, k, rank = residual_r2(y, blocks, controls)
    assert attributed(y, blocks, controls)["r2_share"].sum() == pytest.approx(r2, rel=1e-12)
    assert (n, k, rank) == (283, 10, 2)
    assert r2 == pytest.approx(
        r2_of(residualised(y, controls), residualised(np.column_stack([*blocks.values()]), controls))
    )


def test_unique_and_shared_make_the_block_alone():
    y, blocks, controls = simulated(5)
    table = attributed(y, blocks, controls).set_index("block")
    moved = residualised(y, controls)
    for name, x in blocks.items():
        alone = r2_of(moved, residualised(x, controls))
        assert table.at[name, "unique"] + table.at[name, "shared"] == pytest.approx(alone, rel=1e-9)
    rest = residualised(np.column_stack([blocks["b"], blocks["c"]]), controls)
    full = residual_r2(y, blocks, controls)[0]
    assert table.at["a", "unique"] == pytest.approx(full - r2_of(moved, rest), rel=1e-9)


def held_out_r2(y, x, controls, fold):
    """1 - held-out error of controls and x over that of the controls, a fresh least squares in every fold."""
    errors = []
    for columns in (controls, np.column_stack([controls, x])):
        design, left = np.column_stack([columns, np.ones(len(y))]), np.empty(len(y))
        for one in np.unique(fold):
            out = fold == one
            left[out] = y[out] - design[out] @ np.linalg.lstsq(design[~out], y[~out], rcond=None)[0]
        errors.append(left @ left)
    return 1 - errors[1] / errors[0]


def test_commonality_of_the_cross_validated_r2():
    y, blocks, controls = simulated(5)
    rng = np.random.default_rng(1)
    fold = assign_folds(np.arange(len(y)), rng)
    table = attribute(y, blocks, controls, fold, np.zeros((9, 3)), 0.95).set_index("block")
    full = held_out_r2(y, np.column_stack([*blocks.values()]), controls, fold)
    for name, x in blocks.items():
        others = np.column_stack([other for key, other in blocks.items() if key != name])
        unique = full - held_out_r2(y, others, controls, fold)
        assert table.at[name, "cv_unique"] == pytest.approx(unique, rel=1e-9)
        assert table.at[name, "cv_shared"] == pytest.approx(held_out_r2(y, x, controls, fold) - unique, rel=1e-9)
    assert table["cv_share"].sum() == pytest.approx(full, rel=1e-9)


def test_recovers_planted_shares():
    rng = np.random.default_rng(6)
    blocks = {name: rng.normal(size=(20_000, 2)) for name in ("a", "b", "c")}
    y = sum(np.sqrt(share) * blocks[name][:, 0] for name, share in (("a", 0.10), ("b", 0.05)))
    y = y + np.sqrt(0.85) * rng.normal(size=20_000)
    table = attributed(y, blocks, np.empty((20_000, 0)), draws=49)
    np.testing.assert_allclose(table["r2_share"], [0.10, 0.05, 0.0], atol=0.012)
    np.testing.assert_allclose(table[["cv_share", "cv_unique"]].T, [[0.10, 0.05, 0.0]] * 2, atol=0.012)


def test_held_out_share_of_noise_is_not_positive_on_average():
    shares = []
    for seed in range(20):
        rng = np.random.default_rng([7, seed])
        blocks = {"noise": rng.normal(size=(100, 5)), "other": rng.normal(size=(100, 1))}
        shares.append(attributed(rng.normal(size=100), blocks, np.empty((100, 0)), draws=9)["cv_share"].to_numpy())
    assert np.mean(shares, axis=0)[0] < 0 < attributed(*simulated(1))["cv_share"].iloc[0]


def test_reweighted_products_are_those_of_the_resample():
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(30, 4))
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=3).astype(float)
    for weights, product in zip(counts, weighted_products(matrix, counts), strict=True):
        drawn = matrix[np.repeat(np.arange(30), weights.astype(int))]
        np.testing.assert_allclose(product, drawn.T @ drawn, atol=1e-12)


def test_a_draw_without_variation_still_gives_numbers():
    matrix = np.random.default_rng(9).normal(size=(20, 3))
    matrix[:, 0] = 0
    r2 = subset_r2((matrix.T @ matrix)[None], [[0], [1]])
    assert r2[(0,)] == 0
    assert r2[(0, 1)] == pytest.approx(r2[(1,)])


def test_shapley_of_a_known_game():
    # Glove game: one left glove (0), two right gloves (1, 2); a pair is worth 1.
    values = {chosen: np.asarray(float(0 in chosen and len(chosen) > 1)) for chosen in subsets(3)}
    np.testing.assert_allclose(shapley(values, 3), [2 / 3, 1 / 6, 1 / 6])


def test_row_order_does_not_matter():
    y, blocks, controls = simulated(10)
    order = np.random.default_rng(1).permutation(len(y))
    mixed = attributed(y[order], {name: x[order] for name, x in blocks.items()}, controls[order])
    exact = ["r2_share", "unique", "shared"]
    np.testing.assert_allclose(mixed[exact], attributed(y, blocks, controls)[exact], rtol=1e-9)


def test_same_seed_same_table():
    pd.testing.assert_frame_equal(attributed(*simulated(11)), attributed(*simulated(11)))


def test_held_out_errors_are_those_of_every_fold_by_itself():
    rng = np.random.default_rng(41)
    design = np.column_stack([np.ones(30), rng.normal(size=(30, 3))])
    outcome, fold = design @ [1.0, 2, -1, 0.5] + rng.normal(size=30), np.arange(30) % 3
    expected = 0.0
    for held in range(3):
        seen = fold != held
        slopes = np.linalg.solve(design[seen].T @ design[seen], design[seen].T @ outcome[seen])
        expected += ((outcome[~seen] - design[~seen] @ slopes) ** 2).sum()
    assert held_out_errors(outcome, design, fold) == pytest.approx(expected, rel=1e-10)
    assert held_out_errors(outcome, design[:, :0], fold) == pytest.approx((outcome**2).sum())
