"""Small training data of features of many kinds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forest_cases.draws import Draws

_MOST_FEATURES = 12
_ZERO_SHARE = 0.4
_SCALES = {"huge": 1e30, "tiny": 3e-35, "constant": 0.0}
_MISSING_SHARES = (0.0, 0.0, 0.1, 0.5)


@dataclass(frozen=True)
class TrainingRows:
    """Rows that a forest is trained on."""

    features: npt.NDArray[np.float32]
    """[rows, features], NaN where a value is missing."""
    labels: npt.NDArray[np.uint8]
    """[rows, outputs]."""


def draw_rows(draws: Draws, output_count: int) -> TrainingRows:
    """Draw 200 to 2,000 rows of 1 to 12 features; labels depend on two features and on noise."""
    generator = draws.generator
    row_count = draws.small(200, 2_000)
    columns = [_column(draws, row_count) for _ in range(draws.whole(1, _MOST_FEATURES))]
    features = np.stack(columns, axis=1).astype(np.float32)
    signals = [_ranks(column) for column in columns]
    features[generator.random(features.shape) < draws.one_of(*_MISSING_SHARES)] = np.nan
    labels = np.empty((row_count, output_count), dtype=np.uint8)
    for output in range(output_count):
        first, second = draws.one_of(*range(len(columns))), draws.one_of(*range(len(columns)))
        absent = np.isnan(features[:, first])
        score = signals[first] - signals[second] * draws.number(-1, 1) + absent
        noise = generator.normal(scale=draws.number(0.05, 0.5), size=row_count)
        labels[:, output] = score + noise > np.quantile(score, draws.number(0.3, 0.97))
    return TrainingRows(features, labels)


def _column(draws: Draws, row_count: int) -> npt.NDArray[np.float64]:
    generator = draws.generator
    normal = generator.normal(size=row_count)
    kind = draws.one_of("normal", "normal", "count", "zeros", "flag", "huge", "tiny", "constant")
    if kind == "count":
        return generator.poisson(3, size=row_count).astype(np.float64)
    if kind == "zeros":
        return np.where(generator.random(row_count) < _ZERO_SHARE, 0, normal)
    if kind == "flag":
        return (normal > 0).astype(np.float64)
    return normal * _SCALES.get(kind, 1.0)


def _ranks(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.argsort(np.argsort(column)) / len(column)
