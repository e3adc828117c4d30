"""Writes the model folder of an ONNX model that scikit-learn, PyTorch, CatBoost or another library exported."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairstream_training.errors import TrainingError
from pairstream_training.files import whole_folder
from pairstream_training.golden import GOLDEN_ROWS, draw_rows, golden_document, golden_rows
from pairstream_training.import_check import require_same_answers, with_special
from pairstream_training.import_models import all_targets_expected
from pairstream_training.imported_model import VERSION, ImportedModel, ImportRequest
from pairstream_training.model_folders import NET_FILE
from pairstream_training.model_formats import ModelFile
from pairstream_training.model_hashes import write_hashes
from pairstream_training.onnx_answer import OnnxAnswer, sigmoid
from pairstream_training.onnx_file import OnnxModel, read_onnx
from pairstream_training.onnx_output import CLASS_COUNT
from pairstream_training.onnx_served import UNUSED, build_served, run_onnx
from pairstream_training.targets import TARGETS
from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME
from pairstream_training.triton_config import TensorConfig, onnx_config

Rows = npt.NDArray[np.float32]
Answers = npt.NDArray[np.floating]

_MOST_BYTES = (1 << 31) - 1
_SUM_TOLERANCE = 1e-4


def import_onnx(name: str, file: ModelFile, request: ImportRequest, target: str | None = None) -> ImportedModel:
    """Write a model of one ONNX file, after a comparison with the file's answers in ONNX Runtime.

    With a `target`, the file predicts this target alone, and the other columns are UNUSED. If an answer differs or is
    not a probability, raises TrainingError and writes nothing.
    """
    model = read_onnx(file)
    names = request.names_for(model.path, model.names, model.input.feature_count)
    table = request.read_rows(names)
    sample = table.features[request.draw(table)]
    given = OnnxAnswer(model, sample)
    _require_outputs(model, given, target, apply_sigmoid=request.apply_sigmoid)

    def answer(rows: Rows) -> Answers:
        own = sigmoid(given(rows)) if request.apply_sigmoid else given(rows)
        return own if target is None else np.where([each == target for each in TARGETS], own, UNUSED)

    warnings = _check_values(model, request, answer, given, sample)
    proto = build_served(model, given.width, names, target, apply_sigmoid=request.apply_sigmoid)
    if proto.ByteSize() > _MOST_BYTES:
        raise TrainingError(f"{model.path}: {proto.ByteSize() / 1e9:.1f} GB with its weights, expected less than 2 GB")
    graph: bytes = proto.SerializeToString(deterministic=True)

    def served(rows: Rows) -> Answers:
        return run_onnx(graph, rows)

    row_count = require_same_answers(served, answer, sample, [], request.seed, request.tolerance)
    difference = float(np.nanmax(np.abs(served(sample) - answer(sample))))
    width = served(sample[:1]).shape[1]
    golden = golden_rows(sample, request.seed)
    if np.isnan(answer(golden)).any():
        golden = draw_rows(sample, GOLDEN_ROWS, request.seed)
    folder = request.repository / name
    _write(folder, graph, golden, answer(golden).astype(np.float32))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    bags = served(table.features).reshape(table.row_count, -1, len(TARGETS))
    return ImportedModel(
        name=name,
        bytes=size,
        features=names,
        output_count=given.output_count,
        width=width,
        target=target,
        probabilities=bags.mean(axis=1, dtype=np.float64).astype(np.float32),
        labels=table.labels,
        sources=(f"{model.path}: ONNX, output {model.output.tensor}{_column_of(model, given)}",),
        checked=f"against the model as given: {difference:.1e} ({row_count} rows, with zeros and missing values)",
        warnings=tuple(warnings),
    )


def _require_outputs(model: OnnxModel, given: OnnxAnswer, target: str | None, *, apply_sigmoid: bool) -> None:
    if target is None and given.output_count % len(TARGETS):
        raise TrainingError(all_targets_expected(model.path, given.output_count))
    if target is not None and given.output_count != 1:
        raise TrainingError(f"{model.path}: {given.output_count} outputs, expected 1 of the model of one target")
    if apply_sigmoid and given.width == CLASS_COUNT:
        raise TrainingError(
            f"{model.path}: --apply-sigmoid with the two columns of output {model.output.name}, expected one: the log "
            "odds; export the softmax of the two"
        )


def _check_values(
    model: OnnxModel,
    request: ImportRequest,
    answer: Callable[[Rows], Answers],
    given: OnnxAnswer,
    sample: Rows,
) -> list[str]:
    """Return warnings about the answers. Raises TrainingError if they are not probabilities."""
    as_they_are, changed = answer(sample), answer(with_special(sample, [], request.seed))
    missing = np.isnan(as_they_are).any(axis=1)
    if missing.any():
        raise TrainingError(
            f"{model.path}: answers NaN to {missing.sum()} of {len(sample)} rows of {request.features}, in which "
            "features are missing (NaN); put an imputer before the model (SimpleImputer, torch.nan_to_num)"
        )
    both = np.concatenate([as_they_are, changed])
    least, most = float(np.nanmin(both)), float(np.nanmax(both))
    if not (least >= 0 and most <= 1):
        raise TrainingError(
            f"{model.path}: output {model.output.name} answers {least:.4g} .. {most:.4g}, expected probabilities of "
            "0 .. 1; for log odds (logits) import with --apply-sigmoid"
        )
    warnings = []
    if np.isnan(changed).any():
        warnings.append(
            f"{model.path}: answers NaN where a feature is missing, and rows without one are refused; put an imputer "
            "before the model (SimpleImputer, torch.nan_to_num)"
        )
    if request.apply_sigmoid:
        margins = given(sample)
        if margins.min() >= 0 and margins.max() <= 1:
            warnings.append(
                f"{model.path}: --apply-sigmoid, but output {model.output.name} is within 0 .. 1 as it is: if it holds "
                "probabilities, import without the option"
            )
    elif given.width == len(TARGETS) and np.allclose(as_they_are.sum(axis=1), 1, rtol=0, atol=_SUM_TOLERANCE):
        warnings.append(
            f"{model.path}: the four outputs of each row sum to 1, as the classes of one classifier do; expected the "
            f"probabilities of {', '.join(TARGETS)}, each of its own"
        )
    return warnings


def _column_of(model: OnnxModel, given: OnnxAnswer) -> str:
    return f", column {model.output.positive_column} of 2" if given.width == CLASS_COUNT else ""


def _write(folder: Path, graph: bytes, rows: Rows, answers: Rows) -> None:
    with whole_folder(folder) as partial:
        files = partial / VERSION
        files.mkdir()
        inputs = [TensorConfig(INPUT_NAME, "TYPE_FP32", rows.shape[1])]
        outputs = [TensorConfig(OUTPUT_NAME, "TYPE_FP32", answers.shape[1])]
        (partial / "config.pbtxt").write_text(onnx_config(folder.name, inputs, outputs), encoding="utf-8")
        (files / NET_FILE).write_bytes(graph)
        golden = golden_document(folder.name, VERSION, {INPUT_NAME: rows}, {OUTPUT_NAME: answers})
        (files / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
        write_hashes(files)
