"""Command line `import`: makes a release of a model that was trained elsewhere."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import pyarrow as pa

from pairstream_training.errors import TrainingError
from pairstream_training.export import MERGE_TOLERANCE
from pairstream_training.feature_files import open_features
from pairstream_training.files import whole_folder
from pairstream_training.import_forest import import_forests
from pairstream_training.import_models import (
    GivenModel,
    forest_of_target,
    forests_of,
    read_models,
    require_all_targets,
)
from pairstream_training.import_onnx import import_onnx
from pairstream_training.import_pipeline import ReleaseFiles, check_replaceable, replace_target, write_pipeline
from pairstream_training.imported_model import ImportedModel, ImportRequest
from pairstream_training.kept_rounds import BEST, parse_rounds
from pairstream_training.quality import describe, measure
from pairstream_training.targets import TARGETS
from pairstream_training.vocabulary_check import check_vocabulary

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(name="import")
@click.option(
    "--model", "models", required=True, multiple=True, metavar="TARGET=FILE|FILE",
    help="A model per target (again for more bags of each), or one file whose output c is target c mod 4.",
)  # fmt: skip
@click.option("--features", required=True, type=_EXISTING_FILE, help="A feature file, to check the model on.")
@click.option(
    "--feature-names", type=_EXISTING_FILE,
    help="Text file with one feature per line, in the order of the model's input, for models that name none.",
)  # fmt: skip
@click.option("--vocabulary", type=_EXISTING_FILE, help="vocab.txt (default: beside the feature file).")
@click.option("--do-lower-case", is_flag=True, help="The vocabulary is uncased: text is lower-cased, accents go.")
@click.option("--statistics", type=_EXISTING_FILE, help="statistics.snapshot (default: beside the feature file).")
@click.option("--languages", type=_EXISTING_FILE, help="YAML map of BCP-47 tags to the language ids of the rows.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Model repository to write into.")
@click.option("--pipeline-out", required=True, type=click.Path(path_type=Path), help="Pipeline file to write.")
@click.option("--name", required=True, help="Name of the model and the pipeline.")
@click.option("--target", type=click.Choice(TARGETS), help="Replace this target alone, in the pipeline --replace-in.")
@click.option("--replace-in", type=_EXISTING_FILE, help="Pipeline file whose other targets stay as they are.")
@click.option("--rung", help="Rung of its ladder to replace the target in (default: the best one).")
@click.option("--apply-sigmoid", is_flag=True, help="The ONNX model answers log odds (logits), not probabilities.")
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
    feature_names: Path | None,
    vocabulary: Path | None,
    do_lower_case: bool,
    statistics: Path | None,
    languages: Path | None,
    out: Path,
    pipeline_out: Path,
    name: str,
    target: str | None,
    replace_in: Path | None,
    rung: str | None,
    apply_sigmoid: bool,
    rounds: str,
    missing: float,
    tolerance: float,
    seed: int,
) -> None:
    """Turn XGBoost, LightGBM or ONNX models of features of `./pairstream replay` into model folders and a pipeline.

    Files are written only after every served form of a model has given the answers of its training library.
    """
    if not _NAME.fullmatch(name):
        raise TrainingError(f"--name is {name!r}, expected a-z, 0-9 and _, a letter first")
    if (target is None) != (replace_in is None):
        raise TrainingError("--target and --replace-in: one without the other, expected both or neither")
    if rung is not None and replace_in is None:
        raise TrainingError(f"--rung is {rung!r} without --replace-in, expected the pipeline that has the rung")
    pipeline = None
    if replace_in is None:
        release = ReleaseFiles(
            vocabulary or _beside(features, "vocab.txt", "--vocabulary"),
            statistics or _beside(features, "statistics.snapshot", "--statistics"),
            languages,
            do_lower_case,
        )
    else:
        own = {"--vocabulary": vocabulary, "--statistics": statistics, "--languages": languages}
        given_twice = [option for option, value in own.items() if value is not None]
        if given_twice or do_lower_case:
            option = [*given_twice, "--do-lower-case"][0]
            raise TrainingError(f"{option} with --replace-in, expected none: {replace_in} names its own")
        pipeline = check_replaceable(replace_in, name, rung, out)
        release = ReleaseFiles(
            replace_in.parent / str(pipeline["vocabulary"]),
            replace_in.parent / str(pipeline["statistics"]),
            None,
            bool(pipeline.get("do_lower_case", False)),
        )
    request = ImportRequest(
        repository=out,
        features=features,
        columns=feature_columns(features),
        names=None if feature_names is None else read_feature_list(feature_names),
        rounds=parse_rounds(rounds),
        missing=missing,
        tolerance=tolerance,
        seed=seed,
        apply_sigmoid=apply_sigmoid,
    )
    given = read_models(models, target, missing)
    if apply_sigmoid and not any(model.is_onnx for model in given):
        raise TrainingError("--apply-sigmoid without an ONNX model, expected one: forests apply their own objective")
    # Folders are copied into the repository only after every model was checked.
    with tempfile.TemporaryDirectory(prefix="pairstream-import-") as staging:
        imported = _import_all(name, given, target, replace(request, repository=Path(staging)))
        warnings = check_vocabulary(
            release.vocabulary, release.statistics, features, do_lower_case=release.do_lower_case
        )
        for model in imported:
            with whole_folder(out / model.name) as partial:
                shutil.copytree(Path(staging) / model.name, partial, dirs_exist_ok=True)
    _warn([*warnings, *(warning for model in imported for warning in model.warnings)])
    lines = [line for model in imported for line in model.describe(out)]
    qualities = [
        quality
        for model in imported
        for quality in measure(model.probabilities, model.labels)
        if model.target in {None, quality.target}
    ]
    lines += describe(sorted(qualities, key=lambda quality: TARGETS.index(quality.target)))
    if pipeline is None or replace_in is None:
        write_pipeline(pipeline_out, name, imported, release, out)
    else:
        replaced = replace_target(pipeline_out, replace_in, pipeline, imported[0], rung)
        lines.append(f"{pipeline_out}: {target} of rung {replaced} is by {name}; all else is as in {replace_in}")
    lines.append(f"{pipeline_out}: serve it with PAIRSTREAM_PIPELINE={pipeline_out} ./pairstream serve")
    click.echo("\n".join(lines))


def feature_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the features in a feature file, in its order."""
    schema = open_features(path).schema
    return tuple(name for name in schema.names if schema.field(name).type == pa.float32())


def read_feature_list(path: Path) -> tuple[str, ...]:
    """Read names of features, one per line. Raises TrainingError if there is no name, or a name more than once."""
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: cannot be read as a list of features: {error}") from error
    if not names:
        raise TrainingError(f"{path}: no names, expected one feature per line")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise TrainingError(f"{path}: names {', '.join(repeated)} more than once, expected each once")
    return tuple(names)


def _import_all(
    name: str, given: Sequence[GivenModel], target: str | None, request: ImportRequest
) -> list[ImportedModel]:
    """Write one model; with an ONNX model among them, one model per target, because ONNX graphs are not merged."""
    if target is None and not any(model.is_onnx for model in given):
        return [import_forests(name, forests_of(given, request.rounds, request.missing), request)]
    if given[0].target is None:
        return [import_onnx(name, given[0].file, request)]
    if target is not None:
        return [_import_target(name, given[0], request)]
    counts = {each: sum(model.target == each for model in given) for each in TARGETS}
    require_all_targets(counts)
    if counts[TARGETS[0]] > 1:
        raise TrainingError(f"--model: {counts[TARGETS[0]]} of each target with ONNX models, expected 1 of each")
    return [_import_target(f"{name}_{model.target}", model, request) for model in given]


def _import_target(name: str, model: GivenModel, request: ImportRequest) -> ImportedModel:
    if model.is_onnx:
        return import_onnx(name, model.file, request, model.target)
    forest = forest_of_target(model.file, request.rounds, request.missing)
    return import_forests(name, [forest], request, model.target)


def _beside(features: Path, name: str, option: str) -> Path:
    path = features.parent / name
    if not path.is_file():
        raise TrainingError(f"{path}: no such file; name it with {option}")
    return path


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
