"""Answers of models to the rows of feature files, one file per day, written by `./pairstream members`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import contract_of
from pairstream_training.feature_days import DayRange, day_of
from pairstream_training.feature_files import copy_features, open_features, read_times
from pairstream_training.targets import TARGETS, probability_columns
from pairstream_training.training_record import days_of_json

TRAINED_KEY = b"trained_days"
CHOICES_KEY = b"ladder_choices"

Probabilities = npt.NDArray[np.float32]
TrainedDays = Mapping[str, DayRange | None]


@dataclass(frozen=True)
class LadderChoice:
    """Answers of a rung without some models."""

    rung: str
    missing: tuple[str, ...]
    weights: Mapping[str, tuple[float, ...]]
    """Weights of the rung at the scoring."""
    probabilities: Probabilities
    """[rows, 4]."""


@dataclass(frozen=True)
class MemberAnswers:
    """Answers of models to the rows of one feature file."""

    answers: Mapping[str, Probabilities]
    """[rows, 4] by model."""
    trained: TrainedDays
    """Training days by model; None if they are unknown."""
    choices: Sequence[LadderChoice] | None
    """None if the ladder was not scored."""


def read_member_file(
    folder: Path, features: Path, members: Sequence[str], out: npt.NDArray[np.float32]
) -> Mapping[str, DayRange]:
    """Copy the answers of `members` to a feature file into `out` [rows, 4 x members]; return their training days.

    Raises TrainingError as `read_member_answers`, and if the file lacks a member or its training days.
    """
    path, table = _open(folder, features)
    trained = _trained_days(path, table)
    unknown = [member for member in members if trained.get(member) is None]
    if unknown:
        raise TrainingError(f"{path}: does not say what {', '.join(unknown)} was trained on, expected days of each")
    names = tuple(name for member in members for name in probability_columns(member))
    copy_features(path, table, names, out)
    return {member: days for member in members if (days := trained[member]) is not None}


def read_member_answers(folder: Path, features: Path) -> MemberAnswers:
    """Read the answers of all models to a feature file.

    Raises TrainingError if the file is missing, or if its catalogue, vocabulary or rows are not those of the feature
    file.
    """
    path, table = _open(folder, features)
    trained = _trained_days(path, table)
    answers = {model: _probabilities(path, table, model) for model in trained}
    return MemberAnswers(answers, trained, _choices(path, table))


def _open(folder: Path, features: Path) -> tuple[Path, pa.Table]:
    path = folder / f"members-{day_of(features):05d}.arrow"
    if not path.exists():
        raise TrainingError(f"{path}: no such file; write it with `./pairstream members`")
    table = open_arrow(path)
    contract, of_features = contract_of(path, table), contract_of(features, open_features(features))
    if contract != of_features:
        raise TrainingError(
            f"{path}: computed with the vocabulary of SHA-256 {contract.vocabulary}, but {features} with "
            f"{of_features.vocabulary}; write it again with `./pairstream members`"
        )
    if not np.array_equal(read_times(path), read_times(features)):
        raise TrainingError(f"{path}: its rows are not those of {features}; write it again with `./pairstream members`")
    return path, table


def _probabilities(path: Path, table: pa.Table, source: str) -> Probabilities:
    out = np.empty((table.num_rows, len(TARGETS)), dtype=np.float32)
    copy_features(path, table, probability_columns(source), out)
    return out


def _trained_days(path: Path, table: pa.Table) -> TrainedDays:
    try:
        document = json.loads(table.schema.metadata[TRAINED_KEY])
        return {model: None if days is None else days_of_json(days) for model, days in document.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as answers of models") from error


def _choices(path: Path, table: pa.Table) -> Sequence[LadderChoice] | None:
    if CHOICES_KEY not in table.schema.metadata:
        return None
    try:
        return [
            LadderChoice(
                str(choice["rung"]),
                tuple(choice["missing"]),
                {model: tuple(map(float, weights)) for model, weights in choice["weights"].items()},
                _probabilities(path, table, choice["source"]),
            )
            for choice in json.loads(table.schema.metadata[CHOICES_KEY])
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as answers of a ladder") from error
