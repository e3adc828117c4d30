"""Command line: `python -m pairstream_training --help`."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import xgboost as xgb

from pairstream_training.bagging import train_bags
from pairstream_training.blend import fit_weights
from pairstream_training.checkpoint_cli import checkpoint_command
from pairstream_training.config_cli import config_command
from pairstream_training.drift_cli import drift_command
from pairstream_training.errors import TrainingError
from pairstream_training.export import ExportReport, export_model
from pairstream_training.feature_files import FeatureTable, list_feature_files, read_features, read_labelled
from pairstream_training.import_cli import import_command
from pairstream_training.parameters import Parameters
from pairstream_training.pipeline_file import read_feature_names, write_blend
from pairstream_training.pipeline_models import PipelineModels, labels_of, write_members
from pairstream_training.prediction import load_model, predict, write_predictions
from pairstream_training.progress import Progress
from pairstream_training.quality import TargetQuality, as_rows, describe, measure
from pairstream_training.targets import OUTPUT_COUNT

_MODEL = "xgb1"
_VERSION = "1"
_SAMPLE_ROWS = 20_000

_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_ANY_PATH = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Train Pairstream's models from the feature files of `./pairstream replay`."""


commands.add_command(import_command)
commands.add_command(config_command)
commands.add_command(checkpoint_command)
commands.add_command(drift_command)


@commands.command(name="train")
@click.option("--features", "folder", required=True, type=_EXISTING_FOLDER, help="Folder of features-*.arrow.")
@click.option("--pipeline", required=True, type=_EXISTING_FILE, help="Pipeline file; names the features, in order.")
@click.option("--out", required=True, type=_ANY_PATH, help="Model repository to write xgb1 into.")
@click.option("--trees", default=80, show_default=True, type=click.IntRange(min=1), help="Trees per booster.")
@click.option("--max-leaves", default=64, show_default=True, type=click.IntRange(2, 256), help="Most leaves per tree.")
@click.option("--min-child-weight", default=100.0, show_default=True, help="Least sum of hessians in a leaf.")
@click.option("--bag-fraction", default=0.5, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option("--holdout-days", default=2, show_default=True, type=click.IntRange(min=0), help="Last days to test on.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def train_command(
    folder: Path,
    pipeline: Path,
    out: Path,
    trees: int,
    max_leaves: int,
    min_child_weight: float,
    bag_fraction: float,
    holdout_days: int,
    threads: int,
    seed: int,
    as_json: bool,
) -> None:
    """Train xgb1 (4 targets x 3 bags) and write it as one model in every form it is served from."""
    started = time.monotonic()
    names = read_feature_names(pipeline, _MODEL)
    table = read_labelled(list_feature_files(folder), names)
    train_rows, test_rows = split_days(table, holdout_days)
    click.echo(f"xgb1: {train_rows.row_count} rows to train on, {test_rows.row_count} to test on", err=True)
    parameters = Parameters(trees, max_leaves, min_child_weight, bag_fraction, threads, seed)
    with Progress("xgb1", trees * OUTPUT_COUNT) as progress:
        boosters = train_bags(train_rows, parameters, progress.step)
    sample = draw_sample(test_rows if test_rows.row_count else train_rows, seed)
    export = export_model(out, _MODEL, _VERSION, boosters, names, sample, seed)
    qualities = holdout_quality(export, test_rows)
    report = {
        "model": _MODEL,
        "xgboost": xgb.__version__,
        "parameters": asdict(parameters),
        "training_rows": train_rows.row_count,
        "test_rows": test_rows.row_count,
        "seconds": round(time.monotonic() - started, 1),
        "export": {**asdict(export), "folder": str(export.folder)},
        "test": as_rows(qualities),
    }
    click.echo(json.dumps(report) if as_json else _describe(export, qualities))


@commands.command(name="predict")
@click.option("--features", required=True, type=_EXISTING_FILE, help="One feature file.")
@click.option("--model", required=True, type=_EXISTING_FILE, help="xgboost.ubj as `train` wrote it.")
@click.option("--out", required=True, type=_ANY_PATH, help="Where to write, .csv or .arrow.")
def predict_command(features: Path, model: Path, out: Path) -> None:
    """Compute the four probabilities of each row of a feature file by XGBoost itself, in the file's order."""
    booster, names = load_model(model)
    write_predictions(out, predict(booster, read_features(features, names)))


@commands.command(name="train-nn1")
@click.option("--features", "folder", required=True, type=_EXISTING_FOLDER, help="Folder of features-*.arrow.")
@click.option("--pipeline", required=True, type=_EXISTING_FILE, help="Pipeline file; names what the net reads.")
@click.option("--vocabulary", required=True, type=_EXISTING_FILE, help="vocab.txt of the tokens.")
@click.option("--out", required=True, type=_ANY_PATH, help="Model repository to write nn1_tweet and nn1 into.")
@click.option("--epochs", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--batch-rows", default=2048, show_default=True, type=click.IntRange(min=2))
@click.option("--word-width", default=96, show_default=True, type=click.IntRange(min=1), help="Published: 192.")
@click.option("--min-user-rows", default=5, show_default=True, help="Users of fewer rows count as unknown.")
@click.option("--holdout-days", default=2, show_default=True, type=click.IntRange(min=0), help="Last days to test on.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def train_nn1_command(
    folder: Path,
    pipeline: Path,
    vocabulary: Path,
    out: Path,
    epochs: int,
    batch_rows: int,
    word_width: int,
    min_user_rows: int,
    holdout_days: int,
    threads: int,
    seed: int,
    as_json: bool,
) -> None:
    """Train nn1 (two nets) with PyTorch and write its tower and its head; needs requirements-nets.lock."""
    try:
        # PyTorch is large, and nothing else needs it.
        from pairstream_training.nets_cli import train_nn1  # noqa: PLC0415
        from pairstream_training.nn1_training import NetParameters  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "onnxscript"):
            raise
        raise TrainingError(f"no {error.name} here; install it with `scripts/training-env.sh nets`") from error
    parameters = NetParameters(
        epochs=epochs,
        batch_rows=batch_rows,
        word_width=word_width,
        min_user_rows=min_user_rows,
        thread_count=threads,
        seed=seed,
    )
    train_nn1(folder, pipeline, vocabulary, out, holdout_days, parameters, as_json)


@commands.command(name="fit-blend")
@click.option("--features", "folder", required=True, type=_EXISTING_FOLDER, help="Folder of features-*.arrow.")
@click.option("--pipeline", required=True, type=_EXISTING_FILE, help="Pipeline file, whose weights are replaced.")
@click.option("--models", "repository", type=_EXISTING_FOLDER, help="Model repository, if not the pipeline's own.")
@click.option("--days", default=2, show_default=True, type=click.IntRange(min=1), help="Last days to fit on.")
def fit_blend_command(folder: Path, pipeline: Path, repository: Path | None, days: int) -> None:
    """Fit the weights of the blend on the last days, which no model may have been trained on."""
    paths = list_feature_files(folder)[-days:]
    models = PipelineModels(pipeline, repository)
    parts = [models.predict(path) for path in paths]
    answers = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    labels = labels_of(paths)
    weights = fit_weights(answers, labels)
    write_blend(pipeline, weights)
    models.weights = {name: np.asarray(values) for name, values in weights.items()}
    for name, probabilities in [*answers.items(), ("blend", models.blend(answers))]:
        rce = [quality.rce for quality in measure(probabilities, labels)]
        shown = " ".join("-" if value is None else f"{value:6.2f}" for value in rce)
        weighed = "" if name == "blend" else f"  weights {' '.join(f'{value:.4f}' for value in weights[name])}"
        click.echo(f"{name:8} RCE {shown}{weighed}")


@commands.command(name="predict-pipeline")
@click.option("--features", required=True, type=_EXISTING_FILE, help="One feature file.")
@click.option("--pipeline", required=True, type=_EXISTING_FILE)
@click.option("--out", required=True, type=_ANY_PATH, help="Where to write, .arrow.")
def predict_pipeline_command(features: Path, pipeline: Path, out: Path) -> None:
    """Compute what each model of a pipeline, and their blend, answer to a feature file, without the gateway."""
    models = PipelineModels(pipeline)
    answers = models.predict(features)
    write_members(out, answers, models.blend(answers))


def split_days(table: FeatureTable, holdout_days: int) -> tuple[FeatureTable, FeatureTable]:
    """Split into all but the last days, and the last days; raises TrainingError when nothing is left to train on."""
    is_train = table.day <= int(table.day.max(initial=0)) - holdout_days
    if not is_train.any():
        days = len(np.unique(table.day))
        raise TrainingError(f"{table.row_count} rows of {days} days, expected more than {holdout_days} days")
    return _rows_where(table, is_train), _rows_where(table, ~is_train)


def draw_sample(table: FeatureTable, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Draw rows to check the exported forms on."""
    generator = np.random.default_rng([seed, 20])
    size = min(_SAMPLE_ROWS, table.row_count)
    return table.features[np.sort(generator.choice(table.row_count, size=size, replace=False))]


def holdout_quality(export: ExportReport, table: FeatureTable) -> list[TargetQuality]:
    """Measure the written model on the days that it was not trained on."""
    if table.row_count == 0:
        return []
    booster, _ = load_model(export.folder / _VERSION / "xgboost.ubj")
    return measure(predict(booster, table.features), table.labels)


def main() -> None:
    """Run the command line; an unusable input ends with one line on stderr and status 1."""
    try:
        commands(prog_name="python -m pairstream_training")
    except TrainingError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _rows_where(table: FeatureTable, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FeatureTable:
    if mask.all():
        return table
    # Days ascend, so the rows are one slice and nothing is copied; rows in another order are copied.
    rows = np.flatnonzero(mask)
    picked: slice | np.ndarray[tuple[int], np.dtype[np.int64]] = rows
    if len(rows) == 0 or rows[-1] - rows[0] + 1 == len(rows):
        picked = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0, 0)
    return FeatureTable(table.names, table.features[picked], table.labels[picked], table.day[picked])


def _describe(export: ExportReport, qualities: list[TargetQuality]) -> str:
    lines = [
        f"{export.folder}: {export.bytes / 1e6:.1f} MB, {export.node_count} nodes, mean depth {export.mean_depth:.1f}",
        f"merged against single boosters: {export.merge_difference:.1e}, "
        f"model.onnx against XGBoost: {export.onnx_difference:.1e}",
    ]
    return "\n".join([*lines, *describe(qualities)])
