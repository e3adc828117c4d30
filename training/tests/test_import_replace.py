"""`import --target`: one column of a pipeline's answer is replaced, and the other three stay as they were."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import xgboost as xgb
import yaml
from click.testing import CliRunner, Result
from import_release import run_given
from made_features import VOCABULARY
from onnx_graphs import net, sklearn_classifier
from two_stages import OWN, World

from pairstream_training.blend import weighted_mean
from pairstream_training.cli import commands
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import sha256_of
from pairstream_training.feature_files import read_features, read_labelled
from pairstream_training.pipeline_models import PipelineModels
from pairstream_training.targets import TARGETS

FEATURES = OWN[:3]


@pytest.fixture(scope="module")
def day(world: World) -> Path:
    return world.features / "features-00008.arrow"


@pytest.fixture
def pipeline(world: World, tmp_path: Path) -> Path:
    """The world's pipeline with a ladder, statistics and a copy of its models."""
    shutil.copytree(world.models, tmp_path / "models")
    shutil.copy(VOCABULARY, tmp_path / "vocab.txt")
    statistics = {"vocabularySha256": sha256_of(VOCABULARY)}
    (tmp_path / "statistics.snapshot").write_text(json.dumps(statistics))
    document = yaml.safe_load(world.pipeline.read_text())
    document |= {"vocabulary": "vocab.txt", "statistics": "statistics.snapshot"}
    blend = document.pop("blend")
    document["ladder"] = [
        {"rung": "full", "weights": blend, "rce": 12.5},
        {"rung": "stage1", "weights": {"xgb1": 1}, "rce": 10.5},
    ]
    path = tmp_path / "old.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def answers(pipeline: Path, rung: int, day: Path) -> np.ndarray:
    models = PipelineModels(pipeline)
    return weighted_mean(models.predict(day), models.rungs[rung].weights)


def run(pipeline: Path, day: Path, *arguments: object) -> Result:
    root = pipeline.parent
    fixed = [
        "import", "--features", day, "--feature-names", root / "names.txt", "--out", root / "models",
        "--pipeline-out", root / "new/mine.yaml", "--name", "own", "--replace-in", pipeline,
    ]  # fmt: skip
    (root / "names.txt").write_text("\n".join(FEATURES))
    return CliRunner().invoke(commands, [str(argument) for argument in (*fixed, *arguments)])


def xgboost_file(path: Path, day: Path) -> Callable[[np.ndarray], np.ndarray]:
    table = read_labelled([day], FEATURES)
    data = xgb.DMatrix(table.features, table.labels[:, 3], feature_names=list(FEATURES))
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, data, 4)
    path.write_bytes(bytes(booster.save_raw("ubj")))
    return lambda rows: np.asarray(booster.predict(xgb.DMatrix(rows, feature_names=list(FEATURES))))


def onnx_file(path: Path, day: Path) -> Callable[[np.ndarray], np.ndarray]:
    model = net(len(FEATURES), 1)
    path.write_bytes(model.SerializeToString())
    return lambda rows: run_given(model, rows)[:, 0]


def zip_map_file(path: Path, day: Path) -> Callable[[np.ndarray], np.ndarray]:
    model = sklearn_classifier(len(FEATURES))
    path.write_bytes(model.SerializeToString())
    return lambda rows: run_given(model, rows)


def lightgbm_file(path: Path, day: Path) -> Callable[[np.ndarray], np.ndarray]:
    try:
        # Its wheel needs the system's libgomp, which a bare machine lacks.
        import lightgbm as lgb  # noqa: PLC0415
    except OSError as error:
        if os.environ.get("PAIRSTREAM_REQUIRE_ALL") == "1":
            raise
        pytest.skip(f"lightgbm cannot be loaded: {error}")
    table = read_labelled([day], FEATURES)
    data = lgb.Dataset(table.features, table.labels[:, 3], feature_name=list(FEATURES))
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 5}, data, 4)
    booster.save_model(path)
    return lambda rows: np.asarray(booster.predict(rows))


@pytest.mark.parametrize("make", [xgboost_file, lightgbm_file, onnx_file, zip_map_file])
@pytest.mark.parametrize(("target", "rung"), [("like", None), ("reply", None), ("quote", "stage1")])
def test_one_column_is_the_new_model_and_three_are_as_before(
    make: Callable[[Path, Path], Callable[[np.ndarray], np.ndarray]],
    target: str,
    rung: str | None,
    pipeline: Path,
    day: Path,
) -> None:
    model = make(pipeline.parent / "model.bin", day)
    options = [] if rung is None else ["--rung", rung]
    result = run(pipeline, day, "--target", target, "--model", pipeline.parent / "model.bin", *options)
    assert result.exit_code == 0, result.output
    assert f"{target} of rung {rung or 'full'} is by own" in result.output
    assert [line.split()[0] for line in result.output.splitlines() if "RCE" in line] == [target]
    changed = 0 if rung is None else 1
    new = pipeline.parent / "new/mine.yaml"
    before, after = answers(pipeline, changed, day), answers(new, changed, day)
    own = TARGETS.index(target)
    others = [t for t in range(4) if t != own]
    np.testing.assert_array_equal(after[:, others], before[:, others])
    np.testing.assert_allclose(after[:, own], model(read_features(day, FEATURES)), rtol=0, atol=1e-6)
    assert np.abs(after[:, own] - before[:, own]).max() > 0.01
    np.testing.assert_array_equal(answers(new, 1 - changed, day), answers(pipeline, 1 - changed, day))
    document = yaml.safe_load(new.read_text())
    assert [each.get("rce") for each in document["ladder"]] == ([None, 10.5] if changed == 0 else [12.5, None])
    assert document["stages"][0] == ["xgb1", "xgb2", "xgb3", "own"]
    assert (document["vocabulary"], document["model_repository"]) == ("../vocab.txt", "../models")


def test_all_columns_in_turn_leave_nothing_of_the_old_models(pipeline: Path, day: Path) -> None:
    model = onnx_file(pipeline.parent / "m.onnx", day)
    for target in TARGETS:
        result = run(
            pipeline, day, "--target", target, "--model", pipeline.parent / "m.onnx", "--name", f"own_{target}"
        )
        assert result.exit_code == 0, result.output
        document = yaml.safe_load((pipeline.parent / "new/mine.yaml").read_text())
        document |= {"vocabulary": "vocab.txt", "statistics": "statistics.snapshot", "model_repository": "models"}
        pipeline.write_text(yaml.safe_dump(document, sort_keys=False))
    assert list(document["ladder"][0]["weights"]) == [f"own_{target}" for target in TARGETS]
    expected = np.stack([model(read_features(day, FEATURES))] * 4, axis=1)
    np.testing.assert_allclose(answers(pipeline, 0, day), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "like", "--name", "xgb2"], "--name is 'xgb2', which is a model of"),
        (["--target", "like", "--rung", "best"], "--rung is 'best', expected one of full, stage1, the rungs of"),
        (["--target", "like", "--out", "elsewhere"], "--out is elsewhere, expected"),
        (["--target", "like", "--do-lower-case"], "--do-lower-case with --replace-in, expected none"),
        (["--target", "like", "--model", "m"], "--model: 2 models with --target like, expected one"),
        ([], "--target and --replace-in: one without the other"),
    ],
)
def test_what_cannot_replace_is_one_line(options: list[str], message: str, pipeline: Path, day: Path) -> None:
    onnx_file(pipeline.parent / "m.onnx", day)
    result = run(pipeline, day, "--model", pipeline.parent / "m.onnx", *options)
    assert isinstance(result.exception, TrainingError), result.exc_info
    assert str(result.exception).startswith(message)
    assert not (pipeline.parent / "new").exists()
    assert not (pipeline.parent / "models/own").exists()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("like=m.onnx", "with --target reply, expected a model of reply"),
        ("four.onnx", "four.onnx: 4 outputs, expected 1 of the model of one target"),
        ("four.ubj", "four.ubj: 4 outputs, expected 1 of the model of one target"),
    ],
)
def test_another_number_of_targets_is_refused(model: str, message: str, pipeline: Path, day: Path) -> None:
    root = pipeline.parent
    onnx.save(net(len(FEATURES), 4), root / "four.onnx")
    table = read_labelled([day], FEATURES)
    xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(table.features, table.labels), 1).save_model(
        root / "four.ubj"
    )
    given = model if "=" in model else str(root / model)
    assert message in str(run(pipeline, day, "--target", "reply", "--model", given).exception)


def test_a_pipeline_with_a_blend_keeps_it(pipeline: Path, day: Path) -> None:
    document = yaml.safe_load(pipeline.read_text())
    document["blend"] = document.pop("ladder")[0]["weights"]
    pipeline.write_text(yaml.safe_dump(document, sort_keys=False))
    onnx_file(pipeline.parent / "m.onnx", day)
    result = run(pipeline, day, "--target", "like", "--model", pipeline.parent / "m.onnx")
    assert result.exit_code == 0, result.output
    blend = yaml.safe_load((pipeline.parent / "new/mine.yaml").read_text())["blend"]
    assert blend == {"xgb4": [0.25, 0.25, 0.25, 0], "xgb5": [0.75, 0.75, 0.75, 0], "own": [0, 0, 0, 1]}
    golden = json.loads((pipeline.parent / "models/own/1/golden.json").read_text())
    assert {tuple(row[:3]) for row in golden["outputs"]["output__0"]} == {(0.5, 0.5, 0.5)}
