"""Speed, memory and growth of a multiverse of least-squares specifications, beside peers and a bare numpy floor.

Run with `python benchmarks/measure_multiverse.py` (`--large`: 12 million rows too). Simulated: 300 municipalities x 10
years, one outcome, one focal column, every subset of ten controls (1,024 specifications), two-way effects, errors
clustered by municipality. Each figure is the least of several runs in this one process. Peers that are not installed are
said so; pyfixest is not among the dependencies, docs/benchmark.md says how it is measured.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import numpy as np
import pandas as pd

from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import draw_keys, permute_cells
from beleidsvrijheid.multiverse.wild import wild_cells

MUNICIPALITIES, YEARS, CONTROLS, DRAWS = 300, 10, 10, 1000
CLUSTERED = ("cluster", ("municipality",))
MEBIBYTE = 2**20


class Figure(NamedTuple):
    """One line of the report. at_least: whether `target` is the least that is wanted, not the most."""

    run: str
    what: str
    value: float | None
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None or self.value is None:
            return self.note
        met = self.value >= self.target if self.at_least else self.value <= self.target
        return ("met" if met else "MISSED") + (f"; {self.note}" if self.note else "")


def least(function: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of the fastest of `times` runs."""
    seconds = []
    for _ in range(times):
        began = clock()
        function()
        seconds.append(clock() - began)
    return min(seconds)


def simulate(
    n_units: int = MUNICIPALITIES, n_years: int = YEARS, per_year: int = 1, controls: int = CONTROLS
) -> Universe:
    """A balanced panel; every column has a part of its municipality."""
    rng = np.random.default_rng(20)
    units = np.repeat(np.arange(n_units), n_years * per_year)
    times = np.tile(np.repeat(np.arange(n_years), per_year), n_units)
    values = np.empty((len(units), 2 + controls))
    for column in values.T:
        column[:] = rng.normal(size=len(units)) + rng.normal(size=n_units)[units]
    values[:, 0] += 0.1 * values[:, 1] + 0.2 * values[:, 2]
    names = ("outcome", "focal", *(f"control_{number}" for number in range(controls)))
    return Universe(values, names, units, times, units, np.arange(n_units), ("municipality", "year"))


def grid(count: int = 2**CONTROLS, controls: int = CONTROLS) -> list[Cell]:
    """The first `count` subsets of the controls, repeated where there are fewer."""
    subsets = [one for size in range(controls + 1) for one in combinations(range(2, 2 + controls), size)]
    return [Cell(0, 1, subsets[number % len(subsets)], *CLUSTERED) for number in range(count)]


# The floor: bare numpy for a balanced panel; nothing is checked, scaled or named


def floor_slopes(universe: Universe, cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Demean once, X'X, one batched solve per number of regressors: data, rows, residual, factor of the variance."""
    n_units, n_years = int(universe.units[-1]) + 1, int(universe.times.max()) + 1
    cube = universe.values.reshape(n_units, n_years, -1)
    data = cube - cube.mean(axis=1, keepdims=True) - cube.mean(axis=0) + cube.mean(axis=(0, 1))
    flat = data.reshape(len(universe.units), -1)
    products = flat.T @ flat
    rows, residual = np.zeros((2, flat.shape[1], len(cells)))
    sizes = np.array([len(cell.others) for cell in cells])
    for size in np.unique(sizes):
        places = np.flatnonzero(sizes == size)
        columns = np.array([(1, *cells[place].others) for place in places])
        right = np.zeros((len(places), size + 1, 2))
        right[:, 0, 0], right[:, :, 1] = 1, products[columns, 0]
        solved = np.linalg.solve(products[columns[:, :, None], columns[:, None]], right)
        rows[columns, places[:, None]], residual[columns, places[:, None]] = solved[:, :, 0], -solved[:, :, 1]
    residual[0] = 1
    n = len(flat)
    return data, rows, residual, n_units / (n_units - 1) * (n - 1) / (n - sizes - 2 - (n_years - 1))


def floor(universe: Universe, cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and clustered standard errors: score sums per cluster, block by block of rows and cells, sandwich."""
    data, rows, residual, factor = floor_slopes(universe, cells)
    meat, step = np.empty(len(cells)), 128
    for first in range(0, len(cells), step):
        part, total = slice(first, first + step), 0.0
        for unit in range(0, len(data), 50):
            block = data[unit : unit + 50]
            scores = (block @ rows[:, part]) * (block @ residual[:, part])
            sums = scores.sum(axis=1)
            total = total + (sums**2).sum(axis=0)
        meat[part] = total
    return -residual[1], np.sqrt(factor * meat)


def floor_by_products(universe: Universe, cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """The same from sums of cross-products per cluster, as our kernel does: what its checks and labels cost."""
    data, rows, residual, factor = floor_slopes(universe, cells)
    one, two = np.triu_indices(data.shape[2])
    per_cluster = (np.swapaxes(data, 1, 2) @ data)[:, one, two]
    twice = np.where(one == two, 0.5, 1.0)[:, None]
    sums = per_cluster @ ((rows[one] * residual[two] + rows[two] * residual[one]) * twice)
    return -residual[1], np.sqrt(factor * np.einsum("gs,gs->s", sums, sums))


# Peers


def frame(universe: Universe) -> pd.DataFrame:
    """The panel as a table."""
    table = pd.DataFrame(universe.values, columns=list(universe.names))
    return table.assign(unit=universe.units, year=universe.times)


def by_pyfixest(universe: Universe, cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """One feols call a specification. Raises ImportError where it is not installed."""
    pyfixest = import_module("pyfixest")  # no dependency of the project

    table, found = frame(universe), []
    for cell in cells:
        names = [universe.names[column] for column in (cell.focal, *cell.others)]
        formula = f"outcome ~ {' + '.join(names)} | unit + year"
        fit = pyfixest.feols(formula, table, vcov={"CRV1": "unit"}, copy_data=False, store_data=False, lean=True)
        found.append((fit.coef()["focal"], fit.se()["focal"]))
    return tuple(np.array(found).T)


def by_linearmodels(universe: Universe, cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """One PanelOLS a specification; its standard error divides by N - k, without the year effects."""
    from linearmodels.panel.model import PanelOLS

    table, found = frame(universe).set_index(["unit", "year"]), []
    for cell in cells:
        names = [universe.names[column] for column in (cell.focal, *cell.others)]
        model = PanelOLS(table["outcome"], table[names].assign(const=1.0), entity_effects=True, time_effects=True)
        options = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
        fit = model.fit(**options, auto_df=False, count_effects=False)
        n, k = len(table), len(names) + 1
        factor = (n - k) / (n - k - universe.times.max())
        found.append((fit.params["focal"], fit.std_errors["focal"] * np.sqrt(factor)))
    return tuple(np.array(found).T)


def apart(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Largest relative difference of slopes and standard errors."""
    return max(float(np.max(np.abs(np.asarray(a) / np.asarray(b) - 1))) for a, b in zip(one, other, strict=True))


def peer(name: str, function, universe, cells, ours, count: int, wanted: float | None) -> list[Figure]:
    """Seconds of a peer on evenly spread `count` cells, scaled to all; its numbers beside ours."""
    some = np.linspace(0, len(cells) - 1, count).astype(int)
    try:
        function(universe, [cells[0]])  # imports and compilation are not counted
    except ImportError:
        return [Figure("1,024 specifications", name, None, "", note="not installed")]
    chosen, found = [cells[place] for place in some], []
    seconds = least(lambda: found.append(function(universe, chosen)), 2) * len(cells) / count
    table = estimate_cells(universe, chosen)
    note = "" if count == len(cells) else f"{count} measured, scaled up"
    return [
        Figure("1,024 specifications", name, seconds, "s", note=note),
        Figure("1,024 specifications", f"{name}, times ours", seconds / ours, "x", wanted, True),
        Figure(
            "1,024 specifications",
            f"{name}, numbers apart",
            apart((table["estimate"], table["std_error"]), found[0]),
            "",
        ),
    ]


def estimation(peer_cells: int) -> list[Figure]:
    """1,024 specifications by us, by the floor and by peers."""
    universe, cells = simulate(), grid()
    table = estimate_cells(universe, cells)
    ours = least(lambda: estimate_cells(universe, cells), 30)
    bare = least(lambda: floor(universe, cells), 30)
    by_products = least(lambda: floor_by_products(universe, cells), 30)
    floors = floor(universe, cells), floor_by_products(universe, cells)
    same = max(apart((table["estimate"], table["std_error"]), one) for one in floors)
    run = "1,024 specifications"
    return [
        Figure(run, "ours, from arrays", ours, "s"),
        Figure(run, "numpy floor", bare, "s"),
        Figure(run, "ours, times the floor", ours / bare, "x", 2.5),
        Figure(run, "numpy floor by products per cluster", by_products, "s"),
        Figure(run, "ours, times that floor", ours / by_products, "x", 2.5),
        Figure(run, "floors, numbers apart", same, ""),
        *peer("pyfixest", by_pyfixest, universe, cells, ours, peer_cells, 200),
        *peer("linearmodels", by_linearmodels, universe, cells, ours, 32, None),
    ]


def draws(threads: int) -> list[Figure]:
    """1,024 specifications x 1,000 draws."""
    universe, cells = simulate(), grid()
    keys = draw_keys(DRAWS, MUNICIPALITIES, np.random.default_rng(1))
    signs = np.where(keys < 0.5, -1.0, 1.0)
    run = f"1,024 specifications x {DRAWS:,} draws, {threads} threads"
    before = peak_mebibytes()
    permuted = least(lambda: permute_cells(universe, cells, keys, None, threads), 3)
    after = peak_mebibytes()
    wild = least(lambda: wild_cells(universe, cells, signs, threads), 2)
    return [
        Figure(run, "Freedman-Lane", permuted, "s", 4),
        Figure(run, "peak memory of the process", after, "MiB", 700, note=f"{before:.0f} MiB before"),
        Figure(run, "wild cluster bootstrap", wild, "s"),
    ]


def peak_mebibytes() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEBIBYTE


def estimating(universe: Universe, cells: Sequence[Cell]) -> Callable[[], object]:
    """What is timed: estimates."""
    return lambda: estimate_cells(universe, cells)


def permuting(universe: Universe, cells: Sequence[Cell]) -> Callable[[], object]:
    """What is timed: permutations."""
    keys = draw_keys(DRAWS, len(universe.municipalities), np.random.default_rng(1))
    return lambda: permute_cells(universe, cells, keys)


def growth() -> list[Figure]:
    """Time per municipality and per specification as their number doubles, over that of the smallest.

    Processor time of one thread: a long run on a busy machine is interrupted more often than a short one.
    """
    figures = []
    for what, sizes, make, times in (
        ("municipalities", (600, 1200, 2400, 4800), lambda size: estimating(simulate(size), grid(256)), 15),
        ("specifications", (1024, 2048, 4096, 8192), lambda size: estimating(simulate(), grid(size)), 15),
        ("municipalities, permuted", (600, 1200, 2400, 4800), lambda size: permuting(simulate(size), grid(32)), 2),
    ):
        per_unit = [least(make(size), times, time.process_time) / size for size in sizes]
        for size, seconds in zip(sizes[1:], per_unit[1:], strict=True):
            ratio = f"time per unit, {size:,} against {sizes[0]:,}"
            target = None if what.endswith("permuted") else 1.1
            note = "" if target else "linear above 2 x draws x columns squared rows; below, pairs of municipalities"
            figures.append(Figure(f"growth in {what}", ratio, seconds / per_unit[0], "x", target, note=note))
    return figures


def large() -> list[Figure]:
    """100,000 municipalities x 12 years x 10 fields, 64 specifications; in this process, so run it alone."""
    universe, cells = simulate(100_000, 12, 10, 6), grid(64, 6)
    run = "12,000,000 rows, 64 specifications"
    seconds = least(lambda: estimate_cells(universe, cells), 1)
    gibibytes = peak_mebibytes() / 1024
    return [Figure(run, "wall time", seconds, "s"), Figure(run, "peak memory with its data", gibibytes, "GiB", 8)]


def alone(part: str, *options: str, python: str = sys.executable) -> list[Figure]:
    """A part in a process of its own, so that its peak of memory is its own."""
    command = [python, __file__, "--part", part, *options]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [as_figure(line) for line in lines]


def as_figure(line: str) -> Figure:
    """The figure of a line of `--part`."""
    run, what, value, unit, target, at_least, note = line.split("\t")
    numbers = [None if number == "" else float(number) for number in (value, target)]
    return Figure(run, what, numbers[0], unit, numbers[1], at_least == "True", note)


def as_line(figure: Figure) -> str:
    """A figure as a line with tabs."""
    return "\t".join("" if value is None else str(value) for value in figure)


def measure(
    threads: int = 2, peer_cells: int = 2**CONTROLS, with_large: bool = False, peers: str = sys.executable
) -> list[Figure]:
    """All figures; each part in a process of its own. peers: the Python that has pyfixest."""
    return [
        *alone("estimation", "--peer-cells", str(peer_cells), python=peers),
        *alone("draws", "--threads", str(threads)),
        *alone("growth"),
        *(alone("large") if with_large else []),
    ]


def shown(figure: Figure) -> str:
    """A line for people."""
    value = "" if figure.value is None else f"{figure.value:.4g} {figure.unit}".strip()
    sign = ">=" if figure.at_least else "<="
    target = "" if figure.target is None else f"{sign} {figure.target:g} {figure.unit}"
    return f"| {figure.run} | {figure.what} | {value} | {target} | {figure.verdict} |"


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-cells", type=int, default=2**CONTROLS, help="specifications given to pyfixest")
    parser.add_argument("--large", action="store_true", help="also 12 million rows")
    parser.add_argument("--part", choices=("estimation", "draws", "growth", "large"), help="one part, with tabs")
    options = parser.parse_args()
    parts = {"estimation": lambda: estimation(options.peer_cells), "draws": lambda: draws(options.threads)}
    parts |= {"growth": growth, "large": large}
    if options.part:
        print("\n".join(as_line(figure) for figure in parts[options.part]()))
        return
    print("| run | measure | value | target | verdict |\n|---|---|---|---|---|")
    print("\n".join(shown(figure) for figure in measure(options.threads, options.peer_cells, options.large)))


if __name__ == "__main__":
    main()
