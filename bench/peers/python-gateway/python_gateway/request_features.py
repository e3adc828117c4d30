"""Features and key components that need nothing but the request, for whole columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from python_gateway.murmur3 import Keys, hash_text, hash_words
from python_gateway.requests import Array, Batch
from python_gateway.tweet_text import TextCounts, TextNames, Vocabulary, analyse

_DAY_S = 86_400
_EPOCH_WEEKDAY = 3
_EARLIEST_ACCOUNT_S = 1_138_308_613
_FOLLOWER_BUCKET, _FOLLOWING_BUCKET = 819, 712
_LARGEST_BUCKET = 0xFFFFFF
_GROUP_EDGES = (240, 588, 1_331, 3_996)
_UNKNOWN_FLAG = 255
_GIF, _THREE_GIFS = 3, 13
_MEDIA_CODES = np.array([[0, 0, 0, 0], [1, 2, 6, 9], [3, 7, 5, 12], [4, 8, 11, 10]])
"""By first and second medium; 0 is none."""

PAIR_FEATURES = frozenset(
    (
        *("a_follows_b", "b_follower_count", "b_following_count", "ff_b_ratio", "b_is_verified", "b_account_age_days"),
        *("nn3_b_ff_rate", "ab_fing_rate", "nn3_ab_fing_rate", "ab_fer_rate", "ab_age_dff", "ab_age_rate"),
        *("nn3_ab_age_rate", "b_follower_bucket", "b_following_bucket"),
    )
)
"""Names of the features of pairs; those of tweets are all others."""

Columns = dict[str, Array]


@dataclass(frozen=True)
class TweetColumns:
    """Columns of the distinct tweets of a batch."""

    features: Columns
    components: dict[str, Keys]
    names: dict[str, Keys]
    """Hashes of the names in the texts, for index maps."""


def hash_ids(ids: list[bytes]) -> Keys:
    """Hash ids of 16 bytes."""
    return hash_words(np.frombuffer(b"".join(ids), "<u4").reshape(-1, 4))


class TweetFeatures:
    """Computes the columns of tweets."""

    def __init__(self, vocabulary: Vocabulary, languages: Mapping[str, str], language_code: Mapping[int, int]) -> None:
        """Borrow the vocabulary, the language ids by tag, and the codes of languages by hash."""
        self._vocabulary = vocabulary
        self._languages = languages
        self._language_code = language_code

    def compute(self, batch: Batch, user_ids: Keys) -> TweetColumns:
        """Compute the tweets of a batch."""
        tweets = batch.tweets
        counts, names = self._texts(batch)
        media_code, media_counts = _media(tweets.media)
        languages = [hash_text(self._languages.get(tag, tag)) for tag in tweets.language]
        language_codes = [self._language_code.get(language, np.nan) for language in languages]
        author = tweets.author
        features = {
            **counts,
            **_time_features(tweets.created_at_s),
            **media_counts,
            **dict(zip(("len_hashtags", "len_links", "len_domains"), tweets.entity_counts, strict=True)),
            "tw_len_token": np.array([max(0, len(tokens) - 1) for tokens in tweets.tokens]),
            "tweet_type": tweets.type,
            "media": media_code,
            "language": np.array(language_codes),
            **_author_features(batch),
        }
        components = {
            "author": user_ids[author],
            "language": np.array(languages, np.uint64),
            "tweet": hash_ids(tweets.id),
            "first word": names["tw_word0"],
            "first mention": names["tw_original_user0"],
            "second mention": names["tw_original_user1"],
            "retweeted user": names["tw_rt_user0"],
            "link domain": _hashes(tweets.first_domain),
            "verified author": _flags(batch.users.is_verified[author]),
            **{
                component: features[feature].astype(np.uint64)
                for component, feature in (
                    ("tweet type", "tweet_type"),
                    ("media code", "media"),
                    ("last marks", "tw_last_quest"),
                    ("popularity group", "group"),
                    ("follower bucket of the author", "a_follower_bucket"),
                    ("following bucket of the author", "a_following_bucket"),
                )
            },
        }
        keys = {"hashtags": _hashes(tweets.first_hashtag), "domains": components["link domain"], **names}
        return TweetColumns(features, components, keys)

    def _texts(self, batch: Batch) -> tuple[Columns, dict[str, Keys]]:
        tweets = batch.tweets
        join = self._vocabulary.join
        analysed = [analyse(join(tokens), kind == 1) for tokens, kind in zip(tweets.tokens, tweets.type, strict=True)]
        counts = np.array([counts for counts, _ in analysed]).T
        hashes = np.array(
            [[0 if name is None else hash_text(name) for name in names] for _, names in analysed], np.uint64
        ).T
        return dict(zip(TextCounts._fields, counts, strict=True)), dict(zip(TextNames._fields, hashes, strict=True))


def pair_features(batch: Batch) -> Columns:
    """Compute the features of pairs."""
    users, tweet, reader = batch.users, batch.pairs.tweet, batch.pairs.reader
    author = batch.tweets.author[tweet]
    at_s = batch.tweets.created_at_s[tweet]
    followers, following = users.followers[reader], users.following[reader]
    a_followers, a_following = users.followers[author], users.following[author]
    a_age, b_age = (_age_days(users.created_at_s[each], at_s) for each in (author, reader))
    return {
        "a_follows_b": batch.pairs.author_follows_reader,
        "b_follower_count": followers,
        "b_following_count": following,
        "ff_b_ratio": followers / (following + 1),
        "b_is_verified": users.is_verified[reader],
        "b_account_age_days": b_age,
        "nn3_b_ff_rate": followers / np.maximum(1, following),
        "ab_fing_rate": a_following / (following + 1),
        "nn3_ab_fing_rate": a_following / np.maximum(1, following),
        "ab_fer_rate": a_followers / (followers + 1),
        "ab_age_dff": a_age - b_age,
        "ab_age_rate": (a_age + 1) / (b_age + 1),
        "nn3_ab_age_rate": a_age / (b_age + 1),
        "b_follower_bucket": _bucket(followers, _FOLLOWER_BUCKET),
        "b_following_bucket": _bucket(following, _FOLLOWING_BUCKET),
    }


def pair_components(batch: Batch, user_ids: Keys, features: Columns) -> dict[str, Keys]:
    """Return the key components that a pair adds to those of its tweet."""
    return {
        "reader": user_ids[batch.pairs.reader],
        "verified reader": _flags(features["b_is_verified"]),
        "follower bucket of the reader": features["b_follower_bucket"].astype(np.uint64),
        "following bucket of the reader": features["b_following_bucket"].astype(np.uint64),
        "author follows reader": features["a_follows_b"].astype(np.uint64),
    }


def _author_features(batch: Batch) -> Columns:
    users, author = batch.users, batch.tweets.author
    followers, following = users.followers[author], users.following[author]
    return {
        "a_follower_count": followers,
        "a_following_count": following,
        "ff_a_ratio": followers / (following + 1),
        "a_is_verified": users.is_verified[author],
        "a_account_age_days": _age_days(users.created_at_s[author], batch.tweets.created_at_s),
        "group": np.searchsorted(_GROUP_EDGES, followers, side="right"),
        "a_ff_rate": following / (followers + 1),
        "nn3_a_ff_rate": following / np.maximum(1, followers),
        "a_follower_bucket": _bucket(followers, _FOLLOWER_BUCKET),
        "a_following_bucket": _bucket(following, _FOLLOWING_BUCKET),
    }


def _time_features(at_s: Array) -> Columns:
    day, second = np.divmod(at_s, _DAY_S)
    minute = second // 60
    hour = minute // 60
    return {
        "dt_dow": (day + _EPOCH_WEEKDAY) % 7,
        "dt_minute": minute,
        "dt_hour": hour,
        "dt_minute_of_hour": minute - 60 * hour,
    }


def _media(media: list[list[int]]) -> tuple[Array, Columns]:
    code = _MEDIA_CODES[[each[0] if each else 0 for each in media], [each[1] if len(each) > 1 else 0 for each in media]]
    code[[each[:3] == [_GIF] * 3 for each in media]] = _THREE_GIFS
    kinds: dict[str, Callable[[list[int]], int]] = {
        "tw_len_media": len,
        "tw_len_photo": lambda each: each.count(1),
        "tw_len_video": lambda each: each.count(2),
        "tw_len_gif": lambda each: each.count(_GIF),
    }
    return code, {name: np.array([count(each) for each in media]) for name, count in kinds.items()}


def _hashes(texts: list[str]) -> Keys:
    return np.array([hash_text(text) if text else 0 for text in texts], np.uint64)


def _flags(flags: Array) -> Keys:
    return np.nan_to_num(flags, nan=_UNKNOWN_FLAG).astype(np.uint64)


def _age_days(created_at_s: Array, at_s: Array) -> Array:
    age_days: Array = np.maximum(0, at_s - np.where(created_at_s < 0, _EARLIEST_ACCOUNT_S, created_at_s)) / _DAY_S
    return age_days


def _bucket(counts: Array, width: int) -> Array:
    bucket: Array = np.minimum(_LARGEST_BUCKET, counts // width)
    return bucket
