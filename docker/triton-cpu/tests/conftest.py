"""Configurations as Triton hands them over, and the fixture models of the repository."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pairstream_backends.model_config import ModelConfig, read_model_config

FIXTURES = Path(__file__).resolve().parents[3] / "test" / "triton" / "fixtures"

MakeConfig = Callable[..., ModelConfig]


@pytest.fixture
def make_config() -> MakeConfig:
    """Make the configuration of a fixture model: for FIL, unless the tensors say otherwise."""

    def make(
        name: str,
        *,
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
        parameters: dict[str, str] | None = None,
        **more: object,
    ) -> ModelConfig:
        document = {
            "max_batch_size": 64,
            "input": [tensor("input__0", 5)] if inputs is None else inputs,
            "output": [tensor("output__0", 1)] if outputs is None else outputs,
            "parameters": {key: {"string_value": value} for key, value in (parameters or {}).items()},
            "default_model_filename": "",
            **more,
        }
        return read_model_config(
            {
                "model_name": name,
                "model_repository": str(FIXTURES / name),
                "model_version": "1",
                "model_config": json.dumps(document),
            }
        )

    return make


def tensor(name: str, *dims: int, data_type: str = "TYPE_FP32") -> dict[str, Any]:
    """Describe an input or output as config.pbtxt does."""
    return {"name": name, "data_type": data_type, "dims": list(dims)}
