"""A model file of a case, and the answers of the library that trained it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class CaseModel:
    """A model file as its library saved it."""

    path: Path
    settings: dict[str, Any]
    """Settings of the training, for the message of a failed comparison."""
    answer: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]
    """Probabilities [rows, outputs] by the library itself, without any code of the import."""
    rounds: str | int
    """Option `--rounds` of the import."""
    missing: float = math.nan
    """Option `--missing` of the import."""
    special: tuple[float, ...] = ()
    least: float = -math.inf
    """Least value of a row: the import is not exact below it."""
    """Values beside which rows are drawn."""
