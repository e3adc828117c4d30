"""Reads an ONNX model of one input, and finds the tensors of the features and the probabilities."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto

from pairstream_training.errors import TrainingError
from pairstream_training.model_formats import ModelFile
from pairstream_training.onnx_output import OnnxOutput, find_output, type_name, without_zip_map

_INPUT_TYPES: dict[int, type[np.floating]] = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64}
_INPUT_RANK = 2
_LEAST_OPSET = 9
_NEWER_IR = re.compile(r"model IR version: (\d+), max supported IR version: (\d+)")
_NEWER_OPSET = re.compile(r"Opset (\d+) is under development.*for domain (\S+) is till opset (\d+)")
_PROBED_ROWS = 3


@dataclass(frozen=True)
class OnnxInput:
    """The input of features, [rows, features]."""

    name: str
    element_type: int
    """TensorProto.FLOAT or DOUBLE."""
    feature_count: int | None
    """None if the model leaves the axis open."""

    @property
    def dtype(self) -> type[np.floating]:
        """Type of the values to run the model with."""
        return _INPUT_TYPES[self.element_type]


@dataclass(frozen=True)
class OnnxModel:
    """An unmodified ONNX model."""

    path: Path
    proto: onnx.ModelProto
    """Contains all weights."""
    input: OnnxInput
    output: OnnxOutput
    names: tuple[str, ...] | None
    """Names of the features, if the metadata of the model has a JSON list `features`."""

    def session(self) -> ort.InferenceSession:
        """Load the unmodified model. Raises TrainingError for a version that is newer than ONNX Runtime."""
        return load_session(self.path, self.proto)


def read_onnx(file: ModelFile) -> OnnxModel:
    """Read the content of a file. Raises TrainingError that names the tensor, if the model cannot be served."""
    path = file.path
    proto = onnx.load_model_from_string(file.content)
    _load_external_data(path, proto)
    opset = next((entry.version for entry in proto.opset_import if entry.domain in {"", "ai.onnx"}), None)
    if opset is not None and opset < _LEAST_OPSET:
        raise TrainingError(f"{path}: opset {opset}, expected at least {_LEAST_OPSET}; export it with a newer opset")
    given, output = _find_input(path, proto.graph), find_output(path, proto.graph)
    if output.positive_class is not None and not _is_loadable(path, proto):
        # ONNX Runtime refuses a ZipMap of float64, which skl2onnx writes for float64 models.
        output = without_zip_map(proto.graph, output)
    return OnnxModel(path, proto, given, output, _names(path, proto))


def try_onnx(file: ModelFile) -> None:
    """Read a model, load it and run it on zeros. For the child process, which a damaged file may crash."""
    model = read_onnx(file)
    session = model.session()
    if model.input.feature_count is not None:
        rows = np.zeros((_PROBED_ROWS, model.input.feature_count), dtype=model.input.dtype)
        session.run([model.output.name], {model.input.name: rows})


def load_session(path: Path, proto: onnx.ModelProto) -> ort.InferenceSession:
    """Load a model into ONNX Runtime. Raises TrainingError for an unknown version."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        for pattern, message in (
            (_NEWER_IR, "IR version {0}, expected at most {1}"),
            (_NEWER_OPSET, "opset {0} of {1}, expected at most {2}"),
        ):
            found = pattern.search(str(error))
            if found is not None:
                raise TrainingError(
                    f"{path}: {message.format(*found.groups())}, the newest of ONNX Runtime {ort.__version__}; export "
                    "it with a lower opset (opset_version= of PyTorch, target_opset= of skl2onnx)"
                ) from error
        raise


def _is_loadable(path: Path, proto: onnx.ModelProto) -> bool:
    try:
        load_session(path, proto)
    except TrainingError:
        raise
    except Exception:
        return False
    return True


def _find_input(path: Path, graph: onnx.GraphProto) -> OnnxInput:
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    if len(inputs) != 1:
        seen = ", ".join(value.name for value in inputs) or "none"
        raise TrainingError(f"{path}: {len(inputs)} inputs ({seen}), expected one of [rows, features]")
    (value,) = inputs
    tensor = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or tensor.elem_type not in _INPUT_TYPES:
        raise TrainingError(f"{path}: input {value.name} is {type_name(value)}, expected float32 or float64")
    dims = tensor.shape.dim
    if not tensor.HasField("shape") or len(dims) != _INPUT_RANK:
        raise TrainingError(f"{path}: input {value.name} has {len(dims)} dimensions, expected [rows, features]")
    if dims[0].dim_value > 0:
        raise TrainingError(
            f"{path}: input {value.name} has a fixed batch size of {dims[0].dim_value}, expected a named axis: export "
            "it with dynamic_axes or dynamic_shapes (PyTorch) or FloatTensorType([None, features]) (skl2onnx)"
        )
    return OnnxInput(value.name, tensor.elem_type, dims[1].dim_value if dims[1].dim_value > 0 else None)


def _names(path: Path, proto: onnx.ModelProto) -> tuple[str, ...] | None:
    text = next((entry.value for entry in proto.metadata_props if entry.key == "features"), None)
    if text is None:
        return None
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TrainingError(f"{path}: metadata `features` is {text[:40]!r}, expected a JSON list of feature names")
    return tuple(names)


def _load_external_data(path: Path, proto: onnx.ModelProto) -> None:
    for tensor in _tensors(proto.graph):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        location = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
        if not (path.parent / location).is_file():
            raise TrainingError(
                f"{path}: the weights {tensor.name} are in {location}, no such file; copy it beside the model"
            )
        try:
            onnx.external_data_helper.load_external_data_for_tensor(tensor, str(path.parent))
        except (ValueError, OSError, onnx.checker.ValidationError) as error:
            raise TrainingError(f"{path}: the weights {tensor.name} cannot be read from {location}") from error
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Return the weights of a graph, its nodes and their subgraphs."""
    yield from graph.initializer
    for attribute in _attributes(graph.node):
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        for subgraph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            yield from _tensors(subgraph)


def _attributes(nodes: Sequence[onnx.NodeProto]) -> Iterator[onnx.AttributeProto]:
    for node in nodes:
        yield from node.attribute
