"""Small ONNX models with the graphs that skl2onnx, PyTorch and CatBoost write."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

FLOAT, DOUBLE, INT64, STRING = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING


def tensor(name: str, kind: int, shape: Sequence[int | str | None]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def maps(name: str, key: int = INT64) -> ValueInfoProto:
    """A sequence of maps, as ZipMap gives them."""
    value = helper.make_tensor_type_proto(FLOAT, [])
    return helper.make_value_info(name, helper.make_sequence_type_proto(helper.make_map_type_proto(key, value)))


def model_of(
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    weights: dict[str, np.ndarray] | None = None,
    opsets: dict[str, int] | None = None,
    ir_version: int = 8,
) -> onnx.ModelProto:
    initializer = [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializer=initializer)
    imports = [
        helper.make_opsetid(domain, version) for domain, version in (opsets or {"": 17, "ai.onnx.ml": 3}).items()
    ]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir_version)


def tree_classifier(x: str, scores: str, post_transform: str = "LOGISTIC", labels: Sequence[int] = (0, 1)) -> NodeProto:
    """Two splits and three leaves; a missing value goes left in the first and right in the second."""
    return helper.make_node(
        "TreeEnsembleClassifier", [x], ["label", scores], domain="ai.onnx.ml",
        nodes_treeids=[0] * 5, nodes_nodeids=[0, 1, 2, 3, 4], nodes_featureids=[0, 0, 1, 0, 0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_values=[0.25, 0.0, 1.5, 0.0, 0.0], nodes_truenodeids=[1, 0, 3, 0, 0],
        nodes_falsenodeids=[2, 0, 4, 0, 0], nodes_missing_value_tracks_true=[1, 0, 0, 0, 0],
        class_treeids=[0] * 3, class_nodeids=[1, 3, 4], class_ids=[1] * 3, class_weights=[-1.0, 0.5, 2.0],
        classlabels_int64s=list(labels), post_transform=post_transform,
    )  # fmt: skip


def zip_map(scores: str, output: str, labels: Sequence[int | str] = (0, 1)) -> NodeProto:
    of_kind: dict[str, Any] = {
        "classlabels_int64s" if isinstance(labels[0], int) else "classlabels_strings": list(labels)
    }
    return helper.make_node("ZipMap", [scores], [output], domain="ai.onnx.ml", **of_kind)


def sklearn_classifier(features: int, *, zipmap: bool = True, labels: Sequence[int] = (0, 1)) -> onnx.ModelProto:
    """A tree of skl2onnx: the label goes through a cast, the probabilities through a ZipMap."""
    nodes = [
        tree_classifier("X", "probabilities", labels=labels),
        helper.make_node("Cast", ["label"], ["output_label"], to=INT64),
    ]
    outputs = [tensor("output_label", INT64, [None])]
    if zipmap:
        nodes.append(zip_map("probabilities", "output_probability", labels))
        outputs.append(maps("output_probability"))
    else:
        outputs.append(tensor("probabilities", FLOAT, [None, 2]))
    return model_of(nodes, [tensor("X", FLOAT, [None, features])], outputs)


def sklearn_double(features: int) -> onnx.ModelProto:
    """A linear classifier of skl2onnx in float64, behind an imputer; its ZipMap is of float64, too."""
    weights = {
        "zero": np.array(0.0),
        "coef": np.linspace(-0.5, 0.5, 2 * features).reshape(features, 2),
    }
    nodes = [
        helper.make_node("IsNaN", ["X"], ["isnan"]),
        helper.make_node("Where", ["isnan", "zero", "X"], ["filled"]),
        helper.make_node("MatMul", ["filled", "coef"], ["raw"]),
        helper.make_node("Softmax", ["raw"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        zip_map("probabilities", "output_probability"),
    ]
    outputs = [tensor("label", INT64, [None]), maps("output_probability")]
    return model_of(nodes, [tensor("X", DOUBLE, [None, features])], outputs, weights)


def catboost_classifier(features: int) -> onnx.ModelProto:
    """What CatBoost writes: no opset of its own operators but those of trees, and IR 3."""
    nodes = [tree_classifier("features", "probability_tensor"), zip_map("probability_tensor", "probabilities")]
    inputs, outputs = (
        [tensor("features", FLOAT, ["N", features])],
        [tensor("label", INT64, ["N"]), maps("probabilities")],
    )
    return model_of(nodes, inputs, outputs, opsets={"ai.onnx.ml": 2}, ir_version=3)


def net(
    features: int, outputs: int, *, last: str | None = "Sigmoid", kind: int = FLOAT, is_flat: bool = False,
    batch: int | str | None = "batch", scale: float = 0.3,
) -> onnx.ModelProto:  # fmt: skip
    """A linear net as PyTorch exports it, behind torch.nan_to_num; log odds without a `last` operator."""
    dtype = np.float32 if kind == FLOAT else np.float64
    generator = np.random.default_rng([features, outputs])
    weights = {
        "linear.weight": generator.normal(0, scale, (outputs, features)).astype(dtype),
        "linear.bias": np.linspace(-1, 1, outputs).astype(dtype),
        "zero": np.array(0, dtype=dtype),
    }
    nodes = [
        helper.make_node("IsNaN", ["input"], ["isnan"]),
        helper.make_node("Where", ["isnan", "zero", "input"], ["filled"]),
        helper.make_node("Gemm", ["filled", "linear.weight", "linear.bias"], ["logits"], transB=1),
    ]
    name = "logits"
    if last is not None:
        attributes: dict[str, Any] = {"axis": 1} if last == "Softmax" else {}
        nodes.append(helper.make_node(last, [name], ["output"], **attributes))
        name = "output"
    shape: list[int | str | None] = [batch, outputs]
    if is_flat:
        weights["axis"] = np.array([1], dtype=np.int64)
        nodes.append(helper.make_node("Squeeze", [name, "axis"], ["flat"]))
        name, shape = "flat", [batch]
    return model_of(nodes, [tensor("input", kind, [batch, features])], [tensor(name, kind, shape)], weights)
