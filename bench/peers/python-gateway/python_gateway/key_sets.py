"""Keys of the statistics: which components of a pair they have, and their hashes."""

from collections.abc import Iterable, Mapping

import numpy as np

from python_gateway.murmur3 import Keys, Words, hash_words

KEY_SETS: Mapping[str, tuple[str, ...]] = {
    "a_user_id": ("author",),
    "b_user_id": ("reader",),
    "tweet_type": ("tweet type",),
    "language": ("language",),
    "media": ("media code",),
    "tw_word0": ("first word",),
    "a_user_id_language_tweet_type": ("author", "language", "tweet type"),
    "b_user_id_language_tweet_type": ("reader", "language", "tweet type"),
    "language_tweet_type_media": ("language", "tweet type", "media code"),
    "a_user_id_b_user_id": ("author", "reader"),
    "tweet_id": ("tweet",),
    "domains_language_a_follows_b_tweet_type_media_a_is_verified": (
        "link domain",
        "language",
        "author follows reader",
        "tweet type",
        "media code",
        "verified author",
    ),
    "tw_original_user0_tweet_type_language": ("first mention", "tweet type", "language"),
    "tw_original_user1_tweet_type_language": ("second mention", "tweet type", "language"),
    "media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b": (
        "media code",
        "tweet type",
        "language",
        "verified author",
        "verified reader",
        "author follows reader",
    ),
    "b_is_verified_tweet_type": ("verified reader", "tweet type"),
    "a_user_id_tweet_type": ("author", "tweet type"),
    "b_user_id_tweet_type": ("reader", "tweet type"),
    "tw_rt_user0": ("retweeted user",),
    "tw_original_user0_tweet_type": ("first mention", "tweet type"),
    "tw_original_user1_tweet_type": ("second mention", "tweet type"),
    "tw_word0_tweet_type": ("first word", "tweet type"),
    "follow_buckets": (
        "follower bucket of the author",
        "following bucket of the author",
        "follower bucket of the reader",
        "following bucket of the reader",
        "tweet type",
        "language",
        "author follows reader",
    ),
    "context": (
        "media code",
        "language",
        "tweet type",
        "verified author",
        "verified reader",
        "author follows reader",
        "last marks",
        "popularity group",
    ),
}
"""Components of each key set, in hashing order."""


def hash_keys(key_sets: Iterable[str], components: Mapping[str, Keys]) -> dict[str, Keys]:
    """Return the key of every row by key set. Key sets with equally many components are hashed together."""
    by_width: dict[int, list[str]] = {}
    for name in key_sets:
        by_width.setdefault(len(KEY_SETS[name]), []).append(name)
    keys: dict[str, Keys] = {}
    for width, names in by_width.items():
        columns = np.stack([components[part] for name in names for part in KEY_SETS[name]])
        rows = columns.shape[1]
        stacked = columns.reshape(len(names), width, rows).transpose(0, 2, 1)
        words: Words = np.ascontiguousarray(stacked, "<u8").reshape(-1, width).view("<u4")
        keys.update(zip(names, hash_words(words).reshape(len(names), rows), strict=True))
    return keys
