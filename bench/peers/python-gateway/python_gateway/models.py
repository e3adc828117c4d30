"""The models of the repository, each on one thread per call."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pyarrow as pa
import xgboost as xgb

from python_gateway.features import FeatureRows, Features
from python_gateway.murmur3 import Keys
from python_gateway.pipeline import Model, ModelInput
from python_gateway.requests import Array

TARGET_COUNT = 4


class Forest:
    """A forest of XGBoost."""

    def __init__(self, model: Model, features: Features) -> None:
        """Load a forest."""
        (only,) = model.inputs
        self._members = only.members
        self._rows = [features.pair_rows[name] for name in only.features]
        self._booster = xgb.Booster({"nthread": 1}, model_file=model.folder / "xgboost.ubj")

    def answer(self, rows: FeatureRows, answers: Mapping[str, Array]) -> Array:
        """Return the probabilities [pairs, TARGET_COUNT], given those of the models of earlier stages."""
        read = np.ascontiguousarray(rows.pairs[self._rows].T)
        if self._members:
            read = np.concatenate([read, *(answers[member] for member in self._members)], axis=1)
        return mean_of_bags(self._booster.inplace_predict(read))


class Net:
    """A net, or the tower of one, of ONNX Runtime."""

    def __init__(self, model: Model, features: Features) -> None:
        """Load a net and its index maps."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(model.folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self._inputs = model.inputs
        feature_rows = features.tweet_rows if model.is_tower else features.pair_rows
        self._rows = {each.tensor: [feature_rows[name] for name in each.features] for each in model.inputs}
        self._is_tower = model.is_tower
        maps = {name for each in model.inputs for _, name in each.indexes}
        self._maps = {name: _read_index_map(model.folder / f"{name}.arrow") for name in maps}

    def run(self, rows: FeatureRows, tweet_vectors: Array | None = None) -> Array:
        """Return the output of the net. A head needs the vectors [tweets, width] of its tower."""
        feeds = {each.tensor: self._feed(each, rows, tweet_vectors) for each in self._inputs}
        output: Array = self._session.run(None, feeds)[0]
        return output

    def _feed(self, source: ModelInput, rows: FeatureRows, tweet_vectors: Array | None) -> Array:
        if source.features:
            matrix = rows.tweets if self._is_tower else rows.pairs
            return np.ascontiguousarray(matrix[self._rows[source.tensor]].T)
        if source.tokens:
            return _pad(rows.batch.tweets.tokens, source.tokens)
        if source.indexes:
            keys = rows.tweet_keys if self._is_tower else rows.pair_keys
            return np.stack([_index(keys[key], self._maps[name]) for key, name in source.indexes], axis=1)
        if tweet_vectors is None:
            raise ValueError(f"input {source.tensor}: no vectors of {source.tower}")
        return tweet_vectors[rows.batch.pairs.tweet]


def mean_of_bags(output: Array) -> Array:
    """Average the bags of each target: column c is of target c mod TARGET_COUNT."""
    mean: Array = output.reshape(len(output), -1, TARGET_COUNT).mean(axis=1)
    return mean


def _pad(tokens: list[list[int]], width: int) -> Array:
    padded = np.zeros((len(tokens), width), np.int32)
    for row, each in zip(padded, tokens, strict=True):
        row[: len(each)] = each[:width]
    return padded


def _read_index_map(path: Path) -> tuple[Keys, Array]:
    """Return the keys of an index map, ascending, and the index of each."""
    with pa.OSFile(str(path)) as file:
        keys = pa.ipc.open_file(file).read_all()["key"].to_numpy()
    order = np.argsort(keys)
    return keys[order], (order + 1).astype(np.int32)


def _index(keys: Keys, index_map: tuple[Keys, Array]) -> Array:
    known, indexes = index_map
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, indexes[at], np.int32(0))
