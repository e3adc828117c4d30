"""Each net as it was published, every layer over the whole of its input, against tower and head as they are served."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: scripts/training-env.sh nets")

from net_rows import WORDS, net_table  # noqa: E402

from pairstream_training.net_data import NetTable, read_vocabularies  # noqa: E402
from pairstream_training.net_export import Heads, Towers  # noqa: E402
from pairstream_training.net_family import FAMILIES, NetFamily  # noqa: E402
from pairstream_training.net_scale import measure_scale  # noqa: E402
from pairstream_training.net_training import NetTensors  # noqa: E402
from pairstream_training.pair_net import NetCounts, PairNet  # noqa: E402

Columns = dict[str, Any]


def build(family: NetFamily, rows: NetTable) -> tuple[PairNet, NetTensors]:
    torch.manual_seed(5)
    vocabularies = read_vocabularies(family.layout, rows, 1, 1)
    counts = NetCounts(WORDS, {name: len(keys) for name, keys in vocabularies.items()})
    widths = replace(family.sizes["small"], word=24)
    net = family.build(widths, counts, measure_scale(family.layout, rows)).eval()
    for module in net.modules():
        # An untrained net hardly answers to its inputs.
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
        elif isinstance(module, torch.nn.Embedding):
            torch.nn.init.normal_(module.weight)
        elif isinstance(module, torch.nn.Linear):
            module.weight.data *= 2
    return net, NetTensors.of(rows, family.layout, vocabularies)


def code(values: Any, category: Any) -> Any:  # noqa: ANN401
    """Give rows of an embedding: the last for missing codes, and for those past the end unless they are clipped."""
    if category.is_counter:
        values = values.clamp(max=category.count - 1)
    return torch.where(values.isnan() | (values >= category.count), category.count, values).long()


def scaled(number: Any, values: Any, rows: Any) -> Any:  # noqa: ANN401
    """Scale a column; `rows` are its values in all training rows."""
    if number.is_logged:
        values, rows = torch.log1p(values), torch.log1p(rows)
    rows = rows[~rows.isnan()]
    values = values.nan_to_num(rows.mean())
    match number.scaling:
        case "standard":
            return (values - rows.mean()) / rows.std(correction=0)
        case "range":
            return (values - rows.min()) / (rows.max() - rows.min())
        case "centre":
            return (values - rows.mean()) / number.divisor
    return values


def columns(family: NetFamily, tensors: NetTensors) -> Columns:
    """Give every column of every row by name: codes as rows of embeddings, numbers as they enter."""
    layout = family.layout
    found: Columns = {}
    for features, categories, numbers in (
        (tensors.tweets[1][tensors.tweet_row.long()].double(), layout.tower_categories, layout.tower_numbers),
        (tensors.head_features.double(), layout.head_categories, layout.head_numbers),
    ):
        for i, category in enumerate(categories):
            found[category.feature] = code(features[:, i], category)
        for i, number in enumerate(numbers, start=len(categories)):
            found[number.feature] = scaled(number, features[:, i], features[:, i])[:, None].float()
    return found


def stack(found: Columns, numbers: Any) -> Any:  # noqa: ANN401
    return torch.cat([found[number.feature] for number in numbers], dim=1)


def embedded(tables: Any, found: Columns, categories: Any) -> Any:  # noqa: ANN401
    pairs = zip(tables, categories, strict=True)
    return torch.cat([table(found[category.feature]) for table, category in pairs], dim=1)


def nn1(net: Any, found: Columns, tensors: NetTensors) -> Any:  # noqa: ANN401
    layout, tower, head = FAMILIES["nn1"].layout, net.tower, net.head
    author, reader = (head.users(tensors.user_index[:, i].long()) for i in (0, 1))
    text = tower.text.words(tensors.tweets[0].long()).mean(dim=1)[tensors.tweet_row.long()]
    of_tweet = torch.cat(
        [embedded(tower.categories.tables, found, layout.tower_categories), text, stack(found, layout.tower_numbers)],
        dim=1,
    )
    of_pair = stack(found, layout.head_numbers)
    first = torch.tanh(head.author_interaction(torch.cat([author, of_pair[:, 1:3], of_pair[:, :1]], dim=1)))
    dense = torch.cat([tower.to_interaction.weight, head.reader_counts.weight], dim=1)
    second = torch.tanh(torch.cat([of_tweet, of_pair[:, 3:]], dim=1) @ dense.T + tower.to_interaction.bias)
    cosines = torch.stack([torch.cosine_similarity(x, reader, eps=1e-12) for x in (first, second)], dim=1)
    trunk = torch.cat([head.first.weight, tower.to_first.weight], dim=1)
    hidden = torch.cat([reader, author, cosines, of_pair, of_tweet], dim=1)
    assert hidden.shape[1] == 48 + 48 + 1 + 1 + 20 + 24 + 27
    for layer, norm in enumerate(head.norms):
        hidden = hidden @ trunk.T + head.first.bias if layer == 0 else head.dense[layer - 1](hidden)
        hidden = torch.relu(norm(hidden))
    return head.last(torch.cat([hidden, cosines], dim=1))


def nn2(net: Any, found: Columns, tensors: NetTensors) -> Any:  # noqa: ANN401
    layout, tower, head = FAMILIES["nn2"].layout, net.tower, net.head
    text = tower.text.gru(tower.text.words(tensors.tweets[0].long()))[0][:, -1][tensors.tweet_row.long()]
    index = tensors.tweets[2].long()[tensors.tweet_row.long()]
    tables = tower.indexes.tables
    ids = [tables[name](index[:, i]) for i, name in enumerate(("hashtags", "domains", "retweeted"))]
    mentions = tables["mentions"](index[:, 3:]).sum(dim=1)
    categories = embedded(tower.categories.tables, found, layout.tower_categories)
    lengths = tower.numbers[1](stack(found, layout.tower_numbers))
    of_tweet = torch.cat([text, categories, *ids, mentions, lengths], dim=1)
    assert of_tweet.shape[1] == 16 + 110 + 3 + 16
    of_reader = [
        head.users(tensors.user_index[:, 0].long()),
        head.reader_numbers[1](stack(found, layout.head_numbers[:3])),
    ]
    of_other = [
        head.categories.tables[0](found["dt_dow"]),
        head.other_numbers[1](stack(found, layout.head_numbers[3:])),
    ]
    other = head.other(torch.cat(of_other, dim=1))
    assert other.shape[1] == 15
    product = tower.layers(of_tweet) * head.reader(torch.cat(of_reader, dim=1))
    return head.last(torch.cat([product, other], dim=1))


def nn3(net: Any, found: Columns, tensors: NetTensors) -> Any:  # noqa: ANN401
    layout, tower, head = FAMILIES["nn3"].layout, net.tower, net.head
    text = tower.text.gru(tower.text.words(tensors.tweets[0].long()))[0][:, -1][tensors.tweet_row.long()]
    author, reader = (head.users(tensors.user_index[:, i].long()) for i in (0, 1))
    of_pair = [stack(found, layout.head_numbers), author, reader, author * reader]
    categories = embedded(tower.categories.tables, found, layout.tower_categories)
    hidden = torch.cat([*of_pair, text, categories, stack(found, layout.tower_numbers)], dim=1)
    assert hidden.shape[1] == 36 + 32 + (32 + 32 + 16 + 16 + 16) + 32
    first = torch.cat([head.first.weight, tower.to_first.weight], dim=1)
    for layer, norm in enumerate(head.norms):
        hidden = hidden @ first.T + head.first.bias if layer == 0 else head.dense[layer - 1](hidden)
        hidden = torch.nn.functional.silu(norm(hidden))
    return head.last(hidden)


@pytest.mark.parametrize(("name", "published"), [("nn1", nn1), ("nn2", nn2), ("nn3", nn3)])
def test_tower_and_head_together_are_the_published_net(
    name: str, published: Callable[[PairNet, Columns, NetTensors], Any]
) -> None:
    family = FAMILIES[name]
    net, tensors = build(family, net_table(family.layout, 300))
    with torch.no_grad():
        whole = torch.sigmoid(published(net, columns(family, tensors), tensors)).numpy()
        trained = torch.sigmoid(
            net(tensors.tweets, tensors.tweet_row, tensors.head_features, tensors.user_index)
        ).numpy()
        served = [net.serve(dtype=torch.float32)]
        vectors = Towers(served)(*tensors.tweets)[tensors.tweet_row]
        answers = Heads(served)(tensors.head_features, tensors.user_index, vectors).numpy()
    assert whole.std(axis=0).min() > 0.02
    np.testing.assert_allclose(trained, whole, rtol=0, atol=2e-6)
    np.testing.assert_allclose(answers, whole, rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("nn1", (192, 96, (320, 320, 320), 0)),
        ("nn2", (768, 64, (256, 256), 64)),
        ("nn3", (768, 128, (1024, 256, 64), 128)),
    ],
)
def test_the_sizes_are_the_published_ones_and_at_least_a_quarter_of_them(
    name: str, widths: tuple[int, int, tuple[int, ...], int]
) -> None:
    sizes = FAMILIES[name].sizes
    small, published = ((x.word, x.user, x.hidden, x.gru) for x in (sizes["small"], sizes["published"]))
    assert published == widths
    for one, other in zip((small[0], small[1], *small[2], small[3]), (*widths[:2], *widths[2], widths[3]), strict=True):
        assert 4 * one >= other
