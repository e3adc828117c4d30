"""Reads models that LightGBM saved, into splits of the kind that XGBoost knows."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairstream_training.errors import TrainingError
from pairstream_training.forest import NO_CHILD, Tree
from pairstream_training.kept_rounds import BEST, KeptRounds, choose_rounds
from pairstream_training.model_formats import LIGHTGBM, ModelFile, read_model_file
from pairstream_training.model_parse import one_line
from pairstream_training.trained_forest import TrainedForest

_MOST_NODES = 65_536
_UNNAMED = re.compile(r"Column_\d+")
_LOGISTIC = re.compile(r"binary sigmoid:(?P<sigmoid>\S+)|cross_entropy")
_LARGEST = float(np.finfo(np.float32).max)
_UNLIMITED = 1e300
"""LightGBM takes larger values, and thresholds, for this one: a split at it sends all values left."""
_ZERO = float(np.float32(1e-35))
"""LightGBM takes values of at most this size for zero, before it compares them with anything."""


def read_lightgbm(path: Path, rounds: str | int = BEST) -> TrainedForest:
    """Return the forest of a model.txt of the objective `binary` or `cross_entropy`.

    LightGBM sends x <= threshold (double) left; here x < the next float32 above it, which no float32 can tell apart.
    Missing values follow each split's own rule; minus infinity may count as missing. The leaves of a random forest are
    divided by the number of trees, because LightGBM averages them. `rounds` chooses the rounds to keep (see
    `choose_rounds`). Raises TrainingError for what cannot be served exactly: other objectives, linear leaves, splits on
    categories.
    """
    file = read_model_file(path)
    if file.library != LIGHTGBM:
        raise TrainingError(f"{path}: a model of {file.library}, expected one of LightGBM")
    return forest_of_lightgbm(file, rounds)


def forest_of_lightgbm(file: ModelFile, rounds: str | int) -> TrainedForest:
    """Return the forest of the content of a file; see `read_lightgbm`. LightGBM may abort on a damaged one."""
    path = file.path
    try:
        # Only this needs it, and it needs the system's libgomp.
        import lightgbm  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise TrainingError(f"{path}: lightgbm cannot be loaded ({error}); run scripts/training-env.sh") from error
    try:
        booster = lightgbm.Booster(model_str=file.content.decode("utf-8", errors="replace"))
        present = booster.current_iteration()
        kept, reason = choose_rounds(path, rounds, present, None)
        model = booster.dump_model(num_iteration=kept)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as a LightGBM model: {one_line(error)}") from error
    scale = _servable_scale(path, model)
    names = tuple(model["feature_names"])

    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        return np.asarray(booster.predict(rows, num_iteration=kept), dtype=np.float64)

    return TrainedForest(
        trees=[_Grower(path, scale).tree(tree["tree_structure"]) for tree in model["tree_info"]],
        margin=0.0,
        names=None if all(_UNNAMED.fullmatch(name) for name in names) else names,
        feature_count=len(names),
        answer=answer,
        kept=KeptRounds(path, LIGHTGBM, kept, present, 1, reason),
    )


def _servable_scale(path: Path, model: dict[str, Any]) -> float:
    """Return the factor that makes log odds of the sum of the trees."""
    objective = model.get("objective")
    if objective is None:
        raise TrainingError(
            f"{path}: no objective, as a custom objective leaves it, so how scores become probabilities is unknown; "
            "train with objective binary"
        )
    logistic = _LOGISTIC.fullmatch(objective)
    if logistic is None or model["num_tree_per_iteration"] != 1:
        raise TrainingError(f"{path}: objective {objective}, expected binary or cross_entropy")
    if not model["tree_info"]:
        raise TrainingError(f"{path}: no trees, expected a model of at least one round")
    scale = float(logistic["sigmoid"] or 1)
    return scale / len(model["tree_info"]) if model["average_output"] else scale


class _Grower:
    """Numbers the nodes of one tree through: every child after its parent, the right one after the left.

    XGBoost goes to `left + 1` for right, whatever its file says.
    """

    def __init__(self, path: Path, scale: float) -> None:
        self._path = path
        self._scale = scale
        self._tree = Tree([], [], [], [], [], [], [], [])

    def tree(self, root: dict[str, Any]) -> Tree:
        self._grow(self._reserve(), root)
        return self._tree

    def _grow(self, at: int, node: dict[str, Any]) -> None:
        if "split_index" not in node:
            self._set_leaf(at, node)
            return
        if node["decision_type"] != "<=":
            raise TrainingError(f"{self._path}: a split on categories, expected numbers alone")
        feature, threshold, default_left = node["split_feature"], float(node["threshold"]), bool(node["default_left"])
        left, right = node["left_child"], node["right_child"]
        zero_goes_left = threshold >= 0
        kind = node["missing_type"]
        if threshold >= _UNLIMITED and (default_left or kind == "None"):
            self._grow(at, left)
        elif threshold >= _UNLIMITED and kind == "NaN":
            # Nothing but missing values go right. A finite float32 is above all values but one infinity: the lower one.
            self._split(at, feature, -_LARGEST, True, right, left)
        # Unless missing values are a kind of their own, they count as zero.
        elif kind != "Zero":
            missing_left = default_left if kind == "NaN" else zero_goes_left
            self._split(at, feature, _next_above(threshold), missing_left, left, right)
        elif default_left == zero_goes_left:
            self._split(at, feature, _next_above(threshold), default_left, left, right)
        else:
            # Zero goes another way than its neighbours: cut it out, the same split below and above it.
            others = {**node, "missing_type": "None"}
            at_or_above = (feature, _next_above(_ZERO), True, left if default_left else right, others)
            self._split(at, feature, -_ZERO, False, others, at_or_above)

    def _split(self, at: int, feature: int, threshold: float, missing_left: bool, left: Any, right: Any) -> None:  # noqa: ANN401
        tree = self._tree
        tree.feature[at], tree.value[at], tree.default_left[at] = feature, _shortest(threshold), int(missing_left)
        tree.left[at], tree.right[at] = self._reserve(), self._reserve()
        for child, node in ((tree.left[at], left), (tree.right[at], right)):
            if isinstance(node, tuple):
                self._split(child, *node)
            else:
                self._grow(child, node)

    def _set_leaf(self, at: int, node: dict[str, Any]) -> None:
        if "leaf_const" in node:
            raise TrainingError(f"{self._path}: linear leaves, expected linear_tree false")
        self._tree.value[at] = _shortest(node["leaf_value"] * self._scale)

    def _reserve(self) -> int:
        tree = self._tree
        at = len(tree.left)
        if at == _MOST_NODES:
            raise TrainingError(f"{self._path}: a tree of more than {_MOST_NODES} nodes; train without zero_as_missing")
        for numbers in (tree.left, tree.right):
            numbers.append(NO_CHILD)
        tree.feature.append(0)
        tree.default_left.append(0)
        for values in (tree.value, tree.weight, tree.gain):
            values.append(0.0)
        tree.cover.append(1.0)
        return at


def _next_above(threshold: float) -> float:
    """Return the float32, a finite one, below which LightGBM takes a float32 for at most `threshold`."""
    if -_ZERO <= threshold < 0:
        return -_ZERO
    if 0 <= threshold < _ZERO:
        threshold = _ZERO
    nearest = np.float32(np.clip(threshold, -_LARGEST, _LARGEST))
    if float(nearest) > threshold or nearest == np.float32(_LARGEST):
        return float(nearest)
    return float(np.nextafter(nearest, np.float32(np.inf)))


def _shortest(value: float) -> float:
    return float(str(np.float32(value)))
