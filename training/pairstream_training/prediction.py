"""Probabilities by XGBoost itself: what every way of serving is held against."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.merge import feature_names_of
from pairstream_training.targets import BAG_COUNT, OUTPUT_COUNT, TARGETS

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
    """Give probabilities [rows, 4], the mean of the bags, for features [rows, n]."""
    out = np.empty((len(features), len(TARGETS)), dtype=np.float32)
    for start in range(0, len(features), _CHUNK_ROWS):
        chunk = features[start : start + _CHUNK_ROWS]
        outputs = booster.inplace_predict(chunk)
        if outputs.shape != (len(chunk), OUTPUT_COUNT):
            raise TrainingError(f"the model answers {outputs.shape}, expected {(len(chunk), OUTPUT_COUNT)}")
        bags = outputs.reshape(len(chunk), BAG_COUNT, len(TARGETS))
        out[start : start + len(chunk)] = bags.mean(axis=1, dtype=np.float64)
    return out


def write_predictions(path: Path, probabilities: npt.NDArray[np.float32]) -> None:
    """Write columns reply, retweet, quote, like, one row per row: CSV with a header, or Arrow IPC for `.arrow`."""
    table = pa.table({target: probabilities[:, t] for t, target in enumerate(TARGETS)})
    partial = path.with_name(path.name + ".partial")
    try:
        if path.suffix == ".arrow":
            with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        else:
            pa.csv.write_csv(table, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
