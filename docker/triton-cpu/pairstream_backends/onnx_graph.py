"""What an ONNX graph takes and gives, in Triton's terms."""

from collections.abc import Iterable
from dataclasses import dataclass

import onnxruntime as ort


@dataclass(frozen=True)
class GraphTensor:
    """An input or output of a graph."""

    name: str
    onnx_type: str
    """As ONNX Runtime has it, for instance tensor(float)."""
    shape: tuple[int, ...]
    """All dimensions; -1 where the graph leaves one open."""

    @property
    def can_be_batched(self) -> bool:
        """Tell whether the first dimension is open, and so can be rows."""
        return self.shape[:1] == (-1,)


@dataclass(frozen=True)
class Graph:
    """The tensors of a graph, in its order."""

    inputs: tuple[GraphTensor, ...]
    outputs: tuple[GraphTensor, ...]
    defaulted: tuple[GraphTensor, ...]
    """Inputs with a value in the graph, for requests that bring none."""


def graph_of(session: ort.InferenceSession) -> Graph:
    """Read it from a session."""
    return Graph(
        _tensors(session.get_inputs()),
        _tensors(session.get_outputs()),
        _tensors(session.get_overridable_initializers()),
    )


def _tensors(arguments: Iterable[ort.NodeArg]) -> tuple[GraphTensor, ...]:
    return tuple(
        GraphTensor(
            argument.name, argument.type, tuple(dim if isinstance(dim, int) else -1 for dim in argument.shape or ())
        )
        for argument in arguments
    )
