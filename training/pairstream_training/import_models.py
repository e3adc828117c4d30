"""Reads the model files that `import` is given."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

from pairstream_training.errors import TrainingError
from pairstream_training.kept_rounds import BEST
from pairstream_training.lightgbm_models import forest_of_lightgbm
from pairstream_training.model_formats import LIGHTGBM, ModelFile, read_model_file
from pairstream_training.model_parse import require_parsable
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest
from pairstream_training.xgboost_models import forests_of_xgboost


def read_forests(models: Sequence[str], rounds: str | int = BEST, missing: float = math.nan) -> list[TrainedForest]:
    """Read the models of the command line into output-column order: all targets of the first bag, then of the next.

    `rounds` and `missing` are those of `read_xgboost`. Raises TrainingError for a file that cannot be imported exactly.
    """
    if math.isinf(missing):
        raise TrainingError(f"--missing is {missing}, expected a finite number or nan")
    if len(models) == 1 and re.match(r"\w+=", models[0]) is None:
        (forests,) = _read_files([Path(models[0])], rounds, missing)
        if len(forests) % len(TARGETS):
            raise TrainingError(f"{models[0]}: {len(forests)} outputs, expected a multiple of {len(TARGETS)}")
        return forests
    named: list[tuple[str, Path]] = []
    for model in models:
        target, _, path = model.partition("=")
        if target not in TARGETS or not path:
            raise TrainingError(f"--model is {model!r}, expected TARGET=FILE with one of {', '.join(TARGETS)}")
        named.append((target, Path(path)))
    by_target: dict[str, list[TrainedForest]] = {target: [] for target in TARGETS}
    read = _read_files([path for _, path in named], rounds, missing)
    for (target, source), forests in zip(named, read, strict=True):
        if len(forests) != 1:
            raise TrainingError(f"{source}: {len(forests)} outputs, expected 1 of the model of one target")
        by_target[target].extend(forests)
    counts = {target: len(bags) for target, bags in by_target.items()}
    if len(set(counts.values())) != 1:
        seen = ", ".join(f"{count} of {target}" for target, count in counts.items())
        raise TrainingError(f"--model: {seen}, expected the same number of each")
    return [by_target[target][bag] for bag in range(counts[TARGETS[0]]) for target in TARGETS]


def _read_files(paths: Sequence[Path], rounds: str | int, missing: float) -> list[list[TrainedForest]]:
    files = [read_model_file(path) for path in paths]
    if not math.isnan(missing) and all(file.library == LIGHTGBM for file in files):
        raise TrainingError(
            f"--missing is {missing:g}, but no model is of XGBoost; LightGBM keeps its missing values in the file"
        )
    require_parsable(files)
    return [_forests_of(file, rounds, missing) for file in files]


def _forests_of(file: ModelFile, rounds: str | int, missing: float) -> list[TrainedForest]:
    if file.library == LIGHTGBM:
        return [forest_of_lightgbm(file, rounds)]
    return forests_of_xgboost(file, rounds, missing)
