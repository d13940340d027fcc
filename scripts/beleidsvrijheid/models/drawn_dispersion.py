"""Dispersion of one column under many resamples at once."""

import numpy as np


class Draws:
    """values: n, positive; counts: draws x n, how often each counts. With every count 1, the measures of
    indicators/dispersion.py. All results are draws long.
    """

    def __init__(self, values: np.ndarray, counts: np.ndarray):
        order = np.argsort(values, kind="stable")
        self.x, self.w = values[order], counts[:, order]
        self.cumulative = np.cumsum(self.w, axis=1)
        self.n = self.cumulative[:, -1]

    def _sd(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        centre = x.mean()
        mean = self.w @ (x - centre) / self.n
        squares = np.maximum(self.w @ (x - centre) ** 2 - self.n * mean**2, 0.0)
        return centre + mean, np.sqrt(squares / (self.n - 1))

    def cv(self) -> np.ndarray:
        """Coefficient of variation."""
        mean, sd = self._sd(self.x)
        return sd / mean

    def sd_log(self) -> np.ndarray:
        """Standard deviation of the natural logarithm."""
        return self._sd(np.log(self.x))[1]

    def gini(self) -> np.ndarray:
        """Gini coefficient, a unit in a pair with itself; counts may be weights of any size."""
        # A unit drawn w times holds ranks C+1..C+w, and the sum over them of 2r - n - 1 is w (2C + w - n).
        middle = 2 * self.cumulative - self.w - self.n[:, None]
        return (self.w * middle) @ self.x / (self.n * (self.w @ self.x))

    def _order_statistic(self, rank: np.ndarray) -> np.ndarray:
        return self.x[(self.cumulative < rank[:, None]).sum(axis=1)]

    def _percentile(self, level: float) -> np.ndarray:
        place = np.clip(self.n * level + 0.5, 1, self.n)
        below = np.floor(place)
        low = self._order_statistic(below)
        return low + (place - below) * (self._order_statistic(np.minimum(below + 1, self.n)) - low)

    def p90_p10(self) -> np.ndarray:
        """Ratio of the 90th to the 10th percentile (Hazen), whole counts."""
        return self._percentile(0.9) / self._percentile(0.1)
