import json

import numpy as np
import pytest
import xgboost as xgb
from made_features import outputs_of

from pairstream_training.forest import read_trees
from pairstream_training.merge import feature_names_of, merge_outputs

FEATURES = 6
NAMES = [f"f{i}" for i in range(FEATURES)]


def random_rows(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.15] = np.nan
    return rows


def train(tree_count: int, column: int, *, rate: float = 0.3, min_child_weight: float = 1.0) -> xgb.Booster:
    rows = random_rows(4_000, 3)
    signal = np.nan_to_num(rows[:, column % FEATURES]) * np.nan_to_num(rows[:, (column + 1) % FEATURES])
    labels = signal + np.random.default_rng(column).normal(size=len(rows)) > np.quantile(signal, 1 - rate) + 0.5
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 5,
        "nthread": 1,
        "seed": column,
        "min_child_weight": min_child_weight,
    }
    return xgb.train(parameters, xgb.QuantileDMatrix(rows, labels), tree_count)


@pytest.fixture(scope="module")
def boosters() -> list[xgb.Booster]:
    """Twelve boosters of uneven length, one of them of single leaves only."""
    uneven = [train(3 + column % 5, column, rate=0.05 + 0.05 * column) for column in range(11)]
    return [*uneven, train(2, 11, min_child_weight=1e6)]


def test_merged_model_answers_as_its_single_boosters(boosters: list[xgb.Booster]) -> None:
    assert all(len(tree.left) == 1 for tree in read_trees(boosters[11]))
    merged = merge_outputs(outputs_of(boosters, FEATURES), NAMES)
    rows = random_rows(5_000, 4)
    expected = np.stack([booster.inplace_predict(rows) for booster in boosters], axis=1)
    seen = merged.inplace_predict(rows)
    assert seen.shape == (5_000, 12)
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-6)
    # The outputs are not interchangeable: a model that mixed them up would not pass.
    assert np.abs(expected[:, 0] - expected[:, 10]).max() > 0.1


def test_merged_model_survives_the_file(boosters: list[xgb.Booster], tmp_path: object) -> None:
    merged = merge_outputs(outputs_of(boosters, FEATURES), NAMES)
    again = xgb.Booster(model_file=bytearray(merged.save_raw("ubj")))
    rows = random_rows(500, 5)
    np.testing.assert_array_equal(again.inplace_predict(rows), merged.inplace_predict(rows))
    assert feature_names_of(again) == tuple(NAMES)


def test_trees_take_turns_and_no_margin_is_left_over(boosters: list[xgb.Booster]) -> None:
    merged = merge_outputs(outputs_of(boosters, FEATURES), NAMES)
    learner = json.loads(merged.save_raw("json"))["learner"]
    forest = learner["gradient_booster"]["model"]
    assert len(forest["trees"]) == 12 * 7
    assert forest["tree_info"] == [i % 12 for i in range(12 * 7)]
    assert json.loads(learner["learner_model_param"]["base_score"]) == [0.5] * 12
    trees = read_trees(merged)
    assert min(tree.depth() for tree in trees) == 1
    # Booster 0 has three trees; what fills it up adds nothing.
    assert trees[12 * 3].value == [0.0, 0.0, 0.0]


def test_splits_and_leaves_are_copied_exactly(boosters: list[xgb.Booster]) -> None:
    merged = read_trees(merge_outputs(outputs_of(boosters, FEATURES), NAMES))
    for column, booster in enumerate(boosters[:11]):
        for r, tree in enumerate(read_trees(booster)):
            copied = merged[r * 12 + column]
            if r > 0:
                assert copied == tree
            else:
                splits = [node for node in range(len(tree.left)) if not tree.is_leaf(node)]
                assert [copied.value[node] for node in splits] == [tree.value[node] for node in splits]
