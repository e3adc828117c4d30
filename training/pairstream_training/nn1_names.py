"""Inputs of nn1 by name."""

from pairstream_training.net_layout import TWEET_COUNTS, Category, NetLayout, Number

_TOWER_NUMBERS = (
    "dt_minute",
    "len_hashtags",
    "len_links",
    "len_domains",
    *TWEET_COUNTS,
)
_COUNTS = ("a_follower_count", "a_following_count", "b_follower_count", "b_following_count")

NN1 = NetLayout(
    name="nn1",
    token_count=48,
    tower_categories=(
        Category("tweet_type", 3, 2),
        Category("language", 66, 10),
        Category("media", 14, 4),
        Category("dt_dow", 7, 4),
    ),
    tower_numbers=tuple(Number(name, "standard") for name in _TOWER_NUMBERS),
    tower_indexes=(),
    head_categories=(),
    head_numbers=(
        Number("a_follows_b", "standard"),
        *(Number(name, "standard", is_logged=True) for name in _COUNTS),
    ),
    user_keys=("a_user_id", "b_user_id"),
)
"""Shorter tweets are padded with token 0. The mean of the word vectors includes the padding."""
