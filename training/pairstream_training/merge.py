"""Merges single-output boosters into one model with an output per booster, without changing an answer."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xgboost as xgb

from pairstream_training.forest import Tree, base_margin, read_trees, tree_json

FEATURES_ATTRIBUTE = "pairstream_features"
"""Booster attribute that holds the feature names, a JSON list in column order."""


def merge_boosters(boosters: Sequence[xgb.Booster], feature_names: Sequence[str]) -> xgb.Booster:
    """Merge logistic boosters of one output each into one booster whose output c is booster c's probability.

    Tree i belongs to output i mod N, as forest engines want it: the boosters' trees take turns, and a booster with
    fewer trees is filled up with trees that add nothing. Each base margin goes into the leaves of its booster's first
    tree and every base score becomes one half (margin 0). No tree is a single leaf.
    """
    forests = [normalise(read_trees(booster), base_margin(booster)) for booster in boosters]
    return merge_forests(forests, feature_names, boosters[0])


def merge_forests(
    forests: Sequence[Sequence[Tree]], feature_names: Sequence[str], template: xgb.Booster
) -> xgb.Booster:
    """Merge normalised forests (see `normalise`) into one booster, all else of which is as in a logistic `template`."""
    trees = take_turns(forests)
    model = json.loads(template.save_raw("json"))
    learner = model["learner"]
    learner["attributes"] = {FEATURES_ATTRIBUTE: json.dumps(list(feature_names))}
    learner["feature_names"] = []
    learner["feature_types"] = []
    learner["learner_model_param"].update(
        base_score="[" + ",".join(["5E-1"] * len(forests)) + "]",
        num_class="0",
        num_feature=str(len(feature_names)),
        num_target=str(len(forests)),
    )
    forest_json = learner["gradient_booster"]["model"]
    forest_json["gbtree_model_param"]["num_trees"] = str(len(trees))
    forest_json["trees"] = [tree_json(tree, i, len(feature_names)) for i, tree in enumerate(trees)]
    forest_json["tree_info"] = [i % len(forests) for i in range(len(trees))]
    forest_json["iteration_indptr"] = list(range(0, len(trees) + 1, len(forests)))
    return xgb.Booster(model_file=bytearray(json.dumps(model), "utf-8"))


def take_turns(forests: Sequence[Sequence[Tree]]) -> list[Tree]:
    """Give the trees of all forests in turns: tree i is of forest i mod N. Short forests get trees that add nothing."""
    rounds = max(len(forest) for forest in forests)
    return [forest[r] if r < len(forest) else stump(0.0, 0.0) for r in range(rounds) for forest in forests]


def feature_names_of(booster: xgb.Booster) -> tuple[str, ...] | None:
    """Give the feature names that a merged model was made with, None for another model."""
    names = booster.attr(FEATURES_ATTRIBUTE)
    return None if names is None else tuple(json.loads(names))


def stump(left: float, right: float) -> Tree:
    """Make a tree of one split on feature 0 at zero, with two leaves."""
    return Tree(
        left=[1, -1, -1],
        right=[2, -1, -1],
        feature=[0, 0, 0],
        value=[0.0, left, right],
        default_left=[0, 0, 0],
        weight=[0.0, left, right],
        gain=[0.0, 0.0, 0.0],
        cover=[2.0, 1.0, 1.0],
    )


def normalise(trees: Sequence[Tree], margin: float) -> list[Tree]:
    """Give trees none of which is a single leaf, with a base margin put into the leaves of the first."""
    grown = [tree if len(tree.left) > 1 else stump(tree.value[0], tree.value[0]) for tree in trees]
    if not grown:
        return [stump(_float32(margin), _float32(margin))]
    first = grown[0]
    value = [_float32(value + margin) if first.is_leaf(node) else value for node, value in enumerate(first.value)]
    return [replace(first, value=value), *grown[1:]]


def _float32(value: float) -> float:
    """Round to float32 and give its shortest decimal."""
    return float(str(np.float32(value)))
