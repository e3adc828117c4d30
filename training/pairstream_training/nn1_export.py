"""Writes nn1 into a model repository: the towers of both nets as one model, their heads as another."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from pairstream_training.errors import TrainingError
from pairstream_training.golden import draw_rows, golden_document
from pairstream_training.index_map import index_of, write_index_map
from pairstream_training.nn1_data import NetTable
from pairstream_training.nn1_net import TOWER_WIDTH, Net
from pairstream_training.nn1_training import TrainedNets
from pairstream_training.pipeline_file import Nn1Inputs
from pairstream_training.targets import TARGETS
from pairstream_training.triton_config import TensorConfig, net_config

TOWER = "nn1_tweet"
HEAD = "nn1"
VERSION = "1"
ONNX_TOLERANCE = 5e-6
"""Largest difference allowed between an exported model and PyTorch."""

_GOLDEN_ROWS = 16
_OPSET = 20


class Towers(nn.Module):
    """The towers of all nets side by side: [tweets, nets x TOWER_WIDTH]."""

    def __init__(self, nets: Sequence[Net]) -> None:
        super().__init__()
        self.towers = nn.ModuleList(net.tower for net in nets)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:
        """Give the values of every net's tower."""
        return torch.cat([tower(tokens, features) for tower in self.towers], dim=1)


class Heads(nn.Module):
    """The heads of all nets side by side: probabilities [pairs, nets x 4]."""

    def __init__(self, nets: Sequence[Net]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(net.head for net in nets)

    def forward(self, features: Tensor, user_index: Tensor, tweet_vector: Tensor) -> Tensor:
        """Give the probabilities of every net's head."""
        parts = [
            torch.sigmoid(head(features, user_index, tweet_vector[:, n * TOWER_WIDTH : (n + 1) * TOWER_WIDTH]))
            for n, head in enumerate(self.heads)
        ]
        return torch.cat(parts, dim=1)


@dataclass(frozen=True)
class NetExport:
    """What was written, and how far the exported models are from PyTorch."""

    bytes: int
    tower_difference: float
    head_difference: float


def export_nets(repository: Path, trained: TrainedNets, inputs: Nn1Inputs, table: NetTable, seed: int) -> NetExport:
    """Write `<repository>/nn1_tweet` and `<repository>/nn1`: config.pbtxt, model.onnx, golden.json, the index map.

    The models are held against PyTorch on rows of `table`; a difference beyond ONNX_TOLERANCE raises TrainingError and
    leaves the old folders as they were.
    """
    towers, heads = Towers(trained.nets).eval(), Heads(trained.nets).eval()
    tower_inputs = {
        "tokens": draw_rows(table.tokens, 1_000, seed),
        "features": draw_rows(table.tower_features, 1_000, seed),
    }
    vectors = _answer(towers, tower_inputs)
    head_inputs = {
        "features": draw_rows(table.head_features, 1_000, seed),
        "user_index": index_of(draw_rows(table.users, 1_000, seed), trained.users),
        "tweet_vector": vectors,
    }
    # Some users that no map knows.
    head_inputs["user_index"][::7, 0] = 0
    head_inputs["user_index"][::5, 1] = 0
    partials = {name: repository / f".{name}.partial" for name in (TOWER, HEAD)}
    try:
        for partial in partials.values():
            shutil.rmtree(partial, ignore_errors=True)
            (partial / VERSION).mkdir(parents=True)
        tower_difference = _write_model(partials[TOWER], TOWER, towers, tower_inputs, "tweet_vector", {})
        map_path = partials[HEAD] / VERSION / f"{inputs.user_map}.arrow"
        write_index_map(map_path, trained.users)
        maps = {inputs.user_map: hashlib.sha256(map_path.read_bytes()).hexdigest()}
        head_difference = _write_model(partials[HEAD], HEAD, heads, head_inputs, "output__0", maps)
        for name, partial in partials.items():
            shutil.rmtree(repository / name, ignore_errors=True)
            partial.rename(repository / name)
    finally:
        for partial in partials.values():
            shutil.rmtree(partial, ignore_errors=True)
    files = [path for name in partials for path in (repository / name).rglob("*") if path.is_file()]
    return NetExport(sum(path.stat().st_size for path in files), tower_difference, head_difference)


def predict_nets(trained: TrainedNets, table: NetTable, chunk_rows: int = 8_192) -> npt.NDArray[np.float32]:
    """Give PyTorch's own probabilities [rows, 4], the mean of the nets."""
    out = np.empty((table.row_count, len(TARGETS)), dtype=np.float32)
    towers, heads = Towers(trained.nets).eval(), Heads(trained.nets).eval()
    for start in range(0, table.row_count, chunk_rows):
        part = table.take(slice(start, start + chunk_rows))
        vectors = _answer(towers, {"tokens": part.tokens, "features": part.tower_features})
        user_index = index_of(part.users, trained.users)
        answers = _answer(heads, {"features": part.head_features, "user_index": user_index, "tweet_vector": vectors})
        out[start : start + part.row_count] = answers.reshape(part.row_count, -1, len(TARGETS)).mean(axis=1)
    return out


def _answer(module: nn.Module, inputs: Mapping[str, npt.NDArray[np.generic]]) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        answer: npt.NDArray[np.float32] = module(*(torch.from_numpy(value) for value in inputs.values())).numpy()
    return answer


def _write_model(
    folder: Path,
    name: str,
    module: nn.Module,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    output: str,
    maps: Mapping[str, str],
) -> float:
    expected = _answer(module, inputs)
    graph = _export(module, inputs, output)
    difference = float(np.abs(_run(graph, inputs) - expected).max())
    if not difference <= ONNX_TOLERANCE:
        raise TrainingError(
            f"{name}: model.onnx is {difference:.3g} away from PyTorch, expected at most {ONNX_TOLERANCE}"
        )
    (folder / VERSION / "model.onnx").write_bytes(graph)
    golden_inputs = {tensor: values[:_GOLDEN_ROWS] for tensor, values in inputs.items()}
    golden = golden_document(name, VERSION, golden_inputs, {output: _answer(module, golden_inputs)}, maps)
    (folder / VERSION / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
    tensors = [
        TensorConfig(tensor, "TYPE_INT32" if values.dtype == np.int32 else "TYPE_FP32", values.shape[1])
        for tensor, values in inputs.items()
    ]
    config = net_config(name, tensors, [TensorConfig(output, "TYPE_FP32", expected.shape[1])], graph)
    (folder / "config.pbtxt").write_text(config, encoding="utf-8")
    return difference


def _export(module: nn.Module, inputs: Mapping[str, npt.NDArray[np.generic]], output: str) -> bytes:
    rows = torch.export.Dim.DYNAMIC
    program = torch.onnx.export(
        module,
        tuple(torch.from_numpy(value) for value in inputs.values()),
        dynamo=True,
        dynamic_shapes=tuple({0: rows} for _ in inputs),
        input_names=list(inputs),
        output_names=[output],
        opset_version=_OPSET,
        external_data=False,
        optimize=True,
        verbose=False,
    )
    if program is None:
        raise TrainingError("PyTorch exported nothing")
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def _strip(model: onnx.ModelProto) -> None:
    """Take away what the exporter tells of itself: stack traces with paths of this machine."""
    model.doc_string = ""
    model.producer_name = "pairstream"
    model.producer_version = ""
    for holder in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        if hasattr(holder, "metadata_props"):
            del holder.metadata_props[:]
        holder.doc_string = ""
    for value in (*model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.functions[:]


def _run(graph: bytes, inputs: Mapping[str, npt.NDArray[np.generic]]) -> npt.NDArray[np.float32]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    answer: npt.NDArray[np.float32] = session.run(None, dict(inputs))[0]
    return answer
