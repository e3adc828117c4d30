"""Models of a pipeline file: what they read, and how they form the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class ModelInput:
    """An input tensor: features and then probabilities of members, or tokens, or indexes, or the vectors of a tower."""

    tensor: str
    features: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    tokens: int = 0
    indexes: tuple[tuple[str, str], ...] = ()
    """Key and index map of each column."""
    tower: str | None = None


@dataclass(frozen=True)
class Model:
    """A model of the repository."""

    name: str
    folder: Path
    inputs: tuple[ModelInput, ...]
    is_tower: bool
    """True if it runs once per tweet."""


@dataclass(frozen=True)
class Pipeline:
    """Contents of a pipeline file."""

    models: dict[str, Model]
    stages: tuple[tuple[str, ...], ...]
    weights: dict[str, tuple[float, ...]]
    """Weights of the best rung by model: reply, retweet, quote, like."""
    vocabulary: Path
    statistics: Path
    languages: dict[str, str]
    """Language id of the training data by tag."""

    def features(self, of_towers: bool) -> Iterator[str]:
        """Yield the feature names that towers, or other models, read."""
        for model in self.models.values():
            if model.is_tower is of_towers:
                for each in model.inputs:
                    yield from each.features


def read_pipeline(path: Path) -> Pipeline:
    """Read a pipeline file."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    home = path.parent
    repository = home / document["model_repository"]
    models = {
        name: Model(
            name,
            repository / name / model["version"],
            tuple(_input(tensor, source) for tensor, source in model["inputs"].items()),
            model["row_space"] == "tweet",
        )
        for name, model in document["models"].items()
    }
    return Pipeline(
        models,
        tuple(tuple(stage) for stage in document["stages"]),
        {name: _four(weight) for name, weight in document["ladder"][0]["weights"].items()},
        home / document["vocabulary"],
        home / document["statistics"],
        yaml.safe_load((home / document["languages"]).read_text(encoding="utf-8")),
    )


def _input(tensor: str, source: dict[str, Any]) -> ModelInput:
    return ModelInput(
        tensor,
        tuple(source.get("features", ())),
        tuple(source.get("members", ())),
        source.get("tokens", 0),
        tuple((index["key"], index["map"]) for index in source.get("indexes", ())),
        source.get("tower"),
    )


def _four(weight: float | list[float]) -> tuple[float, ...]:
    return tuple(weight) if isinstance(weight, list) else (float(weight),) * 4
