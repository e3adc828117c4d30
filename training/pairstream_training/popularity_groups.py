"""The popularity groups of authors: routing of rows to groups, and the join of five trees."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from pairstream_training.forest import NO_CHILD, Tree

GROUP_COLUMN = "group"
"""Name of the input column that holds the group."""

GROUP_COUNT = 5

_EDGES = (1, 2, 3, 4)

# Threshold, child below it and child from it on: the number of a split, or a group as ~group. About half of the rows
# are of the best known authors, so that these are told apart first: 2.0 splits a row, where a balanced tree takes 2.7.
_SPLITS = ((4.0, 1, ~4), (2.0, 2, 3), (1.0, ~0, ~1), (3.0, ~2, ~3))


def route_groups(values: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """Return the group, 0 to 4, whose booster answers for each value of the group column.

    A missing value and values below 1 are group 0, the authors with the fewest followers. Values from 4 on are group 4.
    Fractions are rounded down.
    """
    groups: npt.NDArray[np.intp] = np.digitize(np.nan_to_num(values, nan=0.0), _EDGES)
    return groups


def join_groups(forests: Sequence[Sequence[Tree]], column: int) -> list[Tree]:
    """Join tree t of every group's forest under splits on the group column that route rows like `route_groups`.

    A shorter forest gets a leaf of zero.
    """
    rounds = max(len(forest) for forest in forests)
    return [
        _join([forest[r] if r < len(forest) else _zero_leaf() for forest in forests], column) for r in range(rounds)
    ]


def _join(trees: Sequence[Tree], column: int) -> Tree:
    sizes = [len(tree.left) for tree in trees]
    starts = [len(_SPLITS) + sum(sizes[:group]) for group in range(GROUP_COUNT)]

    def node_of(child: int) -> int:
        return child if child >= 0 else starts[~child]

    cover = [*[0.0] * len(_SPLITS), *chain.from_iterable(tree.cover for tree in trees)]
    # Children come after their parents.
    for split in reversed(range(len(_SPLITS))):
        _, below, above = _SPLITS[split]
        cover[split] = cover[node_of(below)] + cover[node_of(above)]
    zeros = [0.0] * len(_SPLITS)
    left = [_shifted(tree.left, start) for tree, start in zip(trees, starts, strict=True)]
    right = [_shifted(tree.right, start) for tree, start in zip(trees, starts, strict=True)]
    return Tree(
        left=[*(node_of(below) for _, below, _ in _SPLITS), *chain.from_iterable(left)],
        right=[*(node_of(above) for _, _, above in _SPLITS), *chain.from_iterable(right)],
        feature=[*[column] * len(_SPLITS), *chain.from_iterable(tree.feature for tree in trees)],
        value=[*(edge for edge, _, _ in _SPLITS), *chain.from_iterable(tree.value for tree in trees)],
        default_left=[*[1] * len(_SPLITS), *chain.from_iterable(tree.default_left for tree in trees)],
        weight=[*zeros, *chain.from_iterable(tree.weight for tree in trees)],
        gain=[*zeros, *chain.from_iterable(tree.gain for tree in trees)],
        cover=cover,
    )


def _shifted(children: Sequence[int], start: int) -> list[int]:
    return [NO_CHILD if child == NO_CHILD else child + start for child in children]


def _zero_leaf() -> Tree:
    return Tree([NO_CHILD], [NO_CHILD], [0], [0.0], [0], [0.0], [0.0], [0.0])
