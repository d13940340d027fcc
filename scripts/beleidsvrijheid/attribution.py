"""How much of the outcome each block of explanations accounts for, after controls.

Outcome and blocks are residualised on the controls (constant included); R2 is that of the residuals. Its
Shapley or LMG decomposition averages a block's gain over all orders of entry (Lindeman, Merenda & Gold 1980;
Grömping 2007, 10.1198/000313007X188252); commonality splits a block's own R2 into a unique and a shared
part. The bootstrap never sees rows: it reweights the cross-products of municipalities.
"""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from beleidsvrijheid.models.rank import centred_scaled
from beleidsvrijheid.models.validation import held_out_errors

ATTRIBUTION_COLUMNS = ["block", "r2_share", "ci_low", "ci_high", "unique", "shared"]
ATTRIBUTION_COLUMNS += ["cv_share", "cv_unique", "cv_shared"]
INTERVAL_METHOD = "bias-corrected bootstrap over municipalities: percentiles less twice the bootstrap's bias, cut at 0"
# What `make coverage` printed: N = 285, blocks of 4, 1 and 5 columns, 1000 samples (each figure +/- 2), 299 draws. words.py
# (interval.coverage) says it in Dutch.
INTERVAL_COVERAGE = (
    "simulated coverage of 95 % intervals of three shares, lowest 90.6 %: with normal covariates 99.2-99.8 % at rho2 = 0.02, "
    "91.5-99.3 % at 0.05 and 92.0-97.5 % at 0.10, at 0.05 with skewed and 0/1 covariates 92.0-98.7 %, with lognormal covariates "
    "in every block 90.6-99.2 %, with all of rho2 in a block of one column 92.2-99.9 %"
)
_SINGULAR = 1e-10


def subsets(n: int) -> list[tuple[int, ...]]:
    """All subsets of 0..n-1, the empty one first."""
    return [chosen for size in range(n + 1) for chosen in combinations(range(n), size)]


def shapley(values: dict[tuple[int, ...], np.ndarray], n: int) -> np.ndarray:
    """Shapley value of each of n players from the value of every subset; the player is the last axis."""
    shares = []
    for player in range(n):
        others = [chosen for chosen in values if player not in chosen]
        share = 0.0
        for chosen in others:
            weight = factorial(len(chosen)) * factorial(n - len(chosen) - 1) / factorial(n)
            share = share + weight * (values[tuple(sorted((*chosen, player)))] - values[chosen])
        shares.append(share)
    return np.stack(np.broadcast_arrays(*shares), axis=-1)


def residual_products(products: np.ndarray, n_controls: int) -> np.ndarray:
    """Cross-products of the other columns after the first `n_controls` are taken out (batch x p x p)."""
    inner, cross = products[:, :n_controls, :n_controls], products[:, :n_controls, n_controls:]
    rest = products[:, n_controls:, n_controls:]
    return rest - np.swapaxes(cross, 1, 2) @ _solve(inner, cross)


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least-norm solutions of symmetric systems, batched: a draw may lack every member of a category."""
    values, vectors = np.linalg.eigh(matrix)
    largest = np.abs(values).max(axis=1, keepdims=True, initial=0)
    small = values <= _SINGULAR * largest
    inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, values))
    return vectors @ (inverse[:, :, None] * (np.swapaxes(vectors, 1, 2) @ right))


def subset_r2(products: np.ndarray, blocks: list[list[int]]) -> dict[tuple[int, ...], np.ndarray]:
    """R2 of the outcome on every subset of blocks, per batch.

    products: batch x p x p residual cross-products, outcome last; blocks: column positions per block.
    """
    total = products[:, -1, -1]
    result = {}
    for chosen in subsets(len(blocks)):
        columns = [column for block in chosen for column in blocks[block]]
        if not columns:
            result[chosen] = np.zeros(len(products))
            continue
        moments = products[:, columns, -1]
        slopes = _solve(products[:, columns][:, :, columns], moments[:, :, None])[:, :, 0]
        result[chosen] = (moments * slopes).sum(axis=1) / total
    return result


def _design(outcome: np.ndarray, blocks: dict[str, np.ndarray], controls: np.ndarray):
    """Scaled columns [constant, controls, blocks, outcome]; number before the blocks; positions per block."""
    matrix = centred_scaled(np.column_stack([controls, *blocks.values(), outcome]))[0]
    matrix = np.column_stack([np.ones(len(matrix)), matrix])
    first = 1 + controls.shape[1]
    positions, start = [], 0
    for columns in blocks.values():
        positions.append(list(range(start, start + columns.shape[1])))
        start += columns.shape[1]
    return matrix, first, positions


def residual_r2(
    outcome: np.ndarray, blocks: dict[str, np.ndarray], controls: np.ndarray
) -> tuple[float, int, int, int]:
    """R2 of the blocks after controls; n reduced by the rank of the controls; K columns; that rank.

    outcome: N; blocks: name -> N x k_b; controls: N x c without constant, c may be 0.
    """
    matrix, first, positions = _design(outcome, blocks, controls)
    r2 = subset_r2(residual_products((matrix.T @ matrix)[None], first), positions)
    rank = _rank(matrix, first)
    k = sum(len(columns) for columns in positions)
    return float(r2[tuple(range(len(blocks)))][0]), len(outcome) - rank, k, rank


def _rank(matrix: np.ndarray, first: int) -> int:
    """Rank of the controls, the constant not counted."""
    return int(np.linalg.matrix_rank(matrix[:, 1:first])) if first > 1 else 0


def attribute(
    outcome: np.ndarray,
    blocks: dict[str, np.ndarray],
    controls: np.ndarray,
    fold: np.ndarray,
    drawn: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """One row per block, columns ATTRIBUTION_COLUMNS.

    drawn: the shares in every bootstrap draw, draws x blocks (see drawn_shares).
    r2_share: Shapley share of the residualised R2, the shares sum to it. ci: see INTERVAL_METHOD. unique:
    loss of R2 without the block; unique + shared: R2 of the block alone.
    cv_share, cv_unique, cv_shared: the same of 1 - held-out error of controls and blocks / of controls alone, where each
    may be negative. These have no interval: a bootstrap puts copies of a municipality on both sides of a fold.
    """
    matrix, first, positions = _design(outcome, blocks, controls)
    n_blocks = len(positions)
    point = subset_r2(residual_products((matrix.T @ matrix)[None], first), positions)
    shares = shapley(point, n_blocks)[0]
    low, high = share_interval(shares, drawn, confidence)
    held_out = _held_out_r2(matrix, first, positions, fold)
    cv_shares = np.atleast_1d(shapley(held_out, n_blocks))
    columns = [
        list(blocks),
        shares,
        low,
        high,
        *commonality(point, n_blocks),
        cv_shares,
        *commonality(held_out, n_blocks),
    ]
    return pd.DataFrame(dict(zip(ATTRIBUTION_COLUMNS, columns, strict=True)))


def commonality(values: dict[tuple[int, ...], np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each of n blocks: what is lost without it, and the rest of what it gives alone (Nimon & Oswald 2013,
    10.1177/1094428113493929). values: one number per subset.
    """
    everything = tuple(range(n))
    full = values[everything].item()
    unique = np.array([full - values[tuple(b for b in everything if b != block)].item() for block in everything])
    return unique, np.array([values[(block,)].item() for block in everything]) - unique


def share_interval(shares: np.ndarray, drawn: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected bootstrap interval of shares of R2 (see INTERVAL_METHOD).

    shares: m; drawn: B x m. A sample's R2 is too large by about K/N, and a resample's by that much again: the draws
    lie two biases above the population. BC and basic intervals, tried first, cover less.
    """
    tail = (1 - confidence) / 2
    bias = drawn.mean(axis=0) - shares
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0) - 2 * bias
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


def drawn_shares(
    outcome: np.ndarray, blocks: dict[str, np.ndarray], controls: np.ndarray, units: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """The Shapley shares where municipalities count otherwise: from counts (B x municipalities) to B x blocks.

    units: municipality code per row of a panel, which counts with all its rows; None: one row per municipality.
    """
    matrix, first, positions = _design(outcome, blocks, controls)

    def shares(counts: np.ndarray) -> np.ndarray:
        products = weighted_products(matrix, counts, units)
        return shapley(subset_r2(residual_products(products, first), positions), len(positions))

    return shares


def drawn_r2(
    outcome: np.ndarray, blocks: dict[str, np.ndarray], controls: np.ndarray, units: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """R2 of the blocks after controls where municipalities count otherwise: B x 1. As drawn_shares."""
    matrix, first, positions = _design(outcome, blocks, controls)
    everything = [sum(positions, [])]

    def r2(counts: np.ndarray) -> np.ndarray:
        products = residual_products(weighted_products(matrix, counts, units), first)
        return subset_r2(products, everything)[0,][:, None]

    return r2


def weighted_products(matrix: np.ndarray, counts: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    """X' diag(w) X for every row w of counts: draws x p x p.

    units: municipality code per row, which counts with all its rows; None: each row is one.
    """
    upper, lower = np.triu_indices(matrix.shape[1])
    pairs = matrix[:, upper] * matrix[:, lower]
    if units is not None:
        pairs = np.column_stack([np.bincount(units, column) for column in pairs.T])
    flat = counts @ pairs
    products = np.empty((len(counts), matrix.shape[1], matrix.shape[1]))
    products[:, upper, lower] = products[:, lower, upper] = flat
    return products


def panel_r2(
    outcome: np.ndarray,
    blocks: dict[str, np.ndarray],
    controls: np.ndarray,
    drawn: np.ndarray,
    confidence: float,
) -> tuple[float, float, float, np.ndarray]:
    """R2 of the blocks after controls in a panel, its interval, and the draws less twice their bias.

    As `attribute` for the parts: the noncentral F is for independent rows only. controls: columns taken out first
    (years, moderator). drawn: R2 in every draw (see drawn_r2). Its coverage: docs/validation.md.
    """
    matrix, first, positions = _design(outcome, blocks, controls)
    everything = tuple(range(len(positions)))
    r2 = float(subset_r2(residual_products((matrix.T @ matrix)[None], first), positions)[everything][0])
    low, high = share_interval(np.array([r2]), drawn, confidence)
    return r2, float(low[0]), float(high[0]), (drawn - 2 * (drawn.mean() - r2))[:, 0]


def _held_out_r2(matrix, first, positions, fold) -> dict[tuple[int, ...], np.ndarray]:
    baseline = held_out_errors(matrix[:, -1], matrix[:, :first], fold)
    result = {}
    for chosen in subsets(len(positions)):
        columns = [*range(first), *(first + column for block in chosen for column in positions[block])]
        result[chosen] = np.asarray(1 - held_out_errors(matrix[:, -1], matrix[:, columns], fold) / baseline)
    return result


def r2_shares(outcome: np.ndarray, blocks: dict[str, np.ndarray]) -> np.ndarray:
    """Shapley share of R2 of each block, in order; they sum to the R2 of all. outcome: N; blocks: name -> N x k_b."""
    matrix, first, positions = _design(outcome, blocks, np.empty((len(outcome), 0)))
    point = subset_r2(residual_products((matrix.T @ matrix)[None], first), positions)
    return np.atleast_1d(shapley(point, len(positions))[0])
