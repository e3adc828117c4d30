"""Base of every net: a tower of the tweet and a head of the pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from pairstream_training.gru import GruText
from pairstream_training.net_layers import fold_norm
from pairstream_training.word_table import MeanText


@dataclass(frozen=True)
class NetWidths:
    """Widths of a net, which depend on its size."""

    word: int
    """Width of the word vectors."""
    user: int
    hidden: tuple[int, ...]
    """Widths of the dense layers."""
    gru: int = 0
    """Width of the GRU; 0 for a net without a GRU."""
    dropout: float = 0.0


@dataclass(frozen=True)
class NetCounts:
    """Numbers of rows of the tables."""

    words: int
    keys: Mapping[str, int]
    """Number of keys by index map. Row 0 of a table is for all other keys."""


class PairNet(nn.Module):
    """A net: tower and head.

    `tower(tokens, features[, indexes])` -> the parts of the tweet's vector, [tweets, tower_widths[i]] each;
    `head(features, user_index, *parts)`, the parts of each pair's tweet -> logits [pairs, 4].
    """

    def __init__(self, tower: nn.Module, head: nn.Module, tower_widths: tuple[int, ...]) -> None:
        super().__init__()
        self.tower = tower
        self.head = head
        self.tower_widths = tower_widths

    def forward(self, tweets: Sequence[Tensor], tweet_row: Tensor, features: Tensor, user_index: Tensor) -> Tensor:
        """Return logits [pairs, 4]; row i is of tweet `tweet_row[i]` of the tower's inputs."""
        parts = [part[tweet_row] for part in self.tower(*tweets)]
        return cast(Tensor, self.head(features, user_index, *parts))

    @property
    def words(self) -> nn.Embedding:
        """The trainable word vectors."""
        return cast(nn.Embedding, cast(Any, self.tower).text.words)

    @property
    def output(self) -> nn.Linear:
        """The last layer."""
        last = cast(Any, self.head).last
        return cast(nn.Linear, last[-1] if isinstance(last, nn.Sequential) else last)

    def tables(self) -> list[nn.Embedding]:
        """Return the large tables."""
        return [module for module in self.modules() if isinstance(module, nn.Embedding) and module.sparse]

    def serve(self, seen_words: Tensor | None = None, dtype: torch.dtype = torch.float16) -> "PairNet":
        """End the training: convert the text to its served form, and large tables to `dtype`.

        Words that are False in `seen_words` [words] share a row. None keeps all words. If tower and head share their
        first dense layer, its normalisation is folded into the layer.
        """
        self.eval().requires_grad_(requires_grad=False)
        tower, head = cast(Any, self.tower), cast(Any, self.head)
        tower.text = cast(GruText | MeanText, tower.text).served(dtype, seen_words)
        if hasattr(tower, "to_first"):
            fold_norm(head.norms[0], head.first, tower.to_first)
            head.norms[0] = nn.Identity()
        for table in self.tables():
            table.to(dtype)
        return self
