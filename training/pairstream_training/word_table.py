"""Served word vectors: words that the training never saw share a row."""

from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from pairstream_training.net_layers import table_of

_WORDS_AT_A_TIME = 8
"""Words of a tweet whose vectors are added up by one operator. Measured: 8 is faster than 2 to 6 and 12 to 48."""


class WordTables(nn.Module):
    """Token ids -> rows of tables; row 0 is for every unseen word. It cannot be trained.

    An unseen word has the mean vector of untrained words: zeros, or the caller's function of zeros. Several tables
    divide the columns of the vectors, so that a consumer of some columns reads only these.
    """

    def __init__(
        self, vectors: Tensor, unseen: Tensor, seen: Tensor | None, dtype: torch.dtype, widths: Sequence[int]
    ) -> None:
        """Take vectors [words, sum of widths], the vector of unseen words, and the mask of seen ones (None: all)."""
        super().__init__()
        kept = torch.arange(len(vectors)) if seen is None else torch.nonzero(seen)[:, 0]
        row_of_word = torch.zeros(len(vectors), 1, dtype=torch.int32)
        row_of_word[kept, 0] = torch.arange(1, len(kept) + 1, dtype=torch.int32)
        self.register_buffer("row_of_word", row_of_word)
        rows = torch.cat([unseen[None], vectors[kept]]).to(dtype)
        for n, table in enumerate(torch.split(rows, list(widths), dim=1)):
            self.register_buffer(f"table_{n}", table.contiguous())

    def rows(self, tokens: Tensor) -> Tensor:
        """Return the row of each token id."""
        return F.embedding(tokens, cast(Tensor, self.row_of_word))[..., 0]

    def vectors(self, rows: Tensor, table: int = 0) -> Tensor:
        """Return rows of a table."""
        return F.embedding(rows, cast(Tensor, getattr(self, f"table_{table}"))).float()


class MeanText(nn.Module):
    """Tokens [tweets, steps] -> the mean of their word vectors [tweets, width], trainable.

    Padding is a token like any other.
    """

    def __init__(self, word_count: int, width: int) -> None:
        super().__init__()
        self.words = table_of(word_count, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the means."""
        return cast(Tensor, self.words(tokens)).mean(dim=1)

    def served(self, dtype: torch.dtype, seen: Tensor | None = None) -> "ServedMeanText":
        """Return the served form: the vectors of all seen words in a table of `dtype`."""
        vectors = self.words.weight.detach()
        width = vectors.shape[1]
        return ServedMeanText(WordTables(vectors, vectors.new_zeros(width), seen, dtype, (width,)))


class ServedMeanText(nn.Module):
    """Served form of MeanText. It cannot be trained."""

    def __init__(self, words: WordTables) -> None:
        super().__init__()
        self.words = words

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the means. A few words at a time are added up: the vectors of all words would fill the cache."""
        rows = self.words.rows(tokens)
        sums = [self.words.vectors(some).sum(dim=1) for some in torch.split(rows, _WORDS_AT_A_TIME, dim=1)]
        total = sums[0]
        for more in sums[1:]:
            total = total + more
        return total * (1 / tokens.shape[1])
