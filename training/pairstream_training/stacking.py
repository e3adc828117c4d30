"""Rows for models of stage 2: features and the answers of stage 1, on days after the training of stage 1."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange, files_of_days, read_days
from pairstream_training.feature_files import FeatureTable
from pairstream_training.member_files import MemberAnswers, read_member_answers, read_member_file
from pairstream_training.pipeline_file import ForestInput
from pairstream_training.targets import TARGETS

MISSING_MEMBER_SHARE = 0.1
"""Share of the rows on which a member is missing, so that a model of stage 2 learns to answer without it."""


def read_stacked(
    folder: Path, members_folder: Path, days: DayRange, columns: ForestInput
) -> tuple[FeatureTable, Mapping[str, DayRange]]:
    """Read the rows of some days, with the members' probabilities after the features, and the members' training days.

    Raises TrainingError for a day up to the last training day of a member: the member's answers would leak labels, or
    later events.
    """
    trained: dict[str, DayRange] = {}
    table = read_days(folder, days, columns.features, columns.member_columns)
    at = 0
    for path in files_of_days(folder, days):
        end = at + open_arrow(path).num_rows
        seen = read_member_file(members_folder, path, columns.members, table.features[at:end, len(columns.features) :])
        for member, member_days in seen.items():
            require_later(days, member, member_days)
            if trained.setdefault(member, member_days) != member_days:
                raise TrainingError(
                    f"{members_folder}: {member} was trained on {trained[member]} and on {member_days}, "
                    "expected predictions of one model"
                )
        at = end
    return table, trained


def read_answers_of_days(members_folder: Path, paths: Sequence[Path], days: DayRange) -> list[MemberAnswers]:
    """Read the answers of models to the feature files of some days.

    Raises TrainingError as `read_member_answers`, and if a model was trained on any of the days or on later days.
    """
    files = [read_member_answers(members_folder, path) for path in paths]
    for file in files:
        for model, trained in file.trained.items():
            if trained is not None:
                require_later(days, model, trained)
    return files


def require_later(days: DayRange, model: str, trained: DayRange) -> None:
    """Raise TrainingError unless all days are later than the training days of a model."""
    if days.first <= trained.last:
        raise TrainingError(
            f"{model} was trained on {trained}: {days} begin before that ends, expected days from {trained.last + 1} on"
        )


def hide_members(table: FeatureTable, columns: ForestInput, seed: int) -> None:
    """Set each member's four probabilities to missing, in place, on its own random tenth of the rows."""
    width = len(TARGETS)
    for i in range(len(columns.members)):
        generator = np.random.default_rng([seed, 33, i])
        hidden = generator.random(table.row_count) < MISSING_MEMBER_SHARE
        start = len(columns.features) + i * width
        table.features[hidden, start : start + width] = np.nan
