import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from made_features import REPOSITORY, VOCABULARY

try:
    import lightgbm as lgb
except OSError as error:
    # Its wheel needs the system's libgomp, which a bare machine lacks.
    if os.environ.get("PAIRSTREAM_REQUIRE_ALL") == "1":
        raise
    pytest.skip(f"lightgbm cannot be loaded: {error}", allow_module_level=True)

from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import sha256_of
from pairstream_training.feature_files import FeatureTable, list_feature_files, read_labelled
from pairstream_training.import_models import read_forests
from pairstream_training.kept_rounds import parse_rounds
from pairstream_training.lightgbm_models import read_lightgbm
from pairstream_training.merge import merge_forests, normalise
from pairstream_training.prediction import load_model
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest
from pairstream_training.xgboost_models import read_xgboost

FEATURES = 5
LIGHTGBM = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, "deterministic": True}
XGBOOST = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1}


def rows_of(count: int, seed: int, *, zeros: float = 0.2, missing: float = 0.15) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1])
    rows[generator.random(rows.shape) < zeros] = 0
    rows[generator.random(rows.shape) < missing] = np.nan
    return rows


def labels_of(rows: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=len(rows))
    signal = np.where(rows[:, 0] == 0, 2.0, np.nan_to_num(rows[:, 0], nan=-1.5)) + np.isnan(rows[:, 2])
    return np.asarray(signal + noise > 1).astype(np.uint8)


def merged_answers(forest: TrainedForest, rows: np.ndarray) -> np.ndarray:
    template = xgb.train(XGBOOST, xgb.DMatrix(rows[:100], labels_of(rows[:100], 0)), 1)
    merged = merge_forests([normalise(forest.trees, forest.margin)] * 2, ["f"] * FEATURES, template)
    return np.asarray(merged.inplace_predict(rows)[:, 0])


@pytest.mark.parametrize(
    ("missing", "parameters"),
    [
        (0.15, {}),
        (0.0, {}),
        (0.15, {"use_missing": False}),
        (0.15, {"zero_as_missing": True, "num_leaves": 8}),
        (0.0, {"zero_as_missing": True, "num_leaves": 8}),
        (0.15, {"boosting": "dart"}),
        (0.15, {"boosting": "goss"}),
        (0.15, {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}),
        (0.15, {"objective": "cross_entropy"}),
        (0.15, {"sigmoid": 0.7, "boost_from_average": False}),
    ],
)
def test_lightgbm_answers_as_lightgbm_does(missing: float, parameters: dict[str, object], tmp_path: Path) -> None:
    rows = rows_of(4_000, 1, missing=missing)
    booster = lgb.train({**LIGHTGBM, **parameters}, lgb.Dataset(rows, labels_of(rows, 2)), 12)
    booster.save_model(tmp_path / "model.txt")
    # Values at, and one float32 beside, each threshold; zeros and what LightGBM takes for one; missing ones.
    thresholds = np.array([node["threshold"] for node in splits_of(booster)], dtype=np.float64)
    clipped = np.clip(thresholds, -3e38, 3e38).astype(np.float32)
    up, down = np.nextafter(clipped, np.float32(np.inf)), np.nextafter(clipped, np.float32(-np.inf))
    special = [0, -0.0, 1e-35, -1e-35, 2e-35, -2e-35, np.nan, np.inf, np.finfo(np.float32).max, -3e38]
    edges = np.concatenate([clipped, up, down, np.array(special, np.float32)])
    probes = np.random.default_rng(3).choice(edges, size=(20_000, FEATURES))
    probes[::2] = rows_of(10_000, 4)
    expected = booster.predict(probes)
    assert np.ptp(expected) > 0.3
    np.testing.assert_allclose(merged_answers(read_lightgbm(tmp_path / "model.txt"), probes), expected, atol=1e-6)


def splits_of(booster: lgb.Booster) -> list[dict[str, float]]:
    found: list[dict[str, float]] = []

    def walk(node: dict[str, object]) -> None:
        if "threshold" in node:
            found.append(node)  # type: ignore[arg-type]
            walk(node["left_child"])  # type: ignore[arg-type]
            walk(node["right_child"])  # type: ignore[arg-type]

    for tree in booster.dump_model()["tree_info"]:
        walk(tree["tree_structure"])
    return found


def test_each_kind_of_missing_value_is_met(tmp_path: Path) -> None:
    kinds = set()
    for missing, parameters in ((0.15, {}), (0.0, {}), (0.0, {"zero_as_missing": True})):
        rows = rows_of(2_000, 1, missing=missing)
        booster = lgb.train({**LIGHTGBM, **parameters}, lgb.Dataset(rows, labels_of(rows, 2)), 8)
        kinds |= {str(node["missing_type"]) for node in splits_of(booster)}
    assert kinds == {"NaN", "None", "Zero"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"categorical_feature": [1]}, "a split on categories"),
        ({"objective": "regression"}, "objective regression, expected binary or cross_entropy"),
        ({"linear_tree": True}, "linear leaves"),
    ],
)
def test_what_lightgbm_has_and_this_has_not_is_refused(
    parameters: dict[str, object], message: str, tmp_path: Path
) -> None:
    rows = np.abs(rows_of(3_000, 1, missing=0))
    labels = (rows[:, 1] == 1).astype(np.float64) if "categorical_feature" in parameters else labels_of(rows, 2)
    parameters = {**LIGHTGBM, **parameters, "feature_pre_filter": False}
    categories = [1] if parameters.pop("categorical_feature", None) else []
    data = lgb.Dataset(rows, labels, params=parameters, categorical_feature=categories)
    lgb.train(parameters, data, 3).save_model(tmp_path / "model.txt")
    with pytest.raises(TrainingError, match=message):
        read_lightgbm(tmp_path / "model.txt")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half.txt").write_bytes(b"tree\nversion=v4\nnum_class")
    with pytest.raises(TrainingError, match=r"half\.txt: a LightGBM model cut off after 25 bytes"):
        read_lightgbm(tmp_path / "half.txt")
    with pytest.raises(TrainingError, match=r"none\.ubj: cannot be read"):
        read_forests([str(tmp_path / "none.ubj")])


def train_xgboost(rows: np.ndarray, seed: int, **parameters: object) -> xgb.Booster:
    return xgb.train({**XGBOOST, **parameters}, xgb.DMatrix(rows, labels_of(rows, seed)), 6)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_xgboost_of_four_outputs_is_four_forests(suffix: str, tmp_path: Path) -> None:
    rows = rows_of(3_000, 1)
    labels = np.stack([labels_of(rows, seed) if seed else 1 - labels_of(rows, 9) for seed in range(4)], axis=1)
    booster = xgb.train(XGBOOST, xgb.DMatrix(rows, labels), 6)
    booster.save_model(tmp_path / f"model.{suffix}")
    forests = read_forests([str(tmp_path / f"model.{suffix}")])
    expected = booster.inplace_predict(rows)
    assert len(forests) == 4
    for output, forest in enumerate(forests):
        np.testing.assert_allclose(merged_answers(forest, rows), expected[:, output], rtol=0, atol=1e-6)
        np.testing.assert_array_equal(forest.answer(rows), expected[:, output])
    assert np.abs(expected[:, 0] - expected[:, 1]).max() > 0.3


DART = {"booster": "dart", "rate_drop": 0.4, "seed": 3}


@pytest.mark.parametrize(
    "parameters",
    [DART, {**DART, "one_drop": 1, "normalize_type": "forest"}, {**DART, "num_parallel_tree": 3, "subsample": 0.6}],
)
@pytest.mark.parametrize(("rounds", "kept"), [("all", 20), ("7", 7)])
def test_dart_answers_with_the_weights_of_its_trees(
    parameters: dict[str, object], rounds: str, kept: int, tmp_path: Path
) -> None:
    rows = rows_of(3_000, 1)
    booster = xgb.train({**XGBOOST, **parameters}, xgb.DMatrix(rows, labels_of(rows, 2)), 20)
    booster.save_model(tmp_path / "model.ubj")
    weights = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["weight_drop"]
    assert len(set(weights)) > 1
    (forest,) = read_xgboost(tmp_path / "model.ubj", parse_rounds(rounds))
    assert len(forest.trees) == kept * len(weights) // 20
    expected = booster.inplace_predict(rows, iteration_range=(0, kept))
    np.testing.assert_allclose(forest.answer(rows), expected, rtol=0, atol=1e-7)
    np.testing.assert_allclose(merged_answers(forest, rows), expected, rtol=0, atol=1e-6)


def test_early_stopping_counts_up_to_the_best_iteration(tmp_path: Path) -> None:
    rows = rows_of(3_000, 1)
    others = xgb.DMatrix(rows_of(500, 5), labels_of(rows_of(500, 5), 6))
    matrix = xgb.DMatrix(rows, labels_of(rows, 2))
    parameters = {**XGBOOST, "max_depth": 6}
    booster = xgb.train(parameters, matrix, 60, evals=[(others, "others")], early_stopping_rounds=3, verbose_eval=False)
    booster.save_model(tmp_path / "model.ubj")
    count = booster.best_iteration + 1
    assert count < booster.num_boosted_rounds()
    (forest,) = read_xgboost(tmp_path / "model.ubj")
    assert len(forest.trees) == count
    expected = booster.predict(matrix, iteration_range=(0, count))
    np.testing.assert_allclose(merged_answers(forest, rows), expected, rtol=0, atol=1e-6)
    assert np.abs(booster.predict(matrix) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (lambda rows: train_xgboost(rows, 1, objective="reg:squarederror"), "objective reg:squarederror, expected"),
        (
            lambda rows: xgb.train(
                {**XGBOOST, "multi_strategy": "multi_output_tree"},
                xgb.DMatrix(rows, np.stack([labels_of(rows, 1)] * 4, axis=1)),
                2,
            ),
            "a vector in each leaf",
        ),
        (
            lambda rows: xgb.train(
                XGBOOST,
                xgb.DMatrix(np.abs(np.nan_to_num(rows)).round(), labels_of(rows, 1), feature_types=["c"] * FEATURES,
                            enable_categorical=True),
                2,
            ),
            "categorical splits",
        ),
    ],
)  # fmt: skip
def test_what_xgboost_has_and_this_has_not_is_refused(
    train: Callable[[np.ndarray], xgb.Booster], message: str, tmp_path: Path
) -> None:
    train(rows_of(2_000, 1)).save_model(tmp_path / "model.ubj")
    with pytest.raises(TrainingError, match=message):
        read_xgboost(tmp_path / "model.ubj")


def run_import(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pairstream_training", "import", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY / "training",
    )


@pytest.fixture(scope="module")
def table(feature_folder: Path, names: tuple[str, ...]) -> FeatureTable:
    return read_labelled(list_feature_files(feature_folder), names)


def test_models_of_both_libraries_and_other_features_become_one(
    feature_folder: Path, table: FeatureTable, tmp_path: Path
) -> None:
    """Four targets: two by LightGBM, two by XGBoost, each of its own features in its own order."""
    arguments: list[object] = []
    expected = np.empty((table.row_count, len(TARGETS)))
    for t, target in enumerate(TARGETS):
        picked = [30 + t, t, 60 - t]
        own_names = [table.names[f] for f in picked]
        rows = np.ascontiguousarray(table.features[:, picked])
        path = tmp_path / f"{target}.{'txt' if t % 2 else 'json'}"
        if t % 2:
            data = lgb.Dataset(rows, table.labels[:, t], feature_name=own_names)
            light = lgb.train(LIGHTGBM, data, 5)
            light.save_model(path)
            expected[:, t] = light.predict(rows)
        else:
            matrix = xgb.DMatrix(rows, table.labels[:, t], feature_names=own_names)
            booster = xgb.train(XGBOOST, matrix, 5)
            booster.save_model(path)
            expected[:, t] = booster.predict(matrix)
        arguments += ["--model", f"{target}={path}"]
    shutil.copy(VOCABULARY, tmp_path / "vocab.txt")
    (tmp_path / "languages.yaml").touch()
    (tmp_path / "statistics.snapshot").write_text(json.dumps({"vocabularySha256": sha256_of(VOCABULARY)}) + "\n")
    imported = run_import(
        *arguments, "--features", feature_folder / "features-00007.arrow", "--vocabulary", tmp_path / "vocab.txt",
        "--statistics", tmp_path / "statistics.snapshot", "--languages", tmp_path / "languages.yaml",
        "--out", tmp_path / "repository", "--pipeline-out", tmp_path / "pipelines/mine.yaml", "--name", "mine",
    )  # fmt: skip
    assert imported.returncode == 0, imported.stderr
    assert "trees are kept" not in imported.stderr
    assert "12 features, 4 outputs" in imported.stdout
    assert f"{tmp_path}/reply.json: XGBoost, 5 of 5 trees\n" in imported.stdout
    assert f"{tmp_path}/retweet.txt: LightGBM, 5 of 5 trees\n" in imported.stdout
    booster, names = load_model(tmp_path / "repository/mine/1/xgboost.ubj")
    columns = [table.names.index(name) for name in names]
    rows = np.ascontiguousarray(table.features[:, columns])
    np.testing.assert_allclose(booster.inplace_predict(rows), expected, rtol=0, atol=1e-6)
    written = {path.name for path in (tmp_path / "repository/mine/1").iterdir()}
    assert written == {"xgboost.ubj", "golden.json", "SHA256SUMS"}
    golden = json.loads((tmp_path / "repository/mine/1/golden.json").read_text())
    assert golden["model"] == "mine"
    pipeline = (tmp_path / "pipelines/mine.yaml").read_text()
    assert "model_repository: ../repository\n" in pipeline
    assert "vocabulary: ../vocab.txt\n" in pipeline
    assert "languages: ../languages.yaml\n" in pipeline
    assert [line.strip(" -") for line in pipeline.splitlines() if line.startswith("          - ")] == list(names)


def test_bags_of_one_target_are_told_apart(table: FeatureTable, tmp_path: Path) -> None:
    arguments = []
    for bag in range(2):
        for t, target in enumerate(TARGETS):
            booster = xgb.train({**XGBOOST, "max_depth": 2 + bag}, xgb.DMatrix(table.features, table.labels[:, t]), 2)
            booster.save_model(tmp_path / f"{bag}{target}.ubj")
            arguments.append(f"{target}={tmp_path}/{bag}{target}.ubj")
    depths = [max(tree.depth() for tree in forest.trees) for forest in read_forests(arguments)]
    assert depths == [2, 2, 2, 2, 3, 3, 3, 3]
    with pytest.raises(TrainingError, match="2 of reply, 2 of retweet, 2 of quote, 1 of like, expected the same"):
        read_forests(arguments[:-1])
    with pytest.raises(TrainingError, match=r"'love=x\.ubj', expected TARGET=FILE"):
        read_forests(["love=x.ubj"])


def test_what_does_not_fit_the_feature_file_is_refused(
    feature_folder: Path, table: FeatureTable, tmp_path: Path
) -> None:
    rows = rows_of(500, 1)
    train_xgboost(rows, 1).save_model(tmp_path / "unnamed.ubj")
    named = xgb.DMatrix(rows, labels_of(rows, 1), feature_names=["a_follows_b", "x", "y", "z", "w"])
    xgb.train(XGBOOST, named, 2).save_model(tmp_path / "named.ubj")
    common = [
        "--features", feature_folder / "features-00007.arrow", "--vocabulary", tmp_path / "unnamed.ubj",
        "--out", tmp_path / "repository", "--pipeline-out", tmp_path / "p.yaml", "--name", "mine",
    ]  # fmt: skip
    no_statistics = run_import(*common, "--model", tmp_path / "unnamed.ubj")
    assert no_statistics.returncode == 1
    assert "statistics.snapshot: no such file; name it with --statistics" in no_statistics.stderr
    common += ["--statistics", tmp_path / "unnamed.ubj"]
    one = run_import(*common, "--model", tmp_path / "unnamed.ubj")
    assert "unnamed.ubj: 1 outputs, expected a multiple of 4" in one.stderr
    for file, message in (
        ("unnamed", f"a model of 5 features without names, expected names or the {len(table.names)} features"),
        ("named", "no features x, y, z, w, which a model reads"),
    ):
        models = [part for target in TARGETS for part in ("--model", f"{target}={tmp_path / file}.ubj")]
        refused = run_import(*common, *models)
        assert refused.returncode == 1
        assert message in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "repository").exists()
    assert not (tmp_path / "p.yaml").exists()
