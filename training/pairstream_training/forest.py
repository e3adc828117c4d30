"""Trees as lists, read from and written to XGBoost's JSON format."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost as xgb

NO_CHILD = -1
_NO_PARENT = 2147483647
_LEAST_BASE = 1e-6


@dataclass
class Tree:
    """One tree; the lists have one entry per node, node 0 is the root.

    Floats are the shortest decimals of float32 values, as XGBoost writes them: writing them again loses nothing.
    """

    left: list[int]
    """Node for value < threshold, -1 in a leaf."""
    right: list[int]
    feature: list[int]
    value: list[float]
    """Threshold of a split, output (margin) of a leaf."""
    default_left: list[int]
    """1 if a missing value goes left, else 0."""
    weight: list[float]
    gain: list[float]
    cover: list[float]
    """Sum of hessians; SHAP values weight the branches by it."""

    def is_leaf(self, node: int) -> bool:
        """Return True if a node has no children."""
        return self.left[node] == NO_CHILD

    def depth(self) -> int:
        """Return the number of splits on the longest path from the root."""
        depths = [0] * len(self.left)
        # A child always comes after its parent.
        for node in range(len(self.left)):
            if not self.is_leaf(node):
                depths[self.left[node]] = depths[self.right[node]] = depths[node] + 1
        return max(depths)


def read_trees(booster: xgb.Booster) -> list[Tree]:
    """Read the trees of a booster in order, without pruned nodes.

    Leaves of a dart booster are multiplied by the weight of their tree, in float32 as XGBoost does. Raises ValueError
    for a split on categories, and for nodes that do not form a tree.
    """
    gradient_booster = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    model = boosted_trees(gradient_booster)
    feature_count = booster.num_features()
    trees = [_tree_of(tree, number, feature_count) for number, tree in enumerate(model["trees"])]
    weights = gradient_booster.get("weight_drop")
    return trees if weights is None else [_scaled(tree, weight) for tree, weight in zip(trees, weights, strict=True)]


def boosted_trees(gradient_booster: dict[str, Any]) -> dict[str, Any]:
    """Return the part of XGBoost's JSON that holds the trees of a booster `gbtree` or `dart`."""
    model: dict[str, Any] = gradient_booster.get("gbtree", gradient_booster)["model"]
    return model


def base_margin(booster: xgb.Booster) -> float:
    """Return the margin that a single-output logistic booster adds to the sum of its trees."""
    text = json.loads(booster.save_raw("json"))["learner"]["learner_model_param"]["base_score"]
    return margin_of(float(text.strip("[]")))


def margin_of(base_score: float) -> float:
    """Return the log odds of a base score, within the bounds that XGBoost keeps to: labels of one kind give 0 or 1."""
    probability = min(max(base_score, _LEAST_BASE), 1 - _LEAST_BASE)
    return float(np.log(probability / (1 - probability)))


def _scaled(tree: Tree, weight: float) -> Tree:
    """Return a tree whose leaves are multiplied by a weight, both float32."""
    value = [
        float(str(np.float32(value) * np.float32(weight))) if tree.is_leaf(node) else value
        for node, value in enumerate(tree.value)
    ]
    return replace(tree, value=value)


def _tree_of(tree: dict[str, Any], number: int, feature_count: int) -> Tree:
    left, right = tree["left_children"], tree["right_children"]
    nodes = reachable_nodes(left, right, number)
    splits = [node for node in nodes if left[node] != NO_CHILD]
    if any(tree["split_type"][node] for node in splits):
        raise ValueError("categorical splits cannot be merged")
    outside = next((node for node in splits if not 0 <= tree["split_indices"][node] < feature_count), None)
    if outside is not None:
        feature = tree["split_indices"][outside]
        raise ValueError(f"tree {number} splits on feature {feature}, expected one of {feature_count} features")
    position = {node: i for i, node in enumerate(nodes)}
    position[NO_CHILD] = NO_CHILD

    def pick(values: Sequence[Any]) -> list[Any]:
        return [values[node] for node in nodes]

    return Tree(
        left=[position[child] for child in pick(left)],
        right=[position[child] for child in pick(right)],
        feature=[tree["split_indices"][node] if left[node] != NO_CHILD else 0 for node in nodes],
        value=pick(tree["split_conditions"]),
        default_left=pick(tree["default_left"]),
        weight=pick(tree["base_weights"]),
        gain=pick(tree["loss_changes"]),
        cover=pick(tree["sum_hessian"]),
    )


def reachable_nodes(left: Sequence[int], right: Sequence[int], number: int = 0) -> list[int]:
    """Return the nodes below the root, each after its parent and the right child after the left one.

    A pruned tree of XGBoost still lists the nodes it lost. A tree that lost none keeps its numbering. Raises ValueError
    for children that are no node, or that have two parents; `number` is the tree's, for the message.
    """
    nodes = [0]
    seen = {0}
    for node in nodes:
        if left[node] == NO_CHILD:
            continue
        for child in (left[node], right[node]):
            if not 0 <= child < len(left) or child in seen:
                raise ValueError(f"tree {number} is damaged: node {node} of {len(left)} has child {child}")
            seen.add(child)
            nodes.append(child)
    splits = [node for node in nodes if left[node] != NO_CHILD]
    is_descending = all(node < min(left[node], right[node]) for node in splits)
    is_whole = len(nodes) == len(left)
    are_siblings_adjacent = all(left[node] == right[node] - 1 for node in splits)
    return sorted(nodes) if is_descending and (is_whole or are_siblings_adjacent) else nodes


def tree_json(tree: Tree, number: int, feature_count: int) -> dict[str, Any]:
    """Return a tree in the form of XGBoost's JSON model."""
    parents = [_NO_PARENT] * len(tree.left)
    for node in range(len(tree.left)):
        if not tree.is_leaf(node):
            parents[tree.left[node]] = parents[tree.right[node]] = node
    return {
        "base_weights": tree.weight,
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "default_left": tree.default_left,
        "id": number,
        "left_children": tree.left,
        "loss_changes": tree.gain,
        "parents": parents,
        "right_children": tree.right,
        "split_conditions": tree.value,
        "split_indices": tree.feature,
        "split_type": [0] * len(tree.left),
        "sum_hessian": tree.cover,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(feature_count),
            "num_nodes": str(len(tree.left)),
            "size_leaf_vector": "1",
        },
    }
