"""Logistic forests that XGBoost wrote, walked by compiled code: the same answers, several times as fast."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numba
import numpy as np
import treelite

from pairstream_backends.forest import Rows, Values
from pairstream_backends.tree_walk import BLOCK_ROWS, Nodes, Trees, walk
from pairstream_backends.xgboost_forest import XgboostForest

_LESS = 2
"""treelite's `Operator.kLT`."""
_NO_CHILD = -1


class WalkedForest:
    """Trees with one value per leaf, of one or several outputs, each a logistic function of their sum."""

    def __init__(self, model: treelite.Model, library: str, thread_count: int) -> None:
        """Lay out the trees of a model that `walk_forest` found fit."""
        header = model.get_header_accessor()
        self.library = f"{library} and Numba {numba.__version__}"
        self.feature_count = int(model.num_feature)
        self.output_count = int(header.get_field("num_target")[0])
        self._margins = np.array(header.get_field("base_scores"), dtype=np.float32)
        self._nodes, self._trees = _lay_out(model)
        self._thread_count = thread_count
        self._threads = ThreadPoolExecutor(thread_count)

    def predict(self, rows: Rows) -> Values:
        """Give [rows, outputs]."""
        probabilities = np.empty((len(rows), self.output_count), dtype=np.float32)
        part_count = min(self._thread_count, max(1, 2 * len(rows) // BLOCK_ROWS))
        parts = zip(np.array_split(rows, part_count), np.array_split(probabilities, part_count), strict=True)
        if part_count == 1:
            self._walk(rows, probabilities)
        else:
            list(self._threads.map(lambda part: self._walk(*part), parts))
        return probabilities

    def _walk(self, rows: Rows, probabilities: Values) -> None:
        walk(np.ascontiguousarray(rows, dtype=np.float32), self._nodes, self._trees, self._margins, probabilities)


def walk_forest(forest: XgboostForest, path: Path, thread_count: int) -> WalkedForest | None:
    """Give the forest of the same file as one that is walked; None where XGBoost alone answers as XGBoost does."""
    if not forest.is_logistic:
        return None
    try:
        model = treelite.frontend.load_xgboost_model(path, format_choice="ubjson" if path.suffix == ".ubj" else "json")
    except treelite.TreeliteError:
        return None
    if not all(_is_plain(model.get_tree_accessor(tree)) for tree in range(model.num_tree)):
        return None
    return WalkedForest(model, forest.library, thread_count)


def _is_plain(tree: treelite.model.TreeAccessor) -> bool:
    """Whether every node compares one number, and every leaf has one value."""
    if tree.get_field("has_categorical_split")[0] or len(tree.get_field("leaf_vector")) > 0:
        return False
    has_children = tree.get_field("cleft") != _NO_CHILD
    return bool((tree.get_field("cmp")[has_children] == _LESS).all())


def _lay_out(model: treelite.Model) -> tuple[Nodes, Trees]:
    parts: list[Nodes] = []
    roots: list[int] = []
    depths: list[int] = []
    begin = 0
    for tree in range(model.num_tree):
        nodes, depth = _lay_out_tree(model.get_tree_accessor(tree), begin)
        parts.append(nodes)
        roots.append(begin)
        depths.append(depth)
        begin += len(nodes.left)
    nodes = Nodes(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Nodes)))
    # A copy: what treelite hands out is the model's own memory.
    outputs = np.array(model.get_header_accessor().get_field("target_id"), dtype=np.int32)
    return nodes, Trees(np.array(roots, dtype=np.uint32), np.array(depths, dtype=np.int32), outputs)


def _lay_out_tree(tree: treelite.model.TreeAccessor, begin: int) -> tuple[Nodes, int]:
    """Give the nodes numbered from `begin` on, level by level, so that siblings are neighbours; and the depth."""
    left, right = tree.get_field("cleft"), tree.get_field("cright")
    levels = [np.zeros(1, dtype=np.int64)]
    while True:
        parents = levels[-1][left[levels[-1]] != _NO_CHILD]
        if len(parents) == 0:
            break
        levels.append(np.stack([left[parents], right[parents]], axis=1).ravel().astype(np.int64))
    old = np.concatenate(levels)
    new = np.empty(len(left), dtype=np.int64)
    new[old] = np.arange(len(old))
    is_leaf = left[old] == _NO_CHILD
    children = np.where(is_leaf, np.arange(len(old)), new[left[old]])
    return (
        Nodes(
            thresholds=np.where(is_leaf, np.nan, tree.get_field("threshold")[old]).astype(np.float32),
            features=np.where(is_leaf, 0, tree.get_field("split_index")[old]).astype(np.uint32),
            left=(begin + children).astype(np.uint32),
            missing_goes_right=~is_leaf & (tree.get_field("default_left")[old] == 0),
            values=np.where(is_leaf, tree.get_field("leaf_value")[old], 0).astype(np.float32),
        ),
        len(levels) - 1,
    )
