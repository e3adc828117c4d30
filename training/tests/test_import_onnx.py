"""`import` of ONNX models, held against ONNX Runtime on the file as it was given."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from import_release import Release, run_given
from onnx import TensorProto, helper, numpy_helper
from onnx_graphs import (
    DOUBLE,
    FLOAT,
    INT64,
    STRING,
    catboost_classifier,
    maps,
    model_of,
    net,
    sklearn_classifier,
    sklearn_double,
    tensor,
    tree_classifier,
    zip_map,
)

from pairstream_training.config_cli import config_of
from pairstream_training.errors import TrainingError
from pairstream_training.targets import TARGETS

COUNT = 6


def open_axes(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = -1
    model.graph.input[0].type.tensor_type.shape.dim[1].ClearField("dim_value")
    return model


def named_as_served(model: onnx.ModelProto) -> onnx.ModelProto:
    """The names that served models have, the other way round."""
    for node in model.graph.node:
        node.input[:] = ["output__0" if name == "input" else name for name in node.input]
        node.output[:] = ["input__0" if name == "output" else name for name in node.output]
    model.graph.input[0].name, model.graph.output[0].name = "output__0", "input__0"
    return model


def with_half_output(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.node.append(helper.make_node("Cast", ["output"], ["half"], to=TensorProto.FLOAT16))
    model.graph.output[0].CopyFrom(tensor("half", TensorProto.FLOAT16, [None, 1]))
    return model


def reversed_classes() -> onnx.ModelProto:
    """Scores of the classes 1 and 0, in this order."""
    order = np.array([1, 0], dtype=np.int64)
    nodes = [
        tree_classifier("X", "scores"),
        helper.make_node("Gather", ["scores", "order"], ["turned"], axis=1),
        zip_map("turned", "maps", (1, 0)),
    ]
    outputs = [tensor("label", INT64, [None]), maps("maps")]
    return model_of(nodes, [tensor("X", FLOAT, [None, COUNT])], outputs, {"order": order})


def double_without_zip_map(model: onnx.ModelProto) -> onnx.ModelProto:
    """ONNX Runtime loads no ZipMap of float64: the column of class 1 of the tensor before it."""
    if model.graph.node[-1].op_type != "ZipMap" or model.graph.input[0].type.tensor_type.elem_type != DOUBLE:
        return model
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    bare.graph.node[-1].CopyFrom(helper.make_node("Gather", ["probabilities", "one"], ["positive"], axis=1))
    bare.graph.initializer.append(numpy_helper.from_array(np.array(1, dtype=np.int64), "one"))
    bare.graph.output[-1].CopyFrom(tensor("positive", DOUBLE, [None]))
    return bare


SINGLE: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "label and ZipMap (skl2onnx)": (lambda: sklearn_classifier(COUNT), "positive"),
    "label and probabilities (zipmap=False)": (lambda: sklearn_classifier(COUNT, zipmap=False), "second"),
    "label and ZipMap without opset (CatBoost)": (lambda: catboost_classifier(COUNT), "positive"),
    "ZipMap of classes 1, 0": (reversed_classes, "positive"),
    "[N, 1] probabilities (PyTorch)": (lambda: net(COUNT, 1), "only"),
    "[N] probabilities (PyTorch)": (lambda: net(COUNT, 1, is_flat=True), "flat"),
    "[N, 2] softmax": (lambda: net(COUNT, 2, last="Softmax"), "second"),
    "float64 in and out": (lambda: net(COUNT, 1, kind=DOUBLE), "only"),
    "float64 behind a ZipMap (skl2onnx)": (lambda: sklearn_double(COUNT), "positive"),
    "float16 out": (lambda: with_half_output(net(COUNT, 1)), "only"),
    "open axes": (lambda: open_axes(net(COUNT, 1, batch=None)), "only"),
    "tensors named as served": (lambda: named_as_served(net(COUNT, 1)), "only"),
}


@pytest.mark.parametrize("case", SINGLE)
def test_a_model_per_target_answers_as_it_was_given(case: str, release: Release) -> None:
    make, column = SINGLE[case]
    model = make()
    onnx.save(model, release.root / "model.bin")
    files = [part for target in TARGETS for part in ("--model", f"{target}={release.root}/model.bin")]
    result = release.run(*files)
    assert result.exit_code == 0, result.output
    raw = run_given(double_without_zip_map(model), release.rows())
    expected = {"positive": lambda: raw, "flat": lambda: raw, "only": lambda: raw[:, 0], "second": lambda: raw[:, 1]}
    for t, target in enumerate(TARGETS):
        served = release.served(f"mine_{target}")
        assert served.dtype == np.float32
        np.testing.assert_allclose(served[:, t], expected[column](), rtol=0, atol=1e-6)
        assert np.ptp(served[:, t]) > 0.05
        assert (np.delete(served, t, axis=1) == 0.5).all()
    document = yaml.safe_load((release.root / "mine.yaml").read_text())
    assert document["stages"] == [[f"mine_{target}" for target in TARGETS]]
    assert document["blend"]["mine_quote"] == [0, 0, 1, 0]
    assert document["models"]["mine_like"]["inputs"]["input__0"]["features"] == list(release.names)


def test_one_file_of_all_targets_and_its_files(release: Release) -> None:
    model = net(COUNT, 4)
    onnx.save(model, release.root / "four.onnx")
    result = release.run("--model", release.root / "four.onnx")
    assert result.exit_code == 0, result.output
    assert f"PAIRSTREAM_PIPELINE={release.root}/mine.yaml ./pairstream serve" in result.output
    np.testing.assert_allclose(release.served(), run_given(model, release.rows()), rtol=0, atol=1e-6)
    folder = release.root / "repository/mine"
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {"config.pbtxt", "1/model.onnx", "1/golden.json", "1/SHA256SUMS"}
    golden = json.loads((folder / "1/golden.json").read_text())
    inputs = np.array(golden["inputs"]["input__0"], dtype=np.float32)
    assert np.isnan(inputs).any()
    np.testing.assert_allclose(golden["outputs"]["output__0"], run_given(model, inputs), rtol=0, atol=1e-6)
    config = (folder / "config.pbtxt").read_text()
    assert 'backend: "onnxruntime"' in config
    assert "tensorrt" not in config
    assert config == config_of(folder)
    assert yaml.safe_load((release.root / "mine.yaml").read_text())["blend"] == {"mine": 1}


def test_log_odds_become_probabilities(release: Release) -> None:
    model = net(COUNT, 4, last=None, scale=2)
    onnx.save(model, release.root / "logits.onnx")
    refused = release.run("--model", release.root / "logits.onnx")
    assert isinstance(refused.exception, TrainingError)
    assert "expected probabilities of 0 .. 1; for log odds (logits) import with --apply-sigmoid" in str(
        refused.exception
    )
    result = release.run("--model", release.root / "logits.onnx", "--apply-sigmoid")
    assert result.exit_code == 0, result.output
    margins = run_given(model, release.rows()).astype(np.float64)
    np.testing.assert_allclose(release.served(), 1 / (1 + np.exp(-margins)), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "options", "warning"),
    [
        (net(COUNT, 4, last="Softmax"), [], "the four outputs of each row sum to 1"),
        (net(COUNT, 4), ["--apply-sigmoid"], "is within 0 .. 1 as it is"),
    ],
)
def test_what_looks_wrong_is_a_warning(
    model: onnx.ModelProto, options: list[str], warning: str, release: Release
) -> None:
    onnx.save(model, release.root / "m.onnx")
    result = release.run("--model", release.root / "m.onnx", *options)
    assert result.exit_code == 0, result.output
    assert warning in result.stderr


def test_constants_that_nothing_reads_are_not_told(release: Release, capfd: pytest.CaptureFixture[str]) -> None:
    model = net(COUNT, 4)
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(3, np.float32), "nobody"))
    onnx.save(model, release.root / "m.onnx")
    assert release.run("--model", release.root / "m.onnx").exit_code == 0
    assert capfd.readouterr().err == ""


def names_in_metadata(model: onnx.ModelProto, text: str) -> onnx.ModelProto:
    helper.set_model_props(model, {"features": text})
    return model


def test_features_named_in_the_model_come_first(release: Release) -> None:
    own = release.names[::-1]
    onnx.save(names_in_metadata(net(COUNT, 4), json.dumps(own)), release.root / "m.onnx")
    assert release.run("--model", release.root / "m.onnx").exit_code == 0
    document = yaml.safe_load((release.root / "mine.yaml").read_text())
    assert document["models"]["mine"]["inputs"]["input__0"]["features"] == list(own)


def external(folder: Path, *, keep: bool) -> Path:
    path = folder / "big.onnx"
    onnx.save(net(COUNT, 4), path, save_as_external_data=True, location="big.onnx.data", size_threshold=0)
    if not keep:
        (folder / "big.onnx.data").unlink()
    return path


def test_weights_in_another_file_are_put_into_the_model(release: Release) -> None:
    result = release.run("--model", external(release.root, keep=True))
    assert result.exit_code == 0, result.output
    np.testing.assert_allclose(release.served(), run_given(net(COUNT, 4), release.rows()), rtol=0, atol=1e-6)


def two_inputs() -> onnx.ModelProto:
    inputs = [tensor("age", FLOAT, [None, 4]), tensor("fare", FLOAT, [None, 4])]
    return model_of([helper.make_node("Mul", ["age", "fare"], ["y"])], inputs, [tensor("y", FLOAT, [None, 4])])


def identity(kind: int, shape: list[int | str | None], operator: str = "Identity") -> onnx.ModelProto:
    nodes = [helper.make_node(operator, ["x"], ["y"])]
    return model_of(nodes, [tensor("x", kind, shape)], [tensor("y", kind, shape)])


def with_versions(ir: int, opset: int) -> onnx.ModelProto:
    model = net(COUNT, 4)
    model.ir_version = ir
    model.opset_import[0].version = opset
    return model


def over_the_batch() -> onnx.ModelProto:
    model = net(COUNT, 4)
    model.graph.node[-1].CopyFrom(helper.make_node("Softmax", ["logits"], ["output"], axis=0))
    return model


def without_imputer() -> onnx.ModelProto:
    weights = {"w": np.full((COUNT, 4), 0.1, dtype=np.float32)}
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Sigmoid", ["m"], ["y"])]
    return model_of(nodes, [tensor("x", FLOAT, [None, COUNT])], [tensor("y", FLOAT, [None, 4])], weights)


def two_outputs() -> onnx.ModelProto:
    model = net(COUNT, 4)
    model.graph.output.append(tensor("logits", FLOAT, [None, 4]))
    return model


def three_classes() -> onnx.ModelProto:
    nodes = [zip_map("X", "maps", (0, 1, 2))]
    return model_of(nodes, [tensor("X", FLOAT, [None, 3])], [maps("maps")])


def labels_only() -> onnx.ModelProto:
    return model_of([tree_classifier("X", "s")], [tensor("X", FLOAT, [None, COUNT])], [tensor("label", INT64, [None])])


def unknown_operator() -> onnx.ModelProto:
    model = net(COUNT, 4)
    model.graph.node[-1].op_type = "Sigmoyd"
    return model


REFUSED: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "several inputs": (two_inputs, r"2 inputs \(age, fare\), expected one of \[rows, features\]"),
    "strings": (lambda: identity(STRING, [None, 4]), "input x is string, expected float32 or float64"),
    "integers": (lambda: identity(INT64, [None, 4]), "input x is int64, expected float32 or float64"),
    "rank 1": (lambda: identity(FLOAT, [None]), "input x has 1 dimensions, expected"),
    "rank 3": (lambda: identity(FLOAT, [None, 2, 2]), "input x has 3 dimensions, expected"),
    "fixed batch of 1": (lambda: net(COUNT, 4, batch=1), "input input has a fixed batch size of 1, expected a named"),
    "fixed batch of 64": (lambda: net(COUNT, 4, batch=64), "input input has a fixed batch size of 64, expected"),
    "fewer features": (lambda: net(5, 4), "a model of 5 features, expected the 6 of --feature-names"),
    "more features": (lambda: net(7, 4), "a model of 7 features, expected the 6 of --feature-names"),
    "another count behind an open axis": (
        lambda: open_axes(net(5, 4, batch=None)),
        "cannot run on 8 rows of 6 features: ",
    ),
    "newer IR": (lambda: with_versions(99, 17), r"IR version 99, expected at most \d+, the newest of ONNX Runtime"),
    "newer opset": (lambda: with_versions(8, 99), r"opset 99 of ai\.onnx, expected at most \d+, the newest of ONNX"),
    "old opset": (lambda: with_versions(8, 8), "opset 8, expected at least 9"),
    "three outputs": (lambda: net(COUNT, 3), r"output output is \[8, 3\] for 8 rows, expected \[rows\]"),
    "one output": (lambda: net(COUNT, 1), "1 outputs, expected a multiple of 4; a model of one target is --model"),
    "two outputs": (two_outputs, r"2 outputs of floating point \(output, logits\), expected one"),
    "three classes": (three_classes, "output maps is of 3 classes, expected 2"),
    "labels alone": (labels_only, r"no output of probabilities \(label of int64\), expected one"),
    "softmax over the batch": (over_the_batch, "a row has another answer alone than among 8 rows, expected"),
    "no imputer": (without_imputer, r"answers NaN to \d+ of 3000 rows of .*; put an imputer before the model"),
    "unknown operator": (unknown_operator, "cannot be read as a model of ONNX: .*Sigmoyd"),
    "metadata": (lambda: names_in_metadata(net(COUNT, 4), "a,b"), "metadata `features` is 'a,b', expected a JSON list"),
    "unknown features": (
        lambda: names_in_metadata(net(2, 4), '["a_follows_b", "nonsense"]'),
        "no features nonsense, which a model reads",
    ),
    "names of another count": (
        lambda: names_in_metadata(net(COUNT, 4), '["a_follows_b"]'),
        "a model of 6 features, expected the 1 of its names",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_served_is_one_line(case: str, release: Release) -> None:
    make, message = REFUSED[case]
    (release.root / "bad.onnx").write_bytes(make().SerializeToString())
    result = release.run("--model", release.root / "bad.onnx")
    assert isinstance(result.exception, TrainingError), result.exc_info
    assert str(result.exception).count("\n") == 0
    assert result.output == ""
    assert re.search(message, str(result.exception)), str(result.exception)
    assert not (release.root / "repository").exists()
    assert not (release.root / "mine.yaml").exists()


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (cut(net(COUNT, 4).SerializeToString()), [], r"bad\.onnx: cannot be read as a model of ONNX: "),
        (net(COUNT, 4).SerializeToString(), ["--missing", "0"], "--missing is 0, but no model is of XGBoost"),
        (
            net(COUNT, 2, last=None).SerializeToString(), ["--apply-sigmoid"],
            "1 outputs, expected a multiple of 4",
        ),
        (net(COUNT, 4).SerializeToString(), ["--target", "like"], "--target and --replace-in: one without the other"),
        (net(COUNT, 4).SerializeToString(), ["--rung", "full"], "--rung is 'full' without --replace-in"),
    ],
)  # fmt: skip
def test_other_faults_are_one_line(content: bytes, options: list[str], message: str, release: Release) -> None:
    (release.root / "bad.onnx").write_bytes(content)
    result = release.run("--model", release.root / "bad.onnx", *options)
    assert isinstance(result.exception, TrainingError), result.exc_info
    assert re.search(message, str(result.exception)), str(result.exception)
    assert str(result.exception).count("\n") == 0


def test_missing_weights_are_named_by_their_file(release: Release) -> None:
    result = release.run("--model", external(release.root, keep=False))
    assert re.search(r"big\.onnx: the weights \S+ are in big\.onnx\.data, no such file", str(result.exception))


def test_a_fault_in_one_of_four_files_leaves_nothing(release: Release) -> None:
    onnx.save(net(COUNT, 1), release.root / "good.onnx")
    onnx.save(net(COUNT, 2, last=None), release.root / "logits.onnx")
    files = [f"{target}={release.root}/{'logits' if target == 'like' else 'good'}.onnx" for target in TARGETS]
    arguments = [part for file in files for part in ("--model", file)]
    assert "expected probabilities of 0 .. 1" in str(release.run(*arguments).exception)
    told = str(release.run(*arguments, "--apply-sigmoid").exception)
    assert "--apply-sigmoid with the two columns of output logits, expected one" in told
    assert not (release.root / "repository").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no names, expected one feature per line"),
        ("a\nb\na\n", "names a more than once"),
    ],
)
def test_a_list_of_features_is_checked(content: str, message: str, release: Release) -> None:
    onnx.save(net(COUNT, 4), release.root / "m.onnx")
    (release.root / "names.txt").write_text(content)
    assert message in str(release.run("--model", release.root / "m.onnx").exception)
