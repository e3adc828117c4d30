"""Writes a merged model into a model repository: every file it is served from."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.files import whole_folder
from pairstream_training.forest import read_trees
from pairstream_training.golden import forest_golden
from pairstream_training.merge import OutputForest, merge_outputs
from pairstream_training.model_hashes import write_hashes
from pairstream_training.onnx_export import INPUT_NAME, OUTPUT_NAME, build_onnx
from pairstream_training.training_record import RECORD_FILE, TrainingRecord, record_json
from pairstream_training.triton_config import forest_config

MERGE_TOLERANCE = 1e-6
"""Largest difference allowed between the merged model and the single boosters."""

ONNX_TOLERANCE = 1e-6
"""Largest difference allowed between the ONNX graph and XGBoost."""

_MISSING_SHARE = 0.1
_ERRORS_ALONE = 3
"""Least severe log line of ONNX Runtime: a graph with constants that nothing reads is no fault."""


@dataclass(frozen=True)
class ExportReport:
    """What was written, and how far the forms of the model are apart."""

    folder: Path
    bytes: int
    node_count: int
    least_depth: int
    """Depth of the shallowest tree that training made."""
    mean_depth: float
    merge_difference: float
    onnx_difference: float


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

    The merged model is held against the single boosters and the ONNX graph against the merged model on `sample`
    [rows, features]; a difference beyond the tolerances raises TrainingError and leaves the old folder as it was.
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
    """Write a merged model as `export_model` does, held against what `answer` gives for rows [rows, features].

    `depths` are those of the trees as they were trained. Without a `record` there is no training.json.
    """
    with_missing = _with_missing(sample, seed)
    expected = merged.inplace_predict(with_missing)
    output_count = expected.shape[1]
    graph = build_onnx(read_trees(merged), output_count, feature_names).SerializeToString(deterministic=True)
    merge_difference = _require("the merged model", expected, answer(with_missing), tolerance)
    onnx_difference = _require("model.onnx", run_onnx(graph, with_missing), expected, ONNX_TOLERANCE)

    folder = repository / name
    with whole_folder(folder) as partial:
        files = partial / version
        files.mkdir()
        (partial / "config.pbtxt").write_text(forest_config(name, len(feature_names), output_count), encoding="utf-8")
        merged.save_model(files / "xgboost.ubj")
        (files / "model.onnx").write_bytes(graph)
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
        merge_difference=merge_difference,
        onnx_difference=onnx_difference,
    )


def run_onnx(graph: bytes, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give what ONNX Runtime answers for a serialised graph."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _ERRORS_ALONE
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    answer: npt.NDArray[np.float32] = session.run([OUTPUT_NAME], {INPUT_NAME: features})[0]
    return answer


def _with_missing(sample: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    generator = np.random.default_rng([seed, 99])
    rows = sample.copy()
    rows[1::2][generator.random(rows[1::2].shape) < _MISSING_SHARE] = np.nan
    return rows


def _require(what: str, seen: npt.NDArray[np.float32], expected: npt.NDArray[np.floating], tolerance: float) -> float:
    if seen.shape != expected.shape:
        raise TrainingError(f"{what} answers {seen.shape}, expected {expected.shape}")
    difference = float(np.abs(seen - expected).max())
    if not difference <= tolerance:
        raise TrainingError(
            f"{what} is {difference:.3g} away from what it was made of, expected at most {tolerance:.0e}"
        )
    return difference
