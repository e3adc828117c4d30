"""Command line `widen-vocabulary`: a vocabulary and word vectors of the published size."""

from pathlib import Path

import click
import numpy as np

from pairstream_training.cli_options import ANY_PATH, EXISTING_FILE
from pairstream_training.errors import TrainingError
from pairstream_training.files import replace_file, whole_file

_WORD_WIDTH = 768


@click.command(name="widen-vocabulary")
@click.option("--vocabulary", required=True, type=EXISTING_FILE, help="vocab.txt to widen; the file stays unchanged.")
@click.option("--words", "word_count", required=True, type=click.IntRange(min=1), help="Pieces of the wide vocabulary.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Seed of the vectors.")
@click.option("--out", required=True, type=ANY_PATH, help="Folder to write vocab.txt and word-vectors.npy into.")
def widen_vocabulary_command(vocabulary: Path, word_count: int, seed: int, out: Path) -> None:
    """Fill a vocabulary up with unused pieces, and draw a vector of 768 values for each piece.

    The vectors replace those of multilingual BERT, which no package registry has.
    """
    text = vocabulary.read_text(encoding="utf-8")
    piece_count = len(text.splitlines())
    if piece_count > word_count:
        raise TrainingError(f"{vocabulary}: {piece_count} pieces, expected at most --words, which is {word_count}")
    out.mkdir(parents=True, exist_ok=True)
    added = "".join(f"[added{piece}]\n" for piece in range(piece_count, word_count))
    replace_file(out / "vocab.txt", (text + added).encode())
    vectors = np.random.default_rng(seed).normal(0, 0.05, (word_count, _WORD_WIDTH)).astype(np.float32)
    with whole_file(out / "word-vectors.npy") as partial, partial.open("wb") as file:
        np.save(file, vectors)
