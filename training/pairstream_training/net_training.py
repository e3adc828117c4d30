"""Trains the nets of a family."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pairstream_training.errors import TrainingError
from pairstream_training.index_map import Keys, index_of
from pairstream_training.net_data import NetTable, TweetTable, read_vocabularies
from pairstream_training.net_family import NetFamily
from pairstream_training.net_layout import USER_MAP, NetLayout
from pairstream_training.net_scale import NetScale, measure_scale
from pairstream_training.pair_net import NetCounts, NetWidths, PairNet

_WARM_UP_STEPS = 200
_LAST_RATE = 0.03
"""Final learning rate relative to the first one. The rate falls linearly."""
_GROUP_ROWS = 16
"""Maximum number of rows of one tweet that always share a batch."""


@dataclass(frozen=True)
class NetParameters:
    """Choices that keep the published net."""

    widths: NetWidths
    epochs: int = 2
    batch_rows: int = 4096
    learning_rate: float = 0.002
    unknown_share: float = 0.02
    """Share of users and other keys that a batch replaces by unknown ones, so that row 0 is trained, too."""
    thread_count: int = 2
    seed: int = 1

    def step_count(self, row_count: int) -> int:
        """Return the number of steps of one net."""
        return self.epochs * max(1, row_count // self.batch_rows)


@dataclass(frozen=True)
class TrainedNets:
    """Served nets, and the keys of their tables by index map."""

    layout: NetLayout
    nets: list[PairNet]
    vocabularies: dict[str, Keys]


def train_nets(
    table: NetTable,
    family: NetFamily,
    word_count: int,
    parameters: NetParameters,
    word_vectors: npt.NDArray[np.float32] | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> TrainedNets:
    """Train the nets of a family on all rows.

    The same table, parameters and PyTorch version give the same nets. Given word vectors [word_count, word width] are
    not trained. `on_step` is called after each step.
    """
    torch.set_num_threads(parameters.thread_count)
    torch.use_deterministic_algorithms(mode=True)
    counted = table.take(np.flatnonzero(table.labels.any(axis=1))) if family.counts_engaged_rows else table
    vocabularies = read_vocabularies(family.layout, counted, family.min_user_rows, family.min_key_rows)
    counts = NetCounts(word_count, {name: len(keys) for name, keys in vocabularies.items()})
    scale: NetScale = measure_scale(family.layout, table)
    tensors = NetTensors.of(table, family.layout, vocabularies)
    # Given word vectors were trained elsewhere, so words that are unseen here keep their vectors.
    seen_words = None if word_vectors is not None else _seen_words(tensors, word_count)
    nets = []
    for n in range(family.net_count):
        torch.manual_seed(parameters.seed * 100 + n)
        net = family.build(parameters.widths, counts, scale)
        if word_vectors is not None:
            freeze_words(net, word_vectors)
        _fit(net, tensors, parameters, on_step)
        nets.append(net.serve(seen_words))
    return TrainedNets(family.layout, nets, vocabularies)


def load_word_vectors(path: Path, word_count: int) -> npt.NDArray[np.float32]:
    """Read word vectors, a .npy file of float32 [word_count, width]; raises TrainingError for any other file."""
    try:
        vectors: npt.NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as word vectors: {error}") from error
    is_table = isinstance(vectors, np.ndarray) and vectors.ndim == 2 and vectors.dtype == np.float32  # noqa: PLR2004
    if not is_table or len(vectors) != word_count or not np.isfinite(vectors).all():
        shape = f"{vectors.dtype} {list(vectors.shape)}" if isinstance(vectors, np.ndarray) else "several arrays"
        raise TrainingError(f"{path}: {shape}, expected finite float32 [{word_count}, width], a row per word")
    return vectors


def freeze_words(net: PairNet, vectors: npt.NDArray[np.float32]) -> None:
    """Set word vectors of a net that its training does not change."""
    net.words.weight.data.copy_(torch.from_numpy(vectors))
    net.words.weight.requires_grad = False


@dataclass(frozen=True)
class NetTensors:
    """A table as PyTorch tensors that share its memory."""

    tweets: tuple[Tensor, ...]
    """Inputs of the tower, one row per distinct tweet."""
    tweet_row: Tensor
    head_features: Tensor
    user_index: Tensor
    labels: Tensor

    @staticmethod
    def of(table: NetTable, layout: NetLayout, vocabularies: dict[str, Keys]) -> "NetTensors":
        """Look up the keys and wrap the other columns."""
        tweets = tower_inputs(table.tweets, layout, vocabularies)
        return NetTensors(
            tuple(torch.from_numpy(values) for values in tweets.values()),
            torch.from_numpy(table.tweet_row),
            torch.from_numpy(table.head_features),
            torch.from_numpy(index_of(table.users, vocabularies[USER_MAP])),
            torch.from_numpy(table.labels),
        )


def tower_inputs(
    tweets: TweetTable, layout: NetLayout, vocabularies: dict[str, Keys]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the inputs of a tower by tensor, in the order of its arguments."""
    inputs: dict[str, npt.NDArray[np.generic]] = {"tokens": tweets.tokens, "features": tweets.features}
    if layout.tower_indexes:
        columns = [index_of(tweets.keys[:, i], vocabularies[c.map]) for i, c in enumerate(layout.tower_indexes)]
        inputs["indexes"] = np.stack(columns, axis=1)
    return inputs


def _seen_words(tensors: NetTensors, word_count: int) -> Tensor:
    """Return a mask [word_count] of the words in the tweets of these rows."""
    tokens = tensors.tweets[0][torch.unique(tensors.tweet_row)]
    return torch.bincount(tokens.flatten(), minlength=word_count) > 0


def _fit(net: PairNet, tensors: NetTensors, parameters: NetParameters, on_step: Callable[[], None]) -> None:
    step_count = parameters.step_count(len(tensors.labels))
    tables = [table.weight for table in net.tables() if table.weight.requires_grad]
    is_table = {id(weight) for weight in tables}
    others = [weight for weight in net.parameters() if weight.requires_grad and id(weight) not in is_table]
    optimisers = [
        torch.optim.SparseAdam(tables, lr=parameters.learning_rate),
        torch.optim.Adam(others, lr=parameters.learning_rate),
    ]
    schedules = [torch.optim.lr_scheduler.LambdaLR(each, lambda step: _rate(step, step_count)) for each in optimisers]
    _start_at_base_rates(net, tensors.labels)
    net.train()
    for rows in _batches(tensors.tweet_row, parameters):
        tweets, tweet_row = torch.unique(tensors.tweet_row[rows], return_inverse=True)
        logits = net(
            [
                _hide(values[tweets], parameters.unknown_share) if i == 2 else values[tweets]  # noqa: PLR2004 - indexes
                for i, values in enumerate(tensors.tweets)
            ],
            tweet_row,
            tensors.head_features[rows],
            _hide(tensors.user_index[rows], parameters.unknown_share),
        )
        losses = nn.functional.binary_cross_entropy_with_logits(logits, tensors.labels[rows].float(), reduction="none")
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        losses.sum(dim=1).mean().backward()  # type: ignore[no-untyped-call]
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        on_step()


def _start_at_base_rates(net: PairNet, labels: Tensor) -> None:
    """Set the biases of an untrained net to the base rates: rare engagements would otherwise take long to learn."""
    rates = (labels.double().sum(dim=0) + 1) / (len(labels) + 2)
    net.output.bias.data.copy_(torch.logit(rates))


def _batches(tweet_row: Tensor, parameters: NetParameters) -> Iterator[Tensor]:
    """Return the rows of every batch of all epochs.

    Groups of _GROUP_ROWS rows of one tweet stay together, and the order of the groups is drawn in every epoch. A tower,
    which is most of a net's work, then runs once per distinct tweet of a batch.
    """
    by_tweet = torch.argsort(tweet_row, stable=True)
    row_count = len(by_tweet)
    _, sizes = torch.unique_consecutive(tweet_row[by_tweet], return_counts=True)
    first = torch.repeat_interleave(sizes.cumsum(0) - sizes, sizes)
    is_first = (torch.arange(row_count) - first) % _GROUP_ROWS == 0
    group = is_first.cumsum(0) - 1
    for _ in range(parameters.epochs):
        order = by_tweet[torch.argsort(torch.randperm(int(group[-1]) + 1)[group], stable=True)]
        for batch in range(parameters.step_count(row_count) // parameters.epochs):
            yield order[batch * parameters.batch_rows : (batch + 1) * parameters.batch_rows]


def _hide(indexes: Tensor, share: float) -> Tensor:
    return torch.where(torch.rand(indexes.shape) < share, 0, indexes)


def _rate(step: int, step_count: int) -> float:
    warm = min(1.0, (step + 1) / min(_WARM_UP_STEPS, max(1, step_count // 4)))
    return warm * (1 - (1 - _LAST_RATE) * step / step_count)
