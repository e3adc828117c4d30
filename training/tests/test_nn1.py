import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: scripts/training-env.sh nets")

from made_features import PIPELINE  # noqa: E402

from pairstream_training.config_cli import config_of  # noqa: E402
from pairstream_training.index_map import index_of, write_index_map  # noqa: E402
from pairstream_training.nn1_data import NetTable, frequent_users, measure_scale  # noqa: E402
from pairstream_training.nn1_export import export_nets, predict_nets  # noqa: E402
from pairstream_training.nn1_names import CATEGORIES  # noqa: E402
from pairstream_training.nn1_net import INTERACTION_WIDTH, Net, NetShape  # noqa: E402
from pairstream_training.nn1_training import NetParameters, TrainedNets, train_nets  # noqa: E402
from pairstream_training.pipeline_file import Nn1Inputs, read_nn1_inputs  # noqa: E402

INPUTS: Nn1Inputs = read_nn1_inputs(PIPELINE)
WORDS = 40


def table(row_count: int = 3_000, seed: int = 1) -> NetTable:
    """Make rows whose likes depend on the author and on one word."""
    generator = np.random.default_rng(seed)
    users = generator.integers(1, 60, size=(row_count, 2)).astype(np.uint64) << np.uint64(40)
    tokens = generator.integers(1, WORDS, size=(row_count, INPUTS.token_count)).astype(np.int32)
    tower = generator.gamma(2.0, 2.0, size=(row_count, len(INPUTS.tower_features))).astype(np.float32)
    for column, (_, count, _) in enumerate(CATEGORIES):
        tower[:, column] = generator.integers(0, count, row_count)
    tower[::50, 1] = np.nan
    head = generator.lognormal(5.0, 1.0, size=(row_count, len(INPUTS.head_features))).astype(np.float32)
    head[:, 0] = generator.integers(0, 2, row_count)
    margin = ((users[:, 0] >> np.uint64(40)) % np.uint64(2)).astype(float) * 3 - 2 + (tokens == 7).sum(axis=1)
    labels = np.stack([generator.random(row_count) < 1 / (1 + np.exp(-margin)) for _ in range(4)], axis=1)
    return NetTable(tokens, tower, head, users, labels.astype(np.uint8), np.zeros(row_count, dtype=np.int32))


@pytest.fixture(scope="module")
def trained() -> TrainedNets:
    return train_nets(table(), INPUTS, WORDS, NetParameters(epochs=4, batch_rows=256, word_width=8, thread_count=1))


def test_tower_and_head_together_are_the_published_net() -> None:
    torch.manual_seed(5)
    rows = table(64)
    net = Net(NetShape(WORDS, 8, 59), INPUTS.tower_features, INPUTS.head_features, measure_scale(INPUTS, rows)).eval()
    users = index_of(rows.users, frequent_users(rows.users, 1))
    with torch.no_grad():
        split = net(*(torch.from_numpy(x) for x in (rows.tokens, rows.tower_features, rows.head_features, users)))
        whole = published(net, rows, torch.from_numpy(users))
    np.testing.assert_allclose(split.numpy(), whole.numpy(), rtol=0, atol=2e-5)


def published(net: Net, rows: NetTable, users: Any) -> Any:  # noqa: ANN401
    """Compute the net as it was published: every layer over the whole of its input."""
    tower, head = net.tower, net.head
    author, reader = head.users(users[:, 0].long()), head.users(users[:, 1].long())
    text = tower.words(torch.from_numpy(rows.tokens).long()).mean(dim=1)
    codes = [
        embedding(torch.nan_to_num(torch.from_numpy(rows.tower_features[:, i]), nan=count).long())
        for i, (embedding, (_, count, _)) in enumerate(zip(tower.categories, CATEGORIES, strict=True))
    ]
    of_tweet = tower.scaled(torch.from_numpy(rows.tower_features[:, len(CATEGORIES) :]))
    of_pair = head.scaled(torch.from_numpy(rows.head_features))
    follows, of_author, of_reader = of_pair[:, :1], of_pair[:, 1:3], of_pair[:, 3:5]
    first = torch.tanh(head.author_interaction(torch.cat([author, of_author, follows], dim=1)))
    dense = torch.cat([tower.to_interaction.weight, head.reader_counts.weight], dim=1)
    second = torch.tanh(torch.cat([*codes, text, of_tweet, of_reader], dim=1) @ dense.T + tower.to_interaction.bias)
    assert second.shape[1] == INTERACTION_WIDTH
    cosines = torch.stack([torch.cosine_similarity(x, reader, eps=1e-12) for x in (first, second)], dim=1)
    trunk = torch.cat([head.first.weight, tower.to_trunk.weight], dim=1)
    hidden = torch.cat([reader, author, cosines, of_pair, *codes, text, of_tweet], dim=1) @ trunk.T + head.first.bias
    for layer, norm in enumerate(head.norms):
        hidden = torch.relu(norm(hidden if layer == 0 else head.dense[layer - 1](hidden)))
    return head.last(torch.cat([hidden, cosines], dim=1))


def test_the_nets_learn_what_is_there_to_be_learned(trained: TrainedNets) -> None:
    later = table(seed=2)
    answers = predict_nets(trained, later)
    rate = later.labels.mean(axis=0)
    loss = -np.where(later.labels == 1, np.log(answers), np.log1p(-answers)).mean(axis=0)
    constant = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    assert (1 - loss / constant > 0.1).all()


def test_the_same_training_gives_the_same_nets(trained: TrainedNets) -> None:
    parameters = NetParameters(epochs=4, batch_rows=256, word_width=8, thread_count=1)
    again = train_nets(table(), INPUTS, WORDS, parameters)
    for one, other in zip(trained.nets, again.nets, strict=True):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    other_seed = train_nets(table(), INPUTS, WORDS, NetParameters(1, 256, word_width=8, thread_count=1, seed=2))
    assert not torch.equal(trained.nets[0].head.last.weight, other_seed.nets[0].head.last.weight)


def test_an_export_has_golden_rows_of_pytorch_s_own_and_no_paths(trained: TrainedNets, tmp_path: Path) -> None:
    export = export_nets(tmp_path, trained, INPUTS, table(seed=3), seed=1)
    assert max(export.tower_difference, export.head_difference) < 1e-5
    assert {path.name for path in tmp_path.iterdir()} == {"nn1", "nn1_tweet"}
    for name, tensor, width in (("nn1_tweet", "tweet_vector", 832), ("nn1", "output__0", 8)):
        files = {path.name for path in (tmp_path / name).rglob("*") if path.is_file()}
        assert files >= {"config.pbtxt", "model.onnx", "golden.json"}
        golden = json.loads((tmp_path / name / "1/golden.json").read_text())
        # The command `config` writes what the training wrote.
        assert (tmp_path / name / "config.pbtxt").read_text() == config_of(tmp_path / name)
        assert (golden["model"], len(golden["outputs"][tensor]), len(golden["outputs"][tensor][0])) == (name, 16, width)
        graph = (tmp_path / name / "1/model.onnx").read_bytes()
        assert b"site-packages" not in graph and str(Path.home()).encode() not in graph
    golden = json.loads((tmp_path / "nn1/1/golden.json").read_text())
    assert list(golden["index_maps"]) == ["users"]
    keys = pa.ipc.open_file(tmp_path / "nn1/1/users.arrow").read_all().column("key")
    assert keys.to_pylist() == trained.users.tolist()


def test_index_maps_number_keys_from_one(tmp_path: Path) -> None:
    vocabulary = np.array([3, 5, 2**63], dtype=np.uint64)
    keys = np.array([[5, 2], [2**63, 3], [2**64 - 1, 0]], dtype=np.uint64)
    assert index_of(keys, vocabulary).tolist() == [[2, 0], [3, 1], [0, 0]]
    assert index_of(keys, vocabulary[:0]).tolist() == [[0, 0], [0, 0], [0, 0]]
    write_index_map(tmp_path / "map.arrow", vocabulary)
    assert pa.ipc.open_file(tmp_path / "map.arrow").read_all().column("key").to_pylist() == [3, 5, 2**63]


def test_rare_users_are_left_out() -> None:
    users = np.array([[7, 8], [7, 9], [8, 7]], dtype=np.uint64)
    assert frequent_users(users, 2).tolist() == [7, 8]
