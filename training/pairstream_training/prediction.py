"""Probabilities of XGBoost: the reference for every way of serving."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.files import whole_file, write_arrow
from pairstream_training.merge import feature_names_of
from pairstream_training.targets import TARGETS

_CHUNK_ROWS = 65_536


def load_model(path: Path) -> tuple[xgb.Booster, tuple[str, ...]]:
    """Load a merged model and the names of its features; raises TrainingError for another file."""
    try:
        booster = xgb.Booster(model_file=path)
    except xgb.core.XGBoostError as error:
        raise TrainingError(f"{path}: cannot be read as an XGBoost model: {error}") from error
    names = feature_names_of(booster)
    if names is None:
        raise TrainingError(f"{path}: does not name its features, expected a model written by `train`")
    return booster, names


def predict(booster: xgb.Booster, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return probabilities [rows, 4], the mean of the bags, for features [rows, n]."""
    out = np.empty((len(features), len(TARGETS)), dtype=np.float32)
    for start in range(0, len(features), _CHUNK_ROWS):
        chunk = features[start : start + _CHUNK_ROWS]
        out[start : start + len(chunk)] = mean_of_bags(booster.inplace_predict(chunk))
    return out


def mean_of_bags(outputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Average the outputs [rows, bags x 4] of a model to probabilities [rows, 4]."""
    rows, width = outputs.shape
    if width % len(TARGETS):
        raise TrainingError(f"a model of {width} outputs, expected a multiple of {len(TARGETS)}")
    bags = outputs.reshape(rows, -1, len(TARGETS))
    means: npt.NDArray[np.float32] = bags.mean(axis=1, dtype=np.float64).astype(np.float32)
    return means


def write_predictions(path: Path, probabilities: npt.NDArray[np.float32]) -> None:
    """Write the columns reply, retweet, quote, like: CSV with a header, or Arrow IPC for `.arrow`."""
    table = pa.table({target: probabilities[:, t] for t, target in enumerate(TARGETS)})
    if path.suffix == ".arrow":
        write_arrow(path, table)
    else:
        with whole_file(path) as partial:
            pa.csv.write_csv(table, partial)
