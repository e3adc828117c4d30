"""Backend `onnxruntime` on a CPU: ONNX graphs, configured as NVIDIA's ONNX Runtime backend is."""

from pathlib import Path

import triton_python_backend_utils as pb_utils

from pairstream_backends.onnx import open_onnx
from pairstream_backends.onnx_completion import CompletableConfig, complete
from pairstream_backends.triton_model import TritonModel


class TritonPythonModel(TritonModel):
    """An instance of a graph."""

    open_engine = staticmethod(open_onnx)

    @staticmethod
    def auto_complete_config(config: CompletableConfig) -> CompletableConfig:
        """Fill in what the configuration leaves out."""
        complete(config, Path(pb_utils.get_model_dir()))
        return config
