"""Golden rows: inputs with the answers XGBoost itself gives, for whoever serves the model to check against."""

import numpy as np
import numpy.typing as npt
import xgboost as xgb

GOLDEN_ROWS = 64
GOLDEN_TOLERANCE = 1e-5
_MISSING_SHARE = 0.1


def golden_document(
    model: str, version: str, booster: xgb.Booster, features: npt.NDArray[np.float32], seed: int
) -> dict[str, object]:
    """Give the content of golden.json for rows drawn from `features`.

    Every other row has about a tenth of its values taken away, so that the way of missing values is checked as well; a
    missing value is null.
    """
    generator = np.random.default_rng([seed, 64])
    picked = np.sort(generator.choice(len(features), size=min(GOLDEN_ROWS, len(features)), replace=False))
    rows = features[picked].copy()
    rows[1::2][generator.random(rows[1::2].shape) < _MISSING_SHARE] = np.nan
    outputs = booster.inplace_predict(rows)
    return {
        "model": model,
        "version": version,
        "rows": [[_number(value) for value in row] for row in rows],
        "outputs": [[_number(value) for value in row] for row in outputs],
        "tolerance": GOLDEN_TOLERANCE,
    }


def _number(value: np.float32) -> float | None:
    """Give the shortest decimal of a float32, None for NaN."""
    return None if np.isnan(value) else float(str(value))
