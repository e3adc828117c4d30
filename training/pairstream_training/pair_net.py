"""Base of every net: a tower of the tweet and a head of the pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from pairstream_training.gru import GruText
from pairstream_training.word_table import WordTable


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

    `tower(tokens, features[, indexes])` -> [tweets, tower_width]; `head(features, user_index, tweet vector)` -> logits
    [pairs, 4].
    """

    def __init__(self, tower: nn.Module, head: nn.Module, tower_width: int) -> None:
        super().__init__()
        self.tower = tower
        self.head = head
        self.tower_width = tower_width

    def forward(self, tweets: Sequence[Tensor], tweet_row: Tensor, features: Tensor, user_index: Tensor) -> Tensor:
        """Return logits [pairs, 4]; row i is of tweet `tweet_row[i]` of the tower's inputs."""
        return cast(Tensor, self.head(features, user_index, self.tower(*tweets)[tweet_row]))

    @property
    def words(self) -> nn.Embedding:
        """The trainable word vectors."""
        tower = cast(Any, self.tower)
        return cast(nn.Embedding, tower.words if hasattr(tower, "words") else tower.text.words)

    @property
    def output(self) -> nn.Linear:
        """The last layer."""
        last = cast(Any, self.head).last
        return cast(nn.Linear, last[-1] if isinstance(last, nn.Sequential) else last)

    def tables(self) -> list[nn.Embedding]:
        """Return the large tables."""
        return [module for module in self.modules() if isinstance(module, nn.Embedding) and module.sparse]

    def serve(self, seen_words: Tensor | None = None, dtype: torch.dtype = torch.float16) -> "PairNet":
        """End the training: convert words and GRU to their served form, and large tables to `dtype`.

        Words that are False in `seen_words` [words] share a row. None keeps all words.
        """
        self.eval().requires_grad_(requires_grad=False)
        for name, layer in self.tower.named_children():
            if isinstance(layer, GruText):
                setattr(self.tower, name, layer.projected(dtype, seen_words))
            elif layer is getattr(self.tower, "words", None):
                vectors = cast(nn.Embedding, layer).weight.detach()
                unseen = vectors.new_zeros(vectors.shape[1])
                setattr(self.tower, name, WordTable(vectors, unseen, seen_words, dtype))
        for table in self.tables():
            table.to(dtype)
        return self
