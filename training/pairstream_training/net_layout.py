"""Inputs of a net by name. Needs no PyTorch."""

from dataclasses import dataclass
from typing import Literal

USER_MAP = "users"
"""Index map of the user table of a head."""

TWEET_COUNTS = (
    "tw_len_media",
    "tw_len_photo",
    "tw_len_video",
    "tw_len_gif",
    "tw_len_quest",
    "tw_len_token",
    "tw_count_capital_words",
    "tw_count_excl_quest_marks",
    "tw_count_special1",
    "tw_count_hash",
    "tw_last_quest",
    "tw_len_retweet",
    "tw_len_rt",
    "tw_count_at",
    "tw_count_words",
    "tw_count_char",
    "tw_rt_count_words",
    "tw_rt_count_char",
)
"""Counts of a tweet and its text in the published order; two nets read them."""


@dataclass(frozen=True)
class Category:
    """A feature that is a code with an embedding. Missing codes have their own row, after the last code."""

    feature: str
    count: int
    """Number of codes with a row: 0 to count - 1."""
    width: int
    is_counter: bool = False
    """True if larger values share the last code; otherwise they count as missing."""


@dataclass(frozen=True)
class Number:
    """A feature that enters as (x - shift) / scale, with constants of the training rows. If missing: their mean."""

    feature: str
    scaling: Literal["none", "centre", "standard", "range"]
    """none: 0, 1. centre: mean, `divisor`. standard: mean, deviation. range: least, greatest - least."""
    is_logged: bool = False
    """True if x is log(1 + feature)."""
    divisor: float = 1.0


@dataclass(frozen=True)
class IndexColumn:
    """A key of the tweet, looked up in an index map. Columns of one map share a table, and their rows are summed."""

    key: str
    map: str
    width: int


@dataclass(frozen=True)
class NetLayout:
    """The inputs of one net, tower and head, in column order: categories first, then numbers."""

    name: str
    token_count: int
    tower_categories: tuple[Category, ...]
    tower_numbers: tuple[Number, ...]
    tower_indexes: tuple[IndexColumn, ...]
    head_categories: tuple[Category, ...]
    head_numbers: tuple[Number, ...]
    user_keys: tuple[str, ...]
    """Keys that are looked up in USER_MAP."""

    @property
    def tower(self) -> str:
        """Name of the tower's model; the head has the name of the net."""
        return f"{self.name}_tweet"

    @property
    def tower_features(self) -> tuple[str, ...]:
        """Names of the tower's features."""
        return _names(self.tower_categories, self.tower_numbers)

    @property
    def head_features(self) -> tuple[str, ...]:
        """Names of the head's features."""
        return _names(self.head_categories, self.head_numbers)


def _names(categories: tuple[Category, ...], numbers: tuple[Number, ...]) -> tuple[str, ...]:
    return (*(category.feature for category in categories), *(number.feature for number in numbers))
