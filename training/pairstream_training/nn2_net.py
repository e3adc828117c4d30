"""The published nn2: a tweet tower, a reader tower and one for the other inputs. The first two meet in a product."""

from typing import cast

import torch
from torch import Tensor, nn

from pairstream_training.gru import GruText
from pairstream_training.net_layers import Categories, Indexes, Numbers, hidden_layers, table_of
from pairstream_training.net_layout import USER_MAP
from pairstream_training.net_scale import NetScale
from pairstream_training.nn2_names import NN2, OTHER_NUMBERS, READER_NUMBERS
from pairstream_training.pair_net import NetCounts, NetWidths, PairNet
from pairstream_training.targets import TARGETS

SIZES = {
    "small": NetWidths(word=192, user=16, hidden=(64, 64), gru=16),
    "published": NetWidths(word=768, user=64, hidden=(256, 256), gru=64),
}

_LEAST_OTHER_WIDTH = 8


class Tower(nn.Module):
    """Tokens, features and indexes -> the tweet's side of the product, [tweets, hidden width]."""

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        self.text: nn.Module = GruText(counts.words, widths.word, widths.gru)
        self.categories = Categories(NN2.tower_categories)
        self.indexes = Indexes(NN2.tower_indexes, dict(counts.keys))
        numbers = len(NN2.tower_numbers)
        self.numbers = nn.Sequential(Numbers(NN2.tower_numbers, scale), nn.Linear(numbers, numbers))
        width = widths.gru + self.categories.width + self.indexes.width + numbers
        self.layers = hidden_layers(width, widths.hidden, widths.hidden[-1])

    def forward(self, tokens: Tensor, features: Tensor, indexes: Tensor) -> tuple[Tensor]:
        """Return the tweet's vector."""
        codes, numbers = features[:, : len(NN2.tower_categories)], features[:, len(NN2.tower_categories) :]
        parts = [self.text(tokens), self.categories(codes), self.indexes(indexes), self.numbers(numbers)]
        return (self.layers(torch.cat(parts, dim=1)),)


class Head(nn.Module):
    """Features [pairs, 33], the reader's row [pairs, 1] and the tweet's vector -> logits [pairs, 4]."""

    def __init__(self, widths: NetWidths, counts: NetCounts, scale: NetScale) -> None:
        super().__init__()
        of_reader, of_other = len(READER_NUMBERS), len(OTHER_NUMBERS)
        self.users = table_of(counts.keys[USER_MAP] + 1, widths.user)
        self.reader_numbers = nn.Sequential(Numbers(READER_NUMBERS, scale), nn.Linear(of_reader, of_reader))
        self.reader = hidden_layers(widths.user + of_reader, widths.hidden, widths.hidden[-1])
        self.categories = Categories(NN2.head_categories)
        self.other_numbers = nn.Sequential(Numbers(OTHER_NUMBERS, scale), nn.Linear(of_other, of_other))
        width = self.categories.width + of_other
        other = max(_LEAST_OTHER_WIDTH, width // 2)
        self.other = hidden_layers(width, [other] * len(widths.hidden), other)
        self.last = hidden_layers(widths.hidden[-1] + other, widths.hidden, len(TARGETS))

    def forward(self, features: Tensor, user_index: Tensor, tweet: Tensor) -> Tensor:
        """Return logits."""
        of_reader = len(NN2.head_categories)
        of_other = of_reader + len(READER_NUMBERS)
        user = self.users(user_index[:, 0]).float()
        reader = self.reader(torch.cat([user, self.reader_numbers(features[:, of_reader:of_other])], dim=1))
        other = self.other(
            torch.cat([self.categories(features[:, :of_reader]), self.other_numbers(features[:, of_other:])], dim=1)
        )
        return cast(Tensor, self.last(torch.cat([tweet * reader, other], dim=1)))


def build_nn2(widths: NetWidths, counts: NetCounts, scale: NetScale) -> PairNet:
    """Make an untrained nn2."""
    return PairNet(Tower(widths, counts, scale), Head(widths, counts, scale), (widths.hidden[-1],))
