"""Command line `train-net`: trains a net on feature files and writes its two served models."""

from pathlib import Path

import click

from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE, features_folder, training_options
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import split_days


@click.command(name="train-net")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file; names what the net reads.")
@click.option("--vocabulary", required=True, type=EXISTING_FILE, help="vocab.txt of the tokens.")
@click.option("--out", required=True, type=ANY_PATH, help="Model repository to write tower and head into.")
@click.option("--net", "name", required=True, type=click.Choice(["nn1", "nn2", "nn3"]))
@click.option("--size", default="small", show_default=True, type=click.Choice(["small", "published"]))
@click.option(
    "--word-vectors",
    type=EXISTING_FILE,
    help="Of nn2 and nn3: .npy of float32 [words, width] to take instead of training word vectors.",
)
@click.option("--epochs", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--batch-rows", default=4096, show_default=True, type=click.IntRange(min=2))
@click.option("--learning-rate", default=0.002, show_default=True, type=click.FloatRange(0, min_open=True))
@training_options
def train_net_command(
    folder: Path,
    pipeline: Path,
    vocabulary: Path,
    out: Path,
    name: str,
    size: str,
    word_vectors: Path | None,
    epochs: int,
    batch_rows: int,
    learning_rate: float,
    first_day: int | None,
    last_day: int | None,
    holdout_days: int,
    threads: int,
    seed: int,
    as_json: bool,
) -> None:
    """Train a net with PyTorch and write its tower and its head; needs requirements-nets.lock."""
    try:
        # Imported here because PyTorch is large and only this command needs it.
        from pairstream_training.net_run import NetChoice, run_training  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "onnxscript"):
            raise
        raise TrainingError(f"no {error.name} here; install it with `scripts/training-env.sh nets`") from error
    train_days, test_days = split_days(folder, first_day, last_day, holdout_days)
    choice = NetChoice(
        name=name,
        size=size,
        word_vectors=word_vectors,
        epochs=epochs,
        batch_rows=batch_rows,
        learning_rate=learning_rate,
        threads=threads,
        seed=seed,
    )
    click.echo(run_training(folder, pipeline, vocabulary, out, train_days, test_days, choice, as_json=as_json))
