"""Command line `checkpoint`: derives the files that Triton's FIL backend reads."""

from pathlib import Path

import click

from pairstream_training.checkpoint import CheckpointReport, derive_checkpoint
from pairstream_training.errors import TrainingError
from pairstream_training.fil_answer import PACKAGE
from pairstream_training.model_folders import FOREST_FILE, list_models, list_versions

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(name="checkpoint")
@click.option("--models", "repository", type=_FOLDER, help="Model repository: every forest in it.")
@click.option("--model", type=_FOLDER, help="One model's folder, instead.")
def checkpoint_command(repository: Path | None, model: Path | None) -> None:
    """Derive checkpoint.tl, which FIL reads, from each xgboost.ubj, and compare its answers with XGBoost first."""
    if (repository is None) == (model is None):
        raise click.UsageError("expected --models or --model, one of them")
    models = [model] if model is not None else list_models(repository or Path())
    versions = [version for folder in models for version in list_versions(folder)]
    forests = [version for version in versions if (version / FOREST_FILE).is_file()]
    if not forests:
        raise TrainingError(f"{model or repository}: no forests, expected <version>/{FOREST_FILE}")
    for version in forests:
        click.echo(_describe(derive_checkpoint(version)))


def _describe(report: CheckpointReport) -> str:
    done = "written" if report.is_new else "is current"
    size = f"{report.bytes / 1e6:.1f} MB, {report.tree_count} trees, {report.output_count} outputs"
    golden = f"{report.golden_rows} golden rows" if report.golden_rows else "no golden rows (no golden.json)"
    fil = (
        f"FIL on a CPU {report.fil_difference:.1e}"
        if report.fil_difference is not None
        else f"FIL not asked ({PACKAGE} is not installed)"
    )
    return (
        f"{report.path}: {done}, {size}\n"
        f"  away from XGBoost on {golden} and {report.probe_rows} rows at thresholds: "
        f"treelite {report.gtil_difference:.1e}, {fil}"
    )
