"""Compares the distribution of every feature between the first training day, the last one, and serving."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pairstream_training.feature_contract import require_one_vocabulary
from pairstream_training.feature_files import open_features, read_features

_SAMPLE_ROWS = 50_000


@dataclass(frozen=True)
class DaySummary:
    """One feature on one day."""

    mean: float | None
    """Mean of the values; None if all are missing."""
    missing: float
    """Share of rows without a value."""


@dataclass(frozen=True)
class FeatureDrift:
    """One feature on all days. Distances are Kolmogorov-Smirnov statistics: 0 (equal) to 1, None without values."""

    feature: str
    days: tuple[DaySummary, ...]
    distances: tuple[float | None, ...]
    """Distance of each day to the day before."""

    @property
    def largest(self) -> float:
        """Return the largest change: a distance, or the change of the share of missing values."""
        missing = [abs(after.missing - before.missing) for before, after in pairwise(self.days)]
        return max([0.0, *missing, *(distance for distance in self.distances if distance is not None)])


def feature_names(path: Path) -> tuple[str, ...]:
    """Return the features of a file: its float32 columns."""
    return tuple(field.name for field in open_features(path).schema if field.type == pa.float32())


def measure_drift(paths: Sequence[Path], seed: int = 1) -> list[FeatureDrift]:
    """Compare days, and sort the features by their change, largest first; raises TrainingError as `read_features`."""
    require_one_vocabulary(paths)
    names = feature_names(paths[0])
    samples = [_draw(read_features(path, names), seed) for path in paths]
    drifts = [_compare(name, [sample[:, column] for sample in samples]) for column, name in enumerate(names)]
    return sorted(drifts, key=lambda drift: (-drift.largest, drift.feature))


def _draw(values: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    if len(values) <= _SAMPLE_ROWS:
        return values
    generator = np.random.default_rng([seed, 70])
    picked: npt.NDArray[np.float32] = values[np.sort(generator.choice(len(values), _SAMPLE_ROWS, replace=False))]
    return picked


def _compare(name: str, days: Sequence[npt.NDArray[np.float32]]) -> FeatureDrift:
    # Imported here because scipy.stats takes longest to import, and every command imports this module.
    from scipy.stats import ks_2samp  # noqa: PLC0415

    known = [values[~np.isnan(values)] for values in days]
    summaries = tuple(
        DaySummary(float(there.mean(dtype=np.float64)) if len(there) else None, 1 - len(there) / max(1, len(values)))
        for values, there in zip(days, known, strict=True)
    )
    distances = tuple(
        float(ks_2samp(before, after).statistic) if len(before) and len(after) else None
        for before, after in pairwise(known)
    )
    return FeatureDrift(name, summaries, distances)
