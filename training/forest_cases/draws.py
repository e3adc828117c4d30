"""Random settings of a forest."""

import math
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draws:
    """Draws numbers and choices; the same numbers of `seed` give the same draws."""

    def __init__(self, *seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        """Return True with a probability of `share`."""
        return bool(self.generator.random() < share)

    def one_of(self, *values: T) -> T:
        """Return one of the values."""
        return values[int(self.generator.integers(len(values)))]

    def whole(self, least: int, most: int) -> int:
        """Return a whole number between two, both included."""
        return int(self.generator.integers(least, most + 1))

    def small(self, least: int, most: int) -> int:
        """Return a whole number between two, both included, small ones more often (log-uniform)."""
        return min(most, int(math.exp(self.generator.uniform(math.log(least), math.log(most + 1)))))

    def number(self, least: float, most: float) -> float:
        """Return a number between two."""
        return float(self.generator.uniform(least, most))
