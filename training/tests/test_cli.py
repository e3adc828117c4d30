import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from made_features import PIPELINE, REPOSITORY, ROWS_PER_DAY

from pairstream_training.feature_files import read_features
from pairstream_training.prediction import load_model, predict


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pairstream_training", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY / "training",
    )


def test_train_then_predict(feature_folder: Path, tmp_path: Path) -> None:
    trained = run(
        "train", "--features", feature_folder, "--pipeline", PIPELINE, "--out", tmp_path, "--trees", 4,
        "--min-child-weight", 5, "--threads", 1, "--holdout-days", 1, "--json",
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    report = json.loads(trained.stdout)
    assert report["training_rows"] == 2 * ROWS_PER_DAY
    assert report["test_rows"] == ROWS_PER_DAY
    assert all(target["rce"] > 1 for target in report["test"])
    assert report["export"]["merge_difference"] <= 1e-6
    assert "48/48 trees" in trained.stderr
    assert "\r" not in trained.stderr

    model = tmp_path / "xgb1/1/xgboost.ubj"
    last_day = feature_folder / "features-00007.arrow"
    for out in ("p.csv", "p.arrow"):
        predicted = run("predict", "--features", last_day, "--model", model, "--out", tmp_path / out)
        assert predicted.returncode == 0, predicted.stderr
    booster, names = load_model(model)
    expected = predict(booster, read_features(last_day, names))
    assert expected.shape == (ROWS_PER_DAY, 4)
    with (tmp_path / "p.csv").open() as file:
        header, *rows = csv.reader(file)
    assert header == ["reply", "retweet", "quote", "like"]
    np.testing.assert_array_equal(np.array(rows, dtype=np.float32), expected)
    table = pa.ipc.open_file(str(tmp_path / "p.arrow")).read_all()
    np.testing.assert_array_equal(np.stack([column.to_numpy() for column in table.columns], axis=1), expected)
    assert not list(tmp_path.glob("*.partial"))


def test_unusable_input_ends_with_one_line_and_status_1(feature_folder: Path, tmp_path: Path) -> None:
    nothing = run("train", "--features", tmp_path, "--pipeline", PIPELINE, "--out", tmp_path / "out")
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("error: ")
    assert len(nothing.stderr.splitlines()) == 1
    no_days = run(
        "train", "--features", feature_folder, "--pipeline", PIPELINE, "--out", tmp_path / "out", "--holdout-days", 3
    )
    assert no_days.returncode == 1
    assert "days 5 to 7 are there, none to train on from day 5 to 4 (held out: 3)" in no_days.stderr
    (tmp_path / "half.ubj").write_bytes(b"{L\x00")
    half = run(
        "predict", "--features", feature_folder / "features-00005.arrow", "--model", tmp_path / "half.ubj",
        "--out", tmp_path / "p.csv",
    )  # fmt: skip
    assert half.returncode == 1
    assert "half.ubj: cannot be read as an XGBoost model" in half.stderr
    assert not (tmp_path / "out").exists()


def test_bad_usage_is_status_2(tmp_path: Path) -> None:
    assert run("train").returncode == 2
    assert run("predict", "--features", tmp_path / "absent.arrow").returncode == 2
