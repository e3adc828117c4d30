import shutil
from pathlib import Path

import numpy as np
import pytest
from made_features import PIPELINE

from pairstream_training.blend import fit_weights
from pairstream_training.pipeline_file import read_pipeline, write_blend


def members(row_count: int = 40_000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Make labels, a member that knows most of their cause, one that knows another part, and one that knows nothing."""
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(2, row_count, 4))
    labels = (generator.random((row_count, 4)) < 1 / (1 + np.exp(-(1.5 * first + second)))).astype(np.uint8)
    answers = {"first": 1.2 * first, "second": 0.7 * second, "noise": generator.normal(size=(row_count, 4))}
    return {name: (1 / (1 + np.exp(-logit))).astype(np.float32) for name, logit in answers.items()}, labels


def log_loss(answers: dict[str, np.ndarray], weights: list[float], labels: np.ndarray, target: int) -> float:
    mean = sum(weight * answers[name][:, target] for name, weight in zip(answers, weights, strict=True))
    return float(-np.where(labels[:, target] == 1, np.log(mean), np.log1p(-mean)).mean())


def test_the_fitted_weights_sum_to_one_and_no_nearby_weights_are_better() -> None:
    answers, labels = members()
    weights = fit_weights(answers, labels)
    for target in range(4):
        fitted = [weights[name][target] for name in answers]
        assert sum(fitted) == pytest.approx(1, abs=1e-9)
        assert min(fitted) >= 0
        assert fitted[0] > fitted[1] > fitted[2]
        best = log_loss(answers, fitted, labels, target)
        for a in range(3):
            for b in range(3):
                moved = list(fitted)
                moved[a] += 0.02
                moved[b] -= 0.02
                if a != b and moved[b] >= 0:
                    assert log_loss(answers, moved, labels, target) > best


def test_weights_are_written_and_everything_else_of_the_file_stays(tmp_path: Path) -> None:
    path, original = tmp_path / "pipeline.yaml", tmp_path / "original.yaml"
    head, _ = PIPELINE.read_text().split("ladder:\n")
    original.write_text(f"{head}blend:\n  xgb1: 0.5\n  nn1: 0.5\n")
    shutil.copy(original, path)
    write_blend(path, {"xgb1": [0.25, 0.5, 1, 0], "nn1": [0.75, 0.5, 0, 1]})
    before, after = read_pipeline(original), read_pipeline(path)
    assert after.pop("blend") == {"xgb1": [0.25, 0.5, 1, 0], "nn1": [0.75, 0.5, 0, 1]}
    assert before.pop("blend").keys() == {"xgb1", "nn1"}
    assert after == before
    comments = [line for line in original.read_text().splitlines() if line.strip().startswith("#")]
    assert all(comment in path.read_text() for comment in comments)
    once = path.read_text()
    write_blend(path, {"xgb1": [0.25, 0.5, 1, 0], "nn1": [0.75, 0.5, 0, 1]})
    assert path.read_text() == once
