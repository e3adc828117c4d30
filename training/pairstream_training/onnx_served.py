"""Rewrites an ONNX model into the served form: one float32 input, one float32 output of probabilities."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnx.compose
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from pairstream_training.onnx_file import OnnxModel
from pairstream_training.onnx_output import CLASS_COUNT
from pairstream_training.targets import TARGETS
from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME

IMPORTED_KEY = "pairstream_imported"
"""Metadata key of a model that `import` rewrote; TensorRT does not run such a model."""

UNUSED = 0.5
"""Probability in the columns of targets that a model does not predict; their weight is 0."""

_PREFIX = "given/"
_ERRORS_ALONE = 3
"""Least severe log line of ONNX Runtime: a graph with constants that nothing reads is no fault."""
_LEAST_IR = 8
_OPSET = 15


def build_served(
    model: OnnxModel, width: int, names: Sequence[str], target: str | None, *, apply_sigmoid: bool
) -> onnx.ModelProto:
    """Build `input__0` float32 [rows, features] -> `output__0` float32 [rows, 4 or four per bag], probabilities.

    `width` is the width of the model's own output; of two columns, the positive class is used. With a `target`, the
    model predicts this target alone, and the other columns are UNUSED. Outputs that are not served are removed with
    their nodes.
    """
    # Prefixed, because a model may already use the names of the served tensors.
    proto = onnx.compose.add_prefix(model.proto, _PREFIX, rename_functions=False)
    graph = proto.graph
    given, answer = _PREFIX + model.input.name, _PREFIX + model.output.tensor
    kept = _needed(graph, answer)
    served = [
        helper.make_node("Cast", [INPUT_NAME], [given], to=model.input.element_type),
        *kept,
        *_tail(answer, model, width, target, apply_sigmoid=apply_sigmoid),
    ]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:], graph.metadata_props[:]
    graph.node.extend(served)
    count = len(TARGETS) if target is not None else width
    graph.input.append(helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, len(names)]))
    graph.output.append(helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, count]))
    if not any(entry.domain in {"", "ai.onnx"} for entry in proto.opset_import):
        proto.opset_import.append(helper.make_opsetid("", _OPSET))
    # Before IR version 4, weights were inputs, too.
    proto.ir_version = max(proto.ir_version, _LEAST_IR)
    del proto.metadata_props[:]
    helper.set_model_props(proto, {"features": json.dumps(list(names)), IMPORTED_KEY: "1"})
    return proto


def run_onnx(graph: bytes, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the answers of ONNX Runtime for a serialised graph as `build_served` builds it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _ERRORS_ALONE
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    answer: npt.NDArray[np.float32] = session.run([OUTPUT_NAME], {INPUT_NAME: features})[0]
    return answer


def _tail(
    answer: str, model: OnnxModel, width: int, target: str | None, *, apply_sigmoid: bool
) -> list[onnx.NodeProto]:
    """Return the nodes from the model's own output to the served one."""
    nodes: list[onnx.NodeProto] = []
    last = answer

    def add(operator: str, inputs: Sequence[str], **attributes: Any) -> None:  # noqa: ANN401 - as of make_node
        nonlocal last
        last = f"served/{len(nodes)}"
        nodes.append(helper.make_node(operator, list(inputs), [last], **attributes))

    def constant(value: npt.NDArray[np.generic]) -> str:
        name = f"served/{len(nodes)}"
        nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name)))
        return name

    if width == CLASS_COUNT:
        add("Gather", [last, constant(np.array([model.output.positive_column], dtype=np.int64))], axis=1)
    rest = 1 if width == CLASS_COUNT else width
    add("Reshape", [last, constant(np.array([-1, rest], dtype=np.int64))])
    add("Cast", [last], to=TensorProto.FLOAT)
    if apply_sigmoid:
        # ONNX Runtime's own Sigmoid is 3e-8 off near 0; models of a second stage may split on these answers.
        add("Neg", [last])
        add("Exp", [last])
        add("Add", [last, constant(np.array(1, dtype=np.float32))])
        add("Reciprocal", [last])
    if target is not None:
        own = np.array([[each == target for each in TARGETS]])
        add("Where", [constant(own), last, constant(np.array(UNUSED, dtype=np.float32))])
    nodes[-1].output[0] = OUTPUT_NAME
    return nodes


def _needed(graph: onnx.GraphProto, answer: str) -> list[onnx.NodeProto]:
    """Return the nodes that the answer depends on, in their order."""
    names = {answer}
    kept = []
    for node in reversed(graph.node):
        if names.isdisjoint(node.output):
            continue
        names.update(_read_by(node))
        kept.append(node)
    return kept[::-1]


def _read_by(node: onnx.NodeProto) -> set[str]:
    """Return the names that a node reads, with the outer names that its subgraphs read."""
    names = set(node.input)
    for attribute in node.attribute:
        for subgraph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            names.update(value.name for value in subgraph.output)
            for inner in subgraph.node:
                names |= _read_by(inner)
    return names
