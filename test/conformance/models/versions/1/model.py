"""Tells its version."""

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """An instance of the model."""

    def initialize(self, args: dict[str, str]) -> None:
        """Keep the version."""
        self.version = np.array([int(args["model_version"])], dtype=np.int32)

    def execute(self, requests: list["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        return [pb_utils.InferenceResponse([pb_utils.Tensor("version", self.version)]) for _ in requests]
