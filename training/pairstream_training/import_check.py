"""Compares an imported model with the library that trained it, and detects a missing value that was not given."""

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt

from pairstream_training.errors import TrainingError
from pairstream_training.targets import TARGETS

Rows = npt.NDArray[np.float32]
Answer = Callable[[Rows], npt.NDArray[np.floating]]

_CHANGED_SHARE = 0.1
_LEAST_GAIN = 0.04
_LEAST_PROBABILITY = 1e-7


def require_same_answers(
    merged: Answer, library: Answer, sample: Rows, special: Sequence[float], seed: int, tolerance: float
) -> int:
    """Compare both on the sample, and on copies in which NaN, zeros and `special` each replace a tenth of the values.

    Returns the number of compared rows. Raises TrainingError if a row differs by more than `tolerance`.
    """
    rows = np.concatenate([sample, with_special(sample, special, seed)])
    given, seen = library(rows), merged(rows)
    # Some models answer NaN if a value is missing; the served model must do the same.
    differences = np.where(np.isnan(given) & np.isnan(seen), 0, np.abs(seen - given)).max(axis=1)
    apart = int(np.count_nonzero(~(differences <= tolerance)))
    if apart > 0:
        raise TrainingError(
            f"the merged model is up to {np.nanmax(differences):.3g} away from the models as given on {apart} of "
            f"{len(rows)} rows, expected at most {tolerance:.0e}; rows hold zeros and missing values"
        )
    return len(rows)


def with_special(sample: Rows, special: Sequence[float], seed: int) -> Rows:
    """Return copies of the sample in which NaN, zeros and `special` each replace a tenth of the values."""
    generator = np.random.default_rng([seed, 21])
    changed = sample.copy()
    for value in (math.nan, 0.0, *special):
        changed[generator.random(changed.shape) < _CHANGED_SHARE] = value
    return changed


def missing_zero_warnings(
    library: Answer, sample: Rows, labels: npt.NDArray[np.uint8], targets: Collection[str] = TARGETS
) -> list[str]:
    """Warn of targets whose labels fit clearly better if zeros count as missing: the training may have used missing=0.

    `library` returns outputs that alternate over the targets. `labels` are [rows, targets]. `targets` are checked.
    """
    if not (sample == 0).any():
        return []
    as_given = library(sample)
    as_missing = library(np.where(sample == 0, np.float32(math.nan), sample))
    warnings = []
    for t, target in enumerate(TARGETS):
        if target not in targets:
            continue
        given, missing = (_log_loss(p[:, t :: len(TARGETS)].mean(axis=1), labels[:, t]) for p in (as_given, as_missing))
        if missing < given * (1 - _LEAST_GAIN):
            moved = np.abs(as_given[:, t] - as_missing[:, t]) > _LEAST_PROBABILITY
            warnings.append(
                f"{target}: the labels fit better if zeros count as missing (log loss {missing:.4f} instead of "
                f"{given:.4f}, {moved.mean():.0%} of rows differ); if training had missing=0, import with --missing 0"
            )
    return warnings


def _log_loss(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.uint8]) -> float:
    p = np.clip(probabilities.astype(np.float64), _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return float(-np.where(labels != 0, np.log(p), np.log1p(-p)).mean())
