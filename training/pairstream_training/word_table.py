"""Served word vectors: words that the training never saw share a row."""

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn


class WordTable(nn.Module):
    """Token ids -> rows of a table; row 0 is for every unseen word. It cannot be trained.

    An unseen word has the mean vector of untrained words: zeros, or the caller's function of zeros.
    """

    def __init__(self, vectors: Tensor, unseen: Tensor, seen: Tensor | None, dtype: torch.dtype) -> None:
        """Take vectors [words, width], the vector of unseen words [width], and the mask of seen ones (None: all)."""
        super().__init__()
        kept = torch.arange(len(vectors)) if seen is None else torch.nonzero(seen)[:, 0]
        row_of_word = torch.zeros(len(vectors), 1, dtype=torch.int32)
        row_of_word[kept, 0] = torch.arange(1, len(kept) + 1, dtype=torch.int32)
        self.register_buffer("row_of_word", row_of_word)
        self.register_buffer("table", torch.cat([unseen[None], vectors[kept]]).to(dtype))

    def rows(self, tokens: Tensor) -> Tensor:
        """Return the row of each token id."""
        return F.embedding(tokens, cast(Tensor, self.row_of_word))[..., 0]

    def vectors(self, rows: Tensor) -> Tensor:
        """Return rows of the table."""
        return F.embedding(rows, cast(Tensor, self.table)).float()

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the vector of each token id."""
        return self.vectors(self.rows(tokens))
