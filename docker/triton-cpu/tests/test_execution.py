from collections.abc import Mapping, Sequence

import numpy as np

from pairstream_backends.errors import RequestError
from pairstream_backends.execution import Call, run_calls
from pairstream_backends.tensors import Array, Tensors

_BAD = -1.0


class DoublingEngine:
    """Doubles x into y and gives the rows' sums as z; refuses a batch with a -1 in it. Notes what it is given."""

    def __init__(self) -> None:
        self.batches: list[Array] = []
        self.wanted: list[Sequence[str]] = []

    def run(self, inputs: Tensors, outputs: Sequence[str]) -> Mapping[str, Array]:
        self.batches.append(inputs["x"])
        self.wanted.append(outputs)
        if (inputs["x"] == _BAD).any():
            raise RequestError("x is -1")
        values = {"y": inputs["x"] * 2, "z": inputs["x"].sum(axis=1)}
        return {name: values[name] for name in outputs}


def call(*rows: Sequence[float], outputs: str = "y") -> Call:
    return Call({"x": np.array(rows, dtype=np.float32)}, frozenset(outputs))


def test_merges_calls_of_one_layout_and_gives_each_its_own_rows() -> None:
    engine = DoublingEngine()
    answers = run_calls(engine, [call([1, 2]), call([3, 4], [5, 6]), call([7, 8])], can_merge=True)
    assert [batch.tolist() for batch in engine.batches] == [[[1, 2], [3, 4], [5, 6], [7, 8]]]
    assert [answer["y"].tolist() for answer in answers if isinstance(answer, Mapping)] == [
        [[2, 4]],
        [[6, 8], [10, 12]],
        [[14, 16]],
    ]


def test_hands_a_single_call_over_without_a_copy() -> None:
    engine = DoublingEngine()
    alone = call([1, 2])
    run_calls(engine, [alone], can_merge=True)
    assert engine.batches[0] is alone.inputs["x"]


def test_groups_calls_by_shape_and_type() -> None:
    engine = DoublingEngine()
    doubles = Call({"x": np.array([[9.0]])}, frozenset("y"))
    answers = run_calls(engine, [call([1]), call([2, 3]), doubles, call([4])], can_merge=True)
    assert [(str(batch.dtype), batch.shape) for batch in engine.batches] == [
        ("float32", (2, 1)),
        ("float32", (1, 2)),
        ("float64", (1, 1)),
    ]
    assert [answer["y"].ravel().tolist() for answer in answers if isinstance(answer, Mapping)] == [
        [2],
        [4, 6],
        [18],
        [8],
    ]


def test_runs_calls_one_by_one_where_the_model_has_no_rows() -> None:
    engine = DoublingEngine()
    run_calls(engine, [call([1]), call([2])], can_merge=False)
    assert [batch.tolist() for batch in engine.batches] == [[[1]], [[2]]]


def test_a_wrong_call_fails_alone() -> None:
    answers = run_calls(DoublingEngine(), [call([1]), call([_BAD]), call([3])], can_merge=True)
    assert isinstance(answers[1], RequestError)
    assert [answer["y"].tolist() for answer in answers if isinstance(answer, Mapping)] == [[[2]], [[6]]]


def test_computes_what_is_asked_for_and_answers_each_with_no_more() -> None:
    engine = DoublingEngine()
    answers = run_calls(engine, [call([1], outputs="y"), call([2], outputs="y")], can_merge=True)
    assert engine.wanted == [["y"]]
    answers = run_calls(engine, [call([1], outputs="y"), call([2], outputs="yz")], can_merge=True)
    assert engine.wanted[-1] == ["y", "z"]
    assert [sorted(answer) for answer in answers if isinstance(answer, Mapping)] == [["y"], ["y", "z"]]


def test_says_so_when_an_output_has_not_the_rows_of_the_batch() -> None:
    class MeanEngine:
        def run(self, inputs: Tensors, outputs: Sequence[str]) -> Mapping[str, Array]:
            return {name: inputs["x"].mean(axis=0, keepdims=True) for name in outputs}

    [answer] = run_calls(MeanEngine(), [call([1], [2])], can_merge=True)
    assert str(answer) == "output y has shape [1, 1], expected 2 rows"
