"""Runs the models of a pipeline in the training libraries: an independent check of the gateway's answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.blend import weighted_mean
from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import read_features, read_keys, read_tokens
from pairstream_training.files import write_arrow
from pairstream_training.index_map import index_of
from pairstream_training.ladder import read_ladder
from pairstream_training.member_files import Probabilities
from pairstream_training.model_folders import FOREST_FILE, NET_FILE
from pairstream_training.pipeline_file import ForestInput, read_pipeline
from pairstream_training.prediction import load_model, mean_of_bags
from pairstream_training.targets import TARGETS, probability_columns

_CHUNK_ROWS = 16_384


@dataclass(frozen=True)
class _Model:
    name: str
    definition: Mapping[str, Any]
    folder: Path
    """Folder of the model's version."""
    answer: Callable[[Mapping[str, npt.NDArray[np.generic]]], Probabilities]
    """Inputs by tensor -> [rows, width]."""


class PipelineModels:
    """The models of a pipeline file."""

    def __init__(self, pipeline: Path) -> None:
        """Load the models of all stages and the towers that they read."""
        document = read_pipeline(pipeline)
        root = pipeline.parent / str(document["model_repository"])
        definitions = document["models"]
        names = [name for stage in document["stages"] for name in stage]
        towers = {
            str(source["tower"])
            for name in names
            for source in definitions[name]["inputs"].values()
            if "tower" in source
        }
        self._towers = [_load(name, definitions[name], root) for name in sorted(towers)]
        # In the order of the stages: a model that reads another one comes after it.
        self._models = [_load(name, definitions[name], root) for name in names]
        self.rungs = read_ladder(document)

    def predict(self, path: Path) -> dict[str, Probabilities]:
        """Return the probabilities [rows, 4] of a feature file by pair model, averaged over bags."""
        vectors = {tower.name: _run(tower, path, {}, {}) for tower in self._towers}
        answers: dict[str, Probabilities] = {}
        for model in self._models:
            answers[model.name] = mean_of_bags(_run(model, path, vectors, answers))
        return answers

    def blend(self, answers: Mapping[str, Probabilities]) -> Probabilities:
        """Return the weighted mean of the models: the gateway's answer without missing models."""
        return weighted_mean(answers, self.rungs[0].weights)


def _run(
    model: _Model, path: Path, vectors: Mapping[str, Probabilities], answers: Mapping[str, Probabilities]
) -> Probabilities:
    inputs = {
        tensor: _read_input(path, model, source, vectors, answers)
        for tensor, source in model.definition["inputs"].items()
    }
    rows = len(next(iter(inputs.values())))
    parts = [
        model.answer({tensor: values[at : at + _CHUNK_ROWS] for tensor, values in inputs.items()})
        for at in range(0, rows, _CHUNK_ROWS)
    ]
    return np.concatenate(parts)


def _read_input(
    path: Path,
    model: _Model,
    source: Mapping[str, Any],
    vectors: Mapping[str, Probabilities],
    answers: Mapping[str, Probabilities],
) -> npt.NDArray[np.generic]:
    if "features" in source:
        features = read_features(path, tuple(source["features"]))
        members = [answers[member] for member in source.get("members", [])]
        return np.concatenate([features, *members], axis=1) if members else features
    if "tokens" in source:
        return read_tokens([path], int(source["tokens"]))
    if "tower" in source:
        return vectors[source["tower"]]
    columns = []
    for column in source["indexes"]:
        vocabulary = open_arrow(model.folder / f"{column['map']}.arrow").column("key").to_numpy()
        columns.append(index_of(read_keys([path], column["key"]), np.asarray(vocabulary, dtype=np.uint64)))
    return np.stack(columns, axis=1)


def _load(name: str, definition: Mapping[str, Any], root: Path) -> _Model:
    folder = root / name / str(definition["version"])
    forest = folder / FOREST_FILE
    if not forest.exists():
        return _Model(name, definition, folder, _net_answer(folder / NET_FILE))
    booster, names = load_model(forest)
    [source] = definition["inputs"].values()
    columns = ForestInput(tuple(source["features"]), tuple(source.get("members", []))).columns
    if columns != names:
        raise TrainingError(f"{forest}: was trained on other columns than the pipeline names")
    return _Model(name, definition, folder, lambda inputs: booster.inplace_predict(next(iter(inputs.values()))))


def _net_answer(path: Path) -> Callable[[Mapping[str, npt.NDArray[np.generic]]], Probabilities]:
    if not path.exists():
        raise TrainingError(f"{path}: no such model")
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def answer(inputs: Mapping[str, npt.NDArray[np.generic]]) -> Probabilities:
        outputs: Probabilities = session.run(None, dict(inputs))[0]
        return outputs

    return answer


def write_answers(path: Path, answers: Mapping[str, Probabilities], blended: Probabilities) -> None:
    """Write an Arrow file: <model>_<target> of every model, then the blend as <target>."""
    columns: dict[str, npt.NDArray[np.float32]] = {}
    for model, values in answers.items():
        columns.update(zip(probability_columns(model), values.T, strict=True))
    columns.update(zip(TARGETS, blended.T, strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_arrow(path, pa.table(columns))
