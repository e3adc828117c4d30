"""Fixtures that several tests read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from import_release import Release, make_release
from made_features import PIPELINE, day_columns, write_day
from two_stages import World, make_world

from pairstream_training.pipeline_file import read_feature_names


@pytest.fixture(scope="session")
def names() -> tuple[str, ...]:
    return read_feature_names(PIPELINE, "xgb1")


@pytest.fixture(scope="session")
def feature_folder(names: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("features")
    for day in (5, 6, 7):
        write_day(folder / f"features-{day:05d}.arrow", day_columns(names, day))
    yield folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A pipeline of two stages with its models, for tests that only read it."""
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def release(feature_folder: Path, names: tuple[str, ...], tmp_path: Path) -> Release:
    """The files that `import` reads beside models of six features."""
    return make_release(feature_folder / "features-00007.arrow", names, tmp_path)
