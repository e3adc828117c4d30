"""Command line `summary`: the table at the end of `make train`."""

import json
from pathlib import Path
from typing import Any

import click

from pairstream_training.cli_options import EXISTING_FILE
from pairstream_training.errors import TrainingError
from pairstream_training.summary import summary_lines


@click.command(name="summary")
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="REPORT...")
@click.option("--evaluation", required=True, type=EXISTING_FILE, help="Output of `./pairstream evaluate --json`.")
def summary_command(reports: tuple[Path, ...], evaluation: Path) -> None:
    """Print a table of trainings from the output of `train --json` and `train-net --json`. Absent files are left out.

    The columns of the targets are RCE in percent.
    """
    trainings = [_read(path) for path in reports if path.exists()]
    try:
        lines = summary_lines(trainings, _read(evaluation))
    except (KeyError, TypeError) as error:
        raise TrainingError(
            f"{evaluation} or one of the reports: no {error} in it, expected what --json prints"
        ) from error
    click.echo("\n".join(lines))


def _read(path: Path) -> Any:  # noqa: ANN401 - the caller looks what is in it
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as JSON: {error}") from error
