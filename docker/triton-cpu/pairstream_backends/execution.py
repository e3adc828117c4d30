"""Runs what the dynamic batcher hands over: as few calls of an engine as possible, and no request pays for another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pairstream_backends.errors import RequestError
from pairstream_backends.tensors import Array, LayoutKey, Tensors, layout_of, merge, row_count_of, split


class Engine(Protocol):
    """A loaded model."""

    def run(self, inputs: Tensors, outputs: Sequence[str]) -> Mapping[str, Array]:
        """Give the named outputs. Raises RequestError where the inputs are at fault."""


@dataclass(frozen=True)
class Call:
    """What one request has and wants."""

    inputs: Tensors
    outputs: frozenset[str]
    """The outputs that it asked for."""


Answer: TypeAlias = Mapping[str, Array] | Exception
"""The outputs of a call, or why there are none."""


def run_calls(engine: Engine, calls: Sequence[Call], *, can_merge: bool) -> list[Answer]:
    """Answer every call, in order.

    Calls of one layout go through the engine together. Where that fails, each of them goes alone, so that only those at
    fault fail.
    """
    answers: dict[int, Answer] = {}
    for numbers in _groups(calls, can_merge):
        group = [calls[number] for number in numbers]
        answers.update(zip(numbers, _run_group(engine, group, can_merge), strict=True))
    return [answers[number] for number in range(len(calls))]


def _groups(calls: Sequence[Call], can_merge: bool) -> list[list[int]]:
    if not can_merge:
        return [[number] for number in range(len(calls))]
    groups: dict[LayoutKey, list[int]] = {}
    for number, call in enumerate(calls):
        groups.setdefault(layout_of(call.inputs), []).append(number)
    return list(groups.values())


def _run_group(engine: Engine, group: Sequence[Call], can_merge: bool) -> list[Answer]:
    try:
        if can_merge:
            return list(_run_merged(engine, group))
        return [engine.run(call.inputs, sorted(call.outputs)) for call in group]
    except Exception as error:  # an engine may raise anything, and all of it belongs to these calls
        if len(group) == 1:
            return [error]
        return [answer for call in group for answer in _run_group(engine, [call], can_merge)]


def _run_merged(engine: Engine, group: Sequence[Call]) -> list[dict[str, Array]]:
    row_counts = [row_count_of(call.inputs) for call in group]
    wanted = frozenset[str]().union(*(call.outputs for call in group))
    outputs = engine.run(merge([call.inputs for call in group]), sorted(wanted))
    for name, array in outputs.items():
        if array.ndim == 0 or len(array) != sum(row_counts):
            raise RequestError(f"output {name} has shape {list(array.shape)}, expected {sum(row_counts)} rows")
    parts = split(outputs, row_counts)
    return [
        {name: array for name, array in part.items() if name in call.outputs}
        for part, call in zip(parts, group, strict=True)
    ]
