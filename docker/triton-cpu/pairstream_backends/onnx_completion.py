"""Fills in what a configuration for backend `onnxruntime` leaves out, as NVIDIA's backend does."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import onnxruntime as ort

from pairstream_backends.errors import ModelError
from pairstream_backends.onnx import FILE_NAME, open_session
from pairstream_backends.onnx_graph import GraphTensor, graph_of
from pairstream_backends.onnx_types import triton_type

DEFAULT_MAX_BATCH_SIZE = 4
"""Rows. Triton's own default, which it does not tell its Python backends."""


class CompletableConfig(Protocol):
    """The ModelConfig of Triton's Python backend."""

    def as_dict(self) -> dict[str, Any]:
        """Give the configuration as it is."""

    def set_max_batch_size(self, max_batch_size: int) -> None:
        """Set it."""

    def set_dynamic_batching(self) -> None:
        """Add `dynamic_batching` if there is none."""

    def add_input(self, tensor: Mapping[str, Any]) -> None:
        """Add an input."""

    def add_output(self, tensor: Mapping[str, Any]) -> None:
        """Add an output."""


def complete(config: CompletableConfig, folder: Path) -> None:
    """Add inputs and outputs where the configuration has none, and a batch size where it has none either.

    A configuration with inputs and outputs is left as it is; so is one whose model file is not there, as loading the
    model says so better. Raises ModelError where a batch size is given that the graph cannot have.
    """
    document = config.as_dict()
    path = folder / (document["default_model_filename"] or FILE_NAME)
    if (document["input"] and document["output"]) or not path.is_file():
        return
    graph = graph_of(open_session(path, _quick_options()))
    # Triton knows no tensor without dims, so rows alone are no batch.
    is_batched = all(tensor.can_be_batched and len(tensor.shape) > 1 for tensor in (*graph.inputs, *graph.outputs))
    if is_batched:
        config.set_max_batch_size(document["max_batch_size"] or DEFAULT_MAX_BATCH_SIZE)
        config.set_dynamic_batching()
    elif document["max_batch_size"] > 0:
        raise ModelError(
            f"max_batch_size is {document['max_batch_size']}, expected 0: not every input and output of the graph has "
            "an open first dimension and another"
        )
    if not document["input"]:
        for tensor in _described("input", graph.inputs, is_batched):
            config.add_input(tensor)
    if not document["output"]:
        for tensor in _described("output", graph.outputs, is_batched):
            config.add_output(tensor)


def _quick_options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return options


def _described(side: str, tensors: Iterable[GraphTensor], is_batched: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": tensor.name,
            "data_type": triton_type(tensor.onnx_type, f"{side} {tensor.name}"),
            "dims": list(tensor.shape[1:] if is_batched else tensor.shape),
        }
        for tensor in tensors
    ]
