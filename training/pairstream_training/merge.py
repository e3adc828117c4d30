"""Merges single-output boosters into one served model, without changing an answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.forest import Tree, base_margin, read_trees, tree_json
from pairstream_training.popularity_groups import GROUP_COLUMN, join_groups, route_groups
from pairstream_training.trained_forest import with_features

FEATURES_ATTRIBUTE = "pairstream_features"
"""Booster attribute that holds the feature names, a JSON list in column order."""


@dataclass(frozen=True)
class OutputForest:
    """The boosters of one output of a model."""

    boosters: tuple[xgb.Booster, ...]
    """Logistic boosters with one output: one booster, or one per popularity group."""
    columns: tuple[int, ...]
    """Columns of the model's input by feature of the boosters."""

    def answer(self, rows: npt.NDArray[np.float32], feature_names: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the probabilities [rows] of the unmerged boosters, for features [rows, len(feature_names)]."""
        seen = np.ascontiguousarray(rows[:, self.columns])
        answers = np.stack([booster.inplace_predict(seen) for booster in self.boosters], axis=1)
        if len(self.boosters) == 1:
            return answers[:, 0]
        groups = route_groups(rows[:, list(feature_names).index(GROUP_COLUMN)])
        chosen: npt.NDArray[np.float32] = answers[np.arange(len(rows)), groups]
        return chosen


def merge_outputs(outputs: Sequence[OutputForest], feature_names: Sequence[str]) -> xgb.Booster:
    """Merge the boosters of all outputs into one booster whose output c is the probability of outputs[c].

    Tree i belongs to output i mod N, as forest engines require. Trees of zeros fill up outputs with fewer trees. Each
    base margin is added to the leaves of its booster's first tree, and every base score becomes one half (margin 0).
    No tree is a single leaf. If an output has a booster per popularity group, the trees of the groups are joined under
    splits on the group's column.
    """
    return merge_forests(
        [_forest_of(output, feature_names) for output in outputs], feature_names, outputs[0].boosters[0]
    )


def _forest_of(output: OutputForest, feature_names: Sequence[str]) -> Sequence[Tree]:
    forests = [
        with_features(normalise(read_trees(booster), base_margin(booster)), output.columns)
        for booster in output.boosters
    ]
    return forests[0] if len(forests) == 1 else join_groups(forests, list(feature_names).index(GROUP_COLUMN))


def merge_forests(
    forests: Sequence[Sequence[Tree]], feature_names: Sequence[str], template: xgb.Booster
) -> xgb.Booster:
    """Merge normalised forests (see `normalise`) into one booster with the settings of a logistic `template`."""
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
    """Interleave the trees of all forests: tree i is of forest i mod N. Trees of zeros fill up short forests."""
    rounds = max(len(forest) for forest in forests)
    return [forest[r] if r < len(forest) else stump(0.0, 0.0) for r in range(rounds) for forest in forests]


def feature_names_of(booster: xgb.Booster) -> tuple[str, ...] | None:
    """Return the feature names of a merged model; None for other models."""
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
    """Replace single-leaf trees by splits, and add a base margin to the leaves of the first tree."""
    grown = [tree if len(tree.left) > 1 else stump(tree.value[0], tree.value[0]) for tree in trees]
    if not grown:
        return [stump(_float32(margin), _float32(margin))]
    first = grown[0]
    value = [_float32(value + margin) if first.is_leaf(node) else value for node, value in enumerate(first.value)]
    return [replace(first, value=value), *grown[1:]]


def _float32(value: float) -> float:
    """Round to float32 and give its shortest decimal."""
    return float(str(np.float32(value)))
