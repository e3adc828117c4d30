"""Member files as `./pairstream members` writes them, for pipelines of features that the gateway does not have."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from made_features import contract_metadata

from pairstream_training.blend import weighted_mean
from pairstream_training.feature_days import DayRange, day_of
from pairstream_training.feature_files import read_features, read_times
from pairstream_training.files import write_arrow
from pairstream_training.ladder import Rung
from pairstream_training.member_files import CHOICES_KEY, TRAINED_KEY
from pairstream_training.prediction import load_model, mean_of_bags
from pairstream_training.targets import probability_columns
from pairstream_training.training_record import days_json, trained_days

Answers = Mapping[str, np.ndarray]


def answer_all(document: Mapping[str, Any], models: Path, day: Path, stage_count: int) -> dict[str, np.ndarray]:
    """Give what the forests of the first stages answer to a feature file."""
    answers: dict[str, np.ndarray] = {}
    for model in (name for stage in document["stages"][:stage_count] for name in stage):
        answers[model] = _answer(document, models, day, model, answers)
    return answers


def answer_without(
    document: Mapping[str, Any], models: Path, day: Path, answers: Answers, missing: Collection[str]
) -> dict[str, np.ndarray]:
    """Give what forests answer when some are missing, whose answers are NaN."""
    partial = {name: np.full_like(values, np.nan) if name in missing else values for name, values in answers.items()}
    for model in answers:
        if set(document["models"][model]["inputs"]["input__0"].get("members", [])) & set(missing):
            partial[model] = _answer(document, models, day, model, partial)
    return partial


def write_members(
    folder: Path,
    day: Path,
    answers: Answers,
    trained: Mapping[str, DayRange | None],
    choices: Sequence[tuple[Rung, Sequence[str], np.ndarray]] | None = None,
) -> None:
    """Write `members-<day>.arrow` for a feature file; of the choices each is a rung, missing models and its answers."""
    columns: dict[str, np.ndarray] = {"as_of_s": read_times(day)}
    for source, values in [*answers.items(), *((f"choice{i}", each[2]) for i, each in enumerate(choices or []))]:
        columns.update(zip(probability_columns(source), values.astype(np.float32).T, strict=True))
    days = {model: None if seen is None else days_json(seen) for model, seen in trained.items()}
    metadata = {**contract_metadata(), TRAINED_KEY: json.dumps(days)}
    if choices is not None:
        metadata[CHOICES_KEY] = json.dumps(
            [
                {"source": f"choice{i}", "rung": rung.name, "weights": rung.weights, "missing": missing}
                for i, (rung, missing, _) in enumerate(choices)
            ]
        )
    folder.mkdir(exist_ok=True)
    write_arrow(folder / f"members-{day_of(day):05d}.arrow", pa.table(columns).replace_schema_metadata(metadata))


def write_answers_of_day(
    folder: Path,
    day: Path,
    document: Mapping[str, Any],
    models: Path,
    choices: Sequence[tuple[Rung, Sequence[str]]] | None = None,
    stage_count: int = 2,
) -> dict[str, np.ndarray]:
    """Write and give what the forests of a pipeline answer to a feature file."""
    answers = answer_all(document, models, day, stage_count)
    scored = None
    if choices is not None:
        scored = [
            (
                rung,
                missing,
                weighted_mean(answer_without(document, models, day, answers, missing), dict(rung.weights)),
            )
            for rung, missing in choices
        ]
    write_members(folder, day, answers, {model: trained_days(models / model / "1") for model in answers}, scored)
    return answers


def _answer(document: Mapping[str, Any], models: Path, day: Path, model: str, answers: Answers) -> np.ndarray:
    source = document["models"][model]["inputs"]["input__0"]
    members = [answers[member] for member in source.get("members", [])]
    columns = np.concatenate([read_features(day, tuple(source["features"])), *members], axis=1)
    return mean_of_bags(load_model(models / model / "1/xgboost.ubj")[0].inplace_predict(columns))
