"""The four engagements, the bags, and where each of their models writes in the merged model's output."""

TARGETS = ("reply", "retweet", "quote", "like")
"""The engagements, always in this order."""

BAG_COUNT = 3
"""Models per target; their probabilities are averaged by whoever serves them."""

OUTPUT_COUNT = BAG_COUNT * len(TARGETS)
"""Width of the merged model's output: column c is bag c // 4 of target c % 4."""


def output_column(bag: int, target: int) -> int:
    """Give the output column of one bag of one target (both from 0)."""
    return bag * len(TARGETS) + target
