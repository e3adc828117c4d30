"""Writes config.pbtxt: a merged forest for Triton's FIL backend, a net for its ONNX Runtime backend."""

from collections.abc import Sequence
from dataclasses import dataclass

from pairstream_training.onnx_export import INPUT_NAME, OUTPUT_NAME

MAX_BATCH_SIZE = 16_384
"""Rows per request and per batch."""

_MAX_QUEUE_SIZE = 256

_TEMPLATE = """\
# Written by `python -m pairstream_training train`.
# FIL reads no multi-target XGBoost file: on a GPU it serves 1/checkpoint.tl, which is derived from 1/xgboost.ubj.
# A backend of this name on a CPU may read 1/xgboost.ubj itself.
name: "{name}"
backend: "fil"
max_batch_size: {max_batch_size}
input [
  {{
    name: "{input_name}"
    data_type: TYPE_FP32
    dims: [ {feature_count} ]
  }}
]
output [
  {{
    name: "{output_name}"
    data_type: TYPE_FP32
    dims: [ {output_count} ]
  }}
]
instance_group [ {{ kind: KIND_AUTO, count: 1 }} ]
parameters [
  {{ key: "model_type", value: {{ string_value: "treelite_checkpoint" }} }},
  {{ key: "is_classifier", value: {{ string_value: "true" }} }},
  {{ key: "predict_proba", value: {{ string_value: "true" }} }},
  {{ key: "threshold", value: {{ string_value: "0.5" }} }}
]
"""

_QUEUE_POLICY = """\
# A request's own timeout counts only while it is below a default that is not zero, and only where it may override it.
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: 60000000
    allow_timeout_override: true
    max_queue_size: {max_queue_size}
  }}
}}
"""

_NET_HEAD = """\
# Written by `python -m pairstream_training train-nn1`.
name: "{name}"
backend: "onnxruntime"
max_batch_size: {max_batch_size}
"""

_TENSOR = """\
  {{
    name: "{name}"
    data_type: {data_type}
    dims: [ {width} ]
  }}"""


@dataclass(frozen=True)
class TensorConfig:
    """A tensor of [rows, width]."""

    name: str
    data_type: str
    """TYPE_FP32 or TYPE_INT32."""
    width: int


def net_config(name: str, inputs: Sequence[TensorConfig], outputs: Sequence[TensorConfig]) -> str:
    """Give the text of config.pbtxt of a net."""
    blocks = [
        f"{side} [\n"
        + ",\n".join(_TENSOR.format(name=t.name, data_type=t.data_type, width=t.width) for t in tensors)
        + "\n]\n"
        for side, tensors in (("input", inputs), ("output", outputs))
    ]
    instances = "instance_group [ { kind: KIND_AUTO, count: 1 } ]\n"
    policy = _QUEUE_POLICY.format(max_queue_size=_MAX_QUEUE_SIZE)
    return _NET_HEAD.format(name=name, max_batch_size=MAX_BATCH_SIZE) + "".join(blocks) + instances + policy


def triton_config(name: str, feature_count: int, output_count: int) -> str:
    """Give the text of config.pbtxt: float32 [rows, feature_count] in, probabilities [rows, output_count] out."""
    return (_TEMPLATE + _QUEUE_POLICY).format(
        name=name,
        max_batch_size=MAX_BATCH_SIZE,
        max_queue_size=_MAX_QUEUE_SIZE,
        input_name=INPUT_NAME,
        output_name=OUTPUT_NAME,
        feature_count=feature_count,
        output_count=output_count,
    )
