"""Asks FIL itself, in its CPU mode, where its package is installed."""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

PACKAGE = "nvforest"
"""Large, and no part of the locked environment; on PyPI as nvforest-cu12."""


def answer_by_fil(checkpoint: Path, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """Give the probabilities [rows, outputs] that FIL reads out of a checkpoint; None where it is not installed."""
    try:
        import nvforest  # noqa: PLC0415
    except ImportError:
        return None
    with warnings.catch_warnings():
        # It says so of every checkpoint of a treelite that is newer than its own, and reads it all the same.
        warnings.filterwarnings("ignore", message=r"(?s).*originated from a newer Treelite version")
        model = nvforest.load_model(checkpoint, model_type="treelite_checkpoint", device="cpu")
    probabilities = np.asarray(model.predict_proba(rows), dtype=np.float32)
    if probabilities.ndim == 1 or probabilities.shape[1] > model.num_outputs:
        # Of one output it gives both classes.
        return probabilities.reshape(len(rows), -1)[:, -1:]
    return probabilities
