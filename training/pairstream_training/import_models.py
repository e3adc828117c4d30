"""Reads the model files of `import`."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pairstream_training.errors import TrainingError
from pairstream_training.kept_rounds import BEST
from pairstream_training.lightgbm_models import forest_of_lightgbm
from pairstream_training.model_formats import LIGHTGBM, ONNX, XGBOOST, ModelFile, read_model_file
from pairstream_training.model_parse import require_parsable
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest
from pairstream_training.xgboost_models import forests_of_xgboost


@dataclass(frozen=True)
class GivenModel:
    """A model file named on the command line."""

    file: ModelFile
    target: str | None
    """The only target of the model; None for all four."""

    @property
    def is_onnx(self) -> bool:
        """Return True if the file is an ONNX model."""
        return self.file.library == ONNX


def read_models(models: Sequence[str], target: str | None = None, missing: float = math.nan) -> list[GivenModel]:
    """Read the files of `--model`, each TARGET=FILE, or one FILE of all targets (of `target`, if that is given).

    The files are parsed in a child process first. Raises TrainingError for a file that cannot be parsed.
    """
    if math.isinf(missing):
        raise TrainingError(f"--missing is {missing}, expected a finite number or nan")
    named = _named(models, target)
    files = [read_model_file(path) for _, path in named]
    if not math.isnan(missing) and all(file.library != XGBOOST for file in files):
        raise TrainingError(
            f"--missing is {missing:g}, but no model is of XGBoost; LightGBM and ONNX keep missing values in the file"
        )
    require_parsable(files)
    return [GivenModel(file, own) for (own, _), file in zip(named, files, strict=True)]


def read_forests(models: Sequence[str], rounds: str | int = BEST, missing: float = math.nan) -> list[TrainedForest]:
    """Read the models of the command line into output-column order: all targets of the first bag, then of the next.

    `rounds` and `missing` are those of `read_xgboost`. Raises TrainingError for a file that cannot be imported exactly.
    """
    return forests_of(read_models(models, missing=missing), rounds, missing)


def forests_of(given: Sequence[GivenModel], rounds: str | int = BEST, missing: float = math.nan) -> list[TrainedForest]:
    """Return the forests of files of all targets in output-column order; see `read_forests`."""
    if given[0].target is None:
        forests = forests_of_file(given[0].file, rounds, missing)
        if len(forests) % len(TARGETS):
            raise TrainingError(all_targets_expected(given[0].file.path, len(forests)))
        return forests
    by_target: dict[str, list[TrainedForest]] = {target: [] for target in TARGETS}
    for model in given:
        by_target[str(model.target)].append(forest_of_target(model.file, rounds, missing))
    require_all_targets({target: len(bags) for target, bags in by_target.items()})
    return [by_target[target][bag] for bag in range(len(by_target[TARGETS[0]])) for target in TARGETS]


def forests_of_file(file: ModelFile, rounds: str | int, missing: float) -> list[TrainedForest]:
    """Return a forest per output of one file; see `read_forests`."""
    if file.library == LIGHTGBM:
        return [forest_of_lightgbm(file, rounds)]
    return forests_of_xgboost(file, rounds, missing)


def forest_of_target(file: ModelFile, rounds: str | int, missing: float) -> TrainedForest:
    """Return the forest of a file of one target. Raises TrainingError if it has several outputs."""
    forests = forests_of_file(file, rounds, missing)
    if len(forests) != 1:
        raise TrainingError(f"{file.path}: {len(forests)} outputs, expected 1 of the model of one target")
    return forests[0]


def all_targets_expected(path: Path, output_count: int) -> str:
    """Return the error for a file of all targets with another number of outputs."""
    advice = "; a model of one target is --model TARGET=FILE" if output_count == 1 else ""
    return f"{path}: {output_count} outputs, expected a multiple of {len(TARGETS)}{advice}"


def require_all_targets(counts: dict[str, int]) -> None:
    """Raise TrainingError unless every target has the same number of models."""
    if len(set(counts.values())) != 1:
        seen = ", ".join(f"{count} of {target}" for target, count in counts.items())
        raise TrainingError(
            f"--model: {seen}, expected the same number of each (to replace one target of a pipeline: --target TARGET "
            "--replace-in PIPELINE)"
        )


def _named(models: Sequence[str], target: str | None) -> list[tuple[str | None, Path]]:
    if target is not None and len(models) != 1:
        raise TrainingError(f"--model: {len(models)} models with --target {target}, expected one")
    if len(models) == 1 and re.match(r"\w+=", models[0]) is None:
        return [(target, Path(models[0]))]
    named: list[tuple[str | None, Path]] = []
    for model in models:
        own, _, path = model.partition("=")
        if own not in TARGETS or not path:
            raise TrainingError(f"--model is {model!r}, expected TARGET=FILE with one of {', '.join(TARGETS)}")
        if target not in {None, own}:
            raise TrainingError(f"--model is {model!r} with --target {target}, expected a model of {target}")
        named.append((own, Path(path)))
    return named
