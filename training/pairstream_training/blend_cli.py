"""Command line `fit-blend`: fits the weights of the models in the answer."""

from pathlib import Path

import click
import numpy as np

from pairstream_training.blend import fit_weights, weighted_mean
from pairstream_training.cli_options import EXISTING_FILE, day_options, features_folder, members_folder
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, day_of, files_of_days
from pairstream_training.feature_files import list_feature_files, read_labels
from pairstream_training.ladder import read_ladder
from pairstream_training.pipeline_file import read_pipeline, vocabulary_path, write_blend
from pairstream_training.quality import measure
from pairstream_training.stacking import read_answers_of_days


@click.command(name="fit-blend")
@features_folder
@members_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file, whose weights are replaced.")
@click.option(
    "--days",
    "day_count",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="Last days to fit on, without --first-day.",
)
@day_options
def fit_blend_command(
    folder: Path,
    members: Path,
    pipeline: Path,
    day_count: int,
    first_day: int | None,
    last_day: int | None,
) -> None:
    """Fit the weights of the pipeline's blend, on days later than the training days of every model."""
    there = [day_of(path) for path in list_feature_files(folder)]
    first = there[-day_count:][0] if first_day is None else first_day
    days = DayRange(first, there[-1] if last_day is None else last_day)
    paths = files_of_days(folder, days)
    require_vocabulary(paths, vocabulary_path(pipeline))
    files = read_answers_of_days(members, paths, days)
    answers = {name: np.concatenate([file.answers[name] for file in files]) for name in files[0].answers}
    labels = read_labels(paths)
    weights = fit_weights({name: answers[name] for name in read_ladder(read_pipeline(pipeline))[0].weights}, labels)
    write_blend(pipeline, weights)
    for name, probabilities in [*answers.items(), ("blend", weighted_mean(answers, weights))]:
        rce = [quality.rce for quality in measure(probabilities, labels)]
        shown = " ".join("-" if value is None else f"{value:6.2f}" for value in rce)
        weighed = f"  weights {' '.join(f'{value:.4f}' for value in weights[name])}" if name in weights else ""
        click.echo(f"{name:8} RCE {shown}{weighed}")
