"""The random numbers of R after `set.seed(seed)` (Mersenne Twister, inversion), so that a reference made in R on
simulated data needs only its seed. Source: R documentation ?RNG; checked in the tests that use it.
"""

import numpy as np
from scipy.special import ndtri


class Stream:
    """runif and rnorm, one after the other from the same state."""

    def __init__(self, seed: int):
        state, key = seed, []
        for position in range(50 + 625):
            state = (69069 * state + 1) & 0xFFFFFFFF
            if position >= 50:
                key.append(state)
        self._bits = np.random.MT19937()
        words = {"key": np.array(key[1:], np.uint32), "pos": 624}
        self._bits.state = {"bit_generator": "MT19937", "state": words}

    def uniform(self, n: int) -> np.ndarray:
        """n numbers as runif(n)."""
        return self._bits.random_raw(n) * 2.3283064365386963e-10

    def normal(self, n: int, mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
        """n numbers as rnorm(n, mean, sd)."""
        first, second = self.uniform(2 * n).reshape(n, 2).T
        return mean + sd * ndtri((np.floor(2**27 * first) + second) / 2**27)
