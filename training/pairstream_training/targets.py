"""The four engagements, and where each of their models writes in a model's output."""

TARGETS = ("reply", "retweet", "quote", "like")
"""The engagements, always in this order. Column c of a model of several bags is bag c // 4 of target c % 4."""


def probability_columns(model: str) -> tuple[str, ...]:
    """Name the four probabilities of a model, as files of predictions and later models have them."""
    return tuple(f"{model}_{target}" for target in TARGETS)
