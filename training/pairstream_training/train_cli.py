"""Command line `train`: trains a family of forests on feature files and writes a served model."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE, EXISTING_FOLDER, features_folder, training_options
from pairstream_training.errors import TrainingError
from pairstream_training.export import ExportReport, export_model
from pairstream_training.families import FAMILIES, Family
from pairstream_training.feature_contract import require_vocabulary
from pairstream_training.feature_days import DayRange, files_of_days, read_days, split_days
from pairstream_training.feature_files import FeatureTable
from pairstream_training.forest_training import count_trees, train_family
from pairstream_training.model_folders import FOREST_FILE
from pairstream_training.parameters import Parameters
from pairstream_training.pipeline_file import ForestInput, read_forest_input, vocabulary_path
from pairstream_training.prediction import load_model, predict
from pairstream_training.progress import Progress
from pairstream_training.quality import TargetQuality, as_rows, describe, measure
from pairstream_training.stacking import hide_members, read_stacked
from pairstream_training.training_record import TrainingRecord
from pairstream_training.tree_counts import TREE_COUNTS, TreeChoice

_VERSION = "1"
_SAMPLE_ROWS = 20_000


@click.command(name="train")
@features_folder
@click.option("--pipeline", required=True, type=EXISTING_FILE, help="Pipeline file; names the features, in order.")
@click.option("--out", required=True, type=ANY_PATH, help="Model repository to write the model into.")
@click.option("--family", "family_name", default="xgb1", show_default=True, type=click.Choice(list(FAMILIES)))
@click.option("--members", type=EXISTING_FOLDER, help="Of xgb4 and xgb5: folder of members-*.arrow.")
@click.option(
    "--trees",
    default="80",
    show_default=True,
    type=TREE_COUNTS,
    help="Trees per booster: a number, four of them (reply,retweet,quote,like), or `published`.",
)
@click.option(
    "--max-leaves",
    default=64,
    show_default=True,
    type=click.IntRange(2, 256),
    help="Maximum number of leaves per tree.",
)
@click.option("--min-child-weight", default=100.0, show_default=True, help="Minimum sum of hessians in a leaf.")
@click.option(
    "--bag-fraction",
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of the rows of a bag (default: as published).",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, 1, min_open=True),
    help="Of all targets (default: as published, for the published number of trees).",
)
@training_options
def train_command(
    folder: Path,
    pipeline: Path,
    out: Path,
    family_name: str,
    members: Path | None,
    first_day: int | None,
    last_day: int | None,
    holdout_days: int,
    trees: TreeChoice,
    max_leaves: int,
    min_child_weight: float,
    bag_fraction: float | None,
    learning_rate: float | None,
    threads: int,
    seed: int,
    as_json: bool,
) -> None:
    """Train a family of forests and write it as one model, ready to be served.

    A model of stage 2 (xgb4, xgb5) reads the files of `./pairstream members`. Its days must be later than the training
    days of every model that it reads.
    """
    started = time.monotonic()
    family = FAMILIES[family_name]
    columns = read_forest_input(pipeline, family.name)
    require_stage(family, columns, members)
    train_days, test_days = split_days(folder, first_day, last_day, holdout_days)
    used_days = DayRange(train_days.first, (test_days or train_days).last)
    require_vocabulary(files_of_days(folder, used_days), vocabulary_path(pipeline))
    train_rows, trained = read_rows(folder, members, train_days, columns)
    test_rows = read_rows(folder, members, test_days, columns)[0] if test_days else None
    click.echo(_begin(family, train_rows, train_days, test_rows, test_days), err=True)
    # The test rows have the answers of every member.
    hide_members(train_rows, columns, seed)
    parameters = Parameters(
        tree_counts=trees or family.full_trees,
        max_leaves=max_leaves,
        min_child_weight=min_child_weight,
        bag_fraction=bag_fraction or family.bag_fraction,
        learning_rates=family.learning_rates if learning_rate is None else (learning_rate,) * 4,
        thread_count=threads,
        seed=seed,
    )
    with Progress(family.name, count_trees(family, parameters)) as progress:
        outputs = train_family(train_rows, family, parameters, progress.step)
    sample = draw_sample(test_rows if test_rows is not None and test_rows.row_count else train_rows, seed)
    record = TrainingRecord(train_days, train_rows.row_count, trained)
    export = export_model(out, family.name, _VERSION, outputs, columns.columns, sample, seed, record)
    qualities = holdout_quality(export, test_rows)
    report = {
        "model": family.name,
        "xgboost": xgb.__version__,
        "parameters": asdict(parameters),
        "training_days": asdict(train_days),
        "training_rows": train_rows.row_count,
        "test_rows": 0 if test_rows is None else test_rows.row_count,
        "seconds": round(time.monotonic() - started, 1),
        "export": {**asdict(export), "folder": str(export.folder)},
        "test": as_rows(qualities),
    }
    click.echo(json.dumps(report) if as_json else _describe(export, qualities))


def require_stage(family: Family, columns: ForestInput, members: Path | None) -> None:
    """Raise TrainingError unless pipeline and options match the stage of the family."""
    if family.stage == 1 and (columns.members or members is not None):
        raise TrainingError(f"{family.name} is of stage 1 and reads no members, expected none of them")
    if family.stage == 2 and not columns.members:  # noqa: PLR2004 - the second of two
        raise TrainingError(f"{family.name} is of stage 2, expected `members` in its input in the pipeline")
    if family.stage == 2 and members is None:  # noqa: PLR2004
        raise TrainingError(f"{family.name} is of stage 2, expected --members with what `./pairstream members` wrote")


def read_rows(
    folder: Path, members: Path | None, days: DayRange, columns: ForestInput
) -> tuple[FeatureTable, Mapping[str, DayRange]]:
    """Read the rows of some days, and the members' training days (empty for a model of stage 1)."""
    if members is None:
        return read_days(folder, days, columns.features), {}
    return read_stacked(folder, members, days, columns)


def draw_sample(table: FeatureTable, seed: int) -> npt.NDArray[np.float32]:
    """Draw rows to check the exported forms on."""
    generator = np.random.default_rng([seed, 20])
    size = min(_SAMPLE_ROWS, table.row_count)
    return table.features[np.sort(generator.choice(table.row_count, size=size, replace=False))]


def holdout_quality(export: ExportReport, table: FeatureTable | None) -> list[TargetQuality]:
    """Measure the written model on days that it was not trained on."""
    if table is None or table.row_count == 0:
        return []
    booster, _ = load_model(export.folder / _VERSION / FOREST_FILE)
    return measure(predict(booster, table.features), table.labels)


def _begin(
    family: Family,
    train_rows: FeatureTable,
    train_days: DayRange,
    test_rows: FeatureTable | None,
    test_days: DayRange | None,
) -> str:
    tested = "none to test on" if test_rows is None else f"{test_rows.row_count} of {test_days} to test on"
    return f"{family.name}: {train_rows.row_count} rows of {train_days} to train on, {tested}"


def _describe(export: ExportReport, qualities: list[TargetQuality]) -> str:
    lines = [
        f"{export.folder}: {export.bytes / 1e6:.1f} MB, {export.node_count} nodes, mean depth {export.mean_depth:.1f}",
        f"{FOREST_FILE} against single boosters: {export.merge_difference:.1e}",
    ]
    return "\n".join([*lines, *describe(qualities)])
