"""Options of several commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ANY_PATH = click.Path(path_type=Path)

_Command = TypeVar("_Command", bound=Callable[..., Any])

features_folder = click.option(
    "--features", "folder", required=True, type=EXISTING_FOLDER, help="Folder of features-*.arrow, one per day."
)

members_folder = click.option(
    "--members",
    required=True,
    type=EXISTING_FOLDER,
    help="Folder of members-*.arrow, as `./pairstream members` writes them.",
)

_DAY = click.IntRange(min=0)


def day_options(command: _Command) -> _Command:
    """Add `--first-day` and `--last-day`: a range of days by number, both included."""
    last = click.option("--last-day", type=_DAY, help="Last day, included (default: the last feature file).")
    first = click.option("--first-day", type=_DAY, help="First day, by the number in the names of the feature files.")
    return first(last(command))


def training_options(command: _Command) -> _Command:
    """Add the options of every training: the days to train and test on, `--threads`, `--seed` and `--json`."""
    options = (
        day_options,
        click.option(
            "--holdout-days",
            default=2,
            show_default=True,
            type=click.IntRange(min=0),
            help="Number of days to test on: the days after --last-day, or the last days.",
        ),
        click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1)),
        click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0)),
        click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object."),
    )
    # The help lists the options in the reverse order of their decorators.
    for option in reversed(options):
        command = option(command)
    return command
