"""The published nn3, split in its first dense layer: the tower computes the tweet's share of the layer."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from pairstream_training.gru import GruText
from pairstream_training.net_layers import Categories, Numbers, add_linear, table_of
from pairstream_training.net_layout import USER_MAP
from pairstream_training.net_scale import NetScale
from pairstream_training.nn3_names import NN3
from pairstream_training.pair_net import NetCounts, NetWidths, PairNet
from pairstream_training.targets import TARGETS

SIZES = {
    "small": NetWidths(word=192, user=32, hidden=(256, 64, 16), gru=32, dropout=0.2),
    "published": NetWidths(word=768, user=128, hidden=(1024, 256, 64), gru=128, dropout=0.2),
}


class Tower(nn.Module):
    """Tokens and features -> the tweet's share of the first dense layer, [tweets, first hidden width]."""

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        self.text: nn.Module = GruText(counts.words, widths.word, widths.gru)
        self.categories = Categories(NN3.tower_categories)
        self.numbers = Numbers(NN3.tower_numbers, scale)
        self.dropout = nn.Dropout(widths.dropout)
        width = widths.gru + self.categories.width + len(NN3.tower_numbers)
        self.to_first = nn.Linear(width, widths.hidden[0], bias=False)

    def forward(self, tokens: Tensor, features: Tensor) -> tuple[Tensor]:
        """Return the tweet's share."""
        codes, numbers = features[:, : len(NN3.tower_categories)], features[:, len(NN3.tower_categories) :]
        tweet = torch.cat([self.text(tokens), self.categories(codes), self.numbers(numbers)], dim=1)
        return (self.to_first(self.dropout(tweet)),)


class Head(nn.Module):
    """Features [pairs, 10], user rows [pairs, 2] (author, reader) and the tweet's share -> logits [pairs, 4]."""

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        self.users = table_of(counts.keys[USER_MAP] + 1, widths.user)
        self.numbers = Numbers(NN3.head_numbers, scale)
        self.dropout = nn.Dropout(widths.dropout)
        self.first = nn.Linear(3 * widths.user + len(NN3.head_numbers), widths.hidden[0])
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in widths.hidden)
        self.dense = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths.hidden))
        self.last = nn.Linear(widths.hidden[-1], len(TARGETS))

    def forward(self, features: Tensor, user_index: Tensor, tweet: Tensor) -> Tensor:
        """Return logits."""
        author = self.users(user_index[:, 0]).float()
        reader = self.users(user_index[:, 1]).float()
        pair = torch.cat([self.numbers(features), author, reader, author * reader], dim=1)
        hidden = add_linear(tweet, self.first, self.dropout(pair))
        for layer, norm in enumerate(self.norms):
            normed = norm(hidden if layer == 0 else self.dense[layer - 1](self.dropout(hidden)))
            hidden = normed * torch.sigmoid(normed)
        return cast(Tensor, self.last(hidden))


def build_nn3(widths: NetWidths, counts: NetCounts, scale: NetScale) -> PairNet:
    """Make an untrained nn3."""
    return PairNet(Tower(widths, counts, scale), Head(widths, counts, scale), (widths.hidden[0],))
