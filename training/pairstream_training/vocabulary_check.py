"""Compares the vocabulary of a release with the vocabularies of its statistics and feature files."""

import hashlib
import json
from pathlib import Path

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import contract_of

_HEADER_BYTES = 1 << 20
_UNCASED_SHARE = 0.001


def check_vocabulary(vocabulary: Path, statistics: Path, features: Path, *, do_lower_case: bool) -> list[str]:
    """Raise TrainingError if the files were made with another vocabulary; return warnings about the vocabulary.

    The feature file must also have this gateway's catalogue version.
    """
    try:
        content = vocabulary.read_bytes()
    except OSError as error:
        raise TrainingError(f"{vocabulary}: cannot be read: {error.strerror}") from error
    seen = hashlib.sha256(content).hexdigest()
    of_features = contract_of(features, open_arrow(features)).vocabulary
    for path, made_with in ((statistics, _of_statistics(statistics)), (features, of_features)):
        if made_with != seen:
            raise TrainingError(
                f"{path}: made with the vocabulary of SHA-256 {made_with}, but {vocabulary} has {seen}; "
                "name the vocabulary of the replay with --vocabulary, or replay again"
            )
    return _warnings(vocabulary, content, do_lower_case=do_lower_case)


def _of_statistics(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return str(json.loads(file.readline(_HEADER_BYTES))["vocabularySha256"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read as a snapshot of statistics: {error}") from error


def _warnings(path: Path, content: bytes, *, do_lower_case: bool) -> list[str]:
    try:
        pieces = content.decode("utf-8-sig").split()
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path}: not UTF-8, expected BERT's vocab.txt, one wordpiece a line") from error
    words = [piece for piece in pieces if not (piece.startswith("[") and piece.endswith("]"))]
    capitals = sum(word != word.lower() for word in words)
    has_case = any(word != word.upper() for word in words)
    if not do_lower_case and has_case and capitals < _UNCASED_SHARE * len(pieces):
        return [
            f"{path}: {capitals} of {len(pieces)} pieces have a capital letter, so words with capitals become [UNK]: "
            "for an uncased vocabulary add --do-lower-case, else name the cased vocabulary"
        ]
    return []
