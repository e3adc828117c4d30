"""Writes the model folder of forests that XGBoost or LightGBM trained."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.export import export_merged
from pairstream_training.import_check import missing_zero_warnings, require_same_answers
from pairstream_training.imported_model import VERSION, ImportedModel, ImportRequest
from pairstream_training.merge import merge_forests, normalise
from pairstream_training.model_formats import XGBOOST
from pairstream_training.onnx_served import UNUSED
from pairstream_training.prediction import predict
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest, with_features


def import_forests(
    name: str, forests: Sequence[TrainedForest], request: ImportRequest, target: str | None = None
) -> ImportedModel:
    """Write a model whose output c is forests[c], held against the libraries that trained them.

    With a `target` the only forest is of that one, and the other columns are UNUSED. Raises TrainingError, and writes
    nothing, if an answer differs.
    """
    own_names = [request.names_for(_source(forest), forest.names, forest.feature_count) for forest in forests]
    used = set().union(*own_names)
    names = tuple(column for column in request.columns if column in used)
    order = [[names.index(feature) for feature in own] for own in own_names]
    table = request.read_rows(names)
    outputs = range(len(forests)) if target is None else [0 if each == target else None for each in TARGETS]

    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        single = [forest.answer(np.ascontiguousarray(rows[:, at])) for forest, at in zip(forests, order, strict=True)]
        unused = np.full(len(rows), UNUSED)
        return np.stack([unused if output is None else single[output] for output in outputs], axis=1)

    merged = merge_trained(forests, order, outputs, names)
    picked = request.draw(table)
    sample = table.features[picked]
    special = [] if math.isnan(request.missing) else [request.missing]
    row_count = require_same_answers(merged.inplace_predict, answer, sample, special, request.seed, request.tolerance)
    warnings = []
    if not special:
        of_xgboost = {
            target or TARGETS[o % len(TARGETS)]
            for o, forest in enumerate(forests)
            if forest.kept is not None and forest.kept.library == XGBOOST
        }
        warnings += missing_zero_warnings(answer, sample, table.labels[picked], of_xgboost)
    report = export_merged(
        request.repository, name, VERSION, merged, answer, names, sample, request.seed,
        [tree.depth() for forest in forests for tree in forest.trees] or [0], tolerance=request.tolerance,
    )  # fmt: skip
    kept = {forest.kept.path: forest.kept for forest in forests if forest.kept is not None}
    return ImportedModel(
        name=name,
        bytes=report.bytes,
        features=names,
        output_count=len(forests),
        width=len(outputs),
        target=target,
        probabilities=predict(merged, table.features),
        labels=table.labels,
        sources=tuple(part.describe() for part in kept.values()),
        checked=f"against the models as given: {report.merge_difference:.1e} "
        f"({row_count} rows, with zeros and missing values)",
        warnings=(*warnings, *(warning for part in kept.values() if (warning := part.warning()) is not None)),
    )


def merge_trained(
    forests: Sequence[TrainedForest],
    columns: Sequence[Sequence[int]],
    outputs: Sequence[int | None],
    names: Sequence[str],
) -> xgb.Booster:
    """Merge forests into the booster that is served: output c is of forests[outputs[c]], or UNUSED for None.

    Forest f reads its feature i from column columns[f][i] of the input, whose features are `names`.
    """
    trees = [
        normalise(with_features(forest.trees, at), forest.margin) for forest, at in zip(forests, columns, strict=True)
    ]
    unused = normalise([], 0.0)
    return merge_forests(
        [unused if output is None else trees[output] for output in outputs], names, _logistic_template()
    )


def _source(forest: TrainedForest) -> Path:
    return Path("--model") if forest.kept is None else forest.kept.path


def _logistic_template() -> xgb.Booster:
    """Train the least there is, for everything in a model file but its trees."""
    rows = xgb.DMatrix(np.array([[0.0], [1.0]], dtype=np.float32), label=np.array([0.0, 1.0]))
    return xgb.train({"objective": "binary:logistic", "max_depth": 1, "nthread": 1}, rows, 1)
