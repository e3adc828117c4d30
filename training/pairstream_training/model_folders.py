"""Finds the models of a Triton model repository."""

from pathlib import Path

from pairstream_training.errors import TrainingError

FOREST_FILE = "xgboost.ubj"
NET_FILE = "model.onnx"


def list_models(repository: Path) -> list[Path]:
    """Return the folders of models, in order of their names. Raises TrainingError if there is none."""
    folders = sorted(path for path in repository.iterdir() if path.is_dir() and not path.name.startswith("."))
    models = [folder for folder in folders if list_versions(folder)]
    if not models:
        raise TrainingError(f"{repository}: no models, expected <model>/<version>/{FOREST_FILE} or {NET_FILE}")
    return models


def list_versions(model: Path) -> list[Path]:
    """Return the version folders of a model, ascending."""
    versions = [path for path in model.iterdir() if path.is_dir() and path.name.isascii() and path.name.isdecimal()]
    return sorted(versions, key=lambda path: int(path.name))
