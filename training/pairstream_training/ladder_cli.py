"""Command line `fit-ladder`: the weights of the rungs, and the score of each rung."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from pairstream_training.blend import fit_weights, weighted_mean
from pairstream_training.cli_options import EXISTING_FILE, day_options, features_folder, members_folder
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, day_of, files_of_days
from pairstream_training.feature_files import list_feature_files, read_features, read_labels
from pairstream_training.ladder import Rung, read_ladder, with_rates, write_ladder
from pairstream_training.member_files import LadderChoice, MemberAnswers, Probabilities
from pairstream_training.pipeline_file import read_pipeline, read_priors, vocabulary_path
from pairstream_training.popularity_groups import GROUP_COLUMN, route_groups
from pairstream_training.quality import mean_rce, measure
from pairstream_training.stacking import read_answers_of_days


@dataclass(frozen=True)
class _Days:
    """Labels and answers of the days of the fit."""

    files: Sequence[MemberAnswers]
    labels: npt.NDArray[np.uint8]
    groups: npt.NDArray[np.intp]

    def answers_of(self, model: str) -> Probabilities:
        """Return the answers of a model to all rows."""
        return np.concatenate([file.answers[model] for file in self.files])

    def score(self, probabilities: Probabilities) -> float:
        """Return the mean RCE of probabilities of all rows."""
        return mean_rce(probabilities, self.labels, self.groups)


@click.command(name="fit-ladder")
@features_folder
@members_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file, whose ladder is replaced.")
@day_options
def fit_ladder_command(
    folder: Path, members: Path, pipeline: Path, first_day: int | None, last_day: int | None
) -> None:
    """Fit the weights of every rung of several first-stage models, and measure each rung, on days after all training.

    `./pairstream members --ladder` writes the files of --members. The RCE of a rung is measured without missing models
    of the rung itself. If a rung of stage 2 may miss models, its RCE is the mean over all choices of missing models.
    """
    document = read_pipeline(pipeline)
    if "ladder" not in document:
        raise TrainingError(f"{pipeline}: has no `ladder`, expected one; `fit-blend` fits a `blend`")
    days = _read_days(folder, members, pipeline, first_day, last_day)
    _show_models(days)
    first_stage = set(document["stages"][0])
    rungs = [_fitted(rung, first_stage, days) for rung in read_ladder(document)]
    base = np.broadcast_to(read_priors(pipeline, document), days.labels.shape).astype(np.float32)
    rates = {rung.name: _rate(rung, members, days) if rung.weights else days.score(base) for rung in rungs}
    write_ladder(pipeline, with_rates(rungs, rates))
    for rung in rungs:
        click.echo(f"{rung.name:12} RCE {rates[rung.name]:6.2f}, may miss {rung.may_miss}")


def _read_days(folder: Path, members: Path, pipeline: Path, first: int | None, last: int | None) -> _Days:
    there = [day_of(path) for path in list_feature_files(folder)]
    days = DayRange(there[0] if first is None else first, there[-1] if last is None else last)
    paths = files_of_days(folder, days)
    require_vocabulary(paths, vocabulary_path(pipeline))
    files = read_answers_of_days(members, paths, days)
    groups = np.concatenate([read_features(path, (GROUP_COLUMN,))[:, 0] for path in paths])
    return _Days(files, read_labels(paths), route_groups(groups))


def _fitted(rung: Rung, first_stage: set[str], days: _Days) -> Rung:
    if len(rung.weights) < 2 or not set(rung.weights) <= first_stage:  # noqa: PLR2004 - one weight is all of it
        return rung
    weights = fit_weights({name: days.answers_of(name) for name in rung.weights}, days.labels)
    return replace(rung, weights={name: tuple(values) for name, values in weights.items()})


def _rate(rung: Rung, members: Path, days: _Days) -> float:
    by_file = [_choices_of(rung, members, file) for file in days.files]
    if not by_file[0]:
        return days.score(weighted_mean({name: days.answers_of(name) for name in rung.weights}, rung.weights))
    scores = [
        days.score(np.concatenate([choices[i].probabilities for choices in by_file])) for i in range(len(by_file[0]))
    ]
    return float(np.mean(scores))


def _choices_of(rung: Rung, members: Path, file: MemberAnswers) -> Sequence[LadderChoice]:
    """Return a rung's answers without models; raises TrainingError if the files lack them or have other weights."""
    if file.choices is None:
        raise TrainingError(
            f"{members}: has no answers of the ladder; write it again with `./pairstream members --ladder`"
        )
    choices = [choice for choice in file.choices if choice.rung == rung.name]
    for choice in choices:
        if choice.weights != dict(rung.weights):
            raise TrainingError(
                f"{members}: rung {rung.name} was scored with weights {dict(choice.weights)}, but the pipeline has "
                f"{dict(rung.weights)}; write it again with `./pairstream members --ladder`"
            )
    return choices


def _show_models(days: _Days) -> None:
    for name in days.files[0].answers:
        probabilities = days.answers_of(name)
        rce = [quality.rce for quality in measure(probabilities, days.labels)]
        shown = " ".join("-" if value is None else f"{value:6.2f}" for value in rce)
        click.echo(f"{name:12} RCE {shown}, mean by groups {days.score(probabilities):.2f}")
