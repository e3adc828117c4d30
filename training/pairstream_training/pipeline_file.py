"""Reads the inputs of models from a pipeline file, and writes fitted blend weights into the file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pairstream_training.errors import TrainingError
from pairstream_training.files import replace_file
from pairstream_training.targets import probability_columns


@dataclass(frozen=True)
class ForestInput:
    """The columns that a forest reads."""

    features: tuple[str, ...]
    members: tuple[str, ...]
    """Earlier models. Their four probabilities each follow the features."""

    @property
    def member_columns(self) -> tuple[str, ...]:
        """Name the members' columns."""
        return tuple(name for member in self.members for name in probability_columns(member))

    @property
    def columns(self) -> tuple[str, ...]:
        """Name all columns, in order."""
        return (*self.features, *self.member_columns)


def read_forest_input(path: Path, model: str, model_input: str = "input__0") -> ForestInput:
    """Return the columns of a forest's input.

    Raises TrainingError if the file cannot be read or has no list of distinct names at this place.
    """
    features = read_feature_names(path, model, model_input)
    source = _read_field(path, f"models.{model}.inputs.{model_input}")
    members = source.get("members", [])
    if not isinstance(members, list) or not all(isinstance(name, str) for name in members):
        field = f"models.{model}.inputs.{model_input}.members"
        raise TrainingError(f"{path}: {field} is {members!r}, expected a list of models")
    return ForestInput(features, tuple(members))


def read_feature_names(path: Path, model: str, model_input: str = "input__0") -> tuple[str, ...]:
    """Return the feature names of one model input, in column order.

    Raises TrainingError if the file cannot be read or has no list of distinct names at this place.
    """
    field = f"models.{model}.inputs.{model_input}.features"
    node = _read_field(path, field)
    if not isinstance(node, list) or not node or not all(isinstance(name, str) for name in node):
        raise TrainingError(f"{path}: {field} is {node!r}, expected a list of feature names")
    repeated = sorted({name for name in node if node.count(name) > 1})
    if repeated:
        raise TrainingError(f"{path}: {field} names {', '.join(repeated)} more than once")
    return tuple(str(name) for name in node)


def write_blend(path: Path, weights: Mapping[str, Sequence[float]]) -> None:
    """Replace the blend weights (one per target and model) of a pipeline file. Every other line stays unchanged."""
    rows = [f"  {model}: [{', '.join(f'{value:.4f}' for value in values)}]\n" for model, values in weights.items()]
    replace_block(path, "blend", "".join(rows), "weights")


def replace_block(path: Path, name: str, content: str, what: str) -> None:
    """Replace a top-level block of a pipeline file. Every other line stays unchanged.

    Raises TrainingError if the file has no such block; `what` names the content.
    """
    text = path.read_text(encoding="utf-8")
    text = text if text.endswith("\n") else text + "\n"
    block = re.search(rf"^{name}:[^\n]*\n(?:(?:[ \t]+|-)[^\n]*\n|\n)*", text, re.MULTILINE)
    if block is None:
        raise TrainingError(f"{path}: no block `{name}:` to write the {what} into")
    replace_file(path, f"{text[: block.start()]}{name}:\n{content}{text[block.end() :]}".encode())


def read_pipeline(path: Path) -> dict[str, Any]:
    """Read a pipeline file. The gateway checks its contents."""
    document = _load(path)
    needed = {"models", "stages", "model_repository"}
    if not isinstance(document, dict) or not needed <= set(document) or not {"blend", "ladder"} & set(document):
        expected = "models, stages, blend or ladder, and model_repository"
        raise TrainingError(f"{path}: no pipeline file, expected {expected} in it")
    return document


def vocabulary_path(path: Path) -> Path:
    """Return the path of a pipeline's vocabulary; raises TrainingError if the pipeline names none."""
    vocabulary = _read_field(path, "vocabulary")
    if not isinstance(vocabulary, str):
        raise TrainingError(f"{path}: vocabulary is {vocabulary!r}, expected the path of a file")
    return path.parent / vocabulary


def read_priors(path: Path, document: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the prior mean of each target, for unseen keys, from the first line of the pipeline's statistics."""
    snapshot = path.parent / str(document["statistics"])
    try:
        with snapshot.open("rb") as file:
            return tuple(float(prior) for prior in json.loads(file.readline())["priors"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{snapshot}: cannot be read as a snapshot of statistics: {error}") from error


def _read_field(path: Path, field: str) -> Any:  # noqa: ANN401 - what is there is what the caller checks
    node: Any = _load(path)
    for key in field.split("."):
        if not isinstance(node, dict) or key not in node:
            raise TrainingError(f"{path}: {field} is missing (no {key!r})")
        node = node[key]
    return node


def _load(path: Path) -> Any:  # noqa: ANN401
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path}: cannot be read as a pipeline file: {error}") from error
