"""Tensors by name, and how those of several requests become one and are told apart again."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

Tensors: TypeAlias = Mapping[str, Array]
"""Arrays by tensor name. Where requests are merged, the first dimension is rows."""

LayoutKey: TypeAlias = tuple[tuple[str, np.dtype[Any], tuple[int, ...]], ...]


def layout_of(tensors: Tensors) -> LayoutKey:
    """Give what must be equal for tensors to be merged: names, types, and all dimensions but rows."""
    return tuple(sorted((name, array.dtype, array.shape[1:]) for name, array in tensors.items()))


def row_count_of(tensors: Tensors) -> int:
    """Give the rows of tensors, all of which have the same; Triton has checked that."""
    return len(next(iter(tensors.values())))


def merge(parts: Sequence[Tensors]) -> Tensors:
    """Put tensors of one layout below each other. A single part is given back as it is, without a copy."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def split(tensors: Tensors, row_counts: Sequence[int]) -> list[dict[str, Array]]:
    """Cut tensors into parts of so many rows. The parts are views."""
    ends = np.cumsum(row_counts)
    return [
        {name: array[end - count : end] for name, array in tensors.items()}
        for end, count in zip(ends, row_counts, strict=True)
    ]
