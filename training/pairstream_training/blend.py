"""Weights of models in the answer: their use and their fit."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pairstream_training.targets import TARGETS

_CLIP = 1e-7


def fit_weights(
    answers: Mapping[str, npt.NDArray[np.float32]], labels: npt.NDArray[np.uint8]
) -> dict[str, list[float]]:
    """Fit weights [models, targets] of least log loss; they are not negative and sum to 1 per target."""
    names = list(answers)
    by_target = [
        _fit_target(np.stack([answers[name][:, t] for name in names]).astype(np.float64), labels[:, t])
        for t in range(len(TARGETS))
    ]
    return {name: [float(weights[m]) for weights in by_target] for m, name in enumerate(names)}


def weighted_mean(
    answers: Mapping[str, npt.NDArray[np.float32]], weights: Mapping[str, Sequence[float] | npt.NDArray[np.float64]]
) -> npt.NDArray[np.float32]:
    """Return the weighted mean [rows, 4] of the answers of models."""
    parts = [answers[name] * np.asarray(own) for name, own in weights.items()]
    mean: npt.NDArray[np.float32] = np.stack(parts).sum(axis=0).astype(np.float32)
    return mean


def _fit_target(probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Fit the weights of one target on probabilities [models, rows]; the log loss is convex in the weights."""
    # Imported here because scipy.optimize takes longest to import, and every command imports this module.
    from scipy.optimize import minimize  # noqa: PLC0415

    count = len(probabilities)
    is_positive = labels == 1

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        mean = np.clip(weights @ probabilities, _CLIP, 1 - _CLIP)
        slope = np.where(is_positive, -1 / mean, 1 / (1 - mean))
        value = -np.where(is_positive, np.log(mean), np.log1p(-mean)).mean()
        return float(value), probabilities @ slope / len(labels)

    fitted = minimize(
        loss,
        np.full(count, 1 / count),
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": lambda _: np.ones(count)},
        # Losses of rare engagements are small, so the default tolerance would end the fit too early.
        options={"ftol": 1e-12, "maxiter": 1_000},
    )
    return _rounded(np.clip(fitted.x, 0, None) / np.clip(fitted.x, 0, None).sum())


def _rounded(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round to four decimals and add the rounding error to the largest weight, so that the sum stays 1."""
    rounded: npt.NDArray[np.float64] = np.round(weights, 4)
    rounded[rounded.argmax()] += 1 - rounded.sum()
    return np.round(rounded, 4)
