import os

import onnxruntime as ort
import pytest

from pairstream_backends.errors import ModelError
from pairstream_backends.onnx_options import session_options
from tests.conftest import MakeConfig

CORES = len(os.sched_getaffinity(0))


def test_waits_without_spinning_on_all_cores_by_default(make_config: MakeConfig) -> None:
    options = session_options(make_config("sums"), print)
    assert options.intra_op_num_threads == CORES
    assert options.inter_op_num_threads == CORES
    assert options.execution_mode == ort.ExecutionMode.ORT_SEQUENTIAL
    assert options.graph_optimization_level == ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.get_session_config_entry("session.inter_op.allow_spinning") == "0"


def test_reads_the_documented_keys(make_config: MakeConfig) -> None:
    parameters = {
        "intra_op_thread_count": "3",
        "inter_op_thread_count": "2",
        "execution_mode": "1",
        "enable_mem_arena": "0",
        "enable_mem_pattern": "false",
        "session.use_device_allocator_for_initializers": "1",
    }
    options = session_options(make_config("sums", parameters=parameters), print)
    assert options.intra_op_num_threads == 3
    assert options.inter_op_num_threads == 2
    assert options.execution_mode == ort.ExecutionMode.ORT_PARALLEL
    assert not options.enable_cpu_mem_arena
    assert not options.enable_mem_pattern
    assert options.get_session_config_entry("session.use_device_allocator_for_initializers") == "1"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("-1", "ORT_ENABLE_BASIC"), ("1", "ORT_ENABLE_EXTENDED"), ("2", "ORT_DISABLE_ALL"), ("0", "ORT_ENABLE_ALL")],
)
def test_reads_the_graph_level(level: str, expected: str, make_config: MakeConfig) -> None:
    config = make_config("sums", optimization={"graph": {"level": level}})
    assert session_options(config, print).graph_optimization_level == getattr(ort.GraphOptimizationLevel, expected)


def test_passes_over_accelerators_for_a_gpu_with_one_line(make_config: MakeConfig) -> None:
    lines: list[str] = []
    accelerators = {"gpu_execution_accelerator": [{"name": "tensorrt", "parameters": {}}, {"name": "cuda"}]}
    session_options(make_config("sums", optimization={"execution_accelerators": accelerators}), lines.append)
    assert lines == ["runs on the CPU without tensorrt, cuda, which wants a GPU"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"parameters": {"intra_op_thread_count": "many"}},
            '^parameters.intra_op_thread_count is "many", expected a whole number >= 0$',
        ),
        ({"parameters": {"execution_mode": "2"}}, '^parameters.execution_mode is "2", expected a whole number 0 to 1$'),
        (
            {"parameters": {"enable_mem_arena": "maybe"}},
            '^parameters.enable_mem_arena is "maybe", expected one of',
        ),
        ({"optimization": {"graph": {"level": 3}}}, "^optimization.graph.level is 3, expected one of 0, -1, 1, 2$"),
        (
            {"optimization": {"execution_accelerators": {"cpu_execution_accelerator": [{"name": "openvino"}]}}},
            "cpu_execution_accelerator is openvino, expected none",
        ),
    ],
)
def test_says_in_one_sentence_what_is_wrong(more: dict[str, object], sentence: str, make_config: MakeConfig) -> None:
    with pytest.raises(ModelError, match=sentence):
        session_options(make_config("sums", **more), print)
