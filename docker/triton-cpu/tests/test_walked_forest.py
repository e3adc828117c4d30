import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import xgboost as xgb

from pairstream_backends.forest import Rows
from pairstream_backends.tree_walk import BLOCK_ROWS
from pairstream_backends.walked_forest import WalkedForest, walk_forest
from pairstream_backends.xgboost_forest import XgboostForest
from tests.conftest import FIXTURES

SHIPPED = Path(__file__).resolve().parents[3] / "triton-models"
FEATURES = 7


def train(path: Path, *, targets: int = 1, **parameters: object) -> Path:
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 1, (3_000, FEATURES)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    odds = np.nan_to_num(rows[:, :targets]) - 2 * np.isnan(rows[:, 3:4]) + np.nan_to_num(rows[:, 2:3] * rows[:, 4:5])
    labels = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    booster = xgb.train(
        {"objective": "binary:logistic", "max_depth": 7, "eta": 0.3, **parameters},
        xgb.DMatrix(rows, labels if targets > 1 else labels[:, 0]),
        num_boost_round=15,
    )
    booster.save_model(path)
    return path


def both(path: Path, thread_count: int = 1) -> tuple[WalkedForest, XgboostForest]:
    forest = XgboostForest(path, thread_count)
    walked = walk_forest(forest, path, thread_count)
    assert walked is not None
    return walked, forest


def random_rows(count: int, width: int = FEATURES) -> Rows:
    rng = np.random.default_rng(2)
    rows = rng.normal(0, 1, (count, width)).astype(np.float32)
    odd = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1], dtype=np.float32)
    rows = np.where(rng.random(rows.shape) < 0.3, rng.choice(odd, rows.shape), rows)
    return np.ascontiguousarray(rows)


def thresholds_of(path: Path) -> npt.NDArray[np.float32]:
    trees = json.loads(xgb.Booster(model_file=path).save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    return np.array([value for tree in trees for value in tree["split_conditions"]], dtype=np.float32)


@pytest.mark.parametrize("suffix", ["ubj", "json"])
@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("thread_count", [1, 2, 3])
def test_answers_with_the_bits_of_xgboost(tmp_path: Path, suffix: str, targets: int, thread_count: int) -> None:
    path = train(tmp_path / f"forest.{suffix}", targets=targets, base_score=0.5)
    walked, forest = both(path, thread_count)
    assert (walked.feature_count, walked.output_count) == (FEATURES, targets)
    for count in (0, 1, 2, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 5 * BLOCK_ROWS // 2):
        rows = random_rows(count)
        answer = walked.predict(rows)
        assert answer.shape == (count, targets)
        np.testing.assert_array_equal(answer, forest.predict(rows) if count else answer)


def test_a_value_that_is_a_threshold_goes_where_xgboost_sends_it(tmp_path: Path) -> None:
    path = train(tmp_path / "forest.ubj", base_score=0.5)
    walked, forest = both(path)
    rows = np.random.default_rng(3).choice(thresholds_of(path), (2_000, FEATURES))
    np.testing.assert_array_equal(walked.predict(rows), forest.predict(rows))


def test_begins_with_the_base_score(tmp_path: Path) -> None:
    for targets in (1, 2):
        path = train(tmp_path / "forest.ubj", targets=targets, base_score=0.03)
        walked, forest = both(path)
        rows = random_rows(500)
        np.testing.assert_allclose(walked.predict(rows), forest.predict(rows), rtol=2e-6, atol=0)


def test_stays_finite_far_out(tmp_path: Path) -> None:
    walked, forest = both(train(tmp_path / "forest.ubj", eta=60, reg_lambda=0, min_child_weight=0, base_score=0.5))
    rows = random_rows(500)
    answer = walked.predict(rows)
    assert answer.min() < 1e-30
    np.testing.assert_array_equal(answer, forest.predict(rows))


def test_takes_rows_that_are_no_c_array(tmp_path: Path) -> None:
    walked, forest = both(train(tmp_path / "forest.ubj", base_score=0.5), 2)
    rows = np.asfortranarray(random_rows(600))
    np.testing.assert_array_equal(walked.predict(rows), forest.predict(rows))


@pytest.mark.parametrize("name", ["xgb1", "xgb2", "xgb3", "xgb4", "xgb5"])
def test_answers_with_the_bits_of_xgboost_for_the_shipped_forests(name: str) -> None:
    walked, forest = both(SHIPPED / name / "1" / "xgboost.ubj")
    golden = json.loads((SHIPPED / name / "1" / "golden.json").read_text())
    [inputs] = golden["inputs"].values()
    rows = np.array([[np.nan if v is None else v for v in row] for row in inputs], dtype=np.float32)
    rng = np.random.default_rng(4)
    mixed = np.stack([rng.choice(rows[:, column], 3_000) for column in range(rows.shape[1])], axis=1)
    np.testing.assert_array_equal(walked.predict(mixed), forest.predict(mixed))


@pytest.mark.parametrize("name", ["regression", "classes"])
def test_leaves_other_forests_to_xgboost(name: str) -> None:
    [path] = (FIXTURES / name / "1").glob("xgboost.*")
    assert walk_forest(XgboostForest(path, 1), path, 1) is None


def test_leaves_categories_darts_and_vectors_to_xgboost(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    categories = rng.integers(0, 9, (500, 1)).astype(np.float32)
    labels = (categories[:, 0] % 3 == 0).astype(np.float32)
    data = xgb.DMatrix(categories, labels, feature_types=["c"], enable_categorical=True)
    path = tmp_path / "categories.ubj"
    xgb.train({"objective": "binary:logistic", "max_cat_to_onehot": 1}, data, num_boost_round=2).save_model(path)
    assert walk_forest(XgboostForest(path, 1), path, 1) is None
    for name, parameters in {
        "dart": {"booster": "dart", "rate_drop": 0.5},
        "vectors": {"targets": 2, "multi_strategy": "multi_output_tree", "tree_method": "hist"},
    }.items():
        path = train(tmp_path / f"{name}.ubj", **parameters)  # type: ignore[arg-type]
        assert walk_forest(XgboostForest(path, 1), path, 1) is None
