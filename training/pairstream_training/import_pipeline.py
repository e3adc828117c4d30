"""Writes the pipeline file of imported models: a new one, or one that replaces a target of another."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pairstream_training.errors import TrainingError
from pairstream_training.files import replace_file
from pairstream_training.imported_model import VERSION, ImportedModel
from pairstream_training.ladder import Weights, read_ladder
from pairstream_training.pipeline_file import read_pipeline
from pairstream_training.targets import TARGETS
from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME

_HEAD = "# Written by `python -m pairstream_training import`. Paths are relative to this file.\n"
_PATHS = ("vocabulary", "statistics", "languages", "model_repository")


@dataclass(frozen=True)
class ReleaseFiles:
    """Files and settings of a pipeline besides its models."""

    vocabulary: Path
    statistics: Path
    languages: Path | None
    do_lower_case: bool


def write_pipeline(
    path: Path, name: str, models: Sequence[ImportedModel], release: ReleaseFiles, repository: Path
) -> None:
    """Write the pipeline file of models that answer all four targets, one model or one for each."""
    document: dict[str, Any] = {"version": 1, "name": name, "vocabulary": _relative(release.vocabulary, path)}
    if release.do_lower_case:
        document["do_lower_case"] = True
    document["statistics"] = _relative(release.statistics, path)
    if release.languages is not None:
        document["languages"] = _relative(release.languages, path)
    document["model_repository"] = _relative(repository, path)
    document["models"] = {model.name: _definition(model) for model in models}
    document["stages"] = [[model.name for model in models]]
    document["blend"] = {
        model.name: 1.0 if model.target is None else [float(each == model.target) for each in TARGETS]
        for model in models
    }
    _write(path, document)


def check_replaceable(pipeline: Path, name: str, rung: str | None, repository: Path) -> dict[str, Any]:
    """Read the pipeline that a model is to be added to.

    Raises TrainingError if it has a model of that name or no such rung, or if its model repository is another one.
    """
    document = read_pipeline(pipeline)
    if name in document["models"]:
        raise TrainingError(f"--name is {name!r}, which is a model of {pipeline}, expected another name")
    own = pipeline.parent / str(document["model_repository"])
    if own.resolve() != repository.resolve():
        raise TrainingError(f"--out is {repository}, expected {own}, the model repository of {pipeline}")
    _rung_of(pipeline, document, rung)
    return document


def replace_target(path: Path, pipeline: Path, document: dict[str, Any], model: ImportedModel, rung: str | None) -> str:
    """Write a copy of `pipeline` in which a model predicts its one target.

    The target is replaced in the rung `rung`, by default the best one. Returns the name of the rung.
    """
    at, name = _rung_of(pipeline, document, rung)
    weights = read_ladder(document)[at].weights
    document["models"][model.name] = _definition(model)
    document["stages"][0] = [*document["stages"][0], model.name]
    replaced = _replaced(weights, model)
    if "ladder" in document:
        document["ladder"][at]["weights"] = replaced
        # The RCE was measured with the model that is replaced.
        document["ladder"][at].pop("rce", None)
    else:
        document["blend"] = replaced
    for key in _PATHS:
        if key in document:
            document[key] = _relative(pipeline.parent / str(document[key]), path)
    _write(path, document)
    return name


def _replaced(weights: Weights, model: ImportedModel) -> dict[str, list[float]]:
    own = [float(each == model.target) for each in TARGETS]
    others = {
        name: [0.0 if each == model.target else value for each, value in zip(TARGETS, values, strict=True)]
        for name, values in weights.items()
    }
    # A model without a target would cost time, and its failure would make the rung fail.
    return {**{name: values for name, values in others.items() if any(values)}, model.name: own}


def _rung_of(pipeline: Path, document: dict[str, Any], rung: str | None) -> tuple[int, str]:
    rungs = read_ladder(document)
    names = [each.name for each in rungs if each.weights]
    if not names:
        raise TrainingError(f"{pipeline}: no rung of models, expected one to replace a target in")
    chosen = names[0] if rung is None else rung
    if chosen not in names:
        raise TrainingError(f"--rung is {rung!r}, expected one of {', '.join(names)}, the rungs of {pipeline}")
    return next(at for at, each in enumerate(rungs) if each.name == chosen), chosen


def _definition(model: ImportedModel) -> dict[str, Any]:
    return {
        "version": VERSION,
        "row_space": "pair",
        "inputs": {INPUT_NAME: {"features": list(model.features)}},
        "outputs": {OUTPUT_NAME: {"width": model.width, "combine": "mean_of_bags"}},
    }


def _relative(target: Path, path: Path) -> str:
    return Path(os.path.relpath(target.resolve(), path.parent.resolve())).as_posix()


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Indents lists below their key, and writes no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent every list below its key."""
        del indentless
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        """Write no anchors."""
        del data
        return True


def _write(path: Path, document: dict[str, Any]) -> None:
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (_HEAD + text).encode())
