"""Writes a merged forest as one ONNX graph that answers as XGBoost does, missing values included."""

import json
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pairstream_training.forest import Tree

INPUT_NAME = "input__0"
OUTPUT_NAME = "output__0"

_MODE_LESS_THAN = 1
_AGGREGATE_SUM = 1
_TRANSFORM_NONE = 0
_IR_VERSION = 10
_OPSET = 21
_ML_OPSET = 5


class _Nodes:
    """The splits and leaves of all trees, numbered through."""

    def __init__(self) -> None:
        self.roots: list[int] = []
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.missing_goes_true: list[int] = []
        self.true_child: list[int] = []
        self.true_is_leaf: list[int] = []
        self.false_child: list[int] = []
        self.false_is_leaf: list[int] = []
        self.leaf_output: list[int] = []
        self.leaf_weight: list[float] = []

    def add(self, tree: Tree, output: int) -> None:
        """Append one tree; its splits keep their order, the root first."""
        splits = [node for node in range(len(tree.left)) if not tree.is_leaf(node)]
        leaves = [node for node in range(len(tree.left)) if tree.is_leaf(node)]
        position = self._positions(splits, leaves)
        if position[tree.left[0]] == position[tree.right[0]]:
            # A root with a split and a leaf of one number is taken for a single leaf by ONNX Runtime (its issue 24679).
            leaves = leaves[1:] + leaves[:1]
            position = self._positions(splits, leaves)
        self.roots.append(position[0])
        for node in splits:
            self.feature.append(tree.feature[node])
            self.threshold.append(tree.value[node])
            self.missing_goes_true.append(tree.default_left[node])
            self.true_child.append(position[tree.left[node]])
            self.true_is_leaf.append(int(tree.is_leaf(tree.left[node])))
            self.false_child.append(position[tree.right[node]])
            self.false_is_leaf.append(int(tree.is_leaf(tree.right[node])))
        self.leaf_output.extend([output] * len(leaves))
        self.leaf_weight.extend(tree.value[node] for node in leaves)

    def _positions(self, splits: Sequence[int], leaves: Sequence[int]) -> dict[int, int]:
        position = {node: len(self.feature) + i for i, node in enumerate(splits)}
        position.update({node: len(self.leaf_weight) + i for i, node in enumerate(leaves)})
        return position


def build_onnx(trees: Sequence[Tree], output_count: int, feature_names: Sequence[str]) -> onnx.ModelProto:
    """Build `input__0` float32 [rows, features] -> `output__0` float32 [rows, output_count], probabilities.

    Tree i adds to output i mod output_count; no tree may be a single leaf. A split sends x < threshold (both float32)
    left and a missing value (NaN) to the side XGBoost learned.
    """
    nodes = _Nodes()
    for i, tree in enumerate(trees):
        nodes.add(tree, i % output_count)
    ensemble = helper.make_node(
        "TreeEnsemble",
        [INPUT_NAME],
        ["margins"],
        domain="ai.onnx.ml",
        aggregate_function=_AGGREGATE_SUM,
        post_transform=_TRANSFORM_NONE,
        n_targets=output_count,
        tree_roots=nodes.roots,
        nodes_featureids=nodes.feature,
        nodes_modes=numpy_helper.from_array(np.full(len(nodes.feature), _MODE_LESS_THAN, dtype=np.uint8)),
        nodes_splits=numpy_helper.from_array(np.asarray(nodes.threshold, dtype=np.float32)),
        nodes_missing_value_tracks_true=nodes.missing_goes_true,
        nodes_truenodeids=nodes.true_child,
        nodes_trueleafs=nodes.true_is_leaf,
        nodes_falsenodeids=nodes.false_child,
        nodes_falseleafs=nodes.false_is_leaf,
        leaf_targetids=nodes.leaf_output,
        leaf_weights=numpy_helper.from_array(np.asarray(nodes.leaf_weight, dtype=np.float32)),
    )
    # Not the operator's own transform: ONNX Runtime numbers those otherwise than the standard does. Nor its Sigmoid,
    # which is 3e-8 off near 0 where this is right to the last bits: models of a second stage split on these answers.
    sigmoid = [
        helper.make_node("Neg", ["margins"], ["negative"]),
        helper.make_node("Exp", ["negative"], ["odds"]),
        helper.make_node("Add", ["odds", "one"], ["sum"]),
        helper.make_node("Reciprocal", ["sum"], [OUTPUT_NAME]),
    ]
    graph = helper.make_graph(
        [ensemble, *sigmoid],
        "forest",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, len(feature_names)])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, output_count])],
        initializer=[numpy_helper.from_array(np.asarray(1.0, dtype=np.float32), "one")],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)],
        ir_version=_IR_VERSION,
        producer_name="pairstream",
    )
    helper.set_model_props(model, {"features": json.dumps(list(feature_names))})
    onnx.checker.check_model(model)
    return model
