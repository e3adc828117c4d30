import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.fil import open_fil
from pairstream_backends.tensors import Array
from pairstream_backends.walked_forest import walk_forest
from pairstream_backends.xgboost_forest import XgboostForest
from tests.conftest import FIXTURES, MakeConfig, tensor

TYPES = {
    "binary": "xgboost_ubj",
    "regression": "xgboost_json",
    "classes": "xgboost_ubj",
    "targets": "treelite_checkpoint",
    "checkpoint": "treelite_checkpoint",
    "lightgbm": "lightgbm",
    "lightgbm_classes": "lightgbm",
}


def golden(name: str) -> tuple[Array, Array]:
    document = json.loads((FIXTURES / name / "1" / "golden.json").read_text())
    rows = np.array([[np.nan if v is None else v for v in row] for row in document["rows"]], dtype=np.float32)
    return rows, np.array(document["values"], dtype=np.float32)


def probabilities(model_type: str) -> dict[str, str]:
    return {"model_type": model_type, "is_classifier": "true", "predict_proba": "true", "threshold": "0.5"}


@pytest.mark.parametrize("name", TYPES)
def test_answers_what_the_library_that_made_the_model_answers(name: str, make_config: MakeConfig) -> None:
    rows, values = golden(name)
    width = values.shape[1]
    config = make_config(name, outputs=[tensor("output__0", width)], parameters=probabilities(TYPES[name]))
    answer = open_fil(config, print).run({"input__0": rows}, ["output__0"])["output__0"]
    assert answer.shape == ((len(rows),) if width == 1 else values.shape)
    assert answer.dtype == np.float32
    assert answer.flags.c_contiguous
    np.testing.assert_allclose(answer.reshape(values.shape), values, rtol=0, atol=1e-5)
    assert np.ptp(values) > 0.1


@pytest.mark.parametrize("has_checkpoint", [False, True])
def test_serves_the_source_of_a_checkpoint_and_says_so(
    make_config: MakeConfig, has_checkpoint: bool, tmp_path: Path
) -> None:
    lines: list[str] = []
    config = make_config("targets", outputs=[tensor("output__0", 2)], parameters=probabilities("treelite_checkpoint"))
    folder = tmp_path / "1"
    shutil.copytree(config.folder, folder)
    if has_checkpoint:
        (folder / "checkpoint.tl").write_bytes(b"derived")
    config = replace(config, folder=folder)
    open_fil(config, lines.append)
    assert len(lines) == 1
    assert re.fullmatch(
        r"serves 1/xgboost.ubj by XGBoost [\d.]+ and Numba [\d.]+ \(features: 5, outputs: 2, threads: \d+\); "
        r"the file that 1/checkpoint.tl is derived from is served: it answers faster on a CPU",
        lines[0],
    )


def test_reads_the_file_that_the_configuration_names(make_config: MakeConfig, tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "regression" / "1" / "xgboost.json", tmp_path / "other.json")
    parameters = {"model_type": "xgboost_json", "is_classifier": "false"}
    config = make_config("regression", parameters=parameters, default_model_filename="other.json")
    with pytest.raises(ModelError, match=r"^1/other.json is missing, expected a file: parameters.model_type is"):
        open_fil(config, print)


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("binary", {"parameters": {}}, "parameters.is_classifier is missing"),
        ("binary", {"parameters": probabilities("xgboost")}, 'parameters.model_type is "xgboost", expected one of'),
        ("binary", {"parameters": probabilities("lightgbm")}, "1/model.txt is missing, expected a file"),
        (
            "binary",
            {"inputs": [tensor("input__0", 4)]},
            r"input.dims is \[4\], expected \[5\]: the features of",
        ),
        ("binary", {"inputs": [tensor("x", 5)]}, "input is x TYPE_FP32, expected input__0 TYPE_FP32 alone"),
        (
            "binary",
            {"outputs": [tensor("output__0", 1), tensor("treeshap_output", 6)]},
            "output is output__0 TYPE_FP32, treeshap_output TYPE_FP32, expected output__0 TYPE_FP32 alone",
        ),
        ("binary", {"max_batch_size": 0}, "max_batch_size is 0, expected at least 1"),
        ("classes", {}, r"output.dims is \[1\], expected \[3\]: the model has 3 outputs"),
    ],
)
def test_refuses_a_configuration_that_does_not_fit(
    name: str, changes: dict[str, object], sentence: str, make_config: MakeConfig
) -> None:
    with pytest.raises(ModelError, match=f"^{sentence}"):
        open_fil(make_config(name, **{"parameters": probabilities("xgboost_ubj"), **changes}), print)


@pytest.mark.parametrize(
    ("model_type", "file_name", "reason"),
    [
        ("xgboost_ubj", "xgboost.ubj", r"cannot be read by XGBoost [\d.]+: [^\n]+$"),
        ("lightgbm", "model.txt", r"cannot be read as a LightGBM model by treelite [\d.]+: "),
        ("treelite_checkpoint", "checkpoint.tl", r"cannot be read as a treelite model by treelite [\d.]+: "),
    ],
)
def test_refuses_a_file_that_is_no_model(
    model_type: str, file_name: str, reason: str, make_config: MakeConfig, tmp_path: Path
) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / file_name).write_text("no model\n" * 10)
    config = make_config(str(tmp_path), parameters=probabilities(model_type))
    with pytest.raises(ModelError, match=f"^1/{file_name} {reason}"):
        open_fil(config, print)


@pytest.mark.parametrize("gamma", [3.0, 1e6])
def test_walks_trees_that_pruning_left_nodes_in(gamma: float, tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(500, 3)).astype(np.float32)
    rows[::7, 0] = np.nan
    data = xgb.DMatrix(rows, rows[:, 1] > 0.2 * rows[:, 2] + 0.1)
    settings = {"objective": "binary:logistic", "tree_method": "exact", "max_depth": 4, "gamma": gamma, "nthread": 1}
    booster = xgb.train(settings, data, 5)
    assert '"num_deleted":"0"' not in booster.save_raw("json").decode().replace(" ", "")
    path = tmp_path / "xgboost.ubj"
    booster.save_model(path)
    walked = walk_forest(XgboostForest(path, 1), path, 1)
    assert walked is not None
    np.testing.assert_allclose(walked.predict(rows)[:, 0], booster.inplace_predict(rows), rtol=0, atol=1e-6)


@pytest.mark.parametrize("thread_count", [1, 2])
def test_xgboost_runs_on_as_many_threads_as_it_is_told(thread_count: int) -> None:
    forest = XgboostForest(FIXTURES / "binary" / "1" / "xgboost.ubj", thread_count)
    config = json.loads(forest._booster.save_config())
    assert config["learner"]["generic_param"]["nthread"] == str(thread_count)


def test_refuses_rows_of_another_width(make_config: MakeConfig) -> None:
    config = make_config("binary", inputs=[tensor("input__0", -1)], parameters=probabilities("xgboost_ubj"))
    with pytest.raises(RequestError, match=r"^input__0 has shape \[2, 6\], expected \[rows, 5\]$"):
        open_fil(config, print).run({"input__0": np.zeros((2, 6), dtype=np.float32)}, ["output__0"])
