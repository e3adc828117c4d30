"""Golden rows: inputs with the answers of the training library, for checks by the server of the model."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.tensor_names import INPUT_NAME, OUTPUT_NAME

T = TypeVar("T", bound=np.generic)

GOLDEN_ROWS = 64
GOLDEN_TOLERANCE = 1e-5
_MISSING_SHARE = 0.1


def forest_golden(
    model: str, version: str, booster: xgb.Booster, features: npt.NDArray[np.float32], seed: int
) -> dict[str, object]:
    """Return the content of golden.json of a forest, for rows drawn from `features`.

    Every other row has missing values (null), so that their handling is checked, too.
    """
    rows = golden_rows(features, seed)
    return golden_document(model, version, {INPUT_NAME: rows}, {OUTPUT_NAME: booster.inplace_predict(rows)})


def golden_rows(features: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    """Draw golden rows from `features`. In every other row about a tenth of the values is missing."""
    rows = draw_rows(features, GOLDEN_ROWS, seed)
    generator = np.random.default_rng([seed, 65])
    rows[1::2][generator.random(rows[1::2].shape) < _MISSING_SHARE] = np.nan
    return rows


def draw_rows(values: npt.NDArray[T], row_count: int, seed: int) -> npt.NDArray[T]:
    """Draw rows in ascending order; matrices of equal length give the same rows."""
    generator = np.random.default_rng([seed, 64])
    picked = np.sort(generator.choice(len(values), size=min(row_count, len(values)), replace=False))
    return values[picked].copy()


def golden_document(
    model: str,
    version: str,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    outputs: Mapping[str, npt.NDArray[np.float32]],
    index_maps: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the content of golden.json: rows by tensor, and the SHA-256 of each index map."""
    return {
        "model": model,
        "version": version,
        "inputs": {name: _as_rows(rows) for name, rows in inputs.items()},
        "outputs": {name: _as_rows(rows) for name, rows in outputs.items()},
        "tolerance": GOLDEN_TOLERANCE,
        **({"index_maps": dict(index_maps)} if index_maps else {}),
    }


def _as_rows(values: npt.NDArray[np.generic]) -> list[list[float | int | None]]:
    return [[_number(value) for value in row] for row in values]


def _number(value: np.generic) -> float | int | None:
    """Return an integer, or the shortest decimal of a float32; None for NaN."""
    if isinstance(value, np.integer):
        return int(value)
    return None if np.isnan(value) else float(str(value))
