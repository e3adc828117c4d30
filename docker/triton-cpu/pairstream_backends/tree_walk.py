"""Walks a block of rows through one tree after another, level by level, without a branch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

import numba
import numpy as np
import numpy.typing as npt

from pairstream_backends.forest import Rows, Values

BLOCK_ROWS = 256
"""Rows that walk together: enough that a tree is fetched seldom, few enough that they stay in a core's own cache."""

_Floats: TypeAlias = npt.NDArray[np.float32]
_Words: TypeAlias = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Nodes:
    """All nodes of a forest, a tree after the other; the right child of a node follows its left child."""

    thresholds: _Floats
    """A row goes right when its feature is at least this. NaN in a leaf, so that every row stays there."""
    features: _Words
    left: _Words
    """The left child; a leaf is its own."""
    missing_goes_right: npt.NDArray[np.bool_]
    values: _Floats
    """Of leaves."""


@dataclass(frozen=True)
class Trees:
    """Where trees begin, and what they are part of."""

    roots: _Words
    depths: npt.NDArray[np.int32]
    """Steps from the root to the deepest leaf."""
    outputs: npt.NDArray[np.int32]
    """Which output a tree adds to; by ascending tree, so that sums are those of XGBoost to the last bit."""


def walk(rows: Rows, nodes: Nodes, trees: Trees, margins: _Floats, probabilities: Values) -> None:
    """Fill `probabilities` [rows, outputs]: the logistic function of an output's margin and the leaves of its trees.

    Sums are in single precision, tree by tree. Holds no lock of the interpreter, so that threads may walk parts of the
    rows at once.
    """
    _walk(
        rows,
        *(nodes.thresholds, nodes.features, nodes.left, nodes.missing_goes_right, nodes.values),
        *(trees.roots, trees.depths, trees.outputs),
        margins,
        probabilities,
    )


def _walk_in_blocks(
    rows: Rows,
    thresholds: _Floats,
    features: _Words,
    left: _Words,
    missing_goes_right: npt.NDArray[np.bool_],
    values: _Floats,
    roots: _Words,
    depths: npt.NDArray[np.int32],
    outputs: npt.NDArray[np.int32],
    margins: _Floats,
    probabilities: Values,
) -> None:
    row_count, width = rows.shape
    # Feature by feature, so that neighbouring rows lie side by side.
    block = np.empty((width, BLOCK_ROWS), np.float32)
    sums = np.empty((margins.size, BLOCK_ROWS), np.float32)
    at = np.empty(BLOCK_ROWS, np.uint32)
    for first in range(0, row_count, BLOCK_ROWS):
        count = np.uint32(min(BLOCK_ROWS, row_count - first))
        for row in range(count):
            for feature in range(width):
                block[feature, row] = rows[first + row, feature]
        for output in range(margins.size):
            sums[output, :] = margins[output]
        for tree in range(roots.size):
            at[:] = roots[tree]
            for _ in range(depths[tree]):
                for row in range(count):
                    node = at[row]
                    value = block[features[node], row]
                    is_missing = value != value  # noqa: PLR0124 - so only of NaN
                    goes_right = (value >= thresholds[node]) | (is_missing & missing_goes_right[node])
                    at[row] = left[node] + np.uint32(goes_right)
            output = outputs[tree]
            for row in range(count):
                sums[output, row] += values[at[row]]
        for row in range(count):
            for output in range(margins.size):
                # As XGBoost has it: bounded, so that exp stays finite.
                power = math.exp(min(-sums[output, row], np.float32(88.7)))
                probabilities[first + row, output] = np.float32(1) / (power + np.float32(1))


_walk = cast(
    Callable[..., None],
    numba.njit(
        "void(f4[:,::1], f4[::1], u4[::1], u4[::1], b1[::1], f4[::1], u4[::1], i4[::1], i4[::1], f4[::1], f4[:,::1])",
        nogil=True,
        error_model="numpy",
    )(_walk_in_blocks),
)
