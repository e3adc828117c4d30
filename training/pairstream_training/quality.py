"""Quality of probabilities on held-out rows."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from pairstream_training.targets import TARGETS

_CLIP = 1e-15


@dataclass(frozen=True)
class TargetQuality:
    """One target on all held-out rows (the official score, by popularity group, is `pairstream evaluate`'s)."""

    target: str
    rate: float
    """Share of rows with the engagement."""
    log_loss: float
    rce: float | None
    """Relative cross entropy in percent, against the constant `rate`; None if all rows or none are positive."""


def measure(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> list[TargetQuality]:
    """Measure probabilities [rows, 4] against labels [rows, 4]."""
    return [_measure_target(t, probabilities[:, t], labels[:, t]) for t in range(len(TARGETS))]


def mean_rce(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], groups: npt.NDArray[np.intp]
) -> float:
    """Return the official score: the mean over the targets of the mean RCE over the popularity groups.

    A target's mean leaves out groups in which all rows or none are positive.
    """
    by_group = [measure(probabilities[groups == group], labels[groups == group]) for group in np.unique(groups)]
    scores = [[group[t].rce for group in by_group] for t in range(len(TARGETS))]
    return float(np.mean([np.mean([score for score in target if score is not None]) for target in scores]))


def as_rows(qualities: list[TargetQuality]) -> list[dict[str, object]]:
    """Return qualities as JSON objects."""
    return [asdict(quality) for quality in qualities]


def describe(qualities: list[TargetQuality]) -> list[str]:
    """Return one line of text per target."""
    return [
        f"{quality.target:8} rate {quality.rate:.4f}  log loss {quality.log_loss:.5f}  "
        f"RCE {'-' if quality.rce is None else f'{quality.rce:.2f}'}"
        for quality in qualities
    ]


def _measure_target(
    target: int, probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]
) -> TargetQuality:
    rate = float(labels.mean())
    loss = _log_loss(probabilities.astype(np.float64), labels)
    constant = _log_loss(np.full(len(labels), rate), labels)
    rce = 100 * (1 - loss / constant) if 0 < rate < 1 else None
    return TargetQuality(TARGETS[target], rate, loss, rce)


def _log_loss(probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.uint8]) -> float:
    clipped = np.clip(probabilities, _CLIP, 1 - _CLIP)
    return float(-np.where(labels == 1, np.log(clipped), np.log1p(-clipped)).mean())
