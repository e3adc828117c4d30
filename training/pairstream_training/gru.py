"""A GRU over token ids, unrolled: the projection of a token to the gates is one row of a table."""

from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from pairstream_training.net_layers import table_of
from pairstream_training.word_table import WordTables

_GATES, _NEW = 0, 1
"""Tables of a served GRU: reset and keep gate, new state."""


class GruText(nn.Module):
    """Tokens [tweets, steps] -> the state after the last step [tweets, width], to be trained.

    Equal to nn.GRU over the word vectors, with the same parameters. Padding is a token like any other.
    """

    def __init__(self, word_count: int, word_width: int, width: int) -> None:
        super().__init__()
        self.words = table_of(word_count, word_width)
        self.gru: Any = nn.GRU(word_width, width, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the last state. The projection is computed once per distinct word of the batch."""
        words, token_rows = torch.unique(tokens, return_inverse=True)
        state: Tensor = _Unrolled.apply(  # type: ignore[no-untyped-call]
            self.project(self.words(words)), token_rows, self.gru.weight_hh_l0, self._state_bias
        )
        return state

    def project(self, vectors: Tensor) -> Tensor:
        """Return the projection of word vectors to the gates, with all biases but the new state's inner one."""
        gates = 2 * self.gru.hidden_size
        bias = self.gru.bias_ih_l0 + F.pad(self.gru.bias_hh_l0[:gates], (0, self.gru.hidden_size))
        return F.linear(vectors, self.gru.weight_ih_l0, bias)

    def served(self, dtype: torch.dtype, seen: Tensor | None = None) -> "ProjectedGru":
        """Return the served form of this GRU: the projections of all seen words in tables of `dtype`."""
        vectors = self.words.weight
        with torch.no_grad():
            unseen = self.project(vectors.new_zeros(1, vectors.shape[1]))[0]
            width = self.gru.hidden_size
            words = WordTables(self.project(vectors), unseen, seen, dtype, (2 * width, width))
            return ProjectedGru(words, self.gru.weight_hh_l0.detach(), self._state_bias.detach())

    @property
    def _state_bias(self) -> Tensor:
        return cast(Tensor, self.gru.bias_hh_l0[2 * self.gru.hidden_size :])


class ProjectedGru(nn.Module):
    """Served form of GruText: two tables of words, and two matrix products per step. It cannot be trained.

    The reset and keep gates have their own table and product. ONNX Runtime then fuses the product with the addition of
    the table's rows and with the sigmoid, and copies no columns out of a wider product.
    """

    def __init__(self, words: WordTables, weight: Tensor, state_bias: Tensor) -> None:
        super().__init__()
        self.width = weight.shape[1]
        self.words = words
        self.register_buffer("gates_weight", weight[: 2 * self.width].T.contiguous())
        self.register_buffer("new_weight", weight[2 * self.width :].T.contiguous())
        self.register_buffer("new_bias", state_bias.clone())

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the last state [tweets, width]."""
        rows = self.words.rows(tokens)
        state = self._first(rows[:, 0])
        for step in range(1, tokens.shape[1]):
            state = self._next(state, rows[:, step])
        return state

    def _first(self, row: Tensor) -> Tensor:
        """Return the state after the first word. The state before it is zero, so no product is needed."""
        reset, keep = torch.split(torch.sigmoid(self.words.vectors(row, _GATES)), self.width, dim=1)
        new = torch.tanh(self.words.vectors(row, _NEW) + reset * cast(Tensor, self.new_bias))
        return new - keep * new

    def _next(self, state: Tensor, row: Tensor) -> Tensor:
        of_word = self.words.vectors(row, _GATES)
        gates = torch.sigmoid(torch.addmm(of_word, state, cast(Tensor, self.gates_weight)))
        reset, keep = torch.split(gates, self.width, dim=1)
        of_state = torch.addmm(cast(Tensor, self.new_bias), state, cast(Tensor, self.new_weight))
        new = torch.tanh(self.words.vectors(row, _NEW) + reset * of_state)
        return new + keep * (state - new)


class _Unrolled(torch.autograd.Function):
    """All steps as one autograd operation: several times faster to train than nn.GRU or a traced loop."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, tokens: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        steps, width = tokens.shape[1], weight.shape[1]
        of_words = table[tokens.T]
        states = table.new_zeros(steps + 1, len(tokens), width)
        saved = []
        for step in range(steps):
            state, of_word = states[step], of_words[step]
            of_state = state @ weight.T
            gates = (of_word[:, : 2 * width] + of_state[:, : 2 * width]).sigmoid_()
            inner = of_state[:, 2 * width :] + bias
            new = torch.addcmul(of_word[:, 2 * width :], gates[:, :width], inner).tanh_()
            torch.lerp(new, state, gates[:, width:], out=states[step + 1])
            saved.append((gates, inner, new))
        ctx.save_for_backward(tokens, weight, states)
        ctx.saved, ctx.word_count = saved, len(table)
        return states[steps].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:  # noqa: ANN401
        tokens, weight, states = ctx.saved_tensors
        [d_state] = gradients
        steps, width = tokens.shape[1], weight.shape[1]
        d_words = states.new_empty(steps, len(tokens), 3 * width)
        d_states = torch.empty_like(d_words)
        for step in reversed(range(steps)):
            gates, inner, new = ctx.saved[step]
            reset, keep = gates[:, :width], gates[:, width:]
            d_new = d_state * (1 - keep) * (1 - new * new)
            d_word, d_of_state = d_words[step], d_states[step]
            d_word[:, :width] = d_new * inner * reset * (1 - reset)
            d_word[:, width : 2 * width] = d_state * (states[step] - new) * keep * (1 - keep)
            d_word[:, 2 * width :] = d_new
            d_of_state[:, : 2 * width] = d_word[:, : 2 * width]
            d_of_state[:, 2 * width :] = d_new * reset
            d_state = torch.addmm(d_state * keep, d_of_state, weight)
        d_table = states.new_zeros(ctx.word_count, 3 * width)
        d_table.index_add_(0, tokens.T.reshape(-1), d_words.view(-1, 3 * width))
        d_weight = d_states.view(-1, 3 * width).T @ states[:-1].reshape(-1, width)
        return d_table, None, d_weight, d_states[:, :, 2 * width :].sum(dim=(0, 1))
