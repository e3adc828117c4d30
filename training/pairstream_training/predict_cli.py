"""Command line of predictions by the training libraries: `predict`, `predict-pipeline`."""

from pathlib import Path

import click

from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_files import read_features
from pairstream_training.pipeline_file import vocabulary_path
from pairstream_training.pipeline_models import PipelineModels, write_answers
from pairstream_training.prediction import load_model, predict, write_predictions


@click.command(name="predict")
@click.option("--features", required=True, type=EXISTING_FILE, help="One feature file.")
@click.option("--model", required=True, type=EXISTING_FILE, help="xgboost.ubj as `train` wrote it, of stage 1.")
@click.option("--out", required=True, type=ANY_PATH, help="Where to write, .csv or .arrow.")
def predict_command(features: Path, model: Path, out: Path) -> None:
    """Compute the four probabilities of each row of a feature file in XGBoost, in the order of the file."""
    booster, names = load_model(model)
    write_predictions(out, predict(booster, read_features(features, names)))


@click.command(name="predict-pipeline")
@click.option("--features", required=True, type=EXISTING_FILE, help="One feature file.")
@click.option("--pipeline", required=True, type=EXISTING_FILE)
@click.option("--out", required=True, type=ANY_PATH, help="Where to write, .arrow.")
def predict_pipeline_command(features: Path, pipeline: Path, out: Path) -> None:
    """Compute the answers of each model of a pipeline, and of the best rung, to a feature file without the gateway.

    The models run in XGBoost and ONNX Runtime. Tests compare these answers with the gateway's.
    """
    require_vocabulary([features], vocabulary_path(pipeline))
    models = PipelineModels(pipeline)
    answers = models.predict(features)
    write_answers(out, answers, models.blend(answers))
