"""Imports the models of a case as `import` does, and writes the served file with rows and answers."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from forest_cases.case_model import CaseModel
from forest_cases.draws import Draws
from forest_cases.hostile_rows import hostile_rows
from forest_cases.lightgbm_cases import train_lightgbm
from forest_cases.training_rows import TrainingRows, draw_rows
from forest_cases.xgboost_cases import train_xgboost
from pairstream_training.errors import TrainingError
from pairstream_training.forest import read_trees
from pairstream_training.import_forest import merge_trained
from pairstream_training.import_models import forests_of_file
from pairstream_training.model_folders import FOREST_FILE
from pairstream_training.model_formats import read_model_file

_MOST_DRAWS = 20
_TOO_LARGE = "a tree of more than"

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Case:
    models: tuple[CaseModel, ...]
    columns: tuple[tuple[int, ...], ...]
    """The columns of the rows that each model reads, in the order of its features."""
    features: Rows


def write_case(folder: Path, seed: int, case: int, row_count: int) -> int:
    """Write the case of a number, and give how many drawn ones were refused before, because a tree became too large.

    In `folder`: xgboost.ubj as `import` writes it, rows.f32 [rows, features], probabilities.f64 [rows, outputs] by
    the libraries that trained the models, margins.f32 [rows, outputs] by XGBoost for xgboost.ubj, all little-endian
    and in the order of the rows, and forest.json.
    """
    folder.mkdir(parents=True)
    for attempt in range(_MOST_DRAWS):
        draws = Draws(seed, case, attempt)
        with tempfile.TemporaryDirectory(prefix="pairstream-case-") as trained:
            drawn = _draw_case(draws, Path(trained))
            try:
                served = _import(drawn, folder / FOREST_FILE)
            except TrainingError as error:
                if _TOO_LARGE not in str(error):
                    raise
                continue
        special = [value for model in drawn.models for value in model.special]
        rows = hostile_rows(read_trees(served), drawn.features, special, row_count, draws.generator)
        rows = np.maximum(rows, np.float32(max(model.least for model in drawn.models)))
        _write_answers(folder, drawn, served, rows)
        return attempt
    raise TrainingError(f"case {case}: {_MOST_DRAWS} draws with too large trees, expected a smaller one among them")


def _draw_case(draws: Draws, folder: Path) -> _Case:
    model_count = draws.one_of(1, 1, 1, 2, 4)
    is_lightgbm = [draws.chance(0.5) for _ in range(model_count)]
    output_count = draws.one_of(1, 1, 2, 4) if is_lightgbm == [False] else model_count
    rows = draw_rows(draws, output_count)
    width = rows.features.shape[1]
    models, columns = [], []
    for m, is_light in enumerate(is_lightgbm):
        picked = draws.generator.permutation(width)[: width if model_count == 1 else draws.whole(1, width)]
        own = slice(None) if model_count == 1 else slice(m, m + 1)
        part = TrainingRows(np.ascontiguousarray(rows.features[:, picked]), rows.labels[:, own])
        path = folder / f"model{m}"
        models.append(train_lightgbm(draws, part, path) if is_light else train_xgboost(draws, part, path))
        columns.append(tuple(int(column) for column in picked))
    return _Case(tuple(models), tuple(columns), rows.features)


def _import(case: _Case, path: Path) -> xgb.Booster:
    forests, columns = [], []
    for model, picked in zip(case.models, case.columns, strict=True):
        own = forests_of_file(read_model_file(model.path), model.rounds, model.missing)
        forests += own
        columns += [picked] * len(own)
    names = [f"f{column}" for column in range(case.features.shape[1])]
    merge_trained(forests, columns, range(len(forests)), names).save_model(path)
    return xgb.Booster(model_file=path)


def _write_answers(folder: Path, case: _Case, served: xgb.Booster, rows: Rows) -> None:
    probabilities = np.concatenate(
        [
            model.answer(np.ascontiguousarray(rows[:, picked]))
            for model, picked in zip(case.models, case.columns, strict=True)
        ],
        axis=1,
    )
    margins = served.inplace_predict(rows, predict_type="margin").reshape(probabilities.shape)
    rows.astype("<f4").tofile(folder / "rows.f32")
    probabilities.astype("<f8").tofile(folder / "probabilities.f64")
    margins.astype("<f4").tofile(folder / "margins.f32")
    document = {
        "rowCount": len(rows),
        "featureCount": rows.shape[1],
        "outputCount": probabilities.shape[1],
        "models": [model.settings for model in case.models],
    }
    (folder / "forest.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
