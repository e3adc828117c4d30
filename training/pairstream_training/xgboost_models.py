"""Reads models that XGBoost saved."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.forest import Tree, margin_of, read_trees
from pairstream_training.merge import feature_names_of
from pairstream_training.trained_forest import TrainedForest

_OBJECTIVES = ("binary:logistic", "reg:logistic")


def read_xgboost(path: Path) -> list[TrainedForest]:
    """Give a forest per output of a model.json or model.ubj; of early stopping the best iteration counts.

    Raises TrainingError for what cannot be served exactly: other objectives, dart, linear models, trees with a vector
    in each leaf, splits on categories.
    """
    try:
        booster = xgb.Booster(model_file=path)
    except xgb.core.XGBoostError as error:
        raise TrainingError(f"{path}: cannot be read as an XGBoost model: {error}") from error
    best = booster.attr("best_iteration")
    if best is not None:
        booster = booster[: int(best) + 1]
    learner = json.loads(booster.save_raw("json"))["learner"]
    _require_servable(path, learner)
    trees = _trees_of(path, booster)
    outputs = learner["gradient_booster"]["model"]["tree_info"]
    margins = _margins(learner["learner_model_param"])
    names = feature_names_of(booster) or (tuple(booster.feature_names) if booster.feature_names else None)
    # Names are checked by whoever calls; the library is given bare columns.
    booster.feature_names = None
    booster.feature_types = None
    return [
        TrainedForest(
            trees=[tree for tree, output in zip(trees, outputs, strict=True) if output == o],
            margin=margins[o],
            names=names,
            feature_count=booster.num_features(),
            answer=_answer_of(booster, o),
        )
        for o in range(len(margins))
    ]


def _require_servable(path: Path, learner: dict[str, Any]) -> None:
    objective = learner["objective"]["name"]
    if objective not in _OBJECTIVES:
        raise TrainingError(f"{path}: objective {objective}, expected one of {', '.join(_OBJECTIVES)}")
    kind = learner["gradient_booster"]["name"]
    if kind != "gbtree":
        raise TrainingError(f"{path}: booster {kind}, expected gbtree")
    trees = learner["gradient_booster"]["model"]["trees"]
    if not trees:
        raise TrainingError(f"{path}: no trees, expected a model of at least one round")
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        raise TrainingError(f"{path}: a vector in each leaf, expected multi_strategy one_output_per_tree")


def _trees_of(path: Path, booster: xgb.Booster) -> list[Tree]:
    try:
        return read_trees(booster)
    except ValueError as error:
        raise TrainingError(f"{path}: {error}; train on numbers alone, and save the whole model") from error


def _margins(parameters: dict[str, str]) -> list[float]:
    probabilities = [float(text) for text in parameters["base_score"].strip("[]").split(",")]
    count = max(1, int(parameters["num_target"]))
    if len(probabilities) == 1:
        probabilities *= count
    return [margin_of(probability) for probability in probabilities]


def _answer_of(booster: xgb.Booster, output: int) -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]:
    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        probabilities: npt.NDArray[np.floating] = booster.inplace_predict(rows).reshape(len(rows), -1)
        return probabilities[:, output]

    return answer
