"""Coverage of the intervals of Shapley shares at small R2: what attribution.INTERVAL_COVERAGE states.

Run with `make coverage` (about two minutes). Blocks as in the study: 4, 1 and 5 columns, N = 285.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from beleidsvrijheid.attribution import attribute, drawn_shares
from beleidsvrijheid.models.resampling import Bootstrap

SIZES, N = (4, 1, 5), 285
SAMPLES, DRAWS, SEED = 1000, 299, 7
SPREADS_OF_LN = {"mild lognormal": 0.7, "lognormal": 1.0}


class Case(NamedTuple):
    """A population: rho2, the part of it in each block, and the kind of columns of each block."""

    rho2: float
    split: tuple[float, float, float]
    kinds: tuple[str, str, str]


SPLIT = (0.5, 0.3, 0.2)
NORMAL = ("normal", "normal", "normal")
CASES = (
    Case(0.02, SPLIT, NORMAL),
    Case(0.05, SPLIT, NORMAL),
    Case(0.10, SPLIT, NORMAL),
    Case(0.05, SPLIT, ("mild lognormal", "normal", "0/1")),
    Case(0.05, SPLIT, ("lognormal", "lognormal", "lognormal")),
    Case(0.05, (0.0, 1.0, 0.0), NORMAL),
)


def columns(kind: str, normal: np.ndarray) -> tuple[np.ndarray, float]:
    """Columns of a kind made from standard normal ones, and their standard deviation in the population."""
    if kind in SPREADS_OF_LN:
        spread = SPREADS_OF_LN[kind]
        return np.exp(spread * normal), np.sqrt((np.exp(spread**2) - 1) * np.exp(spread**2))
    if kind == "0/1":
        return (normal > 1).astype(float), np.sqrt(0.1587 * 0.8413)
    return normal, 1.0


def sample(case: Case, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Outcome and three independent blocks whose population shares of R2 are split x rho2."""
    drawn = [rng.normal(size=(N, size)) for size in SIZES]
    made = [columns(kind, normal) for kind, normal in zip(case.kinds, drawn, strict=True)]
    parts = [x.mean(axis=1) * np.sqrt(x.shape[1]) / spread for x, spread in made]
    signal = sum(part * np.sqrt(share * case.rho2) for part, share in zip(parts, case.split, strict=True))
    blocks = {name: x for name, (x, _) in zip("abc", made, strict=True)}
    return signal + rng.normal(size=N) * np.sqrt(1 - case.rho2), blocks


def coverage(case: Case) -> np.ndarray:
    """Percentage of samples whose interval holds the population share, per block."""
    rng = np.random.default_rng(SEED)
    truth, hits = np.array(case.split) * case.rho2, np.zeros(len(SIZES))
    for _ in range(SAMPLES):
        outcome, blocks = sample(case, rng)
        (drawn,) = Bootstrap(DRAWS, rng).drawn(N, drawn_shares(outcome, blocks, np.empty((N, 0))))
        table = attribute(outcome, blocks, np.empty((N, 0)), np.arange(N) % 10, drawn, 0.95)
        hits += (table["ci_low"].to_numpy() <= truth) & (truth <= table["ci_high"].to_numpy())
    return 100 * hits / SAMPLES


def main() -> None:
    print(f"coverage (%) of nominal 95 % intervals, {SAMPLES} samples of {N}, {DRAWS} draws, blocks of {SIZES} columns")
    lowest = 100.0
    for case in CASES:
        covered = coverage(case)
        lowest = min(lowest, covered.min())
        split = "/".join(f"{100 * share:.0f}" for share in case.split)
        shown = " ".join(f"{share:.1f}" for share in covered)
        print(f"rho2 = {case.rho2:.2f}, split {split}, columns {', '.join(case.kinds)}: {shown}", flush=True)
    print(f"minimum over all cases: {lowest:.1f}")


if __name__ == "__main__":
    main()
