"""Rewrites trees so that a value that training counted as missing takes the path of missing values.

XGBoost's `missing=0` is a property of the data. The model file does not contain it, and a served tree treats only NaN
as missing. The rewritten trees compare with the value itself.
"""

from collections.abc import Mapping

import numpy as np

from pairstream_training.errors import TrainingError
from pairstream_training.forest import NO_CHILD, Tree

_MOST_NODES = 65_536
_LEAST_NORMAL = float(np.finfo(np.float32).tiny)


def with_missing_value(tree: Tree, missing: float) -> Tree:
    """Return a tree in which `missing` and NaN go to the side that each split learned for missing values.

    A split that would send the value to the other side becomes three splits. For `missing=0`, values below 1.2e-38 in
    size count as 0, because processors may flush them to 0. Raises TrainingError for more than 65,536 nodes.
    """
    return _Rewriter(tree, missing).rewrite()


class _Rewriter:
    """Copies a tree from its root, and tracks the features that can no longer hold the value."""

    def __init__(self, tree: Tree, missing: float) -> None:
        self._old = tree
        self._missing = float(np.float32(missing))
        above = float(np.nextafter(np.float32(missing), np.float32(np.inf)))
        self._above = _LEAST_NORMAL if self._missing == 0 else above
        self._new = Tree([], [], [], [], [], [], [], [])

    def rewrite(self) -> Tree:
        self._copy(self._reserve(), 0, {})
        return self._new

    def _copy(self, at: int, node: int, is_missing: Mapping[int, bool]) -> None:
        """Copy a subtree to `at`. `is_missing` has the features whose value is known to be missing or not missing."""
        old = self._old
        feature = old.feature[node]
        while not old.is_leaf(node) and is_missing.get(feature):
            node = old.left[node] if old.default_left[node] else old.right[node]
            feature = old.feature[node]
        new = self._new
        new.weight[at], new.gain[at], new.cover[at] = old.weight[node], old.gain[node], old.cover[node]
        if old.is_leaf(node):
            new.value[at] = old.value[node]
            return
        left, right, threshold = old.left[node], old.right[node], old.value[node]
        default_left = bool(old.default_left[node])
        present, absent = {**is_missing, feature: False}, {**is_missing, feature: True}
        if feature in is_missing or (self._missing < threshold) == default_left:
            at_left, at_right = self._split(at, feature, threshold, default_left)
            self._copy(at_left, left, is_missing if default_left else present)
            self._copy(at_right, right, present if default_left else is_missing)
        elif default_left:
            at_left, rest = self._split(at, feature, threshold, default_left=True)
            self._copy(at_left, left, present)
            below, rest = self._split(rest, feature, self._missing, default_left=False)
            self._copy(below, right, present)
            equal, above = self._split(rest, feature, self._above, default_left=True)
            self._copy(equal, left, absent)
            self._copy(above, right, present)
        else:
            below, rest = self._split(at, feature, self._missing, default_left=False)
            self._copy(below, left, present)
            equal, rest = self._split(rest, feature, self._above, default_left=True)
            self._copy(equal, right, absent)
            between, above = self._split(rest, feature, threshold, default_left=False)
            self._copy(between, left, present)
            self._copy(above, right, present)

    def _split(self, at: int, feature: int, threshold: float, default_left: bool) -> tuple[int, int]:
        new = self._new
        new.feature[at], new.value[at], new.default_left[at] = feature, _shortest(threshold), int(default_left)
        new.left[at], new.right[at] = self._reserve(), self._reserve()
        for child in (new.left[at], new.right[at]):
            new.cover[child], new.weight[child] = new.cover[at] / 2, new.weight[at]
        return new.left[at], new.right[at]

    def _reserve(self) -> int:
        new = self._new
        at = len(new.left)
        if at >= _MOST_NODES:
            raise TrainingError(
                f"--missing {self._missing:g} makes a tree of more than {_MOST_NODES} nodes; "
                "train on NaN for missing values, or with smaller trees"
            )
        for numbers in (new.left, new.right):
            numbers.append(NO_CHILD)
        new.feature.append(0)
        new.default_left.append(0)
        for values in (new.value, new.weight, new.gain, new.cover):
            values.append(0.0)
        return at


def _shortest(value: float) -> float:
    return float(str(np.float32(value)))
