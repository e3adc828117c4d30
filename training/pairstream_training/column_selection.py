"""Which columns of a model's input the boosters of a target see."""

import re
from collections.abc import Sequence

from pairstream_training.families import Family
from pairstream_training.popularity_groups import GROUP_COLUMN
from pairstream_training.targets import TARGETS


def visible_columns(family: Family, names: Sequence[str], target: str) -> tuple[int, ...]:
    """Give the positions of the columns that the boosters of a target see, ascending.

    The column of the popularity group is seen by none: in a family of groups it is what chooses the booster.
    """
    seen_targets = (target, *family.also_sees.get(target, ()))
    return tuple(
        column
        for column, name in enumerate(names)
        if not (family.is_grouped and name == GROUP_COLUMN) and _own_target(family, name) in (None, *seen_targets)
    )


def _own_target(family: Family, name: str) -> str | None:
    """Give the one target that a column is for, None for a column for all."""
    stem, _, target = name.rpartition("_")
    is_own = target in TARGETS and re.fullmatch(family.own_target_columns, stem) is not None
    return target if is_own else None
