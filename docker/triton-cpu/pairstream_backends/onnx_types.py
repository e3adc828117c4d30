"""The data types that ONNX Runtime and Triton share."""

from pairstream_backends.errors import ModelError

_TRITON_TYPES = {
    "tensor(bool)": "TYPE_BOOL",
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(uint16)": "TYPE_UINT16",
    "tensor(uint32)": "TYPE_UINT32",
    "tensor(uint64)": "TYPE_UINT64",
    "tensor(int8)": "TYPE_INT8",
    "tensor(int16)": "TYPE_INT16",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
}
"""By ONNX Runtime's names. bfloat16 is left out: numpy has none, and so Triton's Python backend hands none over."""


def triton_type(onnx_type: str, tensor: str) -> str:
    """Give Triton's name of a type. Raises ModelError for one that this backend cannot pass on."""
    if onnx_type not in _TRITON_TYPES:
        known = ", ".join(name.removeprefix("tensor(").removesuffix(")") for name in _TRITON_TYPES)
        raise ModelError(f"{tensor} is a {onnx_type} in the graph, expected a tensor of {known}")
    return _TRITON_TYPES[onnx_type]
