"""What a model file cannot tell: the value that counted as missing, and which rounds are meant."""

import math
from pathlib import Path

import numpy as np
import pytest
import treelite
import xgboost as xgb

from pairstream_training.checkpoint import derive_checkpoint
from pairstream_training.errors import TrainingError
from pairstream_training.import_check import missing_zero_warnings, require_same_answers
from pairstream_training.kept_rounds import choose_rounds, parse_rounds
from pairstream_training.merge import merge_forests, normalise
from pairstream_training.xgboost_models import read_xgboost

FEATURES = 4
NAMES = [f"f{i}" for i in range(FEATURES)]
SETTINGS = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1}


def rows_of(count: int, seed: int, value: float) -> np.ndarray:
    """Rows of counts and numbers below and above zero, a part of which is `value` or NaN."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1] * 2)
    rows[:, 2] = np.abs(rows[:, 2])
    rows[generator.random(rows.shape) < 0.25] = value
    rows[generator.random(rows.shape) < 0.1] = np.nan
    return rows


def labels_of(rows: np.ndarray, missing: float) -> np.ndarray:
    present = np.where(rows == missing, np.nan, rows)
    signal = np.nan_to_num(present[:, 0], nan=2) + np.nan_to_num(present[:, 1], nan=-1) + np.isnan(present[:, 2])
    return np.asarray(signal > 0.5).astype(np.uint8)


def train(value: float, missing: float, rounds: int = 8) -> xgb.Booster:
    rows = rows_of(1_500, 1, value)
    labels = labels_of(rows, missing)
    return xgb.train(SETTINGS, xgb.DMatrix(rows, labels, missing=missing), rounds)


@pytest.mark.parametrize("value", [0.0, -0.0, -1.0, 1.0, -999.0])
def test_a_missing_value_is_served_as_the_library_counts_it(value: float, tmp_path: Path) -> None:
    train(value, value).save_model(tmp_path / "model.ubj")
    booster = xgb.Booster(model_file=tmp_path / "model.ubj")
    (forest,) = read_xgboost(tmp_path / "model.ubj", missing=value)
    merged = merge_forests([normalise(forest.trees, forest.margin)] * 2, NAMES, booster)
    rows = rows_of(3_000, 2, value)
    step = np.float32(np.inf)
    beside = [np.nextafter(np.float32(value), side) for side in (step, -step)] if value else [1e-37, -1e-37]
    rows[::9, 0], rows[1::9, 1] = beside  # The values next to it are no missing values.
    expected = booster.predict(xgb.DMatrix(rows, missing=value))
    np.testing.assert_allclose(forest.answer(rows), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(merged.inplace_predict(rows)[:, 0], expected, rtol=0, atol=1e-6)
    (as_nan,) = read_xgboost(tmp_path / "model.ubj")
    if value > -999:
        assert np.abs(as_nan.answer(rows) - expected).max() > 0.05


def answers(booster: xgb.Booster, rows: np.ndarray) -> np.ndarray:
    return np.repeat(booster.inplace_predict(rows)[:, None], 4, axis=1)


@pytest.mark.parametrize(("missing", "warned"), [(0.0, True), (math.nan, False)])
def test_labels_tell_that_zero_counted_as_missing(missing: float, warned: bool) -> None:
    rows = rows_of(1_000, 3, 0)
    labels = np.repeat(labels_of(rows, missing)[:, None], 4, axis=1)
    booster = train(0, missing)
    warnings = missing_zero_warnings(lambda given: answers(booster, given), rows, labels)
    assert len(warnings) == (4 if warned else 0)
    assert all("import with --missing 0" in warning for warning in warnings)
    assert missing_zero_warnings(lambda given: answers(booster, given), rows, labels, targets=()) == []
    assert missing_zero_warnings(lambda given: answers(booster, given), rows[~(rows == 0).any(axis=1)], labels) == []


@pytest.mark.parametrize("special", [math.nan, 0.0, -7.0])
def test_a_difference_on_special_values_alone_is_found(special: float) -> None:
    sample = np.abs(rows_of(200, 4, 5)) + 1
    sample = np.nan_to_num(sample, nan=1).astype(np.float32)

    def library(rows: np.ndarray) -> np.ndarray:
        return np.zeros((len(rows), 1))

    def merged(rows: np.ndarray) -> np.ndarray:
        is_special = np.isnan(rows) if math.isnan(special) else rows == np.float32(special)
        return np.where(is_special.any(axis=1, keepdims=True), 0.25, 0.0)

    assert require_same_answers(library, library, sample, [-7.0], 1, 1e-6) == 400
    with pytest.raises(TrainingError, match=r"up to 0\.25 away from the models as given on \d+ of 400 rows"):
        require_same_answers(merged, library, sample, [-7.0], 1, 1e-6)


@pytest.mark.parametrize(
    ("rounds", "best", "kept"),
    [
        ("best", None, 12), ("best", "3", 4), ("best", "11", 12), ("all", "3", 12), ("all", "99", 12),
        ("5", "3", 5), ("12", None, 12),
    ],
)  # fmt: skip
def test_rounds_are_chosen(rounds: str, best: str | None, kept: int, tmp_path: Path) -> None:
    booster = train(0, 0, rounds=12)
    booster.set_attr(best_iteration=best)
    booster.save_model(tmp_path / "model.json")
    (forest,) = read_xgboost(tmp_path / "model.json", parse_rounds(rounds))
    rows = rows_of(300, 5, 0)
    expected = booster.predict(xgb.DMatrix(rows), iteration_range=(0, kept))
    np.testing.assert_allclose(forest.answer(rows), expected, rtol=0, atol=1e-6)
    assert len(forest.trees) == kept
    assert forest.kept is not None
    assert forest.kept.describe().endswith(f"model.json: XGBoost, {kept} of 12 trees")
    assert (forest.kept.warning() is None) == (kept == 12)


@pytest.mark.parametrize("text", ["0", "-1", "last", "1.5", "", "1:5"])
def test_other_rounds_are_refused(text: str) -> None:
    with pytest.raises(TrainingError, match=r"--rounds is '.*', expected best, all or a number of rounds"):
        parse_rounds(text)


def test_more_rounds_than_there_are_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"m\.ubj: 12 rounds, expected at least the 13 of --rounds"):
        choose_rounds(Path("m.ubj"), 13, 12, None)


def test_a_checkpoint_keeps_all_trees_as_servers_of_the_file_do(tmp_path: Path) -> None:
    booster = train(0, 0, rounds=6)
    booster.set_attr(best_iteration="1")
    booster.save_model(tmp_path / "xgboost.ubj")
    report = derive_checkpoint(tmp_path)
    assert report.tree_count == 6
    rows = rows_of(300, 6, 0)
    checkpoint = treelite.Model.deserialize(report.path)
    answers = np.asarray(treelite.gtil.predict(checkpoint, rows)).reshape(-1)
    np.testing.assert_allclose(answers, booster.inplace_predict(rows), rtol=0, atol=1e-6)
