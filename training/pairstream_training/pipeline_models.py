"""The models of a pipeline, stage by stage, on feature files without the gateway: forests by XGBoost, nets by ONNX."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange
from pairstream_training.feature_files import read_features, read_keys, read_tokens
from pairstream_training.files import write_arrow
from pairstream_training.index_map import index_of
from pairstream_training.ladder import read_ladder
from pairstream_training.member_files import Probabilities
from pairstream_training.model_folders import FOREST_FILE, NET_FILE
from pairstream_training.pipeline_file import ForestInput, read_pipeline
from pairstream_training.prediction import load_model, mean_of_bags
from pairstream_training.targets import TARGETS, probability_columns
from pairstream_training.training_record import trained_days

_CHUNK_ROWS = 16_384


@dataclass(frozen=True)
class _Model:
    name: str
    definition: Mapping[str, Any]
    folder: Path
    """Of the model's version."""
    answer: Callable[[Mapping[str, npt.NDArray[np.generic]]], Probabilities]
    """Inputs by tensor -> [rows, width]."""


class PipelineModels:
    """The models of a pipeline file, from its model repository or another one."""

    def __init__(self, pipeline: Path, repository: Path | None = None, stage_count: int | None = None) -> None:
        """Load the models of the first `stage_count` stages (all of them by default) and the towers these read."""
        document = read_pipeline(pipeline)
        root = repository or (pipeline.parent / str(document["model_repository"]))
        definitions = document["models"]
        names = [name for stage in document["stages"][:stage_count] for name in stage]
        towers = {
            str(source["tower"])
            for name in names
            for source in definitions[name]["inputs"].values()
            if "tower" in source
        }
        self._towers = [_load(name, definitions[name], root) for name in sorted(towers)]
        # In the order of their stages: whatever reads an earlier model comes after it.
        self._models = [_load(name, definitions[name], root) for name in names]
        self.rungs = read_ladder(document)
        self.weights: dict[str, npt.NDArray[np.float64]] = {
            name: np.asarray(weights) for name, weights in self.rungs[0].weights.items()
        }
        """Of the best rung."""

    def predict(self, path: Path) -> dict[str, Probabilities]:
        """Give each pair model's probabilities [rows, 4], bags averaged, of a feature file, by model."""
        vectors = {tower.name: _run(tower, path, {}, {}) for tower in self._towers}
        answers: dict[str, Probabilities] = {}
        for model in self._models:
            answers[model.name] = mean_of_bags(_run(model, path, vectors, answers))
        return answers

    def predict_without(
        self, path: Path, answers: Mapping[str, Probabilities], missing: Collection[str]
    ) -> dict[str, Probabilities]:
        """Give what the models answer when some are missing, whose answers are NaN: only who reads them runs again."""
        partial = {
            name: np.full_like(values, np.nan) if name in missing else values for name, values in answers.items()
        }
        for model in self._models:
            members = {member for source in model.definition["inputs"].values() for member in source.get("members", [])}
            if members & set(missing):
                partial[model.name] = mean_of_bags(_run(model, path, {}, partial))
        return partial

    def blend(self, answers: Mapping[str, Probabilities]) -> Probabilities:
        """Give the weighted mean that the gateway answers when nobody is missing."""
        return weighted_mean(answers, self.weights)

    def trained_days(self) -> dict[str, DayRange | None]:
        """Give the days that each pair model was trained on, None for a model without a record of it."""
        return {model.name: trained_days(model.folder) for model in self._models}


def weighted_mean(
    answers: Mapping[str, Probabilities], weights: Mapping[str, Sequence[float] | npt.NDArray[np.float64]]
) -> Probabilities:
    """Give the mean of models' answers [rows, 4] by weights per target that sum to 1."""
    parts = [answers[name] * np.asarray(own) for name, own in weights.items()]
    mean: Probabilities = np.stack(parts).sum(axis=0).astype(np.float32)
    return mean


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


def labels_of(paths: Sequence[Path]) -> npt.NDArray[np.uint8]:
    """Read the labels [rows, 4] of feature files."""
    return np.concatenate(
        [
            np.stack([open_arrow(path).column(f"label_{target}").to_numpy() for target in TARGETS], axis=1)
            for path in paths
        ]
    )
