"""A forest, whichever library reads it."""

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.float32]
"""[rows, features]; NaN is a missing value."""

Values: TypeAlias = npt.NDArray[np.float32]
"""[rows, outputs]: probabilities of a classifier, values of another model."""


class Forest(Protocol):
    """A loaded forest."""

    library: str
    """Name and version of what runs it."""
    feature_count: int
    output_count: int
    """Classes or targets; 1 for a binary classifier and for one target."""

    def predict(self, rows: Rows) -> Values:
        """Give what the forest says of every row."""
