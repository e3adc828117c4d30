"""Command line: `python -m pairstream_training --help`."""

import sys
from pathlib import Path

import click

from pairstream_training.blend_cli import fit_blend_command
from pairstream_training.checkpoint_cli import checkpoint_command
from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE, day_options, features_folder
from pairstream_training.config_cli import config_command
from pairstream_training.drift_cli import drift_command
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import split_days
from pairstream_training.import_cli import import_command
from pairstream_training.ladder_cli import fit_ladder_command
from pairstream_training.predict_cli import predict_command, predict_members_command, predict_pipeline_command
from pairstream_training.train_cli import train_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Train Pairstream's models from the feature files of `./pairstream replay`."""


for command in (
    train_command,
    predict_command,
    predict_members_command,
    predict_pipeline_command,
    fit_blend_command,
    fit_ladder_command,
    import_command,
    config_command,
    checkpoint_command,
    drift_command,
):
    commands.add_command(command)


@commands.command(name="train-nn1")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file; names what the net reads.")
@click.option("--vocabulary", required=True, type=EXISTING_FILE, help="vocab.txt of the tokens.")
@click.option("--out", required=True, type=ANY_PATH, help="Model repository to write nn1_tweet and nn1 into.")
@click.option("--epochs", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--batch-rows", default=2048, show_default=True, type=click.IntRange(min=2))
@click.option("--word-width", default=96, show_default=True, type=click.IntRange(min=1), help="Published: 192.")
@click.option("--min-user-rows", default=5, show_default=True, help="Users of fewer rows count as unknown.")
@day_options
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
    first_day: int | None,
    last_day: int | None,
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
    train_days, test_days = split_days(folder, first_day, last_day, holdout_days)
    train_nn1(folder, pipeline, vocabulary, out, train_days, test_days, parameters, as_json)


def main() -> None:
    """Run the command line; an unusable input ends with one line on stderr and status 1."""
    try:
        commands(prog_name="python -m pairstream_training")
    except TrainingError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
