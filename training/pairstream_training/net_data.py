"""Training rows of a net: feature files as arrays, each distinct tweet once, and the keys of its index maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairstream_training.feature_files import read_keys, read_labelled, read_tokens
from pairstream_training.index_map import Keys
from pairstream_training.net_layout import USER_MAP, NetLayout

_NO_KEY = np.uint64(0)
"""Key of a tweet without one, for instance without a hashtag; never in a vocabulary."""


@dataclass(frozen=True)
class TweetTable:
    """Distinct inputs of a tower."""

    tokens: npt.NDArray[np.int32]
    """[tweets, tokens]."""
    features: npt.NDArray[np.float32]
    keys: Keys
    """[tweets, columns of indexes]."""

    def take(self, rows: npt.NDArray[np.int32]) -> "TweetTable":
        """Return the tweets of the given rows; rows may repeat."""
        return TweetTable(self.tokens[rows], self.features[rows], self.keys[rows])


@dataclass(frozen=True)
class NetTable:
    """Rows ready to train on."""

    tweets: TweetTable
    """Tweets of these rows, and possibly of others."""
    tweet_row: npt.NDArray[np.int32]
    """[rows], into `tweets`."""
    head_features: npt.NDArray[np.float32]
    users: Keys
    """[rows, users of a row]."""
    labels: npt.NDArray[np.uint8]
    day: npt.NDArray[np.int32]

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.labels)

    def take(self, rows: slice | npt.NDArray[np.intp]) -> "NetTable":
        """Return the given rows; a slice copies nothing."""
        return NetTable(
            self.tweets,
            self.tweet_row[rows],
            self.head_features[rows],
            self.users[rows],
            self.labels[rows],
            self.day[rows],
        )


def read_net_table(paths: Sequence[Path], layout: NetLayout) -> NetTable:
    """Read the inputs of a net from feature files; raises TrainingError for a file of another layout."""
    table = read_labelled(paths, (*layout.tower_features, *layout.head_features))
    split = len(layout.tower_features)
    columns = [read_keys(paths, column.key) for column in layout.tower_indexes]
    keys = np.stack(columns, axis=1) if columns else np.empty((table.row_count, 0), dtype=np.uint64)
    each = TweetTable(read_tokens(paths, layout.token_count), np.ascontiguousarray(table.features[:, :split]), keys)
    tweets, tweet_row = distinct_tweets(each)
    return NetTable(
        tweets=tweets,
        tweet_row=tweet_row,
        head_features=np.ascontiguousarray(table.features[:, split:]),
        users=np.stack([read_keys(paths, key) for key in layout.user_keys], axis=1),
        labels=table.labels,
        day=table.day,
    )


def distinct_tweets(each: TweetTable) -> tuple[TweetTable, npt.NDArray[np.int32]]:
    """Return the distinct rows of a tower's inputs, and the number of the distinct row by row.

    Rows are compared by a 64-bit hash: among a million rows, two collide in one of thirty million runs.
    """
    words = np.concatenate(
        [each.tokens.view(np.uint32), each.features.view(np.uint32), each.keys.view(np.uint32)], axis=1
    )
    factors = np.random.default_rng(42).integers(0, 2**64, size=(words.shape[1],), dtype=np.uint64)
    hashes = np.zeros(len(words), dtype=np.uint64)
    for column in range(words.shape[1]):
        # A product mixes only the upper half, so the next product starts from it.
        hashes = (hashes ^ (hashes >> np.uint64(32)) ^ words[:, column]) * (factors[column] | np.uint64(1))
    _, first, row = np.unique(hashes, return_index=True, return_inverse=True)
    return each.take(first.astype(np.int32)), row.astype(np.int32)


def read_vocabularies(layout: NetLayout, table: NetTable, min_user_rows: int, min_key_rows: int) -> dict[str, Keys]:
    """Return the keys of every index map, ascending: key i has row i + 1 of its table.

    A map contains the keys that occur often enough in the rows, over all columns of the map.
    """
    found = {USER_MAP: frequent_keys(table.users, min_user_rows)}
    for name in dict.fromkeys(column.map for column in layout.tower_indexes):
        columns = [i for i, column in enumerate(layout.tower_indexes) if column.map == name]
        found[name] = frequent_keys(table.tweets.keys[:, columns][table.tweet_row], min_key_rows)
    return found


def frequent_keys(keys: Keys, min_rows: int) -> Keys:
    """Return the keys that occur at least so many times, ascending, without the key 0 of "no key"."""
    distinct, counts = np.unique(keys, return_counts=True)
    kept: Keys = distinct[(counts >= min_rows) & (distinct != _NO_KEY)]
    return kept
