"""The degrade ladder: read, fitted, measured, written."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from made_features import ROWS_PER_DAY
from made_members import answer_all, answer_without, write_answers_of_day
from two_stages import World, run

from pairstream_training.blend import weighted_mean
from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import read_features, read_labels
from pairstream_training.ladder import Rung, read_ladder, write_ladder
from pairstream_training.popularity_groups import route_groups
from pairstream_training.quality import mean_rce, measure

LADDER: list[dict[str, Any]] = [
    {"rung": "full", "weights": {"xgb4": 0.5, "xgb5": 0.5}},
    {"rung": "stage2", "weights": {"xgb4": 0.5, "xgb5": 0.5}, "may_miss": 1},
    {"rung": "stage1_mean", "weights": {"xgb1": 0.4, "xgb2": 0.3, "xgb3": 0.3}, "may_miss": 1},
    {"rung": "xgb1", "weights": {"xgb1": 1}},
    {"rung": "base_rates", "base_rates": True},
]
PRIORS = (0.05, 0.1, 0.02, 0.4)


@pytest.fixture
def pipeline(world: World, tmp_path: Path) -> Path:
    """The pipeline of the world with a ladder, and statistics of which only the first line is read."""
    document = yaml.safe_load(world.pipeline.read_text())
    del document["blend"]
    document["statistics"] = "statistics.snapshot"
    for model in ("xgb4", "xgb5"):
        document["models"][model]["may_miss"] = 1
    path = tmp_path / "pipeline.yaml"
    path.write_text("# Kept.\n" + yaml.safe_dump({**document, "ladder": LADDER, "note": "kept"}, sort_keys=False))
    (tmp_path / "statistics.snapshot").write_bytes(b'{"priors": [0.05, 0.1, 0.02, 0.4]}\n\0\1\2')
    shutil.copytree(world.models, tmp_path / "models")
    return path


def write_answers(world: World, pipeline: Path, folder: Path, days: Sequence[int]) -> Path:
    """Write what all models answer, and rung `stage2` without each model that it may miss."""
    document = yaml.safe_load(pipeline.read_text())
    stage2 = next(rung for rung in read_ladder(document) if rung.name == "stage2")
    choices = [(stage2, [name]) for name in ("xgb1", "xgb2", "xgb3")]
    for day in days:
        path = world.features / f"features-{day:05d}.arrow"
        write_answers_of_day(folder / "answers", path, document, world.models, choices)
    return folder / "answers"


def fit(world: World, pipeline: Path, answers: Path, *options: object) -> str:
    return run("fit-ladder", "--features", world.features, "--members", answers, "--pipeline", pipeline, *options)


def test_the_ladder_is_fitted_and_measured(world: World, pipeline: Path, tmp_path: Path) -> None:
    told = fit(world, pipeline, write_answers(world, pipeline, tmp_path, (8,)), "--first-day", 8)
    document = yaml.safe_load(pipeline.read_text())
    assert (document["note"], pipeline.read_text().splitlines()[0]) == ("kept", "# Kept.")
    rungs = {rung.name: rung for rung in read_ladder(document)}
    assert list(rungs) == [rung["rung"] for rung in LADDER]
    assert rungs["full"].weights == {"xgb4": (0.5,) * 4, "xgb5": (0.5,) * 4}
    assert [rung.may_miss for rung in rungs.values()] == [0, 1, 1, 0, 0]

    day = world.features / "features-00008.arrow"
    answers = answer_all(document, world.models, day, 2)
    labels = read_labels([day])
    groups = route_groups(read_features(day, ("group",))[:, 0])

    def rce(weights: dict[str, tuple[float, ...]]) -> float:
        return mean_rce(weighted_mean(answers, weights), labels, groups)

    for name in ("full", "stage1_mean", "xgb1"):
        assert rungs[name].rce == pytest.approx(rce(dict(rungs[name].weights)), abs=0.006)
    assert rce(dict(rungs["stage1_mean"].weights)) >= rce(dict.fromkeys(("xgb1", "xgb2", "xgb3"), (1 / 3,) * 4)) - 0.01
    base = np.broadcast_to(PRIORS, labels.shape).astype(np.float32)
    assert rungs["base_rates"].rce == pytest.approx(mean_rce(base, labels, groups), abs=0.006)
    without = [answer_without(document, world.models, day, answers, [name]) for name in ("xgb1", "xgb2", "xgb3")]
    scores = [mean_rce(weighted_mean(part, rungs["full"].weights), labels, groups) for part in without]
    assert rungs["stage2"].rce == pytest.approx(np.mean(scores), abs=0.006)
    assert f"full         RCE {rungs['full'].rce:6.2f}, may miss 0" in told.splitlines()


def test_a_ladder_is_not_measured_on_days_of_training(world: World, pipeline: Path, tmp_path: Path) -> None:
    before = pipeline.read_text()
    answers = write_answers(world, pipeline, tmp_path, (7, 8))
    refused = fit(world, pipeline, answers, "--first-day", 7)
    assert "xgb4 was trained on day 7: days 7 to 8 begin before that ends" in refused
    assert "has no `ladder`, expected one" in fit(world, world.pipeline, answers)
    assert pipeline.read_text() == before


def test_answers_without_the_ladder_or_of_other_weights_are_refused(
    world: World, pipeline: Path, tmp_path: Path
) -> None:
    before = pipeline.read_text()
    day = world.features / "features-00008.arrow"
    document = yaml.safe_load(before)
    write_answers_of_day(tmp_path / "plain", day, document, world.models)
    refused = fit(world, pipeline, tmp_path / "plain", "--first-day", 8)
    assert "no answers of the ladder; write it again with `./pairstream members --ladder`" in refused
    answers = write_answers(world, pipeline, tmp_path, (8,))
    document["ladder"][1]["weights"] = {"xgb4": 0.25, "xgb5": 0.75}
    changed = yaml.safe_dump(document, sort_keys=False)
    pipeline.write_text(changed)
    refused = fit(world, pipeline, answers, "--first-day", 8)
    assert "rung stage2 was scored with weights {'xgb4': (0.5, 0.5, 0.5, 0.5)" in refused
    assert "but the pipeline has {'xgb4': (0.25, 0.25, 0.25, 0.25)" in refused
    assert pipeline.read_text() == changed


def test_a_written_ladder_reads_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text("a: 1\nladder:\n- rung: old\n  weights: {a: 1}\n\nb: 2\n")
    rungs = [Rung("full", {"x": (0.5,) * 4, "y": (0.1234, 0.5, 1.0, 0.0)}, 2, 12.34), Rung("base_rates", {}, 0, None)]
    write_ladder(path, rungs)
    document = yaml.safe_load(path.read_text())
    assert (document["a"], document["b"], read_ladder(document)) == (1, 2, rungs)
    path.write_text("a: 1\n")
    with pytest.raises(TrainingError, match="no block `ladder:`"):
        write_ladder(path, rungs)


def test_the_official_score_is_a_mean_of_groups() -> None:
    generator = np.random.default_rng(3)
    groups = np.repeat([0, 1, 2], [ROWS_PER_DAY, 50, 10])
    rates = np.asarray([0.2, 0.5, 0.3])[groups]
    labels = (generator.random((len(groups), 4)) < rates[:, None]).astype(np.uint8)
    # Nothing to score in the last group of the first target.
    labels[groups == 2, 0] = 0
    probabilities = np.repeat(rates[:, None], 4, axis=1).astype(np.float32)
    by_group = [measure(probabilities[groups == g], labels[groups == g]) for g in range(3)]
    first = np.mean([by_group[0][0].rce, by_group[1][0].rce])
    others = [np.mean([by_group[g][t].rce for g in range(3)]) for t in (1, 2, 3)]
    assert by_group[2][0].rce is None
    assert mean_rce(probabilities, labels, groups) == pytest.approx(np.mean([first, *others]))
