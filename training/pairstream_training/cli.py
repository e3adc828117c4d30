"""Command line: `python -m pairstream_training --help`."""

import sys

import click

from pairstream_training.blend_cli import fit_blend_command
from pairstream_training.checkpoint_cli import checkpoint_command
from pairstream_training.config_cli import config_command
from pairstream_training.drift_cli import drift_command
from pairstream_training.errors import TrainingError
from pairstream_training.import_cli import import_command
from pairstream_training.ladder_cli import fit_ladder_command
from pairstream_training.nets_cli import train_net_command
from pairstream_training.predict_cli import predict_command, predict_pipeline_command
from pairstream_training.summary_cli import summary_command
from pairstream_training.train_cli import train_command
from pairstream_training.widen_cli import widen_vocabulary_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Train Pairstream's models from the feature files of `./pairstream replay`."""


for command in (
    train_command,
    train_net_command,
    predict_command,
    predict_pipeline_command,
    fit_blend_command,
    fit_ladder_command,
    import_command,
    config_command,
    checkpoint_command,
    drift_command,
    summary_command,
    widen_vocabulary_command,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line. An invalid input ends it with one line on stderr and exit code 1."""
    try:
        commands(prog_name="python -m pairstream_training")
    except TrainingError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
