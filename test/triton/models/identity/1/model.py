"""Gives every tensor back as it came."""

import triton_python_backend_utils as pb_utils

_INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
_TYPES = ("bool", *_INTEGERS, "fp16", "bf16", "fp32", "fp64", "bytes")


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        return [_identity(request) for request in requests]


def _identity(request: "pb_utils.InferenceRequest") -> "pb_utils.InferenceResponse":
    tensors = {name: pb_utils.get_input_tensor_by_name(request, f"{name}_in") for name in _TYPES}
    return pb_utils.InferenceResponse([_copy(name, tensor) for name, tensor in tensors.items() if tensor is not None])


def _copy(name: str, tensor: "pb_utils.Tensor") -> "pb_utils.Tensor":
    if name == "bf16":
        # numpy has no such type, but the bytes can be passed on.
        return pb_utils.Tensor.from_dlpack(f"{name}_out", tensor)
    return pb_utils.Tensor(f"{name}_out", tensor.as_numpy())
