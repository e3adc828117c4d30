"""Writes test/triton/fixtures: small models for the backends of docker/triton-cpu, and what their libraries answer.

scripts/triton-env.sh dev && .toolchain/triton-cpu/venv/bin/python test/triton/make_fixtures.py
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import onnx
import treelite
import xgboost as xgb
from onnx import TensorProto, helper

FIXTURES = Path(__file__).parent / "fixtures"
FEATURES = 5
GOLDEN_ROWS = 12
_GENERATOR = np.random.default_rng(20)
_CONFIG = """\
# Written by test/triton/make_fixtures.py.
backend: "{backend}"
max_batch_size: 64
{tensors}
dynamic_batching {{}}
"""

Rows: TypeAlias = npt.NDArray[np.float32]
Answer: TypeAlias = npt.NDArray[Any]


def main() -> None:
    """Write all of it."""
    shutil.rmtree(FIXTURES, ignore_errors=True)
    rows = _GENERATOR.normal(size=(400, FEATURES)).astype(np.float32)
    rows[::5, 2] = np.nan
    signal = np.nan_to_num(rows[:, 2]) + rows[:, 0] * rows[:, 1] + 0.3 * _GENERATOR.normal(size=len(rows))
    is_high, third = (signal > 0).astype(np.int32), np.digitize(signal, [-0.5, 0.5])
    write_xgboost(rows, signal, is_high, third)
    write_lightgbm(rows, is_high, third)
    write_types()
    write_sums()
    write_lookup()


def write_xgboost(rows: Rows, signal: Answer, is_high: Answer, third: Answer) -> None:
    """Write a model of each kind of answer, and a treelite checkpoint of the binary one."""
    binary = train_xgboost(rows, is_high, "binary:logistic")
    save_xgboost("binary", "xgboost_ubj", binary, rows, binary.inplace_predict(rows), 1)
    regression = train_xgboost(rows, 10 * signal, "reg:squarederror")
    values = regression.inplace_predict(rows)
    save_xgboost("regression", "xgboost_json", regression, rows, values, 1, is_classifier=False)
    # It answers classes itself; the probabilities behind them are those of softprob.
    classes = train_xgboost(rows, third, "multi:softmax", num_class=3)
    same = classes.copy()
    same.set_param({"objective": "multi:softprob"})
    save_xgboost("classes", "xgboost_ubj", classes, rows, same.inplace_predict(rows), 3)
    targets = train_xgboost(rows, np.stack([is_high, 1 - is_high], axis=1), "binary:logistic")
    save_xgboost("targets", "treelite_checkpoint", targets, rows, targets.inplace_predict(rows), 2)
    folder = write_forest("checkpoint", "treelite_checkpoint", rows, binary.inplace_predict(rows), 1)
    treelite.frontend.from_xgboost(binary).serialize(folder / "checkpoint.tl")


def train_xgboost(rows: Rows, labels: Answer, objective: str, **more: int) -> xgb.Booster:
    """Train a few small trees."""
    parameters = {"objective": objective, "max_depth": 3, "eta": 0.5, "nthread": 1, "seed": 1, **more}
    return xgb.train(parameters, xgb.DMatrix(rows, labels), 4)


def save_xgboost(
    name: str, model_type: str, booster: xgb.Booster, rows: Rows, values: Answer, width: int, is_classifier: bool = True
) -> None:
    """Write a folder with a booster."""
    folder = write_forest(name, model_type, rows, values, width, is_classifier)
    booster.save_model(folder / ("xgboost.json" if model_type == "xgboost_json" else "xgboost.ubj"))


def write_lightgbm(rows: Rows, is_high: Answer, third: Answer) -> None:
    """Write a binary and a multi-class model."""
    for name, objective, labels, width in (
        ("lightgbm", "binary", is_high, 1),
        ("lightgbm_classes", "multiclass", third, 3),
    ):
        parameters = {"objective": objective, "num_leaves": 6, "num_class": width, "num_threads": 1, "verbose": -1}
        model = lgb.train(parameters, lgb.Dataset(rows.astype(np.float64), labels), 4)
        folder = write_forest(name, "lightgbm", rows, np.asarray(model.predict(rows)), width)
        model.save_model(folder / "model.txt")


def write_forest(
    name: str, model_type: str, rows: Rows, values: Answer, width: int, is_classifier: bool = True
) -> Path:
    """Write config.pbtxt and golden.json of a forest; give the folder of its version."""
    parameters = {
        "model_type": model_type,
        "is_classifier": str(is_classifier).lower(),
        "predict_proba": str(is_classifier).lower(),
        "threshold": "0.5",
    }
    entries = ",\n".join(f'  {{ key: "{k}", value: {{ string_value: "{v}" }} }}' for k, v in parameters.items())
    tensors = (
        f'input [ {{ name: "input__0" data_type: TYPE_FP32 dims: [ {FEATURES} ] }} ]\n'
        f'output [ {{ name: "output__0" data_type: TYPE_FP32 dims: [ {width} ] }} ]\n'
        f"parameters [\n{entries}\n]"
    )
    folder = write_config(name, "fil", tensors)
    golden = {
        "rows": [[None if np.isnan(value) else float(value) for value in row] for row in rows[:GOLDEN_ROWS]],
        "values": values[:GOLDEN_ROWS].reshape(GOLDEN_ROWS, width).astype(np.float64).tolist(),
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
    return folder


def write_types() -> None:
    """Write a graph that gives back a tensor of every type, without a configuration: the backend completes it."""
    types = {
        "bool": TensorProto.BOOL,
        "uint8": TensorProto.UINT8,
        "uint16": TensorProto.UINT16,
        "uint32": TensorProto.UINT32,
        "uint64": TensorProto.UINT64,
        "int8": TensorProto.INT8,
        "int16": TensorProto.INT16,
        "int32": TensorProto.INT32,
        "int64": TensorProto.INT64,
        "fp16": TensorProto.FLOAT16,
        "fp32": TensorProto.FLOAT,
        "fp64": TensorProto.DOUBLE,
        "bytes": TensorProto.STRING,
    }
    write_graph(
        FIXTURES / "types" / "1",
        [helper.make_node("Identity", [f"{name}_in"], [f"{name}_out"]) for name in types],
        {f"{name}_in": (kind, ["rows", 2]) for name, kind in types.items()},
        {f"{name}_out": (kind, ["rows", 2]) for name, kind in types.items()},
    )


def write_sums() -> None:
    """Write a graph with two outputs, for rows of any width."""
    tensors = (
        'input [ { name: "a" data_type: TYPE_FP32 dims: [ -1 ] }, { name: "b" data_type: TYPE_FP32 dims: [ -1 ] } ]\n'
        'output [ { name: "sum" data_type: TYPE_FP32 dims: [ -1 ] }, '
        '{ name: "difference" data_type: TYPE_FP32 dims: [ -1 ] } ]'
    )
    any_width = (TensorProto.FLOAT, ["rows", "width"])
    write_graph(
        write_config("sums", "onnxruntime", tensors),
        [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["difference"])],
        {"a": any_width, "b": any_width},
        {"sum": any_width, "difference": any_width},
    )


def write_lookup() -> None:
    """Write a graph that looks up a row of a table of four: a wrong index makes ONNX Runtime fail."""
    tensors = (
        'input [ { name: "index" data_type: TYPE_INT64 dims: [ 1 ] } ]\n'
        'output [ { name: "value" data_type: TYPE_FP32 dims: [ 1 ] } ]'
    )
    table = helper.make_tensor("table", TensorProto.FLOAT, [4], [0.0, 10.0, 20.0, 30.0])
    write_graph(
        write_config("lookup", "onnxruntime", tensors),
        [helper.make_node("Gather", ["table", "index"], ["value"])],
        {"index": (TensorProto.INT64, ["rows", 1])},
        {"value": (TensorProto.FLOAT, ["rows", 1])},
        [table],
    )


Shapes: TypeAlias = Mapping[str, tuple[int, Sequence[str | int]]]


def write_graph(
    folder: Path, nodes: list[onnx.NodeProto], inputs: Shapes, outputs: Shapes, tables: list[TensorProto] | None = None
) -> None:
    """Write model.onnx."""
    graph = helper.make_graph(
        nodes,
        "fixture",
        [helper.make_tensor_value_info(name, *shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, *shape) for name, shape in outputs.items()],
        tables or [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))


def write_config(name: str, backend: str, tensors: str) -> Path:
    """Write config.pbtxt; give the folder of the version."""
    folder = FIXTURES / name / "1"
    folder.mkdir(parents=True)
    (folder.parent / "config.pbtxt").write_text(_CONFIG.format(backend=backend, tensors=tensors), encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
