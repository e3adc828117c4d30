"""Finds the file of a model."""

from pathlib import Path

from pairstream_backends.errors import ModelError
from pairstream_backends.model_config import ModelConfig


def named_file(config: ModelConfig, standard_name: str) -> Path:
    """Give the path of `default_model_filename`, or of the standard name where the configuration has none."""
    return config.folder / (config.model_filename or standard_name)


def require_file(path: Path, needed_for: str) -> Path:
    """Give the path back. Raises ModelError where there is no such file; `needed_for` says who asks for it."""
    if not path.is_file():
        raise ModelError(f"{short_name(path)} is missing, expected a file: {needed_for}")
    return path


def short_name(path: Path) -> str:
    """Give `<version>/<file>`, which means the same on every machine."""
    return f"{path.parent.name}/{path.name}"
