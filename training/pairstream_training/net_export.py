"""Writes the nets of a family into a model repository: their towers as one model, their heads as another."""

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
from pairstream_training.index_map import Keys, index_of, write_index_map
from pairstream_training.model_hashes import write_hashes
from pairstream_training.net_data import NetTable
from pairstream_training.net_layout import USER_MAP
from pairstream_training.net_training import TrainedNets, tower_inputs
from pairstream_training.pair_net import PairNet
from pairstream_training.targets import TARGETS
from pairstream_training.training_record import RECORD_FILE, TrainingRecord, record_json
from pairstream_training.triton_config import TensorConfig, net_config

VERSION = "1"
ONNX_TOLERANCE = 5e-6
"""Largest difference allowed between an exported model and PyTorch."""

_GOLDEN_ROWS = 16
_SAMPLE_ROWS = 1_000
_OPSET = 20


class Towers(nn.Module):
    """The towers of all nets side by side: [tweets, nets x tower width]."""

    def __init__(self, nets: Sequence[PairNet]) -> None:
        super().__init__()
        self.towers = nn.ModuleList(net.tower for net in nets)

    def forward(self, tokens: Tensor, features: Tensor, indexes: Tensor | None = None) -> Tensor:
        """Return the values of every net's tower."""
        inputs = (tokens, features) if indexes is None else (tokens, features, indexes)
        parts = [part for tower in self.towers for part in tower(*inputs)]
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]


class Heads(nn.Module):
    """The heads of all nets side by side: probabilities [pairs, nets x 4]."""

    def __init__(self, nets: Sequence[PairNet]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(net.head for net in nets)
        self.tower_widths = nets[0].tower_widths

    def forward(self, features: Tensor, user_index: Tensor, tweet_vector: Tensor) -> Tensor:
        """Return the probabilities of every net's head."""
        count = len(self.tower_widths)
        widths = list(self.tower_widths * len(self.heads))
        # A split into one part would copy it.
        parts = torch.split(tweet_vector, widths, dim=1) if len(widths) > 1 else (tweet_vector,)
        answers = [
            torch.sigmoid(head(features, user_index, *parts[n * count : (n + 1) * count]))
            for n, head in enumerate(self.heads)
        ]
        return torch.cat(answers, dim=1)


@dataclass(frozen=True)
class NetExport:
    """Written models, and their largest difference from PyTorch."""

    bytes: int
    tower_difference: float
    head_difference: float


def export_nets(
    repository: Path, trained: TrainedNets, table: NetTable, seed: int, record: TrainingRecord
) -> NetExport:
    """Write tower and head: config.pbtxt, model.onnx, golden.json, training.json and the index maps of each.

    The models are compared with PyTorch on rows of `table`. A difference above ONNX_TOLERANCE raises TrainingError; the
    old folders then stay unchanged.
    """
    layout, vocabularies = trained.layout, trained.vocabularies
    towers, heads = Towers(trained.nets).eval(), Heads(trained.nets).eval()
    sample = table.take(draw_rows(np.arange(table.row_count), _SAMPLE_ROWS, seed))
    of_tweets = tower_inputs(sample.tweets.take(sample.tweet_row), layout, vocabularies)
    of_pairs = {
        "features": sample.head_features,
        "user_index": index_of(sample.users, vocabularies[USER_MAP]),
        "tweet_vector": _answer(towers, of_tweets),
    }
    # Some users that are in no map.
    for column in range(len(layout.user_keys)):
        of_pairs["user_index"][:: 7 - 2 * column, column] = 0
    of_tower = {column.map for column in layout.tower_indexes}
    parts = (
        _Part(layout.tower, towers, of_tweets, "tweet_vector", {name: vocabularies[name] for name in of_tower}),
        _Part(layout.name, heads, of_pairs, "output__0", {USER_MAP: vocabularies[USER_MAP]}),
    )
    partials = {part.name: repository / f".{part.name}.partial" for part in parts}
    differences = []
    try:
        for part in parts:
            shutil.rmtree(partials[part.name], ignore_errors=True)
            differences.append(_write_model(partials[part.name], part, record))
        for name, partial in partials.items():
            shutil.rmtree(repository / name, ignore_errors=True)
            partial.rename(repository / name)
    finally:
        for partial in partials.values():
            shutil.rmtree(partial, ignore_errors=True)
    files = [path for name in partials for path in (repository / name).rglob("*") if path.is_file()]
    return NetExport(sum(path.stat().st_size for path in files), *differences)


def predict_nets(trained: TrainedNets, table: NetTable, chunk_rows: int = 8_192) -> npt.NDArray[np.float32]:
    """Return PyTorch's probabilities [rows, 4] of the served nets, averaged over the nets."""
    out = np.empty((table.row_count, len(TARGETS)), dtype=np.float32)
    towers, heads = Towers(trained.nets).eval(), Heads(trained.nets).eval()
    for start in range(0, table.row_count, chunk_rows):
        part = table.take(slice(start, start + chunk_rows))
        rows, row = np.unique(part.tweet_row, return_inverse=True)
        vectors = _answer(towers, tower_inputs(part.tweets.take(rows), trained.layout, trained.vocabularies))
        user_index = index_of(part.users, trained.vocabularies[USER_MAP])
        inputs = {"features": part.head_features, "user_index": user_index, "tweet_vector": vectors[row]}
        answers = _answer(heads, inputs)
        out[start : start + part.row_count] = answers.reshape(part.row_count, -1, len(TARGETS)).mean(axis=1)
    return out


@dataclass(frozen=True)
class _Part:
    """A model to be written."""

    name: str
    module: nn.Module
    inputs: Mapping[str, npt.NDArray[np.generic]]
    output: str
    vocabularies: Mapping[str, Keys]


def _answer(module: nn.Module, inputs: Mapping[str, npt.NDArray[np.generic]]) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        answer: npt.NDArray[np.float32] = module(*(torch.from_numpy(value) for value in inputs.values())).numpy()
    return answer


def _write_model(folder: Path, part: _Part, record: TrainingRecord) -> float:
    """Write one model; return its largest difference from PyTorch."""
    name, module, inputs, output = part.name, part.module, part.inputs, part.output
    version = folder / VERSION
    version.mkdir(parents=True)
    expected = _answer(module, inputs)
    graph = _export(module, inputs, output)
    difference = float(np.abs(_run(graph, inputs) - expected).max())
    if not difference <= ONNX_TOLERANCE:
        raise TrainingError(
            f"{name}: model.onnx is {difference:.3g} away from PyTorch, expected at most {ONNX_TOLERANCE}"
        )
    (version / "model.onnx").write_bytes(graph)
    (version / RECORD_FILE).write_bytes(record_json(record))
    maps = {}
    for map_name, keys in sorted(part.vocabularies.items()):
        path = version / f"{map_name}.arrow"
        write_index_map(path, keys)
        maps[map_name] = hashlib.sha256(path.read_bytes()).hexdigest()
    golden_inputs = {tensor: values[:_GOLDEN_ROWS] for tensor, values in inputs.items()}
    golden = golden_document(name, VERSION, golden_inputs, {output: _answer(module, golden_inputs)}, maps)
    (version / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
    write_hashes(version)
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
    """Remove the exporter's metadata: stack traces with paths of this machine."""
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
