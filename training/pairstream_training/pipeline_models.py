"""The models of a pipeline, run on feature files without the gateway: forests by XGBoost, nets by ONNX Runtime."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pyarrow as pa

from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import open_arrow, read_features, read_keys, read_tokens
from pairstream_training.index_map import index_of
from pairstream_training.pipeline_file import read_pipeline
from pairstream_training.prediction import load_model
from pairstream_training.targets import TARGETS

Probabilities = npt.NDArray[np.float32]
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
    """Every model of a pipeline file, from its model repository or another one."""

    def __init__(self, pipeline: Path, repository: Path | None = None) -> None:
        document = read_pipeline(pipeline)
        root = repository or (pipeline.parent / str(document["model_repository"]))
        self._models = {name: _load(name, definition, root) for name, definition in document["models"].items()}
        self.weights: dict[str, npt.NDArray[np.float64]] = {
            name: np.broadcast_to(np.asarray(weight, dtype=np.float64), len(TARGETS))
            for name, weight in document["blend"].items()
        }

    def predict(self, path: Path) -> dict[str, Probabilities]:
        """Give each pair model's probabilities [rows, 4], bags averaged, of a feature file, by model."""
        vectors: dict[str, Probabilities] = {}
        answers: dict[str, Probabilities] = {}
        towers_first = sorted(self._models.values(), key=lambda model: model.definition["row_space"] != "tweet")
        for model in towers_first:
            output = self._run(model, path, vectors)
            if model.definition["row_space"] == "tweet":
                vectors[model.name] = output
            else:
                bags = output.reshape(len(output), -1, len(TARGETS))
                answers[model.name] = bags.mean(axis=1, dtype=np.float64).astype(np.float32)
        return answers

    def blend(self, answers: Mapping[str, Probabilities]) -> Probabilities:
        """Give the weighted mean that the gateway answers."""
        parts = [answers[name] * weights for name, weights in self.weights.items()]
        blended: Probabilities = np.stack(parts).sum(axis=0).astype(np.float32)
        return blended

    def _run(self, model: _Model, path: Path, vectors: Mapping[str, Probabilities]) -> Probabilities:
        inputs = {
            tensor: _read_input(path, model, source, vectors) for tensor, source in model.definition["inputs"].items()
        }
        rows = len(next(iter(inputs.values())))
        parts = [
            model.answer({tensor: values[at : at + _CHUNK_ROWS] for tensor, values in inputs.items()})
            for at in range(0, rows, _CHUNK_ROWS)
        ]
        return np.concatenate(parts)


def _read_input(
    path: Path, model: _Model, source: Mapping[str, Any], vectors: Mapping[str, Probabilities]
) -> npt.NDArray[np.generic]:
    if "features" in source:
        return read_features(path, tuple(source["features"]))
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
    forest = folder / "xgboost.ubj"
    if not forest.exists():
        return _Model(name, definition, folder, _net_answer(folder / "model.onnx"))
    booster, names = load_model(forest)
    [source] = definition["inputs"].values()
    if tuple(source["features"]) != names:
        raise TrainingError(f"{forest}: was trained on other features than the pipeline names")
    return _Model(name, definition, folder, lambda inputs: booster.inplace_predict(next(iter(inputs.values()))))


def _net_answer(path: Path) -> Callable[[Mapping[str, npt.NDArray[np.generic]]], Probabilities]:
    if not path.exists():
        raise TrainingError(f"{path}: no such model")
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def answer(inputs: Mapping[str, npt.NDArray[np.generic]]) -> Probabilities:
        outputs: Probabilities = session.run(None, dict(inputs))[0]
        return outputs

    return answer


def write_members(path: Path, answers: Mapping[str, Probabilities], blended: Probabilities) -> None:
    """Write an Arrow file: <model>_<target> of every model, then the blend as <target>."""
    columns = {
        f"{prefix}{target}": values[:, t]
        for prefix, values in [*((f"{name}_", values) for name, values in answers.items()), ("", blended)]
        for t, target in enumerate(TARGETS)
    }
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def labels_of(paths: Sequence[Path]) -> npt.NDArray[np.uint8]:
    """Read the labels [rows, 4] of feature files."""
    return np.concatenate(
        [
            np.stack([open_arrow(path).column(f"label_{target}").to_numpy() for target in TARGETS], axis=1)
            for path in paths
        ]
    )
