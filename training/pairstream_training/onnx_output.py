"""Finds the output of an ONNX model that holds probabilities."""

from dataclasses import dataclass, replace
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from pairstream_training.errors import TrainingError

_FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
CLASS_COUNT = 2
"""Classes of a classifier of one target, negative and positive; columns of its output."""

_NEGATIVE = (0, -1, "0", "-1", "False", "false")


@dataclass(frozen=True)
class OnnxOutput:
    """The output of probabilities."""

    name: str
    """Name of the output of the model; for a ZipMap, the sequence of maps."""
    tensor: str
    """Name of the tensor to serve; for a ZipMap, the tensor that feeds it."""
    positive_class: int | str | None = None
    """Key of the positive class in the maps of a ZipMap."""
    positive_column: int = 1
    """Column of the positive class if the tensor has two columns."""


def find_output(path: Path, graph: onnx.GraphProto) -> OnnxOutput:
    """Return the only floating-point or ZipMap output; labels are ignored. Raises TrainingError otherwise."""
    producers = {name: node for node in graph.node for name in node.output}
    found: list[OnnxOutput] = []
    for value in graph.output:
        node = producers.get(value.name)
        while node is not None and node.op_type == "Identity":
            node = producers.get(node.input[0])
        if node is not None and node.op_type == "ZipMap":
            found.append(_of_zip_map(path, value.name, node))
        elif value.type.WhichOneof("value") != "tensor_type":
            raise TrainingError(f"{path}: output {value.name} is no tensor, expected a tensor or a ZipMap")
        elif value.type.tensor_type.elem_type in _FLOATS:
            found.append(OnnxOutput(value.name, value.name))
    if len(found) == 1:
        return found[0]
    if found:
        seen = ", ".join(output.name for output in found)
        raise TrainingError(f"{path}: {len(found)} outputs of floating point ({seen}), expected one of probabilities")
    seen = ", ".join(f"{value.name} of {type_name(value)}" for value in graph.output)
    raise TrainingError(f"{path}: no output of probabilities ({seen}), expected one of float32 or float64")


def without_zip_map(graph: onnx.GraphProto, output: OnnxOutput) -> OnnxOutput:
    """Remove the ZipMap of an output from a graph, which then returns the tensor before the ZipMap."""
    kept = [node for node in graph.node if output.name not in node.output]
    del graph.node[:], graph.output[:]
    graph.node.extend(kept)
    graph.output.append(onnx.ValueInfoProto(name=output.tensor))
    return replace(output, name=output.tensor, positive_class=None)


def type_name(value: onnx.ValueInfoProto) -> str:
    """Return the element type of a tensor: float, double, int64, string."""
    if value.type.WhichOneof("value") != "tensor_type":
        return "no tensor"
    return str(TensorProto.DataType.Name(value.type.tensor_type.elem_type)).lower()


def _of_zip_map(path: Path, name: str, node: onnx.NodeProto) -> OnnxOutput:
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    labels = attributes.get("classlabels_int64s") or attributes.get("classlabels_strings") or []
    classes = [label.decode() if isinstance(label, bytes) else int(label) for label in labels]
    if len(classes) != CLASS_COUNT:
        raise TrainingError(f"{path}: output {name} is of {len(classes)} classes, expected {CLASS_COUNT}")
    column = 0 if classes[1] in _NEGATIVE and classes[0] not in _NEGATIVE else 1
    return OnnxOutput(name, node.input[0], classes[column], column)
