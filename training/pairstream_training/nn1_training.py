"""Trains the nets of nn1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pairstream_training.index_map import index_of
from pairstream_training.nn1_data import NetTable, frequent_users, measure_scale
from pairstream_training.nn1_net import Net, NetShape
from pairstream_training.pipeline_file import Nn1Inputs

NET_COUNT = 2
"""Nets whose probabilities are averaged by whoever serves them."""

_EMBEDDING_DEVIATION = 0.05
_WARM_UP_STEPS = 200
_LAST_RATE = 0.03
"""Share of the learning rate that is left at the end; it falls in a straight line."""


@dataclass(frozen=True)
class NetParameters:
    """What may be chosen without leaving the published net."""

    epochs: int = 2
    batch_rows: int = 2048
    learning_rate: float = 0.002
    word_width: int = 96
    """Published: 192."""
    min_user_rows: int = 5
    """Users of fewer rows share row 0."""
    unknown_user_share: float = 0.02
    """Share of users that are taken for unknown ones in a batch, so that row 0 is trained as well."""
    thread_count: int = 2
    seed: int = 1

    def step_count(self, row_count: int) -> int:
        """Give the steps of one net."""
        return self.epochs * max(1, row_count // self.batch_rows)


@dataclass(frozen=True)
class TrainedNets:
    """Nets in evaluation mode, and the users of their table."""

    nets: list[Net]
    users: npt.NDArray[np.uint64]


def train_nets(
    table: NetTable,
    inputs: Nn1Inputs,
    word_count: int,
    parameters: NetParameters,
    on_step: Callable[[], None] = lambda: None,
) -> TrainedNets:
    """Train NET_COUNT nets of other seeds on all rows.

    The same table, parameters and PyTorch version give the same nets. Embedding tables end as half precision, which is
    what is served. `on_step` is called after each step.
    """
    torch.set_num_threads(parameters.thread_count)
    torch.use_deterministic_algorithms(True)
    users = frequent_users(table.users, parameters.min_user_rows)
    shape = NetShape(word_count, parameters.word_width, len(users))
    scale = measure_scale(inputs, table)
    tensors = NetTensors.of(table, users)
    nets = []
    for n in range(NET_COUNT):
        torch.manual_seed(parameters.seed * 100 + n)
        net = Net(shape, inputs.tower_features, inputs.head_features, scale)
        _fit(net, tensors, parameters, on_step)
        nets.append(net.eval().requires_grad_(False))
        net.tower.words.half()
        net.head.users.half()
    return TrainedNets(nets, users)


@dataclass(frozen=True)
class NetTensors:
    """A table as PyTorch reads it; memory is shared with the table."""

    tokens: Tensor
    tower_features: Tensor
    head_features: Tensor
    user_index: Tensor
    labels: Tensor

    @staticmethod
    def of(table: NetTable, users: npt.NDArray[np.uint64]) -> "NetTensors":
        """Look the users up and wrap the rest."""
        return NetTensors(
            torch.from_numpy(table.tokens),
            torch.from_numpy(table.tower_features),
            torch.from_numpy(table.head_features),
            torch.from_numpy(index_of(table.users, users)),
            torch.from_numpy(table.labels),
        )


def _fit(net: Net, tensors: NetTensors, parameters: NetParameters, on_step: Callable[[], None]) -> None:
    for table in (net.tower.words, net.head.users):
        nn.init.normal_(table.weight, std=_EMBEDDING_DEVIATION)
    row_count = len(tensors.labels)
    step_count = parameters.step_count(row_count)
    optimiser = torch.optim.Adam(net.parameters(), lr=parameters.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, step_count))
    net.train()
    for _ in range(parameters.epochs):
        order = torch.randperm(row_count)
        for batch in range(step_count // parameters.epochs):
            rows = order[batch * parameters.batch_rows : (batch + 1) * parameters.batch_rows]
            user_index = tensors.user_index[rows]
            is_hidden = torch.rand(user_index.shape) < parameters.unknown_user_share
            logits = net(
                tensors.tokens[rows],
                tensors.tower_features[rows],
                tensors.head_features[rows],
                torch.where(is_hidden, 0, user_index),
            )
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits, tensors.labels[rows].float(), reduction="none"
            )
            optimiser.zero_grad(set_to_none=True)
            losses.sum(dim=1).mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            on_step()


def _rate(step: int, step_count: int) -> float:
    warm = min(1.0, (step + 1) / min(_WARM_UP_STEPS, max(1, step_count // 4)))
    return warm * (1 - (1 - _LAST_RATE) * step / step_count)
