"""Holds a configuration against the graph it is for."""

from collections.abc import Sequence

from pairstream_backends.errors import ModelError
from pairstream_backends.model_config import ModelConfig, TensorConfig
from pairstream_backends.onnx_graph import Graph, GraphTensor
from pairstream_backends.onnx_types import triton_type

_ANY = -1


def require_fit(config: ModelConfig, graph: Graph) -> None:
    """Raise ModelError for the first tensor that the configuration and the graph do not have alike.

    Every input of the graph must be configured. Outputs may be left out.
    """
    inputs = (*graph.inputs, *graph.defaulted)
    _require_known("input", config.inputs, inputs)
    _require_known("output", config.outputs, graph.outputs)
    configured = {tensor.name for tensor in config.inputs}
    for needed in graph.inputs:
        if needed.name not in configured:
            raise ModelError(
                f"input {needed.name} is missing, expected all inputs of the graph: {_names(graph.inputs)}"
            )
    for side, tensors, known in (("input", config.inputs, inputs), ("output", config.outputs, graph.outputs)):
        in_graph = {tensor.name: tensor for tensor in known}
        for tensor in tensors:
            _require_alike(f"{side} {tensor.name}", config, tensor, in_graph[tensor.name])


def _require_known(side: str, tensors: Sequence[TensorConfig], known: Sequence[GraphTensor]) -> None:
    names = {tensor.name for tensor in known}
    for tensor in tensors:
        if tensor.name not in names:
            raise ModelError(f"{side} {tensor.name} is not in the graph, expected one of {_names(known)}")


def _require_alike(what: str, config: ModelConfig, tensor: TensorConfig, in_graph: GraphTensor) -> None:
    expected = triton_type(in_graph.onnx_type, what)
    if tensor.data_type != expected:
        raise ModelError(f"{what} has data_type {tensor.data_type}, expected {expected}, which the graph has")
    if config.is_batched and not in_graph.can_be_batched:
        raise ModelError(
            f"max_batch_size is {config.max_batch_size}, expected 0: the graph has {what} with shape "
            f"{list(in_graph.shape)}, whose first dimension is not open"
        )
    shape = config.shape_of(tensor)
    if len(shape) != len(in_graph.shape) or not all(map(_dims_agree, shape, in_graph.shape)):
        batch_count = 1 if config.is_batched else 0
        raise ModelError(f"{what} has dims {list(tensor.dims)}, expected {list(in_graph.shape[batch_count:])}")


def _dims_agree(dim: int, other: int) -> bool:
    return _ANY in (dim, other) or dim == other


def _names(tensors: Sequence[GraphTensor]) -> str:
    return ", ".join(tensor.name for tensor in tensors)
