"""Columns of requests: from protobuf messages to arrays, and several requests as one batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from time import time
from typing import Any

import numpy as np
import numpy.typing as npt
from pairstream.v1 import pair_service_pb2 as pb

Array = npt.NDArray[Any]

_ID_BYTES = 16


class InvalidRequestError(ValueError):
    """A request that cannot be scored; the message names the field."""


@dataclass(frozen=True)
class Users:
    """Columns of the user table."""

    id: list[bytes]
    followers: Array
    following: Array
    is_verified: Array
    """0 or 1; NaN where unknown."""
    created_at_s: Array
    """NaN where unknown."""


@dataclass(frozen=True)
class Tweets:
    """Columns of the tweet table."""

    id: list[bytes]
    author: Array
    type: Array
    """0 top level, 1 retweet, 2 quote."""
    created_at_s: Array
    entity_counts: Array
    """[3, tweets]: hashtags, links, domains."""
    language: list[str]
    first_hashtag: list[str]
    first_domain: list[str]
    tokens: list[list[int]]
    media: list[list[int]]
    """1 photo, 2 video, 3 GIF."""


@dataclass(frozen=True)
class Pairs:
    """Columns of the pair table."""

    tweet: Array
    reader: Array
    author_follows_reader: Array
    as_of_s: Array


@dataclass(frozen=True)
class Batch:
    """Rows of one request, or of several."""

    users: Users
    tweets: Tweets
    pairs: Pairs

    @property
    def pair_count(self) -> int:
        """Number of pairs."""
        return len(self.pairs.tweet)


def parse(request: pb.PredictRequest) -> Batch:
    """Convert a message. Raises InvalidRequestError for a field that does not fit the others, or is not supported."""
    if request.HasField("options"):
        raise InvalidRequestError("options: not supported by this gateway, expected none")
    users, tweets, pairs = _users(request.users), _tweets(request.tweets), _pairs(request.pairs)
    _check_indexes("tweets.author_index", tweets.author, len(users.id))
    _check_indexes("pairs.tweet_index", pairs.tweet, len(tweets.tokens))
    _check_indexes("pairs.reader_index", pairs.reader, len(users.id))
    return Batch(users, tweets, pairs)


def merge(batches: Sequence[Batch]) -> Batch:
    """Return the rows of all batches, in order."""
    if len(batches) == 1:
        return batches[0]
    users, tweets, pairs = ([getattr(batch, table) for batch in batches] for table in ("users", "tweets", "pairs"))
    user_at = list(accumulate((len(each.id) for each in users), initial=0))
    tweet_at = list(accumulate((len(each.tokens) for each in tweets), initial=0))
    authors = [each.author + at for each, at in zip(tweets, user_at, strict=False)]
    tweet_rows = [each.tweet + at for each, at in zip(pairs, tweet_at, strict=False)]
    readers = [each.reader + at for each, at in zip(pairs, user_at, strict=False)]
    return Batch(
        _concatenate(Users, users),
        _concatenate(Tweets, tweets, author=np.concatenate(authors)),
        _concatenate(Pairs, pairs, tweet=np.concatenate(tweet_rows), reader=np.concatenate(readers)),
    )


def _concatenate(table: type[Any], parts: Sequence[Any], **replaced: Array) -> Any:  # noqa: ANN401 - any of the tables
    columns: dict[str, Any] = {}
    for name in table.__dataclass_fields__:
        values = [getattr(part, name) for part in parts]
        if name in replaced:
            columns[name] = replaced[name]
        elif isinstance(values[0], list):
            columns[name] = [row for value in values for row in value]
        else:
            columns[name] = np.concatenate(values, axis=-1)
    return table(**columns)


def _users(table: pb.UserTable) -> Users:
    count = len(table.id)
    if any(len(each) != _ID_BYTES for each in table.id):
        raise InvalidRequestError(f"users.id: expected {_ID_BYTES} bytes each")
    return Users(
        list(table.id),
        _column("users.follower_count", table.follower_count, count),
        _column("users.following_count", table.following_count, count),
        _column("users.is_verified", table.is_verified, count, is_optional=True),
        _column("users.account_created_at_s", table.account_created_at_s, count, is_optional=True),
    )


def _tweets(table: pb.TweetTable) -> Tweets:
    count = len(table.author_index)
    if table.text:
        raise InvalidRequestError("tweets.text: not supported by this gateway, expected tokens")
    if len(table.id) != count or any(len(each) != _ID_BYTES for each in table.id):
        raise InvalidRequestError(f"tweets.id: expected {count} ids of {_ID_BYTES} bytes")
    types = _column("tweets.type", table.type, count) - 1
    if count and not (types.min() >= 0 and types.max() <= pb.TWEET_TYPE_QUOTE - 1):
        raise InvalidRequestError("tweets.type: expected a TweetType each")
    counts = (table.hashtag_count, table.link_count, table.domain_count)
    return Tweets(
        list(table.id),
        np.array(table.author_index, np.intp),
        types,
        _column("tweets.created_at_s", table.created_at_s, count),
        np.stack([_column("tweets.entity counts", column, count) for column in counts]),
        _texts("tweets.language", table.language, count),
        _texts("tweets.first_hashtag", table.first_hashtag, count),
        _texts("tweets.first_domain", table.first_domain, count),
        _lists("tweets.token", table.token, table.token_count, count),
        _lists("tweets.media", table.media, table.media_count or [0] * count, count),
    )


def _pairs(table: pb.PairTable) -> Pairs:
    count = len(table.tweet_index)
    as_of_s = table.as_of_s or [int(time())]
    return Pairs(
        np.array(table.tweet_index, np.intp),
        np.array(table.reader_index, np.intp),
        _column("pairs.author_follows_reader", table.author_follows_reader, count),
        _column("pairs.as_of_s", as_of_s if len(as_of_s) > 1 else list(as_of_s) * count, count),
    )


def _column(field: str, values: Sequence[float], count: int, *, is_optional: bool = False) -> Array:
    if is_optional and not values:
        return np.full(count, np.nan)
    if len(values) != count:
        raise InvalidRequestError(f"{field}: {len(values)} entries, expected {count}")
    return np.array(values, np.float64)


def _texts(field: str, values: Sequence[str], count: int) -> list[str]:
    if values and len(values) != count:
        raise InvalidRequestError(f"{field}: {len(values)} entries, expected {count}")
    return list(values) or [""] * count


def _lists(field: str, values: Sequence[int], counts: Sequence[int], count: int) -> list[list[int]]:
    ends = list(accumulate(counts))
    if len(ends) != count or (ends[-1] if ends else 0) != len(values):
        raise InvalidRequestError(f"{field}: {len(values)} entries, expected those of {count} tweets")
    flat = list(values)
    return [flat[end - length : end] for end, length in zip(ends, counts, strict=True)]


def _check_indexes(field: str, values: Array, size: int) -> None:
    if len(values) and values.max() >= size:
        raise InvalidRequestError(f"{field}: {values.max()}, expected a number below {size}")
