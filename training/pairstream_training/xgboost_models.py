"""Reads models that XGBoost saved."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.forest import Tree, boosted_trees, margin_of, read_trees
from pairstream_training.kept_rounds import BEST, KeptRounds, choose_rounds
from pairstream_training.merge import feature_names_of
from pairstream_training.missing_value import with_missing_value
from pairstream_training.model_formats import XGBOOST, ModelFile, read_model_file
from pairstream_training.model_parse import load_xgboost
from pairstream_training.trained_forest import TrainedForest

_BOOSTERS = ("gbtree", "dart")
_OBJECTIVES = ("binary:logistic", "reg:logistic")


def read_xgboost(path: Path, rounds: str | int = BEST, missing: float = float("nan")) -> list[TrainedForest]:
    """Return a forest per output of an XGBoost model in JSON or UBJSON.

    `rounds` chooses the rounds to keep (see `choose_rounds`), `missing` is the value that training counted as missing
    beside NaN. Raises TrainingError for what cannot be served exactly: other objectives, linear models, trees with a
    vector in each leaf, splits on categories.
    """
    file = read_model_file(path)
    if file.library != XGBOOST:
        raise TrainingError(f"{path}: a {file.library} model, expected one of XGBoost")
    return forests_of_xgboost(file, rounds, missing)


def forests_of_xgboost(file: ModelFile, rounds: str | int, missing: float) -> list[TrainedForest]:
    """Return a forest per output of the content of a file; see `read_xgboost`."""
    path = file.path
    booster = load_xgboost(file)
    learner = _learner_of(booster)
    _require_servable(path, learner)
    present = booster.num_boosted_rounds()
    kept, reason = choose_rounds(path, rounds, present, booster.attr("best_iteration"))
    tree_count = len(boosted_trees(learner["gradient_booster"])["trees"])
    record = KeptRounds(path, XGBOOST, kept, present, tree_count // present, reason)
    if kept < present:
        booster = booster[:kept]
    trees = _trees_of(path, booster)
    if not np.isnan(missing):
        trees = [with_missing_value(tree, missing) for tree in trees]
    outputs = boosted_trees(_learner_of(booster)["gradient_booster"])["tree_info"]
    margins = _margins(learner["learner_model_param"])
    names = feature_names_of(booster) or (tuple(booster.feature_names) if booster.feature_names else None)
    feature_count = booster.num_features()
    if names is not None and len(names) != feature_count:
        raise TrainingError(f"{path}: {len(names)} names of {feature_count} features, expected a name of each")
    # Names are checked by whoever calls; the library is given bare columns.
    booster.feature_names = None
    booster.feature_types = None
    return [
        TrainedForest(
            trees=[tree for tree, output in zip(trees, outputs, strict=True) if output == o],
            margin=margins[o],
            names=names,
            feature_count=feature_count,
            answer=_answer_of(booster, o, missing),
            kept=record,
        )
        for o in range(len(margins))
    ]


def _learner_of(booster: xgb.Booster) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(booster.save_raw("json"))["learner"]
    return learner


def _require_servable(path: Path, learner: dict[str, Any]) -> None:
    kind = learner["gradient_booster"]["name"]
    if kind not in _BOOSTERS:
        raise TrainingError(f"{path}: booster {kind}, expected one of {', '.join(_BOOSTERS)}")
    objective = learner["objective"]["name"]
    if objective not in _OBJECTIVES:
        raise TrainingError(f"{path}: objective {objective}, expected one of {', '.join(_OBJECTIVES)}")
    trees = boosted_trees(learner["gradient_booster"])["trees"]
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


def _answer_of(
    booster: xgb.Booster, output: int, missing: float
) -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]:
    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        probabilities: npt.NDArray[np.floating] = booster.inplace_predict(rows, missing=missing).reshape(len(rows), -1)
        return probabilities[:, output]

    return answer
