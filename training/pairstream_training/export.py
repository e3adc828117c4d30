"""Writes a merged model into a model repository: every file it is served from."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.files import whole_folder
from pairstream_training.forest import read_trees
from pairstream_training.golden import forest_golden
from pairstream_training.merge import OutputForest, merge_outputs
from pairstream_training.model_folders import FOREST_FILE
from pairstream_training.model_hashes import write_hashes
from pairstream_training.training_record import RECORD_FILE, TrainingRecord, record_json
from pairstream_training.triton_config import forest_config

MERGE_TOLERANCE = 1e-6
"""Largest difference of a probability allowed between the written model and the models it was merged from."""

_MISSING_SHARE = 0.1


@dataclass(frozen=True)
class ExportReport:
    """Files that were written, and the difference of the model in them from the models it was merged from."""

    folder: Path
    bytes: int
    node_count: int
    least_depth: int
    """Depth of the shallowest tree that training made."""
    mean_depth: float
    merge_difference: float
    """Largest difference of a probability."""


def export_model(
    repository: Path,
    name: str,
    version: str,
    outputs: Sequence[OutputForest],
    feature_names: Sequence[str],
    sample: npt.NDArray[np.float32],
    seed: int,
    record: TrainingRecord,
) -> ExportReport:
    """Write `<repository>/<name>`: config.pbtxt and in `<version>` model, golden rows, training.json and SHA256SUMS.

    The written xgboost.ubj is read again and its answers to `sample` [rows, features], with values taken away, are
    compared with those of the single boosters. A difference of more than MERGE_TOLERANCE raises TrainingError and
    leaves the old folder unchanged.
    """
    merged = merge_outputs(outputs, feature_names)

    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.stack([output.answer(rows, feature_names) for output in outputs], axis=1)

    depths = [tree.depth() for output in outputs for booster in output.boosters for tree in read_trees(booster)]
    return export_merged(repository, name, version, merged, answer, feature_names, sample, seed, depths, record=record)


def export_merged(
    repository: Path,
    name: str,
    version: str,
    merged: xgb.Booster,
    answer: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]],
    feature_names: Sequence[str],
    sample: npt.NDArray[np.float32],
    seed: int,
    depths: Sequence[int],
    tolerance: float = MERGE_TOLERANCE,
    record: TrainingRecord | None = None,
) -> ExportReport:
    """Write a merged model as `export_model` does, and compare it with `answer`: rows [rows, features] -> answers.

    `depths` are those of the trees as they were trained. Without a `record` there is no training.json.
    """
    with_missing = _with_missing(sample, seed)
    expected = answer(with_missing)
    folder = repository / name
    with whole_folder(folder) as partial:
        files = partial / version
        files.mkdir()
        (partial / "config.pbtxt").write_text(
            forest_config(name, len(feature_names), expected.shape[1]), encoding="utf-8"
        )
        merged.save_model(files / FOREST_FILE)
        difference = _require_same(files / FOREST_FILE, with_missing, expected, tolerance)
        golden = forest_golden(name, version, merged, sample, seed)
        (files / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
        if record is not None:
            (files / RECORD_FILE).write_bytes(record_json(record))
        write_hashes(files)
    return ExportReport(
        folder=folder,
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        node_count=sum(len(tree.left) for tree in read_trees(merged)),
        least_depth=min(depths),
        mean_depth=float(np.mean(depths)),
        merge_difference=difference,
    )


def _with_missing(sample: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    generator = np.random.default_rng([seed, 99])
    rows = sample.copy()
    rows[1::2][generator.random(rows[1::2].shape) < _MISSING_SHARE] = np.nan
    return rows


def _require_same(
    path: Path, rows: npt.NDArray[np.float32], expected: npt.NDArray[np.floating], tolerance: float
) -> float:
    seen: npt.NDArray[np.float32] = xgb.Booster(model_file=path).inplace_predict(rows)
    if seen.shape != expected.shape:
        raise TrainingError(f"{path.name} answers {seen.shape}, expected {expected.shape}")
    difference = float(np.abs(seen - expected).max())
    if not difference <= tolerance:
        raise TrainingError(
            f"{path.name} is {difference:.3g} away from what it was made of, expected at most {tolerance:.0e}"
        )
    return difference
