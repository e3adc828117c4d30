"""Record of a model's training days: `training.json` in the folder of its version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange

RECORD_FILE = "training.json"


@dataclass(frozen=True)
class TrainingRecord:
    """Training days of a model, and of the models that it reads."""

    days: DayRange
    rows: int
    """Number of rows of these days."""
    members: Mapping[str, DayRange] = field(default_factory=dict)
    """Training days of the models that a model of stage 2 reads."""


def record_json(record: TrainingRecord) -> bytes:
    """Return the content of training.json."""
    members = {name: days_json(days) for name, days in record.members.items()}
    document = {**days_json(record.days), "rows": record.rows, **({"members": members} if members else {})}
    return (json.dumps(document, indent=2) + "\n").encode()


def trained_days(version: Path) -> DayRange | None:
    """Return the training days of the model in a version folder; None without a record.

    Raises TrainingError for a record that cannot be read.
    """
    path = version / RECORD_FILE
    if not path.exists():
        return None
    try:
        return days_of_json(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as a record of a training") from error


def days_json(days: DayRange) -> dict[str, int]:
    """Return days as JSON: the first and the last, both included."""
    return {"first_day": days.first, "last_day": days.last}


def days_of_json(document: Mapping[str, int]) -> DayRange:
    """Read the result of `days_json`; raises KeyError, TypeError or ValueError for anything else."""
    return DayRange(int(document["first_day"]), int(document["last_day"]))
