"""Writes config.pbtxt: a merged forest for Triton's FIL backend, a net for its ONNX Runtime backend."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME

MAX_BATCH_SIZE = 16_384
"""Rows per request and per batch."""

WARMUP_ROWS = (1, 1_024)
"""Rows of the warm-up batches that a server runs before it is READY: one pair, and a full batch of the gateway."""

ENGINE_FOLDER = "/tmp/tensorrt-engines"
"""Folder of the engines that TensorRT builds on a GPU server. Every user of every image can write there."""

_MAX_QUEUE_SIZE = 256
_HASH_DIGITS = 16

_HEAD = """\
# Written by `python -m pairstream_training`; its command `config` writes it anew from the files of the model.
"""

_FOREST_NOTE = """\
# FIL reads no multi-target XGBoost file: it serves checkpoint.tl, which the command `checkpoint` derives from
# xgboost.ubj. A backend of this name on a CPU may read xgboost.ubj itself.
"""

_FOREST_PARAMETERS = """\
parameters [
  { key: "model_type", value: { string_value: "treelite_checkpoint" } },
  { key: "is_classifier", value: { string_value: "true" } },
  { key: "predict_proba", value: { string_value: "true" } },
  { key: "threshold", value: { string_value: "0.5" } }
]
"""

_INSTANCES = """\
# Two, because one is not enough for a queue policy: Triton hands requests to idle instances alone then, and one that
# comes while the only instance is busy may lie for half a second.
instance_group [ { kind: KIND_AUTO, count: 2 } ]
"""

_QUEUE_POLICY = f"""\
# A request's own timeout counts only while it is below a default that is not zero, and only where it may override it.
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: 60000000
    allow_timeout_override: true
    max_queue_size: {_MAX_QUEUE_SIZE}
  }}
}}
"""

_TENSOR = """\
  {{
    name: "{name}"
    data_type: {data_type}
    dims: [ {width} ]
  }}"""

_WARMUP_NOTE = """\
# Run before the server says READY: no request waits for what is made at the first one.
"""

_WARMUP = """\
  {{
    name: "{rows} rows"
    batch_size: {rows}
{inputs}
  }}"""

_WARMUP_INPUT = """\
    inputs {{ key: "{name}", value: {{ data_type: {data_type}, dims: [ {width} ], zero_data: true }} }}"""

_TENSORRT = """\
# On a GPU TensorRT runs the net. One engine is for all batches of the profile. It is kept, under the hash of this very
# model: engines of other weights have the same name otherwise. For full single precision start the server with
# NVIDIA_TF32_OVERRIDE=0.
optimization {{
  execution_accelerators {{
    gpu_execution_accelerator [
      {{
        name: "tensorrt"
{parameters}
      }}
    ]
  }}
}}
"""

_TENSORRT_PARAMETER = """\
        parameters {{ key: "{key}", value: "{value}" }}"""


@dataclass(frozen=True)
class TensorConfig:
    """A tensor of [rows, width]."""

    name: str
    data_type: str
    """TYPE_FP32 or TYPE_INT32."""
    width: int


def forest_config(name: str, feature_count: int, output_count: int) -> str:
    """Return the text of config.pbtxt: float32 [rows, feature_count] in, probabilities [rows, output_count] out."""
    inputs = [TensorConfig(INPUT_NAME, "TYPE_FP32", feature_count)]
    outputs = [TensorConfig(OUTPUT_NAME, "TYPE_FP32", output_count)]
    parts = [_model(name, "fil", inputs, outputs), _FOREST_PARAMETERS, _QUEUE_POLICY, _warmup(inputs)]
    return _HEAD + _FOREST_NOTE + "".join(parts)


def net_config(name: str, inputs: Sequence[TensorConfig], outputs: Sequence[TensorConfig], graph: bytes) -> str:
    """Return the text of config.pbtxt of a net; `graph` is its model.onnx."""
    parts = [_model(name, "onnxruntime", inputs, outputs), _QUEUE_POLICY, _tensorrt(name, inputs, graph)]
    return _HEAD + "".join(parts) + _warmup(inputs)


def onnx_config(name: str, inputs: Sequence[TensorConfig], outputs: Sequence[TensorConfig]) -> str:
    """Return the text of config.pbtxt of an imported graph: ONNX Runtime runs all of it, without TensorRT.

    TensorRT has no tree operators, and rounds other operators differently from the training library.
    """
    return _HEAD + _model(name, "onnxruntime", inputs, outputs) + _QUEUE_POLICY + _warmup(inputs)


def _model(name: str, backend: str, inputs: Sequence[TensorConfig], outputs: Sequence[TensorConfig]) -> str:
    head = f'name: "{name}"\nbackend: "{backend}"\nmax_batch_size: {MAX_BATCH_SIZE}\n'
    return head + _tensors("input", inputs) + _tensors("output", outputs) + _INSTANCES


def _tensors(side: str, tensors: Sequence[TensorConfig]) -> str:
    return f"{side} [\n" + ",\n".join(_fill(_TENSOR, tensor) for tensor in tensors) + "\n]\n"


def _warmup(inputs: Sequence[TensorConfig]) -> str:
    """Return the warm-up with zeros, which are valid rows of every table and valid values of every feature."""
    tensors = "\n".join(_fill(_WARMUP_INPUT, tensor) for tensor in inputs)
    samples = ",\n".join(_WARMUP.format(rows=rows, inputs=tensors) for rows in WARMUP_ROWS)
    return f"{_WARMUP_NOTE}model_warmup [\n{samples}\n]\n"


def _tensorrt(name: str, inputs: Sequence[TensorConfig], graph: bytes) -> str:
    def shapes(rows: int) -> str:
        return ",".join(f"{tensor.name}:{rows}x{tensor.width}" for tensor in inputs)

    content = hashlib.sha256(graph).hexdigest()[:_HASH_DIGITS]
    parameters = {
        "precision_mode": "FP32",
        "trt_engine_cache_enable": "true",
        "trt_engine_cache_path": ENGINE_FOLDER,
        "trt_engine_cache_prefix": f"{name}_{content}",
        "trt_profile_min_shapes": shapes(1),
        "trt_profile_opt_shapes": shapes(WARMUP_ROWS[-1]),
        "trt_profile_max_shapes": shapes(MAX_BATCH_SIZE),
    }
    lines = "\n".join(_TENSORRT_PARAMETER.format(key=key, value=value) for key, value in parameters.items())
    return _TENSORRT.format(parameters=lines)


def _fill(template: str, tensor: TensorConfig) -> str:
    return template.format(name=tensor.name, data_type=tensor.data_type, width=tensor.width)
