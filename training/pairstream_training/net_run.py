"""One training of a net: reads rows, trains, writes, measures and reports. Needs PyTorch."""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, files_of_days
from pairstream_training.net_data import read_net_table
from pairstream_training.net_export import export_nets, predict_nets
from pairstream_training.net_family import FAMILIES
from pairstream_training.net_pipeline import check_net_inputs
from pairstream_training.net_training import NetParameters, load_word_vectors, train_nets
from pairstream_training.pipeline_file import vocabulary_path
from pairstream_training.progress import Progress
from pairstream_training.quality import as_rows, describe, measure
from pairstream_training.training_record import TrainingRecord


@dataclass(frozen=True)
class NetChoice:
    """Choices of the command line."""

    name: str
    size: str
    word_vectors: Path | None
    epochs: int
    batch_rows: int
    learning_rate: float
    threads: int
    seed: int


def run_training(
    folder: Path,
    pipeline: Path,
    vocabulary: Path,
    out: Path,
    train_days: DayRange,
    test_days: DayRange | None,
    choice: NetChoice,
    *,
    as_json: bool,
) -> str:
    """Train a net on some days, write it, measure it on later days, and return the report."""
    started = time.monotonic()
    family = FAMILIES[choice.name]
    check_net_inputs(pipeline, family.layout)
    word_count = len(vocabulary.read_text(encoding="utf-8").splitlines())
    parameters = _parameters(choice)
    word_vectors = None
    if choice.word_vectors is not None:
        word_vectors = load_word_vectors(choice.word_vectors, word_count)
        parameters = replace(parameters, widths=replace(parameters.widths, word=word_vectors.shape[1]))
    days = DayRange(train_days.first, (test_days or train_days).last)
    paths = files_of_days(folder, days)
    require_vocabulary(paths, vocabulary)
    require_vocabulary(paths, vocabulary_path(pipeline))
    table = read_net_table(paths, family.layout)
    split = int((table.day <= train_days.last).sum())
    train_rows, test_rows = table.take(slice(0, split)), table.take(slice(split, None))
    if train_rows.row_count == 0:
        raise TrainingError(f"{folder}: no rows of {train_days}")
    click.echo(f"{choice.name}: {split} rows of {train_days} to train on, {test_rows.row_count} to test on", err=True)
    steps = family.net_count * parameters.step_count(train_rows.row_count)
    with Progress(choice.name, steps, unit="steps") as progress:
        trained = train_nets(train_rows, family, word_count, parameters, word_vectors, progress.step)
    sample = test_rows if test_rows.row_count else train_rows
    export = export_nets(out, trained, sample, parameters.seed, TrainingRecord(train_days, split))
    qualities = measure(predict_nets(trained, test_rows), test_rows.labels) if test_rows.row_count else []
    keys = {name: len(vocabulary) for name, vocabulary in trained.vocabularies.items()}
    report = {
        "model": choice.name,
        "size": choice.size,
        "parameters": asdict(parameters),
        "training_days": asdict(train_days),
        "training_rows": split,
        "test_rows": test_rows.row_count,
        "keys": keys,
        "seconds": round(time.monotonic() - started, 1),
        "export": asdict(export),
        "test": as_rows(qualities),
    }
    lines = [
        f"{out}: {family.layout.tower} and {choice.name}, {export.bytes / 1e6:.1f} MB, keys: {keys}",
        f"tower against PyTorch: {export.tower_difference:.1e}, head: {export.head_difference:.1e}",
        *describe(qualities),
    ]
    return json.dumps(report) if as_json else "\n".join(lines)


def _parameters(choice: NetChoice) -> NetParameters:
    family = FAMILIES[choice.name]
    if choice.word_vectors is not None and not family.sizes[choice.size].gru:
        raise TrainingError(f"{choice.name} learns its word vectors, expected nn2 or nn3 for others")
    return NetParameters(
        widths=family.sizes[choice.size],
        epochs=choice.epochs,
        batch_rows=choice.batch_rows,
        learning_rate=choice.learning_rate,
        thread_count=choice.threads,
        seed=choice.seed,
    )
