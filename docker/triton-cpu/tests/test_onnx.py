from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.onnx import open_onnx
from pairstream_backends.onnx_strings import to_bytes, to_text
from tests.conftest import MakeConfig, tensor

SUMS: dict[str, Any] = {
    "inputs": [tensor("a", -1), tensor("b", -1)],
    "outputs": [tensor("sum", -1), tensor("difference", -1)],
}
LOOKUP: dict[str, Any] = {
    "inputs": [tensor("index", 1, data_type="TYPE_INT64")],
    "outputs": [tensor("value", 1)],
}


def test_computes_the_outputs_that_are_named(make_config: MakeConfig) -> None:
    engine = open_onnx(make_config("sums", **SUMS), print)
    inputs = {name: np.array([[value]], dtype=np.float32) for name, value in (("a", 5.0), ("b", 3.0))}
    assert {name: array.tolist() for name, array in engine.run(inputs, ["difference"]).items()} == {"difference": [[2]]}
    assert list(engine.run(inputs, ["difference", "sum"])) == ["difference", "sum"]


def test_serves_some_of_the_outputs(make_config: MakeConfig) -> None:
    config = make_config("sums", inputs=SUMS["inputs"], outputs=[tensor("sum", -1)])
    inputs = {name: np.ones((1, 1), dtype=np.float32) for name in ("a", "b")}
    assert open_onnx(config, print).run(inputs, ["sum"])["sum"].tolist() == [[2]]


def test_tells_a_wrong_request_from_a_broken_model(make_config: MakeConfig) -> None:
    engine = open_onnx(make_config("lookup", **LOOKUP), print)
    assert engine.run({"index": np.array([[2], [0]])}, ["value"])["value"].tolist() == [[20], [0]]
    with pytest.raises(RequestError, match="idx=4 must be within the inclusive range"):
        engine.run({"index": np.array([[4]])}, ["value"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inputs": [tensor("a", -1)]}, "^input b is missing, expected all inputs of the graph: a, b$"),
        ({"inputs": [*SUMS["inputs"], tensor("c", -1)]}, "^input c is not in the graph, expected one of a, b$"),
        ({"outputs": [tensor("total", -1)]}, "^output total is not in the graph, expected one of sum, difference$"),
        (
            {"inputs": [tensor("a", -1), tensor("b", -1, data_type="TYPE_FP64")]},
            "^input b has data_type TYPE_FP64, expected TYPE_FP32, which the graph has$",
        ),
        ({"outputs": [tensor("sum", -1, 2)]}, r"^output sum has dims \[-1, 2\], expected \[-1\]$"),
        ({"default_model_filename": "other.onnx"}, "^1/other.onnx is missing, expected a file"),
    ],
)
def test_refuses_a_configuration_that_does_not_fit(
    changes: dict[str, Any], sentence: str, make_config: MakeConfig
) -> None:
    with pytest.raises(ModelError, match=sentence):
        open_onnx(make_config("sums", **{**SUMS, **changes}), print)


def write_identity(folder: Path, kind: int, shape: list[str | int]) -> None:
    """Write a graph from x to y."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "identity",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    (folder / "1").mkdir()
    onnx.save(model, folder / "1" / "model.onnx")


@pytest.mark.parametrize(
    ("kind", "shape", "sentence"),
    [
        (
            TensorProto.BFLOAT16,
            ["rows", 2],
            r"^input x is a tensor\(bfloat16\) in the graph, expected a tensor of bool",
        ),
        (
            TensorProto.FLOAT,
            [1, 2],
            r"^max_batch_size is 64, expected 0: the graph has input x with shape \[1, 2\]",
        ),
    ],
)
def test_refuses_a_graph_that_it_cannot_serve_so(
    kind: int, shape: list[str | int], sentence: str, make_config: MakeConfig, tmp_path: Path
) -> None:
    write_identity(tmp_path, kind, shape)
    with pytest.raises(ModelError, match=sentence):
        open_onnx(make_config(str(tmp_path), inputs=[tensor("x", 2)], outputs=[tensor("y", 2)]), print)


def test_refuses_a_file_that_is_no_graph(make_config: MakeConfig, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "model.onnx").write_text("no graph")
    with pytest.raises(ModelError, match=r"^1/model.onnx cannot be read by ONNX Runtime [\d.]+: "):
        open_onnx(make_config(str(tmp_path)), print)


def test_strings_are_text_on_one_side_and_bytes_on_the_other() -> None:
    values = np.array([[b"a", "\u00e9\U0001f600".encode()], [b"", b"c"]], dtype=np.object_)
    texts = to_text("x", values)
    assert texts.tolist() == [["a", "\u00e9\U0001f600"], ["", "c"]]
    assert to_bytes(texts).tolist() == values.tolist()


def test_refuses_bytes_that_are_no_text() -> None:
    with pytest.raises(RequestError, match=r"^input x, element 1, is b'\\xff', expected UTF-8$"):
        to_text("x", np.array([b"a", b"\xff"], dtype=np.object_))
