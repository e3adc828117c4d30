import hashlib
from pathlib import Path

import pytest
from made_features import REPOSITORY

from pairstream_training.model_folders import FOREST_FILE, NET_FILE, list_models, list_versions
from pairstream_training.model_hashes import write_hashes


def test_every_file_but_what_is_derived_or_hidden_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    names = ("weights/layer.bin", "model.onnx", "checkpoint.tl", ".model.partial", "SHA256SUMS")
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    write_hashes(tmp_path)
    expected = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" for name in ("model.onnx", "weights/layer.bin")]
    assert (tmp_path / "SHA256SUMS").read_text().splitlines() == expected


@pytest.mark.parametrize("model", list_models(REPOSITORY / "triton-models"), ids=lambda model: model.name)
def test_shipped_models_have_their_recorded_hashes(model: Path) -> None:
    [version] = list_versions(model)
    lines = (version / "SHA256SUMS").read_text().splitlines()
    recorded = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}
    assert {"golden.json", "training.json"} < set(recorded)
    assert (version / FOREST_FILE).exists() == (FOREST_FILE in recorded)
    assert {FOREST_FILE, NET_FILE} & set(recorded)
    for name, sha256 in recorded.items():
        assert hashlib.sha256((version / name).read_bytes()).hexdigest() == sha256
