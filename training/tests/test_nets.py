import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import pyarrow as pa
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: scripts/training-env.sh nets")

from net_rows import WORDS, net_table  # noqa: E402

from pairstream_training.config_cli import config_of  # noqa: E402
from pairstream_training.errors import TrainingError  # noqa: E402
from pairstream_training.feature_days import DayRange  # noqa: E402
from pairstream_training.index_map import index_of  # noqa: E402
from pairstream_training.net_export import export_nets, predict_nets  # noqa: E402
from pairstream_training.net_family import FAMILIES  # noqa: E402
from pairstream_training.net_training import (  # noqa: E402
    NetParameters,
    TrainedNets,
    load_word_vectors,
    tower_inputs,
    train_nets,
)
from pairstream_training.pair_net import NetWidths  # noqa: E402
from pairstream_training.quality import measure  # noqa: E402
from pairstream_training.training_record import TrainingRecord, trained_days  # noqa: E402

WIDTHS = {
    "nn1": NetWidths(word=8, user=8, hidden=(32, 32, 32)),
    "nn2": NetWidths(word=12, user=8, hidden=(32, 32), gru=8),
    "nn3": NetWidths(word=12, user=8, hidden=(32, 16, 8), gru=8, dropout=0.05),
}
TOWER_WIDTH = {"nn1": 2 * (8 + 32), "nn2": 32, "nn3": 32}
RECORD = TrainingRecord(DayRange(3, 9), 3_000)


def parameters(name: str, seed: int = 1, epochs: int = 12) -> NetParameters:
    return NetParameters(WIDTHS[name], epochs, batch_rows=256, learning_rate=0.01, thread_count=1, seed=seed)


def train(name: str, seed: int = 1, epochs: int = 12, vectors: npt.NDArray[np.float32] | None = None) -> TrainedNets:
    family = FAMILIES[name]
    return train_nets(net_table(family.layout), family, WORDS, parameters(name, seed, epochs), vectors)


def operators_run(model: Path, inputs: Mapping[str, npt.NDArray[np.generic]], folder: Path) -> list[str]:
    """Give the operators of a model in the order in which ONNX Runtime runs them."""
    options = ort.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    session.run(None, dict(inputs))
    events = json.loads(Path(session.end_profiling()).read_text())
    return [event["args"]["op_name"] for event in events if event["name"].endswith("_kernel_time")]


@pytest.fixture(scope="module", params=["nn1", "nn2", "nn3"])
def trained(request: pytest.FixtureRequest) -> TrainedNets:
    return train(request.param)


@pytest.fixture(scope="module")
def repository(trained: TrainedNets, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    export = export_nets(folder, trained, net_table(trained.layout, seed=3), 1, RECORD)
    assert max(export.tower_difference, export.head_difference) < 5e-6
    assert export.bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return folder


def test_the_nets_learn_what_is_there_to_be_learned(trained: TrainedNets) -> None:
    later = net_table(trained.layout, seed=2)
    qualities = measure(predict_nets(trained, later), later.labels)
    assert min(quality.rce or 0 for quality in qualities) > 10


def test_the_same_training_gives_the_same_nets(trained: TrainedNets) -> None:
    again = train(trained.layout.name)
    for one, other in zip(trained.nets, again.nets, strict=True):
        assert one.state_dict().keys() == other.state_dict().keys()
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    other_seed = train(trained.layout.name, seed=2, epochs=1)
    assert not torch.equal(trained.nets[0].output.weight, other_seed.nets[0].output.weight)


def test_an_export_has_golden_rows_of_pytorch_s_own_and_no_paths(trained: TrainedNets, repository: Path) -> None:
    head = trained.layout.name
    assert {path.name for path in repository.iterdir()} == {head, f"{head}_tweet"}
    for name, tensor, width in ((f"{head}_tweet", "tweet_vector", TOWER_WIDTH[head]), (head, "output__0", None)):
        version = repository / name / "1"
        # The command `config` writes what the training wrote.
        assert (repository / name / "config.pbtxt").read_text() == config_of(repository / name)
        golden = json.loads((version / "golden.json").read_text())
        assert (golden["model"], len(golden["outputs"][tensor])) == (name, 16)
        assert len(golden["outputs"][tensor][0]) == (width or 4 * len(trained.nets))
        graph = (version / "model.onnx").read_bytes()
        assert b"site-packages" not in graph and str(Path.home()).encode() not in graph
        maps = {path.stem for path in version.glob("*.arrow")}
        assert maps == set(golden.get("index_maps", {}))
        for index_map in maps:
            keys = pa.ipc.open_file(version / f"{index_map}.arrow").read_all().column("key")
            assert keys.to_pylist() == trained.vocabularies[index_map].tolist()
        assert trained_days(version) == DayRange(3, 9)
        assert {"model.onnx", "golden.json", "users.arrow"} & set((version / "SHA256SUMS").read_text().split())
        assert json.loads((version / "training.json").read_text())["rows"] == 3_000


def test_a_served_gru_is_unrolled(trained: TrainedNets, repository: Path) -> None:
    model = onnx.load(repository / trained.layout.tower / "1/model.onnx")
    operators = [node.op_type for node in model.graph.node]
    assert "GRU" not in operators and "Loop" not in operators
    if trained.layout.name != "nn1":
        assert operators.count("Tanh") == trained.layout.token_count
        rows = int(trained.nets[0].state_dict()["tower.text.words.row_of_word"].max()) + 1
        tables = [x for x in model.graph.initializer if x.dims[:1] == [rows]]
        assert [x.dims[1] for x in tables] == [2 * 8, 8]
        assert {x.data_type for x in tables} == {onnx.TensorProto.FLOAT16}


@pytest.mark.parametrize("name", ["nn2", "nn3"])
def test_onnx_runtime_reads_the_words_of_a_gru_step_by_step(name: str, tmp_path: Path) -> None:
    layout = FAMILIES[name].layout
    trained = train(name, epochs=1)
    rows = net_table(layout, 300)
    export_nets(tmp_path, trained, rows, 1, RECORD)
    inputs = tower_inputs(rows.tweets, layout, trained.vocabularies)
    run = operators_run(tmp_path / layout.tower / "1/model.onnx", inputs, tmp_path)
    # A product that adds the word's row and applies the sigmoid: one per step after the first.
    products = [i for i, operator in enumerate(run) if operator == "FusedGemm"][: layout.token_count - 1]
    assert run[: products[-1]].count("Sigmoid") == 1
    # Words of later steps would fill the cache.
    assert {run[one:other].count("Cast") for one, other in pairwise(products)} == {2}


def test_the_exported_models_answer_one_row_and_many(trained: TrainedNets, repository: Path) -> None:
    layout = trained.layout
    rows = net_table(layout, 300, seed=4)
    expected = predict_nets(trained, rows)
    tower, head = (ort.InferenceSession(repository / name / "1/model.onnx") for name in (layout.tower, layout.name))
    of_tweets = tower_inputs(rows.tweets, layout, trained.vocabularies)
    vectors = np.concatenate(
        [tower.run(None, {name: x[part] for name, x in of_tweets.items()})[0] for part in (slice(1), slice(1, None))]
    )
    of_pairs = {
        "features": rows.head_features,
        "user_index": index_of(rows.users, trained.vocabularies["users"]),
        "tweet_vector": vectors[rows.tweet_row],
    }
    answers = head.run(None, of_pairs)[0].reshape(300, -1, 4).mean(axis=1)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["nn2", "nn3"])
def test_word_vectors_of_one_s_own_are_taken_as_they_are(name: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.npy"
    vectors = np.random.default_rng(1).normal(size=(WORDS, WIDTHS[name].word)).astype(np.float32)
    np.save(path, vectors)
    loaded = load_word_vectors(path, WORDS)
    np.testing.assert_array_equal(loaded, vectors)
    family = FAMILIES[name]
    whole = []
    for word in (None, 5):
        if word is not None:
            loaded = loaded.copy()
            loaded[word] += 10
        net = train(name, epochs=1, vectors=loaded).nets[0]
        tables = [net.state_dict()[f"tower.text.words.table_{n}"] for n in (0, 1)]
        whole.append(torch.cat(tables, dim=1)[1:].float().numpy())
    # What a word adds to the gates is linear in its vector, so equal differences stay equal.
    differences = np.linalg.lstsq(vectors - vectors.mean(axis=0), whole[0] - whole[0].mean(axis=0), rcond=None)[0]
    np.testing.assert_allclose(
        (vectors - vectors.mean(axis=0)) @ differences, whole[0] - whole[0].mean(axis=0), rtol=0, atol=5e-3
    )
    assert np.abs(whole[1][5] - whole[0][5]).max() > 1
    assert family.layout.name == name


def test_unusable_word_vectors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npy"
    for array, message in (
        (np.zeros((WORDS - 1, 3), dtype=np.float32), r"float32 \[39, 3\], expected finite float32 \[40, width\]"),
        (np.zeros((WORDS, 3)), "float64"),
        (np.zeros(WORDS, dtype=np.float32), r"float32 \[40\]"),
        (np.full((WORDS, 3), np.nan, dtype=np.float32), "finite"),
    ):
        np.save(path, array)
        with pytest.raises(TrainingError, match=message):
            load_word_vectors(path, WORDS)
    path.write_text("no numbers")
    with pytest.raises(TrainingError, match="cannot be read as word vectors"):
        load_word_vectors(path, WORDS)
