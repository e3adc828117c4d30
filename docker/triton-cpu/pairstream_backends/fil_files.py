"""Which file a FIL model is read from, and by which library."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pairstream_backends.model_config import ModelConfig
from pairstream_backends.model_file import named_file, require_file, short_name


class ForestFormat(Enum):
    """The libraries that write model files."""

    XGBOOST = "XGBoost"
    LIGHTGBM = "LightGBM"
    TREELITE = "treelite"


_STANDARD_FILES = {
    "xgboost_ubj": ("xgboost.ubj", ForestFormat.XGBOOST),
    "xgboost_json": ("xgboost.json", ForestFormat.XGBOOST),
    "lightgbm": ("model.txt", ForestFormat.LIGHTGBM),
    "treelite_checkpoint": ("checkpoint.tl", ForestFormat.TREELITE),
}
"""File name and format by `model_type`. Without FIL's `xgboost`, the old binary format: XGBoost reads it no more."""


@dataclass(frozen=True)
class ForestFile:
    """The file of a forest."""

    path: Path
    format: ForestFormat
    note: str = ""
    """Why it is another file than `model_type` says; empty where it is not."""


def find_forest_file(config: ModelConfig) -> ForestFile:
    """Find the file that `model_type` names.

    Where the XGBoost file that a checkpoint is derived from lies beside it, that one is served: it answers the same,
    several times faster on a CPU, and the checkpoint may be absent. Raises ModelError for an unknown `model_type` and
    for a missing file.
    """
    model_type = config.parameters.text("model_type")
    if model_type not in _STANDARD_FILES:
        raise config.parameters.problem("model_type", f"one of {', '.join(_STANDARD_FILES)}")
    standard_name, forest_format = _STANDARD_FILES[model_type]
    path = named_file(config, standard_name)
    source = config.folder / _STANDARD_FILES["xgboost_ubj"][0]
    is_derived = forest_format is ForestFormat.TREELITE and path.name == standard_name
    if is_derived and source.is_file():
        note = f"the file that {short_name(path)} is derived from is served: it answers faster on a CPU"
        return ForestFile(source, ForestFormat.XGBOOST, note)
    return ForestFile(require_file(path, f'parameters.model_type is "{model_type}"'), forest_format)
