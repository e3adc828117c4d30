"""Feature files say what they were computed with, and other files are refused."""

import shutil
from pathlib import Path

import pytest
from made_features import PIPELINE, REPOSITORY, VOCABULARY
from two_stages import World, run, train

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import (
    CATALOGUE_KEY,
    VOCABULARY_KEY,
    contract_of,
    gateway_catalogue,
    require_vocabulary,
    sha256_of,
)
from pairstream_training.feature_files import read_features, read_labelled
from pairstream_training.files import write_arrow

OTHER_CATALOGUE = b"0123456789abcdef"
OTHER_VOCABULARY = b"ab" * 32


def copy_with(features: Path, path: Path, changes: dict[bytes, bytes | None]) -> Path:
    """Copy a feature file with other metadata; a key of None is left out."""
    table = open_arrow(features)
    metadata = {key: value for key, value in {**table.schema.metadata, **changes}.items() if value is not None}
    write_arrow(path, table.replace_schema_metadata(metadata))
    return path


@pytest.fixture
def features(feature_folder: Path) -> Path:
    return feature_folder / "features-00005.arrow"


def test_a_file_of_this_gateway_is_read(features: Path) -> None:
    contract = contract_of(features, open_arrow(features))
    assert (contract.catalogue, contract.vocabulary) == (gateway_catalogue(), sha256_of(VOCABULARY))
    require_vocabulary([features], VOCABULARY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({CATALOGUE_KEY: None, VOCABULARY_KEY: None}, "no feature_catalogue and no vocabulary_sha256 in its metadata"),
        ({CATALOGUE_KEY: None}, "no feature_catalogue in its metadata"),
        (
            {CATALOGUE_KEY: OTHER_CATALOGUE},
            f"computed with feature catalogue {OTHER_CATALOGUE.decode()}, but this gateway has {gateway_catalogue()}",
        ),
    ],
)
def test_an_older_file_and_another_catalogue_are_refused(
    changes: dict[bytes, bytes | None], message: str, features: Path, names: tuple[str, ...], tmp_path: Path
) -> None:
    path = copy_with(features, tmp_path / features.name, changes)
    remedy = "write the feature files again with this version's `./pairstream replay`"
    for read in (lambda: read_features(path, names), lambda: read_labelled([features, path], names)):
        with pytest.raises(TrainingError) as refused:
            read()
        assert str(refused.value).startswith(f"{path}: {message}")
        assert str(refused.value).endswith(remedy)
        assert "\n" not in str(refused.value)


def test_files_of_two_vocabularies_are_refused(features: Path, names: tuple[str, ...], tmp_path: Path) -> None:
    path = copy_with(features, tmp_path / "features-00006.arrow", {VOCABULARY_KEY: OTHER_VOCABULARY})
    with pytest.raises(TrainingError, match=f"{OTHER_VOCABULARY.decode()}, but .*features-00005.arrow with") as refused:
        read_labelled([features, path], names)
    assert sha256_of(VOCABULARY) in str(refused.value)


def test_every_command_refuses_another_vocabulary_than_the_pipeline_has(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "features"
    folder.mkdir()
    for path in sorted(world.features.iterdir()):
        copy_with(path, folder / path.name, {VOCABULARY_KEY: OTHER_VOCABULARY})
    other = World(folder, world.pipeline, tmp_path / "models", world.members)
    day = folder / "features-00008.arrow"
    told = [
        train(other, "xgb1", 5, 6, "--holdout-days", 0),
        run(
            "fit-blend",
            "--features",
            folder,
            "--members",
            world.members,
            "--pipeline",
            world.pipeline,
            "--first-day",
            8,
        ),
        run("predict-pipeline", "--features", day, "--pipeline", world.pipeline, "--out", tmp_path / "p.arrow"),
    ]
    for line in told:
        assert line.startswith("error: ")
        assert line.count("\n") == 1
        assert f"SHA-256 {OTHER_VOCABULARY.decode()}, but {VOCABULARY} has {sha256_of(VOCABULARY)}" in line
    assert not other.models.exists()


def test_import_refuses_another_catalogue(features: Path, tmp_path: Path) -> None:
    path = copy_with(features, tmp_path / features.name, {CATALOGUE_KEY: OTHER_CATALOGUE})
    for name in ("vocab.txt", "statistics.snapshot"):
        shutil.copy(PIPELINE.parent / "recsys2021" / name, tmp_path / name)
    model = REPOSITORY / "triton-models/xgb1/1/xgboost.ubj"
    told = run(
        "import", "--features", path, "--name", "mine", "--model", model,
        "--out", tmp_path / "repository", "--pipeline-out", tmp_path / "mine.yaml",
    )  # fmt: skip
    assert f"computed with feature catalogue {OTHER_CATALOGUE.decode()}" in told
    assert not (tmp_path / "repository").exists()
