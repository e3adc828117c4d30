"""A small world of two stages: feature files, a pipeline, its models, and what those of stage 1 answer."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from made_features import REPOSITORY, ROWS_PER_DAY, VOCABULARY, day_columns, write_day
from made_members import write_answers_of_day

OWN = tuple(f"f{i}" for i in range(34))
FEATURES = (*OWN, "group")
DAYS = (5, 6, 7, 8)


def forest(features: tuple[str, ...], width: int, members: tuple[str, ...] = ()) -> dict[str, object]:
    source = {"features": list(features), **({"members": list(members)} if members else {})}
    return {
        "version": "1",
        "row_space": "pair",
        "inputs": {"input__0": source},
        "outputs": {"output__0": {"width": width, "combine": "mean_of_bags"}},
    }


@dataclass(frozen=True)
class World:
    """Feature files, a pipeline of two stages, its models, and what those of stage 1 answer."""

    features: Path
    pipeline: Path
    models: Path
    members: Path


def run(*arguments: object) -> str:
    """Run a command; returns its output, of which a failure is the only line."""
    done = subprocess.run(
        [sys.executable, "-m", "pairstream_training", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY / "training",
    )
    return done.stdout if done.returncode == 0 else done.stderr


def train(world: World, family: str, first: int, last: int, *options: object, out: Path | None = None) -> str:
    return run(
        "train", "--features", world.features, "--pipeline", world.pipeline, "--out", out or world.models,
        "--family", family, "--first-day", first, "--last-day", last, "--trees", 4, "--min-child-weight", 5,
        "--threads", 1, "--json", *options,
    )  # fmt: skip


def make_world(root: Path) -> World:
    """Stage 1 trained on days 5 and 6, asked on days 6 to 8; stage 2 trained on day 7."""
    made = World(root / "features", root / "pipeline.yaml", root / "models", root / "members")
    made.features.mkdir()
    for day in DAYS:
        columns = day_columns(OWN, day)
        columns["group"] = np.random.default_rng(day).integers(0, 5, ROWS_PER_DAY).astype(np.float32)
        write_day(made.features / f"features-{day:05d}.arrow", columns)
    stage_one = {"xgb1": forest(FEATURES, 12), "xgb2": forest(OWN, 4), "xgb3": forest(FEATURES, 4)}
    stage_two = {
        "xgb4": forest(FEATURES[3:], 12, ("xgb1", "xgb2")),
        "xgb5": forest(OWN[::-1], 12, ("xgb3", "xgb1", "xgb2")),
    }
    pipeline = {
        "version": 1,
        "name": "two_stages",
        "vocabulary": str(VOCABULARY),
        "model_repository": "models",
        "models": {**stage_two, **stage_one},
        "stages": [list(stage_one), list(stage_two)],
        "blend": {"xgb4": 0.25, "xgb5": [0.75] * 4},
    }
    made.pipeline.write_text(yaml.safe_dump(pipeline, sort_keys=False))
    for family in stage_one:
        assert "merge_difference" in train(made, family, 5, 6, "--holdout-days", 0)
    for day in DAYS[1:]:
        path = made.features / f"features-{day:05d}.arrow"
        write_answers_of_day(made.members, path, pipeline, made.models, stage_count=1)
    for family in stage_two:
        report = json.loads(train(made, family, 7, 7, "--members", made.members, "--holdout-days", 1))
        assert (report["training_rows"], report["test_rows"]) == (ROWS_PER_DAY, ROWS_PER_DAY)
        assert report["export"]["merge_difference"] <= 1e-6
        assert all(target["rce"] > 1 for target in report["test"])
    return made
