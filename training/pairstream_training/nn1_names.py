"""What nn1 reads, by name: known without PyTorch."""

CATEGORIES = (("tweet_type", 3, 2), ("language", 66, 10), ("media", 14, 4), ("dt_dow", 7, 4))
"""Feature, number of codes and width of each categorical embedding; missing and later codes share one more row."""

COUNT_FEATURES = ("a_follower_count", "a_following_count", "b_follower_count", "b_following_count")
"""Features that are read as log(1 + x)."""
