"""Rows for models of stage 2: features beside what models of stage 1 answer, and never a row those have seen."""

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
"""Share of the rows on which a member is taken away, so that a model of stage 2 learns to do without it."""


def read_stacked(
    folder: Path, members_folder: Path, days: DayRange, columns: ForestInput
) -> tuple[FeatureTable, Mapping[str, DayRange]]:
    """Read the rows of some days with the members' probabilities after the features, and what those were trained on.

    Raises TrainingError when any day is one that a member was trained on, or comes before the end of that: the member
    would tell what it knows of the label, or of what came later.
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
    """Read what models answer to the feature files of some days.

    Raises TrainingError as `read_member_answers`, and when a model was trained on any of the days or on later ones.
    """
    files = [read_member_answers(members_folder, path) for path in paths]
    for file in files:
        for model, trained in file.trained.items():
            if trained is not None:
                require_later(days, model, trained)
    return files


def require_later(days: DayRange, model: str, trained: DayRange) -> None:
    """Raise TrainingError unless all of the days come after those that a model was trained on."""
    if days.first <= trained.last:
        raise TrainingError(
            f"{model} was trained on {trained}: {days} begin before that ends, expected days from {trained.last + 1} on"
        )


def hide_members(table: FeatureTable, columns: ForestInput, seed: int) -> None:
    """Take each member's four probabilities away on about a tenth of the rows, in place, each on rows of its own."""
    width = len(TARGETS)
    for i in range(len(columns.members)):
        generator = np.random.default_rng([seed, 33, i])
        hidden = generator.random(table.row_count) < MISSING_MEMBER_SHARE
        start = len(columns.features) + i * width
        table.features[hidden, start : start + width] = np.nan
