"""The degrade ladder of a pipeline file: its rungs, best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pairstream_training.pipeline_file import replace_block
from pairstream_training.targets import TARGETS

BASE_RATES = "base_rates"

Weights = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Rung:
    """One rung."""

    name: str
    weights: Weights
    """Weights per target by model; empty for base rates."""
    may_miss: int
    """Maximum number of missing models, among the weighted models and the models that they read."""
    rce: float | None
    """Measured mean RCE; None if it was not measured."""


def read_ladder(document: Mapping[str, Any]) -> list[Rung]:
    """Return the unchecked rungs of a pipeline; `blend` is one rung. The gateway checks the contents."""
    if "ladder" not in document:
        return [Rung("full", _weights(document["blend"]), 0, None)]
    return [
        Rung(rung["rung"], _weights(rung.get("weights", {})), int(rung.get("may_miss", 0)), rung.get("rce"))
        for rung in document["ladder"]
    ]


def with_rates(rungs: Sequence[Rung], rates: Mapping[str, float]) -> list[Rung]:
    """Return the rungs with the given RCE by name."""
    return [replace(rung, rce=rates.get(rung.name, rung.rce)) for rung in rungs]


def write_ladder(path: Path, rungs: Sequence[Rung]) -> None:
    """Replace the block `ladder:` of a pipeline file; raises TrainingError if the block is missing."""
    replace_block(path, "ladder", "".join(_rung_yaml(rung) for rung in rungs), "rungs")


def _rung_yaml(rung: Rung) -> str:
    lines = [f"  - rung: {rung.name}\n"]
    if rung.weights:
        lines.append("    weights:\n")
        lines.extend(f"      {model}: {_numbers(values)}\n" for model, values in rung.weights.items())
    else:
        lines.append(f"    {BASE_RATES}: true\n")
    if rung.may_miss:
        lines.append(f"    may_miss: {rung.may_miss}\n")
    if rung.rce is not None:
        lines.append(f"    rce: {rung.rce:.2f}\n")
    return "".join(lines)


def _numbers(values: Sequence[float]) -> str:
    if len(set(values)) == 1:
        return f"{values[0]:g}"
    return f"[{', '.join(f'{value:.4f}' for value in values)}]"


def _weights(weights: Mapping[str, float | Sequence[float]]) -> Weights:
    return {
        model: (float(own),) * len(TARGETS) if isinstance(own, int | float) else tuple(float(value) for value in own)
        for model, own in weights.items()
    }
