"""Trains models of random settings with LightGBM."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forest_cases.case_model import CaseModel
from forest_cases.draws import Draws
from forest_cases.training_rows import TrainingRows
from pairstream_training.errors import TrainingError

_MOST_ROUNDS = 500
_MOST_DART_ROUNDS = 60
_MOST_LEAVES = 500
_MOST_LEAVES_WITH_ZERO = 8
_STEPS = 15.0
"""Largest product of rounds and learning rate: larger sums lose digits in any order of addition."""


def train_lightgbm(draws: Draws, rows: TrainingRows, path: Path) -> CaseModel:
    """Train a model of the first label, and save it beside `path` as text. Raises TrainingError without LightGBM."""
    try:
        # Its wheel needs the system's libgomp, which a bare machine lacks.
        import lightgbm  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise TrainingError(f"lightgbm cannot be loaded ({error})") from error
    boosting = draws.one_of("gbdt", "gbdt", "dart", "goss", "rf")
    rounds = draws.small(1, _MOST_DART_ROUNDS if boosting == "dart" else _MOST_ROUNDS)
    kind = draws.one_of("nan", "nan", "zero", "none")
    settings: dict[str, Any] = {
        "objective": draws.one_of("binary", "binary", "cross_entropy"),
        "boosting": boosting,
        "num_leaves": draws.small(2, _MOST_LEAVES_WITH_ZERO if kind == "zero" else _MOST_LEAVES),
        "max_depth": draws.one_of(-1, draws.whole(1, 16)),
        "learning_rate": min(draws.number(0.02, 0.8), _STEPS / rounds),
        "min_data_in_leaf": draws.one_of(1, 5, 20),
        "min_sum_hessian_in_leaf": draws.one_of(1e-3, 1.0),
        "max_bin": draws.one_of(15, 255),
        "lambda_l2": draws.one_of(0.1, 1.0, 10.0),
        "zero_as_missing": kind == "zero",
        "use_missing": kind != "none",
        "extra_trees": draws.chance(0.1),
        "boost_from_average": draws.chance(0.8),
        "seed": draws.whole(0, 1_000),
        "deterministic": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    if boosting == "rf" or (boosting != "goss" and draws.chance(0.3)):
        settings |= {"bagging_freq": 1, "bagging_fraction": draws.number(0.4, 0.9)}
    if settings["objective"] == "binary":
        settings |= {"sigmoid": draws.one_of(1.0, 1.0, 0.6), "scale_pos_weight": draws.one_of(1.0, 1.0, 4.0)}
    data = lightgbm.Dataset(rows.features, rows.labels[:, 0], params=settings)
    booster = lightgbm.train(settings, data, rounds)
    saved = path.with_suffix(".txt")
    booster.save_model(saved)
    present = booster.current_iteration()
    count = draws.one_of(present, present, draws.whole(1, present))

    def answer(features: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        return np.asarray(booster.predict(features, num_iteration=count), dtype=np.float64).reshape(len(features), 1)

    described = {**settings, "library": "LightGBM", "rounds": rounds, "kept": count}
    return CaseModel(saved, described, answer, count, least=float(np.finfo(np.float32).min))
