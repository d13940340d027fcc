"""Speed, memory and growth of a multiverse of least-squares specifications, beside peers and a bare numpy floor.

Run with `python benchmarks/measure_multiverse.py`; `--peers` makes a throw-away environment with other software (needs a
package index), without it what the project itself depends on is measured once. Simulated: 300 municipalities x 10 years,
one outcome, one focal column, every subset of ten controls (1,024 specifications), two-way effects, errors clustered by
municipality. Figures are medians of five runs, imports not counted, each part in a process of its own.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"  # of peers
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import numpy as np
from numpy_floor import floor, floor_by_products
from peers import PEERS, Peer, environment, installed, reason

from beleidsvrijheid.multiverse.kernel import Cell, Universe, estimate_cells
from beleidsvrijheid.multiverse.permutation import draw_keys, permute_cells
from beleidsvrijheid.multiverse.wild import wild_cells

MUNICIPALITIES, YEARS, CONTROLS, DRAWS = 300, 10, 10, 1000
CLUSTERED = ("cluster", ("municipality",))
RUNS, GROWTH_RUNS = 5, 15
SIZES = (300, 1_000, 3_000, 10_000, 30_000, 100_000)
SIZE_YEARS, SIZE_FIELDS, SIZE_CONTROLS = 12, 10, 6
TOLERANCE = 1e-8  # relative, of slopes and standard errors of peers
PEER_SECONDS = 3600
MEBIBYTE = 2**20
THE_CELLS = f"{2**CONTROLS:,} specifications"


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


def usual(function: Callable[[], object], runs: int = RUNS, clock: Callable[[], float] = time.perf_counter) -> float:
    """Median of the seconds of `runs` runs."""
    seconds = []
    for _ in range(runs):
        began = clock()
        function()
        seconds.append(clock() - began)
    return median(seconds)


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


def apart(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Largest relative difference of slopes and standard errors; NaN where one is missing."""
    differences = [np.asarray(a) / np.asarray(b) - 1 for a, b in zip(one, other, strict=True)]
    return float(np.max(np.abs(differences)))


def estimation() -> list[Figure]:
    """1,024 specifications by us and by the floor."""
    universe, cells = simulate(), grid()
    table = estimate_cells(universe, cells)
    floors = floor(universe, cells), floor_by_products(universe, cells)
    ours = usual(lambda: estimate_cells(universe, cells))
    bare = usual(lambda: floor(universe, cells))
    by_products = usual(lambda: floor_by_products(universe, cells))
    same = max(apart((table["estimate"], table["std_error"]), one) for one in floors)
    return [
        Figure(THE_CELLS, "ours, from arrays", ours, "s"),
        Figure(THE_CELLS, "numpy floor", bare, "s"),
        Figure(THE_CELLS, "ours, times the floor", ours / bare, "x", 2.5),
        Figure(THE_CELLS, "numpy floor by products per cluster", by_products, "s"),
        Figure(THE_CELLS, "ours, times that floor", ours / by_products, "x", 2.5),
        Figure(THE_CELLS, "floors, numbers apart", same, "", TOLERANCE),
    ]


# Peers


def named(peer: Peer) -> str:
    """A peer in a table."""
    return f"{peer.package} {installed(peer.package)}".strip() + f", {peer.how}"


def compared(peer: Peer, runs: int) -> list[Figure]:
    """Seconds of a peer on all specifications, and its numbers beside ours; what it prints goes to standard error."""
    universe, cells, found = simulate(), grid(), []
    with redirect_stdout(sys.stderr):
        peer.run(universe, grid(2, 1))  # imports and compilation are not counted
        seconds = usual(lambda: found.append(peer.run(universe, cells)), runs)
    table, (slopes, errors) = estimate_cells(universe, cells), found[0]
    pairs = [(table["estimate"], slopes)] + ([] if errors is None else [(table["std_error"], errors)])
    what = "slopes apart" if errors is None else "numbers apart"
    note = "; ".join(filter(None, [peer.note, "one run" if runs == 1 else ""]))
    return [
        Figure(THE_CELLS, named(peer), seconds, "s", note=note),
        Figure(THE_CELLS, f"{named(peer)}, {what}", apart(*zip(*pairs, strict=True)), "", TOLERANCE),
    ]


def beside(peer: Peer, python: Path | str, failed: Mapping[str, str], runs: int, ours: float) -> list[Figure]:
    """Rows of a peer, or one row that says why there are none. failed: why packages are not there; ours: seconds."""
    name = f"{peer.package}, {peer.how}"
    if peer.package in failed:
        return [Figure(THE_CELLS, name, None, "", note=f"not installed: {failed[peer.package]}")]
    try:
        options = ("--peer", str(PEERS.index(peer)), "--runs", str(runs))
        seconds, same = alone("peer", *options, python=python, timeout=PEER_SECONDS)
    except subprocess.TimeoutExpired:
        return [Figure(THE_CELLS, name, None, "", note=f"not ready after {PEER_SECONDS} s")]
    except subprocess.CalledProcessError as failure:
        return [Figure(THE_CELLS, name, None, "", note=f"failed: {reason(failure.stderr)}")]
    times = Figure(THE_CELLS, f"{seconds.what}, times ours", seconds.value / ours, "x", peer.at_least, at_least=True)
    return [seconds, times, same]


def all_peers(with_environment: bool, ours: float) -> list[Figure]:
    """Rows of all peers: in an environment of their own five runs each, in this one what it has, once."""
    if not with_environment:
        failed = {peer.package: "--peers measures it" for peer in PEERS if not installed(peer.package)}
        return [row for peer in PEERS for row in beside(peer, sys.executable, failed, 1, ours)]
    with environment() as (python, failed):
        return [row for peer in PEERS for row in beside(peer, python, failed, RUNS, ours)]


def draws(threads: int) -> list[Figure]:
    """1,024 specifications x 1,000 draws."""
    universe, cells = simulate(), grid()
    keys = draw_keys(DRAWS, MUNICIPALITIES, np.random.default_rng(1))
    signs = np.where(keys < 0.5, -1.0, 1.0)
    run = f"{THE_CELLS} x {DRAWS:,} draws, {threads} threads"
    before = peak_mebibytes()
    permuted = usual(lambda: permute_cells(universe, cells, keys, None, threads))
    after = peak_mebibytes()
    wild = usual(lambda: wild_cells(universe, cells, signs, threads))
    return [
        Figure(run, "Freedman-Lane", permuted, "s", 4),
        Figure(run, "permutations of all specifications", DRAWS / permuted, "per s"),
        Figure(run, "permuted estimates with their errors", DRAWS * len(cells) / permuted, "per s"),
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
        ("municipalities", (600, 1200, 2400, 4800), lambda size: estimating(simulate(size), grid(256)), GROWTH_RUNS),
        ("specifications", (1024, 2048, 4096, 8192), lambda size: estimating(simulate(), grid(size)), GROWTH_RUNS),
        ("municipalities, permuted", (600, 1200, 2400, 4800), lambda size: permuting(simulate(size), grid(32)), RUNS),
    ):
        per_unit = [usual(make(size), times, time.process_time) / size for size in sizes]
        for size, seconds in zip(sizes[1:], per_unit[1:], strict=True):
            ratio = f"time per unit, {size:,} against {sizes[0]:,}"
            target = None if what.endswith("permuted") else 1.1
            note = "" if target else "linear above 2 x draws x columns squared rows; below, pairs of municipalities"
            figures.append(Figure(f"growth in {what}", ratio, seconds / per_unit[0], "x", target, note=note))
    return figures


def size(municipalities: int) -> list[Figure]:
    """Municipalities x 12 years x 10 fields, 64 specifications; in this process, so run it alone."""
    universe = simulate(municipalities, SIZE_YEARS, SIZE_FIELDS, SIZE_CONTROLS)
    cells = grid(2**SIZE_CONTROLS, SIZE_CONTROLS)
    run = f"{municipalities:,} municipalities x {SIZE_YEARS} years x {SIZE_FIELDS} fields, {len(cells)} specifications"
    seconds = usual(lambda: estimate_cells(universe, cells))
    most = 8 if municipalities == max(SIZES) else None
    return [
        Figure(run, "wall time", seconds, "s"),
        Figure(run, "peak memory with its data", peak_mebibytes() / 1024, "GiB", most),
    ]


def scaling() -> list[Figure]:
    """Every size, with its time per row over that of the size before it."""
    figures, before = [], None
    for municipalities in SIZES:
        seconds, memory = alone("size", "--municipalities", str(municipalities))
        per_row = seconds.value / municipalities
        ratio = [] if before is None else [Figure(seconds.run, "time per row over that above", per_row / before, "x")]
        figures += [seconds, *ratio, memory]
        before = per_row
    return figures


def alone(part: str, *options: str, python: Path | str = sys.executable, timeout: float | None = None) -> list[Figure]:
    """A part in a process of its own, so that its peak of memory is its own."""
    command = [python, __file__, "--part", part, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout)
    return [as_figure(line) for line in done.stdout.splitlines()]


def as_figure(line: str) -> Figure:
    """The figure of a line of `--part`."""
    run, what, value, unit, target, at_least, note = line.split("\t")
    numbers = [None if number == "" else float(number) for number in (value, target)]
    return Figure(run, what, numbers[0], unit, numbers[1], at_least == "True", note)


def as_line(figure: Figure) -> str:
    """A figure as a line with tabs."""
    return "\t".join("" if value is None else str(value) for value in figure)


def measure(threads: int = 2, peers: bool = False) -> list[Figure]:
    """All figures; each part in a process of its own. peers: make an environment for them."""
    own = alone("estimation")
    return [
        *own,
        *all_peers(peers, own[0].value),
        *alone("draws", "--threads", str(threads)),
        *alone("growth"),
        *scaling(),
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
    parser.add_argument(
        "--peers", action="store_true", help="install the peers in an environment that is removed again"
    )
    parser.add_argument("--part", choices=("estimation", "peer", "draws", "growth", "size"), help="one part, with tabs")
    parser.add_argument("--peer", type=int, choices=range(len(PEERS)), default=0, help="of --part peer")
    parser.add_argument("--runs", type=int, default=RUNS, help="of --part peer")
    parser.add_argument("--municipalities", type=int, default=SIZES[0], help="of --part size")
    options = parser.parse_args()
    parts = {"estimation": estimation, "growth": growth, "draws": lambda: draws(options.threads)}
    parts |= {"peer": lambda: compared(PEERS[options.peer], options.runs), "size": lambda: size(options.municipalities)}
    if options.part:
        print("\n".join(as_line(figure) for figure in parts[options.part]()))
        return
    print("| run | measure | value | target | verdict |\n|---|---|---|---|---|")
    print("\n".join(shown(figure) for figure in measure(options.threads, options.peers)))


if __name__ == "__main__":
    main()
