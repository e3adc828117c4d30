"""Takes as long as it is told to."""

import time

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        return [_answer(request) for request in requests]


def _answer(request: "pb_utils.InferenceRequest") -> "pb_utils.InferenceResponse":
    delay_ms = pb_utils.get_input_tensor_by_name(request, "delay_ms").as_numpy()
    time.sleep(int(delay_ms.item()) / 1_000)
    return pb_utils.InferenceResponse([pb_utils.Tensor("delay_ms", delay_ms)])
