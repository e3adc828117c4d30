"""Takes as long as it is told to."""

import time

import triton_python_backend_utils as pb_utils

_MS_PER_S = 1_000


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests one after another."""
        return [_sleep(request) for request in requests]


def _sleep(request: "pb_utils.InferenceRequest") -> "pb_utils.InferenceResponse":
    delay_ms = pb_utils.get_input_tensor_by_name(request, "delay_ms").as_numpy()
    time.sleep(int(delay_ms.item()) / _MS_PER_S)
    return pb_utils.InferenceResponse([pb_utils.Tensor("delay_ms", delay_ms)])
