"""Command line of predictions without the gateway: `predict`, `predict-members`, `predict-pipeline`."""

from pathlib import Path

import click

from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE, EXISTING_FOLDER, day_options, features_folder
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import day_of, files_of_days, split_days
from pairstream_training.feature_files import read_features
from pairstream_training.member_files import MemberPredictions, write_member_file
from pairstream_training.pipeline_file import vocabulary_path
from pairstream_training.pipeline_models import PipelineModels, write_answers
from pairstream_training.prediction import load_model, predict, write_predictions
from pairstream_training.progress import Progress


@click.command(name="predict")
@click.option("--features", required=True, type=EXISTING_FILE, help="One feature file.")
@click.option("--model", required=True, type=EXISTING_FILE, help="xgboost.ubj as `train` wrote it, of stage 1.")
@click.option("--out", required=True, type=ANY_PATH, help="Where to write, .csv or .arrow.")
def predict_command(features: Path, model: Path, out: Path) -> None:
    """Compute the four probabilities of each row of a feature file by XGBoost itself, in the file's order."""
    booster, names = load_model(model)
    write_predictions(out, predict(booster, read_features(features, names)))


@click.command(name="predict-members")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE)
@click.option("--models", "repository", type=EXISTING_FOLDER, help="Model repository, if not the pipeline's own.")
@click.option("--out", required=True, type=ANY_PATH, help="Folder to write members-*.arrow into.")
@day_options
def predict_members_command(
    folder: Path, pipeline: Path, repository: Path | None, out: Path, first_day: int | None, last_day: int | None
) -> None:
    """Compute what every model of stage 1 answers on some days, for models of stage 2 to be trained on.

    Each file says which days its models were trained on. One that comes from those days is of no use for training.
    """
    models = PipelineModels(pipeline, repository, stage_count=1)
    trained = models.trained_days()
    days, _ = split_days(folder, first_day, last_day, 0)
    paths = files_of_days(folder, days)
    with Progress("members", len(paths), unit="days") as progress:
        for path in paths:
            write_member_file(out, path, MemberPredictions(models.predict(path), trained))
            progress.step()
    for model, seen in trained.items():
        click.echo(f"{model}: trained on {'days that nothing tells' if seen is None else seen}")
    click.echo(f"{out}: {len(paths)} files, days {day_of(paths[0])} to {day_of(paths[-1])}")


@click.command(name="predict-pipeline")
@click.option("--features", required=True, type=EXISTING_FILE, help="One feature file.")
@click.option("--pipeline", required=True, type=EXISTING_FILE)
@click.option("--out", required=True, type=ANY_PATH, help="Where to write, .arrow.")
def predict_pipeline_command(features: Path, pipeline: Path, out: Path) -> None:
    """Compute what each model of a pipeline, stage by stage, and the blend answer to a feature file."""
    require_vocabulary([features], vocabulary_path(pipeline))
    models = PipelineModels(pipeline)
    answers = models.predict(features)
    write_answers(out, answers, models.blend(answers))
