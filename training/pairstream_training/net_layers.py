"""Layers that the nets share."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from pairstream_training.net_layout import Category, IndexColumn, Number
from pairstream_training.net_scale import NetScale


class Numbers(nn.Module):
    """Scales columns of numbers by their layout. A missing number (NaN) becomes the mean of the training rows."""

    def __init__(self, numbers: Sequence[Number], scale: NetScale) -> None:
        super().__init__()
        scales = [scale[number.feature].shift_and_scale(number) for number in numbers]
        logged = [number.is_logged for number in numbers]
        self.all_logged, self.any_logged = all(logged), any(logged)
        self.register_buffer("is_logged", torch.tensor(logged))
        self.register_buffer("mean", torch.tensor([scale[number.feature].mean for number in numbers]))
        self.register_buffer("shift", torch.tensor([shift for shift, _ in scales]))
        self.register_buffer("scale", torch.tensor([scale for _, scale in scales]))

    def forward(self, values: Tensor) -> Tensor:
        """Return the scaled columns [rows, numbers]."""
        logged = self._logged(values)
        known = torch.where(torch.isnan(logged), cast(Tensor, self.mean), logged)
        return (known - cast(Tensor, self.shift)) / cast(Tensor, self.scale)

    def _logged(self, values: Tensor) -> Tensor:
        if not self.any_logged:
            return values
        if self.all_logged:
            return torch.log1p(values)
        is_logged = cast(Tensor, self.is_logged)
        return torch.where(is_logged, torch.log1p(torch.where(is_logged, values, 0.0)), values)


class Categories(nn.Module):
    """Codes [rows, categories] -> their embeddings side by side [rows, width]."""

    def __init__(self, categories: Sequence[Category]) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(category.count + 1, category.width) for category in categories)
        self.register_buffer("count", torch.tensor([float(category.count) for category in categories]))
        self.register_buffer("is_counter", torch.tensor([category.is_counter for category in categories]))
        self.width = sum(category.width for category in categories)

    def forward(self, codes: Tensor) -> Tensor:
        """Return the embeddings. A missing code (NaN) and a code past the table have the table's last row."""
        count = cast(Tensor, self.count)
        clipped = torch.where(cast(Tensor, self.is_counter) & (codes >= count), count - 1, codes)
        rows = torch.where((clipped >= 0) & (clipped < count), clipped, count).to(torch.int64)
        return torch.cat([table(rows[:, i]) for i, table in enumerate(self.tables)], dim=1)


class Indexes(nn.Module):
    """Table rows [rows, columns], 0 for unknown keys -> vectors side by side; columns of one map are summed."""

    def __init__(self, columns: Sequence[IndexColumn], key_counts: dict[str, int]) -> None:
        super().__init__()
        self.map_of_column = tuple(column.map for column in columns)
        widths = {column.map: column.width for column in columns}
        self.tables = nn.ModuleDict({name: table_of(key_counts[name] + 1, width) for name, width in widths.items()})
        self.width = sum(widths.values())

    def forward(self, indexes: Tensor) -> Tensor:
        """Return the vectors [rows, width]."""
        sums: dict[str, Tensor] = {}
        for column, name in enumerate(self.map_of_column):
            vector = self.tables[name](indexes[:, column]).float()
            sums[name] = sums[name] + vector if name in sums else vector
        return torch.cat(list(sums.values()), dim=1)


def table_of(row_count: int, width: int) -> nn.Embedding:
    """Make a large table. A training step updates only the rows of its batch. Served tables have half precision."""
    table = nn.Embedding(row_count, width, sparse=True)
    nn.init.normal_(table.weight, std=0.05)
    return table


def hidden_layers(in_width: int, widths: Sequence[int], out_width: int) -> nn.Sequential:
    """Make dense layers with batch normalisation and ReLU, and a last layer without them."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(in_width, width), nn.BatchNorm1d(width), nn.ReLU()]
        in_width = width
    return nn.Sequential(*layers, nn.Linear(in_width, out_width))


def add_linear(addend: Tensor, layer: nn.Linear, values: Tensor) -> Tensor:
    """Return `layer(values) + addend`. ONNX Runtime computes both as one operator."""
    total = torch.addmm(addend, values, layer.weight.T)
    return total if layer.bias is None else total + layer.bias


def fold_norm(norm: nn.BatchNorm1d, layer: nn.Linear, tweet_layer: nn.Linear) -> None:
    """Fold `norm` of `layer(pair) + tweet_layer(tweet)` into both layers; `tweet_layer` takes all constants."""
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    scale = norm.weight.double() / torch.sqrt(variance.double() + norm.eps)
    constant = norm.bias - scale * mean
    for each in (layer, tweet_layer):
        each.weight.data = (each.weight * scale[:, None]).to(each.weight.dtype)
        if each.bias is not None:
            constant = constant + scale * each.bias
    layer.register_parameter("bias", None)
    tweet_layer.bias = nn.Parameter(constant.to(tweet_layer.weight.dtype), requires_grad=False)
