import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from made_features import RECORD

from pairstream_training import export
from pairstream_training.config_cli import config_of
from pairstream_training.errors import TrainingError
from pairstream_training.export import export_model
from pairstream_training.families import FAMILIES
from pairstream_training.feature_files import FeatureTable, list_feature_files, read_labelled
from pairstream_training.forest import read_trees
from pairstream_training.forest_training import bag_rows, train_family
from pairstream_training.merge import OutputForest, merge_outputs
from pairstream_training.parameters import Parameters
from pairstream_training.prediction import load_model, predict
from pairstream_training.quality import measure
from pairstream_training.targets import TARGETS
from pairstream_training.triton_config import forest_config

XGB1 = FAMILIES["xgb1"]
PARAMETERS = Parameters(
    tree_counts=(3, 3, 3, 3),
    max_leaves=20,
    min_child_weight=5.0,
    bag_fraction=0.5,
    learning_rates=XGB1.learning_rates,
    thread_count=1,
    seed=11,
)


@pytest.fixture(scope="module")
def table(feature_folder: Path, names: tuple[str, ...]) -> FeatureTable:
    return read_labelled(list_feature_files(feature_folder), names)


@pytest.fixture(scope="module")
def outputs(table: FeatureTable) -> list[OutputForest]:
    return train_family(table, XGB1, PARAMETERS)


@pytest.fixture(scope="module")
def boosters(outputs: list[OutputForest]) -> list[xgb.Booster]:
    return [output.boosters[0] for output in outputs]


def test_twelve_boosters_with_the_published_depth_and_learning_rate(boosters: list[xgb.Booster]) -> None:
    assert len(boosters) == 12
    for booster in boosters:
        tree = json.loads(booster.save_config())["learner"]["gradient_booster"]["tree_train_param"]
        assert tree["max_depth"] == "8"
        assert float(tree["eta"]) == pytest.approx(0.1)
        assert booster.num_boosted_rounds() == 3
        assert max(sum(tree.is_leaf(node) for node in range(len(tree.left))) for tree in read_trees(booster)) <= 20


def test_each_output_learns_its_own_target(table: FeatureTable, boosters: list[xgb.Booster]) -> None:
    means = np.array([booster.inplace_predict(table.features).mean() for booster in boosters]).reshape(3, 4)
    np.testing.assert_allclose(means, np.tile(table.labels.mean(axis=0), (3, 1)), rtol=0.25)


def test_bags_see_different_halves() -> None:
    bags = [set(bag_rows(10_000, PARAMETERS, bag)) for bag in range(3)]
    assert [len(bag) for bag in bags] == [5_000] * 3
    assert 2_300 < len(bags[0] & bags[1]) < 2_700


def test_the_same_input_gives_the_same_files(table: FeatureTable, outputs: list[OutputForest], tmp_path: Path) -> None:
    again = train_family(table, XGB1, PARAMETERS)
    for folder, made in (("one", outputs), ("two", again)):
        export_model(tmp_path / folder, "xgb1", "1", made, table.names, table.features[:500], 11, RECORD)
    for file in ("config.pbtxt", "1/xgboost.ubj", "1/golden.json", "1/training.json", "1/SHA256SUMS"):
        assert (tmp_path / "one/xgb1" / file).read_bytes() == (tmp_path / "two/xgb1" / file).read_bytes()
    other = train_family(table, XGB1, replace(PARAMETERS, seed=12))
    assert other[0].boosters[0].save_raw() != outputs[0].boosters[0].save_raw()


def test_golden_rows_are_xgboost_s_own_answers(
    table: FeatureTable, outputs: list[OutputForest], boosters: list[xgb.Booster], tmp_path: Path
) -> None:
    export_model(tmp_path, "xgb1", "1", outputs, table.names, table.features[:500], 11, RECORD)
    golden = json.loads((tmp_path / "xgb1/1/golden.json").read_text())
    assert (golden["model"], golden["version"], golden["tolerance"]) == ("xgb1", "1", 1e-5)
    rows = np.array(golden["inputs"]["input__0"], dtype=np.float32)
    assert rows.shape == (64, 70)
    assert np.isnan(rows).any(axis=1).sum() >= 32
    expected = np.stack([booster.inplace_predict(rows) for booster in boosters], axis=1)
    np.testing.assert_allclose(np.array(golden["outputs"]["output__0"]), expected, rtol=0, atol=1e-6)
    # Written so that a reader of float32 gets the very values back.
    reread, _ = load_model(tmp_path / "xgb1/1/xgboost.ubj")
    np.testing.assert_array_equal(
        np.array(golden["outputs"]["output__0"], dtype=np.float32), reread.inplace_predict(rows)
    )


def test_predict_averages_the_bags(
    table: FeatureTable, outputs: list[OutputForest], boosters: list[xgb.Booster], tmp_path: Path
) -> None:
    export_model(tmp_path, "xgb1", "1", outputs, table.names, table.features[:500], 11, RECORD)
    booster, names = load_model(tmp_path / "xgb1/1/xgboost.ubj")
    assert names == table.names
    rows = table.features[:1_000]
    for t in range(len(TARGETS)):
        expected = np.mean([boosters[bag * 4 + t].inplace_predict(rows) for bag in range(3)], axis=0)
        np.testing.assert_allclose(predict(booster, rows)[:, t], expected, rtol=0, atol=1e-6)


def test_what_xgboost_reads_back_decides(
    table: FeatureTable, outputs: list[OutputForest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xgb1").mkdir()
    (tmp_path / "xgb1" / "before").touch()

    def merge_wrong(outputs: list[OutputForest], names: tuple[str, ...]) -> xgb.Booster:
        return merge_outputs([outputs[1], *outputs[1:]], names)

    monkeypatch.setattr(export, "merge_outputs", merge_wrong)
    with pytest.raises(TrainingError, match=r"xgboost\.ubj is 0\.\d+ away from what it was made of"):
        export_model(tmp_path, "xgb1", "1", outputs, table.names, table.features[:500], 11, RECORD)
    assert [path.name for path in tmp_path.rglob("*")] == ["xgb1", "before"]


def test_the_config_is_of_the_model(table: FeatureTable, outputs: list[OutputForest], tmp_path: Path) -> None:
    export_model(tmp_path, "xgb1", "1", outputs, table.names, table.features[:500], 11, RECORD)
    config = (tmp_path / "xgb1/config.pbtxt").read_text()
    assert config == forest_config("xgb1", 70, 12)
    # The command `config` writes the same.
    assert config == config_of(tmp_path / "xgb1")


def test_quality_is_the_log_loss_saved() -> None:
    labels = np.array([[1, 0, 0, 1], [0, 0, 0, 1]], dtype=np.uint8)
    probabilities = np.array([[0.8, 0.1, 0.1, 0.9], [0.2, 0.1, 0.1, 0.9]], dtype=np.float32)
    reply, retweet, _, like = measure(probabilities, labels)
    assert reply.rate == 0.5
    assert reply.rce == pytest.approx(100 * (1 - np.log(0.8) / np.log(0.5)), abs=1e-4)
    assert retweet.log_loss == pytest.approx(-np.log(0.9))
    assert (retweet.rce, like.rce) == (None, None)
