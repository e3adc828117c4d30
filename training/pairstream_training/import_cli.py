"""Command line `import`: a model that was trained elsewhere becomes a release without code."""

import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.export import MERGE_TOLERANCE, export_merged
from pairstream_training.feature_files import FeatureTable, open_arrow, read_labelled
from pairstream_training.import_check import missing_zero_warnings, require_same_answers
from pairstream_training.import_models import read_forests
from pairstream_training.kept_rounds import BEST, parse_rounds
from pairstream_training.merge import merge_forests, normalise
from pairstream_training.model_formats import XGBOOST
from pairstream_training.quality import describe, measure
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest, with_features
from pairstream_training.vocabulary_check import check_vocabulary

_VERSION = "1"
_SAMPLE_ROWS = 20_000
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PIPELINE = """\
# Written by `python -m pairstream_training import`. Paths are relative to this file.
version: 1
name: {name}
vocabulary: {vocabulary}
{do_lower_case}statistics: {statistics}
{languages}model_repository: {repository}
models:
  {name}:
    version: "{version}"
    row_space: pair
    inputs:
      input__0:
        features:
{features}
    outputs:
      output__0: {{ width: {width}, combine: mean_of_bags }}
stages:
  - [{name}]
blend:
  {name}: 1.0
"""


@click.command(name="import")
@click.option(
    "--model", "models", required=True, multiple=True, metavar="TARGET=FILE|FILE",
    help="A model per target (again for more bags of each), or one file whose output c is target c mod 4.",
)  # fmt: skip
@click.option("--features", required=True, type=_EXISTING_FILE, help="A feature file, to check the model on.")
@click.option("--vocabulary", type=_EXISTING_FILE, help="vocab.txt (default: beside the feature file).")
@click.option("--do-lower-case", is_flag=True, help="The vocabulary is uncased: text is lower-cased, accents go.")
@click.option("--statistics", type=_EXISTING_FILE, help="statistics.snapshot (default: beside the feature file).")
@click.option("--languages", type=_EXISTING_FILE, help="YAML map of BCP-47 tags to the language ids of the rows.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Model repository to write into.")
@click.option("--pipeline-out", required=True, type=click.Path(path_type=Path), help="Pipeline file to write.")
@click.option("--name", required=True, help="Name of the model and the pipeline.")
@click.option(
    "--rounds", default=BEST, show_default=True, metavar="best|all|N",
    help="Boosting rounds to keep: up to best_iteration where a file has it, all, or the first N.",
)  # fmt: skip
@click.option(
    "--missing", default=float("nan"), type=float, metavar="VALUE",
    help="Value that XGBoost counted as missing in training, beside NaN: missing=0 of XGBClassifier is --missing 0.",
)  # fmt: skip
@click.option("--tolerance", default=MERGE_TOLERANCE, show_default=True, help="Largest difference of a probability.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
def import_command(
    models: tuple[str, ...],
    features: Path,
    vocabulary: Path | None,
    do_lower_case: bool,
    statistics: Path | None,
    languages: Path | None,
    out: Path,
    pipeline_out: Path,
    name: str,
    rounds: str,
    missing: float,
    tolerance: float,
    seed: int,
) -> None:
    """Turn XGBoost or LightGBM models of features of `./pairstream replay` into a model folder and a pipeline file.

    Every file is written only after the merged model and its ONNX form gave the answers of the library that trained it.
    """
    if not _NAME.fullmatch(name):
        raise TrainingError(f"--name is {name!r}, expected a-z, 0-9 and _, a letter first")
    release = (
        vocabulary or _beside(features, "vocab.txt", "--vocabulary"),
        statistics or _beside(features, "statistics.snapshot", "--statistics"),
    )
    forests = read_forests(models, parse_rounds(rounds), missing)
    columns = feature_columns(features)
    own_names = [_names_of(forest, columns, features) for forest in forests]
    used = set().union(*own_names)
    names = tuple(column for column in columns if column in used)
    order = [[names.index(feature) for feature in own] for own in own_names]
    table = read_labelled([features], names)
    if table.row_count == 0:
        raise TrainingError(f"{features}: no rows, expected some to check the model on")

    def answer(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        return np.stack(
            [forest.answer(np.ascontiguousarray(rows[:, at])) for forest, at in zip(forests, order, strict=True)],
            axis=1,
        )

    merged = merge_forests(
        [normalise(with_features(forest.trees, at), forest.margin) for forest, at in zip(forests, order, strict=True)],
        names,
        _logistic_template(),
    )
    _warn(check_vocabulary(*release, features, do_lower_case=do_lower_case))
    depths = [tree.depth() for forest in forests for tree in forest.trees]
    picked = _draw(table, seed)
    sample = table.features[picked]
    special = [] if math.isnan(missing) else [missing]
    row_count = require_same_answers(merged.inplace_predict, answer, sample, special, seed, tolerance)
    if not special:
        targets = {
            TARGETS[o % len(TARGETS)]
            for o, forest in enumerate(forests)
            if forest.kept is not None and forest.kept.library == XGBOOST
        }
        _warn(missing_zero_warnings(answer, sample, table.labels[picked], targets))
    report = export_merged(out, name, _VERSION, merged, answer, names, sample, seed, depths or [0], tolerance=tolerance)
    write_pipeline(pipeline_out, name, names, len(forests), release, out, languages, do_lower_case=do_lower_case)
    bags = merged.inplace_predict(table.features).reshape(table.row_count, -1, len(TARGETS))
    kept = {forest.kept.path: forest.kept for forest in forests if forest.kept is not None}
    _warn(warning for warning in (part.warning() for part in kept.values()) if warning is not None)
    lines = [
        *(part.describe() for part in kept.values()),
        f"{report.folder}: {report.bytes / 1e6:.1f} MB, {len(names)} features, {len(forests)} outputs",
        f"against the models as given: {report.merge_difference:.1e}, model.onnx: {report.onnx_difference:.1e} "
        f"({row_count} rows, with zeros and missing values)",
        *describe(measure(bags.mean(axis=1, dtype=np.float64).astype(np.float32), table.labels)),
        f"{pipeline_out}: serve it with PAIRSTREAM_PIPELINE={pipeline_out} ./pairstream serve",
    ]
    click.echo("\n".join(lines))


def feature_columns(path: Path) -> tuple[str, ...]:
    """Give the names of the features in a feature file, in its order."""
    schema = open_arrow(path).schema
    return tuple(name for name in schema.names if schema.field(name).type == pa.float32())


def write_pipeline(
    path: Path,
    name: str,
    features: Sequence[str],
    width: int,
    release: tuple[Path, Path],
    repository: Path,
    languages: Path | None = None,
    *,
    do_lower_case: bool = False,
) -> None:
    """Write the pipeline file of one model; `release` is vocabulary and statistics."""

    def relative(target: Path) -> str:
        return Path(os.path.relpath(target.resolve(), path.parent.resolve())).as_posix()

    vocabulary, statistics = map(relative, release)
    text = _PIPELINE.format(
        name=name,
        version=_VERSION,
        width=width,
        vocabulary=vocabulary,
        do_lower_case="do_lower_case: true\n" if do_lower_case else "",
        statistics=statistics,
        languages="" if languages is None else f"languages: {relative(languages)}\n",
        repository=relative(repository),
        features="\n".join(f"          - {feature}" for feature in features),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _names_of(forest: TrainedForest, columns: Sequence[str], features: Path) -> tuple[str, ...]:
    if forest.names is None:
        if forest.feature_count != len(columns):
            raise TrainingError(
                f"a model of {forest.feature_count} features without names, expected names "
                f"or the {len(columns)} features of {features} in their order"
            )
        return tuple(columns)
    unknown = [name for name in forest.names if name not in columns]
    if unknown:
        raise TrainingError(f"{features}: no features {', '.join(unknown)}, which a model reads")
    return forest.names


def _beside(features: Path, name: str, option: str) -> Path:
    path = features.parent / name
    if not path.is_file():
        raise TrainingError(f"{path}: no such file; name it with {option}")
    return path


def _draw(table: FeatureTable, seed: int) -> npt.NDArray[np.int64]:
    """Draw the numbers of the rows that the model is checked on."""
    generator = np.random.default_rng([seed, 20])
    size = min(_SAMPLE_ROWS, table.row_count)
    drawn: npt.NDArray[np.int64] = np.sort(generator.choice(table.row_count, size=size, replace=False))
    return drawn


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _logistic_template() -> xgb.Booster:
    """Train the least there is, for everything in a model file but its trees."""
    rows = xgb.DMatrix(np.array([[0.0], [1.0]], dtype=np.float32), label=np.array([0.0, 1.0]))
    return xgb.train({"objective": "binary:logistic", "max_depth": 1, "nthread": 1}, rows, 1)
