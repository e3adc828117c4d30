from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: scripts/training-env.sh nets")

from pairstream_training.gru import GruText  # noqa: E402

WORDS, WIDTH = 30, 12


def text(word_width: int = 24) -> GruText:
    """Make a GRU whose gates are driven as hard as those of a trained one."""
    torch.manual_seed(3)
    gru = GruText(WORDS, word_width, WIDTH)
    torch.nn.init.normal_(gru.words.weight)
    return gru


def tokens(tweet_count: int = 50, steps: int = 48) -> Any:  # noqa: ANN401
    generator = np.random.default_rng(4)
    ids = generator.integers(1, WORDS, size=(tweet_count, steps)).astype(np.int32)
    for tweet, length in enumerate(generator.integers(1, steps + 1, tweet_count)):
        ids[tweet, length:] = 0
    return torch.from_numpy(ids)


def pytorch_s_own(gru: GruText, ids: Any) -> Any:  # noqa: ANN401
    """Compute the state after the last step, padding included, as PyTorch does."""
    return gru.gru(gru.words(ids))[0][:, -1]


def dense(gradient: Any) -> Any:  # noqa: ANN401
    return gradient.to_dense() if gradient.is_sparse else gradient


def test_the_unrolled_gru_is_pytorch_s_gru() -> None:
    gru, ids = text(), tokens()
    with torch.no_grad():
        expected = pytorch_s_own(gru, ids).numpy()
        np.testing.assert_allclose(gru(ids).numpy(), expected, rtol=1e-6, atol=1e-6)
        served = gru.served(torch.float32)
        np.testing.assert_allclose(served(ids).numpy(), expected, rtol=1e-6, atol=1e-6)
        # It matters what stands before the padding.
        assert np.abs(expected - pytorch_s_own(gru, ids.roll(1, 0)).numpy()).max() > 0.1


def test_a_table_in_half_precision_is_near() -> None:
    gru, ids = text(), tokens()
    with torch.no_grad():
        served = gru.served(torch.float16)
        assert {served.state_dict()[f"words.table_{n}"].dtype for n in (0, 1)} == {torch.float16}
        np.testing.assert_allclose(served(ids).numpy(), pytorch_s_own(gru, ids).numpy(), rtol=0, atol=5e-3)


def test_words_never_seen_share_a_row_that_says_nothing() -> None:
    gru, ids = text(), tokens()
    seen = torch.zeros(len(gru.words.weight), dtype=torch.bool)
    seen[ids[: len(ids) // 2].flatten()] = True
    with torch.no_grad():
        served = gru.served(torch.float32, seen)
        assert len(served.state_dict()["words.table_0"]) == int(seen.sum()) + 1
        gru.words.weight[~seen] = 0
        np.testing.assert_allclose(served(ids).numpy(), pytorch_s_own(gru, ids).numpy(), rtol=1e-6, atol=1e-6)


def test_the_gradients_are_pytorch_s() -> None:
    gru, ids = text().double(), tokens()
    directions = torch.randn(len(ids), WIDTH, dtype=torch.float64)
    gradients = []
    for answer in (pytorch_s_own(gru, ids), gru(ids)):
        gru.zero_grad(set_to_none=True)
        (answer * directions).sum().backward()
        gradients.append({name: dense(parameter.grad) for name, parameter in gru.named_parameters()})
    theirs, ours = gradients
    assert theirs.keys() == ours.keys() == {"words.weight", *(f"gru.{name}" for name, _ in gru.gru.named_parameters())}
    for name, gradient in theirs.items():
        assert gradient.abs().max() > 1e-3, name
        torch.testing.assert_close(ours[name], gradient, rtol=1e-9, atol=1e-9, msg=name)
