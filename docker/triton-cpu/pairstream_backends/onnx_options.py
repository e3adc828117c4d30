"""Session options of ONNX Runtime, from the keys that Triton's ONNX Runtime backend documents."""

from typing import Any

import onnxruntime as ort

from pairstream_backends.errors import ModelError
from pairstream_backends.log import Log
from pairstream_backends.model_config import ModelConfig
from pairstream_backends.parameters import Parameters
from pairstream_backends.processors import core_count

_GRAPH_LEVELS = {
    0: ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
    -1: ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    1: ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    2: ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
}
"""By `optimization.graph.level`; 0 is what a configuration without it has."""

_EXECUTION_MODES = (ort.ExecutionMode.ORT_SEQUENTIAL, ort.ExecutionMode.ORT_PARALLEL)
_ALLOCATOR_KEY = "session.use_device_allocator_for_initializers"


def session_options(config: ModelConfig, log: Log) -> ort.SessionOptions:
    """Make the options of a model. Raises ModelError for a value that cannot be.

    Accelerators for a GPU are passed over with a line in the log: there is none.
    """
    parameters = config.parameters
    options = ort.SessionOptions()
    options.intra_op_num_threads = _thread_count(parameters, "intra_op_thread_count")
    options.inter_op_num_threads = _thread_count(parameters, "inter_op_thread_count")
    options.execution_mode = _EXECUTION_MODES[parameters.whole_number("execution_mode", 0, 0, 1)]
    options.enable_cpu_mem_arena = parameters.flag("enable_mem_arena", True)
    options.enable_mem_pattern = parameters.flag("enable_mem_pattern", True)
    options.graph_optimization_level = _graph_level(config.optimization.get("graph", {}))
    # Threads that wait in a loop would take the cores that the gateway runs on.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    if parameters.text(_ALLOCATOR_KEY) is not None:
        options.add_session_config_entry(_ALLOCATOR_KEY, "1" if parameters.flag(_ALLOCATOR_KEY, False) else "0")
    _pass_over_accelerators(config.optimization.get("execution_accelerators", {}), log)
    return options


def _thread_count(parameters: Parameters, key: str) -> int:
    """Read a number of threads; 0 is all cores.

    All cores are counted here: ONNX Runtime's own 0 would tie every thread to one core, which others use as well.
    """
    return parameters.whole_number(key, default=0, at_least=0) or core_count()


def _graph_level(graph: dict[str, Any]) -> ort.GraphOptimizationLevel:
    level = int(graph.get("level", 0))
    if level not in _GRAPH_LEVELS:
        raise ModelError(f"optimization.graph.level is {level}, expected one of {', '.join(map(str, _GRAPH_LEVELS))}")
    return _GRAPH_LEVELS[level]


def _pass_over_accelerators(accelerators: dict[str, Any], log: Log) -> None:
    for accelerator in accelerators.get("cpu_execution_accelerator", []):
        raise ModelError(
            f"optimization.execution_accelerators.cpu_execution_accelerator is {accelerator['name']}, expected none: "
            "this ONNX Runtime has no other execution provider for a CPU"
        )
    names = [accelerator["name"] for accelerator in accelerators.get("gpu_execution_accelerator", [])]
    if names:
        log(f"runs on the CPU without {', '.join(names)}, which wants a GPU")
