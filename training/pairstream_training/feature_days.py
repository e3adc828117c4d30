"""Days of feature files: their files, and their rows."""

import re
from dataclasses import dataclass
from pathlib import Path

from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import FeatureTable, list_feature_files, read_labelled

_DAY = re.compile(r"-(\d+)\.arrow")


@dataclass(frozen=True)
class DayRange:
    """Days from `first` to `last`, both included. Day 0 is the day of the world's first row."""

    first: int
    last: int

    def __contains__(self, day: int) -> bool:
        """Return True if the range contains a day."""
        return self.first <= day <= self.last

    def __str__(self) -> str:
        """Return the range as text for a message."""
        return f"day {self.first}" if self.first == self.last else f"days {self.first} to {self.last}"


def day_of(path: Path) -> int:
    """Return the day of a file by its name, `...-00007.arrow`; raises TrainingError for another name."""
    match = _DAY.search(path.name)
    if match is None:
        raise TrainingError(f"{path}: no day in its name, expected one like features-00007.arrow")
    return int(match.group(1))


def files_of_days(folder: Path, days: DayRange) -> list[Path]:
    """Return the feature files of some days, ascending; raises TrainingError when there is none."""
    paths = list_feature_files(folder)
    there = [day_of(path) for path in paths]
    chosen = [path for path, day in zip(paths, there, strict=True) if day in days]
    if not chosen:
        raise TrainingError(f"{folder}: {DayRange(there[0], there[-1])}, expected some of {days}")
    return chosen


def read_days(folder: Path, days: DayRange, names: tuple[str, ...], extra: tuple[str, ...] = ()) -> FeatureTable:
    """Read the rows of some days as `read_labelled` does; raises TrainingError for rows of other days in their files.

    Training records name days, so a file that holds rows of another day than its name is refused.
    """
    table = read_labelled(files_of_days(folder, days), names, extra)
    wrong = (table.day < days.first) | (table.day > days.last)
    if wrong.any():
        raise TrainingError(f"{folder}: a row of day {table.day[wrong.argmax()]} in the files of {days}")
    return table


def split_days(folder: Path, first: int | None, last: int | None, holdout: int) -> tuple[DayRange, DayRange | None]:
    """Choose the days to train on, and the later days to test on (None if there are none).

    Without `last`, training uses all days but the last `holdout`, from `first` or the first file on. Raises
    TrainingError if no day is left to train on.
    """
    there = [day_of(path) for path in list_feature_files(folder)]
    begin = there[0] if first is None else first
    end = there[-1] - holdout if last is None else last
    if end < begin or not any(begin <= day <= end for day in there):
        seen = f"{folder}: {DayRange(there[0], there[-1])} are there"
        raise TrainingError(f"{seen}, none to train on from day {begin} to {end} (held out: {holdout})")
    tested = [day for day in there if end < day <= end + holdout]
    return DayRange(begin, end), DayRange(tested[0], tested[-1]) if tested else None
