"""Trains models of random settings with XGBoost."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from forest_cases.case_model import CaseModel
from forest_cases.draws import Draws
from forest_cases.training_rows import TrainingRows
from pairstream_training.kept_rounds import ALL, BEST

_MOST_ROUNDS = 500
_MOST_DART_ROUNDS = 40
_MOST_DEPTH = 16
_MOST_DEPTH_WITH_MISSING = 5
_STEPS = 15.0
"""Largest product of rounds and learning rate: larger sums lose digits in any order of addition."""


def train_xgboost(draws: Draws, rows: TrainingRows, path: Path) -> CaseModel:
    """Train a model of as many outputs as there are labels, and save it beside `path` in JSON or UBJSON."""
    method = draws.one_of("hist", "approx", "exact")
    is_dart = draws.chance(0.2)
    missing = _missing_value(draws, rows.features)
    rounds = draws.small(1, _MOST_DART_ROUNDS if is_dart else _MOST_ROUNDS)
    settings: dict[str, Any] = {
        "objective": draws.one_of("binary:logistic", "binary:logistic", "reg:logistic"),
        "tree_method": method,
        "max_depth": draws.whole(1, _MOST_DEPTH if np.isnan(missing) else _MOST_DEPTH_WITH_MISSING),
        "eta": min(draws.number(0.02, 1.0), _STEPS / rounds),
        "gamma": draws.one_of(0.0, 0.0, 0.1, 2.0, 20.0),
        "min_child_weight": draws.one_of(0.01, 1.0, 5.0, 1e6),
        "lambda": draws.one_of(0.5, 1.0, 10.0),
        "subsample": draws.one_of(1.0, 0.6),
        "colsample_bytree": draws.one_of(1.0, 0.7),
        "max_delta_step": draws.one_of(0.0, 0.0, 0.7),
        "seed": draws.whole(0, 1_000),
        "nthread": 1,
        "verbosity": 0,
    }
    if draws.chance(0.3):
        settings["scale_pos_weight"] = draws.number(0.2, 8)
    if draws.chance(0.3):
        settings["base_score"] = draws.number(0.01, 0.99)
    if draws.chance(0.15):
        settings["num_parallel_tree"] = draws.whole(2, 4)
    if method != "exact" and draws.chance(0.5):
        settings |= {"grow_policy": "lossguide", "max_leaves": draws.small(2, 500)}
    if is_dart:
        settings |= {"booster": "dart", "rate_drop": draws.number(0, 0.6), "skip_drop": draws.one_of(0.0, 0.5)}
        settings |= {"one_drop": draws.whole(0, 1), "normalize_type": draws.one_of("tree", "forest")}
    labels = rows.labels[:, 0] if rows.labels.shape[1] == 1 else rows.labels
    cut = len(rows.features) * 2 // 3
    stops_early = draws.chance(0.25)
    size = cut if stops_early else len(rows.features)
    matrix = xgb.DMatrix(rows.features[:size], labels[:size], missing=missing)
    watched = xgb.DMatrix(rows.features[cut:], labels[cut:], missing=missing)
    booster = xgb.train(
        settings,
        matrix,
        rounds,
        evals=[(watched, "watched")] if stops_early else None,
        early_stopping_rounds=draws.whole(1, 5) if stops_early else None,
        verbose_eval=False,
    )
    saved = path.with_suffix(draws.one_of(".json", ".ubj"))
    booster.save_model(saved)
    kept_rounds = draws.one_of(BEST, BEST, ALL)
    kept = booster.best_iteration + 1 if stops_early and kept_rounds == BEST else booster.num_boosted_rounds()

    def answer(features: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        given: npt.NDArray[np.floating] = booster.inplace_predict(features, iteration_range=(0, kept), missing=missing)
        return given.reshape(len(features), -1)

    described = {**settings, "library": "XGBoost", "rounds": rounds, "kept": kept, "missing": repr(missing)}
    special = () if np.isnan(missing) else (missing,)
    return CaseModel(saved, described, answer, kept_rounds, missing, special)


def _missing_value(draws: Draws, values: npt.NDArray[np.float32]) -> float:
    if not draws.chance(0.2):
        return float("nan")
    present = values[np.isfinite(values)]
    return draws.one_of(0.0, -999.0, float(draws.generator.choice(present)) if len(present) else 0.0)
