"""Command line of the drift report: `drift`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from pairstream_training.drift import DaySummary, FeatureDrift, measure_drift
from pairstream_training.feature_files import list_feature_files

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(name="drift")
@click.option("--features", "folder", required=True, type=_FOLDER, help="Folder of the features trained on.")
@click.option(
    "--serving", type=_FOLDER, help="Folder of later features, by `replay --resume-from` the served snapshot."
)
@click.option("--top", default=20, show_default=True, type=click.IntRange(min=1), help="Features to show.")
@click.option("--json", "as_json", is_flag=True, help="Print all features as JSON.")
def drift_command(folder: Path, serving: Path | None, top: int, as_json: bool) -> None:
    """Compare every feature between the first training day, the last one, and the last day of serving."""
    training = list_feature_files(folder)
    paths = [training[0], training[-1], *([list_feature_files(serving)[-1]] if serving else [])]
    drifts = measure_drift(paths)
    if as_json:
        click.echo(json.dumps({"days": [path.name for path in paths], "features": [asdict(d) for d in drifts]}))
        return
    width = max(len(drift.feature) for drift in drifts[:top])
    titles = [f"mean {path.stem.removeprefix('features-')}" for path in paths]
    click.echo(f"{'feature':{width}}  {'  '.join(f'{title:>12}' for title in titles)}  distances  missing")
    for drift in drifts[:top]:
        click.echo(_line(drift, width))


def _line(drift: FeatureDrift, width: int) -> str:
    means = "  ".join(f"{_mean(day):>12}" for day in drift.days)
    distances = " ".join("-" if value is None else f"{value:.3f}" for value in drift.distances)
    missing = " ".join(f"{day.missing:.1%}" for day in drift.days)
    return f"{drift.feature:{width}}  {means}  {distances:9}  {missing}"


def _mean(day: DaySummary) -> str:
    return "-" if day.mean is None else f"{day.mean:.5g}"
