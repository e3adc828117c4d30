"""Rows that take every kind of path through a forest."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pairstream_training.forest import Tree

_MISSING_SHARE = 0.1


def probe_rows(trees: Sequence[Tree], feature_count: int, row_count: int, seed: int) -> npt.NDArray[np.float32]:
    """Draw rows [row_count, feature_count] of values at and next to the thresholds; a tenth is missing."""
    generator = np.random.default_rng([seed, 66])
    thresholds: list[list[float]] = [[] for _ in range(feature_count)]
    for tree in trees:
        for node, feature in enumerate(tree.feature):
            if not tree.is_leaf(node):
                thresholds[feature].append(tree.value[node])
    rows = generator.normal(size=(row_count, feature_count)).astype(np.float32)
    for feature, values in enumerate(thresholds):
        if values:
            rows[:, feature] = generator.choice(np.asarray(values, dtype=np.float32), size=row_count)
    side = generator.integers(-1, 2, size=rows.shape)
    rows = np.where(side == 0, rows, np.nextafter(rows, np.where(side < 0, -np.inf, np.inf).astype(np.float32)))
    rows[generator.random(rows.shape) < _MISSING_SHARE] = np.nan
    return rows
