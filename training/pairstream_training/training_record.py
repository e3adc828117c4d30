"""What a model was trained on, kept beside it: `training.json` in the folder of its version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange

RECORD_FILE = "training.json"


@dataclass(frozen=True)
class TrainingRecord:
    """The days whose labels a model has seen, by itself or through the models that it reads."""

    days: DayRange
    rows: int
    """How many rows of these days there were."""
    members: Mapping[str, DayRange] = field(default_factory=dict)
    """Of a model of stage 2: what the models that it reads were trained on."""


def record_json(record: TrainingRecord) -> bytes:
    """Give the content of training.json."""
    members = {name: days_json(days) for name, days in record.members.items()}
    document = {**days_json(record.days), "rows": record.rows, **({"members": members} if members else {})}
    return (json.dumps(document, indent=2) + "\n").encode()


def trained_days(version: Path) -> DayRange | None:
    """Give the days that the model in a version folder was trained on, None where no record says so.

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
    """Give days as JSON: the first and the last, both included."""
    return {"first_day": days.first, "last_day": days.last}


def days_of_json(document: Mapping[str, int]) -> DayRange:
    """Read days as `days_json` gives them; a KeyError, TypeError or ValueError for anything else."""
    return DayRange(int(document["first_day"]), int(document["last_day"]))
