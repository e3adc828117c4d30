"""Asks FIL itself, in its CPU mode, where its package is installed."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

PACKAGE = "nvforest"
"""Large, and no part of the locked environment; on PyPI as nvforest-cu12."""


def has_fil() -> bool:
    """Tell whether FIL's package can be imported."""
    try:
        importlib.import_module(PACKAGE)
    except ImportError:
        return False
    return True


def answer_by_fil(checkpoint: Path, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give the probabilities [rows, outputs] that FIL reads out of a checkpoint; only where `has_fil`."""
    nvforest = importlib.import_module(PACKAGE)
    with warnings.catch_warnings():
        # It says so of every checkpoint of a treelite that is newer than its own, and reads it all the same.
        warnings.filterwarnings("ignore", message=r"(?s).*originated from a newer Treelite version")
        model = nvforest.load_model(checkpoint, model_type="treelite_checkpoint", device="cpu")
    return np.asarray(model.predict_proba(rows), dtype=np.float32).reshape(len(rows), -1)
