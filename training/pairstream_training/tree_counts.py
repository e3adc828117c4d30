"""The option `--trees`: number of trees per booster."""

import click

from pairstream_training.families import TreeCounts
from pairstream_training.targets import TARGETS

PUBLISHED = "published"

TreeChoice = TreeCounts | None
"""Trees by target; None for the published number of the family."""


class TreeCountsType(click.ParamType[TreeChoice]):
    """A number for all targets, one per target with commas, or `published`."""

    name = "trees"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> TreeChoice:
        """Read the text of the option; anything else ends with click's usage error."""
        if value == PUBLISHED:
            return None
        parts = str(value).split(",")
        counts = [int(part) for part in parts if part.isascii() and part.isdecimal()]
        if len(counts) != len(parts) or len(counts) not in (1, len(TARGETS)) or min(counts) < 1:
            self.fail(f"{value!r}, expected a number from 1, {len(TARGETS)} with commas, or {PUBLISHED}", param, ctx)
        reply, retweet, quote, like = counts * len(TARGETS) if len(counts) == 1 else counts
        return (reply, retweet, quote, like)


TREE_COUNTS = TreeCountsType()
