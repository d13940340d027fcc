"""Joint tests of a multiverse whose cells are on different samples that share most of their municipalities."""

from collections.abc import Callable

import numpy as np

from beleidsvrijheid.models.wild_bootstrap import cluster_weights
from beleidsvrijheid.multiverse.joint import joint_tests, minimum_p, stacked
from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import Drawn, draw_keys, permute_cells
from beleidsvrijheid.multiverse.wild import wild_cells
from validation.case import Case, Found, tested

N, DRAWS = 300, 199
KEPT = (1.0, 0.95, 0.9, 0.9)  # share of the municipalities in each sample
CELLS = [Cell(0, 1, others, "HC1") for others in ((), (2,), (3,), (2, 3))]
TESTS = ("median", "share_significant", "stouffer", "smallest p")


def _joint(draw: Callable[[Universe, np.ndarray], Drawn], prepare: Callable[[np.random.Generator], np.ndarray]):
    """One replication: outcome, focal column and two controls that have nothing to do with each other."""

    def run(rng: np.random.Generator) -> dict[str, Found]:
        values, randomness = rng.normal(size=(N, 4)), prepare(rng)
        universes = []
        for share in KEPT:
            places = np.sort(rng.permutation(N)[: round(share * N)])
            units = np.arange(len(places))
            universes.append(Universe(values[places], ("y", "x", "a", "b"), units, units * 0, units, places))
        drawn = stacked([draw(one, randomness) for one in universes])
        slopes = np.concatenate([_standardised(one) for one in universes])
        table = joint_tests(drawn, slopes, "positive").set_index("test")["p_value"]
        smallest = minimum_p(drawn.statistic, drawn.statistics, drawn.df).min()
        return {name: tested(table[name]) for name in TESTS[:-1]} | {TESTS[-1]: tested(smallest)}

    return run


def _standardised(universe: Universe) -> np.ndarray:
    return estimate_cells(universe, CELLS)["standardised"].to_numpy(float)


DESIGN = f"N = {N}, 16 cells on samples of 100, 95, 90 and 90 %, B = {DRAWS}"
CASES = [
    Case(
        "multiverse, Freedman-Lane",
        DESIGN,
        {},
        _joint(
            lambda universe, keys: permute_cells(universe, CELLS, keys),
            lambda rng: draw_keys(DRAWS, N, rng),
        ),
        tests=TESTS,
    ),
    Case(
        "multiverse, wild cluster",
        DESIGN,
        {},
        _joint(
            lambda universe, weights: wild_cells(universe, CELLS, weights),
            lambda rng: cluster_weights(N, DRAWS, "rademacher", rng)[0],
        ),
        tests=TESTS,
    ),
]
