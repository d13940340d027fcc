"""Cross-validation by municipality: all rows of a municipality are held out together."""

import numpy as np

FOLDS = 10


def assign_folds(units: np.ndarray, rng: np.random.Generator, folds: int = FOLDS) -> np.ndarray:
    """Fold of each row, 0..folds-1: municipalities shuffled, then dealt out in turn.

    units: integer codes 0..G-1 per row.
    """
    dealt = np.empty(units.max() + 1, int)
    dealt[rng.permutation(len(dealt))] = np.arange(len(dealt)) % folds
    return dealt[units]


def held_out_errors(outcome: np.ndarray, design: np.ndarray, fold: np.ndarray) -> float:
    """Sum of squared prediction errors, each row predicted from the other folds.

    design: n x k, with its constant if there is one; columns of similar scale.
    """
    total = 0.0
    for held in range(fold.max() + 1):
        out = fold == held
        slopes = np.linalg.lstsq(design[~out], outcome[~out], rcond=1e-10)[0] if design.shape[1] else np.zeros(0)
        total += float(((outcome[out] - design[out] @ slopes) ** 2).sum())
    return total


def cross_validated_r2(outcome: np.ndarray, design: np.ndarray, baseline: np.ndarray, fold: np.ndarray) -> float:
    """1 - held-out squared errors of `design` / those of `baseline` (for a plain R2, a column of ones).

    Negative where the model predicts worse than the baseline.
    """
    return 1 - held_out_errors(outcome, design, fold) / held_out_errors(outcome, baseline, fold)
