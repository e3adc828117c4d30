import json

import numpy as np
import pytest
import treelite
import xgboost as xgb
from test_families import NAMES, parameters, table

from pairstream_training.families import FAMILIES
from pairstream_training.forest import read_trees
from pairstream_training.forest_training import train_family
from pairstream_training.merge import OutputForest, merge_outputs
from pairstream_training.popularity_groups import route_groups
from pairstream_training.probe_rows import probe_rows
from pairstream_training.treelite_export import build_treelite

GROUP = NAMES.index("group")


@pytest.fixture(scope="module", params=list(FAMILIES))
def outputs(request: pytest.FixtureRequest) -> list[OutputForest]:
    return train_family(table(), FAMILIES[request.param], parameters(request.param))


def probes(merged: xgb.Booster) -> np.ndarray:
    """Draw rows at and beside the thresholds, a tenth of the values missing, the group's too."""
    rows = probe_rows(read_trees(merged), len(NAMES), 5_000, 4)
    rows[::3, GROUP] = np.random.default_rng(5).integers(0, 5, len(rows[::3]))
    return rows


def answers_of(outputs: list[OutputForest], rows: np.ndarray) -> np.ndarray:
    return np.stack([output.answer(rows, NAMES) for output in outputs], axis=1)


def test_xgboost_and_treelite_answer_as_the_single_boosters(outputs: list[OutputForest]) -> None:
    merged = merge_outputs(outputs, NAMES)
    trees = read_trees(merged)
    rows = probes(merged)
    expected = answers_of(outputs, rows)
    np.testing.assert_allclose(merged.inplace_predict(rows), expected, rtol=0, atol=1e-6)
    model = build_treelite(trees, len(outputs), len(NAMES))
    answer = np.asarray(treelite.gtil.predict(model, rows)).reshape(len(rows), len(outputs))
    np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-6)
    # Targets of more and of fewer trees; outputs that were mixed up would not pass.
    spread = np.abs(expected[:, None, :] - expected[:, :, None]).max(axis=0)
    assert spread[~np.eye(len(outputs), dtype=bool)].min() > 1e-3


def test_the_merged_model_has_the_form_that_engines_want(outputs: list[OutputForest]) -> None:
    merged = merge_outputs(outputs, NAMES)
    learner = json.loads(merged.save_raw("json"))["learner"]
    trees = read_trees(merged)
    # As many rounds as the target of most trees has; groups add none.
    assert len(trees) == 5 * len(outputs)
    assert learner["gradient_booster"]["model"]["tree_info"] == [i % len(outputs) for i in range(len(trees))]
    assert json.loads(learner["learner_model_param"]["base_score"]) == [0.5] * len(outputs)
    assert min(tree.depth() for tree in trees) >= 1
    assert max(tree.depth() for tree in trees) <= 8 + (3 if len(outputs[0].boosters) > 1 else 0)


@pytest.fixture(scope="module")
def uneven() -> list[OutputForest]:
    """One output of five groups whose forests are of 4, 1, 1, 2 and 3 trees, single leaves among them."""
    rows = table()
    columns = tuple(column for column in range(len(NAMES)) if column != GROUP)
    matrix = xgb.QuantileDMatrix(rows.features[:, columns])
    boosters = []
    for group, tree_count in enumerate((4, 1, 1, 2, 3)):
        matrix.set_label((np.nan_to_num(rows.features[:, group]) > 1 + 0.5 * group).astype(np.float32))
        settings = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, "seed": group}
        if group == 3:
            settings["min_child_weight"] = 1e6
        boosters.append(xgb.train(settings, matrix, tree_count))
    return [OutputForest(tuple(boosters), columns)]


def test_each_row_gets_the_answer_of_its_own_group(uneven: list[OutputForest]) -> None:
    merged = merge_outputs(uneven, NAMES)
    [output] = uneven
    rows = np.tile(table(300, seed=2).features, (9, 1))
    values = (0.0, 1.0, 2.0, 3.0, 4.0, np.nan, -1.0, 2.5, 17.0)
    own = (0, 1, 2, 3, 4, 0, 0, 2, 4)
    rows[:, GROUP] = np.repeat(np.array(values, dtype=np.float32), 300)
    seen = merged.inplace_predict(rows).reshape(9, 300)
    singly = np.stack([booster.inplace_predict(rows[:, output.columns]) for booster in output.boosters])
    for i, group in enumerate(own):
        np.testing.assert_allclose(seen[i], singly[group].reshape(9, 300)[i], rtol=0, atol=1e-6)
    assert list(route_groups(rows[::300, GROUP])) == list(own)
    # The groups do not answer alike.
    assert np.abs(singly[:, None, :] - singly[None, :, :]).max(axis=2)[np.triu_indices(5, 1)].min() > 0.05


def test_joined_trees_are_whole(uneven: list[OutputForest]) -> None:
    trees = read_trees(merge_outputs(uneven, NAMES))
    assert len(trees) == 4
    for tree in trees:
        children = sorted(child for side in (tree.left, tree.right) for child in side if child >= 0)
        # Every node but the root is the child of one other.
        assert children == list(range(1, len(tree.left)))
        assert all(child > node for node, child in enumerate(tree.left) if child >= 0)
        assert tree.feature[:4] == [GROUP] * 4
        assert tree.cover[0] == pytest.approx(tree.cover[tree.left[0]] + tree.cover[tree.right[0]])


def test_a_booster_whose_labels_are_all_of_one_kind_is_merged_too() -> None:
    rows = table(500)
    matrix = xgb.QuantileDMatrix(rows.features, np.zeros(500))
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 2, "nthread": 1}, matrix, 3)
    outputs = [OutputForest((booster,), tuple(range(len(NAMES))))]
    expected = booster.inplace_predict(rows.features)
    assert expected.max() < 1e-4
    seen = merge_outputs(outputs, NAMES).inplace_predict(rows.features)
    np.testing.assert_allclose(seen.reshape(-1), expected, rtol=0, atol=1e-6)
