import numpy as np
import pytest

from pairstream_backends.errors import ModelError
from pairstream_backends.fil_answer import choose_answer
from pairstream_backends.fil_options import FilOptions
from pairstream_backends.forest import Values

BINARY = np.array([[0.125], [0.75]], dtype=np.float32)
CLASSES = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], dtype=np.float32)


def options(*, is_classifier: bool, predict_proba: bool, threshold: float = 0.5) -> FilOptions:
    return FilOptions(is_classifier, predict_proba, threshold, thread_count=1)


@pytest.mark.parametrize(
    ("is_classifier", "predict_proba", "values", "dims", "expected"),
    [
        (True, True, BINARY, (1,), [0.125, 0.75]),
        (True, True, BINARY, (2,), [[0.875, 0.125], [0.25, 0.75]]),
        (True, False, BINARY, (1,), [0, 1]),
        (True, True, CLASSES, (3,), CLASSES.tolist()),
        (True, False, CLASSES, (1,), [2, 0]),
        (False, False, BINARY, (1,), [0.125, 0.75]),
        (False, False, CLASSES, (3,), CLASSES.tolist()),
    ],
)
def test_answers_as_fil_does(
    is_classifier: bool, predict_proba: bool, values: Values, dims: tuple[int, ...], expected: list[object]
) -> None:
    rule = choose_answer(options(is_classifier=is_classifier, predict_proba=predict_proba), values.shape[1], dims)
    answer = rule(values)
    assert answer.dtype == np.float32
    assert answer.tolist() == expected


def test_a_class_needs_more_than_the_threshold() -> None:
    rule = choose_answer(options(is_classifier=True, predict_proba=False, threshold=0.75), 1, (1,))
    assert rule(BINARY).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("is_classifier", "predict_proba", "output_count", "dims", "sentence"),
    [
        (
            True,
            True,
            1,
            (3,),
            r"output.dims is \[3\], expected \[1\]: .* 1 output \(\[2\] gives both classes\)",
        ),
        (False, False, 1, (2,), r"output.dims is \[2\], expected \[1\]: the model has 1 output$"),
        (True, True, 3, (1,), r"output.dims is \[1\], expected \[3\]: the model has 3 outputs"),
        (True, False, 3, (3,), r"output.dims is \[3\], expected \[1\]: parameters.predict_proba is false"),
    ],
)
def test_refuses_dims_that_do_not_fit(
    is_classifier: bool, predict_proba: bool, output_count: int, dims: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        choose_answer(options(is_classifier=is_classifier, predict_proba=predict_proba), output_count, dims)
