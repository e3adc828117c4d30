"""Command line: `python -m forest_cases --help`."""

import sys
from pathlib import Path

import click

from forest_cases.write_case import write_case
from pairstream_training.errors import TrainingError


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write a folder per forest into.")
@click.option("--forests", default=60, show_default=True, type=click.IntRange(min=1), help="Number of forests.")
@click.option("--first", default=0, show_default=True, type=click.IntRange(min=0), help="Number of the first forest.")
@click.option("--rows", default=1_000, show_default=True, type=click.IntRange(min=1), help="Rows per forest.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
def command(out: Path, forests: int, first: int, rows: int, seed: int) -> None:
    """Train forests of random settings, import them, and write each with hostile rows and the libraries' answers."""
    redrawn = sum(write_case(out / f"{case:05d}", seed, case, rows) for case in range(first, first + forests))
    click.echo(f"{forests} forests of seed {seed}; {redrawn} more were drawn and refused, because a tree was too large")


if __name__ == "__main__":
    try:
        command(prog_name="python -m forest_cases")
    except TrainingError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
