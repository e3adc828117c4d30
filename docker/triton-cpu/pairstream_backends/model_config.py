"""What a backend needs of a model's configuration, out of the JSON that Triton makes of config.pbtxt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pairstream_backends.errors import ModelError
from pairstream_backends.parameters import Parameters


@dataclass(frozen=True)
class TensorConfig:
    """An input or output as the configuration has it."""

    name: str
    data_type: str
    """As in config.pbtxt, for instance TYPE_FP32."""
    dims: tuple[int, ...]
    """As the backend sees them: after `reshape`, without the batch dimension; -1 is any."""


@dataclass(frozen=True)
class ModelConfig:
    """One version of a model."""

    name: str
    folder: Path
    """The folder of the version, with the model's files."""
    max_batch_size: int
    """Rows; 0 for a model whose shapes have no batch dimension."""
    inputs: tuple[TensorConfig, ...]
    outputs: tuple[TensorConfig, ...]
    parameters: Parameters
    model_filename: str
    """`default_model_filename`; empty where the configuration has none."""
    optimization: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_batched(self) -> bool:
        """Tell whether the first dimension of every tensor is rows, so that requests can be merged."""
        return self.max_batch_size > 0

    def shape_of(self, tensor: TensorConfig) -> tuple[int, ...]:
        """Give the shape of a tensor with its batch dimension."""
        return (-1, *tensor.dims) if self.is_batched else tensor.dims


def read_model_config(args: Mapping[str, str]) -> ModelConfig:
    """Read what Triton hands to `initialize`. Raises ModelError for what neither backend here does."""
    document = json.loads(args["model_config"])
    _require_plain(document)
    return ModelConfig(
        name=args["model_name"],
        folder=Path(args["model_repository"]) / args["model_version"],
        max_batch_size=document["max_batch_size"],
        inputs=tuple(map(_tensor_of, document["input"])),
        outputs=tuple(map(_tensor_of, document["output"])),
        parameters=Parameters({key: value["string_value"] for key, value in document["parameters"].items()}),
        model_filename=document["default_model_filename"],
        optimization=document.get("optimization", {}),
    )


def _tensor_of(tensor: Mapping[str, Any]) -> TensorConfig:
    dims = tensor["reshape"]["shape"] if "reshape" in tensor else tensor["dims"]
    return TensorConfig(tensor["name"], tensor["data_type"], tuple(int(dim) for dim in dims))


def _require_plain(document: Mapping[str, Any]) -> None:
    if document.get("model_transaction_policy", {}).get("decoupled", False):
        raise ModelError("model_transaction_policy.decoupled is true, expected false: one answer to a request")
    if "sequence_batching" in document:
        raise ModelError("sequence_batching is given, expected dynamic_batching or none: a request stands for itself")
    if document.get("batch_input") or document.get("batch_output"):
        raise ModelError("batch_input or batch_output is given, expected none: requests of one shape are merged")
