"""Derives checkpoint.tl, which Triton's FIL backend reads, from the xgboost.ubj beside it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import treelite

from pairstream_training.errors import TrainingError
from pairstream_training.fil_answer import answer_by_fil, has_fil
from pairstream_training.kept_rounds import ALL
from pairstream_training.merge import normalise, take_turns
from pairstream_training.model_folders import FOREST_FILE
from pairstream_training.probe_rows import probe_rows
from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME
from pairstream_training.trained_forest import TrainedForest
from pairstream_training.treelite_export import build_treelite
from pairstream_training.xgboost_models import read_xgboost

CHECKPOINT_FILE = "checkpoint.tl"
TOLERANCE = 1e-6
"""Largest difference allowed between a checkpoint and XGBoost."""

GOLDEN_FILE = "golden.json"
_PROBE_ROWS = 2_000
_SEED = 1

Rows = npt.NDArray[np.float32]
Answer = Callable[[Rows], Rows]


@dataclass(frozen=True)
class CheckpointReport:
    """Number of trees and outputs of a derived checkpoint, and its largest difference from XGBoost."""

    path: Path
    is_new: bool
    """False if an identical file was present."""
    bytes: int
    output_count: int
    tree_count: int
    golden_rows: int
    """Number of golden rows compared; 0 if the folder has no golden.json."""
    probe_rows: int
    gtil_difference: float
    """Largest difference of treelite's own predictor."""
    fil_difference: float | None
    """Largest difference of FIL in its CPU mode; None if its package is not installed."""


def derive_checkpoint(version: Path) -> CheckpointReport:
    """Write `<version>/checkpoint.tl` from `<version>/xgboost.ubj`.

    The checkpoint is first compared with XGBoost, on the golden rows and on rows of values at and next to the
    thresholds, some of them missing. Raises TrainingError for a forest that cannot be served exactly, for golden rows
    of another model, and for a difference above TOLERANCE. The old file then stays unchanged.
    """
    source = version / FOREST_FILE
    if not source.is_file():
        raise TrainingError(f"{source}: no such file, expected a forest as `train` writes it")
    # Servers that read xgboost.ubj itself run all of its trees.
    forests = read_xgboost(source, ALL)
    trees = take_turns([normalise(forest.trees, forest.margin) for forest in forests])
    model = build_treelite(trees, len(forests), forests[0].feature_count)
    samples = {"rows at thresholds": probe_rows(trees, forests[0].feature_count, _PROBE_ROWS, _SEED)}
    golden = _golden_rows(version / GOLDEN_FILE, forests)
    if golden is not None:
        samples["golden rows"] = golden
    expected = {what: _stack(forests, rows) for what, rows in samples.items()}
    gtil = _require("treelite", samples, expected, lambda rows: _answer_by_gtil(model, rows, len(forests)))
    path = version / CHECKPOINT_FILE
    content = model.serialize_bytes()
    is_new = not (path.exists() and path.read_bytes() == content)
    partial = version / f".{CHECKPOINT_FILE}.partial"
    try:
        partial.write_bytes(content)
        fil = _require("FIL", samples, expected, lambda rows: answer_by_fil(partial, rows)) if has_fil() else None
        if is_new:
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return CheckpointReport(
        path=path,
        is_new=is_new,
        bytes=len(content),
        output_count=len(forests),
        tree_count=len(trees),
        golden_rows=0 if golden is None else len(golden),
        probe_rows=_PROBE_ROWS,
        gtil_difference=gtil,
        fil_difference=fil,
    )


def _stack(forests: Sequence[TrainedForest], rows: Rows) -> Rows:
    return np.stack([forest.answer(rows) for forest in forests], axis=1).astype(np.float32)


def _answer_by_gtil(model: treelite.Model, rows: Rows, output_count: int) -> Rows:
    # [rows, targets, classes]
    return np.asarray(treelite.gtil.predict(model, rows), dtype=np.float32).reshape(len(rows), output_count)


def _golden_rows(path: Path, forests: Sequence[TrainedForest]) -> Rows | None:
    """Read the golden rows, and check that the source gives their answers."""
    if not path.exists():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rows = np.array(document["inputs"][INPUT_NAME], dtype=np.float32)
        answers = np.array(document["outputs"][OUTPUT_NAME], dtype=np.float32)
        tolerance = float(document["tolerance"])
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as golden rows of a forest") from error
    shapes = (len(rows), forests[0].feature_count), (len(rows), len(forests))
    if (rows.shape, answers.shape) != shapes:
        raise TrainingError(f"{path}: rows of {rows.shape} and {answers.shape}, expected {shapes[0]} and {shapes[1]}")
    difference = float(np.abs(_stack(forests, rows) - answers).max())
    if not difference <= tolerance:
        raise TrainingError(f"{path}: {difference:.3g} away from {FOREST_FILE}: of different trainings")
    return rows


def _require(what: str, samples: Mapping[str, Rows], expected: Mapping[str, Rows], answer: Answer) -> float:
    largest = 0.0
    for name, rows in samples.items():
        difference = float(np.abs(answer(rows) - expected[name]).max())
        if not difference <= TOLERANCE:
            raise TrainingError(
                f"{what} is {difference:.3g} away from XGBoost on {name}, expected at most {TOLERANCE:.0e}"
            )
        largest = max(largest, difference)
    return largest
