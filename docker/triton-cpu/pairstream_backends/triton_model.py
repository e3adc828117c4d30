"""What Triton's Python stub calls. The only module that needs the stub."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import triton_python_backend_utils as pb_utils

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.execution import Answer, Call, Engine, run_calls
from pairstream_backends.log import Log
from pairstream_backends.model_config import ModelConfig, read_model_config

# Annotations of pb_utils are quoted: the stub fills in its classes after it has read this file.


class TritonModel:
    """An instance of a model. A backend says by `open_engine` what runs it."""

    open_engine: ClassVar["staticmethod[[ModelConfig, Log], Engine]"]
    """Loads the model. Raises ModelError, which fails the load with its one sentence."""

    def initialize(self, args: Mapping[str, str]) -> None:
        """Load the model."""
        try:
            self._config = read_model_config(args)
            self._engine = self.open_engine(self._config, self._log)
        except ModelError as error:
            # Triton shows the way through the code below the sentence; one line of it is enough.
            raise ModelError(f"model {args['model_name']}: {error}").with_traceback(None) from None
        self._input_names = tuple(tensor.name for tensor in self._config.inputs)
        self._output_names = frozenset(tensor.name for tensor in self._config.outputs)

    def execute(self, requests: Sequence["pb_utils.InferenceRequest"]) -> list["pb_utils.InferenceResponse"]:
        """Answer the requests, in order."""
        calls = [self._call_of(request) for request in requests]
        readable = [call for call in calls if isinstance(call, Call)]
        answers = iter(run_calls(self._engine, readable, can_merge=self._config.is_batched))
        return [self._response_of(next(answers) if isinstance(call, Call) else call) for call in calls]

    def _call_of(self, request: "pb_utils.InferenceRequest") -> Call | RequestError:
        tensors = {name: pb_utils.get_input_tensor_by_name(request, name) for name in self._input_names}
        try:
            # An optional input may be absent.
            inputs = {name: tensor.as_numpy() for name, tensor in tensors.items() if tensor is not None}
        except Exception as error:  # whatever the stub finds wrong with the bytes of this request
            return RequestError(str(error))
        return Call(inputs, frozenset(request.requested_output_names()) or self._output_names)

    def _response_of(self, answer: Answer) -> "pb_utils.InferenceResponse":
        if isinstance(answer, RequestError):
            return self._failure(str(answer), pb_utils.TritonError.INVALID_ARG)
        if isinstance(answer, Exception):
            return self._failure(f"{type(answer).__name__}: {answer}", pb_utils.TritonError.INTERNAL)
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, array) for name, array in answer.items()])

    def _failure(self, message: str, code: int) -> "pb_utils.InferenceResponse":
        return pb_utils.InferenceResponse(error=pb_utils.TritonError(f"model {self._config.name}: {message}", code))

    def _log(self, message: str) -> None:
        pb_utils.Logger.log_info(f"model {self._config.name}: {message}")
