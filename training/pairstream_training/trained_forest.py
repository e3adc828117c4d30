"""A forest that was trained elsewhere, in the form that this package merges and exports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pairstream_training.forest import Tree
from pairstream_training.kept_rounds import KeptRounds


@dataclass(frozen=True)
class TrainedForest:
    """One output: the sum of its trees and `margin` is the log odds."""

    trees: Sequence[Tree]
    """A value goes left if it is less than the threshold; both are float32."""
    margin: float
    names: tuple[str, ...] | None
    """Names of the features; None if the training had no names."""
    feature_count: int
    answer: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]
    """Probabilities [rows] of the training library, for features [rows, feature_count] in the forest's order."""
    kept: KeptRounds | None = None
    """Number of kept rounds."""


def with_features(trees: Sequence[Tree], columns: Sequence[int]) -> list[Tree]:
    """Return trees that read feature f from column columns[f]."""
    return [
        replace(
            tree,
            feature=[0 if tree.is_leaf(node) else columns[feature] for node, feature in enumerate(tree.feature)],
        )
        for tree in trees
    ]
