import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import CATALOGUE_KEY, VOCABULARY_KEY, gateway_catalogue
from pairstream_training.files import write_arrow
from pairstream_training.vocabulary_check import check_vocabulary

SPECIAL = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"
CASED = SPECIAL + "the\nThe\n##ing\n"
UNCASED = SPECIAL + "the\n##ing\n"


def release(folder: Path, vocabulary: str, of_statistics: str, of_features: str) -> tuple[Path, Path, Path]:
    paths = folder / "vocab.txt", folder / "statistics.snapshot", folder / "features-00000.arrow"
    paths[0].write_bytes(vocabulary.encode())
    paths[1].write_bytes(json.dumps({"vocabularySha256": sha256(of_statistics)}).encode() + b"\nbinary\xff")
    table = pa.table({"a": np.zeros(1, dtype=np.float32)})
    metadata = {CATALOGUE_KEY: gateway_catalogue(), VOCABULARY_KEY: sha256(of_features)}
    write_arrow(paths[2], table.replace_schema_metadata(metadata))
    return paths


def sha256(vocabulary: str) -> str:
    return hashlib.sha256(vocabulary.encode()).hexdigest()


@pytest.mark.parametrize(
    ("vocabulary", "of_statistics", "of_features", "named"),
    [
        (UNCASED, CASED, CASED, "statistics.snapshot"),
        (CASED, CASED, UNCASED, "features-00000.arrow"),
        (CASED[:-8], CASED, CASED, "statistics.snapshot"),
        (CASED.replace("the\nThe", "The\nthe"), CASED, CASED, "statistics.snapshot"),
        (CASED.replace("\n", "\r\n"), CASED, CASED, "statistics.snapshot"),
    ],
)
def test_files_of_another_vocabulary_are_refused(
    vocabulary: str, of_statistics: str, of_features: str, named: str, tmp_path: Path
) -> None:
    paths = release(tmp_path, vocabulary, of_statistics, of_features)
    with pytest.raises(TrainingError, match=rf"{named}: made with the vocabulary of SHA-256 \w{{64}}, but .*vocab.txt"):
        check_vocabulary(*paths, do_lower_case=False)


@pytest.mark.parametrize(
    ("vocabulary", "do_lower_case", "warned"),
    [(CASED, False, False), (UNCASED, False, True), (UNCASED, True, False), (SPECIAL + "日\n本\n", False, False)],
)
def test_a_vocabulary_without_capitals_is_warned_of(
    vocabulary: str, do_lower_case: bool, warned: bool, tmp_path: Path
) -> None:
    paths = release(tmp_path, vocabulary, vocabulary, vocabulary)
    warnings = check_vocabulary(*paths, do_lower_case=do_lower_case)
    assert [("--do-lower-case" in warning) for warning in warnings] == ([True] if warned else [])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    vocabulary, statistics, features = release(tmp_path, CASED, CASED, CASED)
    vocabulary.write_bytes(b"\xff\xfe")
    made_with = hashlib.sha256(b"\xff\xfe").hexdigest()
    statistics.write_bytes(json.dumps({"vocabularySha256": made_with}).encode())
    metadata = {CATALOGUE_KEY: gateway_catalogue(), VOCABULARY_KEY: made_with}
    write_arrow(features, open_arrow(features).replace_schema_metadata(metadata))
    with pytest.raises(TrainingError, match="not UTF-8"):
        check_vocabulary(vocabulary, statistics, features, do_lower_case=False)
    statistics.write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="cannot be read as a snapshot"):
        check_vocabulary(vocabulary, statistics, features, do_lower_case=False)
