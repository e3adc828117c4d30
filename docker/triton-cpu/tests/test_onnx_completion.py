from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto

from pairstream_backends.errors import ModelError
from pairstream_backends.onnx_completion import complete
from tests.conftest import FIXTURES, tensor
from tests.test_onnx import write_identity


class RecordedConfig:
    """Stands for the ModelConfig of Triton's Python backend."""

    def __init__(self, **document: object) -> None:
        self.document: dict[str, Any] = {
            "max_batch_size": 0,
            "input": [],
            "output": [],
            "default_model_filename": "",
            **document,
        }

    def as_dict(self) -> dict[str, Any]:
        return self.document

    def set_max_batch_size(self, max_batch_size: int) -> None:
        self.document["max_batch_size"] = max_batch_size

    def set_dynamic_batching(self) -> None:
        self.document["dynamic_batching"] = {}

    def add_input(self, tensor: Mapping[str, Any]) -> None:
        self.document["input"].append(tensor)

    def add_output(self, tensor: Mapping[str, Any]) -> None:
        self.document["output"].append(tensor)


def test_fills_in_a_configuration_that_has_nothing() -> None:
    config = RecordedConfig()
    complete(config, FIXTURES / "sums" / "1")
    assert config.document["input"] == [tensor("a", -1), tensor("b", -1)]
    assert config.document["output"] == [tensor("sum", -1), tensor("difference", -1)]
    assert config.document["max_batch_size"] == 4
    assert config.document["dynamic_batching"] == {}


def test_fills_in_what_is_missing_and_keeps_the_rest() -> None:
    config = RecordedConfig(max_batch_size=32, output=[tensor("sum", -1)])
    complete(config, FIXTURES / "sums" / "1")
    assert config.document["input"] == [tensor("a", -1), tensor("b", -1)]
    assert config.document["output"] == [tensor("sum", -1)]
    assert config.document["max_batch_size"] == 32


def test_leaves_a_complete_configuration_alone() -> None:
    config = RecordedConfig(input=[tensor("x", 1)], output=[tensor("y", 1)])
    before = dict(config.document)
    complete(config, FIXTURES / "sums" / "1")
    assert config.document == before


def test_leaves_a_model_without_a_file_to_whoever_loads_it(tmp_path: Path) -> None:
    config = RecordedConfig()
    complete(config, tmp_path)
    assert config.document["input"] == []


@pytest.mark.parametrize("shape", [[1, 2], ["rows"]])
def test_a_graph_without_a_batch_dimension_gets_its_whole_shape(shape: list[str | int], tmp_path: Path) -> None:
    write_identity(tmp_path, TensorProto.FLOAT, shape)
    config = RecordedConfig()
    complete(config, tmp_path / "1")
    dims = [dim if isinstance(dim, int) else -1 for dim in shape]
    assert config.document["input"] == [tensor("x", *dims)]
    assert config.document["max_batch_size"] == 0
    with pytest.raises(ModelError, match=r"^max_batch_size is 8, expected 0: not every input and output of the "):
        complete(RecordedConfig(max_batch_size=8), tmp_path / "1")
