"""Command line `config`: rewrites the config.pbtxt of existing models."""

import json
from pathlib import Path

import click
import onnx
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.files import replace_file
from pairstream_training.model_folders import FOREST_FILE, NET_FILE, list_models, list_versions
from pairstream_training.onnx_served import IMPORTED_KEY
from pairstream_training.triton_config import TensorConfig, forest_config, net_config, onnx_config

_TYPES: dict[int, str] = {onnx.TensorProto.FLOAT: "TYPE_FP32", onnx.TensorProto.INT32: "TYPE_INT32"}


@click.command(name="config")
@click.option(
    "--models", "repository", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model repository.",
)  # fmt: skip
def config_command(repository: Path) -> None:
    """Rewrite the config.pbtxt of every model for this version of the package. The models themselves stay unchanged."""
    for model in list_models(repository):
        path = model / "config.pbtxt"
        text = config_of(model).encode()
        is_current = path.exists() and path.read_bytes() == text
        if not is_current:
            replace_file(path, text)
        click.echo(f"{path}: {'is current' if is_current else 'written'}")


def config_of(model: Path) -> str:
    """Return the text of config.pbtxt for the newest version of a model."""
    newest = list_versions(model)[-1]
    if (newest / FOREST_FILE).exists():
        booster = xgb.Booster(model_file=newest / FOREST_FILE)
        return forest_config(model.name, booster.num_features(), _output_count(booster))
    path = newest / NET_FILE
    if not path.exists():
        raise TrainingError(f"{newest}: neither {FOREST_FILE} nor {NET_FILE}")
    graph = path.read_bytes()
    model_proto = onnx.load_model_from_string(graph)
    inputs, outputs = (
        [_tensor_of(path, value) for value in side] for side in (model_proto.graph.input, model_proto.graph.output)
    )
    if any(entry.key == IMPORTED_KEY for entry in model_proto.metadata_props):
        return onnx_config(model.name, inputs, outputs)
    return net_config(model.name, inputs, outputs, graph)


def _output_count(booster: xgb.Booster) -> int:
    parameters = json.loads(booster.save_config())["learner"]["learner_model_param"]
    return max(1, int(parameters["num_target"]))


def _tensor_of(path: Path, value: onnx.ValueInfoProto) -> TensorConfig:
    tensor = value.type.tensor_type
    if tensor.elem_type not in _TYPES:
        raise TrainingError(f"{path}: {value.name} is of ONNX type {tensor.elem_type}, expected float32 or int32")
    dims = tensor.shape.dim
    if len(dims) != 2 or dims[1].dim_value < 1:  # noqa: PLR2004 - rows and values
        raise TrainingError(f"{path}: {value.name} has {len(dims)} dimensions, expected rows and a fixed width")
    return TensorConfig(value.name, _TYPES[tensor.elem_type], dims[1].dim_value)
