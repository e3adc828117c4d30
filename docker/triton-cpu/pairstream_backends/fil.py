"""The engine of backend `fil`: one input, one output, a forest between."""

from collections.abc import Mapping, Sequence

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.execution import Engine
from pairstream_backends.fil_answer import AnswerRule, choose_answer
from pairstream_backends.fil_files import ForestFile, ForestFormat, find_forest_file
from pairstream_backends.fil_options import read_fil_options
from pairstream_backends.forest import Forest
from pairstream_backends.log import Log
from pairstream_backends.model_config import ModelConfig, TensorConfig
from pairstream_backends.model_file import short_name
from pairstream_backends.tensors import Array, Tensors

INPUT_NAME = "input__0"
OUTPUT_NAME = "output__0"
"""FIL's fixed names."""

_DATA_TYPE = "TYPE_FP32"
_ANY = -1


class FilEngine:
    """A forest that answers as FIL does."""

    def __init__(self, forest: Forest, rule: AnswerRule) -> None:
        self._forest = forest
        self._rule = rule

    def run(self, inputs: Tensors, outputs: Sequence[str]) -> Mapping[str, Array]:
        """Answer rows. Raises RequestError for rows of another width."""
        rows = inputs[INPUT_NAME]
        if rows.shape[1:] != (self._forest.feature_count,):
            expected = f"[rows, {self._forest.feature_count}]"
            raise RequestError(f"{INPUT_NAME} has shape {list(rows.shape)}, expected {expected}")
        return {OUTPUT_NAME: self._rule(self._forest.predict(rows))}


def open_fil(config: ModelConfig, log: Log) -> Engine:
    """Load the forest that a configuration for FIL describes. Raises ModelError."""
    _require_tensor("input", config.inputs, INPUT_NAME)
    _require_tensor("output", config.outputs, OUTPUT_NAME)
    if not config.is_batched:
        raise ModelError(f"max_batch_size is {config.max_batch_size}, expected at least 1")
    options = read_fil_options(config.parameters)
    file = find_forest_file(config)
    forest = _read_forest(file, options.thread_count)
    if config.inputs[0].dims not in ((forest.feature_count,), (_ANY,)):
        dims = list(config.inputs[0].dims)
        raise ModelError(f"input.dims is {dims}, expected [{forest.feature_count}]: the features of the model")
    rule = choose_answer(options, forest.output_count, config.outputs[0].dims)
    log(
        f"serves {short_name(file.path)} by {forest.library} (features: {forest.feature_count}, "
        f"outputs: {forest.output_count}, threads: {options.thread_count})" + (f"; {file.note}" if file.note else "")
    )
    return FilEngine(forest, rule)


def _require_tensor(side: str, tensors: Sequence[TensorConfig], name: str) -> None:
    seen = [f"{tensor.name} {tensor.data_type}" for tensor in tensors]
    if seen != [f"{name} {_DATA_TYPE}"]:
        raise ModelError(f"{side} is {', '.join(seen) or 'missing'}, expected {name} {_DATA_TYPE} alone")


def _read_forest(file: ForestFile, thread_count: int) -> Forest:
    # Loading a library takes its time and memory, so only the one that is needed is.
    if file.format is ForestFormat.XGBOOST:
        from pairstream_backends.walked_forest import walk_forest  # noqa: PLC0415
        from pairstream_backends.xgboost_forest import XgboostForest  # noqa: PLC0415

        forest = XgboostForest(file.path, thread_count)
        return walk_forest(forest, file.path, thread_count) or forest
    from pairstream_backends.treelite_forest import TreeliteForest  # noqa: PLC0415

    return TreeliteForest(file.path, file.format, thread_count)
