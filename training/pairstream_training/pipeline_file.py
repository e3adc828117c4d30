"""Reads from a pipeline file which features a model takes, and in which order."""

from pathlib import Path
from typing import Any

import yaml

from pairstream_training.errors import TrainingError


def read_feature_names(path: Path, model: str, model_input: str = "input__0") -> tuple[str, ...]:
    """Give the feature names of one model input, in column order.

    Raises TrainingError when the file cannot be read or has no list of distinct names there.
    """
    field = f"models.{model}.inputs.{model_input}.features"
    try:
        node: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path}: cannot be read as a pipeline file: {error}") from error
    for key in field.split("."):
        if not isinstance(node, dict) or key not in node:
            raise TrainingError(f"{path}: {field} is missing (no {key!r}), expected a list of feature names")
        node = node[key]
    if not isinstance(node, list) or not node or not all(isinstance(name, str) for name in node):
        raise TrainingError(f"{path}: {field} is {node!r}, expected a list of feature names")
    repeated = sorted({name for name in node if node.count(name) > 1})
    if repeated:
        raise TrainingError(f"{path}: {field} names {', '.join(repeated)} more than once")
    return tuple(node)
