"""Files of what the models of stage 1 answer, one per day, for models of stage 2 to be trained on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange, day_of
from pairstream_training.feature_files import copy_features, read_times
from pairstream_training.files import write_arrow
from pairstream_training.targets import probability_columns
from pairstream_training.training_record import days_json, days_of_json

_TRAINED_KEY = b"pairstream_trained_days"

Probabilities = npt.NDArray[np.float32]
TrainedDays = Mapping[str, DayRange | None]


@dataclass(frozen=True)
class MemberPredictions:
    """What models of stage 1 answer to the rows of one feature file."""

    answers: Mapping[str, Probabilities]
    """[rows, 4] by model."""
    trained: TrainedDays
    """The days that each model was trained on; None where that is not known."""


def write_member_file(folder: Path, features: Path, predictions: MemberPredictions) -> Path:
    """Write `members-<day>.arrow` for a feature file: four columns per model and the rows' times, in its order."""
    columns: dict[str, npt.NDArray[np.generic]] = {"as_of_s": read_times(features)}
    for model, values in predictions.answers.items():
        columns.update(zip(probability_columns(model), values.T, strict=True))
    trained = {model: None if days is None else days_json(days) for model, days in predictions.trained.items()}
    table = pa.table(columns).replace_schema_metadata({_TRAINED_KEY: json.dumps(trained)})
    path = _path_of(folder, day_of(features))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_arrow(path, table)
    return path


def read_member_file(
    folder: Path, features: Path, members: Sequence[str], out: npt.NDArray[np.float32]
) -> Mapping[str, DayRange]:
    """Copy what `members` answer to a feature file into `out` [rows, 4 x members], and give what they were trained on.

    Raises TrainingError when there is no such file, a member is not in it, its rows are not those of the feature file,
    or it does not say what a member was trained on.
    """
    path = _path_of(folder, day_of(features))
    if not path.exists():
        raise TrainingError(f"{path}: no such file; write it with `predict-members`")
    table = open_arrow(path)
    trained = _trained_days(path, table)
    unknown = [member for member in members if trained.get(member) is None]
    if unknown:
        raise TrainingError(f"{path}: does not say what {', '.join(unknown)} was trained on, expected days of each")
    if not np.array_equal(read_times(path), read_times(features)):
        raise TrainingError(f"{path}: its rows are not those of {features}; write it anew with `predict-members`")
    names = tuple(name for member in members for name in probability_columns(member))
    copy_features(path, table, names, out)
    return {member: days for member in members if (days := trained[member]) is not None}


def _path_of(folder: Path, day: int) -> Path:
    return folder / f"members-{day:05d}.arrow"


def _trained_days(path: Path, table: pa.Table) -> TrainedDays:
    try:
        document = json.loads(table.schema.metadata[_TRAINED_KEY])
        return {model: None if days is None else days_of_json(days) for model, days in document.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as predictions of members") from error
