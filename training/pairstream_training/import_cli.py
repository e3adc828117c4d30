"""Command line `import`: a model that was trained elsewhere becomes a release without code."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.export import MERGE_TOLERANCE, export_merged
from pairstream_training.feature_files import FeatureTable, open_arrow, read_labelled
from pairstream_training.lightgbm_models import FIRST_LINE, read_lightgbm
from pairstream_training.merge import merge_forests, normalise
from pairstream_training.quality import describe, measure
from pairstream_training.targets import TARGETS
from pairstream_training.trained_forest import TrainedForest, with_features
from pairstream_training.vocabulary_check import check_vocabulary
from pairstream_training.xgboost_models import read_xgboost

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
    forests = read_forests(models)
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
    for warning in check_vocabulary(*release, features, do_lower_case=do_lower_case):
        click.echo(f"warning: {warning}", err=True)
    depths = [tree.depth() for forest in forests for tree in forest.trees]
    sample = _draw(table, seed)
    report = export_merged(out, name, _VERSION, merged, answer, names, sample, seed, depths or [0], tolerance=tolerance)
    write_pipeline(pipeline_out, name, names, len(forests), release, out, languages, do_lower_case=do_lower_case)
    bags = merged.inplace_predict(table.features).reshape(table.row_count, -1, len(TARGETS))
    lines = [
        f"{report.folder}: {report.bytes / 1e6:.1f} MB, {len(names)} features, {len(forests)} outputs",
        f"against the models as given: {report.merge_difference:.1e}, model.onnx: {report.onnx_difference:.1e}",
        *describe(measure(bags.mean(axis=1, dtype=np.float64).astype(np.float32), table.labels)),
        f"{pipeline_out}: serve it with PAIRSTREAM_PIPELINE={pipeline_out} ./pairstream serve",
    ]
    click.echo("\n".join(lines))


def read_forests(models: Sequence[str]) -> list[TrainedForest]:
    """Read the models of the command line into output-column order: all targets of the first bag, then of the next."""
    if len(models) == 1 and not _has_target(models[0]):
        forests = _read_model(Path(models[0]))
        if len(forests) % len(TARGETS):
            raise TrainingError(f"{models[0]}: {len(forests)} outputs, expected a multiple of {len(TARGETS)}")
        return forests
    by_target: dict[str, list[TrainedForest]] = {target: [] for target in TARGETS}
    for model in models:
        target, _, path = model.partition("=")
        if target not in by_target or not path:
            raise TrainingError(f"--model is {model!r}, expected TARGET=FILE with one of {', '.join(TARGETS)}")
        read = _read_model(Path(path))
        if len(read) != 1:
            raise TrainingError(f"{path}: {len(read)} outputs, expected 1 of the model of one target")
        by_target[target].extend(read)
    counts = {target: len(read) for target, read in by_target.items()}
    if len(set(counts.values())) != 1:
        seen = ", ".join(f"{count} of {target}" for target, count in counts.items())
        raise TrainingError(f"--model: {seen}, expected the same number of each")
    return [by_target[target][bag] for bag in range(counts[TARGETS[0]]) for target in TARGETS]


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


def _has_target(model: str) -> bool:
    return re.match(r"\w+=", model) is not None


def _read_model(path: Path) -> list[TrainedForest]:
    try:
        with path.open("rb") as file:
            start = file.read(len(FIRST_LINE))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}") from error
    return [read_lightgbm(path)] if start == FIRST_LINE else read_xgboost(path)


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


def _draw(table: FeatureTable, seed: int) -> npt.NDArray[np.float32]:
    generator = np.random.default_rng([seed, 20])
    size = min(_SAMPLE_ROWS, table.row_count)
    return table.features[np.sort(generator.choice(table.row_count, size=size, replace=False))]


def _logistic_template() -> xgb.Booster:
    """Train the least there is, for everything in a model file but its trees."""
    rows = xgb.DMatrix(np.array([[0.0], [1.0]], dtype=np.float32), label=np.array([0.0, 1.0]))
    return xgb.train({"objective": "binary:logistic", "max_depth": 1, "nthread": 1}, rows, 1)
