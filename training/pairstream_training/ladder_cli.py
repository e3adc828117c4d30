"""Command line `fit-ladder`: the weights of the rungs, and what each is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from pairstream_training.blend import fit_weights
from pairstream_training.cli_options import EXISTING_FILE, EXISTING_FOLDER, day_options, features_folder
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, day_of, files_of_days
from pairstream_training.feature_files import list_feature_files, read_features
from pairstream_training.ladder import Rung, may_be_missing, read_ladder, with_rates, write_ladder
from pairstream_training.member_files import Probabilities
from pairstream_training.pipeline_file import read_pipeline, read_priors, vocabulary_path
from pairstream_training.pipeline_models import PipelineModels, labels_of, weighted_mean
from pairstream_training.popularity_groups import GROUP_COLUMN, route_groups
from pairstream_training.progress import Progress
from pairstream_training.quality import mean_rce, measure
from pairstream_training.stacking import require_later


@dataclass(frozen=True)
class _Days:
    """What is known of the days that are fitted on."""

    paths: Sequence[Path]
    answers: Sequence[Mapping[str, Probabilities]]
    """By model, of every file."""
    labels: npt.NDArray[np.uint8]
    groups: npt.NDArray[np.intp]

    def score(self, answers: Sequence[Mapping[str, Probabilities]], rung: Rung) -> float:
        """Give the mean RCE of a rung for answers of every file."""
        probabilities = np.concatenate([weighted_mean(part, rung.weights) for part in answers])
        return mean_rce(probabilities, self.labels, self.groups)


@click.command(name="fit-ladder")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file, whose ladder is replaced.")
@click.option("--models", "repository", type=EXISTING_FOLDER, help="Model repository, if not the pipeline's own.")
@day_options
def fit_ladder_command(
    folder: Path, pipeline: Path, repository: Path | None, first_day: int | None, last_day: int | None
) -> None:
    """Fit the weights of every rung of several first-stage models, and measure each rung, on days after all training.

    The RCE of a rung is measured with none of its own models missing; that of a rung of second-stage models that bears
    missing members is the mean over every choice of as many.
    """
    document = read_pipeline(pipeline)
    if "ladder" not in document:
        raise TrainingError(f"{pipeline}: has no `ladder`, expected one; `fit-blend` fits a `blend`")
    models = PipelineModels(pipeline, repository)
    days = _read_days(folder, models, first_day, last_day)
    require_vocabulary(days.paths, vocabulary_path(pipeline))
    _show_models(days)
    first_stage = set(document["stages"][0])
    rungs = [_fitted(rung, first_stage, days) for rung in read_ladder(document)]
    base = np.broadcast_to(read_priors(pipeline, document), days.labels.shape).astype(np.float32)
    rates = {
        rung.name: _rate(rung, may_be_missing(rung, document), models, days)
        if rung.weights
        else mean_rce(base, days.labels, days.groups)
        for rung in rungs
    }
    write_ladder(pipeline, with_rates(rungs, rates))
    for rung in rungs:
        click.echo(f"{rung.name:12} RCE {rates[rung.name]:6.2f}, may miss {rung.may_miss}")


def _read_days(folder: Path, models: PipelineModels, first: int | None, last: int | None) -> _Days:
    there = [day_of(path) for path in list_feature_files(folder)]
    days = DayRange(there[0] if first is None else first, there[-1] if last is None else last)
    for model, trained in models.trained_days().items():
        if trained is not None:
            require_later(days, model, trained)
    paths = files_of_days(folder, days)
    groups = np.concatenate([read_features(path, (GROUP_COLUMN,))[:, 0] for path in paths])
    answers = []
    with Progress("models", len(paths), unit="days") as progress:
        for path in paths:
            answers.append(models.predict(path))
            progress.step()
    return _Days(paths, answers, labels_of(paths), route_groups(groups))


def _fitted(rung: Rung, first_stage: set[str], days: _Days) -> Rung:
    if len(rung.weights) < 2 or not set(rung.weights) <= first_stage:  # noqa: PLR2004 - one weight is all of it
        return rung
    answers = {name: np.concatenate([part[name] for part in days.answers]) for name in rung.weights}
    weights = fit_weights(answers, days.labels)
    return replace(rung, weights={name: tuple(values) for name, values in weights.items()})


def _rate(rung: Rung, choices: Sequence[tuple[str, ...]], models: PipelineModels, days: _Days) -> float:
    if not any(choices):
        return days.score(days.answers, rung)
    scores = []
    with Progress(rung.name, len(choices) * len(days.paths), unit="days without members") as progress:
        for missing in choices:
            parts = []
            for path, answers in zip(days.paths, days.answers, strict=True):
                parts.append(models.predict_without(path, answers, missing))
                progress.step()
            scores.append(days.score(parts, rung))
    return float(np.mean(scores))


def _show_models(days: _Days) -> None:
    for name in days.answers[0]:
        probabilities = np.concatenate([part[name] for part in days.answers])
        rce = [quality.rce for quality in measure(probabilities, days.labels)]
        shown = " ".join("-" if value is None else f"{value:6.2f}" for value in rce)
        click.echo(f"{name:12} RCE {shown}, mean by groups {mean_rce(probabilities, days.labels, days.groups):.2f}")
