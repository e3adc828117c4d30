"""Rows for nets, made up: likes depend on the reader and on one word."""

import numpy as np
import numpy.typing as npt

from pairstream_training.net_data import NetTable, TweetTable
from pairstream_training.net_layout import Category, NetLayout, Number

WORDS = 40
LUCKY_WORD = 7


def features(
    generator: np.random.Generator, categories: tuple[Category, ...], numbers: tuple[Number, ...], row_count: int
) -> npt.NDArray[np.float32]:
    values = generator.gamma(2.0, 2.0, size=(row_count, len(categories) + len(numbers))).astype(np.float32)
    for column, category in enumerate(categories):
        values[:, column] = generator.integers(0, category.count + 2, row_count)
    # Unknown languages and flags are missing.
    values[::50, min(1, len(categories))] = np.nan
    values[::40, -1] = np.nan
    return values


def net_table(layout: NetLayout, row_count: int = 3_000, seed: int = 1) -> NetTable:
    """Make rows, about three per tweet."""
    generator = np.random.default_rng(seed)
    tweet_count = row_count // 3
    tokens = generator.integers(1, WORDS, size=(tweet_count, layout.token_count)).astype(np.int32)
    for tweet, length in enumerate(generator.integers(5, layout.token_count + 1, tweet_count)):
        tokens[tweet, length:] = 0
    tweets = TweetTable(
        tokens,
        features(generator, layout.tower_categories, layout.tower_numbers, tweet_count),
        generator.integers(0, 9, size=(tweet_count, len(layout.tower_indexes))).astype(np.uint64) << np.uint64(50),
    )
    tweet_row = np.sort(generator.integers(0, tweet_count, row_count)).astype(np.int32)
    users = generator.integers(1, 60, size=(row_count, len(layout.user_keys))).astype(np.uint64) << np.uint64(40)
    reader_is_keen = (users[:, -1] >> np.uint64(40)) % np.uint64(2) == 1
    margin = reader_is_keen * 3.0 - 2.5 + (tokens == LUCKY_WORD).sum(axis=1)[tweet_row]
    labels = np.stack([generator.random(row_count) < 1 / (1 + np.exp(-margin)) for _ in range(4)], axis=1)
    return NetTable(
        tweets=tweets,
        tweet_row=tweet_row,
        head_features=features(generator, layout.head_categories, layout.head_numbers, row_count),
        users=users,
        labels=labels.astype(np.uint8),
        day=np.zeros(row_count, dtype=np.int32),
    )
