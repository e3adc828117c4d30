from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pairstream_training.index_map import index_of, write_index_map
from pairstream_training.net_data import NetTable, TweetTable, distinct_tweets, frequent_keys, read_vocabularies
from pairstream_training.net_layout import Category, IndexColumn, NetLayout, Number
from pairstream_training.net_scale import measure_scale

LAYOUT = NetLayout(
    name="net",
    token_count=2,
    tower_categories=(Category("code", 3, 2),),
    tower_numbers=(Number("length", "standard", is_logged=True),),
    tower_indexes=(
        IndexColumn("first", "items", 4),
        IndexColumn("second", "items", 4),
        IndexColumn("other", "more", 4),
    ),
    head_categories=(),
    head_numbers=(Number("rate", "range"), Number("age", "centre", divisor=256)),
    user_keys=("reader",),
)


def rows() -> NetTable:
    """Make five rows of two tweets."""
    tweets = TweetTable(
        tokens=np.array([[1, 0], [2, 3]], dtype=np.int32),
        features=np.array([[0, np.e - 1], [1, 0]], dtype=np.float32),
        keys=np.array([[11, 12, 0], [12, 0, 21]], dtype=np.uint64),
    )
    return NetTable(
        tweets=tweets,
        tweet_row=np.array([0, 0, 0, 1, 0], dtype=np.int32),
        head_features=np.array([[0.25, 1], [0.5, 2], [0.75, 3], [np.nan, 4], [0.5, 5]], dtype=np.float32),
        users=np.array([[7], [7], [8], [9], [7]], dtype=np.uint64),
        labels=np.zeros((5, 4), dtype=np.uint8),
        day=np.zeros(5, dtype=np.int32),
    )


def test_each_distinct_input_of_a_tower_is_kept_once() -> None:
    generator = np.random.default_rng(5)
    tokens = generator.integers(0, 3, size=(500, 2)).astype(np.int32)
    features = generator.integers(0, 2, size=(500, 2)).astype(np.float32)
    features[::3, 1] = np.nan
    keys = generator.integers(0, 2, size=(500, 1)).astype(np.uint64) << np.uint64(60)
    each = TweetTable(tokens, features, keys)
    tweets, row = distinct_tweets(each)
    back = tweets.take(row)
    np.testing.assert_array_equal(back.tokens, tokens)
    np.testing.assert_array_equal(back.features, features)
    np.testing.assert_array_equal(back.keys, keys)
    whole = np.concatenate([tokens, np.nan_to_num(features, nan=9), keys.astype(np.float64)], axis=1)
    assert len(tweets.tokens) == len(np.unique(whole, axis=0))
    no_keys = TweetTable(tokens, features, np.empty((500, 0), dtype=np.uint64))
    assert len(distinct_tweets(no_keys)[0].tokens) < len(tweets.tokens)


def test_a_vocabulary_counts_rows_over_all_columns_of_its_map() -> None:
    # Tweet 0 has four rows, tweet 1 one: 11 is in four rows, 12 in five, 21 in one; 0 is no key.
    vocabularies = read_vocabularies(LAYOUT, rows(), min_user_rows=2, min_key_rows=5)
    assert {name: keys.tolist() for name, keys in vocabularies.items()} == {"users": [7], "items": [12], "more": []}
    vocabularies = read_vocabularies(LAYOUT, rows(), min_user_rows=1, min_key_rows=1)
    assert {name: keys.tolist() for name, keys in vocabularies.items()} == {
        "users": [7, 8, 9],
        "items": [11, 12],
        "more": [21],
    }


def test_the_scales_are_those_of_the_rows() -> None:
    scale = measure_scale(LAYOUT, rows())
    # log(1 + x) is 1 in four rows and 0 in one.
    assert scale["length"].shift_and_scale(LAYOUT.tower_numbers[0]) == pytest.approx((0.8, 0.4))
    assert scale["rate"].shift_and_scale(LAYOUT.head_numbers[0]) == (0.25, 0.5)
    assert scale["rate"].mean == 0.5
    assert scale["age"].shift_and_scale(LAYOUT.head_numbers[1]) == (3.0, 256)
    assert scale["age"].shift_and_scale(Number("age", "none")) == (0.0, 1.0)


def test_index_maps_number_keys_from_one(tmp_path: Path) -> None:
    vocabulary = np.array([3, 5, 2**63], dtype=np.uint64)
    keys = np.array([[5, 2], [2**63, 3], [2**64 - 1, 0]], dtype=np.uint64)
    assert index_of(keys, vocabulary).tolist() == [[2, 0], [3, 1], [0, 0]]
    assert index_of(keys, vocabulary[:0]).tolist() == [[0, 0], [0, 0], [0, 0]]
    write_index_map(tmp_path / "map.arrow", vocabulary)
    assert pa.ipc.open_file(tmp_path / "map.arrow").read_all().column("key").to_pylist() == [3, 5, 2**63]


def test_rare_keys_are_left_out() -> None:
    keys = np.array([[7, 8], [7, 9], [8, 7], [0, 0]], dtype=np.uint64)
    assert frequent_keys(keys, 2).tolist() == [7, 8]
