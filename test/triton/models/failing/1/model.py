"""Fails when it is asked to."""

import os

import triton_python_backend_utils as pb_utils

_EXIT = "EXIT"


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        return [_answer(request) for request in requests]


def _answer(request: "pb_utils.InferenceRequest") -> "pb_utils.InferenceResponse":
    code = _text(request, "code")
    message = pb_utils.get_input_tensor_by_name(request, "message")
    if code == _EXIT:
        os._exit(1)
    if code:
        error = pb_utils.TritonError(_text(request, "message"), getattr(pb_utils.TritonError, code))
        return pb_utils.InferenceResponse(error=error)
    return pb_utils.InferenceResponse([pb_utils.Tensor("message", message.as_numpy())])


def _text(request: "pb_utils.InferenceRequest", name: str) -> str:
    return bytes(pb_utils.get_input_tensor_by_name(request, name).as_numpy().flat[0]).decode()
