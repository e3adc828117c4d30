"""The four engagements, and their columns in the output of a model."""

TARGETS = ("reply", "retweet", "quote", "like")
"""The engagements, always in this order. Column c of a model of several bags is bag c // 4 of target c % 4."""


def probability_columns(model: str) -> tuple[str, ...]:
    """Return the names of a model's four probabilities in prediction files and in inputs of later models."""
    return tuple(f"{model}_{target}" for target in TARGETS)
