"""Answers one request several times."""

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """An instance of the model."""

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> None:
        """Send all answers of every request, and that there are no more."""
        for request in requests:
            sender = request.get_response_sender()
            value = pb_utils.get_input_tensor_by_name(request, "value").as_numpy()
            for number in range(int(pb_utils.get_input_tensor_by_name(request, "times").as_numpy()[0])):
                numbered = pb_utils.Tensor("number", np.array([number], dtype=np.int32))
                sender.send(pb_utils.InferenceResponse([numbered, pb_utils.Tensor("value", value)]))
            sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
