"""Trees that list more nodes than they have, and the other shapes that XGBoost's updaters leave."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import treelite
import xgboost as xgb

from pairstream_training.checkpoint import derive_checkpoint
from pairstream_training.errors import TrainingError
from pairstream_training.forest import reachable_nodes, read_trees
from pairstream_training.merge import OutputForest, merge_forests, merge_outputs, normalise
from pairstream_training.xgboost_models import read_xgboost

FEATURES = 4
NAMES = [f"f{i}" for i in range(FEATURES)]
SETTINGS = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, "seed": 1, "verbosity": 0}


def rows_of(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.1] = 0
    rows[generator.random(rows.shape) < 0.1] = np.nan
    return rows


ROWS = rows_of(600, 1)
LABELS = np.nan_to_num(ROWS[:, 0], nan=1.0) + np.random.default_rng(2).normal(size=len(ROWS)) > 0.5


def train(rounds: int = 6, **parameters: object) -> xgb.Booster:
    return xgb.train({**SETTINGS, **parameters}, xgb.DMatrix(ROWS, LABELS), rounds)


def update(updater: str, **parameters: object) -> xgb.Booster:
    grown = train(tree_method="exact")
    settings = {**SETTINGS, "process_type": "update", "updater": updater, **parameters}
    return xgb.train(settings, xgb.DMatrix(ROWS[:300], LABELS[:300]), 6, xgb_model=grown)


def node_counts(booster: xgb.Booster) -> tuple[int, int]:
    """Count the nodes that the file lists, and those that are below a root."""
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    return sum(len(tree["left_children"]) for tree in trees), sum(len(tree.left) for tree in read_trees(booster))


SHAPES: dict[str, tuple[Callable[[], xgb.Booster], bool]] = {
    "exact with gamma": (lambda: train(tree_method="exact", gamma=5), True),
    "pruned to the root": (lambda: train(tree_method="exact", gamma=1e6), True),
    "updater prune": (lambda: update("prune", gamma=5), True),
    "refresh, then prune": (lambda: update("refresh,prune", gamma=5), True),
    "updater refresh": (lambda: update("refresh"), False),
    "approx with gamma": (lambda: train(tree_method="approx", gamma=5), False),
    "hist with gamma": (lambda: train(tree_method="hist", gamma=5), False),
    "lossguide": (lambda: train(grow_policy="lossguide", max_leaves=7, max_depth=0), False),
    "random forest": (lambda: train(2, num_parallel_tree=3, subsample=0.6, tree_method="exact", gamma=2), True),
    "single leaves": (lambda: train(min_child_weight=1e6), False),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_form_of_the_model_answers_as_xgboost(shape: str, tmp_path: Path) -> None:
    make, loses_nodes = SHAPES[shape]
    booster = make()
    listed, reachable = node_counts(booster)
    assert (listed > reachable) == loses_nodes
    rows = rows_of(2_000, 3)
    expected = booster.inplace_predict(rows)
    booster.save_model(tmp_path / "xgboost.ubj")
    (forest,) = read_xgboost(tmp_path / "xgboost.ubj")
    imported = merge_forests([normalise(forest.trees, forest.margin)] * 2, NAMES, train(1))
    merged = merge_outputs([OutputForest((booster,), tuple(range(FEATURES)))], NAMES)
    checkpoint = treelite.Model.deserialize(derive_checkpoint(tmp_path).path)
    for answer in (
        imported.inplace_predict(rows)[:, 0],
        merged.inplace_predict(rows).reshape(-1),
        np.asarray(treelite.gtil.predict(checkpoint, rows)).reshape(-1),
    ):
        np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-6)


def test_a_tree_that_lost_no_node_keeps_its_numbers() -> None:
    assert reachable_nodes([1, -1, 3, -1, -1], [2, -1, 4, -1, -1]) == [0, 1, 2, 3, 4]
    assert reachable_nodes([1, -1, 5, -1, -1, -1, -1], [2, -1, 6, -1, -1, -1, -1]) == [0, 1, 2, 5, 6]
    # Nodes that were freed and used again: children before their parents, siblings apart.
    assert reachable_nodes([3, -1, -1, 1, -1], [4, -1, -1, 2, -1]) == [0, 3, 4, 1, 2]


def test_a_model_without_trees_is_refused(tmp_path: Path) -> None:
    train(0).save_model(tmp_path / "empty.ubj")
    with pytest.raises(TrainingError, match=r"empty\.ubj: no trees, expected a model of at least one round"):
        read_xgboost(tmp_path / "empty.ubj")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left_children": 99}, "tree 2 is damaged: node 0 of .* has child 99"),
        ({"left_children": 0}, "tree 2 is damaged: node 0 of .* has child 0"),
        ({"right_children": 1}, "tree 2 is damaged: node 0 of .* has child 1"),
        ({"left_children": -7}, "tree 2 is damaged: node 0 of .* has child -7"),
        ({"split_indices": 4}, "tree 2 splits on feature 4, expected one of 4 features"),
    ],
)
def test_nodes_that_form_no_tree_are_refused(change: dict[str, int], message: str, tmp_path: Path) -> None:
    document = json.loads(train().save_raw("json"))
    tree = document["learner"]["gradient_booster"]["model"]["trees"][2]
    for field, value in change.items():
        tree[field][0] = value
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(TrainingError, match=message):
        read_xgboost(tmp_path / "model.json")


def test_a_split_on_categories_counts_only_while_it_is_in_the_tree(tmp_path: Path) -> None:
    kinds = ["c", "q", "q", "q"]
    rows = np.column_stack([np.abs(np.nan_to_num(ROWS[:, 0]) * 2).round(), ROWS[:, 1:]])
    data = xgb.DMatrix(rows, rows[:, 0] == 1, feature_types=kinds, enable_categorical=True)
    grown = xgb.train({**SETTINGS, "tree_method": "approx"}, data, 2)
    pruned = xgb.train(
        {**SETTINGS, "process_type": "update", "updater": "prune", "gamma": 1e6}, data, 2, xgb_model=grown
    )
    grown.save_model(tmp_path / "grown.ubj")
    with pytest.raises(TrainingError, match="categorical splits"):
        read_xgboost(tmp_path / "grown.ubj")
    assert [len(tree.left) for tree in read_trees(pruned)] == [1, 1]
