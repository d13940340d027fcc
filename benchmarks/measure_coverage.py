"""Coverage of the intervals of Shapley shares at small R2: what attribution.INTERVAL_COVERAGE states.

Run with `make coverage` (about two minutes). Blocks as in the study: 4, 1 and 5 columns, N = 285.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from beleidsvrijheid.attribution import attribute

SIZES, SPLIT, N = (4, 1, 5), np.array([0.5, 0.3, 0.2]), 285
SAMPLES, DRAWS, SEED = 300, 299, 7


def sample(rho2: float, skewed: bool, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Outcome and three independent blocks whose population shares of R2 are SPLIT * rho2."""
    blocks = [rng.normal(size=(N, size)) for size in SIZES]
    spread = [1.0, 1.0, 1.0]
    if skewed:
        blocks[0], blocks[2] = np.exp(0.7 * blocks[0]), (blocks[2] > 1).astype(float)
        spread = [np.sqrt((np.exp(0.49) - 1) * np.exp(0.49)), 1.0, np.sqrt(0.1587 * 0.8413)]
    parts = [x.mean(axis=1) * np.sqrt(x.shape[1]) / s for x, s in zip(blocks, spread, strict=True)]
    signal = sum(part * np.sqrt(share * rho2) for part, share in zip(parts, SPLIT, strict=True))
    return signal + rng.normal(size=N) * np.sqrt(1 - rho2), dict(zip("abc", blocks, strict=True))


def coverage(rho2: float, skewed: bool) -> np.ndarray:
    """Share of samples whose interval holds the population share, per block."""
    rng = np.random.default_rng(SEED)
    hits = np.zeros(3)
    for _ in range(SAMPLES):
        outcome, blocks = sample(rho2, skewed, rng)
        fold = np.arange(N) % 10
        table = attribute(outcome, blocks, np.empty((N, 0)), fold, DRAWS, 0.95, rng)
        truth = SPLIT * rho2
        hits += (table["ci_low"].to_numpy() <= truth) & (truth <= table["ci_high"].to_numpy())
    return hits / SAMPLES


def main() -> None:
    print(f"coverage of nominal 95 % intervals, {SAMPLES} samples of {N}, {DRAWS} draws, blocks of {SIZES} columns")
    for rho2, skewed in ((0.02, False), (0.05, False), (0.10, False), (0.05, True)):
        kind = "skewed and 0/1" if skewed else "normal"
        print(f"rho2 = {rho2:.2f}, {kind} covariates: {coverage(rho2, skewed).round(3)}", flush=True)


if __name__ == "__main__":
    main()
