"""All features of a batch that the models of a pipeline read."""

from dataclasses import dataclass

import numpy as np

from python_gateway.murmur3 import Keys
from python_gateway.pipeline import Pipeline
from python_gateway.request_features import PAIR_FEATURES, TweetFeatures, hash_ids, pair_components, pair_features
from python_gateway.requests import Array, Batch
from python_gateway.statistics import read_snapshot
from python_gateway.statistics_features import StatisticsFeatures, as_float32, is_of_statistics
from python_gateway.tweet_text import Vocabulary


@dataclass(frozen=True)
class FeatureRows:
    """Features and keys of a batch."""

    batch: Batch
    tweets: Array
    """[features of tweets, tweets]."""
    pairs: Array
    """[features of pairs and tweets, pairs]."""
    tweet_keys: dict[str, Keys]
    pair_keys: dict[str, Keys]


class Features:
    """Computes features; rows of the matrices by name are in `tweet_rows` and `pair_rows`."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Load vocabulary and statistics, and choose what to compute."""
        statistics = read_snapshot(pipeline.statistics)
        vocabulary = Vocabulary(pipeline.vocabulary)
        self._tweet_features = TweetFeatures(vocabulary, pipeline.languages, statistics.language_code)
        of_pairs = dict.fromkeys(pipeline.features(of_towers=False))
        of_request = [name for name in of_pairs if not is_of_statistics(name)]
        self._pair_names = [name for name in of_request if name in PAIR_FEATURES]
        tweet_names = [name for name in of_request if name not in PAIR_FEATURES]
        self._tweet_names = list(dict.fromkeys([*tweet_names, *pipeline.features(of_towers=True)]))
        self.tweet_rows = {name: row for row, name in enumerate(self._tweet_names)}
        first = len(self._tweet_names) + len(self._pair_names)
        self._statistics = StatisticsFeatures(filter(is_of_statistics, of_pairs), statistics, first)
        rows_of_pairs = {name: row for row, name in enumerate(self._pair_names, len(self._tweet_names))}
        self.pair_rows = self.tweet_rows | rows_of_pairs | self._statistics.rows

    def compute(self, batch: Batch) -> FeatureRows:
        """Compute the features of a batch."""
        user_ids = hash_ids(batch.users.id)
        tweets = self._tweet_features.compute(batch, user_ids)
        of_pairs = pair_features(batch)
        tweet = batch.pairs.tweet
        tweet_matrix = as_float32(tweets.features, self._tweet_names)
        matrix = np.empty((len(self.pair_rows), batch.pair_count), np.float32)
        matrix[: len(tweet_matrix)] = tweet_matrix[:, tweet]
        matrix[len(tweet_matrix) : len(tweet_matrix) + len(self._pair_names)] = as_float32(of_pairs, self._pair_names)
        components = {name: column[tweet] for name, column in tweets.components.items()}
        components |= pair_components(batch, user_ids, of_pairs)
        self._statistics.write(components, batch.pairs.as_of_s, matrix)
        pair_keys = {"a_user_id": components["author"], "b_user_id": components["reader"]}
        return FeatureRows(batch, tweet_matrix, matrix, tweets.names, pair_keys)
