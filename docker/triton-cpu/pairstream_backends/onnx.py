"""The engine of backend `onnxruntime`: an ONNX graph on ONNX Runtime's CPU execution provider."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.execution import Engine
from pairstream_backends.log import Log
from pairstream_backends.model_config import ModelConfig
from pairstream_backends.model_file import named_file, require_file, short_name
from pairstream_backends.onnx_checks import require_fit
from pairstream_backends.onnx_graph import graph_of
from pairstream_backends.onnx_options import session_options
from pairstream_backends.onnx_strings import to_bytes, to_text
from pairstream_backends.tensors import Array, Tensors

FILE_NAME = "model.onnx"
_PROVIDERS = ("CPUExecutionProvider",)


class OnnxEngine:
    """A session."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session

    def run(self, inputs: Tensors, outputs: Sequence[str]) -> Mapping[str, Array]:
        """Compute the named outputs alone. Raises RequestError for what ONNX Runtime calls an invalid argument."""
        feeds = {name: to_text(name, array) if array.dtype == np.object_ else array for name, array in inputs.items()}
        try:
            arrays = self._session.run(outputs, feeds)
        except InvalidArgument as error:
            raise RequestError(str(error)) from error
        return {
            name: to_bytes(array) if array.dtype == np.object_ else array
            for name, array in zip(outputs, arrays, strict=True)
        }


def open_onnx(config: ModelConfig, log: Log) -> Engine:
    """Load the graph that a configuration describes. Raises ModelError."""
    path = require_file(named_file(config, FILE_NAME), "the model of backend onnxruntime")
    options = session_options(config, log)
    session = open_session(path, options)
    require_fit(config, graph_of(session))
    log(f"serves {short_name(path)} by ONNX Runtime {ort.__version__} (threads: {options.intra_op_num_threads})")
    return OnnxEngine(session)


def open_session(path: Path, options: ort.SessionOptions) -> ort.InferenceSession:
    """Load a graph. Raises ModelError."""
    try:
        return ort.InferenceSession(path, options, providers=list(_PROVIDERS))
    except Exception as error:  # ONNX Runtime raises a class of its own for each of its codes
        raise ModelError(f"{short_name(path)} cannot be read by ONNX Runtime {ort.__version__}: {error}") from error
