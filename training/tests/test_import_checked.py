"""What `import` writes of every format is a model repository in which `models check` finds no error."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import xgboost as xgb
from import_release import Release
from made_features import REPOSITORY
from onnx_graphs import DOUBLE, catboost_classifier, net, sklearn_classifier

from pairstream_training.feature_files import read_labelled
from pairstream_training.targets import TARGETS

COUNT = 6


def xgboost_models(release: Release) -> list[str]:
    table = read_labelled([release.features], release.names)
    data = xgb.DMatrix(table.features, table.labels, feature_names=list(release.names))
    path = release.root / "four.ubj"
    xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, data, 3).save_model(path)
    return ["--model", str(path)]


def lightgbm_models(release: Release) -> list[str]:
    try:
        # Its wheel needs the system's libgomp, which a bare machine lacks.
        import lightgbm as lgb  # noqa: PLC0415
    except OSError as error:
        if os.environ.get("PAIRSTREAM_REQUIRE_ALL") == "1":
            raise
        pytest.skip(f"lightgbm cannot be loaded: {error}")
    table = read_labelled([release.features], release.names)
    options = []
    for t, target in enumerate(TARGETS):
        data = lgb.Dataset(table.features, table.labels[:, t], feature_name=list(release.names))
        booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 4}, data, 3)
        booster.save_model(release.root / f"{target}.txt")
        options += ["--model", f"{target}={release.root}/{target}.txt"]
    return options


def one_onnx(model: onnx.ModelProto) -> Callable[[Release], list[str]]:
    def write(release: Release) -> list[str]:
        onnx.save(model, release.root / "four.onnx")
        return ["--model", str(release.root / "four.onnx")]

    return write


def onnx_per_target(model: onnx.ModelProto) -> Callable[[Release], list[str]]:
    def write(release: Release) -> list[str]:
        onnx.save(model, release.root / "one.onnx")
        return [part for target in TARGETS for part in ("--model", f"{target}={release.root}/one.onnx")]

    return write


def forest_among_graphs(release: Release) -> list[str]:
    options = onnx_per_target(net(COUNT, 1))(release)
    table = read_labelled([release.features], release.names)
    data = xgb.DMatrix(table.features, table.labels[:, 3], feature_names=list(release.names))
    xgb.train({"objective": "binary:logistic", "nthread": 1}, data, 3).save_model(release.root / "like.ubj")
    return [*options[:-1], f"like={release.root}/like.ubj"]


@pytest.mark.parametrize(
    ("make", "models", "forests"),
    [
        (xgboost_models, ["mine"], 1),
        (lightgbm_models, ["mine"], 1),
        (one_onnx(net(COUNT, 4)), ["mine"], 0),
        (one_onnx(net(COUNT, 8, kind=DOUBLE)), ["mine"], 0),
        (onnx_per_target(sklearn_classifier(COUNT)), [f"mine_{target}" for target in sorted(TARGETS)], 0),
        (onnx_per_target(catboost_classifier(COUNT)), [f"mine_{target}" for target in sorted(TARGETS)], 0),
        (forest_among_graphs, [f"mine_{target}" for target in sorted(TARGETS)], 1),
    ],
    ids=["XGBoost", "LightGBM", "PyTorch", "float64, two bags", "skl2onnx", "CatBoost", "XGBoost among ONNX"],
)
def test_a_repository_without_errors(
    make: Callable[[Release], list[str]], models: list[str], forests: int, release: Release
) -> None:
    result = release.run(*make(release))
    assert result.exit_code == 0, result.output
    repository = release.root / "repository"
    assert sorted(path.name for path in repository.iterdir()) == models
    for name in models:
        assert json.loads((repository / name / "1/golden.json").read_text())["model"] == name
        assert (repository / name / "config.pbtxt").read_text().startswith("# Written by")
    command = [REPOSITORY / "pairstream", "models", "check", repository, "--json"]
    checked = subprocess.run(
        [*map(str, command), "--pipeline", str(release.root / "mine.yaml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    findings = json.loads(checked.stdout)["findings"]
    # What FIL reads is derived by the command `checkpoint`.
    assert [finding["rule"] for finding in findings] == ["checkpoint-missing"] * forests


def test_the_repository_is_checked_at_all(release: Release) -> None:
    assert release.run(*one_onnx(net(COUNT, 4))(release)).exit_code == 0
    config = release.root / "repository/mine/config.pbtxt"
    config.write_text(config.read_text().replace("dims: [ 6 ]", "dims: [ 7 ]"))
    command = [str(REPOSITORY / "pairstream"), "models", "check", str(Path(release.root / "repository"))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "onnx-tensors" in checked.stdout
