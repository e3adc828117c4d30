"""Rows on which two implementations of a forest part, if they can: at thresholds, zeros and the ends of float32."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pairstream_training.forest import Tree

_ZERO = np.float32(1e-35)
"""Values of at most this size are zero to LightGBM."""
_LEAST_NORMAL = np.finfo(np.float32).tiny
_LEAST = np.finfo(np.float32).smallest_subnormal
_SUBNORMAL = np.array([_LEAST, 1e-40, np.nextafter(_LEAST_NORMAL, np.float32(0))], dtype=np.float32)
_SHARES = {"threshold": 0.5, "value": 0.2, "special": 0.2, "missing": 0.1}
_INFINITY = np.float32(np.inf)

Rows = npt.NDArray[np.float32]


def hostile_rows(
    trees: Sequence[Tree],
    features: Rows,
    special: Sequence[float],
    row_count: int,
    generator: np.random.Generator,
) -> Rows:
    """Draw rows [row_count, features] for trees that were trained on `features`.

    Half of the values are a threshold of their feature or one of its two float32 neighbours. The others are values of
    the training, NaN, and values near 0, near `special` ones and of the largest sizes, infinities included. Without
    subnormal values if 0 is among the special ones: the import takes them for 0 then.
    """
    width = features.shape[1]
    thresholds = [_thresholds(trees, feature) for feature in range(width)]
    specials = _specials(special)
    drawn = {
        "threshold": np.stack([generator.choice(_beside(values), size=row_count) for values in thresholds], axis=1),
        "value": features[generator.integers(len(features), size=(row_count, 1)), np.arange(width)],
        "special": generator.choice(specials, size=(row_count, width)),
        "missing": np.full((row_count, width), np.nan, dtype=np.float32),
    }
    kinds = generator.choice(len(_SHARES), size=(row_count, width), p=list(_SHARES.values()))
    rows = np.choose(kinds, [drawn[kind] for kind in _SHARES]).astype(np.float32)
    if 0 in special:
        rows = np.where(np.abs(rows) < _LEAST_NORMAL, np.copysign(np.float32(0), rows), rows)
    return np.ascontiguousarray(rows)


def _thresholds(trees: Sequence[Tree], feature: int) -> Rows:
    found = {
        tree.value[node]
        for tree in trees
        for node, own in enumerate(tree.feature)
        if own == feature and not tree.is_leaf(node)
    }
    return np.array(sorted(found) or [0.0], dtype=np.float32)


def _beside(values: Rows) -> Rows:
    with np.errstate(over="ignore"):
        return np.concatenate([values, np.nextafter(values, _INFINITY), np.nextafter(values, -_INFINITY)])


def _specials(special: Sequence[float]) -> Rows:
    sizes = np.array([0, _LEAST_NORMAL, _ZERO, 1, 1e30, 3e38, np.inf], dtype=np.float32)
    positive = np.concatenate([sizes, _SUBNORMAL, _beside(np.array([_ZERO, *special], dtype=np.float32))])
    return np.concatenate([positive, -positive])
