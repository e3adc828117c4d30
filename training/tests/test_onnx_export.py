import numpy as np
import onnx
import pytest
import xgboost as xgb
from made_features import outputs_of

from pairstream_training.export import run_onnx
from pairstream_training.forest import Tree, read_trees
from pairstream_training.merge import merge_outputs
from pairstream_training.onnx_export import build_onnx

FEATURES = 5
NAMES = [f"f{i}" for i in range(FEATURES)]


def random_rows(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.2] = np.nan
    return rows


def tree_of(left: list[int], right: list[int], feature: list[int], value: list[float], missing: list[int]) -> Tree:
    zeros = [0.0] * len(left)
    return Tree(left, right, feature, value, missing, zeros, zeros, zeros)


def sigmoid(margin: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-margin.astype(np.float64)))


@pytest.fixture(scope="module")
def merged() -> xgb.Booster:
    rows = random_rows(3_000, 1)
    boosters = []
    for column in range(12):
        labels = np.nan_to_num(rows[:, column % FEATURES]) + np.random.default_rng(column).normal(size=len(rows)) > 1
        parameters = {"objective": "binary:logistic", "max_depth": 8, "nthread": 1}
        boosters.append(xgb.train(parameters, xgb.QuantileDMatrix(rows, labels), 6))
    return merge_outputs(outputs_of(boosters, FEATURES), NAMES)


@pytest.mark.parametrize("row_count", [1, 63, 4_000])
def test_answers_as_xgboost_does_with_missing_values(merged: xgb.Booster, row_count: int) -> None:
    graph = build_onnx(read_trees(merged), 12, NAMES)
    rows = random_rows(row_count, 2)
    seen = run_onnx(graph.SerializeToString(), rows)
    assert seen.shape == (row_count, 12)
    np.testing.assert_allclose(seen, merged.inplace_predict(rows).reshape(row_count, 12), rtol=0, atol=1e-6)


def test_a_value_at_its_threshold_goes_right_and_one_step_below_goes_left(merged: xgb.Booster) -> None:
    trees = read_trees(merged)
    rows = np.zeros((0, FEATURES), dtype=np.float32)
    for tree in trees[:24]:
        at = np.zeros((2, FEATURES), dtype=np.float32)
        threshold = np.float32(tree.value[0])
        at[0, tree.feature[0]] = threshold
        at[1, tree.feature[0]] = np.nextafter(threshold, np.float32(-np.inf))
        rows = np.concatenate([rows, at])
    expected = merged.inplace_predict(rows)
    assert np.abs(expected[0::2] - expected[1::2]).max() > 1e-3
    seen = run_onnx(build_onnx(trees, 12, NAMES).SerializeToString(), rows)
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-6)


def test_missing_values_follow_each_split_s_own_side() -> None:
    # Value 0 of the feature goes left of both trees; a missing one left in the first and right in the second.
    trees = [tree_of([1, -1, -1], [2, -1, -1], [0, 0, 0], [0.5, 1.0, -1.0], [missing, 0, 0]) for missing in (1, 0)]
    rows = np.array([[0.0], [1.0], [np.nan]], dtype=np.float32)
    seen = run_onnx(build_onnx(trees, 2, ["x"]).SerializeToString(), rows)
    expected = sigmoid(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]))
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-6)


def test_a_root_whose_split_and_leaf_would_share_a_number() -> None:
    # A root with a split on its left and a leaf on its right. As the second tree of a graph, both would be number 3.
    tree = tree_of([1, 3, -1, -1, -1], [2, 4, -1, -1, -1], [0, 1, 0, 0, 0], [0.0, 0.0, 1.0, 2.0, 3.0], [0] * 5)
    graph = build_onnx([tree] * 3, 3, ["x", "y"])
    ensemble = {attribute.name: attribute for attribute in graph.graph.node[0].attribute}
    for root in ensemble["tree_roots"].ints:
        assert ensemble["nodes_truenodeids"].ints[root] != ensemble["nodes_falsenodeids"].ints[root]
    rows = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=np.float32)
    expected = sigmoid(np.array([2.0, 3.0, 1.0, 1.0]))
    seen = run_onnx(graph.SerializeToString(), rows)
    for column in range(3):
        np.testing.assert_allclose(seen[:, column], expected, rtol=0, atol=1e-6)


def test_the_graph_names_its_tensors_and_features(merged: xgb.Booster) -> None:
    graph = build_onnx(read_trees(merged), 12, NAMES)
    onnx.checker.check_model(graph)
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in [*graph.graph.input, *graph.graph.output]
    }
    assert shapes == {"input__0": [0, FEATURES], "output__0": [0, 12]}
    assert {entry.key: entry.value for entry in graph.metadata_props} == {"features": '["f0", "f1", "f2", "f3", "f4"]'}
