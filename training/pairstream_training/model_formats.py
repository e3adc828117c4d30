"""Detects the format of a model file by its content. The name of the file is ignored."""

import re
from dataclasses import dataclass
from pathlib import Path

from pairstream_training.errors import TrainingError

XGBOOST = "XGBoost"
LIGHTGBM = "LightGBM"
ONNX = "ONNX"

_EXPECTED = "expected a model that XGBoost saved (JSON or UBJSON), LightGBM's model.txt or an ONNX model"
_SAVE_AGAIN = "save it with booster.save_model('model.ubj') (XGBoost) or booster.save_model('model.txt') (LightGBM)"
_FROM_OLD = "load it with XGBoost 3.0 or older and save it with booster.save_model('model.ubj')"
_FROM_PICKLE = (
    "it is not opened, because a pickle can run code: load it where it was made, then save "
    "model.get_booster().save_model('model.ubj') (XGBoost), model.booster_.save_model('model.txt') (LightGBM) or "
    "skl2onnx.to_onnx(model, rows[:1]) (scikit-learn)"
)
_FROM_CATBOOST = "save it with model.save_model('model.onnx', format='onnx') (CatBoost)"
_FROM_PYTORCH = "save it with torch.onnx.export(model, rows, 'model.onnx') (PyTorch)"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEAD_BYTES = 4_096

# First bytes of files, their format, and the remedy.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\x1f\x8b", "a gzip file", "unpack it with gunzip"),
    (rb"(?s)PK\x03\x04.{0,300}data\.pkl", "a PyTorch file with a pickle", _FROM_PYTORCH),
    (rb"PK\x03\x04", "a ZIP file", "unpack it"),
    (rb"BZh\d", "a bzip2 file", "unpack it with bunzip2"),
    (rb"\xfd7zXZ", "an xz file", "unpack it with unxz"),
    (rb"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it with unzstd"),
    (rb"x[\x01\x9c\xda]", "zlib data, as joblib writes it", _FROM_PICKLE),
    (rb"\x80[\x02-\x05]", "a Python pickle", _FROM_PICKLE),
    (rb"binf|bs64", "XGBoost's old binary format", _FROM_OLD),
    (rb"CBM1", "a CatBoost model", _FROM_CATBOOST),
    (rb"\x04\x00\x00\x00[\x00-\x20]\x00\x00\x00", "a treelite checkpoint", _SAVE_AGAIN),
    (rb"(?s).{4}ORTM", "a model in ONNX Runtime's own format", "name the ONNX model that it was made of"),
    (rb"\x89HDF", "an HDF5 file", _EXPECTED),
    (rb"PAR1|ARROW1", "a table of rows (Parquet or Arrow)", _EXPECTED),
    (rb"version https://git-lfs", "a Git LFS pointer, not the file itself", "run git lfs pull"),
    (rb"(?is)\s*(<\?xml[^>]*>\s*)?<PMML", "a PMML file", _EXPECTED),
    (rb"(?is)\s*(<!doctype html|<html|<head)", "an HTML page", "the download gave an error page: fetch the file again"),
    (rb"\s*<\?xml", "an XML file", _EXPECTED),
    (rb"\xff\xfe|\xfe\xff", "UTF-16 text", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8"),
    (rb"(booster\[\d+\]:?\s+)?0:(\[|leaf=)", "a text dump of XGBoost, which loses digits", _SAVE_AGAIN),
    (rb"\s*\[\s*\{\s*\"nodeid\"", "a JSON dump of XGBoost, which loses digits", _SAVE_AGAIN),
)
_OLD_BINARY = re.compile(rb"(?:binary|reg|multi|rank|count|survival):\w+.{0,64}?(?:gbtree|gblinear|dart)", re.DOTALL)
_UBJSON = re.compile(rb"\{[iUIlL]")
# The IR version, and the tag of the field that follows it.
_ONNX = re.compile(rb"\x08[\x01-\x7f][\x12\x1a\x22\x28\x32\x3a\x42]")


@dataclass(frozen=True)
class ModelFile:
    """The content of a model file that one of the libraries can parse."""

    path: Path
    library: str
    """XGBOOST, LIGHTGBM or ONNX."""
    content: bytes
    """Without byte order mark and carriage returns, which the libraries do not accept."""


def read_model_file(path: Path) -> ModelFile:
    """Read a model file and detect its library. Raises TrainingError, with the detected format, for other files."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}, {_EXPECTED}") from error
    if not content.strip():
        raise TrainingError(f"{path}: the file is empty, {_EXPECTED}")
    if _UBJSON.match(content):
        return ModelFile(path, XGBOOST, _require_end(path, content))
    if _ONNX.match(content):
        return ModelFile(path, ONNX, content)
    text = content.removeprefix(_BYTE_ORDER_MARK)
    if re.match(rb"tree\r?\n", text):
        return ModelFile(path, LIGHTGBM, _lightgbm_text(path, text))
    if text.lstrip().startswith(b"{"):
        return ModelFile(path, XGBOOST, _xgboost_json(path, text.strip()))
    for pattern, found, advice in _SIGNATURES:
        if re.match(pattern, text[:_HEAD_BYTES]):
            raise TrainingError(f"{path}: {found}; {advice}")
    if _OLD_BINARY.search(text[:_HEAD_BYTES]):
        raise TrainingError(f"{path}: XGBoost's old binary format; {_FROM_OLD}")
    raise TrainingError(f"{path}: begins with {text[:12]!r}, {_EXPECTED}")


def _lightgbm_text(path: Path, text: bytes) -> bytes:
    lines = text.replace(b"\r\n", b"\n")
    if b"\nend of trees" not in lines:
        raise TrainingError(
            f"{path}: a LightGBM model cut off after {len(text)} bytes (no line 'end of trees'); copy the whole file"
        )
    return lines


def _xgboost_json(path: Path, text: bytes) -> bytes:
    if b'"learner"' not in text:
        for mark, found in (
            (b'"tree_info"', "a JSON dump of LightGBM"),
            (b'"oblivious_trees"', "a CatBoost model in JSON"),
        ):
            if mark in text:
                raise TrainingError(f"{path}: {found}; {_FROM_CATBOOST if 'CatBoost' in found else _SAVE_AGAIN}")
        raise TrainingError(f"{path}: JSON without a learner, {_EXPECTED}")
    if b'"learner_train_param"' in text:
        raise TrainingError(f"{path}: the configuration of an XGBoost model, without its trees; {_SAVE_AGAIN}")
    # XGBoost detects JSON by a quote directly after the brace.
    return b"{" + _require_end(path, text)[1:].lstrip()


def _require_end(path: Path, content: bytes) -> bytes:
    if not content.endswith(b"}"):
        raise TrainingError(
            f"{path}: an XGBoost model cut off after {len(content)} bytes (no closing brace); copy the whole file"
        )
    return content
