"""Selection of the input columns that the boosters of a target see."""

import re
from collections.abc import Sequence

from pairstream_training.families import Family
from pairstream_training.popularity_groups import GROUP_COLUMN
from pairstream_training.targets import TARGETS


def visible_columns(family: Family, names: Sequence[str], target: str) -> tuple[int, ...]:
    """Return the positions of the columns that the boosters of a target see, ascending.

    No booster sees the column of the popularity group: in a family of groups, this column chooses the booster.
    """
    seen_targets = (target, *family.also_sees.get(target, ()))
    return tuple(
        column
        for column, name in enumerate(names)
        if not (family.is_grouped and name == GROUP_COLUMN) and _own_target(family, name) in (None, *seen_targets)
    )


def _own_target(family: Family, name: str) -> str | None:
    """Return the only target of a column; None if the column is for all targets."""
    stem, _, target = name.rpartition("_")
    is_own = target in TARGETS and re.fullmatch(family.own_target_columns, stem) is not None
    return target if is_own else None
