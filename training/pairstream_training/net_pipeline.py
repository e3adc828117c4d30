"""Compares the inputs of a net in a pipeline file with the inputs that the net was built for."""

from pathlib import Path
from typing import Any

from pairstream_training.errors import TrainingError
from pairstream_training.net_layout import USER_MAP, NetLayout
from pairstream_training.pipeline_file import read_pipeline


def net_inputs(layout: NetLayout) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the inputs of tower and head by model and tensor, in the notation of a pipeline file."""
    tower: dict[str, dict[str, Any]] = {
        "tokens": {"tokens": layout.token_count},
        "features": {"features": list(layout.tower_features)},
    }
    if layout.tower_indexes:
        tower["indexes"] = {"indexes": [{"key": column.key, "map": column.map} for column in layout.tower_indexes]}
    head: dict[str, dict[str, Any]] = {
        "features": {"features": list(layout.head_features)},
        "user_index": {"indexes": [{"key": key, "map": USER_MAP} for key in layout.user_keys]},
        "tweet_vector": {"tower": layout.tower},
    }
    return {layout.tower: tower, layout.name: head}


def check_net_inputs(path: Path, layout: NetLayout) -> None:
    """Raise TrainingError unless a pipeline file has the inputs that the net was built for."""
    models = read_pipeline(path)["models"]
    for model, expected in net_inputs(layout).items():
        definition = models.get(model) if isinstance(models, dict) else None
        inputs = definition.get("inputs") if isinstance(definition, dict) else None
        if not isinstance(inputs, dict):
            raise TrainingError(f"{path}: models.{model}.inputs is missing")
        if set(inputs) != set(expected):
            raise TrainingError(f"{path}: {model} reads {sorted(inputs)}, expected {sorted(expected)}")
        for tensor, source in expected.items():
            if inputs[tensor] != source:
                field = f"models.{model}.inputs.{tensor}"
                raise TrainingError(f"{path}: {field}: {_difference(inputs[tensor], source)}")


def _difference(seen: Any, expected: dict[str, Any]) -> str:  # noqa: ANN401 - whatever the file holds
    [(kind, columns)] = expected.items()
    there = seen.get(kind) if isinstance(seen, dict) else None
    if isinstance(columns, list) and isinstance(there, list):
        for i, (one, other) in enumerate(zip(there, columns, strict=False)):
            if one != other:
                return f"column {i} is {one!r}, expected {other!r}"
        return f"{len(there)} columns, expected {len(columns)}"
    return f"{seen!r}, expected {kind}: {columns!r}"
