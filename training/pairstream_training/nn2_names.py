"""Inputs of nn2 by name.

As published: the categories with their codes and widths, the clipped counters, the logarithms, and the form of every
scaling. Different: the constants of the scalings are those of the training rows; a category has one more row, for
missing codes; counters that the published net did not clip are clipped at their last code.
"""

from pairstream_training.net_layout import Category, IndexColumn, NetLayout, Number
from pairstream_training.targets import TARGETS

_ENCODED_KEYS = (
    "a_user_id",
    "b_is_verified_tweet_type",
    "b_user_id",
    "b_user_id_language_tweet_type",
    "domains_language_a_follows_b_tweet_type_media_a_is_verified",
    "media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b",
    "tw_original_user0_tweet_type_language",
)

READER_NUMBERS = (
    Number("b_follower_count", "standard", is_logged=True),
    Number("b_following_count", "standard", is_logged=True),
    Number("b_is_verified", "none"),
)
OTHER_NUMBERS = (
    Number("a_follows_b", "none"),
    *(Number(f"te_{key}_{target}", "range") for key in _ENCODED_KEYS for target in TARGETS),
)
MENTIONS = "mentions"
"""Index map of the mentioned accounts."""

_ID_WIDTH = 16

NN2 = NetLayout(
    name="nn2",
    token_count=42,
    tower_categories=(
        Category("media", 16, 4),
        Category("tweet_type", 4, 2),
        Category("language", 72, 16),
        Category("tw_len_media", 8, 2, is_counter=True),
        Category("tw_len_photo", 8, 2, is_counter=True),
        Category("tw_len_video", 8, 2, is_counter=True),
        Category("tw_len_gif", 8, 2, is_counter=True),
        Category("tw_last_quest", 6, 2),
        Category("len_hashtags", 64, 4, is_counter=True),
        Category("len_links", 64, 4, is_counter=True),
        Category("len_domains", 64, 4, is_counter=True),
        Category("dt_hour", 25, 8),
        Category("tw_count_at", 7, 2, is_counter=True),
        Category("tw_count_special1", 7, 2, is_counter=True),
        Category("tw_len_quest", 7, 2, is_counter=True),
        Category("tw_len_retweet", 2, 2, is_counter=True),
        Category("tw_len_rt", 2, 2, is_counter=True),
    ),
    tower_numbers=tuple(
        Number(name, "standard", is_logged=True) for name in ("tw_count_char", "tw_count_words", "tw_len_token")
    ),
    tower_indexes=(
        IndexColumn("hashtags", "hashtags", _ID_WIDTH),
        IndexColumn("domains", "domains", _ID_WIDTH),
        IndexColumn("tw_rt_user0", "retweeted", _ID_WIDTH),
        IndexColumn("tw_original_user0", MENTIONS, _ID_WIDTH),
        IndexColumn("tw_original_user1", MENTIONS, _ID_WIDTH),
        IndexColumn("tw_original_user2", MENTIONS, _ID_WIDTH),
    ),
    head_categories=(Category("dt_dow", 16, 2),),
    head_numbers=(*READER_NUMBERS, *OTHER_NUMBERS),
    user_keys=("b_user_id",),
)
"""Shorter tweets are padded with token 0, a word like any other. The author has no embedding."""
