"""What FIL answers for the values of a forest."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from pairstream_backends.errors import ModelError
from pairstream_backends.fil_options import FilOptions
from pairstream_backends.forest import Values

AnswerRule: TypeAlias = Callable[[Values], Values]
"""[rows, outputs of the forest] to the output tensor."""

_BOTH_CLASSES = 2


def choose_answer(options: FilOptions, output_count: int, dims: tuple[int, ...]) -> AnswerRule:
    """Choose the rule that FIL has for a forest of so many outputs and an output of these dims.

    | forest              | predict_proba | dims      | answer                                  |
    |---------------------|---------------|-----------|-----------------------------------------|
    | binary classifier   | true          | [1]       | P(positive), shape [rows]               |
    | binary classifier   | true          | [2]       | [1 - p, p]                              |
    | binary classifier   | false         | [1]       | 1 above the threshold, else 0, [rows]   |
    | classifier, N > 1   | true          | [N]       | the N probabilities                     |
    | classifier, N > 1   | false         | [1]       | number of the likeliest class, [rows]   |
    | another             | either        | [N]       | the N values; [rows] where N is 1       |

    FIL asks for no classifier before it answers [1 - p, p]: with `predict_proba` and dims [2] every forest of one
    output does.

    Raises ModelError where the dims do not fit.
    """
    if options.is_classifier and not options.predict_proba:
        _require_dims(dims, (1,), "parameters.predict_proba is false")
        return _likeliest if output_count > 1 else _above(options.threshold)
    if output_count > 1:
        _require_dims(dims, (output_count,), f"the model has {output_count} outputs")
        return _as_they_are
    if options.predict_proba and dims == (_BOTH_CLASSES,):
        return _both_classes
    both = " ([2] gives both classes)" if options.predict_proba else ""
    _require_dims(dims, (1,), f"the model has 1 output{both}")
    return _squeezed


def _require_dims(dims: tuple[int, ...], expected: tuple[int, ...], reason: str) -> None:
    if dims != expected:
        raise ModelError(f"output.dims is {list(dims)}, expected {list(expected)}: {reason}")


def _as_they_are(values: Values) -> Values:
    return values


def _squeezed(values: Values) -> Values:
    return values.reshape(-1)


def _both_classes(values: Values) -> Values:
    return np.concatenate([np.float32(1) - values, values], axis=1)


def _likeliest(values: Values) -> Values:
    numbers: Values = values.argmax(axis=1).astype(np.float32)
    return numbers


def _above(threshold: float) -> AnswerRule:
    bound = np.float32(threshold)

    def rule(values: Values) -> Values:
        return (values.reshape(-1) > bound).astype(np.float32)

    return rule
