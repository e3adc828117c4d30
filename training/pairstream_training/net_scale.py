"""Scaling constants of the numbers that a net reads, measured on its training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairstream_training.net_data import NetTable
from pairstream_training.net_layout import NetLayout, Number


@dataclass(frozen=True)
class NumberScale:
    """Statistics of one number, after its logarithm if the layout has one, without missing values."""

    mean: float
    deviation: float
    """Standard deviation; 1 for a constant number."""
    least: float
    greatest: float

    def shift_and_scale(self, number: Number) -> tuple[float, float]:
        """Return the shift and the divisor of the number."""
        match number.scaling:
            case "none":
                return 0.0, 1.0
            case "centre":
                return self.mean, number.divisor
            case "standard":
                return self.mean, self.deviation
            case "range":
                return self.least, (self.greatest - self.least) or 1.0


NetScale = Mapping[str, NumberScale]
"""By feature."""


def measure_scale(layout: NetLayout, table: NetTable) -> dict[str, NumberScale]:
    """Measure every number that a net reads, over all pairs."""
    of_tweet = table.tweets.features[:, len(layout.tower_categories) :]
    of_pair = table.head_features[:, len(layout.head_categories) :]
    return {
        **_measure(
            layout.tower_numbers, of_tweet, np.bincount(table.tweet_row, minlength=len(of_tweet)).astype(np.float64)
        ),
        **_measure(layout.head_numbers, of_pair, np.ones(len(of_pair))),
    }


def _measure(
    numbers: Sequence[Number], features: npt.NDArray[np.float32], weights: npt.NDArray[np.float64]
) -> dict[str, NumberScale]:
    return {
        number.feature: _measure_one(features[:, column].astype(np.float64), weights, is_logged=number.is_logged)
        for column, number in enumerate(numbers)
    }


def _measure_one(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], *, is_logged: bool) -> NumberScale:
    counted = (weights > 0) & ~np.isnan(values)
    known, weight = values[counted], weights[counted]
    if len(known) == 0:
        return NumberScale(0.0, 1.0, 0.0, 0.0)
    if is_logged:
        known = np.log1p(known)
    mean = float(np.average(known, weights=weight))
    deviation = float(np.sqrt(np.average((known - mean) ** 2, weights=weight)))
    return NumberScale(mean, deviation or 1.0, float(known.min()), float(known.max()))
