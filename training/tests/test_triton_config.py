import re
import shutil
from pathlib import Path

import onnx
import pytest
from click.testing import CliRunner
from made_features import REPOSITORY
from onnx import TensorProto, helper

from pairstream_training.config_cli import config_command, config_of
from pairstream_training.errors import TrainingError
from pairstream_training.triton_config import TensorConfig, forest_config, net_config

MODELS = REPOSITORY / "triton-models"
INPUTS = [TensorConfig("tokens", "TYPE_INT32", 48), TensorConfig("features", "TYPE_FP32", 26)]
OUTPUTS = [TensorConfig("tweet_vector", "TYPE_FP32", 832)]


def parameter(config: str, key: str) -> str:
    found = re.search(rf'key: "{key}", value: "([^"]*)"', config)
    assert found is not None, key
    return found[1]


@pytest.mark.parametrize("name", ["nn1", "nn1_tweet", "xgb1"])
def test_the_shipped_configuration_is_what_this_package_writes(name: str) -> None:
    assert (MODELS / name / "config.pbtxt").read_text() == config_of(MODELS / name)


def test_the_queue_has_a_bound_and_honours_timeouts() -> None:
    for config in (forest_config("f", 70, 12), net_config("n", INPUTS, OUTPUTS, b"")):
        for line in (
            "timeout_action: REJECT",
            "default_timeout_microseconds: 60000000",
            "allow_timeout_override: true",
            "max_queue_size: 256",
            "kind: KIND_AUTO, count: 2",
        ):
            assert config.count(line) == 1


def test_a_forest_is_a_checkpoint_that_answers_probabilities() -> None:
    config = forest_config("f", 70, 12)
    values = dict(re.findall(r'key: "(\w+)", value: { string_value: "([^"]*)" }', config))
    assert values == {
        "model_type": "treelite_checkpoint",
        "is_classifier": "true",
        "predict_proba": "true",
        "threshold": "0.5",
    }


def test_a_net_runs_by_tensorrt_in_full_precision_with_one_engine_for_all_batches() -> None:
    config = net_config("tower", INPUTS, OUTPUTS, b"graph")
    assert parameter(config, "precision_mode") == "FP32"
    assert parameter(config, "trt_engine_cache_enable") == "true"
    assert parameter(config, "trt_profile_min_shapes") == "tokens:1x48,features:1x26"
    assert parameter(config, "trt_profile_opt_shapes") == "tokens:1024x48,features:1024x26"
    assert parameter(config, "trt_profile_max_shapes") == "tokens:16384x48,features:16384x26"
    assert "max_batch_size: 16384" in config


def test_engines_of_other_weights_have_other_names() -> None:
    prefixes = [
        parameter(net_config(name, INPUTS, OUTPUTS, graph), "trt_engine_cache_prefix")
        for name, graph in (("a", b"one"), ("a", b"two"), ("b", b"one"))
    ]
    assert len(set(prefixes)) == 3
    assert all(prefix.startswith(name) for prefix, name in zip(prefixes, "aab", strict=True))


@pytest.mark.parametrize(
    ("config", "inputs"),
    [(forest_config("f", 70, 12), ["input__0"]), (net_config("n", INPUTS, OUTPUTS, b""), ["tokens", "features"])],
)
def test_every_model_is_warmed_up_with_zeros_for_every_input(config: str, inputs: list[str]) -> None:
    warmup = config[config.index("model_warmup") :]
    assert re.findall(r"batch_size: (\d+)", warmup) == ["1", "1024"]
    assert re.findall(r'inputs { key: "(\w+)"', warmup) == inputs * 2
    assert warmup.count("zero_data: true") == 2 * len(inputs)


def test_the_command_changes_configurations_alone(tmp_path: Path) -> None:
    shutil.copytree(MODELS, tmp_path / "models")
    (tmp_path / "models/nn1/config.pbtxt").write_text("old")
    (tmp_path / "models/xgb1/config.pbtxt").unlink()
    before = {path: path.read_bytes() for path in (tmp_path / "models").rglob("*/1/*")}
    result = CliRunner().invoke(config_command, ["--models", str(tmp_path / "models")])
    assert result.exit_code == 0, result.output
    told = dict(line.rsplit(": ", 1) for line in result.output.splitlines())
    written = [f"{tmp_path}/models/{name}/config.pbtxt" for name in ("nn1", "xgb1")]
    assert [path for path, state in told.items() if state == "written"] == written
    assert len(told) == len(list(MODELS.iterdir()))
    for name in ("nn1", "xgb1"):
        assert (tmp_path / f"models/{name}/config.pbtxt").read_bytes() == (MODELS / name / "config.pbtxt").read_bytes()
    assert {path: path.read_bytes() for path in (tmp_path / "models").rglob("*/1/*")} == before


def test_what_no_configuration_can_describe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m/1").mkdir(parents=True)
    with pytest.raises(TrainingError, match=r"neither xgboost\.ubj nor model\.onnx"):
        config_of(tmp_path / "m")
    for kind, shape, message in (
        (TensorProto.STRING, [None, 3], "x is of ONNX type 8, expected float32 or int32"),
        (TensorProto.FLOAT, [None, None], "x has 2 dimensions, expected rows and a fixed width"),
        (TensorProto.FLOAT, [3], "x has 1 dimensions"),
    ):
        x, y = (helper.make_tensor_value_info(name, kind, shape) for name in "xy")
        graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
        onnx.save(helper.make_model(graph), tmp_path / "m/1/model.onnx")
        with pytest.raises(TrainingError, match=message):
            config_of(tmp_path / "m")
