"""Answers of FIL in its CPU mode, if its package is installed."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

PACKAGE = "nvforest"
"""Large, and not in the lock file; on PyPI as nvforest-cu12."""


def has_fil() -> bool:
    """Return True if FIL's package can be imported."""
    try:
        importlib.import_module(PACKAGE)
    except ImportError:
        return False
    return True


def answer_by_fil(checkpoint: Path, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return FIL's probabilities [rows, outputs] for a checkpoint. Needs `has_fil`."""
    nvforest = importlib.import_module(PACKAGE)
    with warnings.catch_warnings():
        # FIL warns of checkpoints of a newer treelite, and reads them.
        warnings.filterwarnings("ignore", message=r"(?s).*originated from a newer Treelite version")
        model = nvforest.load_model(checkpoint, model_type="treelite_checkpoint", device="cpu")
    return np.asarray(model.predict_proba(rows), dtype=np.float32).reshape(len(rows), -1)
