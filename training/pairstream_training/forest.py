"""Trees as lists, read from and written to XGBoost's own JSON."""

import json
from dataclasses import dataclass
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
    """1 where a missing value goes left."""
    weight: list[float]
    gain: list[float]
    cover: list[float]
    """Sum of hessians: what SHAP values weigh the branches by."""

    def is_leaf(self, node: int) -> bool:
        """Tell whether a node has no children."""
        return self.left[node] == NO_CHILD

    def depth(self) -> int:
        """Give the number of splits on the longest way from the root."""
        depths = [0] * len(self.left)
        # A child always comes after its parent.
        for node in range(len(self.left)):
            if not self.is_leaf(node):
                depths[self.left[node]] = depths[self.right[node]] = depths[node] + 1
        return max(depths)


def read_trees(booster: xgb.Booster) -> list[Tree]:
    """Read the trees of a booster, first to last."""
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    return [_tree_of(tree) for tree in model["trees"]]


def base_margin(booster: xgb.Booster) -> float:
    """Give what a single-output logistic booster adds to the sum of its trees."""
    text = json.loads(booster.save_raw("json"))["learner"]["learner_model_param"]["base_score"]
    return margin_of(float(text.strip("[]")))


def margin_of(base_score: float) -> float:
    """Give the log odds of a base score, within the bounds that XGBoost keeps to: labels of one kind give 0 or 1."""
    probability = min(max(base_score, _LEAST_BASE), 1 - _LEAST_BASE)
    return float(np.log(probability / (1 - probability)))


def _tree_of(tree: dict[str, Any]) -> Tree:
    if any(tree["split_type"]):
        raise ValueError("categorical splits cannot be merged")
    return Tree(
        left=tree["left_children"],
        right=tree["right_children"],
        feature=tree["split_indices"],
        value=tree["split_conditions"],
        default_left=tree["default_left"],
        weight=tree["base_weights"],
        gain=tree["loss_changes"],
        cover=tree["sum_hessian"],
    )


def tree_json(tree: Tree, number: int, feature_count: int) -> dict[str, Any]:
    """Give a tree in the form of XGBoost's JSON model."""
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
