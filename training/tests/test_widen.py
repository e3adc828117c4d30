from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result

from pairstream_training.cli import commands


def widen(folder: Path, word_count: int, seed: int = 3) -> Result:
    vocabulary = folder / "small.txt"
    vocabulary.write_text("[PAD]\n[UNK]\nthe\n")
    arguments = ["--vocabulary", vocabulary, "--words", word_count, "--seed", seed, "--out", folder / "wide"]
    return CliRunner().invoke(commands, ["widen-vocabulary", *map(str, arguments)])


def test_a_vocabulary_is_filled_up_and_every_piece_has_a_vector(tmp_path: Path) -> None:
    assert widen(tmp_path, 5).exit_code == 0
    assert (tmp_path / "wide/vocab.txt").read_text() == "[PAD]\n[UNK]\nthe\n[added3]\n[added4]\n"
    vectors = np.load(tmp_path / "wide/word-vectors.npy")
    assert (vectors.shape, vectors.dtype) == ((5, 768), np.float32)
    assert widen(tmp_path, 5).exit_code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "wide/word-vectors.npy"), vectors)
    assert widen(tmp_path, 5, seed=4).exit_code == 0
    assert (np.load(tmp_path / "wide/word-vectors.npy") != vectors).any()


def test_a_larger_vocabulary_is_refused(tmp_path: Path) -> None:
    refused = widen(tmp_path, 2)
    assert refused.exit_code == 1
    assert "small.txt: 3 pieces, expected at most --words, which is 2" in str(refused.exception)
    assert not (tmp_path / "wide").exists()
