"""Many reweightings of municipalities: who draws which, and slopes for all of them at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.estimators import TOGETHER
from beleidsvrijheid.inference import draw_counts


class Drawn(Exception):
    """Ends the work on a specification where only a batch of its draws was asked for. draws: see Bootstrap.batch."""

    def __init__(self, draws: pd.DataFrame) -> None:
        super().__init__(f"{len(draws)} draws")
        self.draws = draws


@dataclass(frozen=True)
class Bootstrap:
    """The draws of municipalities of one specification.

    rng: all of them come from this one stream, in order, also where other jobs work them out. batch: first draw and the one
    after the last, multiples of TOGETHER (the end may be `draws`): `drawn` makes these alone and raises Drawn with a row for
    each. made: such rows of all batches, in order, which `drawn` gives instead of working them out.
    """

    draws: int
    rng: np.random.Generator
    batch: tuple[int, int] | None = None
    made: pd.DataFrame | None = None

    def drawn(self, n_units: int, *statistics: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
        """Of each statistic, which takes counts (B x n_units) and gives B x m: its values in every draw, draws x m.

        Each has draws of its own. An estimator calls this once. Raises ValueError where `made` has other draws.
        """
        parts = [self._worked_out(n_units, statistic) for statistic in statistics]
        if self.batch:
            columns = {f"{place}.{n}": column for place, part in enumerate(parts) for n, column in enumerate(part.T)}
            raise Drawn(pd.DataFrame(columns))
        if self.made is None:
            return parts
        if len(self.made) != self.draws:
            raise ValueError(f"{len(self.made)} draws in the batches, not {self.draws}")
        own = [self.made.filter(regex=rf"^{place}\.") for place in range(len(parts))]
        return [np.ascontiguousarray(columns) for columns in own]

    def _worked_out(self, n_units: int, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        first, end = (0, 0) if self.made is not None else self.batch or (0, self.draws)
        found = []
        for start in range(0, self.draws, TOGETHER):
            counts = draw_counts(n_units, min(TOGETHER, self.draws - start), self.rng)
            if first <= start < end:
                found.append(statistic(counts))
        # Rows one after the other in memory, as they are read back: means over draws depend on it.
        return np.ascontiguousarray(np.concatenate(found)) if found else np.empty((0, 0))


def slope_draws(outcome: np.ndarray, design: np.ndarray, units: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Least-squares coefficients where municipality g counts counts[b, g] times: draws x k.

    outcome: n; design: n x k, columns of similar scale; units: integer codes per row; counts: draws x G.
    A draw without variation in a column gives the least-norm solution.
    """
    matrix = np.column_stack([design, outcome])
    upper, lower = np.triu_indices(matrix.shape[1])
    products = matrix[:, upper] * matrix[:, lower]
    sums = np.column_stack([np.bincount(units, column, minlength=counts.shape[1]) for column in products.T])
    full = np.empty((len(counts), matrix.shape[1], matrix.shape[1]))
    full[:, upper, lower] = full[:, lower, upper] = counts @ sums
    values, vectors = np.linalg.eigh(full[:, :-1, :-1])
    small = values <= 1e-10 * np.abs(values).max(axis=1, keepdims=True)
    inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, values))
    turned = np.swapaxes(vectors, 1, 2) @ full[:, :-1, -1:]
    return (vectors @ (inverse[:, :, None] * turned))[:, :, 0]
