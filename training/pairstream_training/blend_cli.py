"""Command line `fit-blend`: how much each model weighs in the answer."""

from pathlib import Path

import click
import numpy as np

from pairstream_training.blend import fit_weights
from pairstream_training.cli_options import EXISTING_FILE, EXISTING_FOLDER, day_options, features_folder
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, day_of, files_of_days
from pairstream_training.feature_files import list_feature_files
from pairstream_training.pipeline_file import vocabulary_path, write_blend
from pairstream_training.pipeline_models import PipelineModels, labels_of
from pairstream_training.quality import measure
from pairstream_training.stacking import require_later


@click.command(name="fit-blend")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file, whose weights are replaced.")
@click.option("--models", "repository", type=EXISTING_FOLDER, help="Model repository, if not the pipeline's own.")
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
    pipeline: Path,
    repository: Path | None,
    day_count: int,
    first_day: int | None,
    last_day: int | None,
) -> None:
    """Fit the weights of the models in the pipeline's blend on days that come after those of every training."""
    there = [day_of(path) for path in list_feature_files(folder)]
    first = there[-day_count:][0] if first_day is None else first_day
    days = DayRange(first, there[-1] if last_day is None else last_day)
    paths = files_of_days(folder, days)
    require_vocabulary(paths, vocabulary_path(pipeline))
    models = PipelineModels(pipeline, repository)
    for model, trained in models.trained_days().items():
        if trained is not None:
            require_later(days, model, trained)
    parts = [models.predict(path) for path in paths]
    answers = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    labels = labels_of(paths)
    weights = fit_weights({name: answers[name] for name in models.weights}, labels)
    write_blend(pipeline, weights)
    models.weights = {name: np.asarray(values) for name, values in weights.items()}
    for name, probabilities in [*answers.items(), ("blend", models.blend(answers))]:
        rce = [quality.rce for quality in measure(probabilities, labels)]
        shown = " ".join("-" if value is None else f"{value:6.2f}" for value in rce)
        weighed = f"  weights {' '.join(f'{value:.4f}' for value in weights[name])}" if name in weights else ""
        click.echo(f"{name:8} RCE {shown}{weighed}")
