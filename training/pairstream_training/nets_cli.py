"""Command line of the nets: `train-nn1`. Imported only when it is called, since it needs PyTorch."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click

from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange, files_of_days
from pairstream_training.files import replace_file
from pairstream_training.nn1_data import read_net_table
from pairstream_training.nn1_export import HEAD, TOWER, VERSION, export_nets, predict_nets
from pairstream_training.nn1_training import NET_COUNT, NetParameters, train_nets
from pairstream_training.pipeline_file import read_nn1_inputs
from pairstream_training.progress import Progress
from pairstream_training.quality import as_rows, describe, measure
from pairstream_training.training_record import RECORD_FILE, TrainingRecord, record_json


def train_nn1(
    folder: Path,
    pipeline: Path,
    vocabulary: Path,
    out: Path,
    train_days: DayRange,
    test_days: DayRange | None,
    parameters: NetParameters,
    as_json: bool,
) -> None:
    """Train nn1 on some days, write it, and measure it on those after them."""
    started = time.monotonic()
    inputs = read_nn1_inputs(pipeline)
    word_count = len(vocabulary.read_text(encoding="utf-8").splitlines())
    days = DayRange(train_days.first, (test_days or train_days).last)
    table = read_net_table(files_of_days(folder, days), inputs)
    split = int((table.day <= train_days.last).sum())
    train_rows, test_rows = table.take(slice(0, split)), table.take(slice(split, None))
    if train_rows.row_count == 0:
        raise TrainingError(f"{folder}: no rows of {train_days}")
    click.echo(f"nn1: {train_rows.row_count} rows to train on, {test_rows.row_count} to test on", err=True)
    steps = NET_COUNT * parameters.step_count(train_rows.row_count)
    with Progress("nn1", steps, unit="steps") as progress:
        trained = train_nets(train_rows, inputs, word_count, parameters, progress.step)
    sample = test_rows if test_rows.row_count else train_rows
    export = export_nets(out, trained, inputs, sample, parameters.seed)
    for name in (TOWER, HEAD):
        replace_file(out / name / VERSION / RECORD_FILE, record_json(TrainingRecord(train_days, split)))
    qualities = measure(predict_nets(trained, test_rows), test_rows.labels) if test_rows.row_count else []
    report = {
        "model": "nn1",
        "parameters": asdict(parameters),
        "training_rows": train_rows.row_count,
        "test_rows": test_rows.row_count,
        "users": len(trained.users),
        "seconds": round(time.monotonic() - started, 1),
        "export": asdict(export),
        "test": as_rows(qualities),
    }
    lines = [
        f"{out}: nn1_tweet and nn1, {export.bytes / 1e6:.1f} MB, {len(trained.users)} users",
        f"tower against PyTorch: {export.tower_difference:.1e}, head: {export.head_difference:.1e}",
        *describe(qualities),
    ]
    click.echo(json.dumps(report) if as_json else "\n".join(lines))
