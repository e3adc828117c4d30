"""The published nn1, split into a tower of the tweet and a head of the pair."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from pairstream_training.net_layers import Categories, Numbers, add_linear, table_of
from pairstream_training.net_layout import USER_MAP
from pairstream_training.net_scale import NetScale
from pairstream_training.nn1_names import NN1
from pairstream_training.pair_net import NetCounts, NetWidths, PairNet
from pairstream_training.targets import TARGETS
from pairstream_training.word_table import MeanText

SIZES = {
    "small": NetWidths(word=48, user=48, hidden=(160, 160, 160)),
    "published": NetWidths(word=192, user=96, hidden=(320, 320, 320)),
}

_AUTHOR_NUMBERS = slice(1, 3)
_READER_NUMBERS = slice(3, 5)


class Tower(nn.Module):
    """Tokens and features -> the tweet's shares of two layers of the head: [tweets, user width], [tweets, first width].

    The text and the tweet's numbers enter these layers linearly, so their share is computed once per tweet.
    """

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        self.text: nn.Module = MeanText(counts.words, widths.word)
        self.categories = Categories(NN1.tower_categories)
        self.numbers = Numbers(NN1.tower_numbers, scale)
        width = self.categories.width + widths.word + len(NN1.tower_numbers)
        self.to_interaction = nn.Linear(width, widths.user)
        self.to_first = nn.Linear(width, widths.hidden[0], bias=False)

    def forward(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the shares of the interaction layer and of the first trunk layer."""
        codes, numbers = features[:, : len(NN1.tower_categories)], features[:, len(NN1.tower_categories) :]
        tweet = torch.cat([self.categories(codes), self.text(tokens), self.numbers(numbers)], dim=1)
        return self.to_interaction(tweet), self.to_first(tweet)


class Head(nn.Module):
    """Features [pairs, 5], user rows [pairs, 2] (author, reader), the tower's two shares -> logits [pairs, 4]."""

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        user, trunk = widths.user, widths.hidden
        self.users = table_of(counts.keys[USER_MAP] + 1, user)
        self.numbers = Numbers(NN1.head_numbers, scale)
        self.author_interaction = nn.Linear(user + 3, user)
        self.reader_counts = nn.Linear(2, user, bias=False)
        self.first = nn.Linear(2 * user + 2 + len(NN1.head_numbers), trunk[0])
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in trunk)
        self.dense = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(trunk))
        self.last = nn.Linear(trunk[-1] + 2, len(TARGETS))

    def forward(self, features: Tensor, user_index: Tensor, interaction: Tensor, first: Tensor) -> Tensor:
        """Return logits."""
        author = self.users(user_index[:, 0]).float()
        reader = self.users(user_index[:, 1]).float()
        numbers = self.numbers(features)
        of_author = self.author_interaction(torch.cat([author, numbers[:, _AUTHOR_NUMBERS], numbers[:, :1]], dim=1))
        of_tweet = interaction + self.reader_counts(numbers[:, _READER_NUMBERS])
        cosines = torch.cat([_cosine(torch.tanh(x), reader) for x in (of_author, of_tweet)], dim=1)
        hidden = add_linear(first, self.first, torch.cat([reader, author, cosines, numbers], dim=1))
        for layer, norm in enumerate(self.norms):
            hidden = torch.relu(norm(hidden if layer == 0 else self.dense[layer - 1](hidden)))
        return cast(Tensor, self.last(torch.cat([hidden, cosines], dim=1)))


def build_nn1(widths: NetWidths, counts: NetCounts, scale: NetScale) -> PairNet:
    """Make an untrained nn1."""
    return PairNet(Tower(widths, counts, scale), Head(widths, counts, scale), (widths.user, widths.hidden[0]))


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    scale = torch.rsqrt((a * a).sum(dim=1, keepdim=True) * (b * b).sum(dim=1, keepdim=True) + 1e-12)
    return (a * b).sum(dim=1, keepdim=True) * scale
