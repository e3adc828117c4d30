import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from made_features import ROWS_PER_DAY
from made_members import write_answers_of_day, write_members
from two_stages import FEATURES, OWN, World, forest, run, train

from pairstream_training.checkpoint import derive_checkpoint
from pairstream_training.config_cli import config_of
from pairstream_training.errors import TrainingError
from pairstream_training.feature_days import DayRange, files_of_days, read_days, split_days
from pairstream_training.feature_files import FeatureTable, read_features
from pairstream_training.member_files import read_member_answers
from pairstream_training.pipeline_file import ForestInput, read_forest_input
from pairstream_training.prediction import load_model, mean_of_bags
from pairstream_training.stacking import hide_members, read_stacked, require_later
from pairstream_training.targets import TARGETS
from pairstream_training.training_record import trained_days
from pairstream_training.triton_config import forest_config


def test_every_model_says_which_days_it_was_trained_on(world: World) -> None:
    for family, days in (("xgb1", DayRange(5, 6)), ("xgb3", DayRange(5, 6)), ("xgb5", DayRange(7, 7))):
        assert trained_days(world.models / family / "1") == days
    record = json.loads((world.models / "xgb5/1/training.json").read_text())
    seen = {"first_day": 5, "last_day": 6}
    members = {"xgb3": seen, "xgb1": seen, "xgb2": seen}
    assert record == {"first_day": 7, "last_day": 7, "rows": ROWS_PER_DAY, "members": members}
    assert json.loads((world.models / "xgb1/1/training.json").read_text()) == {**seen, "rows": 2 * ROWS_PER_DAY}


def test_the_whole_pipeline_stage_by_stage(world: World, tmp_path: Path) -> None:
    day = world.features / "features-00008.arrow"
    assert run("predict-pipeline", "--features", day, "--pipeline", world.pipeline, "--out", tmp_path / "p.arrow") == ""
    seen = pa.ipc.open_file(str(tmp_path / "p.arrow")).read_all()

    def answers(name: str) -> np.ndarray:
        return np.stack([seen.column(f"{name}_{target}").to_numpy() for target in TARGETS], axis=1)

    def booster_answers(name: str, columns: np.ndarray) -> np.ndarray:
        return mean_of_bags(load_model(world.models / name / "1/xgboost.ubj")[0].inplace_predict(columns))

    for name, features in (("xgb1", FEATURES), ("xgb2", OWN), ("xgb3", FEATURES)):
        np.testing.assert_array_equal(answers(name), booster_answers(name, read_features(day, features)))
    four = np.concatenate([read_features(day, FEATURES[3:]), answers("xgb1"), answers("xgb2")], axis=1)
    five = np.concatenate([read_features(day, OWN[::-1]), *map(answers, ("xgb3", "xgb1", "xgb2"))], axis=1)
    np.testing.assert_array_equal(answers("xgb4"), booster_answers("xgb4", four))
    np.testing.assert_array_equal(answers("xgb5"), booster_answers("xgb5", five))
    blended = np.stack([seen.column(target).to_numpy() for target in TARGETS], axis=1)
    np.testing.assert_allclose(blended, 0.25 * answers("xgb4") + 0.75 * answers("xgb5"), rtol=0, atol=1e-6)
    # The members matter: without them the answer is another.
    five[:, len(OWN) :] = np.nan
    assert np.abs(booster_answers("xgb5", five) - answers("xgb5")).max() > 0.01


@pytest.mark.parametrize("family", ["xgb1", "xgb2", "xgb3", "xgb4", "xgb5"])
def test_the_checkpoint_and_the_configuration_of_every_family(family: str, world: World, tmp_path: Path) -> None:
    shutil.copytree(world.models / family, tmp_path / family)
    report = derive_checkpoint(tmp_path / family / "1")
    width = 4 if family in ("xgb2", "xgb3") else 12
    assert (report.output_count, report.tree_count, report.golden_rows) == (width, 4 * width, 64)
    assert report.gtil_difference <= 1e-6
    columns = read_forest_input(world.pipeline, family).columns
    assert config_of(tmp_path / family) == forest_config(family, len(columns), width)


def test_rows_that_a_member_was_trained_on_or_that_came_before_are_refused(world: World, tmp_path: Path) -> None:
    for first, last in ((6, 6), (6, 7), (6, 8)):
        refused = train(world, "xgb5", first, last, "--members", world.members, "--holdout-days", 0, out=tmp_path)
        assert refused.splitlines()[-1].startswith("error: ")
        assert "xgb3 was trained on days 5 to 6" in refused
        assert "begin before that ends, expected days from 7 on" in refused
    absent = train(world, "xgb5", 5, 7, "--members", world.members, out=tmp_path)
    assert "members-00005.arrow: no such file; write it with `./pairstream members`" in absent
    with pytest.raises(TrainingError, match="nn1 was trained on day 9"):
        require_later(DayRange(3, 4), "nn1", DayRange(9, 9))
    assert not list(tmp_path.iterdir())


def test_a_record_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert trained_days(tmp_path) is None
    for text in ("", "{}", '{"first_day": 1, "last_day": null}', "[1, 2]"):
        (tmp_path / "training.json").write_text(text)
        with pytest.raises(TrainingError, match=r"training\.json: cannot be read as a record of a training"):
            trained_days(tmp_path)


def test_members_whose_days_nothing_tells_are_refused(world: World, tmp_path: Path) -> None:
    day = world.features / "features-00007.arrow"
    seen = read_member_answers(world.members, day)
    write_members(tmp_path / "members", day, seen.answers, {**seen.trained, "xgb2": None})
    refused = train(world, "xgb4", 7, 7, "--members", tmp_path / "members", out=tmp_path)
    assert "does not say what xgb2 was trained on" in refused


def test_predictions_for_other_rows_are_refused(world: World, tmp_path: Path) -> None:
    shutil.copy(world.members / "members-00008.arrow", tmp_path / "members-00007.arrow")
    columns = read_forest_input(world.pipeline, "xgb4")
    with pytest.raises(TrainingError, match=r"members-00007\.arrow: its rows are not those of .*features-00007"):
        read_stacked(world.features, tmp_path, DayRange(7, 7), columns)


def test_stage_and_options_must_fit(world: World, tmp_path: Path) -> None:
    assert "expected --members" in train(world, "xgb4", 7, 7, out=tmp_path)
    assert "xgb1 is of stage 1" in train(world, "xgb1", 7, 7, "--members", world.members, out=tmp_path)
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(json.dumps({"models": {"xgb4": forest(OWN, 12)}}))
    without = World(world.features, pipeline, world.models, world.members)
    assert "expected `members` in its input" in train(without, "xgb4", 7, 7, "--members", world.members, out=tmp_path)


def test_the_columns_of_members_come_after_the_features_in_their_order(world: World) -> None:
    columns = read_forest_input(world.pipeline, "xgb5")
    table, trained = read_stacked(world.features, world.members, DayRange(7, 8), columns)
    assert table.names == (*OWN[::-1], *(f"{m}_{t}" for m in ("xgb3", "xgb1", "xgb2") for t in TARGETS))
    assert trained == {name: DayRange(5, 6) for name in ("xgb3", "xgb1", "xgb2")}
    for at, day in ((0, 7), (ROWS_PER_DAY, 8)):
        file = pa.ipc.open_file(str(world.members / f"members-{day:05d}.arrow")).read_all()
        rows = table.features[at : at + ROWS_PER_DAY]
        np.testing.assert_array_equal(rows[:, 34 + 4 + 3], file.column("xgb1_like").to_numpy())
        features = read_features(world.features / f"features-{day:05d}.arrow", ("f33",))
        np.testing.assert_array_equal(rows[:, :1], features)


def test_each_member_is_missing_on_a_tenth_of_the_rows_of_its_own() -> None:
    columns = ForestInput(("a", "b"), ("xgb1", "nn1", "nn2"))
    shape = (20_000, 14)

    def hidden(seed: int) -> np.ndarray:
        table = FeatureTable(columns.columns, np.ones(shape, np.float32), np.zeros((1, 4), np.uint8), np.zeros(1, int))
        hide_members(table, columns, seed)
        assert not np.isnan(table.features[:, :2]).any()
        missing = np.isnan(table.features[:, 2:]).reshape(-1, 3, 4)
        # All four of a member or none.
        np.testing.assert_array_equal(missing, np.repeat(missing[:, :, :1], 4, axis=2))
        return missing[:, :, 0]

    first = hidden(1)
    np.testing.assert_allclose(first.mean(axis=0), 0.1, atol=0.01)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (first[:, a] & first[:, b]).mean() == pytest.approx(0.01, abs=0.004)
    np.testing.assert_array_equal(first, hidden(1))
    assert (first != hidden(2)).any()


def test_training_on_some_days_never_opens_the_files_of_others(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "features"
    folder.mkdir()
    for day in (5, 6):
        (folder / f"features-{day:05d}.arrow").symlink_to(world.features / f"features-{day:05d}.arrow")
    (folder / "features-00007.arrow").write_bytes(b"labels of tomorrow")
    blind = World(folder, world.pipeline, tmp_path / "models", world.members)
    assert "merge_difference" in train(blind, "xgb1", 5, 6, "--holdout-days", 0)
    for file in ("xgboost.ubj", "training.json"):
        assert (blind.models / "xgb1/1" / file).read_bytes() == (world.models / "xgb1/1" / file).read_bytes()


def test_days_are_chosen_by_their_numbers(world: World, tmp_path: Path) -> None:
    assert split_days(world.features, None, None, 2) == (DayRange(5, 6), DayRange(7, 8))
    assert split_days(world.features, 6, None, 1) == (DayRange(6, 7), DayRange(8, 8))
    assert split_days(world.features, None, 6, 1) == (DayRange(5, 6), DayRange(7, 7))
    assert split_days(world.features, 5, 8, 2) == (DayRange(5, 8), None)
    for first, last, holdout in ((None, None, 4), (7, 6, 0), (9, 12, 0), (0, 4, 1)):
        with pytest.raises(TrainingError, match="days 5 to 8 are there, none to train on"):
            split_days(world.features, first, last, holdout)
    with pytest.raises(TrainingError, match="expected some of day 3"):
        files_of_days(world.features, DayRange(3, 3))
    shutil.copy(world.features / "features-00008.arrow", tmp_path / "features-00002.arrow")
    with pytest.raises(TrainingError, match="a row of day 8 in the files of day 2"):
        read_days(tmp_path, DayRange(2, 2), OWN)


def test_the_blend_is_fitted_on_days_after_every_training(world: World, tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.yaml"
    shutil.copy(world.pipeline, pipeline)
    document = yaml.safe_load(pipeline.read_text())
    for day in (7, 8):
        path = world.features / f"features-{day:05d}.arrow"
        write_answers_of_day(tmp_path / "answers", path, document, world.models)
    options = ("--features", world.features, "--pipeline", pipeline, "--members", tmp_path / "answers")
    refused = run("fit-blend", *options, "--first-day", 7)
    assert "xgb4 was trained on day 7: days 7 to 8 begin before that ends" in refused
    assert pipeline.read_text() == world.pipeline.read_text()
    told = run("fit-blend", *options, "--days", 1)
    # Models that only feed others have no weight.
    assert [line.split()[0] for line in told.splitlines() if "weights" in line] == ["xgb4", "xgb5"]
