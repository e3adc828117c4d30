"""The published nn1, cut in two: a tower that needs the tweet alone, and a head for the pair."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from pairstream_training.nn1_names import CATEGORIES, COUNT_FEATURES

TOKEN_COUNT = 48
"""Tokens of a tweet that are read; shorter tweets are padded with 0, and the mean runs over the padding too."""

CATEGORY_WIDTH = sum(width for _, _, width in CATEGORIES)
INTERACTION_WIDTH = 96
TRUNK_WIDTH = 320
TRUNK_DEPTH = 3
TARGET_COUNT = 4
TOWER_WIDTH = INTERACTION_WIDTH + TRUNK_WIDTH
"""Values that one net's tower gives a tweet."""


@dataclass(frozen=True)
class NetShape:
    """What differs between sizes of the net."""

    word_count: int
    word_width: int
    """Published: 192."""
    user_count: int
    """Users of the net's index map; row 0 of the table stands for all others."""
    user_width: int = INTERACTION_WIDTH


@dataclass(frozen=True)
class FeatureScale:
    """Mean and deviation of features, by name, after the logarithm of those that have one."""

    mean: dict[str, float]
    deviation: dict[str, float]


class _Scaled(nn.Module):
    """Standardises columns; those of COUNT_FEATURES after log(1 + x)."""

    def __init__(self, names: tuple[str, ...], scale: FeatureScale) -> None:
        super().__init__()
        self.register_buffer("is_count", torch.tensor([name in COUNT_FEATURES for name in names]))
        self.register_buffer("mean", torch.tensor([scale.mean[name] for name in names]))
        self.register_buffer("deviation", torch.tensor([scale.deviation[name] for name in names]))

    def forward(self, values: Tensor) -> Tensor:
        """Give the standardised columns."""
        is_count = cast(Tensor, self.is_count)
        logged = torch.where(is_count, torch.log1p(torch.where(is_count, values, 0.0)), values)
        return (logged - cast(Tensor, self.mean)) / cast(Tensor, self.deviation)


class Tower(nn.Module):
    """Tokens [tweets, 48] and features [tweets, 4 + n] -> what the tweet adds to two layers, [tweets, TOWER_WIDTH].

    The first CATEGORIES columns of the features are codes, the others numbers. The layers are those of the head: the
    text and the tweet's numbers enter them linearly, so their share is computed once per tweet.
    """

    def __init__(self, shape: NetShape, numeric_names: tuple[str, ...], scale: FeatureScale) -> None:
        super().__init__()
        self.words = nn.Embedding(shape.word_count, shape.word_width)
        self.categories = nn.ModuleList(nn.Embedding(count + 1, width) for _, count, width in CATEGORIES)
        self.scaled = _Scaled(numeric_names, scale)
        width = CATEGORY_WIDTH + shape.word_width + len(numeric_names)
        self.to_interaction = nn.Linear(width, INTERACTION_WIDTH)
        self.to_trunk = nn.Linear(width, TRUNK_WIDTH, bias=False)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:
        """Give [tweets, TOWER_WIDTH]."""
        text = self.words(tokens).float().mean(dim=1)
        codes = features[:, : len(CATEGORIES)]
        embedded = [
            embedding(_category_row(codes[:, i], CATEGORIES[i][1])) for i, embedding in enumerate(self.categories)
        ]
        tweet = torch.cat([*embedded, text, self.scaled(features[:, len(CATEGORIES) :])], dim=1)
        return torch.cat([self.to_interaction(tweet), self.to_trunk(tweet)], dim=1)


class Head(nn.Module):
    """Features [pairs, 5], user rows [pairs, 2] and the tower's values -> logits [pairs, 4].

    Features: a_follows_b, then COUNT_FEATURES. User rows: author, reader.
    """

    def __init__(self, shape: NetShape, names: tuple[str, ...], scale: FeatureScale) -> None:
        super().__init__()
        self.users = nn.Embedding(shape.user_count + 1, shape.user_width)
        self.scaled = _Scaled(names, scale)
        self.author_interaction = nn.Linear(shape.user_width + 3, INTERACTION_WIDTH)
        self.reader_counts = nn.Linear(2, INTERACTION_WIDTH, bias=False)
        self.first = nn.Linear(2 * shape.user_width + 2 + len(names), TRUNK_WIDTH)
        self.norms = nn.ModuleList(nn.BatchNorm1d(TRUNK_WIDTH) for _ in range(TRUNK_DEPTH))
        self.dense = nn.ModuleList(nn.Linear(TRUNK_WIDTH, TRUNK_WIDTH) for _ in range(TRUNK_DEPTH - 1))
        self.last = nn.Linear(TRUNK_WIDTH + 2, TARGET_COUNT)

    def forward(self, features: Tensor, user_index: Tensor, tweet: Tensor) -> Tensor:
        """Give logits [pairs, 4]."""
        author = self.users(user_index[:, 0]).float()
        reader = self.users(user_index[:, 1]).float()
        numbers = self.scaled(features)
        of_author = torch.tanh(self.author_interaction(torch.cat([author, numbers[:, 1:3], numbers[:, :1]], dim=1)))
        of_tweet = torch.tanh(tweet[:, :INTERACTION_WIDTH] + self.reader_counts(numbers[:, 3:5]))
        cosines = torch.cat([_cosine(of_author, reader), _cosine(of_tweet, reader)], dim=1)
        hidden = self.first(torch.cat([reader, author, cosines, numbers], dim=1)) + tweet[:, INTERACTION_WIDTH:]
        for layer, norm in enumerate(self.norms):
            hidden = torch.relu(norm(hidden if layer == 0 else self.dense[layer - 1](hidden)))
        return cast(Tensor, self.last(torch.cat([hidden, cosines], dim=1)))


class Net(nn.Module):
    """One whole net: tower and head."""

    def __init__(
        self,
        shape: NetShape,
        tower_names: tuple[str, ...],
        head_names: tuple[str, ...],
        scale: FeatureScale,
    ) -> None:
        super().__init__()
        self.tower = Tower(shape, tower_names[len(CATEGORIES) :], scale)
        self.head = Head(shape, head_names, scale)

    def forward(self, tokens: Tensor, tweet_features: Tensor, features: Tensor, user_index: Tensor) -> Tensor:
        """Give logits [rows, 4] of rows that each bring their tweet."""
        return cast(Tensor, self.head(features, user_index, self.tower(tokens, tweet_features)))


def _category_row(code: Tensor, count: int) -> Tensor:
    """Row of a code; the last one for codes that are missing (NaN) or beyond the table."""
    is_known = (code >= 0) & (code < count)
    return torch.where(is_known, code, float(count)).to(torch.int64)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    scale = torch.rsqrt((a * a).sum(dim=1, keepdim=True) * (b * b).sum(dim=1, keepdim=True) + 1e-12)
    return (a * b).sum(dim=1, keepdim=True) * scale
