"""Gives a matrix back."""

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        return [_answer(request) for request in requests]


def _answer(request: "pb_utils.InferenceRequest") -> "pb_utils.InferenceResponse":
    matrix = pb_utils.get_input_tensor_by_name(request, "matrix").as_numpy()
    return pb_utils.InferenceResponse([pb_utils.Tensor("matrix_out", matrix)])
