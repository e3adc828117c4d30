"""Feature catalogue version and vocabulary that feature files were computed with."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError

CATALOGUE_KEY = b"feature_catalogue"
VOCABULARY_KEY = b"vocabulary_sha256"

_GATEWAY_CATALOGUE = Path(__file__).absolute().parents[2] / "docs" / "reference" / "feature-catalogue.json"
_REPLAY = "write the feature files again with this version's `./pairstream replay`"


@dataclass(frozen=True)
class FeatureContract:
    """Catalogue version and vocabulary of a feature file."""

    catalogue: str
    """Version of the feature catalogue."""
    vocabulary: str
    """SHA-256 of the vocabulary."""


@cache
def gateway_catalogue() -> str:
    """Return the catalogue version of this checkout's gateway; raises TrainingError if the page is missing."""
    try:
        return str(json.loads(_GATEWAY_CATALOGUE.read_text(encoding="utf-8"))["version"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{_GATEWAY_CATALOGUE}: cannot be read; write it with `make docs`") from error


def contract_of(path: Path, table: pa.Table) -> FeatureContract:
    """Return the contract of an opened file.

    Raises TrainingError if the file has no contract, or if its catalogue version is not that of the gateway.
    """
    metadata = table.schema.metadata or {}
    missing = [key.decode() for key in (CATALOGUE_KEY, VOCABULARY_KEY) if key not in metadata]
    if missing:
        raise TrainingError(f"{path}: no {' and no '.join(missing)} in its metadata, expected both; {_REPLAY}")
    contract = FeatureContract(metadata[CATALOGUE_KEY].decode(), metadata[VOCABULARY_KEY].decode())
    expected = gateway_catalogue()
    if contract.catalogue != expected:
        raise TrainingError(
            f"{path}: computed with feature catalogue {contract.catalogue}, but this gateway has {expected}; {_REPLAY}"
        )
    return contract


def require_one_vocabulary(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of the vocabulary of all files; raises TrainingError when two files have different ones."""
    first = contract_of(paths[0], open_arrow(paths[0])).vocabulary
    for path in paths[1:]:
        vocabulary = contract_of(path, open_arrow(path)).vocabulary
        if vocabulary != first:
            raise TrainingError(
                f"{path}: computed with the vocabulary of SHA-256 {vocabulary}, but {paths[0]} with {first}; "
                "replay both with one vocabulary"
            )
    return first


def require_vocabulary(paths: Sequence[Path], vocabulary: Path) -> None:
    """Raise TrainingError unless all files were computed with this vocabulary file."""
    made_with = require_one_vocabulary(paths)
    seen = sha256_of(vocabulary)
    if made_with != seen:
        raise TrainingError(
            f"{paths[0]}: computed with the vocabulary of SHA-256 {made_with}, but {vocabulary} has {seen}; "
            "name the vocabulary of the replay in the pipeline file, or replay again with this one"
        )


def sha256_of(vocabulary: Path) -> str:
    """Return the SHA-256 of a vocabulary file; raises TrainingError when it cannot be read."""
    try:
        return hashlib.sha256(vocabulary.read_bytes()).hexdigest()
    except OSError as error:
        raise TrainingError(f"{vocabulary}: cannot be read: {error.strerror}") from error
