"""What nn1 reads, by name."""

from pairstream_training.net_layout import Category, NetLayout, Number

_TOWER_NUMBERS = (
    "dt_minute",
    "len_hashtags",
    "len_links",
    "len_domains",
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
"""Shorter tweets are padded with token 0, and the mean of the word vectors runs over the padding too."""
