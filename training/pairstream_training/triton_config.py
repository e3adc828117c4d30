"""Writes the config.pbtxt that serves a merged forest with Triton's FIL backend."""

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


def triton_config(name: str, feature_count: int, output_count: int) -> str:
    """Give the text of config.pbtxt: float32 [rows, feature_count] in, probabilities [rows, output_count] out."""
    return _TEMPLATE.format(
        name=name,
        max_batch_size=MAX_BATCH_SIZE,
        max_queue_size=_MAX_QUEUE_SIZE,
        input_name=INPUT_NAME,
        output_name=OUTPUT_NAME,
        feature_count=feature_count,
        output_count=output_count,
    )
