"""Inputs of nn3 by name.

As published: the 36 numbers, their logarithms, the age difference / 256, three embeddings. Different: the numbers are
centred on their means over the training rows, which the bias of the first layer absorbs; ages are in days.
"""

from pairstream_training.net_layout import TWEET_COUNTS, Category, NetLayout, Number

_TOWER_NUMBERS = (
    "a_follower_count",
    "a_following_count",
    "a_is_verified",
    *TWEET_COUNTS,
    "len_hashtags",
    "len_links",
    "len_domains",
    "nn3_a_ff_rate",
    "a_account_age_days",
)
_HEAD_NUMBERS = (
    "b_follower_count",
    "b_following_count",
    "b_is_verified",
    "a_follows_b",
    "nn3_b_ff_rate",
    "nn3_ab_fing_rate",
    "ab_fer_rate",
    "b_account_age_days",
    "nn3_ab_age_rate",
)
_CODE_WIDTH = 16

NN3 = NetLayout(
    name="nn3",
    token_count=48,
    tower_categories=(
        Category("language", 67, _CODE_WIDTH),
        Category("media", 15, _CODE_WIDTH),
        Category("tweet_type", 4, _CODE_WIDTH),
    ),
    tower_numbers=tuple(Number(name, "centre", is_logged=True) for name in _TOWER_NUMBERS),
    tower_indexes=(),
    head_categories=(),
    head_numbers=(
        *(Number(name, "centre", is_logged=True) for name in _HEAD_NUMBERS),
        Number("ab_age_dff", "centre", divisor=256),
    ),
    user_keys=("a_user_id", "b_user_id"),
)
"""Shorter tweets are padded with token 0, a word like any other."""
