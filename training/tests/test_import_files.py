"""Files that are given to `import`: what they are is told by their content, and each fault is one line."""

import gzip
import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

try:
    import lightgbm as lgb
except OSError as error:
    if os.environ.get("PAIRSTREAM_REQUIRE_ALL") == "1":
        raise
    pytest.skip(f"lightgbm cannot be loaded: {error}", allow_module_level=True)

from pairstream_training.errors import TrainingError
from pairstream_training.lightgbm_models import read_lightgbm
from pairstream_training.model_formats import LIGHTGBM as LIGHTGBM_LIBRARY
from pairstream_training.model_formats import read_model_file
from pairstream_training.model_parse import require_parsable
from pairstream_training.xgboost_models import read_xgboost

ROWS = np.random.default_rng(1).normal(size=(400, 3)).astype(np.float32)
ROWS[::5, 1] = np.nan
LABELS = (np.nan_to_num(ROWS[:, 0]) + ROWS[:, 2] > 0).astype(np.float32)
XGBOOST = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
LIGHTGBM = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 4}


def train(rounds: int = 3, **parameters: object) -> xgb.Booster:
    return xgb.train({**XGBOOST, **parameters}, xgb.DMatrix(ROWS, LABELS), rounds)


def train_light(rounds: int = 3, **parameters: object) -> lgb.Booster:
    settings = {**LIGHTGBM, **parameters}
    return lgb.train(settings, lgb.Dataset(ROWS, LABELS, params={"verbosity": -1, **parameters}), rounds)


def logistic_gradient(margins: np.ndarray, data: lgb.Dataset) -> tuple[np.ndarray, np.ndarray]:
    probabilities = 1 / (1 + np.exp(-margins))
    return probabilities - data.get_label(), probabilities * (1 - probabilities)


BOOSTER = train()
LIGHT = train_light()
JSON = bytes(BOOSTER.save_raw("json"))
UBJSON = bytes(BOOSTER.save_raw("ubj"))
TEXT = LIGHT.model_to_string().encode()
PRETTY = json.dumps(json.loads(JSON), indent=2).encode()


def read(path: Path) -> np.ndarray:
    """Parse a file in this process, and give the answers of its first output."""
    if read_model_file(path).library == LIGHTGBM_LIBRARY:
        return np.asarray(read_lightgbm(path).answer(ROWS))
    return np.asarray(read_xgboost(path)[0].answer(ROWS))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("json-as.ubj", JSON),
        ("ubj-as.json", UBJSON),
        ("ubj-as.txt", UBJSON),
        ("bom.json", b"\xef\xbb\xbf" + JSON),
        ("pretty.json", b"\n  " + PRETTY + b"\n"),
        ("crlf.json", PRETTY.replace(b"\n", b"\r\n")),
    ],
)
def test_xgboost_is_told_by_content(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(read(tmp_path / name), BOOSTER.inplace_predict(ROWS))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("crlf.txt", TEXT.replace(b"\n", b"\r\n")),
        ("bom.txt", b"\xef\xbb\xbf" + TEXT),
        ("both.model", b"\xef\xbb\xbf" + TEXT.replace(b"\n", b"\r\n")),
        ("text-as.ubj", TEXT),
    ],
)
def test_lightgbm_is_told_by_content(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(read(tmp_path / name), LIGHT.predict(ROWS))


def joined(*parts: bytes) -> bytes:
    return b"".join(struct.pack("<Q", len(part)) + part for part in parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty, expected a model"),
        (b" \n", "the file is empty, expected a model"),
        (gzip.compress(TEXT), "a gzip file; unpack it with gunzip"),
        (b"PK\x03\x04rest", "a ZIP file; unpack it"),
        (b"PK\x03\x04" + bytes(26) + b"net/data.pkl", "a PyTorch file with a pickle; save it with torch.onnx.export"),
        (b"\x18\x00\x00\x00ORTM", "a model in ONNX Runtime's own format; name the ONNX model"),
        (pickle.dumps(BOOSTER), "a Python pickle; it is not opened, because a pickle can run code"),
        (pickle.dumps({"sklearn": 1}, protocol=2), "a Python pickle; "),
        (zlib.compress(pickle.dumps(1)), "zlib data, as joblib writes it; "),
        (b"binf" + bytes(136) + UBJSON[:400], "XGBoost's old binary format; load it with XGBoost 3.0 or older"),
        (struct.pack("<fII", 0.5, 17, 0) + bytes(124) + joined(b"binary:logistic", b"gbtree"), "XGBoost's old binary"),
        (b"CBM1\x10\x00", r"a CatBoost model; save it with model\.save_model\('model\.onnx', format='onnx'\)"),
        (b'{"features_info": {}, "oblivious_trees": []}', "a CatBoost model in JSON; save"),
        (b'<?xml version="1.0"?>\n<PMML version="4.4">', "a PMML file; expected"),
        (b"<!DOCTYPE html>\n<title>404</title>", "an HTML page; the download gave an error page"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid",
            "a Git LFS pointer, not the file itself; run git lfs pull",
        ),
        (TEXT.decode().encode("utf-16"), "UTF-16 text; convert it to UTF-8"),
        (b"0:[f0<0.5] yes=1,no=2,missing=1\n", "a text dump of XGBoost, which loses digits; save"),
        (b'[\n  { "nodeid": 0, "depth": 0', "a JSON dump of XGBoost, which loses digits; save"),
        (json.dumps(LIGHT.dump_model()).encode(), "a JSON dump of LightGBM; save"),
        (BOOSTER.save_config().encode(), "the configuration of an XGBoost model, without its trees; save"),
        (b'{"a": 1}', "JSON without a learner, expected"),
        (b"weights\n0.1", "begins with b'weights.n0.1', expected a model that XGBoost saved"),
        (TEXT[: TEXT.index(b"end of trees")], r"a LightGBM model cut off after \d+ bytes"),
        (UBJSON[: len(UBJSON) // 2], r"an XGBoost model cut off after \d+ bytes"),
        (JSON[: len(JSON) // 2], r"an XGBoost model cut off after \d+ bytes"),
    ],
)
def test_other_files_are_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "model.ubj").write_bytes(content)
    with pytest.raises(TrainingError, match=rf"^[^\n]*model\.ubj: {message}[^\n]*$"):
        read_model_file(tmp_path / "model.ubj")


def test_a_folder_and_an_absent_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read: Is a directory, expected a model"):
        read_model_file(tmp_path)
    with pytest.raises(TrainingError, match="cannot be read: No such file or directory, expected a model"):
        read_model_file(tmp_path / "absent.ubj")


def without_a_tree(text: bytes) -> bytes:
    """Cut a tree in two, and keep the end that says that all trees are there."""
    at = text.index(b"Tree=1")
    return text[: at + 60] + b"\n\nend of trees\n"


def with_end(content: bytes) -> bytes:
    return content[: len(content) // 2] + b"}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (without_a_tree(TEXT), r"LightGBM"),
        (TEXT.replace(b"num_leaves=4", b"num_leaves=999999999"), "LightGBM"),
        (with_end(UBJSON), "cannot be read as a model of XGBoost: "),
        (with_end(JSON), "cannot be read as a model of XGBoost: Unknown construct"),
        (b'{"learner":{}}', "cannot be read as a model of XGBoost: "),
    ],
)
def test_what_the_library_cannot_parse_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.model"
    good.write_bytes(JSON)
    bad.write_bytes(content)
    with pytest.raises(TrainingError, match=rf"^[^\n]*bad\.model: [^\n]*{message}[^\n]*$") as caught:
        require_parsable([read_model_file(good), read_model_file(bad)])
    assert ".cc:" not in str(caught.value)


def early_stopped(**parameters: object) -> xgb.Booster:
    watched = xgb.DMatrix(ROWS, 1 - LABELS)
    settings = {"objective": "binary:logistic", "nthread": 1, **parameters}
    return xgb.train(
        settings, xgb.DMatrix(ROWS, LABELS), 9, evals=[(watched, "w")], early_stopping_rounds=2, verbose_eval=False
    )


def with_best(iteration: str) -> xgb.Booster:
    booster = train()
    booster.set_attr(best_iteration=iteration)
    return booster


def with_names(names: list[str]) -> bytes:
    document = json.loads(JSON)
    document["learner"]["feature_names"] = names
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: early_stopped(booster="gblinear", verbosity=0), "booster gblinear, expected one of gbtree, dart"),
        (lambda: train(objective="rank:pairwise"), "objective rank:pairwise, expected one of"),
        (lambda: train(objective="multi:softprob", num_class=4), "objective multi:softprob, expected one of"),
        (lambda: with_best("3"), "best_iteration is 3, expected less than the 3 rounds of the file; keep all with"),
        (lambda: with_best("-1"), "best_iteration is -1, expected less than the 3 rounds"),
        (lambda: with_best("many"), "best_iteration is many, expected less than the 3 rounds"),
        (lambda: train_light(objective=logistic_gradient), "no objective, as a custom objective leaves it"),
        (lambda: train_light(objective="cross_entropy_lambda"), "objective cross_entropy_lambda, expected binary or"),
        (lambda: with_names(["a", "b"]), ""),
    ],
)
def test_models_that_cannot_be_served_are_one_line(
    make: Callable[[], xgb.Booster | lgb.Booster | bytes], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.bin"
    made = make()
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif isinstance(made, xgb.Booster):
        path.write_bytes(bytes(made.save_raw("ubj")))
    else:
        path.write_text(made.model_to_string())
    with pytest.raises(TrainingError, match=rf"^[^\n]*model\.bin: {message}[^\n]*$"):
        read(path)
